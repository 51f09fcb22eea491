"""Reopen a release as a stranger would: believe nothing, and list every way in which it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from toolkit.errors import ReleaseError
from toolkit.native.limits import BrokenTable
from toolkit.options import DedupOptions
from toolkit.release.checks.claims import find_claim_problems, notes_on
from toolkit.release.checks.leaks import find_leaks
from toolkit.release.checks.rows import find_row_problems
from toolkit.release.files import find_file_problems, read_manifest, shown
from toolkit.release.manifest import MANIFEST, ConfigFacts, Manifest, describe_columns
from toolkit.release.parquet import arrow_bytes, content_hash, plan_shards, read_files
from toolkit.release.tables import CONFIGS, SCHEMA_VERSION, SPLITS, PublishedConfig

Published = dict[str, dict[str, pa.Table]]


@dataclass(frozen=True)
class VerifyReport:
    """What verification found.

    Attributes:
        name, version: of the release; empty if the manifest cannot be read.
        files: how many files were checked.
        rows: config -> split -> rows, as found in the data.
        problems: one line each; none if all is well.
        notes: what could not be checked here, and why; no problem of the release.
    """

    name: str
    version: str
    files: int
    rows: dict[str, dict[str, int]]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"ok": self.ok} | asdict(self)


def verify_release(path: Path) -> VerifyReport:
    """Check a release folder against itself.

    First the files: SHA256SUMS, manifest and folder name the same files with the same bytes, and none of them is
    outside the folder. Only if that holds, their content: schemas, counts and row hashes against the manifest, keys
    unique, order, references, splits disjoint. Then all that follows from manifest and rows is computed anew and
    compared: statistics, signature, provenance, card, pictures, citation, licence, Croissant.

    Raises:
        ReleaseError: if there is no such folder.
    """
    if not path.is_dir():
        raise ReleaseError("there is no such folder", where=path, fix="Name the folder of a release: NAME/VERSION")
    try:
        manifest = _read_manifest(path)
    except ReleaseError as error:
        return VerifyReport("", "", 0, {}, (_without_place(error),))
    problems = list(find_file_problems(path, manifest))
    rows: dict[str, dict[str, int]] = {}
    if not problems:
        published, problems = _read_data(path, manifest)
        rows = {config: {split: t.num_rows for split, t in splits.items()} for config, splits in published.items()}
        if not problems:
            problems = [
                *_count_problems(published, manifest),
                *find_row_problems(published),
                *_leaks(published, manifest),
                *find_claim_problems(path, manifest, published),
            ]
    return VerifyReport(
        manifest.name, manifest.version, len(manifest.files) + 2, rows, tuple(problems), notes_on(manifest)
    )


def _without_place(error: ReleaseError) -> str:
    return f"{MANIFEST}: {error.what.removeprefix(f'is no release: {MANIFEST} ').removeprefix(f'{MANIFEST}: ')}"


def _read_manifest(path: Path) -> Manifest:
    manifest = read_manifest(path)
    if manifest.schema_version != SCHEMA_VERSION:
        raise ReleaseError(
            f"{MANIFEST}: schema version {manifest.schema_version}, and this version of bitext knows {SCHEMA_VERSION}"
        )
    return manifest


def _read_data(path: Path, manifest: Manifest) -> tuple[Published, list[str]]:
    """Read every split; what cannot be read, or has other columns than declared, is a problem."""
    problems: list[str] = []
    published: Published = {}
    named: list[str] = []
    if not set(manifest.configs) <= {config.name for config in CONFIGS}:
        return {}, [f"{MANIFEST}: configs are {', '.join(map(shown, manifest.configs))}"]
    for config in CONFIGS:
        facts = manifest.configs.get(config.name)
        if facts is None:  # a config without rows need not be there
            published[config.name] = {}
            continue
        if facts.columns != describe_columns(config.schema):
            problems.append(f"{MANIFEST}: the columns of {config.name} are not those of schema {SCHEMA_VERSION}")
        published[config.name] = {}
        for split, split_facts in facts.splits.items():
            named += split_facts.files
            if wrong := _name_problem(config, split, split_facts.files, manifest):
                problems.append(wrong)
                continue
            try:
                table = read_files([path / name for name in split_facts.files], config.schema)
            except (BrokenTable, pa.ArrowException) as error:
                problems.append(f"{config.name}/{split}: cannot be read: {error}")
                continue
            published[config.name][split] = table
            wanted = [f"data/{config.name}/{shard.name}" for shard in plan_shards(table, config, split)]
            if split_facts.files != wanted:  # `load_dataset` would find the rows in another order
                problems.append(f"{config.name}/{split}: its rows belong into {wanted}, not {split_facts.files}")
    there = {name for name in manifest.files if name.startswith("data/")}
    problems += [f"{name}: belongs to no config of {MANIFEST}" for name in sorted(there - set(named))]
    return published, problems


def _name_problem(config: PublishedConfig, split: str, files: list[str], manifest: Manifest) -> str | None:
    """Say what is wrong with the names before anything is read by them."""
    if split not in SPLITS:
        return f"{MANIFEST}: {config.name} has a split {split!r}"
    is_own = all(name.startswith(f"data/{config.name}/{split}-") for name in files)
    if not files or not is_own or not set(files) <= set(manifest.files):
        return f"{MANIFEST}: the files of {config.name}/{split} are {files}"
    return None


def _count_problems(published: Published, manifest: Manifest) -> Iterator[str]:
    for name, splits in published.items():
        facts: ConfigFacts = manifest.configs[name]
        for split, table in splits.items():
            declared = facts.splits[split]
            if table.num_rows != declared.rows:
                yield f"{name}/{split}: has {table.num_rows} rows, {MANIFEST} says {declared.rows}"
            elif content_hash(table) != declared.content_sha256:
                yield f"{name}/{split}: has other rows than {MANIFEST} says"
            elif arrow_bytes(table) != declared.bytes:
                yield f"{name}/{split}: has {arrow_bytes(table)} bytes in memory, {MANIFEST} says {declared.bytes}"
        total = sum(table.num_rows for table in splits.values())
        if total != facts.rows:
            yield f"{name}: has {total} rows, {MANIFEST} says {facts.rows}"


def _leaks(published: Published, manifest: Manifest) -> Iterator[str]:
    """Find what crosses splits, near-duplicates by the terms that the release itself states."""
    try:
        near = DedupOptions.model_validate(manifest.options.get("dedup"))
    except ValidationError as error:
        yield f"{MANIFEST}: options.dedup: {error.errors(include_url=False)[0]['msg']}"
        return
    yield from find_leaks(published, near)
