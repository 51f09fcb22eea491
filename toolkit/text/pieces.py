"""Texts of Telegram as lists of pieces: bare strings, and objects with a type and a text, one after the other."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, Final

_WRITTEN_OUT: Final = re.compile(r"\s*\[.*[\"']text[\"']\s*:.*\]\s*", re.DOTALL)  # a list that a program made a string
_MAX_WRITTEN_OUT: Final = 1 << 20


def text_pieces(value: object) -> list[dict[str, Any]]:
    """Return a text as pieces with a type; what is no piece is left out.

    >>> text_pieces(["Read ", {"type": "bold", "text": "this"}, 5])
    [{'type': 'plain', 'text': 'Read '}, {'type': 'bold', 'text': 'this'}]
    """
    given = value if isinstance(value, list) else [value]
    wrapped = [{"type": "plain", "text": piece} if isinstance(piece, str) else piece for piece in given]
    return [piece for piece in wrapped if isinstance(piece, dict) and isinstance(piece.get("text"), str)]


def joined_pieces(value: object) -> str | None:
    """Return the text that pieces are, one or a list; None if one of them is none.

    >>> joined_pieces(["Read ", {"type": "bold", "text": "this"}]), joined_pieces({"text": "That"}), joined_pieces([5])
    ('Read this', 'That', None)
    """
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        return joined_pieces(value["text"])
    pieces = text_pieces(value)
    is_whole = len(pieces) == (len(value) if isinstance(value, list) else 1)
    return "".join(piece["text"] for piece in pieces) if is_whole else None


def written_out_pieces(text: str) -> str | None:
    """Return the text that pieces are which a program wrote as JSON or as Python; None if the text is none of these.

    >>> written_out_pieces("['Read ', {'type': 'bold', 'text': 'this'}]"), written_out_pieces("[1, 2]")
    ('Read this', None)
    """
    if len(text) > _MAX_WRITTEN_OUT or not _WRITTEN_OUT.fullmatch(text):
        return None
    value = _evaluated(text.strip())
    is_typed = isinstance(value, list) and any(isinstance(piece, dict) and "type" in piece for piece in value)
    return joined_pieces(value) if is_typed else None


def _evaluated(text: str) -> object:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return None
