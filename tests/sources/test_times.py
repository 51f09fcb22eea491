from datetime import UTC, date, datetime

import pytest

from toolkit.sources.times import is_day_first, parse_time, spreadsheet_times


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("01.02.2024 10:00", datetime(2024, 2, 1, 10)),
        ("1.2.2024", datetime(2024, 2, 1)),
        ("01.02.2024, 9:05:07", datetime(2024, 2, 1, 9, 5, 7)),
        (" 31.12.2024 23:59:59 ", datetime(2024, 12, 31, 23, 59, 59)),
        ("14.10.2025 20:43:18 UTC+03:00", datetime(2025, 10, 14, 17, 43, 18)),
        ("25/04/2024 10:00", datetime(2024, 4, 25, 10)),
        ("4/25/2024 1:30 PM", datetime(2024, 4, 25, 13, 30)),
        ("4/25/2024 12:05 am", datetime(2024, 4, 25, 0, 5)),
        ("04/04/2024", datetime(2024, 4, 4)),
        ("2024/4/3 10:00", datetime(2024, 4, 3, 10)),
        ("2024.04.03", datetime(2024, 4, 3)),
    ],
)
def test_what_people_write(written: str, moment: datetime) -> None:
    assert parse_time(written, None)[0] == moment.replace(tzinfo=UTC)


def test_a_zone_moves_a_clock() -> None:
    assert parse_time("01.02.2024 02:00", "Europe/Moscow") == (datetime(2024, 1, 31, 23, tzinfo=UTC), "utc")
    assert parse_time("01.02.2024 02:00", None)[1] == "local_no_offset"


@pytest.mark.parametrize(
    "written", ["32.01.2024", "01.13.2024", "01.02.24", "25/25/2024", "01.02.2024 25:00", 2024, 45323.5, "soon"]
)
def test_what_is_no_time(written: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(written, None)


@pytest.mark.parametrize(("day_first", "month"), [(True, 4), (False, 3)])
def test_who_knows_the_order(day_first: bool, month: int) -> None:
    moment, _ = parse_time("03/04/2024", None, day_first=day_first)
    assert moment is not None and moment.month == month
    with pytest.raises(ValueError, match="the day or the month may be first"):
        parse_time("03/04/2024", None)


@pytest.mark.parametrize(
    ("values", "is_day"),
    [
        (["03/04/2024", "13/04/2024 10:00"], True),
        (["03/04/2024", "04/13/2024 10:00"], False),
        (["13/04/2024", "04/13/2024"], None),
        (["03/04/2024", None, 5, "2024-04-13"], None),
    ],
)
def test_the_order_of_a_column(values: list[object], is_day: bool | None) -> None:
    assert is_day_first(values) is is_day


@pytest.mark.parametrize(
    ("written", "moment", "precision"),
    [
        ("2024-05-01 10:00:00 UTC", datetime(2024, 5, 1, 10), "utc"),
        ("2024-05-01 10:00 MSK", datetime(2024, 5, 1, 7), "utc"),
        ("01.05.2024 10:00 (UTC+3)", datetime(2024, 5, 1, 7), "utc"),
        ("2024-05-01 10:00:00 +0300", datetime(2024, 5, 1, 7), "utc"),
        ("April 1, 2025, 19:00", datetime(2025, 4, 1, 19), "local_no_offset"),
        ("1 апреля 2025 г., 19:00", datetime(2025, 4, 1, 19), "local_no_offset"),
        ("пятница, 3 мая 2024 года в 10:00:05", datetime(2024, 5, 3, 10, 0, 5), "local_no_offset"),
        ("7 PM, May 1st 2024", datetime(2024, 5, 1, 19), "local_no_offset"),
        ("Wed, 01 May 2024 10:00:00 +0000", datetime(2024, 5, 1, 10), "utc"),
        ("Wed Oct 10 20:19:24 +0000 2018", datetime(2018, 10, 10, 20, 19, 24), "utc"),
        ("19:00, 1 апр. 2025", datetime(2025, 4, 1, 19), "local_no_offset"),
        ("2025-02-12", datetime(2025, 2, 12), "day"),
        ("12 февраля 2025 г.", datetime(2025, 2, 12), "day"),
        ("1714557600000000", datetime(2024, 5, 1, 10), "utc"),
        ("1714557600000.0", datetime(2024, 5, 1, 10), "utc"),
        (20240501, datetime(2024, 5, 1), "day"),
        ("2024-W18-3", datetime(2024, 5, 1), "day"),
        ("2024W183T1000Z", datetime(2024, 5, 1, 10), "utc"),
        ("2024-122", datetime(2024, 5, 1), "day"),
        ("20240501T100000Z", datetime(2024, 5, 1, 10), "utc"),
        ("20240501T1000", datetime(2024, 5, 1, 10), "local_no_offset"),
        ("2024-05-01 10:00:00,250", datetime(2024, 5, 1, 10, 0, 0, 250_000), "local_no_offset"),
        ("Wed May 01 2024 10:00:00 GMT+0300 (Moscow Standard Time)", datetime(2024, 5, 1, 7), "utc"),
    ],
)
def test_how_much_is_known(written: object, moment: datetime, precision: str) -> None:
    assert parse_time(written, None) == (moment.replace(tzinfo=UTC), precision)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([45413, 45413.5, "45413,4375"], [date(2024, 5, 1), datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 10, 30)]),
        (["45413", None, ""], [date(2024, 5, 1), None, None]),
        ([45413, 1714557600], None),
        (["45413", "2024-05-01"], None),
        ([2024, 2025], None),
        ([True, None], None),
        ([None], None),
    ],
)
def test_days_of_spreadsheets(values: list[object], found: list[object] | None) -> None:
    assert spreadsheet_times(values) == found


@pytest.mark.parametrize(
    "written",
    ["2024-366-1", "2023-366", "2024-W54-1", "20241301T1000", 20241301,
     "2024-W18", "2024-05", "May 2024", "01-May-24", "2024-05-01 10:00 EST", "03-04-2024", "2024-05-01 13 PM",
     "2024-05-01 - 2024-05-02", "1 мартобря 2024"],
)  # fmt: skip
def test_what_could_be_anything_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(written, "Europe/Moscow")
