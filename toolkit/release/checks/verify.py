"""Reopen a release as a stranger would: believe nothing, and list every way in which it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from toolkit.engine import EMBEDDED, Engine
from toolkit.errors import ReleaseError
from toolkit.options import DedupOptions
from toolkit.release.checks.claims import find_claim_problems, notes_on
from toolkit.release.checks.leaks import find_shared_ids, find_shared_texts
from toolkit.release.checks.rows import find_key_problems, find_reference_problems
from toolkit.release.data_files import Facts, Files, open_rows, read_facts, workers_for
from toolkit.release.files import find_file_problems, read_manifest, shown
from toolkit.release.held_out import HeldOut, compare_splits
from toolkit.release.manifest import MANIFEST, Manifest, describe_columns
from toolkit.release.rows import Published
from toolkit.release.statistics import add_up
from toolkit.release.tables import CONFIGS, SCHEMA_VERSION, SPLITS, PublishedConfig

_REFERENCES: Final = "references"
_SHARED: Final = "shared"


@dataclass(frozen=True)
class Read:
    """What was read of the rows of a release that was just written, so that they are not read once more.

    Attributes:
        facts: of `read_facts`.
        held_out: of `compare_splits`.
    """

    facts: Facts
    held_out: HeldOut


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


def verify_release(path: Path, engine: Engine = EMBEDDED, read: Read | None = None) -> VerifyReport:
    """Check a release folder against itself.

    First the files: SHA256SUMS, manifest and folder name the same files with the same bytes, and none of them is
    outside the folder. Only if that holds, their content: schemas, counts and row hashes against the manifest, keys
    unique, order, references, splits disjoint. Then all that follows from manifest and rows is computed anew and
    compared: statistics, signature, provenance, card, pictures, citation, licence, Croissant. Rows come by in pieces:
    no more than the narrow columns and the held-out texts are ever held.

    Args:
        path: the folder.
        engine: does the splits.
        read: what was read of the same files, if they are not a stranger's.

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
        engine = workers_for(sum(facts.rows for facts in manifest.configs.values()), engine)
        files, problems = _name_files(path, manifest)
        facts, broken = read_facts(files, engine) if read is None else (read.facts, [])
        problems += [*broken, *_place_problems(path, files, facts)]
        rows = {config: {split: each.num_rows for split, each in splits.items()} for config, splits in facts.items()}
        if not problems:
            problems = _content_problems(path, manifest, facts, open_rows(files, facts), engine, read)
    return VerifyReport(
        manifest.name, manifest.version, len(manifest.files) + 2, rows, tuple(problems), notes_on(manifest)
    )


def _content_problems(
    path: Path, manifest: Manifest, facts: Facts, published: Published, engine: Engine, read: Read | None
) -> list[str]:
    checks = [*(config.name for config in CONFIGS), _REFERENCES, _SHARED]
    found = engine.map(partial(_check, published=published), checks)
    problems = [*_count_problems(facts, manifest), *(problem for part in found for problem in part)]
    held_out = read and read.held_out
    try:
        near = DedupOptions.model_validate(manifest.options.get("dedup"))
    except ValidationError as error:
        problems.append(f"{MANIFEST}: options.dedup: {error.errors(include_url=False)[0]['msg']}")
    else:
        held_out = held_out or compare_splits(published, near, engine)
        problems += find_shared_texts(held_out)
    counted = {name: {split: each.counts for split, each in splits.items()} for name, splits in facts.items()}
    statistics = partial(add_up, counted, held_out.counts if held_out else {})
    return [*problems, *find_claim_problems(path, manifest, published, statistics)]


def _check(what: str, published: Published) -> list[str]:
    """Make one of the checks of narrow columns."""
    if what == _REFERENCES:
        return list(find_reference_problems(published))
    if what == _SHARED:
        return list(find_shared_ids(published))
    return list(find_key_problems(published, next(config for config in CONFIGS if config.name == what)))


