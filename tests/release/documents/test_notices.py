"""LICENSE, CITATION.cff and CHANGELOG.md."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from toolkit import schemas
from toolkit.release.documents.notices import (
    bibtex,
    render_changelog,
    render_citation,
    render_decontaminated,
    render_license,
)
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


@pytest.mark.parametrize(
    "release", [{}, {"authors": ["Ann O'Author", "A & B"], "license": "odbl", "date": "2024-05-01"}]
)
def test_citation_is_valid_cff(built: Path, release: dict[str, object]) -> None:
    """The required fields, types and patterns of the schema of CFF 1.2.0, and no field that it does not know."""
    cff = yaml.safe_load(render_citation(read(built, homepage="https://example.org", **release)))
    known = "abstract authors cff-version date-released identifiers keywords license message title type url version"
    assert {"authors", "cff-version", "message", "title", "date-released"} <= set(cff) <= set(known.split())
    assert cff["cff-version"] == "1.2.0"
    assert cff["type"] in ("dataset", "software")
    assert isinstance(cff["date-released"], date)
    assert all(set(author) == {"name"} and author["name"] for author in cff["authors"])
    assert cff["keywords"] and len(set(cff["keywords"])) == len(cff["keywords"])
    assert all(set(one) <= {"type", "value", "description"} and one["type"] == "other" for one in cff["identifiers"])
    assert all(isinstance(cff[name], str) and cff[name] for name in ("abstract", "message", "title", "url", "version"))


def test_bibtex_escapes_what_tex_acts_on(built: Path) -> None:
    text = bibtex(read(built, authors=["A {B} & C_1", "D\n`E` \\\\x"], title="50 % of $1 #tag", date="2023-05-01"))
    assert text.startswith("@misc{city-news-1.0.0,\n  author = {{A \\{B\\} \\& C\\_1} and {D 'E' //x}},\n")
    assert "  title = {{50 \\% of \\$1 \\#tag}},\n  year = {2023},\n" in text
    assert text.endswith("}\n}")


def test_changelog_has_the_rows(built: Path) -> None:
    assert render_changelog(read(built)) == (
        "# Changelog\n\n## 1.0.0\n\n- sentence_pairs: 21 rows\n- post_pairs: 9 rows\n- comparable_pairs: 0 rows\n"
        "- posts: 18 rows\n"
        "- duplicates: 3 rows\n"
    )


def test_the_list_of_what_test_sets_have() -> None:
    row: dict[str, object] = {"id": "r~e#0", "config": "sentence_pairs", "test_set": "a\t\u2028b.tsv", "line": 7,
                              "side": "ru", "overlap": 0.6875}  # fmt: skip
    head = "id\tconfig\ttest_set\tline\tside\toverlap\n"
    assert render_decontaminated(schemas.from_rows([], schemas.CONTAMINATED)) == head
    lines = render_decontaminated(schemas.from_rows([row], schemas.CONTAMINATED))
    assert lines == f"{head}r~e#0\tsentence_pairs\ta  b.tsv\t7\tru\t0.6875\n"
