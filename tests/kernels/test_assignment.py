from itertools import combinations

import numpy as np
import pytest

from toolkit.kernels.assignment import assign_one_to_one


def _best_by_trying_all(a: list[int], b: list[int], gains: list[float]) -> float:
    best = 0.0
    for size in range(1, len(a) + 1):
        for chosen in combinations(range(len(a)), size):
            if len({a[i] for i in chosen}) == len({b[i] for i in chosen}) == size:
                best = max(best, sum(gains[i] for i in chosen))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_gain_is_the_largest_possible(seed: int) -> None:
    random = np.random.default_rng(seed)
    cells = random.choice(25, size=10, replace=False)
    a, b = cells // 5, cells % 5
    gains = random.normal(0.5, 1, size=10).round(2)
    chosen = assign_one_to_one(a, b, gains)
    assert len(set(a[chosen])) == len(set(b[chosen])) == len(chosen)
    assert (gains[chosen] > 0).all()
    assert gains[chosen].sum() == pytest.approx(_best_by_trying_all(a.tolist(), b.tolist(), gains.tolist()))


def test_staying_alone_is_a_choice() -> None:
    a, b = np.array([0, 1]), np.array([0, 1])
    assert assign_one_to_one(a, b, np.array([1.0, -0.1])).tolist() == [0]
    assert assign_one_to_one(a, b, np.array([-1.0, 0.0])).tolist() == []
    assert assign_one_to_one(a[:0], b[:0], np.array([])).tolist() == []


def test_of_a_pair_given_twice_the_better_counts() -> None:
    a, b = np.array([4, 4, 4]), np.array([7, 7, 8])
    assert assign_one_to_one(a, b, np.array([2.0, 3.0, 1.0])).tolist() == [1]


def test_components_are_solved_apart() -> None:
    """A hundred thousand candidates in small components take no time."""
    a = np.repeat(np.arange(50_000), 2)
    b = a ^ np.tile([0, 1], 50_000)
    chosen = assign_one_to_one(a, b, np.tile([3.0, 1.0], 50_000))
    assert len(chosen) == 50_000
    assert (a[chosen] == b[chosen]).all()
