"""ZIP archives of strangers, and which of their files, or of a folder's, are read."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from toolkit.errors import SourceError
from toolkit.sources.files import MAX_BYTES, MAX_RATIO, PACKED_NAMES, RATIO_FROM, ZIP, Unpacked, open_file

_ENDINGS: Final = frozenset(
    [".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".md", ".html", ".htm", ".parquet", ".arrow", ".xlsx"]
)  # of what may hold posts; a folder or archive has pictures, style sheets and the like beside it
_ARCHIVES: Final = frozenset([".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".zst"])
_OFFICE: Final = frozenset(["word/document.xml", "ppt/presentation.xml", "META-INF/manifest.xml"])
_WORKBOOK: Final = "xl/workbook.xml"
_ACCOUNT: Final = "export_results.html"  # the first page of an export of everything, in HTML
_MAX_MEMBERS: Final = 100_000


def is_zip(path: Path) -> bool:
    """Tell whether a file is a ZIP archive."""
    with open_file(path) as file:
        return file.read(4) in (ZIP, b"PK\x05\x06")


def is_workbook(path: Path) -> bool:
    """Tell whether a ZIP archive is a file of Excel, which is a table and no archive to a user."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _WORKBOOK in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False  # whoever opens it says what is wrong


def why_not_read(name: str) -> str | None:
    """Return why a file of this name in a folder or archive is not read; None if it is."""
    path = PurePosixPath(name)
    if path.name == _ACCOUNT:
        raise SourceError(
            "is an export of a whole Telegram account: it holds contacts, sessions and private chats, which have no "
            "place in a dataset",
            where=name,
            fix='Open the channel in Telegram Desktop and use "Export chat history"',
        )
    if any(part.startswith((".", "__MACOSX")) for part in path.parts):
        return "hidden"
    ending = path.suffix.lower()
    if ending in PACKED_NAMES:
        ending = PurePosixPath(path.stem).suffix.lower()
    return None if ending in _ENDINGS else "not of a kind that holds posts"


def is_archive(name: str) -> bool:
    """Tell whether a file has the name of an archive."""
    return PurePosixPath(name).suffix.lower() in _ARCHIVES


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> io.BufferedReader:
    """Open a file of an archive; nothing is ever written to disk."""
    try:
        file = archive.open(member)
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise SourceError(f"cannot be unpacked: {error}", where=where, fix="Unpack the archive") from error
    return io.BufferedReader(Unpacked(file, kind="ZIP archive", where=where), 1 << 16)


def check_members(path: str | Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that nobody packs who means well.

    Raises:
        SourceError: if it is a bomb, or has files that would leave it, two of one name, links, passwords; or it is one
            of Word.
    """
    names = [member.filename for member in members]
    if _OFFICE.intersection(names):
        raise SourceError("is a file of Word, PowerPoint or LibreOffice, wanted text, JSON, HTML, CSV, XLSX or Parquet",
                          where=path, fix="Save it as text, XLSX or CSV")  # fmt: skip
    if len(names) > _MAX_MEMBERS or len(set(names)) < len(names):
        what = f"has more than {_MAX_MEMBERS:,} files" if len(names) > _MAX_MEMBERS else "has two files of one name"
        raise SourceError(what, where=path, fix="Unpack it, and name the folder")
    if sum(member.file_size for member in members if why_not_read(member.filename) is None) > MAX_BYTES:
        raise SourceError(f"unpacks to more than {MAX_BYTES:,} bytes", where=path, fix="Unpack it, and name the folder")
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or re.match("[A-Za-z]:", member.filename):
            what = f"has a file that would leave it, {member.filename!r}"
        elif stat.S_ISLNK(member.external_attr >> 16):
            what = f"has a symbolic link, {member.filename!r}"
        elif member.flag_bits & 1:
            what = f"has a file with a password, {member.filename!r}"
        elif member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * member.compress_size:
            what = f"has a file that unpacks to {member.file_size:,} bytes out of {member.compress_size:,}: a bomb"
        else:
            continue
        raise SourceError(what, where=path, fix="Unpack it yourself, if you trust it, and name the folder")
