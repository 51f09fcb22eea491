"""Steps whose outputs are stored once, in a work directory, under keys that cover everything that made them.

Outputs are tables in parts (see `toolkit.partitions`): a step is handed what is on disk, and reads of it what it needs.
A key covers a step's options, the keys of the steps it follows and the toolkit's own code. So a killed run goes on
where it stopped, a changed option redoes just what depends on it, and a stale output cannot be taken for a fresh one.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import ToolkitError
from toolkit.options import Options
from toolkit.partitions import Partitions, Store, open_parts
from toolkit.signature import signature_hash
from toolkit.storage import held, sha256_file, write_text

if TYPE_CHECKING:
    import pyarrow as pa

_LAST_RUN = "last-run.json"
_DONE = "done.json"


@dataclass(frozen=True)
class Output:
    """What a step leaves behind.

    Attributes:
        tables: by name; those that the step has not written in parts are written as one.
        facts: JSON-like, for the report and the manifest.
    """

    tables: dict[str, pa.Table | Partitions]
    facts: dict[str, Any] = field(default_factory=dict)


class Tables(Mapping[str, "pa.Table"]):
    """Tables on disk by name; each is read whole whenever it is asked for, and not held."""

    def __init__(self, parts: Mapping[str, Partitions]) -> None:
        """Take tables by name."""
        self._parts = parts

    def __getitem__(self, name: str) -> pa.Table:
        return self._parts[name].read()

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


@dataclass(frozen=True)
class Done:
    """What steps have left on disk.

    Attributes:
        parts: tables by name.
        facts: of each step, by its name.
    """

    parts: dict[str, Partitions] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> Tables:
        """Return the tables, each read whole when it is asked for."""
        return Tables(self.parts)


Compute = Callable[[Done, Store], Output]


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes:
        name: unique in the run.
        key: changes when the output may change.
        compute: from what all earlier steps left, and a place for parts, to this step's output.
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
        done = self.folder(work) / _DONE
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
        posts: that the run has; None before they are merged.
    """

    label: str
    rows: int
    dropped: int
    seconds: float
    was_stored: bool
    posts: int | None = None


@dataclass(frozen=True)
class PartsDone:
    """How far the running step is, or one of several works in it.

    Attributes:
        done: parts.
        of: parts.
    """

    done: int
    of: int


Event = str | PartsDone | StepDone  # a step's label when it starts, then its parts, then what happened in it


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
    engine: Engine = EMBEDDED,
    fresh: bool = False,
    dataset: str | None = None,
    on_step: Callable[[Event], None] = lambda event: None,
) -> Done:
    """Run the steps that have no stored output.

    Args:
        steps: of a plan, in order.
        work: the work directory; made if it is not there.
        engine: where parts are made.
        fresh: compute all of them again.
        dataset: whose steps they are, for `remove_old_steps`.
        on_step: told a step's label when it starts and a `StepDone` when it ends.

    Raises:
        ToolkitError: if another run is at work in the work directory.
    """
    folders = [step.folder(work).name for step in steps]
    with held(work):
        if dataset is not None:  # now, so that the steps of a run that is killed are known too
            _note_steps(work, dataset, [*_read_last_run(work).get("datasets", {}).get(dataset, ()), *folders])
        done = _run_steps(steps, work, engine, fresh=fresh, on_step=on_step)
        write_text(work / _LAST_RUN, json.dumps(_read_last_run(work) | {"steps": folders}, indent=1))
    return done


def _run_steps(
    steps: Sequence[Step], work: Path, engine: Engine, *, fresh: bool, on_step: Callable[[Event], None]
) -> Done:
    done = Done()
    for step in steps:
        on_step(step.label)
        started = time.monotonic()
        folder = step.folder(work)
        was_stored = step.is_stored(work) and not fresh
        if not was_stored:
            _compute(step, folder, done, engine, fresh=fresh)
        parts, facts = _load(folder)
        done.parts.update(parts)
        done.facts[step.name] = facts
        gone = parts.get(f"{step.name}.dropped")
        seconds = 0.0 if was_stored else time.monotonic() - started
        rows, posts = parts[step.main].num_rows, done.parts["posts"].num_rows if "posts" in done.parts else None
        on_step(StepDone(step.label, rows, 0 if gone is None else gone.num_rows, seconds, was_stored, posts))
    return done


