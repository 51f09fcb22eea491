"""What two variants of one post share letter by letter, whatever the language: numbers, links and names.

All overlaps are in 0..1, and None where a side has nothing to compare: "no evidence" is not "evidence against".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from toolkit.text.numerals import Numbers, may_have_digits, read_numbers
from toolkit.text.one_byte import all_but, one_byte


class Shared(NamedTuple):
    """Two sets of anchors compared.

    Attributes:
        both: what both texts have.
        only_a: what the first one has alone.
        only_b: what the second one has alone.
        overlap: 0..1; None where there is nothing to compare.
    """

    both: frozenset[str]
    only_a: frozenset[str]
    only_b: frozenset[str]
    overlap: float | None


# --- numbers ---------------------------------------------------------------------------------------------------------


def numbers(text: str) -> frozenset[str]:
    """Return the numbers written in digits, in one spelling whatever the language; see `numerals`.

    Separators of thousands go, a decimal comma becomes a point, "9,5 тысяч" is 9500, "26.07.2020" is 26 and 2020
    (English writes the month in letters). Three digits behind a separator are thousands unless a zero stands before it.

    >>> sorted(numbers("В 2020 году 1 234,50 руб., 9,5 тысяч, 3 млн и 0,125 %; 26.07.2020"))
    ['0.125', '1234.5', '2020', '26', '3000000', '9500']
    >>> sorted(numbers("1,234.50 roubles in 2020, 9,500, $3m and 0.125%; July 26"))
    ['0.125', '1234.5', '2020', '26', '3000000', '9500']
    """
    return read_numbers(text).sure


def number_overlap(a: str, b: str) -> float | None:
    """Return shared numbers / all numbers of two texts; None if neither has a number in digits.

    A number in digits on one side and in letters, Roman or in another form on the other ("2", "двух") is shared.

    >>> number_overlap("Погибли 13 человек, ещё 2 ранены", "13 people died, two were hurt")
    1.0
    """
    if not may_have_digits(a) and not may_have_digits(b):
        return None
    return shared_numbers(read_numbers(a), read_numbers(b)).overlap


def shared_numbers(a: Numbers, b: Numbers) -> Shared:
    """Compare the numbers of two texts."""
    everything = a.sure | b.sure
    both = (a.sure & b.all) | (b.sure & a.all)
    return Shared(both, a.sure - both, b.sure - both, len(both) / len(everything) if everything else None)


# --- links -----------------------------------------------------------------------------------------------------------

_LANGUAGE_HOST = re.compile(r"^(?:www|m|en|ru|eng|rus|english|russian)\.")
_LANGUAGE_STEP = {"en", "ru", "eng", "rus", "english", "russian", "en-us", "ru-ru", "en-gb"}
_ARTICLE_ID = re.compile(r"[0-9]{4,}")


def link_key(url: str) -> str | None:
    """Return what is the same in the Russian and the English address of one page; None for a mere site or channel.

    Language hosts and path steps go (en.kremlin.ru/x/9, kremlin.ru/x/9; mid.ru/ru/x, mid.ru/en/x); a path that ends in
    a number of four digits or more is known by that number alone, because words in a path are translated.

    >>> link_key("http://en.kremlin.ru/events/president/news/76543"), link_key("https://kremlin.ru/d/76543?utm=1")
    ('kremlin.ru#76543', 'kremlin.ru#76543')
    >>> link_key("https://t.me/somechannel/12"), link_key("https://t.me/somechannel")
    ('t.me/somechannel/12', None)
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:  # a bracket that opens no IPv6 address
        return None
    host = (parts.netloc.rpartition("@")[2]).lower().removeprefix("www.")
    host = _LANGUAGE_HOST.sub("", host)
    steps = [step for step in parts.path.lower().split("/") if step and step not in _LANGUAGE_STEP]
    if host in ("t.me", "telegram.me"):
        steps = [step for step in steps if step != "s"]
        return f"t.me/{'/'.join(steps)}" if len(steps) > 1 else None
    if not host or not steps:
        return None
    ids = _ARTICLE_ID.findall(steps[-1])
    return f"{host}#{ids[-1]}" if ids else f"{host}/{'/'.join(steps)}"


def link_overlap(a: Iterable[str], b: Iterable[str]) -> float | None:
    """Return shared links / all links of two lists of URLs, by `link_key`; None if neither links to a page.

    >>> link_overlap(["https://kremlin.ru/events/1/70000"], ["http://en.kremlin.ru/events/1/70000", "https://a.org/b"])
    0.5
    """
    in_a = {key for key in map(link_key, a) if key}
    in_b = {key for key in map(link_key, b) if key}
    return len(in_a & in_b) / len(in_a | in_b) if in_a | in_b else None


# --- names -----------------------------------------------------------------------------------------------------------

