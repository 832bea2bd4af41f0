"""Opening hours in words for people outside: the week, and whether somebody is there now. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from helpdesk.i18n.dates import MONTHS
from helpdesk.sla.calendar import Calendar, NeverOpen, is_open, next_opening, open_spans, periods_on

_DAYS: Final = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_CLOSED: Final = {"vi": "Nghỉ", "en": "Closed"}
_TOMORROW: Final = {"vi": "ngày mai", "en": "tomorrow"}
AHEAD: Final = 14
"""Days for which it is said beforehand that they are closed, or have hours of their own."""


class Hours(Struct, frozen=True):
    """Days in a row with the same hours: "Thứ Hai – Thứ Sáu", "08:00–12:00, 13:00–17:30"."""

    days: str
    times: str


class Today(Struct, frozen=True):
    """Whether the office is open at a moment, and until or from when: "17:30", "08:00 ngày mai"; empty for never."""

    is_open: bool
    until: str


def week(calendar: Calendar, lang: str) -> list[Hours]:
    """The usual hours, Monday first; days in a row that are alike stand together."""
    names = _DAYS["vi" if lang == "vi" else "en"]
    groups: list[list[int]] = []
    for day in range(7):
        if groups and calendar.hours[groups[-1][0]] == calendar.hours[day]:
            groups[-1].append(day)
        else:
            groups.append([day])
    return [Hours(_days([names[day] for day in group]), _times(calendar.hours[group[0]], lang)) for group in groups]


def other_days(calendar: Calendar, now: datetime, lang: str) -> list[Hours]:
    """The days of the next fortnight, today among them, with other hours than their weekday has."""
    today = now.astimezone(ZoneInfo(calendar.tz)).date()
    days = [today + timedelta(days=one) for one in range(AHEAD)]
    return [
        Hours(_date(day, lang), _times(periods_on(day, calendar), lang))
        for day in days
        if periods_on(day, calendar) != calendar.hours[day.weekday()]
    ]


def today(calendar: Calendar, now: datetime, lang: str) -> Today:
    """Whether somebody is there now, until when, or from when on."""
    zone = ZoneInfo(calendar.tz)
    if is_open(now, calendar):
        closes, furthest = now, now + timedelta(days=AHEAD)
        for begin, end in open_spans(now, furthest, calendar):
            if begin > closes:
                break
            closes = end
        return Today(is_open=True, until=_moment(closes, now, zone, lang) if closes < furthest else "")
    try:
        return Today(is_open=False, until=_moment(next_opening(now, calendar), now, zone, lang))
    except NeverOpen:
        return Today(is_open=False, until="")


def _days(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"


def _times(periods: Sequence[tuple[int, int]], lang: str) -> str:
    if not periods:
        return _CLOSED["vi" if lang == "vi" else "en"]
    return ", ".join(f"{_time(begin)}–{_time(end)}" for begin, end in periods)


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _moment(moment: datetime, now: datetime, zone: ZoneInfo, lang: str) -> str:
    """ "17:30" today, "08:00 ngày mai", "08:00 Thứ Hai", and with its date where that is more than a week away."""
    there, here = moment.astimezone(zone), now.astimezone(zone)
    ahead, time = (there.date() - here.date()).days, f"{there:%H:%M}"
    if ahead == 0:
        return time
    key = "vi" if lang == "vi" else "en"
    if ahead == 1:
        return f"{time} {_TOMORROW[key]}"
    day = _DAYS[key][there.weekday()] if ahead < 7 else _date(there.date(), lang)
    return f"{time} {day}" if key == "vi" else f"{time} on {day}"


def _date(day: date, lang: str) -> str:
    name = _DAYS["vi" if lang == "vi" else "en"][day.weekday()]
    return f"{name} {day.day}/{day.month}" if lang == "vi" else f"{name} {day.day} {MONTHS[day.month - 1]}"
