"""What speaks for and against pairs of posts that may be variants of one another."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.anchor_sets import Frequencies, compare_sets
from toolkit.kernels.bimax import Margins, best_margins, found_in_each_other, lead
from toolkit.kernels.pair_model import Evidence
from toolkit.matching.readings import LENGTH
from toolkit.matching.sides import Side

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

ABOVE: Final = 2.0  # standard deviations above the background: the typical neighbourhood in a pool of news
_FURNITURE: Final = 3  # a link in more posts of one side than this is a footer's
_LEAD_FLOOR: Final = -1.0  # an opponent that every post has, in standard deviations: the typical unrelated candidate
_IN_LONG: Final = 0.75  # share of "short in long" when candidates compete; the long text may have more to say


class Rarity(NamedTuple):
    """How many texts have the same anchors.

    Attributes:
        numbers: sure numbers of both sides.
        names: names of both sides.
        links: of each side, the Russian one first.
    """

    numbers: Frequencies
    names: Frequencies
    links: tuple[Frequencies, Frequencies]


class Candidates(NamedTuple):
    """Pairs that were looked at closely.

    Attributes:
        similarity: cosine of the two texts.
        hours_apart: English minus Russian time, NaN where a date is missing or has no time of day.
        overlaps: number_overlap, link_overlap and name_overlap, NaN where not defined.
        evidence: what the model weighs, but for the leads, which are 0: they depend on all other pairs.
        rank: what candidates of one post compete by, see `leads`.
        margins: of the sentences.
    """

    similarity: Floats
    hours_apart: Floats
    overlaps: dict[str, Floats]
    evidence: Evidence
    rank: Floats
    margins: Margins


def weigh_pairs(
    ru: Side, en: Side, around: tuple[Floats, Floats], pairs: tuple[Indexes, Indexes], same_post: NDArray[np.bool_],
    std: float, rarity: Rarity,
) -> Candidates:  # fmt: skip
    """Return the evidence of pairs.

    Args:
        ru: Russian texts.
        en: English texts.
        around: neighbourhoods of the sentences of both sides.
        pairs: index of the Russian and of the English text of each pair, sorted; shape (pairs,) each.
        same_post: whether both are of one post.
        std: of the encoder's background.
        rarity: of anchors.
    """
    i, j = pairs
    margins = best_margins(ru.sentences, en.sentences, *around, pairs, LENGTH)
    in_en, in_ru = (values / std for values in found_in_each_other(ru.sentences, en.sentences, margins, pairs))
    letters_ru, letters_en = ru.letters[i], en.letters[j]
    short_in_long, long_in_short = np.where(letters_ru <= letters_en, (in_en, in_ru), (in_ru, in_en))
    hours_apart, slack = en.hours[j] - ru.hours[i], ru.slack[i] + en.slack[j]
    links_ru, links_en = (
        side.links.keep(known.of(side.links.items) <= _FURNITURE)
        for side, known in zip((ru, en), rarity.links, strict=True)
    )
    numbers = compare_sets(ru.numbers, en.numbers, pairs, rarity.numbers)
    names = compare_sets(ru.names, en.names, pairs, rarity.names)
    link_overlap = compare_sets(links_ru, links_en, pairs, rarity.links[0]).overlap
    nothing = np.zeros(len(i))
    evidence = Evidence(
        short_in_long=short_in_long,
        long_in_short=long_in_short,
        lead_ru=nothing,
        lead_en=nothing,
        link_overlap=link_overlap,
        numbers_shared=numbers.shared,
        numbers_missing=numbers.missing,
        names_shared=names.shared,
        names_missing=names.missing,
        length_ratio=np.minimum(letters_ru, letters_en) / np.maximum(letters_ru, letters_en),
        letters=np.minimum(letters_ru, letters_en),
        hours=np.maximum(np.abs(hours_apart), slack),  # two posts of one day may be a day apart, and count as that
        same_post=same_post,
    )
    return Candidates(
        similarity=_cosines(ru, en, pairs),
        hours_apart=np.where(slack > 0, np.nan, hours_apart),  # else a time of day would be made up
        overlaps={"number_overlap": numbers.overlap, "link_overlap": link_overlap, "name_overlap": names.found},
        evidence=evidence,
        rank=_IN_LONG * short_in_long + (1 - _IN_LONG) * long_in_short,
        margins=margins,
    )


def leads(rank: Floats, ru: Indexes, en: Indexes) -> tuple[Floats, Floats]:
    """Return how far each pair is ahead of the best other one of its Russian, and of its English post.

    Args:
        rank: of all pairs, see `Candidates`.
        ru: the Russian post of each pair.
        en: the English post of each pair.
    """
    return lead(rank, ru, _LEAD_FLOOR), lead(rank, en, _LEAD_FLOOR)


_PAIRS: Final = 4096  # whose vectors are copied at a time


def _cosines(ru: Side, en: Side, pairs: tuple[Indexes, Indexes]) -> Floats:
    cosines = np.empty(len(pairs[0]))
    for start in range(0, len(cosines), _PAIRS):
        i, j = (rows[start : start + _PAIRS] for rows in pairs)
        cosines[start : start + _PAIRS] = np.einsum("ij,ij->i", ru.vectors[i], en.vectors[j])
    return cosines / LENGTH**2
