from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.sentence_transformer import SentenceTransformerEncoder
from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions


@pytest.fixture(scope="module")
def encoder(transformer_folder: Path) -> Encoder:
    return load_encoder(EncoderOptions(name=str(transformer_folder), device="cpu"))


def test_vectors_are_those_of_sentence_transformers_and_unit_length(encoder: Encoder, texts: list[str]) -> None:
    assert isinstance(encoder, SentenceTransformerEncoder)
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), 16)
    assert vectors.dtype == np.float32
    expected = [1.0 if text.strip() else 0.0 for text in texts]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), expected, atol=1e-6)
    raw = encoder._model.encode(texts[0], convert_to_numpy=True)
    np.testing.assert_allclose(vectors[0], raw / np.linalg.norm(raw), atol=1e-6)
    assert encoder.encode([]).shape == (0, 16)


def test_a_vector_does_not_depend_on_the_batch(encoder: Encoder, texts: list[str]) -> None:
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(encoder.encode(texts * 30), np.tile(alone, (30, 1)), atol=1e-5)


def test_is_not_additive(encoder: Encoder) -> None:
    assert not encoder.is_additive
    with pytest.raises(EncoderError, match="not additive"):
        encoder.encode_sums(["a"])


def test_a_prompt_changes_vectors_and_revision(encoder: Encoder, transformer_folder: Path) -> None:
    prompted = load_encoder(EncoderOptions(name=str(transformer_folder), device="cpu", prompt="query: "))
    assert prompted.revision != encoder.revision
    assert np.abs(prompted.encode(["a fox"]) - encoder.encode(["a fox"])).max() > 1e-3
    np.testing.assert_allclose(prompted.encode(["a fox"]), encoder.encode(["query: a fox"]), atol=1e-5)


def test_revision_of_a_folder_is_its_content(encoder: Encoder, transformer_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(transformer_folder, tmp_path / "copy")
    assert load_encoder(EncoderOptions(name=str(copy), device="cpu")).revision == encoder.revision
    readme = copy / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nchanged\n", "utf-8")
    changed = SentenceTransformerEncoder(EncoderOptions(name=str(copy), device="cpu"))
    assert changed.revision != encoder.revision


def test_background_is_measured(encoder: Encoder) -> None:
    mean, std = encoder.background
    assert -1 < mean < 1
    assert 0.01 <= std < 1


def test_travels_as_options(encoder: Encoder) -> None:
    packed = pickle.dumps(encoder)
    assert len(packed) < 1000
    assert pickle.loads(packed) is encoder


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "intfloat/multilingual-e5-small"}, "pinned revision; got no revision. Give --revision"),
        ({"name": "intfloat/multilingual-e5-small", "revision": "main"}, "pinned revision; got the branch 'main'"),
        ({"name": "./no/such/folder"}, "there is no such folder"),
        ({"name": "models/of/mine"}, "there is no such folder"),
        ({"name": ""}, "there is no such folder"),
    ],
)
def test_what_cannot_be_loaded_is_refused_before_torch_is(options: dict[str, str], message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        load_encoder(EncoderOptions(**options))


def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path, make_static_model: Callable[..., Path]) -> None:
    (tmp_path / "modules.json").write_text("[", "utf-8")
    with pytest.raises(EncoderError, match="cannot be loaded") as caught:
        load_encoder(EncoderOptions(name=str(tmp_path)))
    assert "\n" not in str(caught.value)


def test_a_hub_model_without_network_is_one_clear_line() -> None:
    with pytest.raises(EncoderError, match=r"cannot be loaded.*Check name, revision and network"):
        load_encoder(EncoderOptions(name="bitext-toolkit/no-such-model", revision="0" * 40))
