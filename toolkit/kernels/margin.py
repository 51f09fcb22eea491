"""Margin scores: a cosine against those of the two neighbourhoods (Artetxe & Schwenk, ACL 2019; LASER mine_bitexts)."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.neighbors import Neighbors

Cosines = NDArray[np.float32] | NDArray[np.float64]
Margin = Literal["ratio", "distance", "absolute"]
Retrieval = Literal["fwd", "bwd", "max", "intersect"]


class Mined(NamedTuple):
    """Pairs of rows by score, best first; equal scores in order of a, then b. All of one length.

    Attributes:
        a: index of the row in the first set.
        b: index of the row in the second set.
        scores: margin scores, higher is better.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    scores: NDArray[np.float64]

    def take(self, places: NDArray[np.int64]) -> Mined:
        """Return the pairs at these places, in their order."""
        return Mined(self.a[places], self.b[places], self.scores[places])


def neighborhood(neighbors: Neighbors, *, background: float | None = None) -> NDArray[np.float64]:
    """Return the mean cosine of every row to its k nearest, shape (n,).

    Args:
        neighbors: k nearest of each row.
        background: the cosine that a missing neighbour counts with, so that two posts can be compared with two posts;
            None: missing neighbours do not count, and a row without any has a neighbourhood of 0.

    >>> few = Neighbors(np.array([[3, -1]]), np.array([[0.8, -np.inf]], np.float32))
    >>> neighborhood(few).round(2), neighborhood(few, background=0.2).round(2)
    (array([0.8]), array([0.5]))
    """
    there = neighbors.indexes >= 0
    cosines = np.where(there, neighbors.cosines, 0.0 if background is None else background).astype(np.float64)
    counts = there.sum(axis=1) if background is None else there.shape[1]
    return np.asarray(cosines.sum(axis=1) / np.maximum(counts, 1), np.float64)


def margin_scores(
    cosines: Cosines, around_a: NDArray[np.float64], around_b: NDArray[np.float64], margin: Margin
) -> NDArray[np.float64]:
    """Return the margin of cosines, elementwise; the arguments broadcast.

    ratio = cosine / mean of the two neighbourhoods, distance = cosine - that mean, absolute = cosine.

    >>> margin_scores(np.array([0.9]), np.array([0.5]), np.array([0.4]), "ratio").round(2)
    array([2.])
    """
    exact = np.asarray(cosines, np.float64)
    around = (around_a + around_b) / 2
    if margin == "absolute":
        return exact
    if margin == "distance":
        return exact - around
    # A neighbourhood at or below 0 has nothing in it; 1e-6 keeps the order of cosines and the sign.
    return exact / np.maximum(around, 1e-6)


def mine(forward: Neighbors, backward: Neighbors, *, margin: Margin = "ratio", retrieval: Retrieval = "max") -> Mined:
    """Choose pairs by margin.

    fwd: the best of every a. bwd: the best of every b. intersect: pairs that are both. max: both lists together, by
    score, each row used once (LASER's default, and ours).

    Args:
        forward: k nearest b of every a.
        backward: k nearest a of every b, with the same k.
        margin: how a score is made.
        retrieval: how pairs are chosen.

    >>> forward = Neighbors(np.array([[0], [0]]), np.array([[0.9], [0.8]], np.float32))
    >>> backward = Neighbors(np.array([[0]]), np.array([[0.9]], np.float32))
    >>> [mine(forward, backward, retrieval=way).a.tolist() for way in ("fwd", "bwd", "intersect", "max")]
    [[0, 1], [0], [0], [0]]
    """
    around_a, around_b = neighborhood(forward), neighborhood(backward)
    fwd = _best(forward, around_a, around_b, margin)
    bwd = _best(backward, around_b, around_a, margin)
    bwd = Mined(bwd.b, bwd.a, bwd.scores)
    if retrieval == "fwd":
        return _by_score(fwd)
    if retrieval == "bwd":
        return _by_score(bwd)
    if retrieval == "intersect":
        return _by_score(fwd.take(np.flatnonzero(_is_in(fwd, bwd))))
    union = Mined(
        np.concatenate([fwd.a, bwd.a]), np.concatenate([fwd.b, bwd.b]), np.concatenate([fwd.scores, bwd.scores])
    )
    return _each_row_once(_by_score(union))


def _is_in(pairs: Mined, others: Mined) -> NDArray[np.bool_]:
    known = set(zip(others.a.tolist(), others.b.tolist(), strict=True))
    return np.array([pair in known for pair in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)], bool)


def _best(
    neighbors: Neighbors, around: NDArray[np.float64], around_others: NDArray[np.float64], margin: Margin
) -> Mined:
    """Return the neighbour with the best margin of every row that has any."""
    there = neighbors.indexes >= 0
    rows = np.flatnonzero(there.any(axis=1))
    indexes, there = neighbors.indexes[rows], there[rows]
    scores = margin_scores(neighbors.cosines[rows], around[rows, None], around_others[indexes], margin)
    scores = np.where(there, scores, -np.inf)
    best = scores.argmax(axis=1)[:, None]  # the first of equals, which has the smaller index
    return Mined(rows, np.take_along_axis(indexes, best, 1)[:, 0], np.take_along_axis(scores, best, 1)[:, 0])


def _by_score(pairs: Mined) -> Mined:
    return pairs.take(np.lexsort((pairs.b, pairs.a, -pairs.scores)))


def _each_row_once(pairs: Mined) -> Mined:
    used_a: set[int] = set()
    used_b: set[int] = set()
    keep = []
    for place, (a, b) in enumerate(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)):
        if a not in used_a and b not in used_b:
            used_a.add(a)
            used_b.add(b)
            keep.append(place)
    return pairs.take(np.array(keep, np.int64))
