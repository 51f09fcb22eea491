"""Texts of test sets, looked for in other texts: for stage `decontaminate`, which says what counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.kernels.overlap import SetIndex
from toolkit.options import DecontaminateOptions
from toolkit.text.shingles import Hashes, hash_words, word_shingles, words_keys

_BATCH: Final = 1 << 15  # texts that are hashed at a time
_COMMON: Final = 10  # posts; GPT-3's number of documents
_YO = str.maketrans("ёЁ", "еЕ")


class ReferenceSet(NamedTuple):
    """The texts of a test set.

    Attributes:
        name: by which the list of removals calls it.
        texts: in either language.
        lines: the line, or row, of each, from 1.
    """

    name: str
    texts: Sequence[str]
    lines: Sequence[int]


class Hits(NamedTuple):
    """What the texts of a column share with the references.

    Attributes:
        overlap: of each text with the reference that it shares most with; 0 if it is not contaminated.
        reference: number of that one, the first of equally good ones; any number where overlap is 0.
        is_ru: whether the Russian side has it.
    """

    overlap: NDArray[np.float64]
    reference: NDArray[np.int64]
    is_ru: NDArray[np.bool_]

    def take(self, places: NDArray[np.int64]) -> Hits:
        """Return those of some texts."""
        return Hits(self.overlap[places], self.reference[places], self.is_ru[places])

    def unless(self, is_other: NDArray[np.bool_], other: Hits) -> Hits:
        """Return these, and the other ones where `is_other`."""
        return Hits(
            np.where(is_other, other.overlap, self.overlap),
            np.where(is_other, other.reference, self.reference),
            np.where(is_other, other.is_ru, self.is_ru),
        )


class Shingled(NamedTuple):
    """The references as words and n-grams.

    Attributes:
        first: key of the words of a reference -> the first one that has them.
        long: numbers of the references that may be a part of another text.
        shingles: of these.
        every: index of the shingles.
    """

    first: dict[bytes, int]
    long: NDArray[np.int64]
    shingles: Hashes
    every: SetIndex

    @classmethod
    def of(cls, sets: Sequence[ReferenceSet], options: DecontaminateOptions) -> Shingled:
        """Hash the texts of test sets."""
        words = _words([text for one in sets for text in one.texts])
        first: dict[bytes, int] = {}
        for number, key in enumerate(words_keys(words)):
            first.setdefault(key, number)
        # A text that several test sets have is looked for once, under its first name.
        distinct = np.array(list(first.values()), np.int64)
        long = distinct[np.diff(words.offsets)[distinct] >= 2 * options.ngram]
        shingles = word_shingles(_select(words, long), options.ngram)
        return cls(first, long, shingles, SetIndex(*shingles))

    def common(self, counts: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the n-grams that too many posts have, from how many have each."""
        found: NDArray[np.uint64] = self.every.members[counts > _COMMON]
        return found

    def no_counts(self) -> NDArray[np.int64]:
        """Return a 0 for each n-gram."""
        return np.zeros(len(self.every.members), np.int64)


class References:
    """All references of a run, of which each text is looked up."""

    def __init__(
        self,
        sets: Sequence[ReferenceSet],
        shingled: Shingled,
        common: NDArray[np.uint64],
        options: DecontaminateOptions,
    ) -> None:
        self._options = options
        self._names = [one.name for one in sets for _ in one.texts]
        self._lines = [line for one in sets for line in one.lines]
        self._first, self._long = shingled.first, shingled.long
        self._sizes = shingled.every.sizes
        self._index = _without(shingled.shingles, common)

    def hits(self, texts: pa.ChunkedArray, *, is_ru: bool) -> Hits:
        """Look up texts; a null has nothing."""
        overlap, reference = np.zeros(len(texts)), np.zeros(len(texts), np.int64)
        for start in range(0, len(texts), _BATCH):
            part = slice(start, start + _BATCH)
            overlap[part], reference[part] = self._best([text or "" for text in texts[part].to_pylist()])
        return Hits(overlap, reference, np.full(len(texts), is_ru))

    def listed(self, hits: Hits, ids: pa.ChunkedArray, configs: pa.Array) -> pa.Table:
        """Return the rows of CONTAMINATED for what is contaminated."""
        gone = np.flatnonzero(hits.overlap > 0)
        numbers = hits.reference[gone].tolist()
        columns = {
            "id": ids.take(pa.array(gone)),
            "config": configs.take(pa.array(gone)),
            "test_set": pa.array([self._names[number] for number in numbers], pa.string()),
            "line": pa.array([self._lines[number] for number in numbers], pa.int32()),
            "side": pa.array(np.where(hits.is_ru[gone], "ru", "en").tolist(), pa.string()),
            "overlap": pa.array(np.round(hits.overlap[gone], 4)),
        }
        return schemas.conform(pa.table(columns), schemas.CONTAMINATED)

    def _best(self, texts: list[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        words = _words(texts)
        overlap, reference = np.zeros(len(texts)), np.zeros(len(texts), np.int64)
        is_long = np.diff(words.offsets) >= 2 * self._options.ngram
        for found in self._index.overlaps(*word_shingles(words, self._options.ngram)):
            share = found.shared / self._sizes[found.found]
            share = np.maximum(share, np.where(is_long[found.sets], found.shared / found.sizes, 0))
            enough = np.flatnonzero(share >= self._options.overlap)
            # The first of a text is the best one, and of equally good ones the first reference.
            enough = enough[np.lexsort((found.found[enough], -share[enough], found.sets[enough]))]
            numbers, first = np.unique(found.sets[enough], return_index=True)
            overlap[numbers] = share[enough[first]]
            reference[numbers] = self._long[found.found[enough[first]]]
        same = [self._first.get(key, -1) if text else -1 for key, text in zip(words_keys(words), texts, strict=True)]
        is_same = np.array(same, np.int64) >= 0
        overlap[is_same], reference[is_same] = 1.0, np.array(same, np.int64)[is_same]
        return overlap, reference


def common_ngrams(
    sets: Shingled, posts: Sequence[pa.ChunkedArray], options: DecontaminateOptions
) -> NDArray[np.uint64]:
    """Return the n-grams of references that more than _COMMON posts have."""
    return sets.common(count_ngrams(sets, posts, options))


def count_ngrams(sets: Shingled, posts: Sequence[pa.ChunkedArray], options: DecontaminateOptions) -> NDArray[np.int64]:
    """Return how many texts of posts have each n-gram of the references."""
    counts = sets.no_counts()
    for column in posts:
        for start in range(0, len(column), _BATCH):
            texts = [text or "" for text in column.slice(start, _BATCH).to_pylist()]
            counts += sets.every.count_sets(*word_shingles(_words(texts), options.ngram))
    return counts


def _without(shingles: Hashes, gone: NDArray[np.uint64]) -> SetIndex:
    stays = ~np.isin(shingles.hashes, gone)
    return SetIndex(shingles.hashes[stays], np.concatenate([[0], np.cumsum(stays)])[shingles.offsets])


def _words(texts: Sequence[str]) -> Hashes:
    return hash_words([text.translate(_YO) for text in texts])


def _select(words: Hashes, numbers: Iterable[int]) -> Hashes:
    """Return the words of some of the texts."""
    parts = [words.hashes[words.offsets[number] : words.offsets[number + 1]] for number in numbers]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
    return Hashes(np.concatenate([np.empty(0, np.uint64), *parts]), offsets)


def better(ru: Hits, en: Hits) -> Hits:
    """Return of each text the side that shares more with a reference, the Russian one of two equal ones."""
    return ru.unless(en.overlap > ru.overlap, en)
