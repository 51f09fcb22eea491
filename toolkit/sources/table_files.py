"""Tables as rows: CSV, JSON, JSON lines, Parquet and Arrow, with the names of their columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from toolkit.native.limits import BrokenTable, TooLarge
from toolkit.native.tables import read_table, to_rows
from toolkit.sources.files import MAX_BYTES
from toolkit.sources.json_stream import BrokenJson, json_lines, json_values
from toolkit.sources.source import Row, Source

_DELIMITERS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r"\ufeff?sep=(.)\r?\n")  # which tells Excel the delimiter
_SHOWN: Final = 20  # lines that tell whether a text is CSV

csv.field_size_limit(2**31 - 1)  # of this process; the default cuts off posts that quote whole articles

# The number of a row, from 1, and its values; None if it cannot be read, which is noted.
NumberedRow = tuple[int, Row | None]


def table_rows(source: Source) -> tuple[list[str], list[NumberedRow]]:
    """Return the names of the columns, and the rows with their numbers.

    Raises:
        SourceError: if it is no table.
    """
    if source.is_table_file:
        names, values = _read_table_file(source)
        return names, list(enumerate(values, 1))
    if source.text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        found = list(_json_rows(source))
        return list(dict.fromkeys(name for _, row in found if row for name in row)), found
    return _csv(source)


def csv_header(head: str) -> list[str]:
    """Return what the first line of a text names, if it is the first of a CSV file."""
    first = _SEPARATOR_LINE.sub("", head, count=1).lstrip("\ufeff\r\n").split("\n", 1)[0].rstrip("\r")
    return [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(head)), [])]


def csv_sample(head: str) -> tuple[list[str], Row] | None:
    """Return the names of columns and a row, if the first lines of a text are those of a CSV file; else None."""
    lines = _SEPARATOR_LINE.sub("", head, count=1).lstrip("\ufeff\r\n").splitlines(keepends=True)[: _SHOWN + 1]
    try:
        rows = [row for row in csv.reader(lines, delimiter=_delimiter(head)) if row]
    except csv.Error:
        return None
    names = [name.strip() for name in rows[0]] if rows else []
    whole = rows[1:-1] or rows[1:]  # the last one may be cut off
    if len(names) < 2 or not all(names) or not whole or any(len(row) != len(names) for row in whole):
        return None
    return names, dict(zip(names, rows[1], strict=False))


# ---------------------------------------------------------------- Parquet and Arrow


def _read_table_file(source: Source) -> tuple[list[str], list[Row]]:
    """Read Parquet, an Arrow file, or an Arrow stream, which is what `datasets` saves; it may be broken, or a bomb."""
    try:
        table = read_table(source.data, max_bytes=MAX_BYTES)
        return table.column_names, to_rows(table)
    except TooLarge as error:
        raise source.error(str(error), fix="Split it") from error
    except BrokenTable as error:
        kind = "Parquet" if source.data.startswith(b"PAR1") else "Arrow"
        raise source.error(f"cannot be read as {kind}: {error}", fix="Copy or download it again") from error


# ---------------------------------------------------------------- JSON


def _json_rows(source: Source) -> Iterator[NumberedRow]:
    """Yield the objects of a JSON array by their place, or those of JSON lines by their line."""
    text = io.StringIO(source.text.lstrip("\ufeff"))
    if text.getvalue().lstrip().startswith("["):
        try:
            values: list[tuple[int, object]] = list(enumerate(json_values(text), 1))
        except BrokenJson as error:
            raise source.error(f"is no valid JSON: {error.what}", line=error.line) from error
        unit = "item"
    else:
        values, unit = list(json_lines(text)), "line"
    for number, value in values:
        if isinstance(value, dict):
            yield number, value
            continue
        wrong = f"no valid JSON: {value.what}" if isinstance(value, BrokenJson) else type(value).__name__
        source.note(f"{unit} {number} is {wrong}, wanted a JSON object", unit=f"row {number}")
        yield number, None


# ---------------------------------------------------------------- CSV


def _delimiter(text: str) -> str:
    """Return the delimiter that the first line names, as Excel writes it, or has most of."""
    named = _SEPARATOR_LINE.match(text)
    if named:
        return named[1]
    first = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    return max(_DELIMITERS, key=lambda delimiter: (first.count(delimiter), -_DELIMITERS.index(delimiter)))


def _csv(source: Source) -> tuple[list[str], list[NumberedRow]]:
    text = io.StringIO(source.text.lstrip("\ufeff"), newline="")
    reader = csv.reader(text, delimiter=_delimiter(source.text), strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise source.error(f"is no valid CSV: {error}", line=reader.line_num) from error
    if _SEPARATOR_LINE.match(source.text):
        del lines[0]
    if not lines:
        raise source.error("has no line with the names of columns")
    names = [name.strip() for name in lines[0][1]]
    rows: list[NumberedRow] = []
    for number, (line, row) in enumerate(lines[1:], 1):
        fits = len(row) >= len(names) and not any(row[len(names) :])  # a line may end with delimiters
        if not fits:
            what = f"the row that ends in line {line} has {len(row)} fields, wanted {len(names)}"
            source.note(f"{what}: quote fields with the delimiter or a line break in them", unit=f"row {number}")
        rows.append((number, dict(zip(names, row, strict=False)) if fits else None))
    return names, rows
