import numpy as np
import pytest

from toolkit.kernels import bimax
from toolkit.kernels.bimax import Sentences, found_in_each_other, found_sentences, lead, sentence_neighborhoods


def _texts(*texts: list[list[float]]) -> Sentences:
    vectors = np.array([vector for text in texts for vector in text], np.float32).reshape(-1, 2)
    return Sentences(vectors, np.ones(len(vectors)), np.cumsum([0, *map(len, texts)]))


def test_a_short_text_is_found_in_a_long_one_but_not_the_other_way() -> None:
    long, short = _texts([[1, 0], [0, 1]]), _texts([[1, 0]])
    zero = np.array([0])
    in_short, in_long = found_in_each_other(long, short, np.zeros(2), np.zeros(1), (zero, zero))
    assert (in_short[0], in_long[0]) == (0.5, 1.0)


def test_letters_weigh_sentences() -> None:
    long = _texts([[1, 0], [0, 1]])._replace(weights=np.array([9.0, 1.0]))
    in_short, _ = found_in_each_other(long, _texts([[1, 0]]), np.zeros(2), np.zeros(1), (np.array([0]), np.array([0])))
    assert in_short[0] == pytest.approx(0.9)


def test_which_sentences_have_a_like_in_the_other_text() -> None:
    a, b = _texts([[1, 0], [0, 1]], []), _texts([[0, 1], [-1, 0], [-0.6, 0.8]])
    in_b, in_a = found_sentences(a, b, 0.3, (np.array([0, 1]), np.array([0, 0])))
    assert [found.tolist() for found in in_b] == [[False, True], []]
    assert [found.tolist() for found in in_a] == [[True, False, True], [False, False, False]]


def test_a_text_without_sentences_is_not_found() -> None:
    pairs = np.array([0, 1]), np.array([0, 0])
    found = found_in_each_other(_texts([], [[1, 0]]), _texts([[1, 0]]), np.zeros(1), np.zeros(1), pairs)
    assert [values.tolist() for values in found] == [[0.0, 1.0], [0.0, 1.0]]


def test_neighbourhood_leaves_out_the_best_and_fills_with_background() -> None:
    of, among = _texts([[1, 0]]), _texts([[1, 0], [0.8, 0.6], [0.6, 0.8]])
    assert sentence_neighborhoods(of, among, 0.2) == pytest.approx([(0.8 + 0.6 + 0.2 + 0.2) / 4])
    assert sentence_neighborhoods(of, _texts(), 0.2) == pytest.approx([0.2])


def test_neighbourhood_is_taken_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    angles = np.linspace(0, np.pi / 2, 1000)
    many = _texts(np.stack([np.cos(angles), np.sin(angles)], axis=1).tolist())
    one = _texts([[1, 0]])
    exact = sentence_neighborhoods(one, many, -1)
    monkeypatch.setattr(bimax, "_SAMPLE", 500)
    assert sentence_neighborhoods(one, many, -1) == pytest.approx(exact, abs=1e-4)


def test_lead_within_groups() -> None:
    scores = np.array([1.0, 4.0, 3.0, -2.0])
    assert lead(scores, np.array([7, 7, 7, 1]), -1.0).tolist() == [-3.0, 1.0, -1.0, -1.0]
    assert lead(scores[:0], np.zeros(0, np.int64), 0.0).tolist() == []
