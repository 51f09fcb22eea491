"""A forger who makes every checksum fit is caught by what a release says of itself."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from forging import POSTS, TEST, TRAIN, copy_rows, edit, forge, put, rewrite

from toolkit.cli.verify import command
from toolkit.options import RunConfig
from toolkit.release.build import build_release
from toolkit.release.checks.claims import differences
from toolkit.release.checks.verify import verify_release
from toolkit.release.content import ReleaseContent
from toolkit.release.read import read_release


@pytest.fixture
def release(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "1.0.0"))


def flip(path: Path, share: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 1
    path.write_bytes(data)


KINDS = [
    TEST,
    POSTS,
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "croissant.json",
    "images/score.png",
    "images/relations.png",
]


@pytest.mark.parametrize("share", [0.3, 0.7])
@pytest.mark.parametrize("name", KINDS)
def test_a_flipped_byte(release: Path, name: str, share: float) -> None:
    flip(release / name, share)
    forge(release)
    assert not verify_release(release).ok


def test_a_flipped_byte_of_the_changelog(release: Path) -> None:
    flip(release / "CHANGELOG.md", 0.5)
    forge(release)
    assert verify_release(release).problems == ("CHANGELOG.md: does not begin with what is new in 1.0.0",)


@pytest.mark.parametrize("share", [number / 16 for number in range(16)])
def test_a_flipped_byte_of_the_manifest(release: Path, share: float) -> None:
    path = release / "manifest.json"
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    flip(path, share)
    edit(release / "SHA256SUMS", old, hashlib.sha256(path.read_bytes()).hexdigest())
    assert not verify_release(release).ok


def swap(release: Path, one: str, other: str) -> None:
    (release / one).rename(release / "x")
    (release / other).rename(release / one)
    (release / "x").rename(release / other)


def set_text(column: str, value: object) -> Callable[[Path], object]:
    return lambda release: rewrite(release, TEST, lambda table: put(table, column, 0, value))


def lie(*path: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Return a change of one place of the manifest."""

    def change(manifest: dict[str, Any]) -> None:
        place: Any = manifest
        for key in path[:-1]:
            place = place[int(key) if isinstance(place, list) else key]
        place[path[-1]] = value

    return change


def nothing(_: Path) -> None:
    """Leave the files alone."""


