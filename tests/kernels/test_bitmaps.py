import numpy as np
import pytest

from toolkit.kernels.bitmaps import N_WORDS, bitmaps, may_be_alike
from toolkit.kernels.minhash import jaccard


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 1.0])
def test_no_pair_that_is_alike_is_left_out(threshold: float) -> None:
    """Sets that share from nothing to all, small ones and ones that fill their bitmaps, some with members twice."""
    rng = np.random.default_rng(6)
    sets = []
    for size in (1, 2, 5, 30, 100, 400):
        pool = rng.integers(0, 1 << 64, 2 * size, dtype=np.uint64)
        sets += [rng.choice(pool[: size + rest], size, replace=bool(rest % 2)) for rest in (0, 0, 1, size // 10, size)]
    offsets = np.cumsum([0, *map(len, sets)])
    hashes = np.concatenate(sets)
    pairs = np.array([(i, j) for i in range(len(sets)) for j in range(i)])
    true = jaccard(hashes, offsets, pairs) >= threshold
    maybe = may_be_alike(bitmaps(hashes, offsets), np.diff(offsets), pairs, threshold)
    assert true.any()
    assert maybe[true].all()
    assert not maybe.all()


def test_most_of_what_a_template_makes_is_told_apart() -> None:
    """Two fifths of the members are shared, so all pairs are candidates of MinHash bands and none is a duplicate."""
    rng = np.random.default_rng(6)
    shared, own = rng.integers(0, 1 << 64, 20, dtype=np.uint64), rng.integers(0, 1 << 64, (50, 15), dtype=np.uint64)
    hashes = np.concatenate([np.concatenate([shared, part]) for part in own])
    pairs = np.array([(i, j) for i in range(50) for j in range(i)])
    maybe = may_be_alike(bitmaps(hashes, np.arange(51) * 35), np.full(50, 35), pairs, 0.8)
    assert maybe.mean() < 0.01


def test_no_sets() -> None:
    maps = bitmaps(np.empty(0, np.uint64), np.array([0]))
    assert maps.shape == (0, N_WORDS)
    assert may_be_alike(maps, np.empty(0, np.int64), np.empty((0, 2), np.int64), 0.8).tolist() == []
