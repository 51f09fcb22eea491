"""The text of an HTML element as its reader sees it, in pieces of one kind each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from toolkit.sources.pieces import Piece, join_pieces
from toolkit.sources.rich_text import has_words

_BLOCKS: Final = frozenset(
    ("blockquote", "pre", "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "caption", "tr",
     "details", "summary", "figure", "figcaption", "aside", "footer", "address", "cite", "hr")
)  # fmt: skip
_CELLS: Final = ("td", "th")
_BETWEEN_CELLS: Final = " | "
_UNSEEN: Final = frozenset(("script", "style", "template"))
_MARKERS: Final = ("rich_order_marker", "rich_task_marker", "rich_fallback")  # classes of what a page adds to a text
_MAX_DEPTH: Final = 200  # of elements in each other; nobody writes a post like that
_PADDING: Final = re.compile(r"[\r\n\t]+ *")
_MARGIN: Final = re.compile(r"\s*\n\s*")
_DIV: Final = re.compile(r"<div\b")
_DIV_END: Final = re.compile(r"</div\b")
_PAGE: Final = re.compile(r"<html[\s>]", re.IGNORECASE)
_PAGE_END: Final = re.compile(r"</html\s*>", re.IGNORECASE)


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


def is_cut_off(text: str) -> bool:
    """Tell whether a page has no end: its last part was lost on the way."""
    begins = [found.start() for found in _PAGE.finditer(text)]
    return bool(begins) and _PAGE_END.search(text, begins[-1]) is None


def is_left_open(text: str, start: int) -> bool:
    """Tell whether an element of a page that begins at `start` is not closed before the page's end."""
    return len(_DIV.findall(text, start)) > len(_DIV_END.findall(text, start))


def own_blocks(blocks: list[LexborNode]) -> Iterator[LexborNode]:
    """Yield blocks, each without those in it: a block before them may never have been closed.

    Args:
        blocks: in the order of the page, which is taken apart if some are in others.
    """
    if not _are_nested(blocks):
        yield from blocks
        return
    own: list[str] = []
    for block in reversed(blocks):  # those in a block are behind it
        own.append(block.html or "")
        block.decompose()
    for html in reversed(own):
        body = parse_html(html).body
        if body is not None and body.child is not None:
            yield body.child


def _are_nested(blocks: list[LexborNode]) -> bool:
    ids = {block.mem_id for block in blocks}
    for block in blocks:
        around = block.parent
        while around is not None:
            if around.mem_id in ids:
                return True
            around = around.parent
    return False


def unread_parts(block: LexborNode, known: tuple[str, ...]) -> dict[str, str]:
    """Return the text in elements of classes that nobody knows, by class.

    Args:
        block: a message without a text.
        known: how classes begin that are read, or have no text of the message.
    """
    unread: dict[str, str] = {}
    waiting = [(child, "no class") for child in block.iter(include_text=True)]
    while waiting:
        node, name = waiting.pop()
        if node.tag == "-text":
            unread[f"class {name}"] = f"{unread.get(f'class {name}', '')} {node.text(deep=False)}"
        elif node.tag not in _UNSEEN and not any(kind.startswith(known) for kind in classes(node)):
            waiting += [(child, (classes(node) or [name])[0]) for child in node.iter(include_text=True)]
    return {name: text for name, text in unread.items() if has_words(text)}


def pieces_of(node: LexborNode, *, has_own_breaks: bool) -> list[Piece]:
    """Return the text of an element; quotations, code, items of lists and rows of tables are lines of their own.

    Args:
        node: the element.
        has_own_breaks: whether there may be a <br> beside a quotation that clients do not show, as on pages that
            Telegram Desktop exports; on those of t.me it is an empty line.
    """
    return join_pieces(_walk(node, Piece("")), has_own_breaks=has_own_breaks)


def _walk(node: LexborNode, around: Piece, is_code: bool = False, depth: int = 0) -> Iterator[Piece | None]:
    """Yield pieces; None where a block begins or ends."""
    if depth > _MAX_DEPTH:
        yield around._replace(text=node.text(deep=True))
        return
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            text = child.text(deep=False)
            yield around._replace(text=text if is_code else _shown(child, text))
        elif tag == "br":
            yield around._replace(text="\n")
        elif tag in _UNSEEN or tag is None or tag.startswith("-") or any(c in _MARKERS for c in classes(child)):
            continue
        else:
            inside = around
            if tag == "a":
                inside = Piece("", "plain", child.attributes.get("href") or "", child.attributes.get("onclick") or "")
            if tag in _BLOCKS:
                yield None
            if tag in _CELLS and _has_cell_before(child):
                yield Piece(_BETWEEN_CELLS)
            if number := _number_of(child):
                yield Piece(number)
            yield from _walk(child, inside, is_code or tag == "pre", depth + 1)
            if tag in _BLOCKS:
                yield None


def _shown(node: LexborNode, text: str) -> str:
    """Return a text without the line ends and margins of a page that was written to be read by programmers."""
    if "\n" in text and (margin := _MARGIN.match(text)) and _is_border(node.prev, node.parent):
        text = text[margin.end() :]
    if "\n" in text and text[-1:].isspace() and _is_border(node.next, node.parent):
        stripped = text.rstrip()
        text = stripped if "\n" in text[len(stripped) :] else text
    return _PADDING.sub(" ", text)


def _is_border(beside: LexborNode | None, parent: LexborNode | None) -> bool:
    """Tell whether there is a block's border on this side of a text."""
    if beside is not None:
        return beside.tag in _BLOCKS
    return parent is not None and (parent.tag in _BLOCKS or parent.tag in _CELLS)


def _has_cell_before(cell: LexborNode) -> bool:
    before = cell.prev
    while before is not None and before.tag not in _CELLS:
        before = before.prev
    return before is not None


def _number_of(item: LexborNode) -> str:
    """Return the number that a browser shows before an item of an ordered list; "" before anything else."""
    parent = item.parent
    if item.tag != "li" or parent is None or parent.tag != "ol":
        return ""
    said = item.attributes.get("data-num") or item.attributes.get("value")
    if not said:
        place, before = 1, item.prev
        while before is not None:
            place, before = place + (before.tag == "li"), before.prev
        said = str(place)
    return said if said.endswith((". ", ") ")) else f"{said.rstrip('.')}. "
