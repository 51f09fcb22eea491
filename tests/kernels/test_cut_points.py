from __future__ import annotations

import numpy as np
import pytest

from toolkit.kernels import cut_points
from toolkit.kernels.cut_points import Piece, _heaviest_chain, cut_pair


def unit(n: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, 64)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def covers(pieces: list[Piece], n: int, m: int) -> bool:
    """Whether the pieces follow each other from (0, 0) to (n, m) without a gap."""
    corners = [(0, 0), *((bottom, right) for _, bottom, _, right in pieces)]
    return corners[:-1] == [(top, left) for top, _, left, _ in pieces] and corners[-1] == (n, m)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 5), (3, 0), (20, 20)])
def test_a_short_pair_stays_whole(n: int, m: int) -> None:
    assert cut_pair(unit(n), unit(m), cells=400) == [(0, n, 0, m)]


def test_cuts_at_pairs_that_belong_together() -> None:
    rows = unit(500)
    columns = np.concatenate([rows[:100], unit(70, seed=1), rows[100:]])  # an insertion of 70 lines
    pieces = cut_pair(rows, columns, cells=10_000)
    assert covers(pieces, 500, 570)
    assert max((bottom - top) * (right - left) for top, bottom, left, right in pieces) <= 10_000
    assert all(left == top + 70 * (top > 100) for top, _, left, _ in pieces)
    assert len(pieces) == 8


@pytest.mark.parametrize("inserted", [600, 3000])
def test_an_insertion_longer_than_the_window_is_got_over(inserted: int) -> None:
    rows = unit(2000)
    columns = np.concatenate([rows[:900], unit(inserted, seed=1), rows[900:]])
    pieces = cut_pair(rows, columns, cells=100_000)
    assert covers(pieces, 2000, 2000 + inserted)
    cuts = {left - top for top, _, left, _ in pieces if not 880 < top < 920}
    assert cuts == {0, inserted}


def test_only_windows_along_the_way_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the length makes twice the work, not four times."""
    seen: list[int] = []
    compare = cut_points._best_matches

    def counted(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        seen.append(len(rows) * len(columns))
        return compare(rows, columns)

    monkeypatch.setattr(cut_points, "_best_matches", counted)
    work = []
    for n in (4000, 8000):
        seen.clear()
        cut_pair(unit(n), unit(n), cells=1000)
        work.append(sum(seen))
    assert work[1] < 2.2 * work[0]


@pytest.mark.parametrize(("n", "m"), [(1, 5000), (700, 900)])
def test_unrelated_texts_are_cut_all_the_same(n: int, m: int) -> None:
    pieces = cut_pair(unit(n), unit(m, seed=1), cells=1000)
    assert covers(pieces, n, m)
    assert max((bottom - top) * (right - left) for top, bottom, left, right in pieces) <= 1000


def test_the_same_line_over_and_over_is_no_place_to_cut_by() -> None:
    rows = np.repeat(unit(1), 300, axis=0)
    assert covers(cut_pair(rows, rows, cells=1000), 300, 300)


@pytest.mark.parametrize(
    ("columns", "weights", "chain"),
    [
        ([], [], []),
        ([2, 0, 1], [1, 1, 1], [1, 2]),
        ([2, 0, 1], [3, 1, 1], [0]),
        ([5, 1, 2, 3, 9], [4, 1, 1, 1, 1], [0, 4]),
    ],
)
def test_heaviest_chain(columns: list[int], weights: list[float], chain: list[int]) -> None:
    found = _heaviest_chain(np.arange(len(columns)), np.array(columns, int), np.array(weights, np.float32))
    assert found == [(i, columns[i]) for i in chain]
