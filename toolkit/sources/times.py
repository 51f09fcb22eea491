"""Times as sources write them -> UTC, and how much is known about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from toolkit.errors import OptionError
from toolkit.sources.values import is_nothing

DAY: Final = "day"  # precision of a date without time of day: no zone moves it, and no clock is made up

_FIRST: Final = 1e8  # seconds, in 1973; smaller numbers are years or durations
_DAY_0: Final = date(1899, 12, 30)  # of spreadsheets
_SERIALS: Final = (41_500, 60_000)  # days, from Telegram's beginning in 2013 until 2064
_DAY_NUMBERS: Final = (20_130_814, 20_641_231)  # of the same time, as 20240501
_UNITS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))  # from here on a number counts so many parts of a second
_MONTHS: Final = (
    ("jan", "january", "янв", "январь", "января"),
    ("feb", "february", "фев", "февр", "февраль", "февраля"),
    ("mar", "march", "мар", "март", "марта"),
    ("apr", "april", "апр", "апрель", "апреля"),
    ("may", "май", "мая"),
    ("jun", "june", "июн", "июнь", "июня"),
    ("jul", "july", "июл", "июль", "июля"),
    ("aug", "august", "авг", "август", "августа"),
    ("sep", "sept", "september", "сен", "сент", "сентябрь", "сентября"),
    ("oct", "october", "окт", "октябрь", "октября"),
    ("nov", "november", "ноя", "нояб", "ноябрь", "ноября"),
    ("dec", "december", "дек", "декабрь", "декабря"),
)
_MONTH_OF: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_MONTH: Final = r"(?P<month>[a-zа-я]{3,9})\.?"
_DAY: Final = r"(?P<day>\d\d?)(?:st|nd|rd|th|-?го|-?е)?"
_YEAR: Final = r"(?P<year>\d{4})(?!\d)"
_NUMBER_DATES: Final = (
    re.compile(rf"(?<!\d){_YEAR}([-./])(?P<month>\d\d?)\2(?P<day>\d\d?)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d\d?)\.(?P<month>\d\d?)\.{_YEAR}"),  # as Excel writes in Russian
    re.compile(r"(?<!\d)(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?=$|t)"),
)
_DECIMAL: Final = re.compile(r"\d{5}(?:[.,]\d{1,12})?")
_WEEK_DATE: Final = re.compile(r"(?<!\d)(\d{4})-?w(\d\d)-?([1-7])(?!\d)")
_DAY_OF_YEAR: Final = re.compile(r"^(\d{4})-(\d{3})(?=$|t)")
_ZONE_NAME: Final = re.compile(r"(?<=[+-]\d{4}) ?\([^()]*\)$")  # (Coordinated Universal Time): the offset says it
_EITHER_FIRST: Final = re.compile(
    r"(?<!\d)(\d\d?)([/-])(\d\d?)\2(\d{4})(?!\d)"
)  # the day first, or in America the month
_NAMED_DATES: Final = (
    re.compile(rf"(?<!\d){_DAY}[\s.-]+(?:of\s+)?{_MONTH},?[\s-]*{_YEAR}"),
    re.compile(rf"(?<!\w){_MONTH}\s+{_DAY},?\s+{_YEAR}"),
    re.compile(rf"(?<!\d){_YEAR}[\s-]+{_MONTH}[\s-]+{_DAY}(?!\d)"),
    re.compile(
        rf"(?<!\w){_MONTH}\s+{_DAY}\s+(?P<between>\d\d?:\d\d(?::\d\d)?(?:\s+[+-]\d{{4}}|\s+[a-z]{{3}})?)\s+{_YEAR}$"
    ),
)
# What says nothing beside a date and a clock: days of the week, "г.", "at".
_FILLER: Final = re.compile(
    r"(?<!\w)(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник"
    r"|сред[ау]|четверг|пятниц[ау]|суббот[ау]|воскресенье|года?|г|в|at|t|по)(?!\w)\.?|(?<!\w)t(?=\d)|(?<!:\d\d),|,(?!\d)|[@|]|(?<=\s)[–—-](?=\s)"
)
_CLOCK: Final = re.compile(
    r"(?:(?P<hour>\d\d?)(?:[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,](?P<part>\d+))?)?)?\s*(?P<half>[ap])\.?\s?m\.?"
    r"|(?P<hour24>\d\d?)[:.](?P<minute24>\d\d)(?:[:.](?P<second24>\d\d)(?:[.,](?P<part24>\d+))?)?"
    r"|(?<=t)(?P<bare>\d{4}(?:\d\d)?))?"
    r"\s*\(?(?P<zone>z|utc|gmt|msk|мск|москв[ае]|moscow(?: time)?)?\s*(?P<offset>[+-]\d\d?(?::?\d\d)?)?\)?"
)


class _Written(NamedTuple):
    """A date as it is written, and what its clock says.

    Attributes:
        day: the date.
        clock: of that day; None if there is none.
        zone: of the clock; None if nothing says which.
    """

    day: date
    clock: time | None
    zone: tzinfo | None


def local_time(clock: datetime, zone: str | None) -> tuple[datetime, str]:
    """Return a time in UTC and its precision.

    Args:
        clock: with or without offset.
        zone: of clocks without offset; None = not known, the clock is kept as it is.

    Raises:
        OptionError: if there is no such zone.
    """
    if clock.tzinfo is not None:
        return clock.astimezone(UTC), "utc"
    if zone is None:
        return clock.replace(tzinfo=UTC), "local_no_offset"
    try:
        return clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), "utc"
    except (KeyError, ValueError, OSError) as error:
        raise OptionError(f"unknown time zone {zone!r}", fix='Name one such as "Europe/Moscow"') from error


def whole_day(day: date) -> tuple[datetime, str]:
    """Return a day without time of day: its midnight in UTC, wherever it was, and that this is all that is known."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC), DAY


