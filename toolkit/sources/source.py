"""What a reader gets and gives: an input with its content, the posts in it, and what became of every part of it."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol, TextIO

from toolkit.duplicates.same_ids import ID_FROM_TEXT
from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources.files import find_encoding, is_table_file, no_text_error, old_encoding, read_all, to_text
from toolkit.sources.inputs import Input
from toolkit.sources.json_shape import JsonShape, json_shape, with_long_first
from toolkit.text.links import channel_name
from toolkit.text.masking import hide_personal

_HEAD: Final = 1 << 20
# Members of an object that has all there is, and is no first of several.
_CONTAINERS: Final = frozenset(["messages", "chats", "left_chats", "contacts", "personal_information", "sessions"])
_HANDLE: Final = re.compile(r"[A-Za-z]\w{2,31}")
_LANGUAGES: Final = {"русский": "ru", "russian": "ru", "английский": "en", "english": "en"}

Row = dict[str, Any]


class Note(NamedTuple):
    """Something that the user should know, and that can be lived with.

    Attributes:
        what: in one line.
        unit: the line, message or row of which something cannot be read; None if it is about no single one.
    """

    what: str
    unit: str | None = None


@dataclass(frozen=True)
class Source:
    """An input with its content.

    Attributes:
        options: what the user said about it.
        input: the file.
        notes: what is found wrong in it, grows while it is read.
    """

    options: SourceOptions
    input: Input
    notes: list[Note] = field(default_factory=list, compare=False)

    @cached_property
    def head(self) -> bytes:
        """Its first megabyte."""
        with self.input.open() as file:
            return file.read(_HEAD)

    @property
    def is_all_head(self) -> bool:
        """Whether it has no more than its head."""
        return len(self.head) < _HEAD

    @cached_property
    def head_text(self) -> str:
        """Its first megabyte as text; "" for Parquet, Arrow and XLSX."""
        if self.is_table_file:
            return ""
        return to_text(self.head, self.input.where, encoding=self.encoding, is_head=True)

    @cached_property
    def is_table_file(self) -> bool:
        """Whether it is Parquet, Arrow or XLSX."""
        return is_table_file(self.head)

    @cached_property
    def encoding(self) -> str:
        """In which its text is; one that is not of Unicode is noted."""
        encoding = find_encoding(self.head, self.input.where)
        if told := old_encoding(encoding):
            self.note(told)
        return encoding

    @cached_property
    def shape(self) -> JsonShape:
        """What the beginning shows, if it is JSON."""
        shape = json_shape(self.head_text)
        if not shape.root or shape.first is not None or self.is_all_head or not _CONTAINERS.isdisjoint(shape.keys):
            return shape
        with self.open_text() as file:
            return with_long_first(shape, file)

    @cached_property
    def data(self) -> bytes:
        """All its bytes."""
        with self.input.open() as file:
            return read_all(file, self.input.where)

    @cached_property
    def text(self) -> str:
        """All its text."""
        return to_text(self.data, self.input.where, encoding=self.encoding)

    @contextmanager
    def open_text(self) -> Iterator[TextIO]:
        """Open it as text that is read piece by piece, line ends as they are.

        Raises:
            SourceError: in the block, if it is no text.
        """
        with self.input.open() as file, io.TextIOWrapper(file, self.encoding, newline="") as text:
            try:
                yield text
            except UnicodeDecodeError as error:
                raise no_text_error(error, self.encoding, self.input.where, None) from error

    @property
    def channel(self) -> str | None:
        """The channel that the user named, without @ and address."""
        return channel_name(self.options.channel) if self.options.channel else None

    @property
    def file_channel(self) -> str:
        """The channel that the user named, else the file's name without its ending."""
        return self.channel or self.input.stem

    def error(self, what: str, *, line: int | None = None, fix: str | None = None) -> SourceError:
        """Return an error about this input."""
        return SourceError(hide_personal(what), where=self.input.where, line=line, fix=fix)

    def note(self, what: str, *, unit: str | None = None) -> None:
        """Report something that can be lived with; an input of which most units are noted is refused.

        Args:
            what: in one line; of values as much as `shown` leaves.
            unit: as in `Note`.
        """
        self.notes.append(Note(what, unit))


