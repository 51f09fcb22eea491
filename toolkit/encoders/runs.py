"""Many texts as runs of numbers in one array: token or word numbers, and what is done with all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Runs:
    """Texts as runs of numbers.

    Attributes:
        numbers: all texts' numbers, one after the other.
        ends: text i is numbers[ends[i]:ends[i + 1]]; int64, one longer than there are texts.
    """

    numbers: Ints
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]]) -> Runs:
        """Join lists of numbers."""
        ends = np.cumsum([0, *map(len, texts)])
        return cls(np.fromiter(chain.from_iterable(texts), np.int32, count=int(ends[-1])), ends)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def take(self, rows: NDArray[np.int64]) -> Runs:
        """Return some of the texts, in the order asked for.

        >>> runs = Runs(np.array([7, 8, 9], np.int32), np.array([0, 1, 3]))
        >>> runs.take(np.array([1, 0, 1])).numbers.tolist()
        [8, 9, 7, 8, 9]
        """
        starts, lengths = self.ends[rows], self.ends[rows + 1] - self.ends[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        picked = np.repeat(starts - ends[:-1], lengths) + np.arange(ends[-1])
        return Runs(self.numbers[picked], ends)

    def __iter__(self) -> Iterator[Ints]:
        return (self.numbers[start:end] for start, end in pairwise(self.ends.tolist()))

    def join(self, count: int) -> Runs:
        """Return texts made of `count` texts each, one after the other.

        >>> Runs(np.array([7, 8, 9], np.int32), np.array([0, 1, 2, 2, 3])).join(2).ends.tolist()
        [0, 2, 3]
        """
        return Runs(self.numbers, self.ends[::count])

    def shorten(self, most: int) -> Runs:
        """Return the texts without what goes beyond their first `most` numbers.

        >>> Runs(np.array([7, 8, 9], np.int32), np.array([0, 1, 3])).shorten(1).numbers.tolist()
        [7, 8]
        """
        lengths = np.diff(self.ends)
        place = np.arange(len(self.numbers)) - np.repeat(self.ends[:-1], lengths)
        return Runs(self.numbers[place < most], np.concatenate([[0], np.cumsum(np.minimum(lengths, most))]))

    def sum_rows(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for each text the sum of the table's rows that its numbers name; shape (texts, dim)."""
        shape = (len(self), len(table))
        sums: NDArray[np.float32] = (
            csr_array((np.ones(len(self.numbers), np.float32), self.numbers, self.ends), shape=shape) @ table
        )
        return sums

    def expand(self, pieces: Runs) -> Runs:
        """Replace every number by the run that `pieces` has for it.

        >>> pieces = Runs(np.array([5, 6, 7], np.int32), np.array([0, 1, 3]))
        >>> Runs(np.array([1, 0], np.int32), np.array([0, 2])).expand(pieces).numbers.tolist()
        [6, 7, 5]
        """
        spread = pieces.take(self.numbers.astype(np.int64))
        return Runs(spread.numbers, spread.ends[self.ends])
