"""Read JSON of any size piece by piece: the values of a file, the items of an array, the members of an object.

The standard library parses each value; only one is in memory at a time. Telegram Desktop writes control characters as
\\x0B, which is no JSON: such escapes are repaired where the parser stumbles over them.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TextIO

from toolkit.text.lines import LongLine, stream_lines

_CHUNK: Final = 1 << 18
_MAX_VALUE: Final = 1 << 28  # letters of one item; a channel of TGDataset has some millions
MAX_LINE: Final = 1 << 26  # letters of a line, and of the first object, which is looked for before all else
_SPACE: Final = re.compile(r"[ \t\r\n\ufeff]*")
_BAD_ESCAPE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")
_DECODER: Final = json.JSONDecoder()
# Of numbers too long for Python, which nothing that is counted has; it is slower.
_LENIENT: Final = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < 1000 else math.inf)
_LONGEST_TOKEN: Final = 16  # a cut-off token makes the parser stumble at most this far from the end


class BrokenJson(ValueError):
    """JSON is not what it should be.

    Attributes:
        what: what the parser says, with the column.
        line: from 1.
        is_cut_off: whether the text just ends too early.
    """

    def __init__(self, what: str, line: int, is_cut_off: bool):
        """Say what is wrong."""
        super().__init__(what)
        self.what, self.line, self.is_cut_off = what, line, is_cut_off


class Member(NamedTuple):
    """A member of an object; each item of the expanded array is a member with the array's key.

    Attributes:
        key: its name.
        value: its value; the whole array is `[]`, before its items.
        is_item: whether it is an item of the expanded array.
    """

    key: str
    value: Any
    is_item: bool


class Cursor:
    """A place in a text that is read piece by piece."""

    def __init__(self, file: TextIO):
        self._file = file
        self._text, self._at = "", 0
        self._is_whole = False  # whether the text ends with the file
        self._line, self._column = 1, 1  # of the beginning of the text

    @property
    def line(self) -> int:
        """Return the line of the place, from 1."""
        return self._line + self._text.count("\n", 0, self._at)

    def _fill(self, size: int = _CHUNK) -> None:
        """Forget what is behind, and read on."""
        behind = self._text[: self._at]
        if "\n" in behind:
            self._line += behind.count("\n")
            self._column = len(behind) - behind.rindex("\n")
        else:
            self._column += len(behind)
        more = self._file.read(size)
        self._is_whole = not more
        self._text, self._at = self._text[self._at :] + more, 0

    def error(self, what: str, at: int) -> BrokenJson:
        """Return the error for a place in the text that is known."""
        before = self._text[:at]
        line = self._line + before.count("\n")
        column = len(before) - before.rindex("\n") if "\n" in before else self._column + len(before)
        is_at_end = at >= len(self._text.rstrip()) - 1 or what.startswith("Unterminated")
        return BrokenJson(f"{what} in column {column}", line, is_cut_off=self._is_whole and is_at_end)

    def peek(self) -> str:
        """Return the next letter that is no space; "" at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_whole:
                return ""
            self._fill()

    def take(self, wanted: str) -> str:
        """Go past one of the wanted letters, and return it."""
        letter = self.peek()
        if not letter or letter not in wanted:
            raise self.error(f"Expecting {' or '.join(repr(one) for one in wanted)}", self._at)
        self._at += 1
        return letter

    def value(self, max_letters: int = _MAX_VALUE) -> Any:
        """Go past a value, and return it."""
        self.peek()
        size, decoder = _CHUNK, _DECODER
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._mend(error):
                    continue
                may_go_on = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _LONGEST_TOKEN
                if self._is_whole or not may_go_on:
                    raise self.error(error.msg, error.pos) from error
            except RecursionError as error:
                raise self.error("is nested too deep", self._at) from error
            except ValueError:
                decoder = _LENIENT
            else:
                if end < len(self._text) or self._is_whole:  # else a number may go on
                    self._at = end
                    return value
            if len(self._text) - self._at > max_letters:
                raise self.error(f"one value has more than {max_letters:,} letters", self._at)
            self._fill(size)
            size *= 2

    def _mend(self, error: json.JSONDecodeError) -> bool:
        """Repair \\x0B; return whether anything changed."""
        if not error.msg.startswith("Invalid \\escape"):
            return False
        ahead = self._text[self._at :]
        mended = _BAD_ESCAPE.sub(r"\1\\u00\2", ahead)
        self._text = self._text[: self._at] + mended
        return mended != ahead


def json_values(file: TextIO) -> Iterator[Any]:
    """Yield the values of a file, one after the other with any space between; of an array its items.

    Raises:
        BrokenJson: if it is no JSON.
    """
    cursor = Cursor(file)
    while letter := cursor.peek():
        if letter == "[":
            yield from items_of(cursor)
        else:
            yield cursor.value()


def json_lines(file: TextIO) -> Iterator[tuple[int, Any]]:
    """Yield the values of a file that has whole values on each line, with the number of the line, from 1.

    A line that is no JSON gives the error, a `BrokenJson`, in place of a value.

    Raises:
        BrokenJson: if a line is longer than any honest one.
    """
    try:
        for line, text in enumerate(stream_lines(file, MAX_LINE), 1):
            if not text or text.isspace():
                continue
            cursor = Cursor(io.StringIO(text))
            try:
                while cursor.peek():
                    yield line, cursor.value()
            except BrokenJson as error:
                yield line, BrokenJson(error.what, line, error.is_cut_off)
    except LongLine as error:
        raise BrokenJson(f"the line has more than {MAX_LINE:,} letters", error.line, False) from error


def json_members(file: TextIO, expand: str) -> Iterator[Member]:
    """Yield the members of the object that a file has; of the member `expand` the items, if it is an array.

    Raises:
        BrokenJson: if it is no JSON, or anything but one object.
    """
    cursor = Cursor(file)
    yield from _members(cursor, expand)
    if cursor.peek():
        cursor.take("\0")


def _members(cursor: Cursor, expand: str | None) -> Iterator[Member]:
    cursor.take("{")
    if cursor.peek() == "}":
        cursor.take("}")
        return
    while True:
        key = key_of(cursor)
        if key == expand and cursor.peek() == "[":
            yield Member(key, [], False)
            for item in items_of(cursor):
                yield Member(key, item, True)
        else:
            yield Member(key, cursor.value(), False)
        if cursor.take(",}") == "}":
            return


def key_of(cursor: Cursor) -> str:
    """Go past the name of a member and its colon, and return it."""
    if cursor.peek() != '"':
        cursor.take('"')
    key: str = cursor.value()
    cursor.take(":")
    return key


def items_of(cursor: Cursor) -> Iterator[Any]:
    """Go past an array, and yield its items."""
    cursor.take("[")
    if cursor.peek() == "]":
        cursor.take("]")
        return
    while True:
        yield cursor.value()
        if cursor.take(",]") == "]":
            return
