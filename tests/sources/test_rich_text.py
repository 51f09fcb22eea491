"""Text that Telegram's programs write as a tree, as Telegram Desktop, Telethon and the Bot API have it."""

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.options import SourceOptions
from toolkit.sources import read_source
from toolkit.sources.pieces import Button, text_of
from toolkit.sources.rich_text import asked_pieces, block_pieces, buttons_of, has_words, plain_text


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain", "text": text}


def tl(text: str) -> dict[str, Any]:
    return {"_": "TextPlain", "text": text}


EMPTY: dict[str, Any] = {"_": "TextEmpty"}
LINKED = "The ferry, see the table"
ADDRESS = "https://a.example"

BLOCKS: list[tuple[str, dict[str, Any] | None, dict[str, Any] | None, dict[str, Any] | None]] = [
    (
        "The ferry",
        {"type": "heading", "level": 1, "text": plain("The ferry")},
        {"_": "PageBlockHeading1", "text": tl("The ferry")},
        {"type": "heading", "size": 1, "text": "The ferry"},
    ),
    (
        LINKED,
        {"type": "paragraph", "text": {"type": "concat", "text": [
            plain("The ferry, see "), {"type": "text_link", "href": ADDRESS, "text": plain("the table")}]}},
        {"_": "PageBlockParagraph", "text": {"_": "TextConcat", "texts": [
            tl("The ferry, see "), {"_": "TextUrl", "url": ADDRESS, "webpage_id": 1, "text": tl("the table")}]}},
        {"type": "paragraph", "text": ["The ferry, see ", {"type": "url", "url": ADDRESS, "text": "the table"}]},
    ),
    (
        "Fog 🔥 x^2",
        {"type": "paragraph", "text": {"type": "concat", "text": [
            plain("Fog "), {"type": "custom_emoji", "text": "🔥", "document_id": "1"}, plain(" "),
            {"type": "math", "source": "x^2"}]}},
        {"_": "PageBlockParagraph", "text": {"_": "TextConcat", "texts": [
            tl("Fog "), {"_": "TextCustomEmoji", "document_id": 1, "alt": "🔥"}, tl(" "),
            {"_": "TextMath", "source": "x^2"}, {"_": "TextImage", "document_id": 2, "w": 9, "h": 9}]}},
        {"type": "paragraph", "text": [
            "Fog ", {"type": "custom_emoji", "custom_emoji_id": "1", "alternative_text": "🔥"}, " ",
            {"type": "mathematical_expression", "expression": "x^2"}]},
    ),
    (
        "one\ntwo\nmore",
        {"type": "list", "kind": "unordered", "items": [
            {"task_state": "none", "content": "text", "text": plain("one")},
            {"task_state": "none", "content": "blocks", "blocks": [
                {"type": "paragraph", "text": plain("two")}, {"type": "paragraph", "text": plain("more")}]}]},
        {"_": "PageBlockList", "items": [
            {"_": "PageListItemText", "text": tl("one")},
            {"_": "PageListItemBlocks", "blocks": [{"_": "PageBlockParagraph", "text": tl("two")},
                                                   {"_": "PageBlockParagraph", "text": tl("more")}]}]},
        {"type": "list", "items": [
            {"label": "•", "blocks": [{"type": "paragraph", "text": "one"}]},
            {"label": "•", "blocks": [{"type": "paragraph", "text": "two"}, {"type": "paragraph", "text": "more"}]}]},
    ),
    (
        "1. one",
        {"type": "list", "kind": "ordered", "items": [{"content": "text", "text": plain("one"), "num": "1"}]},
        {"_": "PageBlockOrderedList", "items": [{"_": "PageListOrderedItemText", "num": "1", "text": tl("one")}]},
        {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": "one"}]}]},
    ),
    (
        "We are ready.\nThe minister",
        {"type": "quote", "content": "text", "pullquote": False, "text": plain("We are ready."),
         "caption": plain("The minister")},
        {"_": "PageBlockBlockquote", "text": tl("We are ready."), "caption": tl("The minister")},
        {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "We are ready."}], "credit": "The minister"},
    ),
    (
        "a = 1\n  b",
        {"type": "code", "text": plain("a = 1\n  b"), "language": "py"},
        {"_": "PageBlockPreformatted", "text": tl("a = 1\n  b"), "language": "py"},
        {"type": "pre", "text": "a = 1\n  b", "language": "py"},
    ),
    (
        "a | b\n1 | 2",
        {"type": "table", "title": {"type": "empty"}, "bordered": True, "rows": [
            {"cells": [{"text": plain("a"), "header": True}, {"text": plain("b"), "header": True}]},
            {"cells": [{"text": plain("1")}, {"text": plain("2")}, {"header": False}]}]},
        {"_": "PageBlockTable", "title": EMPTY, "rows": [
            {"_": "PageTableRow", "cells": [{"_": "PageTableCell", "text": tl(cell)} for cell in row]}
            for row in ("ab", "12")]},
        {"type": "table", "cells": [[{"text": "a", "align": "left"}, {"text": "b"}], [{"text": "1"}, {"text": "2"}]]},
    ),
    (
        "In short\nAll of it",
        {"type": "details", "title": plain("In short"), "open": False,
         "blocks": [{"type": "paragraph", "text": plain("All of it")}]},
        {"_": "PageBlockDetails", "blocks": [{"_": "PageBlockParagraph", "text": tl("All of it")}],
         "title": tl("In short")},
        {"type": "details", "summary": "In short", "blocks": [{"type": "paragraph", "text": "All of it"}]},
    ),
    (
        "The pier\nPhoto: A. B.",
        {"type": "photo", "photo_id": "1", "photo": "photos/the pier.jpg",
         "caption": {"text": plain("The pier"), "credit": plain("Photo: A. B.")}},
        {"_": "PageBlockCover", "cover": {"_": "PageBlockPhoto", "photo_id": 1, "caption": {
            "_": "PageCaption", "text": tl("The pier"), "credit": tl("Photo: A. B.")}}},
        {"type": "collage", "blocks": [{"type": "photo", "photo": [{"file_id": "x"}], "caption": {
            "text": "The pier", "credit": "Photo: A. B."}}]},
    ),
    (
        "See too\nThe bridge",
        {"type": "related_articles", "title": plain("See too"),
         "articles": [{"url": "https://b.example", "webpage_id": "1", "title": "The bridge"}]},
        {"_": "PageBlockRelatedArticles", "title": tl("See too"),
         "articles": [{"_": "PageRelatedArticle", "url": "https://b.example", "webpage_id": 1, "title": "The bridge"}]},
        None,
    ),
    ("", {"type": "divider"}, {"_": "PageBlockDivider"}, {"type": "anchor", "name": "the end"}),
    ("", {"type": "unsupported", "source_type": "unknown", "unsupported": True}, {"_": "PageBlockUnsupported"}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "block"),
    [(text, block) for text, *blocks in BLOCKS for block in blocks if block is not None],
)
def test_blocks(text: str, block: dict[str, Any]) -> None:
    unread: set[str] = set()
    pieces = block_pieces({"blocks": [block]}, unread, [])
    assert (text_of(pieces), unread) == (text, set())
    if text == LINKED:
        assert [(piece.kind, piece.href) for piece in pieces] == [("plain", None), ("text_link", ADDRESS)]


