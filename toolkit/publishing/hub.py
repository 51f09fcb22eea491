"""The Hugging Face Hub: one commit for all files, then a tag with the version.

The commit is atomic and names its parent, so that nobody sees half a release and no other publisher's work is lost.
The tag comes last and only on files that were read back: a tagged version is complete. Each step looks first at what is
there, so a run that was cut off is continued by the next one, which is also how a lost connection is dealt with.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import ReleaseError
from toolkit.publishing.hub_errors import explain, is_passing, quiet_client
from toolkit.publishing.report import (
    AGAIN,
    CHANGED,
    OnSent,
    Outcome,
    PublishReport,
    ReleaseFile,
    VerifiedRelease,
    bytes_of,
)
from toolkit.release.manifest import CHECKSUMS, MANIFEST
from toolkit.release.versions import version_numbers

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

_WAITS = (1.0, 4.0, 16.0)  # seconds; a connection that was lost four times in a row is reported
_IN_MEMORY = 1 << 20  # bytes of a file
_BATCH = 16  # files that are uploaded side by side, and then counted as sent
_KEPT = {".gitattributes"}  # the Hub's own; says which files are stored as LFS
_DATASET = "dataset"


def publish_to_hub(
    release: VerifiedRelease,
    repo_id: str,
    *,
    private: bool,
    dry_run: bool,
    on_sent: OnSent,
    wait: Callable[[float], None] = time.sleep,
) -> PublishReport:
    """Make a release the head of a dataset's main branch, and tag it with its version.

    The token is that of huggingface_hub: HF_TOKEN, or its stored login.

    Args:
        release: what is published.
        repo_id: ORGANISATION/NAME; the dataset is created if there is none.
        private: whether it must be private.
        dry_run: only look.
        on_sent: called after each batch of files.
        wait: called with the seconds to wait before a lost connection is tried again.

    Raises:
        ReleaseError: if the version is there with other content, a newer one is there, the dataset has files of
            something else, somebody else changed it meanwhile, or the Hub refuses or cannot be reached.
    """
    from huggingface_hub import HfApi, get_token

    run = _Publication(HfApi(), release, repo_id, private, on_sent)
    waits = iter(_WAITS[:1] if dry_run else _WAITS)  # who only looks does not want to wait
    with quiet_client():
        while True:
            try:
                if not dry_run and not get_token():
                    raise ReleaseError("there is no token", where=run.where, fix="Run: hf auth login, or set HF_TOKEN")
                return run.look_only() if dry_run else run.publish()
            except ReleaseError:
                raise
            except Exception as error:  # of the client, its HTTP library or its uploader
                seconds = next(waits, None)
                if seconds is None or not is_passing(error):
                    raise explain(error, run.where) from None  # the cause could show the token
                wait(seconds)


@dataclass(frozen=True)
class _Dataset:
    """What the Hub has: commit at the head of main, whether it is private, tag -> commit."""

    head: str | None
    private: bool
    tags: dict[str, str]


@dataclass
class _Publication:
    """A run, which may have to begin again.

    Attributes:
        start: the head of main when it was first seen; None before.
        sent: what the commit of this run has sent.
        deleted: what it has deleted.
    """

    api: HfApi
    release: VerifiedRelease
    repo_id: str
    private: bool
    on_sent: OnSent
    start: str | None = None
    sent: tuple[ReleaseFile, ...] = ()
    deleted: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        return f"hf://datasets/{self.repo_id}"

    def look_only(self) -> PublishReport:
        """Say what would be sent."""
        dataset = self._look()
        if dataset is None:
            return self._report("dry run", None, self.release.files)
        if self._is_tagged(dataset):
            return self._report("dry run", dataset.tags[self.release.version])
        self._check_newest(dataset)
        missing, self.deleted = self._compare(dataset.head)
        self._check_ours(dataset.head)
        return self._report("dry run", None, missing)

    def publish(self) -> PublishReport:
        """Do what is still to be done."""
        dataset = self._look()
        if dataset is None:
            self.api.create_repo(self.repo_id, repo_type=_DATASET, private=self.private or None, exist_ok=True)
            dataset = self._read()
        if self.private and not dataset.private:
            raise ReleaseError(
                "is public, and the release is to be private", where=self.where, fix="Change its visibility first"
            )
        if self._is_tagged(dataset):
            return self._report(
                "published" if self.sent else "unchanged", dataset.tags[self.release.version], self.sent
            )
        self._check_newest(dataset)
        missing, deleted = self._compare(dataset.head)
        if not missing and not deleted:
            return self._tag(dataset.head, "published" if self.sent else "tagged")
        if self.start not in (None, dataset.head):
            raise ReleaseError(
                "somebody else changed it meanwhile", where=self.where, fix="Look at it, and run it again"
            )
        self._check_ours(dataset.head)
        self.start, self.sent, self.deleted = dataset.head, missing, deleted
        return self._tag(self._commit(dataset.head, missing, deleted), "published")

    def _look(self) -> _Dataset | None:
        """Return what the Hub has; None if there is no such dataset that the token may see."""
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            return self._read()
        except RepositoryNotFoundError:
            return None

    def _read(self) -> _Dataset:
        info = self.api.dataset_info(self.repo_id)
        refs = self.api.list_repo_refs(self.repo_id, repo_type=_DATASET)
        return _Dataset(info.sha, bool(info.private), {tag.name: tag.target_commit for tag in refs.tags})

    def _is_tagged(self, dataset: _Dataset) -> bool:
        """Tell whether the version is there.

        Raises:
            ReleaseError: if it has other content.
        """
        commit = dataset.tags.get(self.release.version)
        if commit is None:
            return False
        missing, deleted = self._compare(commit)
        if missing or deleted:
            raise ReleaseError(
                f"has version {self.release.version} already, with another {[*(f.name for f in missing), *deleted][0]}",
                where=self.where,
                fix="A published version is never changed: raise the version of the release",
            )
        return True

    def _check_newest(self, dataset: _Dataset) -> None:
        """Refuse to take main back to an older version."""
        newer = [tag for tag in dataset.tags if version_numbers(tag) > version_numbers(self.release.version)]
        if newer:
            raise ReleaseError(
                f"has {max(newer, key=version_numbers)} already, which is newer than {self.release.version}",
                where=self.where,
                fix="Publish versions in their order",
            )

    def _check_ours(self, head: str | None) -> None:
        """Refuse to replace files that are of no release."""
        found = self._files(head)
        strangers = sorted(set(found) - _KEPT)
        if strangers and not {MANIFEST, CHECKSUMS} <= found.keys():
            raise ReleaseError(
                f"has files that are of no release, such as {strangers[0]}",
                where=self.where,
                fix="Name another dataset, or delete its files first if nobody needs them",
            )

    def _files(self, commit: str | None) -> dict[str, Any]:
        tree = self.api.list_repo_tree(self.repo_id, repo_type=_DATASET, revision=commit, recursive=True)
        return {entry.path: entry for entry in tree if hasattr(entry, "blob_id")}  # folders have none

    def _compare(self, commit: str | None) -> tuple[tuple[ReleaseFile, ...], tuple[str, ...]]:
        """Return the files that a commit has not, and the names of those that it has beyond the release."""
        found = self._files(commit)
        missing = tuple(file for file in self.release.files if not _is_same(found.get(file.name), file))
        return missing, tuple(sorted(set(found) - {file.name for file in self.release.files} - _KEPT))

    def _commit(self, head: str | None, missing: tuple[ReleaseFile, ...], deleted: tuple[str, ...]) -> str:
        """Send all files in one commit on top of `head`, which must still be the head then."""
        from huggingface_hub import CommitOperationDelete

        adds = [self._add(file) for file in missing]
        total, done = sum(file.bytes for file in missing), 0
        for start in range(0, len(adds), _BATCH):
            self.on_sent(done, total)
            batch = adds[start : start + _BATCH]
            self.api.preupload_lfs_files(self.repo_id, batch, repo_type=_DATASET, free_memory=False)
            done += sum(file.bytes for file in missing[start : start + _BATCH])
        commit = self.api.create_commit(
            self.repo_id,
            [*adds, *(CommitOperationDelete(name, is_folder=False) for name in deleted)],
            commit_message=f"{self.release.name} {self.release.version}",
            repo_type=_DATASET,
            parent_commit=head,
        )
        self.on_sent(total, total)
        return str(commit.oid)

    def _add(self, file: ReleaseFile) -> CommitOperationAdd:
        """Return what is sent of a file: the bytes that were verified, or of a large one their hash, which counts."""
        from huggingface_hub import CommitOperationAdd

        add = CommitOperationAdd(file.name, file.read() if file.bytes <= _IN_MEMORY else file.path)
        if add.upload_info.sha256.hex() != file.sha256:
            raise ReleaseError(CHANGED, where=file.path, fix=AGAIN)
        return add

    def _tag(self, commit: str | None, outcome: Outcome) -> PublishReport:
        """Tag a commit after reading back that it has the release, for rules of the dataset may leave files out."""
        missing, deleted = self._compare(commit)
        if missing or deleted:
            raise ReleaseError(
                f"no tag is set: its commit {commit} has another {[*(f.name for f in missing), *deleted][0]}",
                where=self.where,
                fix="Look for a .gitignore in the dataset",
            )
        self.api.create_tag(self.repo_id, tag=self.release.version, revision=commit, repo_type=_DATASET)
        return self._report(outcome, commit, self.sent)

    def _report(self, outcome: Outcome, commit: str | None, sent: tuple[ReleaseFile, ...] = ()) -> PublishReport:
        return PublishReport(
            name=self.release.name,
            version=self.release.version,
            destination=self.where,
            outcome=outcome,
            sent=bytes_of(sent),
            there=tuple(file.name for file in self.release.files if file not in sent),
            deleted=self.deleted,
            commit=commit,
            load=f'datasets.load_dataset("{self.repo_id}", "{self.release.config}", revision="{self.release.version}")',
        )


def _is_same(found: Any, file: ReleaseFile) -> bool:
    """Compare a file with an entry of the Hub's tree: large ones are known by SHA-256, small ones by git's SHA-1."""
    if found is None or found.size != file.bytes:
        return False
    if found.lfs:
        return bool(found.lfs.sha256 == file.sha256)
    content = file.read()
    return bool(found.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest())
