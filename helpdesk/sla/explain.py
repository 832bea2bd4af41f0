"""
A deadline in words, Vietnamese and English: by when, and what was counted to get there. Pure.

Any language but Vietnamese is told in English.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from helpdesk.i18n.dates import MONTHS, duration
from helpdesk.sla.calendar import Calendar, Pause, due, open_spans

_DAYS_VI: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_DAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NEAR: Final = {"vi": ("hôm nay, ", "ngày mai, "), "en": ("today, ", "tomorrow, ")}
_NOT_COUNTED: Final = {
    "vi": {"holiday": "ngày nghỉ", "closed": "ngoài giờ làm việc", "paused": "tạm dừng"},
    "en": {"holiday": "holiday", "closed": "closed", "paused": "paused"},
}


def by_when(moment: datetime, now: datetime, tz: str, lang: str) -> str:
    """
    A promise for people: "chậm nhất 10:40 thứ Hai 23/2", "by 10:40 on Monday 23 Feb".

    Today and tomorrow are named besides the date, for letters are read later; the year only when it is another.
    """
    zone = ZoneInfo(tz)
    there, today = moment.astimezone(zone), now.astimezone(zone).date()
    vi = lang == "vi"
    day = named_day(there.date(), today, lang)
    ahead = (there.date() - today).days
    if ahead in (0, 1):
        day = _NEAR["vi" if vi else "en"][ahead] + day
    elif not vi:
        day = f"on {day}"
    return f"chậm nhất {there:%H:%M} {day}" if vi else f"by {there:%H:%M} {day}"


Span = tuple[datetime, datetime]


class Step(Struct, frozen=True):
    """Days in a row that were counted alike. `kind`: open, holiday, closed or paused; `minutes` counted in all."""

    first: date
    last: date
    kind: str
    minutes: int = 0
    spans: tuple[tuple[str, str], ...] = ()  # of one open day, from and to as "08:00" on the office wall


def steps(start: datetime, minutes: int, calendar: Calendar, pauses: Iterable[Pause] = ()) -> list[Step]:
    """How `due` counted, day by day of the office; days without open time in a row are one step."""
    kept = list(pauses)
    end = due(start, minutes, calendar, kept)
    zone = ZoneInfo(calendar.tz)
    counted, offered = (_by_day(open_spans(start, end, calendar, cut), zone) for cut in (kept, []))
    first, last = (moment.astimezone(zone).date() for moment in (start, end - timedelta(microseconds=1)))
    every = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    days = [
        _open(day, counted[day], zone) if day in counted else _not_open(day, calendar, was_open=day in offered)
        for day in every
    ]
    return [step for _, alike in groupby(days, key=_alike) for step in _joined(list(alike))]


def sum_in_words(
    start: datetime, minutes: int, calendar: Calendar, lang: str, pauses: Iterable[Pause] = ()
) -> list[str]:
    """
    How a deadline was counted, a line for each step.

    "thứ Sáu 20/2: 16:30–17:30, 1 giờ" · "thứ Bảy 21/2 – Chủ nhật 22/2: ngoài giờ làm việc" · …
    """
    began = start.astimezone(ZoneInfo(calendar.tz)).date()
    return [_line(step, began, "vi" if lang == "vi" else "en") for step in steps(start, minutes, calendar, pauses)]


def named_day(day: date, today: date, lang: str) -> str:
    """ "thứ Hai 23/2", "Monday 23 Feb", with the year when it is not this one."""
    if lang == "vi":
        year = f"/{day.year}" if day.year != today.year else ""
        return f"{_DAYS_VI[day.weekday()]} {day.day}/{day.month}{year}"
    year = f" {day.year}" if day.year != today.year else ""
    return f"{_DAYS_EN[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def _by_day(spans: Iterable[Span], zone: ZoneInfo) -> dict[date, list[Span]]:
    """Open time by the day of the office on which it is."""
    days: dict[date, list[Span]] = {}
    for begin, end in spans:
        while begin < end:
            day = begin.astimezone(zone).date()
            midnight = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
            days.setdefault(day, []).append((begin, min(end, midnight)))
            begin = midnight
    return days


def _open(day: date, spans: list[Span], zone: ZoneInfo) -> Step:
    total = sum((closes - opens for opens, closes in spans), timedelta())
    walls = tuple((f"{opens.astimezone(zone):%H:%M}", _closing(closes, zone, day)) for opens, closes in spans)
    return Step(day, day, "open", total // timedelta(minutes=1), walls)


def _not_open(day: date, calendar: Calendar, *, was_open: bool) -> Step:
    if was_open:
        return Step(day, day, "paused")
    is_holiday = day in calendar.holidays and day not in calendar.extra_days
    return Step(day, day, "holiday" if is_holiday else "closed")


def _closing(moment: datetime, zone: ZoneInfo, day: date) -> str:
    """What the clock on the wall has come to by then: where it is changed at that moment, what it showed before."""
    instant = timedelta(microseconds=1)
    there = (moment - instant).astimezone(zone) + instant
    return f"{there:%H:%M}" if there.date() == day else "24:00"


def _alike(step: Step) -> tuple[str, date | None]:
    """Open days stand alone; others go with their like."""
    return step.kind, step.first if step.kind == "open" else None


def _joined(alike: list[Step]) -> list[Step]:
    return alike if alike[0].kind == "open" else [Step(alike[0].first, alike[-1].last, alike[0].kind)]


def _line(step: Step, today: date, lang: str) -> str:
    days = named_day(step.first, today, lang)
    if step.last != step.first:
        days += f" – {named_day(step.last, today, lang)}"
    if step.kind != "open":
        return f"{days}: {_NOT_COUNTED[lang][step.kind]}"
    spans = ", ".join(f"{opens}–{closes}" for opens, closes in step.spans)
    return f"{days}: {spans}, {duration(step.minutes, lang)}"
