"""Bytes of a file as text: packed or not, in the encodings that people have, with one clear line if it fails."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import logging
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final, cast

from toolkit.errors import SourceError
from toolkit.text.encodings import ENCODINGS, guess_encoding, is_damaged_utf8
from toolkit.text.lines import split_lines

_LOG: Final = logging.getLogger(__name__)

# What an input may unpack to, and what is read into memory at once: a bomb must not fill it.
MAX_BYTES: Final = 2 << 30
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
_PACKED: Final = (  # files that are read as if they were not
    (GZIP, "gzip file"),
    (b"BZh91AY&SY", "bzip2 file"),
    (b"\xfd7zXZ\0", "xz file"),
    (b"(\xb5/\xfd", "zstd file"),
)
PACKED_NAMES: Final = (".gz", ".bz2", ".xz", ".zst")
_TAR: Final = slice(257, 262)  # where a tar archive says that it is one
MAX_RATIO: Final = 100  # text packs to a tenth; only bombs pack to less than this
RATIO_FROM: Final = 16 << 20
_PIECE: Final = 1 << 20  # that is unpacked at once, whatever is asked for: a bomb is to be seen early
# Parquet, Arrow files, Arrow streams, XLSX: tables that are no text.
_TABLES: Final = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", ZIP)

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_IS_BINARY: Final = "is a binary file, wanted text, JSON, HTML, CSV or Parquet"
_BINARY: Final = (
    (b"\x7fELF", "a program", None),
    (ZIP, "an archive in an archive", "Unpack it"),
    (GZIP, "an archive in an archive", "Unpack it"),
    (b"%PDF", "a PDF file", "Extract its text first"),
    (b"\x89PNG", "a picture", None),
    (b"\xff\xd8\xff", "a picture", None),
    (b"\xd0\xcf\x11\xe0", "a file of old Excel or Word", "Save it as XLSX or CSV"),
    (b"SQLite format 3", "an SQLite database", "Export the table of messages as CSV"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it"),
    (b"(\xb5/\xfd", "a zstd archive", "Unpack it"),
    (b"BZh", "a bzip2 archive", "Unpack it"),
    (b"\xfd7zXZ", "an xz archive", "Unpack it"),
)


class Unpacked(io.RawIOBase):
    """What a packed file unpacks to: breaks off with a SourceError where it is broken or more than allowed."""

    def __init__(self, *files: IO[bytes], kind: str, where: str | Path, max_bytes: int = MAX_BYTES):
        """Take over open files, which are closed with this one; what the first of them reads is what this one is.

        Of two files the second is the packed one, whose place tells how much was packed into how little.
        """
        self._files, self._kind, self._where = files, kind, where
        self._max_bytes = self._left = max_bytes

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read the next bytes."""
        try:
            piece = self._files[0].read(min(len(buffer), _PIECE))
        except EOFError as error:
            raise SourceError(
                f"the {self._kind} is cut off", where=self._where, fix="Copy or download it again"
            ) from error
        except (OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError) as error:
            raise SourceError(
                f"the {self._kind} is broken: {error}", where=self._where, fix="Copy or download it again"
            ) from error
        self._left -= len(piece)
        if self._left < 0:
            raise SourceError(
                f"unpacks to more than {self._max_bytes:,} bytes", where=self._where, fix="Unpack it, and split it"
            )
        unpacked = self._max_bytes - self._left
        if len(self._files) > 1 and unpacked > RATIO_FROM and unpacked > MAX_RATIO * self._files[1].tell():
            raise SourceError(
                f"the {self._kind} unpacks to more than {MAX_RATIO} times its size: a bomb",
                where=self._where,
                fix="Unpack it yourself, if you trust it",
            )
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the packed file too."""
        for file in self._files:
            file.close()
        super().close()


def open_file(path: Path, max_bytes: int = MAX_BYTES) -> io.BufferedReader:
    """Open a file; what is packed with gzip, bzip2, xz or zstd is unpacked while it is read.

    Raises:
        SourceError: if it is missing or unreadable; later, if it is broken or unpacks to more than allowed.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115
        start = file.peek(10)
    except FileNotFoundError as error:
        raise SourceError("there is no such file", where=path) from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=path) from error
    kind = next((kind for mark, kind in _PACKED if start.startswith(mark)), None)
    if kind is None:
        return file
    unpacked = Unpacked(_unpacking(file, kind), file, kind=kind, where=path, max_bytes=max_bytes)
    return io.BufferedReader(unpacked, 1 << 16)


def _unpacking(file: io.BufferedReader, kind: str) -> IO[bytes]:
    if kind == "zstd file":
        import pyarrow as pa

        return cast(IO[bytes], pa.CompressedInputStream(file, "zstd"))
    if kind == "bzip2 file":
        return cast(IO[bytes], bz2.BZ2File(file))
    return cast(IO[bytes], lzma.LZMAFile(file) if kind == "xz file" else gzip.GzipFile(fileobj=file))


