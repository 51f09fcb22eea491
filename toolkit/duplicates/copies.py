"""When two texts are copies of one item, and when one is a part of the other.

The thresholds were read off 258 labelled pairs of Russian news posts (85 copies, 19 parts, 154 of neither: retellings,
templates with other facts) in November 2026. Chosen on nine tenths of the pairs and measured on the last tenth, 20
times over, such rules find .88 of the copies and take .020 of the others for copies; as they stand here, fitted to all,
they find .89 and .01. Shares of common letter 5-grams tell more than those of words (area under the curve .998 against
.994 among posts of other channels on the same days), and the day tells most: the same few words a week later speak of
another occasion, while an offer that sends its readers somewhere is run again for months.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from toolkit.duplicates.facts import Facts, are_swapped, say_the_same_numbers

LETTERS: Final = 5  # in a shingle

MIN_SIMILARITY: Final = 0.4  # of two channels within the window; retellings that share a sentence reach .42
_OWN_SIMILARITY: Final = 0.85  # a channel repeats its own words for other facts
# At any time: the same long wording is no coincidence ...
_LONG_WORDS: Final = 40
_LONG_SIMILARITY: Final = 0.5
_OWN_LONG_SIMILARITY: Final = 0.9
# ... nor is an offer, which sends its readers to the same place.
_OFFER_WORDS: Final = 15
_OFFER_SIMILARITY: Final = 0.75
# One text is a part of another that is nearly twice as long or more, and has most of it.
PART_TIMES: Final = 1.85
PART_SHARE: Final = 0.8
MIN_PART_WORDS: Final = 5


class Rule(NamedTuple):
    """What made a pair.

    Attributes:
        kind: of DUPLICATES.
        text: what decided, with its parameters; {} is filled in from the options.
    """

    kind: str
    text: str


RULES: Final = (
    Rule("exact", "same words in the same order"),
    Rule("near", "jaccard of word {options.shingle_words}-grams >= {options.threshold:g}"),
    Rule(
        "copy",
        f"two channels within {{options.copy_hours:g}} hours, jaccard of letter {LETTERS}-grams >= {MIN_SIMILARITY:g}, "
        "no number, name, day, month or currency swapped",
    ),
    Rule(
        "copy",
        f"one channel within {{options.copy_hours:g}} hours, jaccard of letter {LETTERS}-grams >= {_OWN_SIMILARITY:g}, "
        "the same numbers, no name, day, month or currency swapped",
    ),
    Rule(
        "copy",
        f"{_LONG_WORDS} words or more, jaccard of letter {LETTERS}-grams >= {_LONG_SIMILARITY:g} (in one channel "
        f"{_OWN_LONG_SIMILARITY:g} and the same numbers), no number, name, day, month or currency swapped",
    ),
    Rule(
        "copy",
        f"an offer of {_OFFER_WORDS} words or more that sends to the same place, jaccard of letter {LETTERS}-grams >= "
        f"{_OFFER_SIMILARITY:g}, the same numbers, no name, day, month or currency swapped",
    ),
)
SAME, NEAR, OTHER_CHANNEL, OWN_CHANNEL, LONG, OFFER = range(len(RULES))


class Setting(NamedTuple):
    """Where and when two texts were published.

    Attributes:
        hours: between them; None: not known.
        is_own: both are of one channel.
        is_soon: `hours` is known and within the window.
    """

    hours: float | None
    is_own: bool
    is_soon: bool


def judge(one: Facts, other: Facts, similarity: float, is_near: bool, setting: Setting) -> int | None:
    """Return the number of the rule by which two texts are one item; None if they are not.

    Args:
        one: what one text says.
        other: what the other says.
        similarity: Jaccard of their letter shingles.
        is_near: their word shingles reach the threshold of the options.
        setting: where and when.
    """
    shorter, longer = sorted((one.n_words, other.n_words))
    if are_swapped(one, other) or (longer >= PART_TIMES * shorter and not is_near):
        return None
    if setting.is_soon or speaks_for_itself(one, other):
        if is_near:
            return NEAR
    elif is_near and setting.hours is None:
        return NEAR
    agree = say_the_same_numbers(one, other)
    if setting.is_soon and not setting.is_own and similarity >= MIN_SIMILARITY:
        return OTHER_CHANNEL
    if setting.is_soon and setting.is_own and similarity >= _OWN_SIMILARITY and agree:
        return OWN_CHANNEL
    long_similarity = _OWN_LONG_SIMILARITY if setting.is_own else _LONG_SIMILARITY
    if shorter >= _LONG_WORDS and similarity >= long_similarity and (agree or not setting.is_own):
        return LONG
    if shorter >= _OFFER_WORDS and similarity >= _OFFER_SIMILARITY and agree and one.targets & other.targets:
        return OFFER
    return None


def speaks_for_itself(one: Facts, other: Facts) -> bool:
    """Tell whether the same words are the same item at any time: a long text, or an offer."""
    shorter = min(one.n_words, other.n_words)
    return shorter >= _LONG_WORDS or (shorter >= _OFFER_WORDS and bool(one.targets & other.targets))


def is_part(part: Facts, whole: Facts, share: float) -> bool:
    """Tell whether a text stands in a longer one of about the same time.

    Args:
        part: what the shorter text says.
        whole: what the longer one says.
        share: of the letter shingles of the shorter text that the longer one has.
    """
    return (
        part.n_words >= MIN_PART_WORDS
        and whole.n_words >= PART_TIMES * part.n_words
        and share >= PART_SHARE
        and not are_swapped(part, whole)
    )
