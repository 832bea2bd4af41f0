"""Tickets, messages and files for machines. The same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from litestar import Controller, get, patch, post
from litestar.params import JSONBody
from litestar.response import File
from msgspec import Meta, Struct

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.config import config
from helpdesk.core.errors import Invalid
from helpdesk.core.paging import Page
from helpdesk.departments.queries import department_for, public_departments
from helpdesk.files.serve import download
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.actions import recognise
from helpdesk.tickets import actions, continuing, handing_over, promising, queries, recipients, unsent, views
from helpdesk.tickets.access import works_on
from helpdesk.tickets.actions import Changes
from helpdesk.tickets.fields import answers
from helpdesk.tickets.fields import queries as field_queries
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.queries import DeadlineRow, FileRow, MessageRow, QueueRow, TicketFacts
from helpdesk.tickets.rules import Priority, Status
from helpdesk.tickets.said import Mailbox, typed
from helpdesk.tickets.tables import Ticket
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.elements import priority_name
from helpdesk.web.guards import agents_only, signed_in

KINDS: Final[dict[str, Literal["note", "unsent"]]] = {"note": "note", "unsent": "unsent"}
"""Kinds of messages that customers never see; unsent is an answer that is held back for some seconds."""

Words = Annotated[str, Meta(min_length=1, max_length=100_000)]
Subject = Annotated[str, Meta(min_length=1, max_length=500)]
Addresses = Annotated[list[Annotated[str, Meta(max_length=600)]], Meta(max_length=recipients.MOST)]


class TicketOut(Struct, frozen=True):
    """
    A ticket, as lists and answers give it. Moments are UTC (RFC 3339).

    `status` is what its status means: new, open, pending, hold, solved or closed. What the desk calls it is
    `status_key` for programs and `status_name` for people, in the reader's language; customers get the words for them.
    """

    number: int
    url: str
    subject: str
    status: str
    status_key: str
    status_name: str
    priority: str
    priority_name: str
    channel: str
    department: int
    topic: int | None
    requester: dict[str, Any]
    assignee: int | None
    tags: list[str]
    due_at: datetime | None
    due_kind: str
    opened_at: datetime
    updated_at: datetime


class PromiseOut(Struct, frozen=True):
    """The policy that was promised, and why, in words of the reader's language."""

    policy: str
    why: str


class TicketWhole(TicketOut, frozen=True):
    """A ticket on its own, with its promises."""

    lang: str
    solved_at: datetime | None
    closed_at: datetime | None
    deadlines: list[DeadlineRow]
    fields: dict[str, list[str]]
    """What it says in fields, by their ids; to customers the public ones."""
    promise: PromiseOut | None
    """To agents; null also for a ticket that is older than such rules."""


class FileOut(Struct, frozen=True):
    """A file with a message; `url` gives its bytes. `size` in bytes."""

    id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    content_id: str
    url: str


class MessageOut(Struct, frozen=True, rename={"sender": "from"}):
    """
    A message. `text` is all of it: `fresh` the new words, `quoted` the rest, which pages show folded.

    `html` is all of it as safe HTML, `fresh_html` and `quoted_html` its two parts.
    """

    id: int
    ticket: int
    kind: Literal["reply", "note", "unsent"]
    direction: Literal["in", "out"]
    channel: str
    subject: str
    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    message_id: str
    text: str
    fresh: str
    quoted: str
    html: str
    fresh_html: str
    quoted_html: str
    attachments: list[FileOut]
    is_automatic: bool
    delivery: str
    sent_at: datetime


class RequesterIn(Struct):
    email: str
    name: str = ""


class TicketIn(Struct):
    """
    A new ticket. Agents may name a `requester`; the words are Markdown. `department` is an id.

    A `topic`, by its id, decides department, priority and tags where these are not named; for customers always.
    """

    subject: Subject
    body: Words
    department: int | None = None
    topic: int | None = None
    requester: RequesterIn | None = None
    priority: Priority | Literal[""] = ""
    tags: list[str] = []
    fields: dict[int, list[str]] = {}


class HandOverIn(Struct):
    """`department` is an id; null gives the ticket back to who handed it over."""

    department: int | None
    note: Annotated[str, Meta(max_length=10_000)] = ""


