"""Monotone alignment of two sequences by m:n beads: best path and exact posterior probabilities.

A bead covers m consecutive sentences of one side and n of the other; a null bead covers one sentence and nothing. An
alignment is a path of beads from (0, 0) to (N, M) that covers each sentence once, in order (Gale & Church 1993). With
`score` the log-odds of a bead and `skip` that of a null bead, the score of a path is the sum over its beads, and
exp(score) / (sum over all paths) is its probability: a semi-Markov conditional random field (Sarawagi & Cohen 2004)
over beads. The forward-backward algorithm gives the exact probability of every bead, and so an honest confidence.

A run of null beads counts as one path whatever their order, rows first; otherwise long gaps would gain probability by
the mere number of their orders. That is why there are two states: `opened` cells may be followed by anything, `closed`
ones do not end in a null bead of the columns.

Pairs come in batches, because a row of one short pair is too little work for a call. Time and memory of a pair are
N * M * shapes; long texts are cut at safe places first (`kernels/cut_points.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Shape = tuple[int, int]  # (m, n) of a bead
Step = tuple[int, int, int, int]  # (i, j, m, n): the bead of rows i .. i+m-1 and columns j .. j+n-1

_TIE: Final = 1e-9  # paths whose scores differ by less are equally good: sums in another order differ by that much


@dataclass(frozen=True)
class Lattice:
    """The scores of all beads that may be formed, for a batch of pairs.

    Attributes:
        shapes: the bead shapes (m, n), m >= 1 and n >= 1.
        scores: float64 (batch, len(shapes), N + 1, M + 1). `scores[b, t, i, j]` belongs to the bead of shape t that
            starts at sentences (i, j); -inf where it would leave the pair.
        skip_rows: (batch, N), score of leaving sentence i of the first side alone.
        skip_columns: (batch, M), the same for the second side.
        sizes: (batch, 2), sentences of each pair; at most (N, M).
    """

    shapes: Sequence[Shape]
    scores: Real
    skip_rows: Real
    skip_columns: Real
    sizes: NDArray[np.int64]


@dataclass(frozen=True)
class Posterior:
    """Probabilities over all alignments of each pair.

    Attributes:
        beads: like `Lattice.scores`, the probability that the bead is in the alignment.
        null_rows: (batch, N), that sentence i of the first side is left alone.
        null_columns: (batch, M), the same for the second side.
        log_total: (batch,), logarithm of the sum of exp(score) over all alignments.
    """

    beads: Real
    null_rows: Real
    null_columns: Real
    log_total: Real


def posteriors(lattice: Lattice) -> Posterior:
    """Return the probability of every bead and of every sentence being left alone.

    They are consistent: over the beads and the null bead that hold a sentence, probabilities add up to 1.

    Two sentences against two, of which only the first ones belong together (score 3 against -2), a skip at -1:

    >>> scores = np.full((1, 1, 3, 3), -np.inf)
    >>> scores[0, 0, :2, :2] = [[3, -2], [-2, -2]]
    >>> skip = np.full((1, 2), -1.0)
    >>> found = posteriors(Lattice([(1, 1)], scores, skip, skip, np.array([[2, 2]])))
    >>> found.beads[0, 0, :2, :2].round(3)
    array([[0.987, 0.003],
           [0.003, 0.497]])
    >>> found.null_rows.round(3)
    array([[0.01, 0.5 ]])
    """
    rows, columns = lattice.scores.shape[2:]
    closed, opened = _forward(lattice, np.logaddexp)
    closed_after, opened_after = _backward(lattice, np.logaddexp)
    total = closed_after[:, :1, :1]
    beads = np.full_like(lattice.scores, -np.inf)
    for t, (m, n) in enumerate(lattice.shapes):
        if m < rows and n < columns:
            inside = (slice(None), slice(rows - m), slice(columns - n))
            beads[:, t][inside] = opened[inside] + lattice.scores[:, t][inside] + closed_after[:, m:, n:] - total
    null_rows = np.exp(closed[:, :-1] + lattice.skip_rows[:, :, None] + closed_after[:, 1:] - total)
    null_columns = np.exp(opened[:, :, :-1] + lattice.skip_columns[:, None, :] + opened_after[:, :, 1:] - total)
    return Posterior(np.exp(beads), null_rows.sum(axis=2), null_columns.sum(axis=1), total[:, 0, 0])


def best_paths(lattice: Lattice) -> list[list[Step]]:
    """Return the best alignment of each pair: the steps (i, j, m, n) of its beads and null beads, in reading order.

    Of equally good steps the one with the earlier shape is taken, and beads before null beads.

    >>> scores = np.full((1, 1, 3, 3), -np.inf)
    >>> scores[0, 0, :2, :2] = [[3, -2], [-2, -3]]
    >>> skip = np.full((1, 2), -1.0)
    >>> best_paths(Lattice([(1, 1)], scores, skip, skip, np.array([[2, 2]])))
    [[(0, 0, 1, 1), (1, 1, 1, 0), (2, 1, 0, 1)]]
    """
    closed, opened = _forward(lattice, np.maximum)
    return [_walk_back(lattice, closed[b], opened[b], b) for b in range(len(lattice.sizes))]


def _forward(lattice: Lattice, plus: np.ufunc) -> tuple[Real, Real]:
    """Sum or maximise over the paths that reach each cell; returns (closed, opened), both (batch, N + 1, M + 1)."""
    batch, _, rows, columns = lattice.scores.shape
    gaps = _running_sum(lattice.skip_columns)
    closed = np.full((batch, rows, columns), -np.inf)
    opened = np.empty_like(closed)
    closed[:, 0, 0] = 0.0
    for i in range(rows):
        here = closed[:, i]
        if i:
            here[:] = closed[:, i - 1] + lattice.skip_rows[:, i - 1, None]
        for t, (m, n) in enumerate(lattice.shapes):
            if m <= i and n < columns:
                came = opened[:, i - m, :-n] + lattice.scores[:, t, i - m, :-n]
                plus(here[:, n:], came, out=here[:, n:])
        opened[:, i] = plus.accumulate(here - gaps, axis=1) + gaps
    return closed, opened


def _backward(lattice: Lattice, plus: np.ufunc) -> tuple[Real, Real]:
    """Sum or maximise over the paths from each cell to its pair's end; the mirror of `_forward`."""
    batch, _, rows, columns = lattice.scores.shape
    gaps = _running_sum(lattice.skip_columns)
    closed, opened = np.empty((batch, rows, columns)), np.empty((batch, rows, columns))
    for i in range(rows - 1, -1, -1):
        here = np.full((batch, columns), -np.inf)
        ending = np.flatnonzero(lattice.sizes[:, 0] == i)
        here[ending, lattice.sizes[ending, 1]] = 0.0
        for t, (m, n) in enumerate(lattice.shapes):
            if i + m < rows and n < columns:
                goes = lattice.scores[:, t, i, :-n] + closed[:, i + m, n:]
                plus(here[:, :-n], goes, out=here[:, :-n])
        opened[:, i] = plus.accumulate((here + gaps)[:, ::-1], axis=1)[:, ::-1] - gaps
        closed[:, i] = opened[:, i]
        if i + 1 < rows:
            plus(closed[:, i], closed[:, i + 1] + lattice.skip_rows[:, i, None], out=closed[:, i])
    return closed, opened


