import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.errors import OptionError, SchemaError
from toolkit.options import DedupOptions
from toolkit.stages.dedup import Published, dedup_posts

A = "The ministry said on Monday that the new bridge over the river will be open to all traffic from early September."
B = "Запись на экскурсии по старому городу открыта до пятницы, приходите всей семьёй и приводите друзей."


def post(post_id: str, text: str, lang: str = "en", day: int | None = None, **more: Any) -> dict[str, Any]:
    facts: dict[str, Any] = dict.fromkeys(schemas.POSTS.names)
    lists: dict[str, Any] = {name: [] for name in ("reactions", "urls", "hashtags", "media", "flags")}
    own = {
        "post_id": post_id, "channel": post_id.split("/")[0], "date_precision": "utc" if day else "none", "lang": lang,
        "date": datetime(2025, 3, day, 12, tzinfo=UTC) if day else None, "lang_source": "detected", "text": text,
        "text_raw": text, "source_format": "table", "source_file": "news.csv", "source_span": "row 1",
    }  # fmt: skip
    return facts | lists | own | more


def posts_of(*rows: dict[str, Any]) -> pa.Table:
    return schemas.from_rows(list(rows), schemas.POSTS)


def jaccard(one: str, two: str) -> float:
    """The definition, word for word: sets of 5-grams of lower-cased words."""
    first, second = (
        {tuple(w[i : i + 5]) for i in range(max(1, len(w) - 4))}
        for w in (re.findall(r"\w+", text.lower()) for text in (one, two))
    )
    return len(first & second) / len(first | second)


def words(*numbers: int) -> str:
    """A text of 100 different words, of which the given ones differ from those of other texts."""
    return " ".join(f"new{n}" if n in numbers else f"word{n}" for n in range(100))


def test_exact_duplicate_of_another_channel() -> None:
    rows = posts_of(post("a/1", A, day=2), post("b/7", f"🔹 {A.upper()}", day=1), post("a/2", B, "ru"))
    result = dedup_posts(rows)
    assert result.kept["post_id"].to_pylist() == ["a/2", "b/7"]
    assert result.dropped.to_pylist() == [{"row_id": "a/1", "stage": "dedup", "reason": "duplicate", "value": "b/7"}]
    (evidence,) = result.duplicates.to_pylist()
    assert (evidence["kind"], evidence["similarity"], evidence["hours_later"]) == ("exact", 1.0, 24.0)
    assert (evidence["channel"], evidence["text"]) == ("a", A)
    assert result.near_pairs.to_pylist() == [{"id_a": "a/1", "id_b": "b/7", "similarity": 1.0}]


@pytest.mark.parametrize(("changed", "is_near"), [((50,), True), ((20, 60), True), ((20, 60, 80), False)])
def test_similarity_is_exact_and_decides(changed: tuple[int, ...], is_near: bool) -> None:
    true = jaccard(words(), words(*changed))
    result = dedup_posts(posts_of(post("a/1", words()), post("a/2", words(*changed))))
    assert (true >= 0.8) is is_near
    expected = [{"id_a": "a/1", "id_b": "a/2", "similarity": pytest.approx(true, abs=5e-5)}] if is_near else []
    assert result.near_pairs.to_pylist() == expected
    assert result.duplicates["kind"].to_pylist() == ["near"] * is_near
    options = DedupOptions(threshold=round(true, 3) - 0.001)
    assert dedup_posts(posts_of(post("a/1", words()), post("a/2", words(*changed))), options).near_pairs.num_rows == 1


def test_nobody_leaves_for_one_that_it_does_not_resemble() -> None:
    one, two, three = words(), words(20, 60), words(20, 60, 40, 80)
    assert jaccard(one, two) >= 0.8 and jaccard(two, three) >= 0.8 > jaccard(one, three)
    chain = [post("a/1", one, day=1), post("a/2", two, day=2), post("a/3", three, day=3)]
    options = DedupOptions(copies=False)
    result = dedup_posts(posts_of(*chain), options)
    assert result.kept["post_id"].to_pylist() == ["a/1", "a/3"]
    assert result.dropped["value"].to_pylist() == ["a/1"]
    middle_first = [post("a/1", one, day=2), post("a/2", two, day=1), post("a/3", three, day=3)]
    assert dedup_posts(posts_of(*middle_first), options).kept["post_id"].to_pylist() == ["a/2"]


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        ((3, 1, 2), "a/2"),
        ((None, 2, 1), "a/3"),
        ((None, None, None), "a/1"),
        ((None, None, 5), "a/3"),
        ((1, 1, 1), "a/1"),
    ],
)
def test_the_earliest_stays(days: tuple[int | None, ...], kept: str) -> None:
    result = dedup_posts(posts_of(*(post(f"a/{n}", A, day=day) for n, day in enumerate(days, 1))))
    assert result.kept["post_id"].to_pylist() == [kept]
    assert set(result.dropped["value"].to_pylist()) == {kept}
    assert result.near_pairs.num_rows == 3


