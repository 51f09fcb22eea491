"""Measure whole builds at several sizes: CPU, wall and memory of all processes by step, growth, precision and recall.

    python benchmarks/scale.py build PAIRS.parquet --posts 1000 10000 100000
    python benchmarks/scale.py build PAIRS.parquet --posts 10000 --stitched stitched.py
    python benchmarks/scale.py build PAIRS.parquet --posts 100000 300000 --engine ray
    python benchmarks/scale.py parse PAIRS.parquet --posts 320000
    python benchmarks/scale.py previous PAIRS.parquet --posts 100000
    python benchmarks/scale.py kills PAIRS.parquet --posts 20000 --runs 20

PAIRS.parquet has parallel sentences in columns `ru` and `en`; posts of two channels are made of them (scale_posts.py).
Every build runs in a process of its own. `--stitched` names a script that is run as SCRIPT RU.jsonl EN.jsonl
OUT.parquet over the same posts. `kills` ends builds with SIGKILL at random moments, lets them
go on, and compares bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from scale_posts import read_sentences, write_export, write_posts
from scale_runs import Figures, measure, report_build, this_command

BY_PARTS = ("clean", "embed", "match", "align", "score", "filter", "write release")  # steps that should use all cores


def main() -> None:
    given = _arguments()
    if given.what == "report":
        report_build(given.pairs, given.out, given.work, previous=given.previous, engine=given.engine,
                     workers=given.workers)  # fmt: skip
        return
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        results = {"build": _build, "parse": _parse, "previous": _previous, "kills": _kills}[given.what](
            given, Path(folder)
        )
    if given.json:
        print(json.dumps(results, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["build", "parse", "previous", "kills", "report"], help="`report` is internal.")
    parser.add_argument("pairs", type=Path, help="Parquet file with columns ru and en.")
    parser.add_argument("--posts", type=int, nargs="+", default=[1000, 10_000], help="[default: 1000 10000]")
    parser.add_argument("--runs", type=int, default=20, help="Of `kills`.  [default: 20]")
    parser.add_argument("--seed", type=int, default=0, help="Of the moments of `kills`.  [default: 0]")
    parser.add_argument("--workers", type=int, help="[default: one a core]")
    parser.add_argument("--engine", choices=["native", "ray"], default="native", help="[default: native]")
    parser.add_argument("--stitched", type=Path, help="Script to run over the same posts.")
    parser.add_argument("--folder", type=Path, help="Where to put all files, in a folder that is removed at the end.")
    parser.add_argument("--json", action="store_true", help="Print the figures as JSON too, last.")
    for name in ("out", "work", "previous"):
        parser.add_argument(f"--{name}", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _build(given: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Build at every size."""
    sentences, results = read_sentences(given.pairs), []
    for posts in given.posts:
        config = write_posts(folder / str(posts), sentences, posts)
        figures = _report(given, config, config.parent / "out")
        precision, recall = _judge(Path(json.loads(figures.said.splitlines()[-1])["release"]), config.parent)
        _print_build(posts, figures)
        print(f"  post pairs: precision {precision:.4f}, recall {recall:.4f}", flush=True)
        result = {"posts": posts, "precision": precision, "recall": recall, **figures.to_dict()}
        if given.stitched:
            result["stitched"] = _stitch(given.stitched, config.parent, figures.cpu)
        results.append(result)
        shutil.rmtree(config.parent)
    for small, big in pairwise(results):
        _print_growth(small, big)
    if len(results) > 2:
        _print_growth(results[0], results[-1])
    return results


def _report(given: argparse.Namespace, config: Path, out: Path, previous: Path | None = None) -> Figures:
    options: list[str | Path] = ["--out", out, "--work", config.parent / "work", "--engine", given.engine]
    options += ["--workers", str(given.workers)] if given.workers else []
    options += ["--previous", previous] if previous else []
    return measure(this_command("report", config, *options))


