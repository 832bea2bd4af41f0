"""
Moments and durations in words, Vietnamese and English.

The rules are those of `static/js/common.js`, which keeps the same texts ticking in the browser,
so nothing jumps when it takes over. Pure: the clock, the language and the zone are arguments.
Any language but Vietnamese is told in English.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from math import ceil, floor
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

State = Literal["ok", "soon", "critical", "breached"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNITS = (
    (31_536_000, "year", "năm"),
    (2_592_000, "month", "tháng"),
    (604_800, "week", "tuần"),
    (86_400, "day", "ngày"),
    (3_600, "hour", "giờ"),
    (60, "minute", "phút"),
)
NAMED = {
    "vi": {
        ("year", -1): "năm ngoái",
        ("year", 1): "năm sau",
        ("month", -1): "tháng trước",
        ("month", 1): "tháng sau",
        ("week", -1): "tuần trước",
        ("week", 1): "tuần sau",
        ("day", -2): "hôm kia",
        ("day", -1): "hôm qua",
        ("day", 1): "ngày mai",
        ("day", 2): "ngày kia",
    },
    "en": {
        ("year", -1): "last year",
        ("year", 1): "next year",
        ("month", -1): "last month",
        ("month", 1): "next month",
        ("week", -1): "last week",
        ("week", 1): "next week",
        ("day", -1): "yesterday",
        ("day", 1): "tomorrow",
    },
}


def ago(moment: datetime, now: datetime, lang: str) -> str:
    """How far `moment` is from `now`, in the largest unit that fits: "hôm qua", "3 hours ago"."""
    seconds = (moment - now).total_seconds()
    for size, unit, vi_unit in UNITS:
        if abs(seconds) >= size:
            return _distance(floor(seconds / size + 0.5), unit, vi_unit, lang)
    return "phút này" if lang == "vi" else "this minute"


def short_ago(moment: datetime, now: datetime, lang: str) -> str:
    """The same for dense tables, rounded down: "3p", "2g", "4n"; "3m", "2h", "4d"."""
    minutes = max(0, int((now - moment).total_seconds()) // 60)
    minute, hour, day_ = ("p", "g", "n") if lang == "vi" else ("m", "h", "d")
    if minutes < 60:
        return f"{minutes}{minute}"
    return f"{minutes // 60}{hour}" if minutes < 1440 else f"{minutes // 1440}{day_}"


@lru_cache(maxsize=4096)
def long_moment(moment: datetime, tz: str, lang: str) -> str:
    """The full date and time in zone `tz`: "08:41 ngày 20/11/2026", "20 Nov 2026, 08:41"."""
    date, time = day(moment, tz, lang), clock_time(moment, tz)
    return f"{time} ngày {date}" if lang == "vi" else f"{date}, {time}"


@lru_cache(maxsize=4096)
def day(moment: datetime, tz: str, lang: str) -> str:
    """The date in zone `tz`: "20/11/2026", "20 Nov 2026"."""
    there = moment.astimezone(ZoneInfo(tz))
    if lang == "vi":
        return f"{there.day}/{there.month}/{there.year}"
    return f"{there.day} {MONTHS[there.month - 1]} {there.year}"


def plain_day(on: date, lang: str) -> str:
    """A day that is no moment: "22/8/2026", "22 Aug 2026"."""
    return f"{on.day}/{on.month}/{on.year}" if lang == "vi" else f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def clock_time(moment: datetime, tz: str) -> str:
    """The time of day in zone `tz`, of 24 hours: "08:41"."""
    return f"{moment.astimezone(ZoneInfo(tz)):%H:%M}"


def duration(minutes: int, lang: str) -> str:
    """A length of time: "47 phút", "1 giờ 05", "3 ngày"; "47 min", "1 h 05", "3 d"."""
    vi = lang == "vi"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} ngày" if vi else f"{hours // 24} d"
    if hours:
        text = f"{hours} giờ" if vi else f"{hours} h"
        return f"{text} {rest:02d}" if rest else text
    return f"{rest} phút" if vi else f"{rest} min"


def working_time(minutes: int, lang: str) -> str:
    """A length of working time, never in days, since those are not as long: "42 giờ 30"; "42 h 30"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return duration(minutes, lang)
    text = f"{hours} giờ" if lang == "vi" else f"{hours} h"
    return f"{text} {rest:02d}" if rest else text


class Countdown(msgspec.Struct, frozen=True):
    """What a deadline's chip says and how loudly."""

    text: str
    state: State


def countdown(due: datetime, now: datetime, lang: str) -> Countdown:
    """
    The time left until `due`: "còn 47 phút", "quá hạn 1 giờ 05"; "47 min left", "1 h 05 over", "just over".

    Always time on the wall, so that two chips can be compared, whatever hours their calendars keep.
    A started minute counts as left, and an overdue one only when it is full.
    """
    seconds = (due - now).total_seconds()
    minutes = floor(-seconds / 60) if seconds < 0 else ceil(seconds / 60)
    text = duration(minutes, lang)
    if seconds < 0 and not minutes:
        return Countdown("vừa quá hạn" if lang == "vi" else "just over", "breached")
    if lang == "vi":
        text = f"quá hạn {text}" if seconds < 0 else f"còn {text}"
    else:
        text = f"{text} over" if seconds < 0 else f"{text} left"
    return Countdown(text, _state(seconds))


def _state(seconds: float) -> State:
    """Overdue, under 15 minutes, under an hour, or fine."""
    if seconds < 0:
        return "breached"
    if seconds < 15 * 60:
        return "critical"
    return "soon" if seconds < 60 * 60 else "ok"


@lru_cache(maxsize=1024)
def _distance(count: int, unit: str, vi_unit: str, lang: str) -> str:
    """`count` units away, negative in the past, by name where the language has one."""
    lang = "vi" if lang == "vi" else "en"
    if named := NAMED[lang].get((unit, count)):
        return named
    if lang == "vi":
        return f"{-count} {vi_unit} trước" if count < 0 else f"sau {count} {vi_unit} nữa"
    units = unit if abs(count) == 1 else f"{unit}s"
    return f"{-count} {units} ago" if count < 0 else f"in {count} {units}"
