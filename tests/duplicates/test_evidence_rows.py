"""Rows of evidence: times, the post that stays, order."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.duplicates.evidence_rows import earliest_first, evidence_rows, name_kept, sort_evidence

TIME = pa.timestamp("ms", tz="UTC")


def posts(*rows: tuple[str, int | None]) -> pa.Table:
    return pa.table(
        {
            "post_id": [name for name, _ in rows],
            "channel": [name.split("/")[0] for name, _ in rows],
            "date": pa.array([day and datetime(2025, 3, day, tzinfo=UTC) for _, day in rows], TIME),
            "text": [f"text of {name}" for name, _ in rows],
        }
    )


def test_rows_tell_who_repeats_whom() -> None:
    later, first = posts(("b/1", 3), ("b/2", None), ("b/3", 1)), posts(("a/1", 1), ("a/1", 1), ("a/1", 2))
    rows = evidence_rows(later, first, "media", similarity=np.array([0.123456, 1, 0]), rule="the same file")
    assert rows.schema.equals(schemas.DUPLICATES, check_metadata=True)
    told = rows.select(["post_id", "kept_id", "channel", "hours_later", "text", "removed", "kept_in"]).to_pylist()
    assert told[0] == {
        "post_id": "b/1", "kept_id": "a/1", "channel": "b", "hours_later": 48.0, "text": "text of b/1",
        "removed": False, "kept_in": None,
    }  # fmt: skip
    assert rows["hours_later"].to_pylist() == [48.0, None, -24.0]
    assert rows["similarity"].to_pylist() == pytest.approx([0.1235, 1.0, 0.0], abs=1e-6)


def test_evidence_about_a_removed_post_names_the_one_in_its_place() -> None:
    some = posts(("b/1", 1), ("b/2", 1))
    rows = evidence_rows(some, some, "edit", similarity=np.ones(2), rule="edited")
    removed = evidence_rows(
        posts(("b/2", 1)), posts(("a/1", 1)), "near", similarity=np.ones(1), rule="near",
        kept_in=pa.array(["news 1.0.0"]), removed=True,
    )  # fmt: skip
    named = name_kept(rows, removed)
    assert named.schema.equals(schemas.DUPLICATES, check_metadata=True)
    assert [(row["post_id"], row["kept_id"], row["kept_in"]) for row in named.to_pylist()] == [
        ("b/1", "b/1", None), ("b/2", "a/1", "news 1.0.0")
    ]  # fmt: skip


def test_order() -> None:
    some = posts(("b/2", 1), ("b/1", 2), ("b/1", 1))
    rows = sort_evidence(evidence_rows(some, some, "edit", similarity=np.ones(3), rule="edited"))
    assert [(row["post_id"], row["date"].day) for row in rows.to_pylist()] == [("b/1", 1), ("b/1", 2), ("b/2", 1)]
    assert np.argsort(earliest_first(posts(("a/1", None), ("a/2", 5), ("a/3", 2)))).tolist() == [2, 1, 0]
