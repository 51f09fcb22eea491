"""Stage `crossing`: no sentence pair of a split is nearly the same as one of another.  SPLIT_BITEXT -> SPLIT_BITEXT.

Components keep posts that repeat each other together, but two posts that share one sentence are no duplicates. What is
near is what deduplication means by it: word shingles with a Jaccard similarity of at least `threshold`; a text of fewer
words than a shingle has is one shingle, so it is near to the same words only. Found exactly, by an inverted index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schemas
from toolkit.kernels.overlap import SetIndex
from toolkit.options import DedupOptions
from toolkit.partitions import Made, Part, Partitions, Store
from toolkit.results import NEAR_OTHER_SPLIT, StageResult, split_by_verdict
from toolkit.text.shingles import Hashes, hash_words, word_shingles

Places = NDArray[np.int64]

_BATCH = 1 << 14  # rows that are hashed at a time
_PAIRS = 1 << 22  # pairs of rows that are looked at at a time
_SIDES = ("ru_text", "en_text")
_NAMES = ("bead_id", *_SIDES, "split")
_PLAIN = pa.schema({name: pa.string() for name in _NAMES})
_ORDER = ("train", "test", "validation")  # of two new pairs of different splits the one that comes later here leaves


def drop_crossing(
    bitext: pa.Table,
    options: DedupOptions = DedupOptions(),  # noqa: B008
    published: pa.Table | None = None,
) -> StageResult:
    """Remove the sentence pairs that are near to one of another split on both sides.

    A pair of validation or test leaves for one of train, and a pair of validation for one of test that stays; any new
    pair leaves for a published one.

    Args:
        bitext: conforms to `schemas.SPLIT_BITEXT`.
        options: threshold and shingle_words.
        published: `bead_id`, `ru_text`, `en_text`, `split` of the pairs of the version before; they stay.

    Returns:
        `kept` conforms to `schemas.SPLIT_BITEXT`; `dropped` has as value the bead_id of the other pair, the first of
        several.
    """
    bitext = bitext.sort_by("bead_id")
    return _parted(bitext, find_crossing(bitext, options, published), sort=True)


def leave_parts(bitext: Partitions, near_ids: Mapping[str, str], store: Store) -> dict[str, Partitions]:
    """Do what `drop_crossing` does, of pairs on disk and what `find_crossing` found.

    Returns:
        bitext and split.dropped, part by part.
    """
    tasks = []
    for part in bitext.tasks():
        ids = part.read(["bead_id"])["bead_id"].to_pylist() if near_ids else []
        tasks.append((part, {one: near_ids[one] for one in ids if one in near_ids}))
    return store.map(_leave_part, tasks, {"bitext": schemas.SPLIT_BITEXT, "split.dropped": schemas.DROPPED}, "leave")[0]


def _leave_part(task: tuple[Part, dict[str, str]]) -> Made:
    result = _parted(task[0].read(), task[1], sort=False)
    return Made({"bitext": result.kept, "split.dropped": result.dropped})


def _parted(bitext: pa.Table, near_ids: Mapping[str, str], *, sort: bool) -> StageResult:
    values = pa.array([near_ids.get(bead_id) for bead_id in bitext["bead_id"].to_pylist()], pa.string())
    reasons = pc.if_else(pc.is_valid(values), NEAR_OTHER_SPLIT, pa.scalar(None, pa.string()))
    judged = bitext.append_column("drop_reason", reasons).append_column("drop_value", values)
    result = split_by_verdict(judged, stage="split", key="bead_id", sort=sort)
    return StageResult(schemas.conform(result.kept, schemas.SPLIT_BITEXT), result.dropped)


def find_crossing(
    bitext: pa.Table | Partitions, options: DedupOptions, published: pa.Table | None = None
) -> dict[str, str]:
    """Return the sentence pairs that `drop_crossing` removes, each with the one that it leaves for.

    Only the pairs outside train are held, a few percent; train comes by in pieces.

    Args:
        bitext: `bead_id`, `ru_text`, `en_text`, `split`.
        options: threshold and shingle_words.
        published: as for `drop_crossing`.
    """
    gone: dict[str, str] = {}
    for split in _ORDER:
        found: dict[str, str] = {}
        if published is not None:
            stay = _of_split(published, split, others=True)
            _add_nearest(found, _of_split(bitext, split), stay, options, hold_rows=split != "train")
        for earlier in _ORDER[: _ORDER.index(split)]:
            stays = (_without(rows, gone) for rows in _of_split(bitext, earlier))
            _add_nearest(found, _of_split(bitext, split), stays, options, hold_rows=True)
        gone |= found
    return gone


def _of_split(rows: pa.Table | Partitions, split: str, *, others: bool = False) -> Iterator[pa.Table]:
    """Read the rows of a split, or of all others, in pieces."""
    pieces = rows.parts(_NAMES) if isinstance(rows, Partitions) else [rows.select(_NAMES)]
    for piece in pieces:
        is_own = pc.equal(piece["split"], split)
        yield piece.filter(pc.invert(is_own) if others else is_own)


def _without(rows: pa.Table, gone: Mapping[str, str]) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows["bead_id"], value_set=pa.array(sorted(gone), pa.string()))))


def _add_nearest(
    nearest: dict[str, str],
    rows: Iterable[pa.Table],
    others: Iterable[pa.Table],
    options: DedupOptions,
    *,
    hold_rows: bool = False,
) -> None:
    """Note for each row the smallest id of the others that are near to it; one of both is held, and has no train."""
    held, pieces = (rows, others) if hold_rows else (others, rows)
    whole = pa.concat_tables([_PLAIN.empty_table(), *(table.cast(_PLAIN) for table in held)])
    if not whole.num_rows:
        return
    index = NearIndex([whole[side] for side in _SIDES], options)
    ids = whole["bead_id"].to_pylist()
    for piece in _cut(pieces):
        names = piece["bead_id"].to_pylist()
        for held_rows, places in index.near([piece[side] for side in _SIDES]).rows:
            for held_row, place in zip(held_rows.tolist(), places.tolist(), strict=True):
                one, other = (ids[held_row], names[place]) if hold_rows else (names[place], ids[held_row])
                nearest[one] = min(other, nearest.get(one, other))


def _cut(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    return (table.slice(start, _BATCH) for table in tables for start in range(0, table.num_rows, _BATCH))


class Near(NamedTuple):
    """What is near to what.

    Attributes:
        texts: for each column (held text, other text) by number: see `NearIndex.texts`.
        same: for each column of each other row the number of the held text that is the same, -1 if none is.
        rows: held rows and other rows that are near in every column, a block at a time.
    """

    texts: list[Places]
    same: list[Places]
    rows: Iterator[tuple[Places, Places]]


class NearIndex:
    """Rows that any number of others are compared with, a piece at a time.

    Attributes:
        texts: the distinct texts of each column.
        codes: (rows, columns) which of them each row has.
    """

    def __init__(self, rows: Sequence[pa.ChunkedArray], options: DedupOptions) -> None:
        """Index the rows.

        Args:
            rows: columns of texts, none null.
            options: threshold and shingle_words.
        """
        self._options = options
        self.texts, self.codes = _distinct(rows)
        self._indexes = [SetIndex(*self._shingles(texts)) for texts in self.texts]
        self._order = np.argsort(self.codes[:, 0], kind="stable")  # rows by their first text
        self._sorted = self.codes[self._order, 0]
        self._starts = np.searchsorted(self._sorted, np.arange(len(self.texts[0]) + 1))

    def near(self, others: Sequence[pa.ChunkedArray]) -> Near:
        """Find what is near to some thousand other rows.

        Args:
            others: the same columns of them.
        """
        texts, codes = _distinct(others)
        pairs = [self._near_texts(place, column) for place, column in enumerate(texts)]
        same = [self._same(place, column, pairs[place])[codes[:, place]] for place, column in enumerate(texts)]
        return Near(pairs, same, self._near_rows(pairs, codes))

    def _same(self, place: int, texts: pa.Array, pairs: Places) -> Places:
        """Return the held text that each text is the same as; the same is near."""
        held, others = (pairs[:, side] for side in (0, 1))
        is_same = np.asarray(pc.equal(self.texts[place].take(pa.array(held)), texts.take(pa.array(others))))
        same = np.full(len(texts), -1, np.int64)
        same[others[is_same]] = held[is_same]
        return same

    def _near_texts(self, place: int, texts: pa.Array) -> Places:
        """Return the pairs of texts of a column that are near, as numbers."""
        found = [np.empty((0, 2), np.int64)]
        if len(self.texts[place]) and len(texts):
            for numbers, held in self._indexes[place].near(*self._shingles(texts), self._options.threshold):
                found.append(np.stack([held, numbers], axis=1))
        return np.concatenate(found)

    def _near_rows(self, pairs: list[Places], codes: Places) -> Iterator[tuple[Places, Places]]:
        """Yield the pairs of rows whose texts are near in every column."""
        # From pairs of first texts to pairs of other rows with held texts, and on to held rows.
        order = np.argsort(codes[:, 0], kind="stable")
        texts, others = _meet(pairs[0][:, 1], codes[order, 0], pairs[0][:, 0], order)
        many = [len(texts) for texts in self.texts]
        known = [np.unique(pair[:, 1] * many[place] + pair[:, 0]) for place, pair in enumerate(pairs)]
        ends = np.cumsum(np.diff(self._starts)[texts])
        start = 0
        while start < len(texts):
            before = ends[start - 1] if start else 0
            stop = max(int(np.searchsorted(ends, before + _PAIRS, side="right")), start + 1)
            at, rows = _meet(texts[start:stop], self._sorted, np.arange(start, stop), self._order)
            found = others[at]
            for place in range(1, len(pairs)):
                is_near = np.isin(codes[found, place] * many[place] + self.codes[rows, place], known[place])
                rows, found = rows[is_near], found[is_near]
            if len(rows):
                yield rows, found
            start = stop

    def _shingles(self, texts: pa.Array) -> Hashes:
        parts = [
            word_shingles(hash_words(texts.slice(start, _BATCH).to_pylist()), self._options.shingle_words)
            for start in range(0, max(len(texts), 1), _BATCH)
        ]
        counts = np.concatenate([np.diff(part.offsets) for part in parts])
        return Hashes(np.concatenate([part.hashes for part in parts]), np.concatenate([[0], np.cumsum(counts)]))


def _distinct(columns: Sequence[pa.ChunkedArray]) -> tuple[list[pa.Array], Places]:
    """Return the distinct texts of columns, and which of them each row has."""
    encoded = [column.combine_chunks().dictionary_encode() for column in columns]
    codes = [np.asarray(column.indices).astype(np.int64) for column in encoded]
    return [column.dictionary for column in encoded], np.stack(codes, axis=1)


def _meet(keys: Places, sorted_keys: Places, values: Places, places: Places) -> tuple[Places, Places]:
    """Return (value, place) for each key and each place where the sorted keys have it."""
    starts = np.searchsorted(sorted_keys, keys)
    counts = np.searchsorted(sorted_keys, keys, side="right") - starts
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(values, counts), places[np.repeat(starts, counts) + offsets]
