"""Rows of CSV: a broken one costs itself, whatever its quotes do to the lines below."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from toolkit.sources.columns import apart, names_a_text
from toolkit.sources.source import Row, Source
from toolkit.text.lines import split_lines

_DELIMITERS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r"\ufeff?sep=(.)(?:\r\n?|\n)")  # which tells Excel the delimiter
_SHOWN: Final = 20  # lines that tell whether a text is CSV
_BACKSLASH: Final = re.compile(r'\\(["\\])')  # as Spark and MySQL write quotes inside fields
# What databases write in TSV for a line end, a tab, a backslash, nothing; a file with other backslashes has its own.
_ESCAPE: Final = re.compile(r"\\(.?)", re.DOTALL)
_DRIVE: Final = re.compile(r"\b[A-Za-z]:\\(?!\\)")  # of Windows
_MEANT: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "N": "\\N"}
_KINDS: Final = (
    ("number", re.compile(r"-?\d+(?:[.,]\d+)?")),
    ("date", re.compile(r"\d{1,4}[-./]\d\d?[-./]\d{1,4}(?:\D.*)?", re.DOTALL)),
    ("address", re.compile(r"https?://\S+")),
)
_KNOWN_ROWS: Final = 1000  # that tell what kind of values a column has
_FAR: Final = 1000  # lines of one row when the way back is looked for
_AGAIN: Final = 20  # times that a line is read at most, on the average

csv.field_size_limit(2**31 - 1)  # of this process; the default cuts off posts that quote whole articles

# The number of a row, from 1, and its values; None if it cannot be read, which is noted.
NumberedRow = tuple[int, Row | None]


class _Record(NamedTuple):
    """A row as it stands in the file.

    Attributes:
        line: in which it begins, from 0.
        stop: the line after it.
        cells: its values; None if it is broken.
        wrong: what is wrong with it.
    """

    line: int
    stop: int
    cells: list[str] | None
    wrong: str = ""


def csv_header(head: str) -> list[str]:
    """Return what the first line of a text names, if it is the first of a CSV file."""
    return _names(_first_line(head), _delimiter(head))


def csv_sample(head: str) -> tuple[list[str], Row] | None:
    """Return the names of columns and a row, if the first lines of a text are those of a CSV file; else None."""
    text = _SEPARATOR_LINE.sub("", head, count=1).lstrip("\ufeff\r\n")
    lines = list(islice(io.StringIO(text, newline=""), _SHOWN + 1))
    try:
        rows = [row for row in csv.reader(lines, delimiter=_delimiter(head)) if row]
    except csv.Error:
        return None
    names = [name.strip() for name in rows[0]] if rows else []
    whole = rows[1:-1] or rows[1:]  # the last one may be cut off
    if len(names) < 2 or not all(names) or not whole or any(len(row) != len(names) for row in whole):
        return None
    return names, dict(zip(names, rows[1], strict=False))


def csv_rows(source: Source) -> tuple[list[str], list[NumberedRow]]:
    """Return the names of the columns, and the rows with their numbers; broken ones are noted.

    Raises:
        SourceError: if there is no first line with names, or its quotes are broken.
    """
    text = source.text.lstrip("\ufeff")
    table = _Table(list(io.StringIO(text, newline="")), _delimiter(text))
    start = 1 if _SEPARATOR_LINE.match(text) else 0
    header = next((record for record in table.sound(start)), None)
    if header is None or header.cells is None:
        if start >= len(table.lines):
            raise source.error("has no line with the names of columns")
        raise source.error("is no valid CSV: the line with the names of columns has broken quotes", line=start + 1)
    names = apart([name.strip() for name in header.cells])
    if has_escapes := table.delimiter == "\t" and _has_escapes(text):
        source.note("the line ends in its cells are written as \\n, as databases do, and are read as line ends")
    rows: list[NumberedRow] = []
    for number, record in enumerate(table.records(header.stop, len(names)), 1):
        if record.cells is None:
            source.note(record.wrong, unit=f"row {number}")
            rows.append((number, None))
            continue
        cells = [_ESCAPE.sub(_meant, cell) for cell in record.cells] if has_escapes else record.cells
        rows.append((number, dict(zip(names, cells, strict=False))))
    return names, rows


def _has_escapes(text: str) -> bool:
    """Tell whether line ends in cells are written as \\n: no cell is quoted, and no backslash stands for itself."""
    if "\\n" not in text or '"' in text or _DRIVE.search(text):
        return False
    return all(found[1] in _MEANT for found in _ESCAPE.finditer(text))


def _meant(found: re.Match[str]) -> str:
    return _MEANT[found[1]]


def _first_line(text: str) -> str:
    return next(iter(split_lines(_SEPARATOR_LINE.sub("", text, count=1).lstrip("\ufeff\r\n"))), "")


def _names(line: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _delimiter(text: str) -> str:
    """Return the delimiter that the first line says, as Excel writes it, or at which it has a text and most names."""
    said = _SEPARATOR_LINE.match(text)
    if said:
        return said[1]
    first = _first_line(text)
    of_delimiter = {delimiter: _names(first, delimiter) for delimiter in _DELIMITERS}
    return max(of_delimiter, key=lambda one: (names_a_text(of_delimiter[one]), len(of_delimiter[one])))


@dataclass
class _Table:
    """Lines of CSV, and what is known of its columns.

    Attributes:
        lines: with their ends.
        delimiter: between fields.
        kinds: of the values of each column, as far as they are all of one.
        known: rows that tell.
        read_again: lines that were read to find the way back.
    """

    lines: list[str]
    delimiter: str
    kinds: list[set[str]] = field(default_factory=list)
    known: int = 0
    read_again: int = 0

    def sound(self, start: int, stop: int | None = None, *, has_backslashes: bool = False) -> Iterator[_Record]:
        """Yield the rows from a line on, up to one with broken quotes, which has no cells; empty lines are none."""
        stop = len(self.lines) if stop is None else stop
        lines = (self.lines[at] for at in range(start, stop))
        given = (_BACKSLASH.sub(_doubled, line) for line in lines) if has_backslashes else lines
        reader = csv.reader(given, delimiter=self.delimiter, strict=True)
        line = start
        try:
            for cells in reader:
                if cells:
                    yield _Record(line, start + reader.line_num, cells)
                line = start + reader.line_num
        except csv.Error as error:
            yield _Record(line, start + reader.line_num, None, _told(error, line))

    def records(self, start: int, width: int) -> Iterator[_Record]:
        """Yield all rows from a line on; those that are broken, or do not fit the columns, without cells."""
        self.kinds = [set() for _ in range(width)]
        at = start
        while at < len(self.lines):
            for record in self.sound(at):
                if record.cells is None or (record.stop - record.line > 1 and not _fits(record.cells, width)):
                    found = self._mended(record.line, width) or self._broken(record, width)
                    yield found
                    at = found.stop
                    break
                yield self._judged(record, width)
                at = record.stop
            else:
                return

    def _judged(self, record: _Record, width: int) -> _Record:
        assert record.cells is not None
        if not _fits(record.cells, width):
            return record._replace(cells=None, wrong=_unfit(record, width))
        if self.known < _KNOWN_ROWS:
            self.known += 1
            for kinds, cell in zip(self.kinds, record.cells, strict=False):
                if cell:
                    kinds.add(_kind(cell))
        return record

    def _mended(self, at: int, width: int) -> _Record | None:
        """Return the row that begins in a line, if it is sound with its quotes escaped by backslashes."""
        record = next(self.sound(at, min(at + _FAR, len(self.lines)), has_backslashes=True), None)
        is_sound = record is not None and record.cells is not None and _fits(record.cells, width)
        return record if is_sound and record is not None and record.line == at else None

    def _broken(self, record: _Record, width: int) -> _Record:
        """Return a broken row that ends where the next one begins that fits the columns."""
        at = record.line + 1
        while at < len(self.lines) and not self._begins(at, width):
            at += 1
        wrong = record.wrong or _unfit(record, width)
        return record._replace(stop=at, cells=None, wrong=wrong)

    def _begins(self, at: int, width: int) -> bool:
        """Tell whether a row begins in a line: one that fits, with values as the columns have."""
        if self.read_again > _AGAIN * len(self.lines) + _FAR:
            return len(self.lines[at].split(self.delimiter)) == width  # too many broken ones to look closely
        found = next(self.sound(at, min(at + _FAR, len(self.lines))), None)
        self.read_again += 1 if found is None else found.stop - at
        if found is None or found.line != at:
            return False
        if found.cells is None or not _fits(found.cells, width):
            # Else perhaps another broken row, which is to cost itself only.
            found = self._mended(at, width) or self._roughly(at)
        return found.cells is not None and _fits(found.cells, width) and self._is_alike(found.cells)

    def _roughly(self, at: int) -> _Record:
        return _Record(at, at + 1, next(csv.reader([self.lines[at]], delimiter=self.delimiter), []))

    def _is_alike(self, cells: list[str]) -> bool:
        return all(
            not cell or len(kinds) != 1 or "" in kinds or _kind(cell) in kinds
            for kinds, cell in zip(self.kinds, cells, strict=False)
        )


def _doubled(found: re.Match[str]) -> str:
    return '""' if found[1] == '"' else "\\"


def _fits(cells: list[str], width: int) -> bool:
    return len(cells) >= width and not any(cells[width:])  # a line may end with delimiters


def _kind(cell: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(cell.strip())), "")


def _told(error: csv.Error, line: int) -> str:
    if "unexpected end" in str(error):
        return f"the row that begins in line {line + 1} has a quote that is never closed"
    what = f"the row that begins in line {line + 1} has text after a closing quote"
    return f"{what}: write quotes inside quoted fields twice"


def _unfit(record: _Record, width: int) -> str:
    assert record.cells is not None
    what = f"the row that ends in line {record.stop} has {len(record.cells)} fields, wanted {width}"
    return f"{what}: quote fields with the delimiter or a line break in them"
