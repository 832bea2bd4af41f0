"""
From a kept letter to its place: the job that is owed for every letter that comes in.

Everything slow (reading, splitting, files) comes first; then one transaction finds the place, acts and
marks the letter as sorted, so that running again does nothing twice. The bytes stay whatever happens.
"""

import logging
from typing import Final

import msgspec
from msgspec import Struct, structs

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.config import secret_key
from helpdesk.core.db import attempt, locked, transaction
from helpdesk.core.errors import Invalid, Refused
from helpdesk.core.text import email_key, looks_vietnamese
from helpdesk.departments import queries as departments
from helpdesk.departments.routing import Routed
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.kept import kept
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail import addresses, sides, thread
from helpdesk.mail.doors.receive import raw_bytes
from helpdesk.mail.machines import guard
from helpdesk.mail.reading import correction
from helpdesk.mail.reading import subject as subjects
from helpdesk.mail.reading.authenticity import is_authentic
from helpdesk.mail.reading.fence import parse_fenced
from helpdesk.mail.reading.letter import Address, Letter
from helpdesk.mail.tables import Inbound, Mailbox
from helpdesk.mailroom import automatic, flood, forwarded, reading, reports, rules, side
from helpdesk.mailroom.reading import Read
from helpdesk.mailroom.rules import Act, Facts, Standing
from helpdesk.people import actions as people
from helpdesk.people.queries import writer_of
from helpdesk.people.rules import words_of
from helpdesk.people.tables import Person
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import binning, linking, queries
from helpdesk.tickets.blocking import actions as block
from helpdesk.tickets.blocking import queries as blocking
from helpdesk.tickets.rules import is_over
from helpdesk.tickets.said import Said
from helpdesk.tickets.side import queries as side_queries
from helpdesk.tickets.tables import Participant, Ticket
from helpdesk.topics.queries import named_by

log = logging.getLogger(__name__)

DECIDED: Final = [
    *(Inbound.sender, Inbound.subject, Inbound.verdict, Inbound.may_answer),
    *(Inbound.state, Inbound.about, Inbound.answer_to, Inbound.reason, Inbound.flood, Inbound.sorted_at),
]
"""What is known of a letter once it is sorted."""

DEFECTS: Final = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RecursionError)
"""What breaks the same way each time a letter is tried; anything else, such as a full disk, passes."""

OWN_ID: Final = "an id of ours"
"""`Verdict.why` of a letter of ours that came back."""


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
    is_agents_mark: bool
    """The mark that leads it is one that only its sender, an agent, has had."""
    joining: JoiningSettings
    beside: sides.Claim | None = None
    """The side conversation that its mark leads to. Such a letter never becomes a part of the ticket."""
    also: tuple[str, ...] = ()
    """Other addresses of ours, of other departments, that it names."""
    is_true: bool | None = None
    """Whether a mail server that we trust says that the sender is true; None where none is trusted."""
    reported: reports.Reported | None = None
    """The letter of ours that it proves to report on."""
    is_released: bool = False
    """An administrator has looked at it and wants it as a ticket."""
    is_let_in: bool = False
    """It was held because there were too many of its sender, and an administrator let it in."""

    @property
    def may_act_as_agent(self) -> bool:
        """Whether an agent's mark is enough, as the settings have it: a mark may get into other hands."""
        choice = self.joining.agents
        return choice == "mark" or (choice == "verified" and self.is_true is not False)


class Became(Struct, frozen=True):
    """What a letter became: its state, its thing, why where somebody will ask, and of whom it is one too many."""

    state: str
    about: str = ""
    why: object = ""
    flood: str = ""


class Place(Struct, frozen=True):
    """
    Where a letter may belong. `mentioned`: the ticket it names without proof; only agents are told.

    `standing` is who its sender is to `ticket`.
    """

    ticket: Ticket | None
    standing: Standing
    mentioned: int | None = None


