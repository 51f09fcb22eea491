"""Which pairs of texts a static model learns from side by side.

Each pair of a batch has the others as negatives, so what a step teaches depends on its company. Pairs at random are
about different things, and are soon told apart. Once the model knows a little, a batch is put together from groups of
pairs that it takes to be alike, several groups to a batch: hard negatives, and some easy ones to keep the whole space
in order.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

_GROUPS: Final = 8  # to a batch
_MOST_DIMS: Final = 64  # of a vector, for telling what is alike


def deal_epoch(source: NDArray[np.int32], rows: Rows, per_source: int, epoch: int, seed: int) -> Rows:
    """Return an epoch's pairs in random order: `per_source` of each source at most, all of one that is alone.

    A source that has more goes on in the next epoch where it ended in this one, so that breadth counts more than size.

    Args:
        source: number of each pair's source.
        rows: the pairs to deal from.
        per_source: pairs of one source, at most.
        epoch: from 0.
        seed: of the order.

    Returns:
        As many in every epoch.
    """
    sources, parts = np.unique(source[rows]), []
    per_source = per_source if len(sources) > 1 else len(rows)
    for number in sources:
        own = rows[source[rows] == number]
        own = np.random.default_rng([seed, 1, int(number)]).permutation(own)
        parts.append(np.roll(own, -epoch * per_source)[:per_source])
    return np.random.default_rng([seed, 2, epoch]).permutation(np.concatenate(parts))


def gather_alike(rows: Rows, vectors: NDArray[np.float32], batch: int, generator: np.random.Generator) -> Rows:
    """Return the rows in an order that cut into batches gives each a few groups of near neighbours.

    The rows are halved again and again at the median of a direction, the one between the means of the two halves that
    two random rows attract (two-means), until a group is an eighth of a batch.

    Args:
        rows: in any order.
        vectors: one a row, shape (rows, dim).
        batch: rows of a batch.
        generator: of all that is random.

    >>> rows, vectors = np.arange(8), np.array([[1, 0], [0, 1]] * 4, np.float32)
    >>> order = gather_alike(rows, vectors, 16, np.random.default_rng(1))
    >>> sorted(sorted((order[n:n + 2] % 2).tolist()) for n in range(0, 8, 2))
    [[0, 0], [0, 0], [1, 1], [1, 1]]
    """
    if vectors.shape[1] > _MOST_DIMS:
        spread = generator.standard_normal((vectors.shape[1], _MOST_DIMS)).astype(np.float32)
        vectors = vectors @ np.linalg.qr(spread)[0]
    size = max(2, batch // _GROUPS)
    groups, waiting = [], [np.arange(len(rows))]
    while waiting:
        part = waiting.pop()
        if len(part) <= size:
            groups.append(rows[part])
            continue
        part = _sort_by_direction(part, vectors, generator)
        half = max(1, round(len(part) / size / 2)) * size  # whole groups, so that few are cut by a batch's end
        half = half if half < len(part) else len(part) // 2
        waiting += [part[:half], part[half:]]
    return np.concatenate([groups[number] for number in generator.permutation(len(groups))])


def _sort_by_direction(part: Rows, vectors: NDArray[np.float32], generator: np.random.Generator) -> Rows:
    """Sort rows along the direction that parts them; a group of equal vectors stays in its order."""
    own = vectors[part]
    ends = own[generator.choice(len(part), 2, replace=False)]
    for _ in range(2):
        place = np.argsort(own @ (ends[1] - ends[0]), kind="stable")
        middle = len(part) // 2
        ends = np.stack([own[place[:middle]].mean(axis=0), own[place[middle:]].mean(axis=0)])
    return part[np.argsort(own @ (ends[1] - ends[0]), kind="stable")]


def extend(rows: Rows, allowed: NDArray[np.bool_], source: NDArray[np.int32], count: int) -> Rows:
    """Return each row with those that follow it, shape (len(rows), count): sentences of one text, as a post has them.

    Args:
        rows: pairs.
        allowed: whether a pair may be trained on.
        source: number of each pair's source.
        count: rows to a text. Where a row that follows is not allowed or of another source, the first one stands again.

    >>> extend(np.array([0, 2, 3]), np.array([True, True, True, False]), np.array([5, 5, 6, 6]), 2).tolist()
    [[0, 1], [2, 2], [3, 3]]
    """
    following = np.minimum(rows[:, None] + np.arange(count), len(source) - 1)
    fits = allowed[following] & (source[following] == source[rows][:, None])
    return np.where(fits, following, rows[:, None])


def overlap(rows: Rows, text_ids: NDArray[np.int64], count: int = 1) -> NDArray[np.bool_]:
    """Tell which texts of a batch share a sentence with which other: no negatives of each other.

    Args:
        rows: the first pair of each text.
        text_ids: numbers of every pair's English and Russian sentence, shape (pairs, 2).
        count: pairs of a text; beyond the first ones, only the rows are compared.

    Returns:
        Shape (len(rows), len(rows)), false on the diagonal.

    >>> overlap(np.array([0, 1, 2]), np.array([[1, 5], [2, 6], [1, 7]])).tolist()
    [[False, False, True], [False, False, False], [True, False, False]]
    """
    en, ru = text_ids[rows].T
    shared: NDArray[np.bool_] = (en[:, None] == en) | (ru[:, None] == ru)
    if count > 1:
        shared |= np.abs(rows[:, None] - rows) < count
    np.fill_diagonal(shared, False)
    return shared
