"""What the card says of splits: how they were dealt, what test sets took away, and what is measured of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolkit.release.documents.markdown import cell, table
from toolkit.release.manifest import Manifest
from toolkit.release.tables import COMPARABLE_PAIRS, POST_PAIRS, POSTS, SENTENCE_PAIRS

_LISTED = (SENTENCE_PAIRS.name, POST_PAIRS.name, COMPARABLE_PAIRS.name)


def splits(manifest: Manifest) -> str:
    """Return the section on splits, as Markdown."""
    options, dedup = manifest.options["split"], manifest.options["dedup"]
    has_pairs = manifest.has_rows(SENTENCE_PAIRS.name)
    parts = [
        "Posts that hang together by duplicates or pairs are one component (`component_id`), and a component is in one "
        "split of every config. So no post, no pair and no duplicate or copy found by deduplication is in two "
        f"splits{_no_leaks(dedup) if has_pairs else ''}. `bitext verify` checks all of it. "
        f"{_by_time(options) if options['by'] == 'time' else _by_component(options)}",
        *([_decontaminated(manifest)] if manifest.test_sets else []),
        *_held_out(manifest, has_pairs=has_pairs),
    ]
    return "\n\n".join(parts)


def _no_leaks(dedup: Mapping[str, Any]) -> str:
    return (
        ", and no sentence pair occurs in two. A sentence pair of validation or test whose two sides are nearly "
        f"those of a pair in another split (word {dedup['shingle_words']}-grams, Jaccard similarity of "
        f"{dedup['threshold']:g} or more) is left out"
    )


def _by_component(options: Mapping[str, Any]) -> str:
    return (
        f"A hash of the component decides (seed {options['seed']}, shares {options['validation']:.0%} validation and "
        f"{options['test']:.0%} test), so a component keeps its split when the corpus grows around it; only one that "
        f"gets a new smallest `post_id` is dealt anew. Components of more than {options['max_posts']:,} posts are in "
        "train."
    )


def _by_time(options: Mapping[str, Any]) -> str:
    return (
        "The date of the latest post of a component decides: "
        f"from {options['test_from']} on (UTC) it is in test, from {options['validation_from']} on in validation, "
        "before that in train. So nothing in train is as new as these days, unless a later version tied it to posts "
        "that were in train already, while a held-out post may be an older one of its component. Components without "
        "any date are in train."
    )


def _decontaminated(manifest: Manifest) -> str:
    options = manifest.options["decontaminate"]
    rows = [
        [cell(one.file), f"{one.texts:,}", *(f"{one.dropped.get(name, 0):,}" for name in _LISTED)]
        for one in manifest.test_sets
    ]
    return (
        "Pairs that have a text of one of these test sets, in Russian or English, are left out: the same words, or at "
        f"least {options['overlap']:.0%} of the word {options['ngram']}-grams of one of the two texts, which must have "
        f"{2 * options['ngram']} words or more, in the other one. A pair of posts leaves with all its sentence pairs; "
        "`posts` has its posts still. `decontaminated.tsv` lists what was left out, and for which line of which test "
        f"set{_of_news(manifest)}.\n\n"
        "| test set | texts | sentence pairs left out | post pairs | comparable pairs |\n|---|--:|--:|--:|--:|\n"
        f"{table(rows)}"
    )


def _of_news(manifest: Manifest) -> str:
    return ", as do the counts here, among what this version adds" if manifest.funnel.carried else ""


def _held_out(manifest: Manifest, *, has_pairs: bool) -> list[str]:
    held = manifest.statistics["held_out"]
    if not has_pairs:
        if manifest.configs[POSTS.name].splits.keys() <= {"train"}:
            return ["This version is so small that all posts are in train."]
        return [f"Measured in this version: {held['near_posts']:,} held-out posts are near to a post of another split."]
    if not held["rows"]:
        return ["This version is so small that all sentence pairs are in train."]
    return [
        f"Measured in this version: of {held['rows']:,} held-out sentence pairs {held['near_pairs']:,} are near to a "
        f"pair of another split, and of the held-out posts {held['near_posts']:,} to a post of another split. Short "
        f"sentences recur: {held['ru_text']:,} held-out sentence pairs have a Russian and {held['en_text']:,} an "
        f"English side that train has word for word, in another pair; {held['near_ru_text']:,} and "
        f"{held['near_en_text']:,} have one that train has nearly or word for word."
    ]