class MessageIn(Struct):
    """
    A new message in Markdown. `then` is the status an agent wants afterwards.

    `to` and `cc`: who receives an agent's answer, as addresses or `Name <address>`; nobody named: everybody who takes
    part. Those who have never had a letter of the ticket are refused (422) unless `sure` names them, too.
    `can_be_undone`: an agent's answer goes out only after the seconds in which answers can be taken back.
    """

    body: Words
    kind: Literal["reply", "note"] = "reply"
    then: Status | None = None
    to: Addresses = []
    cc: Addresses = []
    sure: Addresses = []
    can_be_undone: bool = False


class TicketApi(Controller):
    path = "/tickets"
    tags = ["Tickets"]
    guards = [signed_in]

    @get()
    async def list(
        self,
        actor: CurrentActor,
        status: FromQuery[str] = "",
        priority: FromQuery[str] = "",
        department: FromQuery[int | None] = None,
        topic: FromQuery[int | None] = None,
        q: FromQuery[str] = "",
        after: FromQuery[str] = "",
        limit: FromQuery[int] = 50,
    ) -> Page[TicketOut]:
        """Tickets that you may see, the last one that moved first."""
        chosen = views.Filter(q, status, priority, department)
        condition = views.condition(actor, views.view("all"), chosen)
        if topic is not None:
            condition &= Ticket.topic == topic
        rows = await queries.newest(actor, condition, after=after or None, size=max(1, min(limit, 200)))
        return Page([_row(actor, row) for row in rows.items], rows.next)

    @post()
    async def open(self, actor: CurrentActor, data: JSONBody[TicketIn]) -> TicketWhole:
        asker = actor
        if data.requester is not None and actor.is_agent:
            asker = await recognise(data.requester.name, data.requester.email)
        number = await actions.open(
            actor,
            typed(data.body, channel="api", subject=data.subject),
            subject=data.subject,
            department=data.department or (None if data.topic else await _first_department()),
            topic=data.topic,
            requester=asker.id,
            priority=data.priority,
            tags=data.tags if actor.is_agent else (),
            fields=data.fields,
        )
        return await _whole(actor, await queries.ticket_facts(SYSTEM, number))

    @get("/{number:int}")
    async def show(self, actor: CurrentActor, number: FromPath[int]) -> TicketWhole:
        return await _whole(actor, await queries.ticket_facts(actor, number))

    @patch("/{number:int}")
    async def change(self, actor: CurrentActor, number: FromPath[int], data: JSONBody[Changes]) -> TicketWhole:
        """Change some of a ticket, all of what is named or nothing. Fields that are left out stay."""
        await actions.change(actor, number, data)
        return await _whole(actor, await queries.ticket_facts(SYSTEM, number))

    @post("/{number:int}/hand-over", status_code=200, guards=[agents_only])
    async def hand_over(self, actor: CurrentActor, number: FromPath[int], data: JSONBody[HandOverIn]) -> TicketWhole:
        """Give it to the next department of the chain, with a note for them, or back to the one that sent it."""
        if data.department is None:
            await handing_over.give_back(actor, number, data.note)
        else:
            await handing_over.hand_over(actor, number, data.department, data.note)
        return await _whole(actor, await queries.ticket_facts(SYSTEM, number))

    @get("/{number:int}/messages")
    async def messages(self, actor: CurrentActor, number: FromPath[int]) -> Page[MessageOut]:
        """All that was said, oldest first."""
        if not await queries.is_visible(actor, number):
            await queries.get(actor, number)
        return Page([_message(actor, row) for row in await queries.messages(actor, number)], None)

    @post("/{number:int}/messages")
    async def say(self, actor: CurrentActor, number: FromPath[int], data: JSONBody[MessageIn]) -> MessageOut:
        said, hold = typed(data.body, channel="api"), await unsent.hold_seconds(data.can_be_undone)
        if data.kind == "note":
            message = await actions.note(actor, number, said)
        elif data.to or data.cc:
            message = await recipients.answer_named(
                actor, number, said, data.to, data.cc, sure=data.sure, then=data.then, hold_seconds=hold
            )
        else:
            message = (await continuing.answer(actor, number, said, then=data.then, hold_seconds=hold)).message
        return _message(actor, await queries.message(actor, message))


