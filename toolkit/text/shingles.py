"""Words and word shingles as hashes: what near-duplicate search compares.

Words are runs of letters and digits, lower-cased; a shingle is n words in a row; a text of fewer words is one shingle.
That is the field's definition, and `hash_words` normalises nothing beyond it. `hash_folded` and `hash_letters` read the
letters as `characters.fold` does. Hashes are the same in every process and on every machine.

A word is a run of characters, a shingle a run of words, a whole text too: one hash of runs, over whole arrays, does it
all (Karp & Rabin 1987).
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.text.characters import BLANK, LOOK_ALIKES, plain_letters, without_hidden

Values = NDArray[np.uint64]
Places = NDArray[np.int64]

_WORD = re.compile(r"\w+")
_BASE = 0x9E3779B97F4A7C15  # odd, so it has an inverse and no bit of a value is lost
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # splitmix64's finaliser (Steele et al. 2014)
_BLOCK = 1 << 16  # characters at a time: their numbers stay in a core's cache
_SKIPPED = 0xFFFFFFFF  # of characters that show nothing, and end no word
_STRESS = (0x300, 0x301, 0x341)  # what is composed is one character by then
# What a letter says about the script that its word can be in.
_LATIN_TWIN, _LATIN_ONLY, _CYRILLIC_TWIN, _CYRILLIC_ONLY = 1, 2, 4, 8
_SPACE = np.uint64(0x2545F4914F6CDD1D)  # between the words of `hash_letters`


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
    return _joined([_hash_block(block) for block in _blocks(texts)])


def hash_folded(texts: Sequence[str]) -> Hashes:
    """Hash the words of texts as `hash_words`, but of their folded letters.

    The same as the words of `characters.fold`, over whole arrays: no case, no ё, no stress marks, nothing invisible,
    letters and digits that are drawn specially are plain, and a word that can be in one script is in one.

    >>> one, other = (hash_folded([text]).hashes.tolist() for text in ("Еще\u0301 ё\u00adлка в CША", "еще елка в США"))
    >>> one == other
    True
    """
    return _joined([_words_of(*_folded_block(block), block) for block in _blocks(texts, fold=True)])


def hash_letters(texts: Sequence[str]) -> Hashes:
    """Hash the folded letters and digits of texts, with one space between words; runs of them are their shingles."""
    return _joined([_letters_of(*_folded_block(block), block) for block in _blocks(texts, fold=True)])


def _joined(parts: list[Hashes]) -> Hashes:
    parts = [Hashes(np.empty(0, np.uint64), np.zeros(1, np.int64)), *parts]
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    return Hashes(np.concatenate([part.hashes for part in parts]), np.concatenate([[0], np.cumsum(counts)]))


def _blocks(texts: Sequence[str], *, fold: bool = False) -> Iterator[list[str]]:
    """Yield the texts in lower case, or composed if they are to be folded, about _BLOCK characters at a time."""
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text.lower() if not fold else text if text.isascii() else unicodedata.normalize("NFC", text))
        size += len(text)
        if size >= _BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _hash_block(texts: list[str]) -> Hashes:
    characters = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), "<u4")
    ends = np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts)))
    return _words_of(_character_values()[characters], ends, texts)


def _folded_block(texts: list[str]) -> tuple[Values, Places]:
    """Return a number for each folded character, 0 for what is in no word, and where each text ends."""
    characters = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), "<u4")
    ends = np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts)))
    codes = _folded_characters()[characters]
    is_skipped = codes == _SKIPPED
    if is_skipped.any():
        ends -= np.cumsum(is_skipped)[ends - 1]
        codes = codes[~is_skipped]
    return _mix(_in_one_script(codes).astype(np.uint64) * np.uint64(_BASE)), ends


def _in_one_script(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Write words that only have letters with a twin in the other script in Cyrillic, if need be in Latin."""
    scripts, twins = _scripts()
    kinds = scripts[np.minimum(codes, len(scripts) - 1)]
    if not kinds.any():
        return codes
    edges = np.flatnonzero(np.diff(codes != 0, prepend=False))
    starts, stops = edges[::2], edges[1::2]
    of_word = np.bitwise_or.reduceat(kinds, starts)  # what is between words has no kind
    lacks_latin, lacks_cyrillic = of_word & _LATIN_ONLY == 0, of_word & _CYRILLIC_ONLY == 0
    cyrillic = (of_word & _LATIN_TWIN != 0) & lacks_latin
    latin = (of_word & _LATIN_ONLY != 0) & (of_word & _CYRILLIC_TWIN != 0) & lacks_cyrillic
    if not (cyrillic | latin).any():
        return codes
    sizes = stops - starts
    places = np.arange(sizes.sum()) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    wanted = np.repeat(np.where(cyrillic, _LATIN_TWIN, np.where(latin, _CYRILLIC_TWIN, 0)), sizes)
    places = places[(wanted != 0) & (kinds[places] == wanted)]
    codes = codes.copy()
    codes[places] = twins[codes[places]]
    return codes


