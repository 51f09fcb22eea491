"""Kill commands, spoil their inputs, let groups of posts grow: what becomes of outputs, of errors, of time and memory.

    python benchmarks/faults.py kills [--runs 40] [--seed 1] [--only build]
    python benchmarks/faults.py mutations [--runs 300] [--seed 1] [--only xlsx] [--first 17 --keep FOLDER]
    python benchmarks/faults.py growth [--posts 250]

`kills` ends commands by SIGKILL at random moments and runs them again: a target has what it had or what it is to have,
never a part; in the end all bytes are those of an undisturbed run, and nothing lies beside them. `mutations` changes
bytes and values of dumps, tables, run configs and releases: a command ends with 0 or with 2 and at most one line
`error:`, without traceback, signal or hang. `growth` runs `bitext dedup` on groups of n, 2n and 4n posts that all hang
together. Each prints its counts and exits with 1 if there was a fault; the same seed makes the same faults.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from fault_inputs import DEMO, RELEASE, ROOT, commands_for, spoil, write_inputs  # the files beside this one
from fault_runs import LONGEST, PATIENCE, Outcome, fault_of, forked, preload

SEED = click.option("--seed", default=1, show_default=True)


@click.group(help=__doc__.split("\n", 1)[0])
def cli() -> None:
    """Measure what faults do."""


# -- kills


@dataclass(frozen=True)
class Job:
    """A command that writes, run in a folder of its own; `over` says whether it may replace what is there."""

    arguments: tuple[str, ...]
    over: bool = True


LIGHTHOUSE = (f"{DEMO / 'lighthouse.ru.txt'}", f"{DEMO / 'lighthouse.en.txt'}")
# 34 epochs are more steps than are done between two stored states
SMALL = ("--vocab", "300", "--dim", "16", "--epochs", "34", "--batch", "8")
JOBS = {
    "build": Job(("build", f"{DEMO}.yaml", "--out", "dist", "--work", "work", "--quiet"), over=False),
    "parse": Job(("parse", f"{DEMO}", "-o", "posts.parquet", "--report", "report.json", "--roles", "roles.jsonl")),
    "dedup": Job(("dedup", f"{DEMO}", "-o", "deduped")),
    "export": Job(("export", f"{RELEASE}", "-o", "pairs.tmx.gz", "--format", "tmx", "--quiet")),
    "encode": Job(("encode", LIGHTHOUSE[0], "-o", "vectors.npy")),
    "takedown": Job(("takedown", "prilivsk_ru/203", "--config", f"{DEMO}.yaml"), over=False),
    "publish": Job(("publish", f"{RELEASE}", "published", "--quiet"), over=False),
    "align": Job(("align", *LIGHTHOUSE, "-o", "beads.tsv")),
    "match": Job(("match", f"{DEMO / 'ru.result.json'}", f"{DEMO / 'en.dump.txt'}", "-o", "pairs.tsv")),
    "mine": Job(("mine", *LIGHTHOUSE, "-o", "mined.tsv")),
    "train-encoder": Job(("train-encoder", f"{RELEASE}", "-o", "model", "--quiet", *SMALL), over=False),
    "lineage": Job(("lineage", "--release", f"{RELEASE}", "-o", "lineage.parquet", "--quiet")),
}


@cli.command()
@click.option("--runs", default=40, show_default=True, help="Kills, shared by the commands in turn.")
@click.option("--only", type=click.Choice(list(JOBS)), multiple=True, help="These commands.  [default: all]")
@SEED
def kills(runs: int, only: tuple[str, ...], seed: int) -> None:
    """End commands by SIGKILL at random moments, and run them again."""
    rng = random.Random(seed)
    counts: dict[str, Counter[str]] = {name: Counter() for name in only or JOBS}
    with tempfile.TemporaryDirectory() as scratch:
        whole = {name: undisturbed(JOBS[name], Path(scratch) / name) for name in counts}
        for number, name in zip(range(runs), itertools.cycle(counts), strict=False):
            for what in killed(JOBS[name], *whole[name], rng, Path(scratch) / f"{number}"):
                counts[name][what] += 1
                if what in KILL_FAULTS:
                    click.echo(f"fault {number}: {name}: {what}", err=True)
            counts[name]["runs"] += 1
    columns = ("runs", "killed", "had its output", "left files", *KILL_FAULTS)
    show(("command", *columns), [(name, *(some[column] for column in columns)) for name, some in counts.items()])
    end(sum(some[fault] for some in counts.values() for fault in KILL_FAULTS))


KILL_FAULTS = ("half-written", "failed after", "other bytes", "left for good")


def undisturbed(job: Job, folder: Path) -> tuple[dict[str, str], float]:
    """Run a job; returns the hashes of what it wrote, by path, and its seconds."""
    prepare(job, folder)
    started = time.perf_counter()
    if ended(start(job, folder)):
        raise click.ClickException(f"cannot run {' '.join(job.arguments)}: {(folder / 'talk').read_text('utf-8')}")
    return hashes(folder), time.perf_counter() - started


def killed(job: Job, whole: dict[str, str], seconds: float, rng: random.Random, folder: Path) -> Iterator[str]:
    """Yield what is seen of one kill."""
    prepare(job, folder)
    older = dict.fromkeys(whole, OLD) if job.over and rng.random() < 0.5 else {}
    for name in older:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"old\n")
    process = start(job, folder)
    time.sleep(rng.uniform(0.1, 1.1) * seconds)
    process.kill()
    if process.wait() == -signal.SIGKILL:
        yield "killed"
    found = hashes(folder)
    if found == whole:
        yield "had its output"
    if leftovers(folder):
        yield "left files"
    if any(found[name] not in (whole[name], older.get(name)) for name in found.keys() & whole.keys()):
        yield "half-written"
    if ended(start(job, folder)):
        yield "failed after"
    if hashes(folder) != whole:
        yield "other bytes"
    if leftovers(folder):
        yield "left for good"
    shutil.rmtree(folder)


OLD = hashlib.sha256(b"old\n").hexdigest()


def prepare(job: Job, folder: Path) -> None:
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    if job is JOBS["takedown"]:
        (folder / "demo.yaml").write_bytes(Path(f"{DEMO}.yaml").read_bytes())


def start(job: Job, folder: Path) -> subprocess.Popen[bytes]:
    arguments = [argument.replace(f"{DEMO}.yaml", "demo.yaml") if job is JOBS["takedown"] else argument
                 for argument in job.arguments]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")}
    with open(folder / "talk", "wb") as talk:
        command = [sys.executable, "-m", "toolkit", *arguments]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=talk, stderr=talk)


def ended(process: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a process; one that hangs is ended."""
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def hashes(folder: Path) -> dict[str, str]:
    """Return the hashes of outputs by path: not of stored steps, talk, and what a process needs beside its outputs."""
    files = (path for path in folder.rglob("*") if path.is_file() and path not in leftovers(folder))
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in sorted(names.items()) if name.split("/")[0] not in ("work", "tmp", "talk")}  # fmt: skip


