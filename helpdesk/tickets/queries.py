"""What is read about tickets: one function is one page's SQL."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from piccolo.columns import Column

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.db import locked
from helpdesk.core.errors import NotFound
from helpdesk.core.paging import Page, beyond, key_of, page_of
from helpdesk.core.prepared import Prepared
from helpdesk.core.table import Select
from helpdesk.departments.queries import colleagues
from helpdesk.events.tables import EventRow
from helpdesk.i18n.catalogue import gettext
from helpdesk.mail.events import SendingChanged
from helpdesk.mail.outgoing import deliveries
from helpdesk.mail.outgoing.deliveries import Delivery
from helpdesk.mail.reading.quotes import rest_of
from helpdesk.mail.thread import is_marked
from helpdesk.people.tables import Person
from helpdesk.tickets import having
from helpdesk.tickets.access import Condition, visible_to, worked_by, works_on
from helpdesk.tickets.having import Part
from helpdesk.tickets.said import Mailbox
from helpdesk.tickets.tables import Attachment, Deadline, Merge, Message, Participant, Ticket, TicketTag

PAGE_SIZE = 50
HIDDEN: Final = ["draft", "gone"]
"""Kinds of messages that are on no page: answers that were taken back, and notes that were taken away."""
MOST_EVENTS = 200


# Columns are named once: to look through a foreign key, Piccolo goes over all names of the other table.
_QUEUE: Final = (
    *(Ticket.id, Ticket.subject, Ticket.snippet, Ticket.status, Ticket.priority, Ticket.channel, Ticket.requester),
    *(Ticket.assignee, Ticket.message_count, Ticket.due_kind, Ticket.due_at, Ticket.queue_at, Ticket.opened_at),
    *(Ticket.updated_at, Ticket.department, Ticket.named_status, Ticket.topic, Ticket.rank),
    Ticket.requester.name.as_alias("requester_name"),
    Ticket.requester.email.as_alias("requester_email"),
    Ticket.assignee.name.as_alias("assignee_name"),
)
_FACTS_COLUMNS: Final = (
    *(Ticket.id, Ticket.subject, Ticket.status, Ticket.priority, Ticket.channel, Ticket.lang, Ticket.mailbox),
    *(Ticket.came_from, Ticket.department, Ticket.requester, Ticket.assignee, Ticket.message_count),
    *(Ticket.due_kind, Ticket.due_at, Ticket.opened_at, Ticket.updated_at, Ticket.solved_at, Ticket.closed_at),
    *(Ticket.snoozed_until, Ticket.topic, Ticket.named_status),
    Ticket.requester.name.as_alias("requester_name"),
    Ticket.requester.email.as_alias("requester_email"),
    Ticket.requester.phone.as_alias("requester_phone"),
    Ticket.requester.lang.as_alias("requester_lang"),
    Ticket.requester.notes.as_alias("requester_notes"),
    Ticket.requester.created_at.as_alias("requester_since"),
    Ticket.requester._.organisation._.name.as_alias("organisation"),
    Ticket.requester._.organisation._.tier.as_alias("organisation_tier"),
    *(Ticket.requester.tier.as_alias("requester_tier"), Ticket.promise),
    *(Ticket.assignee.name.as_alias("assignee_name"), Ticket.binned_at),
    *having.COLUMNS,
)
_FACTS: Final = Prepared(lambda ticket: Ticket.select(*_FACTS_COLUMNS).where(Ticket.id == ticket))
_MESSAGE: Final = (
    *(Message.id, Message.ticket, Message.kind, Message.direction, Message.channel, Message.author),
    *(Message.from_name, Message.from_email, Message.subject, Message.body, Message.text, Message.fresh),
    *(Message.html, Message.quoted_html, Message.raw_html, Message.message_id, Message.inbound),
    *(Message.is_automatic, Message.is_new_matter, Message.sent_at, Message.to_addresses, Message.cc_addresses),
    Message.author.name.as_alias("author_name"),
)
_FILE: Final = (
    *(Attachment.id, Attachment.message, Attachment.filename, Attachment.content_type),
    *(Attachment.content_id, Attachment.size, Attachment.sha256),
)
_TARGET: Final = Prepared(lambda ticket: Merge.select(Merge.target).where(Merge.ticket == ticket))
_SAID_INSIDE: Final = Prepared(
    lambda ticket: (
        Message.select(*_MESSAGE)
        .where((Message.ticket == ticket) & Message.kind.not_in(HIDDEN))
        .order_by(Message.sent_at)
        .order_by(Message.id)
    )
)
_SAID_TO_CUSTOMERS: Final = Prepared(
    lambda ticket: (
        Message.select(*_MESSAGE)
        .where((Message.ticket == ticket) & (Message.kind == "reply"))
        .order_by(Message.sent_at)
        .order_by(Message.id)
    )
)
_PARTICIPANTS: Final = Prepared(
    lambda ticket: (
        Participant.select(
            Participant.person.as_alias("id"),
            Participant.person.name.as_alias("name"),
            Participant.person.email.as_alias("email"),
        )
        .where(Participant.ticket == ticket)
        .order_by(Participant.id)
    )
)
_DEADLINES: Final = Prepared(
    lambda ticket: (
        Deadline.select(
            *(Deadline.id, Deadline.kind, Deadline.minutes, Deadline.started_at, Deadline.spent),
            *(Deadline.running_since, Deadline.due_at, Deadline.met_at, Deadline.missed_at),
        )
        .where(Deadline.ticket == ticket)
        .order_by(Deadline.id)
    )
)
_TAGS: Final = Prepared(
    lambda ticket: TicketTag.select(TicketTag.name).where(TicketTag.ticket == ticket).order_by(TicketTag.name)
)
_EVENTS: Final = Prepared(
    lambda about: (
        EventRow.select(
            *(EventRow.id, EventRow.name, EventRow.data, EventRow.actor, EventRow.happened_at),
            EventRow.cause,
        )
        .where((EventRow.about == about) & (EventRow.name != SendingChanged.__name__))
        .order_by(EventRow.id, ascending=False)
        .limit(MOST_EVENTS)
    )
)


class QueueRow(Struct, frozen=True):
    """One line of a queue."""

    id: int
    subject: str
    snippet: str
    status: str
    priority: str
    channel: str
    requester: int
    requester_name: str
    requester_email: str | None
    assignee: int | None
    assignee_name: str | None
    department: int
    message_count: int
    due_kind: str
    due_at: datetime | None
    queue_at: datetime
    opened_at: datetime
    updated_at: datetime
    named_status: str | None
    topic: int | None
    rank: int
    tags: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """The key of what its status is called."""
        return self.named_status or self.status

    @property
    def who(self) -> str:
        return self.requester_name or self.requester_email or f"#{self.requester}"


class TicketFacts(Struct, frozen=True):
    """A ticket as its page shows it, without what was said."""

    id: int
    subject: str
    status: str
    priority: str
    channel: str
    lang: str
    mailbox: str
    came_from: str
    department: int
    requester: int
    requester_name: str
    requester_email: str | None
    requester_phone: str
    requester_lang: str
    requester_notes: str
    requester_since: datetime
    organisation: str | None
    assignee: int | None
    assignee_name: str | None
    message_count: int
    due_kind: str
    due_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    solved_at: datetime | None
    closed_at: datetime | None
    snoozed_until: datetime | None
    named_status: str | None
    topic: int | None
    promise: int | None = None
    requester_tier: str = ""
    organisation_tier: str | None = None
    has: frozenset[Part] = frozenset()
    """What of it there is."""

    @property
    def tier(self) -> str:
        """How much its customer is to us: their own tier, else that of their organisation; empty for none."""
        return self.requester_tier or self.organisation_tier or ""

    @property
    def called(self) -> str:
        """The key of what its status is called."""
        return self.named_status or self.status

    @property
    def who(self) -> str:
        return self.requester_name or self.requester_email or f"#{self.requester}"


class FileRow(Struct, frozen=True):
    """A file with a message. `size` in bytes."""

    id: int
    message: int
    filename: str
    content_type: str
    content_id: str
    size: int
    sha256: str


class MessageRow(Struct, frozen=True):
    """Something said, with its files and, for a letter of ours, how its sending goes."""

    id: int
    ticket: int
    kind: str
    direction: str
    channel: str
    author: int | None
    author_name: str | None
    from_name: str
    from_email: str
    subject: str
    body: str
    text: str
    fresh: str
    html: str
    quoted_html: str
    raw_html: str
    message_id: str
    inbound: int | None
    is_automatic: bool
    is_new_matter: bool
    sent_at: datetime
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    files: tuple[FileRow, ...] = ()
    letter: Delivery | None = None
    """How the sending of its letter goes; None when none was owed."""

    @property
    def who(self) -> str:
        if self.author is None and (self.from_name, self.from_email) == (SYSTEM.name, SYSTEM.email):
            return gettext("The help desk")
        return self.author_name or self.from_name or self.from_email

    @property
    def quoted(self) -> str:
        """What of `text` is not new: quotes, what introduces them, signature."""
        return rest_of(self.text, self.fresh) if self.quoted_html else ""

    @property
    def folded_lines(self) -> int:
        """Lines with words that are shown folded."""
        return sum(1 for line in self.quoted.split("\n") if line.strip())

    @property
    def pictures_elsewhere(self) -> int:
        """Pictures that are not shown, since fetching them tells their owner that the letter was read."""
        return (self.html + self.quoted_html).count('class="remote-image"')

    @property
    def trackers(self) -> int:
        """Invisible pictures that only count readers."""
        return (self.html + self.quoted_html).count('class="tracker"')

    @property
    def people(self) -> tuple[tuple[Mailbox, ...], tuple[Mailbox, ...]]:
        """To and Cc without the addresses that only lead a letter back to its ticket."""
        to, cc = (tuple(one for one in boxes if not is_marked(one.email)) for boxes in (self.to, self.cc))
        return to, cc

    @property
    def delivery(self) -> str:
        """State of its letter in the outbox; empty when none was owed."""
        return self.letter.state if self.letter else ""


class Happening(Struct, frozen=True):
    """A line of the ticket's history: an event and who did it."""

    id: int
    name: str
    data: str
    actor: int | None
    actor_name: str | None
    happened_at: datetime
    cause: str = ""
    """What brought it about besides, as `EventRow.cause` has it."""
    person_name: str = ""
    """Who came to the ticket with it, or left, where that was no colleague."""


