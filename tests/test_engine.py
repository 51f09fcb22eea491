"""The engine keeps order, types and errors, whoever does the work."""

import errno
import os
import pickle
import threading
import time
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pytest

from toolkit.engine import Engine
from toolkit.errors import EngineError, SourceError, ToolkitError

TABLE = pa.table(
    {
        "key": ["b", "a", None, "b", "a", "b"],
        "text": ["один", "two", "три", "four", "пять", None],
        "numbers": pa.array([[1], [], None, [2, 3], [4], [5]], pa.list_(pa.int32())),
        "when": pa.array([1, None, 3, 4, 5, 6], pa.timestamp("ms", tz="UTC")),
        "vector": pa.array([[0.5, 1.5]] * 6, pa.list_(pa.float32(), 2)),
    }
)
TWO = Engine(workers=2)
ENGINES = pytest.mark.parametrize("engine", [Engine(workers=1), TWO], ids=["one process", "two processes"])


def count_rows(table: pa.Table) -> pa.Table:
    return table.append_column("n", pa.array([table.num_rows] * table.num_rows, pa.int32()))


COUNTED = TABLE.schema.append(pa.field("n", pa.int32()))


@ENGINES
def test_batches_come_back_in_order_with_their_types(engine: Engine) -> None:
    result = engine.map_batches(TABLE, count_rows, COUNTED, rows=4)
    assert result["n"].to_pylist() == [4, 4, 4, 4, 2, 2]
    assert result.drop_columns(["n"]).equals(TABLE)


@ENGINES
def test_empty_table_and_empty_results(engine: Engine) -> None:
    assert engine.map_batches(TABLE.slice(0, 0), count_rows, COUNTED).equals(COUNTED.empty_table())
    nothing = engine.map_batches(TABLE, lambda batch: count_rows(batch.slice(0, 0)), COUNTED, rows=2)
    assert nothing.equals(COUNTED.empty_table())


def process(task: int) -> tuple[int, int]:
    return task, os.getpid()


def test_tasks_are_done_by_other_processes_and_a_single_one_here() -> None:
    done = list(TWO.map(process, range(20)))
    assert [task for task, _ in done] == list(range(20))
    assert os.getpid() not in {worker for _, worker in done}
    assert list(TWO.map(process, [7])) == [(7, os.getpid())]
    assert {worker for _, worker in TWO.in_one_process().map(process, range(3))} == {os.getpid()}


def test_workers_start_when_there_is_enough_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.engine._has_workers", threading.Event())
    monkeypatch.setattr("toolkit.engine._cores", lambda: 2)
    here = os.getpid()
    assert list(Engine().map(process, range(9))) == [(task, here) for task in range(9)]
    slow = list(Engine().map(process_slowly, range(4)))
    assert [task for task, _ in slow] == list(range(4))
    assert slow[0][1] == here and here not in {worker for _, worker in slow[1:]}
    assert here not in {worker for _, worker in Engine().map(process, range(2))}


def process_slowly(task: int) -> tuple[int, int]:
    if task == 0:
        time.sleep(0.6)
    return process(task)


def test_results_are_made_as_they_are_needed() -> None:
    asked: list[int] = []
    results = Engine(workers=1).map(asked.append, range(5))
    next(results)
    assert asked == [0]


def fail(_: object, *, error: Exception) -> pa.Table:
    raise error


def fail_at_once(task: int) -> None:
    if task == 0:
        raise SourceError("a broken record")
    time.sleep(0.2)


def test_work_that_an_error_makes_useless_is_no_warning() -> None:
    with pytest.raises(SourceError):
        list(TWO.map(fail_at_once, range(9)))


@ENGINES
def test_user_errors_come_through_whole(engine: Engine) -> None:
    error = SourceError("a broken record", where="a.json", line=3, fix="Mend it")
    with pytest.raises(SourceError, match=r"^a\.json:3: a broken record\. Mend it$"):
        list(engine.map(partial(fail, error=error), range(3)))


@ENGINES
def test_bugs_keep_their_cause(engine: Engine) -> None:
    with pytest.raises(EngineError, match="native engine lost its work: KeyError: 'oops'") as caught:
        list(engine.map(partial(fail, error=KeyError("oops")), range(3)))
    assert caught.value.__cause__ is not None


def die(_: object) -> None:
    os._exit(3)


def test_a_process_that_is_gone_is_an_error_and_the_next_work_is_done() -> None:
    with pytest.raises(EngineError, match="lost its work"):
        list(TWO.map(die, range(3)))
    assert [task for task, _ in TWO.map(process, range(3))] == [0, 1, 2]


@ENGINES
def test_a_full_disk_is_one_line(engine: Engine) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/full/one.parquet")
    with pytest.raises(ToolkitError, match=r"^/full/one\.parquet: No space left on device\. Make room"):
        list(engine.map(partial(fail, error=full), range(3)))


@ENGINES
def test_it_tells_how_many_tasks_are_done(engine: Engine) -> None:
    told: list[tuple[int, int]] = []
    watched = replace(engine, on_task=lambda *counts: told.append(counts))
    assert len(list(watched.map(process, range(3)))) == 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert pickle.loads(pickle.dumps(watched)) == engine
