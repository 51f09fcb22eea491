"""Fields of a message as Telethon and Pyrogram write them."""

from __future__ import annotations

from typing import Any, Final

from toolkit.text.markdown import utf16_slice
from toolkit.text.telegram import CUSTOM, PAID

_LINK_TYPES: Final = {"messageentityurl": "url", "url": "url", "messageentitytexturl": "text", "text_link": "text",
                      "texturl": "text"}  # fmt: skip
_NO_MEDIA: Final = frozenset(("webpage", "web_page", "empty", "unsupported"))
_PYROGRAM_MEDIA: Final = ("photo", "video", "animation", "audio", "document", "sticker", "voice", "video_note", "poll",
                          "location", "venue", "contact", "game")  # fmt: skip

Message = dict[str, Any]


def link_of(text: str, entity: dict[str, Any]) -> str | None:
    """Return the address of an entity; None if it is no link. Offsets count UTF-16 units."""
    kind = str(entity.get("_") or entity.get("type")).lower().removeprefix("messageentitytype.")
    sort = _LINK_TYPES.get(kind)
    if sort is None:
        return None
    if sort == "text":
        return str(entity["url"]) if entity.get("url") else None
    offset, length = entity.get("offset"), entity.get("length")
    if not (isinstance(offset, int) and isinstance(length, int)) or not 0 <= offset <= 2 * len(text) or length < 1:
        return None
    return utf16_slice(text, offset, length)


def forward_of(message: Message) -> str | None:
    """Return where a message was forwarded from: a title, else the number of a channel or group."""
    header = message.get("fwd_from") if isinstance(message.get("fwd_from"), dict) else {}
    origin = message.get("forward_origin") if isinstance(message.get("forward_origin"), dict) else {}
    assert isinstance(header, dict) and isinstance(origin, dict)
    chats = (message.get("forward_from_chat"), origin.get("chat"), origin.get("sender_chat"))
    titles = (chat.get("title") for chat in chats if isinstance(chat, dict))
    peer = header.get("from_id")
    number = (peer.get("channel_id") or peer.get("chat_id")) if isinstance(peer, dict) else None  # a user's is personal
    names = (*titles, message.get("forward_sender_name"), origin.get("sender_user_name"), header.get("from_name"),
             number)  # fmt: skip
    return next((str(name) for name in names if name), None)


def reply_of(message: Message, channel: str) -> str | None:
    """Return the post that a message answers, if it is in the same channel."""
    header = message.get("reply_to")
    if isinstance(header, dict):
        answered = None if header.get("reply_to_peer_id") else header.get("reply_to_msg_id")
    else:
        answered = message.get("reply_to_message_id") or message.get("reply_to_msg_id")
    return f"{channel}/{answered}" if answered else None


def reactions_of(given: Any) -> list[dict[str, Any]]:
    """Return counts by emoji; paid stars and custom emoji, which are pictures, by their kind."""
    if isinstance(given, dict):
        given = given.get("results") or given.get("reactions")
    counts = []
    for one in given if isinstance(given, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("count"), int):
            continue
        kind = one["reaction"] if isinstance(one.get("reaction"), dict) else one
        is_paid = kind.get("_") == "ReactionPaid" or kind.get("is_paid")
        emoji = PAID if is_paid else str(kind.get("emoticon") or kind.get("emoji") or CUSTOM)
        counts.append({"emoji": emoji.replace("\ufe0f", ""), "count": one["count"]})
    return counts


def media_of(message: Message) -> list[str]:
    """Return the kind of what is with a message, or the name of a document; link previews are nothing."""
    media = message.get("media")
    if isinstance(media, dict):
        kind = str(media.get("_", "")).removeprefix("MessageMedia").lower()
        document = media.get("document")
        return [] if kind in _NO_MEDIA else [_document(document) if isinstance(document, dict) else kind or "media"]
    if media:
        kind = str(media).removeprefix("MessageMediaType.").lower() if "MediaType" in str(media) else str(media)
        named = message.get("document")
        name = named.get("file_name") if isinstance(named, dict) and kind == "document" else None
        return [] if kind in _NO_MEDIA else [str(name or kind)]
    return [key for key in _PYROGRAM_MEDIA if isinstance(message.get(key), dict)]


def _document(document: dict[str, Any]) -> str:
    """Return what a document of Telethon is."""
    attributes = document.get("attributes")
    attributes = [one for one in attributes if isinstance(one, dict)] if isinstance(attributes, list) else []
    kinds = {str(one.get("_", "")): one for one in attributes}
    for kind, name in (("Sticker", "sticker"), ("Animated", "animation")):
        if f"DocumentAttribute{kind}" in kinds:
            return name
    if (video := kinds.get("DocumentAttributeVideo")) is not None:
        return "video_message" if video.get("round_message") else "video"
    if (audio := kinds.get("DocumentAttributeAudio")) is not None:
        return "voice" if audio.get("voice") else "audio"
    return str(kinds.get("DocumentAttributeFilename", {}).get("file_name") or "document")
