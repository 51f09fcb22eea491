"""The real client of the Hub against a server of this machine, also when connections break and others are faster."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import OptionError, ReleaseError
from toolkit.publishing import PublishReport, publish_release
from toolkit.publishing.hub import publish_to_hub
from toolkit.publishing.report import read_verified
from toolkit.release.checks.verify import verify_release

# The client's own way to send large files warns inside of its HTTP library.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NAME = "example-org/demo"
URL = f"hf://datasets/{NAME}"
OLD = {"data/sentence_pairs/train-old.parquet": b"PAR1", ".gitattributes": b"*.parquet filter=lfs\n"}


# What the tests send does not change, and verifying takes longer than sending.
verified = cache(read_verified)


def publish(release: Path, **options: Any) -> PublishReport:
    """Publish without waiting between tries."""
    waits: list[float] = []
    chosen = {"private": False, "dry_run": False, "on_sent": lambda done, total: None} | options
    report = publish_to_hub(verified(release), NAME, wait=waits.append, **chosen)
    assert waits == [1.0, 4.0, 16.0][: len(waits)]
    return report


def files_of(release: Path) -> dict[str, bytes]:
    return {p.relative_to(release).as_posix(): p.read_bytes() for p in release.rglob("*") if p.is_file()}


def published(hub: Any, tag: str = "0.1.0") -> dict[str, bytes]:
    """What the tag holds, without what is the Hub's own."""
    repo = hub.repos[NAME]
    return {name: content for name, content in repo.commits[repo.tags[tag]].items() if name != ".gitattributes"}


def test_a_new_dataset_gets_one_commit_and_a_tag(hub: Any, release: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = publish(release, on_sent=lambda done, total: seen.append((done, total)))
    repo, files = hub.repos[NAME], files_of(release)
    assert published(hub) == files
    assert repo.messages == ["initial commit", "demo 0.1.0"]
    assert repo.tags == {"0.1.0": repo.head}
    assert not repo.private
    assert (report.outcome, report.commit, report.there) == ("published", repo.head, ())
    assert report.sent == {name: len(content) for name, content in files.items()}
    assert report.load == 'datasets.load_dataset("example-org/demo", "sentence_pairs", revision="0.1.0")'
    assert seen[0] == (0, sum(map(len, files.values())))
    assert seen[-1] == (seen[0][1], seen[0][1])


def test_repeated_it_changes_nothing(hub: Any, release: Path) -> None:
    first = publish(release)
    hub.log.clear()
    again = publish(release)
    assert (again.outcome, again.commit, again.sent) == ("unchanged", first.commit, {})
    assert len(again.there) == len(first.sent)
    assert not hub.called("POST|PUT")


@pytest.mark.parametrize("asked", [True, False])
def test_private_is_an_option(hub: Any, release: Path, asked: bool) -> None:
    publish(release, private=asked)
    assert hub.repos[NAME].private is asked
    assert publish(release, private=asked).outcome == "unchanged"


def test_private_is_refused_where_all_can_read(hub: Any, release: Path) -> None:
    hub.create(NAME)
    with pytest.raises(ReleaseError, match="is public, and the release is to be private"):
        publish(release, private=True)
    assert not hub.called("preupload|commit")


def test_the_next_version_sends_what_is_new_and_deletes_what_is_gone(
    hub: Any, release: Path, build: Callable[..., Path]
) -> None:
    publish(release)
    repo = hub.repos[NAME]
    repo.commit(repo.commits[repo.head] | OLD, "somebody's file")
    hub.log.clear()
    following = build(version="0.2.0")
    plan = publish(following, dry_run=True)
    assert not hub.called("POST|PUT")
    report = publish(following)
    assert published(hub, "0.2.0") == files_of(following)
    assert published(hub) == files_of(release)
    assert report.deleted == plan.deleted == ("data/sentence_pairs/train-old.parquet",)
    assert report.sent == plan.sent
    assert not [name for name in report.sent if name.startswith("data/")]  # the same rows are the same bytes
    assert not hub.called("PUT /lfs")
    assert ".gitattributes" in repo.commits[repo.head]


def test_large_files_that_the_hub_knows_from_elsewhere_are_not_sent_again(hub: Any, release: Path) -> None:
    publish(release)
    sent = hub.called("PUT /lfs")
    assert sent == len([path for path in release.rglob("*") if path.suffix in (".parquet", ".png")])
    hub.repos[NAME].tags.clear()
    hub.repos[NAME].commit({}, "all removed")
    assert publish(release).outcome == "published"
    assert hub.called("PUT /lfs") == sent


def test_dry_run_lists_and_does_nothing(hub: Any, release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    report = publish(release, dry_run=True)
    assert (report.outcome, set(report.sent)) == ("dry run", set(files_of(release)))
    assert hub.repos == {}


def test_a_version_is_never_changed(hub: Any, release: Path, other: Path) -> None:
    publish(release)
    for dry_run in (False, True):
        with pytest.raises(ReleaseError, match=r"has version 0\.1\.0 already, with another \S+\..*raise the version"):
            publish(other, dry_run=dry_run)
    assert published(hub) == files_of(release)
    assert len(hub.repos[NAME].commits) == 3


def test_main_is_not_taken_back_to_an_older_version(hub: Any, release: Path) -> None:
    repo = hub.create(NAME)
    repo.tags |= {"0.2.0": repo.head, "0.10.0": repo.head, "draft": repo.head, "2024": repo.head}
    with pytest.raises(ReleaseError, match=r"has 0\.10\.0 already, which is newer than 0\.1\.0"):
        publish(release)
    assert not hub.called("preupload|commit")


def test_a_commit_without_tag_only_gets_its_tag(hub: Any, release: Path) -> None:
    publish(release)
    repo = hub.repos[NAME]
    repo.tags.clear()
    hub.log.clear()
    report = publish(release)
    assert (report.outcome, report.sent) == ("tagged", {})
    assert repo.tags == {"0.1.0": repo.head}
    assert not hub.called("preupload|/commit/|PUT")


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("drops", "POST /api/repos/create"),
        ("drops", "POST .*/commit/"),
        ("drops", "PUT /lfs/"),
        ("drops", "GET .*/tree/"),
        ("drops", "POST .*/tag/"),
        ("drops_answer", "POST /api/repos/create"),
        ("drops_answer", "POST .*/commit/"),
        ("drops_answer", "POST .*/tag/"),
    ],
)
def test_a_lost_connection_is_tried_again(hub: Any, release: Path, fault: str, pattern: str) -> None:
    getattr(hub, fault)[pattern] = 1
    assert publish(release).outcome == "published"
    assert published(hub) == files_of(release)
    assert hub.repos[NAME].messages == ["initial commit", "demo 0.1.0"]
    assert getattr(hub, fault) == {pattern: 0}


