"""
The bin: where tickets go that are deleted or are spam. Nobody sees them; they are kept for a while.

Their clocks stand still. After `keep_days`, or when an administrator empties the bin, they are gone for good,
with all that refers to them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from piccolo.columns import ForeignKey

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.events.record import record
from helpdesk.settings import store
from helpdesk.tickets import access, deadlines, noting, queries, undo, words
from helpdesk.tickets.access import Condition
from helpdesk.tickets.events import TicketBinned, TicketDestroyed, TicketRestored
from helpdesk.tickets.journal import undoable
from helpdesk.tickets.side import finding
from helpdesk.tickets.tables import Bulk, Message, Ticket

AT_ONCE: Final = 100
"""Tickets that are destroyed in one transaction."""


class BinSettings(Struct, frozen=True):
    """How long deleted tickets are kept, in days."""

    keep_days: Annotated[int, Meta(ge=1, le=3650)] = 30


class BinnedRow(Struct, frozen=True):
    """One ticket in the bin."""

    id: int
    subject: str
    snippet: str
    requester_name: str
    requester_email: str | None
    message_count: int
    binned_at: datetime
    binned_as: str

    @property
    def who(self) -> str:
        return self.requester_name or self.requester_email or f"#{self.id}"


async def binned(actor: Actor, *, after: str | None = None, size: int = queries.PAGE_SIZE) -> Page[BinnedRow]:
    """What is in the bin and would be the actor's to work on, the newest first."""
    where = access.binned_for(actor)
    if further := beyond(after, Ticket.binned_at, Ticket.id, ascending=False):
        where &= further
    rows = await (
        Ticket.select(
            *(Ticket.id, Ticket.subject, Ticket.snippet, Ticket.message_count, Ticket.binned_at, Ticket.binned_as),
            Ticket.requester.name.as_alias("requester_name"),
            Ticket.requester.email.as_alias("requester_email"),
        )
        .where(where)
        .order_by(Ticket.binned_at, ascending=False)
        .order_by(Ticket.id, ascending=False)
        .limit(size + 1)
    )
    return page_of(msgspec.convert(rows, list[BinnedRow]), size, lambda row: [row.binned_at.isoformat(), row.id])


async def put(actor: Actor, ticket_id: int, *, as_spam: bool = False) -> None:
    """
    Put a ticket into the bin.

    Raises NotFound when the actor cannot see it, or it is there already, and Forbidden when they may not work on it.
    """
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        if not access.may_work(actor, ticket):
            raise Forbidden()
        async with undoable(actor, ticket):
            ticket.binned_at, ticket.binned_as = now(), "spam" if as_spam else "deleted"
            await ticket.save([Ticket.binned_at, Ticket.binned_as])
            await deadlines.pause(ticket)
            await record(TicketBinned(actor=actor.id, ticket=ticket.id, as_spam=as_spam))


async def restore(actor: Actor, ticket_id: int) -> None:
    """Take a ticket out of the bin; its clocks go on from where they stood still."""
    async with transaction():
        query = Ticket.objects().where((Ticket.id == ticket_id) & access.binned_for(actor))
        ticket = await locked(query).first()
        if ticket is None:
            raise NotFound()
        if not access.may_work(actor, ticket):
            raise Forbidden()
        async with undoable(actor, ticket):
            ticket.binned_at, ticket.binned_as = None, ""
            await ticket.save([Ticket.binned_at, Ticket.binned_as])
            await deadlines.after_status(ticket)
            await record(TicketRestored(actor=actor.id, ticket=ticket.id))


async def empty(actor: Actor) -> int:
    """Delete all that is in the bin for good; how many tickets those were. For administrators."""
    if not actor.is_admin:
        raise Forbidden()
    return await _destroy_all(actor, Ticket.binned_at <= now())


async def sweep() -> None:
    """Delete for good what was in the bin for long enough, and forget acts as old as that. A periodic job."""
    since = now() - timedelta(days=(await store.get(BinSettings)).keep_days)
    await _destroy_all(SYSTEM, Ticket.binned_at < since)
    async with transaction():
        if gone := await noting.gone_before(since):
            await _delete(Message, gone)
        await undo.forget_before(since)
        await Bulk.delete().where(Bulk.ended_at < since)


async def _destroy_all(actor: Actor, which: Condition) -> int:
    gone = 0
    while batch := await _destroy_some(actor, which):
        gone += batch
    return gone


async def _destroy_some(actor: Actor, which: Condition) -> int:
    async with transaction():
        rows = await locked(Ticket.objects().where(which).order_by(Ticket.id).limit(AT_ONCE))
        numbers = [int(row.id) for row in rows]
        if not numbers:
            return 0
        said = await Message.select(Message.id).where(Message.ticket.is_in(numbers))
        await words.forget([*(row["id"] for row in said), *(-number for number in numbers)])
        await finding.forget(numbers)
        await _delete(Ticket, numbers)
        for number in numbers:
            await record(TicketDestroyed(actor=actor.id, ticket=number))
    return len(numbers)


async def _delete(table: Any, ids: Collection[int]) -> None:
    """Rows of a table with all rows that cannot be without them; those that can forget them."""
    for column in table._meta.foreign_key_references:
        await _let_go(column, ids)
    await table.delete().where(table._meta.primary_key.is_in(list(ids)))


async def _let_go(column: "ForeignKey[Any]", ids: Collection[int]) -> None:
    owner: Any = column._meta.table
    if column._meta.null:
        await owner.update({column: None}).where(column.is_in(list(ids)))
        return
    rows = await owner.select(owner._meta.primary_key).where(column.is_in(list(ids)))
    if rows:
        await _delete(owner, [row["id"] for row in rows])