def _compute(step: Step, folder: Path, done: Done, engine: Engine, *, fresh: bool) -> None:
    """Make a step's output; `done.json` comes last, so a folder without it has no more than parts of it."""
    (folder / _DONE).unlink(missing_ok=True)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    store = Store(folder, engine)
    output = step.compute(done, store)
    tables = {
        name: table if isinstance(table, Partitions) else store.write(name, table)
        for name, table in output.tables.items()
    }
    facts = {"tables": {name: table.rows for name, table in tables.items()}, "facts": output.facts}
    write_text(folder / _DONE, json.dumps(facts, ensure_ascii=False, indent=1))


def remove_old_steps(steps: Sequence[Step], work: Path, dataset: str) -> None:
    """Remove what earlier runs for a dataset stored in a work directory, but for what other datasets use there.

    Args:
        steps: that stay, of the run that has just made the dataset.
        work: the work directory.
        dataset: see `run_steps`.
    """
    try:
        with held(work):
            known = _read_last_run(work).get("datasets", {})
            stay = {step.folder(work).name for step in steps}
            stay.update(*(folders for name, folders in known.items() if name != dataset))
            for folder in {*known.get(dataset, ())} - stay:
                shutil.rmtree(work / Path(folder).name, ignore_errors=True)
            _note_steps(work, dataset, [step.folder(work).name for step in steps])
    except ToolkitError:  # another run is at work there by now; the next one tidies up
        return


def _note_steps(work: Path, dataset: str, folders: Sequence[str]) -> None:
    last = _read_last_run(work)
    datasets = {**last.get("datasets", {}), dataset: list(dict.fromkeys(folders))}
    write_text(work / _LAST_RUN, json.dumps(last | {"datasets": datasets}, indent=1))


def _read_last_run(work: Path) -> dict[str, Any]:
    """Return what is known of the runs in a work directory: `steps` of the last one, and those of `datasets`."""
    try:
        last = json.loads((work / _LAST_RUN).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return last if isinstance(last, dict) else {}


def load_step(folder: Path) -> dict[str, Partitions] | None:
    """Return the tables of a step that is stored whole; None if it is not."""
    return _load(folder)[0] if (folder / _DONE).exists() else None


def load_last_run(work: Path) -> Done:
    """Return what the last finished run in a work directory stored.

    Raises:
        ToolkitError: if no run has finished there.
    """
    done = Done()
    try:
        last = json.loads((work / _LAST_RUN).read_text("utf-8"))
        if "steps" not in last and "datasets" in last:
            raise FileNotFoundError
        for folder in last["steps"]:
            done.parts.update(_load(work / folder)[0])
    except OSError as error:
        raise ToolkitError(
            "no finished build is stored here", where=work, fix="Run `bitext build` first, or give --work"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        fix = "Run `bitext build` again"
        raise ToolkitError("what the last build stored is damaged", where=work, fix=fix) from error
    return done


def _load(folder: Path) -> tuple[dict[str, Partitions], Any]:
    try:
        done = json.loads((folder / _DONE).read_text("utf-8"))
        rows = {str(name): [int(count) for count in counts] for name, counts in done["tables"].items()}
        facts = done["facts"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        fix = "Remove the folder; it is computed again"
        raise ToolkitError("what a build stored is damaged", where=folder, fix=fix) from error
    return {name: open_parts(folder, name, counts) for name, counts in rows.items()}, facts


@cache
def _code_hash() -> str:
    """Return a hash of the toolkit's own code: an upgrade never reuses what the old code made."""
    root = Path(__file__).parent
    return signature_hash({str(path.relative_to(root)): sha256_file(path) for path in sorted(root.rglob("*.py"))})
