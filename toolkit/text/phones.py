"""Find telephone numbers, and write each in one way.

News are full of numbers, so a number needs a sign that it is a telephone's: a plus, a shape that a country's numbers
are written in and nothing else is, or a word such as "тел." before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    format_number,
    is_valid_number,
    parse,
)

Found = tuple[int, int, str]  # where it begins, where it ends, the value in its one spelling

TAKEN: Final = "\ue000"  # stands for each character of what was found before: nothing reaches over it
MANY_DIGITS: Final = re.compile(r"\d(?:\D{0,6}\d){5}")

_DASH = r"\u2010-\u2015\u2212-"
_GAP = rf"[\s\u00a0().{_DASH}]{{0,3}}"
_RUSSIAN = re.compile(
    rf"[78]{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{2}}"
    rf"|[78][ \u00a0{_DASH}]?\(?(?:9\d\d|800)\)?[ \u00a0{_DASH}]?"
    rf"(?:\d\d[ {_DASH}]\d\d[ {_DASH}]\d{{3}}|\d\d[ {_DASH}]\d{{3}}[ {_DASH}]\d\d|\d{{3}}[ {_DASH}]\d{{3}}[ {_DASH}]\d)"
)
_ONE = rf"(?:\+7|[78]){_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{2}}(?!\d)"
# One of several with nothing but a space between them, of which PhoneNumberMatcher sees the last.
_IN_A_ROW = re.compile(rf"(?<![\w+№#=/-])({_ONE})(?=[\s\u00a0]{{1,3}}{_ONE})")
_MOBILE = re.compile(r"[78](?:9\d\d|800)\d{7}")
_HASHTAG = re.compile(r"(?<!\w)#[78]9\d{9}(?!\w)")  # a number that is to be found by search

_BEGIN = re.compile(r"[\d(](?<![\w+)./=#№-].)(?<![\d№] .)")  # of a number
_END = r"(?![\w-]|\.\d)"
# Shapes of a country that nothing else has; numbers of that plan only. What may be tried first stands first.
_SHAPES: Final = tuple(
    (region, re.compile(f"(?:{shape}){_END}"))
    for region, shape in (
        ("RU", r"\(\d{3,5}\) ?\d{1,3}-\d\d-\d\d"),  # (495) 123-45-67, (49624) 1-23-45
        ("RU", r"\d{3}[ -]\d{3}-\d\d-\d\d"),  # 916 123-45-67
        ("US", r"(?:1[ -])?(?:\(\d{3}\) ?\d{3}[ -]|\d{3}-\d{3}-)\d{4}|\d{3}\.\d{3}\.\d{4}"),  # (202) 555-0143
        # 8 (029) 123-45-67, 80291234567
        ("BY", r"8[ -]?\(?0(?:25|29|33|44|1[5-7]\d?|2[1-3]\d)\)?[ -]?\d{2,3}[ -]?\d\d[ -]?\d\d"),
        ("UA", r"(?:\(0\d\d\) ?|0\d\d[ -])\d{3}[ -]\d\d[ -]\d\d"),  # (067) 123-45-67
        ("GB", r"(?:\(02\d\) ?|02\d )\d{4} \d{4}|(?:\(01\d{3}\) ?|01\d{3} )\d{6}|07\d{3} ?\d{6}|0[38]\d\d \d{3} \d{4}"),
    )
)
_ABROAD = re.compile(r"00([1-9][\d ()-]{8,18}\d)(?![\w-])")  # 0049 30 12345678

_THOUSANDS = re.compile(r"\+?\d{1,3}(?:[\s\u00a0.]\d{3})+")
_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[ ./-](?:0?[1-9]|1[0-2])[ ./-](?:(?:19|20)\d\d|\d\d)(?![\d-])"
    r"|\d{4}[./-]\d{1,2}[./-]\d{1,2}(?![\d-])|(?:1\d|20)\d\d\s?[-\u2013\u2014]\s?(?:1\d|20)\d\d(?![\d-])|\d{8}(?!\d)"
)
_BYTE = r"(?:1?\d?\d|2[0-4]\d|25[0-5])"
_IP = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
_GOES_ON = re.compile(r"[A-Za-z\d_]")
_MARKS_OF_IDS = ("_", "№", "#", "=", "/")
_MIN_INTERNATIONAL = 10  # digits after a plus: "+100 000" is a change of something

_SHAPE = rf"\(?\d(?:[\d()\u00a0 {_DASH}]|\.(?=\d{{2}})){{5,20}}\d(?![\d%]|[.,:/]\d)"
_LOCAL = r"\d{2,3}-\d\d-\d\d(?![\w-]|[.,]\d)"
_MOBILE_SHAPE = (
    rf"(?:\(?9\d\d\)?[ {_DASH}]?\d{{3}}[ {_DASH}]?\d\d[ {_DASH}]?\d\d|\d{{3}}[ .-]\d{{3}}[ .-]\d{{4}})(?![\w-]|[.,]\d)"
)
_FREE = r"(?<![\w№#$€£])(?<![A-Za-z]-)"  # no id's end
_GAP_AFTER_WORD = rf"(?:[^\n\d+{TAKEN}]{{0,25}}|[^\n\d+{TAKEN}]{{0,15}}:\s{{1,3}})"
# Shapes of numbers, and the words that announce one of this shape.
_ANNOUNCED: Final = tuple(
    (re.compile(_FREE + shape), re.compile(rf"{words}\Z", re.IGNORECASE))
    for shape, words in (
        (
            _SHAPE,
            r"(?:\b(?:тел(?:ефон[а-яё]*)?|моб(?:ильн[а-яё]*)?|факс[а-яё]*|(?:по)?зв[оа]ни[а-яё]*|набер(?:и|ите)|смс"
            r"|лини[а-яё]{1,2}|ва(?:тс|тц|ц)ап[а-яё]*|вотсап[а-яё]*|вайбер[а-яё]*|phones?|tel(?:ephone)?|call|dial|ring"
            r"|fax|hotline|mobile|cell|whats ?app|viber|sms|(?:text|reach)\s(?:me|us))\b|[☎📞📱📲])" + _GAP_AFTER_WORD,
        ),
        # These announce other numbers too.
        (
            f"(?:{_LOCAL}|{_MOBILE_SHAPE})",
            rf"\b(?:по\s(?:телефонному\s)?номер(?:у|ам)|(?:контактн|мо)[а-яё]+\sномер[а-яё]*)[:\s{_DASH}]{{1,3}}",
        ),
        (r"\d{3}-\d\d-\d\d(?![\w-])", r"\bт[.:]{1,2}\s?"),
        (
            _MOBILE_SHAPE,
            r"\b(?:номер[а-яё]*|my\snumber(?:\sis)?|ph|telegram|телегр[а-яё]+|тг|tg|signal|сигнал[а-яё]*)"
            rf"[.:\s{_DASH}]{{1,4}}",
        ),
    )
)
_REACH: Final = 60  # letters: no announcement is longer
_AND_ANOTHER = re.compile(rf"\s*(?:[,;/]|и|или|and|or)\s*({_SHAPE})")
_LOCAL_TOO = re.compile(rf"\s*(?:[,;/]|и|или|and|or)\s*({_LOCAL})")

# "Касса+7 900 000-00-11ежедневно": lines that a page had, and the text has not. A plus begins a number behind any
# letter, 8 and 7 behind Cyrillic only, and in groups: letters of a part or a document stand before digits too.
_NUMBER = rf"\(?\d{{3}}\)?[ \u00a0{_DASH}]?\d{{3}}[ \u00a0{_DASH}]?\d\d[ \u00a0{_DASH}]?\d\d"
_GLUED = re.compile(
    rf"[^\W\d_](?=\+\d[\d() \u00a0{_DASH}]{{8,20}}\d)|[а-яё](?=[78][ \u00a0{_DASH}]?{_NUMBER}(?!\d))"
    rf"|[а-яё](?=\(\d{{3,5}}\)[ \u00a0]?\d{{1,3}}[{_DASH}]\d\d[{_DASH}]\d\d)"
    rf"|(?<=[ \u00a0{_DASH}]\d\d)[а-яёА-ЯЁ]|(?<=\d{{10}})[а-яёА-ЯЁ]|(?<=[ \u00a0{_DASH}]\d{{4}})[а-яёА-ЯЁ]"
)

_LINK_SIGNS: Final = (".me/", ".dog/", "viber", "whatsapp", "phone=", "tel", "callto:", "sms:", "facetime:", "skype:")
_LINK = re.compile(
    r"(?:\bwa\.me/|\bviber\.(?:me|click)/|\bsignal\.me/#p/|(?<![\w.-])(?:t|telegram)\.(?:me|dog)/"
    r"|[?&](?:phone|tel)=|\b(?:tel|callto|sms|whatsapp|viber|facetime|skype):[^\s\d+%]{0,30})"
    r"((?:\+|%2B)?\(?\d[\d().-]{5,18}\d)(?![\w/])",
    re.IGNORECASE,
)


def find_phone_links(text: str) -> Iterator[Found]:
    """Yield the numbers in addresses that are a telephone's: tel:, wa.me, t.me/+7...

    >>> list(find_phone_links("https://wa.me/79001234567"))
    [(14, 25, '+79001234567')]
    """
    if MANY_DIGITS.search(text) and has_any(text, _LINK_SIGNS):
        for match in _LINK.finditer(text):
            raw = match[1].replace("%2B", "+").replace("%2b", "+")
            number = phone_number(raw)
            yield *match.span(1), number if number.startswith("+") else f"+{number}"


def find_phones(text: str) -> Iterator[Found]:
    """Yield the numbers in a text that has no addresses, in order, without overlaps.

    >>> list(find_phones("Звоните: 8 (900) 123-45-67, 2024-2025"))
    [(9, 26, '+79001234567')]
    """
    if not MANY_DIGITS.search(text):
        return
    found = {*_written_out(text), *_by_country(text), *_after_words(text)}
    if _GLUED.search(text):  # letters that stand at a number's ends give way to spaces, so that nothing moves
        apart = _GLUED.sub(lambda match: match[0] if match[0].isspace() else " ", text)
        found |= {*_written_out(apart), *_by_country(apart)}
    taken = 0
    for start, end, value in sorted(found, key=lambda item: (item[0], -item[1])):
        if start >= taken:
            taken = end
            yield start, end, value
            while another := _LOCAL_TOO.match(text, taken):
                taken = another.end()
                yield *another.span(1), phone_number(another[1])


def phone_number(raw: str) -> str:
    """Return a number in the spelling of E.164; its bare digits if it belongs to no country's plan.

    >>> phone_number("8 (900) 123-45-67"), phone_number("123-45-67")
    ('+79001234567', '1234567')
    """
    is_whole = raw.lstrip().startswith("+")
    for region in ("RU", "US", *(region for region, shape in _SHAPES if shape.fullmatch(raw))):
        try:
            number = parse(raw, region)
        except NumberParseException:
            break
        if is_whole or is_valid_number(number):
            return format_number(number, PhoneNumberFormat.E164)
    return digits_of(raw)


def has_any(text: str, signs: Collection[str]) -> bool:
    """Tell whether one of the lower-case signs is in a text: cheaper than a pattern, for texts that have none."""
    lower = text.lower()
    return any(sign in lower for sign in signs)


def digits_of(raw: str) -> str:
    """Return the digits of a text, those of all scripts as ASCII."""
    return "".join(str(int(letter)) for letter in raw if letter.isdecimal())


def is_valid_phone(value: str) -> bool:
    """Tell whether a number as `phone_number` returns it is whole and belongs to a country's plan."""
    return value.startswith("+") and is_valid_number(parse(value))


