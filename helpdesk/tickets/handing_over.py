"""
Tickets are handed over along a chain of departments, such as sales, care, technical, and given back to who sent them.

No clock starts anew: as with every move, promises go on from when they began, by the hours of where the ticket is.
"""

from collections.abc import Sequence

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.departments import queries as departments
from helpdesk.departments.queries import DepartmentEntry
from helpdesk.events.record import decode
from helpdesk.events.tables import EventRow
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets import access, actions, queries
from helpdesk.tickets.events import TicketMoved
from helpdesk.tickets.queries import Happening, Thread
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket


class Offer(Struct, frozen=True):
    """Whom a ticket can be handed over to, and who handed it over; `needs_note`: not without a note."""

    to: list[DepartmentEntry]
    sender: DepartmentEntry | None = None
    needs_note: bool = False

    def __bool__(self) -> bool:
        return bool(self.to or self.sender)


async def offer(thread: Thread) -> Offer:
    """What the page of a ticket offers."""
    return await _offer(thread.ticket.department, _newest_move(thread.happenings))


async def offer_of(actor: Actor, ticket_id: int) -> Offer:
    """The same for a ticket alone. Raises NotFound for one that the actor may not see."""
    ticket = await queries.ticket_facts(actor, ticket_id)
    return await _offer(ticket.department, await _move_of(ticket_id))


async def hand_over(actor: Actor, ticket_id: int, department_id: int, note: str = "") -> None:
    """
    Give the ticket to a department that its own hands over to, with a note for them; there nobody has it at first.

    Raises Invalid for another department (`department`), and for no note where one has to go along (`note`).
    """
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        chain = await departments.chain(ticket.department)
        if department_id not in chain.to:
            raise Invalid({"department": phrase("Choose one of the values offered.")})
        if chain.needs_note and not note.strip():
            raise Invalid({"note": phrase("Say what they need to know.")})
        await _tell(actor, ticket_id, note)
        await actions.move(actor, ticket_id, department_id, how="handed")


async def give_back(actor: Actor, ticket_id: int, note: str = "") -> None:
    """Return the ticket to the department that handed it over, and to who had it there. Raises NotFound if none did."""
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        move = await _move_of(ticket_id)
        if move is None or not _is_from_elsewhere(move, ticket.department):
            raise NotFound()
        await _tell(actor, ticket_id, note)
        await actions.move(actor, ticket_id, move.was, how="returned", to=move.had)


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
    sender = known.get(move.was) if move is not None and _is_from_elsewhere(move, department) else None
    to = [known[one] for one in chain.to if one in known and (sender is None or one != sender.id)]
    return Offer(to, sender, chain.needs_note)


def _is_from_elsewhere(move: TicketMoved, department: int) -> bool:
    """Whether the ticket is still where it was handed over to."""
    return move.how == "handed" and move.department == department


def _newest_move(happenings: Sequence[Happening]) -> TicketMoved | None:
    moves = [one for one in happenings if one.name == TicketMoved.__name__]
    return _decoded(max(moves, key=lambda one: one.id).data) if moves else None


async def _move_of(ticket_id: int) -> TicketMoved | None:
    row = await (
        EventRow.select(EventRow.data)
        .where((EventRow.about == f"ticket:{ticket_id}") & (EventRow.name == TicketMoved.__name__))
        .order_by(EventRow.id, ascending=False)
        .first()
    )
    return _decoded(row["data"]) if row else None


def _decoded(data: str) -> TicketMoved:
    move = decode(TicketMoved.__name__, data)
    assert isinstance(move, TicketMoved)
    return move