def test_a_connection_that_stays_lost_is_reported_and_resumed(hub: Any, release: Path) -> None:
    hub.drops["POST .*/commit/"] = 4
    with pytest.raises(
        ReleaseError, match=r"connection to the Hub was lost .*Run it again; it goes on where it stopped"
    ):
        publish(release)
    assert hub.repos[NAME].messages == ["initial commit"]
    uploads = hub.called("PUT /lfs")
    assert publish(release).outcome == "published"
    assert hub.called("PUT /lfs") == uploads
    assert published(hub) == files_of(release)


def test_a_lost_race(hub: Any, release: Path) -> None:
    repo = hub.create(NAME)
    hub.before_commit = lambda: repo.commit({"README.md": b"faster"}, "of somebody else")
    with pytest.raises(ReleaseError, match=r"somebody else changed it meanwhile, nothing was committed \(HTTP 412"):
        publish(release)
    assert repo.commits[repo.head] == {"README.md": b"faster"}
    assert repo.tags == {}


@pytest.mark.parametrize(
    "files",
    [{"README.md": b"# Mine", "data/train.parquet": b"PAR1"}, {"manifest.json": b"[]"}],
)
def test_files_of_something_else_are_never_replaced(hub: Any, release: Path, files: dict[str, bytes]) -> None:
    repo = hub.create(NAME)
    repo.commit(files, "of somebody else")
    for dry_run in (True, False):
        with pytest.raises(ReleaseError, match=r"has files that are of no release, such as .*another dataset"):
            publish(release, dry_run=dry_run)
    assert repo.commits[repo.head] == files
    assert repo.tags == {}


def test_a_tag_that_is_no_version_is_in_nobodys_way(hub: Any, release: Path) -> None:
    repo = hub.create(NAME)
    repo.tags |= {"2024": repo.head, "1.0": repo.head}
    assert publish(release).outcome == "published"


def test_a_dry_run_waits_once(hub: Any, release: Path) -> None:
    hub.drops["GET /api/datasets"] = 2
    waits: list[float] = []
    with pytest.raises(ReleaseError, match="connection to the Hub was lost"):
        publish_to_hub(
            verified(release), NAME, private=False, dry_run=True, on_sent=lambda done, total: None, wait=waits.append
        )
    assert waits == [1.0]


