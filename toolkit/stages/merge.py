"""Join the posts of all sources into one table: the same post read twice stays once.  POSTS... -> POSTS.

Posts come out in the order of a release, by date and post_id with undated ones last, in parts that end where a date
does: what belongs together in time lies together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.duplicates.same_ids import join_posts
from toolkit.partitions import PART_ROWS, Made, Part, Partitions, Store
from toolkit.results import SAME_POST, StageResult, split_by_verdict

Rows = NDArray[np.int64]

_DECIDING: Final = ("post_id", "channel", "date", "edited", "flags", "reply_to", "source_file")  # narrow, with a text
_HELD: Final = 8  # parts that a worker keeps while it gathers: neighbours in time are mostly neighbours in a source


@dataclass(frozen=True)
class MergeResult(StageResult):
    """What stays and what leaves.

    Attributes:
        older: `schemas.POSTS`: the versions that left, as many of a post as there were, sorted by post_id and text.
    """

    older: pa.Table


class MergedParts(NamedTuple):
    """What stays and what leaves, on disk.

    Attributes:
        posts: `schemas.POSTS`, in the order of a release.
        dropped: `schemas.DROPPED`.
        older: `schemas.POSTS`: the versions that left, in the order of the sources.
    """

    posts: Partitions
    dropped: pa.Table
    older: Partitions


def merge_posts(tables: Sequence[pa.Table]) -> MergeResult:
    """Return all posts, each `post_id` once.

    The same channel is often exported twice, or in two formats. What is one post, and which of its versions stays,
    is in `duplicates.same_ids`.

    Args:
        tables: conform to `schemas.POSTS`, in the order in which the user named the sources.

    Returns:
        `kept` conforms to `schemas.POSTS`; `dropped` has reason `SAME_POST`, and as value the file that it came from.

    Raises:
        SourceError: if sources of different channels have one name.
    """
    joined = join_posts([schemas.conform(table, schemas.POSTS) for table in tables])
    posts, again = joined.posts, pa.array(joined.is_again)
    result = _judged(posts, again)
    older = posts.filter(again).sort_by([("post_id", "ascending"), ("text", "ascending"), ("source_file", "ascending")])
    return MergeResult(result.kept, result.dropped, older.combine_chunks())


def merge_parts(sources: Sequence[Partitions], store: Store, part_rows: int = PART_ROWS) -> MergedParts:
    """Do what `merge_posts` does, of posts that are on disk; the driver sees ids, dates and hashes of texts.

    Args:
        sources: `schemas.POSTS`, in the order in which the user named them.
        store: where the posts go.
        part_rows: posts of a part, or more if they have one date.

    Raises:
        SourceError: if sources of different channels have one name.
    """
    joined = join_posts(_narrow(sources))
    facts, again = joined.posts.select(["post_id", "reply_to"]), joined.is_again
    rows = np.flatnonzero(~again)
    dates = joined.posts["date"].cast(pa.int64())
    order = pc.sort_indices(
        pa.table({"date": dates, "post_id": facts["post_id"]}).take(pa.array(rows)),
        sort_keys=[("date", "ascending"), ("post_id", "ascending")],
    )
    rows = rows[np.asarray(order)]
    cuts = _cuts(dates.take(pa.array(rows)), part_rows)
    where = _Rows(sources)
    parts = [where.find(rows[start:end], facts) for start, end in cuts]
    posts, _ = store.map(partial(_gather, name="posts"), parts, {"posts": schemas.POSTS}, "posts")
    gone = np.flatnonzero(again)
    left = [where.find(some, facts) for some in where.cut(gone)]
    older, _ = store.map(partial(_gather, name="older"), left, {"older": schemas.POSTS}, "older")
    return MergedParts(posts["posts"], _judged(joined.posts, pa.array(again)).dropped, older["older"])


def _judged(posts: pa.Table, again: pa.Array) -> StageResult:
    nothing = pa.nulls(posts.num_rows, pa.string())
    judged = posts.append_column("drop_reason", pc.if_else(again, SAME_POST, nothing))
    judged = judged.append_column("drop_value", pc.if_else(again, posts["source_file"], nothing))
    return split_by_verdict(judged, stage="merge", key="post_id")


def _narrow(sources: Sequence[Partitions]) -> list[pa.Table]:
    """Return the columns that decide; a text is its hash, unless there is another one under its id."""
    tables = [source.read(_DECIDING) for source in sources]
    keys = [np.concatenate([np.zeros(0, "S16"), *map(_text_keys, source.parts(["text"]))]) for source in sources]
    ids = pa.concat_tables([table.select(["post_id"]) for table in tables])["post_id"].combine_chunks()
    codes = np.asarray(ids.dictionary_encode().indices).astype(np.int64)
    order = np.lexsort((np.concatenate(keys), codes))
    pairs = np.stack([codes[order], np.unique(np.concatenate(keys)[order], return_inverse=True)[1]], axis=1)
    is_other = (pairs[1:, 0] == pairs[:-1, 0]) & (pairs[1:, 1] != pairs[:-1, 1])
    has_others = np.isin(codes, np.unique(pairs[1:, 0][is_other]))
    start, narrow = 0, []
    for table, source, key in zip(tables, sources, keys, strict=True):
        texts, place = [pa.array([], pa.string())], start
        for part in source.parts(["text"]):
            shown = pa.array(has_others[place : place + part.num_rows])
            hashed = pa.array([one.hex() for one in key[place - start :][: part.num_rows].tolist()], pa.string())
            texts.append(pc.if_else(shown, part["text"].combine_chunks(), hashed))
            place += part.num_rows
        narrow.append(table.append_column("text", pa.chunked_array(texts)))
        start = place
    return narrow


def _text_keys(part: pa.Table) -> NDArray[np.bytes_]:
    keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in part["text"].to_pylist()]
    return np.array(keys, "S16")


def _cuts(dates: pa.ChunkedArray, rows: int) -> list[tuple[int, int]]:
    """Return start and end of the parts of sorted posts: of so many rows, or more up to where the date changes."""
    when = np.asarray(pc.fill_null(dates, np.iinfo(np.int64).max))
    n_dated = len(when) - dates.null_count
    changes = np.flatnonzero(when[1:n_dated] != when[: max(n_dated - 1, 0)]) + 1
    ends = [*changes.tolist(), n_dated, *range(n_dated + rows, len(when), rows), len(when)]
    cuts, start = [], 0
    for end in ends:
        if end > start and (end - start >= rows or end in (n_dated, len(when))):
            cuts.append((start, end))
            start = end
    return cuts


class _Gathered(NamedTuple):
    """Posts of one part, as they are in the sources.

    Attributes:
        parts: that have them.
        place: which of these has each post.
        row: of each post in its part.
        ids: columns that may be others than in the sources.
    """

    parts: tuple[Part, ...]
    place: Rows
    row: Rows
    ids: pa.Table


class _Rows:
    """The rows of all sources, one after the other."""

    def __init__(self, sources: Sequence[Partitions]) -> None:
        self._parts = [part for source in sources for part in source.tasks()]
        self._starts = np.cumsum([0, *(count for source in sources for count in source.rows)])

    def find(self, rows: Rows, ids: pa.Table) -> _Gathered:
        """Tell where some rows are; `ids` has the columns of all rows."""
        needed, place = np.unique(self._part_of(rows), return_inverse=True)
        parts = tuple(self._parts[number] for number in needed.tolist())
        return _Gathered(parts, place, rows - self._starts[needed][place], ids.take(pa.array(rows)).combine_chunks())

    def cut(self, rows: Rows) -> list[Rows]:
        """Return ascending rows of one part at a time."""
        return [some for some in np.split(rows, np.flatnonzero(np.diff(self._part_of(rows))) + 1) if len(some)]

    def _part_of(self, rows: Rows) -> Rows:
        return np.searchsorted(self._starts, rows, side="right") - 1


def _gather(task: _Gathered, name: str) -> Made:
    """Read the posts of a part from wherever they are."""
    tables, places = [schemas.POSTS.empty_table()], [np.zeros(0, np.int64)]
    for number, part in enumerate(task.parts):
        mine = np.flatnonzero(task.place == number)
        tables.append(_read_part(part, part.written).take(pa.array(task.row[mine])))
        places.append(mine)
    posts = pa.concat_tables(tables).take(pa.array(np.argsort(np.concatenate(places)))).combine_chunks()
    for column in task.ids.column_names:
        posts = posts.set_column(posts.schema.get_field_index(column), posts.schema.field(column), task.ids[column])
    return Made({name: posts})


@lru_cache(maxsize=_HELD)
def _read_part(part: Part, _written: int) -> pa.Table:
    return part.read()