def parse_time(value: object, zone: str | None, *, day_first: bool | None = None) -> tuple[datetime | None, str]:
    """Return a time in UTC and its precision: from a datetime, Unix time, ISO 8601, or what people write.

    >>> [parse_time(written, "Europe/Moscow")[0].hour for written in ("2024-05-01 10:00 UTC", "April 1, 2025, 7 PM")]
    [10, 16]
    >>> parse_time("1 апреля 2025 г.", "Europe/Moscow")
    (datetime.datetime(2025, 4, 1, 0, 0, tzinfo=datetime.timezone.utc), 'day')

    Args:
        value: null, "" and NaN are no time.
        zone: as in `local_time`.
        day_first: what 03/04/2024 is, from `is_day_first`; None = not known.

    Raises:
        ValueError: if it is no time, or nobody can tell which.
        OptionError: if there is no such zone.
    """
    if is_nothing(value):
        return None, "none"
    if isinstance(value, str):
        value = value.strip()
        value = float(value) if value.replace(".", "", 1).isdecimal() and len(value) > 8 else value
    try:
        if isinstance(value, (int, float)):
            if value < _FIRST:
                if _DAY_NUMBERS[0] <= value <= _DAY_NUMBERS[1] and value == int(value):
                    return whole_day(datetime.strptime(str(int(value)), "%Y%m%d").date())
                raise ValueError("is no Unix time of a post")
            parts = next((parts for least, parts in _UNITS if value > least), 1)
            return datetime.fromtimestamp(value / parts, UTC), "utc"
        if isinstance(value, datetime):
            return local_time(value, zone)
        if isinstance(value, date):
            return whole_day(value)
        if not isinstance(value, str):
            raise ValueError("is no time")
        day, clock, of_clock = _read(value, day_first)
        return whole_day(day) if clock is None else local_time(datetime.combine(day, clock, of_clock), zone)
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from error


def spreadsheet_times(values: Iterable[object]) -> list[object] | None:
    """Return days and clocks that a spreadsheet wrote as numbers; None if not all values of a column are such.

    >>> spreadsheet_times([45413, "45413,75", None])
    [datetime.date(2024, 5, 1), datetime.datetime(2024, 5, 1, 18, 0), None]
    """
    found: list[object] = []
    for value in values:
        given = None if is_nothing(value) else _number_in(value)
        if given is None and not is_nothing(value):
            return None
        if given is not None and not _SERIALS[0] <= given < _SERIALS[1]:
            return None
        clock = given and datetime.combine(_DAY_0, time()) + timedelta(seconds=round(given * 86_400))
        found.append(clock.date() if clock and given == int(given or 0) else clock)
    return found if any(value is not None for value in found) else None