@pytest.mark.parametrize(
    ("one", "two", "is_same"),
    [
        ("Good morning!", "good morning", True),
        ("Good morning!", "Good morning all", False),
        ("👍", "👍", True),
        ("👍", "🔥", False),
        ("Всё ясно, спасибо", "Все ясно, благодарю", False),
    ],
)
def test_short_posts_have_exact_duplicates_only(one: str, two: str, is_same: bool) -> None:
    assert dedup_posts(posts_of(post("a/1", one), post("a/2", two))).near_pairs.num_rows == is_same


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [("ru", "en", False), ("en", "ru", False), ("ru", "ru", True), ("ru", "mixed", True)],
)
def test_russian_and_english_are_never_merged(first: str, second: str, is_same: bool) -> None:
    for text in ("OK", "VAR 2:1 FIFA UEFA HTTP 404 OK"):
        result = dedup_posts(posts_of(post("a/1", text, first), post("a/2", text, second)))
        assert result.near_pairs.num_rows == is_same
        assert result.dropped.num_rows == is_same


def test_a_body_that_stands_twice_is_cut() -> None:
    rows = posts_of(post("a/1", f"📌 News\n{A}\n{A}"), post("a/2", f"📌 News\n{A}"))
    result = dedup_posts(rows)
    assert result.kept.select(["post_id", "text"]).to_pylist() == [{"post_id": "a/1", "text": f"📌 News\n{A}"}]
    repeat, exact = result.duplicates.to_pylist()
    assert (repeat["post_id"], repeat["kept_id"], repeat["kind"], repeat["text"]) == ("a/1", "a/1", "repeat", A)
    assert repeat["similarity"] == pytest.approx(jaccard(f"News {A}", A), abs=5e-5)
    assert (exact["post_id"], exact["kept_id"], exact["kind"]) == ("a/2", "a/1", "exact")


def test_clean_posts_keep_their_columns() -> None:
    row = post("a/1", f"{A}\n{A}") | {"text_ru": None, "text_en": f"{A}\n{A}"}
    result = dedup_posts(schemas.from_rows([row], schemas.CLEAN_POSTS))
    assert result.kept.schema.equals(schemas.CLEAN_POSTS, check_metadata=True)
    assert result.kept.select(["text", "text_ru", "text_en"]).to_pylist() == [
        {"text": A, "text_ru": None, "text_en": A}
    ]


def test_same_bytes_in_any_order() -> None:
    rng = np.random.default_rng(1)
    texts = [words(*rng.integers(0, 100, rng.integers(0, 4)).tolist()) for _ in range(60)]
    rows = posts_of(*(post(f"a/{n:02}", text, day=int(rng.integers(1, 5))) for n, text in enumerate(texts)))
    for options in (DedupOptions(), DedupOptions(copies=False)):
        first, second = dedup_posts(rows, options), dedup_posts(rows.take(pa.array(rng.permutation(60))), options)
        assert first.kept.equals(second.kept) and first.duplicates.equals(second.duplicates)
        assert first.near_pairs.equals(second.near_pairs)
    wanted = {(i, j): jaccard(texts[i], texts[j]) for i in range(60) for j in range(i + 1, 60)}
    found = [(int(r["id_a"][2:]), int(r["id_b"][2:])) for r in first.near_pairs.to_pylist()]
    assert found == sorted(pair for pair, value in wanted.items() if value >= 0.8)
    assert 0 < len(found) < len(wanted)


def test_a_text_posted_many_times() -> None:
    posts = posts_of(*(post(f"a/{n:04}", "Воздушная тревога!", "ru") for n in range(700)))
    result = dedup_posts(posts)
    assert (result.kept.num_rows, result.duplicates.num_rows) == (1, 699)
    assert result.near_pairs.num_rows == 699  # each one with the one that stays
    batches = list(dedup_posts(posts, DedupOptions(all_pairs=True)).near_pair_batches())
    assert sum(batch.num_rows for batch in batches) == 700 * 699 // 2
    assert len(batches) > 1


@pytest.mark.parametrize(("threshold", "n_bands"), [(0.3, 128), (0.5, 64), (0.8, 32), (0.95, 16), (1.0, 1)])
def test_bands_follow_the_threshold(threshold: float, n_bands: int) -> None:
    options = DedupOptions(threshold=threshold)
    assert options.n_bands == n_bands
    assert (1 - threshold ** (options.num_perm // n_bands)) ** n_bands < 1e-6
    assert DedupOptions(bands=8).n_bands == 8


def test_no_posts() -> None:
    result = dedup_posts(schemas.CLEAN_POSTS.empty_table())
    assert (result.kept.num_rows, result.dropped.num_rows, result.duplicates.num_rows) == (0, 0, 0)
    assert result.near_pairs.schema.equals(schemas.NEAR_PAIRS, check_metadata=True)


def test_post_ids_are_unique() -> None:
    with pytest.raises(SchemaError, match="'a/1' occurs 2 times"):
        dedup_posts(posts_of(post("a/1", A), post("a/1", B)))


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (DedupOptions(), "b/1"),
        (DedupOptions(keep="longest"), "a/2"),
        (DedupOptions(prefer=("a",)), "a/1"),
        (DedupOptions(prefer=("a", "b"), keep="longest"), "a/2"),
    ],
)
def test_which_one_stays_is_an_option(options: DedupOptions, kept: str) -> None:
    texts = {"a/1": (words(), 2), "a/2": (f"{words()} and more of it", 3), "b/1": (words(3), 1)}
    result = dedup_posts(posts_of(*(post(name, text, day=day) for name, (text, day) in texts.items())), options)
    assert result.kept["post_id"].to_pylist() == [kept]
    assert set(result.dropped["value"].to_pylist()) == {kept}


