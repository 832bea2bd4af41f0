"""What is changed on tickets: one function, one transaction: check, write, say."""

from collections.abc import Collection
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from piccolo.columns import Column

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.text import looks_vietnamese, shorten, without_links
from helpdesk.departments.tables import Department
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.queue import enqueue, function_named
from helpdesk.mail.outgoing.outbox import retry
from helpdesk.people.tables import Member, Person, Role
from helpdesk.tickets import access, deadlines, mentions, queries, rules, words
from helpdesk.tickets.events import (
    NoteAdded,
    ParticipantAdded,
    ParticipantRemoved,
    PriorityChanged,
    ReplyHeld,
    StatusChanged,
    TicketAssigned,
    TicketMoved,
    TicketOpened,
    TicketReplied,
    TicketTagged,
    TicketTopicSet,
)
from helpdesk.tickets.fields import answers
from helpdesk.tickets.journal import undoable
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.rules import Priority as PriorityKey
from helpdesk.tickets.rules import Status as StatusKey
from helpdesk.tickets.said import Said, columns_of, columns_of_file
from helpdesk.tickets.tables import Attachment, Message, Participant, Ticket, TicketTag
from helpdesk.topics.queries import TopicEntry, topics_for
from helpdesk.web.naming import Priority, Status

PUBLISH_JOB: Final = "helpdesk.tickets.unsent:publish"
SENT_TWICE: Final = timedelta(minutes=1)
"""The same words and files from the same person within this time are one form that was sent twice."""


class Changes(Struct, frozen=True, kw_only=True):
    """What to change; what is left out stays."""

    status: StatusKey | UnsetType = UNSET
    priority: PriorityKey | UnsetType = UNSET
    department: int | UnsetType = UNSET
    assignee: int | UnsetType | None = UNSET
    topic: int | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    fields: dict[int, list[str]] | UnsetType = UNSET


async def open(
    actor: Actor,
    said: Said,
    *,
    subject: str,
    department: int | None = None,
    topic: int | None = None,
    requester: int | None = None,
    priority: str = "",
    mailbox: str = "",
    came_from: str = "",
    lang: str = "",
    tags: Collection[str] = (),
    author: int | None = None,
    fields: answers.Wanted | None = None,
    kind: str = "reply",
    direction: str = "in",
    goes_on: Ticket | None = None,
) -> int:
    """
    Open a ticket with its first message, start its clocks, and return its number.

    `requester` is for agents and the house who open it for somebody else; otherwise the actor asks.
    A `topic` says where it goes, how urgent it is and which tags it has; those who work at the desk may say otherwise.
    One that `goes_on` from another is where that is and about the same, whoever may choose these.
    `author` is who says the first words, where that is not the requester. They are a note where `kind` is one.
    `lang` is guessed from the words when empty. `fields` is what it says in fields. Raises Forbidden when the actor
    may not ask for another person, Invalid for a department that is not there for them.
    """
    subject = shorten(subject or said.fresh, rules.LONGEST_SUBJECT)
    if not subject:
        subject = str(phrase("(no subject)"))
    async with transaction():
        asker = _asker(actor, requester)
        about = await _topic_for(actor, topic, said.channel)
        hung = [*dict.fromkeys((*tags, *(about.tags if about else ())))]
        if goes_on is not None:
            department, topic = goes_on.department, goes_on.topic
        else:
            department = await _department_for(actor, department, about, said.channel)
        if (again := await _opened_already(asker, subject, said)) is not None:
            return again
        opened_at = said.sent_at or now()
        urgency = await _priority_for(actor, priority, about)
        ticket = Ticket(
            subject=subject,
            status="new",
            named_status=(await named.default_of("new")).own_key,
            priority=urgency.key,
            rank=urgency.rank,
            department=department,
            topic=topic,
            requester=asker,
            channel=said.channel,
            lang=lang or ("vi" if looks_vietnamese(f"{subject}\n{said.fresh}") else "en"),
            mailbox=mailbox,
            came_from=came_from,
            opened_at=opened_at,
            updated_at=opened_at,
            queue_at=rules.NEVER,
        )
        await ticket.save()
        message = await say(actor, ticket, said, kind=kind, direction=direction, author=author or asker)
        await deadlines.start(ticket, [rules.tag_name(name) for name in hung])
        await answers.begin(actor, ticket, fields or {})
        await record(
            TicketOpened(actor=actor.id, ticket=ticket.id, message=message.id, is_from_elsewhere=bool(came_from))
        )
        for name in hung:
            await _hang(actor, ticket, name, is_opening=True)
    return int(ticket.id)