async def sort_letter(inbound: int, as_ticket: bool = False) -> None:
    """
    The job. A letter that is sorted already is left alone.

    `as_ticket`: an administrator has looked at it and wants it taken as a person's letter.
    """
    row = await Inbound.objects().where((Inbound.id == inbound) & (Inbound.state == "owed")).first()
    raw = await raw_bytes(inbound) if row else None
    if row is None or raw is None:
        return
    try:
        arrived = await _arrive(row, raw)
        if as_ticket:
            person = guard.Verdict(guard.PERSON, answer=False, reopen=True, bounced=(), why="released")
            arrived = structs.replace(arrived, verdict=person, reported=None, is_released=True)
        await _settle(arrived)
    except DEFECTS as trouble:  # the job would fail for hours and be given up, and nobody would be told
        log.exception("letter %s could not be sorted and is held", inbound)
        await _hold(inbound, trouble)


async def sort_letters(inbounds: list[int]) -> None:
    """The job for letters that were let in together, the oldest first."""
    for inbound in inbounds:
        await sort_letter(inbound)


async def _hold(inbound: int, trouble: Exception) -> None:
    """Have a letter wait for an administrator that cannot be sorted as it is, or by us as we are."""
    why = phrase("Something of ours went wrong while it was sorted (%(error)s).", error=type(trouble).__name__)
    async with transaction():
        row = await locked(Inbound.objects().where(Inbound.id == inbound)).first()
        if row is not None and row.state == "owed":
            row.state, row.reason, row.sorted_at = "held", kept(why), now()
            await row.save([Inbound.state, Inbound.reason, Inbound.sorted_at])


async def _arrive(row: Inbound, raw: bytes) -> Arrived:
    fix = correction.of(row.correction)
    letter = correction.corrected(await parse_fenced(raw), fix)
    own = await departments.own_addresses()
    envelope_to = msgspec.json.decode(row.envelope_to, type=list[str])
    verdict = guard.verdict(letter, own=own, envelope_from=row.envelope_from or None, delivered_to=envelope_to)
    if thread.is_own_id(letter.message_id, secret_key()) or sides.is_own_id(letter.message_id, secret_key()):
        verdict = guard.Verdict(guard.LOOP, answer=False, reopen=False, bounced=(), why=OWN_ID)
    sender = await _known(letter.sender.email)
    claim = thread.claimed_ticket(letter, envelope_to, secret_key(), sender)
    if claim is None and verdict.kind in rules.REPORTS:
        claim = thread.returned_ticket(letter, secret_key())
    if claim is None and (answered := await reports.letter_answered(letter, envelope_to)) and answered.ticket:
        claim = thread.Claim(answered.ticket, "envelope")
    addressees = [*_addressees(letter, envelope_to), await _address_of(row.source)]
    routed = await departments.department_for([fix.recipient, *addressees] if fix.recipient else addressees)
    if fix.department:
        routed = structs.replace(routed or Routed(0), department=fix.department, plus="")
    joining = await store.get(JoiningSettings)
    beside = await side.claimed(letter, envelope_to)
    place = await queries.place(claim.ticket) if claim else 0
    mark = beside or claim
    words = await reading.read(letter, await _before(letter, place, beside))
    if claim is None and beside is None and forwarded.is_forwarded(letter):
        words = reading.whole(letter, words)
    return Arrived(
        inbound=row.id,
        identity=row.identity,
        letter=letter,
        verdict=verdict,
        words=words,
        own=own,
        routed=routed,
        claim=claim,
        beside=beside,
        is_agents_mark=mark is not None and mark.agent is not None and mark.agent == sender,
        joining=joining,
        also=await _also(addressees, routed),
        is_true=is_authentic(letter, joining.servers) if joining.servers else None,
        reported=await reports.letter_reported(letter, envelope_to) if verdict.kind in reports.KINDS else None,
        is_let_in=bool(row.flood),
    )


async def _before(letter: Letter, ticket: int, beside: sides.Claim | None) -> list[str]:
    """What a letter may quote: the one of ours that it answers, and what was said so far where it belongs."""
    if beside is not None:
        return [*await reading.answered(letter), *await side_queries.texts(beside.side)]
    return [*await reading.answered(letter), *await queries.texts(ticket)] if ticket else []


