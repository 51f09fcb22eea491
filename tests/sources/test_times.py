from datetime import UTC, datetime

import pytest

from toolkit.sources.times import is_day_first, parse_time


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
