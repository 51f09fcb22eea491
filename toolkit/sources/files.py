"""Open a file as bytes or text: packed or not, in the encodings that people have, with one clear line if it fails."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import Final

from toolkit.errors import SourceError

# What a file may unpack to: text and all tables made of it must fit into memory, and a gzip bomb must not fill it.
MAX_BYTES: Final = 2 << 30

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_IS_BINARY: Final = "is a binary file, wanted text, JSON, CSV or Parquet"
_BINARY: Final = (
    (b"\x7fELF", "a program", None),
    (b"PK\x03\x04", "a ZIP or Excel file", "Unpack it, or save it as CSV"),
    (b"%PDF", "a PDF file", "Extract its text first"),
    (b"\x89PNG", "a picture", None),
    (b"\xff\xd8\xff", "a picture", None),
    (b"SQLite format 3", "an SQLite database", "Export the table of messages as CSV"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it"),
    (b"(\xb5/\xfd", "a zstd archive", "Unpack it"),
    (b"BZh", "a bzip2 archive", "Unpack it"),
    (b"\xfd7zXZ", "an xz archive", "Unpack it"),
)


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a file, unpacked if it is gzip.

    Raises:
        SourceError: if it is missing, a folder, unreadable, empty, cut off or too large.
    """
    if path.is_dir():
        raise SourceError("is a folder, wanted a file", where=path, fix="Name the file in it, such as result.json")
    try:
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise SourceError("there is no such file", where=path) from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=path) from error
    if data.startswith(b"\x1f\x8b"):
        data = _unpack(data, path, max_bytes)
    if len(data) > max_bytes:
        raise SourceError(f"has more than {max_bytes:,} bytes", where=path, fix="Split it")
    if not data.strip():
        raise SourceError("is empty, wanted posts", where=path)
    return data


def _unpack(data: bytes, path: Path, max_bytes: int) -> bytes:
    """Unpack gzip up to one byte more than allowed."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(max_bytes + 1)
    except EOFError as error:
        raise SourceError("the gzip file is cut off", where=path, fix="Copy or download it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"the gzip file is broken: {error}", where=path, fix="Copy or download it again") from error


def to_text(data: bytes, path: Path) -> str:
    """Return bytes as text: UTF-8, or what a byte order mark or the NULs of UTF-16 say.

    Raises:
        SourceError: if it is binary, or in an encoding that cannot be told for certain.
    """
    for start, kind, fix in _BINARY:
        if data.startswith(start):
            raise SourceError(f"is {kind}, wanted text, JSON, CSV or Parquet", where=path, fix=fix)
    encoding = _encoding(data)
    if encoding == "utf-8" and b"\0" in data:
        raise SourceError(_IS_BINARY, where=path)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fix = None
        if encoding == "utf-8":
            fix = f"Convert it to UTF-8, if it is Windows-1251 with: iconv -f CP1251 -t UTF-8 {path.name}"
        raise SourceError(f"is no {encoding.upper()} text", where=path, line=line, fix=fix) from error
    if "\0" in text:
        raise SourceError(_IS_BINARY, where=path)
    if not text.strip():
        raise SourceError("is empty, wanted posts", where=path)
    return text


def _encoding(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    if len(data) % 2 == 0:
        for encoding, high in (("utf-16-le", data[1:2000:2]), ("utf-16-be", data[0:2000:2])):
            # The high byte of Latin letters, digits and spaces is 0, that of Cyrillic letters is 4.
            if high.count(0) + high.count(4) > 0.8 * len(high) and high.count(0):
                return encoding
    return "utf-8"
