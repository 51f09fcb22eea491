import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from toolkit import schemas
from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, read_source

TEXT = "🔥 Fog over the bay, see bay.example or the map. #Fog"


def parse(folder: Path, *records: object, as_array: bool = False, **options: Any) -> ParseResult:
    path = folder / "dump.json"
    path.write_text(json.dumps(records) if as_array else "\n".join(map(json.dumps, records)), "utf-8")
    return read_source(SourceOptions(path=path, **options))


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def entity(kind: str, part: str, **more: Any) -> dict[str, Any]:
    return {"_": kind, "offset": units(TEXT[: TEXT.index(part)]), "length": units(part), **more}


TELETHON: dict[str, Any] = {
    "_": "Message", "id": 12, "peer_id": {"_": "PeerChannel", "channel_id": 1700000077}, "message": TEXT,
    "date": "2025-03-01T09:00:00+00:00", "edit_date": "2025-03-01T10:00:00+00:00", "views": 1200,
    "entities": [entity("MessageEntityUrl", "bay.example"), entity("MessageEntityBold", "Fog over"),
                 entity("MessageEntityTextUrl", "the map", url="https://map.example/")],
    "fwd_from": {"_": "MessageFwdHeader", "from_id": {"_": "PeerChannel", "channel_id": 42}, "channel_post": 7},
    "reply_to": {"_": "MessageReplyHeader", "reply_to_msg_id": 11},
    "reactions": {"results": [{"reaction": {"_": "ReactionEmoji", "emoticon": "❤️"}, "count": 5},
                              {"reaction": {"_": "ReactionCustomEmoji", "document_id": 9}, "count": 2},
                              {"reaction": {"_": "ReactionPaid"}, "count": 3}],
                  "recent_reactions": [{"peer_id": {"user_id": 5551}}]},
    "media": {"_": "MessageMediaDocument", "document": {"attributes": [
        {"_": "DocumentAttributeFilename", "file_name": "plan.pdf"}]}},
}  # fmt: skip


@pytest.mark.parametrize("as_array", [True, False])
def test_telethon(tmp_path: Path, as_array: bool) -> None:
    parsed = parse(tmp_path, TELETHON, as_array=as_array)
    assert parsed.posts.schema.equals(schemas.POSTS)
    (row,) = parsed.posts.to_pylist()
    assert (row["post_id"], row["channel"], row["source_format"]) == ("1700000077/12", "1700000077", "api_json")
    assert (row["text"], row["urls"], row["hashtags"]) == (TEXT, ["bay.example", "https://map.example/"], ["#Fog"])
    assert (row["date"], row["edited"]) == tuple(datetime(2025, 3, 1, hour, tzinfo=UTC) for hour in (9, 10))
    assert (row["forwarded_from"], row["reply_to"], row["views"]) == ("42", "1700000077/11", 1200)
    assert [(one["emoji"], one["count"]) for one in row["reactions"]] == [("❤", 5), ("custom_emoji", 2), ("paid", 3)]
    assert (row["media"], row["flags"], row["permalink"]) == (["plan.pdf"], [], None)
    assert "5551" not in str(row)


def test_pyrogram(tmp_path: Path) -> None:
    message = {
        "_": "Message", "id": 12, "date": "2025-03-01 12:00:00", "caption": "A **star** stays",
        "chat": {"id": -1001700000077, "username": "bayport", "title": "Port of the Bay"},
        "media": "MessageMediaType.PHOTO", "photo": {"file_id": "x"}, "forward_from_chat": {"title": "Bay News"},
        "caption_entities": [{"type": "MessageEntityType.TEXT_LINK", "offset": 0, "length": 1, "url": "https://a.example"}],
        "reactions": {"reactions": [{"emoji": "👍", "count": 4}]}, "reply_to_message_id": 3,
    }  # fmt: skip
    (row,) = parse(tmp_path, message, timezone="Europe/Moscow").posts.to_pylist()
    assert (row["post_id"], row["channel_title"]) == ("bayport/12", "Port of the Bay")
    assert (row["permalink"], row["reply_to"]) == ("https://t.me/bayport/12", "bayport/3")
    assert (row["text"], row["urls"], row["media"]) == ("A **star** stays", ["https://a.example"], ["photo"])
    assert (row["date"], row["date_precision"]) == (datetime(2025, 3, 1, 9, tzinfo=UTC), "utc")
    assert (row["forwarded_from"], row["reactions"]) == ("Bay News", [{"emoji": "👍", "count": 4}])


