"""What became of the lines of a text that was cleaned: cut, joined, or changed."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final, NamedTuple

_FAR: Final = 20  # lines further down, no line is looked for: a text of equal lines would take the square of them


class LineChanges(NamedTuple):
    """The lines that are not there any more as they were, in order.

    Attributes:
        cut: lines that are gone.
        joined: lines that are now one, with " + " between them.
        changed: lines that read otherwise, as "before -> after".
    """

    cut: list[str]
    joined: list[str]
    changed: list[str]


def line_changes(before: str, after: str) -> LineChanges:
    r"""Compare two versions of a text line by line; empty lines and blanks around lines do not count.

    >>> line_changes("Rain in the\nharbour.\n**Wind** 6.\nRead us!", "Rain in the harbour.\nWind 6.")
    LineChanges(cut=['Read us!'], joined=['Rain in the + harbour.'], changed=['**Wind** 6. -> Wind 6.'])
    """
    old, new = ([line.strip() for line in text.split("\n") if line.strip()] for text in (before, after))
    changes = LineChanges([], [], [])
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if kind != "equal":
            _compare(old[start:end], new[new_start:new_end], changes)
    return changes


def _compare(old: list[str], new: list[str], changes: LineChanges) -> None:
    """Tell what became of lines between two that stayed: each new line takes the old ones that it is made of."""
    at = 0
    for line in new:
        last = min(at + _FAR, len(old))
        end = next((end for end in range(at + 1, last + 1) if " ".join(old[at:end]) == line), None)
        if end is not None and end > at + 1:
            changes.joined.append(" + ".join(old[at:end]))
            at = end
            continue
        near = max(range(at, last), key=lambda place: _likeness(old[place], line), default=None)
        if near is not None and _likeness(old[near], line):
            changes.cut.extend(old[at:near])
            if old[near] != line:
                changes.changed.append(f"{old[near]} -> {line}")
            at = near + 1
    changes.cut.extend(old[at:])


def _likeness(one: str, other: str) -> float:
    """Return the share of the words of the shorter line that the other one has too, 0 below a half."""
    words = [set(line.split()) for line in (one, other)]
    share = len(words[0] & words[1]) / max(min(map(len, words)), 1)
    return share if share >= 0.5 or one in other or other in one else 0.0
