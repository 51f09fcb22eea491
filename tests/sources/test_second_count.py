"""What a reader loses is found by a count that knows nothing of it."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source
from toolkit.sources.inputs import open_inputs
from toolkit.sources.second_count import second_count
from toolkit.sources.source import Source
from toolkit.sources.table_files import table_rows

TEXT = '<div class="{}text">Fog {{0}} is near.</div></div>'
MESSAGE = '<div class="message default" id="message{0}"><div class="body">' + TEXT.format("") + "</div>"
POST = '<div class="m" data-post="bay/{0}">' + TEXT.format("tgme_widget_message_text js-message_")


def page(*parts: str, title: str = "<title>Exported Data</title>") -> str:
    history = f'<div class="page_body"><div class="history">{"".join(parts)}</div></div>'
    return f"<html><head>{title}</head><body>{history}</body></html>"


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "message",
        "date": "2025-03-01T12:00:00",
        "from_id": "channel7",
        "text": "Fog.",
        **more,
    }


def parse(folder: Path, text: str, name: str) -> ParseResult:
    (folder / name).write_text(text, "utf-8")
    return read_source(SourceOptions(path=folder / name))


@pytest.mark.parametrize(
    ("text", "format_", "n"),
    [
        (
            MESSAGE.format(1) + MESSAGE.format(-2).replace('"', "'") + "<p ID=message3> <p id=message4>",
            "desktop_html",
            3,
        ),
        ('<a href="#go_to_message5"> &lt;div id="message6"> <div id="message7', "desktop_html", 0),
        ("<!-- " + MESSAGE.format(1) + "-->" + MESSAGE.format(2) + "<!-- " + MESSAGE.format(3), "desktop_html", 2),
        (POST.format(1) + POST.format(2) + "data-post=", "tme_html", 2),
        (
            json.dumps({"id": 7, "name": "date", "messages": [post(1), post(2, text='{"id": 1, "date": 1}')]}),
            "desktop_json",
            2,
        ),
        (
            json.dumps({"messages": [post(1, reply={"id": 9, "date": 1})], "more": {"here": [post(2)]}}),
            "desktop_json",
            2,
        ),
        (json.dumps([post(1), {"id": 2}, {"date": 1}, 5, "id"], indent=1), "api_json", 1),
        ('{"id": 1, "date": 1}\n{"id": 2, "da\n{"id": 3, "date": "\\"}"}\n', "api_json", 2),
        (
            '{"_": "x", "chats": [{"id": 1, "date": 1, "title": "a"}], "messages": [{"id": 2, "date": 1}]}',
            "api_json",
            1,
        ),
        ('{"77": {"text_messages": {"5": {"date": 1}, "6": {"date": 2}}}}', "api_json", 2),
        ('id,text\n1,a\n\n2,"b\n\nc ""d"""\n', "table", 2),
        ("id;text\r1;a\r2;b", "table", 2),
        ('id,text\n1,5" pipe\n', "table", None),
        ('[{"a": {"b": {}}}, {}]', "table", 2),
        ("Fog", "extracted_text", 1),
        ("Fog\r\n\r\nSnow\r\n", "extracted_text", 3),
        ("Fog", "minutes", None),
    ],
)
def test_counts(tmp_path: Path, text: str, format_: str, n: int | None) -> None:
    path = tmp_path / "input"
    path.write_text(text, "utf-8", newline="")
    with open_inputs(path) as inputs:
        assert second_count(Source(SourceOptions(path=path), inputs.files[0]), format_) == n


@pytest.mark.parametrize("size", [1, 3, 50])
def test_counts_in_any_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: int) -> None:
    monkeypatch.setattr("toolkit.sources.second_count._CHUNK", size)
    text = json.dumps({"messages": [post(n, text='"} \\ {"' * n) for n in range(20)]}, indent=1)
    test_counts(tmp_path, text, "desktop_json", 20)


@pytest.mark.parametrize(
    ("name", "text", "posts"),
    [
        ("m.html", page(*map(MESSAGE.format, (1, 2)), "<!-- ", MESSAGE.format(3)), 2),
        ("m.html", page(MESSAGE.format(1), "<textarea>", MESSAGE.format(2), "</textarea>", MESSAGE.format(3)), 2),
        ("t.html", page(*map(POST.format, (1, 2)), "<script>", POST.format(3)), 2),
        ("r.json", json.dumps({"messages": [post(1), post(2)], "topics": [{"messages": [post(3)]}]}), 2),
    ],
)  # fmt: skip
def test_what_is_lost_is_unexplained(tmp_path: Path, name: str, text: str, posts: int) -> None:
    report = parse(tmp_path, text, name).report
    assert (report.posts, report.units, report.unexplained) == (posts, 3, 1)
    assert "has 3 messages, of which only 2 can be found where they should be: 1 unexplained" in report.warnings
    assert report.summary().endswith("1 warning, 1 unexplained")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.html", page(*map(MESSAGE.format, range(1, 6)), title="<title>Exported Data")),
        ("r.json", json.dumps({"messages": [post(1)], "topics": [{"messages": [post(n) for n in range(2, 6)]}]})),
    ],
)
def test_if_most_is_lost_the_file_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(
        SourceError, match=r"has 5 messages, of which only [01] can be found where they should be\. Export"
    ):
        parse(tmp_path, text, name)