async def _department_for(actor: Actor, department: int | None, about: TopicEntry | None, channel: str) -> int:
    """Where a new ticket of the actor goes. Raises Invalid for a department that is not there for them."""
    if about is not None and (department is None or not (actor.is_agent or actor.is_system)):
        return about.department
    open_to_them = access.departments_for(actor, channel)
    if department is None or not await Department.exists().where((Department.id == department) & open_to_them):
        raise Invalid({"department": phrase("There is no such department.")})
    return department


async def _priority_for(actor: Actor, priority: str, about: TopicEntry | None) -> Priority:
    """How urgent a new ticket is: as those say who work at the desk, as what it is about, as anybody says, as most."""
    if about is not None and about.priority and not (priority and (actor.is_agent or actor.is_system)):
        return (await named.known()).priority(about.priority)
    return await named.chosen_priority(priority or "normal")


async def _topic_for(actor: Actor, topic: int | None, channel: str) -> TopicEntry | None:
    """What a new ticket of the actor is about. Raises Invalid for a topic that they cannot name on this channel."""
    if topic is None:
        return None
    nameable = await topics_for(SYSTEM if channel == "email" else actor)
    about = next((one for one in nameable if one.id == topic), None)
    if about is None:
        raise Invalid({"topic": phrase("Choose one of the values offered.")})
    return about


def _asker(actor: Actor, requester: int | None) -> int:
    """Whose ticket it is. Raises Forbidden when the actor may not ask for them, or is nobody."""
    if requester is not None and requester != actor.id and not access.may_open_for_others(actor):
        raise Forbidden()
    asker = requester if requester is not None else actor.id
    if asker is None:
        raise Forbidden()
    return asker


async def reply(actor: Actor, ticket_id: int, said: Said, *, then: str | None = None, hold_seconds: int = 0) -> int:
    """
    Add a public message, move the status on, and return the message's id.

    `then` is the status an agent wants afterwards; None leaves it to the rules. An agent's answer is held back
    for `hold_seconds`: so long no customer sees it, no clock hears of it, and its author can take it back
    (`unsent.py`). Raises NotFound when the actor cannot see the ticket.
    """
    chosen = await named.chosen_status(then, "then") if then is not None else None
    async with transaction():
        ticket = await queries.get(actor, await queries.place(ticket_id), to_change=True)
        if not access.may_reply(actor, ticket):
            raise Forbidden()
        if (again := await _said_already(ticket.id, actor.id, said, "reply")) is not None:
            return again
        is_worked = access.works_on(actor, department=ticket.department, assignee=ticket.assignee)
        by_agent = is_worked and ticket.requester != actor.id
        direction = "out" if by_agent else "in"
        if by_agent and chosen and chosen.category in rules.DONE and ticket.status not in rules.DONE:
            await answers.refuse_unfilled(ticket)
        if by_agent and hold_seconds:
            until = now() + timedelta(seconds=hold_seconds)
            message = await _write(actor, ticket, said, kind="unsent", direction=direction, author=actor.id, at=until)
            await enqueue(function_named(PUBLISH_JOB), {"message": message.id, "then": then}, run_at=until)
            await record(ReplyHeld(actor=actor.id, ticket=ticket.id, message=message.id))
        else:
            message = await say(actor, ticket, said, kind="reply", direction=direction, author=actor.id)
            await answered(actor, ticket, message, by_agent=by_agent, then=then)
    return int(message.id)


