"""
From a kept letter to its place: the job that is owed for every letter that comes in.

Everything slow (reading, splitting, files) comes first; then one transaction finds the place, acts and
marks the letter as sorted, so that running again does nothing twice. The bytes stay whatever happens.
"""

from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.config import secret_key
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Invalid, Refused
from helpdesk.core.text import email_key, looks_vietnamese
from helpdesk.departments import queries as departments
from helpdesk.departments.routing import Routed
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail import guard, thread
from helpdesk.mail.fence import parse_fenced
from helpdesk.mail.letter import Address, Letter
from helpdesk.mail.receive import raw_bytes
from helpdesk.mail.tables import Inbound, Mailbox
from helpdesk.mailroom import forwarded, reading, rules
from helpdesk.mailroom.reading import Read
from helpdesk.mailroom.rules import Act, Facts, Standing
from helpdesk.people import actions as people
from helpdesk.people.queries import writer_of
from helpdesk.people.rules import words_of
from helpdesk.people.tables import Person
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import actions as tickets
from helpdesk.tickets.said import Said
from helpdesk.tickets.tables import Participant, Ticket

DECIDED: Final = [
    *(Inbound.sender, Inbound.subject, Inbound.verdict, Inbound.may_answer),
    *(Inbound.state, Inbound.about, Inbound.reason, Inbound.sorted_at),
]
"""What is known of a letter once it is sorted."""


class Arrived(Struct, frozen=True):
    """A letter with all that is known of it before anything is decided."""

    inbound: int
    identity: str
    letter: Letter
    verdict: guard.Verdict
    words: Read
    own: frozenset[str]
    """The keys of our own addresses."""
    routed: Routed | None
    claim: thread.Claim | None
    is_staff_claim: bool
    is_released: bool = False
    """An administrator has looked at it and wants it as a ticket."""


async def sort_letter(inbound: int, as_ticket: bool = False) -> None:
    """
    The job. A letter that is sorted already is left alone.

    `as_ticket`: an administrator has looked at it and wants it taken as a person's letter.
    """
    row = await Inbound.objects().where((Inbound.id == inbound) & (Inbound.state == "owed")).first()
    raw = await raw_bytes(inbound) if row else None
    if row is None or raw is None:
        return
    arrived = await _arrive(row, raw)
    if as_ticket:
        person = guard.Verdict(guard.PERSON, answer=False, reopen=True, bounced=(), why="released")
        arrived = msgspec.structs.replace(arrived, verdict=person, is_released=True)
    await _settle(arrived)


async def _arrive(row: Inbound, raw: bytes) -> Arrived:
    letter = await parse_fenced(raw)
    own = await departments.own_addresses()
    envelope_to = msgspec.json.decode(row.envelope_to, type=list[str])
    verdict = guard.verdict(letter, own=own, envelope_from=row.envelope_from or None, delivered_to=envelope_to)
    claim, is_staff_claim = _claim(letter, envelope_to, is_report=verdict.kind in rules.REPORTS)
    return Arrived(
        inbound=row.id,
        identity=row.identity,
        letter=letter,
        verdict=verdict,
        words=await reading.read(letter),
        own=own,
        routed=await departments.department_for([*_addressees(letter, envelope_to), await _address_of(row.source)]),
        claim=claim,
        is_staff_claim=is_staff_claim,
    )


def staff_secret() -> str:
    """What the marks in letters to agents are made with: a customer has never seen one, so cannot pass for an agent."""
    return f"{secret_key()}:staff"


def _claim(letter: Letter, envelope_to: list[str], *, is_report: bool) -> tuple[thread.Claim | None, bool]:
    """The ticket that this letter proves to belong to, and whether the proof is one that only agents have."""
    staff = thread.claimed_ticket(letter, envelope_to, staff_secret())
    claim = staff or thread.claimed_ticket(letter, envelope_to, secret_key())
    if claim is None and is_report:
        claim = thread.returned_ticket(letter, secret_key())
    return claim, staff is not None


def _addressees(letter: Letter, envelope_to: list[str]) -> list[str]:
    """Whom it was sent to, the surest first."""
    noted = [value.strip(" <>") for name in ("delivered-to", "x-original-to") for value in letter.all_headers(name)]
    return [*envelope_to, *(one.email for one in (*letter.to, *letter.cc)), *noted]


async def _address_of(source: str) -> str:
    """The address that letters from an IMAP mailbox were sent to when they do not say."""
    door, _, number = source.partition(":")
    if door != "imap" or not number.isdecimal():
        return ""
    row = await Mailbox.select(Mailbox.address).where(Mailbox.id == int(number)).first()
    return row["address"] if row else ""


async def _settle(arrived: Arrived) -> None:
    """Find the letter's place, act, and say so in its row: all of it or nothing."""
    site = await store.get(SiteSettings)
    async with transaction():
        row = await locked(Inbound.objects().where(Inbound.id == arrived.inbound)).first()
        if row is None or row.state != "owed":
            return
        with reading_as(Reader(site.language, site.timezone)):
            state, about, why = await _place(arrived)
            row.reason = str(why)
        row.state, row.about = state, about
        row.verdict, row.may_answer, row.sorted_at = arrived.verdict.kind, arrived.verdict.answer, now()
        row.sender, row.subject = arrived.letter.sender.email[:320], arrived.letter.subject
        await row.save(DECIDED)


