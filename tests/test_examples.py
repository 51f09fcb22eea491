"""The examples run as a user runs them, offline and on a CPU, and what they train gets better at its task."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(__file__).parent.parent
DEMO = next((ROOT / "dist" / "demo").iterdir())
SPECIAL = ["<pad>", "</s>", "<unk>"]


def run(script: str, home: Path, *options: object) -> str:
    """Run an example; returns what it prints. A warning that Python shows by default is an error of the example."""
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(home), "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "",
        "TOKENIZERS_PARALLELISM": "false", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, ROOT / "examples" / script, "--release", DEMO, *options]
    done = subprocess.run(
        [*map(str, command)], cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr and "deprecated" not in done.stderr, done.stderr
    return done.stdout


def read(config: str, split: str, column: str) -> list[Any]:
    files = sorted((DEMO / "data" / config).glob(f"{split}-*.parquet"))
    return [value for file in files for value in pq.ParquetFile(file).read()[column].to_pylist()]


def make_tokenizer() -> Any:
    """A tokenizer of the demo's own sentences."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    texts = [text for side in ("ru_text", "en_text") for text in read("sentence_pairs", "train", side)]
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=1000, special_tokens=SPECIAL, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def test_load_and_stream(tmp_path: Path) -> None:
    lines = run("load_and_stream.py", tmp_path, "--min-score", 0.95, "--show", 2).splitlines()
    scores = read("sentence_pairs", "train", "score")
    good = sum(round(score, 4) >= 0.95 for score in scores)
    assert 0 < good < len(scores)
    assert lines[0] == f"{good} of {len(scores)} sentence pairs have a score of 0.95 or more"
    assert lines[3] == f"streamed: {good} of them"
    kinds = [kind for split in ("train", "validation", "test") for kind in read("duplicates", split, "kind")]
    counts = ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds)))
    assert lines[-1] == f"evidence of repeats: {counts}"
    assert sum(" repeats " in line for line in lines) == 2
    assert sum(line.startswith("  p") and "  |  " in line for line in lines) == 2  # parallel or partial posts


def test_train_sentence_transformer(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer = make_tokenizer()
    vectors = np.random.default_rng(1).normal(size=(tokenizer.get_vocab_size(), 64)).astype(np.float32)
    tiny = StaticEmbedding(tokenizer, embedding_weights=vectors)
    SentenceTransformer(modules=[tiny], device="cpu").save_pretrained(str(tmp_path / "tiny"))
    options = ("--model", "tiny", "--output", "new", "--epochs", 20, "--batch", 16, "--learning-rate", 0.05)
    printed = run("train_sentence_transformer.py", tmp_path, *options, "--eval-split", "train")
    figures = json.loads(printed.splitlines()[-1])
    assert figures["pairs"] > 60
    assert figures["accuracy_before"] < 0.3  # random vectors find what shares numbers and names
    assert figures["accuracy_after"] > 0.9
    texts = [read("sentence_pairs", "train", side) for side in ("ru_text", "en_text")]
    ru, en = (SentenceTransformer(str(tmp_path / "new"), device="cpu").encode(side) for side in texts)
    found = (ru @ en.T / np.linalg.norm(en, axis=1)).argmax(axis=1)
    assert (found == np.arange(len(ru))).mean() > 0.9  # the folder holds what was trained


def test_train_translation(tmp_path: Path) -> None:
    import torch
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    tokenizer = make_tokenizer()
    names = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(str(tmp_path / "tiny"))
    torch.manual_seed(1)
    config = T5Config(
        vocab_size=tokenizer.get_vocab_size(), d_model=64, d_kv=16, d_ff=128, num_layers=1, num_heads=4,
        dropout_rate=0.0, decoder_start_token_id=0,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(str(tmp_path / "tiny"))
    options = ("--model", "tiny", "--output", "new", "--epochs", 40, "--batch", 8, "--learning-rate", 0.005)
    held_in = ("--eval-split", "train", "--eval-pairs", 16)
    printed = run("train_translation.py", tmp_path, *options, *held_in)
    figures = json.loads(printed.splitlines()[-1])
    assert figures["before"]["chrf"] < 15
    assert figures["after"]["chrf"] > 40  # one good sentence for all sources would have less than 20
    assert (tmp_path / "new" / "model.safetensors").is_file()
