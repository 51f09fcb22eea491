"""From a reader's rows to POSTS: what follows from a text, languages, unique ids; a few thousand rows at a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit import schemas
from toolkit.errors import SchemaError
from toolkit.sources.source import Row, Source, known_language, name_by_text, unique_ids
from toolkit.text.language import detect_languages, language_prior
from toolkit.text.telegram import find_hashtags, find_urls

_ENOUGH_LETTERS: Final = 15  # shorter texts have no language of their own that could be told
_SURE: Final = 0.9  # a language that is likelier than that stays, whatever else its channel writes in
_ROUNDS: Final = 2  # the unsure posts tell what the others may be, and these what they are
_BATCH: Final = 4096  # rows that are dicts at a time; Arrow holds the same in a tenth of the memory
_REQUIRED: Final = ("channel", "text", "source_format", "source_span")
_KNOWN: Final = frozenset(schemas.POSTS.names)


def to_posts(rows: Iterable[Row], source: Source) -> pa.Table:
    """Return a reader's rows as POSTS, in their order.

    Args:
        rows: as in `Parsed.rows`; taken a batch at a time.
        source: where they are from.

    Raises:
        SourceError: if a value is of a wrong kind.
    """
    languages = _Languages(known_language(source.options.lang) if source.options.lang else None)
    chunks: dict[str, list[pa.Array]] = {field.name: [pa.array([], field.type)] for field in schemas.POSTS}
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        full = [_completed(row, source) for row in batch]
        languages.set(full)
        try:
            table = schemas.from_rows(full, schemas.POSTS)
        except SchemaError as error:
            # What Arrow says behind the colon has the value in it.
            raise source.error(error.what.split(": ")[0], fix="Correct the value, or leave the row out") from error
        for name in schemas.POSTS.names:
            chunks[name] += table[name].chunks
    # Column by column, so that only one is there twice.
    columns = [pa.concat_arrays(chunks.pop(name)) for name in schemas.POSTS.names]
    posts = pa.table(columns, schema=schemas.POSTS)
    ids = posts["post_id"].to_pylist()
    if len(set(ids)) < len(ids):
        posts = _replaced(posts, "post_id", pa.array(unique_ids(ids), pa.string()))
    return languages.settled(posts)


def _replaced(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), column)


def _completed(row: Row, source: Source) -> Row:
    """Fill in what follows from a post's text and what its source does not know."""
    missing = [key for key in _REQUIRED if row.get(key) is None]
    if missing or not row.keys() <= _KNOWN:
        what = f"lacks {missing[0]}" if missing else f"has {min(row.keys() - _KNOWN)!r}, which is no column of POSTS"
        raise source.error(f"a row of the reader {what}", fix="Correct the reader")
    if row.get("post_id") is None and isinstance(row["text"], str):
        name_by_text(row)
    filled = {
        "channel_title": None,
        "date_precision": "none" if row.get("date") is None else "utc",
        "text_raw": _sound(row["text"]),
        "reactions": [],
        "media": [],
        "source_file": source.input.name,
        **{key: _sound(value) for key, value in row.items()},
    }
    for key in ("post_id", "channel", "reply_to"):
        filled[key] = filled.get(key) and _one_line(filled[key])
    if isinstance(filled["text"], str):
        filled.setdefault("urls", find_urls(filled["text"]))
        filled.setdefault("hashtags", find_hashtags(filled["text"]))
        filled["hashtags"] = [_composed(tag) for tag in filled["hashtags"]]
    filled["flags"] = sorted(set(row.get("flags") or ()))
    return filled


def _sound(value: Any) -> Any:
    """Return a value whose strings can be written as UTF-8: JSON can hold halves of surrogate pairs."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {key: _sound(item) for key, item in value.items()}
    return [_sound(item) for item in value] if isinstance(value, list) else value


def _composed(tag: Any) -> Any:
    """Return a hashtag as it is typed: macOS takes letters such as й apart."""
    return unicodedata.normalize("NFC", tag) if isinstance(tag, str) else tag


def _one_line(name: str) -> str:
    """Return an id without what would break a line, a table or a terminal in which it is shown."""
    if not isinstance(name, str) or name.isprintable():
        return name
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


class _Languages:
    """Sets every language: as the user or the source says, as detected, or as the other posts of the channel say."""

    def __init__(self, lang: str | None):
        """Start with what the user said."""
        self._lang = lang
        self._short: list[int] = []
        self._unsure: list[int] = []
        self._of_channel: dict[str, dict[str, float]] = {}  # channel -> language -> posts, as sure as they are
        self._n = 0

    def set(self, rows: list[Row]) -> None:
        """Set the languages of the next rows; of those that are too short or unsure a guess."""
        asked = [row for row in rows if self._lang is None and not row.get("lang")]
        found = iter(detect_languages([row["text"] for row in asked]))
        for at, row in enumerate(rows, self._n):
            if self._lang is not None:
                row.update(lang=self._lang, lang_confidence=None, lang_source="source")
            elif row.get("lang"):
                row.setdefault("lang_source", "source")
            else:
                row["lang"], row["lang_confidence"] = next(found)
                row["lang_source"] = "detected"
                if sum(map(str.isalpha, row["text"])) < _ENOUGH_LETTERS:
                    self._short.append(at)
                else:
                    self._add(row["channel"], row["lang"], row["lang_confidence"])
                    if row["lang_confidence"] < _SURE:
                        self._unsure.append(at)
        self._n += len(rows)

    def _add(self, channel: str, lang: str, posts: float) -> None:
        known = self._of_channel.setdefault(channel, {})
        known[lang] = known.get(lang, 0.0) + posts

    def settled(self, posts: pa.Table) -> pa.Table:
        """Return all posts, the short and the unsure ones in the language that their channel tells."""
        channels = posts["channel"].take(pa.array([*self._short, *self._unsure], pa.int64())).to_pylist()
        of_short = zip(self._short, channels, strict=False)
        changed = {at: _most_common(known) for at, channel in of_short if (known := self._of_channel.get(channel))}
        changed |= self._likelier(posts, channels[len(self._short) :])
        if not changed:
            return posts
        mask = np.zeros(posts.num_rows, bool)
        mask[list(changed)] = True
        taken = {
            "lang": pa.array([changed[at] for at in sorted(changed)], pa.string()),
            "lang_confidence": pa.nulls(len(changed), pa.float32()),
            "lang_source": pa.array(["context"] * len(changed), pa.string()),
        }
        for name, values in taken.items():
            column = posts[name].combine_chunks()
            column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
            posts = _replaced(posts, name, pc.replace_with_mask(column, pa.array(mask), values))
        return posts

    def _likelier(self, posts: pa.Table, channels: list[str]) -> dict[int, str]:
        """Return unsure post -> its language, if the other posts of its channel tell another one than its own text."""
        texts = posts["text"].take(pa.array(self._unsure, pa.int64())).to_pylist()
        first = detect_languages(texts)
        found = first
        for _ in range(_ROUNDS):
            priors = {channel: language_prior(self._of_channel[channel]) for channel in sorted(set(channels))}
            last, found = found, detect_languages(texts, [priors[channel] for channel in channels])
            for channel, before, now in zip(channels, last, found, strict=True):
                self._add(channel, before.lang, -before.confidence)
                self._add(channel, now.lang, now.confidence)
        pairs = zip(self._unsure, first, found, strict=True)
        return {at: now.lang for at, before, now in pairs if now.lang != before.lang}


def _most_common(counts: dict[str, float]) -> str:
    return min(counts, key=lambda lang: (-counts[lang], lang))
