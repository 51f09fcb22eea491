"""Sets as 256 bits, which tell most pairs that are not alike from those that may be, without looking at the sets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.minhash import Hashes, Offsets

_BITS = 256
N_WORDS = _BITS // 64  # of a bitmap


def bitmaps(hashes: Hashes, offsets: Offsets) -> NDArray[np.uint64]:
    """Return the bitmap of each set, (sets, N_WORDS): bit i is set if the lowest bits of a member's hash are i.

    >>> found = bitmaps(np.array([0, 63, 256, 7], np.uint64), np.array([0, 3, 4]))
    >>> np.bitwise_count(found).sum(axis=1).tolist()
    [2, 1]
    """
    n_sets = len(offsets) - 1
    bits = np.zeros((n_sets, _BITS), bool)
    bits[np.repeat(np.arange(n_sets), np.diff(offsets)), (hashes % np.uint64(_BITS)).astype(np.int64)] = True
    return np.packbits(bits, axis=1).view(np.uint64)


def may_be_alike(
    maps: NDArray[np.uint64], sizes: NDArray[np.int64], pairs: NDArray[np.int64], threshold: float
) -> NDArray[np.bool_]:
    """Tell which pairs of sets may have a Jaccard similarity of at least `threshold`; all others surely have less.

    A bit that only one of two bitmaps has stands for a member that only one of the sets has, and for at least one
    (Sandes, Teodoro & Melo 2020). If J >= t, there are at most (1 - t) / (1 + t) (|x| + |y|) such members.

    Args:
        maps: of `bitmaps`.
        sizes: of the sets; one that counts a member twice makes the answer less sharp, and not wrong.
        pairs: (n, 2) set numbers.
        threshold: above 0.

    >>> hashes, offsets = np.array([1, 2, 3, 4, 1, 2, 3, 5, 6, 7], np.uint64), np.array([0, 4, 8, 10])
    >>> may_be_alike(bitmaps(hashes, offsets), np.array([4, 4, 2]), np.array([[0, 1], [0, 2]]), 0.6).tolist()
    [True, False]
    """
    first, second = pairs[:, 0], pairs[:, 1]
    apart = np.bitwise_count(maps[first] ^ maps[second]).sum(axis=1, dtype=np.int64)
    most = (1 - threshold) / (1 + threshold) * (sizes[first] + sizes[second])
    found: NDArray[np.bool_] = apart <= most + 1e-9
    return found
