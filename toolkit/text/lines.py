r"""Where lines end: at \r\n, \n and \r, as editors show it, and nowhere else.

`str.splitlines` also ends lines at \v, \f, \x1c, \x85, \u2028 and \u2029, which are characters of a text. All that
reads the lines of a file asks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TextIO

LINE_END: Final = re.compile(r"\r\n?|\n")
_CHUNK: Final = 1 << 16


class LongLine(ValueError):
    """A line is longer than allowed.

    Attributes:
        line: its number, from 1.
    """

    def __init__(self, line: int):
        """Say which."""
        super().__init__(f"line {line} is too long")
        self.line = line


def split_lines(text: str) -> list[str]:
    r"""Return the lines of a text without their ends; the end of the last one begins no other line.

    >>> split_lines("a\rb\r\nc\u2028d\n\n"), split_lines("")
    (['a', 'b', 'c\u2028d', ''], [])
    """
    lines = LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def stream_lines(file: TextIO, max_letters: int) -> Iterator[str]:
    r"""Yield the lines of an open text as `split_lines` does, in bounded memory.

    Args:
        file: opened with newline="" or newline=None.
        max_letters: of a line; at least a chunk, 65,536.

    Raises:
        LongLine: if a line has more.
    """
    number, begun, size, held_back = 1, [""], 0, ""
    while chunk := file.read(_CHUNK):
        chunk = held_back + chunk
        held_back = "\r" if chunk.endswith("\r") else ""  # the other half of a line end may follow
        first, *others = LINE_END.split(chunk.removesuffix(held_back))
        begun.append(first)
        size += len(first)
        if size > max_letters:
            raise LongLine(number)
        if others:
            yield "".join(begun)
            yield from others[:-1]  # shorter than a chunk
            number, begun, size = number + len(others), [others[-1]], len(others[-1])
    if size or held_back:
        yield "".join(begun)