async def answered(actor: Actor, ticket: Ticket, message: Message, *, by_agent: bool, then: str | None = None) -> None:
    """What follows from a new public message: the status, the clocks, the news. In the caller's transaction."""
    every = await named.known()
    usual = rules.status_after_reply(ticket.status, by_agent=by_agent, is_automatic=message.is_automatic)
    if then and by_agent and then in every.statuses:
        await _set_status(actor, ticket, every.status(then))
    elif usual != ticket.status:
        await _set_status(actor, ticket, every.default(usual))
    if not message.is_automatic:
        await deadlines.after_message(ticket, by_agent=by_agent)
    await record(TicketReplied(actor=actor.id, ticket=ticket.id, message=message.id, by_agent=by_agent))


async def send_again(actor: Actor, ticket_id: int, message: int) -> None:
    """
    Have the letter of a message sent once more to those it has not reached.

    Raises Conflict when it has reached all of them, NotFound when there is none.
    """
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        if not await Message.exists().where((Message.id == message) & (Message.ticket == ticket.id)):
            raise NotFound()
        await retry(actor, about=f"message:{message}")


async def change(actor: Actor, ticket_id: int, changes: Changes) -> None:
    """
    All of the changes, or none of them when one is refused. Each is an event of its own.

    Going to another department comes last, but for an assignee, who has to work there.
    """
    async with transaction():
        if changes.priority is not UNSET:
            await set_priority(actor, ticket_id, changes.priority)
        if changes.topic is not UNSET:
            await set_topic(actor, ticket_id, changes.topic)
        if changes.fields is not UNSET:
            await set_fields(actor, ticket_id, changes.fields)
        if changes.status is not UNSET:
            await set_status(actor, ticket_id, changes.status)
        if changes.tags is not UNSET:
            wanted = [rules.tag_name(name) for name in changes.tags]
            for name in set(await queries.tags(ticket_id)) - {*wanted}:
                await untag(actor, ticket_id, name)
            for name in wanted:
                await tag(actor, ticket_id, name)
        if changes.assignee is None:
            await assign(actor, ticket_id, None)
        if changes.department is not UNSET:
            await move(actor, ticket_id, changes.department)
        if isinstance(changes.assignee, int):
            await assign(actor, ticket_id, changes.assignee)


async def note(actor: Actor, ticket_id: int, said: Said) -> int:
    """Add an internal note, which customers never see and no clock hears of; its message id."""
    async with transaction():
        ticket = await _worked(actor, await queries.place(ticket_id))
        if (again := await _said_already(ticket.id, actor.id, said, "note")) is not None:
            return again
        message = await say(actor, ticket, said, kind="note", direction="out", author=actor.id)
        await record(NoteAdded(actor=actor.id, ticket=ticket.id, message=message.id))
        await mentions.call(actor, ticket, message.id, said.fresh)
    return int(message.id)


async def assign(
    actor: Actor, ticket_id: int, person_id: int | None, *, why: str = "", load: int = 0, is_skilled: bool = False
) -> None:
    """
    Give the ticket to an agent who works in its department or sees all, or to nobody (None).

    `why`, `load` and `is_skilled` are for the history (`TicketAssigned`).
    """
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        if ticket.assignee == person_id:
            return
        if person_id is not None and not await may_work_in(person_id, ticket.department):
            raise Invalid({"assignee": phrase("This person does not work in the ticket's department.")})
        # what was handed out would be handed out again at once, so there is nothing to take back
        async with nullcontext() if why else undoable(actor, ticket):
            ticket.assignee = person_id
            await _touch(ticket, Ticket.assignee)
            await record(
                TicketAssigned(
                    actor=actor.id, ticket=ticket.id, assignee=person_id, why=why, load=load, is_skilled=is_skilled
                )
            )


