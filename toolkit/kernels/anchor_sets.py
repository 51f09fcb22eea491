"""Sets of hashes compared: what two posts share, and how rare it is.

A number that three posts of ten thousand have proves more than a year.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

_WORLD: Final = 50  # posts without it that stand for the world outside a small pool


class Sets(NamedTuple):
    """Sets of hashes, one after the other.

    Attributes:
        items: ascending within a set.
        is_sure: whether an item is to be looked for in another set; all others are only to be found.
        starts: first item of each set, and the end: shape (sets + 1,).
    """

    items: Hashes
    is_sure: NDArray[np.bool_]
    starts: Indexes

    def keep(self, is_kept: NDArray[np.bool_]) -> Sets:
        """Return the sets without some of their items."""
        before = np.append(0, np.cumsum(is_kept))
        return Sets(self.items[is_kept], self.is_sure[is_kept], before[self.starts])


class Frequencies(NamedTuple):
    """In how many of the sets an item is.

    Attributes:
        items: ascending; those that are in one set only may be left out.
        counts: of the items.
        sets: how many there are.
    """

    items: Hashes
    counts: Indexes
    sets: int

    def of(self, items: Hashes) -> Indexes:
        """Return the counts of items; 1 for those that are not known."""
        if not len(self.items):
            return np.ones(len(items), np.int64)
        place = np.minimum(np.searchsorted(self.items, items), len(self.items) - 1)
        return np.where(self.items[place] == items, self.counts[place], 1)

    def rarity(self, items: Hashes) -> Floats:
        """Return how rare items are, in nats."""
        return np.asarray(np.log((self.sets + _WORLD) / (self.of(items) + 1)))


def count_items(items: Hashes, known: tuple[Hashes, Indexes] | None = None) -> tuple[Hashes, Indexes]:
    """Count items, on top of what is known; returned ascending."""
    found, counts = np.unique(items, return_counts=True)
    if known is None or not len(known[0]):
        return found, counts
    both, place = np.unique(np.concatenate([known[0], found]), return_inverse=True)
    return both, np.bincount(place, np.concatenate([known[1], counts]), len(both)).astype(np.int64)


class Compared(NamedTuple):
    """Pairs of sets; all of shape (pairs,).

    Attributes:
        overlap: shared items / all that are sure in a set, NaN if there are none. Shared is what both sets have and
            one is sure of.
        found: share of the sure items of one set that the other has too, NaN if a set has none; the better of the two
            directions counts, so that a shortened variant loses nothing.
        shared: rarity of what is shared, in nats.
        missing: rarity of what one set alone is sure of; of the two sides the one that misses less counts.
    """

    overlap: Floats
    found: Floats
    shared: Floats
    missing: Floats


def compare_sets(a: Sets, b: Sets, pairs: tuple[Indexes, Indexes], frequencies: Frequencies) -> Compared:
    """Compare pairs of sets.

    Args:
        a: the first sets.
        b: the second sets.
        pairs: index of the first and of the second set of each pair, shape (pairs,) each.
        frequencies: of the items.

    >>> one = Sets(np.array([3, 5, 9], np.uint64), np.array([True, True, False]), np.array([0, 3]))
    >>> two = Sets(np.array([5, 9], np.uint64), np.array([False, True]), np.array([0, 2]))
    >>> zero = np.array([0])
    >>> compared = compare_sets(one, two, (zero, zero), Frequencies(one.items[:0], zero[:0], 48))
    >>> [values.round(2).tolist() for values in compared]
    [[0.67], [1.0], [7.78], [0.0]]
    """
    n = len(pairs[0])
    known, ids = np.unique(np.concatenate([a.items, b.items]), return_inverse=True)
    rarity = frequencies.rarity(known)
    (pair_a, place_a), (pair_b, place_b) = (
        _spread(side.starts, rows) for side, rows in zip((a, b), pairs, strict=True)
    )
    id_a, id_b = ids[place_a], ids[len(a.items) + place_b]
    sure_a, sure_b = a.is_sure[place_a], b.is_sure[place_b]
    keys_a, keys_b = pair_a * len(known) + id_a, pair_b * len(known) + id_b  # ascending, as sets are
    place = np.searchsorted(keys_b, keys_a)
    hit = np.flatnonzero(np.append(keys_b, -1)[place] == keys_a)
    there = place[hit]
    is_shared = sure_a[hit] | sure_b[there]
    hit, there = hit[is_shared], there[is_shared]
    shared_a, shared_b = np.zeros(len(keys_a), bool), np.zeros(len(keys_b), bool)
    shared_a[hit], shared_b[there] = True, True

    def count(pair: Indexes, which: NDArray[np.bool_]) -> Floats:
        return np.bincount(pair[which], minlength=n).astype(np.float64)

    def weigh(pair: Indexes, item: Indexes, which: NDArray[np.bool_]) -> Floats:
        return np.bincount(pair[which], rarity[item[which]], n).astype(np.float64)  # whole numbers if there are none

    n_a, n_b = count(pair_a, sure_a), count(pair_b, sure_b)
    both_sure = np.bincount(pair_a[hit][sure_a[hit] & sure_b[there]], minlength=n)
    everything = n_a + n_b - both_sure
    with np.errstate(divide="ignore", invalid="ignore"):
        overlap = np.where(everything > 0, count(pair_a, shared_a) / everything, np.nan)
        found = np.maximum(count(pair_a, shared_a & sure_a) / n_a, count(pair_b, shared_b & sure_b) / n_b)
    return Compared(
        overlap,
        np.where((n_a > 0) & (n_b > 0), found, np.nan),
        weigh(pair_a, id_a, shared_a),
        np.minimum(weigh(pair_a, id_a, sure_a & ~shared_a), weigh(pair_b, id_b, sure_b & ~shared_b)),
    )


def _spread(starts: Indexes, rows: Indexes) -> tuple[Indexes, Indexes]:
    """Return, for the items of all sets `rows`, the place in `rows` and the place of the item."""
    lengths = starts[rows + 1] - starts[rows]
    ends = np.cumsum(lengths)
    pair = np.repeat(np.arange(len(rows)), lengths)
    return pair, np.arange(len(pair)) + np.repeat(starts[rows] - ends + lengths, lengths)
