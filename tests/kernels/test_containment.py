import numpy as np
import pytest
from numpy.typing import NDArray

from toolkit.kernels.containment import contained_pairs


def sets_of(*sets: set[int] | list[int]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    # Spread over all bits: the kernel deals hashes to parts by their first ones.
    spread = [[(value * 0x9E3779B97F4A7C15) % 2**64 for value in one] for one in sets]
    offsets = np.cumsum([0, *map(len, spread)])
    return np.array([value for one in spread for value in one], np.uint64), offsets


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([{1, 2, 3}, {1, 2, 3, 4, 5}], [(0, 1, 1.0)]),
        ([{1, 2, 3, 4, 5}, {1, 2, 3}], [(1, 0, 1.0)]),
        ([{1, 2, 3, 4, 9}, {1, 2, 3, 4, 5, 6}], [(0, 1, 0.8)]),
        ([{1, 2, 3, 8, 9}, {1, 2, 3, 4, 5, 6}], []),
        ([{1, 2, 3}, {1, 2, 3}], []),  # neither is the larger one
        ([[1, 1, 2, 2, 3], [1, 2, 3, 4]], [(0, 1, 1.0)]),  # a member counts once
        ([{1, 2}, {1, 2, 3}, {1, 2, 3, 4}], [(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0)]),
        ([], []),
    ],
)
def test_known_pairs(sets: list[set[int]], expected: list[tuple[int, int, float]]) -> None:
    found = contained_pairs(*sets_of(*sets), 0.8, 10)
    pairs = zip(found.pairs.tolist(), found.share.tolist(), strict=True)
    assert [(first, second, share) for (first, second), share in pairs] == expected


def test_boilerplate_proves_nothing() -> None:
    footer = set(range(100, 120))
    posts = [{n} | footer for n in range(12)] + [{50, 51, 52} | footer]
    assert len(contained_pairs(*sets_of(*posts), 0.8, 20).pairs) == 12
    assert len(contained_pairs(*sets_of(*posts), 0.8, 5).pairs) == 0
    # What a set has of its own must be there too, and then the footer is no obstacle.
    found = contained_pairs(*sets_of(*posts, {50, 51, 52, 53} | footer), 0.8, 5)
    assert found.pairs.tolist() == [[12, 13]]


def test_same_as_the_definition() -> None:
    rng = np.random.default_rng(3)
    sets = [set(rng.integers(0, 60, rng.integers(3, 25)).tolist()) for _ in range(80)]
    sets += [set(list(one)[: len(one) * 9 // 10]) for one in sets[:40]]
    found = contained_pairs(*sets_of(*sets), 0.8, len(sets))
    wanted = [
        [a, b]
        for a, one in enumerate(sets)
        for b, two in enumerate(sets)
        if len(one) < len(two) and len(one & two) >= 0.8 * len(one)
    ]
    assert found.pairs.tolist() == wanted
    assert len(wanted) > 40