def test_blocks_of_tomorrow_are_told_and_buttons_are_kept() -> None:
    unread: set[str] = set()
    buttons: list[Button] = []
    blocks = [
        {"type": "poem", "verses": [plain("The sea is grey")], "text": plain("A poem"), "colour": "blue"},
        {
            "type": "button_row",
            "buttons": [{"text": plain("Buy"), "button": {"type": "url", "url": "https://b.example"}}],
        },
    ]
    assert text_of(block_pieces({"blocks": blocks}, unread, buttons)) == "A poem"
    assert (unread, buttons) == ({"rich_message.verses"}, [Button("Buy", "https://b.example")])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (["a ", {"type": "bold", "text": ["b ", {"type": "italic", "text": "c"}]}, " d"], "a b c d"),
        ({"_": "TextWithEntities", "text": "Tea?", "entities": []}, "Tea?"),
        ({"type": "diff", "text": plain("new"), "old_text": plain("old")}, "new"),
        ([5, None, True, float("nan"), {"text": 5}], ""),
        (None, ""),
    ],
)
def test_text_is_never_what_python_calls_it(value: Any, text: str) -> None:
    assert plain_text(value) == text


def test_however_deep_a_text_is_it_is_read_once() -> None:
    text: Any = "Fog"
    for _ in range(900):
        text = {"type": "bold", "text": text}
    assert plain_text(text) == "Fog"
    blocks: Any = [{"type": "paragraph", "text": plain("Fog")}]
    for _ in range(300):
        blocks = [{"type": "details", "blocks": blocks}]
    assert text_of(block_pieces(blocks, set(), [])) == "Fog"