def _print_build(posts: int, figures: Figures, title: str = "") -> None:
    print(f"\n{title or f'{posts:,} posts'}: {figures.cpu:.1f} CPU s ({figures.cpu / posts * 1000:.2f} ms a post), "
          f"{figures.wall:.1f} s, {figures.peak_mb:,.0f} MB (first process {figures.driver_mb:,.0f})")  # fmt: skip
    print(f"  {'step':<24} {'CPU s':>8} {'wall s':>8} {'cores':>6} {'peak MB':>8} {'posts/s':>9}")
    for step in figures.steps:
        rate = posts / step.wall if step.wall else math.inf
        print(f"  {step.step:<24} {step.cpu:8.2f} {step.wall:8.2f} {step.cores:6.2f} {step.peak_mb:8,.0f} "
              f"{rate:9,.0f}{' stored' * step.was_stored}")  # fmt: skip
    local = [step for step in figures.steps if step.step in BY_PARTS]
    rest = figures.cpu - sum(step.cpu for step in figures.steps)
    print(f"  {'start, plan and end':<24} {rest:8.2f}")
    if wall := sum(step.wall for step in local):
        print(
            f"  cores used by {', '.join(BY_PARTS)}: {sum(step.cpu for step in local) / wall:.2f} of {os.cpu_count()}"
        )


def _print_growth(small: dict[str, Any], big: dict[str, Any]) -> None:
    def exponent(of: str, one: dict[str, Any] = small, other: dict[str, Any] = big) -> float:
        if not (one[of] > 0 and other[of] > 0):
            return math.nan
        return math.log(other[of] / one[of]) / math.log(big["posts"] / small["posts"])

    print(f"\ngrowth from {small['posts']:,} to {big['posts']:,} posts, exponents: CPU {exponent('cpu'):.2f}, "
          f"memory {exponent('peak_mb'):.2f}, memory of the first process {exponent('driver_mb'):.2f}")  # fmt: skip
    before = {step["step"]: step for step in small["steps"]}
    told = [f"{step['step']} {exponent('cpu', before[step['step']], step):.2f}"
            for step in big["steps"] if step["step"] in before and step["cpu"] >= 0.2]  # fmt: skip
    print(f"  CPU of steps: {', '.join(told)}", flush=True)


def _judge(release: Path, folder: Path) -> tuple[float, float]:
    """Return precision and recall of the post pairs of a release."""
    from toolkit.release.read import open_release, read_batches
    from toolkit.release.tables import POST_PAIRS

    gold = {tuple(line.split("\t")) for line in (folder / "gold.tsv").read_text("utf-8").splitlines()}
    manifest, found = open_release(release), set()
    for split in manifest.configs[POST_PAIRS.name].splits if POST_PAIRS.name in manifest.configs else ():
        names = ("ru_post_id", "en_post_id")
        for batch in read_batches(release, manifest, POST_PAIRS, split, rows=16_384, columns=names):
            found |= set(zip(*(batch[name].to_pylist() for name in names), strict=True))
    right = len(gold & found)
    return right / max(len(found), 1), right / max(len(gold), 1)


def _stitch(script: Path, folder: Path, cpu: float) -> dict[str, Any]:
    figures = measure([sys.executable, script, folder / "ru.jsonl", folder / "en.jsonl", folder / "stitched.parquet"])
    print(f"  {script.name}: {figures.cpu:.1f} CPU s ({figures.cpu / cpu:.1f} times as much), {figures.wall:.1f} s, "
          f"{figures.peak_mb:,.0f} MB")  # fmt: skip
    print("    " + figures.said.strip().replace("\n", "\n    "), flush=True)
    return figures.to_dict()


