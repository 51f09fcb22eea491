import numpy as np
import pytest

from toolkit.kernels.margin import Margin, Retrieval, margin_scores, mine, neighborhood
from toolkit.kernels.neighbors import nearest_both_ways

_COSINES = np.array([[0.9, 0.8, 0.1], [0.7, 0.85, 0.2], [0.3, 0.6, 0.1]], np.float32)


def _neighbors(k: int):  # type: ignore[no-untyped-def]
    """Rows of the identity against columns of the table: the products are the table itself."""
    return nearest_both_ways(np.eye(3, dtype=np.float32), np.ascontiguousarray(_COSINES.T), k)


@pytest.mark.parametrize(
    ("retrieval", "pairs"),
    [
        ("fwd", {(0, 0), (1, 1), (2, 1)}),
        ("bwd", {(0, 0), (1, 1), (1, 2)}),
        ("intersect", {(0, 0), (1, 1)}),
        ("max", {(0, 0), (1, 1)}),
    ],
)
def test_retrieval_by_absolute_margin(retrieval: Retrieval, pairs: set[tuple[int, int]]) -> None:
    mined = mine(*_neighbors(3), margin="absolute", retrieval=retrieval)
    assert set(zip(mined.a.tolist(), mined.b.tolist(), strict=True)) == pairs
    assert mined.scores.tolist() == sorted(mined.scores.tolist(), reverse=True)


def test_ratio_by_hand() -> None:
    forward, backward = _neighbors(2)
    around_a, around_b = neighborhood(forward), neighborhood(backward)
    assert around_a == pytest.approx([0.85, 0.775, 0.45], abs=1e-6)
    assert around_b == pytest.approx([0.8, 0.825, 0.15], abs=1e-6)
    mined = mine(forward, backward, margin="ratio", retrieval="fwd")
    best = dict(zip(mined.a.tolist(), mined.scores.tolist(), strict=True))
    assert best[0] == pytest.approx(0.9 / 0.825, abs=1e-5)


@pytest.mark.parametrize(("margin", "expected"), [("ratio", 2.0), ("distance", 0.4), ("absolute", 0.8)])
def test_margins(margin: Margin, expected: float) -> None:
    score = margin_scores(np.array([0.8]), np.array([0.3]), np.array([0.5]), margin)
    assert score.tolist() == pytest.approx([expected])


def test_missing_neighbours_count_as_background() -> None:
    forward, _ = nearest_both_ways(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), 4)
    assert neighborhood(forward).tolist() == [0.5, 0.5]
    assert neighborhood(forward, background=0.1).tolist() == pytest.approx([0.3, 0.3])


def test_nothing_to_mine() -> None:
    nobody = np.zeros((0, 4), np.float32)
    assert [len(part) for part in mine(*nearest_both_ways(nobody, np.eye(4, dtype=np.float32), 2))] == [0, 0, 0]
