import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pytest

from toolkit.errors import SourceError
from toolkit.options import SourceOptions
from toolkit.sources import ParseResult, archives, read_source, source_hash

EN = "The lighthouse will be open to visitors on Sunday."
RU = "Маяк будет открыт для посетителей в воскресенье."


def table(*rows: tuple[int, str]) -> str:
    return "id,text\n" + "".join(f"{number},{text}\n" for number, text in rows)


def parse(path: Path) -> ParseResult:
    return read_source(SourceOptions(path=path))


def ids(parsed: ParseResult) -> list[str]:
    return parsed.posts["post_id"].to_pylist()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of dumps with what lies around them."""
    root = tmp_path / "dumps"
    (root / "old").mkdir(parents=True)
    (root / "part2.csv").write_text(table((2, EN)), "utf-8")
    (root / "part10.csv").write_text(table((10, RU)), "utf-8")
    (root / "old" / "bay.csv.gz").write_bytes(gzip.compress(table((1, EN)).encode()))
    (root / "notes.txt").write_text("Dear me, do not forget the bread.", "utf-8")
    (root / "package.json").write_text('{"name": "x"}', "utf-8")
    (root / "empty.csv").write_text("", "utf-8")
    (root / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (root / ".hidden.csv").write_text(table((9, EN)), "utf-8")
    return root


def test_a_folder(folder: Path) -> None:
    parsed = parse(folder)
    assert ids(parsed) == ["bay/1", "part2/2", "part10/10"]  # 2 before 10
    assert parsed.posts["source_file"].to_pylist() == ["old/bay.csv.gz", "part2.csv", "part10.csv"]
    assert parsed.report.skipped == {
        ".hidden.csv": "hidden",
        "empty.csv": "empty",
        "notes.txt": "in no known format",
        "package.json": "in no known format",
        "photo.jpg": "not of a kind that holds posts",
    }
    assert [unit["file"] for unit in parsed.trace] == ["old/bay.csv.gz", "part2.csv", "part10.csv"]
    assert parsed.report.summary() == (
        "3 rows: 3 posts, 1 file skipped (empty), 1 file skipped (hidden), 2 files skipped (in no known format), "
        "1 file skipped (not of a kind that holds posts), 0 unexplained"
    )


def test_a_pattern(folder: Path) -> None:
    assert ids(parse(folder / "part*.csv")) == ["part2/2", "part10/10"]
    assert ids(parse(folder / "**" / "*.gz")) == ["bay/1"]
    assert ids(parse(folder.parent / "dum*")) == ["bay/1", "part2/2", "part10/10"]
    assert ids(parse(folder / "**")) == ["bay/1", "part2/2", "part10/10"]
    with pytest.raises(SourceError, match="nothing matches the pattern"):
        parse(folder / "nothing*.csv")


def test_a_post_in_several_files_is_there_once(tmp_path: Path) -> None:
    for name, text in (("a", EN), ("b", EN), ("c", RU)):
        rows = json.dumps({"id": 5, "channel": "bay", "text": text})
        (tmp_path / f"{name}.jsonl").write_text(rows, "utf-8")
    parsed = parse(tmp_path)
    assert (ids(parsed), parsed.posts["text"].to_pylist()) == (["bay/5"], [EN])
    assert parsed.report.dropped == {"other_version": 1, "same_id": 1}
    assert (parsed.report.units, parsed.report.posts) == (3, 1)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("bad.json", b'{"name": "P", "messages": [{]}', "is no valid JSON"),
        (
            "bad.json",
            b'{"name": "A", "contacts": {}, "chats": {"list": []}}',
            "is an export of a whole Telegram account",
        ),
        ("bad.jsonl", b'{"id": 1, "words": "a"}\n{"id": 2, "words": "b"}\n', "is a table without a column that is"),
        ("bad.csv", b'id,text\n1,"a', "the row that begins in line 2 has a quote that is never closed"),
        ("bad.csv", b"id,text\n1,\xb3\xaa\xb3\xaa", "is no UTF-8 text"),
        ("bad.csv.gz", gzip.compress(b"id,text\n1,a\n", mtime=0)[:-9], "the gzip file is cut off"),
        ("bad.zip", b"PK\x03\x04" + bytes(60), "the ZIP archive is broken"),
        ("bad.parquet", b"PAR1 and nothing else", "cannot be read as Parquet"),
        ("bad.txt", b"%PDF-1.7", "is a PDF file"),
    ],
)
def test_a_broken_file_in_a_folder_is_left_out(
    folder: Path, caplog: pytest.LogCaptureFixture, name: str, data: bytes, why: str
) -> None:
    (folder / name).write_bytes(data)
    for path in (folder, folder / "*"):
        caplog.clear()
        parsed = parse(path)
        assert ids(parsed) == ["bay/1", "part2/2", "part10/10"]
        assert parsed.report.skipped[name].startswith(why)
        (warning,) = parsed.report.warnings
        assert warning.startswith(f"left out: {folder / name}") and why in warning
        assert caplog.messages == [f"warning: {path.name}: {warning}"]
    for path in (folder / name, folder / "b*" if name == "bad.zip" else folder / "bad*"):
        with pytest.raises(SourceError, match=why):
            parse(path)


def test_a_folder_in_which_all_is_broken(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text('id,text\n1,"a', "utf-8")
    with pytest.raises(
        SourceError, match=r"has no posts that can be read \(a\.csv: the row that begins .*; b\.csv: the row"
    ):
        parse(tmp_path)


def test_many_warnings_are_counted(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(7):
        (folder / f"bad{number}.csv").write_text('id,text\n1,"a', "utf-8")
    assert len(parse(folder).report.warnings) == 7
    assert len(caplog.messages) == 6
    assert caplog.messages[-1] == "warning: dumps: 2 more; bitext parse --report lists them"


def test_a_link_in_a_folder_is_refused(folder: Path) -> None:
    (folder / "old" / "link.csv").symlink_to("/etc/hostname")
    with pytest.raises(SourceError, match=r"link\.csv: is a symbolic link, which may lead out of the folder"):
        parse(folder)


@pytest.mark.parametrize("pattern", ["*.csv", "lin*", "l*/*.csv"])
def test_a_link_in_a_pattern_is_refused(folder: Path, tmp_path: Path, pattern: str) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "away.csv").write_text(table((3, EN)), "utf-8")
    link = folder / ("link.csv" if pattern == "*.csv" else "link")
    link.symlink_to(tmp_path / "far" / "away.csv" if pattern == "*.csv" else tmp_path / "far")
    with pytest.raises(SourceError, match=r"link(\.csv)?: is a symbolic link, which may lead out of the folder"):
        parse(folder / pattern)


def test_a_whole_account_is_refused(folder: Path) -> None:
    (folder / "export_results.html").write_text("<html></html>", "utf-8")
    with pytest.raises(SourceError, match="is an export of a whole Telegram account"):
        parse(folder)


def test_a_folder_without_posts(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"has a\.jpg \(not of a kind that holds posts\), wanted text"):
        parse(tmp_path)
    (tmp_path / "a.txt").write_text("Just a letter.", "utf-8")
    with pytest.raises(SourceError, match=r"has no posts that can be read \(a\.jpg: .*; a\.txt: in no known format\)"):
        parse(tmp_path)


def test_hashes(folder: Path) -> None:
    before, one = source_hash(folder), source_hash(folder / "part2.csv")
    assert before != one and source_hash(folder / "*.csv") not in (before, one)
    (folder / "photo.jpg").write_bytes(b"other")  # nothing that is read
    assert source_hash(folder) == before
    (folder / "part2.csv").write_text(table((2, RU)), "utf-8")
    assert source_hash(folder) != before and source_hash(folder / "part2.csv") != one


@pytest.mark.parametrize("packed", [False, True])
def test_a_pipe(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "bay.csv"
    os.mkfifo(path)
    data = table((1, EN)).encode()
    writer = Thread(target=lambda: path.write_bytes(gzip.compress(data) if packed else data))
    writer.start()
    assert ids(parse(path)) == ["bay/1"]
    writer.join()
    (tmp_path / "other.csv").write_text(table((2, RU)), "utf-8")
    assert parse(tmp_path).report.skipped == {"bay.csv": "no file"}


# ---------------------------------------------------------------- archives


def archive(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def test_an_archive_gives_what_the_folder_gives(folder: Path, tmp_path: Path) -> None:
    (folder / ".hidden.csv").unlink()
    packed = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    packed["old/bay.csv"] = gzip.decompress(packed.pop("old/bay.csv.gz"))
    parsed = parse(archive(tmp_path / "dumps.zip", packed))
    assert ids(parsed) == ids(parse(folder))
    assert parsed.posts["source_file"][0].as_py() == "old/bay.csv"
    assert not [path for path in tmp_path.iterdir() if path.name not in ("dumps", "dumps.zip")]


def test_an_archive_in_a_folder_or_pattern(folder: Path) -> None:
    archive(folder / "more.zip", {"town.csv": table((3, EN)).encode()})
    assert "town/3" in ids(parse(folder))
    assert ids(parse(folder / "*.zip")) == ["town/3"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_corrupt_member_is_an_error(tmp_path: Path, method: int) -> None:
    text = table(*((number, f"{EN} {number * 7919}") for number in range(500)))
    path = archive(tmp_path / "bay.zip", {"bay.csv": text.encode()}, method)
    data = bytearray(path.read_bytes())
    data[50:400] = bytes(byte ^ 0x5A for byte in data[50:400])
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"bay\.csv: the ZIP archive is broken"):
        parse(path)


def test_a_corrupt_member_among_others_is_left_out(tmp_path: Path) -> None:
    files = {name: table((number, EN)).encode() * 9 for number, name in enumerate(("a.csv", "b.csv"))}
    path = archive(tmp_path / "bay.zip", files, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(EN.encode(), EN.upper().encode(), 1))
    parsed = parse(path)
    assert parsed.report.skipped == {"a.csv": "the ZIP archive is broken: Bad CRC-32 for file 'a.csv'"}
    assert set(parsed.posts["channel"].to_pylist()) == {"b"}


def test_an_archive_in_an_archive_is_not_read(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", {"a.csv": table((1, EN)).encode()}).read_bytes()
    files = {
        "b.csv": table((2, EN)).encode(),
        "inner.zip": inner,
        "c.csv.gz": gzip.compress(b"id,text\n1,a\n", mtime=0),
    }
    parsed = parse(archive(tmp_path / "outer.zip", files))
    assert ids(parsed) == ["b/2"]
    assert parsed.report.skipped == dict.fromkeys(("c.csv.gz", "inner.zip"), "an archive in an archive")
    del files["b.csv"]
    with pytest.raises(SourceError, match=r"inner\.zip \(an archive in an archive\), wanted text"):
        parse(archive(tmp_path / "outer.zip", files))
    with pytest.raises(SourceError, match="is an archive in an archive"):
        parse(archive(tmp_path / "named.zip", {"inner.csv": inner}))


@pytest.mark.parametrize("name", ["../up.csv", "/root.csv", "a/../../up.csv", "C:/up.csv", "..\\up.csv"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="has a file that would leave it"):
        parse(archive(tmp_path / "a.zip", {"ok.csv": b"id,text\n1,a\n", name: b"id,text\n1,a\n"}))


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(link, "/etc/hostname")
    with pytest.raises(SourceError, match=r"has a symbolic link, 'link\.csv'"):
        parse(tmp_path / "a.zip")


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM", 100_000)
    path = archive(tmp_path / "a.zip", {"a.csv": b"id,text\n" + b"1,a\n" * 500_000})
    with pytest.raises(SourceError, match=r"has a file that unpacks to 2,000,008 bytes out of .*: a bomb"):
        parse(path)
    monkeypatch.setattr(archives, "MAX_BYTES", 1_000_000)
    with pytest.raises(SourceError, match="unpacks to more than 1,000,000 bytes"):
        parse(path)


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": table((1, EN)).encode() * 50}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (60).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(SourceError, match="the ZIP archive is broken: Bad CRC-32"):
        parse(path)


def test_a_password_and_other_trouble(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": table((1, EN)).encode()})
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"has a file with a password, 'a\.csv'"):
        parse(path)
    with pytest.raises(SourceError, match="is a file of Word, PowerPoint or LibreOffice"):
        parse(archive(path, {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}))
    path.write_bytes(b"PK\x03\x04" + bytes(60))
    with pytest.raises(SourceError, match="the ZIP archive is broken"):
        parse(path)


# ---------------------------------------------------------------- datasets on disk


def test_a_dataset_on_disk(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = {"id": [1, 2, 3], "text": [EN, RU, EN + " Again."], "date": ["2025-03-01"] * 3}
    whole = datasets.Dataset.from_dict(rows)
    whole.save_to_disk(tmp_path / "bay", num_shards=2)
    parsed = parse(tmp_path / "bay")
    assert ids(parsed) == ["bay/1", "bay/2", "bay/3"]
    assert (parsed.report.format, parsed.posts["lang"].to_pylist()) == ("table", ["en", "ru", "en"])
    datasets.DatasetDict({"train": whole, "test": whole.select([1])}).save_to_disk(tmp_path / "split")
    assert ids(parse(tmp_path / "split")) == ["split-test/2", "split-train/1", "split-train/2", "split-train/3"]


def test_rows_that_were_only_selected(tmp_path: Path) -> None:
    state = {"_data_files": [{"filename": "data.arrow"}], "_indices_files": [{"filename": "indices.arrow"}]}
    (tmp_path / "state.json").write_text(json.dumps(state), "utf-8")
    with pytest.raises(SourceError, match=r"Save it after dataset\.flatten_indices\(\)"):
        parse(tmp_path)


def test_arrow_files(tmp_path: Path) -> None:
    given = pa.table({"id": [1, 2], "text": [EN, RU]})
    for name, opener in (("a.arrow", pa.ipc.new_file), ("b.arrow", pa.ipc.new_stream)):
        buffer = io.BytesIO()
        with opener(buffer, given.schema) as writer:
            writer.write_table(given)
        (tmp_path / name).write_bytes(buffer.getvalue())
        assert ids(parse(tmp_path / name)) == [f"{name[0]}/1", f"{name[0]}/2"]
    (tmp_path / "a.arrow").write_bytes(b"ARROW1 and nothing else")
    with pytest.raises(SourceError, match="cannot be read as Arrow"):
        parse(tmp_path / "a.arrow")
