"""Read result.json, which Telegram Desktop writes for "Export chat history" in JSON; of any size.

An export of a whole account has contacts, telephone numbers and sessions in it and is refused. What the messages of an
export are is in `desktop`, how JSON is read that does not fit into memory in `json_stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from toolkit.sources.desktop import GROUP, posts_of
from toolkit.sources.json_stream import BrokenJson, Member, json_members
from toolkit.sources.source import Parsed, Source

_ACCOUNT_KEYS: Final = ("chats", "left_chats", "contacts", "personal_information", "sessions")
_PRIVATE: Final = ("personal_chat", "bot_chat", "saved_messages")
_ROOT_KEYS: Final = ("name", "id")  # that posts need; Telegram writes them before the messages


def recognises(source: Source) -> bool:
    """Tell whether it is a JSON object with messages, whole or broken, or an export of a whole account."""
    return source.shape.root == "{" and any(key in source.shape.keys for key in ("messages", *_ACCOUNT_KEYS))


def read(source: Source) -> Parsed:
    """Read the posts of one chat.

    Raises:
        SourceError: if it is no valid JSON, no export of one chat, a private chat, or an export of a whole account.
        OptionError: if the time zone is unknown.
    """
    root = _root(source)
    if root.get("type") in _PRIVATE:
        raise source.error(
            f"is a private chat (type {root['type']}), which has no place in a dataset", fix="Export a channel instead"
        )
    if str(root.get("type")).endswith("group"):
        source.note(GROUP)
    title = root.get("name")
    channel = source.channel or str(root.get("id") or source.file_channel)
    parsed = Parsed((), "messages")
    messages = (member.value for member in _members(source) if member.is_item)
    parsed.rows = posts_of(source, messages, channel, None if title is None else str(title), "desktop_json", parsed)
    return parsed


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
        raise source.error(
            f"is no valid JSON: {error.what}",
            line=error.line,
            fix="Export it again, if it was cut off" if error.is_cut_off else None,
        ) from error
