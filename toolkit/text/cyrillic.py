"""Which language a text in Cyrillic is in, made for Russian among its neighbours.

Alphabets first (see `alphabets`), because a letter that a language lacks is in no word of it. Then, of the languages
that are left, the likeliest by py3langid's model and by the words: some are no words of Russian (`neighbour_words`),
and some are spelled as no word of Russian is (`russian_runs`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.text.alphabets import LANGUAGES, fewest_misfits, owners
from toolkit.text.language_model import known_languages, log_odds
from toolkit.text.letters import CYRILLIC, Letters
from toolkit.text.likeliest import ENOUGH, Language, Odds, most_likely
from toolkit.text.neighbour_words import LIKELY, SURE, foreignness, is_russian_only
from toolkit.text.russian_runs import is_like_russian

Values = NDArray[Any]

# Those of the model, in the order of alphabets.LANGUAGES. A text may be in one of the first and not show it by letters;
# one in the others, which have all letters of Russian and more, shows it unless it is short.
_NEIGHBOURS: Final = ("ru", "uk", "be", "bg", "sr", "mk")
_CLOSED: Final = (*_NEIGHBOURS, "kk", "tg", "tt", "ky", "mn", "ba")
_BITS: Final = tuple(LANGUAGES.index(language) for language in _CLOSED)
_SHOWN_LETTERS: Final = 60  # in a text of that many

_FOREIGN_SHARE: Final = 0.1  # of the words have such a letter: a foreign name in a text does not change its language
_FOREIGN_WORDS: Final = 2  # at least, if there are some more

# What words say for one of these against Russian, in the unit of the model's log odds. Chosen in December 2026 on
# 36,000 Russian posts, first lines and sentences, alone and as in a channel of Russian posts, and 4,000 strings of
# programs, declarations and headlines in the others, so that fewer of both are lost than by the model alone.
_RIVALS: Final = np.array([language in (*_NEIGHBOURS[1:], "kk") for language in _CLOSED])
_OF_FOREIGNNESS: Final = {SURE: 2.0, LIKELY: 1.0, 0: 0.0}
_RUSSIAN_ONLY: Final = -1.0
_LIKE_RUSSIAN: Final = -0.7
_STRANGE: Final = 1.3
_STRANGE_NAME: Final = 0.3  # foreign names are strange in every language
_MOST_BY_SPELLING: Final = 3.0
_CERTAIN: Final = 3.0  # the model knows, and words need not be read
_MISFIT: Final = 1.0  # a word that has a letter which the language lacks, and is not enough to exclude it


def identify_cyrillic(letters: Letters, n_letters: Values, priors: list[Odds | None]) -> list[Language]:
    """Return the language of each text.

    Args:
        letters: of the texts; all but Cyrillic ones are passed over.
        n_letters: of each text.
        priors: of each text; see `language.detect_languages`.
    """
    words = letters.only(letters.kinds == CYRILLIC, ENOUGH)
    n_words, fitting = _words_that_fit(words)
    misfits = n_words[:, None] - fitting
    allowed = np.maximum(_FOREIGN_SHARE * n_words, np.minimum(_FOREIGN_WORDS, n_words / 4))
    possible = misfits < allowed[:, None]
    texts = words.texts()
    found: list[Language | None] = [None] * len(texts)
    for at in np.flatnonzero(~possible[:, 0]):  # not in Russian
        found[at] = _by_letters(texts[at], priors[at])
    shows_none = (n_letters >= _SHOWN_LETTERS) & (misfits[:, 0] == 0)
    possible[shows_none, len(_NEIGHBOURS) :] = False
    for at in np.flatnonzero(possible[:, 0] & (possible.sum(axis=1) == 1)):
        found[at] = Language(_CLOSED[0], 1.0)
    left = np.array([at for at, language in enumerate(found) if language is None], np.int64)
    chosen = _by_words(
        [texts[at] for at in left], possible[left], misfits[left], n_letters[left], [priors[at] for at in left]
    )
    for at, language in zip(left, chosen, strict=True):
        found[at] = language
    return [language for language in found if language is not None]


def _by_words(
    texts: list[str], possible: Values, misfits: Values, n_letters: Values, priors: list[Odds | None]
) -> list[Language]:
    """Identify texts that are in one of several languages, Russian among them."""
    odds = log_odds(texts, _CLOSED) - _MISFIT * (misfits - misfits[:, :1])
    odds[~possible] = -np.inf
    tells = np.zeros(len(texts), bool)
    rivals = odds[:, 1:].max(axis=1, initial=-np.inf)
    for at in np.flatnonzero(odds[:, 0] - rivals < _CERTAIN):
        against_russian, tells[at] = _weigh(texts[at].split())
        odds[at] += against_russian * _RIVALS
    odds -= odds.max(axis=1, keepdims=True, initial=-np.inf)
    return most_likely(odds, _CLOSED, "ru", n_letters, priors, tells)


def _weigh(words: list[str]) -> tuple[float, bool]:
    """Return what the words say against Russian, and whether they say that it is none, whatever else is known."""
    is_shouted = all(map(str.isupper, words))
    weighed = [_weigh_word(word.lower() if is_shouted else word) for word in words]
    by_words, by_spelling, n_sure = map(sum, zip(*weighed, strict=True))
    return by_words + min(max(by_spelling, -_MOST_BY_SPELLING), _MOST_BY_SPELLING), n_sure > 0


@lru_cache(1 << 16)
def _weigh_word(word: str) -> tuple[float, float, int]:
    """Return what a word says against Russian by itself and by its spelling, and 1, -1 or 0: it is sure of that."""
    small = word.lower()
    foreign = foreignness(small)
    by_spelling = _LIKE_RUSSIAN
    if not is_like_russian(small):
        by_spelling = _STRANGE_NAME if word[0].isupper() else _STRANGE
    if foreign == 0 and is_russian_only(small):
        return _RUSSIAN_ONLY, by_spelling, -1
    return _OF_FOREIGNNESS[foreign], by_spelling, int(foreign == SURE)


def _words_that_fit(words: Letters) -> tuple[Values, Values]:
    """Return how many words each text has, and how many of them have the letters of each of _CLOSED only."""
    is_letter = words.kinds == CYRILLIC
    begins = np.flatnonzero(is_letter & ~np.concatenate(([False], is_letter[:-1])))
    owned = np.full(len(words.codes), -1, np.int64)
    owned[is_letter] = owners()[words.codes[is_letter] - 0x400]
    by_word = np.bitwise_and.reduceat(owned, begins)
    text = np.searchsorted(words.stops, begins)
    n_texts = len(words.stops)
    fitting = [np.bincount(text[by_word >> bit & 1 == 1], minlength=n_texts) for bit in _BITS]
    return np.bincount(text, minlength=n_texts), np.stack(fitting, axis=1)


def _by_letters(text: str, prior: Odds | None) -> Language:
    """Identify a text that has letters which Russian lacks."""
    fitting = fewest_misfits(text.split())
    known = tuple(language for language in fitting if language in known_languages())
    if not known:
        return Language(fitting[0], round(1 / len(fitting), 4))
    if len(known) == 1:
        return Language(known[0], 1.0)
    return most_likely(log_odds([text], known), known, "ru", np.array([len(text)]), [prior])[0]
