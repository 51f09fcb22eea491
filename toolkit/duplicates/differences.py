"""What two texts do not have in common, for people to read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_WORD = re.compile(r"\w+(?:[.,:]\d+)*")
_SHOWN: Final = 12  # words of a side


def differences(texts: Sequence[str], kept: Sequence[str]) -> list[str | None]:
    """Return for each text the words that it has and the kept one lacks, and those that it lacks; None for the same.

    Args:
        texts: what leaves.
        kept: what stays in the place of each.

    >>> differences(["Сбиты 3 дрона", "a b"], ["Сбито 8 дронов", "B a!"])
    ['has: сбиты 3 дрона; lacks: сбито 8 дронов', None]
    """
    return [
        None if text == other else _difference(_WORD.findall(text.casefold()), _WORD.findall(other.casefold()))
        for text, other in zip(texts, kept, strict=True)
    ]


def _difference(words: list[str], others: list[str]) -> str | None:
    sides = (("has", words, others), ("lacks", others, words))
    told = [f"{name}: {shown}" for name, here, there in sides if (shown := _only(here, there))]
    return "; ".join(told) or None


def _only(here: list[str], there: list[str]) -> str:
    left = Counter(here)
    left.subtract(there)
    only = [word for word, count in left.items() if count > 0]
    more = f" and {len(only) - _SHOWN:,} more" if len(only) > _SHOWN else ""
    return " ".join(only[:_SHOWN]) + more
