"""What is published, and what became of it."""

from __future__ import annotations

import builtins
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from toolkit.errors import ReleaseError
from toolkit.release.checks.verify import verify_release
from toolkit.release.manifest import CHECKSUMS, MANIFEST
from toolkit.release.read import open_release
from toolkit.storage import sha256_file
from toolkit.untrusted import Unreadable, open_regular, read_file

CHANGED = "changed after it was verified"
AGAIN = "Publish it again, when nobody writes to it"

# published: all files are there now. tagged: they were, and got their tag on the Hub. unchanged: nothing was to do.
Outcome = Literal["published", "tagged", "unchanged", "dry run"]
OnSent = Callable[[int, int], None]  # called with bytes sent so far, bytes to send


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a release.

    Attributes:
        name: path in the release, with slashes.
        path: where it lies.
        bytes, sha256: of its content; hex.
    """

    name: str
    path: Path
    bytes: int
    sha256: str

    def read(self) -> builtins.bytes:
        """Return the bytes that were verified, and no others.

        Raises:
            ReleaseError: if the file has been replaced since.
        """
        with self.open() as file:
            data = file.read(self.bytes + 1)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise ReleaseError(CHANGED, where=self.path, fix=AGAIN)
        return data

    def open(self) -> BinaryIO:
        """Open the file, which must still be one; whoever reads it compares its hash.

        Raises:
            ReleaseError: if it is no file any more.
        """
        try:
            return os.fdopen(open_regular(self.path), "rb")
        except Unreadable as error:
            raise ReleaseError(f"{CHANGED}: {error}", where=self.path, fix=AGAIN) from error

    def digest(self, algorithm: str) -> str:
        """Return another hash of the bytes that were verified, in hex.

        Raises:
            ReleaseError: if the file has been replaced since.
        """
        digests = [hashlib.new(name, usedforsecurity=False) for name in ("sha256", algorithm)]
        with self.open() as file:
            while piece := file.read(1 << 20):
                for digest in digests:
                    digest.update(piece)
        if digests[0].hexdigest() != self.sha256:
            raise ReleaseError(CHANGED, where=self.path, fix=AGAIN)
        return digests[1].hexdigest()


@dataclass(frozen=True)
class VerifiedRelease:
    """A release that was found to agree with itself.

    Attributes:
        name, version: from its manifest.
        files: data first, the manifest last: a folder with a manifest is complete.
        config: the one that is loaded by default.
        first_split: of it.
    """

    name: str
    version: str
    files: tuple[ReleaseFile, ...]
    config: str
    first_split: str


@dataclass(frozen=True)
class PublishReport:
    """What was done, or with a dry run would be.

    Attributes:
        name, version: of the release.
        destination: where it is now, as a user would name it; without passwords.
        outcome: see `Outcome`.
        sent: names of the files that were sent, and their bytes.
        there: names of the files that the destination had already.
        deleted: names of files of an older version that the new one has not.
        commit: on the Hub.
        load: a line of Python that loads the default config.
    """

    name: str
    version: str
    destination: str
    outcome: Outcome
    sent: dict[str, int]
    there: tuple[str, ...]
    load: str
    deleted: tuple[str, ...] = ()
    commit: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        lists = {"there": list(self.there), "deleted": list(self.deleted)}
        return vars(self) | lists | {"bytes": sum(self.sent.values())}


def read_verified(folder: Path) -> VerifiedRelease:
    """Verify a release and list its files.

    Raises:
        ReleaseError: if it does not verify; names the first problem.
    """
    before = _manifest_hash(folder)
    problems = verify_release(folder).problems
    if problems:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise ReleaseError(
            f"does not verify, and is not published: {problems[0]}{more}",
            where=folder,
            fix="See all of it with: bitext verify",
        )
    manifest = open_release(folder)
    hashes = {name: facts.sha256 for name, facts in sorted(manifest.files.items())}
    hashes |= {name: sha256_file(folder / name) for name in (CHECKSUMS, MANIFEST)}
    if hashes[MANIFEST] != before:
        raise ReleaseError("changed while it was verified", where=folder, fix=AGAIN)
    files = tuple(ReleaseFile(name, folder / name, (folder / name).stat().st_size, sha) for name, sha in hashes.items())
    return VerifiedRelease(manifest.name, manifest.version, files, manifest.default_config, manifest.first_split)


def _manifest_hash(folder: Path) -> str | None:
    try:
        return hashlib.sha256(read_file(folder / MANIFEST)).hexdigest()
    except Unreadable:  # verifying says why
        return None


def bytes_of(files: Sequence[ReleaseFile]) -> dict[str, int]:
    """Return name -> bytes."""
    return {file.name: file.bytes for file in files}
