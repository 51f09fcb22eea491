"""Which of the old 8-bit encodings a text is in, told by what it reads as: Russian, or another language in its letters.

Detectors of encodings in general take Windows-1251 for Mac Cyrillic and the other way round, because the two share most
small letters (charset-normalizer 3.5 does on seven texts of 26). Of Russian more is known: how often each letter is
used, that a capital begins a word, and that no word is in two scripts.
"""

from __future__ import annotations

import re
from collections import Counter
from math import log
from typing import Final

# In the order in which equals win: the first is what Excel and Windows write in Russia, the last what they write in the
# West, where it says nothing but quotation marks and dashes the two are the same.
ENCODINGS: Final = {
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "cp866": "CP866",
    "mac-cyrillic": "Mac Cyrillic",
    "iso8859-5": "ISO 8859-5",
    "cp1252": "Windows-1252",
}
# In ten thousand letters of Russian text (National Corpus of the Russian Language).
_OFTEN: Final = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (1097, 845, 801, 735, 670, 626, 547, 473, 454, 440, 349, 321, 298, 281, 262, 201, 190, 174, 170, 165, 159, 144,
         121, 97, 94, 73, 64, 48, 36, 32, 26, 4, 4),
        strict=True,
    )
)  # fmt: skip
_TYPOGRAPHY: Final = frozenset("«»„“”‘’‚‹›–—…№°·•§©®™±€\u00a0¼½¾²³")
_WESTERN: Final = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒšžŠŽ")
_RARE, _LATIN, _SIGN, _ODD, _BROKEN = log(1e-4), log(4e-3), log(0.01), log(1e-6), log(1e-5)
_IN_WORD: Final = (
    re.compile(r"[а-яё][А-ЯЁ]"),  # a capital inside a word
    re.compile(r"[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]"),  # two scripts in one
    re.compile(r"[А-Яа-яЁё][«№©®™±¼½¾]|[»©®™±¼½¾][А-Яа-яЁё]|«[\s»]"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_LEAST: Final = -6.0  # of a mean log-probability; Russian text has about -3, signs between foreign letters -5
_SAMPLE: Final = 1 << 16
_USUAL: Final = {"cp1251": log(4)}  # of files that are in an 8-bit encoding today nearly all are in this one


def guess_encoding(data: bytes) -> str | None:
    """Return the 8-bit encoding in which bytes read most like text; None if they are no text in any.

    Args:
        data: that are no UTF-8; from the first letter that is not ASCII 64 KB are looked at.

    >>> [guess_encoding("Паром снова ходит".encode(name)) for name in ("cp1251", "koi8-r", "cp866", "mac-cyrillic")]
    ['cp1251', 'koi8-r', 'cp866', 'mac-cyrillic']
    >>> guess_encoding("The café is open".encode("cp1252")), guess_encoding(bytes(range(1, 256)))
    ('cp1252', None)
    """
    first = _HIGH.search(data)
    start = max(0, first.start() - 64) if first else 0
    sample = data[start : start + _SAMPLE]
    scores = {encoding: _plausibility(sample, encoding) for encoding in ENCODINGS}
    best = max(scores, key=lambda encoding: scores[encoding])  # of equals the first
    return best if scores[best] >= _LEAST else None


def is_damaged_utf8(data: bytes) -> bool:
    """Tell whether bytes that are no UTF-8 are so for a few letters only.

    >>> is_damaged_utf8("Утро".encode() + b"\\xff"), is_damaged_utf8("Утро".encode("cp1251"))
    (True, False)
    """
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(re.findall(r"[^\x00-\x7f\ufffd]", text)) > 2 * broken


def _plausibility(data: bytes, encoding: str) -> float:
    """Return the mean log-probability of the characters above ASCII."""
    text = data.decode(encoding, "replace")
    if _CONTROL.search(text):
        return _ODD * 2
    counts = Counter({character: count for character, count in Counter(text).items() if not character.isascii()})
    total = _USUAL.get(encoding, 0.0) + sum(_weight(character) * count for character, count in counts.items())
    total += _BROKEN * sum(len(pattern.findall(text)) for pattern in _IN_WORD)
    return total / max(1, counts.total())


def _weight(character: str) -> float:
    if often := _OFTEN.get(character.lower()):
        return log(often / 1e4) - (0.7 if character.isupper() else 0.0)
    if character in _TYPOGRAPHY:
        return _SIGN
    if character in _WESTERN:
        return _LATIN
    return _RARE if "\u0400" <= character <= "\u045f" else _ODD
