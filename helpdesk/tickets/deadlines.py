"""
The promises of a ticket in the database: the pure rules of `sla/policy.py`, applied and kept.

Called by actions inside their transaction, because a ticket whose clock is wrong is wrong itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import asdict
from piccolo.columns import Column

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.departments.queries import department
from helpdesk.events.record import record
from helpdesk.i18n.reader import reading
from helpdesk.sla import policy, queries
from helpdesk.sla.calendar import Calendar
from helpdesk.sla.explain import sum_in_words
from helpdesk.tickets import rules
from helpdesk.tickets.events import DeadlineMissed, DeadlineNear
from helpdesk.tickets.queries import DeadlineRow, TicketFacts
from helpdesk.tickets.tables import Deadline, Ticket

NEAR: Final = timedelta(minutes=30)
"""How long before a promise is missed its team hears of it."""
AT_ONCE: Final = 200
"""Promises that one sweep looks at in one transaction."""
STATE: Final = (
    *(Deadline.minutes, Deadline.spent, Deadline.running_since),
    *(Deadline.due_at, Deadline.met_at, Deadline.missed_at),
)
"""What the rules may change of a promise."""


async def start(ticket: Ticket) -> None:
    """The clocks of a new ticket."""
    calendar, promised = await _promise(ticket)
    await _keep(ticket, [], policy.after_opening(promised, ticket.opened_at, calendar))


async def after_message(ticket: Ticket, *, by_agent: bool) -> None:
    """An agent's public reply answers; a customer's message asks, if nothing is owed already."""
    rows, before = await _kept(ticket)
    calendar, promised = await _promise(ticket)
    if by_agent:
        after = policy.after_public_reply(before, ticket.updated_at)
    else:
        after = policy.after_customer_message(before, promised, ticket.updated_at, calendar)
    await _keep(ticket, rows, after)


async def after_status(ticket: Ticket) -> None:
    """Pause, go on or end with the ticket's new status."""
    rows, before = await _kept(ticket)
    calendar, _ = await _promise(ticket)
    await _keep(ticket, rows, policy.after_status_change(before, ticket.status, now(), calendar))


async def pause(ticket: Ticket) -> None:
    """Let no clock run on, whatever the status; `after_status` goes on with them."""
    rows, before = await _kept(ticket)
    calendar, _ = await _promise(ticket)
    await _keep(ticket, rows, policy.after_status_change(before, "hold", now(), calendar))


async def withdraw(ticket: Ticket, asked_at: datetime) -> None:
    """Take back the promise that a customer's message of that moment began, for the message is no longer here."""
    await Deadline.delete().where(
        (Deadline.ticket == ticket.id)
        & (Deadline.kind == "next_response")
        & (Deadline.started_at == asked_at)
        & Deadline.met_at.is_null()
    )
    await after_status(ticket)


async def promise_anew(ticket: Ticket) -> None:
    """Count by the promise and hours of the ticket's department and priority as they are now."""
    rows, before = await _kept(ticket)
    calendar, promised = await _promise(ticket)
    await _keep(ticket, rows, policy.after_new_promise(before, promised, calendar))


async def sums(ticket: TicketFacts, deadlines: Sequence[DeadlineRow]) -> dict[int, list[str]]:
    """For each running promise, by its id: how its moment was reckoned, line by line in the reader's language."""
    calendar = await queries.calendar((await department(ticket.department)).calendar)
    return {
        one.id: sum_in_words(one.running_since, max(1, one.minutes - one.spent), calendar, reading.get().lang)
        for one in deadlines
        if one.running_since is not None
    }


async def sweep() -> None:
    """
    Notice promises that are nearly or wholly missed: each once, also after a time when nothing ran.

    A periodic job. Each batch is a transaction, so a crash notices nothing twice.
    """
    while await _sweep_missed() or await _sweep_near():
        pass


async def _sweep_missed() -> bool:
    async with transaction():
        query = (
            Deadline.objects()
            .where((Deadline.due_at <= now()) & Deadline.missed_at.is_null() & Deadline.met_at.is_null())
            .order_by(Deadline.due_at, Deadline.id)
            .limit(AT_ONCE)
        )
        rows = await locked(query)
        for row in rows:
            row.missed_at = row.due_at
            row.warned_at = now()
            await row.save([Deadline.missed_at, Deadline.warned_at])
            await record(DeadlineMissed(actor=SYSTEM.id, ticket=row.ticket, deadline=row.id))
    return len(rows) == AT_ONCE


async def _sweep_near() -> bool:
    async with transaction():
        query = (
            Deadline.objects()
            .where((Deadline.due_at <= now() + NEAR) & Deadline.warned_at.is_null() & Deadline.met_at.is_null())
            .order_by(Deadline.due_at, Deadline.id)
            .limit(AT_ONCE)
        )
        rows = await locked(query)
        for row in rows:
            row.warned_at = now()
            await row.save([Deadline.warned_at])
            await record(DeadlineNear(actor=SYSTEM.id, ticket=row.ticket, deadline=row.id))
    return len(rows) == AT_ONCE


async def _promise(ticket: Ticket) -> tuple[Calendar, dict[str, int]]:
    """The office hours of the ticket's department, and the working minutes it promises at this priority."""
    place = await department(ticket.department)
    calendar = await queries.calendar(place.calendar)
    return calendar, policy.targets(await queries.policy(place.policy), ticket.priority)


async def _kept(ticket: Ticket) -> tuple[list[Deadline], list[policy.Deadline]]:
    rows = await Deadline.objects().where(Deadline.ticket == ticket.id).order_by(Deadline.id)
    return rows, [
        policy.Deadline(
            kind=row.kind,
            minutes=row.minutes,
            started_at=row.started_at,
            spent=row.spent,
            running_since=row.running_since,
            due_at=row.due_at,
            met_at=row.met_at,
            missed_at=row.missed_at,
        )
        for row in rows
    ]


async def _keep(ticket: Ticket, rows: Sequence[Deadline], after: Sequence[policy.Deadline]) -> None:
    """Write what changed, add what is new, and let the ticket's row know which promise comes next."""
    for row, deadline in zip(rows, after, strict=False):
        state: dict[Column, object] = {column: getattr(deadline, column._meta.name) for column in STATE}
        changed: list[Column] = [column for column in STATE if getattr(row, column._meta.name) != state[column]]
        for column in changed:
            setattr(row, column._meta.name, state[column])
        if Deadline.due_at in changed:
            row.warned_at = None
            changed.append(Deadline.warned_at)
        if changed:
            await row.save(changed)
    if added := [Deadline(ticket=ticket.id, **asdict(deadline)) for deadline in after[len(rows) :]]:
        await Deadline.insert(*added)
    running = [(deadline.due_at, deadline.kind) for deadline in after if deadline.due_at is not None]
    ticket.due_at, ticket.due_kind = rules.next_deadline(running)
    ticket.queue_at = min(running, default=(rules.NEVER, ""))[0]
    await ticket.save([Ticket.due_at, Ticket.due_kind, Ticket.queue_at])
