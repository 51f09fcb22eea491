"""Read tables of posts: CSV, JSON, Parquet, datasets on disk (Arrow); also those that `bitext parse` writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from toolkit import schemas
from toolkit.sources.column_times import Moment, column_times
from toolkit.sources.columns import map_columns, names_a_text
from toolkit.sources.csv_rows import csv_header
from toolkit.sources.json_shape import JsonShape
from toolkit.sources.source import Parsed, Row, Source, is_handle, known_language, load_json, name_by_text, shown
from toolkit.sources.table_files import table_rows
from toolkit.sources.values import channel_of, count_of, id_of, is_nothing, kinds_of, text_of, title_of, word_of
from toolkit.text.characters import fold
from toolkit.text.links import PostLink, post_link
from toolkit.text.markdown import shown_text

HEADLINE: Final = "headline_first"  # flag of a post whose first line was a column of its own

_TIMES: Final = ("date", "edited")
_GENERIC_ID: Final = frozenset(["id", "№", "номер", "ид"])  # of a column that may as well count the rows

_T = TypeVar("_T")


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
    known = [row for _, row in rows if row is not None]
    columns = {name: name for name in schemas.POSTS.names} if is_ours else map_columns(source, names, known)
    moments = {ours: column_times(source, ours, columns, rows) for ours in _TIMES if ours in columns}
    reader = _Rows(source, columns, _links(columns, known))
    posts: list[Row] = []
    trace: list[dict[str, Any]] = []
    for at, (number, given) in enumerate(rows):
        unit: dict[str, Any] = {"row": number, "role": "broken"}
        trace.append(unit)
        if given is None:
            continue
        values = {ours: given.get(theirs) for ours, theirs in columns.items()}
        times = {ours: found[at] for ours, found in moments.items()}
        post = _own_row(source, number, values, times) if is_ours else reader.post(number, values, times)
        if post is None:
            unit["role"] = "broken" if is_ours or number in reader.broken else "no_text"
        else:
            posts.append(post)
            unit.update(role="post", post=post["post_id"])
    reader.tell()
    return Parsed(posts, "rows", len(trace), trace, {})


def _links(columns: Mapping[str, str], rows: Sequence[Row]) -> bool:
    """Tell whether the column of addresses has those of the posts: most are of messages, and few are there twice."""
    column = columns.get("permalink")
    values = [row.get(column) for row in rows if not is_nothing(row.get(column))] if column else []
    found = [link for value in values if isinstance(value, str) and (link := post_link(value))]
    return bool(found) and 2 * len(found) >= len(values) and 2 * len(set(found)) >= len(found)


class _Rows:
    """The rows of a foreign table, and what is found wrong with their values.

    Attributes:
        broken: numbers of rows whose text cannot be read.
    """

    def __init__(self, source: Source, columns: Mapping[str, str], has_links: bool):
        """Take what is the same for all rows."""
        self._source, self._columns, self._has_links = source, columns, has_links
        self._odd: dict[str, list[str]] = {}  # column -> values that are left out
        self._other_ids = 0
        self.broken: set[int] = set()

    def post(self, number: int, values: Row, times: Mapping[str, Moment]) -> Row | None:
        """Return a post from the values of a row; None if it has no text."""
        texts = self._texts(number, values)
        if texts is None:
            return None
        written, raw, has_headline = texts
        text, urls = shown_text(written)
        if not text.strip():
            return None
        link = post_link(values["permalink"]) if self._has_links and isinstance(values["permalink"], str) else None
        name, channel = self._identity(number, values, link)
        moment, precision = times.get("date", (None, "none"))
        row: Row = {
            "channel_title": self._value(number, values, "channel_title", title_of),
            "forwarded_from": self._value(number, values, "forwarded_from", title_of),
            "permalink": self._value(number, values, "permalink", word_of),
            "lang": _lang(self._source, number, self._value(number, values, "lang", word_of)),
            "channel": channel,
            "date": moment,
            "date_precision": precision,
            "edited": times.get("edited", (None, ""))[0],
            "reply_to": _in_channel(channel, self._value(number, values, "reply_to", id_of)),
            "text": text.strip(),
            "text_raw": raw,
            "views": _count(self._source, number, values.get("views")),
            "reactions": _reactions(values.get("reactions")),
            "media": kinds_of(values.get("media")),
            "flags": [HEADLINE] * has_headline + ["markdown_removed"] * (text != written),
            "source_format": "table",
            "source_span": f"row {number}",
        }
        if urls is not None:
            row["urls"] = urls
        if name is None:
            name_by_text(row)
        else:
            row["post_id"] = _in_channel(channel, name)
        return row

    def tell(self) -> None:
        """Note the values that were left out."""
        for ours, odd in self._odd.items():
            more = f", and {len(odd) - 1:,} more rows" if len(odd) > 1 else ""
            self._source.note(f"the column {self._columns[ours]!r} has values that are left out: {odd[0]}{more}")
        if self._other_ids:
            self._source.note(
                f"in {self._other_ids:,} rows the addresses have other numbers than {self._columns['post_id']!r}: "
                "the addresses count; name the column with --column post_id if it has the numbers of messages"
            )

    def _texts(self, number: int, values: Row) -> tuple[str, str, bool] | None:
        """Return the text with its headline, the same as the table has it, and whether there was one to add."""
        try:
            raw = text_of(values["text"]) or ""
        except ValueError as error:
            self.broken.add(number)
            self._source.note(f"row {number} has text {shown(values['text'])}, which {error}", unit=f"row {number}")
            return None
        headline = " ".join((self._value(number, values, "headline", text_of) or "").split())
        text = shown_text(raw)[0]
        if not headline or fold(" ".join(text.split())).startswith(fold(shown_text(headline)[0])):
            return raw, raw, False
        joined = f"{headline}\n{raw.lstrip()}" if raw.strip() else headline
        return joined, joined, True

    def _identity(self, number: int, values: Row, link: PostLink | None) -> tuple[str | None, str]:
        """Return the post's id in its channel, and the channel."""
        name = self._value(number, values, "post_id", id_of)
        said = self._value(number, values, "channel", channel_of)
        if link is not None:
            column = self._columns.get("post_id")
            is_generic = column is not None and column.strip().casefold() in _GENERIC_ID
            if name is None or (is_generic and not (self._source.options.columns or {}).get("post_id")):
                self._other_ids += name is not None and _number(name) != link.number
                name = link.number
            if said is None or not (is_handle(said) or said.isdecimal()):
                said = link.channel
            if self._source.channel and self._source.channel.lower() != link.channel.lower() and name == link.number:
                name = link.post_id
        channel = self._source.channel or said or _id_channel(name) or self._source.file_channel
        return name, channel

    def _value(self, number: int, values: Row, ours: str, read: Callable[[object], _T | None]) -> _T | None:
        try:
            return read(values.get(ours))
        except ValueError as error:
            self._odd.setdefault(ours, []).append(f"row {number} has {shown(values[ours])}, which {error}")
            return None


