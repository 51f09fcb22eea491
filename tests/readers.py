"""What a reader of README or card types, run as they would, in a folder and an environment of its own."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# The commands share a process: most of the time of a command of a second is the start of Python.
ONE_AFTER_THE_OTHER = """
import json, sys
from toolkit.cli import run
for command in json.loads(sys.argv[1]):
    sys.argv = command
    code = run()
    if code:
        sys.exit(f"{' '.join(command)}: exit code {code}")
"""


def run_python(code: str, folder: Path, *arguments: str) -> str:
    """Run a script in a folder; returns what it prints."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(Path(__file__).parent.parent),
    }  # fmt: skip
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def run_commands(lines: Iterable[str], folder: Path) -> None:
    """Run the lines that begin with `bitext`, one after the other."""
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("bitext ")]
    assert commands
    run_python(ONE_AFTER_THE_OTHER, folder, json.dumps(commands))