def test_a_preferred_channel_is_there() -> None:
    options = DedupOptions(prefer=("b", "nobody"))
    posts = posts_of(post("a/1", A), post("b/1", A), post("b/2", B, "ru"))
    with pytest.raises(OptionError, match=r"preferred channel 'nobody'; there are b, a\. Prefer"):
        dedup_posts(posts, options)
    many = posts_of(*(post(f"c{n:02}/1", A) for n in range(12)))
    with pytest.raises(OptionError, match=r"c08, c09 and 2 more\. Prefer"):
        dedup_posts(many, options)
    published = [Published("demo 1.0.0", posts_of(post("nobody/1", B, "ru")))]
    assert dedup_posts(posts, options, published=published).kept["post_id"].to_pylist() == ["b/1"]
    assert dedup_posts(schemas.POSTS.empty_table(), options).kept.num_rows == 0


def test_what_an_older_release_has_is_left_out() -> None:
    published = posts_of(
        post("a/1", words(), day=3), post("a/9", A, day=1), post("old/1", words(20), day=1), post("a/4", words(1, 2, 3))
    )
    news = posts_of(
        post("a/1", words(), day=3), post("b/2", words(20, 60), day=1), post("b/3", f"{A} Once more."),
        post("b/4", f"{A}\n{A}", day=5), post("a/4", B, "ru"), post("b/5", B, "ru"), post("b/6", "Скоро", "ru"),
    )  # fmt: skip
    result = dedup_posts(news, published=[Published("demo 1.0.0", published, at_any_time=True)])
    assert result.kept["post_id"].to_pylist() == ["a/4", "b/6"]  # a/4 has other words now: that is news
    assert [(row["row_id"], row["reason"], row["value"]) for row in result.dropped.to_pylist()] == [
        ("a/1", "published", "a/1"), ("b/2", "published", "old/1"), ("b/3", "published", "a/9"),
        ("b/4", "published", "a/9"), ("b/5", "duplicate", "a/4"),
    ]  # fmt: skip
    evidence = {(row["post_id"], row["kind"]): row for row in result.duplicates.to_pylist()}
    assert {key: row["kept_in"] for key, row in evidence.items()} == {
        ("a/1", "exact"): "demo 1.0.0", ("b/2", "near"): "demo 1.0.0", ("b/3", "near"): "demo 1.0.0",
        ("b/4", "exact"): "demo 1.0.0", ("b/4", "repeat"): "demo 1.0.0", ("b/5", "exact"): None,
    }  # fmt: skip
    assert evidence["b/2", "near"]["similarity"] == pytest.approx(jaccard(words(20), words(20, 60)), abs=5e-5)
    assert evidence["b/4", "exact"]["hours_later"] == 96.0
    pairs = list(zip(*(result.near_pairs[name].to_pylist() for name in ("id_a", "id_b")), strict=True))
    assert ("b/2", "old/1") in pairs and ("b/2", "b/3") not in pairs
    assert all(pair[0] in news["post_id"].to_pylist() for pair in pairs)


def test_posts_that_the_new_release_carries_on() -> None:
    published = posts_of(post("a/1", A, day=5), post("a/2", words(), day=1)).select(
        ["text", "lang", "date", "channel", "post_id"]
    )
    news = posts_of(post("b/1", A, day=3), post("b/2", f"{words(3)}\n{words(3)}"), post("b/3", B, "ru"))
    result = dedup_posts(news, published=[Published(None, published)])
    assert result.kept["post_id"].to_pylist() == ["b/3"]
    assert [(row["row_id"], row["reason"], row["value"]) for row in result.dropped.to_pylist()] == [
        ("b/1", "duplicate", "a/1"), ("b/2", "duplicate", "a/2")
    ]  # fmt: skip
    assert [(row["post_id"], row["kind"], row["kept_id"], row["kept_in"]) for row in result.duplicates.to_pylist()] == [
        ("b/1", "exact", "a/1", None), ("b/2", "near", "a/2", None), ("b/2", "repeat", "a/2", None)
    ]  # fmt: skip
    with pytest.raises(SchemaError, match="'a/1' occurs 2 times"):
        dedup_posts(posts_of(post("a/1", B)), published=[Published(None, published)])


def test_evidence_about_a_post_that_left_names_the_one_in_its_place() -> None:
    result = dedup_posts(posts_of(post("a/1", A, day=1), post("a/2", f"{A}\n{A}", day=2)))
    assert [(row["post_id"], row["kept_id"], row["kind"]) for row in result.duplicates.to_pylist()] == [
        ("a/2", "a/1", "exact"), ("a/2", "a/1", "repeat")
    ]  # fmt: skip
