"""Native tables: what is sound is read, what is broken or a bomb is one line, and nothing ends the process."""

import io
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from toolkit.native.limits import BrokenTable, TooLarge
from toolkit.native.tables import open_table, read_table, to_rows

ROWS = 60
TABLE = pa.table(
    {
        "id": pa.array(range(ROWS)),
        "text": [f"Мост открыт {n} " * (n % 5) if n % 7 else None for n in range(ROWS)],
        "tags": [["a", "бб", None][: n % 4] for n in range(ROWS)],
        "reactions": [[{"emoji": "x", "count": n}] * (n % 3) for n in range(ROWS)],
        "date": pa.array([1700000000000 + n for n in range(ROWS)], pa.timestamp("ms", tz="UTC")),
        "channel": pa.array([f"bay{n % 3}" for n in range(ROWS)]).dictionary_encode(),
        "score": pa.array([n / 3 for n in range(ROWS)], pa.float32()),
    }
)
BIG = "x" * 1_000_000


def parquet(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def arrow(table: pa.Table, compression: str | None = None, *, is_stream: bool = False) -> bytes:
    file, new = io.BytesIO(), pa.ipc.new_stream if is_stream else pa.ipc.new_file
    with new(file, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=25 if table is TABLE else None)
    return file.getvalue()


def feathered(table: pa.Table) -> bytes:
    file = io.BytesIO()
    feather.write_feather(table, file)
    return file.getvalue()


KINDS: dict[str, bytes] = {
    "parquet": parquet(TABLE, row_group_size=25),
    "parquet 2": parquet(TABLE, data_page_version="2.0", compression="zstd", use_dictionary=["channel"],
                         column_encoding={"text": "DELTA_LENGTH_BYTE_ARRAY", "id": "DELTA_BINARY_PACKED"}),
    "parquet, prefixes": parquet(TABLE, compression="none", use_dictionary=False,
                                 column_encoding={"text": "DELTA_BYTE_ARRAY", "score": "BYTE_STREAM_SPLIT"}),
    "parquet, checked pages": parquet(TABLE, write_page_checksum=True, compression="gzip"),
    "arrow file": arrow(TABLE),
    "arrow stream": arrow(TABLE, is_stream=True),
    "arrow file, lz4": arrow(TABLE, "lz4"),
    "arrow stream, zstd": arrow(TABLE, "zstd", is_stream=True),
    "feather": feathered(TABLE),
}  # fmt: skip


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_what_is_sound_is_read(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "table").write_bytes(data)
    for file in (data, tmp_path / "table"):
        table = read_table(file)
        assert table.to_pylist() == TABLE.to_pylist()
        assert table.schema.field("channel").type == pa.string()
    with open_table(data) as opened:
        batches = list(opened.batches(10, ["text", "id", "nowhere"]))
    assert [row for batch in batches for row in batch.to_pylist()] == TABLE.select(["id", "text"]).to_pylist()


def mutations(data: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Yield the bytes with one to four of them changed, taken out, or replaced by what lengths fear."""
    numbers = random.Random(seed)
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(numbers.choice([1, 1, 1, 2, 4])):
            place, how = numbers.randrange(len(changed)), numbers.random()
            if how < 0.8:
                changed[place] = numbers.choice([numbers.randrange(256), 0, 255, 127, 128, changed[place] ^ 1])
            elif how < 0.9:
                del changed[place : place + numbers.choice([1, 4, 8])]
            else:
                changed[place : place + 4] = numbers.choice([b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\xff\xff\xff\xff"])
        yield bytes(changed)


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_what_is_broken_is_one_line(data: bytes) -> None:
    """A fall of a library would end this process, and so the test run."""
    outcomes = set()
    for changed in [*mutations(data, 7, 120), data[:-20], data[: len(data) // 2], data[:9], data[:4], b""]:
        try:
            to_rows(read_table(changed))
            outcomes.add("read")
        except BrokenTable as error:
            assert "\n" not in str(error)
            assert 0 < len(str(error)) < 400
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def named(times: int, text: str = BIG) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(times, np.int32)), pa.array([text]))


def listed(values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)


def viewed(times: int) -> pa.Array:
    one = pa.array([BIG], pa.string_view())
    views = pa.py_buffer(one.buffers()[1].to_pybytes() * times)
    return pa.Array.from_buffers(pa.string_view(), times, [None, views, one.buffers()[2]])


ZEROS = pa.table({"text": pa.array(["\0" * 100_000_000])})
BOMBS: dict[str, Callable[[], bytes]] = {
    "a text of a dictionary": lambda: parquet(pa.table({"text": named(8000)}), compression="zstd"),
    "a short text of a dictionary": lambda: parquet(pa.table({"text": named(500_000, "x" * 1000)})),
    "a list of texts of a dictionary": lambda: parquet(pa.table({"tags": listed(named(8000))}), compression="zstd"),
    "nulls": lambda: parquet(pa.table({"text": pa.nulls(20_000_000, pa.int8())}), row_group_size=20_000_000),
    "a list of nulls": lambda: parquet(pa.table({"tags": listed(pa.nulls(8_000_000, pa.int8()))})),
    "zeros": lambda: parquet(ZEROS, compression="zstd", use_dictionary=False, write_statistics=False),
    "the same beginning": lambda: parquet(
        pa.table({"text": [BIG] * 300}), compression="zstd", use_dictionary=False, write_statistics=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"}),
    "the same difference": lambda: parquet(
        pa.table({"id": pa.array(np.zeros(10_000_000, np.int64))}), use_dictionary=False,
        column_encoding={"id": "DELTA_BINARY_PACKED"}),
    "nulls of great width": lambda: parquet(pa.table({"id": pa.nulls(3, pa.binary(80_000_000))})),
    "packed zeros, arrow": lambda: arrow(ZEROS, "zstd"),
    "packed zeros, stream": lambda: arrow(ZEROS, "zstd", is_stream=True),
    "a text of a dictionary, arrow": lambda: arrow(pa.table({"text": named(20_000)}), "zstd"),
    "a list of them, arrow": lambda: arrow(pa.table({"tags": listed(named(20_000))}), "zstd"),
    "rows of nothing": lambda: arrow(pa.table({"text": pa.nulls(2_000_000)})),
    "views of a text": lambda: arrow(pa.table({"text": viewed(1_000)})),
    "a run of a text": lambda: arrow(pa.table(
        {"text": pa.RunEndEncodedArray.from_arrays(pa.array([20_000], pa.int32()), pa.array([BIG]))})),
}  # fmt: skip


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_it_unpacks(make: Callable[[], bytes]) -> None:
    data = make()
    before = pa.total_allocated_bytes()
    pool = pa.default_memory_pool()
    peak = pool.max_memory()
    with pytest.raises(TooLarge, match="unpacks to more than"):
        read_table(data)
    assert pa.total_allocated_bytes() - before < 1 << 20
    assert pool.max_memory() <= max(peak, before + (300 << 20))


HONEST: dict[str, Callable[[], bytes]] = {
    "one text for all": lambda: parquet(pa.table({"text": ["та же запись"] * 300_000, "id": range(300_000)})),
    "columns of nulls": lambda: parquet(pa.table({f"c{n}": pa.nulls(5000, pa.string()) for n in range(100)})),
    "one long text": lambda: parquet(pa.table({"text": ["слово " * 1_000_000, *["a"] * 99]}), compression="zstd"),
    "few channels": lambda: arrow(pa.table({"c": pa.array([f"c{n % 9}" for n in range(200_000)]).dictionary_encode()})),
    "no rows": lambda: parquet(TABLE.slice(0, 0)),
}


@pytest.mark.parametrize("make", HONEST.values(), ids=HONEST)
def test_what_packs_well_and_is_honest_is_read(make: Callable[[], bytes]) -> None:
    assert read_table(make()).num_rows >= 0


def test_text_that_is_none() -> None:
    broken = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xd0\xff")])
    for data in (parquet(pa.table({"text": broken})), arrow(pa.table({"text": broken}))):
        with pytest.raises(BrokenTable, match="Invalid UTF8"):
            read_table(data)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BrokenTable):
            read_table(path)


def test_values_that_python_has_not_are_text() -> None:
    late = pa.array([253402300800000], pa.timestamp("ms"))  # a second after the last that datetime knows
    fine = pa.array([datetime(2024, 3, 1, tzinfo=UTC)], pa.timestamp("ms", tz="UTC"))
    (row,) = to_rows(pa.table({"late": late, "fine": fine}))
    assert row == {"late": "10000-01-01 00:00:00.000", "fine": datetime(2024, 3, 1, tzinfo=UTC)}
