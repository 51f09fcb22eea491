"""Values of foreign messages as what they should be, and what is told of those that are not."""

from __future__ import annotations

import math
from typing import Any, Final

from toolkit.sources.source import Source
from toolkit.text.telegram import MAX_COUNT

_MAX_TOLD: Final = 50  # kinds of notes of one file; a hostile one could have a kind of its own for every message
_DIGITS: Final = 20  # more than any count has


class Tally:
    """Notes that many messages of a file may have in common: each is told once, with the first message and how many."""

    def __init__(self, source: Source):
        """Start with none."""
        self._source = source
        self._first: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def add(self, what: str, unit: str, example: str = "") -> None:
        """Count a message.

        Args:
            what: the same for all that are told together.
            unit: the message.
            example: what only this one has.
        """
        if what not in self._first and len(self._first) >= _MAX_TOLD:
            what = "has other values that cannot be read"
        self._first.setdefault(what, f"{unit} {what}{example}")
        self._counts[what] = self._counts.get(what, 0) + 1

    def tell(self) -> None:
        """Report what was counted, in the order in which it was found first."""
        for what, first in self._first.items():
            more = self._counts[what] - 1
            others = "" if not more else f"; so {'does' if more == 1 else 'do'} {more:,} more"
            self._source.note(f"{first}{others}")


def count_of(value: Any) -> int | None:
    """Return a count; None if it is none, as true, NaN, or a number beyond 64 bits."""
    if isinstance(value, str):
        value = int(value) if len(value) < _DIGITS and value.isascii() and value.isdecimal() else None
    elif isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
    return value if is_count else None


def word_of(value: Any) -> str | None:
    """Return a name, or a number as one; None if it is neither, or empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) <= MAX_COUNT else None
    return value or None if isinstance(value, str) else None


def is_no_value(value: Any) -> bool:
    """Tell whether a value is how tables and programs say that there is none: null, NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))
