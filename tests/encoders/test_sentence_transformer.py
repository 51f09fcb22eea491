from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

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


def _signed(folder: Path, target: Path, **config: object) -> Path:
    """Copy a model, with more in its configuration."""
    copy = shutil.copytree(folder, target)
    file = copy / "config_sentence_transformers.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | config), "utf-8")
    return copy


def test_a_model_that_declares_prompts_wants_one_of_them_or_none_in_words(
    transformer_folder: Path, tmp_path: Path
) -> None:
    folder = str(_signed(transformer_folder, tmp_path / "model", prompts={"query": "query: ", "document": ""}))
    with pytest.raises(EncoderError, match=r"trained with prompts .query 'query: '., and none is given. Give --prompt"):
        load_encoder(EncoderOptions(name=folder, device="cpu"))
    without = load_encoder(EncoderOptions(name=folder, device="cpu", prompt=""))
    with_prompt = load_encoder(EncoderOptions(name=folder, device="cpu", prompt="query: "))
    np.testing.assert_allclose(without.encode(["query: a fox"]), with_prompt.encode(["a fox"]), atol=1e-5)


def test_a_default_prompt_of_the_model_is_used(encoder: Encoder, transformer_folder: Path, tmp_path: Path) -> None:
    config = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    folder = _signed(transformer_folder, tmp_path / "model", **config)
    prompted = load_encoder(EncoderOptions(name=str(folder), device="cpu"))
    np.testing.assert_allclose(prompted.encode(["a fox"]), encoder.encode(["query: a fox"]), atol=1e-5)


@pytest.mark.parametrize(("name", "is_e5"), [("multilingual-e5-small", True), ("E5-base", True), ("re5-small", False)])
def test_e5_by_name_wants_a_prompt(transformer_folder: Path, tmp_path: Path, name: str, is_e5: bool) -> None:
    folder = str(shutil.copytree(transformer_folder, tmp_path / name))
    if is_e5:
        with pytest.raises(EncoderError, match="Give --prompt 'query: '"):
            load_encoder(EncoderOptions(name=folder, device="cpu"))
    assert load_encoder(EncoderOptions(name=folder, device="cpu", prompt="" if is_e5 else None)).dim == 16


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_changes_the_revision_and_little_else(
    encoder: Encoder, transformer_folder: Path, texts: list[str], dtype: Literal["float16", "bfloat16"]
) -> None:
    half = load_encoder(EncoderOptions(name=str(transformer_folder), device="cpu", dtype=dtype))
    assert half.revision == f"{encoder.revision}+{dtype}"
    vectors, exact = half.encode(texts), encoder.encode(texts)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.linalg.norm(exact, axis=1), atol=1e-6)
    assert 1e-6 < np.abs(vectors - exact).max() < 2e-2