def leftovers(folder: Path) -> set[Path]:
    hidden = (path for path in folder.rglob(".*") if path.suffix in (".part", ".old"))
    return {inner for path in hidden for inner in (path, *path.rglob("*"))}


# -- mutations


@cli.command()
@click.option("--runs", default=300, show_default=True, help="Commands, a changed input each.")
@click.option("--only", multiple=True, help="Only inputs with this in their names.  [default: all]")
@click.option("--first", default=0, show_default=True, help="Number of the first run, to repeat one that was told.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for the inputs that show a fault.")
@SEED
def mutations(runs: int, only: tuple[str, ...], first: int, keep: Path | None, seed: int) -> None:
    """Change bytes and values of inputs, and run commands on them."""
    preload()
    seen: dict[str, list[Outcome]] = defaultdict(list)
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        inputs, folder = Path(scratch) / "inputs", Path(scratch) / "run"
        inputs.mkdir()
        write_inputs(inputs)
        shutil.copytree(RELEASE, inputs / "release")
        names = [
            name for name in sorted(path.name for path in inputs.iterdir()) if not only or any(map(name.count, only))
        ]
        for number in range(first, first + runs):
            name, rng = names[number % len(names)], random.Random(f"{seed}/{number}")
            shutil.copytree(inputs, folder)
            spoil(name, folder, rng)
            arguments = commands_for(name, rng)
            outcome = forked(arguments, folder)
            fault = fault_of(outcome) or ("left files" if leftovers(folder) else None)
            seen[name].append(outcome)
            if fault:
                found[name] += 1
                tail = outcome.err.strip()[-LONGEST:]
                click.echo(f"fault {number}: bitext {' '.join(arguments)}: {fault}\n{tail}", err=True)
                if keep:
                    shutil.copytree(folder, keep / f"{number}", dirs_exist_ok=True)
            shutil.rmtree(folder)
    rows = [(name, len(some), *(sum(one.code == code for one in some) for code in (0, 2)), found[name],
             f"{max(one.seconds for one in some):.1f}", f"{max(one.megabytes for one in some):,.0f}")
            for name, some in sorted(seen.items())]  # fmt: skip
    show(("input", "runs", "exit 0", "exit 2", "faults", "most s", "most MiB"), rows)
    end(sum(found.values()))


