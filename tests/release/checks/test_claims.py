"""A forger who makes every checksum fit is caught by what a release says of itself."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from forging import POSTS, TEST, TRAIN, copy_rows, edit, forge, put, rewrite
from PIL import Image

from toolkit.cli.verify import command
from toolkit.options import RunConfig
from toolkit.release.build import build_release
from toolkit.release.checks.differences import differences
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
    assert problem.startswith("sentence_pairs/test: cannot be read: In column 1")


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


def rename_version(release: Path, library: str, version: str, *, signs: bool = False) -> None:
    """Say in manifest and card that another version of a library was at work."""
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    was, signature = manifest["libraries"][library], manifest["signature"]
    path = release / "README.md"
    text = path.read_text("utf-8").replace(f"{library} {was}", f"{library} {version}")
    other = signature.replace(f"bitext:{was}", f"bitext:{version}") if signs else signature
    path.write_text(text.replace(signature, other), "utf-8")

    def claim(facts: dict[str, Any]) -> None:
        facts["libraries"][library], facts["signature"] = version, other

    forge(release, claim)


def test_another_version_of_the_toolkit_changes_no_check(release: Path) -> None:
    edit(release / "README.md", "Higher is", "Higher was")
    rename_version(release, "bitext-toolkit", "0.0.9", signs=True)
    first, *others = verify_release(release).problems
    assert first.startswith("made by bitext-toolkit 0.0.9, and this is 0.1.0: verify it with that")
    assert others
    assert CliRunner().invoke(command, [str(release)]).exit_code == 2


@pytest.mark.parametrize("library", ["PyYAML", "Jinja2", "huggingface_hub", "pyarrow"])
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("README.md", "license: other", "license: mit"),
        ("README.md", "language_details", "# <script>alert(1)</script>\nlanguage_details"),
        ("README.md", "# City news", "<script>alert(1)</script>\n# City news"),
        ("LICENSE", "Licence: other", "Licence: mit"),
        ("CITATION.cff", "version: 1.0.0", "version: 1.0.0\nlicense: MIT"),
        ("croissant.json", '"version": "1.0.0"', '"version": "1.0.1"'),
    ],
)
def test_another_version_of_a_library_changes_no_check(
    release: Path, library: str, name: str, old: str, new: str
) -> None:
    edit(release / name, old, new)
    rename_version(release, library, "1.2.3")
    assert any(found.startswith(f"{name}: line ") for found in verify_release(release).problems)


def test_yaml_of_another_layout_is_the_same(release: Path) -> None:
    """Other versions of PyYAML quote and break lines otherwise."""
    edit(release / "README.md", "pretty_name: 'City news: Russian and English'",
         'pretty_name: "City news: Russian\n  and English"')  # fmt: skip
    edit(release / "CITATION.cff", "version: 1.0.0", "version: '1.0.0'")
    rename_version(release, "PyYAML", "5.4")
    assert verify_release(release).problems == ()


def again(png: bytes, change: Callable[[Any], object] = lambda image: None) -> bytes:
    """Return a picture as another version would write it, after a change of its pixels."""
    with Image.open(BytesIO(png)) as image:
        image.load()
        change(image)
        file = BytesIO()
        image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def longer_bar(image: Any) -> None:
    width, height = image.size
    _, ink = sorted(image.getcolors())[-2]  # after the background
    image.paste(ink, (width // 2, height // 3, width // 2 + 120, height // 3 + 30))


@pytest.mark.parametrize(
    ("change", "is_fine"),
    [
        (lambda png, other: again(png), True),
        (lambda png, other: other, False),
        (lambda png, other: again(png, longer_bar), False),
        (lambda png, other: png + b"<script>", False),
        (lambda png, other: again(png).replace(b"IDAT", b"tEXt", 1), False),
        (lambda png, other: png[:-40], False),
        (lambda png, other: b"GIF89a", False),
    ],
)
def test_pictures_of_another_library_are_compared_by_their_looks(
    release: Path, change: Callable[[bytes, bytes], bytes], is_fine: bool
) -> None:
    path = release / "images/score.png"
    path.write_bytes(change(path.read_bytes(), (release / "images/lag.png").read_bytes()))
    version = json.loads((release / "manifest.json").read_text("utf-8"))["libraries"]["matplotlib"]
    rename_version(release, "matplotlib", "3.0")
    report = verify_release(release)
    drawn = f"drawn by matplotlib 3.0 (here {version})"
    found = () if is_fine else (f"images/score.png: is not the picture of the numbers in the manifest ({drawn})",)
    assert report.problems == found
    assert report.notes == (f"{drawn}: pictures were compared by their looks",)


RAW = [
    (lie("libraries", "PyYAML", value="<script>"), r"manifest\.json: libraries has 'PyYAML': '<script>'"),
    (lie("libraries", "reviewers", value="1.0"), r"manifest\.json: libraries has 'reviewers'"),
    (lie("encoder", "revision", value="x`<img src=x>"), r"manifest\.json(: has 'x`<img|\.signature)"),
    (lie("funnel", "dropped", "<b>", value={"empty": 1}), r"manifest\.json: has '<b>' where a name belongs"),
    (lie("options", "release", "title", value="<script>alert(1)</script>"), r"manifest\.json(\.signature|: options)"),
    (lie("options", "extra", value=1), r"manifest\.json(\.signature|: options\.extra)"),
    (lie("statistics", "last_date", value="2024-13-45"), r"manifest\.json\.statistics\.last_date"),
    (lie("configs", "posts", "splits", "train", "bytes", value=7), r"posts/train: has \d+ bytes in memory"),
    (lie("funnel", "posts", value=10**30), r"manifest\.json: has too long a number"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "problem"), RAW)
def test_what_the_card_would_show_as_it_is(
    release: Path, claim: Callable[[dict[str, Any]], object], problem: str
) -> None:
    forge(release, claim)
    problems = verify_release(release).problems
    assert any(re.match(problem, found) for found in problems), problems


@pytest.mark.parametrize(
    "matter",
    [
        "license: 2024-13-45", "size: " + "9" * 5000, "x: " + "[" * 3000, "x: &a [*a]", "a: &a [x, x]\nb: *a",
        "? [a]\n: 1", "license: mit\nlicense: other", "x: !!python/object:os.system ls", "x: !!int y", "x: .inf",
        "0x" + "f" * 9000 + ": 1", "x: \x00", "'", "x: '\\ud800'", "- " * 900, "x: " + "{a: " * 200,
    ],
)  # fmt: skip
def test_front_matter_that_is_an_attack(release: Path, matter: str) -> None:
    body = (release / "README.md").read_text("utf-8").split("---\n", 2)[2]
    (release / "README.md").write_text(f"---\n{matter}\n---\n{body}", "utf-8")
    forge(release)
    problems = verify_release(release).problems
    assert problems
    assert all(len(problem) < 1000 and "\n" not in problem for problem in problems)


def test_differences_name_every_place() -> None:
    wanted, found = {"a": [1, {"b": 2}], "c": 1}, {"a": [1, {"b": 3}], "c": True, "d": None}
    assert list(differences(wanted, found, "x")) == ["x.a[1].b is 3, the data has 2", "x.c is True, the data has 1"]