@pytest.mark.parametrize(
    "poll",
    [
        {"question": "Tea?", "closed": False, "answers": [{"text": "Yes", "voters": 3}, {"text": "No", "voters": 0}]},
        {"_": "Poll", "question": {"_": "TextWithEntities", "text": "Tea?", "entities": []},
         "answers": [{"_": "PollAnswer", "text": {"text": word}, "option": "MA=="} for word in ("Yes", "No")]},
        {"question": "Tea?", "options": [{"text": "Yes", "voter_count": 3}, {"text": "No", "voter_count": 0}]},
        {"title": "Tea?", "tasks": [{"id": 1, "text": "Yes"}, {"id": 2, "text": "No"}]},
        {"_": "TodoList", "title": {"text": "Tea?"}, "list": [{"title": {"text": word}} for word in ("Yes", "No")]},
    ],
)  # fmt: skip
def test_polls_and_checklists(poll: dict[str, Any]) -> None:
    assert text_of(asked_pieces(poll)) == "Tea?\nYes\nNo"
    assert text_of(asked_pieces({**poll, "explanation": "It is hot."})) == "Tea?\nYes\nNo\nIt is hot."


@pytest.mark.parametrize(
    "keyboard",
    [
        [[{"type": "url", "text": "Map", "data": "https://m.example"}], [{"type": "game", "text": "👍 5"}]],
        {"inline_keyboard": [[{"text": "Map", "url": "https://m.example"}], [{"text": "👍 5", "callback_data": "x"}]]},
        {"_": "ReplyInlineMarkup", "rows": [{"_": "KeyboardButtonRow", "buttons": [
            {"_": "KeyboardButtonUrl", "text": "Map", "url": "https://m.example"},
            {"_": "KeyboardButtonCallback", "text": "👍 5", "data": "eA=="}]}]},
        [{"text": "Map", "web_app": {"url": "https://m.example"}}, {"text": "👍 5", "type": {"_": "Buy"}}],
    ],
)  # fmt: skip
def test_buttons(keyboard: Any) -> None:
    assert buttons_of(keyboard) == [Button("Map", "https://m.example"), Button("👍 5", None)]


@pytest.mark.parametrize(
    ("value", "has"),
    [
        ("two words", True),
        ({"deep": ["", {"er": "Туман"}]}, True),
        ("https://a.example/two-words", False),
        ("BQACAgIAAxkBAAIB", False),
        ("photos/1.jpg", False),
        (["x", 5, None, {}], False),
    ],
)
def test_what_a_person_may_have_written(value: Any, has: bool) -> None:
    assert has_words(value) is has


PRIZE = "Билеты на паром для всех"


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ({"giveaway_information": {"quantity": 5, "countries": ["RU"], "additional_prize": PRIZE}}, "giveaway_inf"),
        ({"giveaway_results": {"additional_prize": PRIZE}}, "giveaway_results"),
        ({"invoice_information": {"title": "Билет", "description": PRIZE, "amount": 5}}, "invoice_information"),
        ({"media_type": "story", "story": {"caption": PRIZE}}, "story"),
        ({"_": "Message", "media": {"_": "MessageMediaStory", "story": {"caption": PRIZE}}}, "media.story"),
        ({"_": "Message", "media": {"_": "MessageMediaGiveaway", "prize_description": PRIZE}}, "media.prize_descr"),
        ({"_": "Message", "giveaway": {"prize_description": PRIZE}}, "giveaway"),
    ],
)
def test_words_that_no_rule_reads_are_told_by_their_name(tmp_path: Path, message: dict[str, Any], name: str) -> None:
    chat = {"type": "message"} if "_" not in message else {"peer_id": {"_": "PeerChannel", "channel_id": 7}}
    given = {"id": 1, "date": "2024-05-01T10:00:00", "from_id": "channel7", **chat, **message}
    path = tmp_path / "result.json"
    path.write_text(json.dumps([given]), "utf-8")
    report = read_source(SourceOptions(path=path)).report
    assert report.roles == {"text_not_read": 1}
    assert f"has text under '{name}" in report.warnings[0]
