"""Every format is read back with a reader of its field, and holds what the release holds."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from toolkit.exports import Choice, export_release
from toolkit.exports.formats import PAIRS

DTD = etree.DTD(str(Path(__file__).parent.parent / "data" / "tmx14.dtd"))
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], " ")


def published(release: Path, config: str, split: str) -> list[dict[str, Any]]:
    files = sorted((release / "data" / config).glob(f"{split}-*.parquet"))
    return pa.concat_tables([pq.ParquetFile(file).read() for file in files]).to_pylist()


@pytest.mark.parametrize(("config", "segment"), [("sentence_pairs", "sentence"), ("post_pairs", "block")])
def test_tmx_is_valid_and_holds_the_texts(release: Path, tmp_path: Path, config: str, segment: str) -> None:
    export_release(release, tmp_path / "p.tmx", "tmx", Choice(config, splits=("train",)))
    tree = etree.parse(tmp_path / "p.tmx")
    assert DTD.validate(tree), DTD.error_log
    header = tree.find("header")
    assert {"segtype": segment, "srclang": "ru", "creationtool": "bitext"}.items() <= dict(header.attrib).items()
    assert {prop.get("type"): prop.text for prop in header.findall("prop")} == {
        "x-dataset": "city 1.2.0", "x-license": "cc0-1.0", "x-config": config, "x-split": "train",
    }  # fmt: skip
    rows = published(release, config, "train")
    units = tree.findall("body/tu")
    assert len(units) == len(rows) == 3
    for unit, row in zip(units, rows, strict=True):
        texts = {variant.get(LANG): variant.findtext("seg") for variant in unit.findall("tuv")}
        assert texts == {side: row[f"{side}_text"].translate(FORBIDDEN) for side in ("ru", "en")}
        props = {prop.get("type"): prop.text for prop in unit.findall("prop")}
        assert props == {"x-score": "0.9", "x-relation": "parallel"}
    assert units[0].get("tuid") == {"sentence_pairs": "svod/1~brief/1#0", "post_pairs": "svod/1~brief/1"}[config]


def test_tmx_with_a_strange_id(make: Callable[..., Path], row: Callable[..., Any], tmp_path: Path) -> None:
    rows = [row(1, "Да.", "Yes.", pair_id='my\u00a0 "news" <1> ~ b')]
    export_release(make({"post_pairs": {"test": rows}}), tmp_path / "p.tmx", "tmx", Choice("post_pairs", ("test",)))
    tree = etree.parse(tmp_path / "p.tmx")
    assert DTD.validate(tree), DTD.error_log
    unit = tree.find("body/tu")
    assert unit.get("tuid") == 'my_"news"_<1>~b'


def test_the_grammar_can_fail() -> None:
    assert not DTD.validate(etree.fromstring("<tmx version='1.4'><header/><body/></tmx>"))


@pytest.mark.parametrize("config", ["sentence_pairs", "post_pairs"])
def test_moses_files_are_aligned(release: Path, tmp_path: Path, config: str) -> None:
    export_release(release, tmp_path / "n.ru-en", "moses", Choice(config, splits=("train",)))
    lines = {}
    for ending in ("ru", "en", "ids", "scores"):
        text = (tmp_path / f"n.ru-en.{ending}").read_text("utf-8")
        lines[ending] = text.splitlines()  # at anything that some reader takes for the end of a line
        assert text.endswith("\n") and text.count("\n") == len(lines[ending]) == 3
    assert lines["scores"] == ["0.9"] * 3
    places = "\t0\t0 1" if config == "sentence_pairs" else ""
    assert lines["ids"] == [f"svod/{n}\tbrief/{n}{places}" for n in (1, 2, 3)]
    assert lines["en"] == [
        'He said "yes" & <left>,   twice',
        "Tab here, C:\\new, back\\\\slash",
        "'quotes' -- & #x0; &#0; %s {x}",
    ]
    assert lines["ru"][1].startswith("Две строки, три и ещё")


def test_tsv_is_read_by_whatever_reads_csv(release: Path, tmp_path: Path) -> None:
    import pandas

    export_release(release, tmp_path / "p.tsv", "tsv", Choice())
    for split in ("train", "test"):
        path, rows = tmp_path / f"p-{split}.tsv", published(release, "sentence_pairs", split)
        with open(path, encoding="utf-8", newline="") as file:
            names, *cells = list(csv.reader(file, dialect="excel-tab"))
        assert names == PAIRS["sentence_pairs"].schema.names
        assert len(cells) == len(rows)
        table = pandas.read_csv(path, sep="\t")
        assert list(table.columns) == names
        for side in ("ru_text", "en_text"):
            assert table[side].tolist() == [row[side] for row in rows]
        for values, row in zip(cells, rows, strict=True):
            found = dict(zip(names, values, strict=True))
            assert (found["ru_text"], found["en_text"]) == (row["ru_text"], row["en_text"])
            assert found["en_ids"] == "[0,1]" and found["score"] == "0.9" and found["ru_lang"] == ""
            assert found["number_match"] == ("" if row["number_match"] is None else "0.5")
            assert found["first_seen"] == row["first_seen"].strftime("%Y-%m-%dT%H:%M:%S.250Z")


def test_datasets_reads_tsv(release: Path, tmp_path: Path) -> None:
    import datasets

    export_release(release, tmp_path / "p.tsv", "tsv", Choice(splits=("train",)))
    table = datasets.load_dataset("csv", data_files=str(tmp_path / "p.tsv"), sep="\t", cache_dir=str(tmp_path / "c"))
    rows = published(release, "sentence_pairs", "train")
    assert table["train"]["en_text"][:] == [row["en_text"] for row in rows]


@pytest.mark.parametrize("config", ["sentence_pairs", "post_pairs"])
def test_jsonl_has_every_value(release: Path, tmp_path: Path, config: str) -> None:
    export_release(release, tmp_path / "p.jsonl", "jsonl", Choice(config, splits=("train",)))
    lines = (tmp_path / "p.jsonl").read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    for line, row in zip(lines, published(release, config, "train"), strict=True):
        found = json.loads(line)
        row["first_seen"] = row["first_seen"].strftime("%Y-%m-%dT%H:%M:%S.250Z")
        assert list(found) == list(row)
        assert found == {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}


def test_load_dataset_takes_the_folder(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datasets import load_dataset

    export_release(release, tmp_path / "training", "sentence-transformers", Choice())
    loaded = load_dataset(str(tmp_path / "training"), cache_dir=str(tmp_path / "cache"))
    assert {split: (rows.column_names, len(rows)) for split, rows in loaded.items()} == {
        "train": (["anchor", "positive"], 3),
        "test": (["anchor", "positive"], 1),
    }
    for found, row in zip(loaded["train"], published(release, "sentence_pairs", "train"), strict=True):
        assert (found["anchor"], found["positive"]) == (row["ru_text"], row["en_text"])
