"""A personal value of a source is in no file of a build: not in the release, not in the work folder."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions, load_run_config
from toolkit.pipeline import build_dataset
from toolkit.sources import read_source
from toolkit.text.masking import SALT_VARIABLE

SALT = "a-salt-for-tests-only"
# fmt: off
VALUES = ("555-01-27", "5550127", "hello@port.example", "4111 1111", "41111111", "harbour_master", "other_person",
          "555-02-28", "5550228", "port.sample", "second_mate", "third_mate", "s\u0435cond_mate")
# fmt: on
STORIES = [
    ("Порт закрыт до утра понедельника из-за шторма.", "The port is closed until Monday morning because of a storm."),
    ("Паром вернулся в гавань, все 47 пассажиров дома.", "The ferry is back in the harbour, all 47 passengers safe."),
    ("Маяк покрасили заново, и он виден за 12 миль.", "The lighthouse was painted again and is seen from 12 miles."),
    ("Рыбаки вернули городу старый якорь весом 300 кг.", "Fishermen gave an old anchor of 300 kg back to the town."),
    ("Мост через залив откроют для машин 15 мая.", "The bridge over the bay opens for cars on 15 May."),
    ("Школа у причала приняла 120 новых учеников.", "The school at the pier has taken 120 new pupils."),
]  # fmt: skip
CONTACTS = [
    ("Звоните: +7 000 555-01-27.", "Call +7 (000) 555 01-27."),
    ("Пишите на hello@port.example или @harbour_master.", "Write to hello@port.example or t.me/harbour_master."),
    ("Карта сбора: 4111 1111 1111 1111.", "The card for gifts: 4111-1111-1111-1111."),
    # spellings that the repairs of clean would make whole
    ("Звоните: +7 **000** 555-02-28.", "Call &#43;7 000 \uff15\uff15\uff15 02 28."),
    ("Пишите на hello@**port.sample**.", "Write to hello&#64;port.sample."),
    ("Пишите: @`third_mate`.", "Write to @s\u0435cond_mate."),
]
CONFIG = """
release: {name: port, version: 1.0.0, title: Port, description: Posts, license: cc0-1.0, license_note: Ours,
          contact: issues}
sources: [{path: posts.csv, rights: Ours, slant: None}]
pii: {phone: MODE, email: MODE, card: MODE, handle: MODE}
"""


def build(folder: Path, mode: str) -> tuple[str, dict[str, list[dict[str, object]]]]:
    rows = ["channel\ttext"]
    for (ru, en), (ru_contact, en_contact) in zip(STORIES, CONTACTS, strict=True):
        rows += [f"port_ru\t{ru} {ru_contact}", f"port_en\t{en} {en_contact}"]
    rows.append("port_ru\tПортовый кот нашёлся. Автор: @other_person")
    folder.mkdir(exist_ok=True)
    (folder / "posts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "run.yaml").write_text(CONFIG.replace("MODE", mode), encoding="utf-8")
    report = build_dataset(load_run_config(folder / "run.yaml"), out=folder / "out", work=folder / "work")
    tables = {
        str(path.relative_to(folder)): pq.read_table(path).to_pylist() for path in sorted(folder.rglob("*.parquet"))
    }
    words = [str(report.to_dict()), *map(str, tables.values())]
    words += [p.read_text("utf-8") for p in folder.rglob("*") if p.is_file() and p.suffix not in (".parquet", ".csv")]
    return "\n".join(words), tables


def posts_of(tables: dict[str, list[dict[str, object]]]) -> dict[object, str]:
    files = [rows for name, rows in tables.items() if name.startswith("out") and "/posts/" in name]
    return {row["post_id"]: str(row["text"]) for rows in files for row in rows}


def pairs_of(tables: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
    return [row for name, rows in tables.items() if "sentence_pairs" in name for row in rows]


@pytest.mark.parametrize("mode", ["mask", "hash", "drop"])
def test_no_file_has_a_personal_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv(SALT_VARIABLE, SALT)
    words, tables = build(tmp_path / mode, mode)
    assert [value for value in (*VALUES, SALT) if value in words] == []
    assert len(posts_of(tables)) == 13
    if mode != "drop":
        contacts = [row for row in pairs_of(tables) if "[PHONE" in str(row["ru_text"])]
        assert contacts
        for pair in contacts:
            placeholder = str(pair["ru_text"]).removeprefix("Звоните: ").removesuffix(".")
            assert placeholder in str(pair["en_text"])


def test_ids_do_not_depend_on_what_is_hidden(tmp_path: Path) -> None:
    _, masked = build(tmp_path / "mask", "mask")
    words, kept = build(tmp_path / "keep", "keep")
    assert [value for value in VALUES if value not in words] == ["5550127", "41111111", "5550228"]
    assert posts_of(masked).keys() == posts_of(kept).keys()


def test_an_error_does_not_say_the_value(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "Порт", "date": "+7 000 555-01-27"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"row 1 has date '\[PHONE\]', wanted ISO 8601"):
        read_source(SourceOptions(path=path))


def test_the_card_counts(tmp_path: Path) -> None:
    build(tmp_path, "mask")
    card = (tmp_path / "out/port/1.0.0/README.md").read_text("utf-8")
    assert "| telephone numbers | 4 | `[PHONE]` |" in card
    assert "| handles | 5 | `[HANDLE]` |" in card
