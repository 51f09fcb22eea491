"""The card tells the manifest's numbers, and other people's text cannot break it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from toolkit.release.card import cell, json_block, render_card, shorten
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
    changed = manifest.model_copy(update={"funnel": manifest.funnel.model_copy(update={"sentence_pairs": 4321})})
    assert "has **4,321 sentence pairs**" in render_card(changed, [])


def test_every_field_is_explained(card: str, manifest: Manifest) -> None:
    for config, facts in manifest.configs.items():
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
    # Fences come in pairs, and the only lines of --- are those around the YAML.
    fences = re.findall(r"^```\w*$", card, re.MULTILINE)
    assert [fence != "```" for fence in fences] == [True, False] * 3 + [True, False, False, False] + [True, False] * 2
    assert len(re.findall(r"^---\s*$", card, re.MULTILINE)) == 2


def test_names_of_files_and_channels_stay_in_their_cells(card: str) -> None:
    rows = [line for line in card.splitlines() if line.startswith("| brief")]
    assert rows[0].startswith(r"| brief\|x.txt | extracted\_text | 9 | Invented |")
    assert all(len(re.findall(r"(?<!\\)\|", line)) == columns for line, columns in zip(rows, (7, 3), strict=True))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("a\nb\t c", "a b c"),
        ("a|b", r"a\|b"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
        ("[x](javascript:1) `c` *i* _u_", r"\[x\](javascript:1) \`c\` \*i\* \_u\_"),
        ("a\\|b", r"a\\\|b"),
        ("&lt;", "&amp;lt;"),
        ("x\u202ey\u0000z\u2028w", "x y z w"),
    ],
)
def test_cell(text: str, wanted: str) -> None:
    assert cell(text) == wanted


@pytest.mark.parametrize("text", ["обычный", "```", "</code>&", "\u202eобратно", "😀 \ud7ff", "\u2028", "a\\u0060"])
def test_json_block_gives_the_value_back(text: str) -> None:
    block = json_block([text])
    lines = block.splitlines()
    assert (lines[0], lines[-1]) == ("```json", "```")
    assert not re.search(r"[`<>&\u202e\u2028]", "".join(lines[1:-1]))
    assert json.loads("\n".join(lines[1:-1])) == [text]


def test_long_examples_are_cut() -> None:
    assert shorten({"a": "я" * 500, "b": 1}) == {"a": "я" * 400 + " […]", "b": 1}


def test_notes_are_kept(manifest: Manifest) -> None:
    release = manifest.options["release"] | {"notes": "## Thanks\n\nTo everyone."}
    changed = manifest.model_copy(update={"options": manifest.options | {"release": release}})
    assert render_card(changed, []).endswith("## Notes\n\n## Thanks\n\nTo everyone.\n")
