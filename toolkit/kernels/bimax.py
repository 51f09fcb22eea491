"""How much of one text is found in another, sentence by sentence.

BiMax (Wang et al. 2025) takes for every sentence the best cosine of the other text. Here a cosine is first held against
the neighbourhoods of both sentences, as margin mining does (Artetxe & Schwenk, ACL 2019): "the minister said" is near
to everything and proves nothing. On posts this is what tells a translation from another report of the same event.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_K = 4  # neighbours that make a neighbourhood, as in LASER's margin
_SAMPLE = 4096  # sentences of the other side that are looked at: a neighbourhood is a property, not a search
_BLOCK = 2048


class Sentences(NamedTuple):
    """The sentences of many texts, one text after the other.

    Attributes:
        vectors: L2-normalised, shape (sentences, dim).
        weights: what a sentence counts, shape (sentences,), more than 0; its letters.
        starts: first sentence of each text, and the end: shape (texts + 1,).
    """

    vectors: NDArray[np.float32]
    weights: NDArray[np.float64]
    starts: NDArray[np.int64]


def sentence_neighborhoods(of: Sentences, among: Sentences, background: float) -> NDArray[np.float64]:
    """Return for every sentence the mean of its second to fifth best cosine on the other side, shape (sentences,).

    The best one does not count: it may be the translation. An evenly spread sample of 4096 sentences stands for the
    other side; what is missing in a small pool counts with `background`, so that two posts can be held against two.

    >>> one = Sentences(np.eye(2, dtype=np.float32), np.ones(2), np.array([0, 2]))
    >>> two = Sentences(np.array([[1, 0], [0.6, 0.8]], np.float32), np.ones(2), np.array([0, 2]))
    >>> sentence_neighborhoods(one, two, 0.2).round(2)
    array([0.3, 0.2])
    """
    vectors = among.vectors
    if len(vectors) > _SAMPLE:
        vectors = vectors[np.linspace(0, len(vectors) - 1, _SAMPLE).astype(np.int64)]
    around = np.empty(len(of.vectors))
    for start in range(0, len(around), _BLOCK):
        cosines = of.vectors[start : start + _BLOCK] @ vectors.T
        fill = np.full((len(cosines), _K + 1), background, np.float32)
        best = np.sort(np.partition(np.hstack([cosines, fill]), -_K - 1, axis=1)[:, -_K - 1 :], axis=1)
        around[start : start + _BLOCK] = best[:, :-1].mean(axis=1, dtype=np.float64)
    return around


def found_in_each_other(
    a: Sentences,
    b: Sentences,
    around_a: NDArray[np.float64],
    around_b: NDArray[np.float64],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how well the sentences of each a are found in its b, and those of the b in the a.

    Per sentence the largest cosine of the other text, less the mean of the two neighbourhoods; over the sentences the
    weighted mean. Above 0 the two texts are nearer to each other than to the rest.

    Args:
        a: sentences of the first texts.
        b: sentences of the second texts.
        around_a: `sentence_neighborhoods` of a among b.
        around_b: the same of b among a.
        pairs: index of the first and of the second text of each pair, shape (pairs,) each.

    Returns:
        Two arrays of shape (pairs,); 0 where a text has no sentences.

    >>> one = Sentences(np.eye(2, dtype=np.float32), np.array([3.0, 1.0]), np.array([0, 2]))
    >>> two = Sentences(np.array([[1, 0]], np.float32), np.array([1.0]), np.array([0, 1]))
    >>> zero = np.array([0])
    >>> found_in_each_other(one, two, np.array([0.2, 0.2]), np.array([0.2]), (zero, zero))
    (array([0.55]), array([0.8]))
    """
    in_b, in_a = np.zeros(len(pairs[0])), np.zeros(len(pairs[0]))
    for pair, (i, j) in enumerate(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True)):
        rows, columns = slice(a.starts[i], a.starts[i + 1]), slice(b.starts[j], b.starts[j + 1])
        margins = a.vectors[rows] @ b.vectors[columns].T - (around_a[rows, None] + around_b[columns]) / 2
        if margins.size:
            in_b[pair] = np.average(margins.max(axis=1), weights=a.weights[rows])
            in_a[pair] = np.average(margins.max(axis=0), weights=b.weights[columns])
    return in_b, in_a


def found_sentences(
    a: Sentences, b: Sentences, background: float, pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]]]:
    """Return which sentences of the texts of each pair have a like in the other text.

    Args:
        a: sentences of the first texts.
        b: sentences of the second texts.
        background: the least that the cosine of likes is above, see `sentence_neighborhoods`.
        pairs: index of the first and of the second text of each pair, shape (pairs,) each.

    Returns:
        For each pair an array of shape (sentences of the first text,), and one of the second.
    """
    around_a, around_b = sentence_neighborhoods(a, b, background), sentence_neighborhoods(b, a, background)
    in_b, in_a = [], []
    for i, j in zip(pairs[0].tolist(), pairs[1].tolist(), strict=True):
        rows, columns = slice(a.starts[i], a.starts[i + 1]), slice(b.starts[j], b.starts[j + 1])
        margins = a.vectors[rows] @ b.vectors[columns].T - (around_a[rows, None] + around_b[columns]) / 2
        in_b.append(margins.max(axis=1, initial=-np.inf) > 0)
        in_a.append(margins.max(axis=0, initial=-np.inf) > 0)
    return in_b, in_a


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
