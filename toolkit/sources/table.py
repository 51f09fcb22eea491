"""Read tables of posts: CSV, JSON, Parquet, datasets on disk (Arrow); also those that `bitext parse` writes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from toolkit import schemas
from toolkit.errors import OptionError
from toolkit.sources.files import MAX_BYTES
from toolkit.sources.json_stream import BrokenJson, JsonShape, json_values
from toolkit.sources.source import Parsed, Source, content_id, language_code, load_json, parse_time
from toolkit.text.telegram import parse_count

# Names that a column may have without being mapped, best first.
_NAMES: Final = {
    "text": ("text", "message", "body", "post_text", "message_text", "content"),
    "post_id": ("post_id", "message_id", "msg_id", "id"),
    "channel": ("channel", "channel_username", "channel_name", "channel_id", "chat"),
    "channel_title": ("channel_title", "title"),
    "date": ("date", "date_utc", "datetime", "timestamp", "published_at", "created_at", "time"),
    "edited": ("edited", "edit_date"),
    "lang": ("lang", "language"),
    "forwarded_from": ("forwarded_from", "fwd_from"),
    "reply_to": ("reply_to", "reply_to_msg_id"),
    "permalink": ("permalink", "url", "link"),
    "views": ("views", "view_count"),
    "reactions": ("reactions",),
    "media": ("media",),
}
_DELIMITERS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r"\ufeff?sep=(.)\r?\n")  # which tells Excel the delimiter
_THOUSANDS: Final = re.compile(r"\s|,(?=\d{3}(?:\D|$))")  # 1,234 views are no fraction
_TIMES: Final = ("date", "edited")
_BATCH: Final = 1024  # rows of Parquet that are unpacked at once

Row = dict[str, Any]

csv.field_size_limit(2**31 - 1)  # of this process; the default cuts off posts that quote whole articles


def recognises(source: Source) -> bool:
    """Tell whether it is Parquet, Arrow, JSON objects with a text, or CSV whose first line names a column of texts."""
    if source.is_table_file or source.options.columns:
        return True
    head = source.head_text.lstrip("\ufeff \t\r\n")
    if head[:1] in ("{", "["):
        return _is_table(source.shape, has_lines="\n{" in head)
    if head[:1] == "<":
        return False
    first = _SEPARATOR_LINE.sub("", head, count=1).split("\n", 1)[0].rstrip("\r")
    header = next(csv.reader([first], delimiter=_delimiter(head)), [])
    names = {name.strip().lower() for name in header}
    return len(header) > 1 and bool(names & set(_NAMES["text"]))


def _is_table(shape: JsonShape, *, has_lines: bool) -> bool:
    """Tell whether JSON is objects in an array or one a line; a single one needs a text, others have one later."""
    if shape.first is None or isinstance(shape.first.get("messages"), list) or "chats" in shape.first:
        return False
    has_text = any(name.lower() in _NAMES["text"] for name in shape.first)
    return has_text if shape.root == "[" else shape.is_line and (has_text or has_lines)


def read(source: Source) -> Parsed:
    """Read the posts; a row without text is dropped.

    Raises:
        SourceError: if a row is broken, or there is no column of texts.
        OptionError: if `columns` names a column that does not exist.
    """
    names, rows = _load(source)
    is_ours = set(schemas.POSTS.names) <= set(names) and not source.options.columns
    columns = {name: name for name in schemas.POSTS.names} if is_ours else _map_columns(source, names)
    posts: list[Row] = []
    trace: list[dict[str, Any]] = []
    for number, given in rows:
        values = {ours: given.get(theirs) for ours, theirs in columns.items()}
        has_text = is_ours or bool(str(values.get("text") or "").strip())
        trace.append({"row": number, "role": "post" if has_text else "no_text"})
        if has_text:
            posts.append(_own_row(source, number, values) if is_ours else _row(source, number, values))
            trace[-1]["post"] = posts[-1]["post_id"]
    return Parsed(posts, "rows", len(trace), trace, {})


# ---------------------------------------------------------------- the file


def _load(source: Source) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Return the names of the columns, and the rows with their numbers from 1."""
    if source.is_table_file:
        table = _read_table_file(source)
        return table.column_names, enumerate(table.to_pylist(), 1)
    if source.text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        found = list(_json_rows(source))
        return list(dict.fromkeys(name for _, row in found for name in row)), iter(found)
    return _csv(source)