class DeadlineRow(Struct, frozen=True):
    """One promise: running while it has `due_at`, paused while it has neither that nor an end."""

    id: int
    kind: str
    minutes: int
    started_at: datetime
    spent: int
    running_since: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    missed_at: datetime | None


class PersonRow(Struct, frozen=True):
    id: int
    name: str
    email: str | None


class Thread(Struct, frozen=True):
    """Everything a ticket's page shows."""

    ticket: TicketFacts
    messages: list[MessageRow]
    happenings: list[Happening]
    deadlines: list[DeadlineRow]
    participants: list[PersonRow]
    tags: list[str]


async def get(actor: Actor, ticket_id: int, *, to_change: bool = False) -> Ticket:
    """The ticket's row, if the actor may see it; `to_change` keeps it from others until the commit."""
    query = Ticket.objects().where((Ticket.id == ticket_id) & visible_to(actor))
    ticket = await (locked(query) if to_change else query).first()
    if ticket is None:
        raise NotFound()
    return ticket


async def place(ticket_id: int) -> int:
    """Where a ticket is now: the one that it was merged into, and so on; itself when it was not."""
    while rows := await _TARGET(ticket_id):
        ticket_id = rows[0]["target"]
    return ticket_id


async def is_visible(actor: Actor, ticket_id: int) -> bool:
    return await Ticket.exists().where((Ticket.id == ticket_id) & visible_to(actor))