def test_auto_is_float32_without_a_gpu_even_if_the_model_was_stored_in_half(
    encoder: Encoder, transformer_folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(transformer_folder, tmp_path / "half")
    half = SentenceTransformerEncoder(EncoderOptions(name=str(copy), device="cpu", dtype="float16"))
    half._model.save(str(tmp_path / "stored"))
    assert json.loads((tmp_path / "stored" / "config.json").read_text("utf-8"))["dtype"] == "float16"
    whole = load_encoder(EncoderOptions(name=str(tmp_path / "stored"), device="cpu"))
    assert "+" not in whole.revision
    explicit = load_encoder(EncoderOptions(name=str(tmp_path / "stored"), device="cpu", dtype="float32"))
    assert explicit.revision == whole.revision


def _cramped(
    folder: Path, most: int, error: str, words: str
) -> tuple[SentenceTransformerEncoder, list[tuple[int, int]]]:
    """Load a model as on a machine with memory for so many tokens; return the shapes of its batches too."""
    import torch

    raised = {"OutOfMemoryError": torch.OutOfMemoryError, "RuntimeError": RuntimeError}[error]
    shapes: list[tuple[int, int]] = []

    class Cramped(torch.nn.Module):
        def forward(self, features: dict[str, Any]) -> dict[str, Any]:
            rows, columns = features["input_ids"].shape
            shapes.append((rows, columns))
            if rows * columns > most:
                raise raised(words)
            return features

    encoder = SentenceTransformerEncoder(EncoderOptions(name=str(folder), device="cpu"))
    encoder._model.append(Cramped())
    return encoder, shapes


LONG_AND_SHORT = ["a" * 40, "a fox", "dog", "b" * 30, *(["ab cd"] * 90), "c" * 50]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB"),
        ("RuntimeError", "MPS backend out of memory"),
        ("RuntimeError", "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
)
def test_batches_shrink_until_they_fit(encoder: Encoder, transformer_folder: Path, error: str, words: str) -> None:
    cramped, shapes = _cramped(transformer_folder, 120, error, words)
    np.testing.assert_allclose(cramped.encode(LONG_AND_SHORT), encoder.encode(LONG_AND_SHORT), atol=1e-5)
    assert shapes[0][0] == len(LONG_AND_SHORT)
    fitted = [shape for shape in shapes if shape[0] * shape[1] <= 120]
    assert sum(rows for rows, _ in fitted) == len(LONG_AND_SHORT)
    assert fitted == sorted(fitted, key=lambda shape: -shape[1])
    assert fitted[0][0] < fitted[-2][0]  # few long ones, many short ones
    done = len(shapes)
    cramped.encode(LONG_AND_SHORT)
    assert max(rows * columns for rows, columns in shapes[done:]) <= 120  # it does not try again what did not fit


def test_a_text_that_does_not_fit_alone_is_one_clear_line(transformer_folder: Path) -> None:
    cramped, _ = _cramped(transformer_folder, 30, "OutOfMemoryError", "CUDA out of memory")
    with pytest.raises(EncoderError, match="a text of 52 tokens does not fit into the memory of cpu"):
        cramped.encode(LONG_AND_SHORT)


def test_another_error_of_the_model_is_not_taken_for_memory(transformer_folder: Path) -> None:
    broken, _ = _cramped(transformer_folder, 0, "RuntimeError", "shapes do not agree")
    with pytest.raises(RuntimeError, match="shapes do not agree"):
        broken.encode(["a fox"])


def test_texts_longer_than_the_model_reads_are_counted_and_told_once(
    transformer_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = SentenceTransformerEncoder(EncoderOptions(name=str(transformer_folder), device="cpu"))
    first, cut = encoder.encode(["a" * 62 + "b", "a" * 62 + "c"])
    assert encoder.n_cut == 2
    np.testing.assert_allclose(first, cut, atol=1e-6)
    encoder.encode(["d" * 80, "a fox"])
    assert encoder.n_cut == 3
    assert [record.getMessage() for record in caplog.records] == [
        f"{transformer_folder} reads 64 tokens of a text, and 2 of these 2 texts are longer: their ends are not seen"
    ]


def test_command_line_options_reach_the_encoder(
    bitext: Callable[..., tuple[int, str, str]], transformer_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "texts.txt").write_text("a fox\n", "utf-8")
    given = ("--encoder", transformer_folder, "--prompt", "query: ", "--device", "cpu", "--dtype", "bfloat16")
    code, out, _ = bitext("encode", tmp_path / "texts.txt", "-o", tmp_path / "vectors.npy", "--json", *given)
    same = EncoderOptions(name=str(transformer_folder), prompt="query: ", device="cpu", dtype="bfloat16")
    assert code == 0
    assert json.loads(out)["revision"] == load_encoder(same).revision
    np.testing.assert_array_equal(np.load(tmp_path / "vectors.npy"), load_encoder(same).encode(["a fox"]))


def test_many_texts_go_in_chunks(encoder: Encoder, monkeypatch: pytest.MonkeyPatch, texts: list[str]) -> None:
    whole = encoder.encode(texts * 3)
    monkeypatch.setattr("toolkit.encoders.sentence_transformer._CHUNK", 4)
    np.testing.assert_allclose(encoder.encode(texts * 3), whole, atol=1e-5)


def test_background_is_measured(encoder: Encoder) -> None:
    mean, std = encoder.background
    assert -1 < mean < 1
    assert 0.001 <= std < 1


def test_travels_as_options(encoder: Encoder) -> None:
    packed = pickle.dumps(encoder)
    assert len(packed) < 1000
    arrived = pickle.loads(packed)
    assert arrived is load_encoder(arrived.options)
    assert arrived.revision == encoder.revision


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "intfloat/multilingual-e5-small"}, "pinned revision; got no revision. Give --revision"),
        ({"name": "intfloat/multilingual-e5-small", "revision": "main"}, "pinned revision; got the branch 'main'"),
        (
            {"name": "nosuch"},
            "neither built in .ru-en-static is. nor a folder.*Take ru-en-static, a folder, or OWNER/NAME",
        ),
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
    with pytest.raises(EncoderError, match=r"is not in the cache.*Check the network, or give a folder"):
        load_encoder(EncoderOptions(name="bitext-toolkit/no-such-model", revision="0" * 40))
