"""A year at a glance: every day once, each for what it is."""

from datetime import date

from helpdesk.sla.calendar import WEEKDAYS
from helpdesk.sla.year import Day, open_days, year_of

WEEK = {day: [("08:00", "12:00"), ("13:00", "17:30")] for day in WEEKDAYS[:5]} | {"sat": [("08:00", "12:00")]}


def test_every_day_stands_in_its_month_once_and_under_its_weekday() -> None:
    for year in (2024, 2026):
        months = year_of(year, hours=WEEK, holidays={}, extra_days={})

        days = [day.on for month in months for week in month.weeks for day in week if day]
        first = date(year, 1, 1).toordinal()
        assert days == [date.fromordinal(first + number) for number in range(366 if year == 2024 else 365)]
        for month in months:
            for week in month.weeks:
                assert len(week) == 7
                assert all(day is None or day.on.weekday() == column for column, day in enumerate(week))


def test_a_day_is_what_the_clock_takes_it_for() -> None:
    tet, swap, outing = date(2026, 2, 17), date(2026, 8, 22), date(2026, 9, 2)
    months = year_of(
        2026,
        hours=WEEK,
        holidays={tet: "Tết", outing: "National Day"},
        extra_days={swap: [("08:00", "17:00")], outing: [("09:00", "10:00")]},
    )
    days = {day.on: day for month in months for week in month.weeks for day in week if day}

    assert days[date(2026, 2, 16)] == Day(date(2026, 2, 16), "open", "08:00–12:00, 13:00–17:30")
    assert days[tet] == Day(tet, "holiday", "Tết")
    assert days[swap] == Day(swap, "half", "08:00–17:00"), "a Saturday that is open for other hours"
    assert days[outing].kind == "extra", "an extra day wins over a holiday"
    assert days[date(2026, 8, 29)].kind == "short"
    assert days[date(2026, 8, 30)].kind == "closed"
    assert open_days(months) == 365 - 52 - 1
