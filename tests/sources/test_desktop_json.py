import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from toolkit import schemas
from toolkit.errors import OptionError, SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source

NOTE = "(File not included. Change data exporting settings to download.)"


def message(number: int, text: object = "", **more: Any) -> dict[str, Any]:
    base = {"id": number, "type": "message", "date": "2025-03-01T12:00:00", "date_unixtime": "1740819600"}
    return {**base, "from": "Port", "from_id": "channel77", "text": text, **more}


def parse(folder: Path, *messages: dict[str, Any], **options: Any) -> ParseResult:
    export = {"name": "Port of the Bay", "type": "public_channel", "id": 77, "messages": list(messages)}
    return parse_text(folder, json.dumps(export, ensure_ascii=False, indent=1), **options)


def parse_text(folder: Path, text: str, **options: Any) -> ParseResult:
    path = folder / "result.json"
    path.write_text(text, "utf-8")
    return read_source(SourceOptions(path=path, **options))


def test_a_message(tmp_path: Path) -> None:
    pieces = [
        {"type": "plain", "text": "The ferry is late, see "},
        {"type": "text_link", "text": "the timetable", "href": "https://ferry.example/t"},
        {"type": "plain", "text": " "},
        {"type": "hashtag", "text": "#Ferry"},
    ]
    reactions = [
        {"type": "emoji", "count": 5, "emoji": "❤️", "recent": [{"from": "Somebody", "from_id": "user1"}]},
        {"type": "paid", "count": 2},
        {"type": "custom_emoji", "count": 1, "document_id": "x.webp"},
    ]
    parsed = parse(
        tmp_path,
        message(11, "First of all, good morning to everybody."),
        message(12, ["ignored"], text_entities=pieces, reactions=reactions, forwarded_from="Bay News",
                reply_to_message_id=11, edited_unixtime="1740823200"),
    )  # fmt: skip
    assert parsed.posts.schema.equals(schemas.POSTS)
    row = parsed.posts.to_pylist()[1]
    assert (row["post_id"], row["channel"], row["channel_title"]) == ("77/12", "77", "Port of the Bay")
    assert row["text"] == "The ferry is late, see the timetable #Ferry"
    assert (row["urls"], row["hashtags"]) == (["https://ferry.example/t"], ["#Ferry"])
    assert row["date"] == datetime(2025, 3, 1, 9, 0, tzinfo=UTC)
    assert (row["date_precision"], row["edited"]) == ("utc", datetime(2025, 3, 1, 10, 0, tzinfo=UTC))
    assert (row["forwarded_from"], row["reply_to"], row["permalink"]) == ("Bay News", "77/11", None)
    assert row["reactions"] == [
        {"emoji": "❤", "count": 5}, {"emoji": "paid", "count": 2}, {"emoji": "custom_emoji", "count": 1},
    ]  # fmt: skip
    assert "Somebody" not in str(row)
    assert (row["lang"], row["source_span"]) == ("en", "message 12")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        (["a ", {"type": "bold", "text": "bold"}, " end"], "a bold end"),
        ([{"type": "link", "text": "https://a.example"}], "https://a.example"),
    ],
)
def test_text_without_entities(tmp_path: Path, text: object, expected: str) -> None:
    assert parse(tmp_path, message(1, text)).posts["text"].to_pylist() == [expected]


def test_handle_gives_ids_and_permalinks(tmp_path: Path) -> None:
    row = parse(tmp_path, message(5, "Доброе утро всем!"), channel="https://t.me/s/bayport").posts.to_pylist()[0]
    assert (row["post_id"], row["permalink"]) == ("bayport/5", "https://t.me/bayport/5")


def test_an_album_is_one_post(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path,
        message(1, photo=NOTE),
        message(2, "Три снимка нового причала", photo=NOTE, reactions=[{"type": "emoji", "count": 9, "emoji": "👍"}]),
        message(3, file=NOTE, media_type="video_file"),
        message(4, "Другой снимок", photo=NOTE, date="2025-03-01T12:00:05", date_unixtime="1740819605"),
        message(5, "Ответ на третий снимок", reply_to_message_id=3),
    )
    album, other, reply = parsed.posts.to_pylist()
    assert (album["post_id"], album["text"], album["flags"]) == ("77/1", "Три снимка нового причала", ["album"])
    assert (album["media"], album["source_span"]) == (["photo", "photo", "video"], "message 1-3")
    assert album["reactions"] == [{"emoji": "👍", "count": 9}]
    assert (other["flags"], reply["reply_to"]) == ([], "77/1")
    assert parsed.report.roles == {"album_part": 2, "post": 3}
    assert parsed.report.unexplained == 0