ORDERS: Final[dict[str, tuple[Sequence[Column], bool]]] = {
    "due": ((Ticket.queue_at, Ticket.id), True),
    "urgent": ((Ticket.rank, Ticket.queue_at, Ticket.id), True),
    "updated": ((Ticket.updated_at, Ticket.id), False),
    "silent": ((Ticket.updated_at, Ticket.id), True),
    "newest": ((Ticket.opened_at, Ticket.id), False),
    "oldest": ((Ticket.opened_at, Ticket.id), True),
}
"""What lists of tickets are ordered by, and whether it ascends. An index stands behind each."""


async def listed(
    actor: Actor, condition: Condition | None, order: str, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[QueueRow]:
    """A page of the tickets that the actor may see, in one of ORDERS; `after` is the key of the page before."""
    columns, ascending = ORDERS[order]
    where = visible_to(actor)
    if condition is not None:
        where &= condition
    if further := beyond(after, *columns, ascending=ascending):
        where &= further
    # found by themselves, since SQLite stops early in an index only while no other table is joined
    ids = _ordered(Ticket.select(Ticket.id).where(where), order).limit(size + 1)
    rows = await _ordered(Ticket.select(*_QUEUE).where(Ticket.id.is_in(ids)), order)
    page = page_of(msgspec.convert(rows, list[QueueRow]), size, lambda row: key_of(row, *columns))
    return Page(await _with_tags(page.items), page.next)


def _ordered(query: Select[Ticket], order: str) -> Select[Ticket]:
    columns, ascending = ORDERS[order]
    for column in columns:
        query = query.order_by(column, ascending=ascending)
    return query


async def queue(
    actor: Actor, condition: Condition | None, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[QueueRow]:
    """A queue by deadline: what is promised first comes first, what has no promise last."""
    return await listed(actor, condition, "due", after=after, size=size)


async def newest(
    actor: Actor, condition: Condition | None = None, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[QueueRow]:
    """Tickets by what moved last; for a customer's own list, the API and finished work."""
    return await listed(actor, condition, "updated", after=after, size=size)


async def thread(actor: Actor, ticket_id: int) -> Thread:
    """A ticket with all that was said and done, as much of it as the actor may see."""
    facts = await ticket_facts(actor, ticket_id)
    is_inside = works_on(actor, department=facts.department, assignee=facts.assignee)
    return Thread(
        ticket=facts,
        messages=await _said(ticket_id, is_inside=is_inside, has_files="files" in facts.has),
        happenings=await _happenings(facts) if is_inside else [],
        deadlines=await deadlines(ticket_id),
        participants=await participants(ticket_id) if "participants" in facts.has else [],
        tags=await tags(ticket_id) if is_inside and "tags" in facts.has else [],
    )


async def participants(ticket_id: int) -> list[PersonRow]:
    """Who takes part besides the requester, in the order in which they came."""
    return msgspec.convert(await _PARTICIPANTS(ticket_id), list[PersonRow])


async def ticket_facts(actor: Actor, ticket_id: int) -> TicketFacts:
    rows = await _FACTS(ticket_id)
    if not rows or not await _sees(actor, rows[0]):
        raise NotFound()
    return msgspec.convert({**rows[0], "has": having.parts(rows[0])}, TicketFacts)


async def _sees(actor: Actor, row: dict[str, Any]) -> bool:
    """Whether the actor may see a ticket; of those whom it is the work of, nothing more is asked."""
    if row["binned_at"] is None and works_on(actor, department=row["department"], assignee=row["assignee"]):
        return True
    return await is_visible(actor, row["id"])


async def messages(actor: Actor, ticket_id: int) -> list[MessageRow]:
    """
    What was said, oldest first. Asks nothing about the ticket itself.

    Customers and guests get neither notes nor answers that are held back.
    """
    return await _said(ticket_id, is_inside=await _is_worked_by(actor, ticket_id))


async def _said(ticket_id: int, *, is_inside: bool, has_files: bool = True) -> list[MessageRow]:
    """The same for somebody who works on the ticket, or who does not."""
    rows = await (_SAID_INSIDE if is_inside else _SAID_TO_CUSTOMERS)(ticket_id)
    return await _with_files_and_delivery(rows, has_files=has_files)


async def texts(ticket_id: int, newest: int = 20) -> list[str]:
    """What was said to and by the customer last, newest first, as plain text. For the house's own eyes."""
    rows = await (
        Message.select(Message.text)
        .where((Message.ticket == ticket_id) & (Message.kind == "reply"))
        .order_by(Message.id, ascending=False)
        .limit(newest)
    )
    return [row["text"] for row in rows]


async def message(actor: Actor, message_id: int) -> MessageRow:
    """One message of a ticket that the actor may see."""
    rows = await Message.select(*_MESSAGE).where(Message.id == message_id)
    if not rows or not await is_visible(actor, rows[0]["ticket"]):
        raise NotFound()
    if rows[0]["kind"] == "gone" or (rows[0]["kind"] != "reply" and not await _is_worked_by(actor, rows[0]["ticket"])):
        raise NotFound()
    return (await _with_files_and_delivery(rows))[0]


async def messages_with_id(actor: Actor, rfc_message_id: str) -> list[MessageRow]:
    """Messages that bear this Message-ID (RFC 5322, 3.6.4), with or without angle brackets, as far as visible."""
    bare = rfc_message_id.strip().removeprefix("<").removesuffix(">")
    rows = await Message.select(*_MESSAGE).where(Message.message_id == bare).order_by(Message.id).limit(PAGE_SIZE)
    seen = {row["ticket"] for row in rows}
    visible = {
        row["id"]
        for row in await Ticket.select(Ticket.id).where(Ticket.id.is_in(list(seen) or [0]) & visible_to(actor))
    }
    return await _with_files_and_delivery(
        [
            row
            for row in rows
            if row["ticket"] in visible
            and row["kind"] != "gone"
            and (row["kind"] == "reply" or await _is_worked_by(actor, row["ticket"]))
        ]
    )


async def _is_worked_by(actor: Actor, ticket_id: int) -> bool:
    return await Ticket.exists().where((Ticket.id == ticket_id) & worked_by(actor))


async def file(actor: Actor, file_id: int) -> FileRow:
    """An attachment of a message that the actor may see."""
    row = await Attachment.select(*_FILE).where(Attachment.id == file_id).first()
    if row is None:
        raise NotFound()
    await message(actor, row["message"])
    return msgspec.convert(row, FileRow)


async def deadlines(ticket_id: int) -> list[DeadlineRow]:
    return msgspec.convert(await _DEADLINES(ticket_id), list[DeadlineRow])


async def tags(ticket_id: int) -> list[str]:
    return [row["name"] for row in await _TAGS(ticket_id)]


async def of_requester(actor: Actor, person_id: int, *, but: int = 0, size: int = 10) -> list[QueueRow]:
    """The newest tickets of one customer that the actor may see."""
    condition = (Ticket.requester == person_id) & (Ticket.id != but)
    return (await newest(actor, condition, size=size)).items


async def _with_tags(rows: list[QueueRow]) -> list[QueueRow]:
    found = await (
        TicketTag.select(TicketTag.ticket, TicketTag.name)
        .where(TicketTag.ticket.is_in([row.id for row in rows] or [0]))
        .order_by(TicketTag.name)
    )
    names: defaultdict[int, list[str]] = defaultdict(list)
    for tag in found:
        names[tag["ticket"]].append(tag["name"])
    return [msgspec.structs.replace(row, tags=tuple(names[row.id])) if row.id in names else row for row in rows]


async def _with_files_and_delivery(rows: list[dict[str, Any]], *, has_files: bool = True) -> list[MessageRow]:
    files = await _files([row["id"] for row in rows]) if has_files else defaultdict(list)
    letters = await deliveries.about([f"message:{row['id']}" for row in rows if row["direction"] == "out"])
    return [
        msgspec.convert(
            {
                **row,
                "to": msgspec.json.decode(row["to_addresses"]),
                "cc": msgspec.json.decode(row["cc_addresses"]),
                "files": files[row["id"]],
                "letter": letters.get(f"message:{row['id']}"),
            },
            MessageRow,
        )
        for row in rows
    ]


async def _files(messages: list[int]) -> defaultdict[int, list[FileRow]]:
    found: defaultdict[int, list[FileRow]] = defaultdict(list)
    for row in await Attachment.select(*_FILE).where(Attachment.message.is_in(messages or [0])).order_by(Attachment.id):
        found[row["message"]].append(msgspec.convert(row, FileRow))
    return found


async def _happenings(ticket: TicketFacts) -> list[Happening]:
    rows = await _EVENTS(f"ticket:{ticket.id}")
    took_part = {
        row["id"]: msgspec.json.decode(row["data"])["person"]
        for row in rows
        if row["name"] in {"ParticipantAdded", "ParticipantRemoved"}
    }
    names = await _names({row["actor"] for row in rows} | {*took_part.values()}, ticket)
    return [
        msgspec.convert(
            {**row, "actor_name": names.get(row["actor"]), "person_name": names.get(took_part.get(row["id"]), "")},
            Happening,
        )
        for row in reversed(rows)
    ]


async def _names(people: Collection[int | None], ticket: TicketFacts) -> dict[int | None, str]:
    """What people are called; whoever is neither the requester nor works at the desk is asked after."""
    known: dict[int | None, str] = {one.id: one.name for one in await colleagues()}
    known[ticket.requester] = ticket.requester_name or ticket.requester_email or ""
    if others := [one for one in people if one is not None and one not in known]:
        rows = await Person.select(Person.id, Person.name, Person.email).where(Person.id.is_in(others))
        known |= {row["id"]: row["name"] or row["email"] or "" for row in rows}
    return known
