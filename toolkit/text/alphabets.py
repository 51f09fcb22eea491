"""Which letters of Cyrillic the languages have that are written in it: what is in no word of a language, it is not.

Letters that Russian lacks speak for the languages that have them, and letters that Bulgarian, Serbian, Ukrainian, ...
lack speak against these. Orthographies as in use; Unicode's Cyrillic and Cyrillic Supplement blocks.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]

RUSSIAN: Final = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
# Language -> letters that Russian lacks, letters of Russian that it lacks. Those of more speakers stand first.
_DIFFERENCES: Final = {
    "ru": ("", ""),
    "uk": ("ґєії", "ёъыэ"),
    "be": ("іў", "ищъ"),
    "bg": ("ѝ", "ёыэ"),
    "sr": ("ђјљњћџ", "ёйщъыьэюя"),
    "mk": ("ѓѕјљњќџѐѝ", "ёйщъыьэюя"),
    "kk": ("әғқңөұүһі", ""),
    "uz": ("ўқғҳ", "щы"),
    "az": ("әғҝјөүһҹ", "ёйцщъьэюя"),
    "tg": ("ғӣқӯҳҷ", "щцыь"),
    "tt": ("әөүҗңһ", ""),
    "ky": ("ңөү", ""),
    "mn": ("өү", ""),
    "tk": ("җңөү", ""),
    "ba": ("әғҙҡңөҫүһ", ""),
    "ce": ("ӏ", ""),
    "cv": ("ӑӗҫӳ", ""),
    "av": ("ӏ", "ё"),
    "kbd": ("ӏ", "ё"),
    "os": ("ӕ", ""),
    "kv": ("іӧ", ""),
    "udm": ("ӝӟӥӧӵ", ""),
    "chm": ("ҥӧӱ", ""),
    "sah": ("ҕҥөһү", ""),
    "bua": ("өүһ", ""),
    "tyv": ("ңөү", ""),
    "xal": ("әһҗңөү", ""),
    "ab": ("ҕӷҟҡқҥԥҧҩҭҳҵҷҽҿџәӡ", "ёйщъэюя"),
    "kaa": ("әғқңөўүҳ", ""),
    "alt": ("јҥӧӱ", ""),
    "kjh": ("ғіҥңӊӧӱӌҷ", ""),
    "mrj": ("ӓӧӱӹ", ""),
    "ady": ("ӏ", "ё"),
    "evn": ("ӈ", ""),
    "yrk": ("ӈӭ", ""),
    "ckt": ("ӄӈԓ", ""),
}
LANGUAGES: Final = tuple(_DIFFERENCES)
_OLD: Final = "ѣѳѵѡѧѫѯѱѿ"  # no language of today has them; old Russian texts do, and are Russian
_BLOCK: Final = range(0x400, 0x530)
_EVERYBODY: Final = (1 << len(LANGUAGES)) - 1


@cache
def owners() -> Values:
    """Return for each code point of U+0400..U+052F who has the letter, int64: bit i is LANGUAGES[i]; 0 is nobody."""
    table = np.zeros(len(_BLOCK), np.int64)
    for bit, (more, fewer) in enumerate(_DIFFERENCES.values()):
        for letter in {*RUSSIAN, *more} - {*fewer}:
            for shape in {letter, letter.upper()}:
                table[ord(shape) - _BLOCK.start] |= 1 << bit
    for letter in _OLD + _OLD.upper():
        table[ord(letter) - _BLOCK.start] = _EVERYBODY
    return table


def own_letters(language: str) -> str:
    """Return the letters of a language that Russian lacks.

    >>> own_letters("be"), own_letters("ru")
    ('іў', '')
    """
    return _DIFFERENCES[language][0]


def fewest_misfits(words: list[str]) -> tuple[str, ...]:
    """Return the languages that have the letters of the most words; of those alike the ones more of whose letters show.

    Args:
        words: of one text in Cyrillic, in small letters or capitals; at least one.

    >>> fewest_misfits("йӧз олӧны карын".split()), fewest_misfits("ҡала көнө".split())
    (('kv', 'udm', 'chm', 'alt', 'kjh', 'mrj'), ('ba',))
    """
    table = owners()
    seen = set("".join(words).lower())
    fits = []
    for bit, language in enumerate(LANGUAGES):
        n_fitting = sum(all(table[ord(letter) - _BLOCK.start] >> bit & 1 for letter in word) for word in words)
        own = own_letters(language)
        fits.append((n_fitting, bool(own and seen & {*own}), language))
    most = max(fits)[:2]
    return tuple(language for *fit, language in fits if tuple(fit) == most)