def _read_table_file(source: Source) -> pa.Table:
    """Read Parquet, an Arrow file, or an Arrow stream, which is what `datasets` saves, bit by bit: it may be a bomb."""
    too_much = source.error(f"unpacks to more than {MAX_BYTES:,} bytes", fix="Split it")
    try:
        schema, claimed, batches = _open_table_file(pa.BufferReader(source.data), source.data[:6])
        if claimed > MAX_BYTES:
            raise too_much
        parts, size = [_plain(schema).empty_table()], 0
        for batch in batches:
            part = pa.Table.from_batches([batch]).cast(parts[0].schema)
            size += part.nbytes
            if size > MAX_BYTES:
                raise too_much
            parts.append(part)
        return pa.concat_tables(parts)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        kind = "Parquet" if source.data.startswith(b"PAR1") else "Arrow"
        raise source.error(f"cannot be read as {kind}: {error}", fix="Copy or download it again") from error


def _open_table_file(buffer: pa.BufferReader, head: bytes) -> tuple[pa.Schema, int, Iterable[pa.RecordBatch]]:
    """Return the schema, how many bytes the file says that it unpacks to (Arrow: 0), and its rows."""
    if head.startswith(b"PAR1"):
        parquet = pq.ParquetFile(buffer)
        claimed = sum(parquet.metadata.row_group(n).total_byte_size for n in range(parquet.num_row_groups))
        return parquet.schema_arrow, claimed, parquet.iter_batches(batch_size=_BATCH)
    if head == b"ARROW1":
        file = pa.ipc.open_file(buffer)
        return file.schema, 0, (file.get_batch(n) for n in range(file.num_record_batches))
    stream = pa.ipc.open_stream(buffer)
    return stream.schema, 0, stream


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return a schema without dictionaries, which hide how much their values are."""
    kinds = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema]
    return pa.schema([field.with_type(kind) for field, kind in zip(schema, kinds, strict=True)])


def _json_rows(source: Source) -> Iterator[tuple[int, Row]]:
    """Yield the objects of a JSON array, or those of JSON lines, with their numbers: lines count empty ones too."""
    if source.text.lstrip("\ufeff \t\r\n").startswith("["):
        try:
            rows = list(json_values(io.StringIO(source.text)))
        except BrokenJson as error:
            raise source.error(f"is no valid JSON: {error.what}", line=error.line) from error
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                raise source.error(f"item {number} is {type(row).__name__}, wanted a JSON object")
            yield number, row
        return
    for line, text in enumerate(source.text.lstrip("\ufeff").split("\n"), 1):
        if not text.strip():
            continue
        try:
            row = load_json(text)
        except json.JSONDecodeError as error:
            raise source.error(f"is no valid JSON: {error.msg} in column {error.colno}", line=line) from error
        if not isinstance(row, dict):
            raise source.error(f"is {type(row).__name__}, wanted a JSON object", line=line)
        yield line, row


def _delimiter(text: str) -> str:
    """Return the delimiter that the first line names, as Excel writes it, or has most of."""
    named = _SEPARATOR_LINE.match(text)
    if named:
        return named[1]
    first = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    return max(_DELIMITERS, key=lambda delimiter: (first.count(delimiter), -_DELIMITERS.index(delimiter)))


def _csv(source: Source) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    text = io.StringIO(source.text.lstrip("\ufeff"), newline="")
    reader = csv.reader(text, delimiter=_delimiter(source.text), strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise source.error(f"is no valid CSV: {error}", line=reader.line_num) from error
    if _SEPARATOR_LINE.match(source.text):
        del lines[0]
    if not lines:
        raise source.error("has no line with the names of columns")
    names = [name.strip() for name in lines[0][1]]
    for line, row in lines[1:]:
        if len(row) != len(names):
            raise source.error(
                f"the row has {len(row)} fields, wanted {len(names)}",
                line=line,
                fix="Quote fields that have the delimiter or a line break in them",
            )
    return names, ((n, dict(zip(names, row, strict=True))) for n, (_, row) in enumerate(lines[1:], 1))


# ---------------------------------------------------------------- columns and rows


def _map_columns(source: Source, names: list[str]) -> dict[str, str]:
    """Return our name -> the table's name, from the option first, then for obvious names."""
    columns = dict(source.options.columns or {})
    for ours, theirs in columns.items():
        if ours not in _NAMES:
            raise OptionError(f"columns: there is no {ours!r}; ours are {', '.join(_NAMES)}", where=source.options.path)
        if theirs not in names:
            raise OptionError(
                f"columns: there is no column {theirs!r}; the table has {', '.join(names)}", where=source.options.path
            )
    by_lower = {name.lower(): name for name in reversed(names)}
    for ours, obvious in _NAMES.items():
        found = next((by_lower[name] for name in obvious if name in by_lower), None)
        if found and ours not in columns and found not in columns.values():
            columns[ours] = found
    if "text" not in columns:
        raise source.error(
            f"has no column of texts; the table has {', '.join(names)}", fix="Name it, as in: --column text=NAME"
        )
    return columns


