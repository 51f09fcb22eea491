"""Tables as rows: CSV, JSON, JSON lines, Parquet, Arrow and XLSX, with the names of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from toolkit.sources.columns import apart
from toolkit.sources.csv_rows import NumberedRow, csv_rows
from toolkit.sources.files import MAX_BYTES, ZIP
from toolkit.sources.json_stream import BrokenJson, json_lines, json_values
from toolkit.sources.source import Source
from toolkit.sources.xlsx_rows import xlsx_rows

_BATCH: Final = 1024  # rows of Parquet that are unpacked at once


def table_rows(source: Source) -> tuple[list[str], list[NumberedRow]]:
    """Return the names of the columns, and the rows with their numbers.

    Raises:
        SourceError: if it is no table.
    """
    if source.is_table_file and source.head.startswith(ZIP):
        return xlsx_rows(source)
    if source.is_table_file:
        table = _read_table_file(source)
        table = table.rename_columns(apart(table.column_names))
        return table.column_names, list(enumerate(table.to_pylist(), 1))
    if source.shape.root:
        found = list(_json_rows(source))
        return list(dict.fromkeys(name for _, row in found if row for name in row)), found
    return csv_rows(source)


# ---------------------------------------------------------------- Parquet and Arrow


def _read_table_file(source: Source) -> pa.Table:
    """Read Parquet, an Arrow file, or an Arrow stream, which is what `datasets` saves, bit by bit: it may be a bomb."""
    too_much = source.error(f"unpacks to more than {MAX_BYTES:,} bytes", fix="Split it")
    try:
        schema, claimed, batches = _open_table_file(pa.BufferReader(source.data), source.data[:6])
        if claimed > MAX_BYTES:
            raise too_much
        parts, size = [_plain(schema).empty_table()], 0
        for batch in batches:
            part = pa.Table.from_batches([batch]).cast(parts[0].schema)
            size += part.nbytes
            if size > MAX_BYTES:
                raise too_much
            parts.append(part)
        return pa.concat_tables(parts)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        kind = "Parquet" if source.data.startswith(b"PAR1") else "Arrow"
        raise source.error(f"cannot be read as {kind}: {error}", fix="Copy or download it again") from error


def _open_table_file(buffer: pa.BufferReader, head: bytes) -> tuple[pa.Schema, int, Iterable[pa.RecordBatch]]:
    """Return the schema, how many bytes the file says that it unpacks to (Arrow: 0), and its rows."""
    if head.startswith(b"PAR1"):
        parquet = pq.ParquetFile(buffer)
        claimed = sum(parquet.metadata.row_group(n).total_byte_size for n in range(parquet.num_row_groups))
        return parquet.schema_arrow, claimed, parquet.iter_batches(batch_size=_BATCH)
    if head == b"ARROW1":
        file = pa.ipc.open_file(buffer)
        return file.schema, 0, (file.get_batch(n) for n in range(file.num_record_batches))
    stream = pa.ipc.open_stream(buffer)
    return stream.schema, 0, stream


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return a schema without dictionaries, which hide how much their values are."""
    kinds = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema]
    return pa.schema([field.with_type(kind) for field, kind in zip(schema, kinds, strict=True)])


# ---------------------------------------------------------------- JSON


def _json_rows(source: Source) -> Iterator[NumberedRow]:
    """Yield the objects of a JSON array by their place, or those of JSON lines by their line."""
    is_array = source.shape.root == "["
    unit = "item" if is_array else "line"
    try:
        with source.open_text() as file:
            values = enumerate(json_values(file), 1) if is_array else json_lines(file)
            for number, value in values:
                if isinstance(value, dict):
                    yield number, value
                    continue
                wrong = f"no valid JSON: {value.what}" if isinstance(value, BrokenJson) else type(value).__name__
                source.note(f"{unit} {number} is {wrong}, wanted a JSON object", unit=f"row {number}")
                yield number, None
    except BrokenJson as error:
        raise source.error(f"is no valid JSON: {error.what}", line=error.line) from error
