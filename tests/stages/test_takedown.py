"""Posts leave by id, with the evidence that names them."""

import pyarrow as pa
import pytest

from tests.stages.test_news import clean
from toolkit import schemas
from toolkit.stages.takedown import drop_evidence, take_down, text_keys


def evidence(*rows: tuple[str, str, str]) -> pa.Table:
    given: list[dict[str, object]] = [
        {"post_id": post, "kept_id": kept, "kind": kind, "removed": kind == "exact", "similarity": 1.0, "rule": "r",
         "rule_version": "1", "channel": "c", "text": "x"} for post, kept, kind in rows
    ]  # fmt: skip
    return schemas.from_rows(given, schemas.DUPLICATES)


POSTS = clean(**{"c/a": ("Раз.", None), "c/b": ("Два.", None), "c/c": ("Три.", "Подписаться")})
ROWS = [("x", "c/a", "exact"), ("c/b", "c/a", "paragraph"), ("c/b", "c/b", "edit"), ("y", "c/c", "exact")]


@pytest.mark.parametrize(
    ("asked", "gone", "rows"),
    [
        ([], "", ROWS),
        (["nobody/1"], "", ROWS),
        (["c/a"], "a", ROWS[2:]),
        (["c/b", "c/c"], "bc", ROWS[:1]),
        (text_keys(["**РАЗ**"]), "a", ROWS[2:]),
        (text_keys(["Три"]), "c", ROWS[:3]),
        (text_keys(["Три, подписаться!"]), "c", ROWS[:3]),
        (text_keys(["Три четыре"]), "", ROWS),
    ],
)
def test_take_down(asked: list[str], gone: str, rows: list[tuple[str, str, str]]) -> None:
    result = take_down(POSTS, asked)
    assert result.kept["post_id"].to_pylist() == [f"c/{one}" for one in "abc" if one not in gone]
    assert result.kept.schema.equals(schemas.CLEAN_POSTS, check_metadata=True)
    assert result.asked["post_id"].to_pylist() == [f"c/{one}" for one in gone]
    assert result.dropped.to_pylist() == [
        {"row_id": f"c/{one}", "stage": "takedown", "reason": "taken_down", "value": None} for one in gone
    ]
    assert drop_evidence(evidence(*ROWS), result.asked["post_id"]).equals(evidence(*rows))
