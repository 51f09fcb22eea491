"""What a user's path stands for: a file, a folder, a pattern with stars, or a ZIP archive, each with files in it."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from toolkit.errors import SourceError, ToolkitError
from toolkit.sources.archives import check_members, is_archive, is_workbook, is_zip, open_member, why_not_read
from toolkit.sources.files import MAX_BYTES, PACKED_NAMES, open_file
from toolkit.storage import sha256_file
from toolkit.untrusted import load_json, read_file

_MAGIC: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Input:
    """One file with posts.

    Attributes:
        name: its name; inside a folder, pattern or archive the path from there, with `/`.
        where: the same for error messages: the path as the user can find it.
        stem: what a channel is called that has no name of its own.
        open: opens it, unpacked.
    """

    name: str
    where: str
    stem: str
    open: Callable[[], io.BufferedReader]


@dataclass
class Inputs:
    """The files that a path stands for.

    Attributes:
        files: in natural order: messages.html, messages2.html, messages10.html.
        skipped: file -> why it is not read.
        broken: file -> why it cannot be read.
        is_one: whether the path is that of a single file.
    """

    files: list[Input] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    broken: dict[str, ToolkitError] = field(default_factory=dict)
    is_one: bool = False


@contextmanager
def open_inputs(path: Path) -> Iterator[Inputs]:
    """Find the files that a path stands for; archives are closed with the block.

    Raises:
        SourceError: if there is nothing, or a folder or archive has what should not be read: a symbolic link, a path
            that leads out of it, a bomb, a password, an export of a whole account.
    """
    with ExitStack() as stack:
        found = Inputs()
        if path.is_dir():
            _add_folder(found, path, "", stack)
        elif not path.exists() and _MAGIC.search(str(path)):
            _add_matches(found, path, stack)
        elif path.exists() and not path.is_file():
            found.files.append(_pipe(path))
            found.is_one = True
        elif is_zip(path) and not is_workbook(path):
            _add_archive(found, path, "", stack)
        else:
            found.files.append(_file(path, path.name))
            found.is_one = True
        found.files.sort(key=lambda one: _natural(one.name))
        if not found.files:
            raise _nothing_in(path, found)
        yield found


def source_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex; of a folder or pattern that of its files' names and hashes.

    Raises:
        SourceError: as `open_inputs` does.
        OSError: if the file cannot be read.
    """
    if path.is_file() or not (path.is_dir() or _MAGIC.search(str(path))):
        return sha256_file(path)
    digest = hashlib.sha256()
    with open_inputs(path) as found:
        for file in found.files:
            with file.open() as content:
                digest.update(f"{file.name}\0{hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _nothing_in(path: Path, found: Inputs) -> ToolkitError:
    if len(found.broken) == 1:
        return next(iter(found.broken.values()))
    reasons = {name: error.what for name, error in found.broken.items()} | found.skipped
    seen = [f"{name} ({why})" for name, why in sorted(reasons.items())[:3]]
    what = f"has {', '.join(seen)}" if seen else "has no files"
    return SourceError(f"{what}, wanted text, JSON, HTML, CSV or Parquet", where=path, fix="Name a file with posts")


def _natural(name: str) -> tuple[list[tuple[int, int | str]], str]:
    """Return a key that sorts numbers by value: messages.html, messages2.html, messages10.html."""
    parts = re.split(r"(\d+)", str(PurePosixPath(name).with_suffix("")))
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part], name


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    return (path.stem if path.suffix.lower() in PACKED_NAMES else path.name).rsplit(".", 1)[0]


def _file(path: Path, name: str, stem: str | None = None) -> Input:
    return Input(name, str(path), stem or _stem(name), partial(open_file, path))


def _pipe(path: Path) -> Input:
    """Return what a pipe gives, which can be read only once."""
    with open_file(path) as file:
        data = file.read(MAX_BYTES + 1)
    return Input(path.name, str(path), _stem(path.name), lambda: io.BufferedReader(io.BytesIO(data)))


# ---------------------------------------------------------------- folders


