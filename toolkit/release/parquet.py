"""Published rows as Parquet files whose bytes repeat, and the hash of rows that outlives the writer's version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from toolkit.native.limits import BrokenTable, allowance
from toolkit.native.tables import open_table
from toolkit.release.tables import PublishedConfig
from toolkit.storage import replacing

GROUP_BYTES = 100_000_000  # uncompressed; the Hub's viewer reads whole row groups and gives up on bigger ones
GROUPS_PER_FILE = 8
# The last file of a split is written again with every version, so it must be a small part of it; and files must be few.
FILE_ROWS = 8_192  # at least, but for the last one
FILE_SHARE = 16  # of the rows before it a file has one in so many, at least: 10,000,000 rows are some 90 files
UNDATED = "undated"  # in a file's name, for the month; sorts after all months
_WRITERS = 4  # files that are written at a time
_HASH_ROWS = 65_536  # part of the definition of `content_hash`


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
    shards = []
    for month, start, rows in _periods(table[config.order[0]], min(config.rows_per_group, FILE_ROWS)):
        per_file = _rows_per_group(table.slice(start, rows), config.rows_per_group) * GROUPS_PER_FILE
        parts = range(0, rows, per_file)
        for part, offset in enumerate(parts):
            name = f"{split}-{month}-{part:05d}-of-{len(parts):05d}.parquet"
            shards.append(Shard(name, start + offset, min(per_file, rows - offset)))
    return shards


def write_split(table: pa.Table, config: PublishedConfig, split: str, folder: Path) -> list[Path]:
    """Write the rows of a split as the files of `plan_shards`; the same rows give the same bytes.

    Args:
        table: in the config's schema and order, at least one row.
        config: says the row groups and the order.
        split: names the files.
        folder: where to.

    Returns:
        The files, in row order.
    """
    shards = plan_shards(table, config, split)
    paths = [folder / shard.name for shard in shards]
    parts = [table.slice(shard.start, shard.rows) for shard in shards]
    with ThreadPoolExecutor(_WRITERS) as pool:  # Arrow lets other threads run, and disks take their time
        list(pool.map(partial(_write_file, config=config), parts, paths))
    return paths


def _write_file(table: pa.Table, path: Path, config: PublishedConfig) -> None:
    rows = _rows_per_group(table, config.rows_per_group)
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(
            temporary,
            table.schema,
            compression="zstd",
            compression_level=3,
            use_content_defined_chunking=True,  # a small change of the rows changes few bytes
            write_page_index=True,
            use_dictionary=[leaf for field in table.schema if not _is_mostly_unique(field) for leaf in _leaves(field)],
            # Lengths apart from letters: 2 % smaller.
            column_encoding={field.name: "DELTA_LENGTH_BYTE_ARRAY" for field in table.schema if _is_text(field)},
            write_page_checksum=True,
            sorting_columns=pq.SortingColumn.from_ordering(
                table.schema, [(name, "ascending") for name in config.order]
            ),
        ) as writer,
    ):
        for offset in range(0, table.num_rows, rows):
            # The layout of chunks would show in the bytes.
            writer.write_table(table.slice(offset, rows).combine_chunks(), row_group_size=rows)


def _periods(times: pa.ChunkedArray, least: int) -> Iterator[tuple[str, int, int]]:
    """Yield (first month, first row, rows) of runs of whole months of at least so many rows; the last has what is left.

    Args:
        times: sorted, nulls last.
        least: rows after which a run ends with its month, if it also has its share of those before it.
    """
    dated = len(times) - times.null_count
    months = np.asarray(times.slice(0, dated).cast(pa.timestamp("ms"))).astype("datetime64[M]")
    ends = [*(np.flatnonzero(months[1:] != months[:-1]) + 1).tolist(), dated]
    start = 0
    for end in ends:
        if end > start and (end - start >= max(least, start // FILE_SHARE) or end == dated):
            yield str(months[start]), start, end - start
            start = end
    if times.null_count:
        yield UNDATED, dated, times.null_count


def read_files(paths: list[Path], schema: pa.Schema | None = None) -> pa.Table:
    """Read files of one split as one table, in the order given.

    Args:
        paths: at least one.
        schema: what they must have; columns, types and nulls are compared.

    Raises:
        BrokenTable: if a file is no Parquet, or has another schema.
    """
    tables, left = [], allowance(sum(path.stat().st_size for path in paths if path.exists()))
    for path in paths:
        with open_table(path, left) as file:
            if file.kind != "Parquet":
                raise BrokenTable(f"{path.name}: is no Parquet")
            if schema is not None and not file.schema.equals(schema):
                raise BrokenTable(f"{path.name}: {schema_difference(file.schema, schema)}")
            tables.append(file.read())
            left -= tables[-1].nbytes
    return pa.concat_tables(tables)


def schema_difference(found: pa.Schema, wanted: pa.Schema) -> str:
    """Say the first difference of two schemas."""
    for name in wanted.names:
        if name not in found.names:
            return f"column {name!r} is missing"
        if not found.field(name).equals(wanted.field(name)):
            return f"column {name!r} is {_say(found.field(name))}, declared as {_say(wanted.field(name))}"
    extra = [name for name in found.names if name not in wanted.names]
    return f"column {extra[0]!r} is not declared" if extra else "columns are in another order"


def content_hash(table: pa.Table) -> str:
    """Return the SHA-256 of the rows: of names, nulls, lengths and values, whatever the Parquet writer does.

    For each 65,536 rows and each column: its name; a byte a row, 0 for null; then little-endian numbers (times as
    integers in the column's unit), or for text and lists the lengths (int32) and all values, nulls as 0 or empty.

    >>> content_hash(pa.table({"text": ["да", None]}))[:16]
    '1f868ed0bf2bf4c1'
    """
    digest = hashlib.sha256()
    for start in range(0, table.num_rows, _HASH_ROWS):
        part = table.slice(start, _HASH_ROWS)
        for name in part.column_names:
            digest.update(f"{name}\n".encode())
            _feed(digest, part[name].combine_chunks())
    return digest.hexdigest()


def arrow_bytes(table: pa.Table) -> int:
    """Return the size of the rows in memory, as Arrow, however they came there: in one chunk, without what none needs.

    >>> arrow_bytes(pa.table({"text": ["да", None], "n": pa.array([1, 2], pa.int32())}))
    25
    """
    return sum(_size(column.combine_chunks()) for column in table.columns)


def yaml_features(schema: pa.Schema) -> list[dict[str, Any]]:
    """Return the columns as the `features` of a dataset card (what `datasets` writes for the same schema).

    >>> yaml_features(pa.schema({"id": pa.string(), "tags": pa.list_(pa.string())}))
    [{'name': 'id', 'dtype': 'string'}, {'name': 'tags', 'list': 'string'}]
    """
    return [{"name": field.name, **_feature(field.type)} for field in schema]


def type_name(kind: pa.DataType) -> str:
    """Return a type as readers of Parquet know it, whatever Arrow calls it and the items of its lists.

    >>> type_name(pa.float32()), type_name(pa.list_(pa.struct({"emoji": pa.string(), "count": pa.int64()})))
    ('float32', 'list<struct<emoji: string, count: int64>>')
    """
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{child.name}: {type_name(child.type)}' for child in kind)}>"
    return f"float{kind.bit_width}" if pa.types.is_floating(kind) else str(kind)


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if not pa.types.is_list(kind):
        return {"dtype": type_name(kind)}
    if pa.types.is_struct(kind.value_type):
        return {"list": yaml_features(pa.schema(list(kind.value_type)))}
    return {"list": type_name(kind.value_type)}


def _is_mostly_unique(field: pa.Field) -> bool:
    """Whether a dictionary would be tried in vain: on texts, ids and scores it costs time and size."""
    return _is_text(field) or str(field.name).endswith("_id") or pa.types.is_floating(field.type)


def _is_text(field: pa.Field) -> bool:
    return str(field.name).endswith("text")


def _leaves(field: pa.Field) -> list[str]:
    """Return the Parquet columns of an Arrow column.

    >>> _leaves(pa.field("reactions", pa.list_(pa.struct({"emoji": pa.string(), "count": pa.int64()}))))
    ['reactions.list.element.emoji', 'reactions.list.element.count']
    """
    if pa.types.is_list(field.type):
        return _leaves(field.type.value_field.with_name(f"{field.name}.list.element"))
    if pa.types.is_struct(field.type):
        return [leaf for child in field.type for leaf in _leaves(child.with_name(f"{field.name}.{child.name}"))]
    return [field.name]


def _say(field: pa.Field) -> str:
    return f"{type_name(field.type)}{'' if field.nullable else ', never null'}"


def _rows_per_group(table: pa.Table, rows: int) -> int:
    """Halve the group size until the biggest group is small enough for readers."""
    while rows > 1 and any(table.slice(at, rows).nbytes > GROUP_BYTES for at in range(0, table.num_rows, rows)):
        rows //= 2
    return rows


def _feed(digest: Any, array: pa.Array) -> None:
    digest.update(np.asarray(array.is_valid()).astype(np.uint8).tobytes())
    if pa.types.is_string(array.type):
        filled = pc.fill_null(array, "")
        digest.update(np.asarray(pc.binary_length(filled)).astype("<i4").tobytes())
        digest.update(_joined_bytes(filled))
    elif pa.types.is_list(array.type):
        lengths = pc.fill_null(pc.list_value_length(array), 0)
        digest.update(np.asarray(lengths).astype("<i4").tobytes())
        _feed(digest, array.flatten())
    elif pa.types.is_struct(array.type):
        for child in array.flatten():
            _feed(digest, child)
    else:
        whole = pa.types.is_timestamp(array.type) or pa.types.is_boolean(array.type)
        numbers = array.cast(pa.int64()) if whole else array
        values = np.asarray(pc.fill_null(numbers, 0))
        digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())


def _size(array: pa.Array) -> int:
    """Return the bytes of an array's buffers: which rows are null, if any is; offsets; values."""
    rows, kind = len(array), array.type
    nulls = (rows + 7) // 8 if array.null_count else 0
    if pa.types.is_string(kind):
        return nulls + 4 * (rows + 1) + (pc.sum(pc.binary_length(array)).as_py() or 0)
    if pa.types.is_list(kind):
        return nulls + 4 * (rows + 1) + _size(array.flatten())
    if pa.types.is_struct(kind):
        return nulls + sum(_size(child) for child in array.flatten())
    return nulls + (rows * int(kind.bit_width) + 7) // 8


def _joined_bytes(strings: pa.Array) -> pa.Buffer | bytes:
    """Return the UTF-8 of all strings, one after the other, without copying; the array has no nulls."""
    _, offsets, values = strings.buffers()
    if not len(strings) or values is None:
        return b""
    ends = np.frombuffer(offsets, np.int32)
    first, last = int(ends[strings.offset]), int(ends[strings.offset + len(strings)])
    return values.slice(first, last - first)
