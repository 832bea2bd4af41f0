"""A year of a calendar at a glance: every day and what it is. Pure."""

import calendar as weeks
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from helpdesk.sla.calendar import WEEKDAYS

Kind = Literal["open", "short", "half", "closed", "holiday", "extra"]


class Day(Struct, frozen=True):
    """
    One day and what it is.

    `short` is open for less than the longest day of the week, `extra` is open though its weekday is not, or though
    it is a holiday, and `half` has other hours than its weekday. `note` says what there is to say of it: its hours,
    or the holiday's name.
    """

    on: date
    kind: Kind
    note: str


class Month(Struct, frozen=True):
    """Weeks from Monday to Sunday; None stands for days of the months beside it."""

    number: int
    weeks: list[list[Day | None]]


def year_of(
    year: int,
    *,
    hours: Mapping[str, Sequence[Sequence[str]]],
    holidays: Mapping[date, str],
    extra_days: Mapping[date, Sequence[Sequence[str]]],
) -> list[Month]:
    """The twelve months. A day that is both a holiday and an extra day is open, as it is for the clock."""
    longest = max((_minutes(periods) for periods in hours.values()), default=0)

    def day(on: date) -> Day:
        if (extra := extra_days.get(on)) is not None:
            is_extra = on in holidays or not hours.get(WEEKDAYS[on.weekday()])
            return Day(on, ("extra" if is_extra else "half") if extra else "closed", _said(extra))
        if on in holidays:
            return Day(on, "holiday", holidays[on])
        periods = hours.get(WEEKDAYS[on.weekday()], ())
        if not periods:
            return Day(on, "closed", "")
        return Day(on, "open" if _minutes(periods) == longest else "short", _said(periods))

    rows = weeks.Calendar()
    return [
        Month(
            number,
            [
                [day(on) if on.month == number else None for on in week]
                for week in rows.monthdatescalendar(year, number)
            ],
        )
        for number in range(1, 13)
    ]


def open_days(months: Sequence[Month]) -> int:
    """On how many days of these months the office is open at all."""
    open_kinds = {"open", "short", "half", "extra"}
    return sum(
        1 for month in months for week in month.weeks for day in week if day is not None and day.kind in open_kinds
    )


def _minutes(periods: Sequence[Sequence[str]]) -> int:
    return sum(_minute(end) - _minute(start) for start, end in periods)


def _minute(time: str) -> int:
    hour, _, minute = time.partition(":")
    return int(hour) * 60 + int(minute)


def _said(periods: Sequence[Sequence[str]]) -> str:
    return ", ".join(f"{start}–{end}" for start, end in periods)
