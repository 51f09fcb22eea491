"""Changing a finished release as someone would who hides it: one change, and every checksum made to fit."""

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.release.row_hash import content_hash

TEST = "data/sentence_pairs/test-2024-03-00000-of-00001.parquet"
TRAIN = "data/sentence_pairs/train-2024-03-00000-of-00001.parquet"
POSTS = "data/posts/train-2024-03-00000-of-00001.parquet"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def forge(release: Path, change: Callable[[dict[str, Any]], object] | None = None) -> None:
    """Make checksums and manifest fit the files, as someone who hides a change would."""
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    for name in [n for n in manifest["files"] if not (release / n).exists()]:
        del manifest["files"][name]
    for path in release.rglob("*"):
        name = path.relative_to(release).as_posix()
        if path.is_file() and name not in ("manifest.json", "SHA256SUMS"):
            data = path.read_bytes()
            manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    for facts in manifest["configs"].values():
        for name, split in list(facts["splits"].items()):
            split["files"] = [file for file in split["files"] if (release / file).exists()]
            if not split["files"]:
                del facts["splits"][name]
                continue
            with contextlib.suppress(OSError, pa.ArrowException):
                table = pa.concat_tables([pq.ParquetFile(release / file).read() for file in split["files"]])
                split.update(rows=table.num_rows, content_sha256=content_hash(table))
        facts["rows"] = sum(split["rows"] for split in facts["splits"].values())
    if change:
        change(manifest)
    text = json.dumps(manifest, ensure_ascii=False)
    (release / "manifest.json").write_text(text, "utf-8")
    sums = {name: facts["sha256"] for name, facts in manifest["files"].items()}
    sums["manifest.json"] = hashlib.sha256(text.encode()).hexdigest()
    (release / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), "utf-8")


def rewrite(release: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.ParquetFile(release / name).read()), release / name)


def put(table: pa.Table, column: str, row: int, value: object) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = value
    place = table.column_names.index(column)
    return table.set_column(place, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def copy_rows(release: Path, source: str, target: str, *, change: Callable[[pa.Table], pa.Table] = lambda t: t) -> None:
    rows = change(pq.ParquetFile(release / source).read().slice(0, 1))
    order = [("first_seen", "ascending"), ("pair_id", "ascending"), ("position", "ascending")]
    rewrite(release, target, lambda table: pa.concat_tables([table, rows]).sort_by(order))
