"""The engine keeps row order, types and errors."""

from functools import partial

import pyarrow as pa
import pytest

from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import EngineError, SourceError

TABLE = pa.table(
    {
        "key": ["b", "a", None, "b", "a", "b"],
        "text": ["один", "two", "три", "four", "пять", None],
        "numbers": pa.array([[1], [], None, [2, 3], [4], [5]], pa.list_(pa.int32())),
        "when": pa.array([1, None, 3, 4, 5, 6], pa.timestamp("ms", tz="UTC")),
        "vector": pa.array([[0.5, 1.5]] * 6, pa.list_(pa.float32(), 2)),
    }
)


def count_rows(table: pa.Table) -> pa.Table:
    return table.append_column("n", pa.array([table.num_rows] * table.num_rows, pa.int32()))


COUNTED = TABLE.schema.append(pa.field("n", pa.int32()))


def test_batches_come_back_in_order_with_their_types() -> None:
    result = EMBEDDED.map_batches(TABLE, count_rows, COUNTED, rows=4)
    assert result["n"].to_pylist() == [4, 4, 4, 4, 2, 2]
    assert result.drop_columns(["n"]).equals(TABLE)


def test_groups_come_back_in_order_of_first_appearance() -> None:
    result = EMBEDDED.map_groups(TABLE, "key", count_rows, COUNTED)
    assert result["key"].to_pylist() == ["b", "b", "b", "a", "a", None]
    assert result["text"].to_pylist() == ["один", "four", None, "two", "пять", "три"]
    assert result["n"].to_pylist() == [3, 3, 3, 2, 2, 1]


def test_empty_table_and_empty_results() -> None:
    assert EMBEDDED.map_batches(TABLE.slice(0, 0), count_rows, COUNTED).equals(COUNTED.empty_table())
    nothing = EMBEDDED.map_groups(TABLE, "key", lambda group: count_rows(group.slice(0, 0)), COUNTED)
    assert nothing.equals(COUNTED.empty_table())


def fail(_: pa.Table, *, error: Exception) -> pa.Table:
    raise error


def test_user_errors_come_through_whole() -> None:
    error = SourceError("a broken record", where="a.json", line=3, fix="Mend it")
    with pytest.raises(SourceError, match=r"^a\.json:3: a broken record\. Mend it$"):
        EMBEDDED.map_batches(TABLE, partial(fail, error=error), COUNTED)


def test_bugs_keep_their_cause(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EngineError, match="native engine lost its work") as caught:
        EMBEDDED.map_batches(TABLE, partial(fail, error=KeyError("oops")), COUNTED)
    assert caught.value.__cause__ is not None


def test_a_process_cannot_change_its_runner() -> None:
    EMBEDDED.map_batches(TABLE, count_rows, COUNTED)
    with pytest.raises(EngineError, match="Start a new process"):
        Engine("ray", "127.0.0.1:1").map_batches(TABLE, count_rows, COUNTED)
