"""Fields of a message as Telethon and Pyrogram write them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from toolkit.sources.pieces import Piece
from toolkit.sources.tally import Tally
from toolkit.sources.values import count_or_none, is_nothing, word_or_none
from toolkit.text.markdown import utf16_slice
from toolkit.text.telegram import CUSTOM, PAID

_LINK_TYPES: Final = {"messageentityurl": "url", "url": "url", "messageentitytexturl": "text", "text_link": "text",
                      "texturl": "text"}  # fmt: skip
_NO_MEDIA: Final = frozenset(("webpage", "web_page", "empty", "unsupported"))
_PYROGRAM_MEDIA: Final = ("photo", "video", "animation", "audio", "document", "sticker", "voice", "video_note", "poll",
                          "location", "venue", "contact", "game", "checklist")  # fmt: skip
_NAMED_OTHERWISE: Final = {"todo": "checklist"}
_BLOCK_TYPES: Final = ("blockquote", "expandable_blockquote", "pre")

Message = dict[str, Any]


def _kind_of(entity: dict[str, Any]) -> str:
    given = entity.get("_") or entity.get("type")
    return given.lower().removeprefix("messageentitytype.") if isinstance(given, str) else ""


def _span_of(text: str, entity: dict[str, Any]) -> tuple[int, int] | None:
    """Return offset and length of an entity, in UTF-16 units; None if it has none."""
    offset, length = count_or_none(entity.get("offset")), count_or_none(entity.get("length"))
    return None if offset is None or not length or offset > 2 * len(text) else (offset, length)


def link_of(text: str, entity: dict[str, Any]) -> str | None:
    """Return the address of an entity; None if it is no link."""
    sort = _LINK_TYPES.get(_kind_of(entity))
    if sort is None:
        return None
    if sort == "text":
        return word_or_none(entity.get("url"))
    span = _span_of(text, entity)
    return None if span is None else utf16_slice(text, *span)


def block_parts(text: str, entities: list[dict[str, Any]] | None) -> list[Piece | None]:
    """Return a text in pieces, with None where a quotation or code begins or ends."""
    borders: set[int] = set()
    for entity in entities or ():
        if _kind_of(entity).removeprefix("messageentity") in _BLOCK_TYPES and (span := _span_of(text, entity)):
            borders |= {span[0], span[0] + span[1]}
    if not borders:
        return [Piece(text)]
    units = text.encode("utf-16-le", "surrogatepass")
    cuts = [0, *sorted(at for at in borders if 0 < 2 * at < len(units)), len(units) // 2]
    parts: list[Piece | None] = []
    for start, end in pairwise(cuts):
        parts += [Piece(units[2 * start : 2 * end].decode("utf-16-le", "replace")), None]
    return parts


def forward_of(message: Message) -> str | None:
    """Return where a message was forwarded from: a title, else the number of a channel or group."""
    header = message.get("fwd_from") if isinstance(message.get("fwd_from"), dict) else {}
    origin = message.get("forward_origin") if isinstance(message.get("forward_origin"), dict) else {}
    assert isinstance(header, dict) and isinstance(origin, dict)
    chats = (message.get("forward_from_chat"), origin.get("chat"), origin.get("sender_chat"))
    titles = (chat.get("title") for chat in chats if isinstance(chat, dict))
    peer = header.get("from_id")
    number = (peer.get("channel_id") or peer.get("chat_id")) if isinstance(peer, dict) else None  # a user's is personal
    number = number or header.get("channel_id")  # before 2021
    names = (*titles, message.get("forward_sender_name"), origin.get("sender_user_name"), header.get("from_name"),
             number)  # fmt: skip
    return next(filter(None, map(word_or_none, names)), None)


def reply_of(message: Message, channel: str) -> str | None:
    """Return the post that a message answers, if it is in the same channel."""
    header = message.get("reply_to")
    if isinstance(header, dict):
        answered = None if header.get("reply_to_peer_id") else header.get("reply_to_msg_id")
    else:
        answered = message.get("reply_to_message_id") or message.get("reply_to_msg_id")
    number = word_or_none(answered)
    return f"{channel}/{number}" if number and number != "0" else None


def reactions_of(given: Any, tally: Tally, unit: str) -> list[dict[str, Any]]:
    """Return counts by emoji; paid stars and custom emoji, which are pictures, by their kind."""
    if isinstance(given, dict):
        given = given.get("results") or given.get("reactions")
    counts = []
    for one in given if isinstance(given, list) else ():
        if not isinstance(one, dict) or is_nothing(one.get("count")):
            continue
        count = count_or_none(one["count"])
        if count is None:
            tally.add("has a reaction that cannot be counted", unit)
            continue
        kind = one["reaction"] if isinstance(one.get("reaction"), dict) else one
        is_paid = kind.get("_") == "ReactionPaid" or kind.get("is_paid")
        emoji = PAID if is_paid else word_or_none(kind.get("emoticon")) or word_or_none(kind.get("emoji")) or CUSTOM
        counts.append({"emoji": emoji.replace("\ufe0f", ""), "count": count})
    return counts


def media_of(message: Message) -> list[str]:
    """Return the kind of what is with a message, or the name of a document; link previews are nothing."""
    media = message.get("media")
    if isinstance(media, dict):
        kind = (word_or_none(media.get("_")) or "").removeprefix("MessageMedia").lower()
        document = media.get("document")
        if kind in _NO_MEDIA:
            return []
        return [_document(document) if isinstance(document, dict) else _NAMED_OTHERWISE.get(kind, kind) or "media"]
    if word := word_or_none(media):
        kind = word.removeprefix("MessageMediaType.").lower() if "MediaType" in word else word
        named = message.get("document")
        name = named.get("file_name") if isinstance(named, dict) and kind == "document" else None
        return [] if kind in _NO_MEDIA else [word_or_none(name) or kind]
    return [key for key in _PYROGRAM_MEDIA if isinstance(message.get(key), (dict, list))] or ["media"] * bool(media)


def _document(document: dict[str, Any]) -> str:
    """Return what a document of Telethon is."""
    attributes = document.get("attributes")
    attributes = [one for one in attributes if isinstance(one, dict)] if isinstance(attributes, list) else []
    kinds = {name: one for one in attributes if (name := word_or_none(one.get("_")))}
    for kind, name in (("Sticker", "sticker"), ("Animated", "animation")):
        if f"DocumentAttribute{kind}" in kinds:
            return name
    if (video := kinds.get("DocumentAttributeVideo")) is not None:
        return "video_message" if video.get("round_message") else "video"
    if (audio := kinds.get("DocumentAttributeAudio")) is not None:
        return "voice" if audio.get("voice") else "audio"
    return word_or_none(kinds.get("DocumentAttributeFilename", {}).get("file_name")) or "document"
