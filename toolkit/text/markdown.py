"""Undo the Markdown in which Telegram's libraries write formatted text, and cut texts by UTF-16 units, as its API does.

Telethon's `.text` has **bold**, __italic__, ~~struck out~~, `code`, ```code``` and [label](address); its `.message` has
the text itself, with entities beside it.
"""

from __future__ import annotations

import re
from typing import Final

from toolkit.text.telegram import find_urls

_LINK: Final = re.compile(
    r"\[((?:[^\]\[]|\[[^\]\[]*\])*)\]\(((?:https?|tg|mailto|ton)://[^\s()]*(?:\([^\s()]*\)[^\s()]*)*|[^\s():]+\.[^\s()]+)\)"
)
_CODE: Final = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_MARKS: Final = ("**", "__", "~~")
_HELD: Final = re.compile("\ue000(\\d+)\ue001")  # code, while what is around it is undone


def undo_markdown(text: str) -> tuple[str, list[str]]:
    """Return the text that Telegram shows, and the addresses behind its labels.

    Marks without a partner are text. So is all that code has in it.

    >>> undo_markdown("**Read** [the report](https://a.example/r_1), not `**this**` or 2**3")
    ('Read the report, not **this** or 2**3', ['https://a.example/r_1'])
    """
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[1] or found[2])
        return f"\ue000{len(held) - 1}\ue001"

    urls: list[str] = []

    def label(found: re.Match[str]) -> str:
        urls.append(found[2])
        held.append(found[2])  # an address may have marks in it
        shown = found[1].strip("\u200b")
        return f"\ue000{len(held) - 1}\ue001" if shown.strip("*_~ ") == found[2].strip("*_~ ") else shown

    bare = text.replace("\ue000", "").replace("\ue001", "")
    marked = _LINK.sub(label, _CODE.sub(hold, bare))
    for mark in _MARKS:
        marked = _without_pairs(marked, mark)
    return _HELD.sub(lambda found: held[int(found[1])], marked), urls


def shown_text(written: str) -> tuple[str, list[str] | None]:
    """Return the text that Telegram shows of Markdown, and all addresses in it if labels hide some; else None.

    >>> shown_text("**Read** [the report](https://a.example/r) on b.org"), shown_text("**Bus**")
    (('Read the report on b.org', ['https://a.example/r', 'b.org']), ('Bus', None))
    """
    text, hidden = undo_markdown(written)
    return text, [*hidden, *(url for url in find_urls(text) if url not in hidden)] if hidden else None


def _without_pairs(text: str, mark: str) -> str:
    """Remove marks that come in pairs with something between them."""
    parts: list[str] = []
    at = 0
    while (start := text.find(mark, at)) >= 0:
        end = text.find(mark, start + len(mark) + 1)
        if end < 0:
            break
        parts += text[at:start], text[start + len(mark) : end]
        at = end + len(mark)
    return "".join(parts) + text[at:]


def utf16_slice(text: str, offset: int, length: int) -> str:
    """Return a part of a text; offset and length count UTF-16 units, of which most emoji have two.

    >>> utf16_slice("🔥 #fire", 3, 5)
    '#fire'
    """
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")
