"""Undo what keeps patterns from a number, an address or a name that a reader, or a later repair, makes whole."""

from __future__ import annotations

import re
from html import unescape
from typing import Final
from urllib.parse import unquote

from toolkit.text.normalize import fix_look_alikes

# Between the characters of a number or a name these hide it from patterns, and nobody sees them.
_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6B: ord("@")}
_GONE: Final = (
    r"\*\*|~~|`|(?<!\w)__|__(?!\w)|(?<=\d)\ufe0f?\u20e3"  # marks, keycaps
    r"|\[(?=[^\[\]\n]*\]\()|\]\([^\s()]*\)"  # of a link but its label
)
_SHOWN: Final = r"&(?:#\d{2,5}|#[xX][0-9a-fA-F]{2,4}|commat|plus|nbsp);|%(?:40|2[0B89D])"
_BROKEN: Final = r"(?<=[\d)(-])[ \t]*\r?\n[ \t]*(?=[\d(-])"
_PIECE: Final = re.compile(f"({_GONE})|({_SHOWN})|({_BROKEN})")


def visible(text: str) -> tuple[str, list[int]]:
    """Return the text without hidden characters, and where its characters are; no places if nothing is hidden."""
    if not _HIDDEN.search(text):
        return text, []
    places = [place for place, letter in enumerate(text) if not _HIDDEN.match(letter)]
    return "".join(text[place] for place in places), places


def undisguised(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text as it may be meant, and for each of its characters where the original has it: start, end.

    Markdown's marks are gone, HTML's and URLs' codes are characters, wide letters are narrow, words have one script,
    and a line that ends and goes on in digits is one. The places are empty if there is nothing to undo.

    >>> undisguised("+7 **916**&#64;")[0], undisguised("Порт")
    ('+7 916@', ('Порт', []))
    """
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    done = 0
    for piece in _PIECE.finditer(text):
        start, end = piece.span()
        shown = "" if piece[1] else " " if piece[3] else _decoded(piece[2])
        parts += [text[done:start], shown]
        places += [*((at, at + 1) for at in range(done, start)), *([(start, end)] * len(shown))]
        done = end
    view = fix_look_alikes("".join([*parts, text[done:]]).translate(_WIDE))
    if view == text:
        return text, []
    return view, [*places, *((at, at + 1) for at in range(done, len(text)))]


def _decoded(code: str) -> str:
    if code.startswith("&"):
        return unescape(code)
    return "-" if code == "%20" else unquote(code)  # a space would end the address
