"""The small texts of a release: LICENSE, CITATION.cff, CHANGELOG.md, decontaminated.tsv."""

from __future__ import annotations

import re
from datetime import date

import pyarrow as pa
import yaml

from toolkit.release.diff import ADD, CHANGE, REASONS, REMOVE
from toolkit.release.documents.metadata import card_metadata, one_line, spdx_id
from toolkit.release.manifest import Manifest, publication_day

_CHANGELOG = "# Changelog\n"
_PAST = {ADD: "added", CHANGE: "changed", REMOVE: "removed"}


def render_license(manifest: Manifest) -> str:
    """Return LICENSE: the terms in words, and the rights in every source."""
    release = manifest.options["release"]
    parts = [
        f"{one_line(release['title'])}, version {manifest.version}",
        f"Licence: {release['license']}",
        release["license_note"].strip(),
        f"Removal of a post, and questions of rights: {release['contact'].strip()}",
        "Sources",
    ]
    parts += [
        f"{source.label}{f' ({source.url})' if source.url else ''}\n  {one_line(source.rights)}"
        for source in manifest.sources
    ]
    return "\n\n".join(parts) + "\n"


def render_citation(manifest: Manifest) -> str:
    """Return CITATION.cff (Citation File Format 1.2.0)."""
    release = manifest.options["release"]
    day = publication_day(manifest)
    facts = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it, and name the publishers of the posts.",
        "type": "dataset",
        "title": one_line(release["title"]),
        "version": manifest.version,
        "date-released": day and date.fromisoformat(day),
        "authors": [{"name": author} for author in authors(manifest)],
        "abstract": release["description"].strip(),
        "keywords": card_metadata(manifest)["tags"],
        "license": spdx_id(release["license"]),
        "url": release["homepage"],
        "identifiers": [{"type": "other", "value": manifest.signature, "description": "what reproduces the dataset"}],
    }
    known = {key: value for key, value in facts.items() if value}
    return yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=100)


def render_decontaminated(contaminated: pa.Table) -> str:
    """Return decontaminated.tsv: what left because a test set has a text of it, as `schemas.CONTAMINATED`, no text.

    Names of files and channels cannot break a line: whatever does not print in them becomes a space.
    """
    rows = [contaminated.column_names, *zip(*(column.to_pylist() for column in contaminated.columns), strict=True)]
    return "".join("\t".join(_cell(value) for value in row) + "\n" for row in rows)


def _cell(value: object) -> str:
    text = f"{value:.4f}" if isinstance(value, float) else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)


def authors(manifest: Manifest) -> list[str]:
    """Return who made the dataset."""
    release = manifest.options["release"]
    return list(release["authors"]) or [f"The maintainers of {one_line(release['title'])}"]


def bibtex(manifest: Manifest) -> str:
    """Return an entry for BibTeX."""
    release = manifest.options["release"]
    key = re.sub(r"[^A-Za-z0-9]+", "-", manifest.name).strip("-").lower()
    fields = {
        # Braces keep names of groups whole, and the capitals of the title.
        "author": " and ".join(f"{{{_tex(one_line(author))}}}" for author in authors(manifest)),
        "title": f"{{{_tex(one_line(release['title']))}}}",
        "year": (publication_day(manifest) or "")[:4],
        "version": manifest.version,
        "note": f"Dataset, {_tex(manifest.signature)}",
        "url": release["homepage"],
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{key}-{manifest.version},\n{lines}\n}}"


def _tex(text: str) -> str:
    r"""Return the text with what TeX would act on escaped.

    >>> _tex("50 % & {more}_")
    '50 \\% \\& \\{more\\}\\_'
    """
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", "/").replace("`", "'"))


def render_changelog(manifest: Manifest, history: str = "") -> str:
    """Return CHANGELOG.md: what this version holds and what changed, then what the older ones say of themselves.

    Args:
        manifest: of this version.
        history: CHANGELOG.md of the version before.
    """
    before = manifest.previous
    lines = [f"## {manifest.version}", ""]
    if before:
        lines += [f"Since {before.version}; `diff/{before.version}..{manifest.version}.parquet` names the rows.", ""]
    for name, facts in manifest.configs.items():
        changes = [
            f"{count:,} {_PAST[op]} ({REASONS[reason]})"
            for op, reasons in (before.changes.get(name, {}) if before else {}).items()
            for reason, count in reasons.items()
        ]
        lines.append(f"- {name}: {facts.rows:,} rows{': ' if changes else ''}{', '.join(changes)}")
    older = history.removeprefix(_CHANGELOG).strip("\n")
    return "\n".join([_CHANGELOG, *lines, *(["", older] if older else []), ""])
