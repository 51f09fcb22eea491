"""Undo what keeps patterns from a number, an address or a name that a reader, or a later repair, makes whole."""

from __future__ import annotations

import re
from html import unescape
from typing import Final
from urllib.parse import unquote

from toolkit.text.characters import CONTROL, IGNORABLE, fix_look_alikes, plain_letters

# Between the characters of a number or a name these hide it from patterns, and nobody sees them.
_HIDDEN = re.compile(f"[{IGNORABLE}{CONTROL}]")

_PLAIN: Final = (
    dict.fromkeys((0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
    | dict.fromkeys((0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029), "\n")
    | {0xFE6B: "@", 0x2795: "+"}
)
_TO_LATIN: Final = str.maketrans("асеорхуіѕјһԁАСЕОРХУІЅЈВНКМТ", "aceopxyisjhdACEOPXYISJBHKMT")

_AT, _DOT = r"(?:at|@|собак[аи]|собачка)", r"(?:dot|точка|тчк|\.)"
# What stands for something else. The first character tells which it is, see _meant, and most tell that it is nothing.
_HEAD: Final = r"(?=[*~`_\\\[\](){<\"\ufe0f\u20e3 \n@&%78OoОоIlЗз])"
_PIECE: Final = re.compile(
    _HEAD
    + "(?:"
    + "|".join(
        (
            r"\*+|~~|`|__(?:(?<!\w__)|(?!\w))|[\ufe0f\u20e3]|\\(?=[_*.@+()-])",  # marks of Markdown, keycaps
            r"\[(?=[^\[\]\n]*\]\()|\]\([^\s()]*\)",  # of a link but its label
            # ivan (at) port [dot] example
            rf" {{0,3}}(?i:\[ ?(?:{_AT}|{_DOT}) ?\]|\( ?(?:{_AT}|{_DOT}) ?\)|[{{<\"] ?{_AT} ?[}}>\"]) {{0,3}}",
            r"(?<=[\d)(-])(?: *\n){1,4} *(?=[\d(-])| {2,}",  # a number goes on in the next line
            # so does an address
            r"@(?<=\w@)(?: *\n\n? *[\w-]+(?:\.[\w-]+)+|[\w-]+(?:\.[\w-]+)*\. ?\n\n? ?[a-z]{2,10}\b)",
            r"@(?=\w*[а-яіѕј])\w{4,32}",  # a name in look-alike letters
            r"[OoОоIlЗз](?<=\d.)(?=\d)|[OoОо](?<=\d.)(?=[ -]\d)|[OoОоIl](?<=\d[ -].)(?=\d)",  # letters for digits
            r"[78](?<![\w/].)( ?[_|•·~/=] ?)\(?\d{3}\)?\1\d{3}\1\d\d\1\d\d(?!\w)",  # 8_900_123_45_67
            r"&(?:#\d{2,5}|#[xX][0-9a-fA-F]{2,4}|commat|period|lowbar|plus|nbsp|shy);|%(?:2[0BDE89]|40|5F)",
        )
    )
    + ")"
)
_DIGITS: Final = {letter: digit for digit, letters in (("0", "OoОо"), ("1", "Il"), ("3", "Зз")) for letter in letters}
_IS_AT: Final = re.compile(_AT, re.IGNORECASE)


def visible(text: str) -> tuple[str, list[int]]:
    """Return the text without hidden characters, and where its characters are; no places if nothing is hidden."""
    if not _HIDDEN.search(text):
        return text, []
    places = [place for place, letter in enumerate(text) if not _HIDDEN.match(letter)]
    return "".join(text[place] for place in places), places


def undisguised(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text as it may be meant, and for each of its characters where the original has it: start, end.

    Markdown's marks are gone, HTML's and URLs' codes are characters, wide letters are narrow, words have one script,
    a line that ends and goes on in digits is one, "(at)" is a sign, letters among digits are digits. The places are
    empty if there is nothing to undo.

    >>> undisguised("+7 **916**&#64;")[0], undisguised("Порт")
    ('+7 916@', ('Порт', []))
    """
    plain = plain_letters(text).translate(_PLAIN) if not text.isascii() or "\t" in text or "\r" in text else text
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    done = 0
    for piece in _PIECE.finditer(plain):
        start, end = piece.span()
        shown = _meant(piece.group())
        parts += [plain[done:start], shown]
        places += [*zip(range(done, start), range(done + 1, start + 1), strict=True), *([(start, end)] * len(shown))]
        done = end
    view = fix_look_alikes("".join([*parts, plain[done:]]))
    if view == text:
        return text, []
    return view, [*places, *zip(range(done, len(text)), range(done + 1, len(text) + 1), strict=True)]


def _meant(piece: str) -> str:
    first = piece.lstrip(" \n")[:1]
    if not first:
        return " "
    if first == "@":
        return "".join(piece.split()) if "\n" in piece else _in_latin(piece)
    if first in "78":
        return re.sub(r"[^\d()]+", "-", piece)
    if first in "&%":
        return _decoded(piece)
    if first in '[({<"' and len(piece) > 1:
        return "@" if _IS_AT.search(piece) else "."
    return _DIGITS.get(first, "")


def _in_latin(name: str) -> str:
    latin = name.translate(_TO_LATIN)
    return latin if latin.isascii() else name


def _decoded(code: str) -> str:
    if code.startswith("&"):
        return unescape(code)
    return "-" if code == "%20" else unquote(code)  # a space would end the address
