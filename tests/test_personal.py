"""A personal value of a source is in no file of a build: not in the release, not in the work folder."""

import json
from html import escape
from itertools import chain
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from toolkit.cli.commands import bitext
from toolkit.errors import SourceError
from toolkit.options import SourceOptions, load_run_config
from toolkit.pipeline import build_dataset
from toolkit.sources import read_source
from toolkit.text.masking import SALT_VARIABLE

SALT = "a-salt-for-tests-only"
# fmt: off
VALUES = ("555-01-27", "5550127", "hello@port.example", "4111 1111", "41111111", "harbour_master", "other_person",
          "555-02-28", "5550228", "port.sample", "second_mate", "third_mate", "s\u0435cond_mate",
          "555-03-29", "5550329", "first.mate", "40817 810", "40817810", "3704 0044", "37040044", "boat.swain")
# fmt: on
STORIES = [
    ("Порт закрыт до утра понедельника из-за шторма.", "The port is closed until Monday morning because of a storm."),
    ("Паром вернулся в гавань, все 47 пассажиров дома.", "The ferry is back in the harbour, all 47 passengers safe."),
    ("Маяк покрасили заново, и он виден за 12 миль.", "The lighthouse was painted again and is seen from 12 miles."),
    ("Рыбаки вернули городу старый якорь весом 300 кг.", "Fishermen gave an old anchor of 300 kg back to the town."),
    ("Мост через залив откроют для машин 15 мая.", "The bridge over the bay opens for cars on 15 May."),
    ("Школа у причала приняла 120 новых учеников.", "The school at the pier has taken 120 new pupils."),
    ("Музей флота показал 30 старых карт побережья.", "The navy museum showed 30 old maps of the coast."),
    ("Верфь спустила на воду третий буксир за год.", "The shipyard launched its third tugboat of the year."),
    ("Причал номер 4 закрыт на ремонт до октября.", "Pier number 4 is closed for repairs until October."),
]  # fmt: skip
CONTACTS = [
    ("Звоните: +7 000 555-01-27.", "Call +7 (000) 555 01-27."),
    ("Пишите на hello@port.example или @harbour_master.", "Write to hello@port.example or t.me/harbour_master."),
    ("Карта сбора: 4111 1111 1111 1111.", "The card for gifts: 4111-1111-1111-1111."),
    # spellings that the repairs of clean would make whole
    ("Звоните: +7 **000** 555-02-28.", "Call &#43;7 000 \uff15\uff15\uff15 02 28."),
    ("Пишите на hello@**port.sample**.", "Write to hello&#64;port.sample."),
    ("Пишите: @`third_mate`. Skype: boat.swain.", "Write to @s\u0435cond_mate. Skype: boat.swain."),
    ("Почта: first.mate (собака) port (точка) sample.", "Mail: first.mate at port dot sample."),
    ("Счёт 40817 810 0 9991 0004312.", "IBAN DE89 3704 0044 0532 0130 00."),
    ("Звоните: 8_800_555_03_29.", "Call viber://chat?number=%2B78005550329 now."),
]
CONFIG = """
release: {name: port, version: 1.0.0, title: Port, description: Posts, license: cc0-1.0, license_note: Ours,
          contact: issues, date: 2025-12-31}
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
    others = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".parquet", ".csv")]
    words += [path.read_text("utf-8", "replace") for path in others]
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
    assert len(posts_of(tables)) == 19
    if mode != "drop":
        contacts = [row for row in pairs_of(tables) if "[PHONE" in str(row["ru_text"])]
        assert contacts
        for pair in contacts:
            placeholder = str(pair["ru_text"]).removeprefix("Звоните: ").removesuffix(".")
            assert placeholder in str(pair["en_text"])


def test_ids_do_not_depend_on_what_is_hidden(tmp_path: Path) -> None:
    _, masked = build(tmp_path / "mask", "mask")
    words, kept = build(tmp_path / "keep", "keep")
    assert [value for value in VALUES if value not in words] == [
        "5550127", "41111111", "5550228", "555-03-29", "40817810", "37040044",
    ]  # fmt: skip
    assert posts_of(masked).keys() == posts_of(kept).keys()


def test_an_error_does_not_say_the_value(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "Порт", "date": "+7 000 555-01-27"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"row 1 has date '\[PHONE\]', wanted ISO 8601"):
        read_source(SourceOptions(path=path))


def test_the_card_counts(tmp_path: Path) -> None:
    build(tmp_path, "mask")
    card = (tmp_path / "out/port/1.0.0/README.md").read_text("utf-8")
    assert "| telephone numbers | 6 | `[PHONE]` |" in card
    assert "| handles | 7 | `[HANDLE]` |" in card


POST = " ".join(f"{ru} {en}" for ru, en in CONTACTS)
NUMBER = "+7 000 555-01-27"


def desktop_json(**more: object) -> str:
    message = {"id": 1, "type": "message", "date": "2025-03-01T09:00:00", "from": "Port", "text": POST} | more
    return json.dumps({"name": "Port", "type": "public_channel", "id": 5, "messages": [message]}, ensure_ascii=False)


def api_json(**more: object) -> str:
    message = {"_": "Message", "id": 1, "date": "2025-03-01T09:00:00+00:00", "message": POST} | more
    return json.dumps([message], ensure_ascii=False)


def tme_html(time: str = "2025-03-01T09:00:00+00:00") -> str:
    return f"""<!DOCTYPE html><html><body><main><div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message js-widget_message" data-post="bayport/1">
