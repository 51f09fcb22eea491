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


@pytest.mark.parametrize(("block", "n_parts"), [(1, 3), (8, 2), (100, 1)])
def test_post_pairs(block: int, n_parts: int) -> None:
    item_of = np.array([0, 1, 0, 2, 1])
    parts = list(post_pairs(item_of, np.array([[0, 1]]), np.array([0.9]), block))
    found = [row for part in parts for row in zip(*(column.tolist() for column in part), strict=True)]
    assert found == [(0, 1, 0.9), (0, 2, 1.0), (0, 4, 0.9), (1, 2, 0.9), (1, 4, 1.0), (2, 4, 0.9)]
    assert len(parts) == n_parts


def test_post_pairs_are_all_pairs_of_paired_items() -> None:
    rng = np.random.default_rng(7)
    item_of = np.unique(rng.integers(0, 30, 80), return_inverse=True)[1]
    pairs = np.array([(i, j) for i in range(item_of.max()) for j in range(i) if rng.random() < 0.1])
    similarity = rng.random(len(pairs))
    value = {frozenset(pair): s for pair, s in zip(pairs.tolist(), similarity.tolist(), strict=True)}
    value |= {frozenset([item]): 1.0 for item in range(30)}
    keys = [(i, j, frozenset([item_of[i], item_of[j]])) for i in range(80) for j in range(i + 1, 80)]
    parts = post_pairs(item_of, pairs, similarity, 20)
    found = [row for part in parts for row in zip(*(column.tolist() for column in part), strict=True)]
    assert found == [(i, j, value[key]) for i, j, key in keys if key in value]


def test_no_post_pairs() -> None:
    nothing = np.empty((0, 2), np.int64)
    assert list(post_pairs(np.array([0, 1, 2]), nothing, np.empty(0), 10)) == []
    assert list(post_pairs(np.empty(0, np.int64), nothing, np.empty(0), 10)) == []


def test_groups() -> None:
    groups = join_groups([("d", "c"), ("a", "b"), ("c", "b"), ("y", "x"), ("x", "y")])
    assert groups == {"a": "a", "b": "a", "c": "a", "d": "a", "x": "x", "y": "x"}
