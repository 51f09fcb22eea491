"""The files of a release that have its rows: written of sorted runs, and read anew to tell what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.engine import Engine
from toolkit.native.limits import BrokenTable
from toolkit.release.counts import Counts
from toolkit.release.parquet import checked_batches, in_pieces_of, write_file
from toolkit.release.row_hash import ArrowBytes, ContentHash
from toolkit.release.rows import SplitFiles
from toolkit.release.shards import (
    GROUPS_PER_FILE,
    Period,
    Sizes,
    count_months,
    cut_period,
    fits,
    plan_periods,
    row_sizes,
    rows_per_group,
    shards_of,
)
from toolkit.release.spills import Stretch, in_order
from toolkit.release.tables import CONFIGS, SPLITS, PublishedConfig

_BY_NAME = {config.name: config for config in CONFIGS}
_ALONE = 1 << 16  # rows that this process is as quick with as several that must start first


def workers_for(rows: int, engine: Engine) -> Engine:
    """Return where so many rows of a release are worked on: here, on one core or all; its folder is of this machine."""
    return Engine(workers=1 if rows < _ALONE else engine.workers)


@dataclass(frozen=True)
class _Writing:
    """A period of a split that is to be written."""

    config: str
    split: str
    period: Period
    stretches: tuple[Stretch, ...]
    folder: Path


@dataclass(frozen=True)
class Found:
    """What is found in the files of a split.

    Attributes:
        rows: in each file.
        bytes: of all rows in memory, see `row_hash.arrow_bytes`.
        content_sha256: see `row_hash.content_hash`.
        shards: names of the files that the rows belong into.
        is_ordered: whether the rows are in the config's order.
        counts: for the statistics.
    """

    rows: tuple[int, ...]
    bytes: int
    content_sha256: str
    shards: tuple[str, ...]
    is_ordered: bool
    counts: Counts

    @property
    def num_rows(self) -> int:
        """Return how many rows all files have."""
        return sum(self.rows)


Facts = Mapping[str, Mapping[str, Found]]  # config -> split -> what is in its files
Files = Mapping[str, Mapping[str, Sequence[Path]]]  # config -> split -> its files in the order of the rows


def write_data(
    stretches: Mapping[str, Sequence[Stretch]], folder: Path, engine: Engine
) -> dict[str, dict[str, list[Path]]]:
    """Write all rows as the files of `shards.plan_shards`; the same rows give the same bytes.

    Args:
        stretches: config -> what is where, see `spills.write_run`.
        folder: of the release.
        engine: does the files.

    Returns:
        config -> split -> files in the order of the rows; no splits and configs without rows.
    """
    tasks = []
    for config in CONFIGS:
        for split in SPLITS:
            own = [stretch for stretch in stretches[config.name] if stretch.split == split]
            tasks += [
                _Writing(config.name, split, period, tuple(found), folder / "data" / config.name)
                for period, found in _periods(own, config)
            ]
    files: dict[str, dict[str, list[Path]]] = {config.name: {} for config in CONFIGS}
    for task, paths in zip(tasks, engine.map(_write_period, tasks), strict=True):
        files[task.config].setdefault(task.split, []).extend(paths)
    return files


def _periods(stretches: Sequence[Stretch], config: PublishedConfig) -> Iterator[tuple[Period, list[Stretch]]]:
    by_month: dict[str, list[Stretch]] = {}
    for stretch in sorted(stretches, key=lambda each: each.first):
        by_month.setdefault(stretch.month, []).append(stretch)
    months = [(month, sum(each.rows for each in found)) for month, found in by_month.items()]
    waiting = iter(by_month.values())
    for period in plan_periods(months, config):
        own: list[Stretch] = []
        while sum(each.rows for each in own) < period.rows:
            own += next(waiting)
        yield period, own


def _write_period(task: _Writing) -> list[Path]:
    config, size = _BY_NAME[task.config], sum(each.bytes for each in task.stretches)
    # If all of it is small, so is every group; else the rows are read once more for their sizes.
    sizes = np.array([size]) if fits(size) else _sizes_in_order(task, config)
    shards = cut_period(task.period, sizes, config, task.split)
    groups = in_pieces_of(rows_per_group(sizes, config.rows_per_group), in_order(task.stretches, config))
    paths, start = [], 0
    for shard in shards:
        rows = rows_per_group(sizes[start : start + shard.rows], config.rows_per_group)
        write_file(islice(groups, GROUPS_PER_FILE), task.folder / shard.name, config, rows)
        paths.append(task.folder / shard.name)
        start += shard.rows
    return paths


def _sizes_in_order(task: _Writing, config: PublishedConfig) -> Sizes:
    return np.concatenate([row_sizes(rows) for rows in in_order(task.stretches, config)])


def read_facts(files: Files, engine: Engine) -> tuple[dict[str, dict[str, Found]], list[str]]:
    """Read every row of files that may be a stranger's.

    Args:
        files: config -> split -> files.
        engine: does the splits.

    Returns:
        config -> split -> what is in it; and a line for each split that cannot be read.
    """
    tasks = [(config.name, split, tuple(paths)) for config in CONFIGS for split, paths in files[config.name].items()]
    facts: dict[str, dict[str, Found]] = {config.name: {} for config in CONFIGS}
    problems = []
    for (name, split, _), found in zip(tasks, engine.map(_read_split, tasks), strict=True):
        if isinstance(found, str):
            problems.append(f"{name}/{split}: cannot be read: {found}")
        else:
            facts[name][split] = found
    return facts, problems


def open_rows(files: Files, facts: Facts) -> dict[str, dict[str, SplitFiles]]:
    """Return handles of the rows of files that `read_facts` has read."""
    return {
        config.name: {
            split: SplitFiles(config.schema, tuple(files[config.name][split]), found.rows)
            for split, found in facts[config.name].items()
        }
        for config in CONFIGS
    }


def _read_split(task: tuple[str, str, tuple[Path, ...]]) -> Found | str:
    name, split, paths = task
    try:
        return _read(paths, _BY_NAME[name], split)
    except (BrokenTable, pa.ArrowException) as error:
        return str(error)


def _read(paths: Sequence[Path], config: PublishedConfig, split: str) -> Found:
    rows, content, size, counts = [0] * len(paths), ContentHash(), ArrowBytes(), Counts()
    months: list[tuple[str, int]] = []
    sizes = [np.empty(0, np.int64)]
    last, is_ordered = config.schema.empty_table().select(list(config.order)), True
    for number, batch in checked_batches(paths, config.schema):
        table = pa.Table.from_batches([batch], config.schema)
        rows[number] += table.num_rows
        content.add(table)
        size.add(zip(batch.schema.names, batch.columns, strict=True))
        counts.add(table, config.name)
        months += count_months(table[config.order[0]])
        sizes.append(row_sizes(table).astype(np.int32))
        keys = pa.concat_tables([last, table.select(list(config.order))])
        is_ordered = is_ordered and are_ordered(keys.combine_chunks())
        last = keys.slice(max(keys.num_rows - 1, 0))
    shards = shards_of(months, np.concatenate(sizes), config, split)
    names = tuple(shard.name for shard in shards)
    return Found(tuple(rows), size.total(), content.hexdigest(), names, is_ordered, counts)


def are_ordered(keys: pa.Table) -> bool:
    """Tell whether rows ascend by their columns, the first one first, nulls last.

    >>> are_ordered(pa.table({"a": [1, 1, None], "b": ["x", "y", "a"]})), are_ordered(pa.table({"a": [None, 1]}))
    (True, False)
    """
    undecided = np.ones(max(keys.num_rows - 1, 0), bool)
    for column in keys.columns:
        before, after = column.slice(0, len(undecided)), column.slice(1)
        nulls = np.asarray(pc.is_null(before)), np.asarray(pc.is_null(after))
        is_less = np.asarray(pc.fill_null(pc.less(before, after), False)) | (~nulls[0] & nulls[1])
        is_equal = np.asarray(pc.fill_null(pc.equal(before, after), False)) | (nulls[0] & nulls[1])
        if (undecided & ~is_less & ~is_equal).any():
            return False
        undecided &= is_equal
    return True
