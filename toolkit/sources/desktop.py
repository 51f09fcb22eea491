"""Messages of a Telegram Desktop export -> posts: the same for result.json and messages.html.

Messages are dicts as in result.json; the reader of messages.html writes such dicts, so that both formats give the same
posts. The traps: dates have no offset (newer files have Unix times beside them); an album is several messages of one
second, of which at most one has the text; `reactions.recent` names people and is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import NoneType
from typing import Any, Final

from toolkit.sources.source import Parsed, Row, Source, permalink, shown
from toolkit.sources.times import local_time
from toolkit.text.pieces import text_pieces

_MEDIA: Final = {
    "video_file": "video",
    "video_message": "video_message",
    "voice_message": "voice",
    "audio_file": "audio",
    "animation": "animation",
    "sticker": "sticker",
}
_OTHER_MEDIA: Final = {
    "photo": "photo",
    "poll": "poll",
    "location_information": "location",
    "contact_information": "contact",
    "game_title": "game",
    "invoice_information": "invoice",
    "giveaway_information": "giveaway",
}
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "text": (str, list),
    "text_entities": (list,),
    "media_type": (str,),
    "forwarded_from": (str,),
    "reply_to_message_id": (int,),
    "reactions": (list,),
}
_MAX_ALBUM: Final = 10  # Telegram's limit
# Said of what is no channel: a page of an export does not tell groups from chats of two people.
GROUP: Final = (
    "has messages of several authors: this looks like a group or a private chat; personal messages need their authors' "
    "consent"
)

Message = dict[str, Any]


def posts_of(
    source: Source, messages: Iterable[Message], channel: str, title: str | None, format_: str, parsed: Parsed
) -> Iterator[Row]:
    """Yield the posts of messages in their order; `parsed` is told of every message.

    Args:
        source: where they are from.
        messages: as in result.json; checked here, broken ones are noted.
        channel: the channel's handle, number or other name.
        title: of the channel.
        format_: name of the reader.
        parsed: its trace and units grow.

    Raises:
        OptionError: if the time zone is unknown.
    """
    first_of: dict[int, int] = {}  # part of an album -> the message that its post is named by
    for album in _albums(_checked(source, messages, parsed)):
        role = _role(album)
        parsed.units += len(album)
        for part in album:
            unit = {"message": part["id"], "role": role if part is album[0] or role != "post" else "album_part"}
            parsed.trace.append(unit)
            if part is not album[0]:
                first_of[part["id"]] = album[0]["id"]
        if role != "post":
            continue
        row = _row(source, album, channel)
        row["channel_title"], row["source_format"] = title, format_
        answered = _whole(album).get("reply_to_message_id")
        if answered is not None and "reply_to_peer_id" not in _whole(album):
            row["reply_to"] = f"{channel}/{first_of.get(answered, answered)}"
        parsed.trace[-len(album)]["post"] = row["post_id"]
        yield row


def _checked(source: Source, messages: Iterable[Message], parsed: Parsed) -> Iterator[Message]:
    """Yield the messages; broken ones are left out, and noted."""
    for number, message in enumerate(messages, 1):
        wrong = _what_is_wrong(message)
        if wrong is None:
            yield message
            continue
        source.note(f"message {number} {wrong}", unit=f"message {number}")
        parsed.units += 1
        parsed.trace.append({"message": number, "role": "broken"})


def _what_is_wrong(message: Message) -> str | None:
    if not isinstance(message, dict) or not isinstance(message.get("id"), int):
        return "has no id"
    for key, kinds in _KINDS.items():
        if not isinstance(message.get(key), (*kinds, NoneType)):
            return f"has {key} {shown(message[key])}, wanted {' or '.join(k.__name__ for k in kinds)}"
    return None


# ---------------------------------------------------------------- albums


def _albums(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Join messages that are parts of one album; a message of its own is an album of one."""
    album: list[Message] = []
    for message in messages:
        if album and not _continues(album, message):
            yield album
            album = []
        album.append(message)
    if album:
        yield album