@dataclass
class Parsed:
    """What a reader found.

    `rows` may be a generator that reads as it goes: then the other attributes are complete when it has ended.

    Attributes:
        rows: posts in reading order, with the fields of POSTS; only post_id, channel, text, source_format and
            source_span are required.
        unit: what the input consists of: lines, messages or rows.
        units: how many of them it has.
        trace: one dict a unit, in order: its number or id, its role, the number or id of its post.
        dropped: posts without text that are in no row, by reason.
    """

    rows: Iterable[Row]
    unit: str
    units: int = 0
    trace: list[dict[str, Any]] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)


class Reader(Protocol):
    """A module, or an object, that reads one format."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the content is of this format, or would be if it were not broken; never by its name."""

    def read(self, source: Source) -> Parsed:
        """Read the posts.

        Raises:
            SourceError: if the content is broken; also while its rows are taken.
        """


# ---------------------------------------------------------------- what readers share


def is_handle(channel: str) -> bool:
    """Tell whether a channel's name can be one in an address of t.me."""
    return _HANDLE.fullmatch(channel) is not None


def permalink(channel: str | None, message: int | str) -> str | None:
    """Return the public address of a message; None if the channel has no handle."""
    return f"https://t.me/{channel}/{message}" if channel and is_handle(channel) else None


def load_json(text: str) -> Any:
    """Return what JSON says.

    Raises:
        json.JSONDecodeError: if it is none, or is nested deeper or has longer numbers than any honest file.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as error:
        raise json.JSONDecodeError("is nested too deep or has too long a number", text, 0) from error


def shown(value: object) -> str:
    """Return a value of an input as an error or a note may show it: short, and without what is personal."""
    return repr(hide_personal(value)[:40])[:42] if isinstance(value, str) else hide_personal(repr(value))[:42]


def content_id(channel: str, text: str, date: datetime | None = None) -> str:
    """Return the id of a post whose source has none: it depends on channel, words and second, not on white space.

    Nor on personal values, which could be found by trying, and which options may hide in this or that way.

    Args:
        channel: its name.
        text: as the source has it.
        date: in UTC; None if the source has none.
    """
    words = " ".join(hide_personal(text).split())
    second = "" if date is None else f"\n{date.replace(tzinfo=None).isoformat(timespec='seconds')}"
    digest = hashlib.sha256(f"{words}{second}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{channel}/{digest[:16]}"


def name_by_text(row: Row) -> None:
    """Give a post of a source without ids one that its words and its date make, and flag it."""
    date = row.get("date")
    said = row["text"] or row.get("text_raw") or ""
    row["post_id"] = content_id(row["channel"], said, date if isinstance(date, datetime) else None)
    row["flags"] = [*(row.get("flags") or ()), ID_FROM_TEXT]


def unique_ids(names: Iterable[str]) -> list[str]:
    """Return ids of which each is there once: what was there before gets a suffix, in reading order: -2, -3, ...

    >>> unique_ids(["a", "b", "a", "a-2", "a"])
    ['a', 'b', 'a-3', 'a-2', 'a-4']
    """
    given = list(names)
    taken = set(given)
    if len(taken) == len(given):
        return given
    seen: dict[str, int] = {}
    for at, name in enumerate(given):
        seen[name] = count = seen.get(name, 0) + 1
        if count == 1:
            continue
        while (new := f"{name}-{seen[name]}") in taken:
            seen[name] += 1
        given[at] = new
        taken.add(new)
    return given


def known_language(name: str) -> str | None:
    """Return a language as stages know it: `RU`, `ru-RU` and `Русский` are `ru`; None if it is no code.

    Of names only those of the two languages that this is about are known.
    """
    first = re.split("[-_]", name.strip().lower())[0]
    code = _LANGUAGES.get(first, first)
    return code if re.fullmatch("[a-z]{2,3}|mixed", code) else None