CASES: list[tuple[str, Callable[[Path], object], Callable[[dict[str, Any]], object] | None, str]] = [
    ("a cell", set_text("ru_text", "Другое."), None, r"README\.md: line \d+ is .*download_size"),
    ("a score", set_text("score", 0.99), None, r"manifest\.json\.statistics\.histograms\.score"),
    ("a number in the prose", lambda r: edit(r / "README.md", "**21 sentence", "**22 sentence"), None,
     r"README\.md: line \d+ is 'Version 1\.0\.0 has \*\*22 sentence pairs.*the facts make it .*\*\*21 "),
    ("a tag of the card", lambda r: edit(r / "README.md", "- telegram\n", "- reviewed\n"), None,
     r"README\.md: line \d+ is '- reviewed', the facts make it '- telegram'"),
    ("a line more", lambda r: (r / "README.md").write_bytes((r / "README.md").read_bytes() + b"Reviewed.\n"), None,
     r"README\.md: line \d+ is 'Reviewed\.', the facts make it ''"),
    ("another licence", lambda r: edit(r / "LICENSE", "Licence: other", "Licence: mit"), None,
     r"LICENSE: line 3 is 'Licence: mit'"),
    ("another author", lambda r: edit(r / "CITATION.cff", "maintainers", "authors"), None,
     r"CITATION\.cff: line \d+ is"),
    ("a hash in Croissant", lambda r: (r / "croissant.json").write_text(
        re.sub(r'"sha256": "\w', '"sha256": "0', (r / "croissant.json").read_text("utf-8")), "utf-8"), None,
     r"croissant\.json: line \d+ is .*sha256"),
    ("two files swapped", lambda r: swap(r, TEST, TRAIN), None, r"README\.md: .*num_examples is 13, the data has 2"),
    ("a dropped shard", lambda r: (r / TEST).unlink(), None, r"README\.md: configs\[0\]\.data_files"),
    ("rows in another order", lambda r: rewrite(r, TEST, lambda t: t.take(list(reversed(range(t.num_rows))))), None,
     r"sentence_pairs/test: rows are not in the order"),
    ("a column more", lambda r: rewrite(r, TEST, lambda t: t.append_column("x", t["score"])), None,
     r"sentence_pairs/test: cannot be read: .* column 'x' is not declared"),
    ("a pair in two splits", lambda r: copy_rows(r, TEST, TRAIN), None, "1 component is in more than one split"),
    ("two pictures swapped", lambda r: swap(r, "images/score.png", "images/lag.png"), None,
     r"images/lag\.png: is not the picture of the numbers in the manifest"),
    ("a picture less", lambda r: (r / "images/lag.png").unlink(), None, r"images/lag\.png: is missing"),
    ("a picture more", lambda r: shutil.copy(r / "images/lag.png", r / "images/x.png"), None,
     r"images/x\.png: is no file of a release"),
    ("a file more", lambda r: (r / "run.sh").write_text("rm -r /", "utf-8"), None, r"run\.sh: is no file of a release"),
    ("a wrong count of what left", nothing, lie("funnel", "dropped", "clean", "empty", value=0), r"README\.md: line"),
    ("a wrong sum", nothing, lie("funnel", "sentence_pairs", value=22),
     r"manifest\.json: funnel has 22 sentence_pairs, the data has 21"),
    ("a wrong sum of pairs", nothing, lie("funnel", "post_pairs", "parallel", value=8),
     r"manifest\.json: funnel has 8 post_pairs and comparable_pairs, the data has 9"),
    ("statistics that flatter", nothing, lie("statistics", "held_out", "near_ru_text", value=7),
     r"manifest\.json\.statistics\.held_out\.near_ru_text is 7, the data has 0"),
    ("other sources", nothing, lie("sources", "0", "sha256", value="c" * 64),
     r"manifest\.json\.(provenance|signature)"),
    ("another encoder", nothing, lie("encoder", "name", value="better"), r"manifest\.json\.(provenance|signature)"),
    ("another option", nothing, lie("options", "filter", "min_score", value=0.9), r"manifest\.json\.signature"),
    ("another origin", nothing, lie("provenance", "entity", "bitext:release", value={}), r"manifest\.json\.provenance"),
    ("a word of its own", nothing, lie("reviewed", value=True), r"manifest\.json\.reviewed is True, the data has None"),
    ("another meaning", nothing, lie("configs", "posts", "about", value="a checked post"),
     r"manifest\.json\.configs\.posts\.about"),
    ("no title", nothing, lambda m: m["options"]["release"].pop("title"), r"manifest\.json\.signature"),
    ("a pretended version", nothing, lie("libraries", "bitext-toolkit", value="9.9"),
     r"README\.md: does not have the signature of a release that bitext-toolkit 9\.9 made"),
    ("a size", nothing, lie("files", "LICENSE", "bytes", value=1),
     r"LICENSE: has another size than manifest\.json says"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "claim", "problem"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_forged(
    release: Path, damage: Callable[[Path], object], claim: Callable[[dict[str, Any]], object] | None, problem: str
) -> None:
    damage(release)
    forge(release, claim)
    report = verify_release(release)
    assert any(re.match(problem, found) for found in report.problems), report.problems


def test_a_flipped_byte_that_decodes_is_caught_by_the_checksum_of_its_page(release: Path) -> None:
    """The forger has nothing that could fit: the page says itself that it was another one."""
    path = release / TEST
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    data = bytearray(path.read_bytes())
    data[column.data_page_offset + column.total_compressed_size // 2] ^= 1
    path.write_bytes(data)
    forge(release)
    (problem, *_) = verify_release(release).problems
    assert problem.startswith("sentence_pairs/test: cannot be read")


@pytest.mark.parametrize("place", range(0, 4000, 250))
def test_damage_never_breaks_the_check(release: Path, place: int) -> None:
    """Footers that were hit say anything: unknown types, broken names, endless lengths."""
    path = release / POSTS
    data = bytearray(path.read_bytes())
    data[-place - 9] ^= 0x55
    path.write_bytes(data)
    forge(release)
    assert not verify_release(release).ok


def test_text_that_is_none(release: Path) -> None:
    broken = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xd0\xff")])

    def change(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index("ru_text")
        column = pa.chunked_array([broken, table["ru_text"].slice(1).combine_chunks()])
        return table.set_column(place, table.schema.field(place), column)

    rewrite(release, TEST, change)
    forge(release)
    (problem, *_) = verify_release(release).problems
    assert problem.startswith("sentence_pairs/test: cannot be read: Column 1")


def test_a_link_in_the_place_of_a_folder(release: Path) -> None:
    (release / "data").rename(release.parent / "elsewhere")
    (release / "data").symlink_to(release.parent / "elsewhere")
    problems = verify_release(release).problems
    assert "data: is a link or device, and a release has none" in problems
    assert f"{TEST!r} leaves the folder of the release" in problems


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS"])
def test_a_link_in_the_place_of_a_list(release: Path, name: str) -> None:
    (release / name).rename(release.parent / name)
    (release / name).symlink_to(release.parent / name)
    assert verify_release(release).problems == (f"{name}: is a link or device, and a release has none",)


@pytest.fixture(scope="module")
def second(
    built: Path, content: ReleaseContent, run_config: RunConfig, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The next version, without the last bead."""
    fewer = replace(content, bitext=content.bitext.slice(0, content.bitext.num_rows - 1))
    options = run_config.release.model_copy(update={"version": "next"})
    config = run_config.model_copy(update={"release": options})
    return build_release(fewer, config, tmp_path_factory.mktemp("dist"), read_release(built))


DIFF = "diff/1.0.0..2.0.0.parquet"


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (nothing, None),
        (lambda r: rewrite(r, DIFF, lambda t: t.slice(1)), "manifest.json.previous.changes"),
        (lambda r: rewrite(r, DIFF, lambda t: t.append_column("x", t["id"])), f"{DIFF}: cannot be read"),
        (lambda r: (r / DIFF).unlink(), f"{DIFF}: cannot be read"),
        (lambda r: edit(r / "CHANGELOG.md", "Since 1.0.0", "Since 0.9.0"), "CHANGELOG.md: does not begin with"),
        (lambda r: shutil.copy(r / DIFF, r / "diff/0.9.0..2.0.0.parquet"), "diff/0.9.0..2.0.0.parquet: is no file of"),
    ],
)
def test_what_changed_is_checked(
    second: Path, tmp_path: Path, damage: Callable[[Path], object], problem: str | None
) -> None:
    release = Path(shutil.copytree(second, tmp_path / "2.0.0"))
    damage(release)
    forge(release)
    problems = verify_release(release).problems
    assert problems == () if problem is None else any(found.startswith(problem) for found in problems), problems


def test_what_another_version_made_is_said_and_no_problem(release: Path) -> None:
    signature = json.loads((release / "manifest.json").read_text("utf-8"))["signature"]
    older = signature.replace("bitext:0.1.0", "bitext:0.0.9")
    path = release / "README.md"
    path.write_text(path.read_text("utf-8").replace(signature, older).replace("Higher is", "Higher was"), "utf-8")

    def claim(manifest: dict[str, Any]) -> None:
        manifest["libraries"]["bitext-toolkit"] = "0.0.9"
        manifest["signature"] = older
        manifest["statistics"]["something"] = "else"

    forge(release, claim)
    report = verify_release(release)
    assert report.problems == ()
    note = "made by bitext-toolkit 0.0.9, this is 0.1.0: statistics, documents and pictures were not compared"
    assert report.notes == (note,)
    done = CliRunner().invoke(command, [str(release)])
    assert (done.exit_code, f"note: {note}" in done.output.splitlines()) == (0, True)


def test_pictures_of_another_library_are_not_compared(release: Path) -> None:
    shutil.copy(release / "images/lag.png", release / "images/score.png")
    path = release / "README.md"
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    version = manifest["libraries"]["matplotlib"]
    path.write_text(path.read_text("utf-8").replace(f"matplotlib {version}", "matplotlib 3.0"), "utf-8")
    forge(release, lie("libraries", "matplotlib", value="3.0"))
    report = verify_release(release)
    assert report.problems == ()
    assert report.notes == (f"made with matplotlib 3.0 (here {version}): the bytes of pictures were not compared",)


def test_differences_name_every_place() -> None:
    wanted, found = {"a": [1, {"b": 2}], "c": 1}, {"a": [1, {"b": 3}], "c": True, "d": None}
    assert list(differences(wanted, found, "x")) == ["x.a[1].b is 3, the data has 2", "x.c is True, the data has 1"]
