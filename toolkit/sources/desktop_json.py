"""Read result.json, which Telegram Desktop writes for "Export chat history" in JSON; of any size.

Also its messages alone, in an array or one a line, as people take them out: each is of the channel that wrote it.
An export of a whole account has contacts, telephone numbers and sessions in it and is refused. What the messages of an
export are is in `desktop`, how JSON is read that does not fit into memory in `json_stream`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any, Final

from toolkit.sources.desktop import GROUP, Message, posts_of
from toolkit.sources.json_stream import BrokenJson, Member, json_lines, json_members, json_values
from toolkit.sources.source import Parsed, Row, Source
from toolkit.sources.values import word_or_none

_ACCOUNT_KEYS: Final = ("chats", "left_chats", "contacts", "personal_information", "sessions")
_PRIVATE: Final = ("personal_chat", "bot_chat", "saved_messages")
_ROOT_KEYS: Final = ("name", "id")  # that posts need; Telegram writes them before the messages
_TYPES: Final = ("message", "service", "unsupported")
_SIGNS: Final = ("date_unixtime", "text_entities", "from_id", "actor_id")  # no other program writes these
_CHANNEL: Final = re.compile(r"channel(\d+)")


def recognises(source: Source) -> bool:
    """Tell whether it is a JSON object with messages, whole or broken, messages alone, or an export of an account."""
    if _is_message(source.shape.first):
        return True
    keys = source.shape.keys
    return (
        source.shape.root == "{"
        and "_" not in keys
        and "@type" not in keys
        and any(key in keys for key in ("messages", *_ACCOUNT_KEYS))
    )


def _is_message(first: Any) -> bool:
    """Tell whether an object is a message of an export."""
    if not isinstance(first, dict) or "id" not in first or first.get("type") not in _TYPES:
        return False
    return any(sign in first for sign in _SIGNS)


def read(source: Source) -> Parsed:
    """Read the posts of one chat.

    Raises:
        SourceError: if it is no valid JSON, no export of one chat, a private chat, or an export of a whole account.
        OptionError: if the time zone is unknown.
    """
    if _is_message(source.shape.first):
        return _read_alone(source)
    root = _root(source)
    if root.get("type") in _PRIVATE:
        raise source.error(
            f"is a private chat (type {root['type']}), which has no place in a dataset", fix="Export a channel instead"
        )
    if str(root.get("type")).endswith("group"):
        source.note(GROUP)
    title = word_or_none(root.get("name"))
    channel = source.channel or word_or_none(root.get("id")) or source.file_channel
    parsed = Parsed((), "messages")
    messages = (member.value for member in _members(source) if member.is_item)
    parsed.rows = posts_of(source, messages, channel, title, "desktop_json", parsed)
    return parsed


def _read_alone(source: Source) -> Parsed:
    """Read messages that nothing says of what chat they are."""
    parsed = Parsed((), "messages")
    authors = {_author(message) for message in _alone(source, None)}
    names = {name: found[1] for name, _ in authors if (found := _CHANNEL.fullmatch(name))}
    if any(name and name not in names for name, _ in authors):
        names.clear()  # it is a group, of which a channel may be a member
        source.note(GROUP)

    def chat(message: Any) -> tuple[str, str | None]:
        name, title = _author(message)
        return (source.channel or names[name], title) if name in names else (source.file_channel, None)

    chats = groupby(_alone(source, parsed), chat)
    parsed.rows = chain.from_iterable(_rows(source, *about, same, parsed) for about, same in chats)
    return parsed


def _rows(
    source: Source, channel: str, title: str | None, messages: Iterator[Message], parsed: Parsed
) -> Iterator[Row]:
    return posts_of(source, messages, channel, title, "desktop_json", parsed)


def _author(message: Any) -> tuple[str, str | None]:
    """Return who wrote a message, as user7 or channel7, and what that is called; "" if it does not say."""
    if not isinstance(message, dict):
        return "", None
    name, title = (message.get("from_id") or message.get("actor_id"), message.get("from") or message.get("actor"))
    return name if isinstance(name, str) else "", title if isinstance(title, str) else None


def _alone(source: Source, parsed: Parsed | None) -> Iterator[Any]:
    """Yield messages of an array, or of lines, of which broken ones are left out."""
    with source.open_text() as file:
        if not source.shape.has_lines:
            try:
                yield from json_values(file)
            except BrokenJson as error:
                raise _broken(source, error) from error
            return
        for line, value in json_lines(file):
            if not isinstance(value, BrokenJson):
                yield value
            elif parsed is not None:
                source.note(f"line {line} is no valid JSON: {value.what}", unit=f"line {line}")
                parsed.units += 1
                parsed.trace.append({"line": line, "role": "broken"})


def _root(source: Source) -> dict[str, Any]:
    """Return what the file says before its messages; all that it says if that lacks name or id."""
    root: dict[str, Any] = {}
    for member in _members(source):
        if member.is_item:
            if all(key in root for key in _ROOT_KEYS):
                break
        else:
            root[member.key] = member.value
    if not isinstance(root.get("messages"), list):
        raise source.error(
            f"has no list of messages; its keys are {', '.join(list(root)[:8]) or 'none'}",
            fix="Export the chat from Telegram Desktop as JSON",
        )
    return root


def _members(source: Source) -> Iterator[Member]:
    """Yield the members of the root object, the messages one by one."""
    try:
        with source.open_text() as file:
            for member in json_members(file, "messages"):
                if member.key in _ACCOUNT_KEYS:
                    raise source.error(
                        "is an export of a whole Telegram account: it holds contacts, telephone numbers, sessions and "
                        "private chats, which have no place in a dataset",
                        fix='Open the channel in Telegram Desktop and use "Export chat history", format JSON',
                    )
                yield member
    except BrokenJson as error:
        raise _broken(source, error) from error


def _broken(source: Source, error: BrokenJson) -> Exception:
    fix = "Export it again, if it was cut off" if error.is_cut_off else None
    return source.error(f"is no valid JSON: {error.what}", line=error.line, fix=fix)
