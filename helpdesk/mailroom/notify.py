"""
Reactions that write letters: who hears what, each of them once.

A letter is owed in one transaction under a key of its own, so a reaction that runs again writes nothing again.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import json, structs
from piccolo.columns import Column

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.config import config, secret_key
from helpdesk.core.db import locked, transaction
from helpdesk.core.keys import token_hash
from helpdesk.core.text import email_key
from helpdesk.departments import queries as departments
from helpdesk.departments.signing import signature
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail import thread
from helpdesk.mail.events import LetterBounced, LetterFailed
from helpdesk.mail.outgoing import deliveries, outbox
from helpdesk.mail.outgoing.compose import Outgoing
from helpdesk.mail.outgoing.why import DOUBTFUL
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.tables import DeliveryReport, Inbound, Outbound
from helpdesk.mailroom import alarms, automatic, enclosing, reports, sender, team, wording
from helpdesk.mailroom.audience import answer_subject, audience
from helpdesk.mailroom.reading import plain
from helpdesk.people import links
from helpdesk.people.events import AgentInvited, PasswordResetAsked, PersonEvent, SignInAsked, SignUpAsked
from helpdesk.settings import store
from helpdesk.settings.letters import LetterSettings
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries
from helpdesk.tickets.events import DeadlineMissed, DeadlineNear, TicketOpened, TicketReplied
from helpdesk.tickets.queries import MessageRow, TicketFacts
from helpdesk.tickets.tables import Message, Ticket
from helpdesk.web.elements import clock_name

ACKNOWLEDGED: Final = "ack:{}"


async def acknowledge(event: TicketOpened) -> None:
    """Tell the customer that the request is here, and by when an answer is promised. Never to a program."""
    if not await queries.is_visible(SYSTEM, event.ticket):
        return  # it is in the bin by now
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    message = await queries.message(SYSTEM, event.message)
    if not ticket.requester_email or not await _may_acknowledge(event, ticket, message):
        return
    if await _is_answered(ticket.id):
        return
    site = await store.get(SiteSettings)
    reader = Reader(ticket.lang, site.timezone)
    values = {
        "ticket.number": str(ticket.id),
        "department.name": await sender.department_name(ticket, reader),
        "promise": await team.promise(ticket, reader),
        "link": sender.page_of(ticket, await sender.key_of(ticket, is_shared=False)),
    }
    said = await wording.write("acknowledge", reader, site, values, department=ticket.department)
    letter = Outgoing(
        sender=await sender.of_department(ticket, reader, site),
        to=(Address(ticket.requester_name, await _marked(message) or ticket.requester_email),),
        subject=said.subject,
        text=said.text,
        html=said.html,
        message_id=_id_of_acknowledgement(ticket.id),
        references=(message.message_id,) if ticket.channel == "email" else (),
        reply_to=await sender.answers_to(ticket),
        sent_at=now(),
        automatic="auto-replied",
    )
    place = f"ticket:{ticket.id}"
    async with transaction():
        await locked(Ticket.objects().where(Ticket.id == ticket.id))  # nobody answers in between
        if await _is_answered(ticket.id):
            return
        if await automatic.may_write(ticket.requester_email, about=place):
            await outbox.owe(letter, about=place, key=ACKNOWLEDGED.format(ticket.id), lane=place)


async def mail_reply(event: TicketReplied) -> None:
    """Bring an agent's public answer to the requester and everybody in copy."""
    if not event.by_agent:
        return
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    message = await queries.message(SYSTEM, event.message)
    to, cc = await audience(ticket, message)
    if not to:
        return
    site, settings = await store.get(SiteSettings), await store.get(LetterSettings)
    reader = Reader(ticket.lang, site.timezone)
    answer, files, left = await enclosing.enclosed(message.html, message.files)
    is_shared = bool(cc) or [email_key(one.email) for one in to] != [email_key(ticket.requester_email or "")]
    key = await sender.key_of(ticket, is_shared=is_shared)
    values = {
        "ticket.number": str(ticket.id),
        "ticket.subject": ticket.subject,
        "ticket.status": sender.status_name(ticket.called, reader, for_customers=True),
        "subject": await answer_subject(ticket.subject, ticket.id),
        "customer.name": ticket.requester_name,
        "department.name": await sender.department_name(ticket, reader),
        "agent.name": message.who,
        "answer": answer,
        "signature": await signature(message.author, message.who, ticket.department, reader, site),
        "history": enclosing.history(await _answered(ticket, message), reader) if settings.quote else "",
        "files_left": str(left) if left else "",
        "link": sender.page_of(ticket, key),
        **_rating(ticket, key),
    }
    said = await wording.write("reply", reader, site, values, department=ticket.department)
    message_id = thread.new_message_id(ticket.id, message.id, secret_key(), config().mail_domain)
    letter = Outgoing(
        sender=await sender.of_agent(message.who, settings.sender, ticket, reader, site),
        to=to,
        cc=cc,
        subject=said.subject,
        text=said.text,
        html=said.html,
        message_id=message_id,
        references=await _before(ticket, message),
        reply_to=await sender.answers_to(ticket),
        sent_at=now(),
        files=files,
        automatic="auto-replied" if message.is_automatic else "",
    )
    async with transaction():
        await _owe(letter, ticket, key=f"reply:{message.id}", about=f"message:{message.id}")
        await _keep_as_sent(message, message_id, to, cc)