def test_two_texts_of_one_second_are_two_posts(tmp_path: Path) -> None:
    assert parse(tmp_path, message(1, "Одно", photo=NOTE), message(2, "Другое", photo=NOTE)).posts.num_rows == 2


def test_everything_is_accounted_for(tmp_path: Path) -> None:
    parsed = parse(
        tmp_path,
        {"id": 1, "type": "service", "date": "2025-03-01T12:00:00", "action": "create_channel", "text": ""},
        {"id": 2, "type": "unsupported"},
        message(4, media_type="voice_message", file="voice/1.ogg"),
        message(6, sticker_emoji="🔥", media_type="sticker", file="stickers/1.webp"),
        message(8),
        message(10, "The only text in the channel.", file="files/plan.pdf"),
    )
    assert parsed.report.roles == {"media_only": 2, "no_text": 1, "post": 1, "service": 1, "unsupported": 1}
    assert [unit["message"] for unit in parsed.trace] == [1, 2, 4, 6, 8, 10]
    assert parsed.posts["media"].to_pylist() == [["plan.pdf"]]
    assert parsed.report.summary() == (
        "6 messages: 1 post, 2 media only, 1 no text, 1 service, 1 unsupported, 0 unexplained"
    )


def test_local_dates(tmp_path: Path) -> None:
    old = {key: value for key, value in message(1, "An old export").items() if key != "date_unixtime"}
    naive = parse(tmp_path, old).posts.to_pylist()[0]
    assert (naive["date"], naive["date_precision"]) == (datetime(2025, 3, 1, 12, tzinfo=UTC), "local_no_offset")
    known = parse(tmp_path, old, timezone="Europe/Moscow").posts.to_pylist()[0]
    assert (known["date"], known["date_precision"]) == (datetime(2025, 3, 1, 9, tzinfo=UTC), "utc")
    with pytest.raises(OptionError, match="unknown time zone 'Mars/Base'"):
        parse(tmp_path, old, timezone="Mars/Base")


