"""The likeliest language of each text, by what a model, the text's length and other texts say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
Odds = Mapping[str, float]  # language -> how much likelier than others it is before a text is read; 1 if not named

ENOUGH: Final = 200  # characters settle the question; more cost time only

# A text of a few words is Russian or English until shown otherwise ("как дела" would be Macedonian); a longer one needs
# no such favour, and Bulgarian or Serbian would pay for it. English has far more rivals, of which few write to us.
_PRIOR_ODDS: Final = {"ru": 3.0, "en": 10.0}
_PRIOR_LETTERS: Final = 40


class Language(NamedTuple):
    """A language and how sure that is.

    Attributes:
        lang: `ru`, `en`, `mixed` (a bilingual text in both), another ISO 639 code, or `und` if there are no letters.
        confidence: 0..1, 4 decimals; comparable between texts of different length.
    """

    lang: str
    confidence: float


def most_likely(
    odds: Values,
    languages: tuple[str, ...],
    expected: str,
    n_letters: Values,
    priors: Sequence[Odds | None],
    tells: Values | None = None,
) -> list[Language]:
    """Return the likeliest language of each text; of several the first.

    Args:
        odds: log odds, (texts, languages).
        languages: of the columns.
        expected: the one that short texts are in until shown otherwise.
        n_letters: of each text.
        priors: of each text; see `language.detect_languages`.
        tells: which texts show by themselves that they are not in the expected one; nothing else is asked for these.
    """
    shares = np.exp(odds)
    is_open = np.ones(len(odds), bool) if tells is None else ~tells
    if expected in languages:
        shares[is_open & (n_letters < _PRIOR_LETTERS), languages.index(expected)] *= _PRIOR_ODDS[expected]
    for at, prior in enumerate(priors):
        if prior and is_open[at]:
            shares[at] *= [prior.get(language, 1.0) for language in languages]
    shares /= shares.sum(axis=1, keepdims=True)
    best = shares.argmax(axis=1)
    return [Language(languages[column], round(float(row[column]), 4)) for row, column in zip(shares, best, strict=True)]
