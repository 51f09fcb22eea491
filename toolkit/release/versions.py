"""The version number that changes ask for: semantic versions, as Croissant 1.1 defines them for datasets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import ReleaseError
from toolkit.options import VERSION, RunConfig, with_version
from toolkit.release.diff import CORRECTED, GONE, MOVED, NEW, RECOMPUTED, TAKEDOWN, count_by_config, count_changes
from toolkit.release.manifest import PreviousFacts, SourceFacts
from toolkit.release.read import Release
from toolkit.release.tables import SCHEMA_VERSION

Level = Literal["major", "minor", "patch"]

# What readers built on is there no more, or means something else; there is more of it; the same is right now.
_LEVELS: Final[dict[str, Level]] = {
    GONE: "major", TAKEDOWN: "major", MOVED: "major", RECOMPUTED: "major", NEW: "minor", CORRECTED: "patch",
}  # fmt: skip


@dataclass(frozen=True)
class Since:
    """What a version is compared with.

    Attributes:
        before: the version before.
        changes: `diff.CHANGES` since.
        anew: why none of its rows was carried on, if so.
        schema_version: of the new version.
    """

    before: Release
    changes: pa.Table
    anew: str | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def level(self) -> Level | None:
        """The number of the version that has to be raised; None if nothing changed."""
        return level_of(self.changes, same_columns=self.before.manifest.schema_version == self.schema_version)

    def sources(self) -> list[SourceFacts]:
        """Return the sources of the version before, each with the version that read it."""
        before = self.before.manifest
        return [source.model_copy(update={"read_for": source.read_for or before.version}) for source in before.sources]

    def facts(self) -> PreviousFacts:
        """Return it for the manifest."""
        version, changes = self.before.manifest.version, count_by_config(self.changes)
        return PreviousFacts(version=version, sha256=self.before.sha256, anew=self.anew, changes=changes)


def settle_version(config: RunConfig, since: Since | None) -> RunConfig:
    """Return the run config with the version that the release gets, if it asks for the next one.

    Raises:
        ReleaseError: if the version before is of another dataset, nothing changed, or the version that the run config
            names promises less than what changed.
    """
    version = config.release.version
    if since is None:
        settled = "1.0.0" if version == "next" else version
    else:
        before = since.before.manifest
        if before.name != config.release.name:
            raise ReleaseError(
                f"is a release of {before.name!r}, and this run makes {config.release.name!r}",
                where=since.before.folder,
                fix="Name the version before, or use `against`",
            )
        if since.level is None:
            raise ReleaseError(f"nothing has changed since {before.version}, so there is nothing to release")
        settled = raise_version(before.version, since.level) if version == "next" else version
        check_version(settled, before.version, since.level, since.changes)
    return with_version(config, settled)


def level_of(changes: pa.Table, *, same_columns: bool = True) -> Level | None:
    """Return the number of a semantic version that the changes ask to raise; None if nothing changed.

    MAJOR: columns changed, rows left or moved, or numbers mean something else. MINOR: rows were added. PATCH: posts
    were corrected, with all that follows from it.
    """
    asked = {_LEVELS[reason] for reason in pc.unique(changes["reason"]).to_pylist()}
    if not same_columns:
        asked.add("major")
    levels: tuple[Level, ...] = ("major", "minor", "patch")
    return next((level for level in levels if level in asked), None)


def raise_version(version: str, level: Level) -> str:
    """Return the next version.

    >>> raise_version("1.4.2", "minor"), raise_version("1.4.2", "major"), raise_version("1.4.2", "patch")
    ('1.5.0', '2.0.0', '1.4.3')
    """
    major, minor, patch = map(int, version.split("."))
    return {"major": f"{major + 1}.0.0", "minor": f"{major}.{minor + 1}.0", "patch": f"{major}.{minor}.{patch + 1}"}[
        level
    ]


def check_version(version: str, before: str, level: Level | None, changes: pa.Table) -> None:
    """Check that a version number promises no less than what changed.

    Raises:
        ReleaseError: if the number is not above the one before, or too small a step for the changes.
    """
    wanted = raise_version(before, level or "patch")
    if version_numbers(version) >= version_numbers(wanted):
        return
    what = ", ".join(f"{count:,} rows {op} ({reason})" for (op, reason), count in count_changes(changes).items())
    raise ReleaseError(
        f"version {version} contradicts the changes since {before}, which make it {wanted}: {what or 'none'}",
        fix=f"Set release.version to {wanted}, or to `next`",
    )


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version; none if it is not one, as a tag of somebody may be.

    >>> version_numbers("1.10.0") > version_numbers("1.9.3"), version_numbers("2024"), version_numbers("v1-draft")
    (True, (), ())
    """
    return tuple(map(int, version.split("."))) if re.fullmatch(VERSION, version) else ()
