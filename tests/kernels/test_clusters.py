import numpy as np
import pytest

from toolkit.kernels.clusters import join_groups, post_pairs, representatives


@pytest.mark.parametrize(
    ("order", "pairs", "kept"),
    [
        ([0, 1, 2], [], [0, 1, 2]),
        ([0, 1, 2], [(0, 1), (1, 2), (0, 2)], [0, 0, 0]),
        ([2, 1, 0], [(0, 1), (1, 2), (0, 2)], [2, 2, 2]),
        ([0, 1, 2], [(0, 1), (1, 2)], [0, 0, 2]),  # a chain: 2 is no duplicate of 0
        ([1, 0, 2], [(0, 1), (1, 2)], [1, 1, 1]),
        ([0, 1, 2, 3], [(0, 3), (1, 3)], [0, 1, 2, 0]),  # the best of two that stay
        ([0, 1, 2, 3, 4], [(0, 1), (1, 2), (2, 3), (3, 4)], [0, 0, 2, 2, 4]),
    ],
)
def test_representatives(order: list[int], pairs: list[tuple[int, int]], kept: list[int]) -> None:
    array = np.array(pairs, np.int64).reshape(-1, 2)
    for form in (array, array[:, ::-1], array[::-1]):
        found, similarity = representatives(np.array(order), form, np.full(len(array), 0.9))
        assert found.tolist() == kept
        assert similarity.tolist() == [1.0 if k == i else 0.9 for i, k in enumerate(kept)]


def test_everybody_who_leaves_is_paired_with_its_representative() -> None:
    rng = np.random.default_rng(4)
    pairs = np.unique(np.sort(rng.integers(0, 200, (300, 2)), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    order = rng.permutation(200)
    kept, _ = representatives(order, pairs, np.ones(len(pairs)))
    known = {frozenset(pair) for pair in pairs.tolist()}
    rank = np.argsort(order)
    for item, keeper in enumerate(kept.tolist()):
        assert kept[keeper] == keeper
        assert item == keeper or frozenset((item, keeper)) in known
        assert rank[keeper] <= rank[item]
    stays = {item for item in range(200) if kept[item] == item}
    assert not any(pair <= stays for pair in known)


def test_post_pairs() -> None:
    item_of = np.array([0, 1, 0, 2, 1])
    found = [
        (post, other, value)
        for post, others, values in post_pairs(item_of, np.array([[0, 1]]), np.array([0.9]))
        for other, value in zip(others.tolist(), values.tolist(), strict=True)
    ]
    assert found == [(0, 1, 0.9), (0, 2, 1.0), (0, 4, 0.9), (1, 2, 0.9), (1, 4, 1.0), (2, 4, 0.9)]


def test_no_post_pairs() -> None:
    nothing = np.empty((0, 2), np.int64)
    assert list(post_pairs(np.array([0, 1, 2]), nothing, np.empty(0))) == []
    assert list(post_pairs(np.empty(0, np.int64), nothing, np.empty(0))) == []


def test_groups() -> None:
    groups = join_groups([("d", "c"), ("a", "b"), ("c", "b"), ("y", "x"), ("x", "y")])
    assert groups == {"a": "a", "b": "a", "c": "a", "d": "a", "x": "x", "y": "x"}
