"""Rows of a split as they lie on disk: what a release is asked for without ever being held whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.partitions import Partitions
from toolkit.release.parquet import BATCH_ROWS


class Rows(Protocol):
    """Rows of a split, in a config's schema and order: a table, or files of them."""

    @property
    def num_rows(self) -> int:
        """Return how many rows there are."""

    @property
    def schema(self) -> pa.Schema:
        """Return the columns."""

    def select(self, columns: Sequence[str]) -> Rows:
        """Return some columns of the rows."""

    def slice(self, offset: int, length: int) -> pa.Table:
        """Return some rows as a table."""

    def to_batches(self) -> Iterable[pa.RecordBatch]:
        """Return the rows in order, some thousand at a time."""


Published = Mapping[str, Mapping[str, Rows]]  # config -> split -> rows


@dataclass(frozen=True)
class SplitFiles(Partitions):
    """Rows in the Parquet files of a split; a stranger's have been through `checked_batches`."""

    def select(self, columns: Sequence[str]) -> SplitFiles:
        """Return the same rows, of which some columns are read."""
        return replace(self, schema=pa.schema([self.schema.field(name) for name in columns]))

    def slice(self, offset: int, length: int) -> pa.Table:
        """Read some rows, and no more than the row groups that have them."""
        parts, start = [self.schema.empty_table()], 0
        for file, rows in zip(self.files, self.rows, strict=True):
            first, last = max(offset - start, 0), min(offset + length - start, rows)
            if first < last:
                parts.append(self._some(file, first, last))
            start += rows
        return pa.concat_tables(parts)

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """Read the rows in order, some thousand at a time."""
        for file in self.files:
            with pq.ParquetFile(file) as parquet:
                yield from parquet.iter_batches(BATCH_ROWS, columns=self.schema.names, use_threads=False)

    def _some(self, file: Path, first: int, last: int) -> pa.Table:
        with pq.ParquetFile(file) as parquet:
            groups, start, skipped = [], 0, 0
            for number in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(number).num_rows
                if start + rows <= first:
                    skipped += rows
                elif start < last:
                    groups.append(number)
                start += rows
            table = parquet.read_row_groups(groups, columns=self.schema.names, use_threads=False)
        return table.select(self.schema.names).slice(first - skipped, last - first)
