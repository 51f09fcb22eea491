from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toolkit.encoders import load_encoder
from toolkit.encoders.cache import VectorCache
from toolkit.engine import Engine
from toolkit.matching.readings import LENGTH, READ, READINGS, load_vectors, read_parts, read_posts
from toolkit.matching.sides import columns_of, compared_letters, load_side
from toolkit.options import EncoderOptions
from toolkit.partitions import Store

STATIC = load_encoder(EncoderOptions())
ROWS = [
    (
        datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "utc",
        ["https://example.org/news/70411"],
        "Снег идёт. Ветер стих.",
        None,
    ),
    (datetime(2026, 3, 2, tzinfo=UTC), "day", [], None, "It is snowing.\n***\nThe wind has dropped in Kostroma."),
    (None, "none", [], "12", "5:1 !"),
    (None, "none", [], None, ""),
]
POSTS = pa.table({name: pa.array(values) for name, values in zip(READ, zip(*ROWS, strict=True), strict=True)}).cast(
    pa.schema(
        [
            ("date", pa.timestamp("ms", tz="UTC")),
            ("date_precision", pa.string()),
            ("urls", pa.list_(pa.string())),
            ("text_ru", pa.string()),
            ("text_en", pa.string()),
        ]
    )
)


class Whole:
    """The packaged encoder as one that is not additive, and the texts that it was given."""

    name, revision, dim, is_additive, background = "whole", "1", STATIC.dim, False, STATIC.background

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        return STATIC.encode(texts)

    def encode_sums(self, texts: Sequence[str]) -> np.ndarray:
        raise AssertionError


def test_what_is_read_of_posts() -> None:
    read = read_posts(POSTS, STATIC)
    assert read.schema.equals(READINGS)
    hours = read["hours"].to_numpy()
    assert (hours - hours[0]).tolist() == pytest.approx([0, 2.5, np.nan, np.nan], nan_ok=True)
    assert read["slack"].to_pylist() == [0, 12, 0, 0]
    assert [len(links) for links in read["links"].to_pylist()] == [1, 0, 0, 0]
    assert read["sentences_ru"].to_pylist() == [["Снег идёт.", "Ветер стих."], None, ["12"], None]
    assert read["letters_en"].to_pylist() == [None, [11, 0, 27], [0], None]
    assert read["sure_numbers_ru"].to_pylist() == [[], None, [True], None]
    letters, counts = compared_letters(read["letters_en"])
    assert (letters.tolist(), counts.tolist()) == ([11, 27, 1], [0, 2, 1, 0])  # a text without letters counts as one


@pytest.mark.parametrize("encoder", [STATIC, Whole()], ids=["additive", "not additive"])
def test_vectors_are_those_of_the_encoder(encoder: Whole) -> None:
    read = read_posts(POSTS, encoder)
    sentences = ["It is snowing.", "The wind has dropped in Kostroma.", "5:1 !"]
    for column, texts in (("vector_en", ROWS[1:3]), ("sentence_vectors_en", sentences)):
        expected = STATIC.encode([text if isinstance(text, str) else text[4] for text in texts])
        assert load_vectors(read[column], STATIC.dim) / LENGTH == pytest.approx(expected, abs=1.5 / LENGTH)


def test_texts_of_which_vectors_are_kept_are_not_encoded_again(tmp_path: Path) -> None:
    encoder = Whole()
    first = read_posts(POSTS, encoder, VectorCache(tmp_path, encoder))
    assert ROWS[0][3] in encoder.seen
    encoder.seen = []
    again = read_posts(POSTS, encoder, VectorCache(tmp_path, encoder))
    assert again["vector_ru"].equals(first["vector_ru"])
    assert ROWS[0][3] not in encoder.seen


def test_a_process_opens_the_kept_vectors_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    class Opened(VectorCache):
        def __init__(self, folder: Path, encoder: Whole) -> None:
            opened.append(folder)
            super().__init__(folder, encoder)

    monkeypatch.setattr("toolkit.matching.readings.VectorCache", Opened)
    encoder, store = Whole(), Store(tmp_path, Engine(workers=1))
    posts = store.write("posts", POSTS, rows=1)
    assert read_parts(posts, encoder, store, tmp_path / "vectors").num_rows == len(ROWS)
    assert opened == [tmp_path / "vectors"]


def test_a_side_has_all_texts_of_a_language() -> None:
    read = read_posts(POSTS, STATIC).slice(1, 2)
    side = load_side(
        read.select(columns_of("en", *READINGS.names, *(n[:-3] for n in READINGS.names))), "en", STATIC.dim
    )
    assert side.sentences.starts.tolist() == [0, 2, 3]
    assert side.letters.tolist() == [38, 1]
    assert np.diff(side.numbers.starts).tolist() == [0, 2]
    assert (np.diff(side.names.items) > 0).all()
