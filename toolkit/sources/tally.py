"""Notes that many messages of a file may have in common."""

from __future__ import annotations

from typing import Final

from toolkit.sources.source import Source

_MAX_TOLD: Final = 50  # kinds of notes of one file; a hostile one could have a kind of its own for every message


class Tally:
    """Tells each note once, with the first message that it is about, and how many more there are."""

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
