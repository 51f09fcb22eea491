"""The probability that two posts are variants of one, from the evidence: a logistic model with its numbers.

Fitted by `benchmarks/match.py fit` on pools of 1 to 400 posts made from parallel news and from short sentences, with
neighbouring passages of the same story as the hard negatives. No weight may be negative where more evidence is better,
so that the model holds outside the pools that it has seen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.kernels.assignment import assign_one_to_one

Floats = NDArray[np.float64]


class Evidence(NamedTuple):
    """What speaks for and against each candidate pair; NaN is "not defined". All of shape (n,).

    Attributes:
        short_in_long: how well the shorter text is found in the longer one (`bimax`), in standard deviations of
            the encoder's background.
        long_in_short: the other direction.
        lead_ru: how far it is ahead of the Russian post's best other candidate, in the same unit.
        lead_en: the same for the English post.
        link_overlap: shared links / all links.
        numbers_shared: of the numbers that both have, how rare they are, in nats.
        numbers_missing: of the numbers that only one has, on the side where it is less, how rare they are, in nats.
        names_shared: as for numbers.
        names_missing: as for numbers.
        length_ratio: shorter / longer in letters, 0..1.
        letters: of the shorter one.
        hours: between them, either way.
        same_post: whether both are the halves of one bilingual post.
    """

    short_in_long: Floats
    long_in_short: Floats
    lead_ru: Floats
    lead_en: Floats
    link_overlap: Floats
    numbers_shared: Floats
    numbers_missing: Floats
    names_shared: Floats
    names_missing: Floats
    length_ratio: Floats
    letters: Floats
    hours: Floats
    same_post: NDArray[np.bool_]


WEIGHTS: Final = {
    "one": -5.906,
    "short_in_long": 2.122,
    "long_in_short": 0.597,
    "lead_ru": 0.795,
    "lead_en": 1.027,
    "numbers_shared": 0.117,
    "numbers_missing": 0.153,
    "names_shared": 0.072,
    "names_missing": 0.015,
    "length": 0.18,
    "short_found": 0.394,
}
_LEADS: Final = (-3, 3)  # beyond, they say no more
FREE: Final = {"one", "short_found"}  # may have either sign

RATE: Final = 0.62  # share of posts that had a counterpart in the pools it was fitted on

# What parallel documents cannot teach. A shared article is nearly proof (12 of 12 pairs of kremlin.ru by its number).
# The halves of one post share links and time whatever they say, so that these prove nothing of them.
_LINK: Final = 4.0
# Newsrooms publish variants within hours (medians of 0.4 and 1.6 h, 95 % within 9 h): a mixture of an exponential
# decay and, for one in five, any time in the window.
_LAG_HOURS: Final = 6.0
_LAG_SHARE: Final = 0.8

_KNOWN_POSTS: Final = 10
_ROUNDS: Final = 10


def log_odds(evidence: Evidence, window_hours: float) -> Floats:
    """Return the log-odds of each candidate, shape (n,).

    Args:
        evidence: of the candidates.
        window_hours: within which candidates with dates were looked for.
    """
    odds = design(evidence) @ np.array(list(WEIGHTS.values()))
    near = _LAG_SHARE * np.exp(-evidence.hours / _LAG_HOURS) * window_hours / _LAG_HOURS
    outside = _LINK * np.nan_to_num(evidence.link_overlap) + np.nan_to_num(np.log(near + 1 - _LAG_SHARE))
    return np.asarray(odds + np.where(evidence.same_post, 0, outside))


def with_leads(odds: Floats, lead_ru: Floats, lead_en: Floats) -> Floats:
    """Return the log-odds of candidates whose leads are known only now, from those with leads of 0."""
    of_ru, of_en = (
        WEIGHTS[name] * np.clip(lead, *_LEADS) for name, lead in (("lead_ru", lead_ru), ("lead_en", lead_en))
    )
    return np.asarray(odds + of_ru + of_en)


def probability(odds: Floats) -> Floats:
    """Turn log-odds into probabilities.

    >>> probability(np.array([-800.0, 0.0, np.log(3)])).round(2)
    array([0.  , 0.5 , 0.75])
    """
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, None))))


def at_rate_of_pool(odds: Floats, a: NDArray[np.int64], b: NDArray[np.int64], n_posts: int) -> Floats:
    """Move log-odds from the share of posts with counterpart that the model was fitted on to that of a pool.

    Where few posts have one, a pair must show more; where more have one, it need not show less. The share is what the
    pairs themselves say (expectation maximisation; Saerens et al. 2002); ten posts at the old rate steady small pools.

    Args:
        odds: of each candidate, shape (n,).
        a: first index of each candidate.
        b: second index of each candidate.
        n_posts: of the smaller side, alone or not.

    >>> zero = np.array([0])
    >>> [at_rate_of_pool(np.array([2.0]), zero, zero, n_posts).round(2).tolist() for n_posts in (1, 1000)]
    [[2.0], [-3.58]]
    """
    shift, old = 0.0, np.log(RATE / (1 - RATE))
    for _ in range(_ROUNDS):
        chosen = assign_one_to_one(a, b, odds + shift)
        expected = probability(odds[chosen] + shift).sum()
        rate = min((expected + _KNOWN_POSTS * RATE) / (n_posts + _KNOWN_POSTS), RATE)
        shift = float(np.log(rate / (1 - rate)) - old)
    return odds + shift


def design(evidence: Evidence) -> Floats:
    """Return the model's variables, one column for each of `WEIGHTS`, shape (n, weights)."""
    short_in_long = np.clip(evidence.short_in_long, -2, 3)
    short = np.minimum(np.log(np.maximum(evidence.letters, 1) / 200), 0)  # posts under 200 letters prove less
    columns = {
        "one": np.ones(len(short)),
        "short_in_long": short_in_long,
        "long_in_short": np.clip(evidence.long_in_short, -2, 3),
        "lead_ru": np.clip(evidence.lead_ru, *_LEADS),
        "lead_en": np.clip(evidence.lead_en, *_LEADS),
        "numbers_shared": np.minimum(evidence.numbers_shared, 15),
        "numbers_missing": -np.minimum(evidence.numbers_missing, 15),
        "names_shared": np.minimum(evidence.names_shared, 15),
        "names_missing": -np.minimum(evidence.names_missing, 15),
        "length": np.log(np.maximum(evidence.length_ratio, 0.05)),
        "short_found": short * short_in_long,
    }
    return np.stack(list(columns.values()), axis=1)
