from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toolkit import schemas

Bitext = Callable[..., tuple[int, str, str]]

RU = [
    ("В Костроме открыли мост через Волгу длиной 840 метров.", "2026-03-02T09:00:00+00:00"),
    ("Музей керамики закрывается на ремонт до осени.", "2026-03-02T10:00:00+00:00"),
    ("Учёные вывели яблоню, которая цветёт дважды в год.", "2026-03-02T11:00:00+00:00"),
    ("Учёные вывели яблоню, которая цветёт дважды в год!", "2026-03-03T11:00:00+00:00"),
]
EN = [
    ("Scientists have bred an apple tree that blossoms twice a year.", "2026-03-02T12:00:00+00:00"),
    ("The ferry is out of service while its engine is being replaced.", "2026-03-02T12:30:00+00:00"),
    ("A bridge across the Volga, 840 metres long, has opened in Kostroma.", "2026-03-02T10:30:00+00:00"),
]


def _write(path: Path, rows: list[tuple[str, str]], lang: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    lines = [{"id": number, "date": date, "lang": lang, "text": text} for number, (text, date) in enumerate(rows)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return _write(tmp_path / "ru" / "posts.jsonl", RU, "ru"), _write(tmp_path / "en" / "posts.jsonl", EN, "en")


def test_tsv_of_two_files_with_the_same_name_and_ids(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    code, stdout, err = bitext("match", *files, "-o", out)
    assert (code, stdout) == (0, "")
    assert err == "7 posts, 6 of them unique: 2 pairs, 0 comparable, 2 posts without counterpart\n"
    rows = [line.split("\t") for line in out.read_text("utf-8").splitlines()]
    assert [row[:2] for row in rows] == [["posts/0", "posts/2"], ["posts/2", "posts/0"]]
    assert {len(row) for row in rows} == {14}
    assert all(0.5 <= float(row[2]) <= 1 for row in rows)
    assert [row[5:8] for row in rows] == [["1.5000", "1.0000", ""], ["1.0000", "", ""]]


def test_channels_name_the_posts(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    assert bitext("match", *files, "-o", out, "-q", "--channel", "bay_ru", "--channel", "@bay_en") == (0, "", "")
    rows = [line.split("\t")[:2] for line in out.read_text("utf-8").splitlines()]
    assert rows == [["bay_ru/0", "bay_en/2"], ["bay_ru/2", "bay_en/0"]]
    code, _, err = bitext("match", *files, "-o", out, "--channel", "bay_ru")
    assert (code, err) == (2, "error: --channel is given 1 times, wanted twice: for RU_POSTS, then for EN_POSTS\n")


def test_parquet_and_json(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "new" / "pairs.parquet"
    code, stdout, err = bitext("match", *files, "-o", out, "--json", "--min-probability", "0.6")
    assert (code, err) == (0, "")
    assert json.loads(stdout) == {"posts": 7, "unique": 6, "pairs": 2, "comparable": 0, "alone": 2}
    pairs = pq.read_table(out)
    assert pairs.schema.equals(schemas.POST_PAIRS)
    assert pairs["pair_id"].to_pylist() == ["posts/0 ~ posts/2", "posts/2 ~ posts/0"]


def test_comparable_pairs_go_to_a_file_of_their_own(bitext: Bitext, tmp_path: Path) -> None:
    """Two papers on one parade, and a translated pair."""
    ru = (
        "Парад в честь Дня города прошёл сегодня в Приливске. По главной улице проехали 40 старинных автомобилей, "
        "в небо выпустили тысячу шаров. Мэр Павел Ордынцев поблагодарил горожан."
    )
    en = (
        "Thousands lined the streets of Prilivsk for the City Day parade on Saturday. A brass band led the march, "
        "followed by school teams and fishermen in costume. It rained in the afternoon, but few people went home. "
        "Mayor Pavel Ordyntsev watched from the town hall balcony."
    )
    files = (
        _write(tmp_path / "ru" / "posts.jsonl", [*RU[:2], (ru, RU[0][1])], "ru"),
        _write(tmp_path / "en" / "posts.jsonl", [*EN[1:], (en, EN[0][1])], "en"),
    )
    out, apart = tmp_path / "pairs.tsv", tmp_path / "comparable.tsv"
    code, _, err = bitext("match", *files, "-o", out, "--comparable", apart)
    assert (code, err) == (0, "6 posts, 6 of them unique: 1 pairs, 1 comparable, 2 posts without counterpart\n")
    (pair,), (other,) = ([x.split("\t") for x in path.read_text("utf-8").splitlines()] for path in (out, apart))
    assert (pair[:2], pair[10:12]) == (["posts/0", "posts/1"], ["parallel", "full"])
    assert (other[:2], other[10:12]) == (["posts/2", "posts/2"], ["comparable", ""])


def test_window(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    assert bitext("match", *files, "-o", out, "--window-hours", "1.2", "-q") == (0, "", "")
    assert [line.split("\t")[:2] for line in out.read_text("utf-8").splitlines()] == [["posts/2", "posts/0"]]


def test_one_file_with_both_languages(bitext: Bitext, tmp_path: Path) -> None:
    rows = [RU[0], EN[2], RU[1], (f"{RU[2][0]}\n{EN[0][0]}", RU[2][1])]
    path = tmp_path / "mixed.jsonl"
    path.write_text("".join(json.dumps({"text": text, "date": date}) + "\n" for text, date in rows), "utf-8")
    posts, out = tmp_path / "posts.parquet", tmp_path / "pairs.tsv"
    assert bitext("parse", path, "-o", posts, "-q")[0] == 0
    assert bitext("match", posts, posts, "-o", out, "-q")[0] == 0
    pairs = {tuple(line.split("\t")[:2]) for line in out.read_text("utf-8").splitlines()}
    text_of = dict(zip(*(pq.read_table(posts)[name].to_pylist() for name in ("post_id", "text")), strict=True))
    assert {(text_of[ru], text_of[en]) for ru, en in pairs} == {(rows[0][0], rows[1][0]), (rows[3][0], rows[3][0])}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no.jsonl", "{en}", "-o", "{out}"), "there is no such file"),
        (("{ru}", "{en}", "-o", "pairs.xlsx"), "wanted a name that ends in .tsv or .parquet"),
        (("{ru}", "{en}", "-o", "{out}", "--window-hours", "0"), "--window-hours"),
        (("{ru}", "{en}", "-o", "{out}", "--encoder", "no/such-model"), "revision"),
    ],
)
def test_bad_input(
    bitext: Bitext, files: tuple[Path, Path], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    out = tmp_path / "pairs.tsv"
    names = {"ru": files[0], "en": files[1], "out": out}
    code, stdout, err = bitext("match", *(argument.format(**names) for argument in arguments))
    assert (code, stdout) == (2, "")
    assert message in err
    assert not out.exists()


def test_swapped_files_are_an_error(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    code, _, err = bitext("match", files[1], files[0], "-o", out)
    assert code == 2
    assert "has no Russian posts. Name the Russian posts first" in err
    assert not out.exists()


def test_two_outputs_are_two_files(bitext: Bitext, files: tuple[Path, Path], tmp_path: Path) -> None:
    code, _, err = bitext("match", *files, "-o", tmp_path / "a.tsv", "--comparable", tmp_path / "a.tsv")
    assert code == 2
    assert "would be replaced" in err
    assert not (tmp_path / "a.tsv").exists()


# Russian posts whose English part is no second body: titles of games, of articles, of songs; names of rooms; code.
ONE_BODY = [
    "Собрали настольные игры дешевле ужина: знаменитая стратегия Harbour Master и её продолжение Harbour Master 2 "
    "стоят всего 45₽ и 52₽.\n\nЧтобы не искать долго:\n\n— Harbour Master;\n— Harbour Master: Night Shift;\n\n"
    "— Обе сразу обойдутся ещё дешевле, в 80 рублей.",
    "Как устроен маяк изнутри: пять уровней\n\nФундамент\nДверь для смотрителя\nFresnel lens room\n"
    "Rotating Light Gallery",
    "Свежая подборка о парусах #чтение\n\nВ первой заметке сравнивают способы вязать узлы: от простого штыка до "
    "двойного беседочного.\n\nTying Knots at Sea: a Tour of Useful Tools\nAll 25 Sailing Terms Explained\n\n"
    "Вышла карта течений, на которой глубины видны без увеличения",
    "tidecurl — программа, которая спрашивает у станции высоту прилива прямо из командной строки.\n\nПара примеров:\n\n"
    "$ tidecurl station.example.org:443 my.harbour.Service/Level\n"
    '$ tidecurl -d \'{"id": 77, "tags": ["high","low"]}\' station.example.org:443 my.harbour.Service/Level',
    "Плейлист вахтенного на выходные:\n\nOld Sailors — Blue Water Song\nThe Anchors — Home Before the Rain\n"
    "Night Ferry — Last Boat to the Island\n\nСлушайте по порядку, так задумано.",
]


def test_no_post_is_its_own_translation_by_accident(bitext: Bitext, tmp_path: Path) -> None:
    both = "\n\n".join((RU[0][0], EN[2][0]))
    rows = [(text, f"2024-11-{day:02d}T08:00:00+00:00") for day, text in enumerate([*ONE_BODY, both], 5)]
    path = tmp_path / "n.jsonl"
    lines = [{"id": number, "date": date, "text": text} for number, (text, date) in enumerate(rows)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    pairs, comparable = tmp_path / "p.tsv", tmp_path / "c.tsv"
    code, _, err = bitext("match", path, path, "-o", pairs, "--comparable", comparable)
    assert (code, err) == (0, "6 posts, 6 of them unique: 1 pairs, 0 comparable, 5 posts without counterpart\n")
    assert pairs.read_text("utf-8").startswith("n/5\tn/5\t") and comparable.read_text("utf-8") == ""
    assert bitext("match", path, path, "-o", pairs, "--no-self-pairs", "-q") == (0, "", "")
    assert pairs.read_text("utf-8") == ""


def test_a_day_without_time_and_columns_of_another_name(bitext: Bitext, tmp_path: Path) -> None:
    """A post of a day is within the window of all that appeared within it from its midnight to the next."""
    ru, en = tmp_path / "ru.csv", tmp_path / "en.csv"
    ru.write_text(
        "id,date,words\n" + "".join(f'{n},2026-03-02,"{text}"\n' for n, (text, _) in enumerate(RU[:3])), "utf-8"
    )
    rows = [f'{n},2026-03-03T01:30:00,"{text}"\n' for n, (text, _) in enumerate(EN)]
    en.write_text("id,date,words\n" + "".join(rows), "utf-8")
    out = tmp_path / "pairs.tsv"
    arguments = ("--column", "text=words", "--timezone", "Europe/Moscow", "--window-hours")
    assert bitext("match", ru, en, "-o", out, *arguments, "1")[0] == 0
    cells = [line.split("\t") for line in out.read_text("utf-8").splitlines()]
    assert [row[:2] + row[5:6] for row in cells] == [["ru/0", "en/2", ""], ["ru/2", "en/0", ""]]
    en.write_text(en.read_text("utf-8").replace("03-03T01:30", "03-03T04:30"), "utf-8")
    assert bitext("match", ru, en, "-o", out, *arguments, "1")[0] == 0
    assert out.read_text("utf-8") == ""
