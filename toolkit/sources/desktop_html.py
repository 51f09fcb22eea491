"""Read messages.html, which Telegram Desktop writes for "Export chat history" in HTML.

A chat is messages.html, messages2.html, ...: name the folder. The page has neither the channel's number nor its handle,
so its title stands in for them: name the channel to get the ids that other formats of it have. Messages become dicts as
in result.json, see `desktop`. Lost against JSON: edit times, and who clicked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from toolkit.sources.desktop import GROUP, Message, posts_of
from toolkit.sources.html import Piece, attribute, classes, line_of, parse_html, pieces_of
from toolkit.sources.source import Parsed, Source, shown

# Everything that is looked for in a page; it changes with versions of Telegram Desktop.
_MESSAGE: Final = "div.history > div.message"
_TITLE: Final = ".page_header .text"
_DATE: Final = ".date.details[title]"
_REPLY: Final = ".reply_to a[href]"
_FORWARD: Final = ".forwarded.body"
_REACTION: Final = ".reactions .reaction"
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
_CLOCK: Final = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4}) (\d\d?:\d\d:\d\d)(?: UTC([+-]\d\d:\d\d))?")


def recognises(source: Source) -> bool:
    """Tell whether it is a page with messages of an export."""
    head = source.head_text
    return "<" in head[:200] and 'class="history"' in head and 'class="page_' in head


def read(source: Source) -> Parsed:
    """Read the posts of a page.

    Raises:
        SourceError: if it has no messages.
        OptionError: if the time zone is unknown.
    """
    page = parse_html(source.text)
    title = line_of(page.css_first(_TITLE)) or None
    channel = source.channel or title or source.file_channel
    blocks = page.css(_MESSAGE)
    if not blocks:
        raise source.error("is a page of an export without messages", fix="Export the chat again")
    parsed = Parsed((), "messages")
    parsed.rows = posts_of(source, _messages(source, page), channel, title, "desktop_html", parsed)
    return parsed


def _messages(source: Source, page: LexborHTMLParser) -> Iterator[Message]:
    """Yield the messages as result.json has them; one without an id is empty."""
    sender = forward = None
    authors: set[str] = set()
    for block in page.css(_MESSAGE):
        found = re.fullmatch(r"message(-?\d+)", attribute(block, "id") or "")
        if found is None:
            yield {}
            continue
        kinds = classes(block)
        if "service" in kinds:
            # Lines between days have negative numbers, which is how they differ from what happened in the channel.
            yield {"id": int(found[1]), "type": "date_line" if found[1].startswith("-") else "service"}
            continue
        message = _message(source, block, int(found[1]))
        if "joined" in kinds:  # the page does not repeat what the message above it says
            message.setdefault("from_id", sender)
            if block.css_first(_FORWARD) is not None:
                message.setdefault("forwarded_from", forward)
        sender, forward = message.get("from_id"), message.get("forwarded_from")
        if sender:
            authors.add(sender)
        yield message
    if len(authors) > 1:
        source.note(GROUP)


def _message(source: Source, block: LexborNode, number: int) -> Message:
    message: Message = {"id": number, "type": "message"}
    date = attribute(block.css_first(_DATE), "title")
    if date is not None:
        message["date"] = _iso(source, number, date)
    name, text = None, None
    for node in block.css(".from_name, .text"):
        if any("media" in kind or kind == "reply_to" for parent in _parents(node, block) for kind in classes(parent)):
            continue
        if "text" in classes(node):
            text = text or node
        elif any("forwarded" in classes(parent) for parent in _parents(node, block)):
            message["forwarded_from"] = _name(node)
        else:
            name = name or node
    if name is not None:
        message["from_id"] = _name(name)
    if text is not None:
        message["text_entities"] = [_entity(piece) for piece in pieces_of(text, has_blocks=False)]
    answered = re.search(r"^#go_to_message(\d+)|messages\d*\.html#go_to_message(\d+)",
                         attribute(block.css_first(_REPLY), "href") or "")  # fmt: skip
    if answered:
        message["reply_to_message_id"] = int(answered[1] or answered[2])
    message["reactions"] = [_reaction(node) for node in block.css(_REACTION)]
    message.update(_media(block))
    return message


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
    number = int(count) if count.isdecimal() else len(node.css(".userpic"))
    if "paid" in classes(node):
        return {"type": "paid", "count": number}
    if emoji is None or emoji.css_first("a, img") is not None or not line_of(emoji):
        return {"type": "custom_emoji", "count": number}
    return {"type": "emoji", "emoji": line_of(emoji), "count": number}


def _media(block: LexborNode) -> Message:
    wrap = block.css_first(".media_wrap")
    if wrap is None:
        return {}
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
