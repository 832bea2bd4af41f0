"""Agents who want to hear of a ticket that is not theirs."""

from collections.abc import Collection
from typing import Final

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.prepared import Prepared
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.queries import actor_of
from helpdesk.people.tables import Person
from helpdesk.tickets import access, queries
from helpdesk.tickets.events import FollowerAdded, FollowerGone
from helpdesk.tickets.journal import undoable
from helpdesk.tickets.queries import PersonRow
from helpdesk.tickets.tables import Follower, Ticket

_FOLLOWERS: Final = Prepared(
    lambda ticket: (
        Follower.select(
            Follower.person.as_alias("id"),
            Follower.person.name.as_alias("name"),
            Follower.person.email.as_alias("email"),
        )
        .where(Follower.ticket == ticket)
        .order_by(Follower.id)
    )
)


async def followers(ticket_id: int) -> list[PersonRow]:
    """Who follows the ticket, in the order in which they came."""
    return [PersonRow(**row) for row in await _FOLLOWERS(ticket_id)]


async def follow(actor: Actor, ticket_id: int, person: int | None = None) -> None:
    """
    Let an agent hear of the ticket from now on: the actor, or a colleague (`person`) who may see its inside.

    Whoever follows already goes on. Raises Forbidden for an actor who may not look inside, Invalid (field `person`)
    for a colleague who may not.
    """
    async with transaction():
        ticket = await _inside(actor, ticket_id)
        who = actor.id if person is None else person
        if who is None or (who != actor.id and not await may_look(who, ticket)):
            raise Invalid({"person": phrase("This person may not see the ticket.")})
        await _follow(actor, ticket, who)


async def follow_mentioned(actor: Actor, ticket: Ticket, people: Collection[int]) -> None:
    """Let those follow a ticket whom an agent's note calls, as far as they may see it. In the caller's transaction."""
    for person in people if actor.is_agent else ():
        if await may_look(person, ticket):
            await _follow(actor, ticket, person)


async def unfollow(actor: Actor, ticket_id: int) -> None:
    """Hear of it no more."""
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        mine = (Follower.ticket == ticket.id) & (Follower.person == (actor.id or 0))
        async with undoable(actor, ticket, "followers"):
            if actor.id is not None and await Follower.delete().where(mine).returning(Follower.id):
                await record(FollowerGone(actor=actor.id, ticket=ticket.id, person=actor.id))


async def _follow(actor: Actor, ticket: Ticket, person: int) -> None:
    if not await Follower.exists().where((Follower.ticket == ticket.id) & (Follower.person == person)):
        async with undoable(actor, ticket, "followers"):
            await Follower.insert(Follower(ticket=ticket.id, person=person))
            await record(FollowerAdded(actor=actor.id, ticket=ticket.id, person=person))


async def _inside(actor: Actor, ticket_id: int) -> Ticket:
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.works_on(actor, department=ticket.department, assignee=ticket.assignee):
        raise Forbidden()
    return ticket


async def may_look(person: int, ticket: Ticket) -> bool:
    """Whether somebody may see the inside of the ticket."""
    if not await Person.exists().where((Person.id == person) & Person.is_active.eq(True)):
        return False
    colleague = await actor_of(person)
    return access.works_on(colleague, department=ticket.department, assignee=ticket.assignee)
