"""How much a text reads like Russian, by how often its letters follow each other."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from toolkit.text.one_byte import strictly

LETTERS: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
# Bits (-log2 of the chance, 0 to f) of each letter, and of the end of the word, after each letter, and at the beginning
# of a word: a row a letter in the order of LETTERS. Counted in November 2026 in 21 million letters, at most 20,000
# sentences of each of the sources from which the encoder in the package was trained (its card lists them).
_BITS: Final = (
    "95465564764453a55448966567fffd6692",
    "4aae94c95f64952d37c3f68dc553aaa6a5",
    "3e8c93f84f6485395576e8ba89f48ff7b2",
    "4aa945ef4f85861e3bb4eddacffefbdfd5",
    "2c6962893f7484375694e98aadd66cc785",
    "9665467695544377343b978778fffe99a2",
    "45cb318f3f6b737e9af6fffaffdf9cef97",
    "274845a95f76433e5ad4ffabffc58db7c4",
    "76576485555444775449756689fffd64d2",
    "c98c59fbcf64859ca44fbd988ffffffcf1",
    "2c8ed5783fa4c72d5544ed5dbffff9efe3",
    "38c9b37d2f77b63cd7b5ccf7eff73d5394",
    "398cd2ff4f977536a8e4cfddfdf499e5a2",
    "3da863c92f6ce43eb6567a8adbd37d96a5",
    "a434465675544575444a988678fffa88c3",
    "4effe4ff4f85d7172975df9dcff78ef8e7",
    "2a67836a3f7a6629966498bb8cf57c96a5",
    "585b84be4f4466447526b7988fc66ca494",
    "3b4d93fd4f69962845a6ad98edf53dc8b3",
    "76654456974555b4544f87b475fffb48f2",
    "2dbcd3ef2fb59a3c49635eefdff9bccac6",
    "5c7cd6fd5fd7962c47a6deefdfffd9dfd1",
    "3d6cf2fb1f8cdc6abbf5dfaffff5feddf4",
    "3feff2cf3f68b48d8e36ffec7fff7fef76",
    "3b9fe2ff2f54a55a6a65ddafcfff4ccf75",
    "3faff1ff2ffff6dfaff5ffffffff4fff6a",
    "ceeee0ee9eeeeedeeeedeeeeeeeeeb925c",
    "f64973b6b36545f5665df3f66bfffffaf2",
    "f9a997f39f4f73bdf45fae8b5cffff57a1",
    "ca899fea983376c7681d5abc6ffffdece7",
    "c5d95d98cca9a8fc873fdba3c3fffd8ff1",
    "fa5a7495b98755eb774ff688c6ffff68f1",
    "e9777e66b96542c9462db6dc7cfffddcd2",
    "653646753e475443535567868cfff6b7ff",
)
_SIZE: Final = len(LETTERS) + 1
_NEVER: Final = 15  # bits of what occurs by mistake only
_STRANGE: Final = 14.0  # bits of a character that Russian text has not
_INNER_CAPITAL: Final = 8.0  # bits more: "рПТФ"
_WESTERN: Final = 8.0  # bits of an accented letter among plain ones: "café"

_NO_LETTER: Final = re.compile(r"[^\w\x00-\x7f]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_RUSSIAN: Final = re.compile("[А-Яа-яЁё]+")
# What Russian text has besides letters: typographic signs, and all from the punctuation of Unicode's general block on.
_WESTERN_WORD: Final = re.compile(r"[A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\xffŒœŠšŽžŸ]+")
# Signs that stand apart from words, where a wrong code page puts them into words: "Р№", "«".
_MISPLACED: Final = re.compile(r"[А-Яа-яЁё][«№©®™±¼½¾€]|[»©®™±¼½¾€][А-Яа-яЁё]|«[\s»]")
_CAPITAL: Final = 0.5  # bits more, where a small letter could be meant
_RUSSIAN_CAPITAL: Final = re.compile("[А-ЯЁ]")
_SIGN: Final = 6.6  # bits of a typographic sign: one character of a hundred
_TYPOGRAPHY: Final = frozenset("«»„“”‘’‚‹›–—…№°·•§©®™±€\u00a0¼½¾²³")
_STRANGE_SIGN: Final = re.compile(r"[\x80-\x9f¡-¦¨ª¬¯-³´-¶¸-º¿×÷\u2500-\u259f\u221a\u2248\u2264\u2265\u2320\u2321]")


def oddity(text: str) -> tuple[float, int]:
    """Return the mean bits of the characters of a text that are not ASCII, and how many these are; 0 of none.

    Russian has 3 to 5 bits a letter, letters of a wrong code page 7 and more. What is neither a letter nor a sign that
    wrong code pages make does not count.

    >>> [round(oddity(text)[0]) for text in ("Паром снова ходит", "оЮПНЛ ЯМНБЮ УНДХР", "Ïàðîì ñíîâà õîäèò")]
    [4, 10, 14]
    """
    bits, count = 0.0, 0
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii():
            continue
        count += sum(letter > "\x7f" for letter in word)
        bits += _word_bits(word) if _RUSSIAN.fullmatch(word) else _foreign_bits(word)
    n_signs = len(_STRANGE_SIGN.findall(text))
    bits += _STRANGE * (n_signs + len(_MISPLACED.findall(text)))
    return bits / max(count + n_signs, 1), count + n_signs


def oddity_with_signs(text: str) -> float:
    """Return the sum of the bits of all characters that are not ASCII; for bytes of which the encoding is unknown.

    What a sound text has in any number, signs among them, may stand for letters there.
    """
    bits, count = oddity(text)
    bits = bits * count + _CAPITAL * len(_RUSSIAN_CAPITAL.findall(text))
    for sign in _NO_LETTER.findall(text):
        is_counted = _STRANGE_SIGN.match(sign) is not None
        bits += (_SIGN if sign in _TYPOGRAPHY else _STRANGE) - _STRANGE * is_counted
    return bits


def _foreign_bits(word: str) -> float:
    n_other = sum(letter > "\x7f" for letter in word)
    is_western = 2 * n_other <= len(word) and _WESTERN_WORD.fullmatch(word) is not None
    return n_other * (_WESTERN if is_western else _STRANGE)


def _word_bits(word: str) -> float:
    table = _table()
    bits, before = 0.0, _SIZE - 1
    for letter in word.lower():
        at = table[letter]
        bits += int(_BITS[before][at], 16)
        before = at
    bits += int(_BITS[before][_SIZE - 1], 16) / 2
    has_inner = not word.isupper() and not word[1:].islower() and len(word) > 1
    return bits + _INNER_CAPITAL * sum(letter.isupper() for letter in word[1:]) * has_inner


@cache
def _table() -> dict[str, int]:
    return {letter: place for place, letter in enumerate(LETTERS)}


def has_never(text: str) -> bool:
    """Tell whether two letters of a text follow each other as they never do in Russian; garbage is full of those.

    >>> has_never("Паром снова ходит"), has_never("паъом")
    (False, True)
    """
    codes, never = _codes()
    short = strictly(text)
    if short is not None:
        letters = np.frombuffer(short, np.uint8)
        return bool(_never_in_bytes()[letters[:-1].astype(np.uint16) << 8 | letters[1:]].any())
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    places = codes[np.minimum(characters, len(codes) - 1)]
    return bool(never[places[:-1], places[1:]].any())


@cache
def _never_in_bytes() -> NDArray[np.bool_]:
    """Return for two bytes of Windows-1251, as one number, whether their letters never follow each other."""
    codes, never = _codes()
    characters = bytes(range(0x100)).decode("cp1251", "replace").encode("utf-32-le")
    places = codes[np.minimum(np.frombuffer(characters, "<u4"), len(codes) - 1)]
    by_two: NDArray[np.bool_] = never[places[:, None], places].ravel()
    return by_two


@cache
def _codes() -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the place of each character in LETTERS, that of no letter for the others; and what never follows what."""
    codes = np.full(0x460, _SIZE - 1, np.intp)
    for place, letter in enumerate(LETTERS):
        codes[[ord(letter), ord(letter.upper())]] = place
    never = np.array([[int(bits, 16) >= _NEVER for bits in row] for row in _BITS])
    never[_SIZE - 1], never[:, _SIZE - 1] = False, False
    return codes, never
