"""What a sentence shows besides its meaning and survives translation: length, numbers, names, punctuation.

Sentence aligners have used such cues since Simard, Foster & Isabelle (1992), "Using cognates to align sentences"; they
carry the sentences that an encoder cannot tell apart: short ones, lists of names, tables of figures.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from toolkit.text.anchors import Names, names
from toolkit.text.numerals import read_numbers
from toolkit.text.one_byte import all_but, one_byte

_QUOTE = re.compile('["«»“”„]')
_CLOSING = " \t\u00a0\"'»”’“)]"
_ENDINGS = {".": 1, "…": 1, "!": 2, "?": 3, ":": 4, ";": 4}
_NO_LETTERS = all_but(r"[^\W_]")
_NEXT_SENTENCE = re.compile(r"[.!?…][\"»”’)]*\s+[\"«“„(]*[A-ZА-ЯЁ]")


class Cues(NamedTuple):
    """The cues of one line, which should be a sentence and may hold several.

    Attributes:
        letters: count of letters and digits.
        sentences: sentences in it, at least 1.
        ending: 0 none, 1 full stop, 2 exclamation, 3 question, 4 colon or semicolon.
        has_quote: a quotation mark of any shape is in it.
        digits: numbers in digits; to be looked for on the other side.
        numbers: `digits`, their other readings, and numbers in letters; to be found there.
        names: consonants of names; `sure` ones to be looked for, `all` to be found.
    """

    letters: int
    sentences: int
    ending: int
    has_quote: bool
    digits: frozenset[str]
    numbers: frozenset[str]
    names: Names


def line_cues(text: str) -> Cues:
    """Return the cues of a Russian or English line.

    >>> cues = line_cues("В 2020 году два министра встретили Джонсона. «Мы рады!»")
    >>> cues.letters, cues.sentences, cues.ending, cues.has_quote
    (43, 2, 2, True)
    >>> sorted(cues.digits), sorted(cues.numbers), sorted(cues.names.sure)
    (['2020'], ['2', '2020'], ['jnsn'])
    """
    digits, all_numbers = read_numbers(text)
    return Cues(
        letters=count_letters(text),
        sentences=1 + len(_NEXT_SENTENCE.findall(text)),
        ending=_ENDINGS.get(text.rstrip(_CLOSING)[-1:], 0),
        has_quote=bool(_QUOTE.search(text)),
        digits=digits,
        numbers=all_numbers,
        names=names(text),
    )


def count_letters(text: str) -> int:
    """Return how many letters and digits a text has: its length, whatever its spaces and punctuation.

    >>> count_letters("Да, 7!")
    3
    """
    return len(one_byte(text).translate(None, _NO_LETTERS))
