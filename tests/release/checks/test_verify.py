"""Every way of breaking a release is caught, also when checksums and manifest are forged to fit."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from forging import POSTS, TEST, TRAIN, copy_rows, edit, forge, put, rewrite

from toolkit.cli.verify import command
from toolkit.errors import ReleaseError
from toolkit.release.checks.verify import verify_release


@pytest.fixture
def release(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "1.0.0"))


def flip_a_byte(release: Path) -> None:
    data = bytearray((release / TEST).read_bytes())
    data[len(data) // 2] ^= 1
    (release / TEST).write_bytes(data)


def rename_config_folder(release: Path) -> None:
    (release / "data" / "posts").rename(release / "data" / "extra")


def link(release: Path) -> None:
    (release / "LICENSE").unlink()
    (release / "LICENSE").symlink_to("/etc/hostname")


def outside(release: Path) -> None:
    (release.parent / "outside.txt").write_text("text", "utf-8")
    with open(release / "SHA256SUMS", "a", encoding="utf-8") as file:
        file.write(f"{hashlib.sha256(b'text').hexdigest()}  ../outside.txt\n")


def absolute(release: Path) -> None:
    with open(release / "SHA256SUMS", "a", encoding="utf-8") as file:
        file.write(f"{'0' * 64}  /etc/hostname\n")


FILES: list[tuple[str, Callable[[Path], object], str]] = [
    ("a flipped byte", flip_a_byte, f"{TEST}: has other bytes than SHA256SUMS says"),
    ("a dropped shard", lambda r: (r / TEST).unlink(), f"{TEST}: is missing"),
    ("a renamed folder", rename_config_folder, f"{POSTS}: is missing"),
    ("an extra file", lambda r: (r / "data/notes.txt").write_text("x", "utf-8"),
     "data/notes.txt: is there, but SHA256SUMS does not name it"),
    ("an edited card", lambda r: edit(r / "README.md", "num_examples: 13", "num_examples: 99"),
     "README.md: has other bytes than SHA256SUMS says"),
    ("an edited manifest", lambda r: edit(r / "manifest.json", "tiny", "huge"),
     "manifest.json: has other bytes than SHA256SUMS says"),
    ("a path that climbs out", outside, "'../outside.txt' leaves the folder of the release"),
    ("an absolute path", absolute, "'/etc/hostname' leaves the folder of the release"),
    ("a link", link, "LICENSE: is a link or device, and a release has none"),
    ("a pipe", lambda r: os.mkfifo(r / "pipe"), "pipe: is a link or device, and a release has none"),
    ("no checksums", lambda r: (r / "SHA256SUMS").unlink(), "SHA256SUMS: cannot be read"),
    ("a broken line of checksums", lambda r: edit(r / "SHA256SUMS", "  CHANGELOG.md", " CHANGELOG.md"),
     "SHA256SUMS:1: is no line of `sha256sum`"),
    ("no manifest", lambda r: (r / "manifest.json").unlink(), "manifest.json: cannot be read"),
    ("a manifest that is no JSON", lambda r: edit(r / "manifest.json", "{", "["), "manifest.json: Invalid JSON"),
    ("a manifest without encoder", lambda r: edit(r / "manifest.json", '"encoder": {', '"x": {'),
     "manifest.json: encoder: Field required"),
    ("a manifest of the future", lambda r: edit(r / "manifest.json", '"schema_version": 1', '"schema_version": 9'),
     "manifest.json: schema version 9, and this version of bitext knows 1"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "problem"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_damaged_files(release: Path, damage: Callable[[Path], object], problem: str) -> None:
    damage(release)
    report = verify_release(release)
    assert not report.ok
    assert any(found.startswith(problem) for found in report.problems), report.problems


CONTENT: list[tuple[str, Callable[[Path], object], Callable[[dict[str, Any]], object] | None, str]] = [
    ("an extra column", lambda r: rewrite(r, TEST, lambda t: t.append_column("x", t["score"])), None,
     "sentence_pairs/test: cannot be read: test-2024-03-00000-of-00001.parquet: column 'x' is not declared"),
    ("a missing column", lambda r: rewrite(r, TEST, lambda t: t.drop_columns(["score"])), None,
     "sentence_pairs/test: cannot be read: test-2024-03-00000-of-00001.parquet: column 'score' is missing"),
    ("another type", lambda r: rewrite(r, TEST, lambda t: t.set_column(
        10, pa.field("position", pa.int64(), nullable=False), t["position"].cast(pa.int64()))), None,
     "sentence_pairs/test: cannot be read: test-2024-03-00000-of-00001.parquet: column 'position' is int64, never "
     "null, declared as int32, never null"),
    ("columns declared otherwise", lambda r: None, lambda m: m["configs"]["posts"]["columns"].pop(),
     "manifest.json: the columns of posts are not those of schema 1"),
    ("no Parquet at all", lambda r: (r / POSTS).write_bytes(b"PAR1 no"), None, "posts/train: cannot be read"),
    ("rows lost", lambda r: rewrite(r, TEST, lambda t: t.slice(1)),
     lambda m: m["configs"]["sentence_pairs"]["splits"]["test"].update(rows=13),
     "sentence_pairs/test: has 12 rows, manifest.json says 13"),
    ("a text changed", lambda r: rewrite(r, TEST, lambda t: put(t, "ru_text", 0, "Другое.")),
     lambda m: m["configs"]["sentence_pairs"]["splits"]["test"].update(content_sha256="0" * 64),
     "sentence_pairs/test: has other rows than manifest.json says"),
    ("a wrong total", lambda r: None, lambda m: m["configs"]["posts"].update(rows=7),
     "posts: has 18 rows, manifest.json says 7"),
    ("counts of the card", lambda r: edit(r / "README.md", "num_examples: 13", "num_examples: 99"), None,
     "README.md: dataset_info[0].splits[2].num_examples is 99, the data has 13"),
    ("a split hidden from the card", lambda r: edit(
        r / "README.md", "  - split: test\n    path: data/sentence_pairs/test-*.parquet\n", ""), None,
     "README.md: configs[0].data_files is "),
    ("a feature of the card", lambda r: edit(r / "README.md", "name: score\n    dtype: float32",
                                             "name: score\n    dtype: float64"), None,
     "README.md: dataset_info[0].features[3].dtype is 'float64', the data has 'float32'"),
    ("a card without YAML", lambda r: (r / "README.md").write_text("# Card", "utf-8"), None,
     "README.md: has no YAML between lines of ---"),
    ("broken YAML", lambda r: edit(r / "README.md", "language:", "language: ["), None,
     "README.md: cannot be read"),
    ("a card in another encoding", lambda r: (r / "README.md").write_bytes(b"---\n\xff\n---\n"), None,
     "README.md: cannot be read"),
    ("no card", lambda r: (r / "README.md").unlink(), None, "README.md: cannot be read"),
    ("a data file elsewhere", lambda r: None, lambda m: m["configs"]["posts"]["splits"]["test"].update(
        files=["../../posts.parquet"]), "manifest.json: the files of posts/test are ['../../posts.parquet']"),
    ("a data file of another split", lambda r: None, lambda m: m["configs"]["posts"]["splits"]["test"].update(
        files=[POSTS]), f"manifest.json: the files of posts/test are ['{POSTS}']"),
    ("no data files", lambda r: None, lambda m: m["configs"]["posts"]["splits"]["test"].update(files=[]),
     "manifest.json: the files of posts/test are []"),
    ("an unknown data file", lambda r: shutil.copy(r / TEST, r / "data/sentence_pairs/test2.parquet"), None,
     "data/sentence_pairs/test2.parquet: belongs to no config of manifest.json"),
    ("a split of another name", lambda r: None, lambda m: m["configs"]["posts"]["splits"].update(
        dev=m["configs"]["posts"]["splits"]["test"]), "manifest.json: posts has a split 'dev'"),
    ("a config too many", lambda r: None, lambda m: m["configs"].update(more=m["configs"]["posts"]),
     "manifest.json: configs are sentence_pairs, post_pairs, comparable_pairs, posts, duplicates, more"),
    ("another order", lambda r: rewrite(r, TEST, lambda t: t.take(list(reversed(range(t.num_rows))))), None,
     "sentence_pairs/test: rows are not in the order of first_seen, pair_id, position"),
    ("a key twice", lambda r: copy_rows(r, TEST, TEST), None,
     "sentence_pairs: 1 keys occur more than once, as {'bead_id': "),
    ("a pair that is nowhere", lambda r: rewrite(r, TEST, lambda t: put(t, "pair_id", 12, "z~z")), None,
     "sentence_pairs: 1 values of pair_id are not in post_pairs, as 'z~z'"),
    ("a post that is nowhere", lambda r: rewrite(r, POSTS, lambda t: t.slice(1)), None,
     "sentence_pairs: 1 values of ru_post_id are not in posts"),
    ("a pair in two splits", lambda r: copy_rows(r, TEST, TRAIN), None, "1 component is in more than one split"),
    ("a post in two splits", lambda r: copy_rows(
        r, TEST, TRAIN, change=lambda t: put(put(t, "bead_id", 0, "new#0"), "component_id", 0, "new")), None,
     "2 posts are in more than one split"),
    ("a text pair in two splits", lambda r: rewrite(r, TRAIN, lambda t: put(
        put(t, "ru_text", 0, "Строка 1."), "en_text", 0, "Line 1.")), None,
     "1 pair of texts is in more than one split, as 'Строка 1. | Line 1.'"),
    ("nearly a text pair in two splits", lambda r: rewrite(r, TRAIN, lambda t: put(
        put(t, "ru_text", 0, "СТРОКА 1!"), "en_text", 0, "LINE 1!")), None,
     "1 held-out pair of texts is nearly the same as one of another split"),
    ("terms of deduplication that are none", lambda r: None, lambda m: m["options"].update(dedup={"threshold": 7}),
     "manifest.json: options.dedup: Input should be less than or equal to 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "lie", "problem"), [case[1:] for case in CONTENT], ids=[case[0] for case in CONTENT]
)
def test_forged_content(
    release: Path,
    damage: Callable[[Path], object],
    lie: Callable[[dict[str, Any]], object] | None,
    problem: str,
) -> None:
    damage(release)
    forge(release, lie)
    report = verify_release(release)
    assert any(found.startswith(problem) for found in report.problems), report.problems


def test_forging_alone_is_no_problem(release: Path) -> None:
    """The cases above fail for their change, not for the forger's rewriting."""
    forge(release)
    assert verify_release(release).problems == ()


