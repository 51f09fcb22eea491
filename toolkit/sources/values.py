"""What a value of a foreign table or message says: a text, a name, a number; what is none is never made a string."""

from __future__ import annotations

import ast
import json
import math
import re
from decimal import Decimal
from typing import Any, Final

from toolkit.sources.rich_text import is_text, plain_text
from toolkit.text.encodings import guess_encoding
from toolkit.text.links import channel_name
from toolkit.text.telegram import MAX_COUNT, parse_count

# What programs write where there is no value.
_NOTHING: Final = frozenset(
    ("", "nan", "NaN", "NAN", "None", "none", "null", "NULL", "Null", "<NA>", "NaT", "\\N", "#N/A", "#VALUE!", "#REF!",
     "#NAME?")
)  # fmt: skip
_WHOLE: Final = re.compile(r"([+-]?\d+)\.0*")  # 12.0: a number that passed through a table of floats
_SHORTENED: Final = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d+")  # 1.00129E+12: a spreadsheet's, the rest is lost
_BYTES: Final = re.compile(r"""b(['"]).*\\x.*\1""", re.DOTALL)  # what Python writes for bytes
_WRITTEN_OUT: Final = re.compile(r"\s*\[.*[\"']text[\"']\s*:.*\]\s*", re.DOTALL)  # a list that a program made a string
_MAX_WRITTEN_OUT: Final = 1 << 20
_THOUSANDS: Final = re.compile(r"\s|,(?=\d{3}(?:\D|$))")  # 1,234 views are no fraction


def is_nothing(value: object) -> bool:
    """Tell whether there is no value: null, NaN, or what programs write for them.

    >>> [is_nothing(value) for value in (None, float("nan"), " ", "nan", "Nan is a bread", 0)]
    [True, True, True, True, False, False]
    """
    return value is None or value != value or (isinstance(value, str) and value.strip() in _NOTHING)


def text_of(value: object) -> str | None:
    """Return a text as it is: a string, bytes, or pieces as Telegram has them; None if there is none.

    >>> text_of(b"Fog"), text_of(["Fog ", {"type": "bold", "text": "ahead"}]), text_of(float("nan"))
    ('Fog', 'Fog ahead', None)

    Raises:
        ValueError: if the value is something else.
    """
    if is_nothing(value):
        return None
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, str):
        if _BYTES.fullmatch(value.strip()):
            value = _decoded(ast.literal_eval(value.strip()))
        return _written_out(value) or value
    if not isinstance(value, list | dict) or not is_text(value):
        raise ValueError(f"is {_kind(value)}, wanted text")
    return plain_text(value)


def _written_out(text: str) -> str | None:
    """Return the text that pieces are which a program wrote as JSON or as Python; None if the text is none of these."""
    if len(text) > _MAX_WRITTEN_OUT or not _WRITTEN_OUT.fullmatch(text):
        return None
    value = _evaluated(text.strip())
    is_typed = isinstance(value, list) and any(isinstance(piece, dict) and "type" in piece for piece in value)
    return plain_text(value) if is_typed else None


def _evaluated(text: str) -> object:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return None


def word_of(value: object) -> str | None:
    """Return a name or a number as a word; None if there is none.

    >>> word_of(" bay "), word_of(12.0), word_of(None)
    ('bay', '12', None)

    Raises:
        ValueError: if the value is something else.
    """
    if is_nothing(value):
        return None
    if isinstance(value, bytes):
        value = _decoded(value)
    if isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"is {_kind(value)}, wanted a word or a whole number")
    return str(value).strip() or None


def id_of(value: object) -> str | None:
    """Return an id as a word; None if there is none.

    >>> id_of("12.0"), id_of(12), id_of("bay/12")
    ('12', '12', 'bay/12')

    Raises:
        ValueError: if the value is something else, or a spreadsheet has shortened it.
    """
    word = word_of(value)
    if word is not None and _SHORTENED.fullmatch(word):
        raise ValueError("was shortened by a spreadsheet, which lost digits")
    whole = _WHOLE.fullmatch(word or "")
    return whole[1] if whole else word


def channel_of(value: object) -> str | None:
    """Return a channel's name as all formats have it, also of an object that describes one; None if there is none.

    >>> channel_of(-1001288000009.0), channel_of({"id": 5, "username": "bay"})
    ('1288000009', 'bay')

    Raises:
        ValueError: if the value is something else.
    """
    if isinstance(value, dict):
        value = next((value[key] for key in ("username", "id", "title") if not is_nothing(value.get(key))), value)
    word = id_of(value)
    return None if word is None else channel_name(word)


def title_of(value: object) -> str | None:
    """Return a title, also of an object that has one; None if there is none.

    Raises:
        ValueError: if the value is something else.
    """
    if isinstance(value, dict):
        value = next((value[key] for key in ("title", "name", "from_name") if not is_nothing(value.get(key))), value)
    return word_of(value)


def count_of(value: object) -> int | None:
    """Return a count, also a rounded one; None if there is none.

    >>> count_of("1,234"), count_of("1.2K"), count_of("58.0")
    (1234, 1200, 58)

    Raises:
        ValueError: if the value is no count that 64 bits hold.
    """
    word = word_of(value)
    try:
        count = None if word is None else parse_count(_THOUSANDS.sub("", word))
    except OverflowError as error:
        raise ValueError("is no number") from error
    if count is not None and not 0 <= count <= MAX_COUNT:
        raise ValueError("is no count")
    return count


def word_or_none(value: object) -> str | None:
    """Return a name or a number as a word; None too if the value is something else, as most members of messages may be.

    >>> word_or_none("bay"), word_or_none({"bay": 1})
    ('bay', None)
    """
    try:
        return word_of(value)
    except ValueError:
        return None


def count_or_none(value: object) -> int | None:
    """Return a count; None too if the value is something else, as true, or a number beyond 64 bits."""
    try:
        return count_of(value)
    except ValueError:
        return None


def kinds_of(value: object) -> list[str]:
    """Return the kinds of media that a value says: names, or objects with a type; true is just some media."""
    found = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            kind = next((one[key] for key in ("type", "_") if isinstance(one.get(key), str)), "media")
            found.append(kind.removeprefix("MessageMedia").lower())
        elif one is True:
            found.append("media")
        elif one is not False:
            found += [] if is_nothing(one) else [word_or_none(one) or "media"]
    return found


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding = guess_encoding(data)
        if encoding is None:
            raise ValueError("is bytes that are no text") from None
        return data.decode(encoding, "replace")


def _kind(value: Any) -> str:
    return {bool: "true or false", int: "a number", float: "a number"}.get(type(value), type(value).__name__)
