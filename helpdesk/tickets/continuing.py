"""A customer's next words: on their ticket, or, when it has been closed for long, on the one in which it goes on."""

from msgspec import Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import access, actions, linking, queries, rules
from helpdesk.tickets.said import Said
from helpdesk.tickets.tables import Message, Ticket


class Answered(Struct, frozen=True):
    """Where an answer stands now. `is_elsewhere`: not on the ticket that was answered, for that is over."""

    ticket: int
    message: int
    is_elsewhere: bool = False


async def answer(
    actor: Actor, ticket_id: int, said: Said, *, then: str | None = None, hold_seconds: int = 0
) -> Answered:
    """
    Say something on a ticket, or go on from it in its follow-up, as a letter does.

    The follow-up is begun where there is none. Agents who work on the ticket say it where they are: they see what it
    is, and their answer is held back for `hold_seconds`. Raises NotFound when the actor cannot see the ticket.
    """
    async with transaction():
        ticket = await queries.get(actor, await queries.place(ticket_id), to_change=True)
        is_theirs = access.works_on(actor, department=ticket.department, assignee=ticket.assignee)
        if (is_theirs and ticket.requester != actor.id) or not await is_over(ticket):
            message = await actions.reply(actor, ticket.id, said, then=then, hold_seconds=hold_seconds)
            return Answered(int(ticket.id), message)
        further, reader = await _further(actor, ticket)
        if not await is_over(further):
            return Answered(int(further.id), await actions.reply(reader, further.id, said), is_elsewhere=True)
        number = await linking.follow_up(reader, further.id, said)
        first = await Message.select(Message.id).where(Message.ticket == number).order_by(Message.id).first()
        assert first is not None
        return Answered(number, first["id"], is_elsewhere=True)


async def answer_or_solve(actor: Actor, ticket_id: int, said: Said | None, *, solved: bool) -> Answered | None:
    """
    A customer's next words and files, if any, and whether that settles it: all of it, or nothing.

    What goes on in another ticket settles nothing. Raises Forbidden when somebody else's request is called solved.
    """
    async with transaction():
        answered = await answer(actor, ticket_id, said) if said is not None else None
        if solved and not (answered and answered.is_elsewhere):
            await actions.turn(actor, await queries.place(ticket_id), "solved")
    return answered


async def is_over(ticket: Ticket | queries.TicketFacts) -> bool:
    """Whether a ticket has been closed for so long, by the settings, that it goes on in another one."""
    joining = await store.get(JoiningSettings)
    return rules.is_over(ticket.status, ticket.closed_at, days=joining.follow_up_days, now=now())


async def _further(actor: Actor, ticket: Ticket) -> tuple[Ticket, Actor]:
    """
    The newest follow-up that the actor may write on, else the ticket itself; and as whom.

    Somebody with a private link writes there as the requester, as by a letter, and reads nothing of it.
    """
    newest = await linking.newest(ticket)
    if newest.id == ticket.id or newest.binned_at is not None:
        return ticket, actor
    reader = actor
    if actor.only_ticket is not None and newest.requester == actor.id:
        reader = structs.replace(actor, only_ticket=int(newest.id))
    return (newest, reader) if await queries.is_visible(reader, newest.id) else (ticket, actor)
