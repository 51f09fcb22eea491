"""A release against gold: its post pairs by id, its sentence pairs by text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from toolkit.errors import SourceError
from toolkit.evaluation.ids import shared_names
from toolkit.evaluation.intervals import Evaluation, evaluate_counts, precision_recall_f1
from toolkit.evaluation.pairs import Item, evaluate_pairs
from toolkit.text.sentences import split_sentences

Tables = Mapping[str, pa.Table]

_SHOWN = 40  # characters of a text in an error


class _Sides(NamedTuple):
    """The sentences of a pair."""

    en: frozenset[str]
    ru: frozenset[str]


def evaluate_release_pairs(tables: Tables, items: Sequence[Item], *, partial: bool = False) -> Evaluation:
    """Return precision, recall and F1 of the post pairs, as `evaluate_pairs` does.

    A post that the release removed as a duplicate stands for the one that it kept. A post that the release has neither
    kept nor removed as a duplicate is counted under `gold_posts_unknown`; its item can still be found by another post.

    Args:
        tables: of a release, by config, see `release.read`.
        items: gold, see `pairs.read_items`.
        partial: as in `evaluate_pairs`.

    Raises:
        SourceError: if no id of gold is in the release, or one could be two of its posts.
    """
    kept_of = dict(_columns(tables["duplicates"], "post_id", "kept_id"))
    kept_of.update(
        (name, name) for name in tables["posts"]["post_id"].to_pylist()
    )  # evidence may also be about a post that stays
    named = {name for item in items for side in item for name in side}
    names = shared_names(named, kept_of.keys())
    kept_by_name = {names[name]: stays for name, stays in kept_of.items()}
    known = dict.fromkeys(
        Item(*(frozenset(kept_by_name.get(names[name], name) for name in side) for side in item)) for item in items
    )
    pairs = _columns(tables["post_pairs"], "ru_post_id", "en_post_id")
    result = evaluate_pairs(list(known), pairs, partial=partial)
    unknown = sum(names[name] not in kept_by_name for name in named)
    return replace(result, counts=result.counts | {"gold_posts_unknown": unknown})


def evaluate_release_sentences(tables: Tables, gold: Sequence[tuple[str, str]]) -> Evaluation:
    """Return strict and lax precision, recall and F1 of the sentence pairs that gold is about.

    Judged is every published pair that shares a sentence with gold on either side. Strict: both texts are those of a
    gold pair, but for white space. Lax: it shares a sentence on both sides with one gold pair. The intervals draw gold
    pairs, each with the published pairs that touch it first.

    Args:
        tables: of a release, by config, see `release.read`.
        gold: (English, Russian) texts, at least one.

    Raises:
        SourceError: if no published pair shares a sentence with gold.
    """
    published = _columns(tables["sentence_pairs"], "en_text", "ru_text")
    found = evaluate_sentence_pairs(gold, published)
    if published and not found.counts["judged"]:
        shown = [" / ".join(text[:_SHOWN] for text in min(pairs)) for pairs in (gold, published)]
        raise SourceError(
            f"no sentence is in both: gold has {shown[0]!r}, the release {shown[1]!r}",
            fix="Give sentences of the posts that the release has",
        )
    return found


def _columns(table: pa.Table, first: str, second: str) -> list[tuple[str, str]]:
    return list(zip(table[first].to_pylist(), table[second].to_pylist(), strict=True))


def evaluate_sentence_pairs(gold: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]) -> Evaluation:
    """Return the figures of `evaluate_release_sentences` for any (English, Russian) pairs; one that is there twice
    counts once.

    >>> gold = [("A cat. It sleeps.", "Кот спит."), ("Rain.", "Дождь.")]
    >>> found = evaluate_sentence_pairs(gold, [("A cat.", "Кот спит."), ("Rain.", "Дождь."), ("Snow.", "Снег.")])
    >>> found.figures["strict_precision"].value, found.figures["lax_precision"].value, found.counts["judged"]
    (0.5, 1.0, 2)
    """  # noqa: D205
    wanted, given = (_fold(pairs) for pairs in (gold, test))
    gold_sides, test_sides = ({pair: _split(pair) for pair in pairs} for pairs in (wanted, given))
    places = _index(gold_sides.values())
    units: dict[str, Counter[int]] = defaultdict(Counter)
    touched: set[int] = set()
    for pair, sides in test_sides.items():
        near = [{k for one in side for k in found.get(one, ())} for side, found in zip(sides, places, strict=True)]
        either, both = near[0] | near[1], near[0] & near[1]
        if not either:
            continue
        touched |= both
        unit = wanted.get(pair, min(both or either))
        units["judged"][unit] += 1
        units["strict_right"][unit] += pair in wanted
        units["lax_right"][unit] += bool(both)
    size = len(wanted)
    counts = {name: np.array([units[name][n] for n in range(size)], float) for name in _COUNTED}
    counts = {"gold_pairs": np.ones(size), **counts, "lax_found": np.array([n in touched for n in range(size)], float)}
    formulas = precision_recall_f1("strict_right", "judged", "strict_right", "gold_pairs", "strict_")
    formulas |= precision_recall_f1("lax_right", "judged", "lax_found", "gold_pairs", "lax_")
    return evaluate_counts(counts, formulas, "gold pairs")


_COUNTED = ("judged", "strict_right", "lax_right")


def _fold(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Number the distinct pairs, with single spaces."""
    found: dict[tuple[str, str], int] = {}
    for en, ru in pairs:
        found.setdefault((" ".join(en.split()), " ".join(ru.split())), len(found))
    return found


def _split(pair: tuple[str, str]) -> _Sides:
    return _Sides(*(frozenset(split_sentences(text, lang)) for text, lang in zip(pair, ("en", "ru"), strict=True)))


def _index(every: Iterable[_Sides]) -> tuple[Mapping[str, list[int]], ...]:
    """Return, for English and Russian, which pairs have a sentence."""
    places: tuple[dict[str, list[int]], ...] = defaultdict(list), defaultdict(list)
    for number, sides in enumerate(every):
        for side, found in zip(sides, places, strict=True):
            for sentence in side:
                found[sentence].append(number)
    return places