def _without_place(error: ReleaseError) -> str:
    return f"{MANIFEST}: {error.what.removeprefix(f'is no release: {MANIFEST} ').removeprefix(f'{MANIFEST}: ')}"


def _read_manifest(path: Path) -> Manifest:
    manifest = read_manifest(path)
    if manifest.schema_version != SCHEMA_VERSION:
        raise ReleaseError(
            f"{MANIFEST}: schema version {manifest.schema_version}, and this version of bitext knows {SCHEMA_VERSION}"
        )
    return manifest


def _name_files(path: Path, manifest: Manifest) -> tuple[dict[str, dict[str, list[Path]]], list[str]]:
    """Return the files of every split that may be read; a split of other names, or in other columns, is a problem."""
    problems: list[str] = []
    files: dict[str, dict[str, list[Path]]] = {config.name: {} for config in CONFIGS}
    named: list[str] = []
    if not set(manifest.configs) <= {config.name for config in CONFIGS}:
        return files, [f"{MANIFEST}: configs are {', '.join(map(shown, manifest.configs))}"]
    for config in CONFIGS:
        facts = manifest.configs.get(config.name)
        if facts is None:  # a config without rows need not be there
            continue
        if facts.columns != describe_columns(config.schema):
            problems.append(f"{MANIFEST}: the columns of {config.name} are not those of schema {SCHEMA_VERSION}")
        for split, split_facts in facts.splits.items():
            named += split_facts.files
            if wrong := _name_problem(config, split, split_facts.files, manifest):
                problems.append(wrong)
            else:
                files[config.name][split] = [path / name for name in split_facts.files]
    there = {name for name in manifest.files if name.startswith("data/")}
    problems += [f"{name}: belongs to no config of {MANIFEST}" for name in sorted(there - set(named))]
    return files, problems


def _place_problems(path: Path, files: Files, facts: Facts) -> Iterator[str]:
    """Yield which rows belong into other files: `load_dataset` would find them in another order."""
    for name, splits in facts.items():
        for split, found in splits.items():
            there = [file.relative_to(path).as_posix() for file in files[name][split]]
            wanted = [f"data/{name}/{shard}" for shard in found.shards]
            if there != wanted:
                yield f"{name}/{split}: its rows belong into {wanted}, not {there}"


def _name_problem(config: PublishedConfig, split: str, files: list[str], manifest: Manifest) -> str | None:
    """Say what is wrong with the names before anything is read by them."""
    if split not in SPLITS:
        return f"{MANIFEST}: {config.name} has a split {split!r}"
    is_own = all(name.startswith(f"data/{config.name}/{split}-") for name in files)
    if not files or not is_own or not set(files) <= set(manifest.files):
        return f"{MANIFEST}: the files of {config.name}/{split} are {files}"
    return None


def _count_problems(found: Facts, manifest: Manifest) -> Iterator[str]:
    for name, splits in found.items():
        facts = manifest.configs.get(name)
        if facts is None:
            continue
        for split, each in splits.items():
            declared = facts.splits[split]
            if each.num_rows != declared.rows:
                yield f"{name}/{split}: has {each.num_rows} rows, {MANIFEST} says {declared.rows}"
            elif each.content_sha256 != declared.content_sha256:
                yield f"{name}/{split}: has other rows than {MANIFEST} says"
            elif each.bytes != declared.bytes:
                yield f"{name}/{split}: has {each.bytes} bytes in memory, {MANIFEST} says {declared.bytes}"
        total = sum(each.num_rows for each in splits.values())
        if total != facts.rows:
            yield f"{name}: has {total} rows, {MANIFEST} says {facts.rows}"
    for config in CONFIGS:
        for split, each in found[config.name].items():
            if not each.is_ordered:
                yield f"{config.name}/{split}: rows are not in the order of {', '.join(config.order)}"
