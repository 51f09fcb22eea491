"""Small real models, made here: a static one from fixed numbers, and a two-layer transformer."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

MakeModel = Callable[..., Path]
TEXTS = [
    "Съешь ещё этих мягких французских булок, да выпей чаю.",
    "The quick brown fox jumps over the lazy dog 12,345 times!",
    "Посол: «Мы надеемся на мир» — и ушёл.",
    "word",
    "",
    "  two   words\tand\nlines ",
    "ё Ё е Е",
]


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return TEXTS


@pytest.fixture(scope="session")
def make_static_model() -> MakeModel:
    """Write a static model with a vocabulary learned from TEXTS and random vectors; return its folder."""
    return _make_static_model


def _make_static_model(folder: Path, *, storage: str = "float32", dim: int = 16) -> Path:
    from toolkit.encoders.folder import write_static_model
    from toolkit.encoders.vocabulary import splitter, train_vocabulary

    split = splitter()
    words = sorted({word for text in TEXTS for word in split(text)})
    tokenizer = train_vocabulary(words, np.ones(len(words)), 120)
    vectors = np.random.default_rng(5).normal(size=(len(tokenizer["model"]["vocab"]), dim)).astype(np.float32)
    vectors[0] = 0
    write_static_model(folder, tokenizer, vectors, {}, "---\nlicense: mit\n---\n# test\n", storage=storage)
    return folder


@pytest.fixture(scope="session")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _make_static_model(tmp_path_factory.mktemp("static") / "model")


@pytest.fixture(scope="session")
def transformer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with random weights, saved as a SentenceTransformer."""
    folder = tmp_path_factory.mktemp("transformer")
    letters = [chr(code) for code in [*range(ord("a"), ord("z") + 1), *range(ord("а"), ord("я") + 1)]]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *letters, *(f"##{letter}" for letter in letters)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
        from transformers import BertConfig, BertModel, BertTokenizerFast

        torch.manual_seed(0)
        config = BertConfig(vocab_size=len(tokens), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                            intermediate_size=32, max_position_embeddings=64)  # fmt: skip
        vocabulary = folder / "vocab.txt"
        vocabulary.write_text("\n".join(tokens) + "\n", "utf-8")
        BertModel(config).save_pretrained(folder / "bert")
        BertTokenizerFast(vocab={token: number for number, token in enumerate(tokens)}).save_pretrained(folder / "bert")
        bert = Transformer(str(folder / "bert"), max_seq_length=64)
        model = SentenceTransformer(modules=[bert, Pooling(16, pooling_mode="mean")], device="cpu")
        model.save(str(folder / "model"))
    return folder / "model"