<div class="tgme_widget_message_text js-message_text" dir="auto">{escape(POST)}</div>
<div class="tgme_widget_message_footer"><a class="tgme_widget_message_date" href="https://t.me/bayport/1">
<time datetime="{time}" class="time">09:00</time></a></div></div></div></main></body></html>"""


def desktop_html(date: str = "01.03.2025 09:00:00 UTC+03:00") -> str:
    return f"""<!DOCTYPE html><html><body><div class="page_wrap"><div class="page_header"><div class="text bold">Port
</div></div><div class="page_body chat_page"><div class="history"><div class="message default clearfix" id="message1">
<div class="body"><div class="pull_right date details" title="{date}">09:00</div><div class="from_name">Port</div>
<div class="text">{escape(POST)}</div></div></div></div></div></div></body></html>"""


GOOD = {
    "table.jsonl": json.dumps({"text": POST, "date": "2025-03-01"}, ensure_ascii=False),
    "table.csv": f"channel\tdate\ttext\nport\t2025-03-01\t{POST}\n",
    "desktop.json": desktop_json(forwarded_from="Port (@other_person)", file_name=f"{NUMBER}.vcf"),
    "api.json": api_json(post_author="@other_person"),
    "tme.html": tme_html(),
    "desktop.html": desktop_html(),
    "dump.txt": f"Forwarded from Port (@other_person)\n{POST}\n3👍18❤8\nMedia is too big\nVIEW IN TELEGRAM\n❤2🔥1\n",
}
BROKEN = {
    "date.jsonl": json.dumps({"text": "Порт", "date": NUMBER}),
    "number.jsonl": json.dumps({"text": "Порт", "date": {"tel": NUMBER}}),
    "views.csv": f"channel\ttext\tviews\nport\tПорт закрыт\t{NUMBER}\n",
    "lang.csv": f"channel\ttext\tlang\nport\tПорт закрыт\t{NUMBER}\n",
    "desktop.json": desktop_json(date=NUMBER),
    "desktop_text.json": desktop_json(text={"phone": NUMBER}),
    "api.json": api_json(date=NUMBER),
    "api_text.json": api_json(message={"phone": NUMBER}),
    "tme.html": tme_html(NUMBER),
    "desktop.html": desktop_html(NUMBER),
}


@pytest.mark.parametrize("name", GOOD)
def test_parse_says_no_value(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(GOOD[name], encoding="utf-8")
    out, files = tmp_path / "out", ("posts.jsonl", "report.json", "roles.jsonl")
    out.mkdir()
    options = zip(("-o", "--report", "--roles"), (str(out / file) for file in files), strict=True)
    result = CliRunner().invoke(bitext, ["parse", str(path), "--json", *chain(*options)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    said = result.output + "".join((out / file).read_text("utf-8") for file in files)
    assert [value for value in VALUES if value in said] == []
    assert "[PHONE]" in said


@pytest.mark.parametrize("name", BROKEN)
def test_no_complaint_about_a_source_says_a_value(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(BROKEN[name], encoding="utf-8")
    result = CliRunner().invoke(bitext, ["parse", str(path), "--json"])
    said = f"{result.output}{result.exception}"
    assert [value for value in VALUES if value in said] == []
    assert "[PHONE]" in said


def test_explain_says_no_value(tmp_path: Path) -> None:
    _, tables = build(tmp_path, "mask")
    for post in posts_of(tables):
        found = CliRunner().invoke(bitext, ["explain", str(post), "--work", str(tmp_path / "work"), "--json"])
        assert found.exit_code == 0, found.output
        assert [value for value in VALUES if value in found.output] == []
