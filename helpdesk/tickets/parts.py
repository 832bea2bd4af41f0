"""
What hangs on a ticket piece by piece, so that an act on it can be taken back: who takes part, who follows, links,
the checklist, notes, what it says in fields.

The pieces of a part are plain JSON values by a key; a piece that is not there has none.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from helpdesk.core.errors import Conflict
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.tables import Person
from helpdesk.tickets import words
from helpdesk.tickets.fields import answers
from helpdesk.tickets.tables import Follower, Message, Participant, Task, Ticket, TicketLink

Name = Literal["participants", "followers", "links", "tasks", "notes", "fields"]
Pieces = dict[str, Any]

MANUAL_LINKS: Final = ("related", "duplicate", "blocked", "child")
"""Kinds of links that agents make (`linking.Manual`)."""


class Part(Struct, frozen=True):
    """
    One part of a ticket. `read` gives its pieces by the ticket's number; `write` makes one as it was.

    A value of None takes it away. `write` raises Conflict for a piece that cannot be any more.
    """

    read: Callable[[int], Awaitable[Pieces]]
    write: Callable[[int, str, Any], Awaitable[None]]


class _Line(Struct, frozen=True):
    """A line of the checklist."""

    title: str
    position: int
    done_by: int | None
    done_at: datetime | None


class _Note(Struct, frozen=True):
    """What a note says; `kind` is note, or gone for one that was removed."""

    kind: str
    body: str
    text: str
    fresh: str
    html: str


async def read(ticket: int, names: tuple[Name, ...]) -> dict[str, Pieces]:
    """The pieces of some parts of a ticket."""
    return {name: await PARTS[name].read(ticket) for name in names}


async def _participants(ticket: int) -> Pieces:
    rows = await Participant.select(Participant.person).where(Participant.ticket == ticket).order_by(Participant.id)
    return {str(row["person"]): True for row in rows}


async def _let_take_part(ticket: int, key: str, value: Any) -> None:
    if value is None:
        await Participant.delete().where((Participant.ticket == ticket) & (Participant.person == int(key)))
    else:
        await _need(Person, int(key))
        await Participant.insert(Participant(ticket=ticket, person=int(key)))


async def _followers(ticket: int) -> Pieces:
    rows = await Follower.select(Follower.person).where(Follower.ticket == ticket).order_by(Follower.id)
    return {str(row["person"]): True for row in rows}


async def _let_follow(ticket: int, key: str, value: Any) -> None:
    if value is None:
        await Follower.delete().where((Follower.ticket == ticket) & (Follower.person == int(key)))
    else:
        await _need(Person, int(key))
        await Follower.insert(Follower(ticket=ticket, person=int(key)))


async def _links(ticket: int) -> Pieces:
    here = (TicketLink.ticket == ticket) | (TicketLink.other == ticket)
    rows = await (
        TicketLink.select(TicketLink.ticket, TicketLink.other, TicketLink.kind)
        .where(here & TicketLink.kind.is_in([*MANUAL_LINKS]))
        .order_by(TicketLink.id)
    )
    return {f"{row['ticket']} {row['other']} {row['kind']}": True for row in rows}


async def _link(ticket: int, key: str, value: Any) -> None:
    here, there, kind = key.split()
    link = (TicketLink.ticket == int(here)) & (TicketLink.other == int(there)) & (TicketLink.kind == kind)
    if value is None:
        await TicketLink.delete().where(link)
    else:
        for number in (int(here), int(there)):
            await _need(Ticket, number)
        await TicketLink.insert(TicketLink(ticket=int(here), other=int(there), kind=kind))


async def _tasks(ticket: int) -> Pieces:
    rows = await (
        Task.select(Task.id, Task.title, Task.position, Task.done_by, Task.done_at)
        .where(Task.ticket == ticket)
        .order_by(Task.id)
    )
    return {str(row.pop("id")): msgspec.to_builtins(msgspec.convert(row, _Line)) for row in rows}


async def _write_task(ticket: int, key: str, value: Any) -> None:
    mine = (Task.ticket == ticket) & (Task.id == int(key))
    if value is None:
        await Task.delete().where(mine)
        return
    line = msgspec.structs.asdict(msgspec.convert(value, _Line))
    row = await Task.objects().where(mine).first()
    if row is None:
        await Task.insert(Task(id=int(key), ticket=ticket, **line))
        return
    for name, was in line.items():
        setattr(row, name, was)
    await row.save()


async def _notes(ticket: int) -> Pieces:
    rows = await (
        Message.select(Message.id, Message.kind, Message.body, Message.text, Message.fresh, Message.html)
        .where((Message.ticket == ticket) & Message.kind.is_in(["note", "gone"]))
        .order_by(Message.id)
    )
    return {str(row.pop("id")): msgspec.to_builtins(msgspec.convert(row, _Note)) for row in rows}


async def _write_note(ticket: int, key: str, value: Any) -> None:
    row = await Message.objects().where((Message.ticket == ticket) & (Message.id == int(key))).first()
    place = await Ticket.objects().where(Ticket.id == ticket).first()
    assert row is not None
    assert place is not None
    for name, was in msgspec.structs.asdict(msgspec.convert(value, _Note)).items():
        setattr(row, name, was)
    await row.save([Message.kind, Message.body, Message.text, Message.fresh, Message.html])
    await words.forget([row.id])
    if row.kind == "note":
        await words.keep(place, row)


async def _need(table: Any, number: int) -> None:
    if not await table.exists().where(table.id == number):
        raise Conflict(phrase("What it had to do with is not there any more."))


PARTS: Final[dict[Name, Part]] = {
    "participants": Part(_participants, _let_take_part),
    "followers": Part(_followers, _let_follow),
    "links": Part(_links, _link),
    "tasks": Part(_tasks, _write_task),
    "notes": Part(_notes, _write_note),
    "fields": Part(answers.pieces, answers.put_back),
}
"""By name. One more part is one more line, and a word for `undoable` where it is changed."""
