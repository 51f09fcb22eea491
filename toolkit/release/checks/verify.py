"""Reopen a release as a stranger would: believe nothing, and list every way in which it contradicts itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from toolkit.errors import ReleaseError
from toolkit.options import DedupOptions
from toolkit.release.checks.claims import find_claim_problems, skipped
from toolkit.release.checks.leaks import find_leaks
from toolkit.release.checks.rows import find_row_problems
from toolkit.release.manifest import CHECKSUMS, MANIFEST, ConfigFacts, FileFacts, Manifest, describe_columns
from toolkit.release.parquet import content_hash, plan_shards, read_files
from toolkit.release.tables import CONFIGS, SCHEMA_VERSION, SPLITS, PublishedConfig
from toolkit.storage import sha256_file

# What git and the Hub's client put into a folder that they download.
_FOREIGN = {".git", ".gitattributes", ".cache"}
_CHECKSUM_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")

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
        return VerifyReport("", "", 0, {}, (str(error),))
    problems, notes = list(_file_problems(path, manifest)), skipped(manifest)
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
    return VerifyReport(manifest.name, manifest.version, len(manifest.files) + 2, rows, tuple(problems), notes)


def _read_manifest(path: Path) -> Manifest:
    for name in (MANIFEST, CHECKSUMS):
        if _is_odd(path / name):
            raise ReleaseError(f"{name}: is a link or device, and a release has none")
    try:
        manifest = Manifest.model_validate_json((path / MANIFEST).read_bytes())
    except OSError as error:
        raise ReleaseError(f"{MANIFEST}: cannot be read ({error.strerror}); the release is not complete") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ReleaseError(f"{MANIFEST}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if manifest.schema_version != SCHEMA_VERSION:
        raise ReleaseError(
            f"{MANIFEST}: schema version {manifest.schema_version}, and this version of bitext knows {SCHEMA_VERSION}"
        )
    return manifest


def _file_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    """Compare SHA256SUMS, manifest and folder; reads every file once."""
    sums: dict[str, str] = {}
    try:
        lines = (path / CHECKSUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        yield f"{CHECKSUMS}: cannot be read: {error}"
        return
    for number, line in enumerate(lines, 1):
        match = _CHECKSUM_LINE.fullmatch(line)
        if not match:
            yield f"{CHECKSUMS}:{number}: is no line of `sha256sum`"
        elif match[2] in sums:
            yield f"{CHECKSUMS}:{number}: {match[2]!r} is named twice"
        else:
            sums[match[2]] = match[1]
    declared = manifest.files
    outside = [name for name in sorted({*sums, *declared}) if not _stays_inside(path, name)]
    yield from (f"{name!r} leaves the folder of the release" for name in outside)
    found = _files_in(path)
    odd = [name for name in sorted(found) if _is_odd(path / name)]
    yield from (f"{name}: is a link or device, and a release has none" for name in odd)
    for name in sorted({*sums, *declared, *found} - {*outside, *odd, CHECKSUMS}):
        yield from _one_file(path, name, sums.get(name), declared.get(name), name in found)


def _one_file(path: Path, name: str, summed: str | None, declared: FileFacts | None, is_there: bool) -> Iterator[str]:
    if not is_there:
        yield f"{name}: is missing"
    elif summed is None:
        yield f"{name}: is there, but {CHECKSUMS} does not name it"
    elif sha256_file(path / name) != summed:
        yield f"{name}: has other bytes than {CHECKSUMS} says"
    elif name != MANIFEST and declared is not None and (path / name).stat().st_size != declared.bytes:
        yield f"{name}: has another size than {MANIFEST} says"
    elif name != MANIFEST and (declared is None or declared.sha256 != summed):
        yield f"{name}: {MANIFEST} has {'no checksum' if declared is None else 'another checksum than ' + CHECKSUMS}"


def _is_odd(path: Path) -> bool:
    """Whether something is there and no file."""
    return path.is_symlink() or (path.exists() and not path.is_file())


def _stays_inside(path: Path, name: str) -> bool:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or name != pure.as_posix() or not name.isprintable():
        return False
    try:
        return (path / pure).resolve().is_relative_to(path.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return False


def _files_in(path: Path) -> set[str]:
    return {
        found.relative_to(path).as_posix()
        for found in path.rglob("*")
        if (found.is_symlink() or not found.is_dir()) and found.relative_to(path).parts[0] not in _FOREIGN
    }


def _read_data(path: Path, manifest: Manifest) -> tuple[Published, list[str]]:
    """Read every split; what cannot be read, or has other columns than declared, is a problem."""
    problems: list[str] = []
    published: Published = {}
    named: list[str] = []
    if set(manifest.configs) != {config.name for config in CONFIGS}:
        return {}, [f"{MANIFEST}: configs are {', '.join(manifest.configs)}"]
    for config in CONFIGS:
        facts = manifest.configs[config.name]
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
                table.validate(full=True)
            except (OSError, ValueError, pa.ArrowException) as error:  # a damaged file can say anything
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