async def _keep_as_sent(message: MessageRow, message_id: str, to: Sequence[Address], cc: Sequence[Address]) -> None:
    """Under which id the answer went out, and to whom: agents see it, and answers are recognised by it."""
    sent: dict[Column | str, Any] = {"to_addresses": json.encode(to).decode(), "cc_addresses": json.encode(cc).decode()}
    if not message.message_id:
        sent["message_id"] = message_id
    await Message.update(sent).where(Message.id == message.id)


async def warn_team(event: DeadlineNear | DeadlineMissed) -> None:
    """Tell the assignee, or the department where there is none, that a promise is at risk or broken."""
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    deadline = next((one for one in await queries.deadlines(ticket.id) if one.id == event.deadline), None)
    if deadline is None or deadline.met_at or not deadline.due_at or await alarms.waits_for_opening(warn_team, ticket):
        return
    people = [ticket.assignee] if ticket.assignee else await departments.members(ticket.department)
    kind = "missed" if isinstance(event, DeadlineMissed) else "near"
    for person in await team.hearers(people, ticket, but=None):
        reader = await team.reader_of(person)
        with reading_as(reader):
            values = {
                "promise": clock_name(deadline.kind),
                "moment": long_moment(deadline.due_at, reader.tz, reader.lang),
            }
        key = f"{kind}:{deadline.id}:{person.id}"
        await team.write_to(person, ticket, kind, values, key=key, number=deadline.id)


async def mail_sign_in_link(event: SignInAsked) -> None:
    """The link that signs somebody in, to the address that it proves."""
    await _let_in(event, "sign_in", await links.sign_in(event.person, event.next))


async def mail_sign_up_link(event: SignUpAsked) -> None:
    """The link with which somebody new confirms the password they chose."""
    await _let_in(event, "sign_up", await links.sign_up(event.person, event.sign_up))


async def mail_password_link(event: PasswordResetAsked) -> None:
    """The link that lets somebody choose a new password."""
    await _let_in(event, "password", await links.password(event.person))


async def mail_invitation(event: AgentInvited) -> None:
    """The link with which a new colleague chooses a first password."""
    await _let_in(event, "invitation", await links.invitation(event.person))


async def show_failure(event: LetterFailed) -> None:
    """Put on the ticket that a letter about it will not arrive, and why, where its agents see it."""
    letter = (await deliveries.of([event.outbound])).get(event.outbound)
    ticket = await _ticket_of(letter.about) if letter else None
    mark = f"outbound-{event.outbound}{letter.again if letter else ''}.failed@{config().mail_domain}"
    if letter is None or ticket is None or await Message.exists().where(Message.message_id == mark):
        return
    site = await store.get(SiteSettings)
    with reading_as(Reader(site.language, site.timezone)):
        lines = [
            gettext("%(address)s was not reached: %(reason)s", address=one.email, reason=one.why)
            for one in letter.recipients
            if one.state == "failed"
        ]
        text = "\n".join(lines) or gettext("A letter of ours was not delivered.")
        if letter.state == "unknown":
            text = str(DOUBTFUL)
    await tickets.note(SYSTEM, ticket, structs.replace(plain(text), message_id=mark))


