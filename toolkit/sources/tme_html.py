"""Read pages of t.me/s/CHANNEL, the preview of a public channel in a browser, as they were saved.

A page has up to twenty posts, with ids, times, reactions and views (the last two rounded). Lost against an export: the
time of an edit, and what only the app shows.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import chain
from typing import Any, Final

from selectolax.lexbor import LexborNode

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
from toolkit.sources.message_body import IS_CUT, put_buttons
from toolkit.sources.pieces import Button, Piece, as_lines, text_of
from toolkit.sources.source import Parsed, Row, Source, shown
from toolkit.sources.tally import Tally
from toolkit.sources.times import local_time
from toolkit.text.telegram import CUSTOM, PAID, find_hashtags, parse_count

# Everything that is looked for in a page. Telegram changes these without notice: mend them here.
_POST: Final = "[data-post]"
_TAG: Final = re.compile(r"<\w[^<>]*?\sdata-post\s*=")
_TEXT: Final = ".js-message_text"  # not .tgme_widget_message_text, which is the quoted post in a reply
_QUESTION: Final = ".tgme_widget_message_poll_question"
_ANSWER: Final = ".tgme_widget_message_poll_option_text"
_BUTTON: Final = ".tgme_widget_message_inline_button"
# How classes begin in which stands no text of the post, or one that is read.
_NO_TEXT: Final = (
    *(f"tgme_widget_message_{name}"
      for name in ("owner", "author", "from", "user", "forwarded", "reply", "footer", "info", "meta", "date", "views",
                   "document", "photo", "video", "roundvideo", "voice", "sticker", "location", "contact",
                   "link_preview", "inline", "reactions", "service", "poll")),
    "tgme_reaction", "message_media_not_supported", "message_video", "media_supported", "time",
)  # fmt: skip
_TITLE: Final = ".tgme_widget_message_owner_name"
_FORWARD: Final = ".tgme_widget_message_forwarded_from_name"
_FORWARD_AUTHOR: Final = ".tgme_widget_message_forwarded_from_author"
_REPLY: Final = "a.tgme_widget_message_reply"
_VIEWS: Final = ".tgme_widget_message_views"
_TIME: Final = ".tgme_widget_message_date time[datetime]"
_REACTION: Final = ".tgme_reaction"
_PARTS: Final = ".grouped_media_wrap"
_DOCUMENT: Final = ".tgme_widget_message_document_title"
_NO_MEDIA: Final = ".message_media_not_supported_wrap"
_SUPPORTED: Final = ".media_supported_cont"
_META: Final = ".tgme_widget_message_meta"
_EDITED: Final = re.compile(r"\b(?:edited|изменено)\b")  # beside the time; a page does not say when
_MEDIA: Final = (
    (".tgme_widget_message_photo_wrap", "photo"),
    (".tgme_widget_message_video_player", "video"),
    (".tgme_widget_message_roundvideo_player", "video_message"),
    (".tgme_widget_message_voice_player", "voice"),
    (".tgme_widget_message_sticker_wrap", "sticker"),
    (".tgme_widget_message_poll", "poll"),
    (".tgme_widget_message_location_wrap", "location"),
    (".tgme_widget_message_contact_wrap", "contact"),
    (".tgme_widget_message_invoice", "invoice"),
    (".tgme_widget_message_game", "game"),
)
_SCHEMES: Final = ("", "http://", "https://")  # of which a page adds one where the post has none
_SEARCH: Final = "?q=%23"  # how a page links a hashtag


def recognises(source: Source) -> bool:
    """Tell whether it is a page with posts of t.me."""
    head = source.head_text
    return "data-post=" in head and "tgme_widget_message" in head


def read(source: Source) -> Parsed:
    """Read the posts of a page.

    Raises:
        SourceError: if no post has a text although some have media: then Telegram has changed its pages.
    """
    tally = Tally(source)
    blocks = chain.from_iterable(own_blocks(page.css(_POST)) for page in page_parts(source, _TAG))
    found = [_read_block(source, block, tally) for block in blocks]
    is_cut = is_cut_off(source.text) and is_left_open(
        source.text, source.text.rfind("<", 0, source.text.rfind("data-post="))
    )
    if is_cut_off(source.text):
        source.note(f"ends without </html>: it was cut off {'in the middle of' if is_cut else 'after'} its last post")
    tally.tell()
    if is_cut and found and found[-1][0] is not None:
        found[-1][0]["flags"].append(IS_CUT)
    if not any(has_text for *_, has_text in found):
        raise source.error(
            f"has {len(found)} posts and no text in any: Telegram may have changed its pages",
            fix="Export the channel from Telegram Desktop, and report the page to us",
        )
    return Parsed([row for row, *_ in found if row], "messages", len(found), [unit for _, unit, _ in found])


def _read_block(source: Source, block: LexborNode, tally: Tally) -> tuple[Row | None, dict[str, Any], bool]:
    """Return a post, if it is one, what became of it, and whether there is text where posts have it."""
    has_text = block.css_first(_TEXT) is not None
    name = _id_of(source, block)
    if name is None:
        return None, {"message": attribute(block, "data-post"), "role": "broken"}, has_text
    handle, number = name
    body = _body(block)
    role, unread = _role(block, body), {}
    if role in ("media_only", "no_text") and (unread := unread_parts(block, _NO_TEXT)):
        role = "text_not_read"
    for key in unread:
        tally.add(f"has text in {key!r}, which no rule reads", f"message {number}")
    unit: dict[str, Any] = {"message": number, "role": role}
    if role != "post":
        return None, unit, has_text
    row = _row(source, block, body, handle, number, tally)
    return row, {**unit, "post": row["post_id"]}, has_text


def _body(block: LexborNode) -> list[Piece]:
    """Return the text of a post, its question and the answers."""
    # A page may show a text twice, for browsers that can play what is with it and for those that cannot.
    body = next((node for node in block.css(_TEXT) if line_of(node)), None)
    nodes = [node for node in (body, block.css_first(_QUESTION), *block.css(_ANSWER)) if node is not None]
    lines = [pieces_of(node, has_own_breaks=False) for node in nodes]
    return as_lines(lines) if len(lines) > 1 else lines[0] if lines else []


def _id_of(source: Source, block: LexborNode) -> tuple[str, int] | None:
    """Return handle and number of a post; an album's is the lowest of its parts, as in exports. None: it is broken."""
    name = attribute(block, "data-post") or ""
    found = re.fullmatch(r"([\w-]+)/(\d+)", name)
    if found is None:
        source.note(f"has a post with the id {shown(name)}, wanted CHANNEL/NUMBER", unit=name)
        return None
    parts = [attribute(part, "href") or "" for part in block.css(_PARTS)]
    same = (re.search(rf"t\.me/{re.escape(found[1])}/(\d+)\?single", part) for part in parts)
    return source.channel or found[1], min(int(found[2]), *(int(part[1]) for part in same if part), int(found[2]))


