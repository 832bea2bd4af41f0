"""
Answers that can be taken back: held for some seconds after the button, then published by a job.

Until then an answer is nothing to customers and to clocks, so taking it back undoes nothing. It outlives a
crash in between: the job is owed in the transaction that keeps the words.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.tables import Job
from helpdesk.people.queries import actor_of
from helpdesk.settings import store
from helpdesk.tickets import access, actions, queries, recipients
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned import queries as canned_queries
from helpdesk.tickets.drafts import actions as drafts
from helpdesk.tickets.events import ReplyTakenBack
from helpdesk.tickets.queries import MessageRow
from helpdesk.tickets.said import File
from helpdesk.tickets.tables import Message, Ticket


class SendingSettings(Struct, frozen=True):
    """How answers leave. `undo_seconds`: how long an answer can be taken back; 0 sends at once."""

    undo_seconds: Annotated[int, Meta(ge=0, le=120)] = 10


async def hold_seconds(wanted: bool = True) -> int:
    """How long what is sent now can be taken back; 0 where that is not `wanted`."""
    return (await store.get(SendingSettings)).undo_seconds if wanted else 0


async def publish(message: int, then: str | None = None) -> None:
    """
    The job: let everybody see an answer, and let its clocks know. One that was taken back is left alone.

    On a ticket that went into the bin meanwhile it becomes a draft.
    """
    async with transaction():
        row = await Message.select(Message.ticket).where(Message.id == message).first()
        if row is None:
            return
        ticket = await locked(Ticket.objects().where(Ticket.id == row["ticket"])).first()
        held = await _held(message)
        if ticket is None or held is None:
            return
        if ticket.binned_at is not None:
            held.kind = "draft"
            await held.save([Message.kind])
            return
        held.kind, held.sent_at = "reply", now()
        await held.save([Message.kind, Message.sent_at])
        author = await actor_of(held.author)
        await actions.heard(ticket, held)
        await actions.answered(author, ticket, held, by_agent=True, then=then)
        await canned.carry_out(author, ticket.id, await canned_queries.used_in(message), with_status=False)
        said = await queries.message(SYSTEM, message)
        await recipients.let_take_part(author, await queries.thread(SYSTEM, ticket.id), (*said.to, *said.cc))


async def take_back(actor: Actor, ticket_id: int, message: int) -> None:
    """
    Make a draft of an answer that is still held back, with the status that was to follow it.

    Raises Forbidden for all but its author, and Conflict when it has gone out.
    """
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        if not access.may_work(actor, ticket):
            raise Forbidden()
        held = await _held(message)
        if held is None or held.ticket != ticket.id:
            raise Conflict(phrase("It has gone out already."))
        if held.author != actor.id:
            raise Forbidden()
        held.kind, held.sent_at = "draft", now()
        await held.save([Message.kind, Message.sent_at])
        owed = (Job.name == actions.PUBLISH_JOB) & Job.payload.like(f'{{"message":{message:d},%')
        jobs = await Job.select(Job.payload).where(owed)
        wanted: list[dict[str, Any]] = [msgspec.json.decode(job["payload"]) for job in jobs]
        await drafts.take_in(actor, ticket.id, held, str(wanted[0]["then"] or "") if wanted else "")
        await record(ReplyTakenBack(actor=actor.id, ticket=ticket.id, message=message))


def files_of(draft: MessageRow) -> list[File]:
    """The files that were to go with it."""
    return [File(one.sha256, one.filename, one.content_type, one.size, one.content_id) for one in draft.files]


async def _held(message: int) -> Message | None:
    return await locked(Message.objects().where((Message.id == message) & (Message.kind == "unsent"))).first()
