"""Tables on disk in parts: what a step hands to the next one, so that no process ever holds the corpus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from toolkit.engine import Engine
from toolkit.errors import ToolkitError
from toolkit.storage import replacing, write_text

PART_ROWS: Final = 4096  # posts of a part: a worker holds one, and some that it makes of it

Task = TypeVar("Task")


@dataclass(frozen=True)
class Partitions:
    """A table as Parquet files; small, so that it can be handed to workers.

    Attributes:
        schema: of every part, or of the columns of it that are read.
        files: one a part, in the order of the rows.
        rows: of each part.
    """

    schema: pa.Schema
    files: tuple[Path, ...]
    rows: tuple[int, ...]

    @property
    def num_rows(self) -> int:
        """Return how many rows all parts have."""
        return sum(self.rows)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Return the first row of each part, and the end."""
        return np.cumsum([0, *self.rows])

    def __len__(self) -> int:
        return len(self.files)

    def part(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a part, or some columns of it.

        Raises:
            ToolkitError: if it cannot be read.
        """
        path, names = self.files[number], self.schema.names if columns is None else columns
        try:
            with pq.ParquetFile(path) as file:  # quicker than read_table, which looks for a data set
                table = file.read(list(names), use_threads=False)
        except (OSError, pa.ArrowException) as error:
            fix = "Remove the folder; it is computed again"
            raise ToolkitError("what a build stored is damaged", where=path, fix=fix) from error
        return table.select(names).cast(pa.schema([self.schema.field(name) for name in names]))

    def tasks(self) -> list[Part]:
        """Return each part as a task."""
        return [
            Part(Partitions(self.schema, (file,), (rows,)), number)
            for number, (file, rows) in enumerate(zip(self.files, self.rows, strict=True))
        ]

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Read one part after the other."""
        return (self.part(number, columns) for number in range(len(self)))

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read all parts as one table; of what may be big, name narrow columns."""
        schema = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        return pa.concat_tables([schema.empty_table(), *self.parts(columns)]).combine_chunks()


def joined(tables: Iterable[Partitions], schema: pa.Schema) -> Partitions:
    """Return the rows of several tables of one schema, one table after the other; nothing is read."""
    each = list(tables)
    files = tuple(file for table in each for file in table.files)
    return Partitions(schema, files, tuple(rows for table in each for rows in table.rows))


@dataclass(frozen=True)
class Part:
    """One part of a table, for a worker.

    Attributes:
        number: of the part.
    """

    _table: Partitions
    number: int

    @property
    def written(self) -> int:
        """Return when it was written: one that is written again is another, whatever a process has kept of it."""
        return self._table.files[0].stat().st_mtime_ns

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read it, or some columns of it."""
        return self._table.part(0, columns)


@dataclass(frozen=True)
class Made:
    """What a function makes of a task.

    Attributes:
        tables: by name; every task has the same ones.
        facts: JSON-like.
    """

    tables: Mapping[str, pa.Table]
    facts: Any = None


@dataclass(frozen=True)
class Store:
    """Where a step puts its tables.

    Attributes:
        folder: of the step.
        engine: does its tasks.
    """

    folder: Path
    engine: Engine = field(default_factory=Engine)

    def write(self, name: str, table: pa.Table, rows: int | None = None) -> Partitions:
        """Write a table in parts of so many rows; None: as one."""
        size = rows or max(table.num_rows, 1)
        parts = [table.slice(start, size) for start in range(0, max(table.num_rows, 1), size)]
        files = [self._file(name, number) for number in range(len(parts))]
        for part, file in zip(parts, files, strict=True):
            write_part(file, part)
        return Partitions(table.schema, tuple(files), tuple(part.num_rows for part in parts))

    def map(
        self,
        function: Callable[[Task], Made],
        tasks: Sequence[Task],
        made: Mapping[str, pa.Schema],
        label: str = "part",
    ) -> tuple[dict[str, Partitions], list[Any]]:
        """Make a part of each table for each task; those that an earlier run has made are not made again.

        Args:
            function: pure; what it makes of a task is the same in every run.
            tasks: in the order of the parts.
            made: name -> schema of the tables that it makes.
            label: of this work, where a step has several of them.

        Returns:
            The tables, and the facts of each task.
        """
        make = partial(_make_part, function, self.folder, label, dict(made))
        done = list(self.engine.map(make, list(enumerate(tasks))))
        tables = {}
        for name, schema in made.items():
            files = [self._file(name, number) for number in range(len(tasks))]
            tables[name] = Partitions(schema, tuple(files), tuple(rows[name] for rows, _ in done))
            if not tasks:
                tables[name] = self.write(name, schema.empty_table())
        return tables, [facts for _, facts in done]

    def _file(self, name: str, number: int) -> Path:
        return _part_file(self.folder, name, number)


def open_parts(folder: Path, name: str, rows: Sequence[int]) -> Partitions:
    """Return a table that a `Store` wrote."""
    files = tuple(_part_file(folder, name, number) for number in range(len(rows)))
    try:
        schema = pq.read_schema(files[0])
    except (OSError, pa.ArrowException, IndexError) as error:
        fix = "Remove the folder; it is computed again"
        raise ToolkitError("what a build stored is damaged", where=folder, fix=fix) from error
    return Partitions(schema, files, tuple(rows))


def write_part(path: Path, table: pa.Table) -> None:
    """Write a part, whole or not at all; the same rows give the same bytes."""
    with replacing(path) as temporary:
        pq.write_table(
            table.combine_chunks(), temporary, compression="zstd", compression_level=1, row_group_size=1 << 20
        )


def _part_file(folder: Path, name: str, number: int) -> Path:
    return folder / name / f"{number:05d}.parquet"


def _make_part(
    function: Callable[[Task], Made], folder: Path, label: str, made: dict[str, pa.Schema], task: tuple[int, Task]
) -> tuple[dict[str, int], Any]:
    """Do a task and write what it makes, in a worker; the marker that says so comes last."""
    number, what = task
    marker = folder / f"{label}-{number:05d}.json"
    if marker.exists():
        known = json.loads(marker.read_text("utf-8"))
        return known["rows"], known["facts"]
    done = function(what)
    rows = {}
    for name, schema in made.items():
        table = done.tables[name].select(schema.names).cast(schema)
        write_part(_part_file(folder, name, number), table)
        rows[name] = table.num_rows
    write_text(marker, json.dumps({"rows": rows, "facts": done.facts}, ensure_ascii=False))
    return rows, done.facts
