"""What the card says of splits, by component and by time, with and without test sets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from toolkit.release.documents.hygiene import splits
from toolkit.release.manifest import Manifest, ReferenceFacts

HELD = {"rows": 1200, "ru_text": 30, "near_ru_text": 31, "en_text": 40, "near_en_text": 42}
HELD |= {"near_pairs": 0, "near_posts": 1}


def said(built: Path, *, held: dict[str, int] = HELD, test_sets: Sequence[ReferenceFacts] = (), **split: Any) -> str:
    manifest = Manifest.model_validate_json((built / "manifest.json").read_bytes())
    options = manifest.options | {"split": manifest.options["split"] | split}
    facts = {"options": options, "statistics": manifest.statistics | {"held_out": held}, "test_sets": test_sets}
    return splits(manifest.model_copy(update=facts))


def test_by_component(built: Path) -> None:
    text = said(built)
    assert "A hash of the component decides (seed 1, shares 30% validation and 30% test)" in text
    assert "Components of more than 20 posts are in train." in text
    assert "(word 5-grams, Jaccard similarity of 0.8 or more) is left out" in text
    assert "latest post" not in text and "test set" not in text


def test_by_time(built: Path) -> None:
    text = said(built, by="time", validation_from="2024-05-01", test_from="2024-06-01")
    assert "from 2024-06-01 on (UTC) it is in test, from 2024-05-01 on in validation" in text
    assert "Components without any date are in train." in text
    assert "A hash" not in text


def test_what_is_measured(built: Path) -> None:
    text = said(built)
    assert "of 1,200 held-out sentence pairs 0 are near to a pair of another split" in text
    assert "of the held-out posts 1 to a post of another split" in text
    assert "30 held-out sentence pairs have a Russian and 40 an English side that train has word for word" in text
    assert "31 and 42 have one that train has nearly or word for word" in text
    assert said(built, held=HELD | {"rows": 0}).endswith(
        "This version is so small that all sentence pairs are in train."
    )


def test_a_version_that_goes_on_lists_its_own(built: Path) -> None:
    manifest = Manifest.model_validate_json((built / "manifest.json").read_bytes())
    funnel = manifest.funnel.model_copy(update={"carried": {"posts": 5}})
    test_sets = [ReferenceFacts(file="dev.tsv", sha256="0" * 64, texts=1, dropped={})]
    text = splits(manifest.model_copy(update={"funnel": funnel, "test_sets": test_sets}))
    assert "of which test set, as do the counts here, among what this version adds." in text


@pytest.mark.parametrize("name", ["dev.tsv", "a|b<c>.tsv"])
def test_test_sets(built: Path, name: str) -> None:
    facts = ReferenceFacts(file=name, sha256="0" * 64, texts=6000, dropped={"sentence_pairs": 1234, "post_pairs": 5})
    text = said(built, test_sets=[facts])
    assert "at least 50% of the word 4-grams of one of the two texts, which must have 8 words or more, in" in text
    assert "`decontaminated.tsv` lists" in text
    shown = name.replace("|", r"\|").replace("<", "&lt;").replace(">", "&gt;")
    assert f"| {shown} | 6,000 | 1,234 | 5 | 0 |" in text.splitlines()
