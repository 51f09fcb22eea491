"""Repair a text without changing what it says: encodings, invisible characters, look-alike letters, line ends.

NFC and not NFKC, which would turn "№" into "No" and "½" into "1⁄2". Typographic quotes, dashes and emoji stay.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from toolkit.text.characters import BLANK, CONTROL, IGNORABLE, SPACE, fix_look_alikes
from toolkit.text.mojibake import fix_mojibake

_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile(f"[{SPACE}{BLANK}]+")
_EDGE_SPACE = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")
_RARE = re.compile("[^\n -~А-Яа-яЁё«»„“”’…—–№₽]")  # in a text of nothing else no character changes
# Zero-width joiners, variation selectors and tags make emoji; elsewhere they are debris like the rest.
_EMOJI: Final = "\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_INVISIBLE = re.compile(
    rf"(\U0001f3f4[\U000e0020-\U000e007f]+)|[{IGNORABLE}{CONTROL}]"
    rf"(?<![{_EMOJI}]\u200d(?=[\u203c-\u3299\U0001f000-\U0001faff]))(?<![{_EMOJI}0-9#*\u00a9\u00ae][\ufe0e\ufe0f])"
)


def normalize_text(text: str) -> str:
    r"""Return the text in the form in which all stages compare and publish it; applying it twice changes nothing.

    Mojibake is decoded, line ends become \n, runs of spaces of any kind become one, lines lose outer spaces, more than
    one empty line becomes one, invisible characters go, and a word in two scripts gets one where look-alikes allow.

    >>> normalize_text("РџСЂРёРІРµС‚,\r\n\r\n\r\n  № 5\u00a0от  \u200bCША ")
    'Привет,\n\n№ 5 от США'
    """
    return tidy_text(fix_mojibake(text))


def tidy_text(text: str) -> str:
    """Return what `normalize_text` makes of a text that is decoded right."""
    if not _RARE.search(text):  # most texts; of those only spaces, line ends and look-alikes can change
        if "  " in text or " \n" in text or "\n " in text or "\n\n\n" in text:
            text = _EMPTY_LINES.sub("\n\n", _EDGE_SPACE.sub("\n", _SPACE.sub(" ", text)))
        return fix_look_alikes(text).strip()
    text = _SPACE.sub(" ", _LINE_END.sub("\n", text))  # first, because some of the blanks are ignorable, too
    text = unicodedata.normalize("NFC", _INVISIBLE.sub(r"\1", text))
    text = _EMPTY_LINES.sub("\n\n", _EDGE_SPACE.sub("\n", _SPACE.sub(" ", text)))
    return fix_look_alikes(text).strip()
