"""Measure `bitext export`: rows a second and peak memory of every format, over a release of generated pairs.

    python benchmarks/export.py --rows 1000000
    python benchmarks/export.py --rows 1000000 --format tmx --packed

Each format runs in a process of its own. The pairs are random words, 17 Russian and 20 English a pair.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from toolkit.exports import FORMATS, Choice, export_release
from toolkit.release.manifest import MANIFEST
from toolkit.release.parquet import write_split
from toolkit.release.tables import SENTENCE_PAIRS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="Pairs.  [default: 1,000,000]")
    parser.add_argument("--format", choices=list(FORMATS), action="append", help="[default: all]")
    parser.add_argument("--packed", action="store_true", help="gzip the output.")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)  # a release: export it and print the figures
    given = parser.parse_args()
    if given.worker:
        _export(given.worker, given.format[0], given.packed)
        return
    with tempfile.TemporaryDirectory() as folder:
        release = Path(folder, "release")
        _make_release(release, given.rows)
        print(f"{'format':<22} {'seconds':>8} {'rows/s':>10} {'MB out':>8} {'peak MB':>8} {'of it before':>13}")
        for name in given.format or FORMATS:
            command = [sys.executable, __file__, "--worker", release, "--format", name]
            done = subprocess.run([*map(str, command), *["--packed"] * given.packed], capture_output=True, check=True)
            print(done.stdout.decode(), end="")


def _export(release: Path, name: str, packed: bool) -> None:
    before = _peak_mb()
    out = release.parent / f"out{FORMATS[name].ending}{'.gz' if packed and not FORMATS[name].is_folder else ''}"
    start = time.perf_counter()
    report = export_release(release, out, name, Choice(min_score=0.5)).splits["train"]
    seconds = time.perf_counter() - start
    size = sum(Path(file).stat().st_size for file in report.files) / 1e6
    print(f"{name:<22} {seconds:8.1f} {report.rows / seconds:10,.0f} {size:8.0f} {_peak_mb():8.0f} {before:13.0f}")
    for file in report.files:
        Path(file).unlink()


def _peak_mb() -> float:
    """Return the peak memory of this program; getrusage would count that of its parent too."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def _make_release(folder: Path, rows: int) -> None:
    """Write the files and the manifest that an export reads."""
    generator = np.random.default_rng(1)
    numbers = np.arange(rows)
    posts = np.char.add("channel/", (numbers // 4).astype(str))
    real = {name: generator.random(rows).astype(np.float32).round(4)
            for name in ("score", "similarity", "length_ratio", "number_match", "ru_lang_confidence",
                         "en_lang_confidence")}  # fmt: skip
    columns = {
        **dict.fromkeys(("ru_post_id", "en_post_id", "component_id", "pair_id"), posts),
        **real,
        "bead_id": np.char.add(np.char.add(posts, "#"), (numbers % 4).astype(str)),
        "ru_text": _texts("абвгдежзийклмнопрстуфхцчшщыьэюя", 17, rows, generator),
        "en_text": _texts("abcdefghijklmnopqrstuvwxyz", 20, rows, generator),
        "position": numbers % 4,
        "first_seen": 1_700_000_000_000 + numbers // 4 * 60_000,
    }
    lists = pa.array([[0], [1], [2], [3, 4]] * (rows // 4 + 1), pa.list_(pa.int32())).slice(0, rows)
    words = {"relation": "parallel", "bead_type": "1:1", "ru_lang": "ru", "en_lang": "en"}
    arrays = []
    for field in SENTENCE_PAIRS.schema:
        if field.name in columns:
            arrays.append(pa.array(columns[field.name]).cast(field.type))
        elif field.type == lists.type:
            arrays.append(lists)
        else:
            arrays.append(pa.repeat(words.get(field.name, "channel"), rows))
    table = pa.table(arrays, schema=SENTENCE_PAIRS.schema)
    files = [path.relative_to(folder).as_posix() for path in write_split(table, SENTENCE_PAIRS, "train", folder)]
    split = {"rows": rows, "bytes": table.nbytes, "content_sha256": "", "files": files}
    config = {"about": "", "rows": rows, "columns": [], "splits": {"train": split}}
    funnel = {"posts_read": 0, "posts": 0, "dropped": {}, "duplicates": [], "post_pairs": {}, "beads": 0}
    manifest = {
        "name": "generated", "version": "1.0.0", "schema_version": 1, "signature": "", "sources": [], "stages": {},
        "encoder": {"name": "", "revision": ""}, "options": {}, "funnel": {**funnel, "sentence_pairs": rows},
        "statistics": {}, "configs": {"sentence_pairs": config}, "files": {}, "libraries": {},
    }  # fmt: skip
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def _texts(letters: str, words: int, rows: int, generator: np.random.Generator) -> pa.Array:
    """Return texts of random words of 2 to 10 letters from a vocabulary of 50,000."""
    cut = np.array(list(letters))
    vocabulary = ["".join(generator.choice(cut, size)) for size in generator.integers(2, 11, 50_000)]
    picked = pa.array(vocabulary).take(pa.array(generator.integers(0, len(vocabulary), rows * words)))
    lists = pa.ListArray.from_arrays(np.arange(rows + 1, dtype=np.int32) * words, picked)
    return pa.compute.binary_join(lists, " ")


if __name__ == "__main__":
    main()
