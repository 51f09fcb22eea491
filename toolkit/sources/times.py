"""Times as sources write them -> UTC, and how much is known about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from toolkit.errors import OptionError

_CLOCK: Final = r"(?:,?\s+(\d\d?:\d\d(?::\d\d)?)(?:\s*([AaPp])[Mm])?)?(?:\s*UTC([+-]\d\d:\d\d))?"
_DOTTED: Final = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})" + _CLOCK)  # as Excel writes in Russian: the day first
_SLASHED: Final = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})" + _CLOCK)  # the day first, or in America the month
_YEAR_FIRST: Final = re.compile(r"(\d{4})[./](\d\d?)[./](\d\d?)" + _CLOCK)
_FIRST: Final = 1e8  # seconds, in 1973; smaller numbers are years, days of Excel or durations


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


def parse_time(value: object, zone: str | None, *, day_first: bool | None = None) -> tuple[datetime | None, str]:
    """Return a time in UTC and its precision: from a datetime, ISO 8601, Unix seconds or milliseconds, or 31.12.2024.

    Args:
        value: null, "" and NaN are no time.
        zone: as in `local_time`.
        day_first: what 03/04/2024 is, from `is_day_first`; None = not known.

    Raises:
        ValueError: if it is no time, or nobody can tell which.
        OptionError: if there is no such zone.
    """
    if isinstance(value, str):
        value = value.strip()
        value = float(value) if value.replace(".", "", 1).isdecimal() and len(value) > 8 else value
    if value is None or value == "" or value != value:
        return None, "none"
    try:
        if isinstance(value, (int, float)):
            if value < _FIRST:
                raise ValueError("is no Unix time of a post")
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC), "utc"
        clock = value if isinstance(value, datetime) else datetime.fromisoformat(_iso(str(value), day_first))
        return local_time(clock, zone)
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from error


def is_day_first(values: Iterable[object]) -> bool | None:
    """Tell from a column of times what 03/04/2024 is in it: a number above 12 decides. None: nothing or both decides.

    >>> is_day_first(["03/04/2024", "25/04/2024"]), is_day_first(["03/04/2024", "04/25/2024"])
    (True, False)
    """
    found = [match for value in values if isinstance(value, str) and (match := _SLASHED.fullmatch(value.strip()))]
    has_day_first = any(int(match[1]) > 12 for match in found)
    has_month_first = any(int(match[2]) > 12 for match in found)
    return has_day_first if has_day_first != has_month_first else None


def is_ambiguous(value: object) -> bool:
    """Tell whether a time could be of two days, as 03/04/2024."""
    found = _SLASHED.fullmatch(value.strip()) if isinstance(value, str) else None
    return found is not None and int(found[1]) <= 12 and int(found[2]) <= 12 and int(found[1]) != int(found[2])


def _iso(value: str, day_first: bool | None) -> str:
    """Return a time that people write as ISO 8601 has it; others as they are."""
    if found := _YEAR_FIRST.fullmatch(value):
        year, month, day, *clock = found.groups()
    elif found := _DOTTED.fullmatch(value):
        day, month, year, *clock = found.groups()
    elif found := _SLASHED.fullmatch(value):
        if is_ambiguous(value) and day_first is None:
            raise ValueError("the day or the month may be first")
        first, second, year, *clock = found.groups()
        is_day = int(second) <= 12 and (int(first) > 12 or bool(day_first))
        day, month = (first, second) if is_day else (second, first)
    else:
        return value
    time, half, offset = clock
    hours, _, rest = (time or "0:00").partition(":")
    hour = int(hours) if half is None else int(hours) % 12 + (12 if half in "Pp" else 0)
    return f"{year}-{int(month):02}-{int(day):02}T{hour:02}:{rest}{offset or ''}"
