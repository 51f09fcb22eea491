"""How much speaks for a bead: log-odds from similarity, neighbours, length and cues, for all beads of a batch at once.

    score(bead) = sum of weight * feature                              a null bead has the one feature `null`

Features of a bead of m Russian and n English sentences, z being its cosine in standard deviations above the cosine of
unrelated sentences (from a corpus, never from the pair itself: with its own statistics a pair of one sentence against
one always aligns, as in vecalign):

    bead, extra         1; m + n - 2: how common the shape is
    similarity          z; times `extra` as `similarity_extra`; times the logarithm of letters / 150 as
                        `similarity_letters`, because long texts resemble each other more
    beyond              mean z of one side with the sentence before or after the other side (Bertalign's neighbour
                        margin): a high one says that the bead is cut at the wrong place
    within              z minus the best z of the bead with a sentence less at either end; 0 for 1:1
    hubness             mean z of either side with the whole other text, added up, shrunk towards 0 where that text is
                        short: a sentence that resembles everything proves less
    length              log(1 + (4 x)^2), x being the difference of log letters: a Cauchy curve, whose tails forgive
    ending, quotes      the same final punctuation; quotation marks on one side only
    sentences           difference of the sentences that stand in the lines, at most 2
    numbers_missed      root of the numbers that are not found on the other side
    names_shared        root of the names that are

The weights are those of a semi-Markov CRF, fitted by maximum conditional likelihood (`benchmarks/align_fit.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.bead_dp import Shape

Real = NDArray[np.float32]
Background = tuple[float, float]  # mean and standard deviation of the cosine of unrelated sentences

FEATURES: Final = (
    "bead", "extra", "similarity", "similarity_extra", "similarity_letters", "beyond", "within", "hubness", "length",
    "ending", "quotes", "sentences", "numbers_missed", "names_shared",
)  # fmt: skip
WEIGHTS: Final = {  # as benchmarks/align_fit.py prints them, for 162 texts of 3 to 101 sentences with known beads
    "bead": -1.55, "extra": -0.58, "similarity": 3.03, "similarity_extra": 0.79, "similarity_letters": -0.66,
    "beyond": -0.55, "within": 0.31, "hubness": -0.13, "length": -2.48, "ending": 3.07, "quotes": -0.64,
    "sentences": -2.02, "numbers_missed": -4.67, "names_shared": 1.64, "null": 3.69,
}  # fmt: skip
_HUB_PRIOR: Final = 10.0  # the corpus background counts as much as so many sentences of the other text
_SMOOTH: Final = 10.0  # letters added before logarithms: a word more or less says little about a short sentence
_USUAL_LETTERS: Final = 150.0  # of both sides together, in a 1:1 bead


@dataclass(frozen=True)
class Side:
    """One language of a batch of pairs; zeros behind each text's end.

    Attributes:
        runs: runs[m - 1] (batch, n, dim) are unit vectors of m consecutive sentences, by the first of them.
        has_text: (batch, n), 0 for blank sentences and behind the end: no bead may hold one.
        letters: (batch, n).
        sentences: (batch, n), sentences that stand in the line.
        ending: (batch, n), kind of final punctuation.
        has_quote: (batch, n), 0 or 1.
        sure_numbers: (batch, n, numbers), 1 where the sentence has a number that must be found on the other side.
        numbers: (batch, n, numbers), 1 where it has one that may be found.
        sure_names: (batch, n, names), the same for names.
        names: (batch, n, names).
    """

    runs: Sequence[Real]
    has_text: Real
    letters: Real
    sentences: Real
    ending: Real
    has_quote: Real
    sure_numbers: Real
    numbers: Real
    sure_names: Real
    names: Real


def bead_shapes(max_sentences: int) -> list[Shape]:
    """Return the shapes (m, n) with m, n >= 1 and m + n <= max_sentences, small ones first.

    >>> bead_shapes(4)
    [(1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1)]
    """
    return [(m, total - m) for total in range(2, max_sentences + 1) for m in range(1, total)]


def run_vectors(sums: Real, starts: NDArray[np.int64], longest: int) -> list[Real]:
    """Return unit vectors of all runs of 1 .. longest sentences, of an encoder whose vectors add up.

    Args:
        sums: (sentences, dim), vectors before normalising, of many texts one after the other.
        starts: (texts + 1,), first sentence of each text, and the end.
        longest: at least 1.

    Returns:
        For each length an array like `sums`; a run that would pass its text's end is zero.

    >>> sums = np.array([[3, 0], [0, 4], [5, 0]], np.float32)
    >>> run_vectors(sums, np.array([0, 2, 3]), 2)[1]
    array([[0.6, 0.8],
           [0. , 0. ],
           [0. , 0. ]], dtype=float32)
    """
    left = np.repeat(starts[1:], np.diff(starts)) - np.arange(len(sums))  # sentences to the text's end
    runs, total = [], sums.copy()
    for size in range(1, longest + 1):
        if size > 1:
            total[: 1 - size] += sums[size - 1 :]
        norms = np.linalg.norm(total, axis=1, keepdims=True)
        runs.append(np.where(left[:, None] >= size, total / np.maximum(norms, 1e-12), np.float32(0)))
    return runs


def bead_features(
    ru: Side, en: Side, shapes: Sequence[Shape], background: Background
) -> Iterator[tuple[NDArray[np.bool_], list[Real]]]:
    """Yield, for each shape, which beads exist and their features.

    Args:
        ru: the first side.
        en: the second side of the same pairs.
        shapes: all shapes up to some size, as `bead_shapes` gives them.
        background: mean and standard deviation of the cosine of unrelated sentences.

    Yields:
        (batch, n, m) whether the bead that starts there lies inside the pair, and the values of `FEATURES` there.
    """
    longest = max(m for m, _ in shapes)
    ru_runs, en_runs = ([_Run.of(side, size) for size in range(1, longest + 1)] for side in (ru, en))
    exists = {(m, n): _outer(np.multiply, ru_runs[m - 1].exists, en_runs[n - 1].exists) > 0 for m, n in shapes}
    z = {(m, n): _z(ru.runs[m - 1], en.runs[n - 1], background) * exists[m, n] for m, n in shapes}
    for m, n in shapes:
        left, right = ru_runs[m - 1], en_runs[n - 1]
        extra = np.float32(m + n - 2)
        letters = _outer(np.add, left.letters, right.letters) + np.float32(_SMOOTH)
        beyond = _moved(z[1, n], -1, 0) + _moved(z[1, n], m, 0) + _moved(z[m, 1], 0, -1) + _moved(z[m, 1], 0, n)
        numbers_found = _found(left.sure_numbers, right.numbers) + _found(left.numbers, right.sure_numbers)
        numbers_wanted = _outer(np.add, left.sure_numbers.sum(axis=2), right.sure_numbers.sum(axis=2))
        names_found = _found(left.sure_names, right.names) + _found(left.names, right.sure_names)
        yield (
            exists[m, n],
            [
                np.ones_like(letters),
                np.full_like(letters, extra),
                z[m, n],
                z[m, n] * extra,
                z[m, n] * np.log(letters * np.float32(1 / _USUAL_LETTERS)),
                beyond * np.float32(0.25),
                z[m, n] - _best_part(z, m, n),
                _outer(np.add, _hubness(ru.runs[m - 1], en, background), _hubness(en.runs[n - 1], ru, background)),
                np.log1p((4 * _outer(np.subtract, left.log_letters, right.log_letters)) ** 2),
                _outer(np.equal, left.ending, right.ending).astype(np.float32),
                _outer(np.not_equal, left.has_quote, right.has_quote).astype(np.float32),
                np.minimum(np.abs(_outer(np.subtract, left.sentences, right.sentences)), np.float32(2)),
                np.sqrt((numbers_wanted - numbers_found) * np.float32(0.5)),
                np.sqrt(names_found * np.float32(0.5)),
            ],
        )


def bead_scores(
    ru: Side, en: Side, shapes: Sequence[Shape], background: Background, weights: Mapping[str, float] = WEIGHTS
) -> NDArray[np.float64]:
    """Return the log-odds of all beads: (batch, len(shapes), n + 1, m + 1), -inf where there is no such bead."""
    scores = np.full((len(ru.letters), len(shapes), ru.letters.shape[1] + 1, en.letters.shape[1] + 1), -np.inf)
    for t, (exists, features) in enumerate(bead_features(ru, en, shapes, background)):
        total = np.zeros(exists.shape, np.float32)
        for name, values in zip(FEATURES, features, strict=True):
            total += np.float32(weights[name]) * values
        scores[:, t, :-1, :-1] = np.where(exists, total, -np.inf)
    return scores


@dataclass(frozen=True)
class _Run:
    """What all runs of so many sentences show, by the first of them."""

    exists: Real
    letters: Real
    log_letters: Real
    sentences: Real
    ending: Real
    has_quote: Real
    sure_numbers: Real
    numbers: Real
    sure_names: Real
    names: Real

    @classmethod
    def of(cls, side: Side, size: int) -> _Run:
        exists = _window(side.has_text, size, np.minimum)
        exists[:, max(exists.shape[1] - size + 1, 0) :] = 0  # would pass the end
        letters = _window(side.letters, size, np.add)
        return cls(
            exists,
            letters,
            np.log(letters + np.float32(_SMOOTH)),
            _window(side.sentences, size, np.add),
            _moved(side.ending[:, :, None], size - 1, 0)[:, :, 0],
            _window(side.has_quote, size, np.maximum),
            _window(side.sure_numbers, size, np.maximum),
            _window(side.numbers, size, np.maximum),
            _window(side.sure_names, size, np.maximum),
            _window(side.names, size, np.maximum),
        )


def _z(ru: Real, en: Real, background: Background) -> Real:
    z: Real = (ru @ en.swapaxes(1, 2) - np.float32(background[0])) / np.float32(background[1])
    return z


def _hubness(runs: Real, other: Side, background: Background) -> Real:
    """Return how much each run resembles the whole other text: mean z with its sentences, shrunk towards 0."""
    count = other.has_text.sum(axis=1)[:, None]
    surplus = (runs @ other.runs[0].sum(axis=1)[:, :, None])[:, :, 0] - count * np.float32(background[0])
    shrunk: Real = surplus / (np.float32(background[1]) * (count + np.float32(_HUB_PRIOR)))
    return shrunk


def _found(wanted: Real, there: Real) -> Real:
    """Count what every row wants and every column has: (batch, n, k), (batch, m, k) -> (batch, n, m)."""
    count: Real = wanted @ there.swapaxes(1, 2)
    return count


def _outer(combine: np.ufunc, rows: Real, columns: Real) -> Real:
    """Combine every row value with every column value: (batch, n), (batch, m) -> (batch, n, m)."""
    combined: Real = combine(rows[:, :, None], columns[:, None, :])
    return combined


def _window(values: Real, size: int, combine: np.ufunc) -> Real:
    """Combine `size` consecutive entries of axis 1, by the first of them; fewer at the end."""
    result = values.copy()
    for k in range(1, min(size, values.shape[1])):
        combine(result[:, :-k], values[:, k:], out=result[:, :-k])
    return result


def _moved(values: Real, rows: int, columns: int) -> Real:
    """Return the entries at (i + rows, j + columns) of axes 1 and 2; zeros where that is outside."""
    moved = np.zeros_like(values)
    n, m = values.shape[1:3]
    if abs(rows) < n and abs(columns) < m:
        moved[:, max(-rows, 0) : n - max(rows, 0), max(-columns, 0) : m - max(columns, 0)] = values[
            :, max(rows, 0) : n - max(-rows, 0), max(columns, 0) : m - max(-columns, 0)
        ]
    return moved


def _best_part(z: dict[Shape, Real], m: int, n: int) -> Real:
    """Return the best z of the bead with a sentence less at either end; for 1:1 its own z."""
    parts = []
    if m > 1:
        parts += [z[m - 1, n], _moved(z[m - 1, n], 1, 0)]
    if n > 1:
        parts += [z[m, n - 1], _moved(z[m, n - 1], 0, 1)]
    best: Real = np.max(parts, axis=0) if parts else z[m, n]
    return best