def test_markdown_of_scrapers(tmp_path: Path) -> None:
    record = {
        "message_id": 5, "sender_id": -1001700000077, "date": "2025-03-01T09:00:00+00:00", "channel": "Port of the Bay",
        "text": "**The ferry is late**\n\nSee [the table](https://t.example/a_b_c) or b.example",
    }  # fmt: skip
    (row,) = parse(tmp_path, record, as_array=True).posts.to_pylist()
    assert (row["post_id"], row["channel_title"]) == ("1700000077/5", "Port of the Bay")
    assert row["text"] == "The ferry is late\n\nSee the table or b.example"
    assert (row["text_raw"], row["flags"]) == (record["text"], ["markdown_removed"])
    assert row["urls"][0] == "https://t.example/a_b_c"


@pytest.mark.parametrize("ids", [(7, 8, 9), (9, 8, 7)])
def test_an_album_is_one_post_in_either_order(tmp_path: Path, ids: tuple[int, ...]) -> None:
    photo = {"_": "MessageMediaPhoto", "photo": {}}
    bare = {key: TELETHON[key] for key in ("_", "peer_id", "date")}
    parts = [{**bare, "id": n, "grouped_id": 1, "media": photo, "message": TEXT if n == 8 else ""} for n in ids]
    parsed = parse(tmp_path, *parts, {**bare, "id": 20, "message": "Other words."})
    album, other = parsed.posts.to_pylist()
    assert (album["post_id"], album["media"], album["flags"]) == ("1700000077/7", ["photo"] * 3, ["album"])
    assert other["post_id"] == "1700000077/20"
    assert parsed.report.roles == {"album_part": 2, "post": 2}


def test_tgdataset(tmp_path: Path) -> None:
    message = {"message": "**Fog** over the bay", "date": 1740819600.0, "author": None, "is_forwarded": True,
               "forwarded_from_id": 42, "forwarded_message_date": 1.0}  # fmt: skip
    channel = {"username": "bayport", "title": "Port", "text_messages": {"5": message, "6": {**message, "message": ""}},
               "generic_media": {"7": {"title": "plan.pdf", "date": 1740819600.0, "extension": ".pdf"}}}  # fmt: skip
    parsed = parse(tmp_path, {"1700000077": channel, "1700000078": {**channel, "username": None}})
    first, second = parsed.posts.to_pylist()
    assert (first["post_id"], second["post_id"]) == ("bayport/5", "1700000078/5")
    assert (first["text"], first["forwarded_from"], first["channel_title"]) == ("Fog over the bay", "42", "Port")
    assert first["date"] == datetime(2025, 3, 1, 9, tzinfo=UTC)
    assert parsed.report.roles == {"media_only": 2, "no_text": 2, "post": 2}
    lines = parse(tmp_path, {"1700000077": channel}, {"1700000078": channel}).report
    assert (lines.format, lines.units, lines.posts) == ("api_json", 6, 2)


