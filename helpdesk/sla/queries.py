"""
What is read about calendars and policies.

`calendar` and `policy` give the pure things that deadlines are reckoned with; they are asked for with
every message, so each is kept in memory for KEPT_SECONDS. The entries are what the settings pages show.
"""

from datetime import date
from functools import partial
from typing import Final

import msgspec
from msgspec import Struct, structs
from piccolo.columns.combination import Where

from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.sla.calendar import Calendar, parse_calendar
from helpdesk.sla.policy import Policy
from helpdesk.sla.tables import CalendarRow, Holiday, PolicyRow, PromiseRun
from helpdesk.sla.typed import Period

KEPT_SECONDS: Final = 5.0

Targets = dict[str, dict[str, int]]
"""Minutes by kind of deadline and priority; what is absent is not promised."""


class Named(Struct, frozen=True):
    """Enough of a calendar or policy to choose it by."""

    id: int
    name: str


class HolidayEntry(Struct, frozen=True):
    """A day on which the office is closed."""

    id: int
    closed_on: date
    name: str
    worked_on: date | None = None


class CalendarEntry(Struct, frozen=True):
    """A calendar as its page shows it, with holidays and extra days in order."""

    id: int
    name: str
    tz: str
    hours: dict[str, list[Period]]
    holidays: list[HolidayEntry]
    extra_days: dict[date, list[Period]]
    country: str = ""
    subdivision: str = ""


class PolicyEntry(Struct, frozen=True):
    """A policy as its page shows it."""

    id: int
    name: str
    targets: Targets


class Draft(Struct, frozen=True):
    """Other times for a policy, to be tried on the tickets that it was promised within the last `days`."""

    policy: int
    targets: Targets
    days: int = 30


_calendars: Final = Kept[int, Calendar]("calendars", KEPT_SECONDS)
_policies: Final = Kept[int, PolicyEntry]("policies", KEPT_SECONDS)


async def calendar(calendar_id: int) -> Calendar:
    """When that office is open. Raises NotFound."""
    return await _calendars.get(calendar_id, partial(_read_calendar, calendar_id))


async def policy(policy_id: int) -> Policy:
    """What is promised there. Raises NotFound."""
    entry = await policy_now(policy_id)
    return Policy(name=entry.name, **entry.targets)


async def policy_now(policy_id: int) -> PolicyEntry:
    """A policy as it is kept in memory. Raises NotFound."""
    return await _policies.get(policy_id, partial(policy_entry, policy_id))


async def calendars() -> list[Named]:
    """Every calendar by name."""
    rows = await CalendarRow.select(CalendarRow.id, CalendarRow.name).order_by(CalendarRow.name, CalendarRow.id)
    return msgspec.convert(rows, list[Named])


async def policies() -> list[PolicyEntry]:
    """Every policy by name."""
    rows = await PolicyRow.select(PolicyRow.id, PolicyRow.name, PolicyRow.targets).order_by(
        PolicyRow.name, PolicyRow.id
    )
    return [PolicyEntry(row["id"], row["name"], _targets(row["targets"])) for row in rows]


async def calendar_entry(calendar_id: int) -> CalendarEntry:
    """One calendar for its page. Raises NotFound."""
    found = await _calendar_entries(CalendarRow.id == calendar_id)
    if not found:
        raise NotFound()
    return found[0]


async def calendar_entries() -> list[CalendarEntry]:
    """Every calendar in full, by name."""
    return await _calendar_entries(CalendarRow.id.is_not_null())


async def policy_entry(policy_id: int) -> PolicyEntry:
    """One policy for its page. Raises NotFound."""
    row = await (
        PolicyRow.select(PolicyRow.id, PolicyRow.name, PolicyRow.targets).where(PolicyRow.id == policy_id).first()
    )
    if row is None:
        raise NotFound()
    return PolicyEntry(row["id"], row["name"], _targets(row["targets"]))


async def tried(policy_id: int, run_id: int) -> Targets:
    """The times of a draft of the policy that was tried on past tickets. Raises NotFound."""
    row = (
        await PromiseRun.select(PromiseRun.scope)
        .where((PromiseRun.id == run_id) & (PromiseRun.kind == "replay"))
        .first()
    )
    draft = msgspec.json.decode(row["scope"], type=Draft) if row else None
    if draft is None or draft.policy != policy_id:
        raise NotFound()
    return draft.targets


def forget_all() -> None:
    """Read everything anew at the next question."""
    _calendars.forget()
    _policies.forget()


async def _calendar_entries(which: Where) -> list[CalendarEntry]:
    rows = (
        await CalendarRow.select(
            *(CalendarRow.id, CalendarRow.name, CalendarRow.tz, CalendarRow.hours, CalendarRow.extra_days),
            *(CalendarRow.country, CalendarRow.subdivision),
        )
        .where(which)
        .order_by(CalendarRow.name, CalendarRow.id)
    )
    days = (
        await Holiday.select(Holiday.id, Holiday.calendar, Holiday.closed_on, Holiday.name, Holiday.worked_on)
        .where(Holiday.calendar.is_in([row["id"] for row in rows] or [0]))
        .order_by(Holiday.closed_on, Holiday.id)
    )
    holidays: dict[int, list[HolidayEntry]] = {row["id"]: [] for row in rows}
    for day in days:
        holidays[day["calendar"]].append(HolidayEntry(day["id"], day["closed_on"], day["name"], day["worked_on"]))
    return [
        CalendarEntry(
            id=row["id"],
            name=row["name"],
            tz=row["tz"],
            hours=msgspec.json.decode(row["hours"], type=dict[str, list[Period]]),
            holidays=holidays[row["id"]],
            extra_days=msgspec.json.decode(row["extra_days"], type=dict[date, list[Period]]),
            country=row["country"],
            subdivision=row["subdivision"],
        )
        for row in rows
    ]


async def _read_calendar(calendar_id: int) -> Calendar:
    entry = await calendar_entry(calendar_id)
    parsed = parse_calendar(
        {
            "tz": entry.tz,
            "hours": entry.hours,
            "holidays": [holiday.closed_on.isoformat() for holiday in entry.holidays],
            "extra_days": {day.isoformat(): periods for day, periods in entry.extra_days.items()},
        }
    )
    return structs.replace(parsed, names={day.closed_on: day.name for day in entry.holidays if day.name})


def _targets(text: str) -> Targets:
    return msgspec.json.decode(text, type=Targets)
