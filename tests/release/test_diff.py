"""What changed between two versions, told for edits of a small release that are made by hand."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from toolkit.release import diff
from toolkit.release.diff import CHANGES, REASONS, count_changes, diff_rows
from toolkit.release.read import read_release
from toolkit.release.tables import CONFIGS, POST_COLUMNS

Rows = Mapping[str, pa.Table]


@pytest.fixture(scope="module")
def rows(built: Path) -> Rows:
    return read_release(built).tables


def without(rows: Rows, post_id: str) -> dict[str, pa.Table]:
    left = {}
    for name, table in rows.items():
        for column in POST_COLUMNS[name]:
            table = table.filter(pc.not_equal(table[column], post_id))
        left[name] = table
    return left


def changed(table: pa.Table, key: str, value: str, **new: object) -> pa.Table:
    """Return the table with other values in the rows whose key is the value."""
    is_it = pc.equal(table[key], value)
    for name, what in new.items():
        place, field = table.schema.get_field_index(name), table.schema.field(name)
        both = table[name], pa.chunked_array([pa.array([what] * table.num_rows, field.type)]), is_it
        column = [new if hit else old for old, new, hit in zip(*map(pa.ChunkedArray.to_pylist, both), strict=True)]
        table = table.set_column(place, field, pa.array(column, field.type))
    return table


def counts(changes: pa.Table) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = {}
    for row in changes.to_pylist():
        key = (row["config"], row["op"], row["reason"])
        found[key] = found.get(key, 0) + 1
    return found


def test_the_same_rows_in_any_order_are_no_change(rows: Rows) -> None:
    turned = {name: table.take(pa.array(range(table.num_rows - 1, -1, -1), pa.int64())) for name, table in rows.items()}
    found = diff_rows(rows, turned)
    assert found.num_rows == 0 and found.schema.equals(CHANGES, check_metadata=True)
    assert count_changes(found) == {}


def test_new_rows_are_added(rows: Rows) -> None:
    found = diff_rows(without(rows, "svod/3"), rows)
    assert counts(found) == {
        ("sentence_pairs", "add", "new"): 11,
        ("post_pairs", "add", "new"): 1,
        ("posts", "add", "new"): 1,
        ("duplicates", "add", "new"): 2,
    }
    assert found["id"].to_pylist()[0] == "svod/3~brief/3#0"
    assert found["id"].to_pylist()[-2:] == ["echo/1 exact svod/3", "echo/2 near svod/3"]


@pytest.mark.parametrize(("asked", "reason"), [([], "gone"), (["svod/3", "x/1"], "takedown")])
def test_removed_rows_say_whether_somebody_asked(rows: Rows, asked: list[str], reason: str) -> None:
    found = diff_rows(rows, without(rows, "svod/3"), asked)
    assert counts(found) == {
        ("sentence_pairs", "remove", reason): 11,
        ("post_pairs", "remove", reason): 1,
        ("posts", "remove", reason): 1,
        ("duplicates", "remove", reason): 2,
    }


def test_an_edited_post_corrects_what_names_it(rows: Rows) -> None:
    new = without(rows, "svod/2")  # its pair and its sentence with brief/2 are gone
    new["posts"] = changed(rows["posts"], "post_id", "svod/2", text="Сегодня в порту тихо.")
    assert counts(diff_rows(rows, new)) == {
        ("sentence_pairs", "remove", "corrected"): 2,
        ("post_pairs", "remove", "corrected"): 1,
        ("posts", "change", "corrected"): 1,
    }
    assert counts(diff_rows(new, rows)) == {
        ("sentence_pairs", "add", "corrected"): 2,
        ("post_pairs", "add", "corrected"): 1,
        ("posts", "change", "corrected"): 1,
    }


@pytest.mark.parametrize(
    ("config", "key", "value", "new", "reason"),
    [
        ("posts", "post_id", "svod/1", {"split": "nowhere"}, "moved"),
        ("posts", "post_id", "svod/1", {"split": "nowhere", "text": "Другое."}, "moved"),
        ("posts", "post_id", "svod/1", {"footer": "Подписаться: @svod"}, "corrected"),
        ("posts", "post_id", "svod/1", {"date": None}, "recomputed"),
        ("posts", "post_id", "svod/1", {"hashtags": ["#порт"]}, "recomputed"),
        ("posts", "post_id", "svod/1", {"reactions": [{"emoji": "👍", "count": 4}]}, "recomputed"),
        ("post_pairs", "pair_id", "svod/4~brief/4", {"margin": None}, "recomputed"),
        ("sentence_pairs", "bead_id", "svod/4~brief/4#0", {"score": 0.25}, "recomputed"),
        ("sentence_pairs", "bead_id", "svod/4~brief/4#0", {"en_text": "The train was late."}, "corrected"),
        ("sentence_pairs", "bead_id", "svod/4~brief/4#0", {"ru_ids": [0, 1]}, "recomputed"),
        ("duplicates", "post_id", "echo/1", {"similarity": 0.5}, "recomputed"),
    ],
)
def test_a_changed_row(rows: Rows, config: str, key: str, value: str, new: dict[str, object], reason: str) -> None:
    found = diff_rows(rows, {**rows, config: changed(rows[config], key, value, **new)})
    kind = {"duplicates": "echo/1 exact svod/3"}.get(config, value)
    assert found.to_pylist() == [{"op": "change", "id": kind, "config": config, "reason": reason}]


def test_a_diff_has_no_text_and_its_order_is_that_of_the_release(rows: Rows) -> None:
    nothing = {name: table.slice(0, 0) for name, table in rows.items()}
    found = diff_rows(rows, nothing, ["svod/3"])
    assert found.num_rows == sum(table.num_rows for table in rows.values())
    names = [config.name for config in CONFIGS]
    keys = [(names.index(row["config"]), row["op"], row["id"]) for row in found.to_pylist()]
    assert keys == sorted(keys)
    texts = {text for name in ("posts", "duplicates") for text in rows[name]["text"].to_pylist()}
    assert not texts & set(found["id"].to_pylist())
    assert set(found["reason"].to_pylist()) == {"gone", "takedown"} < set(REASONS)


def test_counts_are_in_the_order_of_ops_and_reasons(rows: Rows) -> None:
    new = without(without(rows, "svod/3"), "svod/21")
    new["posts"] = changed(new["posts"], "post_id", "svod/1", views=7)
    assert list(count_changes(diff_rows(rows, new, ["svod/3"])).items()) == [
        (("change", "recomputed"), 1), (("remove", "takedown"), 15), (("remove", "gone"), 1),
    ]  # fmt: skip


def test_pieces_of_splits_are_compared_like_whole_tables(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "_PIECE", 3)
    new = without(rows, "svod/4")
    new["posts"] = changed(new["posts"], "post_id", "svod/5", text="Другой текст.")
    splits = {
        name: {
            split: table.filter(pc.equal(table["split"], split)).drop_columns("split")
            for split in pc.unique(table["split"]).to_pylist()
        }
        for name, table in new.items()
    }
    changes = diff_rows(rows, new, ["svod/4"])
    assert changes.num_rows > 3
    assert diff_rows(rows, splits, ["svod/4"]).equals(changes)