def _add_matches(found: Inputs, pattern: Path, stack: ExitStack) -> None:
    """Add what a pattern with *, ? or [] matches; ** matches any number of folders."""
    if any("**" in part and part != "**" for part in pattern.parts):
        fix = "Write * for a part of a name, and ** for any number of folders"
        raise SourceError("has ** in a name", where=pattern, fix=fix)
    first = next(at for at, part in enumerate(pattern.parts) if _MAGIC.search(part))
    root = Path(*pattern.parts[:first])
    rest = "/".join(pattern.parts[first:])
    for path in sorted(root.glob(f"{rest}/*" if pattern.name == "**" else rest)):  # ** alone gives only folders
        _refuse_links([path, *path.parents][: len(path.relative_to(root).parts)])
        name = path.relative_to(root).as_posix()
        if path.is_dir():
            if "**" not in pattern.parts:  # which matches what is in the folder by itself
                _add_folder(found, path, f"{name}/", stack)
        else:
            _add_path(found, path, name, stack)
    if not (found.files or found.skipped or found.broken):
        raise SourceError("nothing matches the pattern", where=pattern, fix="Check it, and quote it in a shell")


def _add_path(found: Inputs, path: Path, name: str, stack: ExitStack) -> None:
    """Add a file of a folder or pattern."""
    why = why_not_read(name) if path.is_file() else "no file"
    try:
        if path.suffix.lower() == ".zip" and path.is_file() and is_zip(path):
            _add_archive(found, path, f"{name}/", stack)
            return
    except SourceError as error:
        found.broken[name] = error
        return
    if why is None:
        found.files.append(_file(path, name))
    else:
        found.skipped[name] = why


def _add_folder(found: Inputs, folder: Path, prefix: str, stack: ExitStack) -> None:
    """Add the files of a folder and its folders."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=folder) from error
    _refuse_links(paths)
    data = _dataset_files(folder)
    for path in paths:
        name = prefix + path.name
        if path.is_dir():
            _add_folder(found, path, f"{name}/", stack)
        elif data is None:
            _add_path(found, path, name, stack)
        elif path.name in data:
            above = prefix.count("/")
            parts = folder.absolute().parts[-1 - above :]
            found.files.append(_file(path, name, "-".join(parts)))
        else:
            found.skipped[name] = "not of a kind that holds posts"


def _refuse_links(paths: Iterable[Path]) -> None:
    link = next((path for path in paths if path.is_symlink()), None)
    if link is not None:
        raise SourceError(
            "is a symbolic link, which may lead out of the folder", where=link, fix="Copy what it points to, or name it"
        )


def _dataset_files(folder: Path) -> set[str] | None:
    """Return the files with the rows of a Hugging Face dataset that `save_to_disk` wrote; None if it is no such folder.

    Raises:
        SourceError: if rows were selected and the selection is only stored beside them.
    """
    if (folder / "dataset_dict.json").exists():
        return set()  # its splits are folders
    try:
        state = load_json(read_file(folder / "state.json"))
        names = {str(part["filename"]) for part in state["_data_files"]}
    except (ValueError, KeyError, TypeError):  # ValueError: Unreadable too
        return None
    if state.get("_indices_files"):
        raise SourceError(
            "is a dataset of which only some rows are meant",
            where=folder,
            fix="Save it after dataset.flatten_indices()",
        )
    return names


# ---------------------------------------------------------------- archives


def _add_archive(found: Inputs, path: Path, prefix: str, stack: ExitStack) -> None:
    """Add the members of a ZIP archive; nothing is ever written to disk."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise SourceError(f"the ZIP archive is broken: {error}", where=path, fix="Copy or download it again") from error
    members = [member for member in archive.infolist() if not member.is_dir()]
    check_members(path, members)
    for member in members:
        name = prefix + member.filename
        why = why_not_read(member.filename)
        if is_archive(member.filename):
            why = "an archive in an archive"
        if why is not None:
            found.skipped[name] = why
            continue
        opener = partial(open_member, archive, member, f"{path}/{member.filename}")
        found.files.append(Input(name, f"{path}/{member.filename}", _stem(name), opener))
