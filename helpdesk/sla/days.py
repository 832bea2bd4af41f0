"""What is changed about single days of calendars: closed ones, half ones, extra ones, swaps and public holidays."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct
from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.dates import plain_day
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.sla.actions import calendar_changed, calendar_to_change
from helpdesk.sla.calendar import WEEKDAYS
from helpdesk.sla.public_days import countries, public_days, subdivisions
from helpdesk.sla.tables import CalendarRow, Holiday
from helpdesk.sla.typed import Period

YEARS_AHEAD: Final = 10
MOST_DAYS: Final = 62
"""In a row that are closed by one form."""
NOON: Final = "12:00"

Half = Literal["morning", "afternoon"]


class FilledIn(Struct, frozen=True):
    """What came of filling a year in: days that are closed now, and extra working days that are swapped for them."""

    closed: int
    worked: int


async def add_holiday(actor: Actor, calendar_id: int, closed_on: date, name: str, *, until: date | None = None) -> None:
    """
    The office is closed that day, or all days `until` another.

    One that is closed already gets the new name, and stays swapped for the day that it was swapped for.
    """
    last = until or closed_on
    if not 0 <= (last - closed_on).days < MOST_DAYS:
        raise Invalid({"until": phrase("Choose a day after the first, and at most %(n)s in a row.", n=MOST_DAYS)})
    async with transaction():
        await calendar_to_change(actor, calendar_id)
        for ahead in range((last - closed_on).days + 1):
            the_day = _on(calendar_id, closed_on + timedelta(days=ahead))
            if not await Holiday.update({Holiday.name: name}).where(the_day).returning(Holiday.id):
                await Holiday.insert(
                    Holiday(calendar=calendar_id, closed_on=closed_on + timedelta(days=ahead), name=name)
                )
        await calendar_changed(actor, calendar_id)


async def remove_holiday(actor: Actor, calendar_id: int, holiday_id: int) -> None:
    """The office is open again as on any such weekday. A day that was worked in its stead is none any more."""
    async with transaction():
        row = await calendar_to_change(actor, calendar_id)
        the_day = (Holiday.calendar == calendar_id) & (Holiday.id == holiday_id)
        swapped = await Holiday.select(Holiday.worked_on).where(the_day).first()
        await Holiday.delete().where(the_day)
        if swapped and swapped["worked_on"] is not None:
            await _set_hours(row, {swapped["worked_on"]: None})
        await calendar_changed(actor, calendar_id)


async def swap(actor: Actor, calendar_id: int, closed_on: date, worked_on: date) -> None:
    """
    Close the office on one day and work on another in its stead, by the hours of the first day's weekday.

    Raises Invalid where the first is closed anyway, or the second is open as long.
    """
    async with transaction():
        row = await calendar_to_change(actor, calendar_id)
        week = _week(row)
        hours = week.get(WEEKDAYS[closed_on.weekday()], [])
        if not hours:
            raise Invalid({"closed": phrase("The office is closed on that weekday anyway.")})
        if closed_on == worked_on or week.get(WEEKDAYS[worked_on.weekday()]) == hours:
            raise Invalid({"worked": phrase("That is a working day already.")})
        others = (Holiday.calendar == calendar_id) & (Holiday.closed_on != closed_on)
        if await Holiday.exists().where(others & (Holiday.worked_on == worked_on)):
            raise Invalid({"worked": phrase("That day is worked in the stead of another already.")})
        before = await Holiday.delete().where(_on(calendar_id, closed_on)).returning(Holiday.worked_on)
        name = _name_of_swap(actor, worked_on)
        await Holiday.insert(Holiday(calendar=calendar_id, closed_on=closed_on, name=name, worked_on=worked_on))
        no_more = {one["worked_on"]: None for one in before if one["worked_on"] is not None}
        await _set_hours(row, {**no_more, worked_on: hours})
        await calendar_changed(actor, calendar_id)


async def fill_holidays(
    actor: Actor, calendar_id: int, year: int, *, country: str, subdivision: str = "", with_swaps: bool = False
) -> FilledIn:
    """
    Add the public holidays of a country, or of a part of it, and remember whose days the calendar keeps.

    Days that are closed already keep the name they have, extra days their hours. Names are in the actor's language
    where the country's are known in it. With `with_swaps`, days that are worked in the stead of others are worked.
    """
    errors: dict[str, object] = {}
    if not 2000 <= year <= now().year + YEARS_AHEAD:
        errors["year"] = phrase("Choose a year from 2000 to %(last)s.", last=now().year + YEARS_AHEAD)
    if country not in countries("en"):
        errors["country"] = phrase("Choose one of the values offered.")
    elif subdivision and subdivision not in subdivisions(country):
        errors["subdivision"] = phrase("Choose one of the values offered.")
    if errors:
        raise Invalid(errors)
    async with transaction():
        row = await calendar_to_change(actor, calendar_id)
        rows = await Holiday.select(Holiday.closed_on).where(Holiday.calendar == calendar_id)
        known = {day["closed_on"] for day in rows}
        new = [day for day in public_days(country, subdivision, year, actor.lang) if day.on not in known]
        week, extra = _week(row), _extra(row)
        swapped = {
            day.on: day.worked_on
            for day in new
            if with_swaps and day.worked_on is not None and day.worked_on.isoformat() not in extra
        }
        if new:
            await Holiday.insert(
                *(
                    Holiday(calendar=calendar_id, closed_on=day.on, name=day.name, worked_on=swapped.get(day.on))
                    for day in new
                )
            )
        worked: dict[date, Sequence[Period] | None] = {
            worked_on: week.get(WEEKDAYS[closed_on.weekday()]) or _longest(week)
            for closed_on, worked_on in swapped.items()
        }
        row.country, row.subdivision = country, subdivision
        await row.save([CalendarRow.country, CalendarRow.subdivision])
        await _set_hours(row, worked)
        if new:
            await calendar_changed(actor, calendar_id)
    return FilledIn(closed=len(new), worked=len(worked))


async def add_extra_day(actor: Actor, calendar_id: int, day: date, periods: Sequence[Period]) -> None:
    """The office is open that day for these periods, whatever weekday or holiday it is."""
    if not periods:
        raise Invalid({"periods": phrase("Write when the office is open that day.")})
    async with transaction():
        row = await calendar_to_change(actor, calendar_id)
        await _set_hours(row, {day: periods})
        await calendar_changed(actor, calendar_id)


async def add_half_day(actor: Actor, calendar_id: int, day: date, half: Half) -> None:
    """The office is open that day only as long as its weekday has it before noon, or after."""
    async with transaction():
        row = await calendar_to_change(actor, calendar_id)
        hours = half_of(_week(row).get(WEEKDAYS[day.weekday()], []), half)
        if not hours:
            raise Invalid({"day": phrase("The office is closed in that half of that weekday anyway.")})
        await _set_hours(row, {day: hours})
        await calendar_changed(actor, calendar_id)


async def remove_extra_day(actor: Actor, calendar_id: int, day: date) -> None:
    """That day is as the week and the holidays have it again; one it was swapped for goes with it."""
    async with transaction():
        row = await calendar_to_change(actor, calendar_id)
        await Holiday.delete().where((Holiday.calendar == calendar_id) & (Holiday.worked_on == day))
        await _set_hours(row, {day: None})
        await calendar_changed(actor, calendar_id)


def half_of(hours: Sequence[Period], half: Half) -> list[Period]:
    """The open time of a day before noon, or after."""
    if half == "morning":
        return [(opens, min(closes, NOON)) for opens, closes in hours if opens < NOON]
    return [(max(opens, NOON), closes) for opens, closes in hours if closes > NOON]


def _week(row: CalendarRow) -> dict[str, list[Period]]:
    return msgspec.json.decode(row.hours, type=dict[str, list[Period]])


def _extra(row: CalendarRow) -> dict[str, list[Period]]:
    return msgspec.json.decode(row.extra_days, type=dict[str, list[Period]])


def _longest(week: Mapping[str, list[Period]]) -> list[Period]:
    """The hours of the first of the weekdays with the most periods; an office is open at least once a week."""
    return max(week.values(), key=len)


def _name_of_swap(actor: Actor, worked_on: date) -> str:
    with reading_as(Reader(actor.lang, "UTC")):
        return gettext("Swapped for %(day)s", day=plain_day(worked_on, actor.lang))


def _on(calendar_id: int, day: date) -> Combinable:
    return (Holiday.calendar == calendar_id) & (Holiday.closed_on == day)


async def _set_hours(row: CalendarRow, days: Mapping[date, Sequence[Period] | None]) -> None:
    """Hours of single days; None: as the week and the holidays have it."""
    extra: dict[str, Sequence[Period]] = {**_extra(row)}
    for day, periods in days.items():
        extra.pop(day.isoformat(), None)
        if periods is not None:
            extra[day.isoformat()] = periods
    row.extra_days = msgspec.json.encode(dict(sorted(extra.items()))).decode()
    await row.save([CalendarRow.extra_days])
