"""What a release does not have, and why: for the card, and for the warning at the end of a build."""

from __future__ import annotations

from toolkit.release.manifest import Manifest
from toolkit.release.tables import COMPARABLE_PAIRS, POST_PAIRS, POSTS, SENTENCE_PAIRS
from toolkit.results import CONTAMINATED_POSTS, NULL_BEAD, REASONS

_LANGUAGES = {"ru": "Russian", "en": "English"}
_AFTER_ALIGNMENT = ("filter", "decontaminate", "split")


def why_no_pairs(manifest: Manifest) -> str | None:
    """Say in half a sentence why there is no sentence pair; None if there is one.

    It is said of all posts of the version. What sentences left for is counted of those that this run aligned.
    """
    if manifest.has_rows(SENTENCE_PAIRS.name):
        return None
    languages = manifest.statistics["languages"]
    sides = {lang: languages.get(lang, 0) + languages.get("mixed", 0) for lang in _LANGUAGES}
    if missing := [name for lang, name in _LANGUAGES.items() if not sides[lang]]:
        rows = manifest.configs[POSTS.name].rows
        return f"the one post is not in {missing[0]}" if rows == 1 else f"none of the {rows:,} posts is in {missing[0]}"
    if manifest.has_rows(POST_PAIRS.name):
        return _no_sentences(manifest)
    if manifest.has_rows(COMPARABLE_PAIRS.name):
        rows = manifest.configs[COMPARABLE_PAIRS.name].rows
        which = "the only pair of posts is one" if rows == 1 else f"the {rows:,} pairs of posts are some"
        return f"{which} on one event, and no translation"
    ru, en = (f"{sides[lang]:,}" for lang in _LANGUAGES)
    return f"none of the {ru} Russian posts says what one of the {en} English ones says{_left(manifest)}"


def _left(manifest: Manifest) -> str:
    """Say what else keeps posts from being a pair."""
    more = []
    if count := manifest.funnel.dropped.get("decontaminate", {}).get(CONTAMINATED_POSTS):
        more.append(f"{count:,} pairs of posts left for test sets")
    if manifest.statistics["languages"].get("mixed") and not manifest.options["match"].get("self_pairs", True):
        more.append("posts in both languages are not paired with themselves")
    return f" ({'; '.join(more)})" if more else ""


def _no_sentences(manifest: Manifest) -> str:
    dropped = manifest.funnel.dropped
    counts = {reason: n for stage in _AFTER_ALIGNMENT for reason, n in dropped.get(stage, {}).items()}
    # A sentence without counterpart tells of the pair of posts only where there is nothing else to tell.
    told = {reason: n for reason, n in counts.items() if reason != NULL_BEAD} or counts
    listed = ", ".join(f"{REASONS[reason]} {n:,}" for reason, n in told.items())
    rows = manifest.configs[POST_PAIRS.name].rows
    which = "the only pair" if rows == 1 else f"the {rows:,} pairs"
    return f"no sentences of {which} of posts were good enough{f': {listed}' if listed else ''}"
