"""Tables as rows: CSV, JSON, JSON lines, Parquet, Arrow and XLSX, with the names of their columns."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.native.limits import BrokenTable, TooLarge
from toolkit.native.tables import read_table, to_rows
from toolkit.sources.columns import apart
from toolkit.sources.csv_rows import NumberedRow, csv_rows
from toolkit.sources.files import MAX_BYTES, ZIP
from toolkit.sources.json_stream import BrokenJson, json_lines, json_values
from toolkit.sources.source import Row, Source
from toolkit.sources.xlsx_rows import xlsx_rows


def table_rows(source: Source) -> tuple[list[str], list[NumberedRow]]:
    """Return the names of the columns, and the rows with their numbers.

    Raises:
        SourceError: if it is no table.
    """
    if source.is_table_file and source.head.startswith(ZIP):
        return xlsx_rows(source)
    if source.is_table_file:
        names, values = _read_table_file(source)
        return names, list(enumerate(values, 1))
    if source.shape.root:
        found = list(_json_rows(source))
        return list(dict.fromkeys(name for _, row in found if row for name in row)), found
    return csv_rows(source)


# ---------------------------------------------------------------- Parquet and Arrow


def _read_table_file(source: Source) -> tuple[list[str], list[Row]]:
    """Read Parquet, an Arrow file, or an Arrow stream, which is what `datasets` saves; it may be broken, or a bomb."""
    try:
        table = read_table(source.data, max_bytes=MAX_BYTES)
        table = table.rename_columns(apart(table.column_names))
        return table.column_names, to_rows(table)
    except TooLarge as error:
        raise source.error(str(error), fix="Split it") from error
    except BrokenTable as error:
        kind = "Parquet" if source.data.startswith(b"PAR1") else "Arrow"
        raise source.error(f"cannot be read as {kind}: {error}", fix="Copy or download it again") from error


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
