"""Read result.json, which Telegram Desktop writes for "Export chat history" in JSON.

Its traps: control characters are escaped as \\x0B, which is no JSON; dates have no offset (newer files have Unix times
beside them); an album is several messages of one second, of which at most one has the text; `reactions.recent` names
people and is not read; an export of a whole account has contacts, telephone numbers and sessions in it and is refused.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import NoneType
from typing import Any, Final

from toolkit.sources import Parsed, Source, load_json, local_time

_BAD_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")
_ACCOUNT_KEYS: Final = ("chats", "left_chats", "contacts", "personal_information", "sessions")
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

Message = dict[str, Any]


def recognises(source: Source) -> bool:
    """Tell whether the text is JSON, whole or broken."""
    return source.text is not None and source.text.lstrip()[:1] in ("{", "[")


def read(source: Source) -> Parsed:
    """Read the posts of one chat.

    Raises:
        SourceError: if it is no valid JSON, no export of one chat, or an export of a whole account.
        OptionError: if the time zone is unknown.
    """
    export = _load(source)
    title = export.get("name")
    handle, channel = source.channel, source.channel or str(export.get("id") or source.file_channel)
    messages = _messages(source, export)
    albums = _albums(messages)
    posts_of = {part["id"]: album[0]["id"] for album in albums for part in album}
    rows: list[dict[str, Any]] = []
    trace: list[dict[str, Any]] = []
    for album in albums:
        role = _role(album)
        for part in album:
            trace.append({"message": part["id"], "role": role if part is album[0] or role != "post" else "album_part"})
        if role != "post":
            continue
        row = _row(source, album, channel)
        row["channel_title"] = None if title is None else str(title)
        row["permalink"] = f"https://t.me/{handle}/{album[0]['id']}" if handle and not handle.isdigit() else None
        answered = _whole(album).get("reply_to_message_id")
        if answered is not None and "reply_to_peer_id" not in _whole(album):
            row["reply_to"] = f"{channel}/{posts_of.get(answered, answered)}"
        trace[-len(album)]["post"] = row["post_id"]
        rows.append(row)
    return Parsed(rows, "messages", len(messages), trace, {})


# ---------------------------------------------------------------- the file


def _load(source: Source) -> dict[str, Any]:
    """Return the root object of an export of one chat."""
    export: dict[str, Any] | list[Any] = _parse_json(source)
    if isinstance(export, list):
        raise source.error(
            "is a bare JSON array, wanted Telegram Desktop's result.json, an object with messages",
            fix="Export the chat from Telegram Desktop as JSON, or write one JSON object a line",
        )
    if any(key in export for key in _ACCOUNT_KEYS):
        raise source.error(
            "is an export of a whole Telegram account: it holds contacts, telephone numbers, sessions and private "
            "chats, which have no place in a dataset",
            fix='Open the channel in Telegram Desktop and use "Export chat history", format JSON',
        )
    if not isinstance(export.get("messages"), list):
        raise source.error(
            f"has no list of messages; its keys are {', '.join(map(str, list(export)[:8])) or 'none'}",
            fix="Export the chat from Telegram Desktop as JSON",
        )
    return export


def _parse_json(source: Source) -> Any:
    assert source.text is not None
    try:
        return load_json(source.text)
    except json.JSONDecodeError as broken:
        try:
            return load_json(_BAD_ESCAPE.sub(r"\1\\u00\2", source.text))
        except json.JSONDecodeError:
            raise source.error(
                f"is no valid JSON: {broken.msg} in column {broken.colno}",
                line=broken.lineno,
                fix="Export it again, if it was cut off" if broken.pos >= len(source.text.rstrip()) - 1 else None,
            ) from broken


def _messages(source: Source, export: dict[str, Any]) -> list[Message]:
    messages: list[Message] = export["messages"]
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict) or not isinstance(message.get("id"), int):
            raise source.error(f"message {number} of {len(messages)} has no id", fix="Export the chat again")
        for key, kinds in _KINDS.items():
            if not isinstance(message.get(key), (*kinds, NoneType)):
                what = f"message {number} of {len(messages)} has {key} {str(message[key])[:40]!r}"
                raise source.error(f"{what}, wanted {' or '.join(k.__name__ for k in kinds)}", fix="Export it again")
    return messages


# ---------------------------------------------------------------- messages


def _albums(messages: list[Message]) -> list[list[Message]]:
    """Join messages that are parts of one album; a message of its own is an album of one."""
    albums: list[list[Message]] = []
    for message in messages:
        if albums and _continues(albums[-1], message):
            albums[-1].append(message)
        else:
            albums.append([message])
    return albums


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
        return "service" if kind == "service" else "unsupported"
    if any(_text_of(part).strip() for part in album):
        return "post"
    return "media_only" if any(_media_of(part) for part in album) else "no_text"


def _whole(album: list[Message]) -> Message:
    """Return the part that speaks for the album: the one with the text."""
    return next((part for part in album if _text_of(part).strip()), album[0])


def _text_of(message: Message) -> str:
    return "".join(piece["text"] for piece in _pieces(message))


def _pieces(message: Message) -> list[dict[str, Any]]:
    """Return the text as pieces with a type: entities where there are any, else the older list or string."""
    pieces = message.get("text_entities") or message.get("text") or []
    if isinstance(pieces, str):
        pieces = [pieces]
    wrapped = [piece if isinstance(piece, dict) else {"type": "plain", "text": piece} for piece in pieces]
    return [piece for piece in wrapped if isinstance(piece.get("text"), str)]


def _media_of(message: Message) -> list[str]:
    media = [name for key, name in _OTHER_MEDIA.items() if message.get(key) is not None]
    if message.get("media_type") or message.get("file"):
        kind = _MEDIA.get(message.get("media_type", ""))
        name = str(message.get("file_name") or message.get("file") or "")
        is_note = name.startswith("(")  # "(File not included. ...)"
        media.append(kind or ("document" if is_note or not name else name.rsplit("/", 1)[-1]))
    return media


def _row(source: Source, album: list[Message], channel: str) -> dict[str, Any]:
    message = _whole(album)
    text = _text_of(message)
    date, precision = _time(source, message, "date")
    row: dict[str, Any] = {
        "post_id": f"{channel}/{album[0]['id']}",
        "channel": channel,
        "date": date,
        "date_precision": precision,
        "edited": _time(source, message, "edited")[0],
        "text": text,
        "forwarded_from": message.get("forwarded_from"),
        "reactions": next((counts for part in album if (counts := _reactions(part))), []),
        "media": [kind for part in album for kind in _media_of(part)],
        "flags": ["album"] if len(album) > 1 else [],
        "source_format": "desktop_json",
        "source_span": f"message {album[0]['id']}" + (f"-{album[-1]['id']}" if len(album) > 1 else ""),
    }
    pieces = _pieces(message)
    if message.get("text_entities"):
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
    except (ValueError, OverflowError, OSError) as error:
        raise source.error(f"message {message['id']} has {key} {unix or clock!r}, wanted a time") from error
    return None, "none"


def _reactions(message: Message) -> list[dict[str, Any]]:
    """Return counts by emoji; paid stars and custom emoji, which are pictures, by their type."""
    return [
        {"emoji": str(given.get("emoji") or given.get("type")).replace("\ufe0f", ""), "count": given.get("count")}
        for given in message.get("reactions") or ()
        if isinstance(given, dict)
    ]
