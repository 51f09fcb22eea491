"""The small texts of a release: LICENSE, CITATION.cff, CHANGELOG.md."""

from __future__ import annotations

import yaml

from toolkit.release.manifest import Manifest


def render_license(manifest: Manifest) -> str:
    """Return LICENSE: the terms in words, and the rights in every source."""
    release = manifest.options["release"]
    parts = [
        f"{' '.join(release['title'].split())}, version {manifest.version}",
        f"Licence: {release['license']}",
        release["license_note"].strip(),
        f"Removal of a post, and questions of rights: {release['contact'].strip()}",
        "Sources",
    ]
    parts += [
        f"{source.file}{f' ({source.url})' if source.url else ''}\n  {' '.join(source.rights.split())}"
        for source in manifest.sources
    ]
    return "\n\n".join(parts) + "\n"


def render_citation(manifest: Manifest) -> str:
    """Return CITATION.cff (Citation File Format 1.2.0)."""
    release = manifest.options["release"]
    title = " ".join(release["title"].split())
    authors = [{"name": author} for author in release["authors"]] or [{"name": f"The maintainers of {title}"}]
    facts = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it, and name the publishers of the posts.",
        "type": "dataset",
        "title": title,
        "version": manifest.version,
        "authors": authors,
        "abstract": release["description"].strip(),
        # The format wants SPDX ids, and of the Hub's ids only those of Creative Commons become one for sure.
        "license": release["license"].upper() if release["license"].startswith("cc") else None,
        "url": release["homepage"],
    }
    known = {key: value for key, value in facts.items() if value}
    return yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=100)


def render_changelog(manifest: Manifest) -> str:
    """Return CHANGELOG.md: what this version holds."""
    rows = "\n".join(f"- {name}: {facts.rows:,} rows" for name, facts in manifest.configs.items())
    return f"# Changelog\n\n## {manifest.version}\n\n{rows}\n"
