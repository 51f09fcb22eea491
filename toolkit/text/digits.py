"""Digits of all kinds as plain ones, and the numbers that are found in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from toolkit.text.characters import any_of, without_hidden
from toolkit.text.one_byte import all_but, strictly


class Found(NamedTuple):
    """Numbers as plain decimals: to be looked for, and to be found."""

    sure: set[str]
    other: set[str]

    def add(self, sure: Iterable[object], other: Iterable[object] = ()) -> bool:
        """Note the readings of a number; True, because it is read then."""
        self.sure.update(plain(str(number)) for number in sure)
        self.other.update(plain(str(number)) for number in other)
        return True


def plain(number: str, scale: int = 0) -> str:
    """Return a number times ten to the power of `scale` without zeros that say nothing.

    >>> plain("007.50"), plain("9.5", 3)
    ('7.5', '9500')
    """
    if not scale and number.isdigit():
        return number.lstrip("0") or "0"
    value = format(Decimal(number).scaleb(scale), "f")
    return (value.rstrip("0").rstrip(".") if "." in value else value) or "0"


# What is no digit and hides none: ASCII, Cyrillic, typographic signs.
_NO_PLAIN = re.compile("[^\x00-\x7f\u0400-\u04ff\u00a0«»„“”‘’–—…№°§€£₽•]")
_PLAIN: Final = all_but(_NO_PLAIN.pattern)
_FRACTION = re.compile("(?<![0-9])([0-9]{1,6})? ?([¼-¾⅐-⅞↉])")


def is_plain(text: str) -> bool:
    """Tell whether no character is a digit, or hides one, but those of ASCII."""
    if text.isascii():
        return True
    codes = strictly(text)
    return not (codes.translate(None, _PLAIN) if codes is not None else _NO_PLAIN.search(text))


def in_digits(text: str, found: Found) -> str:
    """Return the text with plain digits for all others; note those that stand above or below the line."""
    if is_plain(text):
        return text
    text = without_hidden(text).replace("\u20e3", "")  # "8️⃣0️⃣" is 80
    text = _FRACTION.sub(lambda match: _fraction(match, found), text)
    if not _any_numeral().search(text):
        return text
    small = "".join(character for character in text if character in _SMALL)
    found.other.update(unicodedata.normalize("NFKC", small))
    return text.translate(_numerals())


def _fraction(match: re.Match[str], found: Found) -> str:
    value = Decimal(match[1] or 0) + Decimal(str(round(unicodedata.numeric(match[2]), 2)))
    parts = unicodedata.normalize("NFKC", match[2]).split("\u2044")
    found.add([value], [*parts, *([match[1]] if match[1] else [])])
    return " "


_SMALL: Final = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉")  # "км²", "CO₂": may be digits in the other text


@cache
def _numerals() -> dict[int, str]:
    """Return character -> what it is in plain digits, or in letters that are Roman numerals."""
    table = dict.fromkeys(map(ord, _SMALL), "") | {0x1F51F: " 10 "}
    for code in range(0x80, 0x20000):
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            table[code] = str(unicodedata.decimal(character))
        elif category == "Nl" and 0x2160 <= code <= 0x217F:
            table[code] = unicodedata.normalize("NFKC", character).upper()
        elif category == "No" and code not in table:  # in circles, in brackets
            value = unicodedata.numeric(character, 0.5)
            if value == int(value):
                table[code] = f" {int(value)} "
    return table


@cache
def _any_numeral() -> re.Pattern[str]:
    return any_of(_numerals())