def _number_in(value: object) -> float | None:
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return float(value.strip().replace(",", "."))
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def joined_time(day: object, clock: object) -> object:
    """Return a date and a time of day that stand in two columns as one value; the date if it has a clock already."""
    if is_nothing(clock) or is_nothing(day) or isinstance(day, datetime):
        return day
    if isinstance(day, date) and isinstance(clock, time):
        return datetime.combine(day, clock)
    if isinstance(clock, datetime):
        clock = clock.time()
    if not isinstance(day, str | date) or not isinstance(clock, str | time) or (isinstance(day, str) and ":" in day):
        return day
    return f"{day} {clock}"


def is_day_first(values: Iterable[object]) -> bool | None:
    """Tell from a column of times what 03/04/2024 is in it: a number above 12 decides. None: nothing or both decides.

    >>> is_day_first(["03/04/2024", "25/04/2024"]), is_day_first(["03/04/2024", "04/25/2024"])
    (True, False)
    """
    found = [match for value in values if (match := _either_first(value))]
    has_day_first = any(int(match[1]) > 12 for match in found)
    has_month_first = any(int(match[3]) > 12 for match in found)
    return has_day_first if has_day_first != has_month_first else None


def is_ambiguous(value: object) -> bool:
    """Tell whether a time could be of two days, as 03/04/2024."""
    found = _either_first(value)
    return found is not None and int(found[1]) <= 12 and int(found[3]) <= 12 and int(found[1]) != int(found[3])


def _either_first(value: object) -> re.Match[str] | None:
    return _EITHER_FIRST.search(value) if isinstance(value, str) and len(value) < 60 else None


def _read(written: str, day_first: bool | None) -> _Written:
    """Read a date with or without a clock, in any order; all that is written must have a meaning."""
    if len(written) > 80:
        raise ValueError("is no time")
    text = _ZONE_NAME.sub("", " ".join(written.lower().replace("\u2212", "-").split()))
    found, day = _date_in(text, day_first)
    between = found.groupdict().get("between") or ""
    rest = f"{text[: found.start()]} {text[found.end() :]} {between}"
    rest = " ".join(_FILLER.sub(lambda filler: " t" if filler[0] == "t" else " ", rest).split())
    is_after_t = rest.startswith("t")
    clock = _CLOCK.fullmatch(rest) or _CLOCK.fullmatch(rest, is_after_t) or _CLOCK.fullmatch(rest[is_after_t:].strip())
    if clock is None:
        raise ValueError("is no time")
    return _Written(day, _time_of(clock), _zone_of(clock))


def _date_in(text: str, day_first: bool | None) -> tuple[re.Match[str], date]:
    for pattern in _NUMBER_DATES:
        if found := pattern.search(text):
            return found, date(*(int(found[name]) for name in ("year", "month", "day")))
    if found := _EITHER_FIRST.search(text):
        if is_ambiguous(text) and day_first is None:
            raise ValueError("the day or the month may be first")
        first, second = int(found[1]), int(found[3])
        is_day = second <= 12 and (first > 12 or bool(day_first))
        day, month = (first, second) if is_day else (second, first)
        return found, date(int(found[4]), month, day)
    if found := _WEEK_DATE.search(text):
        return found, date.fromisocalendar(*map(int, found.groups()))
    if found := _DAY_OF_YEAR.search(text):
        moment = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
        if moment.year == int(found[1]):
            return found, moment
    for pattern in _NAMED_DATES:
        if (found := pattern.search(text)) and (number := _MONTH_OF.get(found["month"])):
            return found, date(int(found["year"]), number, int(found["day"]))
    raise ValueError("is no date")


def _time_of(clock: re.Match[str]) -> time | None:
    if bare := clock["bare"]:
        return time(int(bare[:2]), int(bare[2:4]), int(bare[4:] or 0))
    end = "" if clock["half"] else "24"
    if clock[f"hour{end}"] is None:
        return None
    hour, minute, second = (int(clock[f"{name}{end}"] or 0) for name in ("hour", "minute", "second"))
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("has no such hour before or after noon")
        hour = hour % 12 + (12 if clock["half"] == "p" else 0)
    return time(hour, minute, second, int((clock[f"part{end}"] or "")[:6].ljust(6, "0")))


def _zone_of(clock: re.Match[str]) -> tzinfo | None:
    zone, offset = clock["zone"], clock["offset"]
    if offset:
        digits = offset[1:].replace(":", "").zfill(2)
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        if hours > 14 or minutes > 59:
            raise ValueError("has no such offset")
        return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1))
    if zone is None:
        return None
    return UTC if zone in ("z", "utc", "gmt") else ZoneInfo("Europe/Moscow")
