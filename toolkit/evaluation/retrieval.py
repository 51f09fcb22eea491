"""Sentence retrieval: how often the nearest text of the other language is the right one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolkit.evaluation.intervals import Evaluation, Formula, Reals, Sums, evaluate_counts, ratio
from toolkit.kernels.neighbors import nearest_both_ways

if TYPE_CHECKING:
    from toolkit.encoders import Encoder


def evaluate_retrieval(pairs: Sequence[tuple[str, str]], encoder: Encoder) -> Evaluation:
    """Return the accuracy from English to Russian, from Russian to English, and the mean of both.

    As in Tatoeba (Artetxe & Schwenk 2019), with cosine: every text searches all texts of the other language. The right
    answer is the text of its own pair. A text that is there more than once has all its counterparts as right answers,
    since nothing could tell which is meant. Equally near texts: the first one counts. Memory does not grow with the
    square of the pairs. The intervals draw pairs, with both directions of each.

    Args:
        pairs: (English, Russian), at least one.
        encoder: embeds both.
    """
    en, ru = ([pair[side] for pair in pairs] for side in (0, 1))
    forward, backward = nearest_both_ways(encoder.encode(en), encoder.encode(ru), 1)
    right = set(pairs)
    there = [(en[i], ru[j]) in right for i, j in enumerate(forward.indexes[:, 0].tolist())]
    back = [(en[i], ru[j]) in right for j, i in enumerate(backward.indexes[:, 0].tolist())]
    counts = {
        "pairs": np.ones(len(pairs)),
        "en_ru_right": np.array(there, float),
        "ru_en_right": np.array(back, float),
    }
    return evaluate_counts(counts, _FORMULAS, "pairs")


def _mean(sums: Sums) -> Reals:
    return ratio(sums["en_ru_right"] + sums["ru_en_right"], 2 * sums["pairs"])


_FORMULAS: dict[str, Formula] = {
    "en_ru": lambda sums: ratio(sums["en_ru_right"], sums["pairs"]),
    "ru_en": lambda sums: ratio(sums["ru_en_right"], sums["pairs"]),
    "mean": _mean,
}
