from __future__ import annotations

import numpy as np
import pytest

from toolkit.kernels.bead_evidence import FEATURES, WEIGHTS, Side, bead_features, bead_scores, bead_shapes, run_vectors

SHAPES = bead_shapes(4)
BACKGROUND = (0.1, 0.1)


def side(vectors: list[list[float]], **facts: list[float]) -> Side:
    """A batch of one text; what is not given is the same for all sentences."""
    sums = np.array(vectors, np.float32)
    n = len(sums)

    def row(name: str, default: float) -> np.ndarray:
        return np.array([facts.get(name, [default] * n)], np.float32)

    cues = {name: np.array(facts.get(name, [[0]] * n), np.float32)[None] for name in
            ("sure_numbers", "numbers", "sure_names", "names")}  # fmt: skip
    runs = [run[None] for run in run_vectors(sums, np.array([0, n]), 3)]
    return Side(runs, row("has_text", 1), row("letters", 65), row("sentences", 1), row("ending", 1),
                row("has_quote", 0), **cues)  # fmt: skip


def feature(ru: Side, en: Side, name: str, shape: tuple[int, int]) -> np.ndarray:
    for found, (_, values) in zip(SHAPES, bead_features(ru, en, SHAPES, BACKGROUND), strict=True):
        if found == shape:
            return values[FEATURES.index(name)][0]
    raise AssertionError(shape)


def test_every_feature_has_a_weight() -> None:
    assert set(WEIGHTS) == {*FEATURES, "null"}


def test_similarity_is_in_deviations_above_unrelated_text() -> None:
    ru, en = side([[1, 0], [0, 1]]), side([[1, 0], [3, 4]])
    np.testing.assert_allclose(feature(ru, en, "similarity", (1, 1)), [[9, 5], [-1, 7]], atol=1e-5)
    assert feature(ru, en, "similarity", (2, 1))[0, 0] == pytest.approx((np.sqrt(0.5) - 0.1) / 0.1, abs=1e-4)
    assert feature(ru, en, "similarity", (2, 2))[0, 0] == pytest.approx(9, abs=1e-4)


def test_neighbours_and_parts() -> None:
    ru, en = side([[1, 0, 0], [0, 1, 0]]), side([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    # 1:1 of the first sentences: only (ru 1, en 0) and (ru 0, en 1) are neighbours, both at cosine 0.
    assert feature(ru, en, "beyond", (1, 1))[0, 0] == pytest.approx(-0.5)
    assert feature(ru, en, "within", (1, 1))[0, 0] == 0
    # 2:2 is as good as it gets, its best part 1:2 has cosine sqrt(1/2).
    assert feature(ru, en, "within", (2, 2))[0, 0] == pytest.approx((1 - np.sqrt(0.5)) / 0.1, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "ru", "en", "value"),
    [
        ("length", {"letters": [65]}, {"letters": [65]}, 0.0),
        ("length", {"letters": [140]}, {"letters": [65]}, np.log1p((4 * np.log(2)) ** 2)),
        ("ending", {"ending": [3]}, {"ending": [3]}, 1.0),
        ("ending", {"ending": [3]}, {"ending": [1]}, 0.0),
        ("quotes", {"has_quote": [1]}, {"has_quote": [0]}, 1.0),
        ("sentences", {"sentences": [5]}, {"sentences": [1]}, 2.0),
        ("numbers_missed", {"sure_numbers": [[1, 0]], "numbers": [[1, 0]]},
         {"sure_numbers": [[0, 0]], "numbers": [[1, 1]]}, 0.0),
        ("numbers_missed", {"sure_numbers": [[1, 1]], "numbers": [[1, 1]]},
         {"sure_numbers": [[0, 0]], "numbers": [[0, 0]]}, 1.0),
        ("names_shared", {"sure_names": [[1, 1]], "names": [[1, 1]]}, {"sure_names": [[1, 0]], "names": [[1, 0]]}, 1.0),
    ],
)  # fmt: skip
def test_cues(name: str, ru: dict[str, list[float]], en: dict[str, list[float]], value: float) -> None:
    assert feature(side([[1, 0]], **ru), side([[1, 0]], **en), name, (1, 1))[0, 0] == pytest.approx(value, abs=1e-5)


def test_no_bead_holds_a_blank_sentence_or_passes_the_end() -> None:
    ru = side([[1, 0], [0, 0], [0, 1]], has_text=[1, 0, 1])
    en = side([[1, 0], [0, 1]])
    finite = np.isfinite(bead_scores(ru, en, SHAPES, BACKGROUND)[0])
    assert finite[SHAPES.index((1, 1))].tolist() == [[True, True, False], [False] * 3, [True, True, False], [False] * 3]
    assert finite[SHAPES.index((1, 2))].sum() == 2
    assert not finite[SHAPES.index((2, 1))].any()


def test_long_run_of_a_short_text() -> None:
    runs = run_vectors(np.ones((1, 2), np.float32), np.array([0, 1]), 3)
    assert [run.any() for run in runs] == [True, False, False]
