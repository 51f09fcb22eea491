"""Read tables of posts: CSV, JSON, Parquet, datasets on disk (Arrow); also those that `bitext parse` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from toolkit import schemas
from toolkit.sources.columns import map_columns, names_a_text
from toolkit.sources.csv_rows import NumberedRow, csv_header
from toolkit.sources.json_stream import JsonShape
from toolkit.sources.source import Parsed, Row, Source, is_handle, known_language, load_json, name_by_text, shown
from toolkit.sources.table_files import table_rows
from toolkit.sources.times import is_ambiguous, is_day_first, parse_time
from toolkit.text.telegram import parse_count

_THOUSANDS: Final = re.compile(r"\s|,(?=\d{3}(?:\D|$))")  # 1,234 views are no fraction
_TIMES: Final = ("date", "edited")

_ADDRESS: Final = re.compile(r"(?:(?:https?://)?(?:www\.)?(?:t|telegram)\.(?:me|dog)/(?:s/)?)?@?", re.IGNORECASE)

_Moment = tuple[datetime | None, str]


def recognises(source: Source) -> bool:
    """Tell whether it is Parquet, Arrow, JSON objects with a text, or CSV whose first line names a column of texts."""
    if source.is_table_file or source.options.columns:
        return True
    head = source.head_text.lstrip("\ufeff \t\r\n")
    if head[:1] in ("{", "["):
        return _is_table(source.shape, has_lines=source.shape.has_lines)
    header = csv_header(head)
    return head[:1] != "<" and len(header) > 1 and names_a_text(header)


def _is_table(shape: JsonShape, *, has_lines: bool) -> bool:
    """Tell whether JSON is objects in an array or one a line; a single one needs a text, others have one later."""
    if shape.first is None or isinstance(shape.first.get("messages"), list) or "chats" in shape.first:
        return False
    has_text = names_a_text(shape.first)
    return has_text if shape.root == "[" else shape.is_line and (has_text or has_lines)


def read(source: Source) -> Parsed:
    """Read the posts; a row without text is dropped, a broken one noted.

    Raises:
        SourceError: if there is no column of texts, or its times cannot be read.
        OptionError: if `columns` names a column that does not exist.
    """
    names, rows = table_rows(source)
    is_ours = set(schemas.POSTS.names) <= set(names) and not source.options.columns
    example = next((row for _, row in rows if row), {})
    columns = {name: name for name in schemas.POSTS.names} if is_ours else map_columns(source, names, example)
    moments = {ours: _moments(source, ours, columns[ours], rows) for ours in _TIMES if ours in columns}
    posts: list[Row] = []
    trace: list[dict[str, Any]] = []
    for at, (number, given) in enumerate(rows):
        unit: dict[str, Any] = {"row": number, "role": "broken"}
        trace.append(unit)
        if given is None:
            continue
        values = {ours: given.get(theirs) for ours, theirs in columns.items()}
        times = {ours: found[at] for ours, found in moments.items()}
        post = _own_row(source, number, values, times) if is_ours else _row(source, number, values, times)
        unit["role"] = "post" if post is not None else "broken" if is_ours else "no_text"
        if post is not None:
            posts.append(post)
            unit["post"] = post["post_id"]
    return Parsed(posts, "rows", len(trace), trace, {})


def _row(source: Source, number: int, values: Row, times: Mapping[str, _Moment]) -> Row | None:
    """Return a post from the values of a foreign table; None if it has no text."""
    raw = str(values["text"] or "")
    if not raw.strip():
        return None
    name = _word(values.get("post_id"))
    channel = source.channel or _word(values.get("channel")) or _id_channel(name) or source.file_channel
    moment, precision = times.get("date", (None, "none"))
    row: Row = {
        **{key: _word(values.get(key)) for key in ("channel_title", "forwarded_from", "permalink")},
        "lang": _lang(source, number, _word(values.get("lang"))),
        "channel": channel,
        "date": moment,
        "date_precision": precision,
        "edited": times.get("edited", (None, ""))[0],
        "reply_to": _in_channel(channel, _word(values.get("reply_to"))),
        "text": raw.strip(),
        "text_raw": raw,
        "views": _count(source, number, values.get("views")),
        "reactions": _reactions(values.get("reactions")),
        "media": _media(values.get("media")),
        "source_format": "table",
        "source_span": f"row {number}",
    }
    if name is None:
        name_by_text(row)
    else:
        row["post_id"] = _in_channel(channel, name)
    return row


def _own_row(source: Source, number: int, values: Row, times: Mapping[str, _Moment]) -> Row | None:
    """Return a post from a row that `bitext parse` wrote, with all that it knew; None if it is broken."""
    for key in ("post_id", "channel", "text"):
        if not isinstance(values[key], str):
            source.note(f"row {number} has {key} {shown(values[key])}, wanted a string", unit=f"row {number}")
            return None
    flags = values["flags"] if isinstance(values["flags"], list) else []
    return {
        **values,
        "flags": [flag for flag in flags if isinstance(flag, str)],
        **{key: moment for key, (moment, _) in times.items()},
    }


# ---------------------------------------------------------------- values


def _moments(source: Source, ours: str, theirs: str, rows: list[NumberedRow]) -> list[_Moment]:
    """Return the times of a column in UTC, of every row; those that are none are noted.

    Raises:
        SourceError: if most are none, or nobody can tell whether the day or the month comes first.
    """
    given = [(number, None if row is None else row.get(theirs)) for number, row in rows]
    day_first = is_day_first(value for _, value in given)
    doubtful = next((f"row {number} has {ours} {shown(value)}" for number, value in given if is_ambiguous(value)), None)
    if day_first is None and doubtful is not None:
        raise source.error(
            f"{doubtful}, and the times in column {theirs!r} do not tell whether the day or the month is first",
            fix="Write times in ISO 8601, as 2024-04-03 10:00, or as 03.04.2024 10:00 with the day first",
        )
    moments: list[_Moment] = []
    broken: list[str] = []
    for number, value in given:
        try:
            moments.append(parse_time(value, source.options.timezone, day_first=day_first))
        except ValueError:
            moments.append((None, "none"))
            broken.append(f"row {number} has {ours} {shown(value)}, wanted ISO 8601, 31.12.2024 10:00 or Unix time")
            source.note(broken[-1], unit=f"row {number}")
    filled = sum(value not in (None, "") for _, value in given)
    if 2 * len(broken) > filled:
        many = f"{len(broken):,} of {filled:,} times cannot be read: " if filled > 1 else ""
        raise source.error(f"{many}{broken[0]}", fix=f"Correct them, or rename column {theirs!r} if it has no times")
    return moments


def _word(value: object) -> str | None:
    """Return a value as text; null if there is none. A number that passed through a table of floats is whole again."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None or value != value else str(value).strip()
    return text or None