def sheet(rows: list[list[Any]], **others: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for name, given in {"posts": rows, **others}.items():
        one = book.create_sheet(name)
        for row in given:
            one.append(row)
    del book["Sheet"]
    book.save(file := io.BytesIO())
    return file.getvalue()


ROWS = pa.table({"id": range(1, 5), "text": ["Fog.", "Snow.", "", None]})
HEADED = [["id", "text"], *([row["id"], row["text"]] for row in ROWS.to_pylist())]


def parquet(**options: Any) -> bytes:
    pq.write_table(ROWS, file := io.BytesIO(), **options)
    return file.getvalue()


def arrow(new: Any, **options: Any) -> bytes:
    with new(file := io.BytesIO(), ROWS.schema, **options) as writer:
        writer.write_table(ROWS, max_chunksize=3)
    return file.getvalue()


TABLES = {
    "parquet": parquet(),
    "parquet of groups": parquet(row_group_size=1, compression="zstd", use_dictionary=False),
    "arrow": arrow(pa.ipc.new_file),
    "stream": arrow(pa.ipc.new_stream, options=pa.ipc.IpcWriteOptions(compression="zstd")),
    "xlsx": sheet(HEADED),
    "xlsx of sheets": sheet(
        HEADED[:3], more=[["text", "id", "by"], *(row[::-1] for row in HEADED[3:])], totals=[["month"]]
    ),
}


def tables_of(folder: Path, data: bytes) -> ParseResult:
    (folder / "posts").write_bytes(data)
    return read_source(SourceOptions(path=folder / "posts"))


@pytest.mark.parametrize("name", TABLES)
def test_rows_of_table_files_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    report = tables_of(tmp_path, TABLES[name]).report
    assert (report.posts, report.units, report.unexplained) == (2, 4, 0)
    whole = table_rows

    def losing(source: Source) -> Any:
        names, rows = whole(source)
        return names, rows[:1] + rows[2:]

    monkeypatch.setattr("toolkit.sources.table.table_rows", losing)
    report = tables_of(tmp_path, TABLES[name]).report
    assert (report.units, report.unexplained) == (4, 1)
    assert "has 4 rows, of which only 3 can be found where they should be: 1 unexplained" in report.warnings
    monkeypatch.setattr("toolkit.sources.table.table_rows", lambda source: (whole(source)[0], whole(source)[1][:1]))
    with pytest.raises(SourceError, match="has 4 rows, of which only 1 can be found where they should be"):
        tables_of(tmp_path, TABLES[name])


@pytest.mark.parametrize(
    ("cells", "n"),
    [
        ('<row><c t="inlineStr"><is><t>Fog</t></is></c></row>', 1),
        ('<x:row r="2"><x:c><x:v>5</x:v></x:c></x:row>', 1),
        ('<row r="2"/><row r="3"><c r="A3"/><c r="B3" s="1"></c></row>', 0),  # borders and colours are no values
        ('<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>', 1),  # the first string is blank
        ('<row><c><f>HYPERLINK("a", "b")</f></c></row><row><c><f t="shared" si="0"/><v>7</v></c></row>', 1),
    ],
)
def test_rows_of_a_sheet_with_values(tmp_path: Path, cells: str, n: int) -> None:
    path = tmp_path / "posts.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/sharedStrings.xml", "<sst><si><t/></si><si><r><t>Fog</t></r></si></sst>")
        archive.writestr("xl/worksheets/sheet1.xml", f"<sheetData><row><c><v>1</v></c></row>{cells}</sheetData>")
    with open_inputs(path) as inputs:
        assert second_count(Source(SourceOptions(path=path), inputs.files[0]), "table") == n


def test_lines_of_dumps_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Fog.\nFog.\n👍12\n\nSnow on all quays.\nSnow on all quays.\n❤5\n"
    assert parse(tmp_path, text, "dump.txt").report.unexplained == 0
    monkeypatch.setattr("toolkit.sources.extracted_text.split_lines", lambda given: given.splitlines()[:5])
    assert parse(tmp_path, text, "dump.txt").report.unexplained == 2
