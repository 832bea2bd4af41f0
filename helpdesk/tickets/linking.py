"""
Tickets that have to do with others: follow-ups of closed ones, parts split off, letters that only name a number,
and what agents say of them.
"""

from collections.abc import Collection
from typing import Final, Literal

import msgspec
from msgspec import Struct
from piccolo.columns import ForeignKey

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.prepared import Prepared
from helpdesk.core.text import email_key, looks_vietnamese, shorten
from helpdesk.events.record import record
from helpdesk.events.tables import EventRow
from helpdesk.i18n.catalogue import phrase
from helpdesk.mail.reading import subject as subjects
from helpdesk.people.tables import Person
from helpdesk.tickets import access, actions, deadlines, queries, rules, words
from helpdesk.tickets.access import Condition
from helpdesk.tickets.events import LinkAdded, LinkRemoved, TicketLinked, TicketOpened
from helpdesk.tickets.journal import undoable
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.said import Mailbox, Said
from helpdesk.tickets.tables import Message, Participant, Ticket, TicketLink

Manual = Literal["related", "duplicate", "blocked", "child"]
"""Links that agents make: it has to do with the other, is the same as it, waits for it, is a part of it."""
Kind = Literal["follow_up", "split", "merge", "mention"] | Manual

MOST_FOLLOW_UPS: Final = 100
"""Steps that are gone from a ticket to its newest follow-up."""
MOST_COMPARED: Final = 30
LONGEST_COMPARED: Final = 5000
"""Messages of a ticket, and characters of each, that a new one is compared with."""


class LinkRow(Struct, frozen=True):
    """Another ticket that has to do with this one. `is_earlier`: this one came from it."""

    number: int
    subject: str
    called: str
    """The key of what its status is called."""
    kind: Kind
    is_earlier: bool


async def links(actor: Actor, ticket_id: int) -> list[LinkRow]:
    """The tickets this one came from and those that came from it, as far as the actor works on them."""
    return [
        LinkRow(row["number"], row["subject"], row["named_status"] or row["status"], row["kind"], is_earlier)
        for is_earlier, rows in ((True, await _EARLIER(ticket_id)), (False, await _LATER(ticket_id)))
        for row in rows
        if row["binned_at"] is None and access.works_on(actor, department=row["department"], assignee=row["assignee"])
    ]


def _linked(here: ForeignKey[Ticket], there: ForeignKey[Ticket]) -> Prepared:
    """The tickets at one end of the links whose other end is a ticket."""
    return Prepared(
        lambda ticket: (
            TicketLink.select(
                there.as_alias("number"),
                *(there._.subject.as_alias("subject"), there._.status.as_alias("status")),
                *(there._.department.as_alias("department"), there._.assignee.as_alias("assignee")),
                *(there._.binned_at.as_alias("binned_at"), there._.named_status.as_alias("named_status")),
                TicketLink.kind,
            )
            .where(here == ticket)
            .order_by(TicketLink.id)
        )
    )


_EARLIER: Final = _linked(TicketLink.ticket, TicketLink.other)
_LATER: Final = _linked(TicketLink.other, TicketLink.ticket)


async def link(actor: Actor, ticket_id: int, other: int, kind: Manual) -> None:
    """
    Say how a ticket has to do with another one; said twice, it stands once.

    Raises Invalid (field `other`) for itself or one into which the actor may not look.
    """
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        inside = (Ticket.id == other) & access.worked_by(actor)
        if other == ticket.id or not await Ticket.exists().where(inside):
            raise Invalid({"other": phrase("There is no other ticket of this number.")})
        if not await TicketLink.exists().where(_between(ticket.id, other, kind)):
            async with undoable(actor, ticket, "links"):
                await _link(ticket.id, other, kind)
                await record(LinkAdded(actor=actor.id, ticket=ticket.id, other=other))
            await record(LinkAdded(actor=actor.id, ticket=other, other=ticket.id))


async def unlink(actor: Actor, ticket_id: int, other: int, kind: Manual) -> None:
    """Take back what an agent said of two tickets, from either of them; nothing happens where it was not said."""
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        said = _between(ticket.id, other, kind) | _between(other, ticket.id, kind)
        async with undoable(actor, ticket, "links"):
            if not await TicketLink.delete().where(said).returning(TicketLink.id):
                return
            await record(LinkRemoved(actor=actor.id, ticket=ticket.id, other=other))
        await record(LinkRemoved(actor=actor.id, ticket=other, other=ticket.id))


