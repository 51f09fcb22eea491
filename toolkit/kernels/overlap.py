"""Which of many sets share members with which of a fixed collection, counted exactly through an inverted index."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

_OWNER = np.uint64(0x9E3779B97F4A7C15)  # far apart, so that no two sets' members fall on each other
_BLOCK = 1 << 22  # members that are met at a time, which bounds the memory
_PAIRS = 1 << 17  # pairs whose members are compared at a time
_ROUNDING = 1e-9  # of a share times a size; what is that near to the threshold is in


class Overlaps(NamedTuple):
    """Pairs of a set and a set of the collection that share something, sorted by both numbers.

    Attributes:
        sets: number of the set that was looked up.
        found: number of the set of the collection.
        shared: distinct members that both have, at least 1.
        sizes: distinct members of the set that was looked up.
    """

    sets: Ints
    found: Ints
    shared: Ints
    sizes: Ints


class SetIndex:
    """A collection of sets, indexed by member.

    Attributes:
        sizes: (sets,) distinct members of each.
        members: (members,) all of them, ascending.
    """

    def __init__(self, hashes: Hashes, offsets: Ints) -> None:
        """Index the sets.

        Args:
            hashes: of the members, one set after the other; one that a set has twice counts once.
            offsets: set i is hashes[offsets[i]:offsets[i + 1]].
        """
        self.members, numbers = np.unique(hashes, return_inverse=True)
        shape = (len(offsets) - 1, len(self.members))
        self._sets = _as_matrix(numbers.reshape(-1).astype(np.int64, copy=False), offsets, shape)
        self.sizes: Ints = np.diff(self._sets.indptr).astype(np.int64)
        self._known_prefixes: dict[float, tuple[sparse.csr_array, Ints, sparse.csr_array]] = {}
        # Most members of other sets are not here, and this tells for nearly all of them without a search.
        self._shift = np.uint64(64 - len(self.members).bit_length() - 4)
        self._is_there = np.zeros(1 << int(64 - self._shift), bool)
        self._is_there[(self.members >> self._shift).astype(np.int64)] = True

    def count_sets(self, hashes: Hashes, offsets: Ints) -> Ints:
        """Return how many other sets have each of the members; arguments as for the index."""
        _, met = self._known_members(hashes, offsets)
        return np.bincount(met.indices, minlength=len(self.members))

    def overlaps(self, hashes: Hashes, offsets: Ints) -> Iterator[Overlaps]:
        """Yield all overlaps of other sets with those of the collection; arguments as for the index.

        >>> index = SetIndex(np.array([1, 2, 3, 2, 4], np.uint64), np.array([0, 3, 5]))
        >>> list(index.overlaps(np.array([9, 3, 2, 2], np.uint64), np.array([0, 1, 4])))
        [Overlaps(sets=array([1, 1]), found=array([0, 1]), shared=array([2, 1]), sizes=array([2, 2]))]
        """
        rows, matrix = self._known_members(hashes, offsets)
        distinct = _distinct_members(hashes, offsets)
        for places, found, shared in _meet(matrix, self._sets_of):
            yield Overlaps(rows[places], found, shared, distinct[rows[places]])

    def near(self, hashes: Hashes, offsets: Ints, threshold: float) -> Iterator[tuple[Ints, Ints]]:
        """Yield all pairs of an other set and one of the collection with a Jaccard similarity of at least a threshold.

        The prefix filter (Bayardo, Ma & Srikant 2007, "Scaling up all pairs similarity search"; Xiao et al. 2008): two
        sets that are near share one of the rarest (1 - threshold) n + 1 members of each. So what all sets have, like
        the words that every post of a channel begins with, makes nobody meet.

        Args:
            hashes: as for the index.
            offsets: as for the index.
            threshold: 0..1, above 0.

        Yields:
            Numbers of the other sets and of those of the collection, sorted by both.
        """
        rows, matrix = self._known_members(hashes, offsets)
        sizes = _distinct_members(hashes, offsets)[rows]
        # Most sets have too few members of the collection to be near to any of its sets.
        known = np.diff(matrix.indptr)
        may_be = known >= np.ceil(threshold * sizes - _ROUNDING)
        rows, sizes, known, matrix = rows[may_be], sizes[may_be], known[may_be], matrix[may_be]
        # A member that the collection lacks is the rarest, and meets nobody.
        lengths = _prefix_lengths(sizes, threshold) - (sizes - known)
        own, frequency, index = self._prefixes(threshold)
        for places, found, _ in _meet(_rarest(matrix, frequency, lengths), index):
            for start in range(0, len(places), _PAIRS):
                one, other = places[start : start + _PAIRS], found[start : start + _PAIRS]
                shared = np.asarray(matrix[one].multiply(own[other]).sum(axis=1)).reshape(-1)
                is_near = shared >= threshold * (sizes[one] + self.sizes[other] - shared) - _ROUNDING
                yield rows[one[is_near]], other[is_near]

    @cached_property
    def _sets_of(self) -> sparse.csr_array:
        """Return (members, sets)."""
        return self._sets.T.tocsr()

    def _prefixes(self, threshold: float) -> tuple[sparse.csr_array, Ints, sparse.csr_array]:
        """Return (sets, members), how many sets have each member, and (members, sets) of the rarest of each set."""
        if threshold not in self._known_prefixes:
            frequency = np.bincount(self._sets.indices, minlength=len(self.members))
            rarest = _rarest(self._sets, frequency, _prefix_lengths(self.sizes, threshold))
            self._known_prefixes[threshold] = self._sets, frequency, rarest.T.tocsr()
        return self._known_prefixes[threshold]

    def _known_members(self, hashes: Hashes, offsets: Ints) -> tuple[Ints, sparse.csr_array]:
        """Return the numbers of the sets that have any member of the collection, and which of them they have."""
        places = np.flatnonzero(self._is_there[(hashes >> self._shift).astype(np.int64)])
        columns = np.searchsorted(self.members, hashes[places])
        padded = np.append(self.members, np.uint64(0))  # what is above all members would be in the last place
        is_found = (columns < len(self.members)) & (padded[columns] == hashes[places])
        places, columns = places[is_found], columns[is_found]
        rows, counts = np.unique(np.searchsorted(offsets, places, side="right") - 1, return_counts=True)
        bounds = np.concatenate([[0], np.cumsum(counts)])
        return rows, _as_matrix(columns, bounds, (len(rows), len(self.members)))


def _meet(matrix: sparse.csr_array, sets_of: sparse.csr_array) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield row, set and how many members they share, of those that share any, sorted by both.

    Args:
        matrix: (rows, members).
        sets_of: (members, sets).
    """
    work = np.cumsum(matrix @ np.diff(sets_of.indptr).astype(np.int64))
    start = 0
    while start < matrix.shape[0]:
        before = work[start - 1] if start else 0
        stop = max(int(np.searchsorted(work, before + _BLOCK, side="right")), start + 1)
        met = (matrix[start:stop] @ sets_of).tocsr()
        met.sort_indices()
        rows = start + np.repeat(np.arange(stop - start), np.diff(met.indptr))
        yield rows, met.indices.astype(np.int64), met.data.astype(np.int64)
        start = stop