def _words_of(values: Values, ends: Places, texts: list[str]) -> Hashes:
    edges = np.flatnonzero(np.diff(values != 0, prepend=False))  # the last character is a line end, and no word's
    starts, stops = edges[::2], edges[1::2]
    words = _hash_runs(values, starts, stops)
    offsets = np.concatenate([[0], np.searchsorted(starts, ends)])
    is_wordless = np.diff(offsets) == 0
    signs = [_hash_signs(texts[number]) for number in np.flatnonzero(is_wordless).tolist()]
    words = np.insert(words, offsets[:-1][is_wordless], np.array(signs, np.uint64))
    return Hashes(words, offsets + np.concatenate([[0], np.cumsum(is_wordless)]))


def _letters_of(values: Values, ends: Places, texts: list[str]) -> Hashes:
    is_inside = values != 0
    stops = np.flatnonzero(np.diff(is_inside, prepend=False))[1::2]
    of_text = np.searchsorted(ends, stops, side="right")
    is_last = np.append(of_text[1:] != of_text[:-1], np.ones(min(len(stops), 1), bool))
    gaps = stops[~is_last]
    kept = is_inside.copy()
    kept[gaps] = True
    letters = np.where(is_inside, values, _SPACE)[kept]
    offsets = np.concatenate([[0], np.cumsum(kept)[ends - 1]])
    is_empty = np.diff(offsets) == 0
    signs = [_hash_signs(texts[number]) for number in np.flatnonzero(is_empty).tolist()]
    letters = np.insert(letters, offsets[:-1][is_empty], np.array(signs, np.uint64))
    return Hashes(letters, offsets + np.concatenate([[0], np.cumsum(is_empty)]))


def _hash_signs(text: str) -> int:
    signs = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(signs, digest_size=8).digest(), "little")


@lru_cache(maxsize=1)
def _folded_characters() -> NDArray[np.uint32]:
    """Return what each character is when folded, 0 for what is in no word."""
    every = np.arange(sys.maxunicode + 1, dtype="<u4")
    characters = every.tobytes().decode("utf-32-le", "surrogatepass")
    folded = np.zeros(len(every), np.uint32)
    for run in _WORD.finditer(characters):
        folded[run.start() : run.end()] = every[run.start() : run.end()]
    folded[ord("_")] = 0
    shown = np.zeros(len(every), bool)
    shown[np.frombuffer(without_hidden(characters).encode("utf-32-le", "surrogatepass"), "<u4")] = True
    folded[~shown] = _SKIPPED
    folded[[ord(character) for character in BLANK]] = 0
    folded[[*_STRESS]] = _SKIPPED
    # Above the second plane there are ideographs only, and marks that are hidden.
    for code, character in enumerate(plain_letters(characters[:0x20000])):
        if character.isalnum() and not (code == ord(character) and character.casefold() == character != "ё"):
            folded[code] = ord(unicodedata.normalize("NFC", character).casefold().replace("ё", "е")[0])
    return folded


@lru_cache(maxsize=1)
def _scripts() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Return of each folded letter what it says about its word's script, and its twin in the other one."""
    scripts, twins = np.zeros(0x531, np.uint8), np.arange(0x531, dtype=np.uint32)
    scripts[ord("a") : ord("z") + 1] = _LATIN_ONLY
    scripts[0x400:0x530] = _CYRILLIC_ONLY
    for latin, cyrillic in zip(*(map(ord, letters.casefold()) for letters in LOOK_ALIKES), strict=True):
        scripts[latin], scripts[cyrillic] = _LATIN_TWIN, _CYRILLIC_TWIN
        twins[latin], twins[cyrillic] = cyrillic, latin
    return scripts, twins


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
