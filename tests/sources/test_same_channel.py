"""One channel in every format: with its handle given, a post has the same id, text, date and links everywhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.options import SourceOptions
from toolkit.sources import read_source

TEXTS = {
    101: "🔥 Маяк открыт для посетителей.\n\nПодробнее: https://bay.example/lighthouse",
    102: "🔥 The lighthouse is open to visitors.\n\nMore: https://bay.example/lighthouse",
}
UNIX = 1740819600
URL = "https://bay.example/lighthouse"


def desktop_json() -> str:
    def message(number: int) -> dict[str, Any]:
        pieces = [{"type": "plain", "text": TEXTS[number].removesuffix(URL)}, {"type": "link", "text": URL}]
        return {"id": number, "type": "message", "date_unixtime": str(UNIX + number), "text_entities": pieces}

    return json.dumps({"name": "Bay", "id": 1700000077, "messages": [message(number) for number in TEXTS]})


def desktop_html() -> str:
    def message(number: int) -> str:
        text = TEXTS[number].replace("\n", "<br>").replace(URL, f'<a href="{URL}">{URL}</a>')
        date = f'<div class="date details" title="01.03.2025 12:01:{number - 60} UTC+03:00">12:01</div>'
        return f'<div class="message default" id="message{number}">{date}<div class="text">\n{text}\n</div></div>'

    return f'<html><div class="page_body"><div class="history">{"".join(map(message, TEXTS))}</div></div></html>'


def tme_html() -> str:
    def post(number: int) -> str:
        text = TEXTS[number].replace("\n", "<br/>").replace(URL, f'<a href="{URL}">{URL}</a>')
        text = text.replace("🔥", '<i class="emoji"><b>🔥</b></i>')
        time = f'<a class="tgme_widget_message_date"><time datetime="2025-03-01T09:01:{number - 60}+00:00"></time></a>'
        return f'<div data-post="bay_port/{number}"><div class="js-message_text">{text}</div>{time}</div>'

    return f'<html><body class="tgme_widget_message">{"".join(map(post, TEXTS))}</body></html>'


def telethon() -> str:
    def message(number: int) -> dict[str, Any]:
        text = TEXTS[number]
        at = len(text[: text.index(URL)].encode("utf-16-le")) // 2
        return {
            "_": "Message", "id": number, "peer_id": {"channel_id": 1700000077}, "message": text, "date": UNIX + number,
            "entities": [{"_": "MessageEntityUrl", "offset": at, "length": len(URL)}],
        }  # fmt: skip

    return "\n".join(json.dumps(message(number)) for number in TEXTS)


def tgdataset() -> str:
    messages = {str(number): {"message": text, "date": UNIX + number} for number, text in TEXTS.items()}
    return json.dumps({"1700000077": {"username": "bay_port", "text_messages": messages}})


def table() -> str:
    return "\n".join(json.dumps({"id": n, "text": text, "date": UNIX + n}) for n, text in TEXTS.items())


@pytest.mark.parametrize(
    ("write", "format_"),
    [
        (desktop_json, "desktop_json"),
        (desktop_html, "desktop_html"),
        (tme_html, "tme_html"),
        (telethon, "api_json"),
        (tgdataset, "api_json"),
        (table, "table"),
    ],
)
def test_the_same_posts(tmp_path: Path, write: Any, format_: str) -> None:
    path = tmp_path / "input"
    path.write_text(write(), "utf-8")
    parsed = read_source(SourceOptions(path=path, channel="bay_port"))
    assert (parsed.report.format, parsed.report.unexplained) == (format_, 0)
    assert parsed.posts["post_id"].to_pylist() == ["bay_port/101", "bay_port/102"]
    assert parsed.posts["text"].to_pylist() == list(TEXTS.values())
    assert [int(date.timestamp()) for date in parsed.posts["date"].to_pylist()] == [UNIX + n for n in TEXTS]
    assert parsed.posts["urls"].to_pylist() == [[URL], [URL]]
    assert parsed.posts["lang"].to_pylist() == ["ru", "en"]
    assert read_source(SourceOptions(path=path, channel="@bay_port")).posts.equals(parsed.posts)


@pytest.mark.parametrize("write", [desktop_json, telethon])
def test_without_a_handle_the_number_names_the_channel(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "input"
    path.write_text(write(), "utf-8")
    assert read_source(SourceOptions(path=path)).posts["post_id"].to_pylist() == ["1700000077/101", "1700000077/102"]