def test_escapes_that_are_no_json(tmp_path: Path) -> None:
    text = r'{"name": "P", "type": "public_channel", "id": 7, "messages": [{"id": 1, "type": "message", ' + (
        r'"date": "2025-03-01T12:00:00", "text": "one\x0Btwo, but C:\\x41 stays"}]}'
    )
    assert parse_text(tmp_path, text).posts["text"].to_pylist() == ["one\x0btwo, but C:\\x41 stays"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "P",\n "messages": [{]}', r"result\.json:2: is no valid JSON: .* in column 16"),
        ('{"name": "P", "messages": [{"id": 1', r"is no valid JSON: .*Export it again, if it was cut off"),
        ('[{"id": 1, "words": "text"}]', "is a JSON array, but not of objects with id, date and text"),
        ('{"name":\n"P"}', "has no column of texts and no list of messages; its keys are name. Check the file"),
        ('{"name":\n"P", "messages": 5}', "has no list of messages; its keys are name, messages. Export the chat"),
        ('{"messages": [{"text": "no id"}]}', "message 1 has no id"),
        ('{"name": "A", "type": "personal_chat", "id": 5,\n "messages": []}', "is a private chat .type personal_chat"),
        ('{"messages":\n [{"id": 1, "type": "message", "date": "yesterday", "text": "a"}]}', "has date 'yesterday'"),
        ('{"about": "Here is your data.", "personal_information": {"phone_number": "+1"},\n "contacts": {}, '
         '"chats": {"list": []}}', "is an export of a whole Telegram account: it holds contacts, telephone numbers"),
    ],
)  # fmt: skip
def test_bad_exports(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as error:
        parse_text(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_message_that_is_there_twice_has_two_ids(tmp_path: Path) -> None:
    assert parse(tmp_path, message(5, "Fog."), message(5, "Fog.")).posts["post_id"].to_pylist() == ["77/5", "77/5-2"]


@pytest.mark.parametrize("text", [5, True, [5, None], [{"type": "bold"}]])
def test_a_text_that_is_none(tmp_path: Path, text: object) -> None:
    with pytest.raises(SourceError, match=re.escape(f"message 1 has text {text}, wanted str or list")):
        parse(tmp_path, message(1, text))
    parsed = parse(tmp_path, message(1, text), message(2, "Gulls."))
    assert (parsed.posts["text"].to_pylist(), parsed.report.roles) == (["Gulls."], {"broken": 1, "post": 1})


@pytest.mark.parametrize(
    ("wrong", "warning"),
    [
        ({"forwarded_from": 5}, "has a forwarded_from that is no str: 5"),
        ({"media_type": ["a"]}, "has a media_type that is no str: ['a']"),
        ({"reactions": 5}, "has a reactions that is no list: 5"),
        ({"reply_to_message_id": [1]}, "has a reply_to_message_id that is no int: [1]"),
        ({"text_entities": "Fog."}, "has a text_entities that is no list: 'Fog.'"),
        (
            {"reactions": [{"type": "emoji", "emoji": "👍", "count": int("9" * 400)}]},
            "has a reaction that cannot be counted",
        ),
        ({"reactions": [{"type": "emoji", "emoji": {"a": 1}, "count": 5}]}, None),
        ({"edited_unixtime": float("nan")}, "has edited nan, wanted a time"),
        ({"text_entities": float("nan")}, None),
        ({"photo": float("inf"), "file_name": [1], "reply_to_message_id": None}, None),
    ],
)
def test_a_field_of_another_kind_costs_its_value(tmp_path: Path, wrong: dict[str, Any], warning: str | None) -> None:
    parsed = parse(tmp_path, {**message(1, "Fog."), **wrong}, message(2, "Gulls."))
    assert parsed.posts["text"].to_pylist() == ["Fog.", "Gulls."]
    assert parsed.report.warnings == ([] if warning is None else [f"message 1 {warning}"])
    assert "{" not in str(parsed.posts["reactions"].to_pylist()[0]).replace("{'emoji'", "")


def test_values_of_one_kind_are_told_once(tmp_path: Path) -> None:
    parsed = parse(tmp_path, *(message(n, "Fog.", media_type=5) for n in range(1, 101)))
    assert parsed.report.warnings == ["message 1 has a media_type that is no str: 5; so do 99 more"]
    assert parsed.posts.num_rows == 100


@pytest.mark.parametrize(("kind", "n"), [("private_supergroup", 1), ("private_group", 1), ("public_channel", 0)])
def test_a_group_is_told(tmp_path: Path, kind: str, n: int) -> None:
    export = {"name": "Bay", "id": 77, "type": kind, "messages": [message(1, "Fog.")]}
    warnings = parse_text(tmp_path, json.dumps(export)).report.warnings
    assert ["personal messages need their authors' consent" in warning for warning in warnings] == [True] * n


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nested too deep"):
        parse_text(tmp_path, '{"messages":' + "[" * 200_000)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_while_streaming(tmp_path: Path, encoding: str, packed: bool) -> None:
    export = {"name": "Порт", "id": 77, "messages": [message(n, f"Туман {n}") for n in range(1, 2000)]}
    data = json.dumps(export, ensure_ascii=False).encode(encoding)
    path = tmp_path / "result.json"
    path.write_bytes(gzip.compress(data) if packed else data)
    posts = read_source(SourceOptions(path=path)).posts
    assert (posts.num_rows, posts["text"][1998].as_py(), posts["channel_title"][0].as_py()) == (
        1999,
        "Туман 1999",
        "Порт",
    )


def test_keys_in_another_order(tmp_path: Path) -> None:
    text = json.dumps({"messages": [message(1, "Fog over the bay.")], "name": "Port", "id": 77})
    (row,) = parse_text(tmp_path, text).posts.to_pylist()
    assert (row["post_id"], row["channel_title"]) == ("77/1", "Port")
    with pytest.raises(SourceError, match="is an export of a whole Telegram account"):
        parse_text(tmp_path, text[:-1] + ', "contacts": {}}')


def test_bytes_that_are_no_text_far_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    text = json.dumps({"name": "P", "id": 7, "messages": [message(n, "x" * 1000) for n in range(1, 2000)]})
    path.write_bytes(text.encode()[:-100] + b"\xff" + text.encode()[-100:])
    with pytest.raises(SourceError, match="is no UTF-8 text"):
        read_source(SourceOptions(path=path))


# ---------------------------------------------------------------- text in other places, messages in other files


@pytest.mark.parametrize(
    ("entities", "text"),
    [
        ([("plain", "He said:"), ("blockquote", "Yes."), ("plain", "And left.")], "He said:\nYes.\nAnd left."),
        ([("plain", "He said:\n"), ("blockquote", "Yes."), ("plain", "\nAnd left.")], "He said:\nYes.\nAnd left."),
        ([("plain", "Run "), ("code", "ls"), ("plain", ": "), ("pre", "a\n  b")], "Run ls: \na\n  b"),
        ([("blockquote", "One."), ("blockquote", "Two.")], "One.\nTwo."),
        ([("blockquote", "One."), ("plain", "\n\nTwo.")], "One.\n\nTwo."),
    ],
)
def test_quotations_are_blocks(tmp_path: Path, entities: list[tuple[str, str]], text: str) -> None:
    pieces = [{"type": kind, "text": part} for kind, part in entities]
    assert parse(tmp_path, message(1, text_entities=pieces)).posts["text"].to_pylist() == [text]
    assert parse(tmp_path, message(1, pieces)).posts["text"].to_pylist() == [text]


RICH = {
    "rtl": False,
    "part": True,
    "blocks": [
        {"type": "heading", "level": 1, "text": {"type": "plain", "text": "The ferry goes again"}},
        {"type": "paragraph", "text": {"type": "hashtag", "text": {"type": "plain", "text": "#Ferry"}}},
    ],
}


@pytest.mark.parametrize("fallback", ["", "The ferry goes again"])
def test_a_rich_message(tmp_path: Path, fallback: str) -> None:
    (row,) = parse(tmp_path, message(1, fallback, text_entities=[], rich_message=RICH)).posts.to_pylist()
    assert (row["text"], row["hashtags"], row["flags"]) == ("The ferry goes again\n#Ferry", ["#Ferry"], ["text_cut"])


def test_polls_checklists_and_buttons(tmp_path: Path) -> None:
    asked = {"question": "Tea?", "answers": [{"text": "Yes", "voters": 1}]}
    tasks = {"title": "To do", "answers": [{"text": "Paint the pier", "id": 1}], "others_can_append": False}
    keys = [
        [{"type": "url", "text": "Map", "data": "https://m.example"}, {"type": "callback", "text": "5", "data": ""}]
    ]
    poll, todo, keyed = parse(
        tmp_path,
        message(1, "Tell us.", poll=asked),
        message(2, todo_list=tasks),
        message(3, "See https://a.example", inline_bot_buttons=keys),
    ).posts.to_pylist()
    assert (poll["text"], poll["media"]) == ("Tell us.\nTea?\nYes", ["poll"])
    assert (todo["text"], todo["media"]) == ("To do\nPaint the pier", ["checklist"])
    assert (keyed["text"], keyed["text_raw"]) == ("See https://a.example", "See https://a.example\nMap\n5")
    assert (keyed["urls"], keyed["flags"]) == (["https://a.example", "https://m.example"], ["buttons"])


def test_text_that_no_rule_reads_is_told_by_its_key(tmp_path: Path) -> None:
    story = {"body": [{"words": "A new kind of text"}]}
    parsed = parse(
        tmp_path, *(message(n, photo=NOTE, story_text=story) for n in (1, 20)), message(30, "Fog.", story_text=story)
    )
    assert parsed.report.roles == {"post": 1, "text_not_read": 2}
    assert parsed.report.warnings == ["message 1 has text under 'story_text', which no rule reads; so do 2 more"]
    assert parsed.report.summary() == "3 messages: 1 post, 2 text not read, 1 warning, 0 unexplained"


def test_messages_of_other_programs_and_types(tmp_path: Path) -> None:
    messages = [
        {"id": 1, "date": "2025-03-01T12:00:00+03:00", "message": "Fog."},
        {"id": 2, "date": 1740819600, "text": "Gulls.", "type": None},
        message(3, "A story.", type="story"),
        message(4, type="story"),
    ]
    parsed = parse(tmp_path, *messages)
    assert parsed.posts["text"].to_pylist() == ["Fog.", "Gulls."]
    assert parsed.posts["date"].to_pylist() == [datetime(2025, 3, 1, 9, tzinfo=UTC)] * 2
    assert parsed.report.roles == {"post": 2, "text_not_read": 1, "unsupported": 1}
    assert parsed.report.warnings == ["message 3 has text and the type 'story', which no rule reads"]


MESSAGES = [message(n, ["Fog ", {"type": "bold", "text": f"number {n}"}]) for n in (1, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, MESSAGES)),
        json.dumps(MESSAGES),
        "\n".join(json.dumps(one, indent=2) for one in MESSAGES),
    ],
)
def test_messages_alone(tmp_path: Path, text: str) -> None:
    parsed = parse_text(tmp_path, text)
    assert parsed.posts["post_id"].to_pylist() == ["77/1", "77/2"]
    assert parsed.posts["text"].to_pylist() == ["Fog number 1", "Fog number 2"]
    assert set(parsed.posts["channel_title"].to_pylist()) == {"Port"}
    assert (parsed.report.format, parsed.report.units, parsed.report.unexplained) == ("desktop_json", 2, 0)