async def _also(addressees: list[str], routed: Routed | None) -> tuple[str, ...]:
    found = [await departments.department_for_address(one) for one in addressees]
    return tuple(dict.fromkeys(one.address for one in found if one and routed and one.department != routed.department))


def _addressees(letter: Letter, envelope_to: list[str]) -> list[str]:
    """Whom it was sent to, the surest first."""
    noted = [value.strip(" <>") for name in ("delivered-to", "x-original-to") for value in letter.all_headers(name)]
    return [*envelope_to, *(one.email for one in (*letter.to, *letter.cc)), *noted]


async def _address_of(source: str) -> str:
    """The address that letters from a mailbox were sent to when they do not say."""
    door, _, number = source.partition(":")
    if door not in {"imap", "pop3"} or not number.isdecimal():
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
            became = await _place(arrived)
        row.reason, row.flood = kept(became.why), became.flood or row.flood
        row.state, row.about = became.state, became.about
        row.verdict, row.may_answer, row.sorted_at = arrived.verdict.kind, arrived.verdict.answer, now()
        row.sender, row.subject = arrived.letter.sender.email[:320], arrived.letter.subject
        row.answer_to = reading.marked_address(arrived.letter)[:320]
        await row.save(DECIDED)
        if arrived.verdict.kind in {guard.PERSON, guard.AUTO_REPLY} and arrived.is_true is not False:
            await addresses.heard_from(arrived.letter.sender.email)


async def _place(arrived: Arrived) -> Became:
    """Act on a letter."""
    if arrived.reported is not None:
        said = _said(arrived)
        about = await reports.take(arrived.inbound, arrived.letter, arrived.verdict, arrived.reported, said)
        return Became("sorted", about)
    if arrived.beside is not None and (beside := await _beside(arrived, arrived.beside)):
        return beside
    if arrived.routed is None:
        return Became("held", why=phrase("There is no department yet that it could go to."))
    place = await _find(arrived, arrived.routed)
    decision = rules.decide(
        Facts(
            kind=arrived.verdict.kind,
            is_claimed=place.ticket is not None,
            is_staff_claim=arrived.is_agents_mark and arrived.may_act_as_agent,
            standing=place.standing,
            is_own=arrived.verdict.why == OWN_ID,
            is_from_us=not arrived.is_released and await departments.is_ours(arrived.letter.sender.email),
        )
    )
    if decision.act in {"hold", "set_aside"}:
        return Became("held" if decision.act == "hold" else decision.act, why=decision.why)
    try:
        if place.standing != "agent" and (blocked := await _blocked(arrived)):
            return await _bin(arrived, arrived.routed, blocked)
    except Refused as refusal:
        return Became("held", why=refusal.reason)
    if decision.act == "open" and (held := await _one_too_many(arrived)):
        return held
    try:
        async with attempt():
            return Became("sorted", f"ticket:{await _act(arrived, decision.act, place, arrived.routed)}")
    except Refused as refusal:  # the bytes and the reason are kept, and an administrator sees both
        return Became("held", why=refusal.reason)


async def _beside(arrived: Arrived, claim: sides.Claim) -> Became | None:
    """Put a letter into its side conversation; None for one with no place there, that came back or says it is ours."""
    if arrived.verdict.why == OWN_ID or await departments.is_ours(arrived.letter.sender.email):
        return None
    known = await _known(arrived.letter.sender.email)
    wrote = side.Wrote(
        sender=await writer_of(known) if known else None,
        is_proven=arrived.is_agents_mark and arrived.may_act_as_agent,
        doubt=_doubt(arrived),
        is_marked=arrived.verdict.kind != guard.PERSON or not arrived.verdict.answer,
    )
    try:
        async with attempt():
            about = await side.take(claim, arrived.verdict.kind, _said(arrived), wrote)
    except Refused as refusal:
        return Became("held", why=refusal.reason)
    return Became("sorted", about) if about else None