# -- growth


@cli.command()
@click.option("--posts", default=250, show_default=True, help="n; then 2n and 4n.")
def growth(posts: int) -> None:
    """Run `bitext dedup` on groups that grow."""
    rows, faults = [], 0
    for name, make in {"alerts": alerts, "versions": versions}.items():
        with tempfile.TemporaryDirectory() as scratch:
            base = grown(make(1), Path(scratch))
            before: tuple[float, ...] | None = None
            for size in (posts, 2 * posts, 4 * posts):
                figures = grown(make(size), Path(scratch))
                net = tuple(max(figure - start, 0.001) for figure, start in zip(figures, base, strict=True))
                ratios = ("", "", "", "") if before is None else tuple(
                    f"x {now / then:.1f}" for now, then in zip(net, before, strict=True))  # fmt: skip
                shown = (f"{net[0]:,.1f}", f"{net[1]:.1f}", f"{net[2]:,.0f}", f"{net[3]:,.0f}")
                pairs = itertools.chain(*zip(shown, ratios, strict=True))
                rows.append((name, f"{size:,}", *pairs))
                if before is not None:
                    # Time and rows may grow with the letters, half as much again for what a sort costs and noise.
                    allowed = 1.5 * max(net[0] / before[0], 2)
                    faults += (net[1] > 2 and net[1] / before[1] > allowed) or net[3] / before[3] > allowed
                before = net
    show(("group", "posts", "input KB", "", "CPU s", "", "MiB", "", "rows of evidence", ""), rows)
    click.echo("Beyond what one post takes; x says how much more than half the posts.")
    end(faults)


def alerts(count: int) -> list[str]:
    """Near copies of one alert, a word changed in each."""
    words = [f"слово{number}" for number in range(60)]
    return [" ".join([*words[: n % 60], f"правка{n}", *words[n % 60 + 1 :]]) for n in range(count)]


def versions(count: int) -> list[str]:
    """Versions of a live post, each a sentence longer."""
    sentences = [f"Очевидец{n} видел парад{n}." for n in range(count)]
    return [" ".join(sentences[: n + 1]) for n in range(count)]


def write_posts(texts: list[str], path: Path) -> None:
    """Write texts as posts of seven channels, a minute between two."""
    first = datetime(2025, 3, 1, tzinfo=UTC)
    with open(path, "w", encoding="utf-8") as file:
        for n, text in enumerate(texts):
            date = (first + timedelta(minutes=n)).isoformat()
            row = {"id": n // 7 + 1, "channel": f"c{n % 7}", "date": date, "text": text, "lang": "ru"}
            file.write(f"{json.dumps(row, ensure_ascii=False)}\n")


def grown(texts: list[str], folder: Path) -> tuple[float, float, float, float]:
    """Run `bitext dedup` on texts; returns KB of the input, CPU seconds, peak memory in MiB, rows of pairs.tsv."""
    path = folder / "posts.jsonl"
    write_posts(texts, path)
    (folder / "tmp").mkdir(exist_ok=True)
    process = start(Job(("dedup", "posts.jsonl", "-o", "deduped")), folder)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException((folder / "talk").read_text("utf-8"))
    rows = (folder / "deduped" / "pairs.tsv").read_bytes().count(b"\n")
    return path.stat().st_size / 1024, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, rows


# -- tables


def show(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        first, *others = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join([first.strip().ljust(widths[0]), *others]).rstrip())


def end(faults: int) -> None:
    click.echo(f"{faults} faults")
    if faults:
        sys.exit(1)


if __name__ == "__main__":
    cli()
