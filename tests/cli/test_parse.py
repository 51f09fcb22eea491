import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pytest import LogCaptureFixture

from toolkit import schemas

Bitext = Callable[..., tuple[int, str, str]]

DUMP = """\
Zebra crossings of the old town get new lights
The work begins on Monday and ends before the winter.
The work begins on Monday and ends before the winter.
👍18❤8
Аптеки на набережной будут работать круглосуточно
👍3❤1
"""


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "town.txt"
    path.write_text(DUMP, "utf-8")
    return path


def test_jsonl_in_reading_order(bitext: Bitext, dump: Path, tmp_path: Path) -> None:
    out = tmp_path / "posts.jsonl"
    assert bitext("parse", dump, "-o", out, "--channel", "town") == (
        0, "", "town.txt: 6 lines: 2 posts, 2 reactions, 1 repeated line removed, 2 posts with id from text, "
        "0 unexplained\n",
    )  # fmt: skip
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["text"].split()[0] for row in rows] == ["Zebra", "Аптеки"]
    assert list(rows[0]) == schemas.POSTS.names
    assert rows[0]["reactions"] == [{"emoji": "👍", "count": 18}, {"emoji": "❤", "count": 8}]
    assert (rows[0]["date"], rows[0]["lang"], rows[1]["lang"]) == (None, "en", "ru")


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.parquet"])
def test_what_it_writes_it_reads(bitext: Bitext, dump: Path, tmp_path: Path, name: str) -> None:
    export = tmp_path / "result.json"
    message = {"id": 5, "type": "message", "date": "2025-03-01T12:00:00", "date_unixtime": "1740819600", "text": "Go!"}
    export.write_text(json.dumps({"name": "Bay", "id": 77, "type": "public_channel", "messages": [message]}), "utf-8")
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    assert bitext("parse", dump, export, "-q", "-o", first)[0] == 0
    assert bitext("parse", dump, export, "-q", "-o", tmp_path / name)[0] == 0
    assert bitext("parse", tmp_path / name, "-q", "-o", second) == (0, "", "")
    assert pq.read_table(second).equals(pq.read_table(first))


def test_reports(bitext: Bitext, dump: Path, tmp_path: Path) -> None:
    report, roles = tmp_path / "report.json", tmp_path / "lines.jsonl"
    code, out, err = bitext("parse", dump, "--report", report, "--roles", roles, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads(report.read_text("utf-8")) == [{
        "file": "town.txt", "format": "extracted_text", "unit": "lines", "units": 6, "posts": 2, "dropped": {},
        "flags": {"id_from_text": 2}, "roles": {"body": 3, "reactions": 2, "repeat": 1}, "skipped": {}, "warnings": [],
        "unexplained": 0,
    }]  # fmt: skip
    lines = [json.loads(line) for line in roles.read_text("utf-8").splitlines()]
    assert lines[2] == {"file": "town.txt", "line": 3, "post": 1, "role": "repeat", "repeat_of": 2}


def test_columns(bitext: Bitext, tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "posts.jsonl"
    table.write_text("nr,words\n1,Good morning to all of you\n", "utf-8")
    assert bitext("parse", table, "--column", "text=words", "--column", "post_id=nr", "-o", out)[0] == 0
    assert json.loads(out.read_text("utf-8"))["post_id"] == "t/1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.txt"], "nothing.txt: there is no such file"),
        (["town.txt", "nothing.txt"], "nothing.txt: there is no such file"),
        (
            ["town.txt", "--format", "docx"],
            "unknown format 'docx'; known: tme_html, desktop_html, desktop_json, api_json, table, extracted_text",
        ),
        (["town.txt", "-o", "posts.xlsx"], "--out is 'posts.xlsx', wanted a name that ends in .parquet or .jsonl"),
        (["town.txt", "--column", "text"], "--column is 'text', wanted OURS=THEIRS, as text=body"),
        (["town.txt", "--format", "table", "--column", "text=a"], "there is no column 'a'; the table has"),
        (["broken.json"], "broken.json:1: is no valid JSON"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    bitext: Bitext, dump: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(dump.parent)
    Path("broken.json").write_text('{"messages": [', "utf-8")
    before = sorted(path.name for path in Path().iterdir())
    written = [] if "-o" in arguments else ["-o", "posts.jsonl"]
    code, out, err = bitext("parse", *arguments, *written, "--report", "report.json")
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and message in err and err.count("\n") == 1
    assert sorted(path.name for path in Path().iterdir()) == before


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (None, "Write to [EMAIL], call [PHONE]."),
        ("keep", "Write to hello@port.example, call +7 000 555-01-27."),
        ("drop", "Write to , call ."),
    ],
)
def test_personal_values(bitext: Bitext, tmp_path: Path, mode: str | None, text: str) -> None:
    (tmp_path / "port.csv").write_text(
        'id,text\n1,"Write to hello@port.example, call +7 000 555-01-27."\n', encoding="utf-8"
    )
    given = ["--pii", mode] if mode else []
    assert bitext("parse", tmp_path / "port.csv", "-o", tmp_path / "posts.jsonl", *given)[0] == 0
    row = json.loads((tmp_path / "posts.jsonl").read_text("utf-8"))
    assert (row["text"], row["text_raw"]) == (text, text)
    assert row["personal"] == [{"kind": "email", "count": 1}, {"kind": "phone", "count": 1}]
    assert bitext("dedup", tmp_path / "posts.jsonl", "-o", tmp_path / "deduped")[0] == 0
    assert pq.read_table(tmp_path / "deduped/unique.parquet")["text"].to_pylist() == [text]


