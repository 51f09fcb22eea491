from __future__ import annotations

import numpy as np
import pytest

from toolkit.kernels.bead_dp import Lattice, Step, best_paths, posteriors

SHAPES = [(1, 1), (1, 2), (2, 1), (2, 2)]
SIZES = [(3, 4), (4, 2), (0, 3), (1, 1), (4, 0), (0, 0)]
N = M = 4


def random_lattice(seed: int) -> Lattice:
    """A batch of pairs of different sizes, padded to 4 x 4, with random scores."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(len(SIZES), len(SHAPES), N + 1, M + 1))
    for b, (n, m) in enumerate(SIZES):
        for t, (rows, columns) in enumerate(SHAPES):
            scores[b, t, max(n - rows + 1, 0) :] = -np.inf
            scores[b, t, :, max(m - columns + 1, 0) :] = -np.inf
    skips = rng.normal(size=(2, len(SIZES), N))
    return Lattice(SHAPES, scores, skips[0], skips[1], np.array(SIZES))


def all_paths(n: int, m: int) -> list[tuple[Step, ...]]:
    """Every alignment of a pair, a run of null beads in one order only."""

    def walk(i: int, j: int, may_leave_row: bool) -> list[tuple[Step, ...]]:
        if (i, j) == (n, m):
            return [()]
        steps = [(i, j, rows, columns) for rows, columns in SHAPES if i + rows <= n and j + columns <= m]
        steps += [(i, j, 1, 0)] if may_leave_row and i < n else []
        steps += [(i, j, 0, 1)] if j < m else []
        return [(step, *rest) for step in steps for rest in walk(i + step[2], j + step[3], step[2] > 0)]

    return walk(0, 0, True)


def score(lattice: Lattice, b: int, path: tuple[Step, ...]) -> float:
    return float(
        sum(
            lattice.skip_rows[b, i]
            if n == 0
            else lattice.skip_columns[b, j]
            if m == 0
            else lattice.scores[b, SHAPES.index((m, n)), i, j]
            for i, j, m, n in path
        )
    )


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_counting_all_alignments(seed: int) -> None:
    lattice = random_lattice(seed)
    found, best = posteriors(lattice), best_paths(lattice)
    for b, (n, m) in enumerate(SIZES):
        paths = all_paths(n, m)
        scores = np.array([score(lattice, b, path) for path in paths])
        beads, null_rows, null_columns = np.zeros((len(SHAPES), N + 1, M + 1)), np.zeros(N), np.zeros(M)
        for path, chance in zip(paths, np.exp(scores - np.logaddexp.reduce(scores)), strict=True):
            for i, j, rows, columns in path:
                if columns == 0:
                    null_rows[i] += chance
                elif rows == 0:
                    null_columns[j] += chance
                else:
                    beads[SHAPES.index((rows, columns)), i, j] += chance
        np.testing.assert_allclose(found.beads[b], beads, atol=1e-12)
        np.testing.assert_allclose(found.null_rows[b, :n], null_rows[:n], atol=1e-12)
        np.testing.assert_allclose(found.null_columns[b, :m], null_columns[:m], atol=1e-12)
        np.testing.assert_allclose(found.log_total[b], np.logaddexp.reduce(scores), atol=1e-12)
        assert tuple(best[b]) == paths[int(scores.argmax())]


def test_a_pair_does_not_depend_on_its_batch() -> None:
    lattice = random_lattice(7)
    alone = Lattice(SHAPES, lattice.scores[1:2], lattice.skip_rows[1:2], lattice.skip_columns[1:2], lattice.sizes[1:2])
    assert best_paths(alone)[0] == best_paths(lattice)[1]
    np.testing.assert_array_equal(posteriors(alone).beads[0], posteriors(lattice).beads[1])


def test_equal_alignments_take_beads_before_null_beads() -> None:
    lattice = Lattice([(1, 1)], np.full((1, 1, 2, 2), -np.inf), np.zeros((1, 1)), np.zeros((1, 1)), np.array([[1, 1]]))
    lattice.scores[0, 0, 0, 0] = 0.0  # as much as two null beads
    assert best_paths(lattice) == [[(0, 0, 1, 1)]]
    assert posteriors(lattice).beads[0, 0, 0, 0] == pytest.approx(0.5)


def test_a_gap_has_one_order() -> None:
    """300 against 300 sentences left alone are one alignment and not 600! / (300! 300!)."""
    n = 300
    nothing = np.full((1, 1, n + 1, n + 1), -np.inf)
    skip = np.full((1, n), -1.0)
    lattice = Lattice([(1, 1)], nothing, skip, skip, np.array([[n, n]]))
    assert posteriors(lattice).log_total[0] == pytest.approx(-2.0 * n)
    assert best_paths(lattice)[0] == [*((i, 0, 1, 0) for i in range(n)), *((n, j, 0, 1) for j in range(n))]
