"""Files that are either whole or not there: atomic writes, folders held by one process, Parquet of a stage, hashes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from toolkit.errors import SourceError, ToolkitError
from toolkit.outputs import beside, cannot_write, followed, is_stream, pour, remove_leftovers
from toolkit.text.lines import split_lines

if TYPE_CHECKING:
    import pyarrow as pa

_PATIENCE: Final = 60.0  # seconds to wait for another process that changes the same file


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path; put its content in the place of `path` when the block ends well, remove it otherwise.

    Raises:
        ToolkitError: if the folder cannot be made or written to, or `path` is a link that leads nowhere.
    """
    try:
        if is_stream(path):
            with tempfile.TemporaryDirectory(prefix="bitext-") as folder:
                yield Path(folder) / path.name
                pour(Path(folder) / path.name, path)
            return
        target = followed(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(target) as temporary:
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))  # a private list stays private
            temporary.replace(target)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """Give a name beside a file that is free, and again after the block."""
    remove_leftovers(target)
    temporary = beside(target, "part")
    try:
        yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def held(folder: Path, work: str = "build") -> Iterator[None]:
    """Make a folder and hold it while the block runs; however the process ends, nothing of the lock is left.

    Args:
        folder: to hold.
        work: what others are told that goes on there.

    Raises:
        ToolkitError: if another process holds the folder, or it cannot be made.
    """
    with _opened(folder) as handle:
        if not _lock(handle):
            raise ToolkitError(
                f"another {work} is at work in this folder", where=folder, fix="Wait for it, or name another folder"
            )
        yield


@contextmanager
def changing(path: Path) -> Iterator[Path]:
    """Let nobody else change a file while the block reads it, changes it and writes it; others wait for their turn.

    Yields:
        The file; what it points to, if it is a link.

    Raises:
        ToolkitError: if its folder cannot be made, or another process does not come to an end with it.
    """
    target = followed(path)
    with _opened(target.parent) as handle:  # the folder, because the file is replaced by another one
        end = time.monotonic() + _PATIENCE
        while not _lock(handle):
            if time.monotonic() > end:
                raise ToolkitError("another process is changing it", where=path, fix="Wait for it, and try again")
            time.sleep(0.01)
        yield target


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Make a folder, and open it for a lock."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Take the lock of an open folder if it is free; True also where there are no locks, as on some network drives."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically; line ends stay as they are.

    Raises:
        ToolkitError: if the text has half a character, as arguments have that are no UTF-8, or cannot be written.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        bad = error.object[error.start]
        raise ToolkitError(f"cannot write: {bad!r} is half a character, and no text has one", where=path) from error
    write_bytes(path, data)


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
    return split_lines(text)


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