def test_everything_is_accounted_for(tmp_path: Path) -> None:
    bare = {key: TELETHON[key] for key in ("_", "peer_id", "date")}
    parsed = parse(
        tmp_path,
        {**bare, "id": 1, "message": TEXT},
        {**bare, "id": 2, "_": "MessageService", "action": {"_": "MessageActionPinMessage"}},
        {**bare, "id": 3, "message": "", "media": {"_": "MessageMediaPoll"}},
        {**bare, "id": 4, "message": "", "media": {"_": "MessageMediaWebPage"}},
    )
    assert parsed.report.roles == {"media_only": 1, "no_text": 1, "post": 1, "service": 1}
    assert (parsed.report.units, parsed.report.unexplained) == (4, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "x"}, "message 2 has no id"),
        ({"id": "1" * 5000}, "message 2 has no id"),
        ({"message": 5}, "message 2 has message 5, wanted str"),
        ({"date": "soon"}, "message 13 has date 'soon', wanted ISO 8601 or Unix time"),
    ],
)
def test_bad_messages(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """One is left out, or loses its date; if most are bad, the file is."""
    bad = {**TELETHON, "id": 13, **change}
    parsed = parse(tmp_path, TELETHON, bad)
    assert parsed.report.warnings == [message]
    assert (parsed.report.units, parsed.report.unexplained) == (2, 0)
    assert parsed.posts["date"].to_pylist()[1:] == ([None] if "date" in change else [])
    with pytest.raises(SourceError, match=f"has 2 of 3 messages that cannot be read: {message}"):
        parse(tmp_path, TELETHON, bad, {**bad, "id": change.get("id", 14)})


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_broken_line(tmp_path: Path, at: int) -> None:
    path = tmp_path / "d.ndjson"
    lines = [json.dumps({**TELETHON, "id": number}) for number in (12, 13)]
    lines.insert(at, "{oops}")
    path.write_text("\n".join(lines), "utf-8")
    parsed = read_source(SourceOptions(path=path))
    assert parsed.posts["post_id"].to_pylist() == ["1700000077/12", "1700000077/13"]
    (warning,) = parsed.report.warnings
    assert warning.startswith(f"line {at + 1} is no valid JSON: Expecting property name")
    assert (parsed.report.format, parsed.report.roles) == ("api_json", {"broken": 1, "post": 2})
    assert {"line": at + 1, "role": "broken"} in parsed.trace


@pytest.mark.parametrize(
    "change",
    [
        {"entities": [{"_": "MessageEntityUrl", "offset": "x", "length": []}, 5]},
        {"entities": [{"_": "MessageEntityUrl", "offset": 10**30, "length": 5}]},
        {"media": {"_": "MessageMediaDocument", "document": {"attributes": 5}}},
        {"fwd_from": [], "reply_to": {"reply_to_msg_id": None}, "reactions": {"results": [5, {"count": "many"}]}},
    ],
)
def test_fields_that_make_no_sense_are_as_if_missing(tmp_path: Path, change: dict[str, Any]) -> None:
    (row,) = parse(tmp_path, {**TELETHON, **change}).posts.to_pylist()
    assert (row["post_id"], row["text"]) == ("1700000077/12", TEXT)
    assert row["urls"] == ([] if "entities" in change else ["bay.example", "https://map.example/"])


@pytest.mark.parametrize(
    "change",
    [
        {"chat": {"id": 5551, "type": "ChatType.PRIVATE", "username": "some_one"}},
        {"chat": {"id": 5551, "type": "private"}},
        {"peer_id": {"_": "PeerUser", "user_id": 5551}},
    ],
)
def test_private_chats_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    message = {"_": "Message", "id": 3, "date": "2025-03-01", "message": "Fog over the bay.", **change}
    with pytest.raises(SourceError, match="message 1 is from a private chat, which has no place") as caught:
        parse(tmp_path, {**message, "id": 1})
    assert "5551" not in str(caught.value)


@pytest.mark.parametrize(
    ("peer", "shown"),
    [
        ({"_": "PeerChannel", "channel_id": 77}, "77"),
        ({"_": "PeerChat", "chat_id": 78}, "78"),
        ({"_": "PeerUser", "user_id": 5551}, None),
    ],
)
def test_forwards_of_a_person_have_no_number(tmp_path: Path, peer: dict[str, Any], shown: str | None) -> None:
    message = {"_": "Message", "id": 3, "date": "2025-03-01", "message": "Fog.", "fwd_from": {"from_id": peer}}
    (row,) = parse(tmp_path, message).posts.to_pylist()
    assert row["forwarded_from"] == shown


def test_an_error_hides_a_value_before_it_cuts_it(tmp_path: Path) -> None:
    message = {"_": "Message", "id": 3, "message": "Fog.", "date": "soon: call +7 000 555-01-27"}
    with pytest.raises(SourceError) as caught:
        parse(tmp_path, message)
    assert "has date" in str(caught.value) and "+7" not in str(caught.value)


# ---------------------------------------------------------------- other places, other ages, other wrappings

BARE = {
    "_": "Message",
    "id": 12,
    "peer_id": {"_": "PeerChannel", "channel_id": 77},
    "date": "2025-03-01T09:00:00+00:00",
}


@pytest.mark.parametrize(
    ("change", "text", "media"),
    [
        (
            {"message": "", "rich_message": {"_": "RichMessage", "blocks": [
                {"_": "PageBlockHeader", "text": {"_": "TextPlain", "text": "The ferry"}},
                {"_": "PageBlockParagraph", "text": {"_": "TextPlain", "text": "It goes."}}]}},
            "The ferry\nIt goes.", [],
        ),
        (
            {"message": "", "media": {"_": "MessageMediaPoll", "poll": {"question": {"text": "Tea?"}, "answers": [
                {"text": {"text": "Yes"}}]}, "results": {"_": "PollResults", "solution": "It is hot."}}},
            "Tea?\nYes\nIt is hot.", ["poll"],
        ),
        (
            {"message": "", "media": {"_": "MessageMediaToDo", "todo": {"title": {"text": "To do"}, "list": [
                {"title": {"text": "Paint"}}]}}},
            "To do\nPaint", ["checklist"],
        ),
        ({"message": "", "media": {"_": "MessageMediaPhoto", "caption": "Fog", "photo": {}}}, "Fog", ["photo"]),
        ({"message": ["Fog ", {"_": "x", "text": "ahead"}]}, "Fog ahead", []),
        ({"message": {"text": "Fog ahead", "entities": []}}, "Fog ahead", []),
        ({"message": float("nan"), "text": "Fog ahead"}, "Fog ahead", []),
        (
            {"message": "🔥 He:Yes.And left", "entities": [{"_": "MessageEntityBlockquote", "offset": 6, "length": 4}]},
            "🔥 He:\nYes.\nAnd left", [],
        ),
        (
            {"message": "a:\nb\nc", "entities": [{"_": "MessageEntityPre", "offset": 3, "length": 1}]},
            "a:\nb\nc", [],
        ),
    ],
)  # fmt: skip
def test_text_in_other_places(tmp_path: Path, change: dict[str, Any], text: str, media: list[str]) -> None:
    (row,) = parse(tmp_path, {**BARE, **change}).posts.to_pylist()
    assert (row["text"], row["media"]) == (text, media)


def test_telethon_of_old(tmp_path: Path) -> None:
    old = {key: value for key, value in BARE.items() if key not in ("_", "peer_id")}
    old |= {"to_id": {"_": "PeerChannel", "channel_id": 77}, "message": "Fog.", "reply_to_msg_id": 3,
            "fwd_from": {"_": "MessageFwdHeader", "channel_id": 42}}  # fmt: skip
    (row,) = parse(tmp_path, old, as_array=True).posts.to_pylist()
    assert (row["post_id"], row["reply_to"], row["forwarded_from"]) == ("77/12", "77/3", "42")
    with pytest.raises(SourceError, match="is from a private chat"):
        parse(tmp_path, {**old, "to_id": {"_": "PeerUser", "user_id": 5}}, as_array=True)


def bot_post(number: int, **more: Any) -> dict[str, Any]:
    chat = {"id": -1001700000077, "type": "channel", "username": "bayport", "title": "Port"}
    return {"message_id": number, "date": 1740819600, "chat": chat, **more}


@pytest.mark.parametrize("as_lines", [False, True])
def test_updates_of_the_bot_api(tmp_path: Path, as_lines: bool) -> None:
    keys = {"inline_keyboard": [[{"text": "Map", "url": "https://m.example"}, {"text": "👍", "callback_data": "x"}]]}
    updates = [
        {"update_id": 1, "channel_post": bot_post(1, text="Fog.", reply_markup=keys)},
        {"update_id": 2, "edited_channel_post": bot_post(2, rich_message={"blocks": [
            {"type": "paragraph", "text": ["See ", {"type": "url", "text": "this", "url": "https://t.example"}]}]})},
        {"update_id": 3, "channel_post": bot_post(3, poll={"question": "Tea?", "options": [{"text": "Yes"}]})},
        {"update_id": 4, "channel_post": bot_post(4, checklist={"title": "To do", "tasks": [{"text": "Paint"}]})},
        {"update_id": 5, "callback_query": {"id": "1", "data": "x"}},
        {"update_id": 6, "channel_post": bot_post(6, caption="In:out", photo=[{}], caption_entities=[
            {"type": "expandable_blockquote", "offset": 3, "length": 3}])},
    ]  # fmt: skip
    parsed = parse(tmp_path, *(updates if as_lines else [{"ok": True, "result": updates}]))
    assert parsed.posts["text"].to_pylist() == ["Fog.", "See this", "Tea?\nYes", "To do\nPaint", "In:\nout"]
    assert parsed.posts["media"].to_pylist() == [[], [], ["poll"], ["checklist"], ["photo"]]
    first, rich = parsed.posts.to_pylist()[:2]
    assert (first["post_id"], first["urls"], first["flags"]) == ("bayport/1", ["https://m.example"], ["buttons"])
    assert (first["text_raw"], rich["urls"]) == ("Fog.\nMap\n👍", ["https://t.example"])
    assert (parsed.report.roles, parsed.report.unexplained) == ({"post": 5, "service": 1}, 0)


def test_an_answer_of_the_api_names_its_chats(tmp_path: Path) -> None:
    chats = [{"_": "Channel", "id": 77, "title": "Port", "username": "bayport", "date": "2020-01-01", "access_hash": 5}]
    answer = {"_": "messages.ChannelMessages", "messages": [{**BARE, "message": "Fog."}], "chats": chats}
    parsed = parse(tmp_path, answer)
    (row,) = parsed.posts.to_pylist()
    assert (row["post_id"], row["channel_title"], row["text"]) == ("bayport/12", "Port", "Fog.")
    assert parsed.report.summary() == "1 message: 1 post, 0 unexplained"


def test_text_that_no_rule_reads_is_told_by_its_key(tmp_path: Path) -> None:
    media = {"_": "MessageMediaGiveaway", "prize_description": "A trip around the bay"}
    parsed = parse(
        tmp_path,
        {**BARE, "message": "Fog."},
        {**BARE, "id": 13, "message": "", "media": media},
        {**BARE, "id": 14, "message": "", "factcheck": {"text": {"text": "It was not fog"}}},
        {**BARE, "id": 15, "_": "MessageService", "action": {"_": "x", "title": "A new name"}, "note": "two words"},
    )
    assert parsed.report.roles == {"post": 1, "service": 1, "text_not_read": 2}
    assert parsed.report.warnings == [
        "message 13 has text under 'media.prize_description', which no rule reads",
        "message 14 has text under 'factcheck', which no rule reads",
    ]


@pytest.mark.parametrize(
    ("change", "views", "n_warnings"),
    [
        ({"views": 10**23}, None, 1),
        ({"views": True}, None, 1),
        ({"views": float("nan")}, None, 0),
        ({"views": "1200"}, 1200, 0),
        ({"views": 12.0}, 12, 0),
        ({"views": 5, "reactions": {"results": [{"reaction": {"emoticon": "👍"}, "count": 10**400}]}}, 5, 1),
        ({"views": 5, "media": [1], "forward_sender_name": ["x"], "entities": [{"_": ["x"], "url": {}}]}, 5, 0),
    ],
)
def test_odd_values_cost_the_value(tmp_path: Path, change: dict[str, Any], views: int | None, n_warnings: int) -> None:
    parsed = parse(tmp_path, {**BARE, "message": "Fog.", **change}, {**BARE, "id": 13, "message": "Gulls."})
    assert parsed.posts["text"].to_pylist() == ["Fog.", "Gulls."]
    row = parsed.posts.to_pylist()[0]
    assert (row["views"], row["reactions"], row["forwarded_from"]) == (views, [], None)
    assert len(parsed.report.warnings) == n_warnings


def tdlib(number: int, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    kinds = {"@type": "message", "id": number << 20, "chat_id": -1001288000009, "date": 1714557600, "edit_date": 0}
    return {**kinds, "is_channel_post": True, "media_album_id": "0", "content": content, **more}


def formatted(text: str, *entities: dict[str, Any]) -> dict[str, Any]:
    return {"@type": "formattedText", "text": text, "entities": list(entities)}


TDLIB = [
    tdlib(
        1,
        {
            "@type": "messageText",
            "text": formatted(
                "Fog here.",
                {"offset": 4, "length": 4, "type": {"@type": "textEntityTypeTextUrl", "url": "https://a.example/"}},
            ),
            "link_preview": {"title": "Words of another page", "description": {"text": "More of them"}},
        },
        interaction_info={
            "view_count": 7,
            "reactions": {"reactions": [{"type": {"@type": "reactionTypeEmoji", "emoji": "👍"}, "total_count": 3}]},
        },
        forward_info={"origin": {"@type": "messageOriginChannel", "chat_id": -1001288000010}},
    ),
    tdlib(
        2,
        {"@type": "messagePhoto", "photo": {"sizes": []}, "caption": formatted("Snow.")},
        reply_to={"@type": "messageReplyToMessage", "chat_id": -1001288000009, "message_id": 1 << 20},
    ),
    tdlib(3, {"@type": "messageVoiceNote", "voice_note": {"duration": 5}, "caption": formatted("")}),
    tdlib(
        4, {"@type": "messagePoll", "poll": {"question": formatted("When?"), "options": [{"text": formatted("Now")}]}}
    ),
    tdlib(
        5, {"@type": "messageChecklist", "list": {"title": formatted("List"), "tasks": [{"text": formatted("Row")}]}}
    ),
    tdlib(6, {"@type": "messageChatChangeTitle", "title": "New name of the bay"}),
    tdlib(7, {"@type": "messageGiveaway", "prize": {"prize_description": "Tickets for all of you"}}),
]


@pytest.mark.parametrize("form", ["answer", "array", "lines"])
def test_messages_of_tdlib(tmp_path: Path, form: str) -> None:
    answer = {"@type": "messages", "total_count": len(TDLIB), "messages": TDLIB}
    text = "\n".join(map(json.dumps, TDLIB)) if form == "lines" else json.dumps(answer if form == "answer" else TDLIB)
    (tmp_path / "bay.json").write_text(text, "utf-8")
    parsed = read_source(SourceOptions(path=tmp_path / "bay.json"))
    assert parsed.posts["text"].to_pylist() == ["Fog here.", "Snow.", "When?\nNow", "List\nRow"]
    assert parsed.posts["post_id"].to_pylist() == [f"1288000009/{number}" for number in (1, 2, 4, 5)]
    first, second = parsed.posts.slice(0, 2).to_pylist()
    assert (first["urls"], first["views"], first["forwarded_from"]) == (["https://a.example/"], 7, "1288000010")
    assert first["reactions"] == [{"emoji": "👍", "count": 3}]
    assert (second["media"], second["reply_to"]) == (["photo"], "1288000009/1")
    assert parsed.report.roles == {"media_only": 1, "post": 4, "service": 1, "text_not_read": 1}
    assert parsed.report.warnings == ["message 7 has text under 'prize', which no rule reads"]


def test_a_private_chat_of_tdlib_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{**TDLIB[0], "chat_id": 77}]), "utf-8")
    with pytest.raises(SourceError, match="from a private chat"):
        read_source(SourceOptions(path=tmp_path / "a.json"))
