"""Vectors that are kept between runs, so that a second release embeds only what is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from toolkit.errors import ToolkitError
from toolkit.native.limits import BrokenTable
from toolkit.native.tables import read_table
from toolkit.outputs import remove_all_leftovers
from toolkit.storage import replacing, write_text

if TYPE_CHECKING:
    from toolkit.encoders import Encoder

Vectors = NDArray[np.float32]


def text_key(text: str) -> str:
    """Return the SHA-256 of a text in hex, by which its vector is kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class VectorCache:
    """A folder of small Parquet files with the vectors of one encoder revision; files are only ever added.

    Each `put` is one file, put in place whole: a kill loses the chunk in hand and no more. Two processes may share a
    folder; at worst both compute a vector, and they compute the same.
    """

    def __init__(self, folder: Path, encoder: Encoder):
        """Read which texts the folder's part for this encoder has; it is made when the first vectors are kept.

        Args:
            folder: of all encoders' vectors.
            encoder: vectors of another revision or dimension are never returned.

        Raises:
            ToolkitError: if a file of the cache is damaged.
        """
        mark = hashlib.sha256(f"{encoder.revision}\n{encoder.dim}".encode()).hexdigest()[:16]
        self.folder, self._dim = folder / mark, encoder.dim
        self._about = {"name": encoder.name, "revision": encoder.revision, "dim": encoder.dim}
        remove_all_leftovers(self.folder)
        self._places: dict[str, tuple[Path, int]] = {}
        for file in sorted(self.folder.glob("*.parquet")):
            self._add_places(file, _read(file, "key", pa.string()).to_pylist())

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, text: str) -> bool:
        return text_key(text) in self._places

    def get(self, texts: Sequence[str]) -> tuple[Vectors, NDArray[np.bool_]]:
        """Return what is known of the texts' vectors.

        Returns:
            float32 vectors, shape (len(texts), dim), zeros where unknown; and which of them are known.
        """
        vectors = np.zeros((len(texts), self._dim), np.float32)
        known = np.zeros(len(texts), bool)
        wanted: dict[Path, list[tuple[int, int]]] = {}
        for number, text in enumerate(texts):
            if place := self._places.get(text_key(text)):
                wanted.setdefault(place[0], []).append((number, place[1]))
        for file, places in wanted.items():
            numbers, rows = np.array(places).T
            kind = pa.list_(pa.float32(), self._dim)
            stored = _read(file, "vector", kind).combine_chunks().flatten().to_numpy().reshape(-1, self._dim)
            vectors[numbers], known[numbers] = stored[rows], True
        return vectors, known

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep vectors, float32, shape (len(texts), dim); texts that are known already keep theirs."""
        fresh = {text_key(text): row for row, text in enumerate(texts)}
        fresh = {key: row for key, row in sorted(fresh.items()) if key not in self._places}
        if not fresh:
            return
        flat = pa.array(vectors[list(fresh.values())].astype(np.float32).ravel())
        table = pa.table({"key": list(fresh), "vector": pa.FixedSizeListArray.from_arrays(flat, self._dim)})
        name = hashlib.sha256("".join(fresh).encode()).hexdigest()[:16]
        file = self.folder / f"{name}.parquet"
        if not (self.folder / "encoder.json").exists():  # for people
            about = json.dumps(self._about, ensure_ascii=False, indent=2)
            write_text(self.folder / "encoder.json", f"{about}\n")
        with replacing(file) as temporary:
            pq.write_table(table, temporary, compression="zstd", use_dictionary=False)
        self._add_places(file, list(fresh))

    def _add_places(self, file: Path, keys: list[str]) -> None:
        for row, key in enumerate(keys):
            self._places.setdefault(key, (file, row))


def _read(file: Path, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column that is as `put` wrote it."""
    try:
        table = read_table(file, [name])
        if table.schema.types != [kind] or table[name].null_count:
            raise BrokenTable(f"it lacks a {name}, or has it in another form")
        return table[name]
    except BrokenTable as error:
        fix = "Remove the file; its vectors are computed again"
        raise ToolkitError(f"the vector cache is damaged: {error}", where=file, fix=fix) from error
