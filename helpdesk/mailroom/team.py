"""
Letters to agents: of new tickets, of tickets that become theirs, of answers on those that they look after or follow,
as each of them chose.

Only to those who may see the ticket, and never to whoever did it. An agent who answers such a letter answers
the customer. No hour brings anybody more than MOST_AN_HOUR of them; one summary stands for the rest.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup
from msgspec import Struct
from piccolo.query.functions import Count

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.config import config, secret_key
from helpdesk.core.keys import token_hash
from helpdesk.departments import queries as departments
from helpdesk.events.tables import EventRow
from helpdesk.i18n.reader import Reader
from helpdesk.jobs.queue import Owed, owe, waiting
from helpdesk.mail import thread
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.outgoing.compose import Outgoing
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.tables import Outbound
from helpdesk.mailroom import enclosing, sender, wording
from helpdesk.people import letters
from helpdesk.people.queries import actor_of, actors_of
from helpdesk.people.tables import Person
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla import queries as sla
from helpdesk.sla.explain import by_when
from helpdesk.tickets import access, following, queries
from helpdesk.tickets.events import ColleagueMentioned, TicketAssigned, TicketOpened, TicketReplied
from helpdesk.tickets.queries import TicketFacts
from helpdesk.tickets.tables import Ticket

MOST_AN_HOUR: Final = 20
HOUR: Final = timedelta(hours=1)
MOST_IN_SUMMARY: Final = 30


class Recipient(Struct, frozen=True):
    """Somebody a letter is written to."""

    id: int
    name: str
    email: str
    lang: str


async def tell_department(event: TicketOpened) -> None:
    """Tell the people of a department that somebody asks."""
    if not await queries.is_visible(SYSTEM, event.ticket):
        return  # it is in the bin by now
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    members = await departments.members(ticket.department)
    chosen = await letters.choices_of(members)
    people = [one for one in members if chosen[one].is_told_of_new(len(members))]
    told = await with_room(await hearers(people, ticket, but=event.actor), ticket)
    if not told:
        return
    message = enclosing.shown(await queries.message(SYSTEM, event.message))
    promised = await _promised(ticket)
    for person in told:
        values = {"message": message, "promise": _in_words(promised, await reader_of(person))}
        await _write(person, ticket, "new_ticket", values, key=f"new:{ticket.id}:{person.id}", number=event.message)


async def tell_assignee(event: TicketAssigned) -> None:
    """Tell an agent that a ticket is theirs now; one from whom it went on meanwhile is not told."""
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    if event.assignee is None or event.assignee != ticket.assignee:
        return
    if not (await letters.choices(event.assignee)).hears_assigned:
        return
    asked = [one for one in await queries.messages(SYSTEM, ticket.id) if one.direction == "in" and one.kind == "reply"]
    number = await _newest_assignment(ticket.id)
    values = {
        "agent.name": await _name(event.actor),
        "message": enclosing.shown(asked[-1]) if asked else Markup(),
    }
    for person in await hearers([event.assignee], ticket, but=event.actor):
        await write_to(person, ticket, "assigned", values, key=f"assigned:{number}:{person.id}", number=number)


async def tell_mentioned(event: ColleagueMentioned) -> None:
    """Tell an agent that a note calls them by name."""
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    values = {
        "agent.name": await _name(event.actor),
        "message": enclosing.shown(await queries.message(SYSTEM, event.message)),
    }
    for person in await hearers([event.person], ticket, but=event.actor):
        key = f"mentioned:{event.message}:{person.id}"
        await write_to(person, ticket, "mentioned", values, key=key, number=event.message)


async def tell_of_answer(event: TicketReplied) -> None:
    """Tell the assignee and those who follow what the customer answers."""
    if event.by_agent:
        return
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    followers = [one.id for one in await following.followers(ticket.id)]
    people = dict.fromkeys([*followers, ticket.assignee] if ticket.assignee else followers)
    chosen = await letters.choices_of(people)
    wanted = [one for one in people if chosen[one].hears_replies]
    told = await with_room(await hearers(wanted, ticket, but=event.actor), ticket) if wanted else []
    if not told:
        return
    values = {"message": enclosing.shown(await queries.message(SYSTEM, event.message))}
    for person in told:
        key = f"answered:{event.message}:{person.id}"
        await _write(person, ticket, "answered", values, key=key, number=event.message)


async def summarise(person: int, since: str) -> None:
    """The job an hour after somebody had too many letters: which of their tickets have moved since (ISO 8601)."""
    actor, moment = await actor_of(person), datetime.fromisoformat(since)
    moved = await queries.newest(actor, access.worked_by(actor) & (Ticket.updated_at >= moment), size=MOST_IN_SUMMARY)
    found = await recipients([person])
    if not found or not moved.items:
        return
    site = await store.get(SiteSettings)
    lines = [(f"#{one.id} {one.subject}", sender.desk_page(one.id)) for one in moved.items]
    values = {"tickets": wording.as_list(lines), "link": f"{config().base_url}/desk"}
    said = await wording.write("digest", await reader_of(found[0]), site, values)
    key = f"digest:{person}:{since}"
    letter = await of_the_house(found[0], said, key)
    await outbox.owe(letter, about=about(person), key=key, envelope_from=letter.sender.email)


# ---- to whom, and how many ---------------------------------------------------------------------------------------


async def hearers(people: Collection[int], ticket: TicketFacts, *, but: int | None) -> list[Recipient]:
    """Those of them who may see the inside of the ticket, and neither did this nor ask themselves."""
    asked = [person for person in people if person not in {but, ticket.requester}]
    found = await recipients(asked) if asked else []
    actors = await actors_of([person.id for person in found]) if found else {}
    return [
        person
        for person in found
        if (actor := actors.get(person.id))
        and access.works_on(actor, department=ticket.department, assignee=ticket.assignee)
    ]


async def recipients(people: Collection[int]) -> list[Recipient]:
    """Those who may still come in and have an address that is not one of ours."""
    rows = await (
        Person.select(Person.id, Person.name, Person.email, Person.lang)
        .where(Person.id.is_in([*people] or [0]) & Person.email.is_not_null() & Person.is_active.eq(True))
        .order_by(Person.id)
    )
    return [Recipient(**row) for row in rows if not await departments.is_ours(row["email"])]


async def write_to(
    person: Recipient, ticket: TicketFacts, kind: str, values: Mapping[str, str], *, key: str, number: int
) -> None:
    """One letter about a ticket to one agent, once for its `key`; `number` makes its Message-ID one of its own."""
    for one in await with_room([person], ticket):
        await _write(one, ticket, kind, values, key=key, number=number)


async def _write(
    person: Recipient, ticket: TicketFacts, kind: str, values: Mapping[str, str], *, key: str, number: int
) -> None:
    site, reader = await store.get(SiteSettings), await reader_of(person)
    known = {
        "ticket.number": str(ticket.id),
        "ticket.subject": ticket.subject,
        "ticket.status": sender.status_name(ticket.called, reader, for_customers=False),
        "customer.name": ticket.who,
        "department.name": await sender.department_name(ticket, reader),
        "link": sender.desk_page(ticket.id),
    }
    said = await wording.write(kind, reader, site, {**known, **values}, department=ticket.department)
    letter = Outgoing(
        sender=await sender.of_department(ticket, reader, site),
        to=(Address(person.name, person.email),),
        subject=said.subject,
        text=said.text,
        html=said.html,
        message_id=f"{kind}.{_message_id(ticket.id, number, person.id)}",
        references=(_message_id(ticket.id, 0, person.id),),
        reply_to=await sender.answers_to(ticket, person.id),
        sent_at=now(),
        automatic="auto-generated",
    )
    await outbox.owe(letter, about=about(person.id), key=key, envelope_from=letter.reply_to)


async def of_the_house(person: Recipient, said: wording.Said, key: str) -> Outgoing:
    """A letter about no ticket, in the name of the whole help centre. Its Message-ID comes from `key`, and hides it."""
    site = await store.get(SiteSettings)
    return Outgoing(
        sender=Address(site.name, await sender.any_address()),
        to=(Address(person.name, person.email),),
        subject=said.subject,
        text=said.text,
        html=said.html,
        message_id=f"{token_hash(key + secret_key())[:32]}@{config().mail_domain}",
        sent_at=now(),
        automatic="auto-generated",
    )


async def reader_of(person: Recipient) -> Reader:
    return Reader(person.lang, (await store.get(SiteSettings)).timezone)


def about(person: int) -> str:
    """What letters to an agent are about, in the outbox."""
    return f"agent:{person}"


async def promise(ticket: TicketFacts, reader: Reader) -> str:
    """By when the first answer is promised, in the reader's words and the office's time; empty for no promise."""
    return _in_words(await _promised(ticket), reader)


async def _promised(ticket: TicketFacts) -> tuple[datetime, str] | None:
    """By when the first answer is promised, and the office's time zone."""
    due = [one.due_at for one in await queries.deadlines(ticket.id) if one.kind == "first_response" and one.due_at]
    if not due:
        return None
    return due[0], (await sla.calendar((await departments.department(ticket.department)).calendar)).tz