def _running_sum(skip: Real) -> Real:
    """Return the score of leaving the first j columns alone: (batch, M + 1)."""
    total = np.zeros((skip.shape[0], skip.shape[1] + 1))
    np.cumsum(skip, axis=1, out=total[:, 1:])
    return total


def _walk_back(lattice: Lattice, closed: Real, opened: Real, b: int) -> list[Step]:
    """Follow the best path of pair b from its end; `closed` and `opened` are that pair's maxima."""
    scores, path, may_open = lattice.scores[b], [], True
    i, j = (int(size) for size in lattice.sizes[b])
    while i or j:
        if may_open and j and opened[i, j - 1] + lattice.skip_columns[b, j - 1] > closed[i, j] + _TIE:
            j -= 1
            path.append((i, j, 0, 1))
            continue
        best, step = -np.inf, (1, 0)
        for t, (m, n) in enumerate(lattice.shapes):
            if m <= i and n <= j and (value := opened[i - m, j - n] + scores[t, i - m, j - n]) > best + _TIE:
                best, step = value, (m, n)
        if i and closed[i - 1, j] + lattice.skip_rows[b, i - 1] > best + _TIE:
            step = (1, 0)
        i, j, may_open = i - step[0], j - step[1], step[1] > 0
        path.append((i, j, *step))
    return path[::-1]
