"""
Tickets that sleep: out of the active queues until a moment, or until their customer writes.

Sleep is for agents' eyes only. It changes no status and stops no clock; a promise that is near wakes nobody, and
its ticket stands in "Due soon" all the same.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets import access, actions, queries, rules
from helpdesk.tickets.events import StatusChanged, TicketReplied, TicketSnoozed, TicketWoken
from helpdesk.tickets.journal import undoable
from helpdesk.tickets.tables import Message, Ticket

Preset = Literal["later", "tomorrow", "monday", "reply", "own"]

LATER: Final = timedelta(hours=3)
MORNING: Final = time(8)
FARTHEST: Final = timedelta(days=366)
AT_ONCE: Final = 200
"""Tickets that are woken in one transaction."""


def moment(preset: Preset, at: str, now: datetime, tz: str) -> datetime:
    """
    When a ticket wakes, in UTC: in three hours, at eight tomorrow or on Monday, or when its customer writes (NEVER).

    `at` is a local date and time of zone `tz` (ISO 8601), for `own`. Raises Invalid (field `at`) for what is none,
    is over, or is more than a year away.
    """
    here = now.astimezone(ZoneInfo(tz))
    if preset == "reply":
        return rules.NEVER
    if preset == "later":
        return now + LATER
    if preset in {"tomorrow", "monday"}:
        days = 1 if preset == "tomorrow" else 7 - here.weekday()
        return datetime.combine(here.date() + timedelta(days=days), MORNING, here.tzinfo).astimezone(UTC)
    try:
        chosen = datetime.fromisoformat(at).replace(tzinfo=here.tzinfo).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid({"at": phrase("Choose a day and a time.")}) from None
    if not now < chosen <= now + FARTHEST:
        raise Invalid({"at": phrase("Choose a moment within the next year.")})
    return chosen


async def snooze(actor: Actor, ticket_id: int, preset: Preset, at: str = "") -> datetime:
    """Let the ticket sleep; until when (see `moment`). Raises Invalid (field `at`) also for one that is done."""
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        await actions.refuse_merged(ticket)
        if ticket.status in rules.DONE:
            raise Invalid({"at": phrase("What is done needs no sleep.")})
        until = moment(preset, at, now(), actor.tz)
        async with undoable(actor, ticket):
            ticket.snoozed_until = until
            await ticket.save([Ticket.snoozed_until])
            await record(TicketSnoozed(actor=actor.id, ticket=ticket.id, until=until))
    return until


async def wake(actor: Actor, ticket_id: int) -> None:
    """Bring the ticket back now; one that does not sleep is left alone."""
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        async with undoable(actor, ticket):
            await _wake(actor.id, ticket)


async def sweep() -> None:
    """Bring back what has slept long enough: each once, also after a time when nothing ran. A periodic job."""
    while await _woke_some():
        pass


async def wake_on_answer(event: TicketReplied) -> None:
    """What a customer says wakes the ticket; what a machine says does not."""
    row = await Message.select(Message.is_automatic).where(Message.id == event.message).first()
    if row is None or row["is_automatic"] or event.by_agent:
        return
    async with transaction():
        ticket = await locked(Ticket.objects().where(Ticket.id == event.ticket)).first()
        if ticket is not None:
            await _wake(event.actor, ticket)


async def wake_when_done(event: StatusChanged) -> None:
    """What is solved or closed sleeps no more: when it opens again it stands where everybody sees it."""
    if event.status not in rules.DONE:
        return
    async with transaction():
        ticket = await locked(Ticket.objects().where(Ticket.id == event.ticket)).first()
        if ticket is not None:
            await _wake(SYSTEM.id, ticket)


async def _woke_some() -> bool:
    async with transaction():
        due = Ticket.objects().where(Ticket.snoozed_until <= now()).order_by(Ticket.snoozed_until).limit(AT_ONCE)
        rows = await locked(due)
        for ticket in rows:
            await _wake(SYSTEM.id, ticket)
    return len(rows) == AT_ONCE


async def _wake(by: int | None, ticket: Ticket) -> None:
    if ticket.snoozed_until is None:
        return
    ticket.snoozed_until = None
    ticket.updated_at = now()
    await ticket.save([Ticket.snoozed_until, Ticket.updated_at])
    await record(TicketWoken(actor=by, ticket=ticket.id))


async def _worked(actor: Actor, ticket_id: int) -> Ticket:
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    return ticket