def _prefix_lengths(sizes: Ints, threshold: float) -> Ints:
    """Return how many of its rarest members a set must be known by: without them, too few for a near one are left."""
    needed: Ints = np.ceil(threshold * sizes - _ROUNDING).astype(np.int64)
    return sizes - needed + 1


def _rarest(matrix: sparse.csr_array, frequency: Ints, lengths: Ints) -> sparse.csr_array:
    """Return of each row the rarest members, as many as its length says."""
    counts = np.diff(matrix.indptr)
    offsets = np.concatenate([[0], np.cumsum(np.clip(lengths, 0, counts))])
    blocks = np.searchsorted(matrix.indptr, np.arange(0, matrix.indptr[-1], max(_BLOCK >> 2, 1))).tolist()
    columns = [np.empty(0, np.int64)]
    for start, stop in pairwise([*dict.fromkeys(blocks), len(counts)]):  # sorting takes many times what it sorts
        indices = matrix.indices[matrix.indptr[start] : matrix.indptr[stop]]
        own = counts[start:stop]
        owners = np.repeat(np.arange(len(own)), own)
        order = np.lexsort((indices, frequency[indices], owners))
        is_rare = np.arange(len(order)) - np.repeat(np.cumsum(own) - own, own) < lengths[start:stop][owners]
        columns.append(indices[order[is_rare]].astype(np.int64))
    return _as_matrix(np.concatenate(columns), offsets, matrix.shape)


def _distinct_members(hashes: Hashes, offsets: Ints) -> Ints:
    """Return how many members each set has, one that it has twice counted once."""
    counts = np.diff(offsets)
    owner = np.repeat(np.arange(len(counts)), counts)
    keys = hashes + owner.astype(np.uint64) * _OWNER
    order = np.argsort(keys)
    is_again = np.zeros(len(keys), bool)
    is_again[1:] = keys[order[1:]] == keys[order[:-1]]
    return counts - np.bincount(owner[order[is_again]], minlength=len(counts))


def _as_matrix(columns: Ints, offsets: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    """Return the sets as rows with a 1 for each member."""
    # A copy: without one, the next line would write into the caller's offsets.
    matrix = sparse.csr_array((np.ones(len(columns), np.int32), columns, offsets), shape=shape, copy=True)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
