"""Stored steps: resumed after a kill, redone when anything that made them changes."""

from pathlib import Path

import pyarrow as pa
import pytest

from toolkit.errors import ToolkitError
from toolkit.options import CleanOptions
from toolkit.workspace import Event, Output, Plan, StepDone, load_last_run, remove_old_steps, run_steps


def make_plan(log: list[str], *, min_letters: int = 1, fail_in: str | None = None) -> Plan:
    def compute(name: str, rows: int) -> Output:
        log.append(name)
        if name == fail_in:
            raise KeyboardInterrupt
        return Output({name: pa.table({"x": list(range(rows))})}, {"rows": rows})

    plan = Plan()
    plan.add("one", lambda done, store: compute("one", 3))
    plan.add("two", lambda done, store: compute("two", done.parts["one"].num_rows), after=["one"],
             options=CleanOptions(min_letters=min_letters))  # fmt: skip
    plan.add("three", lambda done, store: compute("three", done.parts["two"].num_rows - 1), after=["two"])
    return plan


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    log: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run_steps(make_plan(log, fail_in="three").steps, tmp_path)
    done = run_steps(make_plan(log).steps, tmp_path)
    assert log == ["one", "two", "three", "three"]
    assert done.tables["three"]["x"].to_pylist() == [0, 1]
    assert done.facts == {"one": {"rows": 3}, "two": {"rows": 3}, "three": {"rows": 2}}


def test_a_half_written_step_counts_for_nothing(tmp_path: Path) -> None:
    log: list[str] = []
    steps = make_plan(log).steps
    run_steps(steps, tmp_path)
    (steps[1].folder(tmp_path) / "done.json").unlink()
    run_steps(steps, tmp_path)
    assert log == ["one", "two", "three", "two"]


def test_a_changed_option_redoes_what_depends_on_it(tmp_path: Path) -> None:
    log: list[str] = []
    run_steps(make_plan(log).steps, tmp_path)
    run_steps(make_plan(log, min_letters=2).steps, tmp_path)
    assert log == ["one", "two", "three", "two", "three"]


def test_fresh_computes_everything_and_events_tell(tmp_path: Path) -> None:
    log: list[str] = []
    events: list[Event] = []
    run_steps(make_plan(log).steps, tmp_path)
    run_steps(make_plan(log).steps, tmp_path, fresh=True, on_step=events.append)
    assert log == ["one", "two", "three"] * 2
    assert [e for e in events if isinstance(e, str)] == ["one", "two", "three"]
    assert [e.was_stored for e in events if isinstance(e, StepDone)] == [False] * 3


def test_last_run_is_read_back(tmp_path: Path) -> None:
    with pytest.raises(ToolkitError, match="no finished build is stored here"):
        load_last_run(tmp_path)
    run_steps(make_plan([]).steps, tmp_path)
    assert set(load_last_run(tmp_path).tables) == {"one", "two", "three"}


def folders_in(work: Path) -> set[str]:
    return {path.name for path in work.iterdir() if path.is_dir()}


def test_old_steps_of_a_dataset_are_removed_and_no_others(tmp_path: Path) -> None:
    def finish(dataset: str, min_letters: int) -> set[str]:
        steps = make_plan([], min_letters=min_letters).steps
        run_steps(steps, tmp_path, dataset=dataset)
        remove_old_steps(steps, tmp_path, dataset)
        return {step.folder(tmp_path).name for step in steps}

    (tmp_path / "vectors").mkdir()
    first = finish("harbour", 1)
    with pytest.raises(KeyboardInterrupt):  # of a run that does not end it is known too what it stored
        run_steps(make_plan([], min_letters=2, fail_in="three").steps, tmp_path, dataset="harbour")
    assert len(folders_in(tmp_path) - first) == 2
    assert load_last_run(tmp_path).parts.keys() == {"one", "two", "three"}
    assert finish("harbour", 3) | {"vectors"} == folders_in(tmp_path)
    other, own = finish("lighthouse", 4), finish("harbour", 5)
    assert folders_in(tmp_path) == other | own | {"vectors"}
    assert finish("harbour", 4) == other and folders_in(tmp_path) == other | {"vectors"}


def test_a_first_run_that_was_killed_is_no_finished_one(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_steps(make_plan([], fail_in="three").steps, tmp_path, dataset="harbour")
    with pytest.raises(ToolkitError, match="no finished build is stored here"):
        load_last_run(tmp_path)
