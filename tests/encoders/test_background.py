"""What the background is for: a threshold means the same for every encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from toolkit.alignment.sentences import align_texts
from toolkit.encoders import load_encoder
from toolkit.encoders.background import ENGLISH, RUSSIAN, measure_background
from toolkit.options import EncoderOptions
from toolkit.stages.match import match_posts
from toolkit.text.sentences import split_sentences
from toolkit.workspace import Done


class Squeezed:
    """The packaged encoder with its cosines c moved to 1 - share + share * c, as high and narrow as a transformer's."""

    is_additive = False

    def __init__(self, share: float):
        self._inner, self._share = load_encoder(EncoderOptions()), share
        self.name, self.revision, self.dim = f"squeezed {share}", f"{share}", self._inner.dim + 1
        self.background = measure_background(self.encode)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self._inner.encode(texts)
        has_text = np.linalg.norm(vectors, axis=1, keepdims=True) > 0.5
        constant = np.where(has_text, np.float32(np.sqrt(1 - self._share)), np.float32(0))
        return np.hstack([vectors * np.float32(np.sqrt(self._share)), constant])

    def encode_sums(self, texts: Sequence[str]) -> np.ndarray:
        raise NotImplementedError


PLAIN = Squeezed(1.0)
OTHERS = [Squeezed(0.3), Squeezed(0.1)]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.name)
def test_background_follows_the_cosines(other: Squeezed) -> None:
    mean, std = PLAIN.background
    share = float(other.revision)
    assert other.background == pytest.approx((1 - share + share * mean, share * std), abs=1e-4)


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.name)
def test_matching_decides_the_same(demo_run: Done, other: Squeezed) -> None:
    posts = demo_run.tables["unique"]
    plain, squeezed = (match_posts(posts, encoder) for encoder in (PLAIN, other))
    assert squeezed.kept["pair_id"].to_pylist() == plain.kept["pair_id"].to_pylist()
    assert plain.kept.num_rows > 20
    np.testing.assert_allclose(squeezed.kept["probability"], plain.kept["probability"], atol=0.01)
    assert squeezed.dropped["row_id"].to_pylist() == plain.dropped["row_id"].to_pylist()
    values = [[float(value or 0) for value in result.dropped["value"].to_pylist()] for result in (plain, squeezed)]
    np.testing.assert_allclose(values[1], values[0], atol=0.01)


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.name)
def test_alignment_decides_the_same(other: Squeezed) -> None:
    ru = ["Мэр открыл новый мост. На стройку ушло три года. Раньше ездили в объезд.", "Кошка спит."]
    en = ["The mayor opened a new bridge. It took three years to build, and people used to take a detour.", "It rains."]
    pairs = [
        (split_sentences(a, "ru"), split_sentences(b, "en")) for a in (*ru, *RUSSIAN[:3]) for b in (*en, *ENGLISH[:3])
    ]
    plain, squeezed = (align_texts(pairs, encoder) for encoder in (PLAIN, other))
    beads = [[(bead.ru_ids, bead.en_ids) for found in result for bead in found] for result in (plain, squeezed)]
    assert beads[0] == beads[1]
    scores = [[bead.score for found in result for bead in found if bead.score] for result in (plain, squeezed)]
    assert len(scores[0]) > 2
    np.testing.assert_allclose(scores[1], scores[0], atol=0.01)
