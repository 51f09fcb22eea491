"""The times of a table's column: what 03/04/2024 is, and whether midnights are days, all rows tell together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Final

from toolkit.sources.csv_rows import NumberedRow
from toolkit.sources.source import Source, shown
from toolkit.sources.times import DAY, is_ambiguous, is_day_first, joined_time, parse_time, spreadsheet_times
from toolkit.sources.values import is_nothing

_MIN_DAYS: Final = 2  # midnights without offset, and nothing else, that are days

# A time in UTC, and its precision.
Moment = tuple[datetime | None, str]


def column_times(source: Source, ours: str, columns: Mapping[str, str], rows: list[NumberedRow]) -> list[Moment]:
    """Return the times of a column in UTC, of every row; those that are none are noted.

    Raises:
        SourceError: if most are none, or nobody can tell whether the day or the month comes first.
    """
    theirs, clock = columns[ours], columns.get("time") if ours == "date" else None
    given = [
        (number, None if row is None else joined_time(row.get(theirs), row.get(clock)) if clock else row.get(theirs))
        for number, row in rows
    ]
    if (days := spreadsheet_times(value for _, value in given)) is not None:
        given = [(number, value) for (number, _), value in zip(given, days, strict=True)]
    day_first = is_day_first(value for _, value in given)
    doubtful = next((f"row {number} has {ours} {shown(value)}" for number, value in given if is_ambiguous(value)), None)
    if day_first is None and doubtful is not None:
        raise source.error(
            f"{doubtful}, and the times in column {theirs!r} do not tell whether the day or the month is first",
            fix="Write times in ISO 8601, as 2024-04-03 10:00, or as 03.04.2024 10:00 with the day first",
        )
    are_days = _are_days(value for _, value in given)
    moments: list[Moment] = []
    broken: list[str] = []
    for number, value in given:
        try:
            moment, precision = parse_time(value, None if are_days else source.options.timezone, day_first=day_first)
            moments.append((moment, DAY if are_days and moment is not None else precision))
        except ValueError:
            moments.append((None, "none"))
            broken.append(f"row {number} has {ours} {shown(value)}, wanted ISO 8601, 31.12.2024 10:00 or Unix time")
            source.note(broken[-1], unit=f"row {number}")
    filled = sum(not is_nothing(value) for _, value in given)
    if 2 * len(broken) > filled:
        many = f"{len(broken):,} of {filled:,} times cannot be read: " if filled > 1 else ""
        raise source.error(f"{many}{broken[0]}", fix=f"Correct them, or rename column {theirs!r} if it has no times")
    return moments


def _are_days(values: Iterable[object]) -> bool:
    """Tell whether a column has days that a program wrote as their midnights: no post of several has another clock."""
    n = 0
    for value in values:
        if is_nothing(value):
            continue
        try:
            moment, precision = parse_time(value, None, day_first=True)
        except ValueError:
            continue
        if moment is None or precision != "local_no_offset" or moment.time() != time():
            return False
        n += 1
    return n >= _MIN_DAYS