async def move(actor: Actor, ticket_id: int, department_id: int, *, how: str = "", to: int | None = None) -> None:
    """
    Hand the ticket to another department, under whose calendar and policy its clocks run on.

    An assignee who does not work there is taken off. One that goes along a chain of departments (`how`, as in
    `TicketMoved`) is taken off everybody; `to` looks after it there, if they can.
    """
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        if ticket.department == department_id:
            return
        if not await Department.exists().where(Department.id == department_id):
            raise Invalid({"department": phrase("There is no such department.")})
        async with undoable(actor, ticket):
            before, had = ticket.department, ticket.assignee
            ticket.department, ticket.assignee = department_id, to if how else had
            if ticket.assignee is not None and not await may_work_in(ticket.assignee, department_id):
                ticket.assignee = None
            await _touch(ticket, Ticket.department, Ticket.assignee)
            await deadlines.promise_anew(ticket)
            if ticket.assignee not in {None, had}:
                given = TicketAssigned(actor=actor.id, ticket=ticket.id, assignee=ticket.assignee, why=how)
                await record(given)
            moved = TicketMoved(
                actor=actor.id, ticket=ticket.id, department=department_id, was=before, how=how, had=had
            )
            await record(moved)


async def set_status(actor: Actor, ticket_id: int, status: str) -> None:
    """
    Move the ticket on. Agents choose freely; its customer may only say that it is solved.

    `status` is the key of what it is called; what that means is its category. Raises Invalid for another key.
    """
    chosen = await named.chosen_status(status)
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        is_solved = chosen.category == "solved"
        if not (access.may_work(actor, ticket) or (is_solved and access.may_close(actor, ticket))):
            raise Forbidden()
        await refuse_merged(ticket)
        is_done = chosen.category in rules.DONE
        if actor.is_agent and is_done and ticket.status not in rules.DONE and ticket.requester != actor.id:
            await answers.refuse_unfilled(ticket)
        async with undoable(actor, ticket):
            await _set_status(actor, ticket, chosen)


async def turn(actor: Actor, ticket_id: int, category: str) -> None:
    """Let a ticket mean this, by the name that the house itself chooses for it; one that means it stays as it is."""
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        if ticket.status != category:
            await set_status(actor, ticket_id, await named.default(category))


async def set_priority(actor: Actor, ticket_id: int, priority: str) -> None:
    """Make it more or less urgent; its promises are counted anew from when they began."""
    chosen = await named.chosen_priority(priority)
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        if ticket.priority == chosen.key:
            return
        async with undoable(actor, ticket):
            await _set_priority(actor, ticket, chosen)


async def set_topic(actor: Actor, ticket_id: int, topic: int | None) -> None:
    """
    Say what the ticket is about, or nothing (None). Where it is and how urgent it is stay as they are.

    Its promises are counted anew, which may depend on it. Raises Invalid for a topic that is out of use.
    """
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        if ticket.topic == topic:
            return
        await _topic_for(actor, topic, ticket.channel)
        async with undoable(actor, ticket):
            ticket.topic = topic
            await _touch(ticket, Ticket.topic)
            await answers.keep_words(ticket)
            await deadlines.promise_anew(ticket)
            await record(TicketTopicSet(actor=actor.id, ticket=ticket.id, topic=topic))


async def settle_status(ticket_id: int, chosen: Status) -> None:
    """For the house itself, when a status is not there any more: change it wherever the ticket is, also in the bin."""
    async with transaction():
        ticket = await locked(Ticket.objects().where(Ticket.id == ticket_id)).first()
        if ticket is not None:
            await _set_status(SYSTEM, ticket, chosen)
            if ticket.binned_at is not None:
                await deadlines.pause(ticket)


async def settle_priority(ticket_id: int, chosen: Priority) -> None:
    """The same when a priority is not there any more."""
    async with transaction():
        ticket = await locked(Ticket.objects().where(Ticket.id == ticket_id)).first()
        if ticket is None or ticket.priority == chosen.key:
            return
        await _set_priority(SYSTEM, ticket, chosen)
        if ticket.binned_at is not None:
            await deadlines.pause(ticket)


async def set_fields(actor: Actor, ticket_id: int, wanted: answers.Wanted) -> None:
    """Fill in fields of the ticket, or empty them. Raises Invalid with an error for each that cannot be used."""
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        async with undoable(actor, ticket, "fields"):
            if await answers.write(actor, ticket, wanted):
                await _touch(ticket)


