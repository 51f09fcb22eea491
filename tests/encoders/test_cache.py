from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.cache import VectorCache
from toolkit.errors import ToolkitError
from toolkit.options import EncoderOptions


@pytest.fixture(scope="module")
def encoder(static_folder: Path) -> Encoder:
    return load_encoder(EncoderOptions(name=str(static_folder)))


def test_gives_back_what_was_put_also_to_the_next_process(tmp_path: Path, encoder: Encoder, texts: list[str]) -> None:
    cache = VectorCache(tmp_path, encoder)
    vectors = encoder.encode(texts)
    cache.put(texts[:3], vectors[:3])
    cache.put(texts, vectors)
    for opened in (cache, VectorCache(tmp_path, encoder)):
        assert len(opened) == len(texts)
        found, known = opened.get([*texts[::-1], "another text", texts[2]])
        np.testing.assert_array_equal(found, [*vectors[::-1], np.zeros(encoder.dim), vectors[2]])
        assert known.tolist() == [True] * len(texts) + [False, True]
        assert texts[1] in opened
        assert "another text" not in opened


def test_files_are_only_added_and_the_same_content_makes_the_same_file(
    tmp_path: Path, encoder: Encoder, texts: list[str]
) -> None:
    vectors = encoder.encode(texts)
    for name in ("one", "two"):
        VectorCache(tmp_path / name, encoder).put(texts[::-1] + texts[:1], np.vstack([vectors[::-1], vectors[:1]]))
    one, two = (sorted((tmp_path / name).rglob("*.parquet")) for name in ("one", "two"))
    assert [file.name for file in one] == [file.name for file in two]
    assert one[0].read_bytes() == two[0].read_bytes()
    before = one[0].read_bytes()
    cache = VectorCache(tmp_path / "one", encoder)
    cache.put([*texts, "new"], encoder.encode([*texts, "new"]))
    assert one[0].read_bytes() == before
    assert len(list((tmp_path / "one").rglob("*.parquet"))) == 2
    cache.put(texts, vectors)
    assert len(list((tmp_path / "one").rglob("*.parquet"))) == 2


def test_another_revision_sees_nothing(
    tmp_path: Path, encoder: Encoder, make_static_model: Callable[..., Path], texts: list[str]
) -> None:
    VectorCache(tmp_path, encoder).put(texts, encoder.encode(texts))
    other = load_encoder(EncoderOptions(name=str(make_static_model(tmp_path / "model", dim=8))))
    assert len(VectorCache(tmp_path, other)) == 0


def test_what_a_kill_leaves_is_passed_over(tmp_path: Path, encoder: Encoder, texts: list[str]) -> None:
    cache = VectorCache(tmp_path, encoder)
    cache.put(texts, encoder.encode(texts))
    (cache.folder / ".half.parquet.123.part").write_bytes(b"PAR1 half")
    assert len(VectorCache(tmp_path, encoder)) == len(texts)


def test_a_damaged_file_is_one_clear_line(tmp_path: Path, encoder: Encoder, texts: list[str]) -> None:
    cache = VectorCache(tmp_path, encoder)
    cache.put(texts, encoder.encode(texts))
    file = next(cache.folder.glob("*.parquet"))
    shutil.copy(file, file.with_name("x.parquet"))
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(ToolkitError, match=r"damaged.*Remove the file"):
        VectorCache(tmp_path, encoder)