def _in_channel(channel: str, name: str | None) -> str | None:
    """Return CHANNEL/NAME, also of a name that is that already, or an address on t.me of that channel's post."""
    if name is None:
        return None
    first, slash, rest = _without_address(name).partition("/")
    return f"{channel}/{rest if slash and rest and first.lower() == channel.lower() else name}"


def _id_channel(name: str | None) -> str | None:
    """Return the channel that an id names, as `bay/12` and t.me/bay/12 do; None if it names none."""
    channel, _, number = _without_address(name or "").partition("/")
    return channel if is_handle(channel) and re.fullmatch(r"\d+", number) else None


def _without_address(name: str) -> str:
    return _ADDRESS.sub("", name, count=1)


def _lang(source: Source, number: int, name: str | None) -> str | None:
    code = None if name is None else known_language(name)
    if name is not None and code is None:
        source.note(f"row {number} has language {shown(name)}, wanted a code such as ru or en", unit=f"row {number}")
    return code


def _count(source: Source, number: int, value: object) -> int | None:
    word = _word(value)
    try:
        return None if word is None else parse_count(_THOUSANDS.sub("", word))
    except (ValueError, OverflowError):
        source.note(f"row {number} has views {shown(value)}, wanted a number", unit=f"row {number}")
        return None


def _reactions(value: object) -> list[dict[str, Any]]:
    """Return counts by emoji from a list of {emoji, count}, or an object emoji -> count; also as JSON text."""
    if isinstance(value, str):
        try:
            value = load_json(value)
        except json.JSONDecodeError:
            return []
    if isinstance(value, dict):
        value = [{"emoji": emoji, "count": count} for emoji, count in value.items()]
    pairs = [given for given in value if isinstance(given, dict)] if isinstance(value, list) else []
    known = [pair for pair in pairs if "emoji" in pair and isinstance(pair.get("count"), int)]
    return [{"emoji": str(pair["emoji"]), "count": pair["count"]} for pair in known]


def _media(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [word for word in map(_word, values) if word]
