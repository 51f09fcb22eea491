"""Faults of the system and of inputs, in short; benchmarks/faults.py is the long form, whose parts are used here."""

import ctypes
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "configs" / "demo"
RELEASE = ROOT / "dist" / "demo" / "0.1.0"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def campaign() -> Iterator[Any]:
    """The modules of the campaign, by name."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    names = ("fault_inputs", "fault_runs", "faults")
    yield {name: importlib.import_module(name) for name in names}
    sys.path.remove(str(ROOT / "benchmarks"))
    for name in names:
        del sys.modules[name]


def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "toolkit", *map(str, arguments)]
    return subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize(
    ("code", "out", "err", "fault"),
    [
        (0, "", "warning: a\nwarning: b\n", None),
        (2, "", "error: no\n", None),
        (2, "2 problems", "", None),
        (2, "", "Usage: bitext\n\nError: no\n", None),
        (2, "", "", "exit 2 without a word"),
        (2, "", "error: no\nerror: no\n", "several errors"),
        (0, "", "error: no\n", "an error and exit 0"),
        (1, "", "", "exit 1"),
        (1, "", "Traceback (most recent call last):\n", "traceback"),
        (0, "", "Traceback (most recent call last):\n", "traceback"),
        (-signal.SIGSEGV, "", "", "SIGSEGV"),
        (-signal.SIGALRM, "", "", "hang"),
        (2, "", f"error: {'x' * 2000}\n", "a long line"),
    ],
)
def test_what_counts_as_a_fault(campaign: Any, code: int, out: str, err: str, fault: str | None) -> None:
    runs = campaign["fault_runs"]
    assert runs.fault_of(runs.Outcome(code, out, err)) == fault


def test_inputs_are_read_as_they_are_and_refused_or_read_when_they_are_spoiled(
    campaign: Any, bitext: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, runs = campaign["fault_inputs"], campaign["fault_runs"]
    monkeypatch.chdir(tmp_path)
    inputs.write_inputs(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    whole = {name: (tmp_path / name).read_bytes() for name in names}
    changed = 0
    for number, name in enumerate(name for name in names * 3 if name != "run.yaml"):
        arguments = ["parse", name, "-o", "posts.jsonl"]
        if number < len(names):
            assert bitext(*arguments)[0] == 0, name
        inputs.spoil(name, tmp_path, random.Random(f"7/{number}"))
        changed += whole[name] != (tmp_path / name).read_bytes()
        assert runs.fault_of(runs.Outcome(*bitext(*arguments))) is None, (number, name)
        (tmp_path / name).write_bytes(whole[name])
        assert not list(tmp_path.glob(".*"))
    assert changed > 35


def test_a_killed_command_leaves_nothing_half_and_the_next_one_nothing_at_all(campaign: Any, tmp_path: Path) -> None:
    faults = campaign["faults"]
    job = faults.Job(("parse", str(DEMO / "archive.csv"), "-o", "posts.parquet", "--report", "report.json"))
    whole, seconds = faults.undisturbed(job, tmp_path / "whole")
    assert list(whole) == ["posts.parquet", "report.json"]
    seconds = min(seconds, 0.6)  # a busy machine takes longer the first time than later
    seen = [what for n in range(3) for what in faults.killed(job, whole, seconds, random.Random(n), tmp_path / f"{n}")]
    assert not set(seen) & set(faults.KILL_FAULTS)
    assert "killed" in seen


def test_what_a_kill_leaves_is_seen(campaign: Any, tmp_path: Path) -> None:
    faults = campaign["faults"]
    for name in ("work/.a.1.part/b", "dist/.c.2.old/d", "dist/e", ".hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    left = {path.relative_to(tmp_path).as_posix() for path in faults.leftovers(tmp_path)}
    assert left == {"work/.a.1.part", "work/.a.1.part/b", "dist/.c.2.old", "dist/.c.2.old/d"}
    assert list(faults.hashes(tmp_path)) == [".hidden", "dist/e"]


def test_pairs_of_a_group_grow_with_its_posts(campaign: Any, bitext: Run, tmp_path: Path) -> None:
    faults, counts = campaign["faults"], []
    for size in (30, 120):
        faults.write_posts(faults.alerts(size), tmp_path / "posts.jsonl")
        assert bitext("dedup", tmp_path / "posts.jsonl", "-o", tmp_path / "deduped")[0] == 0
        counts.append((tmp_path / "deduped" / "pairs.tsv").read_bytes().count(b"\n"))
    assert counts[0] >= 29 and 119 <= counts[1] <= 4 * 30 * 29 / 2  # not all 7,140


@pytest.mark.parametrize(
    "arguments", [("parse", DEMO / "archive.csv", "--json"), ("lineage", "--release", RELEASE, "--quiet")]
)
def test_a_full_disk_as_stdout_is_one_line(arguments: tuple[object, ...]) -> None:
    with open("/dev/full", "w") as full:
        process = start(*arguments, stdout=full)
        error = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert [line for line in error.splitlines() if "archive.csv: " not in line or "error" in line] == [
        "error: No space left on device. Make room, also where TMPDIR is"
    ]


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    process = start("parse", DEMO / "archive.csv", "--json", stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert "Traceback" not in error and "error" not in error


def test_no_stdout_at_all_is_no_traceback(tmp_path: Path) -> None:
    process = start("parse", DEMO / "archive.csv", "-o", tmp_path / "a.jsonl", preexec_fn=lambda: os.close(1))
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and "Traceback" not in error
    assert (tmp_path / "a.jsonl").read_bytes().count(b"\n") > 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_one_line(tmp_path: Path, number: signal.Signals) -> None:
    fifo = tmp_path / "vectors.npy"
    os.mkfifo(fifo)  # nobody reads it, so the command waits
    process = start("encode", DEMO / "lighthouse.ru.txt", "-o", fifo, stdout=subprocess.DEVNULL)
    time.sleep(1)
    process.send_signal(number)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert error == "interrupted; a build or a training goes on from here when it is started again\n"


@pytest.fixture
def obedient() -> Iterator[None]:
    """Let permissions hold for root too: what overrides them is put aside, see capabilities(7)."""
    libc, header, data = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, data) == 0
    had = data[0]
    data[0] &= ~0b110  # of the effective ones CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
    assert libc.capset(header, data) == 0
    yield
    data[0] = had
    assert libc.capset(header, data) == 0


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("parse closed.csv -o posts.jsonl", "error: closed.csv: cannot be read: Permission denied"),
        ("parse closed -o posts.jsonl", "error: closed: cannot be read: Permission denied"),
        ("parse closed/posts.csv -o posts.jsonl", "error: closed/posts.csv: Permission denied"),
        ("parse open.csv -o fixed/posts.jsonl", "error: fixed/posts.jsonl: cannot write: Permission denied"),
        ("parse open.csv -o posts.jsonl --report fixed/r.json", "error: fixed/r.json: cannot write: Permission denied"),
        ("dedup open.csv -o fixed/unique", "error: fixed/unique: cannot write: Permission denied"),
        ("build demo.yaml --out fixed/dist", "error: fixed/dist: cannot write: Permission denied"),
        ("build demo.yaml --work fixed/work", "error: fixed/work: cannot write: Permission denied"),
        ("build closed.yaml", "error: closed.yaml: cannot read the run config: Permission denied"),
        ("takedown bay/1 --config fixed/run.yaml", "error: fixed/takedowns.tsv: cannot write: Permission denied"),
        ("encode open.csv --encoder closed-model -o vectors.npy",
         "error: closed-model: the static model cannot be read: Permission denied"),
        ("train-encoder open.csv -o fixed/model", "error: fixed/model: cannot write: Permission denied"),
        ("verify closed-release", "problem: manifest.json: cannot be read: Permission denied"),
    ],
)  # fmt: skip
def test_without_permission_a_command_says_so_in_one_line_and_writes_nothing(
    bitext: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obedient: None, command: str, what: str
) -> None:
    from toolkit.encoders.static import find_static_model

    monkeypatch.chdir(tmp_path)
    shutil.copy(DEMO / "archive.csv", "open.csv")
    shutil.copy(DEMO / "archive.csv", "closed.csv")
    shutil.copytree(DEMO, "demo")
    for name in ("demo.yaml", "closed.yaml"):
        shutil.copy(f"{DEMO}.yaml", name)
    for name in ("closed", "fixed", "closed-release"):
        Path(name).mkdir()
    shutil.copy(f"{DEMO}.yaml", "fixed/run.yaml")
    model = find_static_model("ru-en-static")
    assert model is not None
    shutil.copytree(model, "closed-model")
    Path("closed-release/manifest.json").write_text("{}", "utf-8")
    weights = next(Path("closed-model").rglob("*.safetensors"))
    for name in ("closed", "closed.csv", "closed.yaml", weights, "closed-release/manifest.json"):
        Path(name).chmod(0)
    Path("fixed").chmod(0o555)
    before = sorted(tmp_path.rglob("*"))
    code, out, err = bitext(*command.split())
    assert code == 2
    assert (err.strip() or out.strip()).splitlines()[-1].endswith(what)
    assert sorted(path for path in tmp_path.rglob("*") if path.name not in (".bitext", "work")) == before
