import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from toolkit.errors import SourceError
from toolkit.sources.files import find_encoding, open_file, read_all, read_text_lines, to_text


def content(path: Path, max_bytes: int = 10**7) -> bytes:
    with open_file(path, max_bytes) as file:
        return read_all(file, path, max_bytes)


def test_a_bomb_does_not_unpack(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"x" * 1_000_000))
    assert path.stat().st_size < 2000
    with pytest.raises(SourceError, match=r"bomb\.gz: unpacks to more than 10,000 bytes\. Unpack it, and split it"):
        content(path, max_bytes=10_000)
    assert len(content(path)) == 1_000_000


def test_packed_in_two_parts(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n"))
    assert content(path) == b"one\ntwo\n"


@pytest.mark.parametrize(("cut", "what"), [(slice(0, -9), "cut off"), (slice(0, 12), "cut off")])
def test_a_packed_file_that_is_cut_off(tmp_path: Path, cut: slice, what: str) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"one line\n" * 50)[cut])
    with pytest.raises(SourceError, match=what):
        content(path)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, "zstd", asbytes=True),
}


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / "bay.txt.packed"
    path.write_bytes(PACKERS[kind](b"one\ntwo\n"))
    assert read_text_lines(path) == ["one", "two"]
    packed = PACKERS[kind](random.Random(1).randbytes(100_000).hex().encode())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SourceError, match=f"the {kind} file is (cut off|broken)"):
        read_text_lines(path)
    monkeypatch.setattr("toolkit.sources.files.RATIO_FROM", 500_000)
    path.write_bytes(PACKERS[kind](b"x" * 5_000_000))
    with pytest.raises(SourceError, match="a bomb"):
        read_text_lines(path)


def test_too_large_for_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"x" * 101)
    with pytest.raises(SourceError, match=r"large\.txt: has more than 100 bytes\. Split it"):
        content(path, max_bytes=100)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(encoding: str) -> None:
    text = "id,text\n1,Доброе утро\n"
    assert to_text(text.encode(encoding), "t.csv") == text


def test_a_head_may_end_inside_a_letter() -> None:
    assert to_text("Утро".encode()[:-1], "t.txt", is_head=True) == "Утр"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a\nУтро".encode()[:-1], "t.txt:2: ends inside a letter of UTF-8: it was cut off. Copy or download it again"),
        ("Утро".encode("utf-16")[:-1], "t.txt:1: ends inside a letter of UTF-16: it was cut off. Copy or download"),
        ("Утро ".encode() + b"\xff\n", "t.txt:1: is UTF-8 text with a broken letter, the byte ff. Copy or download"),
        (b"a\n\xb3\xaa\xb3\xaa\n", "t.txt:2: is no UTF-8 text. Convert it to UTF-8, if it is Windows-1251 with"),
    ],
)
def test_what_is_wrong_with_letters(data: bytes, message: str) -> None:
    with pytest.raises(SourceError) as error:
        to_text(data, "t.txt")
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04rest", "is an archive in an archive"),
        (b"\x1f\x8brest", "is an archive in an archive"),
        (b"%PDF-1.7", "is a PDF file"),
        (b"ab\0c", "is a binary file"),
    ],
)
def test_no_text(data: bytes, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        find_encoding(data, "x")