async def warn_bounced(event: LetterBounced) -> None:
    """Tell the assignee, or the department where there is none, that an answer has not reached the customer."""
    reported = await reports.of_letter(event.outbound)
    letter = (await deliveries.of([event.outbound])).get(event.outbound)
    if letter is None or reported is None or reported.ticket is None or reported.message is None:
        return
    ticket = await queries.ticket_facts(SYSTEM, reported.ticket)
    people = [ticket.assignee] if ticket.assignee else await departments.members(ticket.department)
    told = (DeliveryReport.outbound == event.outbound) & (DeliveryReport.kind == "bounced")
    reports_so_far = DeliveryReport.select(DeliveryReport.recipient, DeliveryReport.reason).where(told)
    last = {row["recipient"]: row["reason"] for row in await reports_so_far.order_by(DeliveryReport.id)}
    for person in await team.hearers(people, ticket, but=None):
        with reading_as(await team.reader_of(person)):
            lines = "\n".join(f"{recipient}: {reports.why(reason)}" for recipient, reason in last.items())
        key = f"bounced:{event.outbound}{letter.again}:{person.id}"
        await team.write_to(person, ticket, "bounced", {"trouble": lines}, key=key, number=reported.message)


# ---- who may hear, who is heard --------------------------------------------------------------------------------


async def _may_acknowledge(event: TicketOpened, ticket: TicketFacts, message: MessageRow) -> bool:
    """A person wrote it, about themselves, and nothing in the letter forbids to answer. Limits are looked at later."""
    if event.actor != ticket.requester or message.is_automatic or ticket.channel not in {"email", "web"}:
        return False
    if message.inbound is not None:
        row = await Inbound.select(Inbound.may_answer).where(Inbound.id == message.inbound).first()
        if row is None or not row["may_answer"]:
            return False
    return True


async def _is_answered(ticket: int) -> bool:
    """Whether an answer was quicker than the acknowledgement: it says more, unless a program gave it."""
    answered = (Message.ticket == ticket) & (Message.kind == "reply") & (Message.direction == "out")
    return await Message.exists().where(answered & Message.is_automatic.eq(False))


async def _marked(message: MessageRow) -> str:
    """The address with a mark that the letter asks automatic answers to be sent to; empty where it asks for none."""
    row = await Inbound.select(Inbound.answer_to).where(Inbound.id == message.inbound).first()
    return row["answer_to"] if row else ""


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


async def _let_in(event: PersonEvent, kind: str, url: str | None) -> None:
    found = await team.recipients([event.person])
    if url is None or not found:
        return
    person, site = found[0], await store.get(SiteSettings)
    said = await wording.write(kind, await team.reader_of(person), site, {"person.name": person.name, "link": url})
    if not await automatic.may_write(person.email, about=f"link:{token_hash(url)[:32]}", is_asked_for=True):
        return
    letter = await team.of_the_house(person, said, url)
    await outbox.owe(letter, about=f"person:{person.id}", envelope_from=letter.sender.email)


def _id_of_acknowledgement(ticket: int) -> str:
    return thread.new_message_id(ticket, 0, secret_key(), config().mail_domain)


async def _before(ticket: TicketFacts, message: MessageRow) -> tuple[str, ...]:
    """The ids of the public letters before this one, oldest first; our acknowledgement stands after the first."""
    said = (Message.ticket == ticket.id) & (Message.kind == "reply") & (Message.id < message.id)
    rows = await Message.select(Message.message_id).where(said).order_by(Message.id)
    ids = [row["message_id"] for row in rows if row["message_id"]]
    if await Outbound.exists().where(Outbound.key == ACKNOWLEDGED.format(ticket.id)):
        ids.insert(1 if ticket.channel == "email" else 0, _id_of_acknowledgement(ticket.id))
    return tuple(ids)


async def _answered(ticket: TicketFacts, message: MessageRow) -> MessageRow | None:
    """The last public message before this answer."""
    said = [one for one in await queries.messages(SYSTEM, ticket.id) if one.kind == "reply" and one.id < message.id]
    return said[-1] if said else None


def _rating(ticket: TicketFacts, key: str) -> dict[str, str]:
    """Where the requester says what they think of a solution; nowhere in letters that others read, too."""
    if ticket.status != "solved" or not key:
        return {}
    page = sender.page_of(ticket, key, "/rating")
    return {"rating.good": f"{page}&score=good", "rating.bad": f"{page}&score=bad"}
