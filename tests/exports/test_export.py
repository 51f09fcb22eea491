"""Which pairs, in which files; whole or not at all."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from toolkit.errors import OptionError, ReleaseError, ToolkitError
from toolkit.exports import FORMATS, Choice, export, export_release

Make = Callable[..., Path]
MakeRow = Callable[..., dict[str, Any]]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def scored(row: MakeRow) -> list[dict[str, Any]]:
    facts = [(0.9499, "parallel"), (0.95, "parallel"), (0.99, "partial"), (1.0, "parallel"), (0.1, "partial")]
    return [row(n, f"Да {n}.", f"Yes {n}.", score=score, relation=name) for n, (score, name) in enumerate(facts)]


@pytest.mark.parametrize(
    ("choice", "kept", "other_relation", "below_score"),
    [
        (Choice(), [0, 1, 2, 3, 4], 0, 0),
        (Choice(min_score=0.95), [1, 2, 3], 0, 2),  # 0.95 in 32 bits is less than 0.95 in 64
        (Choice(relations=("parallel",)), [0, 1, 3], 2, 0),
        (Choice(min_score=0.95, relations=("parallel",)), [1, 3], 2, 1),
        (Choice(min_score=0.95, relations=("parallel", "partial")), [1, 2, 3], 0, 2),
    ],
)
def test_filters(
    make: Make, row: MakeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: Choice, kept: list[int],
    other_relation: int, below_score: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(export, "_ROWS", 1)  # so that of some batches nothing is left
    release = make({"sentence_pairs": {"train": scored(row)}})
    report = export_release(release, tmp_path / "p.jsonl", "jsonl", choice).splits["train"]
    lines = (tmp_path / "p-train.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["ru_text"] for line in lines] == [f"Да {n}." for n in kept]
    assert (report.rows, report.kept, report.other_relation, report.below_score) == (
        5, len(kept), other_relation, below_score,
    )  # fmt: skip


def test_posts_have_a_probability(make: Make, row: MakeRow, tmp_path: Path) -> None:
    rows = [row(1, "Да.", "Yes.", probability=0.4), row(2, "Нет.", "No.", probability=0.6)]
    release = make({"comparable_pairs": {"train": rows}})
    report = export_release(release, tmp_path / "p", "moses", Choice("comparable_pairs", min_score=0.5))
    assert (report.splits["train"].kept, report.splits["train"].below_score) == (1, 1)
    assert (tmp_path / "p-train.ru").read_text("utf-8") == "Нет.\n"
    assert (tmp_path / "p-train.scores").read_text("utf-8") == "0.6\n"


def test_a_score_that_an_older_toolkit_did_not_write_is_below_any(
    release: Path, tmp_path: Path, relist: Callable[[Path], None]
) -> None:
    for file in (release / "data" / "sentence_pairs").glob("*.parquet"):
        pq.write_table(pq.ParquetFile(file).read().drop_columns(["score"]), file)
    relist(release)
    export_release(release, tmp_path / "all.tmx", "tmx", Choice(splits=("test",)))
    assert "x-score" not in (tmp_path / "all.tmx").read_text("utf-8")
    with pytest.raises(OptionError, match="of 1, 0 have another relation, 1 a lower score"):
        export_release(release, tmp_path / "some.tmx", "tmx", Choice(splits=("test",), min_score=0.0))


@pytest.mark.parametrize(
    ("format_name", "out", "splits", "files"),
    [
        ("tmx", "a.tmx", (), ["a-test.tmx", "a-train.tmx"]),
        ("tmx", "a.tmx.gz", ("test", "test"), ["a.tmx.gz"]),
        ("moses", "a.ru-en", ("train",), ["a.ru-en.en", "a.ru-en.ids", "a.ru-en.ru", "a.ru-en.scores"]),
        ("moses", "new/a.gz", ("test",), ["new/a.en.gz", "new/a.ids.gz", "new/a.ru.gz", "new/a.scores.gz"]),
        ("jsonl", "a.b.jsonl.gz", ("test", "train"), ["a.b-test.jsonl.gz", "a.b-train.jsonl.gz"]),
        ("sentence-transformers", "a", ("train",), ["a/train.jsonl"]),
    ],
)
def test_names_of_files(
    release: Path, tmp_path: Path, format_name: str, out: str, splits: tuple[str, ...], files: list[str]
) -> None:
    folder = tmp_path / "out"
    report = export_release(release, folder / out, format_name, Choice(splits=splits))
    assert sorted(tree(folder)) == files
    assert sorted(name for split in report.splits.values() for name in split.files) == [
        str(folder / name) for name in files
    ]


@pytest.mark.parametrize("format_name", list(FORMATS))
def test_bytes_repeat_and_do_not_show_the_batches(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    ending = FORMATS[format_name].ending
    for folder in ("one", "two"):
        export_release(release, tmp_path / folder / f"a{ending}", format_name, Choice())
        monkeypatch.setattr(export, "_ROWS", 2)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_gzip_holds_the_same_and_no_date(release: Path, tmp_path: Path) -> None:
    for name in ("a.tsv", "a.tsv.gz", "b.tsv.gz"):
        export_release(release, tmp_path / name, "tsv", Choice(splits=("train",)))
    packed = (tmp_path / "a.tsv.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "a.tsv").read_bytes()
    assert packed == (tmp_path / "b.tsv.gz").read_bytes()


def test_progress(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_ROWS", 2)
    seen: list[tuple[int, int]] = []
    export_release(release, tmp_path / "a", "moses", Choice(), progress=lambda *step: seen.append(step))
    assert seen == [(2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("format_name", "out", "choice", "message"),
    [
        ("tmx", "a.xml", Choice(), r"--out is '.*a.xml', wanted NAME.tmx or NAME.tmx.gz for tmx"),
        ("tsv", "a.gz", Choice(), "wanted NAME.tsv or NAME.tsv.gz"),
        ("tsv", ".tsv", Choice(), "wanted NAME.tsv or NAME.tsv.gz"),
        ("moses", "city/1.2.0/data/a", Choice(), "is in the release, which must stay as it is"),
        ("sentence-transformers", "city/1.2.0", Choice(), "is in the release"),
        ("sentence-transformers", "full", Choice(), r"full: has other files \(old.jsonl\)"),
        ("moses", "full", Choice(), "full: is a folder, wanted a name for files"),
        ("moses", "other", Choice(splits=("train",)), "other.ru: is a folder, and a file is to have its name"),
        ("tsv", "a.tsv", Choice(splits=("dev",)), "sentence_pairs has no split 'dev'; it has train, test"),
        ("tsv", "a.tsv", Choice("comparable_pairs"), "has no comparable_pairs; of pairs it has sentence_pairs, post_p"),
        ("tsv", "a.tsv", Choice(min_score=0.95), "no pair of train is left: of 3, 0 have another relation, 3 a lower"),
    ],
)
def test_what_is_refused_leaves_nothing(
    release: Path, tmp_path: Path, format_name: str, out: str, choice: Choice, message: str
) -> None:
    (tmp_path / "other.ru").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "old.jsonl").write_text("{}\n", "utf-8")
    before = tree(tmp_path)
    with pytest.raises((OptionError, ReleaseError), match=message):
        export_release(release, tmp_path / out, format_name, choice)
    assert tree(tmp_path) == before


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip(file: Path) -> None:
    """Change a byte of the first text; only the checksum of its page tells."""
    place = pq.ParquetFile(file).metadata.row_group(0).column(1).data_page_offset + 40
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(bytes(data))


def halve(file: Path) -> None:
    table = pq.ParquetFile(file).read()
    pq.write_table(table.slice(0, 0), file)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (Path.unlink, "the files of sentence_pairs/test are"),
        (cut, "cannot be read: "),
        (flip, "cannot be read: .*CRC"),
        (halve, "sentence_pairs/test has 0 rows, and manifest.json says 1"),
    ],
)
def test_a_broken_release_writes_nothing(
    release: Path, tmp_path: Path, harm: Callable[[Path], object], message: str, relist: Callable[[Path], None]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a-train.tsv").write_text("older", "utf-8")
    harm(next((release / "data" / "sentence_pairs").glob("test-*.parquet")))
    with pytest.raises(ToolkitError, match=r"SHA256SUMS|manifest\.json|is missing"):
        export_release(release, tmp_path / "out" / "a.tsv", "tsv", Choice())
    relist(release)
    with pytest.raises(ToolkitError, match=message):
        export_release(release, tmp_path / "out" / "a.tsv", "tsv", Choice())
    assert tree(tmp_path / "out") == {"a-train.tsv": b"older"}


def test_a_split_of_a_stranger_is_no_path(release: Path, tmp_path: Path, relist: Callable[[Path], None]) -> None:
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    splits = manifest["configs"]["sentence_pairs"]["splits"]
    splits["../../x"] = splits["test"]
    manifest["options"]["release"] = "x"
    (release / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    relist(release)
    assert list(export_release(release, tmp_path / "a.tmx", "tmx", Choice()).splits) == ["train", "test"]
    with pytest.raises(ReleaseError, match="no split"):
        export_release(release, tmp_path / "a.tmx", "tmx", Choice(splits=("../../x",)))


def test_an_older_export_is_replaced_but_never_mixed_with(release: Path, tmp_path: Path) -> None:
    for _ in range(2):
        export_release(release, tmp_path / "a", "sentence-transformers", Choice())
    assert sorted(tree(tmp_path / "a")) == ["test.jsonl", "train.jsonl"]
    with pytest.raises(OptionError, match=r"has other files \(test.jsonl\)"):
        export_release(release, tmp_path / "a", "sentence-transformers", Choice(splits=("train",)))