def read_all(file: IO[bytes], where: str | Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return all that an open file has.

    Raises:
        SourceError: if it is empty or too large for memory.
    """
    data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise SourceError(f"has more than {max_bytes:,} bytes", where=where, fix="Split it")
    if not data.strip():
        raise SourceError("is empty, wanted posts", where=where)
    return data


def is_table_file(head: bytes) -> bool:
    """Tell whether a file begins as Parquet or Arrow does."""
    return head.startswith(_TABLES)


def find_encoding(head: bytes, where: str | Path) -> str:
    """Return the encoding of a text: what its first bytes say, UTF-8, or else the old one in which it reads as text.

    Args:
        head: how the text begins; may end inside a letter.
        where: its name, for errors.

    Raises:
        SourceError: if it is no text.
    """
    for start, kind, fix in _BINARY:
        if head.startswith(start):
            raise SourceError(f"is {kind}, wanted text, JSON, HTML, CSV or Parquet", where=where, fix=fix)
    if head[_TAR] == b"ustar":
        raise SourceError("is a tar archive, wanted text, JSON, HTML, CSV or Parquet", where=where, fix="Unpack it")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    for encoding, high in (("utf-16-le", head[1:2000:2]), ("utf-16-be", head[0:2000:2])):
        # The high byte of Latin letters, digits and spaces is 0, that of Cyrillic letters is 4.
        if high.count(0) + high.count(4) > 0.8 * len(high) and high.count(0):
            return encoding
    if b"\0" in head:
        raise SourceError(_IS_BINARY, where=where)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "utf-8" if is_damaged_utf8(head) else guess_encoding(head) or "utf-8"
    return "utf-8"


def old_encoding(encoding: str) -> str | None:
    """Return what to tell of a text that is in no encoding of Unicode; None if it is in one.

    >>> old_encoding("cp1251"), old_encoding("utf-16")
    ('is no UTF-8 text, and is read as Windows-1251, in which it makes sense', None)
    """
    name = ENCODINGS.get(encoding)
    return None if name is None else f"is no UTF-8 text, and is read as {name}, in which it makes sense"


def to_text(
    data: bytes, where: str | Path, *, encoding: str | None = None, is_head: bool = False, may_be_blank: bool = False
) -> str:
    """Return bytes as text.

    Args:
        data: a whole file or its beginning.
        where: its name, for errors.
        encoding: that it is in; else it is found.
        is_head: whether the last letter may be cut off.
        may_be_blank: whether it may have nothing but white space.

    Raises:
        SourceError: if it is binary, or in an encoding that cannot be told for certain.
    """
    encoding = encoding or find_encoding(data, where)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, final=not is_head)
    except UnicodeDecodeError as error:
        raise no_text_error(error, encoding, where, data.count(b"\n", 0, error.start) + 1) from error
    if "\0" in text:
        raise SourceError(_IS_BINARY, where=where)
    if not (text.strip() or is_head or may_be_blank):
        raise SourceError("is empty, wanted posts", where=where)
    return text


def no_text_error(error: UnicodeDecodeError, encoding: str, where: str | Path, line: int | None) -> SourceError:
    """Return the error for bytes that are no text in their encoding."""
    name = encoding.upper()
    if error.reason in ("unexpected end of data", "truncated data"):
        return SourceError(
            f"ends inside a letter of {name}: it was cut off", where=where, line=line, fix="Copy or download it again"
        )
    if encoding != "utf-8":
        return SourceError(f"is no {name} text", where=where, line=line)
    if not error.object[: error.start].isascii():  # Windows-1251 would have failed at its first Russian letter
        what = f"is {name} text with a broken letter, the byte {error.object[error.start]:02x}"
        return SourceError(what, where=where, line=line, fix="Copy or download it again")
    fix = f"Convert it to UTF-8, if it is Windows-1251 with: iconv -f CP1251 -t UTF-8 {Path(where).name}"
    return SourceError(f"is no {name} text", where=where, line=line, fix=fix)


def read_text_lines(path: Path) -> list[str]:
    """Read the lines of a text file that a user has, without their ends: packed or not, in any encoding.

    Raises:
        SourceError: if there is no such file, or it is no text.
    """
    with open_file(path) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SourceError(f"has more than {MAX_BYTES:,} bytes", where=path, fix="Split it")
    if not data:
        return []
    text = to_text(data, path, may_be_blank=True)
    if told := old_encoding(find_encoding(data, path)):
        _LOG.warning("warning: %s: %s", path, told)
    return split_lines(text.removeprefix("\ufeff"))
