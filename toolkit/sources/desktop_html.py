"""Read messages.html, which Telegram Desktop writes for "Export chat history" in HTML.

A chat is messages.html, messages2.html, ...: name the folder. The page has neither the channel's number nor its handle,
so its title stands in for them: name the channel to get the ids that other formats of it have. Messages become dicts as
in result.json, see `desktop`. Lost against JSON: edit times, and who clicked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any, Final

from selectolax.lexbor import LexborNode

from toolkit.sources.desktop import GROUP, Message, posts_of
from toolkit.sources.html import (
    attribute,
    classes,
    is_cut_off,
    is_left_open,
    line_of,
    own_blocks,
    page_parts,
    pieces_of,
    unread_parts,
)
from toolkit.sources.pieces import Piece, as_lines, text_of
from toolkit.sources.source import Parsed, Row, Source, shown

# Everything that is looked for in a page; it changes with versions of Telegram Desktop.
_MESSAGE: Final = '[id^="message"], div.message'  # wherever it stands: pages are joined and edited by hand
_ID: Final = re.compile(r"message(-?\d{1,18})")
_TITLE: Final = ".page_header .text"
_DATE: Final = ".date.details[title]"
_REPLY: Final = ".reply_to a[href]"
_FORWARD: Final = ".forwarded.body"
_REACTION: Final = ".reactions .reaction"
_NO_BODY: Final = (
    "media",
    "reply_to",
    "page_header",
    "text",
)  # how classes begin in which stands no text of the message
_NO_TEXT: Final = (
    *_NO_BODY,
    "from_name",
    "date",
    "userpic",
    "initials",
    "signature",
    "reaction",
    "bot_button",
    "details",
)
_ASKED: Final = ".media_wrap .question"
_ANSWER: Final = ".media_wrap .answer"
_BUTTON: Final = ".bot_button"
_MEDIA: Final[dict[str, tuple[str, Any]]] = {  # class -> key and value of result.json; file names come from the title
    "photo_wrap": ("photo", "photo"),
    "video_file_wrap": ("media_type", "video_file"),
    "animated_wrap": ("media_type", "animation"),
    "sticker_wrap": ("media_type", "sticker"),
    "media_voice_message": ("media_type", "voice_message"),
    "media_audio_file": ("media_type", "audio_file"),
    "media_poll": ("poll", {}),
    "media_location": ("location_information", {}),
    "media_live_location": ("location_information", {}),
    "media_venue": ("location_information", {}),
    "media_contact": ("contact_information", {}),
    "media_game": ("game_title", ""),
    "media_invoice": ("invoice_information", {}),
    "media_giveaway": ("giveaway_information", {}),
}
_TITLED: Final[dict[str, tuple[str, Any]]] = {  # title of a media block whose class says less
    "Sticker": ("media_type", "sticker"),
    "Animation": ("media_type", "animation"),
    "Video message": ("media_type", "video_message"),
    "Video file": ("media_type", "video_file"),
    "Photo": ("photo", "photo"),
}
_ONCLICK: Final = {"ShowHashtag": "hashtag", "ShowCashtag": "cashtag", "ShowBotCommand": "bot_command",
                   "ShowMentionName": "mention_name", "ShowTextLink": "text_link"}  # fmt: skip
_TAG: Final = re.compile(r"<\w++(?=[^<>]*\sclass=[\"']?message\b)[^<>]*\sid=[\"']?message-?\d+(?=[\"'\s>])")
_CLOCK: Final = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4}) (\d\d?:\d\d:\d\d)(?: UTC([+-]\d\d:\d\d))?")


def recognises(source: Source) -> bool:
    """Tell whether it is a page with messages of an export."""
    head = source.head_text
    if "<" not in head[:200]:
        return False
    return _TAG.search(head) is not None or ('class="history"' in head and 'class="page_' in head)


def read(source: Source) -> Parsed:
    """Read the posts of a page, or of several that were joined, which may be of several chats.

    Raises:
        SourceError: if it has no messages.
        OptionError: if the time zone is unknown.
    """
    found = _messages(source)
    starts = [tag.start() for tag in _TAG.finditer(source.text)]
    if not found and not starts:
        raise source.error("is a page of an export without messages", fix="Export the chat again")
    if found and is_cut_off(source.text):
        _, last = found[-1]
        last["is_cut"] = bool(starts) and is_left_open(source.text, starts[-1])
        where = "in the middle of" if last["is_cut"] else "after"
        source.note(f"ends without </html>: it was cut off {where} message {last.get('id', 'without an id')}")
    parsed = Parsed((), "messages")
    chats = groupby(found, key=lambda pair: pair[0])
    parsed.rows = chain.from_iterable(_rows(source, title, same, parsed) for title, same in chats)
    return parsed


def _rows(
    source: Source, title: str | None, found: Iterable[tuple[str | None, Message]], parsed: Parsed
) -> Iterator[Row]:
    channel = source.channel or title or source.file_channel
    return posts_of(source, (message for _, message in found), channel, title, "desktop_html", parsed)


def _messages(source: Source) -> list[tuple[str | None, Message]]:
    """Return the messages as result.json has them, each with the title of its chat; one without an id is empty."""
    title: str | None = None
    titles: list[str | None] = []
    messages: list[Message] = []
    for page in page_parts(source, _TAG):
        blocks: list[LexborNode] = []
        for node in page.css(f"{_TITLE}, {_MESSAGE}"):
            if blocks and blocks[-1].mem_id == node.mem_id:
                continue  # it was found as both
            if "message" in classes(node) or _ID.fullmatch(attribute(node, "id") or ""):
                blocks.append(node)
                titles.append(title)
            elif "text" in classes(node):
                title = line_of(node) or title
        messages += (_message(source, block) for block in own_blocks(blocks))
    _fill_joined(source, messages)
    return list(zip(titles, messages, strict=True))


def _fill_joined(source: Source, messages: list[Message]) -> None:
    """Give messages that are joined to the one above what the page does not repeat."""
    above: Message = {}
    authors: set[str] = set()
    for message in messages:
        if message.get("type") != "message":
            continue
        if message.pop("is_joined") and message["id"] > above.get("id", message["id"]):
            message.setdefault("from_id", above.get("from_id"))
            if message.get("is_forward"):
                message.setdefault("forwarded_from", above.get("forwarded_from"))
        above = message
        authors |= {message["from_id"]} if message.get("from_id") else set()
    if len(authors) > 1:
        source.note(GROUP)


def _message(source: Source, block: LexborNode) -> Message:
    found = _ID.fullmatch(attribute(block, "id") or "")
    if found is None:
        return {}
    number = int(found[1])
    if "service" in classes(block):
        # Lines between days have negative numbers, which is how they differ from what happened in the channel.
        return {"id": number, "type": "date_line" if number < 0 else "service"}
    message: Message = {"id": number, "type": "message", "is_joined": "joined" in classes(block)}
    date = attribute(block.css_first(_DATE), "title")
    if date is not None:
        message["date"] = _iso(source, number, date)
    name, texts = None, []
    for node in block.css(".from_name, .text"):
        if any(kind.startswith(_NO_BODY) for parent in _parents(node, block) for kind in classes(parent)):
            continue
        if "text" in classes(node):
            texts.append(node)
        elif any("forwarded" in classes(parent) for parent in _parents(node, block)):
            message["forwarded_from"] = _name(node)
        else:
            name = name or node
    message["is_forward"] = block.css_first(_FORWARD) is not None
    if name is not None:
        message["from_id"] = _name(name)
    lines = as_lines(pieces_of(text, has_own_breaks=True) for text in texts)  # several, if somebody edited the page
    message["text_entities"] = [_entity(piece) for piece in lines]
    answered = re.search(r"^#go_to_message(\d+)|messages\d*\.html#go_to_message(\d+)",
                         attribute(block.css_first(_REPLY), "href") or "")  # fmt: skip
    if answered:
        message["reply_to_message_id"] = int(answered[1] or answered[2])
    message["reactions"] = [_reaction(node) for node in block.css(_REACTION)]
    message["inline_bot_buttons"] = [_button(node) for node in block.css(_BUTTON)]
    message.update(_media(block))
    if not texts:
        message.update(unread_parts(block, _NO_TEXT))
    return message


def _button(node: LexborNode) -> Message:
    address = attribute(node.css_first("a[href]"), "href") or ""
    return {"type": "url" if address else "callback", "text": line_of(node), "data": address}


def _asked(block: LexborNode) -> Message | None:
    """Return a poll or a list of tasks; None if there is none."""
    question = block.css_first(_ASKED)
    if question is None:
        return None
    answers = []
    for node in block.css(_ANSWER):
        for count in node.css(".details"):
            count.decompose()
        answers.append({"text": _words(node).removeprefix("- ")})
    return {"question": _words(question), "answers": answers}


def _words(node: LexborNode) -> str:
    return text_of(pieces_of(node, has_own_breaks=True))


def _parents(node: LexborNode, top: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements around an element, inside the message."""
    parent = node.parent
    while parent is not None and parent.mem_id != top.mem_id:
        yield parent
        parent = parent.parent