def test_messages_alone_of_several_channels_and_of_a_group(tmp_path: Path) -> None:
    other = {**MESSAGES[1], "from_id": "channel78", "from": "Bridges"}
    assert parse_text(tmp_path, json.dumps([MESSAGES[0], other])).posts["post_id"].to_pylist() == ["77/1", "78/2"]
    group = parse_text(tmp_path, json.dumps([MESSAGES[0], {**other, "from_id": "user5"}]))
    assert group.posts["post_id"].to_pylist() == ["result/1", "result/2"]
    assert "personal messages need their authors' consent" in group.report.warnings[0]


def test_messages_alone_with_a_broken_line(tmp_path: Path) -> None:
    parsed = parse_text(tmp_path, f"{json.dumps(MESSAGES[0])}\n{{oops\n{json.dumps(MESSAGES[1])}\n")
    assert (parsed.report.roles, parsed.report.unexplained) == ({"broken": 1, "post": 2}, 0)
    assert parsed.report.warnings[0].startswith("line 2 is no valid JSON")


@pytest.mark.parametrize("between", [",\n", "\n,"])
def test_a_message_a_line_is_no_json_lines(tmp_path: Path, between: str) -> None:
    messages = between.join(json.dumps(message(n, "Fog over the bay. " * 50)) for n in range(1, 1100))
    parsed = parse_text(
        tmp_path, f'{{"name":"P","type":"public_channel","id":77,"messages":[\n{messages}\n]}}', lang="en"
    )
    assert (tmp_path / "result.json").stat().st_size > 1 << 20
    assert (parsed.report.format, parsed.report.posts, parsed.report.warnings) == ("desktop_json", 1099, [])


