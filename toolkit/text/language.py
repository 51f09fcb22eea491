"""Which language a post is in, made for Russian and English among their neighbours.

The script decides first; then py3langid's model (see `language_model`): an open set for Latin and other scripts; in
Cyrillic, where an open set confuses short texts most, letters, words and a closed set (see `cyrillic`). Other posts of
a channel, or of a pair, may be asked too: they decide where the text itself tells too little.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from toolkit.text.bodies import BODY_LETTERS, SHORT_LETTERS, are_short_bodies, is_body, pieces_of_line
from toolkit.text.cyrillic import identify_cyrillic
from toolkit.text.language_model import known_languages, log_odds
from toolkit.text.letters import CYRILLIC, INSIDE, LATIN, OTHER, SIGN, Letters, letters_of
from toolkit.text.likeliest import ENOUGH, Language, Odds, most_likely
from toolkit.text.pii import PLACEHOLDER

Values = NDArray[Any]

# Those of the model that are written in Latin letters and have a code of two letters: the others take names and titles.
_IN_LATIN: Final = frozenset(
    (
        *("af", "az", "br", "bs", "ca", "cs", "cy", "da", "de", "en", "eo", "es", "et", "eu", "fi", "fr", "fy", "ga"),
        *("gd", "gl", "ha", "hr", "hu", "id", "ig", "is", "it", "jv", "ku", "lb", "lg", "ln", "lt", "lv", "mg", "ms"),
        *("mt", "nl", "nn", "no", "oc", "om", "pl", "pt", "qu", "ro", "rw", "sk", "sl", "sn", "so", "sq", "st", "sv"),
        *("sw", "tk", "tl", "tr", "uz", "vi", "xh", "yo", "zu"),
    )
)

_MIXED_SHARE: Final = 0.25  # of all letters are in a half of a bilingual post; a foreign name, title or phrase has less
# What stands beside a text in Latin letters is half as likely as elsewhere in a neighbour's language.
_BESIDE_ENGLISH: Final[Odds] = {"ru": 2.0}
_MIXED_CONFIDENCE: Final = 0.5  # a list of foreign names is no text in that language

_MAX_ODDS: Final = 5.0  # a channel's other posts speak for a language; they never settle it
_BATCH: Final = 2048  # texts at a time

# \b before t.me would make the search slower than all else that is done here.
_NOISE: Final = re.compile(
    rf"https?://[^\s()<>\[\]«»\"]+|www\.[^\s()<>\[\]«»\"]+|t\.me/[^\s()<>\[\]«»\"]+|[#@][\w.]+|{PLACEHOLDER}"
)
_SIGNS_OF_NOISE: Final = ("/", "#", "@", "[", "www.")
_MAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


def detect_language(text: str, prior: Odds | None = None) -> Language:
    """Return the language of a text; links, mentions, hashtags, digits and emoji have no say.

    Args:
        text: of a post, or a sentence.
        prior: what else speaks for a language, as the other posts of its channel: see `detect_languages`.

    >>> detect_language("Посольство поздравляет всех с праздником.").lang
    'ru'
    >>> detect_language("🎉 #Новости https://example.org/ru").lang
    'und'
    """
    return detect_languages([text], [prior])[0]


def detect_languages(texts: Sequence[str], priors: Sequence[Odds | None] | None = None) -> list[Language]:
    """Return the languages of many texts, as `detect_language` does and ten times faster.

    Args:
        texts: of posts, or sentences.
        priors: for each text how much likelier than others languages are before it is read, or None. A prior decides
            between languages that a text may be in, never against its letters or words.

    >>> [found.lang for found in detect_languages(["Порт закрыт.", "The port is closed.", "Порт е затворен."])]
    ['ru', 'en', 'bg']
    """
    found: list[Language] = []
    for start in range(0, len(texts), _BATCH):
        part = slice(start, start + _BATCH)
        found += _detect([_without_noise(text) for text in texts[part]], None if priors is None else priors[part])
    return found


def language_prior(sums: Mapping[str, float]) -> Odds:
    """Return what a channel's posts say of the language of one more.

    Args:
        sums: language -> how sure that is, added up over the posts that are in it.

    >>> language_prior({"ru": 11.0, "uk": 3.0}), language_prior({"ru": 0.5})
    ({'ru': 4.6667, 'uk': 2.0}, {'ru': 2.3333})
    """
    most = max(sums.values(), default=0.0)
    return {language: round(1 + (_MAX_ODDS - 1) * sure / (most + 1), 4) for language, sure in sums.items()}


def split_by_language(text: str) -> tuple[str | None, str | None]:
    """Return the Russian and the English text of a post.

    A text in one language comes back whole, foreign quotes, titles and code included. Of a bilingual one each paragraph
    goes to the side of its script, and of a line in both each sentence; what has no letters stays with what is before.

    >>> split_by_language("Встреча министров прошла в Москве.\\nThe ministers met in Moscow yesterday.")
    ('Встреча министров прошла в Москве.', 'The ministers met in Moscow yesterday.')
    """
    lang = detect_language(text).lang
    if lang != "mixed":
        return (text if lang == "ru" else None), (text if lang == "en" else None)
    ru, en = _by_script(text.split("\n"))
    return "\n".join(ru).strip(), "\n".join(en).strip()


def _without_noise(text: str) -> str:
    """Return the text without links, tags and placeholders, its letters composed."""
    if "@" in text:
        text = _MAIL.sub(" ", text)
    if any(sign in text for sign in _SIGNS_OF_NOISE):  # a search costs more than all that is done later
        text = _NOISE.sub(" ", text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _detect(texts: list[str], priors: Sequence[Odds | None] | None) -> list[Language]:
    letters = letters_of(texts)
    n_cyrillic, n_latin = letters.counts(CYRILLIC), letters.counts(LATIN)
    found = _identify(letters, priors)
    shorter, both = np.minimum(n_cyrillic, n_latin), n_cyrillic + n_latin
    places = np.flatnonzero(shorter >= np.maximum(SHORT_LETTERS, _MIXED_SHARE * both)).tolist()
    bodies = [_bodies(texts[at], is_short=bool(shorter[at] < BODY_LETTERS)) for at in places]
    flat = [_without_noise(body) for of_one in bodies for body in of_one]
    languages = iter(_identify(letters_of(flat), [_BESIDE_ENGLISH] * len(flat)) if flat else [])
    for at, of_one in zip(places, bodies, strict=True):
        found[at] = _of_both_scripts(list(islice(languages, len(of_one)))) or found[at]
    return found


def _bodies(text: str, *, is_short: bool) -> list[str]:
    """Return the Russian and the English side of a text, as far as they are bodies, and not titles, names or code.

    Args:
        text: has letters of both scripts.
        is_short: whether those of one are too few for a body, but for a short one beside another.
    """
    sides = ["\n".join(side) for side in _by_script(text.split("\n"))]
    if is_short and not are_short_bodies(*sides):
        return []
    return [side for side in sides if is_short or is_body(side)]


def _of_both_scripts(languages: list[Language]) -> Language | None:
    """Return `mixed`, or the language of the only side that is a body."""
    if len(languages) == 1:
        return languages[0]
    confidence = min((language.confidence for language in languages), default=0.0)
    are_ours = [language.lang for language in languages] == ["ru", "en"]
    return Language("mixed", confidence) if are_ours and confidence >= _MIXED_CONFIDENCE else None


def _by_script(lines: list[str]) -> tuple[list[str], list[str]]:
    """Deal lines to Cyrillic and Latin by the majority of their letters; lines of neither follow the one before.

    A line that has enough of both for two bodies is dealt piece by piece.
    """
    sides: tuple[list[str], list[str]] = ([], [])
    waiting: list[str] = []  # lines before the first letter
    side: int | None = None
    lines = [piece for line in lines for piece in _pieces(line)]
    letters = letters_of([_without_noise(line) for line in lines])
    for line, n_cyrillic, n_latin in zip(lines, letters.counts(CYRILLIC), letters.counts(LATIN), strict=True):
        if n_cyrillic or n_latin:
            side = 0 if n_cyrillic >= n_latin else 1
        if side is None:
            waiting.append(line)
            continue
        sides[side].extend([*waiting, line])
        waiting = []
    return sides


def _pieces(line: str) -> list[str]:
    """Return a line, or its sentences if it may be a bilingual post in one line."""
    if len(line) < 2 * SHORT_LETTERS:
        return [line]
    letters = letters_of([_without_noise(line)])
    least = min(letters.counts(CYRILLIC)[0], letters.counts(LATIN)[0])
    return pieces_of_line(line) if least >= SHORT_LETTERS else [line]


def _identify(letters: Letters, priors: Sequence[Odds | None] | None) -> list[Language]:
    """Identify texts by the script that most of their letters are in; the others are names.

    Russian posts have many names in Latin letters and English ones few in Cyrillic, so that a third is enough for it.
    """
    n_cyrillic, n_latin = letters.counts(CYRILLIC), letters.counts(LATIN)
    n_letters = n_cyrillic + n_latin + letters.counts(OTHER)
    is_cyrillic = (n_letters > 0) & (2 * n_cyrillic >= n_latin) & (3 * n_cyrillic >= n_letters)
    is_latin = (n_letters > 0) & ~is_cyrillic & (2 * n_latin >= n_letters)
    found = [Language("und", 0.0)] * len(n_letters)
    for chosen, identify in (
        (is_cyrillic, identify_cyrillic),
        (is_latin, _identify_latin),
        ((n_letters > 0) & ~is_cyrillic & ~is_latin, _identify_others),
    ):
        if chosen.any():
            places = np.flatnonzero(chosen)
            given = [None if priors is None else priors[int(at)] for at in places]
            for at, language in zip(places, identify(letters.of(chosen), n_letters[chosen], given), strict=True):
                found[at] = language
    return found


def _identify_latin(letters: Letters, n_letters: Values, priors: list[Odds | None]) -> list[Language]:
    words = letters.only((letters.kinds == LATIN) | (letters.kinds == INSIDE), ENOUGH)
    return _identify_openly(words.texts(), _latin_languages(), n_letters, priors)


def _identify_others(letters: Letters, n_letters: Values, priors: list[Odds | None]) -> list[Language]:
    return _identify_openly(letters.only(letters.kinds != SIGN, ENOUGH).texts(), _all_languages(), n_letters, priors)


def _identify_openly(
    texts: list[str], languages: tuple[str, ...], n_letters: Values, priors: list[Odds | None]
) -> list[Language]:
    texts = [text.lower() if text.isupper() else text for text in texts]
    return most_likely(log_odds(texts, languages), languages, "en", n_letters, priors)


@cache
def _latin_languages() -> tuple[str, ...]:
    return tuple(sorted(_IN_LATIN.intersection(known_languages())))


@cache
def _all_languages() -> tuple[str, ...]:
    return tuple(language for language in known_languages() if len(language) == 2)
