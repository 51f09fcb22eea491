"""A folder: the release is copied beside its place and put there by one rename."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from toolkit.errors import ReleaseError
from toolkit.publishing.report import AGAIN, CHANGED, OnSent, PublishReport, ReleaseFile, VerifiedRelease, bytes_of
from toolkit.storage import held, sha256_file


def publish_to_folder(release: VerifiedRelease, folder: Path, *, dry_run: bool, on_sent: OnSent) -> PublishReport:
    """Copy a release to `folder/NAME/VERSION`; whoever looks sees all of it or nothing.

    Raises:
        ReleaseError: if the version is there with other content, or a file changed while it was read.
        ToolkitError: if the folder cannot be written to, or another publisher is at work there.
    """
    target = folder / release.name / release.version
    if dry_run:
        is_there = _is_there(target, release.files)
    else:
        with held(target.parent, "build or publisher"):
            is_there = _is_there(target, release.files)
            if not is_there:
                _copy(release.files, target, on_sent)
    return PublishReport(
        name=release.name,
        version=release.version,
        destination=str(target),
        outcome="dry run" if dry_run else "unchanged" if is_there else "published",
        sent={} if is_there else bytes_of(release.files),
        there=tuple(file.name for file in release.files) if is_there else (),
        load=f'datasets.load_dataset("{target}", "{release.config}")',
    )


def _is_there(target: Path, files: tuple[ReleaseFile, ...]) -> bool:
    """Tell whether the release is at its place already; refuse a place with something else."""
    if not os.path.lexists(target):
        return False
    if not _has_files(target, files):
        raise ReleaseError(
            "is there already, with other content, and a published version is never changed",
            where=target,
            fix="Raise the version of the release",
        )
    return True


def _has_files(target: Path, files: tuple[ReleaseFile, ...]) -> bool:
    names = {found.relative_to(target).as_posix() for found in target.rglob("*") if not found.is_dir()}
    return names == {file.name for file in files} and all(sha256_file(target / f.name) == f.sha256 for f in files)


def _copy(files: tuple[ReleaseFile, ...], target: Path, on_sent: OnSent) -> None:
    """Copy to a folder beside the target, also where a killed publisher left one, and rename it."""
    unfinished = target.with_name(f".{target.name}.publishing")
    total, done = sum(file.bytes for file in files), 0
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        for file in files:
            on_sent(done, total)
            copy = unfinished / file.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            with file.open() as source, open(copy, "wb") as target_file:
                shutil.copyfileobj(source, target_file, 1 << 20)
            if sha256_file(copy) != file.sha256:
                raise ReleaseError(CHANGED, where=file.path, fix=AGAIN)
            done += file.bytes
        unfinished.rename(target)
    except OSError as error:
        raise ReleaseError(f"cannot write: {error.strerror or error}", where=target) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    on_sent(done, total)
