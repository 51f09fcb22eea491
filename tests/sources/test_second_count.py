"""What a reader loses is found by a count that knows nothing of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source
from toolkit.sources.inputs import open_inputs
from toolkit.sources.second_count import second_count
from toolkit.sources.source import Source

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
        ("Fog", "extracted_text", None),
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
