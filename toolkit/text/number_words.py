"""Numbers in letters, Russian and English: cardinals, ordinals, collectives, fractions, decades, parts of compounds.

They are what a number in digits may be in the other language ("2" and "двое", "0.5" and "half", "1990" and "nineties"),
and are found, never looked for: "one" and "two" are everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final

from toolkit.text.one_byte import OTHER_LETTER, one_byte, table_of

_TOKEN = re.compile(r"[^\W\d_]+")
_JOINED: Final = frozenset(("", " ", "-"))  # between the words of one number; "and" is a word of its own
_SKIPPED: Final = frozenset(("and", "a", "и", "с"))

_CARDINALS: Final = {
    2: "two два две двух двум двумя двое двоих двоим двоими both оба обе обоих обеих couple pair пара пару пары",
    3: "three три трех трем тремя трое троих троим троими trio тройка тройки тройку тройней",
    4: "four четыре четырех четырем четырьмя четверо четверых",
    5: "five пять пяти пятью пятеро пятерых",
    6: "six шесть шести шестью шестеро шестерых",
    7: "seven семь семи семью семеро семерых",
    8: "eight восемь восьми восьмью",
    9: "nine девять девяти девятью",
    10: "ten tens decade decades десять десяти десятью десяток десятка десятки десятков десятилетие десятилетия "
    "десятилетий",
    11: "eleven одиннадцать одиннадцати одиннадцатью",
    12: "twelve dozen двенадцать двенадцати двенадцатью дюжина дюжины дюжину дюжиной дюжин noon полдень "
    "полудня полудню",
    13: "thirteen тринадцать тринадцати тринадцатью",
    14: "fourteen четырнадцать четырнадцати четырнадцатью fortnight",
    15: "fifteen пятнадцать пятнадцати пятнадцатью",
    16: "sixteen шестнадцать шестнадцати шестнадцатью",
    17: "seventeen семнадцать семнадцати семнадцатью",
    18: "eighteen восемнадцать восемнадцати восемнадцатью",
    19: "nineteen девятнадцать девятнадцати девятнадцатью",
    20: "twenty двадцать двадцати двадцатью",
    30: "thirty тридцать тридцати тридцатью полчаса получаса получасовой",
    40: "forty сорок сорока",
    50: "fifty пятьдесят пятидесяти пятьюдесятью полсотни полвека полувека",
    60: "sixty шестьдесят шестидесяти шестьюдесятью",
    70: "seventy семьдесят семидесяти семьюдесятью",
    80: "eighty восемьдесят восьмидесяти восемьюдесятью",
    90: "ninety девяносто девяноста",
    100: "hundred hundreds сто ста сотня сотни сотню сотней сотен сотнями century centuries столетие столетия столетий",
    200: "двести двухсот двумстам двумястами",
    300: "триста трехсот тремстам тремястами",
    400: "четыреста четырехсот четыремстам",
    500: "пятьсот пятисот пятистам полтысячи",
    600: "шестьсот шестисот шестистам",
    700: "семьсот семисот семистам",
    800: "восемьсот восьмисот восьмистам",
    900: "девятьсот девятисот девятистам",
    1000: "thousand thousands тысяча тысячи тысяче тысячу тысячей тысячью тысяч тысячам тысячами",
    1_000_000: "million millions миллион миллиона миллиону миллионом миллионов миллионам миллионами",
    1_000_000_000: "billion billions миллиард миллиарда миллиарду миллиардом миллиардов миллиардами",
    1_000_000_000_000: "trillion trillions триллион триллиона триллионом триллионов",
}
_ORDINALS: Final = {
    1: "first перв",
    2: "second втор",
    3: "third трет",
    4: "fourth четверт",
    5: "fifth пят",
    6: "sixth шест",
    7: "seventh седьм",
    8: "eighth восьм",
    9: "ninth девят",
    10: "tenth десят",
    11: "eleventh одиннадцат",
    12: "twelfth двенадцат",
    13: "thirteenth тринадцат",
    14: "fourteenth четырнадцат",
    15: "fifteenth пятнадцат",
    16: "sixteenth шестнадцат",
    17: "seventeenth семнадцат",
    18: "eighteenth восемнадцат",
    19: "nineteenth девятнадцат",
    20: "twentieth двадцат",
    30: "thirtieth тридцат",
    40: "fortieth сороков",
    50: "fiftieth пятидесят",
    60: "sixtieth шестидесят",
    70: "seventieth семидесят",
    80: "eightieth восьмидесят",
    90: "ninetieth девяност",
    100: "hundredth сот",
    1000: "thousandth тысячн",
}
_ENDINGS: Final = frozenset(
    "ый ий ой ая ое ые ого ому ым ом ую ых ыми ья ье ьи ьего ьему ьим ьем ью ьих ьими ьей".split()  # noqa: SIM905
)
# Words that may stand for several numbers in digits: "half" for 0.5, 50 (%) and 1/2.
_OTHERS: Final = {
    "0.5 50 1 2": "half halves halved половина половины половине половину половиной пол вполовину наполовину",
    "0.25 25 0.75 75 1 4 15": "quarter quarters четверть четверти четвертью четвертей",
    "0.33 33 0.67 67 66 1 3": "треть трети третью третей thirds",
    "1.5": "полтора полторы полутора",
    "500000": "полмиллиона полумиллиона",
    "500000000": "полмиллиарда полумиллиарда",
    "0": "zero nil ноль нуль нуля ноля нулю нулевой",
    "0 12 24": "midnight полночь полуночи",
    "6": "полгода полугода полугодие полугодия",
    "1000": "millennium тысячелетие тысячелетия",
    "24": "сутки суток сутками суткам",
    "1 2": "wwi wwii",
    "2": "twice double doubled doubles doubling вдвое дважды двойной двойная двойное двойные удвоил удвоились",
    "3": "thrice triple tripled втрое трижды тройной тройная тройное утроил утроилось",
    "4": "quadruple quadrupled вчетверо четырежды",
    "5": "впятеро",
    "20 1920 2020": "twenties двадцатые двадцатых",
    "30 1930": "thirties тридцатые тридцатых",
    "40 1940": "forties сороковые сороковых",
    "50 1950": "fifties пятидесятые пятидесятых",
    "60 1960": "sixties шестидесятые шестидесятых",
    "70 1970": "seventies семидесятые семидесятых",
    "80 1980": "eighties восьмидесятые восьмидесятых",
    "90 1990": "nineties девяностые девяностых",
}
_MULTIPLIERS: Final = frozenset(  # "two dozen", "три десятка", "two decades"
    "tens decade decades десяток десятка десятки десятков десятилетие десятилетия десятилетий "  # noqa: SIM905
    "dozen дюжины дюжин".split()
)
_WORDS: Final = {word: value for value, words in _CARDINALS.items() for word in words.split()} | {
    word: value
    for value, (english, stem) in ((value, both.split()) for value, both in _ORDINALS.items())
    for word in (english, *(stem + ending for ending in _ENDINGS))
}
_PARTS: Final = dict.fromkeys(["one", "один", "одна", "одну", "одного"], 1.0) | {
    **dict.fromkeys(("half", "половиной"), 0.5),
    **dict.fromkeys(("полтора", "полторы", "полутора"), 1.5),
}
_SEVERAL: Final = {word: values.split() for values, words in _OTHERS.items() for word in words.split()}
_MONTHS: Final = {
    "январь января январе январю янв january jan": 1,
    "февраль февраля феврале февралю фев февр february feb": 2,
    "март марта марте марту march mar": 3,
    "апрель апреля апреле апрелю апр april apr": 4,
    "май мая мае маю may": 5,
    "июнь июня июне июню june jun": 6,
    "июль июля июле июлю july jul": 7,
    "август августа августе августу авг august aug": 8,
    "сентябрь сентября сентябре сентябрю сен сент september sept sep": 9,
    "октябрь октября октябре октябрю окт october oct": 10,
    "ноябрь ноября ноябре ноябрю ноя нояб november nov": 11,
    "декабрь декабря декабре декабрю дек december dec": 12,
}
_MONTH_OF: Final = {form: month for forms, month in _MONTHS.items() for form in forms.split()}
_KNOWN: Final = _WORDS.keys() | _PARTS.keys() | _SEVERAL.keys() | _MONTH_OF.keys()
# "пятиэтажный", "двухлетний": what the number of such a word counts.
_FIRST_PARTS: Final = (
    "двух|трех|четырех|пяти|шести|семи|восьми|девяти|десяти|одиннадцати|двенадцати|пятнадцати|двадцати|тридцати|сорока|"
    "пятидесяти|шестидесяти|семидесяти|восьмидесяти|девяносто|сто"
)
_COUNTED: Final = (
    "лет|год|дневн|недел|месяч|час|минут|секунд|этаж|метр|километр|комнат|местн|крат|процент|тысяч|миллион|миллиард|рубл|"
    "тонн|балл|сторонн|серийн|угольн|борь|класс|звезд|палуб"
)
_COUNTING: Final = _WORDS.keys() | _PARTS.keys()
# The same for texts of which `one_byte` has left only small letters, and spaces.
_KNOWN_BYTES: Final = frozenset(map(one_byte, _KNOWN))
_WORDS_BYTES: Final = frozenset(map(one_byte, _WORDS))
_COUNTING_BYTES: Final = frozenset(map(one_byte, _COUNTING))
_IN_RUNS_BYTES: Final = _COUNTING_BYTES | frozenset(map(one_byte, _SKIPPED))
_COMPOUND = re.compile(one_byte(f" ({_FIRST_PARTS})(?:{_COUNTED})"))


def _small_letter(character: str) -> str:
    letter = character.lower().replace("ё", "е")
    if re.fullmatch("[a-zа-я]", letter):
        return letter
    return OTHER_LETTER if _TOKEN.match(letter) else " "


_SMALL_LETTERS: Final = table_of(_small_letter)


def words_as_numbers(text: str) -> frozenset[str]:
    """Return the numbers that are written in letters, as digits; "one" is none, because it is everywhere.

    >>> sorted(words_as_numbers("Two of the twelve"))
    ['12', '2']
    >>> "2500000" in words_as_numbers("two and a half million"), "125" in words_as_numbers("сто двадцать пять")
    (True, True)
    """
    letters = b" " + one_byte(text).translate(_SMALL_LETTERS)
    tokens = letters.split()
    words = _KNOWN_BYTES.intersection(tokens)
    found = {number for word in words for number in _meanings(word)}
    if not text.isascii():
        found.update(map(_first_part, _COMPOUND.findall(letters)))
    if len(words) > 1 and not _WORDS_BYTES.isdisjoint(words) and _has_run(tokens):
        for run in _runs(text.lower().replace("ё", "е")):
            if len(run) > 1:
                found.update(f"{value:.1f}".removesuffix(".0") for value in _compounds(run))
    return frozenset(found)


def _has_run(tokens: list[bytes]) -> bool:
    """Tell, in a microsecond, whether a number may have several words."""
    return any(one in _COUNTING_BYTES and other in _IN_RUNS_BYTES for one, other in pairwise(tokens))


def _runs(text: str) -> Iterator[list[str]]:
    """Yield the words of each number, and of what may be one."""
    run: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        word = match[0]
        is_number = word in _COUNTING
        if not is_number and not (run and word in _SKIPPED):
            if run:
                yield run
            run = []
            continue
        if run and text[end : match.start()] not in _JOINED:
            yield run
            run = []
        if is_number or run:
            run.append(word)
        end = match.end()
    if run:
        yield run


def _compounds(run: list[str]) -> Iterator[float]:
    """Yield the numbers that several words make: "two hundred and five", "две тысячи сто", "two and a half million"."""
    total: float = 0
    part: float = 0
    for word in run:
        if word in _SKIPPED:
            continue
        value = _WORDS.get(word) or _PARTS[word]
        if value >= 1000:
            total, part = total + (part or 1) * value, 0
        elif 0 < part < 10 and (value == 100 or word in _MULTIPLIERS):
            part *= value
        elif (
            value == 0.5
            or part == 0
            or (part % 100 == 0 and value < 100)
            or (part % 10 == 0 and part >= 20 and value < 10)
        ):
            part += value
        else:  # another number begins
            yield total + part
            total, part = 0, value
    yield total + part


@cache
def _meanings(word: bytes) -> tuple[str, ...]:
    """Return what a single word may stand for."""
    known = word.decode("cp1251")
    if known in _SEVERAL:
        return tuple(_SEVERAL[known])
    if known in _WORDS:
        return (str(_WORDS[known]),)
    return (str(_MONTH_OF[known]),) if known in _MONTH_OF else ()


@cache
def _first_part(number: bytes) -> str:
    known = number.decode("cp1251")
    return str(_WORDS.get(known) or _WORDS[known + "х"])


def month_names() -> str:
    """Return all that `month_of` knows, as a pattern."""
    return "|".join(sorted(_MONTH_OF, key=len, reverse=True))


def month_of(word: str) -> int | None:
    """Return the number of a month from its name in either language.

    >>> month_of("Июля"), month_of("sept"), month_of("Monday")
    (7, 9, None)
    """
    return _MONTH_OF.get(word.lower())
