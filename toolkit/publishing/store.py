"""Object stores and other places that fsspec reaches: the data first, the manifest last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from toolkit.errors import OptionError, ReleaseError
from toolkit.publishing.addresses import hide_secrets, shown_url
from toolkit.publishing.report import AGAIN, CHANGED, OnSent, PublishReport, ReleaseFile, VerifiedRelease, bytes_of
from toolkit.release.manifest import MANIFEST

_IN_MEMORY = 64 << 20  # bytes of a file that is read, compared and sent; a larger one is compared when it is there


def publish_to_store(release: VerifiedRelease, url: str, *, dry_run: bool, on_sent: OnSent) -> PublishReport:
    """Send a release to `URL/NAME/VERSION`.

    A release without manifest is none: that file comes last, when all others are there. What an interrupted run sent is
    not sent again.

    Raises:
        OptionError: if there is no file system for the URL.
        ReleaseError: if the version is there with other content, or the store refuses or cannot be reached.
    """
    shown = f"{shown_url(url).rstrip('/')}/{release.name}/{release.version}"
    with _one_line(url, shown):
        fs, root = _open(url)
        root = f"{root.rstrip('/')}/{release.name}/{release.version}"
        missing = _missing(fs, root, release.files, shown)
        if not dry_run:
            _send(fs, root, missing, on_sent)
    rows = f"{shown}/data/{release.config}/{release.first_split}-*.parquet"
    return PublishReport(
        name=release.name,
        version=release.version,
        destination=shown,
        outcome="dry run" if dry_run else "published" if missing else "unchanged",
        sent=bytes_of(missing),
        there=tuple(file.name for file in release.files if file not in missing),
        load=f'datasets.load_dataset("parquet", data_files="{rows}")',
    )


def _missing(fs: Any, root: str, files: tuple[ReleaseFile, ...], shown: str) -> tuple[ReleaseFile, ...]:
    """Return the files that the store has not, in their order.

    Raises:
        ReleaseError: if the store has another release there, or files that no release of ours can stand beside.
    """
    fs.invalidate_cache()
    found = {name.removeprefix(root).lstrip("/"): info["size"] for name, info in fs.find(root, detail=True).items()}
    missing = tuple(
        file
        for file in files
        if found.get(file.name) != file.bytes or not _has_content(fs, f"{root}/{file.name}", file)
    )
    strangers = sorted(set(found) - {file.name for file in files})
    if MANIFEST in found and (strangers or any(file.name == MANIFEST for file in missing)):
        raise ReleaseError(
            "is there already, with other content, and a published version is never changed",
            where=shown,
            fix="Raise the version of the release",
        )
    if strangers:
        raise ReleaseError(
            f"has no release, but {len(strangers)} files that are not of this one, such as {strangers[0]}",
            where=shown,
            fix="Remove them, or name another place",
        )
    return missing


def _has_content(fs: Any, path: str, file: ReleaseFile) -> bool:
    """Compare checksums: the store's own if it is one of the content, else of what it gives back."""
    etag = str(fs.info(path).get("ETag", "")).strip('"')
    if etag == file.digest("md5"):
        return True
    return _digest(fs.open(path, "rb"), "sha256") == file.sha256  # an ETag of parts or of a cipher tells nothing


def _digest(stream: Any, algorithm: str) -> str:
    with stream:
        digest = hashlib.new(algorithm, usedforsecurity=False)
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _send(fs: Any, root: str, files: tuple[ReleaseFile, ...], on_sent: OnSent) -> None:
    total, done = sum(file.bytes for file in files), 0
    for file in files:
        on_sent(done, total)
        if file.bytes <= _IN_MEMORY:
            fs.pipe_file(f"{root}/{file.name}", file.read())
        else:
            fs.put_file(str(file.path), f"{root}/{file.name}")
            if not _has_content(fs, f"{root}/{file.name}", file):
                raise ReleaseError(CHANGED, where=file.path, fix=AGAIN)
        done += file.bytes
    on_sent(done, total)


def _open(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it.

    S3 goes through Arrow, which is installed anyway and takes keys and AWS_ENDPOINT_URL from the environment as all
    clients of S3 do; other stores through the package that fsspec names if it is not there.
    """
    import fsspec

    if url.startswith("s3://"):
        return _open_s3(url)
    try:
        return fsspec.core.url_to_fs(url)  # type: ignore[no-any-return]
    except (ImportError, ValueError) as error:
        what = hide_secrets(f"destination cannot be used: {error}", url)
        raise OptionError(what, where=shown_url(url)) from None


def _open_s3(url: str) -> tuple[Any, str]:
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import FileSystem

    class S3(ArrowFSWrapper):  # type: ignore[misc]  # fsspec is imported here only
        cachable = False

        def makedirs(self, path: str, exist_ok: bool = False) -> None:
            """Do nothing: S3 has no folders, and Arrow would leave empty objects for them."""

        def info(self, path: str, **options: Any) -> dict[str, Any]:
            """Add what Arrow's wrapper leaves out."""
            info: dict[str, Any] = super().info(path, **options)
            if info["type"] == "file":
                with self.fs.open_input_stream(info["name"], compression=None) as stream:
                    info["ETag"] = stream.metadata().get("ETag", b"").decode()
            return info

    # Small files in one request each, and with their MD5 as ETag.
    arrow, path = FileSystem.from_uri(f"{url}{'&' if '?' in url else '?'}allow_delayed_open=true")
    return S3(arrow), path


@contextmanager
def _one_line(url: str, shown: str) -> Iterator[None]:
    """Turn what any store may raise into one line without the password of the URL."""
    try:
        yield
    except (OptionError, ReleaseError):
        raise
    except Exception as error:  # packages for stores raise errors of their own, with no common root
        message = hide_secrets(f"{type(error).__name__}: {error}", url)
        raise ReleaseError(
            f"the store refused or was lost: {message}",
            where=shown,
            fix="Check the place and your rights there, and run it again: it goes on where it stopped",
        ) from None
