"""Measure the files of a release: what a new version adds to store and to load, and how fast they are written.

    python benchmarks/release.py
    python benchmarks/release.py pairs.parquet --rows 300000 --years 5

PAIRS is a Parquet file with the columns `ru` and `en`, a sentence pair a row; without it sentences are made of random
words. Posts of one to six sentences get dates spread evenly over the years, and a split each. Every version is written
by the release's own writer, with 2 % more rows, all newer: alone; with edits and takedowns of posts of the last two
months; and of posts of any age. What a version adds is measured as the share of its bytes that lie in files which the
version before has not (a store of whole files, as S3), and as the share that the Hub's storage has to take in: this is
hf_xet's own chunker and index, with a folder as the server.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from toolkit.release.parquet import write_split
from toolkit.release.row_hash import content_hash
from toolkit.release.tables import SENTENCE_PAIRS, SPLITS
from toolkit.storage import sha256_file

_START = 1_577_836_800_000  # 2020, in ms
_YEAR = 365 * 86_400_000
_MORE = 0.02
_EDITS, _TAKEDOWNS = 10, 5  # posts of a version
_RECENT_DAYS = 60
_RARE = 0.2
_SHARES = (0.9, 0.95)  # of posts: up to here train, up to here validation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="?", type=Path, metavar="PAIRS", help="Parquet file.  [default: random words]")
    parser.add_argument("--rows", type=int, default=300_000, help="Of the first version.  [default: 300,000]")
    parser.add_argument("--years", type=float, default=5, help="That its posts are of.  [default: 5]")
    parser.add_argument("--repeats", type=int, default=7, help="Of every timing.  [default: 7]")
    given = parser.parse_args()
    rows = given.rows + int(given.rows * _MORE)
    texts = _read(given.pairs, rows) if given.pairs else _random(rows)
    whole = _release_rows(*texts, first=given.rows, years=given.years)
    with tempfile.TemporaryDirectory() as folder:
        _measure_versions(whole, given.rows, Path(folder))
        _measure_writing(whole.slice(0, given.rows).drop_columns("split"), given.repeats, Path(folder))


def _measure_versions(whole: pa.Table, rows: int, folder: Path) -> None:
    last = int(whole["first_seen"].cast(pa.int64())[rows - 1].as_py())
    recent = int(np.searchsorted(np.asarray(whole["first_seen"].cast(pa.int64())), last - _RECENT_DAYS * 86_400_000))
    old = _write_version(whole.slice(0, rows), folder / "old")
    print(f"{'a version with':<58} {'MB':>6} {'files':>6} {'new files':>10} {'new chunks':>11}")
    print(f"{f'{rows:,} rows, the first':<58} {_megabytes(old):6.1f} {len(old):6}")
    corrected = f"{_EDITS} edited and {_TAKEDOWNS} removed posts"
    for name, table in {
        f"{_MORE:.0%} more rows": whole,
        f"{_MORE:.0%} more rows, {corrected} of {_RECENT_DAYS} days": _corrected(whole, recent, rows),
        f"{_MORE:.0%} more rows, {corrected} of any age": _corrected(whole, 0, rows),
    }.items():
        new = _write_version(table, folder / name.replace(" ", "_"))
        known = {sha256_file(path) for path in old}
        in_files = sum(path.stat().st_size for path in new if sha256_file(path) not in known)
        total = sum(path.stat().st_size for path in new)
        chunks = _new_chunk_bytes(old, new, folder)
        print(f"{name:<58} {total / 1e6:6.1f} {len(new):6} {in_files / total:10.1%} {chunks / total:11.1%}")


def _write_version(table: pa.Table, folder: Path) -> list[Path]:
    paths = []
    for split in SPLITS:
        rows = table.filter(pc.equal(table["split"], split)).drop_columns("split").combine_chunks()
        paths += write_split(rows, SENTENCE_PAIRS, split, folder)
    return paths


def _new_chunk_bytes(old: list[Path], new: list[Path], folder: Path) -> int:
    """Return the bytes of chunks that a store which has some files takes in for others."""
    import hf_xet

    with tempfile.TemporaryDirectory(dir=folder) as store:
        for paths in (old, new):  # chunks are known from one commit to the next
            commit = hf_xet.XetSession().new_upload_commit(endpoint=f"local://{store}")
            for path in paths:
                commit.start_upload_file(str(path), sha256=hf_xet.SKIP_SHA256)
            metrics = commit.wait_to_finish().dedup_metrics
    return int(metrics.new_bytes)


def _measure_writing(table: pa.Table, repeats: int, folder: Path) -> None:
    """Time the writer beside Arrow's own, in turns, so that a busy machine slows both."""
    work: dict[str, Callable[[int], object]] = {
        'pyarrow.parquet.write_table(compression="zstd")': lambda n: pq.write_table(
            table, folder / f"plain{n}.parquet", compression="zstd"
        ),
        "write_split": lambda n: write_split(table, SENTENCE_PAIRS, "train", folder / f"ours{n}"),
        "content_hash": lambda n: content_hash(table),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for n in range(repeats):
        for name, run in work.items():
            start = time.perf_counter(), time.process_time()
            run(n)
            seconds[name].append((time.perf_counter() - start[0], time.process_time() - start[1]))
    size = table.nbytes / 1e6
    print(f"\n{table.num_rows:,} rows, {size:,.0f} MB in memory; medians of {repeats} turns; speed: the first is 1")
    print(f"{'':<50} {'seconds':>8} {'MB/s':>6} {'speed':>6} {'CPU seconds':>12} {'speed':>6}")
    plain = [statistics.median(times) for times in zip(*next(iter(seconds.values())), strict=True)]
    for name, both in seconds.items():
        wall, cpu = (statistics.median(times) for times in zip(*both, strict=True))
        print(f"{name:<50} {wall:8.2f} {size / wall:6.0f} {plain[0] / wall:6.2f} {cpu:12.2f} {plain[1] / cpu:6.2f}")
    ours = sum(path.stat().st_size for path in (folder / "ours0").iterdir())
    print(f"bytes of the files: {ours / (folder / 'plain0.parquet').stat().st_size:.3f} of plain")


def _megabytes(paths: list[Path]) -> float:
    return sum(path.stat().st_size for path in paths) / 1e6


# ---------------------------------------------------------------- rows


def _read(path: Path, rows: int) -> tuple[pa.Array, pa.Array]:
    table = pq.read_table(path, columns=["ru", "en"])
    if table.num_rows < rows:
        raise SystemExit(f"{path} has {table.num_rows:,} rows, wanted {rows:,}; ask for fewer with --rows")
    picked = table.take(pa.array(np.random.default_rng(1).permutation(table.num_rows)[:rows]))
    return picked["ru"].combine_chunks(), picked["en"].combine_chunks()


def _random(rows: int) -> tuple[pa.Array, pa.Array]:
    generator = np.random.default_rng(1)
    alphabets = "абвгдежзийклмнопрстуфхцчшщыьэюя", "abcdefghijklmnopqrstuvwxyz"
    ru, en = (_sentences(np.array(list(letters)), rows, generator) for letters in alphabets)
    return ru, en


def _sentences(letters: NDArray[np.str_], rows: int, generator: np.random.Generator) -> pa.Array:
    """Return texts of 4 to 30 words of a vocabulary of 50,000."""
    vocabulary = pa.array(["".join(generator.choice(letters, size)) for size in generator.integers(2, 11, 50_000)])
    ends = np.concatenate([[0], np.cumsum(generator.integers(4, 31, rows))]).astype(np.int32)
    words = vocabulary.take(pa.array(generator.integers(0, len(vocabulary), ends[-1])))
    return pc.binary_join(pa.ListArray.from_arrays(ends, words), " ")


def _release_rows(ru: pa.Array, en: pa.Array, *, first: int, years: float) -> pa.Table:
    """Return rows of `SENTENCE_PAIRS` in their order, with a column `split`.

    Args:
        ru: a text a row.
        en: the same.
        first: how many rows are of the years; the others come after at the same pace.
        years: of the first rows.
    """
    generator, rows = np.random.default_rng(2), len(ru)
    post = np.repeat(np.arange(rows), generator.integers(1, 7, rows))[:rows]
    position = np.arange(rows) - np.searchsorted(post, post)
    time = _START + (post * (years * _YEAR / post[first - 1])).astype(np.int64) // 1000 * 1000
    dealt = generator.random(rows)[post]
    split = np.select([dealt < _SHARES[0], dealt < _SHARES[1]], SPLITS[:2], SPLITS[2])
    ids = {side: np.char.add(f"town_{side}/", (post * 3 + 17).astype(str)) for side in ("ru", "en")}
    pair = np.char.add(np.char.add(ids["ru"], " ~ "), ids["en"])
    columns = {
        "ru_text": ru, "en_text": en, "first_seen": time, "position": position, "component_id": ids["en"],
        "ru_post_id": ids["ru"], "en_post_id": ids["en"], "pair_id": pair,
        "bead_id": np.char.add(np.char.add(pair, "#"), position.astype(str)),
        "ru_ids": _one_each(position), "en_ids": _one_each(position),
        "relation": "parallel", "bead_type": "1:1", "ru_lang": "ru", "en_lang": "en", "ru_channel": "town_ru",
        "en_channel": "town_en",
    }  # fmt: skip
    arrays = []
    for field in SENTENCE_PAIRS.schema:
        values = columns.get(field.name)
        if values is None:  # one of the numbers between 0 and 1
            values = generator.beta(4, 2, rows).round(4).astype(np.float32)
        if field.name in ("number_match", "ru_lang_confidence", "en_lang_confidence"):
            values = np.where(generator.random(rows) < _RARE, values, np.float32(1))  # most are sure
        arrays.append(pa.repeat(values, rows) if isinstance(values, str) else pa.array(values).cast(field.type))
    table = pa.table(arrays, schema=SENTENCE_PAIRS.schema).append_column("split", pa.array(split))
    return table.sort_by([(name, "ascending") for name in SENTENCE_PAIRS.order]).combine_chunks()


def _one_each(numbers: NDArray[np.int64]) -> pa.Array:
    return pa.ListArray.from_arrays(np.arange(len(numbers) + 1, dtype=np.int32), pa.array(numbers, pa.int32()))


def _corrected(table: pa.Table, start: int, end: int) -> pa.Table:
    """Return the rows with other texts in some posts of a range of rows, and without some others."""
    posts = pc.unique(table["pair_id"].slice(start, end - start))
    picked = posts.take(pa.array(np.random.default_rng(3).permutation(len(posts))[: _EDITS + _TAKEDOWNS]))
    edited, removed = picked.slice(0, _EDITS), picked.slice(_EDITS)
    place = table.schema.get_field_index("ru_text")
    text = pc.if_else(
        pc.is_in(table["pair_id"], value_set=edited),
        pc.binary_join_element_wise(table["ru_text"], "(исправлено)", " "),
        table["ru_text"],
    )
    table = table.set_column(place, table.schema.field(place), text)
    return table.filter(pc.invert(pc.is_in(table["pair_id"], value_set=removed))).combine_chunks()


if __name__ == "__main__":
    main()