def _parse(given: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Parse an export."""
    sentences, results = read_sentences(given.pairs), []
    for posts in given.posts:
        source, out = folder / "result.json", folder / "posts.parquet"
        write_export(source, sentences, posts)
        figures = measure([sys.executable, "-m", "toolkit", "parse", source, "-o", out, "--quiet"])
        size = source.stat().st_size / 1e6
        print(f"{posts:,} posts, {size:,.0f} MB: {figures.cpu:.1f} CPU s, {figures.wall:.1f} s, "
              f"{figures.peak_mb:,.0f} MB", flush=True)  # fmt: skip
        results.append({"posts": posts, "mb": size, **figures.to_dict()})
    for small, big in pairwise(results):
        _print_growth(small, big)
    return results


def _previous(given: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Build a version, and the next ones with 1 % new posts: from a dump of all, and from one of the new ones alone."""
    sentences, results = read_sentences(given.pairs), []
    for posts in given.posts:
        more = posts + max(posts // 100, 1)
        config = write_posts(folder / f"{posts}", sentences, posts)
        whole = _report(given, config, folder / f"{posts}-out")
        _print_build(posts, whole)
        release = Path(json.loads(whole.said.splitlines()[-1])["release"])
        result: dict[str, Any] = {"posts": posts, "whole": whole.to_dict()}
        for name, skipped in (("all posts again", 0), ("the new posts alone", posts)):
            config = write_posts(folder / f"{posts}-{skipped}", sentences, more, skipped)
            figures = _report(given, config, folder / f"{posts}-{skipped}-out", release)
            _print_build(more, figures, f"--previous, a dump of {name}")
            print(f"  {figures.cpu / whole.cpu:.1%} of the CPU of the whole build", flush=True)
            result[name] = figures.to_dict()
        results.append(result)
    return results


def _kills(given: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Kill builds at random moments, and let them go on."""
    sentences, generator, results = read_sentences(given.pairs), random.Random(given.seed), []
    for posts in given.posts:
        config = write_posts(folder / str(posts), sentences, posts)
        start = time.monotonic()
        wanted = _finish(_start(given, config, folder / "whole"), folder / "whole")
        seconds = time.monotonic() - start
        print(f"{posts:,} posts, whole: {seconds:.1f} s, {len(wanted)} files")
        counts = {"runs": given.runs, "killed": 0, "same bytes": 0}
        for number in range(given.runs):
            place, moment = folder / f"killed-{number}", generator.uniform(0, seconds)
            was_killed = _kill(_start(given, config, place), moment)
            stored = sum(1 for _ in place.glob("work/*/done.json"))
            start = time.monotonic()
            is_same = _finish(_start(given, config, place), place) == wanted
            counts["killed"] += was_killed
            counts["same bytes"] += is_same
            print(f"  {number + 1:3}: {'killed' if was_killed else 'done'} after {moment:6.1f} s with {stored:2} steps "
                  f"stored, went on for {time.monotonic() - start:6.1f} s: {'the same' if is_same else 'OTHER'} bytes",
                  flush=True)  # fmt: skip
            shutil.rmtree(place)
        print(f"  {counts['killed']} of {counts['runs']} killed, {counts['same bytes']} with the same bytes")
        results.append({"posts": posts, **counts})
    return results


def _start(given: argparse.Namespace, config: Path, place: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "toolkit", "build", config, "--out", place / "out", "--work", place / "work",
               "--quiet", *(["--workers", str(given.workers)] if given.workers else [])]  # fmt: skip
    return subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            start_new_session=True)  # fmt: skip


def _kill(process: subprocess.Popen[bytes], moment: float) -> bool:
    """Kill a build with all its processes; return whether it was still running."""
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def _finish(process: subprocess.Popen[bytes], place: Path) -> dict[str, str]:
    """Wait for a build; return the hash of every file in its folder of releases, also of what should not be there."""
    _, said = process.communicate()
    if process.returncode:
        raise SystemExit(f"a build failed: {said.decode()}")
    files = [path for path in sorted((place / "out").rglob("*")) if path.is_file()]
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


if __name__ == "__main__":
    main()
