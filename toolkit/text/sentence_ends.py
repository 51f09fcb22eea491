"""Tell whether a stop ends a sentence: a few rules of typography, and the abbreviations of `abbreviations`.

The rules are those that the tests of pragmatic_segmenter ("golden rules") and of razdel (Kukushkin 2018) have made
widely known; the code is ours, looks at no more than a window around each stop, and so is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from toolkit.text.abbreviations import Role, role_of

_WINDOW: Final = 60  # characters that are looked at before and after a stop
_STOP = re.compile(r"(?P<mark>(?<![.!?…])(?:\.(?: \.){2,3}|[.!?…]+))(?P<close>[\"']?(?: ?[»”’)\]]|[\"'])*) (?=\S)")
_STOPS: Final = (".", "!", "?", "…")
_LAST_SIGNS: Final = " .!?…\"'»”’)]"  # after which nothing follows that could be a sentence
_QUOTES: Final = ("«", "“", "„", '"', "'")
_NAME_LENGTH, _NAME_WORDS = 40, 6  # of what stands in quotes, and is rather a name than speech
_QUOTED = re.compile(
    r"«[^«»]*»|“[^“”]*”|„[^„“”]*[“”]|(?<![^\s(])\"(?=\S)[^\"]*(?<=\S)\"(?!\w)|(?<![^\s(])'[^']*'(?!\w)"
)

_GOES_ON = re.compile(r"[,:;)\]}»”’?!.…%]|[=:;]-?[)(]")
_NEXT = re.compile(r"(?P<dash>[‑–—−-]\s*)?(?P<open>[«“„‘\"'(\[]*)(?P<word>[^\W_]\w*)?")
_CAMEL = re.compile("[a-zа-яё]+[A-ZА-ЯЁ]")  # iPhone
_SAID = (
    "said|says|asked|asks|replied|answered|added|exclaimed|cried|shouted|whispered|wondered|joked|wrote|tweeted|"
    "demanded|insisted|told|repeated|continued|recalled|explained|noted|quipped|inquired|yelled"
)
_SPEAKER = re.compile(rf"(?:(?:Mr|Mrs|Ms|Dr)\.? )?(?:I|(?:[A-Z][\w’'-]*\.? ){{1,4}}?)\s*(?:{_SAID})\b")
_ONLY_MARKS = re.compile(r"[(\[]$")
_LOUD_NAME = re.compile(r"\b(?:Yahoo|Jeopardy|oOh|Yum|Chips Ahoy|Oklahoma|Mamma Mia)$")

_BULLET = re.compile(r"[\W\d_]*(?:\b[A-Za-zА-Яа-яё]|\b[IVXLC]{1,5}|[0-9][0-9.)]*)[.)]*")
_TOKEN = re.compile(
    r"(?:№|(?<!\w)N°|(?<![^\W\d_])(?:(?:[A-ZА-ЯЁ][.-] ?){1,4}[A-ZА-ЯЁ]|(?:[a-zа-яё]\. ?){1,3}[a-zа-яё]"
    r"|(?:[^\W\d_]{1,3}\.){0,2}[^\W\d_]+(?:\.?-[^\W\d_]+)?))$"
)
_LONGEST_FORM: Final = 16
_DEGREE = re.compile(r"[°º]\s?[CСFFKК]$")
_AFTER_NUMBER = re.compile(r"(?:[0-9]|(?<!\w)[IVXLCХ]{1,6}|(?<!\w)(?:тыс|млн|млрд|трлн|кв|куб|пог)\.?|\w/)[\s–-]*$")
_INITIALS = re.compile("[A-ZА-ЯЁ](?:[.-] ?[A-ZА-ЯЁ])*")
_WORD_BEFORE = re.compile(r"(\w+)\W*$")
_OPENER = re.compile(
    r"[«“„\"'(]*(?:The|This|That|These|Those|It|He|She|We|They|You|In|On|At|But|And|However|There|His|Her|Our|Their|My|"
    r"Your|If|When|While|As|After|Before|For|From|With|By|To|So|Not|What|Who|How|Why|Where|Which|Is|Are|Was|Were|Do|Does|"
    r"Did|Have|Has|Had|Can|Could|Will|Would|Let|Then|Thus|Also|I|"
    r"Он|Она|Они|Оно|Мы|Вы|Я|Это|Этот|Эта|Эти|В|Во|На|С|Со|По|При|Для|За|Из|К|Ко|От|До|У|О|Об|И|А|Но|Однако|Также|Так|"
    r"После|Перед|Кроме|Затем|Тогда|Там|Тут|Здесь|Если|Когда|Как|Что|Кто|Где|Его|Её|Ее|Их|Все|Всё|Не|Ни|Да|Через|Под|Над)"
    r"[\s,’'](?!\.)"
)
_DAY: Final = "Mon|Tues|Wednes|Thurs|Fri|Satur|Sun"
_MONTH: Final = (
    r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec|January|February|March|April|August|September|October|"
    r"November|December)\b|(?:Янв|Фев|Мар|Апр|Ма[йя]|Июн|Июл|Авг|Сен|Окт|Ноя|Дек)"
)
_HOUR_GOES_ON = re.compile(
    rf"(?:(?:{_DAY})day|{_MONTH}|(?:Eastern|Central|Mountain|Pacific|Moscow|London|Greenwich)\b|GMT|UTC|BST|IST|MSK|МСК|"
    r"CES?T|[ECMP][SD]?T\b|(?:[A-Z][a-z]+ ){1,3}[Tt]ime\b|[0-9])"
)
_OPENS_WITH_HOUR = re.compile(
    r"(?:At|By|Around|About|Before|After|Until|Till|Since|From|On|В|К|До|С)\s(?:about |around |около )?[0-9:.–-]+$"
)
_DATE_GOES_ON = re.compile(rf"(?:[0-9]|{_MONTH})")
_NUMBER_GOES_ON = re.compile(r"(?:[0-9№#]|[IVXLCХ]+\b|[A-ZА-ЯЁ]\b)")
_ONLY_A_DATE: Final = 30  # characters before the stop, at most
_COUNTRY = re.compile("США|РФ|СССР")


def sentence_ends(line: str) -> Iterator[int]:
    """Yield the places where sentences of a line end, before the space that follows.

    Args:
        line: without line ends, and with no more than one space between words.
    """
    inner = line.rstrip(_LAST_SIGNS)
    if not any(sign in inner for sign in _STOPS):
        return
    names: dict[int, list[tuple[int, int]]] | None = None if any(sign in line for sign in _QUOTES) else {}
    start = 0
    for stop in _STOP.finditer(line):
        names = _names(line) if names is None else names
        if any(left < stop.start() < right for left, right in names.get(stop.start() // _WINDOW, ())):
            continue
        if _is_end(line, start, stop):
            yield stop.end() - 1
            start = stop.end()


def _names(line: str) -> dict[int, list[tuple[int, int]]]:
    """Return the places of names in quotes, inside which nothing ends («Порт. Новости»), by window."""
    places: dict[int, list[tuple[int, int]]] = {}
    for match in _QUOTED.finditer(line):
        left, right = match.span()
        if right - left > _NAME_LENGTH or len(match[0].split()) > _NAME_WORDS:
            continue
        for window in range(left // _WINDOW, right // _WINDOW + 1):
            places.setdefault(window, []).append((left, right - 3))  # a stop before the closing quote is no inner one
    return places


def _is_end(line: str, start: int, stop: re.Match[str]) -> bool:
    left = line[max(start, stop.start() - _WINDOW) : stop.start()]
    right = line[stop.end() : stop.end() + _WINDOW]
    is_first = start == 0
    if not _is_whole(left, is_first) or not any(map(str.isalnum, right)) or _GOES_ON.match(right):
        return False
    following = _NEXT.match(right)
    assert following is not None
    word = following["word"] or ""
    if word[:1].islower() and not _CAMEL.match(word) and following["open"][:1] not in ("(", "["):
        return False
    if stop["mark"] == "." and not stop["close"].strip(")]"):
        return _full_stop_ends(left, stop.start() - start, right) if not stop["close"] else True
    if stop["close"].strip(")]") and following["open"] == "(":  # a source: “...” (Hill 55)
        return False
    if _ONLY_MARKS.search(left) and stop["mark"] in ("!", "?"):  # "(!)"
        return False
    if "." not in stop["mark"] and stop["close"].strip(")]") and _SPEAKER.match(right):
        return False
    if stop["mark"] == ". . ." and word == "I":
        return False
    return not (stop["mark"] == "!" and _LOUD_NAME.search(left))


def _is_whole(left: str, is_first: bool) -> bool:
    """Tell whether there is a sentence at all, and not only the number of one, or signs."""
    if any(map(str.isalpha, left)):
        return True
    return not is_first and not any(map(str.isdigit, left)) and any(map(str.isalnum, left))


def _full_stop_ends(left: str, length: int, right: str) -> bool:
    """Tell whether a full stop with nothing after it ends a sentence that has `length` characters so far."""
    if length <= 20 and _BULLET.fullmatch(left):
        return False
    token = _TOKEN.search(left, max(len(left) - _LONGEST_FORM, 0))
    if token is None or _DEGREE.search(left):
        return True
    form, before = token[0].replace(" ", ""), left[: token.start()]
    if form in ("№", "N°"):
        return not right[0].isdigit()
    role = _role(form, before, right)
    if role is not None:
        return right[0] not in "([" and _ABBREVIATION_ENDS[role](left, length, right)
    return not _INITIALS.fullmatch(form) or _initials_end(form, before, right)


def _role(form: str, before: str, right: str) -> Role | None:
    """Return what an abbreviation announces; capital letters are initials ("P. Hill") or a name ("ОК")."""
    if form.isupper() and form.isalpha() and not (len(form) == 1 and right[0].isdigit()):
        return None
    small, is_counted = form.lower(), _AFTER_NUMBER.search(before) is not None
    last = small if form.isupper() else small[max(small.rfind("."), small.rfind("-")) + 1 :]  # "Missouri-St."
    return role_of(small, is_counted) or role_of(last, is_counted)


def _initials_end(form: str, before: str, right: str) -> bool:
    """Tell whether an initial, or an acronym with stops, is the last of its sentence."""
    if form.isalpha() and len(form) > 1:
        return True
    word = _WORD_BEFORE.search(before)
    return (form == "I" and word is not None and word[1].islower()) or _OPENER.match(right) is not None


def _name_ends(_left: str, _length: int, _right: str) -> bool:
    return False


def _number_ends(_left: str, _length: int, right: str) -> bool:
    return not _NUMBER_GOES_ON.match(right)


def _date_ends(_left: str, _length: int, right: str) -> bool:
    return not _DATE_GOES_ON.match(right)


def _hour_ends(left: str, length: int, right: str) -> bool:
    return not _HOUR_GOES_ON.match(right) and not (
        length <= _ONLY_A_DATE and _OPENS_WITH_HOUR.search(left[:-4].rstrip())
    )


def _opener_ends(_left: str, _length: int, right: str) -> bool:
    return _OPENER.match(right) is not None


def _unit_ends(_left: str, _length: int, right: str) -> bool:
    return not right[0].isdigit() and not _COUNTRY.match(right)


def _year_ends(_left: str, length: int, right: str) -> bool:
    return _OPENER.match(right) is not None or (length > _ONLY_A_DATE and _unit_ends("", length, right))


_ABBREVIATION_ENDS: Final = {
    "name": _name_ends,
    "number": _number_ends,
    "date": _date_ends,
    "hour": _hour_ends,
    "opener": _opener_ends,
    "unit": _unit_ends,
    "year": _year_ends,
}
