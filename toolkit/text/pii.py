"""Find what reaches one person: telephone numbers, mail addresses, bank cards, handles.

News are full of numbers, so a number needs a sign that it is a telephone's: a plus, the shape that Russian numbers are
written in, or a word such as "тел." before it. Numbers inside web addresses are ids and stay, unless the address is
itself a telephone's or a person's (tel:, wa.me, t.me/name).

Whether @name is a person or a channel, no text says. A handle counts as public if the user or a source names it, if
somewhere a link to one of its messages stands (t.me/name/123: only channels and groups have those), or if it ends in
"bot", as only bots' names do. All others are taken for personal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    format_number,
    is_valid_number,
    parse,
)

from toolkit.text.disguise import undisguised, visible
from toolkit.text.telegram import url_spans

KINDS: Final = ("phone", "email", "card", "handle")


class Personal(NamedTuple):
    """A personal value in a text.

    Attributes:
        start: where it begins.
        end: where it ends.
        kind: one of KINDS.
        value: the same for all spellings of it: E.164, lower case, digits.
    """

    start: int
    end: int
    kind: str
    value: str


_TAKEN: Final = "\ue000"  # stands for characters of what was found

# --- mail ------------------------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w@])")
_FILE_ENDINGS = ("png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js")  # "logo@2x.png"

# --- telephones ------------------------------------------------------------------------------------------------------

_MANY_DIGITS = re.compile(r"\d(?:\D{0,3}\d){5}")
_GAP = r"[\s\u00a0().\u2010-\u2015\u2212-]{0,3}"
_RUSSIAN = re.compile(rf"[78]{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{2}}")
# With the area's code in brackets, or as North America writes them: shapes that nothing else has.
_BY_COUNTRY: Final = {
    "RU": re.compile(r"(?<![\w+)-])(?<!\d )\(\d{3,5}\) ?\d{1,3}-\d\d-\d\d(?![\w-])"),
    "US": re.compile(r"(?<![\w+)./=-])(?<!\d )(?:1[ -])?(?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4}(?![\w-]|\.\d)"),
}
_MOBILE = re.compile(r"[78](?:9\d\d|800)\d{7}")
_THOUSANDS = re.compile(r"\+?\d{1,3}(?:[\s\u00a0.]\d{3})+")
_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[ ./-](?:0?[1-9]|1[0-2])[ ./-](?:(?:19|20)\d\d|\d\d)(?![\d-])"
    r"|\d{4}[./-]\d{1,2}[./-]\d{1,2}(?![\d-])|(?:1\d|20)\d\d\s?[-\u2013\u2014]\s?(?:1\d|20)\d\d(?![\d-])|\d{8}(?!\d)"
)
_MARKS_OF_IDS = ("_", "№", "#", "=", "/")
_MIN_INTERNATIONAL = 10  # digits after a plus: "+100 000" is a change of something

_PHONE_WORD = (
    r"(?:\b(?:тел(?:ефон[а-яё]*)?|моб(?:ильн[а-яё]*)?|факс[а-яё]*|(?:по)?зв[оа]ни[а-яё]*|лини[а-яё]{1,2}|ватсап|вотсап"
    r"|вайбер|смс|phones?|tel(?:ephone)?|call|dial|ring|fax|hotline|mobile|cell|whatsapp|viber|sms)\b|[☎📞📱📲])"
)
_SHAPE = r"\(?\d(?:[\d()\u00a0 \u2010-\u2015\u2212-]|\.(?=\d{2})){5,16}\d(?![\d%]|[.,:/]\d)"
_AFTER_WORD = re.compile(rf"{_PHONE_WORD}(?:[^\n\d+]{{0,25}}(?<![\w№#$€£]))({_SHAPE})", re.IGNORECASE)
_AND_ANOTHER = re.compile(rf"\s*(?:[,;/]|и|или|and|or)\s*({_SHAPE})")

# --- cards -----------------------------------------------------------------------------------------------------------

_CARD = re.compile(
    r"(?<![\w.,/:=+#№-])(?<!\d[ \u00a0])"
    r"(?:\d{4}([ \u00a0-])\d{4}\1\d{4}\1\d{4}(?:\1\d{2,3})?|\d{4}([ \u00a0-])\d{6}\2\d{5}|\d{15,16}|\d{18,19})"
    r"(?!\w|[.,-]\d|[ \u00a0]\d)"
)
_ISSUER = re.compile(
    r"(?:4\d{15}(?:\d{3})?|(?:5[1-5]|2[3-6]|22[2-9]|27[01])\d+|220[0-4]\d{12,15}|3[47]\d{13}|35\d{14}|62\d{14,17}"
    r"|(?:50|5[6-8]|63|67)\d{14,17}|6(?:011|5\d\d)\d{12})"
)
_LENGTHS = {15, 16, 18, 19}

# --- handles ---------------------------------------------------------------------------------------------------------

_HANDLE = re.compile(r"(?<![\w@/.])@([A-Za-z](?:[\w.]{2,30}[A-Za-z0-9_]))(?![\w@])", re.ASCII)
_TELEGRAM = r"(?<![\w.-])(?:t|telegram)\.(?:me|dog)/"
_TELEGRAM_HOST = re.compile(r"\.(?:me|dog)\b|tg://", re.IGNORECASE)
_HANDLE_LINK = re.compile(
    rf"(?:{_TELEGRAM}(?:s/)?@?|\btg://resolve\?domain=)([A-Za-z]\w{{3,31}})(?![\w/+])|\b([a-z]\w{{3,31}})\.t\.me\b"
    r"|\btg://user\?id=(\d+)",
    re.ASCII | re.IGNORECASE,
)
_MESSAGE_LINK = re.compile(rf"{_TELEGRAM}(?:s/)?([A-Za-z]\w{{3,31}})/\d", re.ASCII | re.IGNORECASE)
_PHONE_LINK = re.compile(
    rf"(?:\bwa\.me/|\bwhatsapp\.com/send/?\?phone=|{_TELEGRAM}|\b(?:tel|callto|sms|whatsapp|viber):[^\s\d+%]{{0,30}})"
    r"((?:\+|%2B)?\(?\d[\d().-]{5,18}\d)(?![\w/])",
    re.IGNORECASE,
)
_NO_HANDLES: Final = re.compile(
    "joinchat|add(?:stickers|emoji|list|theme)|share|proxy|socks|login|confirmphone|setlanguage|boost|giftcode|invoice|contact"
)


def find_personal(text: str, public: Collection[str] = ()) -> list[Personal]:
    """Return the personal values in a text, in order, without overlaps.

    Args:
        text: of a post; also a single address.
        public: values that are nobody's secret, as `public_values` returns them.

    >>> [p.value for p in find_personal("Тел. +7 (495) 000-11-22, a@b.example, @some_one; 1941-1945, 12 345 678")]
    ['+74950001122', 'a@b.example', 'some_one']
    """
    seen, places = visible(text)
    found = _found(seen)
    for item in found:  # what is taken has no part in anything else
        seen = f"{seen[: item.start]}{_TAKEN * (item.end - item.start)}{seen[item.end :]}"
    view, origins = undisguised(seen)
    for item in _found(view) if origins else ():
        start, end = origins[item.start][0], origins[item.end - 1][1]
        if _TAKEN not in seen[start:end] and ("\n" not in seen[start:end] or _is_sure(item)):
            found.append(item._replace(start=start, end=end))
    found.sort()
    kept = [item for item in found if not _is_public(item, public)]
    if places:
        kept = [item._replace(start=places[item.start], end=places[item.end - 1] + 1) for item in kept]
    return kept


def _found(seen: str) -> list[Personal]:
    found: list[Personal] = []
    for finder in (_emails, _phone_links, _handle_links, _cards, _phones, _handles):
        for item in finder(seen):
            found.append(item)
            seen = f"{seen[: item.start]}{' ' * (item.end - item.start)}{seen[item.end :]}"
        if finder is _handle_links:  # what comes next has no business inside addresses
            seen = _without_urls(seen)
    return sorted(found)


def _is_sure(item: Personal) -> bool:
    """Tell whether a value that is on two lines is one, and not the numbers of a table."""
    return item.kind != "phone" or (item.value.startswith("+") and is_valid_number(parse(item.value)))


def public_values(named: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Return what is public: the values named, and the handles to whose messages the texts link.

    Args:
        named: handles, also with @ or as addresses, numbers and addresses in any spelling.
        texts: in which links may stand.

    >>> sorted(public_values(["@Harbour", "8 800 000-00-01"], ["see t.me/other_port/15"]))
    ['+78000000001', 'harbour', 'other_port']
    """
    values = {_public_value(name) for name in named}
    linked = {match[1].lower() for text in texts for match in _MESSAGE_LINK.finditer(text)}
    return frozenset(values | linked)


