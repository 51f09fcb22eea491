"""Texts as arrays of letters, many at once: what `language` counts and compares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.text.characters import plain_letters, without_hidden

Values = NDArray[Any]

SIGN: Final = 0  # and spaces, digits, emoji
CYRILLIC: Final = 1
LATIN: Final = 2
OTHER: Final = 3  # letters of other scripts
INSIDE: Final = 4  # apostrophes and hyphens: parts of words that are no letters
_HIDDEN: Final = 5
_KNOWN: Final = 0x20000  # code points behind are ideographs, or no letters

_CYRILLIC_BLOCKS: Final = (range(0x400, 0x530),)
_LATIN_BLOCKS: Final = (range(0x41, 0x5B), range(0x61, 0x7B), (0xAA, 0xBA), range(0xC0, 0x250), range(0x1E00, 0x1F00))
_INSIDE: Final = "'’ʼ-"
_STRESS: Final = "\u0300\u0301"


class Letters(NamedTuple):
    """Characters of texts, one after the other, without those that show nothing; a sign stands behind each text.

    Attributes:
        codes: code points, letters that are drawn specially as plain ones.
        kinds: SIGN, CYRILLIC, LATIN, OTHER or INSIDE.
        stops: where each text's sign stands.
    """

    codes: Values
    kinds: Values
    stops: Values

    def counts(self, kind: int) -> Values:
        """Return how many characters of a kind each text has."""
        return np.add.reduceat(self.kinds == kind, self._starts(), dtype=np.int64)

    def _starts(self) -> Values:
        return np.concatenate(([0], self.stops[:-1] + 1))

    def of(self, texts: Values) -> Letters:
        """Return some of the texts.

        Args:
            texts: bool, which.
        """
        lengths = np.diff(self.stops, prepend=-1)
        kept = np.repeat(texts, lengths)
        return Letters(self.codes[kept], self.kinds[kept], np.cumsum(lengths[texts]) - 1)

    def only(self, is_kept: Values, limit: int) -> Letters:
        """Return the texts as words of the characters kept, with one sign behind each, cut at a length."""
        is_kept = is_kept.copy()
        is_kept[self.stops] = False
        stays = is_kept | np.concatenate(([False], is_kept[:-1]))
        stays[self.stops] = True
        places = np.cumsum(stays, dtype=np.int32)
        ends = places[self.stops]  # in characters that stay, one too many
        begins = np.concatenate(([0], ends[:-1]))
        rank = places - np.repeat(begins, np.diff(self.stops, prepend=-1))
        stays &= rank <= limit
        stays[self.stops] = True
        codes = np.where(is_kept, self.codes, ord(" "))[stays]
        kinds = np.where(is_kept, self.kinds, SIGN)[stays]
        return Letters(codes, kinds, np.cumsum(stays, dtype=np.int32)[self.stops] - 1)

    def texts(self) -> list[str]:
        """Return the texts as strings."""
        codes = self.codes.astype("<u4")
        codes[self.stops] = 0
        return codes.tobytes().decode("utf-32-le", "surrogatepass").split("\0")[:-1]


def letters_of(texts: Sequence[str]) -> Letters:
    """Return what the texts are made of; not empty."""
    shown, kinds = _table()
    joined = "\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, "<u4")
    if len(codes) and codes.max() >= _KNOWN:
        codes = np.minimum(codes, _KNOWN - 1)
    stops = np.cumsum([len(text) + 1 for text in texts]) - 1
    kind = kinds[codes]
    kind[stops] = SIGN
    is_hidden = kind == _HIDDEN
    codes = shown[codes]
    if is_hidden.any():
        stays = ~is_hidden
        stops = np.cumsum(stays, dtype=np.int32)[stops] - 1
        codes, kind = codes[stays], kind[stays]
    return Letters(codes, kind, stops)


@cache
def _table() -> tuple[Values, Values]:
    """Return code point -> the plain one and -> its kind."""
    everything = "".join(chr(code) if not 0xD800 <= code < 0xE000 else " " for code in range(_KNOWN))
    plain = plain_letters(everything)
    codes = np.frombuffer(plain.encode("utf-32-le"), "<u4").astype(np.int32)
    kinds = np.fromiter((OTHER if letter.isalpha() else SIGN for letter in plain), np.uint8, _KNOWN)
    kinds[-1] = OTHER
    for kind, blocks in ((CYRILLIC, _CYRILLIC_BLOCKS), (LATIN, _LATIN_BLOCKS)):
        for block in blocks:
            kinds[np.isin(codes, list(block)) & (kinds == OTHER)] = kind
    kinds[[ord(sign) for sign in _INSIDE]] = INSIDE
    kinds[[ord(sign) for sign in _STRESS]] = _HIDDEN
    for code in range(0x80, _KNOWN):
        if kinds[code] == SIGN and not without_hidden(everything[code]):
            kinds[code] = _HIDDEN
    return codes, kinds