def _name(node: LexborNode) -> str:
    """Return a sender's name, without the date and the bot that stand beside it."""
    own = [child.text(deep=True) for child in node.iter(include_text=True) if "details" not in _classes_of(child)]
    return " ".join("".join(own).split())


def _classes_of(node: LexborNode) -> list[str]:
    return [] if node.tag == "-text" else classes(node)


def _iso(source: Source, number: int, date: str) -> str | None:
    """Return "14.10.2025 20:43:18 UTC+03:00" in ISO 8601; older files have no offset."""
    found = _CLOCK.fullmatch(date.strip())
    if found is None:
        unit = f"message {number}"
        source.note(f"{unit} has the date {shown(date)}, wanted one such as 14.10.2025 20:43:18 UTC+03:00", unit=unit)
        return None
    day, month, year, clock, offset = found.groups()
    return f"{year}-{int(month):02}-{int(day):02}T{clock.zfill(8)}{offset or ''}"


def _entity(piece: Piece) -> dict[str, Any]:
    """Return a piece of text as result.json has it."""
    if piece.href is None:
        return {"type": "plain", "text": piece.text}
    script = piece.onclick.replace("return", "").strip().split("(")[0]
    kind = _ONCLICK.get(script)
    if kind is None and piece.href.startswith(("mailto:", "tel:")):
        kind = "email" if piece.href.startswith("mailto:") else "phone"
    if kind is None and re.fullmatch(r"@\w+", piece.text):
        kind = "mention"
    if kind is None:
        kind = "link" if piece.href == piece.text else "text_link"
    return {"type": kind, "text": piece.text, **({"href": piece.href} if kind == "text_link" else {})}


