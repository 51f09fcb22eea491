"""Which of the old 8-bit encodings a text is in, told by what it reads as: Russian, or another language in its letters.

Detectors of encodings in general take Windows-1251 for Mac Cyrillic and the other way round, because the two share most
small letters (charset-normalizer 3.5 does on seven texts of 26). Of Russian more is known: how often letters follow
each other, that a capital begins a word, and that no word is in two scripts; see `plausibility`.
"""

from __future__ import annotations

import re
from typing import Final

from toolkit.text.plausibility import oddity_with_signs

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
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_OTHER: Final = re.compile(r"[^\x00-\x7f]")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_MOST: Final = 9.5  # bits of a letter; Russian text has about 4, accented letters among plain ones 8
_SAMPLE: Final = 1 << 16
_USUAL: Final = {"cp1251": 2.0}  # bits of a text: of files in an 8-bit encoding today nearly all are in this one


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
    costs = {encoding: _cost(sample, encoding) for encoding in ENCODINGS}
    best = min(costs, key=lambda encoding: costs[encoding])  # of equals the first
    return best if costs[best] <= _MOST else None


def is_damaged_utf8(data: bytes) -> bool:
    """Tell whether bytes that are no UTF-8 are so for a few letters only.

    >>> is_damaged_utf8("Утро".encode() + b"\\xff"), is_damaged_utf8("Утро".encode("cp1251"))
    (True, False)
    """
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(re.findall(r"[^\x00-\x7f\ufffd]", text)) > 2 * broken


def _cost(data: bytes, encoding: str) -> float:
    """Return the mean bits of the letters above ASCII, as one reads them in an encoding."""
    text = data.decode(encoding, "replace")
    if _CONTROL.search(text):
        return 2 * _MOST
    return (oddity_with_signs(text) - _USUAL.get(encoding, 0.0)) / max(len(_OTHER.findall(text)), 1)