async def tag(actor: Actor, ticket_id: int, name: str) -> None:
    """Hang a word on the ticket; hung twice, it hangs once."""
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        async with undoable(actor, ticket):
            await _hang(actor, ticket, name)


async def untag(actor: Actor, ticket_id: int, name: str) -> None:
    async with transaction():
        ticket = await _worked(actor, ticket_id)
        async with undoable(actor, ticket):
            taken = await (
                TicketTag.delete()
                .where((TicketTag.ticket == ticket.id) & (TicketTag.name == rules.tag_name(name)))
                .returning(TicketTag.name)
            )
            if taken:
                await deadlines.fact_changed(ticket, "tag")
                await record(TicketTagged(actor=actor.id, ticket=ticket.id, removed=taken[0]["name"]))


async def add_participant(actor: Actor, ticket_id: int, person_id: int) -> None:
    """Let somebody besides the requester get copies and answer."""
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        known = (Participant.ticket == ticket.id) & (Participant.person == person_id)
        if ticket.requester != person_id and not await Participant.exists().where(known):
            async with undoable(actor, ticket, "participants"):
                await Participant.insert(Participant(ticket=ticket.id, person=person_id))
                await record(ParticipantAdded(actor=actor.id, ticket=ticket.id, person=person_id))


async def remove_participant(actor: Actor, ticket_id: int, person_id: int) -> None:
    """
    Send somebody no more copies, and let them read the ticket no more. Nothing happens for who takes no part.

    Raises Forbidden for anybody but its requester and those who work on it.
    """
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        if not (access.may_share(actor, ticket) or access.may_work(actor, ticket)):
            raise Forbidden()
        await refuse_merged(ticket)
        async with undoable(actor, ticket, "participants"):
            theirs = (Participant.ticket == ticket.id) & (Participant.person == person_id)
            if await Participant.delete().where(theirs).returning(Participant.id):
                await record(ParticipantRemoved(actor=actor.id, ticket=ticket.id, person=person_id))


async def _hang(actor: Actor, ticket: Ticket, name: str, *, is_opening: bool = False) -> None:
    name = rules.tag_name(name)
    if not name:
        raise Invalid({"tag": phrase("This cannot be left empty.")})
    if not await TicketTag.exists().where((TicketTag.ticket == ticket.id) & (TicketTag.name == name)):
        await TicketTag.insert(TicketTag(ticket=ticket.id, name=name))
        if not is_opening:
            await deadlines.fact_changed(ticket, "tag")
        await record(TicketTagged(actor=actor.id, ticket=ticket.id, added=name))


async def _worked(actor: Actor, ticket_id: int) -> Ticket:
    """The ticket, fetched to be worked on."""
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    await refuse_merged(ticket)
    return ticket


async def refuse_merged(ticket: Ticket) -> None:
    """Raises Conflict for a ticket that went into another one, where nothing more is said on it."""
    if ticket.message_count == 0 and (place := await queries.place(ticket.id)) != ticket.id:
        raise Conflict(phrase("#%(number)s is merged into #%(place)s.", number=ticket.id, place=place))


async def say(actor: Actor, ticket: Ticket, said: Said, *, kind: str, direction: str, author: int | None) -> Message:
    """Keep what was said, with its files, and let the ticket's row and its words know. In the caller's transaction."""
    message = await _write(actor, ticket, said, kind=kind, direction=direction, author=author, at=said.sent_at or now())
    await heard(ticket, message)
    return message


async def heard(ticket: Ticket, message: Message) -> None:
    """Let the ticket's row and its words know of a message. In the caller's transaction."""
    ticket.updated_at = message.sent_at
    if message.kind == "reply":
        ticket.message_count += 1
        ticket.snippet = shorten(without_links(message.fresh), 200)
    await ticket.save([Ticket.updated_at, Ticket.message_count, Ticket.snippet])
    await words.keep(ticket, message)


