"""Anything that holds posts -> `schemas.POSTS`, one module a format.

A reader module has two functions: `recognises(source)` looks at the content, never at the name, and `read(source)`
returns rows and says of every line, message or row of the input what became of it. What readers share is here: opening
files (`files`), times, and what is the same for all posts, such as their language.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from toolkit import schemas
from toolkit.errors import OptionError, SchemaError, SourceError
from toolkit.options import SourceOptions
from toolkit.sources.files import read_bytes, to_text
from toolkit.text.language import detect_language
from toolkit.text.telegram import find_hashtags, find_urls

# In the order in which they are asked; the last one takes text with any sign of Telegram's interface.
FORMATS: Final = ("table", "desktop_json", "extracted_text")

_ENOUGH_LETTERS: Final = 15  # shorter texts have no language of their own that could be told


@dataclass(frozen=True)
class Source:
    """An input with its content.

    Attributes:
        options: what the user said about it.
        data: the bytes, unpacked if they were gzip.
        text: the same as text; None for Parquet.
    """

    options: SourceOptions
    data: bytes
    text: str | None

    @property
    def channel(self) -> str | None:
        """The channel that the user named, without @ and address."""
        name = self.options.channel
        if not name:
            return None
        return name.removeprefix("https://").removeprefix("t.me/").removeprefix("s/").removeprefix("@").strip("/")

    @property
    def file_channel(self) -> str:
        """The channel that the user named, else the file's name without its ending."""
        return self.channel or self.options.path.name.removesuffix(".gz").rsplit(".", 1)[0]

    def error(self, what: str, *, line: int | None = None, fix: str | None = None) -> SourceError:
        """Return an error about this input."""
        return SourceError(what, where=self.options.path, line=line, fix=fix)


@dataclass(frozen=True)
class Parsed:
    """What a reader found.

    Attributes:
        rows: posts in reading order, with the fields of POSTS; language, links and hashtags may be left out.
        unit: what the input consists of: lines, messages or rows.
        units: how many of them it has.
        trace: one dict a unit, in order: its number or id, its role, the number of its post.
        dropped: posts without text that are in no row, by reason.
    """

    rows: list[dict[str, Any]]
    unit: str
    units: int
    trace: list[dict[str, Any]]
    dropped: dict[str, int]


class Reader(Protocol):
    """A module of this package that reads one format."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the content is of this format, or would be if it were not broken."""

    def read(self, source: Source) -> Parsed:
        """Read the posts.

        Raises:
            SourceError: if the content is broken.
        """


@dataclass(frozen=True)
class ParseReport:
    """What became of an input: every line, message or row has one role.

    Attributes:
        file: its name.
        format: one of FORMATS.
        unit: lines, messages or rows.
        units: how many of them it has.
        roles: how many of them are what.
        posts: how many posts came out.
        dropped: posts that did not, by reason.
        flags: flag -> posts that have it.
        unexplained: units without a role; always 0.
    """

    file: str
    format: str
    unit: str
    units: int
    roles: dict[str, int]
    posts: int
    dropped: dict[str, int]
    flags: dict[str, int]
    unexplained: int

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-like data."""
        return dict(vars(self))

    def summary(self) -> str:
        """Say it in one line: "404 lines: 21 posts, 156 repeated lines removed, ..., 0 unexplained"."""
        parts = [_counted(self.posts, "post")]
        for role, count in self.roles.items():
            if role == "repeat":
                parts.append(f"{_counted(count, 'repeated line')} removed")
            elif role not in ("body", "post"):
                parts.append(f"{count:,} {role.replace('_', ' ')}")
        parts += [f"{_counted(n, 'post')} dropped ({reason.replace('_', ' ')})" for reason, n in self.dropped.items()]
        parts += [f"{_counted(n, 'post')} with {flag.replace('_', ' ')}" for flag, n in self.flags.items()]
        return (
            f"{_counted(self.units, self.unit.removesuffix('s'))}: {', '.join(parts)}, {self.unexplained} unexplained"
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class ParseResult:
    """Posts and what became of every part of the input.

    Attributes:
        posts: conforms to `schemas.POSTS`, in the reading order of the source; `post_id` is unique.
        report: counts.
        trace: one dict a line, message or row: its number or id, its role, the number of its post from 1.
    """

    posts: pa.Table
    report: ParseReport
    trace: list[dict[str, Any]]


def read_source(options: SourceOptions) -> ParseResult:
    """Read the posts of a file.

    Args:
        options: path, and what the file does not say about itself.

    Returns:
        Posts in reading order; stages sort them.

    Raises:
        SourceError: if the file is missing, empty, broken, of no known format, or holds a whole account.
        OptionError: if the time zone, a column or the format does not exist.
    """
    if options.format not in (None, *FORMATS):
        raise OptionError(f"unknown format {options.format!r}; known: {', '.join(FORMATS)}", where=options.path)
    local_time(datetime(2000, 1, 1), options.timezone)  # an unknown zone is told even if no date needs it
    data = read_bytes(options.path)
    source = Source(options, data, None if data.startswith(b"PAR1") else to_text(data, options.path))
    name = options.format or _detect(source)
    if source.text is None and name != "table":
        raise source.error(f"is Parquet, wanted {name}", fix="Leave the format out")
    parsed = _reader(name).read(source)
    rows = list(_completed(parsed.rows, source))
    unique_ids(rows)
    try:
        posts = schemas.from_rows(_with_languages(rows, source), schemas.POSTS)
    except SchemaError as error:
        raise source.error(error.what, fix="Correct the value, or leave the row out") from error
    roles = Counter(unit["role"] for unit in parsed.trace)
    report = ParseReport(
        file=options.path.name,
        format=name,
        unit=parsed.unit,
        units=parsed.units,
        roles=dict(sorted(roles.items())),
        posts=posts.num_rows,
        dropped=dict(sorted(parsed.dropped.items())),
        flags=dict(sorted(Counter(flag for row in rows for flag in row["flags"]).items())),
        unexplained=parsed.units - roles.total(),
    )
    return ParseResult(posts, report, parsed.trace)


def _reader(name: str) -> Reader:
    return importlib.import_module(f"toolkit.sources.{name}")


def _detect(source: Source) -> str:
    """Return the name of the format that the content is in."""
    for name in FORMATS:
        if _reader(name).recognises(source):
            return name
    if source.text and source.text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        raise source.error(
            "is an HTML page, which is not read yet",
            fix="Export the chat from Telegram Desktop as JSON, or extract the page's text",
        )
    raise source.error(
        "is in no known format: neither a Telegram Desktop export, nor a table with a text column, nor the text of a "
        "t.me page",
        fix=f"Check the file, or name its format: {', '.join(FORMATS)}",
    )


def _completed(rows: Iterable[dict[str, Any]], source: Source) -> Iterable[dict[str, Any]]:
    """Fill in what follows from a post's text and what its source does not know."""
    for row in rows:
        filled = {
            "channel_title": None,
            "date_precision": "none",
            "text_raw": _sound(row["text"]),
            "reactions": [],
            "media": [],
            "source_file": source.options.path.name,
            **{key: _sound(value) for key, value in row.items()},
        }
        for key in ("post_id", "channel", "reply_to"):
            filled[key] = filled.get(key) and _one_line(filled[key])
        filled.setdefault("urls", find_urls(filled["text"]))
        filled.setdefault("hashtags", find_hashtags(filled["text"]))
        filled["flags"] = sorted(set(row.get("flags", ())))
        yield filled


