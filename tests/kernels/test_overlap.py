"""The inverted index against sets of Python, on random sets and on the ones that break indexes."""

from collections.abc import Iterator
from itertools import chain

import numpy as np
import pytest
from scipy import sparse

from toolkit.kernels import overlap
from toolkit.kernels.overlap import SetIndex

Members = list[list[int]]


def flat(sets: Members) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(chain(*sets)), np.uint64), np.cumsum([0, *map(len, sets)])


def found(collection: Members, sets: Members) -> list[tuple[int, int, int, int]]:
    parts = SetIndex(*flat(collection)).overlaps(*flat(sets))
    return [tuple(map(int, row)) for part in parts for row in zip(*part, strict=True)]  # type: ignore[misc]


def wanted(collection: Members, sets: Members) -> list[tuple[int, int, int, int]]:
    pairs = [
        (i, j, len({*one} & {*other}), len({*one})) for i, one in enumerate(sets) for j, other in enumerate(collection)
    ]
    return [pair for pair in pairs if pair[2]]


BIG = (1 << 64) - 1
CASES: list[tuple[str, Members, Members]] = [
    ("members twice", [[1, 1, 2]], [[1, 2, 2, 3]]),
    ("nothing shared", [[1, 2]], [[3], [4, 5]]),
    ("the ends of the range", [[0, BIG], [5]], [[BIG], [0, 5]]),
    ("empty sets", [[], [7], []], [[], [7], []]),
    ("no collection", [], [[1]]),
    ("a collection of nothing", [[], []], [[1]]),
    ("nothing to look up", [[1]], []),
]


@pytest.mark.parametrize(("collection", "sets"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_by_hand(collection: Members, sets: Members) -> None:
    assert found(collection, sets) == wanted(collection, sets)


@pytest.mark.parametrize("block", [1, 7, 1 << 22])
def test_random_sets_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(overlap, "_BLOCK", block)
    random = np.random.default_rng(1)
    values = random.integers(0, 1 << 64, 60, dtype=np.uint64)
    collection, sets = ([random.choice(values, random.integers(0, 9)).tolist() for _ in range(40)] for _ in range(2))
    assert found(collection, sets) == wanted(collection, sets)
    index = SetIndex(*flat(collection))
    assert index.sizes.tolist() == [len({*one}) for one in collection]
    assert index.members.tolist() == sorted({*chain(*collection)})
    assert index.count_sets(*flat(sets)).tolist() == [sum(value in one for one in sets) for value in index.members]


def test_what_is_passed_in_stays() -> None:
    hashes, offsets = flat([[1, 1, 2], [2, 2]])
    list(SetIndex(hashes, offsets).overlaps(hashes, offsets))
    assert (hashes.tolist(), offsets.tolist()) == ([1, 1, 2, 2, 2], [0, 3, 5])


def test_hashes_that_differ_in_the_last_bit_differ() -> None:
    assert found([[BIG - 2, BIG - 9]], [[BIG - 3], [BIG - 1, BIG], [BIG - 2]]) == [(2, 0, 1, 1)]


@pytest.mark.parametrize("block", [1, 50, 1 << 22])
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 1.0])
def test_near_sets_are_those_of_brute_force(monkeypatch: pytest.MonkeyPatch, block: int, threshold: float) -> None:
    monkeypatch.setattr(overlap, "_BLOCK", block)
    monkeypatch.setattr(overlap, "_PAIRS", block)
    random = np.random.default_rng(2)
    values = random.integers(0, 1 << 64, 80, dtype=np.uint64)
    often = 1 / np.arange(1, 81)  # a few are in nearly all sets
    drawn = [random.choice(values, n, p=often / often.sum()).tolist() for n in random.integers(0, 14, 120)]
    edited = [one[1:] + random.choice(values, random.integers(0, 3)).tolist() for one in drawn]
    collection, sets = drawn[:60] + edited[60:], edited[:60] + drawn[60:]
    parts = SetIndex(*flat(collection)).near(*flat(sets), threshold)
    near = [tuple(map(int, pair)) for part in parts for pair in zip(*part, strict=True)]
    assert near == [
        (i, j) for i, j, shared, size in wanted(collection, sets)
        if shared / (size + len({*collection[j]}) - shared) >= threshold
    ] != []  # fmt: skip


def test_what_all_sets_have_makes_none_meet() -> None:
    collection = [[*range(4), *range(10 * n, 10 * n + 6)] for n in range(1, 2000)]
    index = SetIndex(*flat(collection))
    met: list[int] = []

    def count(*sides: sparse.csr_array) -> Iterator[tuple[np.ndarray, ...]]:
        for part in meet(*sides):
            met.append(len(part[0]))
            yield part

    meet = overlap._meet
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "_meet", count)
        near = [pair for part in index.near(*flat(collection), 0.8) for pair in zip(*part, strict=True)]
    assert len(near) == sum(met) == 1999
