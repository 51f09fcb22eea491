"""A folder as destination: all of a release or nothing, and never another content."""

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from toolkit.errors import OptionError, ReleaseError
from toolkit.publishing import PublishReport, publish_release
from toolkit.publishing.folder import publish_to_folder
from toolkit.publishing.report import read_verified
from toolkit.publishing.store import publish_to_store
from toolkit.release.checks.verify import verify_release

KILLED = """
import os, sys
from pathlib import Path
from toolkit.publishing import publish_release
publish_release(Path(sys.argv[1]), sys.argv[2], on_sent=lambda done, total: done and os._exit(9))
"""


# What the tests send does not change, and verifying takes longer than copying.
verified = cache(read_verified)


def publish(release: Path, folder: Path, *, dry_run: bool = False) -> PublishReport:
    return publish_to_folder(verified(release), folder, dry_run=dry_run, on_sent=lambda done, total: None)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_copy_that_verifies(release: Path, tmp_path: Path, scheme: str) -> None:
    report = publish_release(release, f"{scheme}{tmp_path / 'sets'}")
    target = tmp_path / "sets" / "demo" / "0.1.0"
    assert verify_release(target).ok
    assert (report.outcome, report.destination, set(report.sent)) == ("published", str(target), names(release))
    assert report.load == f'datasets.load_dataset("{target}", "sentence_pairs")'
    assert [path.name for path in target.parent.iterdir()] == ["0.1.0"]


def test_repeated_it_does_nothing(release: Path, tmp_path: Path) -> None:
    publish(release, tmp_path)
    written = (tmp_path / "demo" / "0.1.0" / "manifest.json").stat().st_mtime_ns
    report = publish(release, tmp_path)
    assert (report.outcome, report.sent, set(report.there)) == ("unchanged", {}, names(release))
    assert (tmp_path / "demo" / "0.1.0" / "manifest.json").stat().st_mtime_ns == written


def test_dry_run_writes_nothing(release: Path, tmp_path: Path) -> None:
    report = publish(release, tmp_path / "sets", dry_run=True)
    assert (report.outcome, set(report.sent)) == ("dry run", names(release))
    assert not (tmp_path / "sets").exists()


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_version_is_never_changed(release: Path, other: Path, tmp_path: Path, dry_run: bool) -> None:
    publish(release, tmp_path)
    with pytest.raises(ReleaseError, match=r"is there already, with other content.*Raise the version"):
        publish(other, tmp_path, dry_run=dry_run)
    target = tmp_path / "demo" / "0.1.0"
    assert (target / "SHA256SUMS").read_bytes() == (release / "SHA256SUMS").read_bytes()
    (target / "more.txt").write_text("one file too many")
    with pytest.raises(ReleaseError, match="is there already, with other content"):
        publish(release, tmp_path, dry_run=dry_run)


def test_a_killed_publisher_leaves_nothing_under_the_name(release: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(release), str(tmp_path)], timeout=60)
    assert done.returncode == 9
    assert [path.name for path in (tmp_path / "demo").iterdir()] == [".0.1.0.publishing"]
    assert publish(release, tmp_path).outcome == "published"
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["0.1.0"]


def test_a_place_that_cannot_be_written_to(release: Path, tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file")
    with pytest.raises(Exception, match="cannot write: ") as caught:
        publish(release, tmp_path)
    assert "\n" not in str(caught.value)


def test_private_is_of_the_hub(release: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--private is of datasets on the Hub"):
        publish_release(release, str(tmp_path), private=True)


@pytest.mark.parametrize(
    "replace",
    [
        lambda path: path.write_text("# Changelog\n\nsecret\n", "utf-8"),
        lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
        lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: path.unlink(),
    ],
)
@pytest.mark.parametrize("place", ["folder", "memory://replaced"])
def test_what_was_replaced_after_it_was_verified_is_not_sent(
    release: Path, tmp_path: Path, place: str, replace: Callable[[Path], object]
) -> None:
    copy = Path(shutil.copytree(release, tmp_path / "0.1.0"))
    of_copy = {file.name: file for file in verified(release).files}
    files = tuple(dataclasses.replace(file, path=copy / name) for name, file in of_copy.items())
    given = dataclasses.replace(verified(release), files=files)
    replace(copy / "CHANGELOG.md")
    target = tmp_path / "sets"
    with pytest.raises(ReleaseError, match="changed after it was verified"):
        if place == "folder":
            publish_to_folder(given, target, dry_run=False, on_sent=lambda done, total: None)
        else:
            publish_to_store(given, place, dry_run=False, on_sent=lambda done, total: None)
    assert not (target / "demo" / "0.1.0").exists()
