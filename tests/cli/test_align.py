from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Bitext = Callable[..., tuple[int, str, str]]

RU = "Мэр открыл новый мост через реку.\nСтройка шла три года.\nВсе рады.\n\nДвижение запустят в понедельник.\n"
EN = "The mayor opened a new bridge across the river.\nEveryone is glad.\nTraffic will start on Monday.\n"
BEADS = ["[0]:[0]:", "[1]:[]:", "[2]:[1]:", "[3]:[]:", "[4]:[2]:"]


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")
    return folder


def starts(text: str) -> list[str]:
    """The lines without their scores."""
    return [line[: line.rindex(":") + 1] for line in text.splitlines()]


def test_two_files(bitext: Bitext, tmp_path: Path) -> None:
    folder = write(tmp_path / "texts", ru_txt=RU, en_txt=EN)
    code, out, err = bitext("align", folder / "ru.txt", folder / "en.txt")
    assert (code, err) == (0, "")
    assert starts(out) == BEADS
    scores = [line.rsplit(":", 1)[1] for line in out.splitlines()]
    assert scores[1] == scores[3] == ""  # no number is true of a line without counterpart
    assert all(len(score) == 6 and 0.5 < float(score) <= 1 for score in scores[::2])
    code, nothing, _ = bitext("align", folder / "ru.txt", folder / "en.txt", "-o", tmp_path / "new" / "beads.txt")
    assert (code, nothing) == (0, "")
    assert (tmp_path / "new" / "beads.txt").read_text("utf-8") == out


