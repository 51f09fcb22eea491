"""The text of an HTML element as its reader sees it, in pieces of one kind each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from toolkit.sources.pieces import Piece, join_pieces
from toolkit.sources.rich_text import has_words
from toolkit.sources.source import Source

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
_BLOCK_TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?:div|section|article|main|aside|blockquote|details|figure|center|dl|ul|ol|pre)\b",
    re.IGNORECASE | re.DOTALL,
)  # for each that begins a parser looks at all that are open
_MAX_OPEN: Final = 500  # elements around a message; an honest page has some ten
_MAX_NESTED: Final = 20_000  # elements in each other that no message begins in
_PAGE: Final = re.compile(r"<html[\s>]", re.IGNORECASE)
_PAGE_END: Final = re.compile(r"</html\s*>", re.IGNORECASE)


def parse_html(text: str) -> LexborHTMLParser:
    """Parse a page as browsers do: nothing is too broken for it."""
    return LexborHTMLParser(text)


def page_parts(source: Source, message: re.Pattern[str]) -> Iterator[LexborHTMLParser]:
    """Yield a page, parsed; one whose messages were all left open in parts, for it takes the square of their number.

    Args:
        source: the page.
        message: matches the tag that begins a message, which is where a part may begin.

    Raises:
        SourceError: if elements are nested as in no page that people read.
    """
    text, start, n_open = source.text, 0, 0
    for tag in _BLOCK_TAG.finditer(text):
        if tag["end"] is None:
            continue  # a comment
        n_open = max(n_open + (-1 if tag["end"] else 1), 0)
        if n_open > _MAX_NESTED:
            raise source.error(f"has {n_open:,} elements in each other, which is no page", fix="Leave it out")
        if n_open > _MAX_OPEN and not tag["end"] and message.match(text, tag.start()):
            yield parse_html(text[start : tag.start()])
            start, n_open = tag.start(), 1
    yield parse_html(text[start:])


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
    end = text.rfind(">") + 1  # the last tag may be cut off itself
    return len(_DIV.findall(text, start, end)) > len(_DIV_END.findall(text, start, end))


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
    unread: dict[str, list[str]] = {}
    waiting = [(child, "no class") for child in block.iter(include_text=True)]
    while waiting:
        node, name = waiting.pop()
        if node.tag == "-text":
            unread.setdefault(f"class {name}", []).append(node.text(deep=False))
        elif node.tag not in _UNSEEN and not any(kind.startswith(known) for kind in classes(node)):
            waiting += [(child, (classes(node) or [name])[0]) for child in node.iter(include_text=True)]
    return {name: text for name, parts in unread.items() if has_words(text := " ".join(reversed(parts)))}


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
    n_before: Counter[str] = Counter()  # elements before a child, by their tags
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
            if tag in _CELLS and any(n_before[cell] for cell in _CELLS):
                yield Piece(_BETWEEN_CELLS)
            n_before[tag] += 1
            if tag == "li" and node.tag == "ol":
                yield Piece(_number_of(child, n_before[tag]))
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


def _number_of(item: LexborNode, place: int) -> str:
    """Return the number that a browser shows before an item of an ordered list."""
    said = item.attributes.get("data-num") or item.attributes.get("value") or str(place)
    return f"{said} " if said.endswith((".", ")")) else f"{said}. "
