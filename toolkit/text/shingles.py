"""Words and word shingles as hashes: what near-duplicate search compares.

Words are runs of letters and digits, lower-cased; a shingle is n words in a row; a text of fewer words is one shingle.
That is the field's definition, and nothing is normalised beyond it, so the similarity here is the one that others
compute from the same text. Hashes are the same in every process and on every machine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so no bit of an earlier word is lost
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # splitmix64's finaliser (Steele et al. 2014)


class Hashes(NamedTuple):
    """The hashed words, or shingles, of several texts, one text after the other.

    Attributes:
        hashes: uint64, in the order of the text; one that a text has twice is there twice.
        offsets: int64, one more than texts; text i has hashes[offsets[i]:offsets[i + 1]], at least one.
    """

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]


def hash_words(texts: Sequence[str]) -> Hashes:
    """Hash the words of texts; a text without words is one word, because two thumbs are no two flags.

    >>> found = hash_words(["В 2025 г. — «Ёлка-2»", "в 2025 Г", "👍"])
    >>> found.offsets.tolist(), bool((found.hashes[:3] == found.hashes[5:8]).all())
    ([0, 5, 8, 9], True)
    """
    tokens = _Tokens()
    numbers: list[int] = []
    ends = [0]
    for text in texts:
        numbers.extend(map(tokens.__getitem__, text.lower().split()))
        ends.append(len(numbers))
    token = np.array(numbers, np.int64)
    sizes = np.fromiter(map(len, tokens.hashes), np.int64, len(tokens.hashes))
    hashes = np.fromiter(chain.from_iterable(tokens.hashes), np.uint64, int(sizes.sum()))
    bounds = np.concatenate([[0], np.cumsum(sizes[token])])
    # Word k of a token stands k places after the token's first one.
    places = np.arange(bounds[-1]) + np.repeat((np.cumsum(sizes) - sizes)[token] - bounds[:-1], sizes[token])
    offsets = bounds[np.array(ends)]
    is_wordless = np.diff(offsets) == 0
    signs = [_hash(" ".join(texts[number].split())) for number in np.flatnonzero(is_wordless).tolist()]
    words = np.insert(hashes[places], offsets[:-1][is_wordless], np.array(signs, np.uint64))
    return Hashes(words, offsets + np.concatenate([[0], np.cumsum(is_wordless)]))


class _Tokens(dict[str, int]):
    """Numbers what stands between spaces; hashes[number] are those of its words."""

    def __init__(self) -> None:
        super().__init__()
        self.hashes: list[tuple[int, ...]] = []

    def __missing__(self, token: str) -> int:
        self.hashes.append(_hash_token(token))
        number = self[token] = len(self.hashes) - 1
        return number


@lru_cache(maxsize=1 << 17)  # of what stands between spaces most is seen again and again
def _hash_token(token: str) -> tuple[int, ...]:
    return tuple(_hash(word) for word in _WORD.findall(token))


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def words_keys(words: Hashes) -> list[bytes]:
    """Return 16 bytes for each text, equal for texts with the same words in the same order."""
    data = words.hashes.astype("<u8").tobytes()
    bounds = (words.offsets * 8).tolist()
    return [hashlib.blake2b(data[start:stop], digest_size=16).digest() for start, stop in pairwise(bounds)]


def word_shingles(words: Hashes, n: int) -> Hashes:
    """Hash the runs of n words of each text; of a text of fewer words its only run.

    >>> found = word_shingles(hash_words(["The same five words here", "the same five words, here!", "other"]), 5)
    >>> found.offsets.tolist(), bool(found.hashes[0] == found.hashes[1])
    ([0, 1, 2, 3], True)
    """
    counts = np.diff(words.offsets)
    n_shingles = np.maximum(counts - n + 1, 1)
    offsets = np.concatenate([[0], np.cumsum(n_shingles)])
    # Within a text, shingle k begins k words after its first word.
    starts = np.arange(offsets[-1]) + np.repeat(words.offsets[:-1] - offsets[:-1], n_shingles)
    sizes = np.repeat(np.minimum(counts, n), n_shingles)
    return Hashes(_hash_runs(words.hashes, starts, sizes, n), offsets)


def _hash_runs(
    hashes: NDArray[np.uint64], starts: NDArray[np.int64], sizes: NDArray[np.int64], n: int
) -> NDArray[np.uint64]:
    """Hash the runs of `sizes` <= n words from `starts`: a polynomial in the words' hashes, then mixed."""
    padded = np.concatenate([hashes, np.zeros(n, np.uint64)])
    is_short = np.flatnonzero(sizes < n)
    total = np.ones(len(starts), np.uint64)
    for k in range(n):
        before = total[is_short]
        total *= _BASE
        total += padded[starts + k]
        total[is_short] = np.where(k < sizes[is_short], total[is_short], before)
    total ^= total >> np.uint64(30)
    total *= _MIX[0]
    total ^= total >> np.uint64(27)
    total *= _MIX[1]
    return total ^ (total >> np.uint64(31))
