"""Parquet, Arrow files and Arrow streams as checked batches of plain columns."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from toolkit.native import messages
from toolkit.native.limits import BrokenTable, TooLarge, allowance
from toolkit.native.pages import find_bounds, read_footer
from toolkit.native.sizes import plain_schema, unpacked_size
from toolkit.untrusted import open_regular

_ROW: Final = 64  # bytes that a row counts for at least: a billion empty rows are no data either
_BATCH: Final = 65_536  # rows that are read at once
_WORKING: Final = 32 << 20  # bytes that those may take, where few bytes of a file can stand for many
_PARQUET: Final = b"PAR1"
_ARROW: Final = b"ARROW1"
_LONGEST: Final = 300  # letters of a library's error
_FAILURES: Final = (pa.ArrowException, OSError, ValueError, OverflowError, LookupError, TypeError, MemoryError)


@dataclass(frozen=True)
class NativeTable:
    """An open file; see `open_table`.

    Attributes:
        kind: Parquet or Arrow.
        schema: as the file has it.
        limit: bytes that it may unpack to.
    """

    kind: str
    schema: pa.Schema
    limit: int
    _raw: Callable[[int | None, list[str]], Iterable[pa.RecordBatch]]

    def batches(self, rows: int | None = _BATCH, columns: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows in their order, checked in full, in plain types.

        Args:
            rows: of a batch of Parquet, at most; None: all that the file may have.
            columns: those that are read, if the file has them; None: all.

        Raises:
            BrokenTable: if the file is broken, or unpacks to more than it may.
        """
        schema = self._plain(columns)
        taken = 0
        with _in_one_line():
            for batch in self._raw(rows, schema.names):
                batch.validate(full=True)
                taken += max(sum(map(unpacked_size, batch.columns)), _ROW * batch.num_rows)
                if taken > self.limit:
                    raise TooLarge(self.limit)
                yield batch if batch.schema.equals(schema) else _plain_batch(batch, schema)

    def read(self, columns: Collection[str] | None = None) -> pa.Table:
        """Return all rows as one table; arguments and errors as of `batches`."""
        batches = list(self.batches(None, columns))
        with _in_one_line():
            return pa.Table.from_batches(batches, self._plain(columns)).combine_chunks()

    def _plain(self, columns: Collection[str] | None) -> pa.Schema:
        with _in_one_line():
            fields = [field for field in self.schema if columns is None or field.name in columns]
            return plain_schema(pa.schema(fields, self.schema.metadata))


@contextmanager
def open_table(file: Path | bytes, max_bytes: int | None = None) -> Iterator[NativeTable]:
    """Open a file of Parquet or Arrow, or the bytes of one.

    Args:
        file: a regular file, never a pipe or device.
        max_bytes: that it may unpack to; it may not unpack to more than `allowance` says anyway.

    Raises:
        BrokenTable: if it is missing or broken.
    """
    with ExitStack() as stack:
        with _in_one_line():
            table = _open(file, max_bytes, stack)
        yield table


def _open(file: Path | bytes, max_bytes: int | None, stack: ExitStack) -> NativeTable:
    source: BinaryIO = BytesIO(file) if isinstance(file, bytes) else os.fdopen(open_regular(file, follow=True), "rb")
    stack.enter_context(source)
    size = source.seek(0, os.SEEK_END)
    limit = allowance(size) if max_bytes is None else min(allowance(size), max_bytes)
    source.seek(0)
    head = source.read(len(_ARROW))
    source.seek(0)
    if head.startswith(_PARQUET):
        given = pa.BufferReader(file) if isinstance(file, bytes) else file
        parquet = stack.enter_context(pq.ParquetFile(given, page_checksum_verification=True))
        return NativeTable(
            "Parquet", parquet.schema_arrow, limit, partial(_parquet_batches, parquet, source, size, limit)
        )
    stream = _arrow_stream(pa.py_buffer(file if isinstance(file, bytes) else source.read()), head)
    schema = pa.ipc.open_stream(pa.BufferReader(stream)).schema
    return NativeTable("Arrow", schema, limit, partial(_arrow_batches, stream, limit))


