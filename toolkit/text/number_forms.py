"""Numbers in digits: plain ones, and forms that say more than their digits, such as dates and hours."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from toolkit.text.digits import Found, plain
from toolkit.text.number_words import month_names, month_of

_SPACE = "[ \u00a0\u2009\u202f]"
_SCALE: Final = (
    r"(?:(?P<e3>тыс(?:яч(?!елет)\w*|\b)|thousands?\b|(?<=[0-9])[kKкК]\b)"
    r"|(?P<e6>млн\b|миллион(?!ер)\w*|mln\b|mn\b|millions?\b|m\b)"
    r"|(?P<e9>млрд\b|миллиард(?!ер)\w*|bn\b|bln\b|billions?\b|(?<=[0-9])B\b)"
    r"|(?P<e12>трлн\b|триллион\w*|trn\b|tn\b|trillions?\b))"
)
_NUMBER = re.compile(  # starts with a digit, so that the search for it is fast
    rf"""(?P<digits>[0-9](?:(?<![0-9].)[0-9]{{0,2}}(?:{_SPACE}[0-9]{{3}})+(?:[.,][0-9]{{1,2}})?(?![0-9])  # 12 345,6
                   |[0-9]*(?:[.,’'][0-9]+)*))
         (?:[\s-]?{_SCALE})?""",
    re.VERBOSE | re.IGNORECASE,
)
_GAP, _SEPARATOR = re.compile(_SPACE), re.compile("[.,’']")
_MONEY = re.compile(r"[$£€¥₽]\s?\Z")
_DIGIT = re.compile("[0-9]")
_MONTH: Final = month_names()
_MONTH_ENDS: Final = frozenset(month[-3:] for month in _MONTH.split("|"))
# A number that can be read in one way only, by what stands beside it, if no month is before it: most are such.
_LEADS_ON: Final = "|".join(sorted({month[:3] for month in _MONTH.split("|")})) + (
    r"|тыс|мил|мл|тр|ч|утра|дня|веч|ноч|до|или|tho|mi|ml|mn|m\b|b|t[ronm]|[ap]\.?\ ?m|o|hou"
)
_ALONE = re.compile(
    r"(?<!\w)([0-9]+)(?![0-9])(?:\Z|[.,:](?![0-9])|[^\w\s.,:/'’–—-]"
    rf"|\s(?=[^\W\d_])(?!{_LEADS_ON})|-(?=[^\W\d_])(?!{_LEADS_ON}|[ехым]|го|st|nd|rd|th|s))",
    re.IGNORECASE,
)


# --- forms that say more than their digits ---------------------------------------------------------------------------


def _numeric_date(match: re.Match[str], found: Found) -> bool:
    """Read "2020-07-26", "26.07.2020", "7/26/20": the month may be in letters on the other side."""
    year, *rest = (match["y1"], match["m1"], match["d1"]) if match["y1"] else (match["y2"], match["a"], match["b"])
    first, second = (int(part) for part in rest)
    if not (0 < min(first, second) <= 12 and max(first, second) <= 31):
        return False
    long = year if len(year) == 4 else f"{20 if int(year) < 50 else 19}{year}"
    if not match["y1"] and match["by"] == "/" and max(first, second) <= 12:  # either may be the day
        return found.add([long], [year, first, second])
    day, month = (second, first) if match["y1"] or second > 12 else (first, second)
    return found.add([long, day], [year, month, f"{day}.{month:02}"])


def _day_before_month(match: re.Match[str], found: Found) -> bool:
    """Read "26 июля", which may be "26.07" in digits."""
    day, month = int(match["day"]), month_of(match["month"])
    return 0 < day <= 31 and found.add([day], [month, f"{day}.{month:02}"])


def _day_after_month(match: re.Match[str], found: Found) -> bool:
    """Read "July 26"."""
    before = _MONTH_BEFORE.search(match.string, max(0, match.start() - _LONGEST_MONTH), match.start())
    month = month_of(before[1]) if before else None
    return month is not None and 0 < int(match[1]) <= 31 and found.add([match[1]], [f"{match[1]}.{month:02}"])


def _clock(match: re.Match[str], found: Found) -> bool:
    """Read "17:30", "5:30 p.m.", "5 p.m.", "17 часов", "5 часов вечера"; the hour may be twelve hours away."""
    hour, minute = int(match["h"]), match["min"] or match["after"]
    if hour > 24 or (minute and int(minute) > 59):
        return False
    hours = _half_days(hour)
    sure = [str(hour)] if hour else []
    return found.add(
        [*sure, *([minute] if minute and int(minute) else [])],
        [*hours, *(f"{one}.{minute}" for one in hours if minute)],
    )


def _half_days(hour: int) -> set[int]:
    """Return what an hour may be called on a clock of the other kind."""
    return {hour, hour % 12, hour % 12 + 12} | ({0, 24} if hour in (0, 12, 24) else set())


def _decade(match: re.Match[str], found: Found) -> bool:
    """Read "1990-е" and "90s"; either may be the other."""
    century, decade = match["century"], match["decade"]
    if century:
        return found.add([century + decade], [decade])
    return found.add([decade], [f"19{decade}", *([f"20{decade}"] if decade in ("00", "10", "20") else [])])


def _years(match: re.Match[str], found: Found) -> bool:
    """Read "1941–45" as "1941–1945"."""
    first, last = match["from"], match["to"]
    return int(last) > int(first[2:]) and found.add([first, first[:2] + last], [last])


def _ratio(match: re.Match[str], found: Found) -> bool:
    """Read "1/2", which may be "½"."""
    above, below = int(match["above"]), int(match["below"])
    if not 0 < above < below:
        return found.add([above, below])
    percent = [100 * above // below] if 100 * above % below == 0 else []
    return found.add([above, below], [round(Decimal(above) / below, 2), *percent])


def _power(match: re.Match[str], found: Found) -> bool:
    """Take the 2 of "км2" and "CO2" for one that the other language may lack."""
    is_power = _UNIT_BEFORE.search(match.string, max(0, match.start() - 3), match.start()) is not None
    return is_power and found.add([], [match[0]])


def _range(match: re.Match[str], found: Found) -> bool:
    """Read the first number of "5–10 тысяч" as thousands too, as English writes them out."""
    low, high = (match[end].replace(",", ".") for end in ("low", "high"))
    if Decimal(low) >= Decimal(high):
        return False
    return found.add([_first_of(f"{number} {match['scale']}") for number in (low, high)], [low, high])


def _sum(match: re.Match[str], found: Found) -> bool:
    """Read "1 млрд 500 млн" and "2 тыс. 300" as one number."""
    big, small = _first_of(match["big"]), _first_of(match["small"])
    return Decimal(small) < Decimal(big) and found.add([Decimal(big) + Decimal(small)], [big, small])


def _first_of(number: str) -> str:
    match = _NUMBER.match(number)
    assert match is not None
    return _canonical(match)[0]


_MONTH_BEFORE = re.compile(rf"(?<!\w)({_MONTH})\.? $", re.IGNORECASE)
_LONGEST_MONTH: Final = 12
_UNIT_BEFORE = re.compile(r"(?<!\w)(?:[кдcсm]?[мm]|km|cm|ft|CO|СО|H)$", re.IGNORECASE)
_HALF_DAY: Final = r"(?:[ap]\.?\ ?m\b\.?|утра|дня|вечера|ночи|o['’]?clock)"
_WORD_SCALE: Final = re.sub(r"\?P<e[0-9]+>", "?:", _SCALE)
_DECIMAL: Final = "[0-9]{1,3}(?:[.,][0-9]{1,2})?"
# Each is tried at the first digit of a number, in this order.
_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Found], bool]], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (
            r"(?:(?P<y1>[12][0-9]{3})-(?P<m1>[0-9]{2})-(?P<d1>[0-9]{2})"
            r"|(?P<a>[0-9]{1,2})(?P<by>[./])(?P<b>[0-9]{1,2})(?P=by)(?P<y2>[0-9]{4}|[0-9]{2}))(?![0-9])(?![.,/-][0-9])",
            _numeric_date,
        ),
        (rf"(?P<day>[0-9]{{1,2}})(?:-?(?:го|st|nd|rd|th))?\ (?:of\ )?(?P<month>{_MONTH})\b", _day_before_month),
        (r"(?<=[a-zа-я.]\ )([0-9]{1,2})(?![0-9]|[.,:][0-9])(?:st|nd|rd|th)?", _day_after_month),
        (
            rf"(?P<h>[0-9]{{1,2}})(?::(?P<min>[0-9]{{2}})(?::[0-9]{{2}})?(?![0-9:])(?:\ ?{_HALF_DAY})?"
            rf"|\.(?P<after>[0-9]{{2}})\ ?{_HALF_DAY}"
            rf"|\ ?(?:(?:ч\b\.?|час\w*|hours?)(?:\ {_HALF_DAY})?|{_HALF_DAY}))",
            _clock,
        ),
        (r"(?<![.,-])(?P<century>1[0-9]|20)?(?P<decade>[0-9]0)(?:-?(?:е|х|ые|ых|м|ми)|['’]?s)\b", _decade),
        (r"(?<![.,/-])(?P<from>1[0-9]{3}|20[0-9]{2})\ ?[-–—/]\ ?(?P<to>[0-9]{2})(?![0-9.,:/])", _years),
        (r"(?<![./])(?P<above>[0-9]{1,2})/(?P<below>[0-9]{1,2})(?![0-9./])", _ratio),
        (r"(?<=\w)[23](?!\w)", _power),
        (
            rf"(?<![.,])(?P<low>{_DECIMAL})\ ?(?:-|–|—|\ to\ |\ до\ |\ or\ |\ или\ |to\ |до\ |or\ |или\ )\ ?"
            rf"(?P<high>{_DECIMAL})[\s-]?(?P<scale>{_WORD_SCALE})",
            _range,
        ),
        (
            rf"(?<![.,])(?P<big>{_DECIMAL}\ ?{_WORD_SCALE})\.?\ (?:и\ |and\ )?"
            rf"(?P<small>[0-9]{{1,3}}\ ?{_WORD_SCALE}|(?<=тыс\.\ )[0-9]{{3}}\b|(?<=тысяч\ )[0-9]{{3}}\b"
            r"|(?<=тысячи\ )[0-9]{3}\b|(?<=thousand\ )[0-9]{3}\b)",
            _sum,
        ),
    )
)


# --- plain numbers ---------------------------------------------------------------------------------------------------


def read_digits(text: str, found: Found) -> None:
    """Note the numbers of a text that are in plain digits."""
    place = 0
    while first := _DIGIT.search(text, place):
        start = first.start()
        match = _ALONE.match(text, start)
        if match and not (len(match[1]) <= 2 and text[start - 1 : start] == " " and _is_after_month(text[:start])):
            found.sure.add(plain(match[1]))
            place = match.end(1)
            continue
        place = _read_form(text, start, found).end()


def _is_after_month(text: str) -> bool:
    """Tell, quicker than a search, whether a month may be before a number."""
    return text[-5:].rstrip(" .")[-3:].lower() in _MONTH_ENDS


def _read_form(text: str, start: int, found: Found) -> re.Match[str]:
    for pattern, read in _FORMS:
        match = pattern.match(text, start)
        if match and read(match, found):
            return match
    match = _NUMBER.match(text, start)
    assert match is not None
    _read_plain(match, found)
    return match


def _read_plain(match: re.Match[str], found: Found) -> None:
    numbers = _canonical(match)
    found.sure.update(numbers)
    if (match["e6"] or "").lower() == "m":  # metres or millions
        found.add([], [plain(number, scale) for number in numbers for scale in (6, -6)])
    whole, _, fraction = numbers[0].partition(".")
    if len(numbers) == 1 and fraction and len(whole) <= 2 and match["digits"][-3] in ".,":  # "26.07", "7.30"
        hours = _half_days(int(whole)) if int(whole) <= 24 else ()
        found.add([], [whole, match["digits"][-2:], *hours])


def _canonical(match: re.Match[str]) -> list[str]:
    digits, scale = _GAP.sub("", match["digits"]), _scale(match)
    parts = _SEPARATOR.split(digits)
    separators = _SEPARATOR.findall(digits)
    if len(parts) == 1 or (_are_thousands(parts[1:]) and parts[0].strip("0") and len(parts[0]) <= 3):
        whole, fraction = "".join(parts), ""
    elif len(parts) == 2 or (_are_thousands(parts[1:-1]) and separators[-1] not in separators[:-1]):
        whole, fraction = "".join(parts[:-1]), parts[-1]
    else:
        return [plain(part) for part in parts]
    return [plain(f"{whole}.{fraction}" if fraction else whole, scale)]


def _are_thousands(parts: list[str]) -> bool:
    return all(len(part) == 3 for part in parts)


def _scale(match: re.Match[str]) -> int:
    before = match.string[max(match.start() - 2, 0) : match.start()]
    if (
        (match["e6"] or "").lower() == "m"
        and not match[0].endswith(f"{match['digits']}M")
        and not _MONEY.search(before)
    ):
        return 0  # "3 m" is a length, "$3m" and "3M" are not
    return next((power for power in (3, 6, 9, 12) if match[f"e{power}"]), 0)
