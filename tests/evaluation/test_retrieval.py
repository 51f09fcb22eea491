from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from toolkit.evaluation.retrieval import evaluate_retrieval


class Compass:
    """Encodes a text by its last number, an angle in degrees."""

    name, revision, dim, is_additive, background = "compass", "1", 2, False, (0.0, 1.0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        angles = np.radians([float(text.rsplit(" ", 1)[1]) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def encode_sums(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("en 0", "ru 1"), ("en 90", "ru 91")], [1.0, 1.0, 1.0]),
        # nearest to en 0 is ru 10, to en 40 ru 30, to en 90 ru 30; to ru 30 is en 40, to ru 200 en 90, to ru 10 en 0
        ([("en 0", "ru 10"), ("en 40", "ru 30"), ("en 90", "ru 200")], [0.6667, 1.0, 0.8333]),
        # the second and third are one text in Russian: both English ones are right answers
        ([("en 0", "ru 0"), ("en 88", "ru 90"), ("en 92", "ru 90")], [1.0, 1.0, 1.0]),
        # en 0 has two counterparts; the further one is found from Russian only
        ([("en 0", "ru 1"), ("en 0", "ru 5"), ("en 90", "ru 90")], [1.0, 1.0, 1.0]),
    ],
)
def test_accuracy(pairs: list[tuple[str, str]], expected: list[float]) -> None:
    result = evaluate_retrieval(pairs, Compass())
    assert [result.figures[name].value for name in ("en_ru", "ru_en", "mean")] == expected
    assert result.units == len(pairs)


def test_more_pairs_than_a_block() -> None:
    angles = [round(0.12 * step, 2) for step in range(3000)]
    pairs = [(f"en {angle}", f"ru {angle}") for angle in angles]
    pairs[0], pairs[2999] = (pairs[0][0], pairs[2999][1]), (pairs[2999][0], pairs[0][1])
    result = evaluate_retrieval(pairs, Compass())
    assert result.counts == {"pairs": 3000, "en_ru_right": 2998, "ru_en_right": 2998}
