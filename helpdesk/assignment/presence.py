"""Who is away: until when, why, and what they say when they come back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from helpdesk.assignment import access, queries, rules
from helpdesk.assignment.events import AgentAway, AgentBack
from helpdesk.assignment.tables import AgentWork
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.departments import queries as departments
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.queries import actor_of, actors_of
from helpdesk.sla import queries as sla
from helpdesk.sla.calendar import Calendar

FARTHEST: Final = timedelta(days=366)
LONGEST_REASON: Final = 200


def until_when(text: str, now: datetime, tz: str) -> datetime | None:
    """
    The moment that a local date and time of zone `tz` (ISO 8601) means, in UTC; None for empty text.

    Raises Invalid (field `until`) for what is none, is over, or is more than a year away.
    """
    if not text.strip():
        return None
    try:
        chosen = datetime.fromisoformat(text.strip()).replace(tzinfo=ZoneInfo(tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid({"until": phrase("Choose a day and a time.")}) from None
    return checked(chosen, now)


async def until(person_id: int, how: str, text: str, now: datetime, tz: str) -> datetime | None:
    """
    Until when somebody is away: for an `hour`, until their office opens on another `day`, or as `until_when` says.
    """
    if how == "hour":
        return now + timedelta(hours=1)
    if how == "day":
        work = (await queries.works([person_id]))[person_id]
        calendar = await _calendar(work.calendar, sorted((await actor_of(person_id)).departments))
        return rules.next_day(calendar, now) if calendar else now + timedelta(days=1)
    return until_when(text, now, tz)


def checked(until: datetime, now: datetime) -> datetime:
    """The same moment. Raises Invalid (field `until`) for one that is over or more than a year away."""
    if not now < until <= now + FARTHEST:
        raise Invalid({"until": phrase("Choose a moment within the next year.")})
    return until


async def go_away(actor: Actor, person_id: int, until: datetime | None = None, reason: str = "") -> None:
    """
    Give an agent no tickets until a moment; None: until they are back. Said again, the newest word counts.

    Raises Forbidden for who may not say so, NotFound for who does not work at the desk.
    """
    async with transaction():
        row = await _work_of(actor, person_id)
        if until is not None:
            checked(until, now())
        await _go(row, actor.id, until, reason[:LONGEST_REASON])


async def come_back(actor: Actor, person_id: int) -> None:
    """Give an agent tickets again; nothing happens to one who is here."""
    async with transaction():
        await _back(await _work_of(actor, person_id), actor.id)


async def come_back_in_time() -> None:
    """Those whose time away is over are back."""
    over = AgentWork.away_until <= now()
    if not await AgentWork.exists().where(over):
        return
    async with transaction():
        for row in await locked(AgentWork.objects().where(over).order_by(AgentWork.id)):
            await _back(row, SYSTEM.id)


async def leave_at_closing() -> None:
    """Those who want it are away from closing time on, until their office opens again."""
    leaving = AgentWork.leaves_at_closing.eq(True) & AgentWork.away_since.is_null()
    rows = await AgentWork.objects().where(leaving).order_by(AgentWork.id)
    actors = await actors_of([row.person for row in rows]) if rows else {}
    for one in rows:
        places = sorted(actors[one.person].departments) if one.person in actors else []
        calendar = await _calendar(one.calendar, places)
        until = rules.away_after_closing(calendar, one.back_at, now()) if calendar else None
        if until is not None:
            async with transaction():
                row = await locked(AgentWork.objects().where(leaving & (AgentWork.id == one.id))).first()
                if row is not None:
                    await _go(row, SYSTEM.id, until, "")


async def _calendar(own: int | None, places: Sequence[int]) -> Calendar | None:
    """Somebody's own hours, else those of their first department."""
    if own is not None:
        return await sla.calendar(own)
    return await sla.calendar((await departments.department(places[0])).calendar) if places else None


async def _go(row: AgentWork, by: int | None, until: datetime | None, reason: str) -> None:
    row.away_since, row.away_until, row.away_reason = now(), until, reason
    await row.save([AgentWork.away_since, AgentWork.away_until, AgentWork.away_reason])
    await record(AgentAway(actor=by, person=row.person))
    on_commit(queries.forget_all)


async def _back(row: AgentWork, by: int | None) -> None:
    if row.away_since is None:
        return
    row.away_since, row.away_until, row.away_reason = None, None, ""
    if by is not None:
        row.back_at = now()
    await row.save([AgentWork.away_since, AgentWork.away_until, AgentWork.away_reason, AgentWork.back_at])
    await record(AgentBack(actor=by, person=row.person))
    on_commit(queries.forget_all)


async def _work_of(actor: Actor, person_id: int) -> AgentWork:
    """How an agent works, to be changed. Raises NotFound and Forbidden."""
    if not (await actor_of(person_id)).is_staff:
        raise NotFound()
    if not access.may_arrange(actor, person_id, await queries.leads_of(person_id)):
        raise Forbidden()
    return await work_row(person_id)


async def work_row(person_id: int) -> AgentWork:
    """The row of how somebody works, made where there is none, and kept from others until the commit."""
    await AgentWork.insert(AgentWork(person=person_id)).on_conflict(target=AgentWork.person, action="DO NOTHING")
    row = await locked(AgentWork.objects().where(AgentWork.person == person_id)).first()
    assert row is not None
    return row
