import numpy as np
import pytest

from toolkit.kernels.minhash import CandidatePairs, band_keys, jaccard, minhash_signatures


def two_sets(n_shared: int, n_own: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes and offsets of two sets with `n_shared` common members and `n_own` more each."""
    values = np.random.default_rng(5).integers(0, 1 << 64, n_shared + 2 * n_own, dtype=np.uint64)
    first, second = values[: n_shared + n_own], np.concatenate([values[:n_shared], values[n_shared + n_own :]])
    return np.concatenate([first, second]), np.array([0, len(first), len(first) + len(second)])


@pytest.mark.parametrize(("n_shared", "n_own"), [(0, 50), (20, 40), (60, 20), (90, 5), (100, 0), (60_000, 20_000)])
def test_signatures_estimate_jaccard(n_shared: int, n_own: int) -> None:
    first, second = minhash_signatures(*two_sets(n_shared, n_own), 2048, 1)
    true = n_shared / (n_shared + 2 * n_own)
    # Four standard deviations of a mean of 2048 draws.
    assert abs(float((first == second).mean()) - true) <= 4 * np.sqrt(true * (1 - true) / 2048)


def test_signatures_do_not_depend_on_the_neighbours() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 5000, 40)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    hashes = rng.integers(0, 1 << 64, offsets[-1], dtype=np.uint64)
    together = minhash_signatures(hashes, offsets, 16, 1)
    for number in range(40):
        alone = hashes[offsets[number] : offsets[number + 1]]
        assert (minhash_signatures(alone, np.array([0, len(alone)]), 16, 1)[0] == together[number]).all()


def test_signatures_are_the_same_on_every_machine() -> None:
    signature = minhash_signatures(np.array([1, 2, 3], np.uint64) << np.uint64(32), np.array([0, 3]), 4, 1)
    assert signature.tolist() == [[1951713226, 720707804, 379873543, 3436147935]]


def test_no_sets() -> None:
    signatures = minhash_signatures(np.empty(0, np.uint64), np.array([0]), 8, 1)
    assert band_keys(signatures, 4).shape == (0, 4)
    assert list(CandidatePairs(band_keys(signatures, 4), 10)) == []


@pytest.mark.parametrize("block", [1, 3, 1000])
@pytest.mark.parametrize("shift", [0, 58])  # keys that differ in their lowest bits, and in their highest
def test_candidates_are_all_pairs_that_share_a_key_once(block: int, shift: int) -> None:
    keys = np.random.default_rng(2).integers(0, 6, (40, 3), dtype=np.uint64) << np.uint64(shift)
    found = [tuple(pair) for pairs in CandidatePairs(keys, block) for pair in pairs.tolist()]
    wanted = {(i, j) for i in range(40) for j in range(i + 1, 40) if (keys[i] == keys[j]).any()}
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_a_big_bucket_comes_in_blocks() -> None:
    keys = np.zeros((300, 1), np.uint64)
    blocks = list(CandidatePairs(keys, 1000))
    assert sum(map(len, blocks)) == 300 * 299 // 2
    assert max(map(len, blocks)) < 1000 + 1000 + 300  # what waits, and one more with all pairs of its last post


@pytest.mark.parametrize(("n_shared", "n_own", "true"), [(0, 3, 0.0), (4, 0, 1.0), (8, 1, 0.8), (3, 2, 3 / 7)])
def test_jaccard(n_shared: int, n_own: int, true: float) -> None:
    assert jaccard(*two_sets(n_shared, n_own), np.array([[0, 1], [1, 0]])).tolist() == [true, true]


def test_jaccard_of_no_pairs() -> None:
    assert jaccard(*two_sets(1, 1), np.empty((0, 2), np.int64)).tolist() == []


def test_counting_leaves_the_sets_as_they_are() -> None:
    hashes, offsets = np.array([7, 7, 1, 7], np.uint64), np.array([0, 3, 4])
    assert jaccard(hashes, offsets, np.array([[0, 1]])).tolist() == [0.5]
    assert (hashes.tolist(), offsets.tolist()) == ([7, 7, 1, 7], [0, 3, 4])
