"""Which text of a post is a body: sentences that could be the translation of others.

A post that is in two languages says the same twice. Titles of games and articles, names, code and hashtags in another
script do not make it one.
"""

from __future__ import annotations

import re
from typing import Final

BODY_LETTERS: Final = 25  # a body has at least that many letters in sentences; less is a greeting or a quoted phrase
SHORT_LETTERS: Final = 10  # of each of two bodies that are one short sentence, and look like each other's translation
_SHORT_RATIO: Final = 0.55  # of their letters; translations of short sentences seldom differ more
_BODY_SHARE: Final = 0.5  # of the letters of a side are in sentences; else it is a list with a remark
_LEAST_WORDS: Final = 3  # of a sentence
_CAPITALS: Final = 0.5  # of the words that mean something, but for the first; more is a title or a list of names

_NOISE: Final = re.compile(r"(?:https?://|www\.|\bt\.me/)\S+|(?<!\S)\S{1,64}@\S{1,255}\.\w+|[#@]\w[\w.]*|\[[A-Z]+\]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
_LATIN: Final = re.compile(r"[A-Za-z]")
_END: Final = re.compile(r"[.!?…][\"'»”’)\]*_]*\s*$")
_DIGITS: Final = re.compile(r"\d+")
# A prompt, an option, an assignment, a call, a path, braces: what people type and not what they say.
_CODE: Final = re.compile(
    r"^\s*(?:[$>%]\s|>>>|#!|//|/\*|<\w+[^>]*>)|(?<!\S)--?[A-Za-z][\w-]*(?=[\s=]|$)|[{}]|\w\(\)|[=!]=|=>|->|::|;\s*$"
    r"|\w\s=\s\S|\$\w|(?<!\S)\w+=\S|(?<!\S)(?:\.{0,2}/)[\w.-]+/|`[^`]+`"
)
# Words that titles do not capitalise. An English sentence has some; without any it is a headline at best.
_RU_SMALL: Final = frozenset(
    re.findall(r"\S+", "а без в во для до за и из к как ко на над не ни о об от по под при про с со у")
)
_SMALL: Final = frozenset(
    re.findall(
        r"\S+",
        """a about after all also am an and any are as at be because been before but by can could did do does down each
        for from had has have he her here him his how i if in into is it it's its just may me more most must my no not
        now of off on one only or our out over she should since so some such than that the their them then there these
        they this those through to too under until up us was we were what when where which while who whose why will with
        would you your""",
    )
)
_FLAGS: Final = r"(?:[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0061-\U000e007f]+)"
_PIECE: Final = re.compile(rf"(?<=[.!?…])\s+(?=\S)|(?<![\s\U0001f1e6-\U0001f1ff])\s*(?={_FLAGS})|(?<!\s)\s+[/|—–-]\s+")


def is_body(text: str, least: int = BODY_LETTERS) -> bool:
    """Tell whether a text of one script is, for the most part, sentences, which have at least so many letters.

    >>> is_body("The ministers met in Moscow yesterday and agreed on a date.")
    True
    >>> is_body("Harbour Master\\nHarbour Master: Night Shift"), is_body("$ tidecurl -d '{}' station.example.org:443")
    (False, False)
    """
    letters = [(_letters(line), _says_something(line)) for line in _without_noise(text).split("\n")]
    said = sum(count for count, says in letters if says)
    return said >= max(least, _BODY_SHARE * sum(count for count, _ in letters))


def are_short_bodies(one: str, other: str) -> bool:
    """Tell whether two texts, a sentence or so each, are bodies: as long, with the same numbers and the same end.

    >>> are_short_bodies("Паром задержится на 2 часа.", "The ferry will be 2 hours late.")
    True
    >>> are_short_bodies("Откуда эта фраза?", "Winter is coming."), are_short_bodies("Песня дня.", "Going Home.")
    (False, False)
    """
    texts = [_without_noise(text) for text in (one, other)]
    less, more = sorted(map(_letters, texts))
    ends = [{sign for found in _END.finditer(text) if (sign := found[0][0].replace("…", "."))} for text in texts]
    numbers = [sorted(_DIGITS.findall(text)) for text in texts]
    is_alike = less >= _SHORT_RATIO * more and ends[0] == ends[1] != set() and numbers[0] == numbers[1]
    return is_alike and all(is_body(text, SHORT_LETTERS) for text in texts)


def pieces_of_line(line: str) -> list[str]:
    """Return what a line may change its language between: sentences, and what flags or a stroke set apart.

    >>> pieces_of_line("🇷🇺 Мост открыт. 🇬🇧 The bridge is open.")
    ['🇷🇺 Мост открыт.', '🇬🇧 The bridge is open.']
    """
    return [piece for piece in _PIECE.split(line) if piece.strip()]


def _says_something(line: str) -> bool:
    """Tell whether a line is of sentences: no title, no names, no code."""
    words = _WORD.findall(line)
    if len(words) < _LEAST_WORDS or _CODE.search(line):
        return False
    is_latin = 2 * len(_LATIN.findall(line)) > _letters(line)
    small_words = _SMALL if is_latin else _RU_SMALL
    is_small = [word.casefold().replace("’", "'") in small_words for word in words]
    has_end = bool(_END.search(line))
    if is_latin and not any(is_small):
        return has_end and not _is_title(words, is_small)
    return has_end or line.isupper() or not _is_title(words, is_small)


def _is_title(words: list[str], is_small: list[bool]) -> bool:
    """Tell whether most words have a capital that a sentence would not give them."""
    meaning = [word for word, small in zip(words[1:], is_small[1:], strict=True) if not small]
    return sum(word[0].isupper() for word in meaning) > _CAPITALS * len(meaning)


def _without_noise(text: str) -> str:
    return _NOISE.sub(" ", text)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))
