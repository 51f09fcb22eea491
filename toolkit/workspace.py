"""Steps whose outputs are stored once, in a work directory, under keys that cover everything that made them.

A key covers a step's options, the keys of the steps it follows and the toolkit's own code. So a killed run goes on
where it stopped, a changed option redoes just what depends on it, and a stale output cannot be taken for a fresh one.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import ToolkitError
from toolkit.options import Options
from toolkit.signature import signature_hash
from toolkit.storage import held, read_table, sha256_file, write_table, write_text

if TYPE_CHECKING:
    import pyarrow as pa

_LAST_RUN = "last-run.json"


@dataclass(frozen=True)
class Output:
    """What a step leaves behind: tables by name, and JSON-like facts for the report and the manifest."""

    tables: dict[str, pa.Table]
    facts: dict[str, Any] = field(default_factory=dict)


Compute = Callable[[Mapping[str, "pa.Table"]], Output]


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes:
        name: unique in the run.
        key: changes when the output may change.
        compute: from the tables of all earlier steps to this step's output.
        main: the table whose rows tell how many there are now.
        label: what a person is shown.
        fits: whether a stored output may be taken for this step's, from its facts: of what cannot be in the key,
            because it is known only when the step has run.
    """

    name: str
    key: str
    compute: Compute
    main: str
    label: str
    fits: Callable[[Mapping[str, Any]], bool] = lambda facts: True

    def folder(self, work: Path) -> Path:
        """Return where the step's output is stored."""
        return work / f"{self.name}-{self.key}"

    def is_stored(self, work: Path) -> bool:
        """Tell whether the step's output is stored whole, and fits."""
        done = self.folder(work) / "done.json"
        return done.exists() and self.fits(json.loads(done.read_text("utf-8"))["facts"])


@dataclass(frozen=True)
class StepDone:
    """What happened in a step.

    Attributes:
        label: of the step.
        rows: of its main table.
        dropped: how many rows left in it.
        seconds: that it took; 0.0 if it was stored.
        was_stored: whether it was found in the work directory.
    """

    label: str
    rows: int
    dropped: int
    seconds: float
    was_stored: bool


class Plan:
    """The steps of a run in order, each with its key."""

    def __init__(self) -> None:
        """Start with no steps."""
        self.steps: list[Step] = []
        self._keys: dict[str, str] = {}

    def add(
        self,
        name: str,
        compute: Compute,
        *,
        after: Sequence[str] = (),
        options: Options | dict[str, Any] | None = None,
        main: str | None = None,
        label: str | None = None,
        fits: Callable[[Mapping[str, Any]], bool] = lambda facts: True,
    ) -> None:
        """Add a step.

        Args:
            name: of the step.
            compute: see `Step`.
            after: names of the steps whose output it uses.
            options: everything else that its output depends on.
            main: see `Step`; the table named like the step if not given.
            label: see `Step`; the name if not given.
            fits: see `Step`.
        """
        dumped = options.model_dump(mode="json") if isinstance(options, Options) else options
        facts = {"step": name, "options": dumped, "after": [self._keys[step] for step in after], "code": _code_hash()}
        self._keys[name] = signature_hash(facts)
        self.steps.append(Step(name, self._keys[name], compute, main or name, label or name, fits))


def run_steps(
    steps: Sequence[Step],
    work: Path,
    *,
    fresh: bool = False,
    on_step: Callable[[str | StepDone], None] = lambda event: None,
) -> Output:
    """Run the steps that have no stored output, and read the others.

    Args:
        steps: of a plan, in order.
        work: the work directory; made if it is not there.
        fresh: compute all of them again.
        on_step: told a step's label when it starts and a `StepDone` when it ends.

    Returns:
        The tables of all steps by name, and the facts of each step by its name.

    Raises:
        ToolkitError: if another run is at work in the work directory.
    """
    with held(work):
        return _run_steps(steps, work, fresh=fresh, on_step=on_step)


def _run_steps(steps: Sequence[Step], work: Path, *, fresh: bool, on_step: Callable[[str | StepDone], None]) -> Output:
    tables: dict[str, pa.Table] = {}
    facts: dict[str, Any] = {}
    for step in steps:
        on_step(step.label)
        started = time.monotonic()
        was_stored = step.is_stored(work) and not fresh
        output = _load(step.folder(work)) if was_stored else _store(step.folder(work), step.compute(tables))
        tables |= output.tables
        facts[step.name] = output.facts
        gone = output.tables.get(f"{step.name}.dropped")
        seconds = 0.0 if was_stored else time.monotonic() - started
        rows = output.tables[step.main].num_rows
        on_step(StepDone(step.label, rows, 0 if gone is None else gone.num_rows, seconds, was_stored))
    folders = [step.folder(work).name for step in steps]
    write_text(work / _LAST_RUN, json.dumps({"steps": folders}, indent=1))
    return Output(tables, facts)


def load_last_run(work: Path) -> Output:
    """Read what the last finished run in a work directory stored.

    Raises:
        ToolkitError: if no run has finished there.
    """
    try:
        folders = json.loads((work / _LAST_RUN).read_text("utf-8"))["steps"]
        outputs = [_load(work / folder) for folder in folders]
    except OSError as error:
        raise ToolkitError(
            "no finished build is stored here", where=work, fix="Run `bitext build` first, or give --work"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        fix = "Run `bitext build` again"
        raise ToolkitError("what the last build stored is damaged", where=work, fix=fix) from error
    return Output({name: table for output in outputs for name, table in output.tables.items()})


def _store(folder: Path, output: Output) -> Output:
    """Write a step's output; `done.json` comes last, so a folder without it counts for nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, table in output.tables.items():
        write_table(folder / f"{name}.parquet", table)
    done = {"tables": list(output.tables), "facts": output.facts}
    write_text(folder / "done.json", json.dumps(done, ensure_ascii=False, indent=1))
    return output


def _load(folder: Path) -> Output:
    try:
        done = json.loads((folder / "done.json").read_text("utf-8"))
        tables, facts = list(map(str, done["tables"])), done["facts"]
    except (ValueError, TypeError, KeyError) as error:
        fix = "Remove the folder; it is computed again"
        raise ToolkitError("what a build stored is damaged", where=folder, fix=fix) from error
    return Output({name: read_table(folder / f"{name}.parquet") for name in tables}, facts)


@cache
def _code_hash() -> str:
    """Return a hash of the toolkit's own code: an upgrade never reuses what the old code made."""
    root = Path(__file__).parent
    return signature_hash({str(path.relative_to(root)): sha256_file(path) for path in sorted(root.rglob("*.py"))})
