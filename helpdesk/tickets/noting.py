"""Notes that their author words anew or takes away; both are taken back like any other act."""

from datetime import datetime

import msgspec

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.events.record import record
from helpdesk.tickets import access, actions, mentions, queries, words
from helpdesk.tickets.events import NoteChanged, NoteRemoved
from helpdesk.tickets.journal import State, undoable
from helpdesk.tickets.said import File, typed
from helpdesk.tickets.tables import Attachment, Message, Ticket, Undo


async def own(actor: Actor, ticket_id: int, message_id: int) -> str:
    """What a note of the actor's own says, in Markdown."""
    async with transaction():
        _, note = await _own(actor, ticket_id, message_id)
    return str(note.body)


async def change(actor: Actor, ticket_id: int, message_id: int, body: str) -> None:
    """Word a note of the actor's own anew, in Markdown; its files stay. Colleagues it names now hear of it."""
    async with transaction():
        ticket, note = await _own(actor, ticket_id, message_id)
        said, before = typed(body, channel="web", files=await _files(note)), note.fresh
        if said.body == note.body:
            return
        async with undoable(actor, ticket, "notes"):
            note.body, note.text, note.fresh, note.html = said.body, said.text, said.fresh, said.html
            await note.save([Message.body, Message.text, Message.fresh, Message.html])
            await words.move(ticket, note)
            await record(NoteChanged(actor=actor.id, ticket=ticket.id, message=note.id))
        await mentions.call(actor, ticket, note.id, said.fresh, before=before)


async def remove(actor: Actor, ticket_id: int, message_id: int) -> None:
    """Take a note of the actor's own away. It is kept as long as that can be taken back."""
    async with transaction():
        ticket, note = await _own(actor, ticket_id, message_id)
        async with undoable(actor, ticket, "notes"):
            note.kind = "gone"
            await note.save([Message.kind])
            await words.forget([note.id])
            await record(NoteRemoved(actor=actor.id, ticket=ticket.id, message=note.id))


async def gone_before(moment: datetime) -> list[int]:
    """Notes that were taken away before `moment`, which nobody can bring back any more."""
    acts = (Undo.happened_at < moment) & Undo.after.like('%"notes"%')
    rows = await Undo.select(Undo.after).where(acts).order_by(Undo.id)
    touched = {int(key) for row in rows for key in msgspec.json.decode(row["after"], type=State).pieces["notes"]}
    gone = Message.id.is_in(sorted(touched) or [0]) & (Message.kind == "gone")
    return [row["id"] for row in await Message.select(Message.id).where(gone).order_by(Message.id)]


async def _own(actor: Actor, ticket_id: int, message_id: int) -> tuple[Ticket, Message]:
    """The ticket and the note. Raises NotFound for what is no note there, and Forbidden for another's."""
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    await actions.refuse_merged(ticket)
    notes = (Message.id == message_id) & (Message.ticket == ticket.id) & (Message.kind == "note")
    note = await locked(Message.objects().where(notes)).first()
    if note is None:
        raise NotFound()
    if note.author is None or note.author != actor.id or note.inbound is not None:
        raise Forbidden()
    return ticket, note


async def _files(note: Message) -> tuple[File, ...]:
    rows = await (
        Attachment.select(
            *(Attachment.sha256, Attachment.filename, Attachment.content_type, Attachment.size),
            Attachment.content_id,
        )
        .where(Attachment.message == note.id)
        .order_by(Attachment.id)
    )
    return tuple(File(**row) for row in rows)
