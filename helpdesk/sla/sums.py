"""
The sum of a deadline in one sentence, Vietnamese and English. Pure.

    Thứ Sáu 13/2, 16:10 + 4 giờ làm việc; nghỉ trưa 12–13h; nghỉ Tết 16–20/2 → 10:40 thứ Hai 23/2
    Friday 13 Feb, 16:10 + 4 h of work; lunch 12:00–13:00; Tết 16–20 Feb off → 10:40 on Monday 23 Feb

It names what was stepped over between the two moments: breaks, nights, weekends, holidays, pauses, and days on which
the clocks changed; and days that were worked out of line. `explain.sum_in_words` tells the same day by day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from helpdesk.i18n.dates import MONTHS, working_time
from helpdesk.sla.calendar import Calendar, Pause, due, periods_on
from helpdesk.sla.explain import named_day

MOST_NIGHTS: Final = 2
"""Different nights that are named; more are the hours outside work, in one word."""
LUNCH: Final = (10 * 60 + 30, 14 * 60 + 30)
LONGEST_BREAK: Final = 4 * 60
"""Minutes; the office is rather closed in between when it is longer."""
_TET: Final = ("tết", "lunar new year", "chinese new year")
_SAY: Final = {
    "vi": {
        "start": "{day}, {time} + {length} làm việc",
        "rest": " còn lại trong {promised} (đã dùng {spent})",
        "lunch": "nghỉ trưa {hours}",
        "break": "nghỉ giữa giờ {hours}",
        "night": "ngoài giờ {hours}",
        "nights": "ngoài giờ làm việc",
        "off": "nghỉ {days}",
        "tet": "nghỉ Tết {days}",
        "holiday": "nghỉ {name} {days}",
        "holidays": "nghỉ lễ {days}",
        "paused": "tạm dừng {days}",
        "extra": "làm bù {days}",
        "clocks": "đồng hồ đổi giờ {days}",
        "end": "{time} {day}",
    },
    "en": {
        "start": "{day}, {time} + {length} of work",
        "rest": " left of {promised} ({spent} used before)",
        "lunch": "lunch {hours}",
        "break": "break {hours}",
        "night": "closed {hours}",
        "nights": "closed at night",
        "off": "{days} off",
        "tet": "Tết {days} off",
        "holiday": "{name} {days} off",
        "holidays": "holidays {days} off",
        "paused": "paused {days}",
        "extra": "worked on {days} instead",
        "clocks": "clocks change {days}",
        "end": "{time} on {day}",
    },
}


def sum_in_a_sentence(
    start: datetime, minutes: int, calendar: Calendar, lang: str, *, spent: int = 0, pauses: Iterable[Pause] = ()
) -> str:
    """
    How a promise of `minutes`, of which `spent` were used before `start`, comes to its end.

    What is left is a minute at least, as the clock has it. Raises NeverOpen.
    """
    lang = lang if lang == "vi" else "en"
    say, zone, kept = _SAY[lang], ZoneInfo(calendar.tz), sorted(pauses)
    left = max(1, minutes - spent)
    began, ended = start.astimezone(zone), due(start, left, calendar, kept).astimezone(zone)
    day, today = named_day(began.date(), ended.date(), lang), began.date()
    head = say["start"].format(day=day[0].upper() + day[1:], time=f"{began:%H:%M}", length=working_time(left, lang))
    if spent:
        head += say["rest"].format(promised=working_time(minutes, lang), spent=working_time(spent, lang))
    parts = [head, *_stepped_over(began, ended, calendar, kept, lang)]
    return "; ".join(parts) + " → " + say["end"].format(time=f"{ended:%H:%M}", day=named_day(ended.date(), today, lang))


def _stepped_over(
    began: datetime, ended: datetime, calendar: Calendar, pauses: Sequence[Pause], lang: str
) -> Iterator[str]:
    say = _SAY[lang]
    days = [began.date() + timedelta(days=ahead) for ahead in range((ended.date() - began.date()).days + 1)]
    for opens, closes in _breaks(days, began, ended, calendar):
        is_lunch = LUNCH[0] <= opens and closes <= LUNCH[1]
        kind = "lunch" if is_lunch else "break" if closes - opens <= LONGEST_BREAK else "night"
        yield say[kind].format(hours=_hours(opens, closes, lang))
    nights = _nights(days, calendar)
    if len(nights) > MOST_NIGHTS:
        yield say["nights"]
    else:
        for closes, opens in nights:
            yield say["night"].format(hours=_hours(closes, opens, lang))
    for kind, run in _runs(days, began, ended, calendar):
        yield _not_worked(kind, run, calendar, lang)
    for begin, end in pauses:
        zone = ZoneInfo(calendar.tz)
        first, last = max(begin.astimezone(zone), began), min(end.astimezone(zone), ended)
        if first < last:
            yield say["paused"].format(
                days=f"{first:%H:%M} {_days([first.date()], lang)} – {last:%H:%M} {_days([last.date()], lang)}"
            )
    midnights = [datetime.combine(day, time(), began.tzinfo) for day in days[1:]]
    for day, (first, last) in zip(days, pairwise([began, *midnights, ended]), strict=True):
        if first.utcoffset() != last.utcoffset():
            yield say["clocks"].format(days=_days([day], lang))


def _breaks(days: Sequence[date], began: datetime, ended: datetime, calendar: Calendar) -> list[tuple[int, int]]:
    """The different gaps between two periods of a day that lie between the two moments, in order."""
    found: dict[tuple[int, int], None] = {}
    for day in days:
        for before, after in pairwise(periods_on(day, calendar)):
            starts_before = day > began.date() or _minute(began) < after[0]
            goes_on = day < ended.date() or _minute(ended) > after[0]
            if starts_before and goes_on:
                found[(before[1], after[0])] = None
    return list(found)


def _nights(days: Sequence[date], calendar: Calendar) -> list[tuple[int, int]]:
    """The different (closing, opening) times of nights between two days in a row that are both worked."""
    found: dict[tuple[int, int], None] = {}
    for day, following in pairwise(days):
        evening, morning = periods_on(day, calendar), periods_on(following, calendar)
        if evening and morning and (evening[-1][1] < 24 * 60 or morning[0][0] > 0):
            found[(evening[-1][1], morning[0][0])] = None
    return list(found)


def _runs(
    days: Sequence[date], began: datetime, ended: datetime, calendar: Calendar
) -> Iterator[tuple[str, list[date]]]:
    """Days in a row that were not worked, or worked out of line, by kind."""
    kinds = [(day, _kind(day, calendar)) for day in days]
    run: list[date] = []
    current = ""
    for day, kind in [*kinds, (ended.date(), "")]:
        if kind != current:
            if run and current:
                yield current, run
            run, current = [], kind
        run.append(day)


def _kind(day: date, calendar: Calendar) -> str:
    """holiday, off, extra (worked though it is neither a weekday nor free), or nothing to tell."""
    usual = calendar.hours[day.weekday()]
    if not periods_on(day, calendar):
        return "holiday" if day in calendar.holidays and day not in calendar.extra_days else "off"
    return "extra" if day in calendar.extra_days and (not usual or day in calendar.holidays) else ""


def _not_worked(kind: str, run: list[date], calendar: Calendar, lang: str) -> str:
    say = _SAY[lang]
    if kind != "holiday":
        return say[kind].format(days=_named(run, lang))
    names = {calendar.names.get(day, "") for day in run}
    if all(any(word in name.casefold() for word in _TET) for name in names) and "Tết Dương lịch" not in names:
        return say["tet"].format(days=_days(run, lang))
    if len(names) == 1 and (name := names.pop()):
        return say["holiday"].format(name=name, days=_days(run, lang))
    return say["holidays"].format(days=_days(run, lang))


def _named(run: list[date], lang: str) -> str:
    """Days with their weekdays: "Chủ nhật 22/2", "thứ Bảy 21/2 – Chủ nhật 22/2"."""
    return " – ".join(named_day(day, run[0], lang) for day in dict.fromkeys((run[0], run[-1])))


def _days(run: list[date], lang: str) -> str:
    """Days without their weekdays: "16–20/2", "30/4 – 1/5", "16–20 Feb"."""
    first, last = run[0], run[-1]
    if (first.year, first.month) == (last.year, last.month):
        span = f"{first.day}–{last.day}" if first != last else f"{first.day}"
        return f"{span}/{first.month}" if lang == "vi" else f"{span} {MONTHS[first.month - 1]}"
    if lang == "vi":
        return f"{first.day}/{first.month} – {last.day}/{last.month}"
    return f"{first.day} {MONTHS[first.month - 1]} – {last.day} {MONTHS[last.month - 1]}"


def _hours(opens: int, closes: int, lang: str) -> str:
    """From and to on the wall: "12–13h", "17h30–8h"; "12:00–13:00"."""
    if lang != "vi":
        return f"{opens // 60:02d}:{opens % 60:02d}–{closes // 60:02d}:{closes % 60:02d}"
    if not opens % 60 and not closes % 60:
        return f"{opens // 60}–{closes // 60}h"
    return "–".join(
        f"{minute // 60}h{minute % 60:02d}" if minute % 60 else f"{minute // 60}h" for minute in (opens, closes)
    )


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
