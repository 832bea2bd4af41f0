"""
Open tickets counted anew, because what many of them stand on has changed: a policy, a calendar, a tier, the rules.

They may be a hundred thousand, so a job goes through them, some in each transaction; a run says how far it is.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden
from helpdesk.departments.queries import all_departments
from helpdesk.events.record import record
from helpdesk.jobs.queue import CAN_WAIT, enqueue
from helpdesk.people.events import OrganisationTierChanged, TierChanged
from helpdesk.people.tables import Person
from helpdesk.sla import access, promises
from helpdesk.sla.events import CalendarChanged, PolicyChanged, RecountAsked
from helpdesk.sla.tables import PromiseRun
from helpdesk.tickets import deadlines, promising, rules
from helpdesk.tickets.access import Condition
from helpdesk.tickets.tables import Ticket

IN_ONE: Final = 50
"""Tickets that are counted anew in one transaction; others wait so long."""
SOON: Final = timedelta(hours=1)
"""By then a run has begun, or its job may have failed for good."""
OPEN: Final = [one for one in rules.STATUSES if one not in rules.DONE]

Why = Literal["policy", "calendar", "person", "organisation", "rules"]


class Scope(Struct, frozen=True):
    """What has changed, by its id: a policy, whose newest version is taken; hours; who belongs where; the rules."""

    why: Why
    id: int = 0


class Run(Struct, frozen=True):
    """How far a run is, for the page that shows it."""

    id: int
    why: Why
    total: int
    done: int
    changed: int
    began_at: datetime
    ended_at: datetime | None


async def of_policy(event: PolicyChanged) -> None:
    """Reaction: tickets that it was promised to take the policy as it is now."""
    await begin(event.actor, Scope("policy", event.policy))


async def of_calendar(event: CalendarChanged) -> None:
    """Reaction: clocks that go by it are counted by the hours as they are now."""
    await begin(event.actor, Scope("calendar", event.calendar))


async def of_person(event: TierChanged) -> None:
    """Reaction: the customer's open tickets get the promise that is made to them now, where any rule looks at it."""
    if await promising.asks("tier", "organisation"):
        await begin(event.actor, Scope("person", event.person))


async def of_organisation(event: OrganisationTierChanged) -> None:
    """Reaction: the same for all who belong to it."""
    if await promising.asks("tier"):
        await begin(event.actor, Scope("organisation", event.organisation))


async def ask(actor: Actor) -> int:
    """Choose the promises of all open tickets by the rules as they are now; the run's id. Raises Forbidden."""
    if not access.may_manage(actor):
        raise Forbidden()
    async with transaction():
        run = await begin(actor.id, Scope("rules"))
        await record(RecountAsked(actor=actor.id, promise_run=run))
    return run


async def begin(by: int | None, scope: Scope) -> int:
    """
    Owe the job that goes through the open tickets which this concerns; the run's id.

    One that is owed and has not begun will see the newest change as well, so it is enough.
    """
    async with transaction():
        kept = msgspec.json.encode(scope).decode()
        same = (PromiseRun.kind == "recount") & (PromiseRun.scope == kept) & PromiseRun.ended_at.is_null()
        fresh = (PromiseRun.last == 0) & (PromiseRun.began_at > now() - SOON)
        if (owed := await locked(PromiseRun.objects().where(same & fresh)).first()) is not None:
            return int(owed.id)
        row = PromiseRun(
            kind="recount",
            scope=kept,
            began_by=by,
            total=await Ticket.count().where(await _concerned(scope)),
            began_at=now(),
        )
        await row.save()
        await enqueue(go_through, {"run": int(row.id)}, patience=CAN_WAIT)
    return int(row.id)


async def go_through(run: int) -> None:
    """The job: the tickets that are left, some in each transaction, so that a crash leaves none out."""
    while not await _go_on(run):
        pass


async def runs(most: int = 5) -> list[Run]:
    """The newest runs, the last one first."""
    rows = await (
        PromiseRun.select(
            *(PromiseRun.id, PromiseRun.scope, PromiseRun.total, PromiseRun.done, PromiseRun.changed),
            *(PromiseRun.began_at, PromiseRun.ended_at),
        )
        .where(PromiseRun.kind == "recount")
        .order_by(PromiseRun.id, ascending=False)
        .limit(most)
    )
    return [msgspec.convert({**row, "why": _scope(row["scope"]).why}, Run) for row in rows]


async def _go_on(run: int) -> bool:
    """Some more tickets; whether those were the last."""
    async with transaction():
        row = await locked(PromiseRun.objects().where(PromiseRun.id == run)).first()
        if row is None or row.ended_at is not None:
            return True
        scope = _scope(row.scope)
        left = Ticket.objects().where(await _concerned(scope) & (Ticket.id > row.last))
        tickets = await locked(left.order_by(Ticket.id).limit(IN_ONE))
        for ticket in tickets:
            before = (ticket.promise, ticket.due_at)
            await _count(ticket, scope)
            row.changed += (ticket.promise, ticket.due_at) != before
            row.last = ticket.id
        row.done += len(tickets)
        if len(tickets) < IN_ONE:
            row.ended_at = now()
        await row.save([PromiseRun.done, PromiseRun.changed, PromiseRun.last, PromiseRun.ended_at])
    return row.ended_at is not None


async def _count(ticket: Ticket, scope: Scope) -> None:
    if scope.why == "calendar":
        await deadlines.recount(ticket)
    elif scope.why == "policy":
        await deadlines.renew_promise(ticket)
    else:
        await deadlines.promise_anew(ticket)


async def _concerned(scope: Scope) -> Condition:
    """The open tickets that this concerns."""
    is_open = Ticket.status.is_in(OPEN) & Ticket.binned_at.is_null()
    match scope.why:
        case "policy":
            makers = [one.id for one in await all_departments() if one.policy == scope.id]
            from_before = Ticket.promise.is_null() & Ticket.department.is_in(makers or [0])
            return is_open & (Ticket.promise.is_in(await promises.made_with(scope.id) or [0]) | from_before)
        case "calendar":
            keepers = [one.id for one in await all_departments() if one.calendar == scope.id]
            return is_open & Ticket.department.is_in(keepers or [0])
        case "person":
            return is_open & (Ticket.requester == scope.id)
        case "organisation":
            people = Person.select(Person.id).where(Person.organisation == scope.id)
            return is_open & Ticket.requester.is_in(people)
    return is_open


def _scope(text: str) -> Scope:
    return msgspec.json.decode(text, type=Scope)
