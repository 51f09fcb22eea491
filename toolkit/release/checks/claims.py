"""What a release says of itself, compared with its rows: everything that can be computed from them is, anew."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from toolkit.errors import ReleaseError
from toolkit.options import RunConfig
from toolkit.release.checks.differences import differences
from toolkit.release.checks.documents import find_document_problems, other_painters, split_card
from toolkit.release.documents.derived import CARD
from toolkit.release.documents.metadata import loader_metadata
from toolkit.release.documents.provenance import describe_provenance
from toolkit.release.manifest import LIBRARIES, MANIFEST, Manifest, sign
from toolkit.release.rows import Published
from toolkit.release.stated import require_release_facts
from toolkit.release.tables import COMPARABLE_PAIRS, CONFIGS, DUPLICATES, POST_PAIRS, POSTS, SENTENCE_PAIRS
from toolkit.untrusted import Unreadable, load_json, load_yaml, read_file

_TOOLKIT: Final = "bitext-toolkit"
# What a manifest names, and its card shows as it is.
_LIBRARIES: Final = {*LIBRARIES, "freetype"}
_VERSION: Final = re.compile(r"\d[A-Za-z0-9.+!-]{0,40}|unknown")
_PLAIN: Final = re.compile(r"[^<>`|\[\]\s]{1,200}")


def find_claim_problems(
    path: Path, manifest: Manifest, published: Published, statistics: Callable[[], dict[str, Any]]
) -> Iterator[str]:
    """Yield where manifest, card and the other documents say something else than the rows.

    All of it is compared, whatever version of the toolkit or of a library the manifest names: who is checked does not
    choose the checks. A version that makes other documents of the same rows is named, for whoever wants to use it.

    Args:
        path: the folder.
        manifest: its hashes were checked.
        published: config -> split -> rows, in the schemas of `tables.CONFIGS`.
        statistics: makes those of the rows; of a stranger's it may fail.
    """
    problems = [*_loader_problems(path, manifest), *_sum_problems(manifest, published)]
    try:
        problems += _computed_problems(path, manifest, published, statistics)
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # a stranger's manifest can be anything
        problems.append(
            f"{MANIFEST}: does not have what the documents are made from: {type(error).__name__} {str(error)[:200]}"
        )
    made_by, here = manifest.libraries.get(_TOOLKIT, "unknown"), metadata.version(_TOOLKIT)
    if problems and made_by != here and _VERSION.fullmatch(made_by):
        yield f"made by {_TOOLKIT} {made_by}, and this is {here}: verify it with that, where what follows may be right"
    yield from problems


def notes_on(manifest: Manifest) -> tuple[str, ...]:
    """Say what can be compared by its looks only, because other versions drew it; nothing if all can."""
    others = other_painters(manifest)
    return (f"drawn by {', '.join(others)}: pictures were compared by their looks",) if others else ()


def _computed_problems(
    path: Path, manifest: Manifest, published: Published, statistics: Callable[[], dict[str, Any]]
) -> Iterator[str]:
    """Compare what is computed from the rows, and if that is right, what is written from it."""
    configs = {name: facts.model_dump() for name, facts in manifest.configs.items()}
    for config in CONFIGS:
        if config.name in configs:
            configs[config.name]["about"] = config.about
    wanted = manifest.model_dump(mode="json") | {
        "configs": configs,
        "statistics": statistics(),
        "signature": sign(manifest),
        "provenance": describe_provenance(manifest),
    }
    found = load_json(read_file(path / MANIFEST))
    problems = [*differences(json.loads(json.dumps(wanted)), found, MANIFEST), *_stated_problems(manifest)]
    yield from problems or find_document_problems(path, manifest, published)


def _stated_problems(manifest: Manifest) -> Iterator[str]:
    """Check what only the manifest can know: that it is what a run config may say, and what the card can show."""
    try:
        require_release_facts(RunConfig.model_validate(manifest.options))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        yield f"{MANIFEST}: options.{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except ReleaseError as error:
        yield f"{MANIFEST}: options.{error.what}"
    for name, version in manifest.libraries.items():
        if name not in _LIBRARIES or not _VERSION.fullmatch(version):
            yield f"{MANIFEST}: libraries has {name[:60]!r}: {version[:60]!r}, which is no version of a library"
    shown = [manifest.encoder.revision, *manifest.stages, *manifest.funnel.dropped]
    for text in shown:
        if not (_PLAIN.fullmatch(text) and text.isprintable()):
            yield f"{MANIFEST}: has {text[:60]!r} where a name belongs"


def _loader_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    """Compare what the card makes `load_dataset` believe with the manifest, which was compared with the data."""
    try:
        text = read_file(path / CARD).decode("utf-8")
        parts = split_card(text)
        found = load_yaml(parts[0]) if parts else None
    except (Unreadable, UnicodeDecodeError) as error:
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
