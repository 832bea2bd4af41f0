"""What is changed about calendars and policies."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from helpdesk.core.actor import Actor
from helpdesk.core.db import is_still_needed, locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.sla import access, queries
from helpdesk.sla.events import (
    CalendarAdded,
    CalendarChanged,
    CalendarRemoved,
    PolicyAdded,
    PolicyChanged,
    PolicyRemoved,
)
from helpdesk.sla.public_days import VIETNAM
from helpdesk.sla.queries import Targets
from helpdesk.sla.tables import CalendarRow, Escalation, Holiday, PolicyRow
from helpdesk.sla.typed import Period

VIETNAMESE_ZONES: Final = frozenset({"Asia/Ho_Chi_Minh", "Asia/Saigon"})

Hours = Mapping[str, Sequence[Period]]
"""Open periods by weekday (mon … sun); a day that is absent is closed."""


async def add_calendar(actor: Actor, *, name: str, tz: str, hours: Hours) -> int:
    """Write down when an office is open; the calendar's id. Raises Forbidden, and Invalid naming the field."""
    async with transaction():
        _check_access(actor)
        row = CalendarRow(name=name, country=VIETNAM if tz in VIETNAMESE_ZONES else "", **_office(tz, hours))
        await row.save()
        await record(CalendarAdded(actor=actor.id, calendar=row.id))
    return int(row.id)


async def change_calendar(
    actor: Actor, calendar_id: int, *, name: str, tz: str, hours: Hours, takes: bool = True
) -> None:
    """
    Other hours from now on, also for the clocks of open tickets if it `takes` them along.

    Raises Forbidden, NotFound, Invalid.
    """
    async with transaction():
        await calendar_to_change(actor, calendar_id)
        await CalendarRow.update({CalendarRow.name: name, **_office(tz, hours)}).where(CalendarRow.id == calendar_id)
        await calendar_changed(actor, calendar_id, takes=takes)


async def remove_calendar(actor: Actor, calendar_id: int) -> None:
    """Raises Invalid while a department keeps these hours."""
    async with transaction():
        await calendar_to_change(actor, calendar_id)
        await Holiday.delete().where(Holiday.calendar == calendar_id)
        try:
            async with transaction():
                await CalendarRow.delete().where(CalendarRow.id == calendar_id)
        except Exception as error:
            if not is_still_needed(error):
                raise
            raise Invalid({"": phrase("A department keeps these hours. Give it another calendar first.")}) from error
        await record(CalendarRemoved(actor=actor.id, calendar=calendar_id))
        on_commit(queries.forget_all)


async def add_policy(actor: Actor, *, name: str, targets: Targets) -> int:
    """Make a promise; the policy's id. Raises Forbidden."""
    async with transaction():
        _check_access(actor)
        row = PolicyRow(name=name, targets=msgspec.json.encode(targets).decode())
        await row.save()
        await record(PolicyAdded(actor=actor.id, policy=row.id))
    return int(row.id)


async def change_policy(actor: Actor, policy_id: int, *, name: str, targets: Targets, takes: bool = False) -> None:
    """
    Promise something else from now on. Open tickets keep what they were promised, unless it `takes` them along.

    Raises Forbidden, NotFound.
    """
    async with transaction():
        await _policy(actor, policy_id)
        await PolicyRow.update({PolicyRow.name: name, PolicyRow.targets: msgspec.json.encode(targets).decode()}).where(
            PolicyRow.id == policy_id
        )
        await record(PolicyChanged(actor=actor.id, policy=policy_id, takes=takes))
        on_commit(queries.forget_all)


async def remove_policy(actor: Actor, policy_id: int) -> None:
    """Raises Invalid while a department makes this promise."""
    async with transaction():
        await _policy(actor, policy_id)
        await Escalation.delete().where(Escalation.policy == policy_id)
        try:
            async with transaction():
                await PolicyRow.delete().where(PolicyRow.id == policy_id)
        except Exception as error:
            if not is_still_needed(error):
                raise
            raise Invalid(
                {"": phrase("A department or a rule makes this promise. Give it another policy first.")}
            ) from error
        await record(PolicyRemoved(actor=actor.id, policy=policy_id))
        on_commit(queries.forget_all)


def _check_access(actor: Actor) -> None:
    if not access.may_manage(actor):
        raise Forbidden()


async def calendar_to_change(actor: Actor, calendar_id: int) -> CalendarRow:
    _check_access(actor)
    row = await locked(CalendarRow.objects().where(CalendarRow.id == calendar_id)).first()
    if row is None:
        raise NotFound()
    return row


async def _policy(actor: Actor, policy_id: int) -> PolicyRow:
    _check_access(actor)
    row = await locked(PolicyRow.objects().where(PolicyRow.id == policy_id)).first()
    if row is None:
        raise NotFound()
    return row


def _office(tz: str, hours: Hours) -> dict[Any, Any]:
    """The columns of a calendar's hours. Raises Invalid for a zone nobody knows and for an office never open."""
    errors: dict[str, object] = {}
    try:
        ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        errors["tz"] = phrase("“%(zone)s” is no time zone. Write one such as Asia/Ho_Chi_Minh.", zone=tz)
    kept = {day: list(periods) for day, periods in hours.items() if periods}
    if not kept:
        errors["mon"] = phrase("The office must be open at least once a week.")
    if errors:
        raise Invalid(errors)
    return {"tz": tz, "hours": msgspec.json.encode(kept).decode()}


async def calendar_changed(actor: Actor, calendar_id: int, *, takes: bool = True) -> None:
    await record(CalendarChanged(actor=actor.id, calendar=calendar_id, takes=takes))
    on_commit(queries.forget_all)