async def _write(
    actor: Actor, ticket: Ticket, said: Said, *, kind: str, direction: str, author: int | None, at: datetime
) -> Message:
    """Keep what was said, with its files."""
    message = Message(
        ticket=ticket.id,
        author=author,
        kind=kind,
        direction=direction,
        channel=said.channel,
        to_addresses=msgspec.json.encode(said.to).decode(),
        cc_addresses=msgspec.json.encode(said.cc).decode(),
        raw_html=said.raw_html,
        is_new_matter=said.is_new_matter,
        **{**columns_of(said, name=actor.name, email=actor.email), "sent_at": at},
    )
    await message.save()
    if said.files:
        await Attachment.insert(*(Attachment(message=message.id, **columns_of_file(file)) for file in said.files))
    return message


async def _opened_already(asker: int, subject: str, said: Said) -> int | None:
    """The ticket that a form sent twice has opened already. Keeps the asker's other forms waiting until the commit."""
    if said.channel != "web":
        return None
    await locked(Person.objects().where(Person.id == asker))
    lately = (Ticket.requester == asker) & (Ticket.subject == subject) & (Ticket.opened_at > now() - SENT_TWICE)
    for row in await Ticket.select(Ticket.id).where(lately):
        if await _said_already(row["id"], asker, said, "reply") is not None:
            return int(row["id"])
    return None


async def _said_already(ticket: int, author: int | None, said: Said, kind: str) -> int | None:
    """The message that a form sent twice has left already: a double click, or a second try on a bad line."""
    if said.channel != "web":
        return None
    row = await (
        Message.select(Message.id)
        .where(
            (Message.ticket == ticket)
            & (Message.author == author)
            & Message.kind.is_in(["reply", "unsent"] if kind == "reply" else [kind])
            & (Message.body == said.body)
            & (Message.sent_at > now() - SENT_TWICE)
        )
        .order_by(Message.id, ascending=False)
        .first()
    )
    if row is None:
        return None
    files = await Attachment.select(Attachment.sha256).where(Attachment.message == row["id"]).order_by(Attachment.id)
    return int(row["id"]) if [file["sha256"] for file in files] == [file.sha256 for file in said.files] else None


async def _set_status(actor: Actor, ticket: Ticket, chosen: Status) -> None:
    """Change the status, if it changes at all, with the moments and clocks that hang on what it means."""
    before, status = ticket.status, chosen.category
    if (status, chosen.own_key) == (before, ticket.named_status):
        return
    ticket.status, ticket.named_status = status, chosen.own_key
    if status not in rules.DONE:
        ticket.solved_at = None
    elif before not in rules.DONE:
        ticket.solved_at = now()
    if status != before:
        ticket.closed_at = now() if status == "closed" else None
    await _touch(ticket, Ticket.status, Ticket.named_status, Ticket.solved_at, Ticket.closed_at)
    if status != before:
        await deadlines.after_status(ticket)
    await record(StatusChanged(actor=actor.id, ticket=ticket.id, status=status, named=ticket.named_status or ""))


async def _set_priority(actor: Actor, ticket: Ticket, chosen: Priority) -> None:
    """Change the priority, with the promises that hang on it."""
    before, ticket.priority, ticket.rank = ticket.priority, chosen.key, chosen.rank
    await _touch(ticket, Ticket.priority, Ticket.rank)
    await deadlines.promise_anew(ticket)
    await record(PriorityChanged(actor=actor.id, ticket=ticket.id, priority=chosen.key, was=before))


async def _touch(ticket: Ticket, *columns: Column) -> None:
    ticket.updated_at = now()
    await ticket.save([*columns, Ticket.updated_at])


async def may_work_in(person_id: int, department_id: int) -> bool:
    """Whether an agent works in the department, or sees all of them."""
    person = await Person.select(Person.role).where((Person.id == person_id) & Person.is_active.eq(True)).first()
    if person is None:
        return False
    role = await Role.select(Role.is_staff, Role.permissions).where(Role.key == person["role"]).first()
    if not role or not role["is_staff"]:
        return False
    if access.SEE_ALL in msgspec.json.decode(role["permissions"]):
        return True
    return await Member.exists().where((Member.person == person_id) & (Member.department == department_id))