async def newest(ticket: Ticket) -> Ticket:
    """Where a ticket goes on: its newest follow-up, or itself."""
    for _ in range(MOST_FOLLOW_UPS):
        row = await (
            TicketLink.select(TicketLink.ticket)
            .where((TicketLink.other == ticket.id) & (TicketLink.kind == "follow_up"))
            .order_by(TicketLink.id, ascending=False)
            .first()
        )
        further = await Ticket.objects().where(Ticket.id == row["ticket"]).first() if row else None
        if further is None:
            break
        ticket = further
    return ticket


async def part_with(ticket_id: int, message_ids: Collection[str]) -> int | None:
    """The ticket, split from this one, that holds the message with one of these Message-IDs."""
    parts = TicketLink.select(TicketLink.ticket).where((TicketLink.other == ticket_id) & (TicketLink.kind == "split"))
    row = await (
        Message.select(Message.ticket)
        .where(
            Message.message_id.is_in(list(message_ids) or [""])
            & (Message.message_id != "")
            & Message.ticket.is_in(parts)
        )
        .order_by(Message.id, ascending=False)
        .first()
    )
    return int(row["ticket"]) if row else None


async def seems_new(ticket: Ticket, said: Said) -> bool:
    """Whether what a customer writes on a ticket seems to be about something else: a hint for agents, nothing more."""
    rows = await (
        Message.select(Message.fresh)
        .where((Message.ticket == ticket.id) & (Message.kind == "reply"))
        .order_by(Message.id, ascending=False)
        .limit(MOST_COMPARED)
    )
    return rules.is_new_matter(
        said.fresh,
        "\n".join(row["fresh"][:LONGEST_COMPARED] for row in rows),
        subject=subjects.bare(said.subject),
        old_subject=subjects.bare(ticket.subject),
        is_stale=ticket.status in rules.DONE or ticket.updated_at + rules.SILENCE < now(),
    )


async def mention(ticket_id: int, other: int) -> None:
    """Let agents find from a new ticket to the one whose number or letter came with it."""
    async with transaction():
        await _link(ticket_id, other, "mention")


async def follow_up(actor: Actor, ticket_id: int, said: Said, *, mailbox: str = "") -> int:
    """
    Open the ticket in which a closed one goes on: with the same requester and participants, about the same; its number.

    Raises NotFound when the actor cannot see the closed one.
    """
    async with transaction():
        old = await queries.get(actor, ticket_id, to_change=True)
        if not access.may_reply(actor, old):
            raise Forbidden()
        number = await actions.open(
            actor if actor.id == old.requester else SYSTEM,
            said,
            subject=subjects.bare(said.subject) or old.subject,
            requester=old.requester,
            author=actor.id,
            mailbox=mailbox or old.mailbox,
            lang=old.lang,
            goes_on=old,
        )
        for row in await Participant.select(Participant.person).where(Participant.ticket == old.id):
            await Participant.insert(Participant(ticket=number, person=row["person"]))
        await _link(number, old.id, "follow_up")
        await record(TicketLinked(actor=actor.id, ticket=old.id, other=number, kind="follow_up"))
    return number


async def split(actor: Actor, message_id: int) -> int:
    """
    Make what a customer said on a ticket a ticket of its own, asked when it was said; its number.

    The old one stands again as it did before, if nothing happened since. Raises Conflict for the first
    message of a ticket, and for what was not said by a customer.
    """
    async with transaction():
        place = await Message.select(Message.ticket).where(Message.id == message_id).first()
        if place is None:
            raise NotFound()
        old = await queries.get(actor, place["ticket"], to_change=True)
        if not access.may_work(actor, old):
            raise Forbidden()
        message = await locked(Message.objects().where((Message.id == message_id) & (Message.ticket == old.id))).first()
        if message is None:
            raise NotFound()
        first = await Message.select(Message.id).where(Message.ticket == old.id).order_by(Message.id).first()
        if message.direction != "in" or message.kind != "reply" or first is None or first["id"] == message.id:
            raise Conflict(phrase("Only a later message of a customer can become a ticket of its own."))
        new = await _part(old, message)
        message.ticket, message.is_new_matter = new.id, False
        await message.save([Message.ticket, Message.is_new_matter])
        await words.move(new, message)
        await _take_along(old, new, message)
        await deadlines.start(new)
        await record(TicketOpened(actor=actor.id, ticket=new.id, message=message.id))
        await _link(new.id, old.id, "split")
        await record(TicketLinked(actor=actor.id, ticket=old.id, other=new.id, kind="split"))
        await _without(actor, old, message)
    return int(new.id)


