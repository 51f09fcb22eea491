from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit.encoders import train
from toolkit.encoders.card import TrainReport
from toolkit.encoders.static import StaticEncoder
from toolkit.encoders.train import train_encoder
from toolkit.errors import EncoderError, SourceError, ToolkitError
from toolkit.options import EncoderOptions, TrainOptions

OPTIONS = TrainOptions(vocab=600, dim=16, epochs=12, batch=32, storage="float32", held_back=20, license="mit")

# A dictionary small enough to learn in seconds: every sentence is made of these.
WHO = {"the cat": "кошка", "the minister": "министр", "my sister": "моя сестра", "a doctor": "врач",
       "the old sailor": "старый моряк", "our teacher": "наш учитель", "the judge": "судья"}  # fmt: skip
DOES = {"reads": "читает", "lost": "потерял", "wants to buy": "хочет купить", "draws": "рисует", "hides": "прячет"}
WHAT = {"a letter": "письмо", "the newspaper": "газету", "an umbrella": "зонт", "the key": "ключ", "a map": "карту",
        "two apples": "два яблока"}  # fmt: skip
WHERE = {"at home": "дома", "in the park": "в парке", "near the sea": "у моря", "in Moscow": "в Москве"}


def sentence_pairs(count: int, seed: int = 3) -> pa.Table:
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        picked = [list(part.items())[generator.integers(len(part))] for part in (WHO, DOES, WHAT, WHERE)]
        en, ru = (" ".join(words).capitalize() + "." for words in zip(*picked, strict=True))
        rows.append({"en": en, "ru": ru, "source": "made", "licence": "MIT"})
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pairs") / "pairs.parquet"
    pq.write_table(sentence_pairs(200), file)
    return file


@pytest.fixture(scope="module")
def trained(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    return train_encoder([pairs], tmp_path_factory.mktemp("trained") / "model", OPTIONS)


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def accuracy(folder: Path, table: pa.Table) -> float:
    encoder = StaticEncoder(EncoderOptions(name=str(folder)), folder)
    cosines = encoder.encode(table["en"].to_pylist()) @ encoder.encode(table["ru"].to_pylist()).T
    return float((cosines.argmax(axis=1) == np.arange(len(cosines))).mean())


def test_learns_to_find_translations(trained: TrainReport, pairs: Path, tmp_path: Path) -> None:
    fresh = sentence_pairs(60, seed=8).group_by(["en", "ru"]).aggregate([])
    untrained = train_encoder([pairs], tmp_path / "model", OPTIONS.model_copy(update={"learning_rate": 1e-9}))
    assert accuracy(trained.folder, fresh) > 0.9
    assert accuracy(untrained.folder, fresh) < 0.3
    assert trained.after > untrained.after
    assert (trained.held_back, trained.before) == (5, None)
    assert 100 < trained.pairs <= 195  # without those that share a text with a held-back pair


def test_same_input_same_bytes_and_another_seed_another_model(
    trained: TrainReport, pairs: Path, tmp_path: Path
) -> None:
    again = train_encoder([pairs], tmp_path / "model", OPTIONS)
    assert content(again.folder) == content(trained.folder)
    other = train_encoder([pairs], tmp_path / "other", OPTIONS.model_copy(update={"seed": 2}))
    assert other.signature != trained.signature
    assert content(other.folder)["model.safetensors"] != content(trained.folder)["model.safetensors"]


def test_a_killed_training_goes_on_and_gives_the_same_bytes(
    trained: TrainReport, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "_STORE_EVERY", 10)
    steps: list[int] = []

    def kill(done: int, total: int, loss: float) -> None:
        steps.append(done)
        if done == 25 and len(steps) == 25:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_encoder([pairs], tmp_path / "model", OPTIONS, progress=kill)
    assert not (tmp_path / "model").exists()
    report = train_encoder([pairs], tmp_path / "model", OPTIONS, progress=kill)
    assert steps[25] == 21
    assert content(report.folder) == content(trained.folder)
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_sentence_transformers_gives_the_same_vectors(trained: TrainReport) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(trained.folder), device="cpu", local_files_only=True)
    texts = sentence_pairs(20, seed=4)["ru"].to_pylist()
    ours = StaticEncoder(EncoderOptions(name="x"), trained.folder).encode(texts)
    np.testing.assert_allclose(ours, model.encode(texts), atol=1e-5)