def _own_row(source: Source, number: int, values: Row, times: Mapping[str, Moment]) -> Row | None:
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
        "date_precision": _own_precision(values, times),
    }


def _own_precision(values: Row, times: Mapping[str, Moment]) -> Any:
    """Return what `bitext parse` knew of the date: a day that is written as its midnight is a day still."""
    known = values["date_precision"]
    return known if isinstance(known, str) else times["date"][1]


# ---------------------------------------------------------------- values


def _in_channel(channel: str, name: str | None) -> str | None:
    """Return CHANNEL/NAME, also of a name that is that already, or an address of that channel's post."""
    if name is None:
        return None
    link = post_link(name)
    first, slash, rest = (link.post_id if link else name.removeprefix("@")).partition("/")
    if slash and rest and first.lower() == channel.lower():
        return f"{channel}/{rest}"
    return f"{channel}/{link.post_id if link else name}"


def _id_channel(name: str | None) -> str | None:
    """Return the channel that an id names, as `bay/12` and t.me/bay/12 do; None if it names none."""
    if link := post_link(name or ""):
        return link.channel
    channel, _, number = (name or "").removeprefix("@").partition("/")
    return channel if is_handle(channel) and number.isdecimal() else None


def _number(name: str) -> str:
    link = post_link(name)
    return link.number if link else name.rpartition("/")[2]


def _lang(source: Source, number: int, name: str | None) -> str | None:
    code = None if name is None else known_language(name)
    if name is not None and code is None:
        source.note(f"row {number} has language {shown(name)}, wanted a code such as ru or en", unit=f"row {number}")
    return code


def _count(source: Source, number: int, value: object) -> int | None:
    try:
        return count_of(value)
    except ValueError:
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
    counts = [(pair["emoji"], _reaction_count(pair.get("count"))) for pair in pairs if "emoji" in pair]
    return [{"emoji": emoji, "count": count} for emoji, count in counts if isinstance(emoji, str) and count is not None]


def _reaction_count(value: object) -> int | None:
    try:
        return count_of(value)
    except ValueError:
        return None
