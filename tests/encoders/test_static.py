from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from toolkit.encoders import Encoder, load_encoder
from toolkit.encoders.background import ENGLISH, RUSSIAN
from toolkit.encoders.static import PACKAGED, StaticEncoder, find_static_model
from toolkit.errors import EncoderError
from toolkit.options import EncoderOptions


@pytest.fixture
def encoder(static_folder: Path) -> Encoder:
    return load_encoder(EncoderOptions(name=str(static_folder)))


def sentence_transformer_vectors(folder: Path, texts: list[str]) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(texts)


@pytest.mark.parametrize("storage", ["float32", "int8"])
def test_sentence_transformers_gives_the_same_vectors(
    tmp_path: Path, storage: str, texts: list[str], make_static_model: Callable[..., Path]
) -> None:
    folder = make_static_model(tmp_path / "model", storage=storage)
    filled = [text for text in texts if text]
    ours = load_encoder(EncoderOptions(name=str(folder))).encode(filled)
    np.testing.assert_allclose(ours, sentence_transformer_vectors(folder, filled), atol=1e-6)


def test_int8_moves_a_vector_by_less_than_one_percent(
    tmp_path: Path, texts: list[str], make_static_model: Callable[..., Path]
) -> None:
    whole = make_static_model(tmp_path / "float32", storage="float32", dim=64)
    small = make_static_model(tmp_path / "int8", storage="int8", dim=64)
    filled = [text for text in texts if text]
    cosines = np.sum(
        load_encoder(EncoderOptions(name=str(whole))).encode(filled)
        * load_encoder(EncoderOptions(name=str(small))).encode(filled),
        axis=1,
    )
    assert cosines.min() > 0.9999
    assert (small / "model.safetensors").stat().st_size < 0.4 * (whole / "model.safetensors").stat().st_size


def test_packaged_model_is_the_one_sentence_transformers_loads() -> None:
    texts = [*RUSSIAN, *ENGLISH]
    ours = load_encoder(EncoderOptions()).encode(texts)
    np.testing.assert_allclose(ours, sentence_transformer_vectors(PACKAGED["ru-en-static"], texts), atol=1e-5)


def test_packaged_model_fits_and_knows_that_translations_belong_together() -> None:
    folder = PACKAGED["ru-en-static"]
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) <= 20_000_000
    encoder = load_encoder(EncoderOptions())
    ru = ["Посол встретился с министром иностранных дел.", "Завтра в Москве ожидается снег.", "Кошка спит на окне."]
    en = ["The cat is sleeping by the window.", "The ambassador met the foreign minister.",
          "Snow is expected in Moscow tomorrow."]  # fmt: skip
    cosines = encoder.encode(ru) @ encoder.encode(en).T
    assert cosines.argmax(axis=1).tolist() == [1, 2, 0]
    mean, std = encoder.background
    assert cosines.max(axis=1).min() > mean + 3 * std


def test_vectors_are_unit_length_and_a_text_without_tokens_gets_zeros(encoder: Encoder, texts: list[str]) -> None:
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), encoder.dim)
    assert vectors.dtype == np.float32
    expected = [0.0 if not text.strip() else 1.0 for text in texts]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), expected, atol=1e-6)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_unknown_characters_say_nothing(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode_sums(["中"]), 0)


def test_case_and_yo_do_not_matter(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode(["Ещё МЯГКИХ"]), encoder.encode(["еще мягких"]))


def test_sums_add_up(encoder: Encoder, texts: list[str]) -> None:
    left, right, both = encoder.encode_sums([texts[0], texts[1], f"{texts[0]} {texts[1]}"])
    np.testing.assert_allclose(left + right, both, rtol=1e-4, atol=1e-5)


def test_a_vector_does_not_depend_on_the_batch(encoder: Encoder, texts: list[str]) -> None:
    many = texts * 700  # more than one chunk
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_array_equal(encoder.encode(many), np.tile(alone, (700, 1)))
    np.testing.assert_array_equal(encoder.encode(texts[::-1]), alone[::-1])


@pytest.mark.parametrize("text", ["a\x1cb", "a\u00a0b", "a\u2028b", "a\u3000b", "word\u0085word", "f ´ x", "a<unk>b"])
def test_odd_spaces_are_split_as_the_tokenizer_splits_them(encoder: Encoder, text: str) -> None:
    assert isinstance(encoder, StaticEncoder)
    whole = encoder._tokenizer.encode(text, add_special_tokens=False).ids
    by_word = [number for ids in encoder._tokenise(text.split()) for number in ids]
    assert by_word == whole


def test_travels_as_options_and_comes_back_as_one_object(encoder: Encoder) -> None:
    packed = pickle.dumps(encoder)
    assert len(packed) < 1000
    assert pickle.loads(packed) is encoder


def test_revision_follows_the_content(
    tmp_path: Path, static_folder: Path, make_static_model: Callable[..., Path]
) -> None:
    copy = shutil.copytree(static_folder, tmp_path / "copy")
    revision = load_encoder(EncoderOptions(name=str(static_folder))).revision
    assert StaticEncoder(EncoderOptions(name="x"), copy).revision == revision
    other = make_static_model(tmp_path / "other", dim=8)
    assert StaticEncoder(EncoderOptions(name="x"), other).revision != revision