def _in_words(promised: tuple[datetime, str] | None, reader: Reader) -> str:
    return by_when(promised[0], now(), promised[1], reader.lang) if promised else ""


async def _had_enough(people: Collection[int]) -> list[int]:
    """Those of them who got as many letters this hour as an hour may bring."""
    names = {about(person): person for person in people}
    lately = Outbound.about.is_in([*names]) & (Outbound.created_at > now() - HOUR)
    rows = await Outbound.select(Outbound.about, Count(alias="n")).where(lately).group_by(Outbound.about)
    return [names[row["about"]] for row in rows if row["n"] >= MOST_AN_HOUR]


async def with_room(people: Sequence[Recipient], ticket: TicketFacts) -> list[Recipient]:
    """Those who may get one more letter this hour. The others get one summary of all that comes meanwhile."""
    if not people:
        return []
    full = await _had_enough([person.id for person in people])
    missing = {about(person): person for person in full}
    if missing:
        for key in await waiting([*missing]):
            del missing[key]
        since = ticket.updated_at.isoformat()
        await owe([Owed(summarise, {"person": who, "since": since}, now() + HOUR, key) for key, who in missing.items()])
    return [person for person in people if person.id not in full]


def _message_id(ticket: int, number: int, agent: int) -> str:
    """Ids that prove agent and ticket to us; that with number 0 is no letter's, and holds a ticket's together."""
    return thread.new_message_id(ticket, number, secret_key(), config().mail_domain, agent)


async def _newest_assignment(ticket: int) -> int:
    """The number of the event, so that being told again is a letter of its own and reacting twice is none."""
    row = await (
        EventRow.select(EventRow.id)
        .where((EventRow.name == TicketAssigned.__name__) & (EventRow.about == f"ticket:{ticket}"))
        .order_by(EventRow.id, ascending=False)
        .first()
    )
    return int(row["id"]) if row else 0


async def _name(person: int | None) -> str:
    row = await Person.select(Person.name).where(Person.id == person).first() if person else None
    return row["name"] if row else ""
