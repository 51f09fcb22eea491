"""Read what programs got from Telegram's API: messages of Telethon and Pyrogram, channels of TGDataset; of any size.

JSON arrays, one object a line (as 4CAT stores them), or objects one after the other. Channels are named by the handle
if the messages have one, else by the number that exports of Telegram Desktop have too, without the -100 that libraries
put before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from toolkit.sources.api_fields import Message, forward_of, link_of, media_of, reactions_of, reply_of
from toolkit.sources.json_stream import BrokenJson, json_lines, json_members, json_values
from toolkit.sources.source import Parsed, Row, Source, permalink, shown
from toolkit.sources.times import parse_time
from toolkit.text.links import channel_name
from toolkit.text.markdown import shown_text

_TEXT_KEYS: Final = ("message", "text", "caption")
_MARKDOWN: Final = "markdown"  # key of our own for the texts of TGDataset
_CHANNEL_OF_DATASET: Final = re.compile(r'\ufeff?\s*\[?\s*\{\s*"-?\d+"\s*:\s*\{')
_DATASET_KEY: Final = '"text_messages"'
_SERVICE: Final = ("MessageService", "MessageEmpty")
_PRIVATE: Final = ("private", "bot")  # Pyrogram's types of chats with one person
_ID: Final = re.compile(r"\d{1,19}")  # 64 bits
_SHOWN: Final = "text as shown"  # key of a message for what `_text` returns


def recognises(source: Source) -> bool:
    """Tell whether it is JSON whose first object is a message of the API, or channels as TGDataset has them."""
    if _is_dataset(source):
        return True
    first = source.shape.first
    return first is not None and _is_message(first)


def _is_dataset(source: Source) -> bool:
    return _CHANNEL_OF_DATASET.match(source.head_text) is not None and _DATASET_KEY in source.head_text


def _is_message(given: Message) -> bool:
    if isinstance(given.get("messages"), list):
        return False
    has_number = "id" in given or "message_id" in given
    return has_number and (
        given.get("_") in ("Message", *_SERVICE)
        or isinstance(given.get("peer_id"), dict)
        or isinstance(given.get("chat"), dict)
        or ("sender_id" in given and any(key in given for key in _TEXT_KEYS))
    )


def read(source: Source) -> Parsed:
    """Read the posts.

    Raises:
        SourceError: if it is no valid JSON, or a message is from a private chat.
        OptionError: if the time zone is unknown.
    """
    parsed = Parsed((), "messages")
    messages = _of_dataset(source) if _is_dataset(source) else _messages(source, parsed)
    parsed.rows = _rows(source, messages, parsed)
    return parsed


def _messages(source: Source, parsed: Parsed) -> Iterator[Any]:
    """Yield the messages; of a file with one a line broken lines are left out."""
    with source.open_text() as file:
        try:
            if _has_lines(source):
                for line, value in json_lines(file):
                    if isinstance(value, BrokenJson):
                        _leave_out(source, parsed, f"line {line}", f"is no valid JSON: {value.what}")
                    else:
                        yield value
                return
            yield from json_values(file)
        except BrokenJson as error:
            raise _broken(source, error) from error


def _of_dataset(source: Source) -> Iterator[Any]:
    """Yield the messages of TGDataset's channels, as a message of the API has their fields."""
    with source.open_text() as file:
        try:
            one_object = source.head_text.lstrip("\ufeff \t\r\n").startswith("{")
            members = json_members(file, "") if one_object and not _has_lines(source) else None
            channels = ((m.key, m.value) for m in members) if members else _pairs(json_values(file))
            for number, channel in channels:
                yield from _of_channel(source, number, channel)
        except BrokenJson as error:
            raise _broken(source, error) from error


def _has_lines(source: Source) -> bool:
    return source.has_json_lines


def _pairs(objects: Iterator[Any]) -> Iterator[tuple[str, Any]]:
    for value in objects:
        yield from value.items() if isinstance(value, dict) else [("?", value)]


def _of_channel(source: Source, number: str, channel: Any) -> Iterator[Any]:
    if not isinstance(channel, dict) or not isinstance(channel.get("text_messages"), dict):
        raise source.error(f"channel {number} has no text_messages", fix="Download it again")
    about = {"chat": {"id": number, "username": channel.get("username"), "title": channel.get("title")}}
    for key, kind in (("text_messages", "message"), ("generic_media", "media")):
        messages = channel.get(key)
        for identity, given in messages.items() if isinstance(messages, dict) else ():
            if not isinstance(given, dict):
                yield given
                continue
            source_id = given.get("forwarded_from_id")
            yield {
                **about,
                "id": identity,
                "date": given.get("date"),
                _MARKDOWN: given.get("message"),
                "forward_sender_name": None if source_id is None else str(source_id),
                **({"media": (given.get("title") or given.get("extension") or "file")} if kind == "media" else {}),
            }


def _broken(source: Source, error: BrokenJson) -> Exception:
    return source.error(
        f"is no valid JSON: {error.what}", line=error.line, fix="Copy it again" if error.is_cut_off else None
    )


# ---------------------------------------------------------------- messages


def _rows(source: Source, messages: Iterator[Any], parsed: Parsed) -> Iterator[Row]:
    checked = _checked(source, messages, parsed)
    for _, same in groupby(enumerate(checked), lambda pair: _group(*pair)):
        album = [message for _, message in same]
        texts = [message for message in album if message[_SHOWN][0].strip()]
        is_album = len(album) > 1 and len(texts) <= 1
        parsed.units += len(album)
        for part in album:
            speaks = part is (texts or album)[0] if is_album else True
            unit: dict[str, Any] = {"message": _number(part), "role": _role(part) if speaks else "album_part"}
            parsed.trace.append(unit)
            if unit["role"] == "post":
                row = _row(source, part, album if is_album else [part])
                unit["post"] = row["post_id"]
                yield row


