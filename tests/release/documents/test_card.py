"""The card tells the manifest's numbers, and other people's text cannot break it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from toolkit.release.documents.card import render_card
from toolkit.release.manifest import Manifest


@pytest.fixture
def manifest(built: Path) -> Manifest:
    return Manifest.model_validate_json((built / "manifest.json").read_bytes())


@pytest.fixture
def card(built: Path) -> str:
    return (built / "README.md").read_text("utf-8")


def example_rows(card: str) -> list[dict[str, Any]]:
    section = card.split("## Examples\n")[1].split("## How it was made")[0]
    return json.loads(section.strip().removeprefix("```json\n").removesuffix("\n```"))  # type: ignore[no-any-return]


def test_the_hub_reads_the_same_yaml(card: str, built: Path) -> None:
    from huggingface_hub import DatasetCard

    hub = DatasetCard(card, ignore_metadata_errors=False).data.to_dict()
    ours = yaml.safe_load(card.split("---\n")[1])
    assert hub["configs"] == ours["configs"]
    assert hub["pretty_name"] == "City news: Russian and English"
    assert hub["language"] == ["ru", "en"]
    assert hub["task_categories"] == ["translation", "sentence-similarity"]
    assert hub["license"] == "other"
    assert (built / hub["license_link"]).is_file()


def test_numbers_come_from_the_manifest(card: str, manifest: Manifest) -> None:
    assert "has **21 sentence pairs** from 9 pairs of posts, found among 18 posts (9 ru, 8 en, 1 mixed)" in card
    assert "published between 2024-03-02 and 2024-03-13" in card
    assert "| posts read from the sources | 21 |" in card
    assert "| left out by `dedup`: another post says the same | 2 |" in card
    assert "| of them with no variant in the other language | 1 |" in card
    assert "| groups of sentences aligned in pairs | 22 |" in card
    assert "| near | word-5 Jaccard &gt;= 0.8 | 1 | 1 |" in card
    assert manifest.signature in card
    pairs = manifest.configs["sentence_pairs"].model_copy(update={"rows": 4321})
    changed = manifest.model_copy(update={"configs": manifest.configs | {"sentence_pairs": pairs}})
    assert "has **4,321 sentence pairs**" in render_card(changed, [], {})


def test_every_field_is_explained(card: str, manifest: Manifest) -> None:
    assert "comparable_pairs" not in card  # it has no rows
    for config, facts in manifest.configs.items():
        if not facts.rows:
            continue
        section = card.split(f"### {config}\n")[1].split("\n#")[0]
        rows = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert rows == [column.name for column in facts.columns]


def test_nothing_is_left_to_fill_in(card: str) -> None:
    assert "More Information Needed" not in card
    assert "$" not in card.replace("${x} $y", "")


def test_hostile_posts_do_not_leave_their_place(card: str) -> None:
    rows = example_rows(card)
    assert rows[-1]["en_text"].startswith("Heading\n---\nlicense: mit\n| a | b |\n```\n<script>alert(1)</script>")
    assert "<script" not in card
    assert "<b>" not in card
    assert "<!--" not in card
    assert "\u202e" not in card
    assert "\x00" not in card
    # Fences come in pairs (the signature's has no language), and the only lines of --- are those around the YAML.
    fences = re.findall(r"^```(\w*)$", card, re.MULTILINE)
    assert fences[::2] == ["python", "python", "python", "python", "python", "json", "", "python", "bash", "bibtex"]
    assert set(fences[1::2]) == {""}
    assert len(re.findall(r"^---\s*$", card, re.MULTILINE)) == 2


def test_names_of_files_and_channels_stay_in_their_cells(card: str) -> None:
    rows = [line for line in card.splitlines() if line.startswith("| brief")]
    assert rows[0].startswith(r"| brief\|x.txt | extracted\_text | 9 | Invented |")
    assert all(len(re.findall(r"(?<!\\)\|", line)) == columns for line, columns in zip(rows, (7, 3), strict=True))


def test_the_file_is_the_card_that_the_hub_reads(built: Path) -> None:
    from huggingface_hub import DatasetCard

    loaded = DatasetCard.load(built / "README.md")
    assert str(loaded) == (built / "README.md").read_text("utf-8")
    assert loaded.data.language_details == "ru-Cyrl, en-Latn"


def test_the_template_asks_for_what_the_card_gives(manifest: Manifest) -> None:
    """A name that nobody gives would be empty without a word."""
    from importlib import resources

    from jinja2 import Environment, meta

    from toolkit.release.documents.card import _computed, _stated
    from toolkit.release.documents.pictures import PICTURES

    text = resources.files("toolkit.release.documents").joinpath("templates/dataset_card.md").read_text("utf-8")
    asked = meta.find_undeclared_variables(Environment().parse(text))
    given = {*_stated(manifest), *_computed(manifest), *(f"{name}_picture" for name in PICTURES)}
    assert asked == given | {"card_data", "examples"}


def test_pictures_have_words(card: str, built: Path) -> None:
    shown = {name: alt for alt, name in re.findall(r"^!\[(.+)\]\((images/\w+\.png)\)$", card, re.MULTILINE)}
    assert set(shown) == {path.relative_to(built).as_posix() for path in (built / "images").iterdir()}
    assert (
        shown["images/lag.png"]
        == "Post pairs by lag between the two posts; 1 more has no dates. Russian first, 1 to 6 h: 8 (100.0 %)."
    )


def with_release(manifest: Manifest, **changes: object) -> Manifest:
    release = manifest.options["release"] | changes
    return manifest.model_copy(update={"options": manifest.options | {"release": release}})


@pytest.mark.parametrize(
    ("name", "section"), [("uses", "Uses"), ("limitations", "Limits and biases"), ("maintenance", "Maintenance")]
)
def test_what_people_wrote_is_kept_letter_for_letter(manifest: Manifest, name: str, section: str) -> None:
    text = "*As* they `wrote` it: $x {{ title }} {% if %} <https://example.org>\n\n### More\n\n- a\n\n\n- b"
    card = render_card(with_release(manifest, **{name: text}), [], {})
    assert f"## {section}\n\n{text}\n\n" in card
    standard = render_card(manifest, [], {}).split(f"## {section}\n\n")[1].split("\n## ")[0]
    assert len(standard) > 300
    assert standard.split("\n\n")[0] not in card


def test_notes_are_kept(manifest: Manifest) -> None:
    card = render_card(with_release(manifest, notes="### Thanks\n\nTo everyone."), [], {})
    assert card.endswith("## Notes\n\n### Thanks\n\nTo everyone.\n")


def test_what_was_carried_on_is_told_apart(manifest: Manifest) -> None:
    from toolkit.release.manifest import PreviousFacts

    before = PreviousFacts(version="0.9.0", sha256="0" * 64, anew=None, changes={})
    funnel = manifest.funnel.model_copy(update={"carried": {"posts": 7, "sentence_pairs": 5}})
    card = render_card(manifest.model_copy(update={"previous": before, "funnel": funnel}), [], {})
    assert "| posts taken over from version 0.9.0 | 7 |\n| **posts published** | 18 |" in card
    assert "| sentence pairs taken over from version 0.9.0 | 5 |\n| **sentence pairs published** | 21 |" in card
