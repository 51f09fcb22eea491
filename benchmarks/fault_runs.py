"""Commands in a copy of this process for benchmarks/faults.py, and what is wrong with how they end."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

PATIENCE = 240  # seconds on the clock after which a command hangs
LONGEST = 2000  # letters of a line of talk
PRELOADED = (
    "cli.commands", "sources", "stages.dedup", "stages.evidence", "release.build", "release.read", "exports.export",
    "publishing.publish", "encoders", "alignment.sentences", "pipeline", "lineage",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, negative for a signal, and what it printed."""

    code: int
    out: str
    err: str
    seconds: float = 0.0
    megabytes: float = 0.0


def fault_of(outcome: Outcome) -> str | None:
    """Name what is wrong with how a command ended; None: nothing."""
    errors = [line for line in outcome.err.splitlines() if line.startswith(("error:", "Error:"))]
    if outcome.code < 0:
        name = signal.Signals(-outcome.code).name
        return "hang" if name == "SIGALRM" else name
    if "Traceback" in outcome.err:
        return "traceback"
    if outcome.code not in (0, 2):
        return f"exit {outcome.code}"
    if len(errors) > 1:
        return "several errors"
    if outcome.code == 0 and errors:
        return "an error and exit 0"
    if outcome.code == 2 and not errors and not outcome.out.strip():
        return "exit 2 without a word"
    return "a long line" if any(len(line) > LONGEST for line in outcome.err.splitlines()) else None


def preload() -> None:
    """Import what commands need, so that each run starts at once; nothing that starts a thread."""
    for name in PRELOADED:
        importlib.import_module(f"toolkit.{name}")


def forked(arguments: list[str], folder: Path) -> Outcome:
    """Run a command line in a copy of this process."""
    sys.stdout.flush()
    started = time.perf_counter()
    process = os.fork()
    if process == 0:
        become(arguments, folder)
    _, status, used = os.wait4(process, 0)
    out, err = ((folder / f".{name}").read_text("utf-8", "replace") for name in ("out", "err"))
    seconds = time.perf_counter() - started
    return Outcome(os.waitstatus_to_exitcode(status), out, err, seconds, used.ru_maxrss / 1024)


def become(arguments: list[str], folder: Path) -> NoReturn:
    """Be the command until it ends, or hangs."""
    from toolkit.cli import main

    code = 1
    try:
        os.chdir(folder)
        for number, name in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        signal.alarm(PATIENCE)
        sys.argv = ["bitext", *arguments]
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
