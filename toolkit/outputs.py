"""Where an output goes: to what a link points to, into a FIFO or a device, beside what it is to replace.

A link stays, and what it points to is replaced; a FIFO and a device get the whole content at the end. What a killed
process left (`.NAME.PID.part`) goes with the next write of that name.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from toolkit.errors import ToolkitError

_LEFTOVER: Final = re.compile(r"\.(.+)\.([0-9]{1,9})\.(?:part|old)", re.DOTALL)
_LONGEST_NAME: Final = 220  # bytes, of the 255 that file systems take; the rest is for what stands around it
_MOST_LINKS: Final = 40  # as the kernel


def cannot_write(path: Path, error: OSError) -> ToolkitError:
    """Return the error of an output that the system refuses."""
    return ToolkitError(f"cannot write: {error.strerror or error}", where=path)


def followed(path: Path) -> Path:
    """Return what a path names once its links are followed.

    Raises:
        ToolkitError: if it is a link to nothing, or one that leads to itself.
    """
    try:
        return path.resolve(strict=True) if path.is_symlink() else path
    except FileNotFoundError as error:
        fix = "Make that, or remove the link"
        raise ToolkitError(f"is a link to {path.readlink()}, where nothing is", where=path, fix=fix) from error
    except RuntimeError as error:  # of pathlib, which has no other word for it
        raise ToolkitError("is a link that leads to itself", where=path, fix="Remove the link") from error
    except OSError as error:
        raise cannot_write(path, error) from error


def is_stream(path: Path) -> bool:
    """Tell whether a path names something that takes bytes and has no name of its own to replace: FIFO, device, pipe.

    Raises:
        ToolkitError: if it is a disk.
    """
    if _descriptor(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if stat.S_ISBLK(mode):
        raise ToolkitError("is a disk, and would be overwritten", where=path, fix="Give a file")
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _descriptor(path: Path) -> int | None:
    """Return the number of the open file of this process that a path such as /dev/stdout or /dev/fd/3 names."""
    place = path.absolute()
    with suppress(OSError):
        for _ in range(_MOST_LINKS):
            if place.name.isdecimal() and os.path.realpath(place.parent) == f"/proc/{os.getpid()}/fd":
                return int(place.name)
            place = place.parent / place.readlink()
    return None


def pour(content: Path, stream: Path) -> None:
    """Write a file into a FIFO, a device or an open file; what is written there before stays."""
    number = _descriptor(stream)
    with open(content, "rb") as source, open(stream if number is None else os.dup(number), "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def beside(path: Path, ending: str) -> Path:
    """Return the name beside a file or folder that this process may use for what is to take its place."""
    return path.with_name(f".{_mark(path.name)}.{os.getpid()}.{ending}")


def remove_leftovers(path: Path) -> None:
    """Remove what processes that are gone left beside a file or folder under the names of `beside`."""
    _remove(_leftovers(path.parent, int(time.monotonic())).get(_mark(path.name), ()))


def remove_all_leftovers(folder: Path) -> None:
    """Remove what processes that are gone left in a folder in which all files are ours."""
    for found in _leftovers(folder, int(time.monotonic())).values():
        _remove(found)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


@lru_cache(maxsize=16)
def _leftovers(folder: Path, second: int) -> dict[str, list[Path]]:
    """Return what is left in a folder, by mark; looked up once a second, since a folder may have very many files."""
    found: dict[str, list[Path]] = {}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _LEFTOVER.fullmatch(entry.name) if entry.name.startswith(".") else None
            if match and not _lives(int(match[2])):
                found.setdefault(match[1], []).append(folder / entry.name)
    return found


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _mark(name: str) -> str:
    """Return a name, or what stands for one that leaves no room."""
    encoded = os.fsencode(name)
    return name if len(encoded) <= _LONGEST_NAME else hashlib.sha256(encoded).hexdigest()


def require_writable(path: Path, *, is_folder: bool = False) -> None:
    """Refuse an output that cannot be written, before any work is done for it; leaves nothing behind.

    Args:
        path: of the output.
        is_folder: whether it is to be a folder with files.

    Raises:
        ToolkitError: if it cannot.
    """
    try:
        if not is_folder and is_stream(path):
            return
        target = followed(path)
        if target.is_dir() and not is_folder:
            raise ToolkitError("is a folder, wanted a name for a file", where=path)
        place = target if is_folder else target.parent
        while not place.exists():
            place = followed(place).parent  # refuses a link to nothing
        if not place.is_dir():
            what = "is a file, wanted a folder" if place == target else f"cannot write: {place} is no folder"
            raise ToolkitError(what, where=path)
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise cannot_write(path, error) from error


def put_folder(part: Path, folder: Path) -> None:
    """Give a finished folder its name; another one of that name is replaced, and at no moment is there none.

    Raises:
        OSError: if it cannot be done.
    """
    if not folder.exists():
        part.rename(folder)
        return
    if not _exchange(part, folder):
        old = beside(folder, "old")
        folder.rename(old)
        part.rename(folder)
        part = old
    shutil.rmtree(part, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change names in one step, where the system can."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    here, both = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(call(here, os.fsencode(one), here, os.fsencode(other), ctypes.c_uint(both)) == 0)
