"""The card of a release works: its Python and its commands run, with small models in the place of the Hub's."""

import re
import shutil
from pathlib import Path

import pytest
from readers import run_commands, run_python

ROOT = Path(__file__).parents[3]
MODELS = """
from pathlib import Path
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

words = sorted(set(" ".join(p.read_text("utf-8") for p in Path(".").glob("*.txt")).split()))
marks = ["<s>", "<pad>", "</s>", "<unk>"]
tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate([*marks, *words])}, unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)]).save("encoder")
fast = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
)
fast.save_pretrained("translator")
size = dict(d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=1, decoder_attention_heads=1)
config = BartConfig(vocab_size=len(fast), max_position_embeddings=300, encoder_ffn_dim=8, decoder_ffn_dim=8, **size)
BartForConditionalGeneration(config).save_pretrained("translator")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's sources and, below dist/, its release."""
    folder = tmp_path_factory.mktemp("reader")
    for source in (ROOT / "configs/demo").iterdir():
        if source.is_file():
            shutil.copy(source, folder)
    shutil.copytree(ROOT / "dist", folder / "dist")
    return folder


def blocks(folder: Path, language: str) -> list[str]:
    card = next(folder.glob("dist/demo/*/README.md")).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", card, re.MULTILINE | re.DOTALL)


def test_the_python_and_the_commands(folder: Path) -> None:
    python = "\n".join(blocks(folder, "python"))
    for name, here in (("intfloat/multilingual-e5-small", "encoder"), ("Helsinki-NLP/opus-mt-ru-en", "translator")):
        assert python.count(f'"{name}"') == 1
        python = python.replace(f'"{name}"', f'"./{here}"')
    said = run_python(f"{MODELS}\n{python}", folder)
    assert "num_rows: 72" in said
    assert " | The repairs took 47 days." in said
    assert said.count("'train_loss'") == 2
    (commands,) = blocks(folder, "bash")
    run_commands(commands.splitlines(), folder)
