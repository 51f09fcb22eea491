"""The text of an HTML element as its reader sees it, in pieces of one kind each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS: Final = frozenset(("blockquote", "pre", "p", "div"))
_UNSEEN: Final = frozenset(("script", "style", "template"))
_MAX_DEPTH: Final = 200  # of elements in each other; nobody writes a post like that
_PADDING: Final = re.compile(r"[\r\n\t]+ *")


class Piece(NamedTuple):
    """A stretch of text.

    Attributes:
        text: with "\n" where a line ends.
        href: address of the innermost link around it; None if it is in none.
        onclick: script of that link; "" if it has none.
    """

    text: str
    href: str | None = None
    onclick: str = ""


def parse_html(text: str) -> LexborHTMLParser:
    """Parse a page as browsers do: nothing is too broken for it."""
    return LexborHTMLParser(text)


def classes(node: LexborNode) -> list[str]:
    """Return the classes of an element."""
    return (node.attributes.get("class") or "").split()


def attribute(node: LexborNode | None, name: str) -> str | None:
    """Return an attribute; None if there is none, or no element."""
    return None if node is None else node.attributes.get(name)


def line_of(node: LexborNode | None) -> str:
    """Return the text of an element in one line; "" if there is no element."""
    return "" if node is None else " ".join(node.text(deep=True).split())


def pieces_of(node: LexborNode, *, has_blocks: bool) -> list[Piece]:
    """Return the text of an element.

    Args:
        node: the element.
        has_blocks: whether quotations and code are lines of their own without saying so by <br>, as on pages of t.me.
    """
    pieces: list[Piece] = []
    for piece in _walk(node, Piece("")):
        if piece is not None:
            pieces.append(piece)
        elif has_blocks and pieces and not pieces[-1].text.endswith("\n"):
            pieces.append(Piece("\n"))
    return _joined(pieces)


def _walk(node: LexborNode, around: Piece, is_code: bool = False, depth: int = 0) -> Iterator[Piece | None]:
    """Yield pieces; None where a block begins or ends."""
    if depth > _MAX_DEPTH:
        yield around._replace(text=node.text(deep=True))
        return
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            text = child.text(deep=False)
            yield around._replace(text=text if is_code else _PADDING.sub(" ", text))
        elif tag == "br":
            yield around._replace(text="\n")
        elif tag in _UNSEEN or tag is None or tag.startswith("-"):
            continue
        else:
            inside = around
            if tag == "a":
                inside = Piece("", child.attributes.get("href") or "", child.attributes.get("onclick") or "")
            if tag in _BLOCKS:
                yield None
            yield from _walk(child, inside, is_code or tag == "pre", depth + 1)
            if tag in _BLOCKS:
                yield None


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join neighbours of one kind, and cut the space around the whole."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1][1:] == piece[1:]:
            joined[-1] = piece._replace(text=joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    if joined:
        joined[0] = joined[0]._replace(text=joined[0].text.lstrip())
        joined[-1] = joined[-1]._replace(text=joined[-1].text.rstrip())
    return [piece for piece in joined if piece.text]