def test_goes_on_from_a_model_with_a_releases_columns(trained: TrainReport, tmp_path: Path) -> None:
    table = sentence_pairs(100, seed=5).select(["en", "ru"])
    swapped = {"а": "ə"}  # a domain with its own words
    ru = [text.translate(str.maketrans(swapped)) for text in table["ru"].to_pylist()]
    pq.write_table(pa.table({"en_text": table["en"], "ru_text": ru}), tmp_path / "release.parquet")
    report = train_encoder([tmp_path / "release.parquet"], tmp_path / "model", OPTIONS, base=trained.folder)
    assert report.before is not None
    assert report.after >= report.before
    tokenizers = [content(folder)["tokenizer.json"] for folder in (report.folder, trained.folder)]
    assert tokenizers[0] == tokenizers[1]


def test_card_and_facts_say_what_went_in(trained: TrainReport) -> None:
    card = (trained.folder / "README.md").read_text("utf-8")
    assert card.startswith("---\nlicense: mit\nlanguage: [ru, en]\n")
    assert "| made | 200 | MIT |" in card
    assert "bitext train-encoder pairs.parquet -o model" in card
    assert f"{trained.after:.1%}" in card
    facts = json.loads((trained.folder / "encoder.json").read_text("utf-8"))
    assert facts["signature"] == trained.signature
    assert StaticEncoder(EncoderOptions(name="x"), trained.folder).background == tuple(facts["background"].values())


def test_licences_can_be_left_out(tmp_path: Path) -> None:
    table = sentence_pairs(80)
    licences = ["GPL-3.0" if row % 2 else "CC BY 4.0" for row in range(80)]
    pq.write_table(table.set_column(3, "licence", pa.array(licences)), tmp_path / "pairs.parquet")
    report = train_encoder([tmp_path / "pairs.parquet"], tmp_path / "model",
                           OPTIONS.model_copy(update={"skip_licences": ("GPL",), "epochs": 1}))  # fmt: skip
    assert report.pairs + report.held_back <= 40
    assert "| made | 40 | CC BY 4.0 |" in (report.folder / "README.md").read_text("utf-8")


def write(folder: Path, columns: dict[str, list[object]]) -> Path:
    pq.write_table(pa.table(columns), folder / "pairs.parquet")
    return folder / "pairs.parquet"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"english": ["a"], "ru": ["б"]}, "no columns en and ru"),
        ({"en": [], "ru": []}, "no pair of texts is left"),
        ({"en": ["", None, " "], "ru": ["а", "б", "в"]}, "no pair of texts is left"),
        ({"en": [["a"]], "ru": ["б"]}, "are no text"),
    ],
)
def test_bad_tables_are_refused(tmp_path: Path, columns: dict[str, list[object]], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        train_encoder([write(tmp_path, columns)], tmp_path / "model", OPTIONS)
    assert not (tmp_path / "model").exists()


def test_too_few_pairs_and_missing_things_are_refused(tmp_path: Path, pairs: Path, transformer_folder: Path) -> None:
    with pytest.raises(EncoderError, match="too few"):
        train_encoder([write(tmp_path, {"en": ["a"], "ru": ["б"]})], tmp_path / "model", OPTIONS)
    with pytest.raises(ToolkitError, match="no such file"):
        train_encoder([tmp_path / "missing.parquet"], tmp_path / "model", OPTIONS)
    with pytest.raises(EncoderError, match="no folder with a static model"):
        train_encoder([pairs], tmp_path / "model", OPTIONS, base=transformer_folder)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "diary.txt").write_text("mine", "utf-8")
    with pytest.raises(EncoderError, match="something else"):
        train_encoder([pairs], tmp_path / "taken", OPTIONS.model_copy(update={"epochs": 1}))
    assert (tmp_path / "taken" / "diary.txt").read_text("utf-8") == "mine"
