"""Stage tables become published rows: columns, joins, order, rounding."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from whole import published_tables

from toolkit.options import RunConfig
from toolkit.release.build import build_release
from toolkit.release.content import ReleaseContent
from toolkit.release.tables import CONFIGS, SPLITS

Load = Callable[[Path, str, str], pa.Table]


def rows_by_key(content: ReleaseContent, config: str) -> dict[str, dict[str, object]]:
    splits = published_tables(content)[config]
    key = next(each.key[0] for each in CONFIGS if each.name == config)
    return {row[key]: row for table in splits.values() for row in table.to_pylist()}


def test_every_row_is_in_the_split_of_its_component(content: ReleaseContent) -> None:
    wanted = dict(zip(content.components["post_id"].to_pylist(), content.components["split"].to_pylist(), strict=True))
    columns = {"sentence_pairs": "ru_post_id", "post_pairs": "en_post_id", "comparable_pairs": "en_post_id",
               "posts": "post_id", "duplicates": "kept_id"}  # fmt: skip
    inputs = {"sentence_pairs": content.bitext, "post_pairs": content.pairs,
              "comparable_pairs": content.pairs.slice(0, 0), "posts": content.posts,
              "duplicates": content.duplicates}  # fmt: skip
    for config, splits in published_tables(content).items():
        assert list(splits) == [split for split in SPLITS if split in splits]
        assert sum(table.num_rows for table in splits.values()) == inputs[config].num_rows
        for split, table in splits.items():
            assert {wanted[post] for post in table[columns[config]].to_pylist()} == {split}


def test_a_sentence_pair(content: ReleaseContent) -> None:
    row = rows_by_key(content, "sentence_pairs")["svod/1~brief/1#1"]
    assert row == {
        "bead_id": "svod/1~brief/1#1", "pair_id": "svod/1~brief/1", "position": 1, "ru_ids": [1], "en_ids": [1],
        "ru_text": "Движение начнётся утром.", "en_text": "Traffic starts in the morning.", "bead_type": "1:1",
        "score": pytest.approx(0.5143, abs=1e-7), "similarity": pytest.approx(0.2571, abs=1e-7),
        "length_ratio": pytest.approx(0.9), "number_match": None, "relation": "parallel", "ru_lang": "ru",
        "en_lang": "en", "ru_post_id": "svod/1", "en_post_id": "brief/1", "ru_channel": "svod", "en_channel": "brief",
        "first_seen": datetime(2024, 3, 2, 9, 30, tzinfo=UTC), "component_id": "brief/1",
        "ru_lang_confidence": pytest.approx(0.9877, abs=1e-7), "en_lang_confidence": None,
    }  # fmt: skip


def test_a_post_pair_has_both_texts(content: ReleaseContent) -> None:
    rows = rows_by_key(content, "post_pairs")
    assert rows["svod/4~brief/4"]["ru_text"] == "Поезд до столицы опоздал на 3 часа."
    assert rows["svod/4~brief/4"]["en_text"] == "The train to the capital was 3 hours late."
    bilingual = rows["svod/20~svod/20"]
    assert (bilingual["ru_text"], bilingual["en_channel"]) == ("Выставка открыта до мая.", "svod")
    assert rows["svod/8~brief/8"]["first_seen"] is None


def test_a_comparable_pair_is_in_a_config_of_its_own(
    content: ReleaseContent, run_config: RunConfig, tmp_path: Path
) -> None:
    """Its sentences are only there because this content has them, as with filter.relations."""
    rows = content.pairs.to_pylist()
    for row in rows:
        if row["pair_id"] == "svod/4~brief/4":
            row["relation"], row["variant"] = "comparable", None
    changed = replace(content, pairs=pa.Table.from_pylist(rows, schema=content.pairs.schema))
    assert rows_by_key(content, "comparable_pairs") == {}
    (apart,) = rows_by_key(changed, "comparable_pairs").values()
    assert (apart["pair_id"], apart["relation"], apart["variant"]) == ("svod/4~brief/4", "comparable", None)
    assert apart["ru_text"] == "Поезд до столицы опоздал на 3 часа."
    others = rows_by_key(changed, "post_pairs")
    assert "svod/4~brief/4" not in others
    assert {row["variant"] for row in others.values()} == {"full"}
    card = (build_release(changed, run_config, tmp_path) / "README.md").read_text("utf-8")
    assert f"**21 sentence pairs** from {len(rows) - 1} pairs of posts" in card
    assert "| comparable pairs, published apart in `comparable_pairs` | 1 |" in card


def test_one_date_is_enough_for_first_seen(content: ReleaseContent) -> None:
    posts = content.posts.to_pylist()
    for row in posts:
        if row["post_id"] == "svod/4":
            row["date"] = None
    changed = pa.Table.from_pylist(posts, schema=content.posts.schema)
    from dataclasses import replace

    row = rows_by_key(replace(content, posts=changed), "sentence_pairs")["svod/4~brief/4#0"]
    assert row["first_seen"] == datetime(2024, 3, 5, 11, 0, tzinfo=UTC)


def test_posts_have_no_raw_text(content: ReleaseContent) -> None:
    row = rows_by_key(content, "posts")["svod/1"]
    assert {"text_raw", "text_ru", "text_en"} & set(row) == set()
    assert "+7 900 000-00-00" not in str(row)
    assert row["reactions"] == [{"emoji": "👍", "count": 3}]


def test_rows_are_in_reading_order(built: Path, load: Load) -> None:
    table = load(built, "sentence_pairs", "test").to_pylist()
    assert [row["position"] for row in table if row["pair_id"] == "svod/3~brief/3"] == list(range(11))
    dates = [row["first_seen"] or datetime.max.replace(tzinfo=UTC) for row in table]
    assert dates == sorted(dates)


def test_floats_are_rounded(content: ReleaseContent) -> None:
    assert rows_by_key(content, "post_pairs")["svod/1~brief/1"]["similarity"] == pytest.approx(0.7123, abs=1e-7)
    assert rows_by_key(content, "posts")["svod/1"]["lang_confidence"] == pytest.approx(0.9877, abs=1e-7)
    assert rows_by_key(content, "duplicates")["echo/2"]["hours_later"] == pytest.approx(2.1235, abs=1e-6)


def test_every_column_has_a_meaning() -> None:
    for config in CONFIGS:
        for field in config.schema:
            assert field.metadata[b"doc"], f"{config.name}.{field.name}"
        assert set(config.key) | set(config.order) <= set(config.schema.names)
    firm = next(each for each in CONFIGS if each.name == "sentence_pairs").schema.field("ru_text")
    assert not firm.nullable
    assert b"null" not in firm.metadata[b"doc"]
