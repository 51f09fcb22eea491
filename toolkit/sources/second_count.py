"""A second count of what an input has, made from its raw text and without the reader that it checks.

It is dumb on purpose: it knows how a message or a record looks from far, nothing of where it has to stand, and so does
not share the readers' mistakes. It proves losses only. A reader may count more: broken messages are messages too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from toolkit.sources.source import Parsed, Source

_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_OF_DESKTOP: Final = re.compile(r"""<\w[^<>]*?\sid\s*=\s*["']?message-?\d+(?=["'\s>]|$)""")
_OF_TME: Final = re.compile(r"""<\w[^<>]*?\sdata-post\s*=""")
# Keys that make an object a message, other keys that are numbers, as of messages of TGDataset, brackets; strings are
# matched so that nothing in them is taken for one of these.
_TOKEN: Final = re.compile(
    r'"(?P<key>id|message_id|date|date_unixtime|\d+)"\s*:|"(?:[^"\\\n]|\\.)*"?|(?P<bracket>[{}])|(?P<end>\n)'
)
_CHUNK: Final = 1 << 20
_MARGIN: Final = 64  # letters at a piece's end in which a token may not be whole
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def unexplained(source: Source, format_: str, parsed: Parsed) -> int:
    """Return how many messages or records a reader lost, with a note if it did; after its rows were taken.

    Raises:
        SourceError: if it lost most of them.
    """
    counted = second_count(source, format_) or 0
    lost = counted - parsed.units
    if lost <= 0:
        return 0
    what = f"has {counted:,} {parsed.unit}, of which only {parsed.units:,} can be found where they should be"
    if 2 * lost > counted:
        raise source.error(what, fix="Export it again, or repair what was edited by hand")
    source.note(f"{what}: {lost:,} are unexplained")
    return lost


def second_count(source: Source, format_: str) -> int | None:
    """Return how many messages or records an input has at least; None if nothing can be said.

    Args:
        source: the input.
        format_: name of the reader.
    """
    if format_ == "desktop_html":
        return len(_OF_DESKTOP.findall(_COMMENT.sub("", source.text)))
    if format_ == "tme_html":
        return len(_OF_TME.findall(_COMMENT.sub("", source.text)))
    if format_ in ("desktop_json", "api_json"):
        with source.open_text() as file:
            return _objects(iter(lambda: file.read(_CHUNK), ""), by_line=source.shape.has_lines)
    if format_ == "table" and not source.is_table_file:
        return _records(source.text)
    return None


def _records(text: str) -> int | None:
    """Return how many records a table has; None if its quotes do not tell where lines end."""
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return _objects(iter([text]), by_line=False, is_any=True)
    outside = text.lstrip("\ufeff").split('"')
    if len(outside) % 2 == 0 or '\\"' in text:
        return None
    lines = [line for line in _LINE_END.split('""'.join(outside[::2])) if line]
    return len(lines) - 1 - (lines[0].startswith("sep=") if lines else 0)


def _objects(pieces: Iterator[str], *, by_line: bool, is_any: bool = False) -> int:
    """Return how many objects of JSON are messages: have an id, or are named by a number, and a date.

    Args:
        pieces: of the text.
        by_line: whether each line is for itself; the others count if one is broken.
        is_any: whether all outermost objects count.
    """
    total = 0
    open_: list[list[int]] = []  # of each object around: has it an id, has it a date, messages in it
    is_named = 0
    for token in _tokens(pieces):
        if token == "{":
            open_.append([is_named, 0, 0])
        elif token == "}" and open_:
            has_id, has_date, inside = open_.pop()
            count = 1 if (has_id and has_date) or (is_any and not open_) else inside
            if open_:
                open_[-1][2] += count
            else:
                total += count
        elif token == "\n":
            open_ = [] if by_line else open_
        elif open_ and not token.isdecimal() and token != "}":
            open_[-1][token.startswith("date")] = 1
        is_named = token.isdecimal()
    return total + sum(inside for *_, inside in open_)


def _tokens(pieces: Iterable[str]) -> Iterator[str]:
    """Yield keys that matter, brackets and line ends of JSON."""
    rest, wanted, is_last = "", 0, False
    pieces = iter(pieces)
    while not is_last:
        piece = next(pieces, "")
        is_last = not piece
        rest += piece
        if len(rest) < wanted and not is_last:
            continue  # a long string: it is read whole before it is looked at again
        at = 0
        for found in _TOKEN.finditer(rest):
            if found.end() > len(rest) - _MARGIN and not is_last:
                at = found.start()
                break
            at = found.end()
            if token := found["key"] or found["bracket"] or found["end"]:
                yield token
        rest = rest[at:]
        wanted = 2 * len(rest)