def _row(source: Source, number: int, values: Row) -> Row:
    """Return a post from the values of a foreign table."""
    text = str(values["text"]).strip()
    channel = source.channel or _word(values.get("channel")) or source.file_channel
    name, lang = _word(values.get("post_id")), _word(values.get("lang"))
    moment, precision = _time(source, number, "date", values.get("date"))
    return {
        **{key: _word(values.get(key)) for key in ("channel_title", "forwarded_from", "permalink")},
        "lang": None if lang is None else language_code(source, lang, row=number),
        "post_id": content_id(channel, text) if name is None else name if "/" in name else f"{channel}/{name}",
        "channel": channel,
        "date": moment,
        "date_precision": precision,
        "edited": _time(source, number, "edited", values.get("edited"))[0],
        "reply_to": _reply(channel, _word(values.get("reply_to"))),
        "text": text,
        "text_raw": str(values["text"]),
        "views": _count(source, number, values.get("views")),
        "reactions": _reactions(values.get("reactions")),
        "media": _media(values.get("media")),
        "source_format": "table",
        "source_span": f"row {number}",
    }


def _own_row(source: Source, number: int, values: Row) -> Row:
    """Return a post from a row that `bitext parse` wrote, with all that it knew."""
    row = dict(values)
    for key in ("post_id", "channel", "text"):
        if not isinstance(row[key], str):
            raise source.error(f"row {number} has {key} {row[key]!r}, wanted a string", fix="Correct or remove the row")
    row["flags"] = row["flags"] if isinstance(row["flags"], list) else []
    for key in _TIMES:
        row[key] = _time(source, number, key, row[key])[0]
    return row


def _word(value: object) -> str | None:
    """Return a value as text; null if there is none. A number that passed through a table of floats is whole again."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None or value != value else str(value).strip()
    return text or None


def _reply(channel: str, name: str | None) -> str | None:
    return name if name is None or "/" in name else f"{channel}/{name}"


def _time(source: Source, number: int, key: str, value: object) -> tuple[datetime | None, str]:
    try:
        return parse_time(value, source.options.timezone)
    except ValueError as error:
        raise source.error(f"row {number} has {key} {value!r}, wanted ISO 8601 or Unix time") from error


def _count(source: Source, number: int, value: object) -> int | None:
    word = _word(value)
    try:
        return None if word is None else parse_count(_THOUSANDS.sub("", word))
    except (ValueError, OverflowError) as error:
        raise source.error(f"row {number} has views {value!r}, wanted a number") from error


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
