"""MinHash signatures and LSH bands (Broder 1997; Leskovec, Rajaraman & Ullman, ch. 3), and exact Jaccard to verify.

Bands only propose pairs; what counts is the exact similarity of each proposed pair, so chance costs recall and never
precision.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Hashes = NDArray[np.uint64]
Offsets = NDArray[np.int64]

_BLOCK = 1 << 15  # shingles at a time: a block and its products stay in a core's cache
_MEMBERS = 1 << 22  # of the sets of the pairs that are compared at a time, which bounds the memory
_COLUMNS = (1 << 63) - 1  # of a matrix of sets: any number below is a member
# Members of a large bucket meet the first ones, who stay if they are alike, and those next to them.
_FIRST, _NEXT = 4, 8


def minhash_signatures(hashes: Hashes, offsets: Offsets, num_perm: int, seed: int) -> NDArray[np.uint32]:
    """Return MinHash signatures, (sets, num_perm); the share of equal places estimates the Jaccard similarity.

    The permutations are x -> a x + b, a odd, of the upper 32 bits of the shingle hashes.

    Args:
        hashes: shingle hashes of all sets, one set after the other.
        offsets: set i is hashes[offsets[i]:offsets[i + 1]]; none is empty.
        num_perm: number of hash functions.
        seed: chooses them.

    >>> words = np.random.default_rng(0).integers(0, 1 << 64, 1000, dtype=np.uint64)
    >>> two = np.concatenate([words[:900], words[100:]])  # 800 shared of 1000
    >>> first, second = minhash_signatures(two, np.array([0, 900, 1800]), 1024, 1)
    >>> round(float((first == second).mean()), 1)
    0.8
    """
    random = np.random.Generator(np.random.PCG64(seed))
    factors = random.integers(0, 1 << 32, num_perm, dtype=np.uint32) | np.uint32(1)
    terms = random.integers(0, 1 << 32, num_perm, dtype=np.uint32)
    signatures = np.empty((len(offsets) - 1, num_perm), np.uint32)
    for start, stop in _row_blocks(offsets):
        first, last = offsets[start], offsets[stop]
        block, starts = (hashes[first:last] >> np.uint64(32)).astype(np.uint32), offsets[start:stop] - first
        product, minima = np.empty_like(block), np.empty((num_perm, stop - start), np.uint32)
        for k in range(num_perm):
            np.multiply(block, factors[k], out=product)
            product += terms[k]
            np.minimum.reduceat(product, starts, out=minima[k])
        signatures[start:stop] = minima.T
    return signatures


def _row_blocks(offsets: Offsets) -> Iterator[tuple[int, int]]:
    """Cut the sets into runs of about _BLOCK shingles, at least one set each."""
    start, n_sets = 0, len(offsets) - 1
    while start < n_sets:
        stop = int(np.searchsorted(offsets, offsets[start] + _BLOCK, side="right")) - 1
        stop = min(max(stop, start + 1), n_sets)
        yield start, stop
        start = stop


def band_keys(signatures: NDArray[np.uint32], bands: int) -> NDArray[np.uint64]:
    """Return one key for each band, (sets, bands); sets that share a key in a band are candidates.

    >>> keys = band_keys(np.array([[1, 2, 3, 4], [1, 2, 9, 9]], np.uint32), 2)
    >>> (keys[0] == keys[1]).tolist()
    [True, False]
    """
    rows = signatures.shape[1] // bands
    parts = signatures.reshape(len(signatures), bands, rows).astype(np.uint64)
    keys = np.zeros((len(signatures), bands), np.uint64)
    for row in range(rows):
        keys = (keys ^ parts[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    return keys


class CandidatePairs:
    """The pairs of sets that share a band key, each once.

    Attributes:
        is_cut: (sets,) whether a set was in a bucket of more than `max_bucket` sets; all of them after the iteration.

    >>> keys = np.array([[1, 5], [1, 6], [2, 6], [3, 7]], np.uint64)
    >>> np.concatenate(list(CandidatePairs(keys, 10))).tolist()
    [[0, 1], [1, 2]]
    """

    def __init__(self, keys: NDArray[np.uint64], block: int, max_bucket: int | None = None) -> None:
        """Prepare the search.

        Args:
            keys: (sets, bands), the best set first.
            block: pairs that are yielded at a time, about.
            max_bucket: of a key that more sets have, each set only meets the first of them and those next to it, so
                that the work is linear. None: all meet.
        """
        self.is_cut = np.zeros(len(keys), bool)
        self._keys, self._block, self._max_bucket = keys, block, max_bucket

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        """Yield the pairs, (n, 2) with i < j."""
        waiting: list[NDArray[np.int64]] = []
        n_waiting = 0
        places: list[NDArray[np.int32] | None] = []
        for band in range(self._keys.shape[1]):
            buckets = Buckets(self._keys[:, band], self._max_bucket)
            self.is_cut[buckets.cut] = True
            for pairs in buckets.pairs(self._block):
                waiting.append(pairs[~_have_met(pairs, self._keys[:, :band], places)])
                n_waiting += len(waiting[-1])
                if n_waiting >= self._block:
                    yield np.concatenate(waiting)
                    waiting, n_waiting = [], 0
            places.append(buckets.places(len(self._keys)))
        if n_waiting:
            yield np.concatenate(waiting)


def _have_met(
    pairs: NDArray[np.int64], keys: NDArray[np.uint64], places: list[NDArray[np.int32] | None]
) -> NDArray[np.bool_]:
    """Tell which pairs an earlier band has yielded."""
    same = keys[pairs[:, 0]] == keys[pairs[:, 1]]
    for band, place in enumerate(places):
        if place is not None:
            first, second = place[pairs[:, 0]], place[pairs[:, 1]]
            same[:, band] &= (first < _FIRST) | (second - first <= _NEXT)
    met: NDArray[np.bool_] = same.any(axis=1)
    return met


class Buckets:
    """The places of equal keys.

    Attributes:
        cut: the places whose keys more than `max_bucket` places have.

    >>> [pairs.tolist() for pairs in Buckets(np.array([7, 9, 7, 7], np.uint64), None).pairs(10)]
    [[[0, 2], [0, 3], [2, 3]]]
    """

    def __init__(self, keys: NDArray[np.uint64], max_bucket: int | None) -> None:
        """Sort the keys; `max_bucket` is as in `CandidatePairs`."""
        order = _not_alone(keys)
        self._order = order[np.argsort(keys[order], kind="stable")]
        ordered = keys[self._order]
        place = np.arange(len(order))
        self._before = place - np.searchsorted(ordered, ordered)
        self._n_followers = np.searchsorted(ordered, ordered, side="right") - place - 1
        self._is_large = np.zeros(len(order), bool)
        if max_bucket is not None:
            self._is_large = self._before + self._n_followers >= max_bucket
            some = self._is_large & (self._before >= _FIRST)
            self._n_followers = np.where(some, np.minimum(self._n_followers, _NEXT), self._n_followers)
        self.cut = self._order[self._is_large]

    def pairs(self, block: int) -> Iterator[NDArray[np.int64]]:
        """Yield the pairs of places, (n, 2) with i < j: each member with its followers in the bucket."""
        leaders = np.flatnonzero(self._n_followers)
        block_of = np.cumsum(self._n_followers[leaders]) // block
        for some in np.split(leaders, np.flatnonzero(np.diff(block_of)) + 1):
            counts = self._n_followers[some]
            one = np.repeat(some, counts)
            other = np.arange(len(one)) + np.repeat(some + 1 + counts - np.cumsum(counts), counts)
            yield np.stack([self._order[one], self._order[other]], axis=1)

    def places(self, size: int) -> NDArray[np.int32] | None:
        """Return the place of each key in its bucket, -1 in one where all meet; None if there is no other bucket."""
        if not len(self.cut):
            return None
        places = np.full(size, -1, np.int32)
        places[self.cut] = self._before[self._is_large]
        return places


def _not_alone(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the places of all keys that occur twice or more, and of few others: what is worth sorting."""
    bits = len(keys).bit_length() + 3  # 8 to 16 times as many boxes as keys: one in ten shares its box by chance
    box = (keys >> np.uint64(64 - bits)).astype(np.int64)
    return np.flatnonzero(np.bincount(box)[box] > 1)


