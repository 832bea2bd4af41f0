"""
Tickets are handed over along a chain of departments, such as sales, care, technical, and given back to who sent them.

No clock starts anew: as with every move, promises go on from when they began, by the hours of where the ticket is.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.departments import queries as departments
from helpdesk.departments.queries import DepartmentEntry
from helpdesk.events.record import decode
from helpdesk.events.tables import EventRow
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets import access, actions, queries
from helpdesk.tickets.events import TicketMoved
from helpdesk.tickets.queries import Thread
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket

LOOKED_AT: Final = 50
"""Moves of a ticket, the newest."""


class Offer(Struct, frozen=True):
    """Whom a ticket can be handed over to, and who handed it over; `needs_note`: not without a note."""

    to: list[DepartmentEntry]
    sender: DepartmentEntry | None = None
    needs_note: bool = False

    def __bool__(self) -> bool:
        return bool(self.to or self.sender)


async def offer(thread: Thread) -> Offer:
    """What the page of a ticket offers."""
    moves = [_decoded(one.data) for one in thread.happenings if one.name == TicketMoved.__name__]
    return await _offer(thread.ticket.department, _which_brought(reversed(moves), thread.ticket.department))


async def offer_of(actor: Actor, ticket_id: int) -> Offer:
    """The same for a ticket alone. Raises NotFound for one that the actor may not see."""
    ticket = await queries.ticket_facts(actor, ticket_id)
    return await _offer(ticket.department, await _move_of(ticket_id, ticket.department))


async def hand_over(actor: Actor, ticket_id: int, department_id: int, note: str = "") -> None:
    """
    Give the ticket to a department that its own hands over to, with a note for them; there nobody has it at first.

    Raises Invalid for another department (`department`), and for no note where one has to go along (`note`).
    """
    async with transaction():
        if await _is_sent_twice(actor, ticket_id, department_id, "handed"):
            return
        ticket = await _worked(actor, ticket_id)
        chain = await departments.chain(ticket.department)
        if department_id not in chain.to:
            raise Invalid({"department": phrase("Choose one of the values offered.")})
        if chain.needs_note and not note.strip():
            raise Invalid({"note": phrase("Say what they need to know.")})
        await _tell(actor, ticket_id, note)
        await actions.move(actor, ticket_id, department_id, how="handed")


async def give_back(actor: Actor, ticket_id: int, note: str = "", *, to: int | None = None) -> None:
    """
    Return the ticket to the department that handed it over, and to who had it there.

    `to` is that department, as the actor saw it. Raises NotFound if none did, or another one.
    """
    async with transaction():
        if to is not None and await _is_sent_twice(actor, ticket_id, to, "returned"):
            return
        ticket = await _worked(actor, ticket_id)
        move = await _move_of(ticket_id, ticket.department)
        if move is None or to not in {None, move.was}:
            raise NotFound()
        await _tell(actor, ticket_id, note)
        await actions.move(actor, ticket_id, move.was, how="returned", to=move.had)


async def _is_sent_twice(actor: Actor, ticket_id: int, department_id: int, how: str) -> bool:
    """Whether the actor has just done this: their form came a second time, perhaps when they see the ticket no more."""
    ticket = await locked(Ticket.objects().where(Ticket.id == ticket_id)).first()
    row = await (
        EventRow.select(EventRow.actor, EventRow.data, EventRow.happened_at)
        .where((EventRow.about == f"ticket:{ticket_id}") & (EventRow.name == TicketMoved.__name__))
        .order_by(EventRow.id, ascending=False)
        .first()
    )
    if ticket is None or ticket.department != department_id or row is None or row["actor"] != actor.id:
        return False
    move = _decoded(row["data"])
    is_new = row["happened_at"] > now() - actions.SENT_TWICE
    return is_new and (move.department, move.how) == (department_id, how)


async def _worked(actor: Actor, ticket_id: int) -> Ticket:
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    return ticket


async def _tell(actor: Actor, ticket_id: int, note: str) -> None:
    if note.strip():
        await actions.note(actor, ticket_id, typed(note, channel="web"))


async def _offer(department: int, move: TicketMoved | None) -> Offer:
    known = {one.id: one for one in await departments.all_departments()}
    chain = await departments.chain(department)
    sender = known.get(move.was) if move is not None else None
    to = [known[one] for one in chain.to if one in known and (sender is None or one != sender.id)]
    return Offer(to, sender, chain.needs_note)


async def _move_of(ticket_id: int, department: int) -> TicketMoved | None:
    rows = await (
        EventRow.select(EventRow.data)
        .where((EventRow.about == f"ticket:{ticket_id}") & (EventRow.name == TicketMoved.__name__))
        .order_by(EventRow.id, ascending=False)
        .limit(LOOKED_AT)
    )
    return _which_brought([_decoded(row["data"]) for row in rows], department)


def _which_brought(moves: Iterable[TicketMoved], department: int) -> TicketMoved | None:
    """
    The move along a chain that brought the ticket to where it is, of its moves from the newest; None where none did.

    One that was given back since goes with its way back, and one that was taken back led nowhere.
    """
    returned = 0
    for move in moves:
        if move.department != department:
            continue
        if move.how == "handed" and not returned:
            return move
        if not move.how:
            return None
        returned += 1 if move.how == "returned" else -1
        department = move.was
    return None


def _decoded(data: str) -> TicketMoved:
    move = decode(TicketMoved.__name__, data)
    assert isinstance(move, TicketMoved)
    return move