def _public_value(name: str) -> str:
    name = name.strip().rsplit("/", 1)[-1].removeprefix("@").lower()
    return _number(name) if re.fullmatch(r"[+\d\s().\u00a0-]+", name) else name


def _is_public(item: Personal, public: Collection[str]) -> bool:
    if item.value in public:
        return True
    return item.kind == "handle" and (item.value.endswith("bot") or item.value.partition(".")[0] in public)


def _without_urls(text: str) -> str:
    for start, end in url_spans(text):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def _emails(text: str) -> Iterator[Personal]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            value = match[0].lower()
            if not value.endswith(_FILE_ENDINGS):
                yield Personal(*match.span(), "email", value)


def _phone_links(text: str) -> Iterator[Personal]:
    if not _MANY_DIGITS.search(text):
        return
    for match in _PHONE_LINK.finditer(text):
        digits = _digits(match[1].removeprefix("%2B").removeprefix("%2b"))
        yield Personal(*match.span(1), "phone", f"+{digits}")


def _handle_links(text: str) -> Iterator[Personal]:
    if not _TELEGRAM_HOST.search(text):
        return
    for match in _HANDLE_LINK.finditer(text):
        group = match.lastindex or 1
        if not _NO_HANDLES.fullmatch(match[group].lower()):
            yield Personal(*match.span(group), "handle", match[group].lower())


