"""The files of a release: which there are, whether they are those that its lists name, and what they may be.

A release can be a stranger's. A link leads to what is not its, a pipe never ends, a device fills memory, and a name can
lead out of the folder; so nothing of a release is opened before its files went through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic import ValidationError

from toolkit.errors import ReleaseError
from toolkit.release.manifest import CHECKSUMS, MANIFEST, FileFacts, Manifest
from toolkit.storage import sha256_file
from toolkit.untrusted import MAX_TEXT, NoFile, Unreadable, load_json, read_file

# What git and the Hub's client put into a folder that they download.
_FOREIGN: Final = {".git", ".gitattributes", ".cache"}
_CHECKSUM_LINE: Final = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")  # of a file or folder: what all systems tell apart
_MAX_DATA: Final = 4 << 30  # bytes of a file of data; those that are written have at most some hundred million
_DATA: Final = "data/"


def read_manifest(folder: Path) -> Manifest:
    """Read what a release says of itself.

    Raises:
        ReleaseError: if the folder is no release.
    """
    try:
        data = read_file(folder / MANIFEST)
    except Unreadable as error:
        what = f"is no release: {MANIFEST} {_said(error)}"
        raise ReleaseError(what, where=folder, fix="Name a folder NAME/VERSION") from error
    try:
        return Manifest.model_validate(load_json(data))
    except Unreadable as error:
        raise ReleaseError(str(error), where=folder / MANIFEST) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ReleaseError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", where=folder / MANIFEST) from error


def find_file_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield where SHA256SUMS, manifest and folder do not agree, and what is no file; reads every file once.

    Args:
        folder: of the release.
        manifest: of `read_manifest`.
    """
    sums: dict[str, str] = {}
    try:
        lines = read_file(folder / CHECKSUMS).decode("utf-8").splitlines()
    except (Unreadable, UnicodeDecodeError) as error:
        yield f"{CHECKSUMS}: {_said(error)}"
        return
    for number, line in enumerate(lines, 1):
        match = _CHECKSUM_LINE.fullmatch(line)
        if not match:
            yield f"{CHECKSUMS}:{number}: is no line of `sha256sum`"
        elif match[2] in sums:
            yield f"{CHECKSUMS}:{number}: {match[2]!r} is named twice"
        else:
            sums[match[2]] = match[1]
    declared = manifest.files
    outside = [name for name in sorted({*sums, *declared}) if not _stays_inside(folder, name)]
    yield from (f"{name!r} leaves the folder of the release" for name in outside)
    found = _files_in(folder)
    odd = [name for name in sorted(found) if _is_odd(folder / name)]
    yield from (f"{shown(name)}: is a link or device, and a release has none" for name in odd)
    for name in sorted({*sums, *declared, *found} - {*outside, *odd, CHECKSUMS}):
        yield from _one_file(folder, name, sums.get(name), declared.get(name), is_there=name in found)
    for config, facts in manifest.configs.items():
        for split, split_facts in facts.splits.items():
            if not set(split_facts.files) <= declared.keys():
                yield f"{MANIFEST}: the files of {shown(config)}/{shown(split)} are {split_facts.files}"


def _said(error: Unreadable | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "cannot be read: is no UTF-8 text"
    return "is a link or device, and a release has none" if isinstance(error, NoFile) else str(error)


def shown(name: str) -> str:
    """Return a stranger's name as it can be printed in a line.

    >>> shown("data/posts"), shown("a\\nb"), shown("\\udcff")
    ('data/posts', "'a\\\\nb'", "'\\\\udcff'")
    """
    return name if name.isprintable() else ascii(name)


def _one_file(
    folder: Path, name: str, summed: str | None, declared: FileFacts | None, *, is_there: bool
) -> Iterator[str]:
    if not is_there:
        yield f"{shown(name)}: is missing"
        return
    if summed is None:
        yield f"{shown(name)}: is there, but {CHECKSUMS} does not name it"
        return
    size, most = (folder / name).stat().st_size, _MAX_DATA if name.startswith(_DATA) else MAX_TEXT
    if size > most:
        yield f"{name}: has {size:,} bytes, and no file of a release has more than {most:,}"
    elif name != MANIFEST and declared is not None and size != declared.bytes:
        yield f"{name}: has another size than {MANIFEST} says"
    elif sha256_file(folder / name) != summed:
        yield f"{name}: has other bytes than {CHECKSUMS} says"
    elif name != MANIFEST and (declared is None or declared.sha256 != summed):
        yield f"{name}: {MANIFEST} has {'no checksum' if declared is None else 'another checksum than ' + CHECKSUMS}"


def _is_odd(path: Path) -> bool:
    """Whether something is there and no file."""
    return path.is_symlink() or (path.exists() and not path.is_file())


def _stays_inside(folder: Path, name: str) -> bool:
    pure = PurePosixPath(name)
    if not pure.parts or name != pure.as_posix() or not all(_NAME.fullmatch(part) for part in pure.parts):
        return False
    try:
        return (folder / pure).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return False


def _files_in(folder: Path) -> set[str]:
    return {
        found.relative_to(folder).as_posix()
        for found in folder.rglob("*")
        if (found.is_symlink() or not found.is_dir()) and found.relative_to(folder).parts[0] not in _FOREIGN
    }