async def _place(arrived: Arrived) -> tuple[str, str, object]:
    """Act on a letter; its state, what it became, and why where somebody will ask."""
    if arrived.routed is None:
        return "held", "", gettext("There is no department yet that it could go to.")
    ticket = await _claimed_ticket(arrived)
    decision = rules.decide(
        Facts(
            kind=arrived.verdict.kind,
            is_claimed=ticket is not None,
            is_staff_claim=arrived.is_staff_claim,
            standing=await _standing(arrived.letter.sender.email, ticket),
            is_from_us=email_key(arrived.letter.sender.email) in arrived.own and not arrived.is_released,
        )
    )
    if decision.act in {"hold", "set_aside"}:
        return {"hold": "held"}.get(decision.act, decision.act), "", decision.why
    try:
        async with transaction():
            return "sorted", f"ticket:{await _act(arrived, decision.act, ticket, arrived.routed)}", ""
    except Refused as refusal:  # the bytes and the reason are kept, and an administrator sees both
        return "held", "", refusal.reason


async def _act(arrived: Arrived, act: Act, ticket: Ticket | None, routed: Routed) -> int:
    """Open, reply or note; the ticket's number."""
    said = reading.said(
        arrived.letter,
        arrived.words,
        inbound=arrived.inbound,
        identity=arrived.identity,
        is_automatic=not arrived.verdict.reopen,
    )
    if act == "note" and ticket is not None:
        await tickets.note(SYSTEM, ticket.id, _report(arrived, said) if arrived.verdict.kind in rules.REPORTS else said)
        return int(ticket.id)
    sender = await _sender(arrived.letter)
    if act == "reply" and ticket is not None:
        number = int(ticket.id)
        await tickets.reply(sender, number, said)
    else:
        number = await _open(arrived, said, sender, ticket, routed)
    if warnings := reading.warnings(arrived.letter):
        await tickets.note(SYSTEM, number, reading.plain("\n".join(warnings)))
    await _take_along(arrived, number, sender)
    return number


async def _open(arrived: Arrived, said: Said, sender: Actor, claimed: Ticket | None, routed: Routed) -> int:
    """A new ticket: the sender's, or the customer's whose letter an agent has forwarded."""
    original = forwarded.original_sender(arrived.letter) if sender.is_staff else None
    requester = await _person(original, sender.lang) if original else None
    return await tickets.open(
        sender,
        said,
        subject=forwarded.bare_subject(arrived.letter.subject) if original else arrived.letter.subject,
        department=routed.department,
        requester=requester.id if requester else None,
        mailbox=routed.address,
        came_from=f"ticket:{claimed.id}" if claimed else "",
    )


async def _take_along(arrived: Arrived, ticket: int, sender: Actor) -> None:
    """Those whom a person names in To and Cc get copies from now on, and may answer."""
    if arrived.verdict.kind != guard.PERSON:
        return
    named = {email_key(one.email): one for one in (*arrived.letter.to, *arrived.letter.cc)}
    ours = {key for key in named if await departments.is_ours(key)}
    for key in rules.copies(named, {*ours, email_key(sender.email)}):
        person = await _person(named[key], sender.lang)
        if person.id is not None and person.email and not person.is_staff:
            await tickets.add_participant(SYSTEM, ticket, person.id)


async def _claimed_ticket(arrived: Arrived) -> Ticket | None:
    if arrived.claim is None:
        return None
    return await Ticket.objects().where(Ticket.id == arrived.claim.ticket).first()


async def _standing(email: str, ticket: Ticket | None) -> Standing:
    """Who the owner of this address is to the ticket. Nobody becomes known by being asked about."""
    if ticket is None:
        return "stranger"
    known = await Person.select(Person.id).where(Person.email_key == email_key(email)).first()
    if known is None:
        return "stranger"
    if ticket.requester == known["id"]:
        return "requester"
    if (await writer_of(known["id"])).is_staff:
        return "agent"
    in_copy = (Participant.ticket == ticket.id) & (Participant.person == known["id"])
    return "participant" if await Participant.exists().where(in_copy) else "stranger"


async def _sender(letter: Letter) -> Actor:
    """Who wrote, by the address alone."""
    lang = "vi" if looks_vietnamese(f"{letter.subject}\n{letter.text[:5000]}") else "en"
    return await _person(letter.sender, lang)


async def _person(address: Address, lang: str) -> Actor:
    """
    The person of an address. Where it is none, a customer whom no letter can reach.

    There is one of those for each name, so that a flood of such letters makes no crowd.
    """
    try:
        return await people.recognise(address.name, address.email, lang=lang)
    except Invalid:
        name = " ".join(address.name.split())[:200]
    known = await Person.select(Person.id).where(Person.email_key.is_null() & (Person.name == name)).first()
    if known:
        return await writer_of(known["id"])
    person = Person(name=name, words=words_of(name, "", ""), lang=lang, created_at=now())
    await person.save()
    return await writer_of(person.id)


def _report(arrived: Arrived, said: Said) -> Said:
    """A bounce as agents want to see it: first who was not reached and why, then the report itself."""
    lines = [
        gettext(
            "%(address)s was not reached: %(reason)s",
            address=one.recipient,
            reason=f"{one.status} {one.reason}".strip(),
        )
        for one in arrived.verdict.bounced
    ]
    if arrived.verdict.kind == guard.FEEDBACK_REPORT:
        lines = [gettext("Somebody marked our letter as spam.")]
    first = "\n".join(lines or [gettext("A letter of ours was not delivered.")])
    return msgspec.structs.replace(
        said,
        fresh=first,
        html=reading.plain_html(first),
        quoted_html=reading.plain_html(arrived.letter.text),
        is_automatic=True,
    )