async def _blocked(arrived: Arrived) -> str:
    """The pattern that blocks its sender; empty for nobody, and for a letter that an administrator wants to have."""
    return "" if arrived.is_released or arrived.is_let_in else await blocking.which(arrived.letter.sender.email)


async def _bin(arrived: Arrived, routed: Routed, pattern: str) -> Became:
    """Keep what a blocked sender writes as a ticket in the bin, wherever it wants to belong; nobody is told."""
    async with attempt():
        sender = await _sender(arrived.letter)
        number = await tickets.open(
            sender,
            _said(arrived),
            subject=subjects.untagged(arrived.letter.subject),
            department=routed.department,
            mailbox=routed.address,
        )
        await binning.put(SYSTEM, number, as_spam=True)
        await block.caught(pattern)
    why = phrase("Letters of %(sender)s are blocked: it lies in the bin as spam.", sender=pattern)
    return Became("sorted", f"ticket:{number}", why=why)


async def _one_too_many(arrived: Arrived) -> Became | None:
    """What becomes of a letter that would open a ticket where enough of its sender have; None for all others."""
    email = arrived.letter.sender.email
    if arrived.is_released or arrived.is_let_in:
        return None
    if await automatic.is_flood(email):
        why = phrase("A machine at this address answers our letters, and it writes too often.")
        return Became("held", why=why, flood=email_key(email)[:320])
    if sender := await flood.too_many(email):
        why = phrase("%(sender)s has opened too many tickets within an hour.", sender=sender)
        return Became("held", why=why, flood=sender)
    await flood.count(email)
    return None


async def _find(arrived: Arrived, routed: Routed) -> Place:
    """
    The ticket of a letter, by the order of proof: our address, our Message-ID, a number that the sender may use.

    A mark of ours leads on to where the conversation is now: to the part that was split off, to the follow-up.
    """
    email = arrived.letter.sender.email
    if arrived.claim is None:
        return await _by_number(arrived, routed)
    claimed = await _ticket(arrived.claim.ticket)
    if claimed is None or arrived.verdict.kind in rules.REPORTS:
        return Place(claimed, await _standing(email, claimed))
    part = await linking.part_with(claimed.id, arrived.letter.in_reply_to)
    further = await _ticket(part) if part else None
    if further is None and _is_over(claimed, arrived):
        further = await linking.newest(claimed)
    if further is not None and (standing := await _standing(email, further)) != "stranger":
        return Place(further, standing)
    return Place(claimed, await _standing(email, claimed), mentioned=claimed.id)


async def _by_number(arrived: Arrived, routed: Routed) -> Place:
    """
    The ticket whose number stands in the subject, for its requester and participants, at its own department or
    at the address it was first written to.

    Where servers are trusted, one of them has to say that the sender is who From says. Never for agents: what
    they may do needs a mark that only agents have. For everybody else the number is but a mention.
    """
    mentioned = None
    for number in subjects.numbers(arrived.letter.subject):
        if (ticket := await _ticket(number)) is None:
            continue
        mentioned = mentioned or int(ticket.id)
        is_from_several = bool({"several-senders", "from-repeated"} & {*arrived.letter.remarks})
        if arrived.is_true is False or is_from_several or arrived.verdict.kind not in {guard.PERSON, guard.AUTO_REPLY}:
            continue
        if _is_over(ticket, arrived):
            ticket = await linking.newest(ticket)
        standing = await _standing(arrived.letter.sender.email, ticket)
        is_its_door = ticket.department == routed.department or ticket.mailbox == (routed.address or None)
        if standing in {"requester", "participant"} and is_its_door:
            return Place(ticket, standing)
    return Place(None, "stranger", mentioned)


def _is_over(ticket: Ticket, arrived: Arrived) -> bool:
    return is_over(ticket.status, ticket.closed_at, days=arrived.joining.follow_up_days, now=now())


