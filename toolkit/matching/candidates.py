"""The pairs of posts that are worth weighing, with what speaks for and against each."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.bimax import found_in_each_other, lead, sentence_neighborhoods
from toolkit.kernels.margin import margin_scores, neighborhood
from toolkit.kernels.neighbors import Neighbors, either_way, nearest_both_ways
from toolkit.kernels.pair_model import Evidence
from toolkit.matching.sides import Side
from toolkit.options import MatchOptions
from toolkit.text.anchor_weights import Weighed, weigh_anchors

Indexes = NDArray[np.int64]
Floats = NDArray[np.float64]

ABOVE: Final = 2.0  # standard deviations above the background: the typical neighbourhood in a pool of news
_CANDIDATES: Final = 8  # neighbours each way that are looked at closely; the counterpart was always among the first 5
_LEAD_FLOOR: Final = -1.0  # an opponent that every post has, in standard deviations: the typical unrelated candidate
_IN_LONG: Final = 0.75  # share of "short in long" when candidates compete; the long text may have more to say


class Candidates(NamedTuple):
    """Pairs that were looked at closely, sorted by (ru, en).

    Attributes:
        ru: index of the Russian post in its side.
        en: index of the English post in its side.
        similarity: cosine of the two texts.
        margin: the ratio margin.
        hours_apart: English minus Russian time, NaN where a date is missing or has no time of day.
        overlaps: number_overlap, link_overlap and name_overlap, NaN where not defined.
        evidence: what the model weighs.
    """

    ru: Indexes
    en: Indexes
    similarity: Floats
    margin: Floats
    hours_apart: Floats
    overlaps: dict[str, Floats]
    evidence: Evidence


def find_candidates(ru: Side, en: Side, background: tuple[float, float], options: MatchOptions) -> Candidates:
    """Return the pairs worth weighing, with the evidence.

    Args:
        ru: the Russian posts.
        en: the English posts.
        background: of the encoder.
        options: neighbours and window, and whether a post may be paired with itself.
    """
    mean, std = background
    k = max(_CANDIDATES, options.neighbors)
    forward, backward = nearest_both_ways(
        ru.vectors,
        en.vectors,
        k,
        times_a=ru.hours,
        times_b=en.hours,
        slack_a=ru.slack,
        slack_b=en.slack,
        window=options.window_hours,
        exact=options.exact,
    )
    i, j = _candidate_pairs(forward, backward, ru, en, self_pairs=options.self_pairs)
    cosines = np.einsum("ij,ij->i", ru.vectors[i], en.vectors[j], dtype=np.float64)
    typical = mean + ABOVE * std
    around_ru = neighborhood(_first(forward, options.neighbors), background=typical)[i]
    around_en = neighborhood(_first(backward, options.neighbors), background=typical)[j]
    in_en, in_ru = (values / std for values in _found(ru, en, (i, j), typical))
    is_ru_shorter = ru.letters[i] <= en.letters[j]
    short_in_long, long_in_short = np.where(is_ru_shorter, (in_en, in_ru), (in_ru, in_en))
    both = _IN_LONG * short_in_long + (1 - _IN_LONG) * long_in_short
    hours_apart, slack = en.hours[j] - ru.hours[i], ru.slack[i] + en.slack[j]
    anchors = _weighed(ru, en, i, j)
    overlaps = {name: anchors[name] for name in ("number_overlap", "link_overlap", "name_overlap")}
    evidence = Evidence(
        short_in_long=short_in_long,
        long_in_short=long_in_short,
        lead_ru=lead(both, i, _LEAD_FLOOR),
        lead_en=lead(both, j, _LEAD_FLOOR),
        **{name: anchors[name] for name in Weighed._fields if name in Evidence._fields},
        length_ratio=np.minimum(ru.letters[i], en.letters[j]) / np.maximum(ru.letters[i], en.letters[j]),
        letters=np.minimum(ru.letters[i], en.letters[j]),
        hours=np.maximum(np.abs(hours_apart), slack),  # two posts of one day may be a day apart, and count as that
        same_post=np.array([ru.post_ids[a] == en.post_ids[b] for a, b in zip(i, j, strict=True)], bool),
    )
    margin = margin_scores(cosines, around_ru, around_en, "ratio")
    hours_apart = np.where(slack > 0, np.nan, hours_apart)  # else a time of day would be made up
    return Candidates(i, j, cosines, margin, hours_apart, overlaps, evidence)


def _first(neighbors: Neighbors, k: int) -> Neighbors:
    return Neighbors(neighbors.indexes[:, :k], neighbors.cosines[:, :k])


def _candidate_pairs(
    forward: Neighbors, backward: Neighbors, ru: Side, en: Side, *, self_pairs: bool
) -> tuple[Indexes, Indexes]:
    """Return the neighbours of both directions and the bilingual posts, if wanted, each pair once, sorted."""
    place = {post_id: index for index, post_id in enumerate(en.post_ids)}
    found = [(index, place[post_id]) for index, post_id in enumerate(ru.post_ids) if post_id in place]
    halves = np.array(found, np.int64).reshape(-1, 2)
    pairs = np.unique(np.concatenate([either_way(forward, backward), halves]), axis=0)
    if not self_pairs:
        own = np.full(len(ru.post_ids), -1)
        own[halves[:, 0]] = halves[:, 1]
        pairs = pairs[own[pairs[:, 0]] != pairs[:, 1]]
    return pairs[:, 0], pairs[:, 1]


def _found(ru: Side, en: Side, pairs: tuple[Indexes, Indexes], typical: float) -> tuple[Floats, Floats]:
    around_ru = sentence_neighborhoods(ru.sentences, en.sentences, typical)
    around_en = sentence_neighborhoods(en.sentences, ru.sentences, typical)
    return found_in_each_other(ru.sentences, en.sentences, around_ru, around_en, pairs)


def _weighed(ru: Side, en: Side, i: Indexes, j: Indexes) -> dict[str, Floats]:
    """Return the fields of `Weighed` as columns, NaN where one is not defined."""
    rows = weigh_anchors(ru.anchors, en.anchors, zip(i.tolist(), j.tolist(), strict=True))
    table = np.array(rows, np.float64).reshape(-1, len(Weighed._fields))
    return dict(zip(Weighed._fields, table.T, strict=True))
