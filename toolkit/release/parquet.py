"""Published rows as Parquet files whose bytes repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.native.limits import BrokenTable, allowance
from toolkit.native.tables import open_table
from toolkit.release.shards import plan_shards, row_sizes, rows_per_group
from toolkit.release.tables import PublishedConfig
from toolkit.storage import replacing

BATCH_ROWS = 16_384  # that are read at a time


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
    paths = []
    for shard in plan_shards(table, config, split):
        paths.append(folder / shard.name)
        rows = table.slice(shard.start, shard.rows)
        write_file([rows], paths[-1], config, rows_per_group(row_sizes(rows), config.rows_per_group))
    return paths


def write_file(pieces: Iterable[pa.Table], path: Path, config: PublishedConfig, rows: int) -> None:
    """Write a file.

    Args:
        pieces: its rows in order, in pieces of any size.
        path: where to.
        config: says schema and order.
        rows: of a row group.
    """
    schema = config.schema
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            compression_level=3,
            use_content_defined_chunking=True,  # a small change of the rows changes few bytes
            write_page_index=True,
            use_dictionary=[leaf for field in schema if not _is_mostly_unique(field) for leaf in _leaves(field)],
            # Lengths apart from letters: 2 % smaller.
            column_encoding={field.name: "DELTA_LENGTH_BYTE_ARRAY" for field in schema if _is_text(field)},
            write_page_checksum=True,
            sorting_columns=pq.SortingColumn.from_ordering(schema, [(name, "ascending") for name in config.order]),
        ) as writer,
    ):
        for group in in_pieces_of(rows, pieces):
            # The layout of chunks would show in the bytes.
            writer.write_table(group.combine_chunks(), row_group_size=rows)


def in_pieces_of(rows: int, pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of pieces as tables of so many rows, and what is left."""
    waiting: list[pa.Table] = []
    count = 0
    for piece in pieces:
        start = 0
        while count + piece.num_rows - start >= rows:
            waiting.append(piece.slice(start, rows - count))
            yield pa.concat_tables(waiting)
            start += rows - count
            waiting, count = [], 0
        waiting.append(piece.slice(start))
        count += piece.num_rows - start
    if count:
        yield pa.concat_tables(waiting)


def checked_batches(
    paths: Sequence[Path], schema: pa.Schema, rows: int | None = BATCH_ROWS
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Read the files of a split, which may be a stranger's: the number of the file, and some of its rows.

    Args:
        paths: in the order of the rows.
        schema: what they must have; columns, types and nulls are compared.
        rows: that are read at a time, at most; None: a file at a time.

    Raises:
        BrokenTable: if a file is no Parquet, is broken, has another schema, or unpacks to more than any honest one.
    """
    left = allowance(sum(path.stat().st_size for path in paths if path.exists()))
    for number, path in enumerate(paths):
        with open_table(path, left) as file:
            if file.kind != "Parquet":
                raise BrokenTable(f"{path.name}: is no Parquet")
            if not file.schema.equals(schema):
                raise BrokenTable(f"{path.name}: {schema_difference(file.schema, schema)}")
            for batch in file.batches(rows):
                left -= batch.nbytes
                yield number, batch


def read_files(paths: Sequence[Path], schema: pa.Schema) -> pa.Table:
    """Read files of one split as one table; arguments and errors as of `checked_batches`."""
    batches = [batch for _, batch in checked_batches(paths, schema, rows=None)]
    return pa.Table.from_batches(batches, schema).combine_chunks()


def schema_difference(found: pa.Schema, wanted: pa.Schema) -> str:
    """Say the first difference of two schemas."""
    for name in wanted.names:
        if name not in found.names:
            return f"column {name!r} is missing"
        if not found.field(name).equals(wanted.field(name)):
            return f"column {name!r} is {_say(found.field(name))}, declared as {_say(wanted.field(name))}"
    extra = [name for name in found.names if name not in wanted.names]
    return f"column {extra[0]!r} is not declared" if extra else "columns are in another order"


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
