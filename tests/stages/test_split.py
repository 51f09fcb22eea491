"""Components and splits: worked by hand on small graphs."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.errors import SchemaError
from toolkit.options import SplitOptions
from toolkit.stages.split import crossing_posts, split_bitext, split_components


def posts(*ids: str) -> pa.Table:
    return pa.table({"post_id": pa.array(ids, pa.string())})


def duplicates(*ties: tuple[str, str]) -> pa.Table:
    rows: list[dict[str, object]] = [
        {"post_id": gone, "kept_id": kept, "kind": "exact", "removed": True, "similarity": 1.0, "rule": "r",
         "rule_version": "1", "channel": "c", "text": "x"} for gone, kept in ties
    ]  # fmt: skip
    return schemas.from_rows(rows, schemas.DUPLICATES)


def pairs(*ties: tuple[str, str]) -> pa.Table:
    rows: list[dict[str, object]] = [
        {"pair_id": f"{ru}~{en}", "ru_post_id": ru, "en_post_id": en, "probability": 0.9, "length_ratio": 1.0}
        for ru, en in ties
    ]
    return schemas.from_rows(rows, schemas.POST_PAIRS)


def bitext(*bead_ids: str) -> pa.Table:
    rows: list[dict[str, object]] = [
        {"bead_id": bead, "pair_id": bead.partition("#")[0], "ru_ids": [0], "en_ids": [0], "ru_text": "да",
         "en_text": "yes", "bead_type": "1:1", "relation": "parallel"} for bead in bead_ids
    ]  # fmt: skip
    return schemas.from_rows(rows, schemas.BITEXT)


def component_of(table: pa.Table) -> dict[str, str]:
    return dict(zip(table["post_id"].to_pylist(), table["component_id"].to_pylist(), strict=True))


def split_of(table: pa.Table) -> dict[str, str]:
    return dict(zip(table["post_id"].to_pylist(), table["split"].to_pylist(), strict=True))


CASES: list[tuple[str, tuple[str, ...], list[tuple[str, str]], list[tuple[str, str]], dict[str, str]]] = [
    ("lonely posts", ("b", "a"), [], [], {"a": "a", "b": "b"}),
    ("a pair", ("ru/1", "en/1"), [], [("ru/1", "en/1")], {"ru/1": "en/1", "en/1": "en/1"}),
    ("a bilingual post", ("x",), [], [("x", "x")], {"x": "x"}),
    ("a repeated body", ("x",), [("x", "x")], [], {"x": "x"}),
    ("a chain of both", ("a", "b", "c", "d"), [("c", "b")], [("b", "a"), ("d", "c")],
     {"a": "a", "b": "a", "c": "a", "d": "a"}),
    ("two components", ("a", "b", "c", "d"), [("b", "a")], [("d", "c")], {"a": "a", "b": "a", "c": "c", "d": "c"}),
    ("posts that only evidence names", (), [("gone", "kept")], [], {"gone": "gone", "kept": "gone"}),
    ("nothing", (), [], [], {}),
]  # fmt: skip


@pytest.mark.parametrize(("ids", "ties", "paired", "wanted"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_components(ids: Any, ties: Any, paired: Any, wanted: dict[str, str]) -> None:
    table = split_components(posts(*ids), duplicates(*ties), pairs(*paired))
    assert component_of(table) == wanted
    assert table.schema.equals(schemas.COMPONENTS, check_metadata=True)
    assert table["post_id"].to_pylist() == sorted(wanted)


def test_a_component_is_in_one_split_and_row_order_does_not_matter() -> None:
    ids = [f"c/{n}" for n in range(300)]
    paired = [(f"c/{n}", f"c/{n + 1}") for n in range(0, 300, 3)]
    one = split_components(posts(*ids), duplicates(), pairs(*paired))
    two = split_components(posts(*reversed(ids)), duplicates(), pairs(*[(b, a) for a, b in reversed(paired)]))
    assert one.equals(two)
    split, component = split_of(one), component_of(one)
    assert all(split[post] == split[component[post]] for post in ids)


def test_shares_are_met() -> None:
    table = split_components(posts(*[f"c/{n}" for n in range(20_000)]), duplicates(), pairs())
    counts = Counter(table["split"].to_pylist())
    # 5 % of 20,000 is 1,000 with a standard deviation of 31
    assert abs(counts["validation"] - 1000) < 125
    assert abs(counts["test"] - 1000) < 125


def test_known_splits_do_not_move() -> None:
    """A change of the hash would move posts between the splits of every release."""
    table = split_components(posts(*"abcdefghij"), duplicates(), pairs(), SplitOptions(validation=0.3, test=0.3))
    # printf 1:a | sha256sum  ->  4162... = 0.255 of the way
    by_split = {"test": "adgi", "validation": "befhj", "train": "c"}
    assert split_of(table) == {post: split for split, ids in by_split.items() for post in ids}


def test_a_growing_corpus_keeps_its_splits() -> None:
    before = split_of(split_components(posts(*[f"c/{n}" for n in range(200)]), duplicates(), pairs()))
    grown = split_components(
        posts(*[f"c/{n}" for n in range(400)]), duplicates(("z/1", "c/7")), pairs(("c/9", "z/2"), ("c/399", "z/3"))
    )
    after = split_of(grown)
    assert {post: after[post] for post in before} == before
    assert after["z/1"] == before["c/7"]


def test_seed_deals_anew_and_zero_shares_leave_all_in_train() -> None:
    ids = posts(*[f"c/{n}" for n in range(200)])
    default = split_components(ids, duplicates(), pairs())
    assert not default.equals(split_components(ids, duplicates(), pairs(), SplitOptions(seed=2)))
    alone = split_components(ids, duplicates(), pairs(), SplitOptions(validation=0, test=0))
    assert set(alone["split"].to_pylist()) == {"train"}


def test_a_big_component_goes_to_train() -> None:
    ties = [(f"c/{n}", "c/0") for n in range(1, 4)] + [(f"d/{n}", "d/0") for n in range(1, 3)]
    options = SplitOptions(validation=0, test=0.999, max_posts=3)
    split = split_of(split_components(posts(), duplicates(*ties), pairs(), options))
    assert {post_id[0]: name for post_id, name in split.items()} == {"c": "train", "d": "test"}


def test_nothing_is_held_out_from_nothing() -> None:
    options = SplitOptions(validation=0.5, test=0.499)
    one = split_components(posts("c/1"), duplicates(), pairs(), options)
    assert one["split"].to_pylist() == ["train"]
    grown = split_components(posts("c/1", "c/2", "c/3"), duplicates(), pairs(), options, published=one)
    assert split_of(grown)["c/1"] == "train" and "train" not in (split_of(grown)["c/2"], split_of(grown)["c/3"])


TIME = SplitOptions(by="time", validation_from=date(2024, 5, 1), test_from=date(2024, 6, 1), max_posts=2)
DATED: list[tuple[str, dict[str, str | None], list[tuple[str, str]], dict[str, str]]] = [
    ("each side of a border", {"a": "2024-04-30T23:59:59", "b": "2024-05-01T00:00:00", "c": "2024-05-31T23:59:59",
                               "d": "2024-06-01T00:00:00"}, [], {"a": "train", "b": "validation", "c": "validation",
                                                                 "d": "test"}),
    ("the latest date decides", {"a": "2024-04-01T00:00:00", "b": "2024-06-02T00:00:00"}, [("b", "a")],
     {"a": "test", "b": "test"}),
    ("a big component too", {"a": "2024-04-01T00:00:00", "b": "2024-05-02T00:00:00", "c": "2024-05-01T00:00:00"},
     [("b", "a"), ("c", "a")], {"a": "validation", "b": "validation", "c": "validation"}),
    ("without dates", {"a": None, "b": None}, [("b", "a")], {"a": "train", "b": "train"}),
    ("partly dated", {"a": None, "b": "2024-07-01T00:00:00"}, [("b", "a")], {"a": "test", "b": "test"}),
    ("only evidence names it", {}, [("gone", "kept")], {"gone": "train", "kept": "train"}),
]  # fmt: skip


@pytest.mark.parametrize(("dates", "ties", "wanted"), [case[1:] for case in DATED], ids=[case[0] for case in DATED])
def test_by_time(dates: dict[str, str | None], ties: list[tuple[str, str]], wanted: dict[str, str]) -> None:
    days = pa.array([day and datetime.fromisoformat(day) for day in dates.values()], pa.timestamp("ms", tz="UTC"))
    table = posts(*dates).append_column("date", days)
    assert split_of(split_components(table, duplicates(*ties), pairs(), TIME)) == wanted


def test_by_time_published_posts_keep_their_split() -> None:
    days = pa.array([datetime(2024, 7, 1)], pa.timestamp("ms", tz="UTC"))
    published = schemas.from_rows([{"post_id": "a", "component_id": "a", "split": "train"}], schemas.COMPONENTS)
    table = split_components(posts("b").append_column("date", days), duplicates(("b", "a")), pairs(), TIME, published)
    assert split_of(table) == {"a": "train", "b": "train"}


def test_split_bitext_follows_its_posts() -> None:
    paired = pairs(("ru/1", "en/1"), ("ru/2", "en/2"))
    components = split_components(posts(), duplicates(("ru/1", "en/0")), paired)
    result = split_bitext(bitext("ru/2~en/2#0", "ru/1~en/1#1", "ru/1~en/1#0"), paired, components)
    assert result.schema.equals(schemas.SPLIT_BITEXT, check_metadata=True)
    assert result["bead_id"].to_pylist() == ["ru/1~en/1#0", "ru/1~en/1#1", "ru/2~en/2#0"]
    assert result["component_id"].to_pylist() == ["en/0", "en/0", "en/2"]
    assert result["split"].to_pylist() == [split_of(components)[post] for post in ("ru/1", "ru/1", "ru/2")]
    assert split_bitext(bitext(), paired, components).num_rows == 0


def test_split_bitext_names_a_missing_pair() -> None:
    paired = pairs(("ru/1", "en/1"))
    components = split_components(posts(), duplicates(), paired)
    with pytest.raises(SchemaError, match="a row names pair_id 'ru/9~en/9', which is not in its table"):
        split_bitext(bitext("ru/9~en/9#0"), paired, components)
    with pytest.raises(SchemaError, match="a row names post_id 'ru/1', which is not in its table"):
        split_bitext(bitext("ru/1~en/1#0"), paired, components.slice(0, 0))


def published(**rows: tuple[str, str]) -> pa.Table:
    """Return posts with the component and the split that they have already."""
    table = [{"post_id": post, "component_id": name, "split": split} for post, (name, split) in rows.items()]
    return schemas.from_rows(list(table), schemas.COMPONENTS)


def test_published_posts_keep_component_and_split() -> None:
    old = published(b=("b", "train"), c=("b", "train"), m=("k", "test"), n=("k", "test"))  # k itself has left
    ties = [("a", "b"), ("o", "n"), ("z", "y")]
    found = split_components(posts("a", "o", "x", "y", "z"), duplicates(*ties), pairs(), published=old)
    assert component_of(found) == {
        "a": "b", "b": "b", "c": "b", "m": "k", "n": "k", "o": "k", "x": "x", "y": "y", "z": "y",
    }  # fmt: skip
    split = split_of(found)
    assert {post: split[post] for post in "abcmno"} == dict.fromkeys("abc", "train") | dict.fromkeys("mno", "test")
    alone = split_of(split_components(posts("x", "y", "z"), duplicates(("z", "y")), pairs()))
    assert {post: split[post] for post in "xyz"} == alone


def test_several_published_components_that_are_tied_keep_their_names() -> None:
    old = published(b=("b", "test"), d=("d", "test"))
    found = split_components(posts("a"), duplicates(("a", "d"), ("a", "b")), pairs(), published=old)
    assert component_of(found) == {"a": "b", "b": "b", "d": "d"}
    assert set(split_of(found).values()) == {"test"}


def test_published_components_decide_before_time_and_size() -> None:
    old = published(b=("b", "test"))
    ids = posts("c").append_column("date", pa.array([datetime(2020, 1, 1, tzinfo=UTC)], pa.timestamp("ms", "UTC")))
    by_time = SplitOptions(by="time", validation_from=date(2024, 1, 1), test_from=date(2024, 2, 1))
    for options in (by_time, SplitOptions(max_posts=1)):
        assert split_of(split_components(ids, duplicates(("c", "b")), pairs(), options, old))["c"] == "test"


@pytest.mark.parametrize(
    ("ids", "ties", "paired", "crossing"),
    [
        ("xy", [], [], ""),
        ("x", [("x", "a")], [], ""),
        ("x", [("x", "a"), ("x", "b")], [], ""),
        ("x", [("x", "a")], [("x", "c")], "x"),
        ("xyz", [("x", "a"), ("y", "x")], [("y", "c")], "y"),
        # A digest (x) joins posts of two splits; what only it ties to them stays.
        ("wxyz", [("x", "a"), ("x", "c"), ("x", "y"), ("z", "x")], [("y", "w")], "x"),
        ("b", [("b", "c")], [], "b"),  # it was edited, and now says what a post of another split says
        ("bx", [("x", "c")], [("b", "x")], "x"),
    ],
)
def test_crossing_posts(ids: str, ties: Any, paired: Any, crossing: str) -> None:
    old = published(a=("a", "train"), b=("a", "train"), c=("c", "test"), d=("d", "train"))
    found = crossing_posts(posts(*ids), duplicates(*ties), pairs(*paired), old)
    assert found.to_pylist() == list(crossing)
    assert crossing_posts(posts(*ids), duplicates(*ties), pairs(*paired), published()).to_pylist() == []
