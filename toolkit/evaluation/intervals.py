"""Figures of an evaluation and their bootstrap intervals.

An evaluation counts per unit (a text, an item, a pair); a figure is a formula of the counts' sums. Drawing units with
replacement and computing the formula again says how far the figure would move on other units of the same kind (Efron
1979; the percentile interval). What depends on each other must be in one unit. A sample without an error knows nothing
of errors: where a figure is 1, so are both ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 1000
SEED: Final = 0
_TAIL: Final = 2.5  # percent left out on either side of a 95 % interval
_DIGITS: Final = 4

Reals = NDArray[np.float64]
Sums = Mapping[str, Reals]
Formula = Callable[[Sums], Reals]


@dataclass(frozen=True)
class Figure:
    """A measured value, 0..1, and its 95 % interval; 4 decimals. No interval if there is one unit only."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        figures: by name.
        counts: what was counted, by name, summed over the units.
        unit: what was drawn for the intervals, in the plural.
        units: how many there are.
    """

    figures: dict[str, Figure]
    counts: dict[str, int]
    unit: str
    units: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"resamples": RESAMPLES, "seed": SEED}


def evaluate_counts(counts: Mapping[str, Reals], formulas: Mapping[str, Formula], unit: str) -> Evaluation:
    """Return the figures and their intervals; the same counts in the same order give the same intervals.

    Args:
        counts: name -> values, shape (units,); all of one length, at least 1. Names that begin with "_" are for the
            formulas only.
        formulas: name -> function from sums by name, any shape, to values of that shape.
        unit: what a row of the counts is, in the plural.

    >>> counts = {"right": np.array([1.0, 1, 0, 1]), "all": np.ones(4)}
    >>> found = evaluate_counts(counts, {"accuracy": lambda sums: ratio(sums["right"], sums["all"])}, "sentences")
    >>> found.figures["accuracy"], found.counts
    (Figure(value=0.75, low=0.25, high=1.0), {'right': 3, 'all': 4})
    """
    names = list(counts)
    table = np.stack([np.asarray(counts[name], np.float64) for name in names], axis=1)
    units = len(table)
    sums = table.sum(axis=0)
    drawn = _resample(table)
    figures = {}
    for name, formula in formulas.items():
        value = round(float(formula(dict(zip(names, sums, strict=True)))), _DIGITS)
        low, high = None, None
        if units > 1:
            values = formula(dict(zip(names, drawn.T, strict=True)))
            low, high = np.percentile(values, [_TAIL, 100 - _TAIL]).round(_DIGITS).tolist()
        figures[name] = Figure(value, low, high)
    shown = {name: round(total) for name, total in zip(names, sums.tolist(), strict=True) if name[0] != "_"}
    return Evaluation(figures, shown, unit, units)


def _resample(table: Reals) -> Reals:
    """Return the sums of RESAMPLES draws of as many rows as there are, with replacement, shape (RESAMPLES, columns)."""
    generator = np.random.default_rng(SEED)
    n = len(table)
    return np.stack([np.bincount(generator.integers(0, n, n), minlength=n) @ table for _ in range(RESAMPLES)])


def ratio(part: Reals, whole: Reals) -> Reals:
    """Return part / whole; 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros_like(np.asarray(part, np.float64)), where=np.asarray(whole) > 0)


def harmonic(a: Reals, b: Reals) -> Reals:
    """Return the harmonic mean, F1 of precision and recall; 0 where both are 0."""
    return ratio(2 * a * b, a + b)


def precision_recall_f1(right: str, test: str, found: str, gold: str, prefix: str = "") -> dict[str, Formula]:
    """Return the formulas of precision (right / test), recall (found / gold) and F1, by name of the counts."""

    def precision(sums: Sums) -> Reals:
        return ratio(sums[right], sums[test])

    def recall(sums: Sums) -> Reals:
        return ratio(sums[found], sums[gold])

    def f1(sums: Sums) -> Reals:
        return harmonic(precision(sums), recall(sums))

    return {f"{prefix}precision": precision, f"{prefix}recall": recall, f"{prefix}f1": f1}
