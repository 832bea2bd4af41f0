"""
Office time: when is a promise of so many working minutes due. Pure.

The rule is the clock on the office wall: an instant is open when the local time it shows lies within one of the
day's periods. So an hour that a change of clocks repeats is worked twice, and one that it skips is not worked.
Inside, instants are whole microseconds since 1970 in UTC, and days are numbered from 1970-01-01 local time.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from helpdesk.i18n.catalogue import Phrase, phrase

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FURTHEST_YEARS: Final = 20  # how far ahead a deadline is looked for
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 9900

_MINUTE: Final = 60_000_000
_DAY: Final = 24 * 60 * _MINUTE
_SHEET: Final = 32 * _DAY
_MOST_SHEETS: Final = 1024
_FURTHEST: Final = FURTHEST_YEARS * 366 * _DAY
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_TIME: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)

Periods = tuple[tuple[int, int], ...]
"""Open times of one day in minutes since midnight, in order, without overlap; 1440 is 24:00."""

Pause = tuple[datetime, datetime]
"""From the first instant that does not count to the first that counts again."""


class Sheet(Struct, frozen=True):
    """The open time of 32 days: where each stretch begins and ends, and how much is open until each end."""

    begins: tuple[int, ...]
    ends: tuple[int, ...]
    until: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.until[-1] if self.until else 0


class Calendar(Struct, frozen=True, dict=True):
    """When an office is open. An extra day has its own hours, whatever weekday or holiday it is."""

    tz: str
    hours: tuple[Periods, ...]  # Monday first
    holidays: frozenset[date] = frozenset()
    extra_days: Mapping[date, Periods] = {}
    names: Mapping[date, str] = {}
    """What holidays are called, where somebody said so; the clock does not ask."""

    @cached_property
    def sheets(self) -> dict[int, Sheet]:
        """The sheets that were asked for so far, by number; for this module alone."""
        return {}


class CalendarError(ValueError):
    """What was given makes no office time. `field` names where: "tz", "hours.mon", "holidays", "minutes" …"""

    def __init__(self, field: str, reason: Phrase) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class NeverOpen(ValueError):
    """The office does not open often enough for this before FURTHEST_YEARS have passed; `reason` says so."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(str(reason))
        self.reason = reason


def parse_calendar(given: Mapping[str, object]) -> Calendar:
    """
    A calendar from its JSON form:

        {"tz": "Asia/Ho_Chi_Minh", "hours": {"mon": [["08:00", "12:00"], ["13:00", "17:30"]], …},
         "holidays": ["2026-02-16", …], "extra_days": {"2026-02-14": [["08:00", "12:00"]]}}

    Weekdays that are left out are closed; periods that overlap count once. Raises CalendarError.
    """
    unknown = given.keys() - {"tz", "hours", "holidays", "extra_days"}
    if unknown:
        raise CalendarError(min(unknown), phrase("is no part of a calendar"))
    hours = _mapping("hours", given.get("hours"))
    for name in hours:
        if name not in WEEKDAYS:
            raise CalendarError(
                f"hours.{name}", phrase("is no weekday; write one of %(names)s", names=", ".join(WEEKDAYS))
            )
    extra = _mapping("extra_days", given.get("extra_days", {}))
    calendar = Calendar(
        tz=_zone(given.get("tz")),
        hours=tuple(_periods(f"hours.{name}", hours.get(name, ())) for name in WEEKDAYS),
        holidays=frozenset(_date("holidays", day) for day in _sequence("holidays", given.get("holidays", ()))),
        extra_days={_date("extra_days", day): _periods(f"extra_days.{day}", value) for day, value in extra.items()},
    )
    if not any(calendar.hours) and not any(calendar.extra_days.values()):
        raise CalendarError("hours", phrase("the office must be open at some time"))
    return calendar


def due(start: datetime, minutes: int, calendar: Calendar, pauses: Iterable[Pause] = ()) -> datetime:
    """
    The first instant at which `minutes` of open time have passed since `start`, in UTC.

    Time within `pauses` does not count. A promise that is used up as the office closes is due then, not at
    the next opening. Raises CalendarError for what is no duration or no pause, and NeverOpen.
    """
    if minutes < 1:
        raise CalendarError("minutes", phrase("must be at least 1"))
    began, cut = _instant("start", start), _merged(pauses)
    found = _found_with_pauses(began, minutes * _MINUTE, calendar, cut) if cut else None
    found = found if cut else _found(began, minutes * _MINUTE, calendar)
    if found is None:
        raise NeverOpen(
            phrase(
                "the office is not open for %(minutes)s minutes in the %(years)s years after that",
                minutes=minutes,
                years=FURTHEST_YEARS,
            )
        )
    return _moment(found)


