"""Posts leave by id, with the evidence that names them."""

import pyarrow as pa
import pytest

from tests.stages.test_news import clean
from toolkit import schemas
from toolkit.stages.takedown import take_down


def evidence(*rows: tuple[str, str, str]) -> pa.Table:
    given: list[dict[str, object]] = [
        {"post_id": post, "kept_id": kept, "kind": kind, "removed": kind == "exact", "similarity": 1.0, "rule": "r",
         "rule_version": "1", "channel": "c", "text": "x"} for post, kept, kind in rows
    ]  # fmt: skip
    return schemas.from_rows(given, schemas.DUPLICATES)


POSTS = clean(a=("Раз.", None), b=("Два.", None), c=("Три.", None))
ROWS = [("x", "a", "exact"), ("b", "a", "paragraph"), ("b", "b", "edit"), ("y", "c", "exact")]


@pytest.mark.parametrize(
    ("ids", "stay", "rows"),
    [
        ([], ["a", "b", "c"], ROWS),
        (["nobody/1"], ["a", "b", "c"], ROWS),
        (["a"], ["b", "c"], ROWS[2:]),  # x said the same, and does not come back
        (["x"], ["a", "b", "c"], ROWS[1:]),
        (["b", "c"], ["a"], ROWS[:1]),
        (["a", "b", "c"], [], []),
    ],
)
def test_take_down(ids: list[str], stay: list[str], rows: list[tuple[str, str, str]]) -> None:
    result = take_down(POSTS, evidence(*ROWS), ids)
    assert result.kept["post_id"].to_pylist() == stay
    assert result.kept.schema.equals(schemas.CLEAN_POSTS, check_metadata=True)
    gone = [
        {"row_id": post, "stage": "takedown", "reason": "taken_down", "value": None} for post in "abc" if post in ids
    ]
    assert result.dropped.to_pylist() == gone
    assert result.duplicates.equals(evidence(*rows))
