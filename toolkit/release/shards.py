"""Which rows of a split are in which file: cut so that a new version leaves most files alone, and readers like them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.release.tables import PublishedConfig

Sizes = NDArray[np.int64]

GROUP_BYTES: Final = 100_000_000  # unpacked; the Hub's viewer reads whole row groups and gives up on bigger ones
GROUPS_PER_FILE: Final = 8
# The last file of a split is written again with every version, so it must be a small part of it; and files must be few.
FILE_ROWS: Final = 8_192  # at least, but for the last one
FILE_SHARE: Final = 16  # of the rows before it a file has one in so many, at least: 10,000,000 rows are some 90 files
UNDATED: Final = "undated"  # in a file's name, for the month; sorts after all months
_NO_MONTH: Final = 1 << 40  # of rows without date


@dataclass(frozen=True)
class Shard:
    """A file of a split.

    Attributes:
        name: of the file.
        start: its first row in the split.
        rows: how many it has.
    """

    name: str
    start: int
    rows: int


@dataclass(frozen=True)
class Period:
    """Whole months that lie in files of their own.

    Attributes:
        month: the first one, or `UNDATED`.
        start: the first row in the split.
        rows: how many there are.
    """

    month: str
    start: int
    rows: int


def plan_shards(table: pa.Table, config: PublishedConfig, split: str) -> list[Shard]:
    """Cut a split into files that later versions leave alone.

    A file holds whole months and is closed by the first month that makes it big enough: `FILE_ROWS`, or a row group if
    that is less, and one row for every `FILE_SHARE` rows before it. So a version that adds newer rows changes the last
    dated file only, which is a few percent of a big split, and files are few. Rows without date come last, in files of
    their own. A file of more than `GROUPS_PER_FILE` row groups is cut into parts.

    Args:
        table: rows of the split in the config's order.
        config: says the row groups, and the column of time.
        split: begins the names: `<split>-<first month>-<part>-of-<parts>.parquet`.

    Returns:
        The files in row order, which is also the order of their names.
    """
    return shards_of(count_months(table[config.order[0]]), row_sizes(table), config, split)


def shards_of(months: Iterable[tuple[str, int]], sizes: Sizes, config: PublishedConfig, split: str) -> list[Shard]:
    """Return the files of a split of which no more is known; see `plan_shards`.

    Args:
        months: in order, each with its rows; one may come several times in a row.
        sizes: of each row, see `row_sizes`.
        config: says the row groups.
        split: begins the names.
    """
    shards = []
    for period in plan_periods(months, config):
        shards += cut_period(period, sizes[period.start : period.start + period.rows], config, split)
    return shards


def plan_periods(months: Iterable[tuple[str, int]], config: PublishedConfig) -> list[Period]:
    """Return the runs of whole months that are files, or series of files; see `plan_shards`."""
    merged = [(month, sum(rows for _, rows in same)) for month, same in groupby(months, key=lambda each: each[0])]
    counted = [(month, rows) for month, rows in merged if rows]
    periods, start, end, first = [], 0, 0, ""
    for place, (month, rows) in enumerate(counted):
        first = first or month
        end += rows
        is_last = place + 1 == len(counted) or UNDATED in (month, counted[place + 1][0])
        if is_last or end - start >= max(min(config.rows_per_group, FILE_ROWS), start // FILE_SHARE):
            periods.append(Period(first, start, end - start))
            start, first = end, ""
    return periods


def cut_period(period: Period, sizes: Sizes, config: PublishedConfig, split: str) -> list[Shard]:
    """Return the files of a period, of row groups that are not too big.

    Args:
        period: its rows.
        sizes: of them.
        config: says the row groups.
        split: begins the names.
    """
    per_file = rows_per_group(sizes, config.rows_per_group) * GROUPS_PER_FILE
    starts = range(0, period.rows, per_file)
    return [
        Shard(
            f"{split}-{period.month}-{part:05d}-of-{len(starts):05d}.parquet",
            period.start + start,
            min(per_file, period.rows - start),
        )
        for part, start in enumerate(starts)
    ]


def rows_per_group(sizes: Sizes, rows: int) -> int:
    """Halve the group size until the biggest group is small enough for readers.

    >>> rows_per_group(np.array([60_000_000, 10, 10, 90_000_000]), 4), rows_per_group(np.array([200_000_000]), 4)
    (2, 1)
    """
    if fits(int(sizes.sum())):
        return rows
    while rows > 1 and np.add.reduceat(sizes, np.arange(0, len(sizes), rows)).max() > GROUP_BYTES:
        rows //= 2
    return rows


def fits(size: int) -> bool:
    """Tell whether so many bytes may be one row group."""
    return size <= GROUP_BYTES


def count_months(times: pa.ChunkedArray | pa.Array) -> list[tuple[str, int]]:
    """Return each run of equal months, with how many rows it has.

    >>> count_months(pa.array([0, 1, 40 * 86_400_000, None], pa.timestamp("ms", "UTC")))
    [('1970-01', 2), ('1970-02', 1), ('undated', 1)]
    """
    months = month_numbers(times)
    starts = np.flatnonzero(np.diff(months, prepend=-1 << 40))
    counts = np.diff(np.append(starts, len(months)))
    return [(month_name(int(months[start])), int(rows)) for start, rows in zip(starts, counts, strict=True)]


def month_numbers(times: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    """Return months since 1970; of null one that is later than all."""
    # Arrow's own way to times of numpy imports pandas.
    whole = times.cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64())
    numbers = np.asarray(pc.fill_null(whole, 0)).astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    return np.where(np.asarray(pc.is_null(times)), _NO_MONTH, numbers)


def month_name(number: int) -> str:
    """Return the month of a number, as it is in the name of a file.

    >>> month_name(0), month_name(659)
    ('1970-01', '2024-12')
    """
    return UNDATED if number == _NO_MONTH else str(np.datetime64(number, "M"))


def row_sizes(rows: pa.Table | pa.RecordBatch) -> Sizes:
    """Return the bytes of each row in memory, as Arrow: fixed values, lengths and letters; not which ones are null.

    >>> row_sizes(pa.table({"text": ["да", None], "n": pa.array([1, 2], pa.int32())})).tolist()
    [12, 8]
    """
    sizes = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        sizes += np.concatenate([np.empty(0, np.int64), *(_sizes(chunk) for chunk in chunks)])
    return sizes


def _sizes(array: pa.Array) -> Sizes:
    sizes: Sizes
    if pa.types.is_string(array.type):
        sizes = np.asarray(pc.fill_null(pc.binary_length(array), 0)).astype(np.int64) + 4
    elif pa.types.is_list(array.type):
        lengths = np.asarray(pc.fill_null(pc.list_value_length(array), 0)).astype(np.int64)
        ends = np.concatenate([[0], np.cumsum(_sizes(array.flatten()))])
        sizes = np.diff(ends[np.concatenate([[0], np.cumsum(lengths)])]) + 4
    elif pa.types.is_struct(array.type):
        sizes = np.sum([_sizes(child) for child in array.flatten()], axis=0, dtype=np.int64)
    else:
        sizes = np.full(len(array), max(int(array.type.bit_width) // 8, 1), np.int64)
    return sizes
