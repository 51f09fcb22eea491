"""Nearest neighbours by cosine between two sets of vectors, both directions, in bounded memory.

Exact in one pass over blocks; above `EXACT_CELLS` by a faiss IVF index, unless times keep most rows apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ToolkitError

Floats = NDArray[np.float32]
Indexes = NDArray[np.int64]
Times = NDArray[np.float64]

EXACT_CELLS: Final = 40_000_000_000  # 200,000 x 200,000, about 3 minutes on 2 cores with 256 dimensions
_LISTS_PROBED: Final = 32  # of an index of 4 sqrt(n) lists; `benchmarks/match.py scale` prints the recall
_SEED: Final = 1

_BLOCK = 2048  # rows and columns of one product: 16 MB of cosines
_TIE = np.float32(1e-6)  # cosines are rounded to this: the last bits of a product depend on the machine


class Neighbors(NamedTuple):
    """The k nearest of every vector, nearest first; equal cosines in order of index.

    Attributes:
        indexes: shape (n, k); -1 where there are fewer than k.
        cosines: shape (n, k); -inf where there are fewer than k.
    """

    indexes: Indexes
    cosines: Floats


def nearest_both_ways(
    a: Floats,
    b: Floats,
    k: int,
    *,
    times_a: Times | None = None,
    times_b: Times | None = None,
    slack_a: Times | None = None,
    slack_b: Times | None = None,
    window: float = np.inf,
    exact: bool = False,
) -> tuple[Neighbors, Neighbors]:
    """Return the k nearest in `b` of every row of `a`, and the k nearest in `a` of every row of `b`.

    Exact but for rounding to six decimals, as long as the product of the sizes is at most `EXACT_CELLS`, or both sides
    have times and a window blocks them. Memory beside the result is then a few blocks of 2048 x 2048. Else an index
    finds nearly all neighbours (a copy of the vectors in memory), the same ones every time.

    Args:
        a: L2-normalised rows, shape (n, dim).
        b: L2-normalised rows, shape (m, dim).
        k: neighbours wanted.
        times_a: a time for each row of `a` in the unit of `window`; NaN is "not known".
        times_b: the same for `b`.
        slack_a: by how much each time of `a` may be wrong either way; None: by nothing.
        slack_b: the same for `b`.
        window: rows whose times are for certain further apart than this are no neighbours; a row without time may be
            near to all.
        exact: exact at any size.

    Raises:
        ToolkitError: if an index is needed and faiss is not installed.

    >>> a = np.array([[1, 0], [0, 1]], np.float32)
    >>> b = np.array([[0.6, 0.8], [1, 0], [0.6, 0.8]], np.float32)
    >>> forward, backward = nearest_both_ways(a, b, 2)
    >>> forward.indexes.tolist(), forward.cosines.round(1).tolist()
    ([[1, 0], [0, 2]], [[1.0, 0.6000000238418579], [0.800000011920929, 0.800000011920929]])
    >>> backward.indexes.tolist()
    [[1, 0], [0, 1], [1, 0]]
    >>> nearest_both_ways(a, b, 1, times_a=np.array([0, 9.0]), times_b=np.array([1, 9.0, np.nan]), window=2)[0].indexes
    array([[0],
           [2]])
    """
    first, second = Dated.of(a, times_a, slack_a), Dated.of(b, times_b, slack_b)
    is_blocked = np.isfinite(window) and not np.isnan(first.times).all() and not np.isnan(second.times).all()
    if not (exact or is_blocked) and len(a) * len(b) > EXACT_CELLS:
        return _by_index(a, b, k), _by_index(b, a, k)
    forward, backward = no_neighbors(len(a), k), no_neighbors(len(b), k)
    for rows, columns, cosines in _near(first, second, window):
        _look(forward, rows, columns, cosines)
        _look(backward, columns, rows, cosines.T)
    return forward, backward


class Dated(NamedTuple):
    """Vectors with their times.

    Attributes:
        vectors: rows of one length, shape (n, dim).
        times: in the unit of a window; NaN is "not known".
        slack: by how much each time may be wrong either way.
    """

    vectors: Floats
    times: Times
    slack: Times

    @classmethod
    def of(cls, vectors: Floats, times: Times | None = None, slack: Times | None = None) -> Dated:
        """Return vectors of which the times may not be known, and have no slack."""
        unknown = np.full(len(vectors), np.nan) if times is None else times
        return cls(vectors, unknown, np.zeros(len(vectors)) if slack is None else slack)


def look_among(best: Neighbors, a: Dated, b: Dated, numbers: Indexes, window: float, length: float = 1.0) -> None:
    """Take up those rows of `b` that are among the nearest so far of the rows of `a`, in place.

    Whatever the parts in which `b` is looked at, and their order, the result is the same; to the last bit if the
    vectors are whole numbers, see `length`.

    Args:
        best: the nearest so far, see `no_neighbors`.
        a: rows whose neighbours are wanted.
        b: a part of the rows among which they are looked for.
        numbers: of the rows of `b` among all, ascending.
        window: as in `nearest_both_ways`.
        length: of the vectors. Rounded to whole numbers, with a length of at most 4,000, they have products below 2^24,
            which float32 adds up without error, in whatever order a machine does it.
    """
    for rows, columns, cosines in _near(a, b, window, length):
        _look(best, rows, numbers[columns], cosines)


def _near(a: Dated, b: Dated, window: float, length: float = 1.0) -> Iterator[tuple[Indexes, Indexes, Floats]]:
    """Yield blocks of rows of both, and their cosines; -inf where they are outside the window."""
    # Sorted by time, the rows within the window of a block are one stretch; rows without time sort last.
    order_a, order_b = (np.argsort(side.times, kind="stable") for side in (a, b))
    reach = window + a.slack.max(initial=0) + b.slack.max(initial=0)
    for rows in _blocks(order_a):
        for columns in _blocks(_in_reach(order_b, b.times, a.times[rows], reach)):
            cosines = a.vectors[rows] @ b.vectors[columns].T
            if length != 1:
                cosines *= np.float32(1 / length**2)
            if np.isfinite(window):
                apart = np.abs(a.times[rows][:, None] - b.times[columns][None, :])
                apart -= a.slack[rows][:, None] + b.slack[columns][None, :]
                cosines[apart > window] = -np.inf
            yield rows, columns, cosines


def _by_index(queries: Floats, among: Floats, k: int) -> Neighbors:
    """Return nearly the k nearest in `among` of every query, from an index of inverted lists (IVF) by faiss."""
    try:
        import faiss
    except ImportError as error:
        raise ToolkitError(
            f"{len(queries):,} x {len(among):,} texts are too many to compare all, and faiss is not installed",
            fix="pip install 'bitext-toolkit[ann]', or compare all with --exact (match.exact in a run config)",
        ) from error
    lists = int(4 * np.sqrt(len(among)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(among.shape[1]), among.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = _SEED
    index.nprobe = _LISTS_PROBED
    index.train(among)
    index.add(among)
    found = no_neighbors(len(queries), k)
    for rows in _blocks(np.arange(len(queries))):
        cosines, neighbors = index.search(np.ascontiguousarray(queries[rows]), k)
        i, rank = np.nonzero(neighbors >= 0)
        _keep_best(found, rows, i, neighbors[i, rank], cosines[i, rank])
    return found


def either_way(forward: Neighbors, backward: Neighbors) -> Indexes:
    """Return the pairs (a, b) that are neighbours in a direction or both, each once, sorted, shape (pairs, 2).

    >>> forward = Neighbors(np.array([[1], [0]]), np.zeros((2, 1), np.float32))
    >>> backward = Neighbors(np.array([[0], [0]]), np.zeros((2, 1), np.float32))
    >>> either_way(forward, backward).tolist()
    [[0, 0], [0, 1], [1, 0]]
    """
    a, rank = np.nonzero(forward.indexes >= 0)
    b, back_rank = np.nonzero(backward.indexes >= 0)
    there = np.stack([a, forward.indexes[a, rank]], axis=1)
    back = np.stack([backward.indexes[b, back_rank], b], axis=1)
    return np.unique(np.concatenate([there, back]), axis=0)


def _look(best: Neighbors, rows: Indexes, columns: Indexes, cosines: Floats) -> None:
    i, j = _where(cosines >= _floor(best, rows, cosines)[:, None])
    _keep_best(best, rows, i, columns[j], cosines[i, j])


def no_neighbors(n: int, k: int) -> Neighbors:
    """Return the nearest of n rows before any was looked at."""
    return Neighbors(np.full((n, k), -1, np.int64), np.full((n, k), -np.inf, np.float32))


def _blocks(order: Indexes) -> Iterator[Indexes]:
    for start in range(0, len(order), _BLOCK):
        yield order[start : start + _BLOCK]


def _in_reach(order: Indexes, times: Times, of: Times, window: float) -> Indexes:
    """Return the part of `order` (sorted by time) that may be within `window` of some of the times `of`."""
    if np.isnan(of).any():
        return order
    known = times[order[: np.count_nonzero(~np.isnan(times))]]
    first = np.searchsorted(known, of.min() - window, side="left")
    last = np.searchsorted(known, of.max() + window, side="right")
    return np.concatenate([order[first:last], order[len(known) :]])


def _where(mask: NDArray[np.bool_]) -> tuple[Indexes, Indexes]:
    i, j = np.divmod(np.flatnonzero(mask), mask.shape[1])  # four times faster than nonzero
    return i, j


def _floor(best: Neighbors, rows: Indexes, cosines: Floats) -> Floats:
    """Return, for each row of a block, a cosine below which nothing can be among its k best."""
    k, width = best.indexes.shape[1], cosines.shape[1]
    floor = best.cosines[rows, -1]
    fresh = np.isneginf(floor)
    if width > k and fresh.any():
        # The k-th best of the chunks' best is no better than the k-th best of all, and far cheaper to find.
        chunks = min(width, max(k, 64))
        tops = cosines[fresh, : width // chunks * chunks].reshape(-1, chunks, width // chunks).max(axis=2)
        floor[fresh] = np.partition(tops, -k, axis=1)[:, -k]
    # All that may round to the same cosine goes on, so that the index decides among equals; -inf never does.
    return np.asarray(np.maximum(floor - 2 * _TIE, np.finfo(np.float32).min), np.float32)


def _keep_best(best: Neighbors, rows: Indexes, row: Indexes, neighbor: Indexes, cosine: Floats) -> None:
    """Merge candidates into the best so far, in place.

    Args:
        best: of all rows.
        rows: the rows of this block.
        row: of each candidate, its place in `rows`.
        neighbor: of each candidate, the neighbour's index.
        cosine: of each candidate.
    """
    k = best.indexes.shape[1]
    touched = np.unique(row)
    row = np.concatenate([row, np.repeat(touched, k)])
    neighbor = np.concatenate([neighbor, best.indexes[rows[touched]].ravel()])
    cosine = np.concatenate([np.round(cosine / _TIE) * _TIE, best.cosines[rows[touched]].ravel()])
    order = np.lexsort((neighbor, -cosine, row))
    row, neighbor, cosine = row[order], neighbor[order], cosine[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    first = rank < k
    best.indexes[rows[row[first]], rank[first]] = neighbor[first]
    best.cosines[rows[row[first]], rank[first]] = cosine[first]
