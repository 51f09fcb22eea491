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
    ['has: Сбиты 3 дрона; lacks: Сбито 8 дронов', None]
    """
    return [_difference(_WORD.findall(text), _WORD.findall(other)) for text, other in zip(texts, kept, strict=True)]


def _difference(words: list[str], others: list[str]) -> str | None:
    sides = (("has", words, others), ("lacks", others, words))
    told = [f"{name}: {shown}" for name, here, there in sides if (shown := _only(here, there))]
    return "; ".join(told) or None


def _only(here: list[str], there: list[str]) -> str:
    left = Counter(word.casefold() for word in there)
    only = []
    for word in here:
        left[word.casefold()] -= 1
        if left[word.casefold()] < 0:
            only.append(word)
    more = f" and {len(only) - _SHOWN:,} more" if len(only) > _SHOWN else ""
    return " ".join(only[:_SHOWN]) + more
