"""Words and word shingles as hashes: what near-duplicate search compares.

Words are runs of letters and digits, lower-cased; a shingle is n words in a row; a text of fewer words is one shingle.
That is the field's definition, and nothing is normalised beyond it, so the similarity here is the one that others
compute from the same text. Hashes are the same in every process and on every machine.

A word is a run of characters, a shingle a run of words, a whole text too: one hash of runs, over whole arrays, does it
all (Karp & Rabin 1987).
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.uint64]
Places = NDArray[np.int64]

_WORD = re.compile(r"\w+")
_BASE = 0x9E3779B97F4A7C15  # odd, so it has an inverse and no bit of a value is lost
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # splitmix64's finaliser (Steele et al. 2014)
_BLOCK = 1 << 16  # characters at a time: their numbers stay in a core's cache


class Hashes(NamedTuple):
    """The hashed words, or shingles, of several texts, one text after the other.

    Attributes:
        hashes: uint64, in the order of the text; one that a text has twice is there twice.
        offsets: int64, one more than texts; text i has hashes[offsets[i]:offsets[i + 1]], at least one.
    """

    hashes: Values
    offsets: Places


def hash_words(texts: Sequence[str]) -> Hashes:
    """Hash the words of texts; a text without words is one word, because two thumbs are no two flags.

    >>> found = hash_words(["В 2025 г. — «Ёлка-2»", "в 2025 Г", "👍"])
    >>> found.offsets.tolist(), bool((found.hashes[:3] == found.hashes[5:8]).all())
    ([0, 5, 8, 9], True)
    """
    parts = [Hashes(np.empty(0, np.uint64), np.zeros(1, np.int64)), *map(_hash_block, _blocks(texts))]
    hashes = np.concatenate([part.hashes for part in parts])
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    return Hashes(hashes, np.concatenate([[0], np.cumsum(counts)]))


def _blocks(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts in lower case, about _BLOCK characters at a time."""
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text.lower())
        size += len(text)
        if size >= _BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _hash_block(texts: list[str]) -> Hashes:
    characters = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), "<u4")
    values = _character_values()[characters]
    is_inside = values != 0
    edges = np.flatnonzero(np.diff(is_inside, prepend=False))  # the last character is a line end, and no word's
    starts, stops = edges[::2], edges[1::2]
    words = _hash_runs(values, starts, stops)
    ends = np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts)))
    offsets = np.concatenate([[0], np.searchsorted(starts, ends)])
    is_wordless = np.diff(offsets) == 0
    signs = [_hash_signs(texts[number]) for number in np.flatnonzero(is_wordless).tolist()]
    words = np.insert(words, offsets[:-1][is_wordless], np.array(signs, np.uint64))
    return Hashes(words, offsets + np.concatenate([[0], np.cumsum(is_wordless)]))


def _hash_signs(text: str) -> int:
    signs = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(signs, digest_size=8).digest(), "little")


@lru_cache(maxsize=1)
def _character_values() -> Values:
    """Return a number for each character that words are made of, 0 for the others."""
    every = np.arange(sys.maxunicode + 1, dtype="<u4")
    values = np.zeros(len(every), np.uint64)
    for run in _WORD.finditer(every.tobytes().decode("utf-32-le", "surrogatepass")):
        values[run.start() : run.end()] = every[run.start() : run.end()]
    return _mix(values * np.uint64(_BASE))  # 0 stays 0, and nothing else becomes it


def words_keys(words: Hashes) -> list[bytes]:
    """Return 16 bytes for each text, equal for texts with the same words in the same order."""
    starts, stops = words.offsets[:-1], words.offsets[1:]
    halves = [_hash_runs(values, starts, stops) for values in (words.hashes, _mix(words.hashes))]
    data = np.stack(halves, axis=1).astype("<u8").tobytes()
    return [data[start : start + 16] for start in range(0, len(data), 16)]


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
    return Hashes(_hash_runs(words.hashes, starts, starts + np.repeat(np.minimum(counts, n), n_shingles)), offsets)


def _hash_runs(values: Values, starts: Places, stops: Places) -> Values:
    """Hash values[start:stop] for each start and stop; both ascend, and no run is empty.

    A polynomial in the base: with value i weighted by base^i, a run is a difference of running sums, and base^-start
    moves it to where every equal run is. Then mixed, because the lowest bits of such a sum know little.
    """
    hashes = np.empty(len(starts), np.uint64)
    done = 0
    while done < len(starts):
        first = starts[done]
        until = int(np.searchsorted(starts, first + _BLOCK))
        block = values[first : stops[until - 1]]
        powers, inverses = _powers(1 << len(block).bit_length())
        sums = np.zeros(len(block) + 1, np.uint64)
        np.cumsum(block * powers[: len(block)], out=sums[1:])
        here = starts[done:until] - first
        hashes[done:until] = (sums[stops[done:until] - first] - sums[here]) * inverses[here]
        done = until
    return _mix(hashes)


@lru_cache(maxsize=4)
def _powers(size: int) -> tuple[Values, Values]:
    """Return base^0, base^1, ... and base^0, base^-1, ..., modulo 2^64."""
    powers = np.full((2, size), [[_BASE], [pow(_BASE, -1, 1 << 64)]], np.uint64)
    powers[:, 0] = 1
    np.multiply.accumulate(powers, axis=1, out=powers)
    return powers[0], powers[1]


def _mix(values: Values) -> Values:
    values = values ^ (values >> np.uint64(30))
    values *= _MIX[0]
    values ^= values >> np.uint64(27)
    values *= _MIX[1]
    return values ^ (values >> np.uint64(31))