def test_background_is_read_or_measured(static_folder: Path, tmp_path: Path) -> None:
    mean, std = load_encoder(EncoderOptions(name=str(static_folder))).background
    assert -1 <= mean <= 1
    assert std > 0
    copy = shutil.copytree(static_folder, tmp_path / "copy")
    (copy / "encoder.json").write_text(json.dumps({"background": {"mean": 0.25, "std": 0.5}}), "utf-8")
    assert StaticEncoder(EncoderOptions(name="x"), copy).background == (0.25, 0.5)


def test_finds_static_models_only(static_folder: Path, transformer_folder: Path, tmp_path: Path) -> None:
    assert find_static_model(str(static_folder)) == static_folder
    assert find_static_model("ru-en-static") == PACKAGED["ru-en-static"]
    assert find_static_model(str(transformer_folder)) is None
    assert find_static_model(str(tmp_path)) is None
    assert find_static_model("intfloat/multilingual-e5-small") is None


@pytest.mark.parametrize("file", ["tokenizer.json", "model.safetensors"])
def test_a_damaged_model_is_one_clear_line(static_folder: Path, tmp_path: Path, file: str) -> None:
    copy = shutil.copytree(static_folder, tmp_path / "copy")
    (copy / file).write_bytes(b"{ not what it was")
    with pytest.raises(EncoderError, match="cannot be read") as caught:
        StaticEncoder(EncoderOptions(name="x"), copy)
    assert "\n" not in str(caught.value)
    (copy / file).unlink()
    with pytest.raises(EncoderError, match="cannot be read"):
        StaticEncoder(EncoderOptions(name="x"), copy)


def test_encoding_leaves_torch_out_and_loads_quickly() -> None:
    program = (
        "import sys, time; from toolkit.encoders import load_encoder; from toolkit.options import EncoderOptions;"
        "e = load_encoder(EncoderOptions()); e.encode(['мир']);"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert time.perf_counter() - start < 20  # importing torch alone may take that long on a busy machine


def test_memory_does_not_grow_with_the_words_seen(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.encoders.static._REMEMBERED", 10)
    assert isinstance(encoder, StaticEncoder)
    before = encoder.encode(["word5"])
    for number in range(20):
        encoder.encode([f"word{number} fox{number}"])
        assert len(encoder._known) <= 10 + 2
    np.testing.assert_array_equal(encoder.encode(["word5"]), before)


@pytest.mark.parametrize("given", [{"revision": "v1"}, {"prompt": ""}, {"device": "cpu"}, {"dtype": "float32"}])
def test_what_it_could_only_ignore_is_refused(static_folder: Path, given: dict[str, str]) -> None:
    ((name, value),) = given.items()
    options = EncoderOptions.model_validate({"name": str(static_folder)} | given)
    with pytest.raises(EncoderError, match=f"a static model takes no {name}; got {value!r}. Leave {name} out"):
        load_encoder(options)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a token without a vector": lambda folder: edit_json(folder / "tokenizer.json", far_token),
    "a pipe as tokenizer": lambda folder: as_pipe(folder / "tokenizer.json"),
    "a pipe as vectors": lambda folder: as_pipe(folder / "model.safetensors"),
    "endless vectors": lambda folder: as_link(folder / "model.safetensors", "/dev/zero"),
    "vectors of one dimension": lambda folder: tensors(folder, {"embedding.weight": np.ones(9, np.float32)}),
    "no vectors": lambda folder: tensors(folder, {"embedding.weight": np.ones((0, 4), np.float32)}),
    "numbers that are none": lambda folder: tensors(folder, {"embedding.weight": np.full((200, 4), np.nan, "f")}),
    "another type": lambda folder: tensors(folder, {"embedding.weight": np.ones((200, 4), bool)}),
    "a mapping that makes much of it": lambda folder: tensors(
        folder, {"embeddings": np.ones((1, 100_000), np.int8), "mapping": np.zeros(10_000, np.int64)}),
    "a mapping to nowhere": lambda folder: tensors(
        folder, {"embeddings": np.ones((1, 4), np.int8), "mapping": np.full(200, 7, np.int64)}),
}  # fmt: skip


def edit_json(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_text("utf-8"))
    change(content)
    file.write_text(json.dumps(content), "utf-8")


def far_token(tokenizer: dict[str, Any]) -> None:
    """Name numbers that are in no table of vectors: a product of sparse matrices would read there all the same."""
    for number, token in enumerate(list(tokenizer["model"]["vocab"])):
        tokenizer["model"]["vocab"][token] = number and 10_000_000 + number


def as_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def as_link(file: Path, target: str) -> None:
    file.unlink()
    file.symlink_to(target)


def tensors(folder: Path, content: dict[str, Any]) -> None:
    (folder / "model.safetensors").write_bytes(save(content))


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_model_is_one_clear_line(
    static_folder: Path, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    copy = Path(shutil.copytree(static_folder, tmp_path / "copy"))
    spoil(copy)
    with pytest.raises(EncoderError) as caught:
        StaticEncoder(EncoderOptions(name="x"), copy).encode(["мир", "fox"])
    assert "\n" not in str(caught.value)
