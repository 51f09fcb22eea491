"""Roman numbers of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_ROMAN = re.compile(  # starts with a letter, so that the search for it is fast
    r"[IVXLCDMІХСМ](?<![\w'’].)[IVXLCDMІХСМ]*(?=-?[а-я]{0,2}\b|\b)(?![A-Za-z'’])"
)
_ROMAN_FORM = re.compile("M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_TO_LATIN: Final = str.maketrans("ІХСМ", "IXCM")
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
# One letter is a number beside these.
_COUNTED_AFTER = re.compile(
    r"(?:-?(?:й|го|м|ом|ый|ая|я|е))?\ (?:век|вв?\.|столети|тысячелети|квартал|полугоди|курс|класс|степен|групп|съезд|"
    r"этап|созыв|century|centuries|quarter|millennium)",
    re.IGNORECASE,
)
_COUNTED_BEFORE = re.compile(
    r"(?:глав\w+|том\w*|част\w+|акт\w*|раздел\w*|chapter|part|volume|vol\.|act|war|phase|stage|class|type|title)\ $",
    re.IGNORECASE,
)


def roman_numbers(text: str) -> Iterable[str]:
    """Yield Roman numbers; a single letter only beside what is counted so, and no abbreviation such as CD."""
    for match in _ROMAN.finditer(text):
        letters = match[0].translate(_TO_LATIN)
        if not _ROMAN_FORM.fullmatch(letters) or (set(letters) - set("IVX") and len(letters) < 4):
            continue
        if (
            len(letters) > 1
            or _COUNTED_AFTER.match(text, match.end())
            or _COUNTED_BEFORE.search(text[max(0, match.start() - 12) : match.start()])
        ):
            yield str(_roman_value(letters))


def _roman_value(letters: str) -> int:
    """Return the value of a Roman number.

    >>> _roman_value("MCMXLIV")
    1944
    """
    values = [_ROMAN_VALUES[letter] for letter in letters]
    return sum(value if value >= after else -value for value, after in zip(values, [*values[1:], 0], strict=True))
