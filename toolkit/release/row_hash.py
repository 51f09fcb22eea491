"""The hash of rows that outlives every writer's version, and their size in memory; both from pieces of any size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_HASH_ROWS: Final = 65_536  # part of the definition of `content_hash`


@dataclass
class ContentHash:
    """The SHA-256 of rows, of which pieces come one after the other; see `content_hash`."""

    _digest: Any = field(default_factory=hashlib.sha256)
    _waiting: list[pa.Table] = field(default_factory=list)
    _rows: int = 0

    def add(self, rows: pa.Table) -> None:
        """Take the next rows."""
        start = 0
        while start < rows.num_rows:
            piece = rows.slice(start, _HASH_ROWS - self._rows)
            self._waiting.append(piece)
            self._rows += piece.num_rows
            start += piece.num_rows
            if self._rows == _HASH_ROWS:
                self._feed()

    def hexdigest(self) -> str:
        """Return the hash, when all rows have come."""
        self._feed()
        return str(self._digest.hexdigest())

    def _feed(self) -> None:
        if self._rows:
            part = pa.concat_tables(self._waiting)
            for name in part.column_names:
                self._digest.update(f"{name}\n".encode())
                _feed(self._digest, part[name].combine_chunks())
        self._waiting, self._rows = [], 0


def content_hash(table: pa.Table) -> str:
    """Return the SHA-256 of the rows: of names, nulls, lengths and values, whatever the Parquet writer does.

    For each 65,536 rows and each column: its name; a byte a row, 0 for null; then little-endian numbers (times as
    integers in the column's unit), or for text and lists the lengths (int32) and all values, nulls as 0 or empty.

    >>> content_hash(pa.table({"text": ["да", None]}))[:16]
    '1f868ed0bf2bf4c1'
    """
    found = ContentHash()
    found.add(table)
    return found.hexdigest()


@dataclass
class ArrowBytes:
    """The size of rows in memory, of which pieces come one after the other; see `arrow_bytes`."""

    _rows: dict[str, int] = field(default_factory=dict)
    _nulls: dict[str, int] = field(default_factory=dict)
    _values: dict[str, int] = field(default_factory=dict)  # bytes of strings, bits of what has a width

    def add(self, rows: Iterable[tuple[str, pa.Array]]) -> None:
        """Take the next rows: columns by name."""
        for name, column in rows:
            self._add(name, column)

    def total(self) -> int:
        """Return the bytes, when all rows have come."""
        return sum(
            (rows + 7) // 8 * (self._nulls[name] > 0) + (self._values[name] + 7) // 8
            for name, rows in self._rows.items()
        )

    def _add(self, name: str, array: pa.Array) -> None:
        known, rows, kind = name in self._rows, len(array), array.type
        self._rows[name] = self._rows.get(name, 0) + rows
        self._nulls[name] = self._nulls.get(name, 0) + array.null_count
        bits = 0
        if pa.types.is_string(kind):
            bits = 32 * (rows + (not known)) + 8 * (pc.sum(pc.binary_length(array)).as_py() or 0)
        elif pa.types.is_list(kind):
            bits = 32 * (rows + (not known))
            self._add(f"{name}[]", array.flatten())
        elif pa.types.is_struct(kind):
            for place, child in enumerate(array.flatten()):
                self._add(f"{name}.{place}", child)
        else:
            bits = rows * int(kind.bit_width)
        self._values[name] = self._values.get(name, 0) + bits


def arrow_bytes(table: pa.Table) -> int:
    """Return the size of the rows in memory, as Arrow, however they came there: in one chunk, without what none needs.

    >>> arrow_bytes(pa.table({"text": ["да", None], "n": pa.array([1, 2], pa.int32())}))
    25
    """
    found = ArrowBytes()
    found.add(_whole(table))
    return found.total()


def _whole(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    for name, column in zip(table.column_names, table.columns, strict=True):
        yield name, column.combine_chunks()


def _feed(digest: Any, array: pa.Array) -> None:
    digest.update(np.asarray(array.is_valid()).astype(np.uint8).tobytes())
    if pa.types.is_string(array.type):
        filled = pc.fill_null(array, "")
        digest.update(np.asarray(pc.binary_length(filled)).astype("<i4").tobytes())
        digest.update(_joined_bytes(filled))
    elif pa.types.is_list(array.type):
        lengths = pc.fill_null(pc.list_value_length(array), 0)
        digest.update(np.asarray(lengths).astype("<i4").tobytes())
        _feed(digest, array.flatten())
    elif pa.types.is_struct(array.type):
        for child in array.flatten():
            _feed(digest, child)
    else:
        whole = pa.types.is_timestamp(array.type) or pa.types.is_boolean(array.type)
        numbers = array.cast(pa.int64()) if whole else array
        values = np.asarray(pc.fill_null(numbers, 0))
        digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())


def _joined_bytes(strings: pa.Array) -> pa.Buffer | bytes:
    """Return the UTF-8 of all strings, one after the other, without copying; the array has no nulls."""
    _, offsets, values = strings.buffers()
    if not len(strings) or values is None:
        return b""
    ends = np.frombuffer(offsets, np.int32)
    first, last = int(ends[strings.offset]), int(ends[strings.offset + len(strings)])
    return values.slice(first, last - first)
