"""What a release says of itself, compared with its rows: everything that can be computed from them is, anew."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from toolkit.options import DedupOptions
from toolkit.release.diff import CHANGES, count_by_config
from toolkit.release.documents.derived import CARD, derive_files
from toolkit.release.documents.metadata import loader_metadata
from toolkit.release.documents.notices import render_changelog
from toolkit.release.documents.pictures import FOLDER, freetype_version
from toolkit.release.documents.provenance import describe_provenance
from toolkit.release.manifest import LIBRARIES, MANIFEST, Manifest, sign
from toolkit.release.parquet import read_files
from toolkit.release.statistics import describe
from toolkit.release.tables import COMPARABLE_PAIRS, CONFIGS, DUPLICATES, POST_PAIRS, POSTS, SENTENCE_PAIRS

Published = Mapping[str, Mapping[str, pa.Table]]

CHANGELOG, DECONTAMINATED = "CHANGELOG.md", "decontaminated.tsv"
_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)
_TOOLKIT = "bitext-toolkit"
_WRITERS = ("huggingface_hub", "Jinja2", "PyYAML")  # of the texts
_PAINTERS = ("matplotlib", "pillow", "freetype")


def find_claim_problems(path: Path, manifest: Manifest, published: Published) -> Iterator[str]:
    """Yield where manifest, card and the other documents say something else than the rows.

    What the toolkit computes is compared only if this version of it made the release; `skipped` says so then.

    Args:
        path: the folder.
        manifest: its hashes were checked.
        published: config -> split -> rows, in the schemas of `tables.CONFIGS`.
    """
    yield from _loader_problems(path, manifest)
    yield from _sum_problems(manifest, published)
    if other_version(manifest):
        return
    try:
        yield from _computed_problems(path, manifest, published)
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # a stranger's manifest can be anything
        yield f"{MANIFEST}: does not have what the documents are made from: {type(error).__name__} {error}"


def _computed_problems(path: Path, manifest: Manifest, published: Published) -> Iterator[str]:
    """Compare what is computed from the rows, and if that is right, what is written from it."""
    configs = {name: facts.model_dump() for name, facts in manifest.configs.items()}
    for config in CONFIGS:
        configs[config.name]["about"] = config.about
    wanted = manifest.model_dump(mode="json") | {
        "configs": configs,
        "statistics": describe(published, DedupOptions.model_validate(manifest.options["dedup"])),
        "signature": sign(manifest),
        "provenance": describe_provenance(manifest),
    }
    found = json.loads((path / MANIFEST).read_bytes())
    problems = list(differences(json.loads(json.dumps(wanted)), found, MANIFEST))
    yield from problems or _document_problems(path, manifest, published)


def skipped(manifest: Manifest) -> tuple[str, ...]:
    """Say what cannot be compared, because other versions made the release; nothing if all can."""
    if version := other_version(manifest):
        here = metadata.version(_TOOLKIT)
        return (f"made by {_TOOLKIT} {version}, this is {here}: statistics, documents and pictures were not compared",)
    notes = []
    for what, names in (("documents", _WRITERS), ("pictures", _PAINTERS)):
        if others := _other_libraries(manifest, names):
            notes.append(f"made with {', '.join(others)}: the bytes of {what} were not compared")
    return tuple(notes)


def other_version(manifest: Manifest) -> str | None:
    """Return the version of the toolkit that made a release, if it is not this one."""
    version = manifest.libraries.get(_TOOLKIT, "unknown")
    return None if version == metadata.version(_TOOLKIT) else version


def differences(wanted: Any, found: Any, where: str) -> Iterator[str]:
    """Name every place where two trees of JSON values differ."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted({*wanted, *found}):
            yield from differences(wanted.get(key), found.get(key), f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif wanted != found or type(wanted) is not type(found):
        yield f"{where} is {found!r}, the data has {wanted!r}"


def _loader_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    """Compare what the card makes `load_dataset` believe with the manifest, which was compared with the data."""
    try:
        text = (path / CARD).read_text("utf-8")
        match = _FRONT_MATTER.match(text)
        found = yaml.safe_load(match[1]) if match else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        yield f"{CARD}: cannot be read: {' '.join(str(error).split())}"
        return
    if not isinstance(found, dict):
        yield f"{CARD}: has no YAML between lines of ---"
        return
    made_by = manifest.libraries.get(_TOOLKIT)
    if manifest.signature not in text or f"bitext:{made_by}" not in manifest.signature.split("|"):
        yield f"{CARD}: does not have the signature of a release that {_TOOLKIT} {made_by} made"
    for key, wanted in loader_metadata(manifest).items():
        yield from differences(wanted, found.get(key), f"{CARD}: {key}")


def _sum_problems(manifest: Manifest, published: Published) -> Iterator[str]:
    """Compare the counts of the funnel with the rows; those that left are known to the builder alone."""
    funnel, rows = manifest.funnel, {name: sum(t.num_rows for t in s.values()) for name, s in published.items()}
    carried = Counter(funnel.carried)
    pairs = sum(funnel.post_pairs.values()) + carried[POST_PAIRS.name] + carried[COMPARABLE_PAIRS.name]
    said = {
        POSTS.name: funnel.posts + carried[POSTS.name],
        f"{POST_PAIRS.name} and {COMPARABLE_PAIRS.name}": pairs,
        SENTENCE_PAIRS.name: funnel.sentence_pairs + carried[SENTENCE_PAIRS.name],
        DUPLICATES.name: sum(rule.posts for rule in funnel.duplicates) + carried[DUPLICATES.name],
    }
    for names, count in said.items():
        if count != (total := sum(rows[name] for name in names.split(" and "))):
            yield f"{MANIFEST}: funnel has {count} {names}, the data has {total}"


def _document_problems(path: Path, manifest: Manifest, published: Published) -> Iterator[str]:
    """Compare the documents with those that the same facts give."""
    no_texts, no_pictures = _other_libraries(manifest, _WRITERS), _other_libraries(manifest, _PAINTERS)
    wanted = derive_files(manifest, published)
    for name, data in sorted(wanted.items()):
        is_picture = name.startswith(f"{FOLDER}/")
        if name not in manifest.files:
            yield f"{name}: is missing"
        elif not (no_pictures if is_picture else no_texts) and (path / name).read_bytes() != data:
            yield f"{name}: {_first_difference(path / name, data)}"
    yield from _diff_problems(path, manifest)
    known = {*wanted, CHANGELOG, _diff_name(manifest), *([DECONTAMINATED] if manifest.test_sets else [])}
    yield from (
        f"{name}: is no file of a release"
        for name in sorted(manifest.files.keys() - known)
        if not name.startswith("data/")  # those were compared with the configs
    )
    if not (path / CHANGELOG).read_text("utf-8", errors="replace").startswith(render_changelog(manifest)):
        yield f"{CHANGELOG}: does not begin with what is new in {manifest.version}"


def _diff_name(manifest: Manifest) -> str | None:
    return f"diff/{manifest.previous.version}..{manifest.version}.parquet" if manifest.previous else None


def _diff_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    """Compare the list of changed rows with the counts of the manifest."""
    if not manifest.previous:
        return
    name = _diff_name(manifest)
    try:
        changes = read_files([path / str(name)], CHANGES)
    except (OSError, ValueError, pa.ArrowException) as error:
        yield f"{name}: cannot be read: {error}"
        return
    wanted = f"{MANIFEST}.previous.changes"
    yield from differences(count_by_config(changes), manifest.previous.changes, wanted)


def _first_difference(path: Path, wanted: bytes) -> str:
    """Say where a file is not what the facts make of it."""
    if path.suffix == ".png":
        return "is not the picture of the numbers in the manifest"
    found = path.read_bytes().decode("utf-8", errors="replace").split("\n")
    for number, line in enumerate(wanted.decode().split("\n"), 1):
        there = found[number - 1] if number <= len(found) else None
        if there != line:
            return f"line {number} is {_shortened(there)}, the facts make it {_shortened(line)}"
    return f"has {len(found)} lines, the facts make fewer"


def _shortened(line: str | None) -> str:
    return "missing" if line is None else repr(line if len(line) <= 80 else f"{line[:77]}...")


def _other_libraries(manifest: Manifest, names: tuple[str, ...]) -> list[str]:
    """Return those that the release was made with in another version than is here."""
    here = {name: metadata.version(name) for name in names if name in LIBRARIES} | {"freetype": freetype_version()}
    made = manifest.libraries
    return [f"{name} {made.get(name, 'unknown')} (here {here[name]})" for name in names if made.get(name) != here[name]]
