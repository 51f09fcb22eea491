from math import log

import numpy as np
import pytest

from toolkit.kernels.anchor_sets import Compared, Frequencies, Sets, compare_sets, count_items

NAN = float("nan")
NONE_KNOWN = Frequencies(np.zeros(0, np.uint64), np.zeros(0, np.int64), 2)
ONCE = log(52 / 2)  # rarity of what one of two sets has


def _sets(*sets: dict[int, bool]) -> Sets:
    """Return sets of items, each with whether it is sure."""
    items = [item for one in sets for item in sorted(one)]
    is_sure = [one[item] for one in sets for item in sorted(one)]
    return Sets(np.array(items, np.uint64), np.array(is_sure, bool), np.cumsum([0, *map(len, sets)]))


def _compare(a: dict[int, bool], b: dict[int, bool]) -> list[float]:
    zero = np.array([0])
    return [float(values[0]) for values in compare_sets(_sets(a), _sets(b), (zero, zero), NONE_KNOWN)]


@pytest.mark.parametrize(
    ("a", "b", "expected"),  # overlap, found, shared, missing
    [
        ({}, {}, (NAN, NAN, 0, 0)),
        ({1: True}, {}, (0, NAN, 0, 0)),
        ({1: True}, {1: True}, (1, 1, ONCE, 0)),
        ({1: True}, {2: True}, (0, 0, 0, ONCE)),
        ({1: True}, {1: False}, (1, NAN, ONCE, 0)),
        ({1: False}, {1: False}, (NAN, NAN, 0, 0)),
        ({1: False}, {2: True}, (0, NAN, 0, 0)),
        ({1: True, 2: True, 3: True}, {2: True}, (1 / 3, 1, ONCE, 0)),  # a shortened variant misses nothing
        ({1: True, 2: True, 3: False}, {2: False, 3: True, 4: True}, (2 / 4, 1 / 2, 2 * ONCE, ONCE)),
    ],
)
def test_compare_sets(a: dict[int, bool], b: dict[int, bool], expected: tuple[float, ...]) -> None:
    assert _compare(a, b) == pytest.approx(expected, nan_ok=True)
    assert _compare(b, a) == pytest.approx(expected, nan_ok=True)


def test_pairs_are_compared_as_if_each_were_alone() -> None:
    generator = np.random.default_rng(1)
    a, b = (
        [{int(item): bool(generator.random() < 0.6) for item in generator.integers(0, 9, 5)} for _ in range(8)]
        for _ in range(2)
    )
    i, j = np.divmod(np.sort(generator.permutation(64)[:40]), 8)
    compared = compare_sets(_sets(*a), _sets(*b), (i, j), NONE_KNOWN)
    assert np.array(compared).T.tolist() == [
        pytest.approx(_compare(a[k], b[m]), nan_ok=True) for k, m in zip(i, j, strict=True)
    ]


def test_no_pairs() -> None:
    nothing = np.zeros(0, np.int64)
    compared = compare_sets(_sets({1: True}), _sets(), (nothing, nothing), NONE_KNOWN)
    assert [values.tolist() for values in compared] == [[]] * len(Compared._fields)


def test_rare_items_are_worth_more_than_common_ones() -> None:
    known = Frequencies(np.array([5, 8], np.uint64), np.array([40, 2]), 100)
    assert known.of(np.array([4, 5, 8, 9], np.uint64)).tolist() == [1, 40, 2, 1]
    assert known.rarity(np.array([5, 8, 9], np.uint64)) == pytest.approx([log(150 / 41), log(150 / 3), log(150 / 2)])


def test_items_are_counted_part_by_part() -> None:
    parts = [np.array(part, np.uint64) for part in ([3, 1, 3], [], [2, 3])]
    known = None
    for part in parts:
        known = count_items(part, known)
    whole = count_items(np.concatenate(parts))
    assert known is not None
    assert [values.tolist() for values in known] == [values.tolist() for values in whole] == [[1, 2, 3], [1, 1, 3]]


def test_items_that_are_left_out_leave_the_sets() -> None:
    kept = _sets({1: True, 2: True}, {3: True}, {1: True}).keep(np.array([True, False, False, True]))
    assert (kept.items.tolist(), kept.starts.tolist()) == ([1, 1], [0, 1, 1, 2])
