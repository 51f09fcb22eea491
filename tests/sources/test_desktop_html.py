"""messages.html by itself, and against result.json of the same chat."""

import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source

TITLE = "Port of the Bay"


def text(inside: str) -> str:
    return f'<div class="text">\n{inside}\n       </div>'


def message(number: int, inside: str, *, kind: str = "", clock: str = "12:00:00", offset: str = " UTC+03:00") -> str:
    name = "" if "joined" in kind else f'<div class="from_name">\n{TITLE} \n       </div>'
    return f"""
     <div class="message default clearfix {kind}" id="message{number}">
      <div class="body">
       <div class="pull_right date details" title="01.03.2025 {clock}{offset}">
{clock[:5]}
       </div>
       {name}
       {inside}
      </div>
     </div>"""


def service(number: int, words: str) -> str:
    return f'<div class="message service" id="message{number}"><div class="body details">\n{words}\n</div></div>'


def page(*messages: str) -> str:
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"/><title>Exported Data</title></head><body onload="CheckLocation();">
  <div class="page_wrap"><div class="page_header"><div class="content"><div class="text bold">
{TITLE}
     </div></div></div>
   <div class="page_body chat_page"><div class="history">{"".join(messages)}</div></div></div></body></html>"""


def parse(folder: Path, *messages: str, **options: Any) -> ParseResult:
    path = folder / "messages.html"
    path.write_text(page(*messages), "utf-8")
    return read_source(SourceOptions(path=path, **options))


def reaction(inside: str, count: str = "", kind: str = "") -> str:
    return f'<span class="reaction {kind}"><span class="emoji">\n{inside}\n</span>{count}</span>'


# One chat, twice: as Telegram Desktop writes it in HTML and in JSON.
MEDIA = '<div class="media_wrap clearfix">{}</div>'
PHOTO = MEDIA.format(
    '<a class="photo_wrap clearfix pull_left" href="photos/1.jpg"><img class="photo" src="1_t.jpg"/></a>'
)
LEFT_OUT = MEDIA.format(
    '<div class="media clearfix pull_left media_video"><div class="body"><div class="title bold">\nVideo file\n</div>'
    '<div class="description">\nNot included, change data exporting settings to download.\n</div></div></div>'
)
FILE = MEDIA.format(
    '<a class="media clearfix pull_left block_link media_file" href="files/plan.pdf"><div class="body">'
    '<div class="title bold">\nplan.pdf\n</div><div class="status details">\n29.4 KB\n</div></div></a>'
)
POLL = (
    '<div class="media_poll"><div class="question bold">\nTea?</div><div class="details">Anonymous poll</div>'
    '<div class="answer">\n- Yes <span class="details">3 votes</span>\n</div><div class="answer">\n- No\n</div></div>'
)
FORWARD = (
    '<div class="forwarded body"><div class="from_name">\nBay News <span class="date details" title="28.02.2025 '
    '11:00:00 UTC+03:00"> 28.02.2025 11:00:00</span>\n</div>{}</div>'
)
AS_HTML = [
    service(-1, "1 March 2025"),
    service(1, "Channel &laquo;Port&raquo; created"),
    message(
        2,
        text(
            "The ferry is <strong>late</strong>.<br><br>See <a href=\"https://ferry.example/t\">the timetable</a> or "
            "<a href=\"https://bay.example\">https://bay.example</a> &amp; <a href=\"\" onclick=\"return "
            "ShowHashtag(&quot;Ferry&quot;)\">#Ferry</a> <a href=\"https://t.me/anna\">@anna</a>"
        )
        + '<span class="reactions">'
        + reaction("⭐", '<span class="count">\n2\n</span>', "paid")
        + reaction("❤‍🔥", '<span class="count">\n1\n</span>')
        + reaction('<a href="stickers/1.webm">👋</a>', '<span class="count">\n7\n</span>')
        + "</span>",
    ),
    message(3, PHOTO + text("Три снимка нового причала"), clock="12:05:00"),
    message(4, PHOTO, kind="joined", clock="12:05:00"),
    message(5, LEFT_OUT, kind="joined", clock="12:05:00"),
    message(6, FORWARD.format(text("Fog over the bay is expected")), clock="12:10:00"),
    message(7, '<div class="forwarded body">' + text("And wind") + "</div>", kind="joined", clock="12:10:30"),
    message(
        8,
        '<div class="reply_to details">In reply to <a href="#go_to_message4" onclick="return GoToMessage(4)">this '
        "message</a></div>" + FILE + text("План причала"),
        clock="12:15:00",
    ),
    message(9, MEDIA.format(POLL), clock="12:20:00"),
]  # fmt: skip


def as_json(number: int, minute: str, *pieces: tuple[str, str] | tuple[str, str, str], **more: Any) -> dict[str, Any]:
    entities = [{"type": p[0], "text": p[1], **({"href": p[2]} if len(p) > 2 else {})} for p in pieces]
    clock, unix = f"2025-03-01T12:{minute}", 1740819600 + 60 * int(minute[:2]) + int(minute[3:])
    return {"id": number, "type": "message", "date": clock, "date_unixtime": str(unix), "from": TITLE,
            "from_id": "channel77", "text": [piece[1] for piece in pieces], "text_entities": entities,
            **more}  # fmt: skip


NOTE = "(File not included. Change data exporting settings to download.)"
AS_JSON = [
    {"id": 1, "type": "service", "date": "2025-03-01T11:00:00", "action": "create_channel", "text": ""},
    as_json(
        2, "00:00", ("plain", "The ferry is "), ("bold", "late"), ("plain", ".\n\nSee "),
        ("text_link", "the timetable", "https://ferry.example/t"), ("plain", " or "), ("link", "https://bay.example"),
        ("plain", " & "), ("hashtag", "#Ferry"), ("plain", " "), ("mention", "@anna"),
        reactions=[{"type": "paid", "count": 2}, {"type": "emoji", "count": 1, "emoji": "❤‍🔥"},
                   {"type": "custom_emoji", "count": 7, "document_id": "stickers/1.webm"}],
    ),
    as_json(3, "05:00", ("plain", "Три снимка нового причала"), photo="photos/1.jpg"),
    as_json(4, "05:00", photo="photos/1.jpg"),
    as_json(5, "05:00", file=NOTE, media_type="video_file"),
    as_json(6, "10:00", ("plain", "Fog over the bay is expected"), forwarded_from="Bay News"),
    as_json(7, "10:30", ("plain", "And wind"), forwarded_from="Bay News"),
    as_json(8, "15:00", ("plain", "План причала"), file="files/plan.pdf", reply_to_message_id=4),
    as_json(9, "20:00", poll={"question": "Tea?", "closed": False, "total_voters": 3, "answers": [
        {"text": "Yes", "voters": 3, "chosen": False}, {"text": "No", "voters": 0, "chosen": False}]}),
]  # fmt: skip


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    export = {"name": TITLE, "type": "public_channel", "id": 77, "messages": AS_JSON}
    (tmp_path / "result.json").write_text(json.dumps(export, ensure_ascii=False, indent=1), "utf-8")
    (tmp_path / "messages.html").write_text(page(*AS_HTML), "utf-8")
    return tmp_path / "messages.html", tmp_path / "result.json"


def test_the_same_chat_gives_the_same_posts(pair: tuple[Path, Path]) -> None:
    from_html, from_json = (read_source(SourceOptions(path=path, channel="bayport")) for path in pair)
    apart = {"source_format", "source_file"}
    rows = [[{k: v for k, v in row.items() if k not in apart} for row in parsed.posts.to_pylist()]
            for parsed in (from_html, from_json)]  # fmt: skip
    assert rows[0] == rows[1]
    assert len(rows[0]) == 6
    assert rows[0][0]["post_id"] == "bayport/2" and rows[0][0]["permalink"] == "https://t.me/bayport/2"
    assert rows[0][0]["text"] == "The ferry is late.\n\nSee the timetable or https://bay.example & #Ferry @anna"
    assert rows[0][1]["media"] == ["photo", "photo", "video"] and rows[0][1]["flags"] == ["album"]
    assert [row["forwarded_from"] for row in rows[0]] == [None, None, "Bay News", "Bay News", None, None]
    assert (rows[0][5]["text"], rows[0][5]["media"]) == ("Tea?\nYes\nNo", ["poll"])
    assert (rows[0][4]["reply_to"], rows[0][4]["media"]) == ("bayport/3", ["plan.pdf"])
    roles = from_html.report.roles
    assert roles.pop("date_line") == 1
    assert roles == from_json.report.roles == {"album_part": 2, "post": 6, "service": 1}


def test_a_chat_without_a_handle_is_named_by_its_title(pair: tuple[Path, Path]) -> None:
    parsed = read_source(SourceOptions(path=pair[0]))
    assert parsed.posts["post_id"][0].as_py() == f"{TITLE}/2"
    assert set(parsed.posts["permalink"].to_pylist()) == {None}


@pytest.mark.parametrize("channel", [None, "bayport"])
def test_a_folder_with_both_has_each_post_once(pair: tuple[Path, Path], channel: str | None) -> None:
    parsed = read_source(SourceOptions(path=pair[0].parent, channel=channel))
    assert (parsed.posts.num_rows, parsed.report.dropped) == (6, {})
    assert set(parsed.posts["source_file"].to_pylist()) == {"result.json"}
    assert parsed.report.skipped == {"messages.html": "the same export as result.json"}


def test_a_page_of_another_chat_beside_an_export_is_read(pair: tuple[Path, Path]) -> None:
    other = page(message(900, text("Fog over the bay.")))
    (pair[0].parent / "messages2.html").write_text(other, "utf-8")  # a number that the export does not have
    pair[0].write_text(other.replace(TITLE, "Another port"), "utf-8")
    parsed = read_source(SourceOptions(path=pair[0].parent))
    assert parsed.report.skipped == {}
    assert parsed.posts["post_id"].to_pylist()[:2] == ["Another port/900", f"{TITLE}/900"]


def test_several_authors_are_told(tmp_path: Path) -> None:
    reply = message(2, text("And gulls."))
    assert parse(tmp_path, message(1, text("Fog.")), reply).report.warnings == []
    answered = reply.replace(f"{TITLE} ", "Anna B.")
    (warning,) = parse(tmp_path, message(1, text("Fog.")), answered).report.warnings
    assert "has messages of several authors: this looks like a group or a private chat" in warning
    assert "Anna" not in warning


@pytest.mark.parametrize(
    ("offset", "zone", "hour", "precision"),
    [
        (" UTC+03:00", None, 9, "utc"),
        ("", None, 12, "local_no_offset"),
        ("", "Europe/Moscow", 9, "utc"),
    ],
)
def test_dates(tmp_path: Path, offset: str, zone: str | None, hour: int, precision: str) -> None:
    (row,) = parse(tmp_path, message(1, text("Fog."), offset=offset), timezone=zone).posts.to_pylist()
    assert (row["date"], row["date_precision"]) == (datetime(2025, 3, 1, hour, tzinfo=UTC), precision)


def test_who_clicked_is_counted_and_not_kept(tmp_path: Path) -> None:
    faces = '<span class="userpics"><div class="userpic userpic1" title="Anna B."></div></span>'
    (row,) = parse(tmp_path, message(1, text("Fog.") + reaction("👍", faces * 2))).posts.to_pylist()
    assert "Anna" not in str(row)
    shown = f'<span class="reactions">{reaction("👍", faces * 2)}</span>'
    (row,) = parse(tmp_path, message(1, text("Fog.") + shown)).posts.to_pylist()
    assert row["reactions"] == [{"emoji": "👍", "count": 2}]
    assert "Anna" not in str(row)


def test_text_is_text(tmp_path: Path) -> None:
    words = "if a < b & c > \"d\": print('<b>')  # two  spaces\nand <br> a line"
    lines = html.escape(words).replace("\n", "<br>")
    assert parse(tmp_path, message(1, text(lines))).posts["text"].to_pylist() == [words]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([], "is a page of an export without messages"),
        ([message(1, text("Fog.")).replace("01.03.2025", "yesterday")], "message 1 has the date 'yesterday"),
        ([message(1, text("Fog.")).replace("message1", "m")], "message 1 has no id"),
    ],
)
def test_bad_pages(tmp_path: Path, messages: list[str], error: str) -> None:
    with pytest.raises(SourceError, match=error):
        parse(tmp_path, *messages)


# ---------------------------------------------------------------- pages that are not as Telegram Desktop writes them

FERRY = [message(n, text(f"Ferry {n} has left the port.")) for n in (1, 2, 3)]
TEXTS = [f"Ferry {n} has left the port." for n in (1, 2, 3)]


def left_open(block: str, n: int = 2) -> str:
    """Leave the last elements of a message open, as versions did after a table of buttons."""
    for _ in range(n):
        block = block[: block.rindex("</div>")]
    return block


def button(label: str, inside: str) -> str:
    return (
        '<table class="bot_buttons_table"><tbody><tr><td class="bot_button_row"><div class="bot_button">'
        f"<a {inside}><div>\n{label}\n</div></a></div></td></tr></tbody></table>"
    )


@pytest.mark.parametrize(
    "pages",
    [
        page(*map(left_open, FERRY)),
        page(left_open(FERRY[0], 1), left_open(FERRY[1], 1), FERRY[2]),
        page(left_open(FERRY[0]), service(-2, "2 March"), *FERRY[1:]),
        page().replace('<div class="history">', "".join(FERRY[:2]) + '<div class="history">' + FERRY[2]),
        page(*FERRY).replace('class="history"', 'class="list"'),
        "".join(page(block) for block in FERRY),
        page(FERRY[0]) + "".join(FERRY[1:]),
        page(*FERRY).replace('id="message2"', "id='message2'").replace(" default clearfix", ""),
        page(*FERRY).replace('<div class="message default clearfix" id="message3">', '<div id="message3">'),
    ],
)  # fmt: skip
def test_messages_stand_anywhere(tmp_path: Path, pages: str) -> None:
    (tmp_path / "messages.html").write_text(pages, "utf-8")
    parsed = read_source(SourceOptions(path=tmp_path / "messages.html"))
    assert parsed.posts["text"].to_pylist() == TEXTS
    assert set(parsed.posts["channel"].to_pylist()) == {TITLE}
    assert (parsed.report.roles["post"], parsed.report.unexplained, parsed.report.warnings) == (3, 0, [])


def test_a_message_that_holds_others_has_its_own_of_everything(tmp_path: Path) -> None:
    blocks = [
        message(1, PHOTO),
        message(2, MEDIA.format(POLL)),
        message(3, text("Fog.") + button("Map", 'href="https://m.example"')),
    ]
    (poll, fog) = parse(tmp_path, *map(left_open, blocks)).posts.to_pylist()
    assert (poll["text"], poll["media"], poll["flags"]) == ("Tea?\nYes\nNo", ["poll"], [])
    assert (fog["text"], fog["media"], fog["urls"], fog["flags"]) == ("Fog.", [], ["https://m.example"], ["buttons"])


def test_joined_pages_of_several_chats(tmp_path: Path) -> None:
    other = page(message(1, text("The bridge is open."))).replace(TITLE, "Bridges")
    (tmp_path / "messages.html").write_text(page(*map(left_open, FERRY[:2])) + other + page(FERRY[2]), "utf-8")
    posts = read_source(SourceOptions(path=tmp_path / "messages.html")).posts
    assert posts["post_id"].to_pylist() == [f"{TITLE}/1", f"{TITLE}/2", "Bridges/1", f"{TITLE}/3"]


@pytest.mark.parametrize(
    ("until", "last", "flags", "where"),
    [
        ("has left the port.</div></div></div></body>", "", None, None),
        ("Ferry 3 has", "Ferry 3 has", ["text_cut"], "in the middle of message 3"),
        ("Ferry 3 has left the port.", TEXTS[2], ["text_cut"], "in the middle of message 3"),
        ('id="message3', TEXTS[1], [], "after message 2"),
    ],
)
def test_a_page_that_was_cut_off(
    tmp_path: Path, until: str, last: str, flags: list[str] | None, where: str | None
) -> None:
    whole = page(*FERRY)
    cut = whole[: whole.index(until) + len(until)] if where else whole
    (tmp_path / "messages.html").write_text(cut, "utf-8")
    parsed = read_source(SourceOptions(path=tmp_path / "messages.html"))
    if where is None:
        assert (parsed.report.warnings, parsed.report.flags) == ([], {})
        return
    assert parsed.report.warnings == [f"ends without </html>: it was cut off {where}"]
    row = parsed.posts.to_pylist()[-1]
    assert (row["text"], row["flags"], parsed.report.unexplained) == (last, flags, 0)


def test_messages_out_of_order(tmp_path: Path) -> None:
    joined = message(2, '<div class="forwarded body">' + text("And wind") + "</div>", kind="joined")
    header = message(5, FORWARD.format(text("Fog over the bay is expected")))
    rows = parse(tmp_path, header, joined, message(1, text("Gulls."))).posts.to_pylist()
    assert [(row["source_span"], row["forwarded_from"]) for row in rows] == [
        ("message 5", "Bay News"), ("message 2", None), ("message 1", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (text("He said:<blockquote>Yes.</blockquote>And left."), "He said:\nYes.\nAnd left."),
        (text("He said:<br><blockquote>Yes.</blockquote><br>And left."), "He said:\nYes.\nAnd left."),
        (text("Code:<pre>a = 1\n  b</pre>and <code>c</code>"), "Code:\na = 1\n  b\nand c"),
        (text("One.") + text("Two."), "One.\nTwo."),
        (
            '<div class="text rich_message"><h1 class="rich_heading">\n The ferry\n </h1><p>\n  It goes <b>again</b>.\n'
            "</p>"
            '<ul><li class="rich_task_item"><span class="rich_task_marker">☐</span><span>one</span></li></ul>'
            '<ol><li data-num="1"><span class="rich_order_marker">1</span><span>two</span></li><li>three</li></ol>'
            "<table><caption>Times</caption><tr><th>\n a\n</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
            '<details><summary>\nIn short\n</summary><div>\nAll\n</div></details><pre><code>x\n  y</code></pre>'
            '<div class="rich_fallback">Unsupported rich content</div></div>',
            "The ferry\nIt goes again.\none\n1. two\n2. three\nTimes\na | b\n1 | 2\nIn short\nAll\nx\n  y",
        ),
    ],
)  # fmt: skip
def test_blocks_are_lines_of_their_own(tmp_path: Path, inside: str, words: str) -> None:
    assert parse(tmp_path, message(1, inside)).posts["text"].to_pylist() == [words]


def test_text_in_an_unknown_place_is_told(tmp_path: Path) -> None:
    story = '<div class="story_body"><p>A new kind of text</p></div>'
    parsed = parse(tmp_path, message(1, PHOTO + story), message(2, text("Fog.")))
    assert parsed.report.roles == {"post": 1, "text_not_read": 1}
    assert parsed.report.warnings == ["message 1 has text under 'class story_body', which no rule reads"]


def test_a_minified_page_has_the_same_posts(tmp_path: Path) -> None:
    whole = page(*FERRY)
    small = re.sub(r'id="(message\d+)"', r"id=\1", whole).replace('class="history"', "class=history")
    assert small != whole
    found = []
    for text in (whole, small):
        (tmp_path / "messages.html").write_text(text, "utf-8")
        found.append(read_source(SourceOptions(path=tmp_path / "messages.html", channel="bay")).posts)
    assert found[0].equals(found[1]) and found[0].num_rows