def read_table(file: Path | bytes, columns: Collection[str] | None = None, max_bytes: int | None = None) -> pa.Table:
    """Return all rows of a file; see `open_table` and `NativeTable.read`."""
    with open_table(file, max_bytes) as table:
        return table.read(columns)


def count_rows(data: bytes) -> int:
    """Return how many rows a file says that it has: in the footer of Parquet, before each batch of Arrow.

    Nothing of its content is read.

    Raises:
        BrokenTable: if it is broken.
    """
    with _in_one_line():
        if data.startswith(_PARQUET):
            return read_footer(lambda offset, length: data[offset : offset + length], len(data)).rows
        return messages.count_rows(_arrow_stream(pa.py_buffer(data), data[: len(_ARROW)]))


def to_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as Python has them; a column that Python has no values for, as days of the year 20000, as text."""
    columns = {name: _values(column) for name, column in zip(table.column_names, table.columns, strict=True)}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError, pa.ArrowException):
        pass
    with _in_one_line():
        return list(column.cast(pa.string()).to_pylist())


def _parquet_batches(
    parquet: pq.ParquetFile, file: BinaryIO, size: int, limit: int, rows: int | None, names: list[str]
) -> Iterable[pa.RecordBatch]:
    """Read Parquet after its footer and the headers of its pages were found to be within bounds."""

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    footer = read_footer(read, size)
    if _ROW * footer.rows > limit:
        raise TooLarge(limit)
    values = pages = nested = row = 0
    for bounds in find_bounds(read, size, footer):
        values += sum(bound.values for bound in bounds)
        pages += sum(bound.pages for bound in bounds)
        nested += sum(bound.values for bound in bounds if bound.is_nested)
        row = max(row, sum(bound.value for bound in bounds if not bound.is_nested))
        if max(pages, nested, row) > limit:
            raise TooLarge(limit)
    if rows is None and values <= limit:
        return parquet.read(columns=names).to_batches()  # type: ignore[no-any-return]
    if values > limit:
        rows = max(1, min(rows or _BATCH, _WORKING // max(row, 1)))
    return parquet.iter_batches(rows or _BATCH, columns=names)  # type: ignore[no-any-return]


def _arrow_stream(data: pa.Buffer, head: bytes) -> pa.Buffer:
    """Return the stream of an Arrow file: what is between its marks, but for a footer that only repeats it."""
    if head != _ARROW:
        return data
    if data.size < 24 or data.slice(data.size - len(_ARROW)).to_pybytes() != _ARROW:
        raise BrokenTable("the file is cut off: it does not end as an Arrow file does")
    return data.slice(8)


def _arrow_batches(stream: pa.Buffer, limit: int, rows: int | None, names: list[str]) -> Iterator[pa.RecordBatch]:
    """Read a stream after what its packed buffers unpack to was found to be within bounds; batches are the file's."""
    unpacked = 0
    for size in messages.unpacked_sizes(stream):
        unpacked += size
        if unpacked > limit:
            raise TooLarge(limit)
    for batch in pa.ipc.open_stream(pa.BufferReader(stream)):
        places = [place for place, name in enumerate(batch.schema.names) if name in names]
        yield batch if len(places) == batch.num_columns else batch.select(places)


def _plain_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    decoded = [pc.run_end_decode(c) if pa.types.is_run_end_encoded(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(
        [column.cast(field.type) for column, field in zip(decoded, schema, strict=True)], schema=schema
    )


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Turn whatever the libraries raise into a line of ours."""
    try:
        yield
    except BrokenTable:
        raise
    except UnicodeDecodeError as error:
        raise BrokenTable("a name or text in it is no UTF-8") from error
    except MemoryError as error:  # Arrow's too
        raise BrokenTable("it asks for more memory than there is") from error
    except _FAILURES as error:
        what = " ".join(str(error.strerror or error if isinstance(error, OSError) else error).split())
        raise BrokenTable(what[:_LONGEST] or type(error).__name__) from error
