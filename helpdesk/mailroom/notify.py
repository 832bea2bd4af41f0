"""
Reactions that write letters: who hears what, each of them once.

A letter is owed in one transaction under a key of its own, so a reaction that runs again writes nothing again.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from markupsafe import Markup
from msgspec import Struct, structs

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.config import config, secret_key
from helpdesk.core.db import transaction
from helpdesk.core.errors import NotFound
from helpdesk.core.keys import token_hash
from helpdesk.core.text import email_key, shorten
from helpdesk.departments import queries as departments
from helpdesk.files import store as files
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail import outbox, thread
from helpdesk.mail.compose import Enclosed, Outgoing, words
from helpdesk.mail.events import LetterFailed
from helpdesk.mail.letter import Address
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.mailroom.reading import plain
from helpdesk.mailroom.sort import staff_secret
from helpdesk.people import links
from helpdesk.people.events import AgentInvited, PasswordResetAsked, PersonEvent, SignInAsked
from helpdesk.people.tables import Person
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla import queries as sla
from helpdesk.sla.explain import by_when
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries
from helpdesk.tickets.access import guest_key
from helpdesk.tickets.events import DeadlineMissed, DeadlineNear, TicketOpened, TicketReplied
from helpdesk.tickets.queries import FileRow, MessageRow, TicketFacts
from helpdesk.tickets.tables import Message, Participant, Ticket

MOST_ACKNOWLEDGEMENTS: Final = 5
"""Within an hour to one person (RFC 3834, section 2, asks for some such limit)."""
MOST_ENCLOSED: Final = 18 * 1024 * 1024
"""Bytes of files in one letter, since many servers stop at 25 MB after encoding; more stay on the page."""
ACKNOWLEDGED: Final = "ack:{}"

_LINK: Final = re.compile(r"(?:https?://|www\.)\S+|\S+\.\S{2,}/\S*", re.IGNORECASE)


class Recipient(Struct, frozen=True):
    """Somebody a letter is written to."""

    id: int
    name: str
    email: str
    lang: str


async def acknowledge(event: TicketOpened) -> None:
    """Tell the customer that the request is here, and by when an answer is promised. Never to a program."""
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    message = await queries.message(SYSTEM, event.message)
    if not ticket.requester_email or not await _may_acknowledge(event, ticket, message):
        return
    site = await store.get(SiteSettings)
    reader = Reader(ticket.lang, site.timezone)
    subject = shorten(_LINK.sub("…", ticket.subject), 120)
    is_letter = ticket.channel == "email"
    said = words(
        "acknowledge",
        reader,
        site,
        subject=subject,
        number=ticket.id,
        promise=await _promise(ticket, reader),
        url=_page_of(ticket),
    )
    letter = Outgoing(
        sender=await _sender(ticket, reader, site),
        to=(Address(ticket.requester_name, ticket.requester_email),),
        subject=f"Re: {subject}" if is_letter else subject,
        text=said.text,
        html=said.html,
        message_id=_id_of_acknowledgement(ticket.id),
        references=(message.message_id,) if is_letter else (),
        reply_to=await _answers_to(ticket, secret_key()),
        sent_at=now(),
        automatic="auto-replied",
    )
    await _owe(letter, ticket, key=ACKNOWLEDGED.format(ticket.id))


async def mail_reply(event: TicketReplied) -> None:
    """Bring an agent's public answer to the requester and everybody in copy."""
    if not event.by_agent:
        return
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    message = await queries.message(SYSTEM, event.message)
    to, cc = await _audience(ticket, message)
    if not to:
        return
    site = await store.get(SiteSettings)
    reader = Reader(ticket.lang, site.timezone)
    enclosed, left = await _enclosed(message.files)
    said = words(
        "mail_reply",
        reader,
        site,
        subject=ticket.subject,
        text=message.fresh,
        html=Markup(message.html),  # noqa: S704  # made safe when the message was kept
        agent=message.who,
        left=left,
        url=_page_of(ticket, is_shared=bool(cc)),
    )
    message_id = thread.new_message_id(ticket.id, message.id, secret_key(), config().mail_domain)
    sender = await _sender(ticket, reader, site)
    letter = Outgoing(
        sender=Address(f"{message.who} · {site.name}", sender.email),
        to=to,
        cc=cc,
        subject=f"Re: {ticket.subject}",
        text=said.text,
        html=said.html,
        message_id=message_id,
        references=await _before(ticket, message),
        reply_to=await _answers_to(ticket, secret_key()),
        sent_at=now(),
        files=enclosed,
    )
    async with transaction():
        await _owe(letter, ticket, key=f"reply:{message.id}", about=f"message:{message.id}")
        if not message.message_id:
            await Message.update({Message.message_id: message_id}).where(Message.id == message.id)


