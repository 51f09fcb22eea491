"""What characters look like: those that look like nothing, and those that look like others.

The one table for all of the toolkit: what repairs, detects, counts or compares asks here, and never lists characters
itself. It follows Unicode's own properties (UAX #44: Default_Ignorable_Code_Point; decompositions; digit values) and
the idea of UTS #39's skeletons. What is published keeps what its author wrote, but for what `normalize_text` says it
removes.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

from toolkit.text.one_byte import strictly, table_of

# Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 14 to 16), as the inside of a character class.
IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# No tab and nothing that ends a line; the last three are marks of annotations.
CONTROL: Final = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb"
# These take room and show nothing: Braille's empty cell, the Hangul fillers, the place of an object that is not there,
# a note without a head.
BLANK: Final = "\u2800\u3164\u115f\u1160\uffa0\ufffc\U0001d159"
SPACE: Final = r"\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"

_BLANK_CHARACTER = re.compile(f"[{BLANK}]")
_HIDDEN = re.compile(f"[{IGNORABLE}{CONTROL}]")
_STRESS = re.compile("(?<=[\u0400-\u052f])[\u0300\u0301\u0341]+")  # й and ё are one character by then
_SHOWN = re.compile(f"[^\\s{BLANK}{IGNORABLE}{CONTROL}]")
_DRAWN: Final = ("<font>", "<wide>", "<narrow>", "<circle>", "<square>")

LOOK_ALIKES: Final = ("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")  # Latin, Cyrillic
_TO_CYRILLIC: Final = str.maketrans(*LOOK_ALIKES)
_TO_LATIN: Final = str.maketrans(*reversed(LOOK_ALIKES))
_SCRIPTS_MEET = re.compile(r"[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z]")
_LATIN = re.compile(r"[A-Za-z]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_SCRIPTS: Final = table_of(lambda sign: "l" if _LATIN.match(sign) else "c" if _CYRILLIC.match(sign) else " ")
_CAMEL = re.compile(r"[a-zа-яё](?=[A-ZА-ЯЁ]{2})")
_WORD = re.compile(r"[^\W\d_]+")
# As in LOOK_ALIKES, after case is folded: capitals look alike of which the small letters do not.
_SKELETON: Final = str.maketrans("aceopxybhkmt", "асеорхувнкмт")
_ONLY_LOOK_ALIKES = re.compile(r"(?<!\w)[aceopxybhkmt]+(?!\w)")


def fold(text: str) -> str:
    """Return the form in which two texts are compared: equal for texts that a reader would call the same letters.

    Invisible characters go, blanks are spaces, letters and digits that are drawn specially (bold, wide, in circles) are
    plain, stress marks go, case is folded, ё is е, and a word in look-alike letters is in one script. Signs and line
    ends stay; "№", "½" and "²" are no letters drawn specially, and stay.

    >>> fold("Еще\u0301 ё\u00adлка в CША: 𝟓 Ｍ\ufe0f") == fold("еще елка в США: 5 m")
    True
    """
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFC", plain_letters(without_hidden(text)))
        text = plain_letters(fix_look_alikes(_STRESS.sub("", text)).casefold()).replace("ё", "е")
    return _ONLY_LOOK_ALIKES.sub(lambda word: word[0].translate(_SKELETON), text)


def without_hidden(text: str) -> str:
    """Return the text without characters that show nothing; those that take room are spaces.

    Joiners and variation selectors go too: emoji may look otherwise, so this is for comparing, never for publishing.
    """
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub("", _BLANK_CHARACTER.sub(" ", text))


def shows_nothing(text: str) -> bool:
    """Tell whether a reader would see an empty line.

    >>> shows_nothing(" \\u2800\\u3164\\u200b"), shows_nothing("\\u2800.")
    (True, False)
    """
    return not _SHOWN.search(text)


def plain_letters(text: str) -> str:
    """Return the text with plain letters and digits for those that are drawn specially, one for one.

    >>> plain_letters("𝐌𝐨𝐬𝐭 № ５, ①, ❷, ½, 🅰, ℝ², ᴛʜᵉ")
    'Most № 5, 1, 2, ½, A, R², the'
    """
    return text if text.isascii() or not _any_special().search(text) else text.translate(_plain())


_GAP: Final = 0x200  # codes; a few wide ranges are found faster than many


@cache
def _any_special() -> re.Pattern[str]:
    return any_of(_plain())


def any_of(codes: Iterable[int]) -> re.Pattern[str]:
    """Return what finds where characters of a table, or near them, are: quicker than the table, for texts without."""
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and code - ranges[-1][1] <= _GAP:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return re.compile("[" + "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in ranges) + "]")


@cache
def _plain() -> dict[int, str]:
    """Return special character -> plain one."""
    plain = {}
    for code in range(0x80, min(sys.maxunicode, 0x1FFFF) + 1):
        character = chr(code)
        kind, _, meant = unicodedata.decomposition(character).partition(" ")
        if kind in _DRAWN and meant and code not in (0x3164, 0xFFA0):
            shown = unicodedata.normalize("NFKC", character)
        elif unicodedata.category(character) in ("No", "So", "Ll"):
            shown = _drawn_otherwise(character)
        elif kind == "<super>" and code not in (0xAA, 0xBA):  # "15 ºC"
            shown = unicodedata.normalize("NFKC", character)
            shown = shown if shown.isalpha() and shown.islower() else ""
        else:
            continue
        if len(shown) == 1 and shown != character:
            plain[code] = shown
    return plain


def _drawn_otherwise(character: str) -> str:
    """Return the letter or digit of which Unicode gives no decomposition: white on black, or a small capital."""
    digit = unicodedata.digit(character, None)
    if digit is not None and not unicodedata.decomposition(character):
        return str(digit)
    name = unicodedata.name(character, "")
    if small := re.fullmatch("LATIN LETTER SMALL CAPITAL ([A-Z])", name):
        return small[1].lower()
    match = re.fullmatch("(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])", name)
    return match[1] if match else character


def fix_look_alikes(text: str) -> str:
    """Write a word that mixes Latin and Cyrillic look-alikes in the one script that it can be written in.

    Names that need both scripts, or join two words ("СигмаPC"), stay. Where both scripts are possible, the one with
    more letters wins.

    >>> fix_look_alikes("Cегодня в CША, СOVID, ЮMoney")
    'Сегодня в США, COVID, ЮMoney'
    """
    return _WORD.sub(_in_one_script, text) if _scripts_meet(text) else text


def _scripts_meet(text: str) -> bool:
    if text.isascii():
        return False
    codes = strictly(text)
    if codes is None:
        return _SCRIPTS_MEET.search(text) is not None
    scripts = codes.translate(_SCRIPTS)
    return b"lc" in scripts or b"cl" in scripts


def _in_one_script(match: re.Match[str]) -> str:
    word = match.group()
    n_latin, n_cyrillic = len(_LATIN.findall(word)), len(_CYRILLIC.findall(word))
    if not n_latin or not n_cyrillic or _CAMEL.search(word):
        return word
    cyrillic, latin = word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN)
    can_be_cyrillic, can_be_latin = not _LATIN.search(cyrillic), not _CYRILLIC.search(latin)
    if can_be_cyrillic and (n_cyrillic >= n_latin or not can_be_latin):
        return cyrillic
    return latin if can_be_latin else word
