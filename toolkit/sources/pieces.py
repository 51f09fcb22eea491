"""A text in pieces of one kind each, whichever format it is from, and how pieces become lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of text.

    Attributes:
        text: with "\\n" where a line ends.
        kind: as result.json calls it: plain, bold, link, text_link, hashtag, ...; of HTML always plain.
        href: address of the innermost link around it; None if it is in none.
        onclick: script of that link; "" if it has none.
    """

    text: str
    kind: str = "plain"
    href: str | None = None
    onclick: str = ""


class Button(NamedTuple):
    """A button below a message: its label, and the address that it opens, if it opens one."""

    label: str
    url: str | None = None


def join_pieces(parts: Iterable[Piece | None], *, has_own_breaks: bool) -> list[Piece]:
    """Join neighbours of one kind, put blocks on lines of their own, and cut the space around the whole.

    Args:
        parts: pieces; None where a block, as a quotation, begins or ends.
        has_own_breaks: whether the text may have line ends around its blocks that clients do not show as empty lines.

    >>> said = [Piece("He said:"), None, Piece("Yes."), None, Piece("\\nAnd left. ")]
    >>> [text_of(join_pieces(said, has_own_breaks=own)) for own in (True, False)]
    ['He said:\\nYes.\\nAnd left.', 'He said:\\nYes.\\n\\nAnd left.']
    """
    joined: list[Piece] = []
    at_border = False
    for part in parts:
        if part is None:
            at_border = True
            continue
        if not part.text:
            continue
        if at_border and joined:
            is_broken = joined[-1].text.endswith("\n") or (has_own_breaks and part.text.startswith("\n"))
            if not is_broken:
                joined.append(Piece("\n"))
        at_border = False
        if joined and joined[-1][1:] == part[1:]:
            joined[-1] = part._replace(text=joined[-1].text + part.text)
        else:
            joined.append(part)
    return _trimmed(joined)


def _trimmed(pieces: list[Piece]) -> list[Piece]:
    if pieces:
        pieces[0] = pieces[0]._replace(text=pieces[0].text.lstrip())
        pieces[-1] = pieces[-1]._replace(text=pieces[-1].text.rstrip())
    return [piece for piece in pieces if piece.text]


def text_of(pieces: Iterable[Piece]) -> str:
    """Return the text of pieces."""
    return "".join(piece.text for piece in pieces)


def as_lines(paragraphs: Iterable[list[Piece]]) -> list[Piece]:
    """Return pieces with each of the paragraphs, that has any text, on lines of its own."""
    parts: list[Piece | None] = []
    for paragraph in paragraphs:
        parts += [*paragraph, None]
    return join_pieces(parts, has_own_breaks=True)
