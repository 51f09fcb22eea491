"""Read the tables of a finished release, for what asks it questions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from toolkit.errors import ReleaseError
from toolkit.native.limits import BrokenTable, allowance
from toolkit.native.tables import open_table, read_table
from toolkit.release.files import find_file_problems, read_manifest
from toolkit.release.manifest import MANIFEST, Manifest
from toolkit.release.tables import (
    COMPARABLE_PAIRS,
    CONFIGS,
    DUPLICATES,
    POST_PAIRS,
    POSTS,
    SENTENCE_PAIRS,
    PublishedConfig,
)
from toolkit.storage import sha256_file
from toolkit.untrusted import Unreadable, read_file

CHANGELOG: Final = "CHANGELOG.md"
# A heading, or plain words: what `notices.render_changelog` writes, and nothing that a page would act on.
_CHANGELOG_LINE: Final = re.compile(r"# Changelog|## \d+\.\d+\.\d+|(?!#)[\w ,.;:()'`/+%-]{0,400}", re.ASCII)

__all__ = [
    "CHANGELOG",
    "Release",
    "open_release",
    "read_batches",
    "read_changelog",
    "read_manifest",
    "read_release",
    "run_tables",
]


@dataclass(frozen=True)
class Release:
    """A release as it lies on disk; `bitext verify` is what judges it.

    Attributes:
        name: NAME VERSION.
        folder: where it lies.
        manifest: its facts.
        sha256: of the manifest, which has the hashes of all its files.
        tables: config -> rows of all splits, with a column `split`. Columns are those of `tables.CONFIGS`; one that an
            older version of the toolkit did not write is null.
    """

    name: str
    folder: Path
    manifest: Manifest
    sha256: str
    tables: dict[str, pa.Table]


def open_release(folder: Path) -> Manifest:
    """Check that a release is whole before anything of it is read: the one door for all who read one.

    Its lists and its folder name the same files with the same sizes and bytes, none of them a link, a pipe or a device,
    none outside the folder.

    Raises:
        ReleaseError: if the folder is no release, or one of its files is not as it should be; names the first.
    """
    manifest = read_manifest(folder)
    for problem in find_file_problems(folder, manifest):
        raise ReleaseError(problem, where=folder, fix="See `bitext verify`")
    return manifest


def read_release(folder: Path) -> Release:
    """Read every config.

    Raises:
        ReleaseError: if the folder is no release, or a file of it is not as it should be.
    """
    manifest = open_release(folder)
    left = allowance(sum(facts.bytes for facts in manifest.files.values()))
    tables = {}
    for config in CONFIGS:
        schema = _as_read(config)
        parts = [schema.empty_table()]
        for split, facts in manifest.configs[config.name].splits.items() if config.name in manifest.configs else ():
            for name in facts.files:
                table = _read(folder / name, config, split, left)
                left -= table.nbytes
                parts.append(table)
        tables[config.name] = pa.concat_tables(parts).combine_chunks()
    return Release(f"{manifest.name} {manifest.version}", folder, manifest, sha256_file(folder / MANIFEST), tables)


def _as_read(config: PublishedConfig) -> pa.Schema:
    nullable = [field.with_nullable(True) for field in config.schema]
    return pa.schema([*nullable, pa.field("split", pa.string())])


def _read(path: Path, config: PublishedConfig, split: str, max_bytes: int) -> pa.Table:
    try:
        table = read_table(path, config.schema.names, max_bytes)
        columns = [_column(table, field) for field in config.schema]
    except (BrokenTable, pa.ArrowException) as error:
        raise ReleaseError(f"cannot be read: {error}", where=path) from error
    columns.append(pa.repeat(pa.scalar(split), table.num_rows))
    return pa.table(columns, schema=_as_read(config))


def read_changelog(folder: Path) -> str:
    """Return what the versions of a release say of themselves.

    Args:
        folder: of a release that `open_release` has let pass.

    Raises:
        ReleaseError: if its file cannot be read, or has lines of another kind.
    """
    try:
        text = read_file(folder / CHANGELOG).decode("utf-8")
    except (Unreadable, UnicodeDecodeError) as error:
        raise ReleaseError(f"{CHANGELOG}: cannot be read: {error}", where=folder) from error
    for number, line in enumerate(text.split("\n"), 1):
        if not _CHANGELOG_LINE.fullmatch(line):
            raise ReleaseError(
                f"{CHANGELOG}: line {number} is {line[:60]!r}, which no version says of itself", where=folder
            )
    return text


def read_batches(
    folder: Path,
    manifest: Manifest,
    config: PublishedConfig,
    split: str,
    *,
    rows: int,
    columns: Collection[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Read a split piece by piece, so that memory does not grow with the release; page checksums are checked.

    Args:
        folder: of the release.
        manifest: of `open_release`; it has the config and the split.
        config: one of `tables.CONFIGS`.
        split: its name.
        rows: of a batch, at most.
        columns: those that are read; None: all.

    Yields:
        Rows in their order, with the config's columns; one that an older version of the toolkit did not write is null.

    Raises:
        ReleaseError: if a file cannot be read, or the rows are not as many as the manifest says.
    """
    facts = manifest.configs[config.name].splits[split]
    fields = [field for field in config.schema if columns is None or field.name in columns]
    schema = pa.schema([field.with_nullable(True) for field in fields])
    found = 0
    for name in facts.files:
        try:
            with open_table(folder / name) as table:
                for batch in table.batches(rows, schema.names):
                    found += batch.num_rows
                    yield pa.record_batch([_column(batch, field) for field in schema], schema=schema)
        except (BrokenTable, pa.ArrowException) as error:
            raise ReleaseError(f"cannot be read: {error}", where=folder / name) from error
    if found != facts.rows:
        raise ReleaseError(
            f"{config.name}/{split} has {found} rows, and {MANIFEST} says {facts.rows}",
            where=folder,
            fix="See what `bitext verify` says",
        )


def _column(table: pa.Table | pa.RecordBatch, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    """Return a column; nulls if an older version of the toolkit did not write it."""
    if field.name not in table.schema.names:
        return pa.nulls(table.num_rows, field.type)
    return table[field.name].cast(field.type)


def run_tables(release: Release) -> dict[str, pa.Table]:
    """Return the tables of a release under the names that they have in a run, for what can ask both.

    Returns:
        unique, duplicates, pairs (of both configs), scored (the published sentence pairs), components (of all posts in
        them). What a release does not have, the rows that were dropped, is not there.
    """
    tables = release.tables
    both = [tables[name].select(["post_id", "component_id", "split"]) for name in (POSTS.name, DUPLICATES.name)]
    rows = {row["post_id"]: row for table in both for row in table.to_pylist()}
    return {
        "unique": tables[POSTS.name],
        "duplicates": tables[DUPLICATES.name],
        "pairs": pa.concat_tables([tables[POST_PAIRS.name], tables[COMPARABLE_PAIRS.name]]).combine_chunks(),
        "scored": tables[SENTENCE_PAIRS.name],
        "components": pa.Table.from_pylist([rows[name] for name in sorted(rows)], schema=both[0].schema),
    }