async def warn_team(event: DeadlineNear | DeadlineMissed) -> None:
    """Tell the assignee, or the department where there is none, that a promise is at risk or broken."""
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    deadline = next((one for one in await queries.deadlines(ticket.id) if one.id == event.deadline), None)
    if deadline is None or deadline.met_at or not deadline.due_at:
        return
    site = await store.get(SiteSettings)
    people = [ticket.assignee] if ticket.assignee else await departments.members(ticket.department)
    is_missed = isinstance(event, DeadlineMissed)
    for person in await _recipients(people):
        reader = Reader(person.lang, site.timezone)
        with reading_as(reader):
            subject = _warning(ticket, is_missed=is_missed)
        said = words(
            "warn_team",
            reader,
            site,
            subject=subject,
            ticket=ticket,
            deadline=deadline,
            moment_text=long_moment(deadline.due_at, reader.tz, reader.lang),
            is_missed=is_missed,
            url=f"{config().base_url}/desk/tickets/{ticket.id}",
        )
        letter = Outgoing(
            sender=await _sender(ticket, reader, site),
            to=(Address(person.name, person.email),),
            subject=subject,
            text=said.text,
            html=said.html,
            message_id=thread.new_message_id(ticket.id, deadline.id, staff_secret(), config().mail_domain),
            reply_to=await _answers_to(ticket, staff_secret()),
            sent_at=now(),
            automatic="auto-generated",
        )
        await _owe(letter, ticket, key=f"{'missed' if is_missed else 'near'}:{deadline.id}:{person.id}")


def _warning(ticket: TicketFacts, *, is_missed: bool) -> str:
    if is_missed:
        return gettext("Overdue: #%(number)s %(subject)s", number=ticket.id, subject=ticket.subject)
    return gettext("Due soon: #%(number)s %(subject)s", number=ticket.id, subject=ticket.subject)


async def mail_sign_in_link(event: SignInAsked) -> None:
    """The link that signs somebody in, to the address that it proves."""
    await _let_in(event, "mail_sign_in_link", await links.sign_in(event.person, event.next))


async def mail_password_link(event: PasswordResetAsked) -> None:
    """The link that lets somebody choose a new password."""
    await _let_in(event, "mail_password_link", await links.password(event.person))


async def mail_invitation(event: AgentInvited) -> None:
    """The link with which a new colleague chooses a first password."""
    await _let_in(event, "mail_invitation", await links.invitation(event.person))


async def show_failure(event: LetterFailed) -> None:
    """Put on the ticket that a letter about it will not arrive, where its agents see it."""
    row = await (
        Outbound.select(Outbound.about, Outbound.recipients, Outbound.last_error)
        .where(Outbound.id == event.outbound)
        .first()
    )
    ticket = await _ticket_of(row["about"]) if row else None
    mark = f"outbound-{event.outbound}.failed@{config().mail_domain}"
    if row is None or ticket is None or await Message.exists().where(Message.message_id == mark):
        return
    site = await store.get(SiteSettings)
    with reading_as(Reader(site.language, site.timezone)):
        text = gettext("This letter was not delivered. The mail server says: %(error)s", error=row["last_error"])
    await tickets.note(SYSTEM, ticket, structs.replace(plain(text), message_id=mark))


# ---- who may hear, who is heard --------------------------------------------------------------------------------


async def _may_acknowledge(event: TicketOpened, ticket: TicketFacts, message: MessageRow) -> bool:
    """A person wrote it, about themselves, not for the sixth time within an hour, and nothing forbids to answer."""
    if event.actor != ticket.requester or message.is_automatic or ticket.channel not in {"email", "web"}:
        return False
    if message.inbound is not None:
        row = await Inbound.select(Inbound.may_answer).where(Inbound.id == message.inbound).first()
        if row is None or not row["may_answer"]:
            return False
    if await departments.is_ours(ticket.requester_email or ""):
        return False
    lately = (Ticket.requester == ticket.requester) & (Ticket.opened_at > ticket.opened_at - timedelta(hours=1))
    count: int = await Ticket.count().where(lately & (Ticket.id <= ticket.id))
    return count <= MOST_ACKNOWLEDGEMENTS


async def _audience(ticket: TicketFacts, message: MessageRow) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """To and Cc of an answer: the requester and those in copy, but neither ourselves nor who wrote it."""
    copied = await (
        Participant.select(
            Participant.person, Participant.person.name.as_alias("name"), Participant.person.email.as_alias("email")
        )
        .where(Participant.ticket == ticket.id)
        .order_by(Participant.id)
    )
    named = [(ticket.requester, ticket.requester_name, ticket.requester_email)]
    named += [(row["person"], row["name"], row["email"]) for row in copied]
    heard = [
        Address(name, email)
        for person, name, email in named
        if email and person != message.author and not await departments.is_ours(email)
    ]
    unique = {email_key(one.email): one for one in reversed(heard)}
    addresses = tuple(reversed(unique.values()))
    return addresses[:1], addresses[1:]


async def _recipients(people: Sequence[int]) -> list[Recipient]:
    rows = await (
        Person.select(Person.id, Person.name, Person.email, Person.lang)
        .where(Person.id.is_in(list(people) or [0]) & Person.email.is_not_null() & Person.is_active.eq(True))
        .order_by(Person.id)
    )
    return [Recipient(**row) for row in rows]


