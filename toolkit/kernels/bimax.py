"""How much of one text is found in another, sentence by sentence.

BiMax (Wang et al. 2025) takes for every sentence the best cosine of the other text. Here a cosine is first held against
the neighbourhoods of both sentences, as margin mining does (Artetxe & Schwenk, ACL 2019): "the minister said" is near
to everything and proves nothing. On posts this is what tells a translation from another report of the same event.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_K = 4  # neighbours that make a neighbourhood, as in LASER's margin
_SAMPLE = 4096  # sentences that stand for a side: a neighbourhood is a property, not a search
_BLOCK = 512  # sentences of one product: 8 MB of cosines


class Sentences(NamedTuple):
    """The sentences of many texts, one text after the other.

    Attributes:
        vectors: of one length, shape (sentences, dim).
        weights: what a sentence counts, shape (sentences,), more than 0; its letters.
        starts: first sentence of each text, and the end: shape (texts + 1,).
    """

    vectors: NDArray[np.float32]
    weights: NDArray[np.float64]
    starts: NDArray[np.int64]


def sample_places(count: int) -> NDArray[np.int64]:
    """Return which of so many sentences stand for all of them: 4096, evenly spread, or all.

    >>> sample_places(3).tolist()
    [0, 1, 2]
    """
    if count <= _SAMPLE:
        return np.arange(count)
    return np.linspace(0, count - 1, _SAMPLE).astype(np.int64)


def sentence_neighborhoods(
    vectors: NDArray[np.float32], among: NDArray[np.float32], background: float, length: float = 1.0
) -> NDArray[np.float64]:
    """Return for every sentence the mean of its second to fifth best cosine on the other side, shape (sentences,).

    The best one does not count: it may be the translation. What is missing in a small pool counts with `background`,
    so that two posts can be held against two.

    Args:
        vectors: of the sentences, shape (sentences, dim).
        among: a sample of the other side's sentences, see `sample_places`.
        background: the least that a cosine counts.
        length: of the vectors; see `neighbors.look_among`.

    >>> one, two = np.eye(2, dtype=np.float32), np.array([[1, 0], [0.6, 0.8]], np.float32)
    >>> sentence_neighborhoods(one, two, 0.2).round(2)
    array([0.3, 0.2])
    """
    around = np.empty(len(vectors))
    scale = np.float32(1 / length**2)
    least = np.full((_BLOCK, max(_K + 1 - len(among), 0)), -np.inf, np.float32)
    for start in range(0, len(around), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ among.T
        if least.size:
            cosines = np.hstack([cosines, least[: len(cosines)]])
        cosines.partition(-_K - 1, axis=1)
        best = np.sort(np.maximum(cosines[:, -_K - 1 :] * scale, np.float32(background)), axis=1)
        around[start : start + _BLOCK] = best[:, :-1].mean(axis=1, dtype=np.float64)
    return around


class Margins(NamedTuple):
    """How near each sentence of a pair of texts is to the other text, pair by pair.

    Attributes:
        a: of the sentences of the first texts; -inf if the other text has none.
        b: of the sentences of the second texts.
        starts_a: where each pair starts in `a`, and the end.
        starts_b: the same for `b`.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    starts_a: NDArray[np.int64]
    starts_b: NDArray[np.int64]


