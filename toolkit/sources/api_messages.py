"""The messages in files of the API and its libraries: alone, in answers, in updates, in channels of TGDataset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from toolkit.sources.api_fields import Message
from toolkit.sources.json_stream import BrokenJson, json_lines, json_members, json_values
from toolkit.sources.source import Parsed, Source
from toolkit.sources.tdlib import from_tdlib, is_tdlib
from toolkit.sources.values import count_or_none, word_or_none

MARKDOWN: Final = "markdown"  # key of our own for the texts of TGDataset
_CHANNEL_OF_DATASET: Final = re.compile(r'\ufeff?\s*\[?\s*\{\s*"-?\d+"\s*:\s*\{')
_DATASET_KEY: Final = '"text_messages"'
PEERS: Final = ("peer_id", "to_id")  # as Telethon calls the chat, now and before 2021
_ANSWERS: Final = (
    ("_", "messages"),
    ("@type", "messages"),
    ("ok", "result"),
)  # by what one knows an answer, and its messages or updates
_UPDATES: Final = ("channel_post", "edited_channel_post", "message", "edited_message")


def is_answer(source: Source) -> bool:
    """Tell whether it begins with an object in which the API, or Telethon, gives a list of messages or updates."""
    if source.shape.first is not None:
        return _answered(source.shape.first) is not None
    keys = source.shape.keys
    return source.shape.root == "{" and any({*names} <= {*keys} for names in _ANSWERS)


def _answered(given: Any) -> list[Any] | None:
    """Return the messages or updates in an answer of the API; None if it is none."""
    for mark, name in _ANSWERS:
        if isinstance(given, dict) and mark in given and isinstance(given.get(name), list):
            found: list[Any] = given[name]
            return found
    return None


def unwrapped(given: Any) -> Any:
    """Return the message of an update of the Bot API, and one of TDLib as Telethon's; anything else as it is."""
    if is_tdlib(given):
        return from_tdlib(given)
    if not isinstance(given, dict) or "update_id" not in given:
        return given
    nothing = {"id": given["update_id"], "service": True}  # a click on a button, say
    return next((given[name] for name in _UPDATES if isinstance(given.get(name), dict)), nothing)


def is_dataset(source: Source) -> bool:
    """Tell whether it is channels as TGDataset has them."""
    return _CHANNEL_OF_DATASET.match(source.head_text) is not None and _DATASET_KEY in source.head_text


def api_messages(source: Source, parsed: Parsed) -> Iterator[Any]:
    """Yield what should be messages of the API; of a file with one a line broken lines are left out.

    Raises:
        SourceError: if it is no valid JSON.
    """
    if is_dataset(source):
        yield from _of_dataset(source)
        return
    with source.open_text() as file:
        try:
            if source.shape.has_lines:
                for line, value in json_lines(file):
                    if isinstance(value, BrokenJson):
                        leave_out(source, parsed, f"line {line}", f"is no valid JSON: {value.what}")
                    else:
                        yield from _messages_in(value)
                return
            for value in json_values(file):
                yield from _messages_in(value)
        except BrokenJson as error:
            raise _broken(source, error) from error


def _messages_in(value: Any) -> Iterator[Any]:
    """Yield the messages of a value; those of an answer with what it says about their chats."""
    answered = _answered(value)
    if answered is None:
        yield unwrapped(value)
        return
    given = value.get("chats")
    chats = {chat["id"]: chat for chat in given if _is_chat(chat)} if isinstance(given, list) else {}
    for message in map(unwrapped, answered):
        chat = chats.get(_peer_number(message))
        yield message if chat is None else {"_chat": chat, **message}


def _is_chat(chat: Any) -> bool:
    return isinstance(chat, dict) and isinstance(chat.get("id"), int)


def _peer_number(message: Any) -> int | None:
    peer = peer_of(message) if isinstance(message, dict) else {}
    number = peer.get("channel_id") or peer.get("chat_id")
    return number if isinstance(number, int) else None


def peer_of(message: Message) -> dict[str, Any]:
    """Return the chat of a message as Telethon has it; empty if it has none."""
    return next((message[key] for key in PEERS if isinstance(message.get(key), dict)), {})


def _of_dataset(source: Source) -> Iterator[Any]:
    """Yield the messages of TGDataset's channels, as a message of the API has their fields."""
    with source.open_text() as file:
        try:
            one_object = source.head_text.lstrip("\ufeff \t\r\n").startswith("{")
            members = json_members(file, "") if one_object and not source.shape.has_lines else None
            channels = ((m.key, m.value) for m in members) if members else _pairs(json_values(file))
            for number, channel in channels:
                yield from _of_channel(source, number, channel)
        except BrokenJson as error:
            raise _broken(source, error) from error


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
                MARKDOWN: given.get("message"),
                "forward_sender_name": word_or_none(count_or_none(source_id)) or word_or_none(source_id),
                **({"media": (given.get("title") or given.get("extension") or "file")} if kind == "media" else {}),
            }


def _broken(source: Source, error: BrokenJson) -> Exception:
    return source.error(
        f"is no valid JSON: {error.what}", line=error.line, fix="Copy it again" if error.is_cut_off else None
    )


def leave_out(source: Source, parsed: Parsed, unit: str, wrong: str) -> None:
    """Note a broken part of the input, and give it its role."""
    source.note(f"{unit} {wrong}", unit=unit)
    parsed.units += 1
    kind, number = unit.split()
    parsed.trace.append({kind: int(number), "role": "broken"})
