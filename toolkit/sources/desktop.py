"""Messages of a Telegram Desktop export -> posts: the same for result.json and messages.html.

Messages are dicts as in result.json; the reader of messages.html writes such dicts, so that both formats give the same
posts. The traps: dates have no offset (newer files have Unix times beside them); an album is several messages of one
second, of which at most one has the text; `reactions.recent` names people and is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from toolkit.sources.message_body import IS_CUT, Body, body_of, put_body
from toolkit.sources.pieces import Piece
from toolkit.sources.rich_text import is_text, rich_pieces
from toolkit.sources.source import Parsed, Row, Source, permalink, shown
from toolkit.sources.tally import Tally
from toolkit.sources.times import local_time
from toolkit.sources.values import count_or_none, is_nothing, word_or_none

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
    "todo_list": "checklist",
}
_BLOCKS: Final = ("blockquote", "pre")  # which clients show as blocks of their own
_KINDS: Final[dict[str, type]] = {  # of members that are worth less than the message
    "text_entities": list,
    "media_type": str,
    "forwarded_from": str,
    "reply_to_message_id": int,
    "reactions": list,
}
_TYPES: Final = ("message", "service", "date_line", "unsupported")
_TEXTS: Final = ("text_entities", "text", "message", "caption")  # the last two of other programs
_BODY: Final = "body"  # key of our own for what `body_of` returns
_NUMBER: Final = re.compile(r"-?\d{1,18}")  # also as a string or 12.0, when it passed through other programs
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
    tally = Tally(source)
    for album in _albums(_checked(source, messages, parsed, tally)):
        role = _role(album)
        parsed.units += len(album)
        for part in album:
            unit = {"message": part["id"], "role": role if part is album[0] or role != "post" else "album_part"}
            parsed.trace.append(unit)
            if part is not album[0]:
                first_of[part["id"]] = album[0]["id"]
        if role != "post":
            continue
        row = _row(source, album, channel, tally)
        row["channel_title"], row["source_format"] = title, format_
        answered = _whole(album).get("reply_to_message_id")
        if answered is not None and "reply_to_peer_id" not in _whole(album):
            row["reply_to"] = f"{channel}/{first_of.get(answered, answered)}"
        parsed.trace[-len(album)]["post"] = row["post_id"]
        yield row
    tally.tell()


def _checked(source: Source, messages: Iterable[Message], parsed: Parsed, tally: Tally) -> Iterator[Message]:
    """Yield the messages with their bodies; broken ones are left out, and noted, as are values of a wrong kind."""
    for number, message in enumerate(messages, 1):
        wrong = _what_is_wrong(message)
        if wrong is not None:
            source.note(f"message {number} {wrong}", unit=f"message {number}")
            parsed.units += 1
            parsed.trace.append({"message": number, "role": "broken"})
            continue
        sound = _without_odd_values(message, tally)
        sound[_BODY] = body_of(sound, _parts(sound))
        kind, unit = _type_of(sound), f"message {message['id']}"
        for name in _body(sound).unread if kind == "message" else ():
            tally.add(f"has text under {name!r}, which no rule reads", unit)
        if kind not in _TYPES and _text_of(sound):
            tally.add(f"has text and the type {shown(kind)}, which no rule reads", unit)
        yield sound


def _what_is_wrong(message: Message) -> str | None:
    if not isinstance(message, dict) or not _NUMBER.fullmatch(word_or_none(message.get("id")) or ""):
        return "has no id"
    text = message.get("text")
    if not is_text(text) and not is_nothing(text):
        return f"has text {shown(text)}, wanted str or list"
    return None


def _without_odd_values(message: Message, tally: Tally) -> Message:
    """Return a message without members that are not of the kind that they should be."""
    sound = {**message, "id": int(word_or_none(message["id"]) or 0)}  # which was checked
    for key, kind in _KINDS.items():
        value = message.get(key)
        if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
            continue
        del sound[key]
        if not is_nothing(value):
            tally.add(f"has a {key} that is no {kind.__name__}", f"message {message['id']}", f": {shown(value)}")
    return sound


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
        _type_of(message) == "message"
        and message["id"] == last["id"] + 1
        and len(album) < _MAX_ALBUM
        and all(message.get(key) == last.get(key) for key in same)
        and all(_media_of(part) and "poll" not in part for part in (last, message))
        and sum(bool(_text_of(part)) for part in (*album, message)) <= 1
    )


def _role(album: list[Message]) -> str:
    """Return post, or why there is none."""
    kind = _type_of(album[0])
    if kind != "message":
        said = kind not in _TYPES and _text_of(album[0])
        return "text_not_read" if said else kind if kind in ("service", "date_line") else "unsupported"
    if any(_text_of(part) for part in album):
        return "post"
    if any(_body(part).unread for part in album):
        return "text_not_read"
    return "media_only" if any(_media_of(part) for part in album) else "no_text"


def _whole(album: list[Message]) -> Message:
    """Return the part that speaks for the album: the one with the text."""
    return next((part for part in album if _text_of(part)), album[0])


# ---------------------------------------------------------------- a message


def _body(message: Message) -> Body:
    body: Body = message[_BODY]
    return body


def _type_of(message: Message) -> str:
    """Return the type of a message; those that other programs wrote into such a list have none."""
    return word_or_none(message.get("type")) or "message"


def _text_of(message: Message) -> str:
    return _body(message).text


def _parts(message: Message) -> Iterator[Piece | None]:
    """Yield the formatted text in pieces: entities where there are any, else the older list or string."""
    given = next((message[key] for key in _TEXTS if message.get(key)), None)
    for item in given if isinstance(given, list) else [given]:
        is_block = isinstance(item, dict) and item.get("type") in _BLOCKS
        if is_block:
            yield None
        yield from rich_pieces(item)
        if is_block:
            yield None


def _media_of(message: Message) -> list[str]:
    media = [name for key, name in _OTHER_MEDIA.items() if message.get(key) is not None]
    if message.get("media_type") or message.get("file"):
        kind = _MEDIA.get(message.get("media_type") or "")
        name = word_or_none(message.get("file_name")) or word_or_none(message.get("file")) or ""
        is_note = name.startswith("(")  # "(File not included. ...)"
        media.append(kind or ("document" if is_note or not name else name.rsplit("/", 1)[-1]))
    return media


def _row(source: Source, album: list[Message], channel: str, tally: Tally) -> Row:
    message = _whole(album)
    date, precision = _time(source, message, "date")
    number = album[0]["id"]
    row: Row = {
        "post_id": f"{channel}/{number}",
        "channel": channel,
        "date": date,
        "date_precision": precision,
        "edited": _time(source, message, "edited")[0],
        "forwarded_from": message.get("forwarded_from"),
        "permalink": permalink(source.channel, number),
        "reactions": next((counts for part in album if (counts := _reactions(part, tally))), []),
        "media": [kind for part in album for kind in _media_of(part)],
        "flags": [*["album"] * (len(album) > 1), *[IS_CUT] * bool(message.get("is_cut"))],
        "source_span": f"message {number}" + (f"-{album[-1]['id']}" if len(album) > 1 else ""),
    }
    put_body(row, _body(message))
    return row


def _time(source: Source, message: Message, key: str) -> tuple[datetime | None, str]:
    """Return date or edit time in UTC: Unix time where there is one, else the exporting machine's clock."""
    unix, clock = message.get(f"{key}_unixtime"), message.get(key)
    try:
        if unix is not None and not isinstance(unix, bool):
            return datetime.fromtimestamp(int(unix), UTC), "utc"
        if (seconds := count_or_none(clock)) is not None:
            return datetime.fromtimestamp(seconds, UTC), "utc"
        if isinstance(clock, str):
            return local_time(datetime.fromisoformat(clock), source.options.timezone)
    except (ValueError, TypeError, OverflowError, OSError):
        unit = f"message {message['id']}"
        source.note(f"{unit} has {key} {shown(unix or clock)}, wanted a time", unit=unit)
    return None, "none"


def _reactions(message: Message, tally: Tally) -> list[dict[str, Any]]:
    """Return counts by emoji; paid stars and custom emoji, which are pictures, by their type."""
    counts = []
    for given in message.get("reactions") or ():
        if not isinstance(given, dict):
            continue
        emoji = word_or_none(given.get("emoji")) or word_or_none(given.get("type"))
        count = count_or_none(given.get("count"))
        if emoji is None or (count is None and not is_nothing(given.get("count"))):
            tally.add("has a reaction that cannot be counted", f"message {message['id']}")
        if emoji is not None:
            counts.append({"emoji": emoji.replace("\ufe0f", ""), "count": count})
    return counts