def _handles(text: str) -> Iterator[Personal]:
    if "@" in text:
        for match in _HANDLE.finditer(text):
            yield Personal(*match.span(), "handle", match[1].lower())


def _cards(text: str) -> Iterator[Personal]:
    if not _MANY_DIGITS.search(text):
        return
    for match in _CARD.finditer(text):
        digits = _digits(match[0])
        if len(digits) in _LENGTHS and _ISSUER.fullmatch(digits) and _passes_luhn(digits):
            yield Personal(*match.span(), "card", digits)


def _passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def _phones(text: str) -> Iterator[Personal]:
    if not _MANY_DIGITS.search(text):
        return
    taken = 0
    for start, end in sorted(
        {*_written_out(text), *_by_country(text), *_after_words(text)}, key=lambda span: (span[0], -span[1])
    ):
        if start >= taken:
            taken = end
            yield Personal(start, end, "phone", _number(text[start:end]))


def _written_out(text: str) -> Iterator[tuple[int, int]]:
    """Yield numbers that show what they are: with a plus, or as Russian ones are written."""
    for match in PhoneNumberMatcher(text, "RU", leniency=Leniency.POSSIBLE):
        raw, before = match.raw_string, text[max(0, match.start - 2) : match.start].strip()[-1:]
        if text[match.start - 1 : match.start].isalnum() or before in _MARKS_OF_IDS or _THOUSANDS.fullmatch(raw):
            continue
        digits = _digits(raw)
        if raw.startswith(("+", "\uff0b")):
            is_phone = len(digits) >= _MIN_INTERNATIONAL
        else:
            shape = _RUSSIAN.match(raw)
            has_shape = _MOBILE.fullmatch(raw) or (
                raw != digits and shape and (match.number.extension or shape.end() == len(raw))
            )
            is_phone = bool(has_shape) and is_valid_number(match.number)
        if is_phone:
            yield match.start, match.end


def _by_country(text: str) -> Iterator[tuple[int, int]]:
    for region, shape in _BY_COUNTRY.items():
        for match in shape.finditer(text):
            if is_valid_number(parse(match[0], region)):
                yield match.span()


def _after_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield numbers of any country after a word that announces them, and those that follow in a list."""
    for match in _AFTER_WORD.finditer(text):
        found: re.Match[str] | None = match
        while found is not None and _may_be_dialled(found[1]):
            yield found.span(1)
            found = _AND_ANOTHER.match(text, found.end())


def _may_be_dialled(raw: str) -> bool:
    return 6 <= len(_digits(raw)) <= 15 and not _THOUSANDS.fullmatch(raw) and not _DATE.match(raw)


def _number(raw: str) -> str:
    """Return a number in the spelling of E.164; its bare digits if it belongs to no country's plan."""
    is_whole = raw.lstrip().startswith("+")
    for region in _BY_COUNTRY:
        try:
            number = parse(raw, region)
        except NumberParseException:
            break
        if is_whole or is_valid_number(number):
            return format_number(number, PhoneNumberFormat.E164)
    return _digits(raw)


def _digits(raw: str) -> str:
    return "".join(filter(str.isdecimal, raw))