async def _part(old: Ticket, message: Message) -> Ticket:
    """The row of the new ticket. It is named by the letter's subject, or by its words where that is the old one."""
    subject = subjects.bare(message.subject)
    if not subject or subject.casefold() == subjects.bare(old.subject).casefold():
        subject = shorten(message.fresh, 80) or old.subject
    usual = await named.chosen_priority("normal")
    new = Ticket(
        subject=shorten(subject, rules.LONGEST_SUBJECT),
        status="new",
        named_status=(await named.default_of("new")).own_key,
        priority=usual.key,
        rank=usual.rank,
        department=old.department,
        requester=message.author or old.requester,
        channel=message.channel,
        lang="vi" if looks_vietnamese(f"{subject}\n{message.fresh}") else "en",
        mailbox=old.mailbox,
        snippet=shorten(message.fresh, 200),
        message_count=1,
        opened_at=message.sent_at,
        updated_at=message.sent_at,
        queue_at=rules.NEVER,
    )
    await new.save()
    return new


async def _take_along(old: Ticket, new: Ticket, message: Message) -> None:
    """Those who take part in the old ticket and are named in the message take part in the new one."""
    boxes = msgspec.json.decode(message.to_addresses, type=list[Mailbox])
    boxes += msgspec.json.decode(message.cc_addresses, type=list[Mailbox])
    taking_part = Participant.select(Participant.person).where(Participant.ticket == old.id)
    named = await Person.select(Person.id).where(
        Person.email_key.is_in([email_key(one.email) for one in boxes] or [""])
        & (Person.id.is_in(taking_part) | (Person.id == old.requester))
        & (Person.id != new.requester)
    )
    for row in named:
        await Participant.insert(Participant(ticket=new.id, person=row["id"]))


async def _without(actor: Actor, old: Ticket, message: Message) -> None:
    """The old ticket as if the message had never been said on it."""
    is_reply = (Message.ticket == old.id) & (Message.kind == "reply")
    last = await Message.select(Message.id, Message.fresh).where(is_reply).order_by(Message.id, ascending=False).first()
    old.message_count -= 1
    old.snippet = shorten(last["fresh"], 200) if last else ""
    await old.save([Ticket.message_count, Ticket.snippet])
    if last and last["id"] < message.id:
        await deadlines.withdraw(old, message.sent_at)
        if (before := await _status_before(old, message)) is not None:
            await actions.set_status(actor, old.id, before)


async def _status_before(old: Ticket, message: Message) -> str | None:
    """The status that the message changed; None when it changed none, or somebody changed it again since."""
    rows = await (
        EventRow.select(EventRow.name, EventRow.data, EventRow.actor)
        .where((EventRow.about == f"ticket:{old.id}") & EventRow.name.is_in(["StatusChanged", "TicketReplied"]))
        .order_by(EventRow.id, ascending=False)
        .limit(100)
    )
    if len(rows) < 2 or rows[0]["name"] != "TicketReplied" or rows[1]["name"] != "StatusChanged":
        return None
    if msgspec.json.decode(rows[0]["data"])["message"] != message.id or rows[1]["actor"] != rows[0]["actor"]:
        return None
    told = (msgspec.json.decode(row["data"]) for row in rows[2:] if row["name"] == "StatusChanged")
    before = next((one.get("named") or one["status"] for one in told), "new")
    return (await named.known()).status(before).key


async def _worked(actor: Actor, ticket_id: int) -> Ticket:
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    return ticket


def _between(ticket_id: int, other: int, kind: Kind) -> Condition:
    return (TicketLink.ticket == ticket_id) & (TicketLink.other == other) & (TicketLink.kind == kind)


async def _link(ticket_id: int, other: int, kind: Kind) -> None:
    await TicketLink.insert(TicketLink(ticket=ticket_id, other=other, kind=kind))
