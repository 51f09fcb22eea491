"""Check a release, find out what kind of destination it has, and send it there."""

from __future__ import annotations

import re
from pathlib import Path

from toolkit.errors import OptionError
from toolkit.publishing.addresses import shown_url
from toolkit.publishing.folder import publish_to_folder
from toolkit.publishing.hub import publish_to_hub
from toolkit.publishing.report import OnSent, PublishReport, read_verified
from toolkit.publishing.store import publish_to_store

_HUB = re.compile(r"hf://datasets/([\w.-]+/[\w.-]+)/?")
_MISTYPED = re.compile(r"\s*$|hf:|\w+:/(?!/)|file://(?!/)")


def publish_release(
    release: Path,
    destination: str,
    *,
    private: bool = False,
    dry_run: bool = False,
    on_sent: OnSent = lambda done, total: None,
) -> PublishReport:
    """Publish the release in a folder.

    What is at the destination already is not sent again, so that what was interrupted is resumed by the same call, and
    a repeated call does nothing. A version that is there with other content is never touched.

    Args:
        release: its folder; it is verified first.
        destination: a folder or an fsspec URL, which get NAME/VERSION, or `hf://datasets/ORGANISATION/NAME`.
        private: whether a dataset on the Hub is to be private.
        dry_run: only look at what would be sent.
        on_sent: called with the bytes that were sent so far and that are to be sent.

    Raises:
        OptionError: if the destination is no such thing.
        ReleaseError: if the release does not verify, the version is there with other content, or the destination
            refuses or cannot be reached.
    """
    hub = _HUB.fullmatch(destination)
    if _MISTYPED.match(destination) and not hub:
        raise OptionError(
            f"destination is {shown_url(destination)!r}, wanted a folder, a URL such as s3://bucket/prefix or "
            "file:///folder, or hf://datasets/ORGANISATION/NAME"
        )
    if private and not hub:
        raise OptionError("--private is of datasets on the Hub", fix="Leave it out; a store has rights of its own")
    verified = read_verified(release)
    if hub:
        return publish_to_hub(verified, hub[1], private=private, dry_run=dry_run, on_sent=on_sent)
    if "://" in destination and not destination.startswith("file://"):
        return publish_to_store(verified, destination, dry_run=dry_run, on_sent=on_sent)
    return publish_to_folder(verified, Path(destination.removeprefix("file://")), dry_run=dry_run, on_sent=on_sent)
