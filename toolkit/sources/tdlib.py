"""Messages as TDLib writes them, with the members that Telethon and the Bot API have."""

from __future__ import annotations

from typing import Any, Final

from toolkit.sources.values import is_nothing

_SERVER_IDS: Final = 1 << 20  # TDLib counts messages of this device in between
_SERVICE: Final = tuple(
    f"message{name}"
    for name in ("Chat", "Pin", "Supergroup", "BasicGroup", "VideoChat", "ForumTopic", "Screenshot", "Expired",
                 "CustomService", "Call", "Boost", "PaymentSuccessful", "GiveawayCreated", "PaidMessagePrice")
)  # fmt: skip
_OWN: Final = ("content", "reply_to", "reply_to_message_id", "interaction_info", "forward_info", "media_album_id")
_BLOCKS: Final = {"PreCode": "Pre", "ExpandableBlockQuote": "BlockQuote"}


def is_tdlib(given: Any) -> bool:
    """Tell whether a value is a message of TDLib."""
    return isinstance(given, dict) and given.get("@type") == "message" and isinstance(given.get("content"), dict)


def from_tdlib(given: dict[str, Any]) -> dict[str, Any]:
    """Return a message of TDLib as one of Telethon; what has no place there keeps the name that it has in `content`.

    Args:
        given: as `is_tdlib` knows them.
    """
    content = dict(given["content"])
    kind = str(content.pop("@type", ""))
    text: dict[str, Any] = next(
        (content.pop(name) for name in ("text", "caption") if isinstance(content.get(name), dict)), {}
    )
    for theirs, ours in (("list", "checklist"), ("voice_note", "voice")):
        if isinstance(content.get(theirs), dict):
            content[ours] = content.pop(theirs)
    chat = given.get("chat_id")
    is_person = isinstance(chat, int) and chat > 0
    about = _dict(given.get("interaction_info"))
    origin = _dict(_dict(given.get("forward_info")).get("origin"))
    return {
        **content,
        **{name: value for name, value in given.items() if name not in _OWN},
        "_": "Message",
        "id": _number(given.get("id")),
        "message": text.get("text"),
        "entities": [_entity(one) for one in _dicts(text.get("entities"))],
        "service": kind.startswith(_SERVICE),
        "edit_date": given.get("edit_date") or None,
        "views": about.get("view_count"),
        "reactions": [
            {**_dict(one.get("type")), "count": one.get("total_count")}
            for one in _dicts(_dict(about.get("reactions")).get("reactions"))
        ],
        "forward_sender_name": origin.get("sender_name"),
        "fwd_from": {"channel_id": _channel(origin.get("chat_id"))},
        "reply_to_message_id": _answered(given),
        "grouped_id": None if str(given.get("media_album_id")) in ("0", "None") else given["media_album_id"],
        **({"peer_id": {"user_id": chat}} if is_person else {}),
    }


def _number(value: Any) -> Any:
    is_of_server = isinstance(value, int) and value > 0 and value % _SERVER_IDS == 0
    return value // _SERVER_IDS if is_of_server else value


def _channel(chat: Any) -> int | None:
    """Return the number of a channel without the -100 before it."""
    return int(str(chat)[4:]) if isinstance(chat, int) and str(chat).startswith("-100") and str(chat)[4:] else None


def _answered(given: dict[str, Any]) -> Any:
    reply = _dict(given.get("reply_to"))
    if not is_nothing(reply.get("chat_id")) and reply["chat_id"] not in (0, given.get("chat_id")):
        return None
    return _number(reply.get("message_id") or given.get("reply_to_message_id") or None)


def _entity(given: dict[str, Any]) -> dict[str, Any]:
    about = _dict(given.get("type"))
    kind = str(about.get("@type", "")).removeprefix("textEntityType")
    return {**about, "offset": given.get("offset"), "length": given.get("length"), "type": _BLOCKS.get(kind, kind)}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
