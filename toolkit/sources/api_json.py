"""Read what programs got from Telegram's API, of any size.

These are messages of Telethon, Pyrogram and TDLib, updates of the Bot API, channels of TGDataset: JSON arrays, one a
line (as 4CAT stores them), objects one after the other, or the API's whole answers. Channels are named by the handle if
the messages have one, else by the number that exports of Telegram Desktop have too, without the -100 that libraries put
before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from toolkit.sources.api_fields import Message, block_parts, forward_of, link_of, media_of, reactions_of, reply_of
from toolkit.sources.api_messages import (
    MARKDOWN,
    PEERS,
    api_messages,
    is_answer,
    is_dataset,
    leave_out,
    peer_of,
    unwrapped,
)
from toolkit.sources.message_body import Body, body_of, put_body
from toolkit.sources.rich_text import is_text, plain_text
from toolkit.sources.source import Parsed, Row, Source, permalink, shown
from toolkit.sources.tally import Tally
from toolkit.sources.times import parse_time
from toolkit.sources.values import count_or_none, is_nothing, word_or_none
from toolkit.text.links import channel_name
from toolkit.text.markdown import shown_text

_TEXT_KEYS: Final = ("message", "text", "caption", "raw_text")
_SERVICE: Final = ("MessageService", "MessageEmpty")
_PRIVATE: Final = ("private", "bot")  # Pyrogram's types of chats with one person
_ID: Final = re.compile(r"\d{1,19}")  # 64 bits
_SHOWN: Final = "text as shown"  # key of a message for what `_text` returns
_BODY: Final = "body"  # and for what `body_of` does


def recognises(source: Source) -> bool:
    """Tell whether it is JSON whose first object is a message of the API, or channels as TGDataset has them."""
    if is_dataset(source):
        return True
    first = source.shape.first
    if first is None:
        return is_answer(source)
    return _is_message(unwrapped(first)) or is_answer(source)


def _is_message(given: Any) -> bool:
    if not isinstance(given, dict) or isinstance(given.get("messages"), list):
        return False
    has_number = "id" in given or "message_id" in given
    return has_number and (
        given.get("_") in ("Message", *_SERVICE)
        or any(isinstance(given.get(key), dict) for key in PEERS)
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
    parsed.rows = _rows(source, api_messages(source, parsed), parsed)
    return parsed


# ---------------------------------------------------------------- messages


def _rows(source: Source, messages: Iterator[Any], parsed: Parsed) -> Iterator[Row]:
    tally = Tally(source)
    checked = _checked(source, messages, parsed, tally)
    for _, same in groupby(enumerate(checked), lambda pair: _group(*pair)):
        album = [message for _, message in same]
        texts = [message for message in album if _body(message).text]
        is_album = len(album) > 1 and len(texts) <= 1
        parsed.units += len(album)
        for part in album:
            speaks = part is (texts or album)[0] if is_album else True
            unit: dict[str, Any] = {"message": _number(part), "role": _role(part) if speaks else "album_part"}
            parsed.trace.append(unit)
            if unit["role"] == "post":
                row = _row(source, part, album if is_album else [part], tally)
                unit["post"] = row["post_id"]
                yield row
    tally.tell()


def _checked(source: Source, messages: Iterator[Any], parsed: Parsed, tally: Tally) -> Iterator[Message]:
    """Yield the messages with what they show; broken ones are left out."""
    for number, message in enumerate(messages, 1):
        wrong = _what_is_wrong(message)
        if wrong is not None:
            leave_out(source, parsed, f"message {number}", wrong)
            continue
        raw, shown_text, hidden = _text(message)
        body = body_of(message, block_parts(shown_text, _entities(message)))
        if not _is_service(message):
            for name in body.unread:
                tally.add(f"has text under {name!r}, which no rule reads", f"message {_number(message)}")
        yield {**message, _SHOWN: (raw, shown_text, hidden), _BODY: body}


def _what_is_wrong(message: Any) -> str | None:
    if not isinstance(message, dict):
        return "has no id"
    number = message.get("id", message.get("message_id"))
    if not _ID.fullmatch(word_or_none(number) or ""):
        return "has no id"
    for key in (*_TEXT_KEYS, MARKDOWN):
        if not is_text(message.get(key)) and not is_nothing(message.get(key)):
            return f"has {key} {shown(message[key])}, wanted str"
    return None


def _group(at: int, message: Message) -> str:
    """Return what the parts of an album share: the API says which messages are one."""
    group = message.get("grouped_id") or message.get("media_group_id")
    return f"album {group}" if group else f"message {at}"


def _number(message: Message) -> int:
    return int(word_or_none(message.get("id", message.get("message_id"))) or 0)  # which was checked


def _body(message: Message) -> Body:
    body: Body = message[_BODY]
    return body


def _is_service(message: Message) -> bool:
    return message.get("_") in _SERVICE or bool(message.get("service")) or isinstance(message.get("action"), dict)


def _role(message: Message) -> str:
    """Return post, or why there is none."""
    if _is_service(message):
        return "service"
    if _body(message).text:
        return "post"
    if _body(message).unread:
        return "text_not_read"
    return "media_only" if media_of(message) else "no_text"


def _text(message: Message) -> tuple[str, str, list[str] | None]:
    """Return the text as it is given and as it is shown, and the addresses behind its labels.

    None for the addresses where there are entities to tell, or nobody knows.
    """
    given = next((text for key in _TEXT_KEYS if (text := plain_text(message.get(key)))), "")
    if not given and isinstance(message.get("media"), dict):
        given = plain_text(message["media"].get("caption"))  # as Telethon had it before 2018
    if message.get("message") is not None or "_" in message or (MARKDOWN not in message and "chat" in message):
        return given, given, None
    raw = plain_text(message.get(MARKDOWN)) or given
    return (raw, raw, None) if message.get("entities") else (raw, *shown_text(raw))


def _entities(message: Message) -> list[dict[str, Any]] | None:
    """Return the entities of the text; None if it has no list of them."""
    entities = message.get("entities") or message.get("caption_entities")
    return [one for one in entities if isinstance(one, dict)] if isinstance(entities, list) else None


def _row(source: Source, message: Message, album: list[Message], tally: Tally) -> Row:
    channel, title = _channel(source, message)
    number = min(map(_number, album))
    raw, text, hidden = message[_SHOWN]
    views, unit = count_or_none(message.get("views")), f"message {_number(message)}"
    if views is None and not is_nothing(message.get("views")):
        tally.add("has views that are no count", unit, f": {shown(message['views'])}")
    date, precision = _time(source, message, "date")
    row: Row = {
        "post_id": f"{channel}/{number}",
        "channel": channel,
        "channel_title": title,
        "date": date,
        "date_precision": precision,
        "edited": None if message.get("edit_hide") else _time(source, message, "edit_date")[0],
        **({"text_raw": raw} if raw else {}),
        "forwarded_from": forward_of(message),
        "reply_to": reply_of(message, channel),
        "permalink": permalink(channel, number),
        "views": views,
        "reactions": reactions_of(message.get("reactions"), tally, unit),
        "media": [kind for part in sorted(album, key=_number) for kind in media_of(part)],
        "flags": (["album"] if len(album) > 1 else []) + (["markdown_removed"] if raw != text else []),
        "source_format": "api_json",
        "source_span": unit,
    }
    urls, entities = None, _entities(message)
    if entities is not None:
        urls = [url for entity in entities if (url := link_of(text, entity))]
    elif hidden:
        urls = hidden
    put_body(row, _body(message), urls)
    return row


def _channel(source: Source, message: Message) -> tuple[str, str | None]:
    """Return name and title of the channel."""
    chats = (message.get(key) for key in ("chat", "_chat"))
    chat: dict[str, Any] = next((one for one in chats if isinstance(one, dict)), {})
    shown = next((message[key] for key in ("channel", "chat") if isinstance(message.get(key), str)), None)
    title = word_or_none(chat.get("title")) or shown
    peer = peer_of(message)
    kind = str(chat.get("type")).lower().removeprefix("chattype.")
    if kind in _PRIVATE or "user_id" in peer:
        raise source.error(
            f"message {_number(message)} is from a private chat, which has no place in a dataset", fix="Leave it out"
        )
    numbers = (chat.get("id"), *(peer.get(key) for key in ("channel_id", "chat_id")),
               message.get("chat_id"), message.get("channel_id"), message.get("sender_id"))  # fmt: skip
    number = next(filter(None, map(word_or_none, numbers)), None)
    name = source.channel or word_or_none(chat.get("username")) or (number and channel_name(number))
    return name or shown or source.file_channel, title


def _time(source: Source, message: Message, key: str) -> tuple[datetime | None, str]:
    value = message.get(key)
    try:
        return parse_time(value, source.options.timezone)
    except ValueError:
        unit = f"message {_number(message)}"
        source.note(f"{unit} has {key} {shown(value)}, wanted ISO 8601 or Unix time", unit=unit)
        return None, "none"
