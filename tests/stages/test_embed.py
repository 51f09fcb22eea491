from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.cache import VectorCache
from toolkit.options import EncoderOptions
from toolkit.stages import embed
from toolkit.stages.embed import embed_posts

ROWS = [
    ("news/3", "Посол вернулся в Москву.", None),
    ("news/1", None, "The ambassador is back in Moscow."),
    ("both/2", "Снег идёт.", "It is snowing."),
    ("none/4", None, ""),
    ("news/5", "Посол вернулся в Москву.", None),
]
POSTS = pa.table({"post_id": [row[0] for row in ROWS], "text_ru": [row[1] for row in ROWS],
                  "text_en": [row[2] for row in ROWS]})  # fmt: skip
EXPECTED = [("both/2", "en", "It is snowing."), ("both/2", "ru", "Снег идёт."),
            ("news/1", "en", "The ambassador is back in Moscow."), ("news/3", "ru", "Посол вернулся в Москву."),
            ("news/5", "ru", "Посол вернулся в Москву.")]  # fmt: skip


class Counting:
    """The packaged encoder, and how many texts it was given."""

    def __init__(self) -> None:
        inner = load_encoder(EncoderOptions())
        self.name, self.revision, self.dim, self.is_additive = inner.name, inner.revision, inner.dim, True
        self.background = inner.background
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        return load_encoder(EncoderOptions()).encode(texts)

    def encode_sums(self, texts: Sequence[str]) -> np.ndarray:
        return load_encoder(EncoderOptions()).encode_sums(texts)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encode in this object, where an engine would pickle it."""
    monkeypatch.setattr(embed, "_encode", lambda texts, encoder, engine: encoder.encode(texts.to_pylist()))


def test_one_row_for_each_post_and_language_with_text() -> None:
    encoder = load_encoder(EncoderOptions())
    vectors = embed_posts(POSTS, encoder)
    assert vectors.schema == schemas.post_embeddings(encoder.dim)
    assert list(zip(vectors["post_id"].to_pylist(), vectors["lang"].to_pylist(), strict=True)) == [
        row[:2] for row in EXPECTED
    ]
    found = np.array(vectors["vector"].to_pylist(), np.float32)
    np.testing.assert_array_equal(found, encoder.encode([row[2] for row in EXPECTED]))


def test_row_order_does_not_matter_and_no_rows_are_fine() -> None:
    encoder = load_encoder(EncoderOptions())
    assert embed_posts(POSTS.take([4, 2, 0, 3, 1]), encoder).equals(embed_posts(POSTS, encoder))
    assert embed_posts(POSTS.slice(3, 1), encoder).num_rows == 0
    assert embed_posts(POSTS.slice(0, 0), encoder).schema == schemas.post_embeddings(encoder.dim)


@pytest.mark.usefixtures("here")
def test_only_what_the_cache_lacks_is_encoded(tmp_path: Path) -> None:
    encoder = Counting()
    without = embed_posts(POSTS, encoder)
    assert len(encoder.seen) == 4  # two posts say the same
    encoder.seen.clear()
    first = embed_posts(POSTS.slice(0, 2), encoder, VectorCache(tmp_path, encoder))
    assert first.num_rows == 2
    assert len(encoder.seen) == 2
    encoder.seen.clear()
    second = embed_posts(POSTS, encoder, VectorCache(tmp_path, encoder))
    assert sorted(encoder.seen) == ["It is snowing.", "Снег идёт."]
    assert second.equals(without)


@pytest.mark.usefixtures("here")
def test_a_kill_loses_one_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "_CHUNK", 2)

    class Killed(Counting):
        def encode(self, texts: Sequence[str]) -> np.ndarray:
            if self.seen:
                raise KeyboardInterrupt
            return super().encode(texts)

    encoder: Encoder = Killed()
    with pytest.raises(KeyboardInterrupt):
        embed_posts(POSTS, encoder, VectorCache(tmp_path, encoder))
    again = Counting()
    embed_posts(POSTS, again, VectorCache(tmp_path, again))
    assert len(again.seen) == 2
