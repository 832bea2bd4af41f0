"""Next year's holidays in time: which calendars have none yet, and that administrators are told so once."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.events.record import record
from helpdesk.sla.events import YearAhead
from helpdesk.sla.tables import CalendarRow, Holiday

FROM_MONTH: Final = 11
"""The governments that decide each year have done so by then, mostly."""


class Missing(Struct, frozen=True):
    """A calendar of a country that has no holiday of the year to come."""

    calendar: int
    name: str
    country: str
    subdivision: str
    year: int


async def missing() -> list[Missing]:
    """
    Calendars with holidays of this year and none of the next, from November on; by name.

    One that never had any, such as that of an office which is open day and night, is right as it is.
    """
    rows = await (
        CalendarRow.select(
            *(CalendarRow.id, CalendarRow.name, CalendarRow.tz, CalendarRow.country, CalendarRow.subdivision)
        )
        .where(CalendarRow.country != "")
        .order_by(CalendarRow.name, CalendarRow.id)
    )
    ahead = {row["id"]: year for row in rows if (year := _year_ahead(row["tz"])) is not None}
    if not ahead:
        return []
    days = await Holiday.select(Holiday.calendar, Holiday.closed_on).where(
        Holiday.calendar.is_in([*ahead]) & (Holiday.closed_on >= date(min(ahead.values()) - 1, 1, 1))
    )
    known = {(day["calendar"], day["closed_on"].year) for day in days}
    return [
        Missing(row["id"], row["name"], row["country"], row["subdivision"], year)
        for row in rows
        if (year := ahead.get(row["id"])) is not None
        and (row["id"], year - 1) in known
        and (row["id"], year) not in known
    ]


async def announce() -> None:
    """A periodic job: say of each calendar and year once that its days are missing."""
    for one in await missing():
        async with transaction():
            row = await locked(CalendarRow.objects().where(CalendarRow.id == one.calendar)).first()
            if row is None or row.told_year == one.year:
                continue
            row.told_year = one.year
            await row.save([CalendarRow.told_year])
            await record(YearAhead(actor=SYSTEM.id, calendar=one.calendar, year=one.year))


def _year_ahead(tz: str) -> int | None:
    """Next year, where it is November or December there."""
    today = now().astimezone(ZoneInfo(tz)).date()
    return today.year + 1 if today.month >= FROM_MONTH else None
