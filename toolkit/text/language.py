"""Which language a post is in, made for Russian and English among their neighbours.

The script decides first, then py3langid (Lui & Baldwin 2012, naive Bayes over byte n-grams): an open set for Latin and
other scripts, a closed set for Cyrillic, where an open set confuses short texts most.
"""

from __future__ import annotations

import re
from copy import copy
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from toolkit.text.bodies import BODY_LETTERS, is_body, pieces_of_line
from toolkit.text.pii import PLACEHOLDER

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

CYRILLIC = ("ru", "uk", "be", "bg", "sr", "mk", "kk")

_NOT_MEANT = {"pcm", "zxx"}  # Nigerian Pidgin takes short English texts, "no language" takes names

# Letters that Russian lacks, and who has them. They speak for their languages only: their absence says nothing, and "ы"
# as proof of Russian would claim Belarusian.
_FOREIGN_LETTERS = {
    "їєґ": {"uk"},
    "ў": {"be"},
    "ђћ": {"sr"},
    "ѓќѕ": {"mk"},
    "әғқңөұүһ": {"kk"},
    "і": {"uk", "be", "kk"},
    "јљњџ": {"sr", "mk"},
}
_ANY_FOREIGN_LETTER = re.compile(f"[{''.join(_FOREIGN_LETTERS)}]")
_FOREIGN_SHARE = 0.1  # of the words have one: a foreign name in a Russian text does not change its language
_FOREIGN_WORDS = 2  # at least, if there are some more

# A text of a few words is Russian or English until shown otherwise ("как дела" would be Macedonian); a longer one needs
# no such favour, and Bulgarian or Serbian would pay for it. English has far more rivals, of which few write to us.
_PRIOR_ODDS = {"ru": 3.0, "en": 10.0}
_PRIOR_LETTERS = 40

_MIXED_SHARE = 0.25  # of all letters are in a half of a bilingual post; a foreign name, title or phrase has less
_MIXED_CONFIDENCE = 0.5  # a list of foreign names is no text in that language

_ENOUGH = 300  # characters settle the question; more cost time only

_NOISE = re.compile(
    rf"(?:https?://|www\.|\bt\.me/)[^\s()<>\[\]«»\"]+|(?<!\S)\S{{1,64}}@\S{{1,255}}\.\w+|[#@][\w.]+|{PLACEHOLDER}"
)
_NO_LETTER = re.compile(r"[^\w\s'’ʼ-]|[\d_]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]+")
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]+")


class Language(NamedTuple):
    """A language and how sure that is.

    Attributes:
        lang: `ru`, `en`, `mixed` (a bilingual text in both), another ISO 639 code, or `und` if there are no letters.
        confidence: 0..1, 4 decimals; comparable between texts of different length.
    """

    lang: str
    confidence: float


def detect_language(text: str) -> Language:
    """Return the language of a text; links, mentions, hashtags, digits and emoji have no say.

    >>> detect_language("Посольство поздравляет всех с праздником.").lang
    'ru'
    >>> detect_language("🎉 #Новости https://example.org/ru").lang
    'und'
    """
    words = _words(text)
    if _is_balanced(_count(_CYRILLIC, words), _count(_LATIN, words)):
        sides = ["\n".join(side) for side in _by_script(text.split("\n"))]
        bodies = [_identify(_words(side)) for side in sides if is_body(side)]
        if len(bodies) == 1:  # the other side is titles, names or code
            return bodies[0]
        confidence = min((body.confidence for body in bodies), default=0.0)
        if [body.lang for body in bodies] == ["ru", "en"] and confidence >= _MIXED_CONFIDENCE:
            return Language("mixed", confidence)
    return _identify(words)


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


def _words(text: str) -> str:
    """Return what speaks for a language: words and line ends, without links, tags, digits and signs."""
    return _NO_LETTER.sub(" ", _NOISE.sub(" ", text))


def _count(letters: re.Pattern[str], text: str) -> int:
    return sum(map(len, letters.findall(text)))


def _is_balanced(n_cyrillic: int, n_latin: int) -> bool:
    return min(n_cyrillic, n_latin) >= max(BODY_LETTERS, _MIXED_SHARE * (n_cyrillic + n_latin))


def _by_script(lines: list[str]) -> tuple[list[str], list[str]]:
    """Deal lines to Cyrillic and Latin by the majority of their letters; lines of neither follow the one before.

    A line that has enough of both for two bodies is dealt piece by piece.
    """
    sides: tuple[list[str], list[str]] = ([], [])
    waiting: list[str] = []  # lines before the first letter
    side: int | None = None
    for line in chain.from_iterable(map(_pieces, lines)):
        words = _words(line)
        n_cyrillic, n_latin = _count(_CYRILLIC, words), _count(_LATIN, words)
        if n_cyrillic or n_latin:
            side = 0 if n_cyrillic >= n_latin else 1
        if side is None:
            waiting.append(line)
            continue
        sides[side].extend([*waiting, line])
        waiting = []
    return sides


def _pieces(line: str) -> list[str]:
    words = _words(line)
    least = min(_count(_CYRILLIC, words), _count(_LATIN, words))
    return pieces_of_line(line) if least >= BODY_LETTERS else [line]


def _identify(words: str) -> Language:
    """Identify words by the script that most of their letters are in; the others are names."""
    n_cyrillic, n_latin = _count(_CYRILLIC, words), _count(_LATIN, words)
    n_letters = sum(map(str.isalpha, words))
    if not n_letters:
        return Language("und", 0.0)
    if n_cyrillic >= n_latin and 2 * n_cyrillic >= n_letters:
        return _identify_cyrillic(_CYRILLIC.findall(words.lower()), n_letters)
    return _most_likely(dict(_identifier(None).rank(_enough(words.split()))), "en", n_letters)


def _enough(words: list[str]) -> str:
    return " ".join(words)[:_ENOUGH]


def _identify_cyrillic(words: list[str], n_letters: int) -> Language:
    text = _enough(words)
    possible = set(CYRILLIC)
    if _ANY_FOREIGN_LETTER.search(text):
        seen = text.split()
        for letters, owners in _FOREIGN_LETTERS.items():
            n_words = sum(not set(letters).isdisjoint(word) for word in seen)
            if n_words >= max(_FOREIGN_SHARE * len(seen), min(_FOREIGN_WORDS, len(seen) / 4)):
                possible = possible & owners or owners
    ranked = _identifier(CYRILLIC).rank(text)
    return _most_likely({lang: odds for lang, odds in ranked if lang in possible}, "ru", n_letters)


def _most_likely(odds: dict[str, float], expected: str, n_letters: int) -> Language:
    if n_letters < _PRIOR_LETTERS and expected in odds:
        odds = odds | {expected: odds[expected] * _PRIOR_ODDS[expected]}
    best = max(odds, key=lambda lang: (odds[lang], lang))
    return Language(best, round(odds[best] / sum(odds.values()), 4))


@cache
def _model() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def _identifier(languages: tuple[str, ...] | None) -> LanguageIdentifier:
    """Return an identifier for a closed set of languages, or for all that it knows."""
    identifier = copy(_model())  # unpacking the model takes most of a second; its tables are shared
    identifier.set_languages(languages or set(identifier.labels) - _NOT_MEANT)
    return identifier