@pytest.mark.parametrize("digits", [400, 6000])
def test_numbers_beyond_all_measure(tmp_path: Path, digits: int) -> None:
    reactions = [{"type": "emoji", "emoji": "👍", "count": 12345}, {"type": "emoji", "emoji": "🔥", "count": 5}]
    text = json.dumps({"name": "P", "id": 77, "messages": [message(1, "Fog.", reactions=reactions, width=12345)]})
    parsed = parse_text(tmp_path, text.replace("12345", "9" * digits))
    (row,) = parsed.posts.to_pylist()
    assert (row["text"], row["reactions"]) == ("Fog.", [{"emoji": "👍", "count": None}, {"emoji": "🔥", "count": 5}])
    assert parsed.report.warnings == ["message 1 has a reaction that cannot be counted"]


@pytest.mark.parametrize("number", [12, "12", 12.0])
def test_ids_that_passed_through_other_programs(tmp_path: Path, number: object) -> None:
    message = {"id": number, "type": "message", "date": "2025-03-01T12:00:00", "from_id": "channel7", "text": "Fog."}
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"name": "Bay", "type": "public_channel", "id": 7, "messages": [message]}), "utf-8")
    assert read_source(SourceOptions(path=path)).posts["post_id"].to_pylist() == ["7/12"]
