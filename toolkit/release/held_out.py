"""What of the held-out splits other splits have too, word for word or nearly.

Held-out rows are held and indexed, a few percent of all; train comes by in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.engine import Engine
from toolkit.options import DedupOptions
from toolkit.release.rows import Published, Rows
from toolkit.release.tables import POSTS, SENTENCE_PAIRS
from toolkit.stages.crossing import NearIndex

_SIDES = ("ru_text", "en_text")
_BATCH = 1 << 14  # rows that are compared at a time

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOut:
    """What held-out rows share with other splits.

    Attributes:
        counts: see `statistics.describe`, `held_out`.
        shared: distinct pairs of texts that are in more than one split.
        example: the first of them.
    """

    counts: dict[str, int] = field(default_factory=dict)
    shared: int = 0
    example: tuple[str, ...] | None = None


def compare_splits(published: Published, near: DedupOptions, engine: Engine) -> HeldOut:
    """Compare the splits of sentence pairs, and of posts.

    Args:
        published: config -> split -> rows.
        near: when two texts are nearly the same.
        engine: does them, each language of posts apart.
    """
    posts = published[POSTS.name]
    languages = {
        lang
        for split, rows in posts.items()
        if split != "train"
        for batch in rows.select(["lang"]).to_batches()
        for lang in pc.unique(batch.column(0)).to_pylist()
    }
    tasks = [(published[SENTENCE_PAIRS.name], None, near), *((posts, lang, near) for lang in sorted(languages))]
    pairs, *counts = engine.map(_compare, tasks)
    return replace(pairs, counts=pairs.counts | {"near_posts": sum(each.counts["near_posts"] for each in counts)})


def _compare(task: tuple[Mapping[str, Rows], str | None, DedupOptions]) -> HeldOut:
    splits, lang, near = task
    return _compare_pairs(splits, near) if lang is None else _compare_posts(splits, lang, near)


class _Met:
    """What of an index others have.

    Attributes:
        same, near: for each column which of its texts others have.
        rows: which rows are near to others in every column.
        same_rows: which rows others have word for word.
    """

    def __init__(self, rows: Sequence[pa.ChunkedArray], near: DedupOptions) -> None:
        """Index the rows; see `NearIndex`."""
        self.index = NearIndex(rows, near)
        self.same, self.near = ([np.zeros(len(texts), bool) for texts in self.index.texts] for _ in range(2))
        self.rows, self.same_rows = (np.zeros(len(self.index.codes), bool) for _ in range(2))

    def meet(self, others: Sequence[pa.ChunkedArray]) -> None:
        """Take some thousand others."""
        found = self.index.near(others)
        for place, pairs in enumerate(found.texts):
            self.near[place][pairs[:, 0]] = True
            self.same[place][found.same[place][found.same[place] >= 0]] = True
        for rows, places in found.rows:
            self.rows[rows] = True
            is_same = [same[places] == self.index.codes[rows, place] for place, same in enumerate(found.same)]
            self.same_rows[rows[np.all(is_same, axis=0)]] = True

    def count(self, flags: Sequence[Flags], place: int) -> int:
        """Return how many rows have a text of a column that is flagged."""
        return int(flags[place][self.index.codes[:, place]].sum())


def _compare_pairs(splits: Mapping[str, Rows], near: DedupOptions) -> HeldOut:
    held = {split: _texts(rows, _SIDES) for split, rows in splits.items() if split != "train"}
    counts = {"rows": sum(rows.num_rows for rows in held.values())}
    counts |= {name: 0 for side in _SIDES for name in (side, f"near_{side}")} | {"near_pairs": 0}
    if not counts["rows"]:
        return HeldOut(counts)
    whole = pa.concat_tables(held.values())
    met = _Met(whole.columns, near)
    for piece in _pieces(splits.get("train"), _SIDES):
        met.meet(piece.columns)
    for place, side in enumerate(_SIDES):
        counts[side] = met.count(met.same, place)
        counts[f"near_{side}"] = met.count(met.near, place)
    shared = _texts_of(whole.filter(pa.array(met.same_rows))) | _in_both(held)
    is_near = met.rows
    del met, whole  # before there is another index
    counts["near_pairs"] = int(_near_each_other(is_near, held, near).sum())
    return HeldOut(counts, len(shared), min(shared, default=None))


def _in_both(held: Mapping[str, pa.Table]) -> set[tuple[str, ...]]:
    """Return the pairs of texts that are in two of some splits."""
    each = [rows.group_by(list(_SIDES)).aggregate([]) for rows in held.values()]
    counted = pa.concat_tables(each).group_by(list(_SIDES)).aggregate([([], "count_all")])
    again = counted.filter(pc.greater(counted["count_all"], 1))
    return _texts_of(again)


def _texts_of(rows: pa.Table) -> set[tuple[str, ...]]:
    return set(zip(*(rows[side].to_pylist() for side in _SIDES), strict=True))


def _compare_posts(splits: Mapping[str, Rows], lang: str, near: DedupOptions) -> HeldOut:
    """Count the held-out posts of a language that are near to one of the same language in another split."""
    held = {
        split: pa.concat_tables([_of_lang(piece, lang) for piece in _pieces(rows, ("text", "lang"))])
        for split, rows in splits.items()
        if split != "train" and rows.num_rows
    }
    met = _Met(pa.concat_tables(held.values()).columns, near)
    for piece in _pieces(splits.get("train"), ("text", "lang"), _BATCH // 4):
        if (rows := _of_lang(piece, lang)).num_rows:
            met.meet(rows.columns)
    is_near = met.rows
    del met  # before there is another index
    return HeldOut({"near_posts": int(_near_each_other(is_near, held, near).sum())})


def _near_each_other(is_near: Flags, held: Mapping[str, pa.Table], near: DedupOptions) -> Flags:
    """Add the rows of each held-out split that are near to one of another held-out split."""
    ends = np.cumsum([0, *(rows.num_rows for rows in held.values())])
    flags = [is_near[start:end] for start, end in pairwise(ends)]
    both = sorted(zip(held.values(), flags, strict=True), key=lambda each: each[0].num_rows)
    for (fewer, own), (more, others) in combinations(both, 2):
        if fewer.num_rows:
            index, start = NearIndex(fewer.columns, near), 0
            for piece in _cut(more):
                for rows, places in index.near(piece.columns).rows:
                    own[rows] = True
                    others[places + start] = True
                start += piece.num_rows
    return np.concatenate([np.zeros(0, bool), *flags])


def _of_lang(rows: pa.Table, lang: str) -> pa.Table:
    return rows.filter(pc.equal(rows["lang"], lang)).select(["text"])


def _texts(rows: Rows, columns: Sequence[str]) -> pa.Table:
    """Read columns whole."""
    schema = pa.schema({name: pa.string() for name in columns})
    parts = [pa.Table.from_batches([batch]).cast(schema) for batch in rows.select(columns).to_batches()]
    return pa.concat_tables([schema.empty_table(), *parts]).combine_chunks()


def _pieces(rows: Rows | None, columns: Sequence[str], size: int = _BATCH) -> Iterator[pa.Table]:
    for batch in rows.select(columns).to_batches() if rows is not None else ():
        yield from _cut(pa.Table.from_batches([batch]), size)


def _cut(table: pa.Table, size: int = _BATCH) -> Iterator[pa.Table]:
    return (table.slice(start, size) for start in range(0, table.num_rows, size))
