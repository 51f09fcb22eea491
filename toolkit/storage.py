"""Files that are either whole or not there: atomic writes, folders held by one process, Parquet of a stage, hashes."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.errors import SourceError, ToolkitError

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; put it in place when the block ends well, remove it otherwise.

    Raises:
        ToolkitError: if the folder cannot be made or written to.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ToolkitError(f"cannot write: {error.strerror or error}", where=path) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make a folder and hold it while the block runs; however the process ends, nothing of the lock is left.

    Raises:
        ToolkitError: if another process holds the folder, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ToolkitError(f"cannot write: {error.strerror or error}", where=folder) from error
    try:
        with suppress(OSError):  # not every network drive has locks
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ToolkitError(
                    "another build is at work in this folder", where=folder, fix="Wait for it, or name another folder"
                ) from error
        yield
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically; line ends stay as they are."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_lines(path: Path) -> list[str]:
    """Read the lines of a UTF-8 text file, without their ends; a byte order mark is no text.

    Raises:
        SourceError: if there is no such file, or it is no UTF-8 text.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        fix = f"Convert it to UTF-8, if it is Windows-1251 with: iconv -f CP1251 -t UTF-8 {path.name}"
        raise SourceError("is not UTF-8 text", where=path, line=line, fix=fix) from error
    if "\0" in text:
        raise SourceError("is a binary file, wanted text", where=path)
    lines = text.split("\n")  # not splitlines, which also ends lines at characters that are text
    return [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]


def write_table(path: Path, table: pa.Table) -> None:
    """Write a stage's table as Parquet, atomically; the same rows give the same bytes."""
    import pyarrow.parquet as pq

    with replacing(path) as temporary:
        pq.write_table(table.combine_chunks(), temporary, compression="zstd", row_group_size=65536)


def read_table(path: Path) -> pa.Table:
    """Read a table that `write_table` wrote, or a stranger; see `toolkit.native`.

    Raises:
        ToolkitError: if there is no such file, it is no Parquet, or unpacks to more than any honest file.
    """
    from toolkit.native.limits import BrokenTable
    from toolkit.native.tables import read_table

    if not path.exists():
        raise ToolkitError("there is no such file", where=path)
    try:
        return read_table(path)
    except BrokenTable as error:
        raise ToolkitError(f"cannot be read as Parquet: {error}", where=path) from error


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex, reading it in pieces.

    Raises:
        SourceError: if it is a pipe or a device, which may never end.
        OSError: if it cannot be read.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise SourceError("is a pipe or device, wanted a file", where=path, fix="Save it as a file")
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