async def _ticket_of(about: str) -> int | None:
    """The ticket a letter of ours was about."""
    kind, _, number = about.partition(":")
    if kind == "ticket":
        return int(number)
    if kind != "message":
        return None
    row = await Message.select(Message.ticket).where(Message.id == int(number)).first()
    return row["ticket"] if row else None


# ---- what a letter carries -------------------------------------------------------------------------------------


async def _owe(letter: Outgoing, ticket: TicketFacts, *, key: str, about: str = "") -> None:
    place = f"ticket:{ticket.id}"
    lane = "" if letter.automatic == "auto-generated" else place  # a warning to colleagues holds up no answer
    await outbox.owe(letter, about=about or place, key=key, envelope_from=letter.reply_to, lane=lane)


async def _let_in(event: PersonEvent, template: str, url: str | None) -> None:
    found = await _recipients([event.person])
    if url is None or not found:
        return
    person, site = found[0], await store.get(SiteSettings)
    reader = Reader(person.lang, site.timezone)
    with reading_as(reader):
        subject = {
            "mail_sign_in_link": gettext("Your link to sign in to %(site)s", site=site.name),
            "mail_password_link": gettext("Choose a new password for %(site)s", site=site.name),
            "mail_invitation": gettext("You are invited to %(site)s", site=site.name),
        }[template]
    said = words(template, reader, site, subject=subject, url=url, name=person.name)
    address = await _first_address()
    letter = Outgoing(
        sender=Address(site.name, address),
        to=(Address(person.name, person.email),),
        subject=subject,
        text=said.text,
        html=said.html,
        message_id=f"{token_hash(url)[:32]}@{config().mail_domain}",
        sent_at=now(),
        automatic="auto-generated",
    )
    await outbox.owe(letter, about=f"person:{person.id}", envelope_from=address)


async def _sender(ticket: TicketFacts, reader: Reader, site: SiteSettings) -> Address:
    try:
        name = departments.name(await departments.department(ticket.department), reader.lang)
    except NotFound:
        return Address(site.name, await _our_address(ticket))
    return Address(f"{name} · {site.name}", await _our_address(ticket))


async def _our_address(ticket: TicketFacts) -> str:
    """The address the customer wrote to, while it belongs to the ticket's department; else the department's own."""
    routed = await departments.department_for_address(ticket.mailbox) if ticket.mailbox else None
    if routed is not None and routed.department == ticket.department:
        return ticket.mailbox
    return (await departments.department(ticket.department)).address or await _first_address()


async def _first_address() -> str:
    addresses = [one.address for one in await departments.all_departments() if one.address]
    return addresses[0] if addresses else f"help@{config().mail_domain}"


async def _answers_to(ticket: TicketFacts, secret: str) -> str:
    return thread.reply_address(await _our_address(ticket), ticket.id, secret)


def _page_of(ticket: TicketFacts, *, is_shared: bool = False) -> str:
    """
    The customer's private link. In a letter that others read too (`is_shared`) it is without its key:
    whoever has the key speaks as the requester.
    """
    page = f"{config().base_url}/{ticket.lang}/help/requests/{ticket.id}"
    return page if is_shared else f"{page}?key={guest_key(ticket.id)}"


def _id_of_acknowledgement(ticket: int) -> str:
    return thread.new_message_id(ticket, 0, secret_key(), config().mail_domain)


async def _promise(ticket: TicketFacts, reader: Reader) -> str:
    """By when the first answer is promised, in the reader's words and the office's time; empty for no promise."""
    due = [one.due_at for one in await queries.deadlines(ticket.id) if one.kind == "first_response" and one.due_at]
    if not due:
        return ""
    calendar = await sla.calendar((await departments.department(ticket.department)).calendar)
    return by_when(due[0], now(), calendar.tz, reader.lang)


async def _before(ticket: TicketFacts, message: MessageRow) -> tuple[str, ...]:
    """The ids of the public letters before this one, oldest first; our acknowledgement stands after the first."""
    said = (Message.ticket == ticket.id) & (Message.kind == "reply") & (Message.id < message.id)
    rows = await Message.select(Message.message_id).where(said).order_by(Message.id)
    ids = [row["message_id"] for row in rows if row["message_id"]]
    if await Outbound.exists().where(Outbound.key == ACKNOWLEDGED.format(ticket.id)):
        ids.insert(1 if ticket.channel == "email" else 0, _id_of_acknowledgement(ticket.id))
    return tuple(ids)


async def _enclosed(rows: Sequence[FileRow]) -> tuple[tuple[Enclosed, ...], int]:
    """The files that go along, and how many stay on the page because there are too many bytes of them."""
    enclosed: list[Enclosed] = []
    room = MOST_ENCLOSED
    for row in rows:
        if row.size <= room:
            room -= row.size
            enclosed.append(Enclosed(row.filename, row.content_type, await files.read(row.sha256)))
    return tuple(enclosed), len(rows) - len(enclosed)