_LETTERS = [
    letter for letter in map(chr, [*range(0x530), *range(0x1E00, 0x1F00)]) if letter.isalpha()
]  # Latin, Greek, Cyrillic
_CAPITALS = "".join(letter for letter in _LETTERS if letter.isupper())
_SMALL = "".join(letter for letter in _LETTERS if not letter.isupper())
_MORE = rf"(?:['’][{_SMALL}{_CAPITALS}]+)?"
_ADDRESS = re.compile(r"(?:https?://|www\.|t\.me/|@)\S+")
_CAPITALISED = re.compile(rf"[{_CAPITALS}]+[{_SMALL}]*{_MORE}")  # two in #SomeTag
_LATIN = re.compile(rf"[a-z](?<![{_SMALL}{_CAPITALS}].)[a-z]{{2,}}{_MORE}(?![{_SMALL}])")
_SENTENCE_ENDS = frozenset(".!?…:;\n")
_BETWEEN_SENTENCES = " \t\u00a0\"'«»“”„()[]—–-"
_CYRILLIC = re.compile("[а-яёА-ЯЁ]+")
_NOT_CYRILLIC: Final = all_but("[а-яёА-ЯЁ]")
_RU_ENDING = re.compile(
    "(?:ами|ями|ого|его|ому|ему|ыми|ими|ым|им|ом|ем|ём|ой|ей|ах|ях|ам|ям|ую|юю|ая|яя|ое|ее|ые|ие|ый|ий|ою|ею|ию|ии|ия"
    "|ье|ью|ья|[аяуюыиеоьй])$"
)
# Both alphabets meet in rough sounds: g also stands for h and kh, s for z, ts and sh, C for ch.
_RU_SOUNDS = str.maketrans(
    dict.fromkeys("аеёиоуыэюяйьъ") | dict(zip("бвгджзклмнпрстфхцчшщ", "bvgdjsklmnprstfgsCss", strict=True))
)
_EN_LETTERS = (
    (re.compile("c(?=[eiy])"), "s"),
    (re.compile("(?<=[aeiou])h(?![aeiouy])"), ""),  # John, Fahd
    (re.compile("shch|sch|sh"), "s"),
    (re.compile("tch|ch"), "C"),
    (re.compile("zh|dj"), "j"),
    (re.compile("kh"), "g"),
    (re.compile("ph"), "f"),
    (re.compile("th"), "t"),
    (re.compile("t[szc]"), "s"),
    (re.compile("ck"), "k"),
    (re.compile("qu"), "kv"),
    (re.compile("x"), "ks"),
)
_EN_SOUNDS = str.maketrans(dict.fromkeys("aeiouy") | dict(zip("chqwz", "kgkvs", strict=True)))
_DOUBLED = re.compile(r"(.)\1+")
_MIN_SOUNDS = 3  # two consonants agree by chance


class Names(NamedTuple):
    """The names of a text as consonant skeletons.

    Attributes:
        sure: of words with a capital inside a sentence, and of Latin words in a Russian text.
        all: also of words with a capital where every word has one; to be found, but not to be looked for.
    """

    sure: frozenset[str]
    all: frozenset[str]


@lru_cache(maxsize=1 << 16)  # a corpus names the same people over and over
def name_skeleton(word: str) -> str:
    """Return the consonants that a name keeps in both alphabets; "" if fewer than three are left.

    >>> [name_skeleton(word) for word in ("Путиным", "Putin's", "Вашингтоне", "Washington", "Джонсон", "Johnson")]
    ['ptn', 'ptn', 'vsngtn', 'vsngtn', 'jnsn', 'jnsn']
    """
    word = word.lower().replace("’", "'").removesuffix("'s")
    if _CYRILLIC.search(word):
        sounds = _RU_ENDING.sub("", word).replace("дж", "ж").replace("тс", "ц").translate(_RU_SOUNDS)
    else:
        for letters, sound in _EN_LETTERS:
            word = letters.sub(sound, word)
        sounds = word.translate(_EN_SOUNDS)
    sounds = _DOUBLED.sub(r"\1", sounds)
    return sounds if len(sounds) >= _MIN_SOUNDS else ""


def names(text: str) -> Names:
    """Return the capitalised words of a Russian or English text as skeletons.

    >>> sorted(names("Встреча в Хельсинки. Макрон и Bloomberg").sure)
    ['blmbrg', 'glsnk']
    """
    if "://" in text or "www." in text or "t.me/" in text or "@" in text:  # quicker than the search
        text = _ADDRESS.sub(" ", text)
    is_russian = not text.isascii() and len(one_byte(text).translate(None, _NOT_CYRILLIC)) * 3 > len(text)
    sure = {name_skeleton(word) for word in _LATIN.findall(text)} if is_russian else set()
    everything = set(sure)
    for match in _CAPITALISED.finditer(text):
        word = match[0]
        skeleton = name_skeleton(word)
        everything.add(skeleton)
        before = text[max(0, match.start() - 4) : match.start()].rstrip(_BETWEEN_SENTENCES)
        if (before and before[-1] not in _SENTENCE_ENDS) or (is_russian and len(word) > 2 and word.isascii()):
            sure.add(skeleton)
    sure.discard("")
    everything.discard("")
    return Names(frozenset(sure), frozenset(everything))


def name_overlap(a: str, b: str) -> float | None:
    """Return the share of one text's names that the other has too; None if one of them has no names.

    The better of the two directions counts, so a shortened variant loses nothing.

    >>> name_overlap("Глава МИД Сергей Лавров встретился в Хельсинки с Макроном", "Lavrov met Macron in Helsinki")
    1.0
    """
    return shared_names(names(a), names(b)).overlap


def shared_names(a: Names, b: Names) -> Shared:
    """Compare the `names` of two texts."""
    both = (a.sure & b.all) | (b.sure & a.all)
    overlap = max(len(a.sure & both) / len(a.sure), len(b.sure & both) / len(b.sure)) if a.sure and b.sure else None
    return Shared(both, a.sure - both, b.sure - both, overlap)
