"""Bytes of a file as text: packed or not, in the encodings that people have, with one clear line if it fails."""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final, cast

from toolkit.errors import SourceError

# What an input may unpack to, and what is read into memory at once: a bomb must not fill it.
MAX_BYTES: Final = 2 << 30
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
# Parquet, Arrow files, Arrow streams: tables that are no text.
_TABLES: Final = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")

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
    (b"SQLite format 3", "an SQLite database", "Export the table of messages as CSV"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it"),
    (b"(\xb5/\xfd", "a zstd archive", "Unpack it"),
    (b"BZh", "a bzip2 archive", "Unpack it"),
    (b"\xfd7zXZ", "an xz archive", "Unpack it"),
)


class Unpacked(io.RawIOBase):
    """What a packed file unpacks to: breaks off with a SourceError where it is broken or more than allowed."""

    def __init__(self, *files: IO[bytes], kind: str, where: str | Path, max_bytes: int = MAX_BYTES):
        """Take over open files, which are closed with this one; what the first of them reads is what this one is."""
        self._files, self._kind, self._where = files, kind, where
        self._max_bytes = self._left = max_bytes

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read the next bytes."""
        try:
            piece = self._files[0].read(len(buffer))
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
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the packed file too."""
        for file in self._files:
            file.close()
        super().close()


def open_file(path: Path, max_bytes: int = MAX_BYTES) -> io.BufferedReader:
    """Open a file; gzip is unpacked while it is read.

    Raises:
        SourceError: if it is missing or unreadable; later, if it is broken or unpacks to more than allowed.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115
        start = file.peek(2)[:2]
    except FileNotFoundError as error:
        raise SourceError("there is no such file", where=path) from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=path) from error
    if start != GZIP:
        return file
    packed = cast(IO[bytes], gzip.GzipFile(fileobj=file))
    return io.BufferedReader(Unpacked(packed, file, kind="gzip file", where=path, max_bytes=max_bytes), 1 << 16)


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
    """Return the encoding of a text: UTF-8, or what a byte order mark or the NULs of UTF-16 say.

    Args:
        head: how the text begins.
        where: its name, for errors.

    Raises:
        SourceError: if it is no text.
    """
    for start, kind, fix in _BINARY:
        if head.startswith(start):
            raise SourceError(f"is {kind}, wanted text, JSON, HTML, CSV or Parquet", where=where, fix=fix)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if len(head) % 2 == 0:
        for encoding, high in (("utf-16-le", head[1:2000:2]), ("utf-16-be", head[0:2000:2])):
            # The high byte of Latin letters, digits and spaces is 0, that of Cyrillic letters is 4.
            if high.count(0) + high.count(4) > 0.8 * len(high) and high.count(0):
                return encoding
    if b"\0" in head:
        raise SourceError(_IS_BINARY, where=where)
    return "utf-8"


def to_text(data: bytes, where: str | Path, *, is_head: bool = False) -> str:
    """Return bytes as text.

    Args:
        data: a whole file or its beginning.
        where: its name, for errors.
        is_head: whether the last letter may be cut off.

    Raises:
        SourceError: if it is binary, or in an encoding that cannot be told for certain.
    """
    encoding = find_encoding(data, where)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, final=not is_head)
    except UnicodeDecodeError as error:
        raise no_text_error(error, encoding, where, data.count(b"\n", 0, error.start) + 1) from error
    if "\0" in text:
        raise SourceError(_IS_BINARY, where=where)
    if not text.strip() and not is_head:
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
