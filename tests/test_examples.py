"""The examples run as a user runs them, offline and on a CPU, and what they train gets better at its task."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parent.parent
DEMO = next((ROOT / "dist" / "demo").iterdir())
MODELS = """
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

texts = json.loads(Path("texts.json").read_text("utf-8"))
tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))  # of the demo's own sentences
tokenizer.normalizer = normalizers.NFC()
tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
tokenizer.decoder = decoders.Metaspace()
special = ["<pad>", "</s>", "<unk>"]
trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=special, show_progress=False)
tokenizer.train_from_iterator(texts["ru_text"] + texts["en_text"], trainer)
tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
torch.manual_seed(1)
weights = torch.randn(tokenizer.get_vocab_size(), 64).numpy()
SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save_pretrained("st")
names = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained("mt")
config = T5Config(vocab_size=tokenizer.get_vocab_size(), d_model=64, d_kv=16, d_ff=128, num_layers=1, num_heads=4,
                  dropout_rate=0.0, decoder_start_token_id=0)
T5ForConditionalGeneration(config).save_pretrained("mt")
"""
# The examples share a process, in which what they import is loaded once.
SCRIPT = f"""
import contextlib, io, json, runpy, sys
from pathlib import Path

{MODELS}
said = {{}}
for name, options in json.loads(sys.argv[1]).items():
    sys.argv = [name, *options]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        runpy.run_path(name, run_name="__main__")
    said[Path(name).name] = out.getvalue(), err.getvalue()
trained = SentenceTransformer("st-new", device="cpu")
ru, en = (trained.encode(texts[side], normalize_embeddings=True) for side in ("ru_text", "en_text"))
said["found"] = float(((ru @ en.T).argmax(axis=1) == range(len(ru))).mean())
print(json.dumps(said))
"""
TRAIN = ("--eval-split", "train", "--output")
OPTIONS: dict[str, tuple[object, ...]] = {
    "load_and_stream.py": ("--min-score", 0.95, "--show", 2),
    "train_sentence_transformer.py": ("--model", "st", *TRAIN, "st-new", "--epochs", 20, "--batch", 16,
                                      "--learning-rate", 0.05),
    "train_translation.py": ("--model", "mt", *TRAIN, "mt-new", "--epochs", 40, "--batch", 8,
                             "--learning-rate", 0.005, "--eval-pairs", 16),
}  # fmt: skip


def read(config: str, split: str, column: str) -> list[Any]:
    files = sorted((DEMO / "data" / config).glob(f"{split}-*.parquet"))
    return [value for file in files for value in pq.ParquetFile(file).read()[column].to_pylist()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def said(home: Path) -> dict[str, Any]:
    """What the examples print, by name; a warning that Python shows by default is an error of the example."""
    texts = {side: read("sentence_pairs", "train", side) for side in ("ru_text", "en_text")}
    (home / "texts.json").write_text(json.dumps(texts), "utf-8")
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(home), "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "",
        "TOKENIZERS_PARALLELISM": "false", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    jobs = {str(ROOT / "examples" / name): ["--release", *map(str, (DEMO, *options))]
            for name, options in OPTIONS.items()}  # fmt: skip
    command = [sys.executable, "-c", SCRIPT, json.dumps(jobs)]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=360)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    errors = done.stderr + "".join(found[name][1] for name in OPTIONS)
    assert "Warning" not in errors and "deprecated" not in errors, errors
    return found


def test_load_and_stream(said: dict[str, Any]) -> None:
    lines = said["load_and_stream.py"][0].splitlines()
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


def test_train_sentence_transformer(said: dict[str, Any]) -> None:
    figures = json.loads(said["train_sentence_transformer.py"][0].splitlines()[-1])
    assert figures["pairs"] > 60
    assert figures["accuracy_before"] < 0.3  # random vectors find what shares numbers and names
    assert figures["accuracy_after"] > 0.9
    assert said["found"] > 0.9  # the folder holds what was trained


def test_train_translation(said: dict[str, Any], home: Path) -> None:
    figures = json.loads(said["train_translation.py"][0].splitlines()[-1])
    assert figures["before"]["chrf"] < 15
    assert figures["after"]["chrf"] > 40  # one good sentence for all sources would have less than 20
    assert (home / "mt-new" / "model.safetensors").is_file()