def best_margins(
    a: Sentences,
    b: Sentences,
    around_a: NDArray[np.float64],
    around_b: NDArray[np.float64],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    length: float = 1.0,
) -> Margins:
    """Return for each sentence the largest cosine of the other text, less the mean of the two neighbourhoods.

    Above 0 the sentence is nearer to the other text than to the rest: it has a like there.

    Args:
        a: sentences of the first texts.
        b: sentences of the second texts.
        around_a: `sentence_neighborhoods` of a among b.
        around_b: the same of b among a.
        pairs: index of the first and of the second text of each pair, ascending by the first; shape (pairs,) each.
        length: of the vectors; see `neighbors.look_among`.

    >>> one = Sentences(np.eye(2, dtype=np.float32), np.ones(2), np.array([0, 2]))
    >>> two = Sentences(np.array([[1, 0]], np.float32), np.ones(1), np.array([0, 1]))
    >>> zero = np.array([0])
    >>> best_margins(one, two, np.array([0.2, 0.2]), np.array([0.2]), (zero, zero))[:2]
    (array([ 0.8, -0.2]), array([0.8]))
    """
    i, j = pairs
    sizes_a, sizes_b = (np.diff(side.starts)[rows] for side, rows in ((a, i), (b, j)))
    starts_a, starts_b = (np.append(0, np.cumsum(sizes)) for sizes in (sizes_a, sizes_b))
    in_b, in_a = np.full(starts_a[-1], -np.inf), np.full(starts_b[-1], -np.inf)
    rows_b = np.repeat(b.starts[j] - starts_b[:-1], sizes_b) + np.arange(starts_b[-1])
    scale = np.float32(1 / length**2)
    groups = np.append(np.flatnonzero(np.append(True, i[1:] != i[:-1])), len(i)) if len(i) else np.zeros(1, np.int64)
    for first, last in pairwise(groups.tolist()):
        rows, columns = slice(a.starts[i[first]], a.starts[i[first] + 1]), slice(starts_b[first], starts_b[last])
        others = rows_b[columns]
        if not len(others) or rows.start == rows.stop:
            continue
        cosines = (b.vectors[others] @ a.vectors[rows].T) * scale
        margins = cosines - (around_b[others][:, None] + around_a[rows]) / 2
        in_a[columns] = margins.max(axis=1)
        some = np.flatnonzero(sizes_b[first:last])  # of a text without sentences there is no largest one
        best = np.maximum.reduceat(margins, starts_b[first:last][some] - starts_b[first])
        in_b[starts_a[first] : starts_a[last]].reshape(last - first, -1)[some] = best
    return Margins(in_b, in_a, starts_a, starts_b)


def found_in_each_other(
    a: Sentences, b: Sentences, margins: Margins, pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how well the sentences of each a are found in its b, and those of the b in the a.

    The mean of the margins, weighted. Above 0 the two texts are nearer to each other than to the rest.

    Args:
        a: sentences of the first texts.
        b: sentences of the second texts.
        margins: of these pairs.
        pairs: index of the first and of the second text of each pair, shape (pairs,) each.

    Returns:
        Two arrays of shape (pairs,); 0 where a text has no sentences.

    >>> one = Sentences(np.eye(2, dtype=np.float32), np.array([3.0, 1.0]), np.array([0, 2]))
    >>> two = Sentences(np.array([[1, 0]], np.float32), np.array([1.0]), np.array([0, 1]))
    >>> zero = np.array([0])
    >>> margins = best_margins(one, two, np.array([0.2, 0.2]), np.array([0.2]), (zero, zero))
    >>> found_in_each_other(one, two, margins, (zero, zero))
    (array([0.55]), array([0.8]))
    """
    found = (
        _weighted(side, rows, best, starts)
        for side, rows, best, starts in zip(
            (a, b), pairs, (margins.a, margins.b), (margins.starts_a, margins.starts_b), strict=True
        )
    )
    in_b, in_a = found
    return in_b, in_a


def _weighted(
    side: Sentences, rows: NDArray[np.int64], best: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the weighted mean of the margins of each pair; 0 where there are none."""
    sizes = np.diff(starts)
    weights = side.weights[np.repeat(side.starts[rows] - starts[:-1], sizes) + np.arange(starts[-1])]
    means = np.zeros(len(rows))
    some = np.flatnonzero(sizes)
    if len(some):
        total = np.add.reduceat(weights, starts[some])
        means[some] = np.add.reduceat(weights * best, starts[some]) / total
    return np.where(np.isneginf(means), 0.0, means)


def lead(scores: NDArray[np.float64], groups: NDArray[np.int64], floor: float) -> NDArray[np.float64]:
    """Return how far each candidate is ahead of the best other one of its group, negative if it is behind.

    Args:
        scores: of each candidate, shape (n,).
        groups: which candidates compete, shape (n,).
        floor: an opponent that every group has at least.

    >>> lead(np.array([5.0, 3.0, 2.0]), np.array([0, 0, 1]), 1.0)
    array([ 2., -2.,  1.])
    """
    if not len(scores):
        return scores
    order = np.lexsort((-scores, groups))
    ranked, group = scores[order], groups[order]
    is_first = np.append(True, group[1:] != group[:-1])
    first = np.flatnonzero(is_first)
    runner_up = np.full(len(first), floor)
    has_two = np.append(first[1:], len(order)) - first > 1
    runner_up[has_two] = ranked[first[has_two] + 1]
    number = np.cumsum(is_first) - 1
    opponent = np.where(is_first, runner_up[number], ranked[first][number])
    ahead = np.empty(len(scores))
    ahead[order] = ranked - np.maximum(opponent, floor)
    return ahead