def _continues(album: list[Message], message: Message) -> bool:
    last = album[-1]
    same = ("date", "date_unixtime", "from_id", "forwarded_from", "reply_to_message_id", "type")
    return (
        message.get("type") == "message"
        and message["id"] == last["id"] + 1
        and len(album) < _MAX_ALBUM
        and all(message.get(key) == last.get(key) for key in same)
        and all(_media_of(part) and "poll" not in part for part in (last, message))
        and sum(bool(_text_of(part).strip()) for part in (*album, message)) <= 1
    )


def _role(album: list[Message]) -> str:
    """Return post, or why there is none."""
    kind = album[0].get("type")
    if kind != "message":
        return str(kind) if kind in ("service", "date_line") else "unsupported"
    if any(_text_of(part).strip() for part in album):
        return "post"
    return "media_only" if any(_media_of(part) for part in album) else "no_text"


def _whole(album: list[Message]) -> Message:
    """Return the part that speaks for the album: the one with the text."""
    return next((part for part in album if _text_of(part).strip()), album[0])


# ---------------------------------------------------------------- a message


def _text_of(message: Message) -> str:
    return "".join(piece["text"] for piece in _pieces(message))


def _pieces(message: Message) -> list[dict[str, Any]]:
    """Return the text as pieces with a type: entities where there are any, else the older list or string."""
    return text_pieces(message.get("text_entities") or message.get("text") or [])


def _media_of(message: Message) -> list[str]:
    media = [name for key, name in _OTHER_MEDIA.items() if message.get(key) is not None]
    if message.get("media_type") or message.get("file"):
        kind = _MEDIA.get(message.get("media_type", ""))
        name = str(message.get("file_name") or message.get("file") or "")
        is_note = name.startswith("(")  # "(File not included. ...)"
        media.append(kind or ("document" if is_note or not name else name.rsplit("/", 1)[-1]))
    return media


def _row(source: Source, album: list[Message], channel: str) -> Row:
    message = _whole(album)
    text = _text_of(message)
    date, precision = _time(source, message, "date")
    number = album[0]["id"]
    row: Row = {
        "post_id": f"{channel}/{number}",
        "channel": channel,
        "date": date,
        "date_precision": precision,
        "edited": _time(source, message, "edited")[0],
        "text": text,
        "forwarded_from": message.get("forwarded_from"),
        "permalink": permalink(source.channel, number),
        "reactions": next((counts for part in album if (counts := _reactions(part))), []),
        "media": [kind for part in album for kind in _media_of(part)],
        "flags": ["album"] if len(album) > 1 else [],
        "source_span": f"message {number}" + (f"-{album[-1]['id']}" if len(album) > 1 else ""),
    }
    pieces = _pieces(message)
    if any(piece.get("type") != "plain" for piece in pieces):
        row["urls"] = [str(p.get("href") or p["text"]) for p in pieces if p.get("type") in ("link", "text_link")]
        row["hashtags"] = [p["text"] for p in pieces if p.get("type") == "hashtag"]
    return row


def _time(source: Source, message: Message, key: str) -> tuple[datetime | None, str]:
    """Return date or edit time in UTC: Unix time where there is one, else the exporting machine's clock."""
    unix, clock = message.get(f"{key}_unixtime"), message.get(key)
    try:
        if unix is not None:
            return datetime.fromtimestamp(int(unix), UTC), "utc"
        if isinstance(clock, str):
            return local_time(datetime.fromisoformat(clock), source.options.timezone)
    except (ValueError, TypeError, OverflowError, OSError):
        unit = f"message {message['id']}"
        source.note(f"{unit} has {key} {shown(unix or clock)}, wanted a time", unit=unit)
    return None, "none"


def _reactions(message: Message) -> list[dict[str, Any]]:
    """Return counts by emoji; paid stars and custom emoji, which are pictures, by their type."""
    return [
        {"emoji": str(given.get("emoji") or given.get("type")).replace("\ufe0f", ""), "count": given.get("count")}
        for given in message.get("reactions") or ()
        if isinstance(given, dict)
    ]
