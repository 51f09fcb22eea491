import numpy as np
import pytest

from toolkit.evaluation.intervals import evaluate_counts, harmonic, precision_recall_f1, ratio


def accuracy(right: list[float]) -> tuple[float | None, ...]:
    found = evaluate_counts({"right": np.array(right)}, {"share": lambda sums: sums["right"] / len(right)}, "texts")
    figure = found.figures["share"]
    return figure.value, figure.low, figure.high


def test_the_interval_is_the_binomial_one() -> None:
    # 80 of 100: standard error .04, so .72 to .88 by the normal approximation.
    value, low, high = accuracy([1.0] * 80 + [0.0] * 20)
    assert value == 0.8
    assert low == pytest.approx(0.72, abs=0.015)
    assert high == pytest.approx(0.88, abs=0.015)


def test_units_of_which_all_is_right_or_wrong_make_it_wider() -> None:
    # 8 of 10 units of 10: standard error .126.
    _, low, high = accuracy([10.0 / 10] * 8 + [0.0] * 2)
    assert low is not None and high is not None
    assert high - low > 0.35


def test_the_same_counts_give_the_same_interval_and_one_unit_gives_none() -> None:
    assert accuracy([1.0, 0, 1]) == accuracy([1.0, 0, 1])
    assert accuracy([1.0]) == (1.0, None, None)


def test_f1_of_sums() -> None:
    counts = {"tp": np.array([3.0, 0]), "test": np.array([4.0, 0]), "gold": np.array([3.0, 3])}
    found = evaluate_counts(counts, precision_recall_f1("tp", "test", "tp", "gold"), "texts")
    assert [figure.value for figure in found.figures.values()] == [0.75, 0.5, 0.6]
    assert found.counts == {"tp": 3, "test": 4, "gold": 6}
    assert found.figures["precision"].low == 0.0  # a draw without the first unit has no pair at all


def test_nothing_over_nothing_is_nothing() -> None:
    zero = np.zeros(2)
    assert ratio(zero, zero).tolist() == harmonic(zero, zero).tolist() == [0, 0]