async def _act(arrived: Arrived, act: Act, place: Place, routed: Routed) -> int:
    """Open, reply or note; the ticket's number."""
    ticket = place.ticket
    said = _said(arrived)
    if act == "note" and ticket is not None:
        if arrived.verdict.kind in rules.REPORTS:
            await tickets.note(SYSTEM, ticket.id, _report(arrived, said))
        else:
            await _note(arrived, place, ticket, said)
        return int(ticket.id)
    sender = await _sender(arrived.letter)
    if act == "reply" and ticket is not None:
        number = await _continue(arrived, said, sender, place, ticket, routed)
    else:
        number = await _open(arrived, said, sender, place, routed)
    if warnings := _warnings(arrived, is_new=act == "open"):
        await tickets.note(SYSTEM, number, reading.plain("\n".join(warnings)))
    await _take_along(arrived, number, sender, place.standing if act == "reply" else "requester")
    return number


def _said(arrived: Arrived) -> Said:
    return reading.said(
        arrived.letter,
        arrived.words,
        inbound=arrived.inbound,
        identity=arrived.identity,
        is_automatic=not arrived.verdict.reopen,
    )


async def _note(arrived: Arrived, place: Place, ticket: Ticket, said: Said) -> None:
    """Words of somebody who takes no part, or of an agent without proof: for agents to see, in nobody's name."""
    await tickets.note(SYSTEM, ticket.id, msgspec.structs.replace(said, from_name=said.from_email))
    if place.standing == "agent" and arrived.verdict.kind == guard.PERSON and (doubt := _doubt(arrived)):
        await tickets.note(SYSTEM, ticket.id, reading.plain(doubt))


def _doubt(arrived: Arrived) -> str:
    """Why an agent's letter is only a note; empty where it is surely theirs, and they may know themselves."""
    sender = arrived.letter.sender.email
    if arrived.is_agents_mark and arrived.joining.agents == "never":
        return gettext(
            "Letters of agents are only notes here. This one of %(sender)s has gone to nobody.", sender=sender
        )
    if arrived.is_agents_mark:
        return gettext(
            "This letter says that it is from %(sender)s, and answers a letter of theirs. No mail server that we trust "
            "confirms it, so it is only a note here.",
            sender=sender,
        )
    if arrived.is_true:
        return ""
    return gettext(
        "This letter says that it is from %(sender)s. Nothing proves it, so it is only a note here.", sender=sender
    )


async def _continue(arrived: Arrived, said: Said, sender: Actor, place: Place, ticket: Ticket, routed: Routed) -> int:
    """Part of the ticket, or of the one in which it goes on when it has been closed for long; its number."""
    number = int(ticket.id)
    if place.standing == "agent":
        said = reading.for_customers(said)
        if (note := reading.for_colleagues(said)) is not None:
            await tickets.note(sender, number, note)
        else:
            await tickets.reply(sender, number, said)
        return number
    if arrived.verdict.reopen and _is_over(ticket, arrived):
        return await linking.follow_up(sender, number, said, mailbox=routed.address)
    if arrived.verdict.kind == guard.PERSON and await linking.seems_new(ticket, said):
        said = msgspec.structs.replace(said, is_new_matter=True)
    await tickets.reply(sender, number, said)
    return number


async def _open(arrived: Arrived, said: Said, sender: Actor, place: Place, routed: Routed) -> int:
    """
    A new ticket: the sender's, or the customer's whose letter an agent has forwarded. What stands after the plus of
    our address may name its topic.

    An earlier ticket that it names without proof is linked where only agents see it.
    """
    original = await _original(arrived) if sender.is_staff and arrived.is_true is not False else None
    requester = await _person(original, sender.lang) if original else None
    elsewhere = _answered_at(arrived)
    asker = await _person(elsewhere, sender.lang) if elsewhere and requester is None else sender
    subject = subjects.bare(arrived.letter.subject) if original else subjects.untagged(arrived.letter.subject)
    about = await named_by(routed.plus)
    number = await tickets.open(
        asker,
        said,
        subject=subject,
        department=None if about else routed.department,
        topic=about.id if about else None,
        requester=requester.id if requester else None,
        mailbox=routed.address,
    )
    if original:
        forwarder = sender.name or sender.email
        told = gettext("%(agent)s forwarded this letter of %(sender)s.", agent=forwarder, sender=original.email)
        await tickets.note(SYSTEM, number, reading.plain(told))
    if place.mentioned:
        await linking.mention(number, place.mentioned)
    return number


