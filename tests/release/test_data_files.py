"""Files of a release that are written of parts and read in pieces."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolkit import schemas
from toolkit.engine import Engine
from toolkit.options import RunConfig
from toolkit.partitions import Store
from toolkit.release import data_files
from toolkit.release.build import build_release
from toolkit.release.checks.verify import verify_release
from toolkit.release.content import ReleaseContent
from toolkit.release.data_files import are_ordered
from toolkit.release.row_hash import ArrowBytes, ContentHash, arrow_bytes, content_hash
from toolkit.release.rows import SplitFiles
from toolkit.stages.split import split_bitext

TABLES = ("bitext", "pairs", "posts", "duplicates", "components", "dropped")


def in_parts(content: ReleaseContent, folder: Path, rows: int) -> ReleaseContent:
    store = Store(folder)
    return replace(content, **{name: store.write(name, getattr(content, name), rows) for name in TABLES})


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("rows", [2, 5])
def test_parts_do_not_show(
    content: ReleaseContent, built: Path, run_config: RunConfig, rows: int, tmp_path: Path
) -> None:
    """Rows of any order in parts of any size are the same release."""
    release = build_release(in_parts(content, tmp_path / "work", rows), run_config, tmp_path / "dist")
    assert files_of(release) == files_of(built)


def test_workers_do_not_show(
    content: ReleaseContent, built: Path, run_config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files, "_ALONE", 0)
    parts = in_parts(content, tmp_path / "work", 7)
    release = build_release(parts, run_config, tmp_path / "dist", engine=Engine(workers=2))
    assert files_of(release) == files_of(built)
    assert verify_release(release, Engine(workers=2)).problems == ()


def test_more_than_a_thousand_pairs(content: ReleaseContent, run_config: RunConfig, tmp_path: Path) -> None:
    """Sizes of 1,000 rows and more are written with a sign that HTML has too."""
    beads: list[dict[str, object]] = [
        {"bead_id": f"svod/3~brief/3#{n}", "pair_id": "svod/3~brief/3", "ru_ids": [n], "en_ids": [n],
         "ru_text": f"Дом {n} на улице {n * 7}.", "en_text": f"House {n} in street {n * 7}.", "bead_type": "1:1",
         "similarity": 0.5, "score": 0.75, "length_ratio": 1.0, "number_match": 1.0, "relation": "parallel"}
        for n in range(1100)
    ]  # fmt: skip
    bitext = split_bitext(schemas.from_rows(beads, schemas.BITEXT), content.pairs, content.components)
    release = build_release(replace(content, bitext=bitext), run_config, tmp_path)
    assert verify_release(release).problems == ()
    assert "- 1K<n<10K\n" in (release / "README.md").read_text("utf-8")


def test_hashes_and_sizes_add_up(built: Path, load: Callable[..., pa.Table]) -> None:
    for config, split in (("posts", "train"), ("sentence_pairs", "test")):
        rows = load(built, config, split)
        for size in (1, 4):
            hashed, counted = ContentHash(), ArrowBytes()
            for start in range(0, rows.num_rows, size):
                piece = rows.slice(start, size)
                hashed.add(piece)
                counted.add((name, piece[name].combine_chunks()) for name in piece.column_names)
            assert (hashed.hexdigest(), counted.total()) == (content_hash(rows), arrow_bytes(rows))


def test_some_rows_of_files(tmp_path: Path) -> None:
    rows = pa.table({"n": pa.array(range(25), pa.int32()), "text": [f"т{n}" for n in range(25)]})
    paths = [tmp_path / f"{start}.parquet" for start in (0, 10)]
    for path, part in zip(paths, (rows.slice(0, 10), rows.slice(10)), strict=True):
        pq.write_table(part, path, row_group_size=4)
    files = SplitFiles(rows.schema, tuple(paths), (10, 15))
    assert files.num_rows == 25
    assert pa.Table.from_batches(files.to_batches()).equals(rows)
    for offset, length in ((0, 25), (3, 1), (8, 5), (10, 2), (24, 9), (25, 1)):
        assert files.slice(offset, length).equals(rows.slice(offset, length))
        assert files.select(["text"]).slice(offset, length).equals(rows.select(["text"]).slice(offset, length))


ORDERS = [
    ({"a": [1, 2, 2, None, None], "b": ["z", "a", "b", "a", "b"]}, True),
    ({"a": [1, 2, 2], "b": ["a", "b", "a"]}, False),
    ({"a": [None, 1], "b": ["a", "b"]}, False),
    ({"a": [1, 1], "b": [None, "a"]}, False),
    ({"a": [1, 1], "b": ["a", "a"]}, True),
    ({"a": [1], "b": ["a"]}, True),
]


@pytest.mark.parametrize(("columns", "wanted"), ORDERS)
def test_order(columns: dict[str, list[object]], wanted: bool) -> None:
    table = pa.table(columns)
    assert are_ordered(table) is wanted
    assert table.sort_by([("a", "ascending"), ("b", "ascending")]).equals(table) is wanted