class MessageApi(Controller):
    path = "/messages"
    tags = ["Messages"]
    guards = [signed_in]

    @get()
    async def find(self, actor: CurrentActor, message_id: FromQuery[str]) -> Page[MessageOut]:
        """Messages with this Message-ID."""
        return Page([_message(actor, row) for row in await queries.messages_with_id(actor, message_id)], None)

    @get("/{message:int}")
    async def show(self, actor: CurrentActor, message: FromPath[int]) -> MessageOut:
        return _message(actor, await queries.message(actor, message))

    @post("/{message:int}/undo", status_code=204)
    async def take_back(self, actor: CurrentActor, message: FromPath[int]) -> None:
        """Take an answer back that is held back (`unsent`): it becomes its author's draft. 409 once it has gone out."""
        await unsent.take_back(actor, (await queries.message(actor, message)).ticket, message)


class AttachmentApi(Controller):
    path = "/attachments"
    tags = ["Messages"]
    guards = [signed_in]

    @get("/{file:int}")
    async def bytes(self, actor: CurrentActor, file: FromPath[int]) -> File:
        """The file's bytes."""
        row = await queries.file(actor, file)
        return download(row.sha256, row.filename, row.content_type)


async def _first_department() -> int:
    """Where a ticket goes that names no department: the first public one, else the first at all."""
    public = await public_departments()
    if public:
        return public[0].id
    routed = await department_for([])
    if routed is None:
        raise Invalid({"department": phrase("There is no department yet.")})
    return routed.department


async def _whole(actor: Actor, facts: TicketFacts) -> TicketWhole:
    """A ticket that the actor sees, or saw until this change of theirs took it to another department."""
    return TicketWhole(
        **_shared(actor, facts),
        tags=await queries.tags(facts.id) if actor.is_agent else [],
        lang=facts.lang,
        solved_at=facts.solved_at,
        closed_at=facts.closed_at,
        deadlines=await queries.deadlines(facts.id),
        fields=await _fields(actor, facts),
        promise=await _promise(actor, facts),
    )


async def _promise(actor: Actor, facts: TicketFacts) -> PromiseOut | None:
    told = await promising.in_words(facts.promise) if actor.is_agent else None
    return None if told is None else PromiseOut(*told)


async def _fields(actor: Actor, facts: TicketFacts) -> dict[str, list[str]]:
    is_inside = works_on(actor, department=facts.department, assignee=facts.assignee)
    known = await field_queries.everything()
    return {
        str(field): [*texts]
        for field, texts in (await answers.of_ticket(facts.id)).items()
        if is_inside or (field in known and known[field].is_public)
    }


def _row(actor: Actor, row: QueueRow) -> TicketOut:
    return TicketOut(**_shared(actor, row), tags=[*row.tags] if actor.is_agent else [])


def _shared(actor: Actor, row: QueueRow | TicketFacts) -> dict[str, Any]:
    return {
        "number": row.id,
        "url": f"{config().base_url}/desk/tickets/{row.id}",
        "subject": row.subject,
        "status": row.status,
        "status_key": row.called if actor.is_agent else row.status,
        "status_name": named.status_for(actor, row.called),
        "priority": row.priority,
        "priority_name": priority_name(row.priority),
        "channel": row.channel,
        "department": row.department,
        "topic": row.topic,
        "requester": {"id": row.requester, "name": row.requester_name, "email": row.requester_email},
        "assignee": row.assignee,
        "due_at": row.due_at,
        "due_kind": row.due_kind,
        "opened_at": row.opened_at,
        "updated_at": row.updated_at,
    }


def _message(actor: Actor, row: MessageRow) -> MessageOut:
    """A message; of an agent customers learn the name, and never the address."""
    is_shown = actor.is_agent or row.direction == "in"
    return MessageOut(
        id=row.id,
        ticket=row.ticket,
        kind=KINDS.get(row.kind, "reply"),
        direction="out" if row.direction == "out" else "in",
        channel=row.channel,
        subject=row.subject,
        sender=Mailbox(row.from_name, row.from_email if is_shown else ""),
        to=row.to,
        cc=row.cc,
        message_id=row.message_id,
        text=row.text,
        fresh=row.fresh,
        quoted=row.quoted,
        html=row.html + row.quoted_html,
        fresh_html=row.html,
        quoted_html=row.quoted_html,
        attachments=[_file(file) for file in row.files],
        is_automatic=row.is_automatic,
        delivery=row.delivery,
        sent_at=row.sent_at,
    )


def _file(file: FileRow) -> FileOut:
    return FileOut(
        id=file.id,
        filename=file.filename,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        content_id=file.content_id,
        url=f"{config().base_url}/api/v1/attachments/{file.id}",
    )