def jaccard(hashes: Hashes, offsets: Offsets, pairs: NDArray[np.int64], least: float = 0.0) -> NDArray[np.float64]:
    """Return the exact Jaccard similarity of pairs of sets.

    Args:
        hashes: shingle hashes of all sets, one set after the other; one that a set has twice counts once.
        offsets: set i is hashes[offsets[i]:offsets[i + 1]].
        pairs: (n, 2) set numbers.
        least: of pairs of which the sizes show that they have less, 0 is returned, and their members are not compared.

    >>> hashes, offsets = np.array([1, 3, 2, 2, 3, 4, 3], np.uint64), np.array([0, 3, 7])
    >>> jaccard(hashes, offsets, np.array([[0, 1], [0, 0]])).tolist()
    [0.5, 1.0]
    """
    shared, sizes = shared_sizes(hashes, offsets, pairs, least)
    return np.asarray(shared / (sizes[pairs[:, 0]] + sizes[pairs[:, 1]] - shared), np.float64)


def shared_sizes(
    hashes: Hashes, offsets: Offsets, pairs: NDArray[np.int64], least: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many members the two sets of each pair share, and how many each set has; arguments as `jaccard`."""
    members, starts = ordered_sets(hashes, offsets)
    return count_shared(members, starts, pairs, least), np.diff(starts)


def ordered_sets(hashes: Hashes, offsets: Offsets) -> tuple[NDArray[np.int64], Offsets]:
    """Return the members of each set in ascending order, each once, and the offsets of the sets.

    A member is its hash without the highest bit: a number that a sparse matrix takes for a column.

    >>> members, offsets = ordered_sets(np.array([8, 2, 8, 6], np.uint64), np.array([0, 3, 4]))
    >>> members.tolist(), offsets.tolist()
    ([2, 8, 6], [0, 2, 3])
    """
    members = (hashes & np.uint64(_COLUMNS)).astype(np.int64)
    for start, stop in itertools.pairwise(offsets.tolist()):
        members[start:stop].sort()
    is_new = np.ones(len(members), bool)
    is_new[1:] = members[1:] != members[:-1]
    is_new[offsets[:-1][np.diff(offsets) > 0]] = True
    return members[is_new], np.concatenate([[0], np.cumsum(is_new)])[offsets]


def count_shared(
    members: NDArray[np.int64], offsets: Offsets, pairs: NDArray[np.int64], least: float = 0.0
) -> NDArray[np.int64]:
    """Return how many members the two sets of each pair share; the sets are those of `ordered_sets`.

    For pairs whose Jaccard similarity is below `least` whatever they share, as their sizes show, 0 is returned.
    """
    sizes = np.diff(offsets)
    of_pairs = np.sort(sizes[pairs], axis=1)
    compared = np.flatnonzero(of_pairs[:, 0] >= least * of_pairs[:, 1])  # J <= smaller / larger
    sets = sparse.csr_array((np.ones(len(members), np.int8), members, offsets), shape=(len(sizes), _COLUMNS))
    block_of = np.cumsum(of_pairs[compared].sum(axis=1)) // _MEMBERS
    shared = np.zeros(len(pairs), np.int64)
    for some in np.split(compared, np.flatnonzero(np.diff(block_of)) + 1):
        shared[some] = np.diff(sets[pairs[some, 0]].multiply(sets[pairs[some, 1]]).indptr)
    return shared
