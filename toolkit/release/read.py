"""Read the tables of a finished release, for what asks it questions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from toolkit.errors import ReleaseError
from toolkit.release.manifest import CHECKSUMS, MANIFEST, Manifest
from toolkit.release.parquet import read_files
from toolkit.release.tables import (
    COMPARABLE_PAIRS,
    CONFIGS,
    DUPLICATES,
    POST_PAIRS,
    POSTS,
    SENTENCE_PAIRS,
    PublishedConfig,
)
from toolkit.storage import read_lines, sha256_file


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


def read_release(folder: Path) -> Release:
    """Read every config.

    Raises:
        ReleaseError: if the folder is no release, or a file of it cannot be read.
    """
    manifest = read_manifest(folder)
    tables = {}
    for config in CONFIGS:
        nullable = [field.with_nullable(True) for field in config.schema]
        parts = [pa.schema([*nullable, pa.field("split", pa.string())]).empty_table()]
        for split, facts in manifest.configs[config.name].splits.items() if config.name in manifest.configs else ():
            try:
                table = read_files([_inside(folder, file) for file in facts.files])
            except (OSError, ValueError, pa.ArrowException) as error:
                raise ReleaseError(f"cannot be read: {error}", where=folder / facts.files[0]) from error
            columns = [_column(table, field) for field in config.schema]
            columns.append(pa.repeat(pa.scalar(split), table.num_rows))
            parts.append(pa.table(columns, schema=parts[0].schema))
        tables[config.name] = pa.concat_tables(parts).combine_chunks()
    return Release(f"{manifest.name} {manifest.version}", folder, manifest, sha256_file(folder / MANIFEST), tables)


def require_intact(release: Release) -> None:
    """Check that the data files of a release are those that its checksums name.

    Raises:
        ReleaseError: if one is not; names the first.
    """
    lines = read_lines(release.folder / CHECKSUMS)
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    declared = {name: facts.sha256 for name, facts in release.manifest.files.items() if name.startswith("data/")}
    for name, digest in {**declared, MANIFEST: release.sha256}.items():
        found = release.sha256 if name == MANIFEST else sha256_file(_inside(release.folder, name))
        if not found == digest == sums.get(name):
            raise ReleaseError(
                f"{name}: has other bytes than its checksum says", where=release.folder, fix="See `bitext verify`"
            )


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
        manifest: of `read_manifest`; it has the config and the split.
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
        path = _inside(folder, name)
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                for batch in file.iter_batches(rows, columns=schema.names):
                    found += batch.num_rows
                    yield pa.record_batch([_column(batch, field) for field in schema], schema=schema)
        except (OSError, pa.ArrowException) as error:
            raise ReleaseError(f"cannot be read: {error}", where=path) from error
    if found != facts.rows:
        raise ReleaseError(
            f"{config.name}/{split} has {found} rows, and {MANIFEST} says {facts.rows}",
            where=folder,
            fix="See what `bitext verify` says",
        )


def _column(table: pa.Table | pa.RecordBatch, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    """Return a column; nulls if an older version of the toolkit did not write it."""
    if field.name not in table.column_names:
        return pa.nulls(table.num_rows, field.type)
    return table[field.name].cast(field.type)


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file that a manifest names, which may be a stranger's."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise ReleaseError(f"names a file outside the release, {name!r}", where=folder / MANIFEST)
    return folder / name


def read_manifest(folder: Path) -> Manifest:
    """Read what a release says of itself.

    Raises:
        ReleaseError: if the folder is no release.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise ReleaseError(
            f"is no release: {MANIFEST} cannot be read", where=folder, fix="Name a folder NAME/VERSION"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ReleaseError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", where=folder / MANIFEST) from error


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
