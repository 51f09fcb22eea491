from itertools import pairwise

import numpy as np
import pytest

from toolkit.kernels import bimax
from toolkit.kernels.bimax import (
    Sentences,
    best_margins,
    found_in_each_other,
    lead,
    sample_places,
    sentence_neighborhoods,
)

Pairs = tuple[np.ndarray, np.ndarray]


def _texts(*texts: list[list[float]]) -> Sentences:
    vectors = np.array([vector for text in texts for vector in text], np.float32).reshape(-1, 2)
    return Sentences(vectors, np.ones(len(vectors)), np.cumsum([0, *map(len, texts)]))


def _found(
    a: Sentences, b: Sentences, around_a: np.ndarray, around_b: np.ndarray, pairs: Pairs
) -> tuple[np.ndarray, np.ndarray]:
    return found_in_each_other(a, b, best_margins(a, b, around_a, around_b, pairs), pairs)


def test_a_short_text_is_found_in_a_long_one_but_not_the_other_way() -> None:
    long, short = _texts([[1, 0], [0, 1]]), _texts([[1, 0]])
    zero = np.array([0])
    in_short, in_long = _found(long, short, np.zeros(2), np.zeros(1), (zero, zero))
    assert (in_short[0], in_long[0]) == (0.5, 1.0)


def test_letters_weigh_sentences() -> None:
    long = _texts([[1, 0], [0, 1]])._replace(weights=np.array([9.0, 1.0]))
    in_short, _ = _found(long, _texts([[1, 0]]), np.zeros(2), np.zeros(1), (np.array([0]), np.array([0])))
    assert in_short[0] == pytest.approx(0.9)


def test_which_sentences_have_a_like_in_the_other_text() -> None:
    a, b = _texts([[1, 0], [0, 1]], [], [[0, 1]]), _texts([[0, 1], [-1, 0], [-0.6, 0.8]], [[1, 0]])
    pairs = np.array([0, 0, 1, 2]), np.array([0, 1, 0, 0])
    margins = best_margins(a, b, np.full(3, 0.3), np.full(4, 0.3), pairs)
    in_b, in_a = (
        [(best[start:end] > 0).tolist() for start, end in pairwise(starts)]
        for best, starts in ((margins.a, margins.starts_a), (margins.b, margins.starts_b))
    )
    assert in_b == [[False, True], [True, False], [], [True]]
    assert in_a == [[True, False, True], [True], [False, False, False], [True, False, True]]


def test_pairs_are_compared_as_if_each_were_alone() -> None:
    generator = np.random.default_rng(1)
    sizes = [int(size) for size in generator.integers(0, 5, 12)]
    a, b = (_texts(*(generator.normal(size=(size, 2)).tolist() for size in order)) for order in (sizes, sizes[::-1]))
    around_a, around_b = generator.normal(size=len(a.vectors)), generator.normal(size=len(b.vectors))
    i, j = np.divmod(np.sort(generator.permutation(144)[:60]), 12)
    alone = [_found(a, b, around_a, around_b, (i[[n]], j[[n]])) for n in range(60)]
    for side, found in enumerate(_found(a, b, around_a, around_b, (i, j))):
        assert found == pytest.approx([values[side][0] for values in alone])


def test_a_text_without_sentences_is_not_found() -> None:
    pairs = np.array([0, 1]), np.array([0, 0])
    found = _found(_texts([], [[1, 0]]), _texts([[1, 0]]), np.zeros(1), np.zeros(1), pairs)
    assert [values.tolist() for values in found] == [[0.0, 1.0], [0.0, 1.0]]


def test_neighbourhood_leaves_out_the_best_and_fills_with_background() -> None:
    of, among = (_texts(text).vectors for text in ([[1, 0]], [[1, 0], [0.8, 0.6], [0.6, 0.8]]))
    assert sentence_neighborhoods(of, among, 0.2) == pytest.approx([(0.8 + 0.6 + 0.2 + 0.2) / 4])
    assert sentence_neighborhoods(of, _texts().vectors, 0.2) == pytest.approx([0.2])


def test_a_neighbourhood_is_the_same_wherever_the_sentence_stands() -> None:
    vectors = np.random.default_rng(1).normal(size=(1300, 32))
    vectors = np.rint(vectors / np.linalg.norm(vectors, axis=1, keepdims=True) * 4000).astype(np.float32)
    whole = sentence_neighborhoods(vectors, vectors[:700], 0.0, 4000)
    parts = [
        sentence_neighborhoods(vectors[start : start + 77], vectors[:700], 0.0, 4000) for start in range(0, 1300, 77)
    ]
    assert np.concatenate(parts).tolist() == whole.tolist()
    assert 0 < whole.min() < whole.max() < 1


def test_a_sample_is_spread_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bimax, "_SAMPLE", 4)
    assert sample_places(4).tolist() == [0, 1, 2, 3]
    assert sample_places(10).tolist() == [0, 3, 6, 9]
    angles = np.linspace(0, np.pi / 2, 1000)
    many = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    monkeypatch.setattr(bimax, "_SAMPLE", 500)
    one = np.array([[1, 0]], np.float32)
    exact = sentence_neighborhoods(one, many, -1)
    assert sentence_neighborhoods(one, many[sample_places(1000)], -1) == pytest.approx(exact, abs=1e-4)


def test_lead_within_groups() -> None:
    scores = np.array([1.0, 4.0, 3.0, -2.0])
    assert lead(scores, np.array([7, 7, 7, 1]), -1.0).tolist() == [-3.0, 1.0, -1.0, -1.0]
    assert lead(scores[:0], np.zeros(0, np.int64), 0.0).tolist() == []