async def _original(arrived: Arrived) -> Address | None:
    """Whose letter a colleague passes on: the nearest sender who is neither ours nor one of us."""
    for address in forwarded.original_senders(arrived.letter):
        key = email_key(address.email)
        known = await _known(key)
        is_staff = known is not None and (await writer_of(known)).is_staff
        if not is_staff and not await departments.is_ours(key):
            return address
    return None


def _answered_at(arrived: Arrived) -> Address | None:
    """Whom a letter wants answered instead of its sender, where the settings go by that."""
    if arrived.joining.requester != "reply_to" or arrived.verdict.kind != guard.PERSON:
        return None
    named = {email_key(one.email): one for one in arrived.letter.reply_to if "@" in one.email}
    (key, address), *others = named.items() or [("", None)]
    return None if others or key in {"", email_key(arrived.letter.sender.email), *arrived.own} else address


def _warnings(arrived: Arrived, *, is_new: bool) -> list[str]:
    """What agents should know of a letter before they answer."""
    elsewhere = _answered_at(arrived) if is_new else None
    told = reading.warnings(arrived.letter, answered=elsewhere.email if elsewhere else "")
    if is_new and arrived.also:
        told.append(gettext("It was sent to %(addresses)s too.", addresses=", ".join(arrived.also)))
    return told


async def _take_along(arrived: Arrived, ticket: int, sender: Actor, standing: Standing) -> None:
    """
    Those whom a person names in To and Cc get copies from now on, and may answer, as the settings have it.

    Not those of a colleague who passes a letter on: the customer whose it was has named nobody, and anybody can
    write a letter that says that it is a colleague's.
    """
    copies = arrived.joining.copies
    if sender.is_staff and standing == "requester" and forwarded.is_forwarded(arrived.letter):
        return
    if arrived.verdict.kind != guard.PERSON or copies == "nobody" or (copies == "asked" and standing == "participant"):
        return
    named = {email_key(one.email): one for one in (*arrived.letter.to, *arrived.letter.cc)}
    ours = {key for key in named if await departments.is_ours(key)}
    for key in rules.copies(named, {*ours, email_key(sender.email)}):
        person = await _person(named[key], sender.lang)
        if person.id is not None and person.email and not person.is_staff:
            await tickets.add_participant(SYSTEM, ticket, person.id)


async def _ticket(number: int) -> Ticket | None:
    """
    The ticket, or the one that it was merged into, unless that is in the bin: what is written to it then is a ticket
    of its own.
    """
    place = await queries.place(number)
    return await Ticket.objects().where((Ticket.id == place) & Ticket.binned_at.is_null()).first()


async def _standing(email: str, ticket: Ticket | None) -> Standing:
    """Who the owner of this address is to the ticket. Nobody becomes known by being asked about."""
    if ticket is None:
        return "stranger"
    known = await _known(email)
    if known is None:
        return "stranger"
    if ticket.requester == known:
        return "requester"
    if (await writer_of(known)).is_staff:
        return "agent"
    in_copy = (Participant.ticket == ticket.id) & (Participant.person == known)
    return "participant" if await Participant.exists().where(in_copy) else "stranger"


async def _known(email: str) -> int | None:
    """Whose address it is; nobody's where we have not met."""
    row = await Person.select(Person.id).where(Person.email_key == email_key(email)).first()
    return row["id"] if row else None


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
        async with attempt():
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
        gettext("%(address)s was not reached: %(reason)s", address=one.recipient, reason=reports.why(one.reason))
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