def _role(block: LexborNode, body: list[Piece]) -> str:
    """Return post, or why there is none."""
    if "service_message" in classes(block):
        return "service"
    if body:
        return "post"
    if _media(block):
        return "media_only"
    return "unsupported" if block.css_first(_NO_MEDIA) is not None else "no_text"


def _row(source: Source, block: LexborNode, pieces: list[Piece], handle: str, number: int, tally: Tally) -> Row:
    text = text_of(pieces)
    buttons = [Button(line_of(node), attribute(node, "href") or None) for node in block.css(_BUTTON)]
    views = line_of(block.css_first(_VIEWS))
    if views and _count(views) is None:
        tally.add("has views that are no count", f"message {number}", f": {shown(views)}")
    media = _media(block)
    flags = ["album"] if len(block.css(_PARTS)) > 1 else []
    if block.css_first(_NO_MEDIA) is not None and block.css_first(_SUPPORTED) is None and not media:
        flags.append("media_not_shown")
    if _EDITED.search(line_of(block.css_first(_META))):
        flags.append("edited")
    date, precision = _time(source, block, number)
    row: Row = {
        "post_id": f"{handle}/{number}",
        "channel": handle,
        "channel_title": line_of(block.css_first(_TITLE)) or None,
        "date": date,
        "date_precision": precision,
        "text": text,
        "text_raw": text,
        "forwarded_from": _forward(block),
        "reply_to": _reply(block, handle),
        "permalink": f"https://t.me/{handle}/{number}",
        "reactions": [_reaction(node) for node in block.css(_REACTION)],
        "views": _count(views),
        "urls": [url for piece in pieces if (url := _url(piece))],
        "hashtags": [piece.text for piece in pieces if (piece.href or "").startswith(_SEARCH)] or find_hashtags(text),
        "media": media,
        "flags": flags,
        "source_format": "tme_html",
        "source_span": f"message {number}",
    }
    put_buttons(row, buttons)
    return row


def _url(piece: Piece) -> str | None:
    """Return the address that a piece links to, as shown if it is shown; None for hashtags, mentions and mail."""
    href = piece.href
    if not href or href.startswith(("?", "mailto:", "tel:")) or piece.text.startswith("@"):
        return None
    return piece.text if href.rstrip("/") in (f"{way}{piece.text.rstrip('/')}" for way in _SCHEMES) else href


def _time(source: Source, block: LexborNode, number: int) -> tuple[datetime | None, str]:
    value = attribute(block.css_first(_TIME), "datetime")
    try:
        return (None, "none") if not value else local_time(datetime.fromisoformat(value), source.options.timezone)
    except ValueError:
        source.note(f"message {number} has the time {shown(value)}, wanted ISO 8601", unit=f"message {number}")
        return None, "none"


def _forward(block: LexborNode) -> str | None:
    name, author = line_of(block.css_first(_FORWARD)), line_of(block.css_first(_FORWARD_AUTHOR))
    return f"{name} ({author})" if name and author else name or None


def _reply(block: LexborNode, handle: str) -> str | None:
    """Return the post that a reply answers, if it is of the same channel."""
    address = attribute(block.css_first(_REPLY), "href") or ""
    own = (attribute(block, "data-post") or "").split("/")[0]
    found = re.search(rf"t\.me/{re.escape(own)}/(\d+)(?:[?#].*)?$", address)
    return f"{handle}/{found[1]}" if found else None


def _reaction(node: LexborNode) -> dict[str, Any]:
    """Return a reaction; paid stars and custom emoji have no character."""
    emoji = line_of(node.css_first("i.emoji b")).replace("\ufe0f", "")
    own = "".join(child.text(deep=False) for child in node.iter(include_text=True) if child.tag == "-text")
    kind = PAID if "tgme_reaction_paid" in classes(node) else emoji or CUSTOM
    return {"emoji": CUSTOM if node.css_first("tg-emoji") is not None else kind, "count": _count(own.strip())}


def _count(shown: str) -> int | None:
    return parse_count(shown) if re.fullmatch(r"\d{1,12}(?:[.,]\d{1,12})?[KMkm]?", shown) else None


def _media(block: LexborNode) -> list[str]:
    media = [kind for query, kind in _MEDIA for _ in block.css(query)]
    return media + [line_of(node) for node in block.css(_DOCUMENT)]
