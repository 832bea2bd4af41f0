"""What an agent sends from the composer, with everything that hangs on it, in one transaction."""

from collections.abc import Collection

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Forbidden
from helpdesk.tickets import access, actions, queries, recipients
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned import queries as canned_queries
from helpdesk.tickets.canned.queries import Canned
from helpdesk.tickets.drafts import actions as drafts
from helpdesk.tickets.queries import MessageRow
from helpdesk.tickets.recipients import Chip
from helpdesk.tickets.rules import Status
from helpdesk.tickets.said import Said
from helpdesk.tickets.side import actions as sides
from helpdesk.tickets.side.actions import Chosen, Wanted
from helpdesk.tickets.tables import Message


class Picked(Struct, frozen=True):
    """A canned reply, and its words for this ticket; empty for one that has none, which is done by now."""

    canned: Canned
    words: str


async def pick(actor: Actor, ticket_id: int, canned_id: int) -> Picked | None:
    """
    A canned reply for what is being written; None where it cannot be used. One without words is done at once.

    Raises NotFound and Forbidden as the ticket's other work does.
    """
    async with transaction():
        if not access.may_work(actor, await queries.get(actor, ticket_id)):
            raise Forbidden()
        ticket = await queries.ticket_facts(actor, ticket_id)
        found = await canned_queries.of_ticket(ticket, [canned_id])
        if not found:
            return None
        if found[0].is_act:
            await canned.carry_out(actor, ticket_id, [canned_id], with_status=True)
        words = canned_queries.filled(found[0].body(ticket.lang), await canned_queries.values(actor, ticket))
    return Picked(found[0], words)


async def since(actor: Actor, ticket_id: int, seen: int | None) -> list[MessageRow]:
    """What others have said since `seen` was the newest message, held answers of colleagues too; None: not asked."""
    if seen is None:
        return []
    return [one for one in await queries.messages(actor, ticket_id) if one.id > seen and one.author != actor.id]


async def note(actor: Actor, ticket_id: int, said: Said, *, made_of: Collection[int] = ()) -> int:
    """Keep an internal note, and do what the canned replies it is `made_of` say; its message id."""
    async with transaction():
        message = await actions.note(actor, ticket_id, said)
        await _follow_up(actor, ticket_id, message, made_of, with_status=True)
    return message


async def forward(
    actor: Actor, ticket_id: int, said: Said, wanted: Wanted, chosen: Chosen, *, hold_seconds: int = 0
) -> int:
    """
    Pass what was `chosen` of the ticket on to a third party, as a side conversation of its own; its id.

    Raises as `side.actions.start` does.
    """
    async with transaction():
        side = await sides.start(actor, ticket_id, wanted, said, chosen, hold_seconds=hold_seconds)
        await drafts.forget(actor, ticket_id)
    return side


async def reply(
    actor: Actor,
    ticket_id: int,
    said: Said,
    *,
    chips: Collection[Chip] | None,
    sure: Collection[str] = (),
    then: Status | None = None,
    made_of: Collection[int] = (),
    hold_seconds: int = 0,
    is_choice: bool = False,
) -> int:
    """
    Answer the chosen `chips`, or everybody who takes part (None); the message's id.

    What the canned replies do to the ticket happens when the answer goes out. Their status is in `then`,
    which the agent has seen; one that they chose themselves (`is_choice`) is offered first from now on.
    Raises as `recipients.answer` and `actions.reply` do.
    """
    async with transaction():
        if chips is None:
            message = await actions.reply(actor, ticket_id, said, then=then, hold_seconds=hold_seconds)
        else:
            thread = await queries.thread(actor, ticket_id)
            message = await recipients.answer(
                actor, thread, said, chips, sure=sure, then=then, hold_seconds=hold_seconds
            )
        if is_choice and then is not None:
            await drafts.choose(actor, then)
        await _follow_up(actor, ticket_id, message, made_of, with_status=False)
    return message


async def _follow_up(
    actor: Actor, ticket_id: int, message: int, made_of: Collection[int], *, with_status: bool
) -> None:
    if access.may_work(actor, await queries.get(actor, ticket_id)):
        await drafts.forget(actor, ticket_id)
    ticket = await queries.ticket_facts(actor, ticket_id)
    uses = [one.id for one in await canned_queries.of_ticket(ticket, made_of)]
    is_held = await Message.exists().where((Message.id == message) & (Message.kind == "unsent"))
    if uses and await canned.note_use(message, uses) and not is_held:
        await canned.carry_out(actor, ticket_id, uses, with_status=with_status)
