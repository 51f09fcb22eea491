"""Pairs of sets that share a few members, found through a sample of each: what proposes copies and parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.minhash import Buckets, Hashes, Offsets

Ints = NDArray[np.int64]

_PAIRS = 1 << 20  # pairs of places that are counted at a time


class Meetings(NamedTuple):
    """Pairs of sets whose samples share members, sorted.

    Attributes:
        pairs: (n, 2) set numbers, the smaller one first.
        shared: (n,) how many members they share.
        is_cut: (sets,) whether a set has a member that more than `max_sets` sets have.
    """

    pairs: Ints
    shared: Ints
    is_cut: NDArray[np.bool_]


def sample_sets(hashes: Hashes, offsets: Offsets, size: int) -> tuple[Hashes, Offsets]:
    """Return about `size` members of each set, all of a smaller one: the same ones of every set that has them.

    The members below a limit that the set's size gives are taken (Broder's bottom sketches, without the sorting), so
    of two sets the members below the lower limit are in both samples or in none.

    Args:
        hashes: of the members, one set after the other; none of them twice.
        offsets: set i is hashes[offsets[i]:offsets[i + 1]].
        size: of a sample, on average.

    >>> hashes, offsets = sample_sets(np.array([9, 1 << 63, 3], np.uint64), np.array([0, 1, 3]), 1)
    >>> hashes.tolist(), offsets.tolist()
    ([9, 3], [0, 1, 2])
    """
    counts = np.diff(offsets)
    share = size / np.maximum(counts, size)
    limits = np.where(counts > size, (share * 2.0**64 * (1 - 2.0**-52)), 0).astype(np.uint64)
    kept = (np.repeat(counts, counts) <= size) | (hashes < np.repeat(limits, counts))
    sums = np.concatenate([[0], np.cumsum(kept)])
    return hashes[kept], sums[offsets]


def find_meetings(hashes: Hashes, offsets: Offsets, max_sets: int | None) -> Meetings:
    """Find the sets that share members.

    Of a member that more than `max_sets` sets have, each set only meets the first ones and those next to it: the work
    is linear, whatever a template repeats.

    Args:
        hashes: of the members, one set after the other; none of them twice.
        offsets: set i is hashes[offsets[i]:offsets[i + 1]]; the set that is the most likely to stay is first.
        max_sets: as said; None: all meet.

    >>> found = find_meetings(np.array([1, 2, 1, 2, 3, 3], np.uint64), np.array([0, 2, 5, 6]), 10)
    >>> found.pairs.tolist(), found.shared.tolist()
    ([[0, 1], [1, 2]], [2, 1])
    """
    n_sets = len(offsets) - 1
    owner = np.repeat(np.arange(n_sets), np.diff(offsets))
    codes, counts = np.empty(0, np.int64), np.empty(0, np.int64)
    waiting: list[Ints] = []
    buckets = Buckets(hashes, max_sets)
    for places in buckets.pairs(_PAIRS):
        first, second = owner[places[:, 0]], owner[places[:, 1]]
        waiting.append((first * n_sets + second)[first != second])
        if sum(map(len, waiting)) >= _PAIRS:
            codes, counts = _count(codes, counts, waiting)
            waiting = []
    codes, counts = _count(codes, counts, waiting)
    is_cut = np.zeros(n_sets, bool)
    is_cut[owner[buckets.cut]] = True
    return Meetings(np.stack(np.divmod(codes, max(n_sets, 1)), axis=1), counts, is_cut)


def _count(codes: Ints, counts: Ints, more: list[Ints]) -> tuple[Ints, Ints]:
    """Return each code once, and how often it occurs."""
    new, n_new = np.unique(np.concatenate([np.empty(0, np.int64), *more]), return_counts=True)
    found, number = np.unique(np.concatenate([codes, new]), return_inverse=True)
    return found, np.bincount(number, weights=np.concatenate([counts, n_new]), minlength=len(found)).astype(np.int64)
