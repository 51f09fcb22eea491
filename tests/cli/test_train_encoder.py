from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Bitext = Callable[..., tuple[int, str, str]]

SMALL = ("--vocab", 200, "--dim", 8, "--epochs", 1, "--batch", 8, "-q")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = range(60)
    table = pa.table(
        {"ru_text": [f"дом номер {row}" for row in rows], "en_text": [f"house number {row}" for row in rows]}
    )
    pq.write_table(table, tmp_path / "pairs.parquet")
    return tmp_path / "pairs.parquet"


def test_trains_a_model_that_encode_takes(bitext: Bitext, pairs: Path, tmp_path: Path) -> None:
    code, out, err = bitext("train-encoder", pairs, "-o", tmp_path / "model", *SMALL)
    assert (code, out) == (0, "")
    assert "held-back pairs" in err
    (tmp_path / "texts.txt").write_text("дом\nhouse\n", "utf-8")
    code, _, _ = bitext("encode", tmp_path / "texts.txt", "-o", tmp_path / "v.npy", "--encoder", tmp_path / "model")
    assert code == 0
    assert np.load(tmp_path / "v.npy").shape == (2, 8)


def test_goes_on_from_a_base_and_reports_as_json(bitext: Bitext, pairs: Path, tmp_path: Path) -> None:
    bitext("train-encoder", pairs, "-o", tmp_path / "model", *SMALL)
    code, out, _ = bitext(
        "train-encoder", pairs, "-o", tmp_path / "next", "--base", tmp_path / "model", "--json", *SMALL
    )
    report = json.loads(out)
    assert code == 0
    assert report["pairs"] + report["held_back"] <= 60
    assert report["before"] is not None
    assert report["folder"] == str(tmp_path / "next")


def test_shows_progress_on_stderr(bitext: Bitext, pairs: Path, tmp_path: Path) -> None:
    code, out, err = bitext("train-encoder", pairs, "-o", tmp_path / "model", *SMALL[:-1])
    assert (code, out) == (0, "")
    assert "training" in err


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (None, "there is no such file"),
        ({"english": ["a"], "ru": ["б"]}, "no columns en and ru"),
        ({"en": pa.array([], pa.string()), "ru": pa.array([], pa.string())}, "no pair of texts is left"),
    ],
)
def test_bad_input_is_one_line(bitext: Bitext, tmp_path: Path, columns: dict[str, object] | None, message: str) -> None:
    if columns is not None:
        pq.write_table(pa.table(columns), tmp_path / "pairs.parquet")
    code, out, err = bitext("train-encoder", tmp_path / "pairs.parquet", "-o", tmp_path / "model")
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == (["pairs.parquet"] if columns is not None else [])


def test_a_license_that_is_none_is_one_line(bitext: Bitext, pairs: Path, tmp_path: Path) -> None:
    code, _, err = bitext("train-encoder", pairs, "-o", tmp_path / "model", "--license", "my own: terms", "-q")
    assert code == 2
    assert err.startswith("error: --license: ")
    assert err.count("\n") == 1


def test_no_parquet_is_one_line(bitext: Bitext, tmp_path: Path) -> None:
    (tmp_path / "pairs.parquet").write_bytes(b"en,ru\na,b\n")
    code, _, err = bitext("train-encoder", tmp_path / "pairs.parquet", "-o", tmp_path / "model", "-q")
    assert code == 2
    assert "cannot be read as Parquet" in err


@pytest.mark.parametrize("place", ["release", "release/data/sentence_pairs/train-*.parquet", "flat"])
def test_a_release_a_folder_or_a_pattern(bitext: Bitext, pairs: Path, tmp_path: Path, place: str) -> None:
    table = pq.read_table(pairs)
    (tmp_path / "flat").mkdir()
    (tmp_path / "release/data/sentence_pairs").mkdir(parents=True)
    for number, start in enumerate((0, 30)):
        part = table.slice(start, 30)
        pq.write_table(part, tmp_path / f"flat/{number}.parquet")
        pq.write_table(part, tmp_path / f"release/data/sentence_pairs/train-0000{number}-of-00002.parquet")
    pq.write_table(table, tmp_path / "release/data/sentence_pairs/test-00000-of-00001.parquet")  # is not trained on
    code, out, _ = bitext("train-encoder", tmp_path / place, "-o", tmp_path / "model", "--json", *SMALL)
    report = json.loads(out)
    assert code == 0
    assert len(report["files"]) == 2


@pytest.mark.parametrize("place", [".", "no-*.parquet"])
def test_a_place_without_tables_is_one_line(bitext: Bitext, tmp_path: Path, place: str) -> None:
    code, out, err = bitext("train-encoder", tmp_path / place, "-o", tmp_path / "model", *SMALL)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "has no Parquet file to train on" in err
