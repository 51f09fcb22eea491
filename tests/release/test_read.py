import shutil
from pathlib import Path
from typing import Any

import pytest
from forging import forge, rewrite

from toolkit.errors import ReleaseError
from toolkit.release.content import ReleaseContent
from toolkit.release.read import read_batches, read_manifest, read_release, run_tables
from toolkit.release.tables import CONFIGS
from toolkit.storage import sha256_file


def test_all_rows_of_all_splits(built: Path, content: ReleaseContent) -> None:
    release = read_release(built)
    assert (release.name, release.sha256) == ("city-news 1.0.0", sha256_file(built / "manifest.json"))
    for config in CONFIGS:
        assert release.tables[config.name].column_names == [*config.schema.names, "split"]
    assert sorted(release.tables["posts"]["post_id"].to_pylist()) == sorted(content.posts["post_id"].to_pylist())
    assert release.tables["duplicates"].num_rows == content.duplicates.num_rows
    assert release.tables["comparable_pairs"].num_rows == 0


def test_tables_as_of_a_run(built: Path, content: ReleaseContent) -> None:
    tables = run_tables(read_release(built))
    assert sorted(tables["pairs"]["pair_id"].to_pylist()) == sorted(content.pairs["pair_id"].to_pylist())
    split = {row["post_id"]: row["split"] for row in content.components.to_pylist()}
    found = {row["post_id"]: row["split"] for row in tables["components"].to_pylist()}
    assert found == {post_id: split[post_id] for post_id in found}
    assert {"echo/1", "svod/1"} <= set(found)


def test_batches_hold_the_same_rows(built: Path) -> None:
    manifest = read_manifest(built)
    for config in CONFIGS:
        whole = read_release(built).tables[config.name]
        for split, facts in manifest.configs[config.name].splits.items():
            batches = list(read_batches(built, manifest, config, split, rows=2))
            assert max(batch.num_rows for batch in batches) <= 2
            rows = [row | {"split": split} for batch in batches for row in batch.to_pylist()]
            assert len(rows) == facts.rows
            assert rows == [row for row in whole.to_pylist() if row["split"] == split]


def test_a_column_that_an_older_toolkit_did_not_write_is_null(built: Path, tmp_path: Path) -> None:
    release = Path(shutil.copytree(built, tmp_path / "1.0.0"))
    for path in (release / "data" / "duplicates").rglob("*.parquet"):
        rewrite(release, path.relative_to(release).as_posix(), lambda table: table.drop_columns(["removed"]))
    forge(release)
    assert read_release(release).tables["duplicates"]["removed"].null_count == 3


@pytest.mark.parametrize("name", ["/etc/passwd", "../other/data.parquet", "data/../../x", "..\\x", "C:/x", "a\0b", "."])
@pytest.mark.parametrize("lists_it", [True, False])
def test_a_manifest_that_leads_out_is_refused(built: Path, tmp_path: Path, name: str, lists_it: bool) -> None:
    release = Path(shutil.copytree(built, tmp_path / "1.0.0"))

    def lie(manifest: dict[str, Any]) -> None:
        for config in manifest["configs"].values():
            for split in config["splits"].values():
                split["files"] = [name]
        if lists_it:
            manifest["files"][name] = manifest["files"]["LICENSE"]

    forge(release, lie)
    with pytest.raises(ReleaseError, match=r"leaves the folder|is no line of|the files of sentence_pairs/train are"):
        read_release(release)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [(None, "is no release: manifest.json cannot be read"), (b"{}", "manifest.json"), (b"kept", "cannot be read")],
)
def test_no_release(built: Path, tmp_path: Path, manifest: bytes | None, message: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_bytes(
            (built / "manifest.json").read_bytes() if manifest == b"kept" else manifest
        )
    with pytest.raises(ReleaseError, match=message):
        read_release(tmp_path)