def _sound(value: Any) -> Any:
    """Return a value whose strings can be written as UTF-8: JSON can hold halves of surrogate pairs."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {key: _sound(item) for key, item in value.items()}
    return [_sound(item) for item in value] if isinstance(value, list) else value


def _one_line(name: str) -> str:
    """Return an id without what would break a line, a table or a terminal in which it is shown."""
    return name if name.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def language_code(source: Source, name: str, *, row: int | None = None) -> str:
    """Return a language as stages know it: `RU` and `ru-RU` are `ru`.

    Raises:
        SourceError: if it is no code: "Russian" would pass for a language that is neither Russian nor English.
    """
    code = re.split("[-_]", name.strip().lower())[0]
    if re.fullmatch("[a-z]{2,3}|mixed", code) is None:
        place = "" if row is None else f"row {row} has "
        raise source.error(f"{place}language {name!r}, wanted a code such as ru or en")
    return code


def _with_languages(rows: list[dict[str, Any]], source: Source) -> list[dict[str, Any]]:
    """Set every language: as the user or the source says, as detected, or that of most posts of the channel."""
    if source.options.lang:
        lang = language_code(source, source.options.lang)
        return [{**row, "lang": lang, "lang_confidence": None, "lang_source": "source"} for row in rows]
    short = []
    of_channel: dict[str, Counter[str]] = {}
    for row in rows:
        if row.get("lang"):
            row.setdefault("lang_source", "source")
            continue
        row["lang"], confidence = detect_language(row["text"])
        row["lang_confidence"], row["lang_source"] = round(float(confidence), 4), "detected"
        if sum(map(str.isalpha, row["text"])) < _ENOUGH_LETTERS:
            short.append(row)
        else:
            of_channel.setdefault(row["channel"], Counter())[row["lang"]] += 1
    for row in short:
        known = of_channel.get(row["channel"])
        if known:
            row["lang"], row["lang_confidence"], row["lang_source"] = _most_common(known), None, "context"
    return rows


def _most_common(counts: Counter[str]) -> str:
    return min(counts, key=lambda lang: (-counts[lang], lang))


# ---------------------------------------------------------------- what readers share


def unique_ids(rows: list[dict[str, Any]]) -> None:
    """Give posts with the same id a suffix, in reading order: -2, -3, ..."""
    taken = {row["post_id"] for row in rows}
    seen: Counter[str] = Counter()
    for row in rows:
        name = row["post_id"]
        seen[name] += 1
        if seen[name] == 1:
            continue
        while (new := f"{name}-{seen[name]}") in taken:
            seen[name] += 1
        row["post_id"] = new
        taken.add(new)


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


def content_id(channel: str, text: str) -> str:
    """Return the id of a post whose source has none: it depends on channel and words, not on white space."""
    digest = hashlib.sha256(" ".join(text.split()).encode("utf-8")).hexdigest()
    return f"{channel}/{digest[:16]}"


def local_time(clock: datetime, zone: str | None) -> tuple[datetime, str]:
    """Return a time in UTC and its precision.

    Args:
        clock: with or without offset.
        zone: of clocks without offset; None = not known, the clock is kept as it is.

    Raises:
        OptionError: if there is no such zone.
    """
    if clock.tzinfo is not None:
        return clock.astimezone(UTC), "utc"
    if zone is None:
        return clock.replace(tzinfo=UTC), "local_no_offset"
    try:
        return clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), "utc"
    except (KeyError, ValueError, OSError) as error:
        raise OptionError(f"unknown time zone {zone!r}", fix='Name one such as "Europe/Moscow"') from error
