"""Sets that are a part of larger ones, found exactly: by what few of them share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from toolkit.kernels.minhash import Hashes, Offsets, shared_sizes

Ints = NDArray[np.int64]

_PARTS = 16  # the hashes are looked at a sixteenth at a time, which bounds the memory
_ROWS = 4096  # sets that are multiplied with all others at a time
_PAIRS = 1 << 16  # pairs that are verified at a time


class Contained(NamedTuple):
    """Pairs of sets, the first of which is a part of the second.

    Attributes:
        pairs: (n, 2) set numbers, sorted; the second set is larger.
        share: (n,) of the members of the first set that the second one has.
    """

    pairs: Ints
    share: NDArray[np.float64]


def contained_pairs(hashes: Hashes, offsets: Offsets, threshold: float, max_sets: int) -> Contained:
    """Find the pairs in which at least `threshold` of the smaller set is in the larger one.

    A member of more than `max_sets` sets is boilerplate and proves nothing: the share must be reached by all members,
    and again by those that are no boilerplate. So sets of boilerplate alone are in no pair, and the work is linear.

    Args:
        hashes: of the members, one set after the other; one that a set has twice counts once.
        offsets: set i is hashes[offsets[i]:offsets[i + 1]].
        threshold: above 0, at most 1.
        max_sets: at least 2.

    >>> hashes, offsets = np.array([1, 2, 3, 9, 1, 2, 3, 4, 5, 9, 6, 9], np.uint64), np.array([0, 4, 10, 12])
    >>> contained_pairs(hashes, offsets, 0.8, 2)  # 9 is in three sets
    Contained(pairs=array([[0, 1]]), share=array([1.]))
    """
    members, own = _shared_members(hashes, offsets, max_sets)
    found = [Contained(np.empty((0, 2), np.int64), np.empty(0))]
    for pairs in _candidates(members, own, threshold):
        for start in range(0, len(pairs), _PAIRS):
            found.append(_verified(hashes, offsets, pairs[start : start + _PAIRS], threshold))
    pairs = np.concatenate([part.pairs for part in found])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return Contained(pairs[order], np.concatenate([part.share for part in found])[order])


def _shared_members(hashes: Hashes, offsets: Offsets, max_sets: int) -> tuple[sparse.csr_array, Ints]:
    """Return which set has which of the members that 2 to max_sets sets have, and how many members of each set are in
    at most max_sets.
    """  # noqa: D205
    n_sets = len(offsets) - 1
    own = np.zeros(n_sets, np.int64)
    rows, columns, n_columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    part_of = (hashes >> np.uint64(64 - (_PARTS - 1).bit_length())).astype(np.uint8)
    for part in range(_PARTS):
        places = np.flatnonzero(part_of == part)
        sets, values = np.searchsorted(offsets, places, side="right") - 1, hashes[places]
        order = np.argsort(values, kind="stable")  # so the sets of a value ascend
        sets, values = sets[order], values[order]
        is_other = np.ones(len(sets), bool)
        is_other[1:] = values[1:] != values[:-1]
        is_new = is_other.copy()
        is_new[1:] |= sets[1:] != sets[:-1]
        sets, number = sets[is_new], np.cumsum(is_other)[is_new] - 1
        counts = np.bincount(number)
        own += np.bincount(sets[counts[number] <= max_sets], minlength=n_sets)
        is_shared = (counts > 1) & (counts <= max_sets)
        column = np.cumsum(is_shared) - 1 + n_columns
        rows.append(sets[is_shared[number]])
        columns.append(column[number[is_shared[number]]])
        n_columns += int(is_shared.sum())
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_array((np.ones(len(row), np.int32), (row, column)), shape=(n_sets, n_columns)), own


def _candidates(members: sparse.csr_array, own: Ints, threshold: float) -> Iterator[Ints]:
    """Yield the pairs whose own members reach the threshold."""
    has_any = np.flatnonzero(np.diff(members.indptr))
    transposed = members.T.tocsr()
    for start in range(0, len(has_any), _ROWS):
        rows = has_any[start : start + _ROWS]
        shared = (members[rows] @ transposed).tocoo()
        first = rows[shared.row]
        enough = (shared.data >= threshold * own[first]) & (first != shared.col)
        if enough.any():
            yield np.stack([first[enough], shared.col[enough].astype(np.int64)], axis=1)


def _verified(hashes: Hashes, offsets: Offsets, pairs: Ints, threshold: float) -> Contained:
    """Count all members of the pairs' sets."""
    used, numbers = np.unique(pairs, return_inverse=True)
    numbers = numbers.reshape(-1, 2)
    sizes = np.diff(offsets)[used]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    places = np.arange(starts[-1]) + np.repeat(offsets[used] - starts[:-1], sizes)
    shared, distinct = shared_sizes(hashes[places], starts, numbers)
    share = shared / distinct[numbers[:, 0]]
    enough = (share >= threshold) & (distinct[numbers[:, 0]] < distinct[numbers[:, 1]])
    return Contained(pairs[enough], share[enough])
