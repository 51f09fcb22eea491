"""What the beginning of a JSON text shows: objects in an array, one a line, or one that has all there is."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, TextIO

from toolkit.sources.json_stream import MAX_LINE, BrokenJson, Cursor, items_of, key_of
from toolkit.text.lines import LINE_END

_NEXT_LINE: Final = re.compile(r"[\r\n]\{")
_LOOK_AT: Final = 5  # items of an array, of which the first may be no objects


@dataclass
class JsonShape:
    """What the beginning of a JSON text shows.

    Attributes:
        root: `{`, `[` or "" if it is no JSON.
        keys: of the root object, as far as they can be seen.
        first: the first object: the root, or the first in a root array; None if there is none, or it is cut off.
        is_line: whether the root object ends on the line on which it begins.
        has_lines: whether there is one such object a line.
        broken: where it is no JSON, or just goes on after this beginning; None if all is well so far.
        is_too_long: whether it was read on, and `broken` says why the first object cannot be read.
    """

    root: str = ""
    keys: list[str] = field(default_factory=list)
    first: dict[str, Any] | None = None
    is_line: bool = False
    has_lines: bool = False
    broken: BrokenJson | None = None
    is_too_long: bool = False


def json_shape(head: str) -> JsonShape:
    """Return the shape of a JSON text; if just the first of its lines is broken, that of the others.

    Args:
        head: how it begins.
    """
    start = head.lstrip("\ufeff \t\r\n")
    shape = _shape(start)
    rest = (*LINE_END.split(start, maxsplit=1), "")[1]
    if shape.broken is not None and shape.root == "{" and _is_object_a_line(rest):
        second = _shape(rest)
        shape = second if second.is_line and second.broken is None else shape
    shape.has_lines = shape.is_line and _NEXT_LINE.search(start) is not None
    return shape


def _is_object_a_line(rest: str) -> bool:
    """Tell whether a text goes on as one with an object a line: a list of objects has commas between them."""
    first, others = (*LINE_END.split(rest, maxsplit=1), "")[:2]
    following = others.lstrip()
    return first.startswith("{") and first.rstrip().endswith("}") and following[:1] in ("", "{")


def with_long_first(shape: JsonShape, file: TextIO) -> JsonShape:
    """Return the shape of a JSON text whose first object does not end where the shape was taken.

    Args:
        shape: of the beginning, without a first object.
        file: all of it.
    """
    cursor = Cursor(file)
    try:
        if cursor.peek() == "[":
            cursor.take("[")
        first = cursor.value(MAX_LINE)
    except BrokenJson as error:
        return replace(shape, broken=error, is_too_long=True)
    if not isinstance(first, dict):
        return shape
    keys = list(first) if shape.root == "{" else shape.keys
    return replace(shape, first=first, keys=keys, is_line=shape.root == "{" and cursor.line == 1, broken=None)


def _shape(start: str) -> JsonShape:
    shape = JsonShape(start[:1] if start[:1] in ("{", "[") else "")
    cursor = Cursor(io.StringIO(start))
    try:
        if shape.root == "[":
            shape.first = next((item for item in islice(items_of(cursor), _LOOK_AT) if isinstance(item, dict)), None)
        elif shape.root == "{":
            shape.first = {}
            _see_members(cursor, shape)
            shape.is_line = "\n" not in start.rstrip() or cursor.line == 1
    except BrokenJson as error:
        shape.broken = error
        if shape.root == "{":
            shape.first = None
    return shape


def _see_members(cursor: Cursor, shape: JsonShape) -> None:
    assert shape.first is not None
    cursor.take("{")
    while cursor.peek() != "}":
        shape.keys.append(key_of(cursor))
        shape.first[shape.keys[-1]] = cursor.value()
        if cursor.peek() != "}":
            cursor.take(",")
    cursor.take("}")
