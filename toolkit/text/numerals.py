"""Numbers of a text, in one spelling whatever the language, the script and the habit of the writer.

A number has one sure reading, which is looked for in the other language, and may have others, which are found there:
"5 p.m." is 5 for sure and may be 17; "26.07" is 26.07 and may be the 26th of the 7th month. Where both sides are honest
translations, the sure reading of each is among the readings of the other.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from toolkit.text.digits import Found, in_digits, is_plain
from toolkit.text.number_forms import read_digits
from toolkit.text.number_words import words_as_numbers
from toolkit.text.roman_numbers import roman_numbers


class Numbers(NamedTuple):
    """The numbers of a text, as plain decimals.

    Attributes:
        sure: written in digits, in their first reading; to be looked for.
        all: also their other readings, Roman ones and those in letters; to be found, but not to be looked for.
    """

    sure: frozenset[str]
    all: frozenset[str]


_DIGIT = re.compile("[0-9]")
_ADDRESS = re.compile(r"(?:https?://|www\.|t\.me/|@)\S+")


def may_have_digits(text: str) -> bool:
    """Tell whether a text may have a number in digits, of any kind; most sentences have none."""
    return _DIGIT.search(text) is not None or not is_plain(text)


def read_numbers(text: str) -> Numbers:
    """Return the numbers of a Russian or English text; those of addresses are none.

    >>> numbers = read_numbers("At 5 p.m. on July 26, 1,500 people")
    >>> sorted(numbers.sure), sorted(numbers.all - numbers.sure)
    (['1500', '26', '5'], ['17', '26.07', '7'])
    >>> sorted(read_numbers("XXI век, ２５ %, ½ км²").all)
    ['0.5', '1', '2', '21', '25']
    """
    found = Found(set(), set())
    text = in_digits(text, found)
    if _DIGIT.search(text):
        if "://" in text or "www." in text or "t.me/" in text or "@" in text:  # quicker than the search
            text = _ADDRESS.sub(" ", text)
        read_digits(text, found)
    found.other.update(roman_numbers(text))
    sure = frozenset(found.sure)
    return Numbers(sure, sure | found.other | words_as_numbers(text))
