"""Rows of the sheets of an Excel file (XLSX), read by openpyxl a row at a time."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, Final

from toolkit.sources.archives import check_members
from toolkit.sources.columns import apart, names_a_text
from toolkit.sources.csv_rows import NumberedRow
from toolkit.sources.files import MAX_BYTES
from toolkit.sources.source import Source

_SHEETS: Final = "xl/worksheets/"
_MAX_CELLS: Final = 50_000_000  # a sheet has 1,048,576 rows at most; a bomb has a cell in the last of 16,384 columns


def xlsx_rows(source: Source) -> tuple[list[str], list[NumberedRow]]:
    """Return the names of the columns, and the rows of all sheets with their numbers.

    The first sheet with a column of texts, else the first with a column, tells the columns; another one may have more
    or fewer, but has to have that of the texts. Sheets without it are noted, and have rows of no values. A row without
    values is none elsewhere.

    Raises:
        SourceError: if it is no XLSX, is broken, a bomb, or has no sheet with values.
    """
    from openpyxl import load_workbook

    _check(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not read: styles, validation, extensions
            book = load_workbook(io.BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
            sheets = {sheet.title: _values(source, sheet) for sheet in book.worksheets}
            return _joined(source, {name: rows for name, rows in sheets.items() if rows})
    except (zipfile.BadZipFile, SyntaxError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        what = " ".join(str(error).split())[:80]
        raise source.error(f"cannot be read as XLSX: {what}", fix="Save it again, or as CSV") from error


def _check(source: Source) -> None:
    """Refuse what is no workbook, and what unpacks to more than an honest one."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            names = [member.filename for member in members]
    except (zipfile.BadZipFile, ValueError) as error:
        raise source.error(f"the ZIP archive is broken: {error}", fix="Copy or download it again") from error
    if not any(name.startswith(_SHEETS) for name in names):
        raise source.error("is an archive in an archive", fix="Unpack it")
    check_members(source.input.where, members)
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise source.error(f"unpacks to more than {MAX_BYTES:,} bytes", fix="Split it")


def _values(source: Source, sheet: Any) -> list[list[Any]]:
    """Return the rows of a sheet that have values, as Python's types."""
    sheet.reset_dimensions()  # which a file may claim to be all columns there are
    cells = letters = 0
    rows = []
    for row in sheet.iter_rows():
        cells += len(row)
        values = [_value(cell) for cell in row]
        letters += sum(len(value) for value in values if isinstance(value, str))
        if cells > _MAX_CELLS or letters > MAX_BYTES:
            raise source.error(f"has more than {_MAX_CELLS:,} cells or {MAX_BYTES:,} letters", fix="Split it")
        if any(value is not None and value != "" for value in values):
            rows.append(values)
    return rows


def _value(cell: Any) -> Any:
    """Return the value of a cell; of a day whose format shows no clock the day."""
    value = cell.value
    if isinstance(value, datetime) and value.time() == time() and "h" not in (cell.number_format or "").lower():
        return value.date()
    return value


def _joined(source: Source, sheets: dict[str, list[list[Any]]]) -> tuple[list[str], list[NumberedRow]]:
    """Return the rows of the sheets, those without the column of texts of the first empty."""
    if not sheets:
        raise source.error("has no sheet with values")
    headers = {name: apart(list(_names(rows[0]))) for name, rows in sheets.items()}
    first = next((name for name, header in headers.items() if names_a_text(header)), next(iter(headers)))
    wanted = {name for name in headers[first] if names_a_text([name])} or set(headers[first])
    names = dict.fromkeys(headers[first])
    rows: list[NumberedRow] = []
    for name, given in sheets.items():
        header = headers[name] if wanted <= set(headers[name]) else []
        if not header:
            shown = ", ".join(filter(None, headers[name][:5]))
            source.note(f"the sheet {name[:40]!r} is not read: its columns are {shown}, not those of {first[:40]!r}")
        names |= dict.fromkeys(header)
        for values in given[1:]:
            rows.append((len(rows) + 1, dict(zip(header, values, strict=False))))
    return [name for name in names if name], rows


def _names(header: list[Any]) -> Iterator[str]:
    for value in header:
        yield "" if value is None else " ".join(str(value).split())