def _reaction(node: LexborNode) -> dict[str, Any]:
    """Return a reaction; where few clicked, the page shows who, instead of a number."""
    emoji, count = node.css_first(".emoji"), line_of(node.css_first(".count"))
    number = int(count) if count.isdecimal() and len(count) < 19 else len(node.css(".userpic"))
    if "paid" in classes(node):
        return {"type": "paid", "count": number}
    if emoji is None or emoji.css_first("a, img") is not None or not line_of(emoji):
        return {"type": "custom_emoji", "count": number}
    return {"type": "emoji", "emoji": line_of(emoji), "count": number}


def _media(block: LexborNode) -> Message:
    wrap = block.css_first(".media_wrap")
    if wrap is None:
        return {}
    if (asked := _asked(block)) is not None:
        return {"poll": asked}
    node = block.css_first(".media_wrap > a, .media_wrap > div")
    if node is None:
        return {}
    kinds = classes(node)
    title = line_of(wrap.css_first(".title"))
    key, value = _TITLED.get(title, ("", "")) if "media" in kinds else ("", "")
    if not key:
        key, value = next((_MEDIA[kind] for kind in kinds if kind in _MEDIA), ("file", ""))
    if key == "file":
        return {"file": title or "(a file)"}
    return {key: value, **({"file": "("} if key == "media_type" else {})}