def test_a_race_that_is_lost_while_the_connection_is(hub: Any, release: Path) -> None:
    repo = hub.create(NAME)
    hub.before_commit = lambda: repo.commit({"README.md": b"faster"}, "of somebody else")
    hub.drops_answer["POST .*/commit/"] = 1  # the refusal is not heard
    with pytest.raises(ReleaseError, match="somebody else changed it meanwhile"):
        publish(release)
    assert repo.messages == ["initial commit", "of somebody else"]


def test_no_tag_on_a_commit_that_lacks_a_file(hub: Any, release: Path) -> None:
    hub.ignores.add("SHA256SUMS")
    with pytest.raises(
        ReleaseError, match=r"no tag is set: its commit \w+ has another SHA256SUMS\. Look for a \.gitignore"
    ):
        publish(release)
    assert hub.repos[NAME].tags == {}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, r"the Hub does not accept the token \(HTTP 401: .*hf auth login"),
        (403, r"the token may not write there \(HTTP 403: .*write access"),
        (500, r"the Hub refused \(HTTP 500: .*Run it again"),
    ],
)
@pytest.mark.parametrize("pattern", ["POST /api/repos/create", "POST .*/commit/", "GET /api/datasets"])
def test_who_may_not_is_told_so_without_the_token(
    hub: Any, release: Path, pattern: str, status: int, expected: str
) -> None:
    hub.refuses[pattern] = (status, {}, "you said TOKEN")
    with pytest.raises(ReleaseError, match=expected) as caught:
        publish(release)
    error = caught.value
    assert hub.token not in repr((error, error.__cause__, vars(error)))
    assert "you said Bearer <token>" in str(error)
    assert error.__suppress_context__
    assert all(not repo.tags for repo in hub.repos.values())


def test_a_token_that_the_hub_does_not_know(hub: Any, release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_stale")
    with pytest.raises(ReleaseError, match=r"does not accept the token \(HTTP 401: Invalid username or password"):
        publish(release)
    hub.create(NAME)
    with pytest.raises(ReleaseError, match=r"does not accept the token \(HTTP 401: Invalid username or password"):
        publish(release)
    assert hub.repos[NAME].messages == ["initial commit"]


def test_without_token_nothing_is_asked(
    hub: Any, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(ReleaseError, match=r"there is no token.*hf auth login, or set HF_TOKEN"):
        publish(release)
    assert hub.log == []
    (tmp_path / "token").write_text(hub.token)  # what `hf auth login` stores
    assert publish(release).outcome == "published"


def test_offline(hub: Any, release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ReleaseError, match=r"told to stay offline\. Unset HF_HUB_OFFLINE"):
        publish(release)


@pytest.mark.parametrize(
    "wrong",
    [
        "hf://datasets/demo",
        "hf://example-org/demo",
        "hf://datasets/a/b/c",
        "hf:demo",
        "s3:/data",
        "",
        " ",
        "file://sets",
    ],
)
def test_what_is_no_dataset(release: Path, wrong: str) -> None:
    with pytest.raises(OptionError, match=r"wanted a folder, a URL .* or hf://datasets/"):
        publish_release(release, wrong)


def test_what_does_not_verify_is_not_sent(hub: Any, release: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"does not verify, and is not published: manifest\.json"):
        publish_release(tmp_path, URL)
    assert hub.log == []


def test_the_command_shows_no_token_when_it_fails(
    hub: Any, release: Path, bitext: Callable[..., tuple[int, str, str]]
) -> None:
    hub.refuses["POST .*/commit/"] = (403, {}, "you said TOKEN")
    for flags in ([], ["--json"]):
        code, out, err = bitext("publish", release, URL, *flags)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"error: {URL}: the token may not write there (HTTP 403: you said Bearer <token>). Use")


LOAD = """
import sys, datasets, huggingface_hub
name, folder = sys.argv[1:]
rows = datasets.load_dataset(name, "sentence_pairs", revision="0.1.0")
print({split: len(table) for split, table in rows.items()})
huggingface_hub.snapshot_download(name, repo_type="dataset", revision="0.1.0", local_dir=folder)
"""


def test_the_command_publishes_and_strangers_load_it(hub: Any, release: Path, tmp_path: Path) -> None:
    # Processes of their own, as users run them: the client takes the Hub's address from HF_ENDPOINT.
    settings = {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(tmp_path / "hf"),
    }
    environment = os.environ | settings | {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": hub.token}
    command = [sys.executable, "-m", "toolkit", "publish", str(release), URL, "--private", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcome"] == "published"
    assert hub.token not in done.stdout

    folder = tmp_path / "copy"
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, NAME, str(folder)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert loaded.returncode == 0, loaded.stderr
    report = verify_release(folder)
    assert report.problems == ()
    assert loaded.stdout.strip() == str(report.rows["sentence_pairs"])