def test_json_has_texts_and_scores(bitext: Bitext, tmp_path: Path) -> None:
    folder = write(tmp_path / "texts", ru_txt=RU, en_txt=EN)
    code, out, _ = bitext("align", folder / "ru.txt", folder / "en.txt", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert rows[1] == {"ru_ids": [1], "en_ids": [], "ru": ["Стройка шла три года."], "en": [], "similarity": None,
                       "score": None, "crossing": []}  # fmt: skip
    assert (rows[2]["ru"], rows[2]["en"]) == (["Все рады."], ["Everyone is glad."])
    assert rows[2]["score"] > 0.5


def test_lines_in_another_order_are_left_alone_and_said(bitext: Bitext, tmp_path: Path) -> None:
    ru = "Мэр открыл новый мост через реку.\nДвижение запустят в понедельник.\nВ зоопарке родился белый медвежонок.\n"
    en = "A polar bear cub was born in the zoo.\nThe mayor opened a new bridge.\nTraffic will start on Monday.\n"
    folder = write(tmp_path / "texts", ru_txt=ru, en_txt=en)
    code, out, err = bitext("align", folder / "ru.txt", folder / "en.txt", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(row["ru_ids"], row["en_ids"], row["crossing"]) for row in rows] == [
        ([], [0], [2]),
        ([0], [1], []),
        ([1], [2], []),
        ([2], [], [0]),
    ]
    assert err == 'counterpart in another order, left alone: Russian lines 2 ("crossing" in --json)\n'


def test_texts_that_are_no_translations_are_said(bitext: Bitext, tmp_path: Path) -> None:
    folder = write(tmp_path / "texts", ru_txt=RU, en_txt="My grandmother bakes apple pie.\nIt is raining again!\n")
    code, out, err = bitext("align", folder / "ru.txt", folder / "en.txt")
    assert (code, len(out.splitlines())) == (0, 7)
    assert err.endswith("of the lines have a counterpart: are these translations of each other?\n")


@pytest.mark.parametrize(
    ("ru_names", "en_names", "keys"),
    [
        (("7_txt", "8_txt"), ("7_txt", "8_txt"), ["7", "8"]),
        (("7_ru", "8_ru_txt"), ("7_en", "8_en_txt"), ["7", "8"]),
        (("page_1",), ("page_1",), ["page.1"]),
    ],
)
def test_two_folders(
    bitext: Bitext, tmp_path: Path, ru_names: tuple[str, ...], en_names: tuple[str, ...], keys: list[str]
) -> None:
    ru = write(tmp_path / "ru", **dict.fromkeys(ru_names, RU))
    en = write(tmp_path / "en", **dict.fromkeys(en_names, EN))
    code, out, err = bitext("align", ru, en, "-o", tmp_path / "beads")
    assert (code, out) == (0, "")
    assert f"aligned {len(keys)} pairs" in err
    assert sorted(path.name for path in (tmp_path / "beads").iterdir()) == [f"{key}.beads" for key in keys]
    assert starts((tmp_path / "beads" / f"{keys[0]}.beads").read_text("utf-8")) == BEADS


def test_one_folder_with_both_languages(bitext: Bitext, tmp_path: Path) -> None:
    folder = write(tmp_path / "texts", a_ru=RU, a_en=EN, b_ru=RU, b_en=EN, a_gold="[0]:[0]\n", notes_txt="?")
    code, _, _ = bitext("align", folder, folder, "-o", tmp_path / "beads", "--json")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "beads").iterdir()) == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize(
    ("ru", "en", "out", "message"),
    [
        ("files/ru.txt", "files/missing.txt", None, "files/missing.txt: there is no such file"),
        ("files/ru.txt", "files/empty.txt", None, "files/empty.txt: is empty, wanted a sentence a line"),
        ("files/ru.txt", "files/binary.txt", None, "files/binary.txt:1: ends inside a letter of UTF-16"),
        ("files/noise.txt", "files/ru.txt", None, "with: iconv -f CP1251 -t UTF-8 noise.txt"),
        ("files/ru.txt", "files", "beads", "files/ru.txt: is no folder, but"),
        ("one", "two", None, "two folders are aligned into a folder"),
        ("one", "two", "files/ru.txt", "is a file, wanted a folder"),
        ("one", "two", "beads", "one/2.txt: has no counterpart in"),
        ("one", "one", "beads", "one: has no files to align"),
        ("one", "holed", "beads", "holed/1.txt: is empty"),
        ("twice", "one", "beads", "has the same name as 1.ru"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    bitext: Bitext, tmp_path: Path, ru: str, en: str, out: str | None, message: str
) -> None:
    write(tmp_path / "files", ru_txt=RU, empty_txt="")
    (tmp_path / "files" / "binary.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "files" / "noise.txt").write_bytes(b"\xb3\xaa\xb3\xaa\n")
    write(tmp_path / "one", **{"1_txt": RU, "2_txt": RU})
    write(tmp_path / "two", **{"1_txt": EN})
    write(tmp_path / "holed", **{"1_txt": "", "2_txt": EN})
    write(tmp_path / "twice", **{"1_ru": RU, "1_txt": RU})
    before = sorted(tmp_path.rglob("*"))
    where = () if out is None else ("-o", tmp_path / out)
    code, stdout, err = bitext("align", tmp_path / ru, tmp_path / en, *where)
    assert (code, stdout) == (2, "")
    assert message in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_an_input_is_never_replaced(bitext: Bitext, tmp_path: Path) -> None:
    folder = write(tmp_path / "texts", ru_txt=RU, en_txt=EN)
    code, out, err = bitext("align", folder / "ru.txt", folder / "en.txt", "-o", folder / "en.txt")
    assert (code, out) == (2, "")
    assert "en.txt" in err and "would be replaced" in err
    assert (folder / "en.txt").read_text("utf-8") == EN


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
def test_lines_end_at_cr_in_any_encoding(bitext: Bitext, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "ru.txt").write_bytes(RU.replace("\n", "\r").encode(encoding))
    (tmp_path / "en.txt").write_bytes(EN.replace("\n", "\r\n").encode(encoding))
    code, out, _ = bitext("align", tmp_path / "ru.txt", tmp_path / "en.txt")
    assert code == 0 and starts(out) == BEADS
