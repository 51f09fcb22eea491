"""Bytes repeat, groups are fixed, and the hash of rows does not see how they are stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit.release import shards
from toolkit.release.parquet import read_files, schema_difference, write_split, yaml_features
from toolkit.release.row_hash import content_hash
from toolkit.release.shards import FILE_SHARE, plan_shards
from toolkit.release.tables import CONFIGS, POSTS, PublishedConfig

SMALL = PublishedConfig(
    name="small",
    schema=pa.schema(
        {"key": pa.int32(), "text": pa.string(), "tags": pa.list_(pa.string()), "seen": pa.timestamp("ms", tz="UTC")}
    ),
    key=("key",),
    order=("seen", "key"),
    rows_per_group=10,
    about="a row",
)


START = datetime(2024, 1, 1, tzinfo=UTC)


def rows(count: int, *, a_day: int = 1000, undated: int = 0) -> pa.Table:
    seen = [None if n >= count - undated else START + timedelta(days=n // a_day) for n in range(count)]
    return pa.table(
        {
            "key": pa.array(range(count), pa.int32()),
            "text": [None if n % 7 == 0 else f"строка {n}" for n in range(count)],
            "tags": pa.array(
                [None if n % 5 == 0 else ["#a", "#б"][: n % 3] for n in range(count)], SMALL.schema[2].type
            ),
            "seen": pa.array(seen, SMALL.schema[3].type),
        },
        schema=SMALL.schema,
    )


def cut(table: pa.Table, size: int) -> pa.Table:
    return pa.concat_tables([table.slice(at, size) for at in range(0, table.num_rows, size)])


def test_files_and_groups_have_fixed_rows(tmp_path: Path) -> None:
    files = write_split(rows(165), SMALL, "train", tmp_path)
    assert [file.name for file in files] == [f"train-2024-01-0000{n}-of-00003.parquet" for n in range(3)]
    groups = [pq.ParquetFile(file).metadata for file in files]
    assert [[meta.row_group(n).num_rows for n in range(meta.num_row_groups)] for meta in groups] == [
        [10] * 8, [10] * 8, [5],
    ]  # fmt: skip
    assert read_files(files, SMALL.schema).equals(rows(165))


def test_what_readers_need_is_in_the_files(tmp_path: Path) -> None:
    meta = pq.ParquetFile(write_split(rows(9), SMALL, "test", tmp_path)[0]).metadata
    column = meta.row_group(0).column(1)
    assert column.compression == "ZSTD"
    assert column.has_column_index
    assert column.has_offset_index
    assert meta.row_group(0).sorting_columns == (pq.SortingColumn(3, False, False), pq.SortingColumn(0, False, False))


def test_files_hold_whole_months_and_old_ones_stay(tmp_path: Path) -> None:
    # Four posts a day: a month fills a row group of 100 rows, so each closes its file.
    config = replace(SMALL, rows_per_group=100)
    older = write_split(rows(4 * 45, a_day=4), config, "train", tmp_path / "older")
    newer = write_split(rows(4 * 75, a_day=4, undated=3), config, "train", tmp_path / "newer")
    assert [file.name for file in older] == [f"train-2024-0{month}-00000-of-00001.parquet" for month in (1, 2)]
    assert [file.name.removesuffix("-00000-of-00001.parquet") for file in newer] == [
        "train-2024-01", "train-2024-02", "train-2024-03", "train-undated",
    ]  # fmt: skip
    assert newer == sorted(newer)
    assert newer[0].read_bytes() == older[0].read_bytes()
    assert pq.ParquetFile(newer[2]).metadata.num_rows == 4 * 15 - 3
    assert read_files(newer, SMALL.schema).equals(rows(4 * 75, a_day=4, undated=3))


def test_small_months_share_a_file(tmp_path: Path) -> None:
    config = replace(SMALL, rows_per_group=100)
    files = write_split(rows(180, a_day=1), config, "test", tmp_path)
    assert [(file.name[:12], pq.ParquetFile(file).metadata.num_rows) for file in files] == [
        ("test-2024-01", 31 + 29 + 31 + 30),
        ("test-2024-05", 180 - 121),
    ]


def test_files_grow_with_the_split_and_closed_ones_stay() -> None:
    config = replace(SMALL, rows_per_group=1000)
    older, newer = (plan_shards(rows(4 * days, a_day=4), config, "train") for days in (6000, 6120))
    assert newer[: len(older) - 1] == older[:-1]
    assert sum(shard.rows for shard in newer) == 4 * 6120
    ends = [shard.start // FILE_SHARE for shard in newer]
    assert all(end <= shard.rows < max(1000, end) + 4 * 31 for end, shard in zip(ends[:-1], newer[:-1], strict=True))
    assert len(newer) < 60  # of 201 months


def test_chunk_layout_does_not_show(tmp_path: Path) -> None:
    one = write_split(rows(57), SMALL, "train", tmp_path / "one")
    two = write_split(cut(rows(57), 4), SMALL, "train", tmp_path / "two")
    assert one[0].read_bytes() == two[0].read_bytes()


def test_big_rows_make_small_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "GROUP_BYTES", 280)
    files = write_split(rows(20), SMALL, "train", tmp_path)
    metas = [pq.ParquetFile(file).metadata for file in files]
    groups = [[meta.row_group(n).num_rows for n in range(meta.num_row_groups)] for meta in metas]
    assert groups == [[5, 5, 5, 5]]
    assert read_files(files, SMALL.schema).equals(rows(20))


def test_content_hash_sees_rows_and_not_layout(tmp_path: Path) -> None:
    table = rows(57)
    wanted = content_hash(table)
    assert content_hash(cut(table, 4)) == wanted
    assert content_hash(read_files(write_split(table, SMALL, "train", tmp_path), SMALL.schema)) == wanted
    assert content_hash(pa.concat_tables([rows(80).slice(0, 30), rows(80).slice(30, 27)])) == wanted


TEXT, TEXTS = pa.string(), pa.list_(pa.string())
DIFFERENT = {
    "another value": (TEXT, ["a", "b"], ["a", "c"]),
    "another order": (TEXT, ["a", "b"], ["b", "a"]),
    "null is not empty": (TEXT, [None], [""]),
    "another border": (TEXT, ["ab", "c"], ["a", "bc"]),
    "lists of another length": (TEXTS, [["a"], ["b", "c"]], [["a", "b"], ["c"]]),
    "null list": (TEXTS, [None, ["a"]], [[], ["a"]]),
    "null in a list": (TEXTS, [[None]], [[""]]),
    "one row less": (pa.int32(), [1, 2], [1]),
    "structs": (pa.struct({"x": pa.int64(), "y": TEXT}), [{"x": 1, "y": ""}], [{"x": 1, "y": None}]),
    "floats": (pa.float32(), [0.5], [0.25]),
    "null is not zero": (pa.float32(), [None], [0]),
    "times": (pa.timestamp("ms", "UTC"), [1], [2]),
}


@pytest.mark.parametrize(("kind", "one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_content_hash_differs(kind: pa.DataType, one: list[object], other: list[object]) -> None:
    left, right = pa.array(one, kind), pa.array(other, kind)
    assert content_hash(pa.table({"c": left})) != content_hash(pa.table({"c": right}))
    assert content_hash(pa.table({"c": left})) == content_hash(pa.table({"c": pa.array(one, kind)}))
    assert content_hash(pa.table({"c": left})) != content_hash(pa.table({"d": left}))


@pytest.mark.parametrize("config", CONFIGS, ids=[config.name for config in CONFIGS])
def test_yaml_features_are_those_of_datasets(config: PublishedConfig) -> None:
    from datasets import Features

    assert yaml_features(config.schema) == Features.from_arrow_schema(config.schema)._to_yaml_list()


def test_schema_difference() -> None:
    schema = POSTS.schema
    assert schema_difference(schema.remove(0), schema) == "column 'post_id' is missing"
    assert schema_difference(schema.append(pa.field("x", pa.int8())), schema) == "column 'x' is not declared"
    swapped = pa.schema([schema[1], schema[0], *list(schema)[2:]])
    assert schema_difference(swapped, schema) == "columns are in another order"
    loose = schema.set(0, schema[0].with_nullable(True))
    assert schema_difference(loose, schema) == "column 'post_id' is string, declared as string, never null"