def test_report(built: Path) -> None:
    report = verify_release(built)
    assert report.ok
    assert (report.name, report.version, report.files) == ("city-news", "1.0.0", 26)
    assert report.rows["sentence_pairs"] == {"train": 3, "validation": 5, "test": 13}
    assert report.to_dict()["ok"] is True


def test_what_a_download_adds_is_not_ours(release: Path) -> None:
    (release / ".git").mkdir()
    (release / ".git" / "HEAD").write_text("ref", "utf-8")
    (release / ".gitattributes").write_text("*.parquet filter=lfs", "utf-8")
    assert verify_release(release).ok


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="there is no such folder"):
        verify_release(tmp_path / "none")


def test_command(built: Path, release: Path) -> None:
    done = CliRunner().invoke(command, [str(built)])
    assert done.exit_code == 0
    assert done.output.splitlines()[0].split() == ["sentence_pairs", "train", "3"]
    assert done.output.splitlines()[-1] == "ok: city-news 1.0.0, 26 files"
    (release / TEST).unlink()
    (release / POSTS).unlink()
    done = CliRunner().invoke(command, [str(release)])
    assert done.exit_code == 2
    assert done.output.splitlines() == [f"problem: {POSTS}: is missing", f"problem: {TEST}: is missing"]


def test_a_loop_of_links_is_a_problem(release: Path) -> None:
    (release / "loop").symlink_to("loop")
    with open(release / "SHA256SUMS", "a", encoding="utf-8") as file:
        file.write(f"{'0' * 64}  loop/x\n")
    problems = verify_release(release).problems
    assert "'loop/x' leaves the folder of the release" in problems
    assert "loop: is a link or device, and a release has none" in problems
