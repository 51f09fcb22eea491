"""LICENSE, CITATION.cff and CHANGELOG.md."""

from pathlib import Path

import yaml

from toolkit.release.documents import render_changelog, render_citation, render_license
from toolkit.release.manifest import Manifest


def read(built: Path, **release: object) -> Manifest:
    manifest = Manifest.model_validate_json((built / "manifest.json").read_bytes())
    options = manifest.options | {"release": manifest.options["release"] | release}
    return manifest.model_copy(update={"options": options})


def test_license_names_rights_of_every_source(built: Path) -> None:
    text = render_license(read(built))
    assert text.startswith("City news: Russian and English, version 1.0.0\n\nLicence: other\n\nTexts belong")
    assert "svod.json\n  Invented" in text
    assert "brief|x.txt (https://example.org)\n  Invented" in text
    assert "the issue tracker of the dataset" in text


def test_citation_without_authors_and_licence_id(built: Path) -> None:
    cff = yaml.safe_load(render_citation(read(built)))
    assert cff["authors"] == [{"name": "The maintainers of City news: Russian and English"}]
    assert (cff["cff-version"], cff["type"], cff["version"]) == ("1.2.0", "dataset", "1.0.0")
    assert "license" not in cff
    assert "url" not in cff


def test_citation_with_all(built: Path) -> None:
    manifest = read(built, authors=["A. Author"], license="cc-by-4.0", homepage="https://example.org")
    cff = yaml.safe_load(render_citation(manifest))
    assert (cff["authors"], cff["license"], cff["url"]) == (
        [{"name": "A. Author"}], "CC-BY-4.0", "https://example.org",
    )  # fmt: skip


def test_changelog_has_the_rows(built: Path) -> None:
    assert render_changelog(read(built)) == (
        "# Changelog\n\n## 1.0.0\n\n- sentence_pairs: 21 rows\n- post_pairs: 9 rows\n- comparable_pairs: 0 rows\n"
        "- posts: 18 rows\n"
        "- duplicates: 3 rows\n"
    )
