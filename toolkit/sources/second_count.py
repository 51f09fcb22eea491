"""A second count of what an input has, made from its raw text and without the reader that it checks.

It is dumb on purpose: it knows how a message or a record looks from far, nothing of where it has to stand, and so does
not share the readers' mistakes. It proves losses only. A reader may count more: broken messages are messages too.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from toolkit.native.tables import count_rows
from toolkit.sources.files import MAX_BYTES, ZIP
from toolkit.sources.source import Parsed, Source
from toolkit.text.lines import LINE_END, stream_lines

_OF_DESKTOP: Final = re.compile(r"""<\w[^<>]*?\sid\s*=\s*["']?message-?\d+(?=["'\s>])""")
_OF_TME: Final = re.compile(r"""<\w[^<>]*?\sdata-post\s*=\s*["'][^<>"']*["']""")
# Keys that make an object a message, or a chat; keys that are numbers, as those of messages of TGDataset; brackets. All
# that is before them is matched too, so that nothing in a string is taken for one of these.
_KEY: Final = r'"(id|message_id|date|date_unixtime|title|access_hash|\d+)"\s*:'
_TOKEN: Final = re.compile(rf'(?:[^"{{}}]++|(?!{_KEY})"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?)*+(?:{_KEY}|([{{}}]))')
# Of XLSX: sheets, rows, cells with attributes and content, formulas, strings that cells name by number.
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_XLSX_ROW: Final = re.compile(rb"<(?:\w+:)?row\b[^>]*(?<!/)>(.*?)</(?:\w+:)?row>", re.DOTALL)
_CELL: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FORMULA: Final = re.compile(rb"<((?:\w+:)?f)\b[^>]*(?<!/)>.*?</\1>", re.DOTALL)
_STRING: Final = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_TAGS: Final = re.compile(rb"<[^>]*>")
_PLACE_OF: Final = {"date": 1, "date_unixtime": 1, "title": 2, "access_hash": 2}
_CHUNK: Final = 1 << 20


def unexplained(source: Source, format_: str, parsed: Parsed) -> int:
    """Return how many messages or records a reader lost, with a note if it did; after its rows were taken.

    Raises:
        SourceError: if it lost most of them.
    """
    counted = second_count(source, format_) or 0
    lost = counted - parsed.units
    if lost <= 0:
        return 0
    unit = parsed.unit if counted > 1 else parsed.unit.removesuffix("s")
    what = f"has {counted:,} {unit}, of which only {parsed.units:,} can be found where they should be"
    if 2 * lost > counted:
        raise source.error(what, fix="Export it again, or repair what was edited by hand")
    source.note(f"{what}: {lost:,} unexplained")
    return lost


def second_count(source: Source, format_: str) -> int | None:
    """Return how many messages or records an input has at least; None if nothing can be said.

    Args:
        source: the input.
        format_: name of the reader.
    """
    if format_ == "desktop_html":
        return len(_OF_DESKTOP.findall(_without_comments(source.text)))
    if format_ == "tme_html":
        return len(_OF_TME.findall(_without_comments(source.text)))
    if format_ in ("desktop_json", "api_json"):
        with source.open_text() as file:
            if source.shape.has_lines:  # each for itself: the others count if one is broken
                return sum(_objects([line]) for line in stream_lines(file, MAX_BYTES))
            return _objects(iter(lambda: file.read(_CHUNK), ""))
    if format_ == "extracted_text":
        text = source.text
        return (text.count("\n") or text.count("\r")) + (not text.endswith(("\n", "\r")))
    if format_ != "table":
        return None
    if source.is_table_file:
        return _rows_with_values(source.data) if source.head.startswith(ZIP) else count_rows(source.data)
    return _records(source.text)


def _without_comments(text: str) -> str:
    """Return a page without its comments; one that never ends is none."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join([*parts, text[at:]])


def _records(text: str) -> int | None:
    """Return how many records a table has; None if its quotes do not tell where lines end."""
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return _objects([text], is_any=True)
    outside = text.lstrip("\ufeff").split('"')
    if len(outside) % 2 == 0 or '\\"' in text:
        return None
    lines = [line for line in LINE_END.split('""'.join(outside[::2])) if line]
    return len(lines) - 1 - (lines[0].startswith("sep=") if lines else 0)


def _rows_with_values(data: bytes) -> int:
    """Return how many rows of the sheets of a workbook have a value, but for one of each, with the names."""
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        blank = _blank_strings(archive)
        for name in archive.namelist():
            if _SHEET.fullmatch(name):
                rows = map(_CELL.findall, _XLSX_ROW.findall(archive.read(name)))
                total += max(sum(any(_has_value(kind, value, blank) for kind, value in row) for row in rows) - 1, 0)
    return total


def _blank_strings(archive: zipfile.ZipFile) -> set[int]:
    """Return the numbers of the strings in a workbook's table of strings that have no letters."""
    name = next((name for name in archive.namelist() if name.lower().endswith("xl/sharedstrings.xml")), None)
    strings = _STRING.findall(archive.read(name)) if name else []
    return {number for number, string in enumerate(strings) if not _TAGS.sub(b"", string).strip()}


def _has_value(attributes: bytes, content: bytes, blank: set[int]) -> bool:
    value = _TAGS.sub(b"", _FORMULA.sub(b"", content)).strip()
    is_of_table = re.search(rb"""\bt=["']s["']""", attributes) is not None
    return bool(value) and not (is_of_table and value.isdigit() and int(value) in blank)


def _objects(pieces: Iterable[str], *, is_any: bool = False) -> int:
    """Return how many objects of JSON are messages: have an id, or are named by a number, and a date, but no title.

    Args:
        pieces: of the text.
        is_any: whether all outermost objects count.
    """
    total = 0
    open_: list[list[int]] = []  # of each object around: has it an id, a date, a title or so; messages in it
    is_named = 0
    for token in _tokens(pieces):
        if token == "{":
            open_.append([is_named, 0, 0, 0])
        elif token == "}" and open_:
            has_id, has_date, is_other, inside = open_.pop()
            count = 1 if (has_id and has_date and not is_other) or (is_any and not open_) else inside
            if open_:
                open_[-1][3] += count
            else:
                total += count
        elif open_ and token != "}" and not token.isdecimal():
            open_[-1][_PLACE_OF.get(token, 0)] = 1
        is_named = token.isdecimal()
    return total + sum(inside for *_, inside in open_)


def _tokens(pieces: Iterable[str]) -> Iterator[str]:
    """Yield keys that matter, and brackets."""
    rest, wanted = "", 0
    for piece in chain(pieces, ("",)):
        rest += piece
        if piece and len(rest) < wanted:
            continue  # it is long, and is not looked at again before it has grown
        at = 0
        while found := _TOKEN.match(rest, at):  # no search: where there is no token, there is none further on
            at = found.end()
            yield found[2] or found[3]
        rest = rest[at:]
        wanted = 2 * len(rest)
