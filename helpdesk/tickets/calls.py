"""
Telephone calls, written down in one go: who called, what was said, how long it took, and what becomes of it.

A call that was answered is an answer: the first response, or the next one, is met by it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.people import phones
from helpdesk.people.actions import recognise
from helpdesk.people.phones import Caller
from helpdesk.people.tables import Person
from helpdesk.tickets import access, actions, deadlines, mentions, queries, rules, work
from helpdesk.tickets.events import CallLogged, TimeNoted
from helpdesk.tickets.queries import QueueRow
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Message, PhoneCall, Ticket, TimeEntry

MOST_MINUTES: Final = work.MOST_MINUTES
MOST_TICKETS: Final = 10

Direction = Literal["in", "out"]


class Call(Struct, frozen=True, kw_only=True):
    """
    What is known of a call. `number` is in E.164, `words` are Markdown, `minutes` are at most one day's.

    `person` is the caller; without one, whoever alone has the number, else a new customer by `name` and `email`.
    `ticket` is one of theirs that it is about; without one it opens a new one in `department`. `is_shared`: the
    customer may read the words. `key` is one that no other call of the same agent has.
    """

    number: str
    words: str
    subject: str = ""
    direction: Direction = "in"
    minutes: int = 0
    department: int = 0
    person: int | None = None
    is_stranger: bool = False
    """Somebody else than those who have the number."""
    name: str = ""
    email: str = ""
    ticket: int | None = None
    priority: str = "normal"
    is_shared: bool = False
    is_solved: bool = False
    key: str | None = None
    began_at: datetime | None = None


class Known(Struct, frozen=True):
    """What there is of a number: who has it, and their tickets that are not done. `number` is empty for none."""

    number: str = ""
    people: tuple[Caller, ...] = ()
    tickets: tuple[QueueRow, ...] = ()

    @property
    def places(self) -> frozenset[str]:
        """Where a call may belong: `person:5` (a new ticket of theirs), `ticket:7`, `new` (of somebody unknown)."""
        people = (f"person:{one.id}" for one in self.people)
        return frozenset(("new", *people, *(f"ticket:{one.id}" for one in self.tickets)))


async def known(actor: Actor, typed_number: str) -> Known:
    """
    Who calls, as far as the number tells, and what of theirs the actor works on. Nobody for what is no number.

    Raises Forbidden for those who may write no calls down.
    """
    if not access.may_open_for_others(actor):
        raise Forbidden()
    try:
        number = await phones.read(typed_number)
    except Invalid:
        return Known()
    people = await phones.callers(actor, number)
    return Known(number, tuple(people), tuple(await _open_tickets(actor, [one.id for one in people])))


async def log(actor: Actor, call: Call) -> int:
    """
    Write a call down; the number of its ticket. A call with a `key` that is known is not written down again.

    Raises Forbidden for those who may not answer, and Invalid where the caller cannot be told (fields `to`, `name`) or
    the ticket is none of theirs (field `to`).
    """
    async with transaction():
        if not access.may_open_for_others(actor):
            raise Forbidden()
        await locked(Person.objects().where(Person.id == actor.id))  # the same call, sent twice at once, waits here
        key = f"{actor.id}:{call.key}" if call.key else None
        if key and (written := await _written(key)) is not None:
            return written
        person = await _caller(actor, call)
        await phones.learn(actor, person, call.number)
        message = await _onto(actor, call, person) if call.ticket else await _opened(actor, call, person)
        row = PhoneCall(
            message=message.id,
            person=person,
            agent=actor.id,
            number=call.number,
            direction=call.direction,
            minutes=call.minutes,
            key=key,
            began_at=call.began_at or now(),
        )
        await row.save()
        await _take_account(actor, call, message)
    return int(message.ticket)


async def _written(key: str) -> int | None:
    row = await PhoneCall.select(PhoneCall.message.ticket.as_alias("ticket")).where(PhoneCall.key == key).first()
    return int(row["ticket"]) if row else None


async def _caller(actor: Actor, call: Call) -> int:
    """Who is at the other end; a new customer where nobody is known."""
    people = [one.id for one in await phones.callers(actor, call.number)]
    if call.person is not None:
        if call.person not in people:
            raise Invalid({"to": phrase("This person does not have the number.")})
        return call.person
    if not call.is_stranger and people:
        if len(people) > 1:
            raise Invalid({"to": phrase("Several people have this number. Say who called.")})
        return people[0]
    if call.email:
        return (await recognise(call.name, call.email, lang=actor.lang)).id or 0
    if not call.name:
        raise Invalid({"name": phrase("Nobody we know has this number. Write the caller's name.")})
    return await phones.newcomer(actor, call.name, call.number, lang=actor.lang)


async def _opened(actor: Actor, call: Call, person: int) -> Message:
    """A ticket of its own; its first message."""
    said = typed(call.words, channel="phone", subject=call.subject)
    number = await actions.open(
        actor,
        said,
        subject=call.subject,
        department=call.department,
        requester=person,
        priority=call.priority,
        author=actor.id,
        kind=_kind(call),
        direction="out",
    )
    first = await Message.objects().where(Message.ticket == number).order_by(Message.id).first()
    assert first is not None
    return first


async def _onto(actor: Actor, call: Call, person: int) -> Message:
    """A message on a ticket that is the caller's already."""
    ticket = await work.worked(actor, await queries.place(call.ticket or 0))
    await actions.refuse_merged(ticket)
    taking_part = {ticket.requester, *(one.id for one in await queries.participants(ticket.id))}
    if person not in taking_part:
        raise Invalid({"to": phrase("This ticket belongs to somebody else.")})
    said = typed(call.words, channel="phone", subject=call.subject)
    return await actions.say(actor, ticket, said, kind=_kind(call), direction="out", author=actor.id)


async def _take_account(actor: Actor, call: Call, message: Message) -> None:
    """What follows from a call: its place in the history, clocks, status and time."""
    ticket = await locked(Ticket.objects().where(Ticket.id == message.ticket)).first()
    assert ticket is not None
    await record(
        CallLogged(actor=actor.id, ticket=ticket.id, message=message.id, direction=call.direction, minutes=call.minutes)
    )
    if not call.is_shared:
        await mentions.call(actor, ticket, message.id, message.fresh)
    await deadlines.after_message(ticket, by_agent=True)
    status = "solved" if call.is_solved else "open" if ticket.status == "new" else ticket.status
    is_theirs = access.may_work(actor, ticket)  # what they open for another department is not theirs to work on
    await actions.turn(actor if is_theirs else SYSTEM, ticket.id, status)
    if call.minutes:
        what = gettext("Phone call")
        entry = TimeEntry(ticket=ticket.id, person=actor.id, minutes=call.minutes, what=what, noted_at=now())
        await entry.save()
        await record(TimeNoted(actor=actor.id, ticket=ticket.id, minutes=call.minutes))


def _kind(call: Call) -> str:
    return "reply" if call.is_shared else "note"


async def _open_tickets(actor: Actor, people: Collection[int]) -> list[QueueRow]:
    if not people:
        return []
    theirs = Ticket.requester.is_in(list(people)) & Ticket.status.not_in(list(rules.DONE))
    return (await queries.newest(actor, theirs & access.worked_by(actor), size=MOST_TICKETS)).items