def worked(start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Pause] = ()) -> int:
    """Whole minutes of open time from `start` to `end`, without the pauses; 0 when `end` comes first."""
    spans = open_spans(start, end, calendar, pauses)
    return sum((closes - opens for opens, closes in spans), timedelta()) // timedelta(minutes=1)


def open_spans(
    start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of open time from `start` to `end`, without the pauses, in order and in UTC."""
    last = _instant("end", end)
    for begin, stop in _without(_open_from(_instant("start", start), calendar), _merged(pauses)):
        if begin >= last:
            return
        yield _moment(begin), _moment(min(stop, last))


def is_open(moment: datetime, calendar: Calendar) -> bool:
    """Whether somebody is there."""
    first = next(_open_from(_instant("moment", moment), calendar), None)
    return first is not None and _moment(first[0]) == moment


def next_opening(moment: datetime, calendar: Calendar) -> datetime:
    """The first open instant from `moment` on, in UTC: itself when the office is open. Raises NeverOpen."""
    for begin, _ in _open_from(_instant("moment", moment), calendar):
        return _moment(begin)
    raise NeverOpen(phrase("the office does not open in the %(years)s years after that", years=FURTHEST_YEARS))


def periods_on(day: date, calendar: Calendar) -> Periods:
    """When the office is open on a day of its own."""
    if (extra := calendar.extra_days.get(day)) is not None:
        return extra
    return () if day in calendar.holidays else calendar.hours[day.weekday()]


# ---- office time -----------------------------------------------------------------------------------------------


def _found(start: int, left: int, calendar: Calendar) -> int | None:
    """The first instant at which `left` is open since `start`: a look into each sheet, not at each day."""
    first = start // _SHEET
    sheet = _sheet(first, calendar)
    left += _open_until(start, sheet)
    for number in range(first, (start + _FURTHEST) // _SHEET + 1):
        sheet = _sheet(number, calendar)
        if left <= sheet.total:
            at = bisect_left(sheet.until, left)
            return sheet.ends[at] - (sheet.until[at] - left)
        left -= sheet.total
    return None


def _open_until(instant: int, sheet: Sheet) -> int:
    """How much of the sheet is open before the instant."""
    at = bisect_right(sheet.ends, instant)
    if at == len(sheet.ends):
        return sheet.total
    return sheet.until[at] - (sheet.ends[at] - max(instant, sheet.begins[at]))


def _found_with_pauses(start: int, left: int, calendar: Calendar, pauses: Sequence[tuple[int, int]]) -> int | None:
    for begin, end in _without(_open_from(start, calendar), pauses):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return None


def _open_from(start: int, calendar: Calendar) -> Iterator[tuple[int, int]]:
    """Stretches of open time from `start` on, in order; they end after FURTHEST_YEARS."""
    begin = end = start
    for number in range(start // _SHEET, (start + _FURTHEST) // _SHEET + 1):
        sheet = _sheet(number, calendar)
        for opens, closes in zip(sheet.begins, sheet.ends, strict=True):
            if closes <= start:
                continue
            if opens == end and not opens % _SHEET:  # only the sheet ends there, not the day
                end = closes
                continue
            if begin < end:
                yield begin, end
            begin, end = max(opens, start), closes
    if begin < end:
        yield begin, end


def _sheet(number: int, calendar: Calendar) -> Sheet:
    kept = calendar.sheets
    if (sheet := kept.get(number)) is None:
        if len(kept) >= _MOST_SHEETS:
            kept.clear()
        sheet = kept[number] = _written(number * _SHEET, (number + 1) * _SHEET, calendar)
    return sheet


def _written(start: int, stop: int, calendar: Calendar) -> Sheet:
    """The sheet from one instant to another."""
    spans = []
    for begin, end, offset in _stretches_between(start, stop, calendar.tz):
        for day in range((begin + offset) // _DAY, (end + offset - 1) // _DAY + 1):
            midnight = day * _DAY - offset
            for opens, closes in periods_on(date.fromordinal(_EPOCH_ORDINAL + day), calendar):
                first, last = max(midnight + opens * _MINUTE, begin), min(midnight + closes * _MINUTE, end)
                if first < last:
                    spans.append((first, last))
    return Sheet(
        begins=tuple(first for first, _ in spans),
        ends=tuple(last for _, last in spans),
        until=tuple(accumulate(last - first for first, last in spans)),
    )


def _stretches_between(start: int, stop: int, tz: str) -> list[tuple[int, int, int]]:
    """The same for any time; years of which one goes on as the other ended are one stretch."""
    found: list[tuple[int, int, int]] = []
    for year in range(_moment(start).year, _moment(stop - 1).year + 1):
        for begin, end, offset in _stretches(tz, year):
            if end > start and begin < stop:
                since = found.pop()[0] if found and found[-1][2] == offset else max(begin, start)
                found.append((since, min(end, stop), offset))
    return found


@lru_cache(maxsize=1024)
def _stretches(tz: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """A year (of UTC) cut where the zone's clocks change: from, to, and how far the wall clock is ahead of UTC."""
    zone = ZoneInfo(tz)
    begin, end = ((date(at, 1, 1).toordinal() - _EPOCH_ORDINAL) * _DAY for at in (year, year + 1))
    offset = _offset(begin, zone)
    found = []
    for midnight in range(begin + _DAY, end + _DAY, _DAY):
        if _offset(midnight, zone) != offset:
            change = _change(midnight - _DAY, midnight, zone)
            found.append((begin, change, offset))
            begin, offset = change, _offset(midnight, zone)
    return (*found, (begin, end, offset))


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """The instant between two others, whose offsets differ, at which the clocks change."""
    old = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(middle, zone) == old else (before, middle)
    return after


def _offset(instant: int, zone: ZoneInfo) -> int:
    ahead = _moment(instant).astimezone(zone).utcoffset()
    assert ahead is not None
    return ahead // timedelta(microseconds=1)


def _without(spans: Iterable[tuple[int, int]], pauses: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What remains of ordered spans when ordered pauses are cut out of them."""
    ahead = 0
    for begin, end in spans:
        while ahead < len(pauses) and pauses[ahead][1] <= begin:
            ahead += 1
        for pause in range(ahead, len(pauses)):
            stops, resumes = pauses[pause]
            if stops >= end:
                break
            if begin < stops:
                yield begin, stops
            begin = max(begin, resumes)
        if begin < end:
            yield begin, end


def _merged(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """Pauses in order, those that overlap made one. Raises CalendarError for one that ends before it begins."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted((_instant("pauses", begin), _instant("pauses", end)) for begin, end in pauses):
        if end < begin:
            raise CalendarError(
                "pauses", phrase("a pause ends before it begins, at %(moment)s", moment=_moment(end).isoformat())
            )
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def _instant(field: str, moment: datetime) -> int:
    if moment.tzinfo is None:
        raise CalendarError(field, phrase("needs a time zone"))
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise CalendarError(
            field, phrase("must lie between the years %(first)s and %(last)s", first=FIRST_YEAR, last=LAST_YEAR)
        )
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(instant: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant)


# ---- the JSON form ---------------------------------------------------------------------------------------------


def _zone(given: object) -> str:
    if not isinstance(given, str):
        raise CalendarError("tz", phrase("must name a time zone such as Asia/Ho_Chi_Minh"))
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarError(
            "tz", phrase("“%(text)s” is no time zone; write one such as Asia/Ho_Chi_Minh", text=_shown(given))
        ) from error
    return given


def _periods(field: str, given: object) -> Periods:
    """Periods in order, those that overlap or touch made one."""
    merged: list[tuple[int, int]] = []
    for opens, closes in sorted(_period(field, period) for period in _sequence(field, given)):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return tuple(merged)


def _period(field: str, given: object) -> tuple[int, int]:
    pair = _sequence(field, given)
    if len(pair) != 2:
        raise CalendarError(field, phrase("a period is a pair such as %(example)s", example='["08:00", "12:00"]'))
    opens, closes = _time(field, pair[0]), _time(field, pair[1])
    if closes <= opens:
        raise CalendarError(
            field,
            phrase(
                "%(start)s-%(end)s ends before it begins; a night is two periods, cut at 24:00",
                start=pair[0],
                end=pair[1],
            ),
        )
    return opens, closes


def _time(field: str, given: object) -> int:
    parts = _TIME.fullmatch(given) if isinstance(given, str) else None
    minutes = int(parts[1]) * 60 + int(parts[2]) if parts else 24 * 60 + 1
    if minutes > 24 * 60:
        raise CalendarError(field, phrase("“%(text)s” is no time from 00:00 to 24:00", text=_shown(given)))
    return minutes


def _date(field: str, given: object) -> date:
    try:
        return date.fromisoformat(given if isinstance(given, str) else "")
    except ValueError as error:
        raise CalendarError(field, phrase("“%(text)s” is no date such as 2026-02-16", text=_shown(given))) from error


def _shown(given: object) -> str:
    """What was given, cut to what a message can hold."""
    return str(given)[:40]


def _sequence(field: str, given: object) -> Sequence[object]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise CalendarError(field, phrase("must be a list"))
    return given


def _mapping(field: str, given: object) -> Mapping[str, object]:
    if not isinstance(given, Mapping):
        raise CalendarError(field, phrase("must be an object"))
    return given
