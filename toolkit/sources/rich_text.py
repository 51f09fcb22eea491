"""Text that Telegram's programs write as a tree: formatted text, rich messages, polls, checklists, buttons.

Telegram Desktop, the Bot API, Telethon and TDLib name the same things differently; here one table of names serves all
of them. What is no text (a number, true, NaN) is none, and never what Python calls it. Text under a name that is in no
table is told by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from toolkit.sources.pieces import Button, Piece, as_lines, text_of

_MAX_DEPTH: Final = 40  # of lists and objects in each other; nobody writes a post like that
_PREFIX: Final = re.compile(r"^(?:messageentitytype\.|messageentity|textentitytype|richtext|text(?!_)(?=.))")
# What kinds of text are called, where that is not what result.json calls them.
_KINDS: Final = {
    "url": "text_link", "texturl": "text_link", "autourl": "link", "emailaddress": "email", "autoemail": "email",
    "autophone": "phone", "phonenumber": "phone", "mentionname": "mention_name", "botcommand": "bot_command",
    "customemoji": "custom_emoji", "customemojientity": "custom_emoji",
}  # fmt: skip
_TEXTS: Final = ("text", "texts", "alternative_text", "alt", "emoji", "expression", "source", "formula")
_ADDRESS: Final = re.compile(r"(?:https?|tg|ton|mailto)://?\S+")

# Members of a block that have text of their own, in the order in which clients show them.
_LINES: Final = ("kicker", "title", "summary", "author", "text", "formula", "expression", "source")
_BLOCKS: Final = ("cover", "block", "rows", "cells", "items", "articles", "blocks")
_BELOW: Final = ("caption", "credit", "description")
_SHOWN: Final = (*_LINES, *_BLOCKS, *_BELOW)
# Members of a block that say how it looks, where files are, and what they are called: no text.
_NO_TEXT: Final = frozenset(
    ("_", "type", "kind", "content", "task_state", "has_checkbox", "is_checked", "checkbox", "checked", "num", "label",
     "value", "item_type", "list_type", "language", "name", "url", "html", "photo", "video", "audio", "animation",
     "voice_note", "document", "file", "file_name", "thumbnail", "performer", "media_type", "mime_type", "channel",
     "geo", "location", "poster_photo", "author_photo", "buttons", "align", "valign", "alignment", "vertical_align",
     "date", "published_date", "source_type", "sticker_emoji", "webpage_id", "photo_id", "document_id")
)  # fmt: skip
_CELLS: Final = " | "

# Names of a question's or a list's parts.
_ASKED: Final = ("question", "title", "description")
_ANSWERS: Final = ("answers", "options", "tasks", "list", "items")
_ANSWERED: Final = ("explanation", "solution")


def rich_pieces(value: Any, depth: int = 0) -> Iterator[Piece]:
    """Yield the pieces of a text: a string, an object with one, or a list of these; of anything else nothing."""
    if isinstance(value, str):
        yield Piece(value)
    elif depth > _MAX_DEPTH:
        yield from map(Piece, _all_texts(value))
    elif isinstance(value, list):
        for item in value:
            yield from rich_pieces(item, depth + 1)
    elif isinstance(value, dict):
        inner = next((value[name] for name in _TEXTS if value.get(name)), None)
        kind, href = _kind(value), value.get("href") or value.get("url")
        if kind == "button":
            kind, href = "text_link", _address_in(value)
        for piece in rich_pieces(inner, depth + 1):
            if piece.kind == "plain" and kind not in ("concat", "withentities", ""):
                piece = piece._replace(kind=kind)
            yield piece._replace(href=href) if isinstance(href, str) and piece.href is None else piece


def _all_texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, however deep they are."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, (list, dict)):
            inside = item if isinstance(item, list) else [item[name] for name in (*_TEXTS, *_SHOWN) if item.get(name)]
            waiting += reversed(inside)


def plain_text(value: Any) -> str:
    """Return the text of a value that `rich_pieces` reads."""
    return text_of(rich_pieces(value))


def _kind(value: dict[str, Any]) -> str:
    """Return what result.json calls the kind of a text."""
    given = value.get("_") or value.get("@type") or value.get("type")
    name = _PREFIX.sub("", given.lower()) if isinstance(given, str) else ""
    is_address = name == "url" and not (value.get("url") or value.get("href"))
    return "link" if is_address else _KINDS.get(name, name)


# ---------------------------------------------------------------- rich messages


def block_pieces(value: Any, unread: set[str], buttons: list[Button]) -> list[Piece]:
    """Return the text of blocks, each on lines of its own.

    Args:
        value: a rich message, its list of blocks, or a block.
        unread: grows by the names of members that have text and are in no table.
        buttons: grows by the buttons among the blocks.
    """
    return as_lines(_block(value, unread, buttons, 0))


def _block(value: Any, unread: set[str], buttons: list[Button], depth: int) -> Iterator[list[Piece]]:
    """Yield the lines of a block, or of a list of blocks."""
    if depth > _MAX_DEPTH:
        yield from ([Piece(text)] for text in _all_texts(value))
    elif isinstance(value, str):
        yield [Piece(value)]
    elif isinstance(value, list):
        for item in value:
            yield from _block(item, unread, buttons, depth + 1)
    elif isinstance(value, dict):
        buttons += buttons_of(value.get("buttons"))
        number = _number(value)
        for name in _SHOWN:
            for line in _member(name, value.get(name), unread, buttons, depth + 1):
                if text_of(line).strip():
                    yield _linked([Piece(number), *line], value.get("url") if name == "title" else None)
                    number = ""
        for name in value.keys() - {*_SHOWN, *_NO_TEXT}:
            if has_words(value[name]):
                unread.add(f"rich_message.{name}")


def _member(name: str, value: Any, unread: set[str], buttons: list[Button], depth: int) -> Iterator[list[Piece]]:
    """Yield the lines of a member of a block."""
    is_row = name == "cells" or (name == "rows" and isinstance(value, list) and all(isinstance(r, list) for r in value))
    if is_row and isinstance(value, list):
        rows = value if all(isinstance(row, list) for row in value) else [value]
        for row in rows:
            cells = [list(rich_pieces(cell, depth)) for cell in row]
            while cells and not text_of(cells[-1]).strip():
                cells.pop()
            parts = [part for cell in cells for part in (Piece(_CELLS), *cell)][1:]
            yield parts
    elif name in _BLOCKS or (isinstance(value, dict) and "credit" in value):  # a picture's caption has two texts
        yield from _block(value, unread, buttons, depth)
    else:
        yield list(rich_pieces(value, depth))


def _linked(line: list[Piece], address: Any) -> list[Piece]:
    """Return a line that is the title of what stands at an address."""
    if not isinstance(address, str):
        return line
    return [piece._replace(kind="text_link", href=piece.href or address) if piece.text else piece for piece in line]


def _number(item: dict[str, Any]) -> str:
    """Return the number of an item of an ordered list, as it stands before it; "" if it has none."""
    number = item.get("num") or item.get("label")
    if not isinstance(number, (str, int)) or isinstance(number, bool) or not str(number).strip(".) "):
        return ""
    word = str(number).strip()
    if not any(letter.isalnum() for letter in word):
        return ""  # a bullet
    return f"{word} " if word.endswith((".", ")")) else f"{word}. "


# ---------------------------------------------------------------- polls, checklists, buttons


def asked_pieces(value: Any) -> list[Piece]:
    """Return a poll or a checklist as lines: question or title, answers or tasks, explanation."""
    if not isinstance(value, dict):
        return []
    answers: list[Any] = next((value[name] for name in _ANSWERS if isinstance(value.get(name), list)), [])
    lines = [list(rich_pieces(value.get(name))) for name in _ASKED]
    lines += [list(rich_pieces(_answer(answer))) for answer in answers]
    lines += [list(rich_pieces(value.get(name))) for name in _ANSWERED]
    return as_lines(lines)


def _answer(answer: Any) -> Any:
    return (answer.get("text") or answer.get("title")) if isinstance(answer, dict) else answer


def buttons_of(value: Any, depth: int = 0) -> list[Button]:
    """Return the buttons in rows of a keyboard, however deep."""
    if depth > _MAX_DEPTH:
        return []
    if isinstance(value, list):
        return [button for item in value for button in buttons_of(item, depth + 1)]
    if not isinstance(value, dict):
        return []
    label = plain_text(value.get("text")).strip()
    if label:
        return [Button(label, _address_in(value))]
    return [button for item in value.values() for button in buttons_of(item, depth + 1)]


def _address_in(button: dict[str, Any], depth: int = 0) -> str | None:
    """Return the address that a button opens: programs put it into objects of several names."""
    for name, item in button.items():
        if name == "text" or depth > 3:
            continue
        found = _address_in(item, depth + 1) if isinstance(item, dict) else item
        if isinstance(found, str) and _ADDRESS.fullmatch(found):
            return found
    return None


# ---------------------------------------------------------------- what nobody reads

_WORDS: Final = re.compile(r"[^\W\d_]{2,}[\s,;:—-]+[^\W\d_]{2,}|[\u0400-\u052f]{3,}")  # what people write


def has_words(value: Any, depth: int = 0) -> bool:
    """Tell whether there is anything in a value that a person may have written: two words, or a Cyrillic one."""
    if isinstance(value, str):
        return _WORDS.search(value) is not None and not _ADDRESS.fullmatch(value)
    if depth > _MAX_DEPTH:
        return bool(value)  # who knows
    items: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(has_words(item, depth + 1) for item in items)
