"""Stores behind fsspec: S3 through Arrow's real client against a server of this machine, and fsspec's own memory."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import OptionError, ReleaseError, ToolkitError
from toolkit.publishing import PublishReport, publish_release
from toolkit.publishing.report import ReleaseFile, VerifiedRelease, read_verified
from toolkit.publishing.store import publish_to_store

URL = "s3://data/sets"
ROOT = "data/sets/demo/0.1.0"


# What the tests send does not change, and verifying takes longer than sending.
verified = cache(read_verified)


def publish(release: Path, url: str = URL, **options: Any) -> PublishReport:
    return publish_to_store(verified(release), url, **{"dry_run": False, "on_sent": lambda done, total: None} | options)


def files_of(release: Path) -> dict[str, bytes]:
    return {p.relative_to(release).as_posix(): p.read_bytes() for p in release.rglob("*") if p.is_file()}


def stored(s3: Any) -> dict[str, bytes]:
    return {path.removeprefix(f"{ROOT}/"): content for path, (content, _) in s3.objects.items()}


def test_the_manifest_comes_last(s3: Any, release: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = publish(release, on_sent=lambda done, total: seen.append((done, total)))
    files = files_of(release)
    assert stored(s3) == files
    assert list(s3.objects)[-1] == f"{ROOT}/manifest.json"
    assert (report.outcome, report.destination) == ("published", f"s3://{ROOT}")
    assert report.sent == {name: len(content) for name, content in files.items()}
    assert (
        report.load == f'datasets.load_dataset("parquet", data_files="s3://{ROOT}/data/sentence_pairs/train-*.parquet")'
    )
    assert seen[0] == (0, sum(map(len, files.values())))
    assert seen[-1] == (seen[0][1], seen[0][1])


def test_repeated_it_sends_nothing(s3: Any, release: Path) -> None:
    publish(release)
    s3.log.clear()
    again = publish(release)
    assert (again.outcome, again.sent, set(again.there)) == ("unchanged", {}, set(files_of(release)))
    assert {method for method, path in s3.log if path != "data"} == {"HEAD"}  # checksums are asked for, no content


def test_what_was_cut_off_is_resumed(s3: Any, release: Path) -> None:
    s3.refuses[rf"(PUT|POST) {ROOT}/data/sentence_pairs/"] = "AccessDenied"
    with pytest.raises(
        ReleaseError, match=r"the store refused or was lost: .*run it again: it goes on where it stopped"
    ):
        publish(release)
    assert f"{ROOT}/manifest.json" not in s3.objects
    before = set(s3.objects)
    assert before
    s3.refuses.clear()
    plan = publish(release, dry_run=True)
    assert set(s3.objects) == before
    report = publish(release)
    assert stored(s3) == files_of(release)
    assert report.sent == plan.sent
    assert {f"{ROOT}/{name}" for name in report.there} == before


def test_a_file_of_the_same_size_but_other_content_is_sent_again(s3: Any, release: Path) -> None:
    publish(release)
    del s3.objects[f"{ROOT}/manifest.json"]
    s3.put(f"{ROOT}/LICENSE", bytes(len(s3.objects[f"{ROOT}/LICENSE"][0])))
    assert set(publish(release).sent) == {"LICENSE", "manifest.json"}
    assert stored(s3) == files_of(release)


def test_an_etag_that_is_no_checksum_of_the_content_does_not_matter(s3: Any, release: Path) -> None:
    publish(release)
    s3.objects = {path: (content, f"{'0' * 32}-2") for path, (content, _) in s3.objects.items()}
    assert publish(release).outcome == "unchanged"


def test_a_file_of_many_parts_has_no_checksum_and_is_read_back(s3: Any, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 * 21
    (tmp_path / "large").write_bytes(content)
    large = ReleaseFile("large", tmp_path / "large", len(content), hashlib.sha256(content).hexdigest())
    outcomes = [
        publish_to_store(
            VerifiedRelease("big", "1.0.0", (large,), "sentence_pairs", "train"),
            URL,
            dry_run=False,
            on_sent=lambda done, total: None,
        ).outcome
        for _ in range(2)
    ]
    assert outcomes == ["published", "unchanged"]
    [(stored, etag)] = s3.objects.values()
    assert (stored == content, etag.partition("-")[2] > "1", s3.parts) == (True, True, {})


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_version_is_never_changed(s3: Any, release: Path, other: Path, dry_run: bool) -> None:
    publish(release)
    with pytest.raises(ReleaseError, match=f"^s3://{ROOT}: is there already, with other content"):
        publish(other, dry_run=dry_run)
    assert stored(s3) == files_of(release)


def test_other_files_at_the_place(s3: Any, release: Path) -> None:
    s3.put(f"{ROOT}/data/somebodys.csv", b"a,b")
    with pytest.raises(ReleaseError, match=r"has no release, but 1 files .* such as data/somebodys\.csv"):
        publish(release)
    assert s3.written() == []


def test_versions_lie_beside_each_other(s3: Any, release: Path, build: Callable[..., Path]) -> None:
    publish(release)
    publish(build(version="0.2.0"))
    assert {path.split("/")[3] for path in s3.objects} == {"0.1.0", "0.2.0"}


def test_a_bucket_that_is_not_there(s3: Any, release: Path) -> None:
    with pytest.raises(ReleaseError, match=r"^s3://nowhere/demo/0\.1\.0: the store refused") as caught:
        publish(release, "s3://nowhere")
    assert "MARKEDsecret" not in str(caught.value)


@pytest.fixture
def memory() -> Iterator[Any]:
    import fsspec

    fs = fsspec.filesystem("memory")
    yield fs
    fs.rm("/shelf", recursive=True)


def test_a_store_without_checksums_is_read_back(memory: Any, release: Path) -> None:
    files = files_of(release)
    assert publish(release, "memory://shelf").outcome == "published"
    assert {name: memory.cat_file(f"/shelf/demo/0.1.0/{name}") for name in files} == files
    assert publish(release, "memory://shelf/").outcome == "unchanged"
    memory.pipe_file("/shelf/demo/0.1.0/LICENSE", bytes(len(files["LICENSE"])))
    assert set(publish(release, "memory://shelf").sent) == {"LICENSE"}  # the manifest is ours, the file broken


@pytest.mark.parametrize("url", ["nosuch://place", "gs://bucket/place"])
def test_a_store_that_nothing_here_can_reach(release: Path, url: str) -> None:
    with pytest.raises(OptionError, match="destination cannot be used"):
        publish(release, url)


def test_the_password_of_a_url_is_never_shown(release: Path) -> None:
    url = "ftp://ann:MARKEDsecret@127.0.0.1:9/sets"
    with pytest.raises(ReleaseError) as caught:
        publish(release, url)
    assert "MARKEDsecret" not in repr((caught.value, caught.value.__cause__))
    assert str(caught.value).startswith("ftp://127.0.0.1:9/sets/demo/0.1.0: the store refused or was lost: Connection")
    assert caught.value.__suppress_context__


LOAD = "import sys, pyarrow.dataset as ds; print(ds.dataset(sys.argv[1]).count_rows())"


def test_the_command_publishes_and_strangers_read_it(s3: Any, release: Path) -> None:
    command = [sys.executable, "-m", "toolkit", "publish", str(release), URL]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"demo 0.1.0 -> s3://{ROOT}\npublished: ")
    pairs = f"s3://{ROOT}/data/sentence_pairs"
    read = subprocess.run([sys.executable, "-c", LOAD, pairs], capture_output=True, text=True, timeout=60)
    assert int(read.stdout) > 0, read.stderr


@pytest.mark.parametrize(
    "url",
    [
        "ftp://ann:MARKED@secret@127.0.0.1:9/sets",
        "ftp://ann:MARKED%40secret@127.0.0.1:9/sets",
        "nosuch://ann:MARKED@secret@place",
    ],
)
def test_no_part_of_a_password_is_shown(release: Path, url: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        publish(release, url)
    assert "MARKED" not in repr(caught.value) and "cret" not in repr(caught.value)


@pytest.mark.parametrize("destination", ["s3:/KEY:MARKED@secret@bucket", "hf://datasets/hf_MARKEDsecret@org/name"])
def test_a_mistyped_destination_does_not_show_it_either(release: Path, destination: str) -> None:
    with pytest.raises(OptionError) as caught:
        publish_release(release, destination)
    assert "MARKED" not in str(caught.value) and "cret" not in str(caught.value)