def _written_out(text: str) -> Iterator[Found]:
    """Yield numbers that show what they are: with a plus, or as Russian ones are written."""
    for match in PhoneNumberMatcher(text, "RU", leniency=Leniency.POSSIBLE):
        raw, before = match.raw_string, text[max(0, match.start - 2) : match.start].strip()[-1:]
        is_whole = raw.startswith(("+", "\uff0b"))
        if text[match.start - 1 : match.start].isalnum() or _THOUSANDS.fullmatch(raw):
            continue
        if _GOES_ON.match(text, match.end) and not is_whole:
            continue
        if before in _MARKS_OF_IDS and not (before == "#" and is_whole):
            continue
        digits = digits_of(raw)
        if is_whole:
            is_phone = len(digits) >= _MIN_INTERNATIONAL
        else:
            shape = _RUSSIAN.match(raw)
            has_shape = _MOBILE.fullmatch(raw) or (
                raw != digits and shape and (match.number.extension or shape.end() == len(raw))
            )
            is_phone = bool(has_shape) and is_valid_number(match.number)
        if is_phone:
            yield match.start, match.end, phone_number(raw)
    for one in _IN_A_ROW.finditer(text):
        value = phone_number(one[1])
        if one[1] != digits_of(one[1]) and is_valid_phone(value):
            yield *one.span(1), value
    for tag in _HASHTAG.finditer(text):
        yield tag.start() + 1, tag.end(), phone_number(tag[0][1:])


def _by_country(text: str) -> Iterator[Found]:
    for begin in _BEGIN.finditer(text):
        for region, shape in _SHAPES:
            if match := shape.match(text, begin.start()):
                number = parse(match[0], region)
                if is_valid_number(number):
                    yield *match.span(), format_number(number, PhoneNumberFormat.E164)
        if match := _ABROAD.match(text, begin.start()):
            value = phone_number(f"+{match[1]}")
            if is_valid_phone(value):
                yield *match.span(), value


def _after_words(text: str) -> Iterator[Found]:
    """Yield numbers of any country after a word that announces them, and those that follow in a list."""
    for shape, words in _ANNOUNCED:
        for match in shape.finditer(text):
            start, end = match.span()
            if not words.search(text, max(0, start - _REACH), start):
                continue
            while _may_be_dialled(text[start:end]):
                yield start, end, phone_number(text[start:end])
                another = _AND_ANOTHER.match(text, end)
                if another is None:
                    break
                start, end = another.span(1)


def _may_be_dialled(raw: str) -> bool:
    is_other = _THOUSANDS.fullmatch(raw) or _DATE.match(raw) or _IP.fullmatch(raw)
    return 6 <= len(digits_of(raw)) <= 15 and not is_other
