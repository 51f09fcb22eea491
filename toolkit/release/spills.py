"""Finished rows on their way into files: sorted runs on disk, and one order made of many of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from toolkit.release.shards import Sizes, month_name, month_numbers, row_sizes
from toolkit.release.tables import SPLITS, PublishedConfig

Key = tuple[int, str]  # time, or _NO_TIME, and id: the first two columns of a config's order

_BATCH: Final = 2_048  # rows that are read of a run at a time
_NO_TIME: Final = 1 << 62  # later than all


@dataclass(frozen=True)
class Stretch:
    """Rows of a month and split that lie together in a run.

    Attributes:
        file: of the run.
        split: of the rows.
        month: of the rows, see `shards.month_name`.
        start: the first one in the file.
        rows: how many there are.
        bytes: that they take in memory.
        first: the key of the first one.
    """

    file: Path
    split: str
    month: str
    start: int
    rows: int
    bytes: int
    first: Key


def write_run(table: pa.Table, config: PublishedConfig, file: Path) -> list[Stretch]:
    """Sort rows by split and the config's order, and write them.

    Args:
        table: the config's columns and `split`.
        config: says schema and order.
        file: where to.

    Returns:
        What is where; nothing for splits that are none of `SPLITS`.
    """
    stretches: list[Stretch] = []
    file.parent.mkdir(parents=True, exist_ok=True)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(file, config.schema, options=options) as writer:
        start = 0
        for split in SPLITS:
            rows = table.filter(pc.equal(table["split"], split)).select(config.schema.names)
            if rows.num_rows:
                ordered = rows.sort_by([(column, "ascending") for column in config.order]).cast(config.schema)
                ordered = ordered.combine_chunks()
                writer.write_table(ordered, max_chunksize=_BATCH)
                stretches += _stretches(ordered, config, file, split, start)
                # A batch has the rows of one split only, and all but its last one are full.
                start += -(-rows.num_rows // _BATCH) * _BATCH
    return stretches


def _stretches(ordered: pa.Table, config: PublishedConfig, file: Path, split: str, start: int) -> Iterator[Stretch]:
    months = month_numbers(ordered[config.order[0]])
    ends = np.concatenate([[0], np.cumsum(row_sizes(ordered))])
    edges = [0, *(np.flatnonzero(np.diff(months)) + 1).tolist(), len(months)]
    times, ids = _keys(ordered, config)
    for first, last in pairwise(edges):
        key = int(times[first]), ids[first].as_py()
        size = int(ends[last] - ends[first])
        yield Stretch(file, split, month_name(int(months[first])), start + first, last - first, size, key)


def _keys(rows: pa.Table | pa.RecordBatch, config: PublishedConfig) -> tuple[Sizes, pa.Array | pa.ChunkedArray]:
    time, name = config.order[:2]
    return np.asarray(pc.fill_null(rows[time].cast(pa.int64()), _NO_TIME)), rows[name]


def in_order(stretches: Sequence[Stretch], config: PublishedConfig) -> Iterator[pa.Table]:
    """Yield the rows of stretches in the config's order, a few thousand at a time.

    A merge of sorted runs (Knuth, TAOCP 3, 5.4.1): of a run no more is read than what may come next, so runs that
    follow each other in time are read one after the other, and memory grows only with those that lie in each other.

    Args:
        stretches: those of one file that follow each other are in the order of their rows.
        config: says the order.
    """
    waiting = sorted(_joined(stretches), key=lambda stretch: stretch.first)
    opened: list[_Cursor] = []
    try:
        while waiting or opened:
            bounds = [(cursor.last, 1, place) for place, cursor in enumerate(opened) if cursor.has_more]
            if waiting:
                bounds.append((waiting[0].first, 0, 0))
            bound = min(bounds) if bounds else None
            ready = [rows for cursor in opened if (rows := cursor.take(bound[0] if bound else None)).num_rows]
            if ready:
                yield _merged(ready, config)
            elif bound and not bound[1]:
                opened.append(_Cursor(waiting.pop(0), config))
            elif bound:
                opened[bound[2]].load()
            opened = [cursor for cursor in opened if cursor.has_rows()]
    finally:
        for cursor in opened:
            cursor.close()


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Join months that lie together in a run."""
    joined: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda each: (str(each.file), each.start)):
        last = joined[-1] if joined else None
        if last and (last.file, last.split, last.start + last.rows) == (stretch.file, stretch.split, stretch.start):
            rows, size = last.rows + stretch.rows, last.bytes + stretch.bytes
            joined[-1] = Stretch(last.file, last.split, last.month, last.start, rows, size, last.first)
        else:
            joined.append(stretch)
    return joined


def _merged(parts: Sequence[pa.Table], config: PublishedConfig) -> pa.Table:
    if len(parts) == 1:
        return parts[0]
    return pa.concat_tables(parts).sort_by([(column, "ascending") for column in config.order])


class _Cursor:
    """A place in a stretch.

    Attributes:
        last: the key of the last row that is loaded.
    """

    def __init__(self, stretch: Stretch, config: PublishedConfig) -> None:
        """Open the run, and load its first rows."""
        self._config = config
        self._map = pa.memory_map(str(stretch.file))
        self._file = pa.ipc.open_file(self._map)
        self._next, self._end = stretch.start, stretch.start + stretch.rows
        self._loaded = config.schema.empty_table()
        self.last: Key = stretch.first
        self.load()

    @property
    def has_more(self) -> bool:
        """Whether rows are left that are not loaded."""
        return self._next < self._end

    def has_rows(self) -> bool:
        """Tell whether any rows are left, and close the run if none are."""
        if self.has_more or self._loaded.num_rows:
            return True
        self.close()
        return False

    def close(self) -> None:
        """Close the run: of thousands, few may be open."""
        self._map.close()

    def load(self) -> None:
        """Load some more rows."""
        number, offset = divmod(self._next, _BATCH)
        batch = self._file.get_batch(number).slice(offset, self._end - self._next)
        self._next += batch.num_rows
        self._loaded = pa.concat_tables([self._loaded, pa.Table.from_batches([batch])])
        times, ids = _keys(batch, self._config)
        self.last = int(times[-1]), ids[-1].as_py()

    def take(self, bound: Key | None) -> pa.Table:
        """Return the loaded rows before a key, all if there is none, and load more if none is left."""
        count = self._loaded.num_rows if bound is None else self._before(bound)
        rows, self._loaded = self._loaded.slice(0, count), self._loaded.slice(count)
        if not self._loaded.num_rows and self.has_more:
            self.load()
        return rows

    def _before(self, bound: Key) -> int:
        times, ids = _keys(self._loaded, self._config)
        is_equal = times == bound[0]
        count = int((times < bound[0]).sum())
        if is_equal.any():
            is_less = np.asarray(pc.less(ids, bound[1]))
            count += int((is_equal & is_less).sum())
        return count
