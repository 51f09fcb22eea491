"""Run a command and measure all of its processes, for `scale.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil  # type: ignore[import-untyped]

SAMPLED: Final = 0.2  # seconds between two looks at the memory


@dataclass(frozen=True)
class Sample:
    """Memory at a moment, in bytes.

    Attributes:
        at: seconds of the clock.
        all: of all processes; what several share counts once.
        driver: of the first one.
    """

    at: float
    all: int
    driver: int


@dataclass(frozen=True)
class StepFigures:
    """What a step took.

    Attributes:
        step: its label.
        cpu: seconds of all processes.
        wall: seconds.
        peak_mb: of all processes.
        was_stored: whether it had only to be found.
    """

    step: str
    cpu: float
    wall: float
    peak_mb: float
    was_stored: bool = False

    @property
    def cores(self) -> float:
        """Return how many cores were at work on average."""
        return self.cpu / self.wall if self.wall else 0.0


@dataclass(frozen=True)
class Figures:
    """What a command took.

    Attributes:
        cpu: seconds of all processes, with those that ended.
        wall: seconds.
        peak_mb: of all processes.
        driver_mb: peak of the process that was started.
        steps: of a build.
        said: what it printed.
    """

    cpu: float
    wall: float
    peak_mb: float
    driver_mb: float
    steps: tuple[StepFigures, ...] = ()
    said: str = field(default="", repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-like values."""
        steps = [asdict(step) | {"cores": round(step.cores, 2)} for step in self.steps]
        return {name: value for name, value in asdict(self).items() if name != "said"} | {"steps": steps}


def measure(command: Sequence[str | Path]) -> Figures:
    """Run a command to its end.

    Raises:
        SystemExit: if it fails, with what it said on stderr.
    """
    started = time.time()
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    samples: list[Sample] = []
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, samples, done))
    errors: list[str] = []
    assert process.stdout and process.stderr
    talk = threading.Thread(target=lambda err: errors.append(err.read()), args=(process.stderr,))
    watcher.start()
    talk.start()
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)  # what ended under it is in its usage
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.time() - started
    done.set()
    watcher.join()
    talk.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{errors[0]}")
    mb = 1e-6
    return Figures(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        peak_mb=max((sample.all for sample in samples), default=0) * mb,
        driver_mb=max((sample.driver for sample in samples), default=0) * mb,
        steps=tuple(_steps(said, samples)),
        said=said,
    )


def _watch(pid: int, samples: list[Sample], done: threading.Event) -> None:
    while not done.wait(SAMPLED):
        try:
            first = psutil.Process(pid)
            sizes = [size for one in (first, *first.children(recursive=True)) if (size := _memory(one))]
        except psutil.Error:
            continue
        if sizes:
            samples.append(Sample(time.time(), sum(sizes), sizes[0]))


def _memory(process: psutil.Process) -> int:
    """Return a process's memory, its share of what it shares; without the latter where that cannot be read."""
    try:
        try:
            return int(process.memory_full_info().pss)
        except (psutil.AccessDenied, AttributeError):
            info = process.memory_info()
            return int(info.rss - info.shared)
    except psutil.Error:
        return 0


def _steps(said: str, samples: Sequence[Sample]) -> list[StepFigures]:
    """Read what `report_build` printed."""
    events = [json.loads(line) for line in said.splitlines() if line.startswith('{"step"')]
    steps = []
    for begin, end in zip(events[::2], events[1::2], strict=True):
        peak = max((one.all for one in samples if begin["at"] <= one.at <= end["at"] + SAMPLED), default=0)
        steps.append(
            StepFigures(
                begin["step"], end["cpu"] - begin["cpu"], end["at"] - begin["at"], peak * 1e-6, end["was_stored"]
            )
        )
    return steps


def report_build(
    config: Path, out: Path, work: Path, *, previous: Path | None, engine: str, workers: int | None
) -> None:
    """Build, in this process, and print a line when a step begins and one when it ends."""
    from toolkit.engine import Engine
    from toolkit.options import load_run_config
    from toolkit.pipeline import build_dataset
    from toolkit.workspace import Event, PartsDone

    def tell(event: Event) -> None:
        if not isinstance(event, PartsDone):
            label = event if isinstance(event, str) else event.label
            was_stored = not isinstance(event, str) and event.was_stored
            row = {"step": label, "at": time.time(), "cpu": _cpu_until_now(), "was_stored": was_stored}
            print(json.dumps(row), flush=True)

    run = load_run_config(config)
    if previous:
        release = run.release.model_copy(update={"version": "next"})
        run = run.model_copy(update={"previous": previous, "release": release})
    where = Engine("ray" if engine == "ray" else "native", None, workers)
    report = build_dataset(run, out=out, work=work, engine=where, on_step=tell)
    print(json.dumps({"release": str(report.release)}))


def _cpu_until_now() -> float:
    """Return seconds of this process and of all under it, with those that have ended."""
    first = psutil.Process()
    total = 0.0
    for one in (first, *first.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def this_command(*arguments: str | Path) -> list[str | Path]:
    """Return `scale.py` with arguments, for a process of its own."""
    return [sys.executable, Path(__file__).with_name("scale.py"), *arguments]