def _checked(source: Source, messages: Iterator[Any], parsed: Parsed) -> Iterator[Message]:
    """Yield the messages with what they show; broken ones are left out."""
    for number, message in enumerate(messages, 1):
        wrong = _what_is_wrong(message)
        if wrong is None:
            yield {**message, _SHOWN: _text(message)}
        else:
            _leave_out(source, parsed, f"message {number}", wrong)


def _what_is_wrong(message: Any) -> str | None:
    if not isinstance(message, dict) or not _ID.fullmatch(str(message.get("id", message.get("message_id")))):
        return "has no id"
    for key in (*_TEXT_KEYS, _MARKDOWN):
        if not isinstance(message.get(key), (str, type(None))):
            return f"has {key} {shown(message[key])}, wanted str"
    return None


def _leave_out(source: Source, parsed: Parsed, unit: str, wrong: str) -> None:
    """Note a broken part of the input, and give it its role."""
    source.note(f"{unit} {wrong}", unit=unit)
    parsed.units += 1
    kind, number = unit.split()
    parsed.trace.append({kind: int(number), "role": "broken"})


def _group(at: int, message: Message) -> str:
    """Return what the parts of an album share: the API says which messages are one."""
    group = message.get("grouped_id") or message.get("media_group_id")
    return f"album {group}" if group else f"message {at}"


def _number(message: Message) -> int:
    return int(message.get("id", message.get("message_id")))  # type: ignore[arg-type]


def _role(message: Message) -> str:
    """Return post, or why there is none."""
    if message.get("_") in _SERVICE or message.get("service") or isinstance(message.get("action"), dict):
        return "service"
    if message[_SHOWN][0].strip():
        return "post"
    return "media_only" if media_of(message) else "no_text"


def _text(message: Message) -> tuple[str, list[str] | None]:
    """Return the text, and the addresses behind its labels; None where there are entities to tell, or nobody knows."""
    if message.get("message") is not None or "_" in message or (_MARKDOWN not in message and "chat" in message):
        return next((message[key] for key in _TEXT_KEYS if message.get(key)), ""), None
    text = message.get(_MARKDOWN) or next((message[key] for key in _TEXT_KEYS if message.get(key)), "")
    return (text, None) if message.get("entities") else shown_text(text)


def _row(source: Source, message: Message, album: list[Message]) -> Row:
    channel, title = _channel(source, message)
    number = min(map(_number, album))
    text, hidden = message[_SHOWN]
    raw = message.get(_MARKDOWN) or next((message[key] for key in _TEXT_KEYS if message.get(key)), text)
    date, precision = _time(source, message, "date")
    row: Row = {
        "post_id": f"{channel}/{number}",
        "channel": channel,
        "channel_title": title,
        "date": date,
        "date_precision": precision,
        "edited": None if message.get("edit_hide") else _time(source, message, "edit_date")[0],
        "text": text,
        "text_raw": raw,
        "forwarded_from": forward_of(message),
        "reply_to": reply_of(message, channel),
        "permalink": permalink(channel, number),
        "views": message.get("views") if isinstance(message.get("views"), int) else None,
        "reactions": reactions_of(message.get("reactions")),
        "media": [kind for part in sorted(album, key=_number) for kind in media_of(part)],
        "flags": (["album"] if len(album) > 1 else []) + (["markdown_removed"] if raw != text else []),
        "source_format": "api_json",
        "source_span": f"message {_number(message)}",
    }
    entities = message.get("entities") or message.get("caption_entities")
    if isinstance(entities, list):
        row["urls"] = [url for entity in entities if isinstance(entity, dict) and (url := link_of(text, entity))]
    elif hidden:
        row["urls"] = hidden
    return row


def _channel(source: Source, message: Message) -> tuple[str, str | None]:
    """Return name and title of the channel."""
    chats = (message.get(key) for key in ("chat", "_chat"))
    chat: dict[str, Any] = next((one for one in chats if isinstance(one, dict)), {})
    shown = next((message[key] for key in ("channel", "chat") if isinstance(message.get(key), str)), None)
    title = chat.get("title") or shown
    peer = message.get("peer_id") if isinstance(message.get("peer_id"), dict) else {}
    assert isinstance(peer, dict)
    kind = str(chat.get("type")).lower().removeprefix("chattype.")
    if kind in _PRIVATE or "user_id" in peer:
        raise source.error(
            f"message {_number(message)} is from a private chat, which has no place in a dataset", fix="Leave it out"
        )
    numbers = (chat.get("id"), *(peer.get(key) for key in ("channel_id", "chat_id")),
               message.get("chat_id"), message.get("channel_id"), message.get("sender_id"))  # fmt: skip
    number = next((str(one) for one in numbers if isinstance(one, (int, str)) and str(one)), None)
    name = source.channel or chat.get("username") or (number and channel_name(number))
    return str(name or shown or source.file_channel), None if title is None else str(title)


def _time(source: Source, message: Message, key: str) -> tuple[datetime | None, str]:
    value = message.get(key)
    try:
        return parse_time(value, source.options.timezone)
    except ValueError:
        unit = f"message {_number(message)}"
        source.note(f"{unit} has {key} {shown(value)}, wanted ISO 8601 or Unix time", unit=unit)
        return None, "none"
