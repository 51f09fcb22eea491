"""Version numbers that changes ask for, and those that are refused."""

import dataclasses
from pathlib import Path

import pyarrow as pa
import pytest

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.diff import CHANGES, diff_rows
from toolkit.release.read import read_release
from toolkit.release.versions import Since, check_version, level_of, raise_version, settle_version


def changes(*reasons: str) -> pa.Table:
    rows = [{"op": "add", "id": str(n), "config": "posts", "reason": reason} for n, reason in enumerate(reasons)]
    return pa.Table.from_pylist(rows, schema=CHANGES)


def with_release(config: RunConfig, **new: str) -> RunConfig:
    return config.model_copy(update={"release": config.release.model_copy(update=new)})


@pytest.mark.parametrize(
    ("reasons", "level"),
    [
        ([], None),
        (["new"], "minor"),
        (["corrected"], "patch"),
        (["new", "corrected"], "minor"),
        (["takedown"], "major"),
        (["gone", "new"], "major"),
        (["moved"], "major"),
        (["corrected", "recomputed"], "major"),
    ],
)
def test_level(reasons: list[str], level: str | None) -> None:
    assert level_of(changes(*reasons)) == level
    assert level_of(changes(*reasons), same_columns=False) == "major"


@pytest.mark.parametrize(
    ("version", "level", "wanted"),
    [
        ("1.4.2", "major", "2.0.0"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4.2", "patch", "1.4.3"),
        ("0.9.9", "minor", "0.10.0"),
        ("0.9.9", "patch", "0.9.10"),
    ],
)
def test_raise(version: str, level: str, wanted: str) -> None:
    assert raise_version(version, level) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["1.5.0", "1.5.1", "1.10.0", "2.0.0", "10.0.0"])
def test_a_version_that_promises_enough(version: str) -> None:
    check_version(version, "1.4.9", "minor", changes("new"))


@pytest.mark.parametrize("version", ["1.4.9", "1.4.10", "1.3.0", "0.9.0"])
def test_a_version_that_the_changes_contradict(version: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        check_version(version, "1.4.9", "minor", changes("new", "new", "corrected"))
    text = f"version {version} contradicts the changes since 1.4.9, which make it 1.5.0"
    assert f"{text}: 2 rows add (new), 1 rows add (corrected). Set release.version to 1.5.0" in str(caught.value)


def test_the_first_version(run_config: RunConfig) -> None:
    assert settle_version(run_config, None) == run_config
    assert settle_version(with_release(run_config, version="next"), None).release.version == "1.0.0"


def test_the_next_version(run_config: RunConfig, built: Path) -> None:
    before = read_release(built)
    fewer = {name: table.slice(0, table.num_rows - 1) for name, table in before.tables.items()}
    asked = with_release(run_config, version="next")
    since = Since(before, diff_rows(fewer, before.tables), None)
    assert settle_version(asked, since).release.version == "1.1.0"
    assert since.facts().model_dump() == {
        "version": "1.0.0",
        "sha256": before.sha256,
        "anew": None,
        "changes": {name: {"add": {"new": 1}} for name in ("sentence_pairs", "post_pairs", "posts", "duplicates")},
    }
    since = Since(before, diff_rows(before.tables, fewer), "the encoder is a, and was b")
    assert settle_version(asked, since).release.version == "2.0.0"
    assert since.facts().anew == "the encoder is a, and was b"
    with pytest.raises(ReleaseError, match=r"version 1\.9\.0 contradicts the changes since 1\.0\.0, which make it 2"):
        settle_version(with_release(run_config, version="1.9.0"), since)


def test_other_columns_make_a_major_version(run_config: RunConfig, built: Path) -> None:
    since = Since(read_release(built), CHANGES.empty_table(), schema_version=2)
    assert settle_version(with_release(run_config, version="next"), since).release.version == "2.0.0"


def test_nothing_to_release(run_config: RunConfig, built: Path) -> None:
    since = Since(read_release(built), CHANGES.empty_table())
    with pytest.raises(ReleaseError, match=r"^nothing has changed since 1\.0\.0, so there is nothing to release"):
        settle_version(with_release(run_config, version="2.0.0"), since)


def test_another_dataset(run_config: RunConfig, built: Path) -> None:
    before = read_release(built)
    manifest = before.manifest.model_copy(update={"name": "other-news"})
    since = Since(dataclasses.replace(before, manifest=manifest), changes("new"))
    with pytest.raises(ReleaseError, match=r"1\.0\.0: is a release of 'other-news', and this run makes 'city-news'"):
        settle_version(run_config, since)
