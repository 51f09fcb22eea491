"""Who was first, who repeated: a town's news in five channels, one of them in an older release."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.lineage import CHANNEL_LAGS, LINEAGE, Tables, count_by_channels, trace_items

START = datetime(2025, 3, 1, 8, tzinfo=UTC)


def at(hours: float | None) -> datetime | None:
    return None if hours is None else START + timedelta(hours=hours)


def post(post_id: str, lang: str, hours: float | None, text: str = "The pier\nis open") -> dict[str, Any]:
    lists: dict[str, Any] = {name: [] for name in ("reactions", "urls", "hashtags", "media", "flags")}
    return lists | {
        "post_id": post_id, "channel": post_id.split("/")[0], "date_precision": "utc", "lang": lang, "date": at(hours),
        "lang_source": "detected", "text": text, "text_raw": text, "source_format": "table", "source_file": "a.csv",
        "source_span": "row 1",
    }  # fmt: skip


def duplicate(
    post_id: str, kept_id: str, kind: str, hours: float | None, later: float | None, **more: Any
) -> dict[str, Any]:
    return {
        "post_id": post_id, "kept_id": kept_id, "kind": kind, "removed": kind in ("exact", "near"), "similarity": 0.9,
        "rule": "r", "rule_version": "1", "channel": post_id.split("/")[0], "date": at(hours), "hours_later": later,
        "text": f"copy {post_id}",
    } | more  # fmt: skip


def pair(ru: str, en: str, relation: str = "parallel") -> dict[str, Any]:
    return {"pair_id": f"{ru} ~ {en}", "ru_post_id": ru, "en_post_id": en, "probability": 0.97, "length_ratio": 1.0,
            "relation": relation}  # fmt: skip


POSTS = [
    post("ru/1", "ru", 2), post("en/1", "en", 5), post("digest/1", "ru", 30),
    post("ru/2", "ru", 50), post("en/2", "en", 49), post("ru/3", "ru", None), post("en/3", "en", None),
    post("ru/4", "ru", 60), post("en/4", "en", 61), post("both/1", "mixed", 1), post("lone/1", "en", 1),
]  # fmt: skip
DUPLICATES = [
    duplicate("copy/1", "ru/1", "exact", 8, 6.0), duplicate("ru/1", "digest/1", "contained", 2, -28.0),
    duplicate("ru/2", "digest/1", "contained", 50, 20.0), duplicate("ru/4", "lone/1", "paragraph", 60, 59.0),
    duplicate("ru/2", "ru/2", "edit", 50, 0.0), duplicate("copy/9", "old/9", "near", 100, 40.0, kept_in="demo 1.0.0"),
    duplicate("copy/8", "copy/8", "exact", 100, 0.0, kept_in="demo 1.0.0"),
]  # fmt: skip
PAIRS = [
    pair("ru/1", "en/1"), pair("ru/2", "en/2", "partial"), pair("ru/3", "en/3"), pair("ru/4", "en/4", "comparable"),
    pair("both/1", "both/1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def lineage() -> pa.Table:
    tables = {
        "unique": schemas.from_rows(POSTS, schemas.POSTS),
        "duplicates": schemas.from_rows(DUPLICATES, schemas.DUPLICATES),
        "pairs": schemas.from_rows(PAIRS, schemas.POST_PAIRS),
    }
    return trace_items(tables)


def test_items(lineage: pa.Table) -> None:
    assert lineage.schema.equals(LINEAGE, check_metadata=True)
    names = ("item_id", "place", "post_id", "kept_in", "lang", "lag_hours", "how", "of")
    rows = [tuple(row[name] for name in names) for row in lineage.to_pylist()]
    assert rows == [
        ("ru/1", 1, "ru/1", None, "ru", 0.0, "first", None),
        ("ru/1", 2, "en/1", None, "en", 3.0, "translation", "ru/1"),
        ("ru/1", 3, "copy/1", None, "ru", 6.0, "exact", "ru/1"),
        ("ru/1", 4, "digest/1", None, "ru", 28.0, "contained", "ru/1"),
        ("digest/1", 1, "digest/1", None, "ru", 0.0, "first", None),  # which had it before the other two
        ("digest/1", 2, "en/2", None, "en", 19.0, "translation", "ru/2"),
        ("digest/1", 3, "ru/2", None, "ru", 20.0, "contained", "digest/1"),
        ("old/9", 1, "old/9", "demo 1.0.0", None, 0.0, "first", None),
        ("old/9", 2, "copy/9", None, None, 40.0, "near", "old/9"),
        ("en/3", None, "en/3", None, "en", None, "translation", "ru/3"),  # no dates: nobody is first
        ("en/3", None, "ru/3", None, "ru", None, "translation", "en/3"),
    ]
    facts = {row["post_id"]: row for row in lineage.to_pylist()}
    assert facts["en/1"]["score"] == 0.97 and facts["copy/1"]["score"] == 0.9 and facts["ru/1"]["score"] is None
    assert (facts["ru/1"]["text"], facts["copy/1"]["text"]) == ("The pier is open", "copy copy/1")
    assert (facts["old/9"]["date"], facts["old/9"]["channel"], facts["old/9"]["text"]) == (at(60), "old", None)
    assert (facts["ru/1"]["date_precision"], facts["copy/1"]["date_precision"]) == ("utc", None)


def test_counts_by_channels(lineage: pa.Table) -> None:
    counts = count_by_channels(lineage)
    assert counts.schema.equals(CHANNEL_LAGS, check_metadata=True)
    assert [tuple(row.values())[:11] for row in counts.to_pylist()] == [
        ("digest", "ru", "en", "en", 1, 0, 0, 1, 19.0, 19.0, 19.0),
        ("digest", "ru", "ru", "ru", 1, 0, 1, 0, 20.0, 20.0, 20.0),
        ("old", None, "copy", "ru", 1, 1, 0, 0, 40.0, 40.0, 40.0),  # the other post of `copy` is in Russian
        ("ru", "ru", "copy", "ru", 1, 1, 0, 0, 6.0, 6.0, 6.0),
        ("ru", "ru", "digest", "ru", 1, 0, 1, 0, 28.0, 28.0, 28.0),
        ("ru", "ru", "en", "en", 1, 0, 0, 1, 3.0, 3.0, 3.0),
    ]
    again = lineage.slice(0, 3).set_column(0, "item_id", pa.array(["x"] * 3))
    again = again.set_column(again.column_names.index("lag_hours"), "lag_hours", pa.array([0.0, 8.0, 9.0]))
    twice = count_by_channels(pa.concat_tables([lineage.slice(0, 2), again]))
    assert [tuple(row.values())[:11] for row in twice.to_pylist()] == [
        ("ru", "ru", "en", "en", 2, 0, 0, 2, 5.5, 3.0, 8.0), ("ru", "ru", "copy", "ru", 1, 1, 0, 0, 9.0, 9.0, 9.0)
    ]  # fmt: skip


def tables_of(posts: list[dict[str, Any]], duplicates: list[dict[str, Any]], pairs: list[dict[str, Any]]) -> Tables:
    return {
        "unique": schemas.from_rows(posts, schemas.POSTS),
        "duplicates": schemas.from_rows(duplicates, schemas.DUPLICATES),
        "pairs": schemas.from_rows(pairs, schemas.POST_PAIRS),
    }


def test_items_that_begin_in_an_older_release() -> None:
    """What the older release knows of them belongs to them; its other items do not."""
    older = tables_of(
        [post("old/9", "ru", 60, "Мост открыт"), post("old/10", "en", 1), post("old/11", "ru", 2)],
        [duplicate("early/9", "old/9", "exact", 59, -1.0)], [pair("old/11", "old/10")],
    )  # fmt: skip
    copy = duplicate("copy/9", "old/9", "near", 100, 40.0, kept_in="demo 1.0.0")
    tables = tables_of([post("en/9", "en", 90)], [copy], [])
    lineage = trace_items(tables, {"demo 1.0.0": older})
    names = ("post_id", "kept_in", "lang", "lag_hours", "how", "of", "text")
    assert [tuple(row[name] for name in names) for row in lineage.to_pylist()] == [
        ("early/9", "demo 1.0.0", "ru", 0.0, "first", None, "copy early/9"),
        ("old/9", "demo 1.0.0", "ru", 1.0, "exact", "early/9", "Мост открыт"),
        ("copy/9", None, "ru", 41.0, "near", "old/9", "copy copy/9"),
    ]
    alone = trace_items(tables)
    assert [(row["post_id"], row["lang"]) for row in alone.to_pylist()] == [("old/9", None), ("copy/9", None)]
    assert [tuple(row.values())[:5] for row in count_by_channels(alone).to_pylist()] == [("old", None, "copy", None, 1)]


def test_a_run_knows_the_language_of_what_left_and_what_it_carried_on() -> None:
    tables = tables_of([post("en/9", "en", 90)], [duplicate("copy/9", "old/9", "near", 100, 40.0)], [])
    carried = schemas.from_rows([post("old/9", "ru", 60), post("old_en/9", "en", 61)], schemas.POSTS)
    lineage = trace_items(
        tables | {
            "clean": schemas.from_rows([post("copy/9", "mixed", 100), post("en/9", "en", 90)], schemas.POSTS),
            "carried.posts": carried,
            "carried.post_pairs": tables_of([], [], [pair("old/9", "old_en/9"), pair("gone/1", "en/9")])["pairs"],
        }
    )  # fmt: skip
    assert [(row["post_id"], row["kept_in"], row["lang"]) for row in lineage.to_pylist()] == [
        ("old/9", None, "ru"), ("old_en/9", None, "en"), ("copy/9", None, "mixed")
    ]  # fmt: skip


def test_a_post_that_merges_two_is_in_both_stories() -> None:
    """Two stories do not become one because somebody told both in one post."""
    posts = [post("ru/1", "ru", 2), post("ru/2", "ru", 3), post("en/1", "en", 5)]
    pairs = [pair(ru, "en/1", "partial") | {"variant": "merged_en"} for ru in ("ru/1", "ru/2")]
    lineage = trace_items(
        {
            "unique": schemas.from_rows(posts, schemas.POSTS),
            "duplicates": schemas.DUPLICATES.empty_table(),
            "pairs": schemas.from_rows(pairs, schemas.POST_PAIRS),
        }
    )
    assert [(row["item_id"], row["post_id"], row["how"]) for row in lineage.to_pylist()] == [
        ("ru/1", "ru/1", "first"), ("ru/1", "en/1", "translation"),
        ("ru/2", "ru/2", "first"), ("ru/2", "en/1", "translation"),
    ]  # fmt: skip


def test_a_post_of_an_older_release_is_not_the_one_that_has_its_id_now() -> None:
    old = duplicate("copy/1", "ru/1", "near", 9, 8.0, kept_in="demo 1.0.0")
    lineage = trace_items(
        {
            "unique": schemas.from_rows([post("ru/1", "ru", 2), post("en/1", "en", 5)], schemas.POSTS),
            "duplicates": schemas.from_rows([old], schemas.DUPLICATES),
            "pairs": schemas.from_rows([pair("ru/1", "en/1")], schemas.POST_PAIRS),
        }
    )
    assert [(row["post_id"], row["lang"], row["lag_hours"], row["of"]) for row in lineage.to_pylist()] == [
        ("ru/1", None, 0.0, None), ("copy/1", None, 8.0, "ru/1"),
        ("ru/1", "ru", 0.0, None), ("en/1", "en", 3.0, "ru/1"),
    ]  # fmt: skip
    assert [tuple(row.values())[:11] for row in count_by_channels(lineage).to_pylist()] == [
        ("ru", "ru", "copy", "ru", 1, 1, 0, 0, 8.0, 8.0, 8.0), ("ru", "ru", "en", "en", 1, 0, 0, 1, 3.0, 3.0, 3.0),
    ]  # fmt: skip


def test_no_posts() -> None:
    schema = {"unique": schemas.POSTS, "duplicates": schemas.DUPLICATES, "pairs": schemas.POST_PAIRS}
    empty = trace_items({name: one.empty_table() for name, one in schema.items()})
    assert (empty.num_rows, count_by_channels(empty).num_rows) == (0, 0)


def test_a_channel_that_is_a_number_is_named() -> None:
    named = {"channel_title": "Pier  News", "permalink": "https://t.me/pier_news/1"}
    posts = [post("1288000003/1", "ru", 2) | named, post("en/1", "en", 5) | {"channel_title": "Quay"}]
    lineage = trace_items(
        {
            "unique": schemas.from_rows(posts, schemas.POSTS),
            "duplicates": schemas.from_rows([duplicate("1288000003/2", "en/1", "near", 9, 4.0)], schemas.DUPLICATES),
            "pairs": schemas.from_rows([pair("1288000003/1", "en/1")], schemas.POST_PAIRS),
        }
    )
    told = {row["post_id"]: row["channel_name"] for row in lineage.to_pylist()}
    name = "Pier News (@pier_news)"
    assert told == {"1288000003/1": name, "1288000003/2": name, "en/1": None}
    rows = count_by_channels(lineage).to_pylist()
    assert {(row["channel"], row["first_channel_name"], row["channel_name"]) for row in rows} == {
        ("en", name, None), ("1288000003", name, name),
    }  # fmt: skip