ROWS = ["The ferry leaves at ten from the pier.", "A storm has closed the coast road.", "The harbour museum is open."]


def _table(path: Path, texts: list[str], start: int = 1) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("id,text\n" + "".join(f"{n},{text}\n" for n, text in enumerate(texts, start)), "utf-8")
    return path


def test_a_post_of_several_sources_is_written_once(bitext: Bitext, tmp_path: Path) -> None:
    first = _table(tmp_path / "old" / "bay.csv", ROWS)
    second = _table(tmp_path / "new" / "bay.csv", [ROWS[1], ROWS[2].replace("open", "open again"), "Fog."], start=2)
    out = tmp_path / "posts.jsonl"
    assert bitext("parse", first, second, "-o", out) == (0, "", (
        "bay.csv: 3 rows: 3 posts, 0 unexplained\n"
        "bay.csv: 3 rows: 1 post, 1 post dropped (other version), 1 post dropped (same id), 0 unexplained\n"
    ))  # fmt: skip
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["post_id"] for row in rows] == ["bay/1", "bay/2", "bay/3", "bay/4"]


def test_channels_of_one_name_are_not_mixed(bitext: Bitext, tmp_path: Path) -> None:
    files = [_table(tmp_path / name / "bay.csv", texts) for name, texts in (("a", ROWS), ("b", ROWS[1:] + ROWS[:1]))]
    for given in (files, [tmp_path], [tmp_path / "*" / "bay.csv"]):
        code, out, err = bitext("parse", *given, "-o", tmp_path / "posts.jsonl")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "3 of 3 such ids, as bay/1" in err and "--channel HANDLE, or channel:" in err
        assert not (tmp_path / "posts.jsonl").exists()


def test_what_is_broken_is_told_and_the_rest_is_read(bitext: Bitext, tmp_path: Path, caplog: LogCaptureFixture) -> None:
    folder, report = tmp_path / "dumps", tmp_path / "report.json"
    _table(folder / "bay.csv", ROWS)
    (folder / "bad.json").write_text('{"messages": [', "utf-8")
    (folder / "town.jsonl").write_text('{"id": 1, "text": "Fog."}\n{oops\n{"id": 3, "text": "Sun."}\n', "utf-8")
    code, _, err = bitext("parse", folder, "-o", tmp_path / "posts.jsonl", "--report", report, "--quiet")
    assert (code, err) == (0, "")
    (told,) = json.loads(report.read_text("utf-8"))
    assert told["posts"] == 5 and set(told["skipped"]) == {"bad.json"}
    assert [warning.split(":")[0] for warning in told["warnings"]] == ["left out", "town.jsonl"]
    assert caplog.messages == [f"warning: dumps: {warning}" for warning in told["warnings"]]
