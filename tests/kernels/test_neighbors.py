import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from toolkit.errors import ToolkitError
from toolkit.kernels import neighbors
from toolkit.kernels.neighbors import nearest_both_ways


def _unit(n: int, seed: int, dim: int = 16) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _brute(a: NDArray[np.float32], b: NDArray[np.float32], k: int, near: NDArray[np.bool_]) -> list[list[int]]:
    cosines = np.round(a.astype(np.float64) @ b.T.astype(np.float64), 6)
    order = np.lexsort((np.broadcast_to(np.arange(len(b)), cosines.shape), -cosines), axis=1)
    return [[j for j in row if near[i, j]][:k] for i, row in enumerate(order.tolist())]


def _lists(found: neighbors.Neighbors) -> list[list[int]]:
    return [[j for j in row if j >= 0] for row in found.indexes.tolist()]


@pytest.mark.parametrize("block", [7, 64, 2048])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (100, 57), (300, 211)])
def test_agrees_with_brute_force(monkeypatch: pytest.MonkeyPatch, block: int, n: int, m: int) -> None:
    monkeypatch.setattr(neighbors, "_BLOCK", block)
    a, b = _unit(n, 1), _unit(m, 2)
    everything = np.ones((n, m), bool)
    forward, backward = nearest_both_ways(a, b, 4)
    assert _lists(forward) == _brute(a, b, 4, everything)
    assert _lists(backward) == _brute(b, a, 4, everything.T)
    i = np.arange(n)
    assert forward.cosines[:, 0] == pytest.approx((a * b[forward.indexes[i, 0]]).sum(axis=1), abs=2e-6)


@pytest.mark.parametrize("block", [16, 2048])
def test_window_leaves_out_what_is_far_in_time_and_keeps_what_has_no_time(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(neighbors, "_BLOCK", block)
    a, b = _unit(150, 3), _unit(90, 4)
    clock = np.random.default_rng(5)
    times_a, times_b = clock.uniform(0, 100, 150), clock.uniform(0, 100, 90)
    times_a[::13] = np.nan
    times_b[::7] = np.nan
    near = ~(np.abs(times_a[:, None] - times_b[None, :]) > 10)
    forward, backward = nearest_both_ways(a, b, 3, times_a=times_a, times_b=times_b, window=10)
    assert _lists(forward) == _brute(a, b, 3, near)
    assert _lists(backward) == _brute(b, a, 3, near.T)


def test_equal_vectors_come_in_order_of_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "_BLOCK", 5)
    a = _unit(3, 6, dim=100)
    b = np.repeat(a[:1], 23, axis=0)
    forward, backward = nearest_both_ways(a, b, 4)
    assert forward.indexes.tolist() == [[0, 1, 2, 3]] * 3
    assert backward.indexes[:, 0].tolist() == [0] * 23


def test_above_the_limit_an_index_finds_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    topics, drift = _unit(40, 1), _unit(2000, 2)
    a = topics[np.arange(2000) % 40] + 0.5 * drift
    b = a + 0.05 * _unit(2000, 3)
    a, b = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (a, b))
    wanted = nearest_both_ways(a, b, 4)
    monkeypatch.setattr(neighbors, "EXACT_CELLS", 2000)
    found = nearest_both_ways(a, b, 4)
    for some, all_ in zip(found, wanted, strict=True):
        recall = np.mean(
            [len({*x} & {*y}) / 4 for x, y in zip(some.indexes.tolist(), all_.indexes.tolist(), strict=True)]
        )
        assert recall > 0.95
        same = some.indexes == all_.indexes
        assert some.cosines[same] == pytest.approx(all_.cosines[same], abs=2e-6)
    assert _lists(nearest_both_ways(a, b, 4)[0]) == _lists(found[0])
    assert _lists(nearest_both_ways(a, b, 4, exact=True)[0]) == _lists(wanted[0])
    hours = np.zeros(2000)
    assert _lists(nearest_both_ways(a, b, 4, times_a=hours, times_b=hours, window=1)[0]) == _lists(wanted[0])


def test_an_index_without_faiss_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr(neighbors, "EXACT_CELLS", 5)
    with pytest.raises(ToolkitError, match=r"3 x 2 texts are too many .* --exact"):
        nearest_both_ways(_unit(3, 1), _unit(2, 2), 1)


def test_no_rows() -> None:
    forward, backward = nearest_both_ways(_unit(0, 1), _unit(2, 2), 2)
    assert forward.indexes.shape == (0, 2)
    assert backward.indexes.tolist() == [[-1, -1], [-1, -1]]
