"""
What other machines report of our letters: they came back, are late, were read, or were taken for spam.

Believed only with a proof that the reporter has had the letter: it came to the envelope address of that letter,
or names its Message-ID, which cannot be guessed. And it is believed of that letter's recipients only, so nobody
can have an address marked as dead to which we never wrote.
"""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct, structs

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.config import secret_key
from helpdesk.core.text import email_key
from helpdesk.i18n.catalogue import gettext
from helpdesk.mail import addresses, thread
from helpdesk.mail.events import LetterFailed
from helpdesk.mail.machines import bounces, guard, reasons
from helpdesk.mail.machines.bounces import Bounced
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.outgoing.why import IN_WORDS
from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.tables import DeliveryReport, Outbound, OutboundRecipient
from helpdesk.mailroom import reading
from helpdesk.tickets import actions as tickets
from helpdesk.tickets.said import Said
from helpdesk.tickets.tables import Message, Ticket

KINDS: Final = frozenset({guard.BOUNCE, guard.FEEDBACK_REPORT, guard.MDN, guard.DELIVERY_NOTICE})
WAITING: Final = frozenset({"pending", "solved"})
"""Statuses in which nobody here looks after a ticket, because the customer seems to have our answer."""
_HARMLESS: Final = frozenset({"not-spam", "auth-failure", "dmarc"})
"""Feedback (RFC 5965, RFC 6591) that is no complaint of a reader."""
_UNSAID: Final = "5.0.0"


class Reported(Struct, frozen=True):
    """The letter of ours that a report proves to speak of, its recipients, and the ticket it was about."""

    outbound: int
    recipients: tuple[str, ...]
    ticket: int | None
    message: int | None = None

    @property
    def about(self) -> str:
        return f"ticket:{self.ticket}" if self.ticket else f"outbound:{self.outbound}"

    def one(self, email: str) -> str | None:
        """Which recipient an address in the report means: itself, or the only one we wrote to."""
        same = [known for known in self.recipients if email_key(known) == email_key(email)]
        alone = self.recipients if len(self.recipients) == 1 else ()
        return next(iter((*same, *alone)), None)


async def letter_reported(letter: Letter, envelope_to: Sequence[str]) -> Reported | None:
    """The letter of ours that a report speaks of, if it proves to have had it."""
    if (by_address := await letter_answered(letter, envelope_to)) is not None:
        return by_address
    ids = thread.returned_ids(letter)
    named = Outbound.message_id.is_in(ids or [""]) & (Outbound.message_id != "")
    row = await Outbound.select(Outbound.id).where(named).order_by(Outbound.id, ascending=False).first()
    return await of_letter(row["id"]) if row else None


async def letter_answered(letter: Letter, envelope_to: Sequence[str]) -> Reported | None:
    """The letter of ours to whose return address this one came, as bounces and absences do (RFC 3834, section 4)."""
    noted = [value for name in ("delivered-to", "x-original-to", "envelope-to") for value in letter.all_headers(name)]
    number = thread.bounced_letter([*envelope_to, *(one.email for one in letter.to), *noted], secret_key())
    return await of_letter(number) if number is not None else None


async def take(inbound: int, letter: Letter, verdict: guard.Verdict, reported: Reported, said: Said) -> str:
    """Write down what a report says, with the transaction around this call; what the report became."""
    if verdict.kind == guard.BOUNCE:
        await _bounced(inbound, letter, verdict.bounced, reported, said)
    elif verdict.kind == guard.FEEDBACK_REPORT:
        await _complained(inbound, letter, reported, said)
    elif verdict.kind == guard.MDN:
        read = bounces.receipt(letter)
        if read.is_read and (recipient := reported.one(read.recipient or letter.sender.email)):
            await _keep(reported, recipient, "read", inbound)
    else:
        for one in reported.recipients if len(reported.recipients) == 1 else ():
            await _keep(reported, one, "delivered", inbound)
    return reported.about


async def mark_refused(event: LetterFailed) -> None:
    """The reaction to a letter that was refused at once: what a server says of an address counts as in a bounce."""
    refused = (OutboundRecipient.outbound == event.outbound) & (OutboundRecipient.state == "failed")
    columns = (OutboundRecipient.email, OutboundRecipient.code, OutboundRecipient.status, OutboundRecipient.reason)
    for row in await OutboundRecipient.select(*columns).where(refused & (OutboundRecipient.code >= 500)):
        one = bounces.told(row["email"], row["status"], f"{row['code']} {row['reason']}")
        told = (DeliveryReport.outbound == event.outbound) & (DeliveryReport.recipient == one.recipient)
        if one.reason in {reasons.UNKNOWN_ADDRESS, reasons.UNKNOWN_HOST, reasons.MAILBOX_FULL, reasons.SUSPENDED}:
            if await DeliveryReport.exists().where(told):
                continue
            await DeliveryReport.insert(_report(event.outbound, one.recipient, "bounced", None, one))
            await addresses.failed(one)


async def _bounced(inbound: int, letter: Letter, told: Sequence[Bounced], reported: Reported, said: Said) -> None:
    """Each recipient's state, each address's trouble; and the ticket hears of what will not arrive."""
    missed: list[Bounced] = []
    unmatched = 0
    for one in told or (Bounced("", "", hard=False, reason=reasons.OTHER),):
        recipient = reported.one(one.recipient)
        if recipient is None:
            unmatched += not one.is_delayed
            continue
        state: Literal["delayed", "bounced"] = "delayed" if one.is_delayed else "bounced"
        words = one.words or letter.subject
        if not await outbox.report(reported.outbound, recipient, state, status=one.status or _UNSAID, reason=words):
            continue
        await _keep(reported, recipient, state, inbound, one)
        if not one.is_delayed:
            missed.append(structs.replace(one, recipient=recipient))
            await addresses.failed(missed[-1])
    if missed and reported.ticket:
        lines = [
            gettext("%(address)s was not reached: %(reason)s", address=one.recipient, reason=why(one.reason))
            for one in missed
        ]
        await _note(reported, letter, "\n".join(lines), said)
        await _bring_back(reported)
    elif unmatched and reported.ticket:
        await _note(reported, letter, gettext("A letter of ours was not delivered."), said)


async def _complained(inbound: int, letter: Letter, reported: Reported, said: Said) -> None:
    complaint = bounces.complaint(letter)
    if complaint.kind in _HARMLESS:
        return
    named = [reported.one(one) for one in complaint.recipients or ("",)]
    for recipient in {one for one in named if one}:
        await _keep(reported, recipient, "complaint", inbound)
        await addresses.silence(recipient, addresses.COMPLAINT)
    if reported.ticket:
        await _note(reported, letter, gettext("Somebody marked our letter as spam."), said)


async def _note(reported: Reported, letter: Letter, first: str, said: Said) -> None:
    """What agents should know, the report's words folded away; its parts stay in the letter as it came."""
    assert reported.ticket is not None
    note = structs.replace(
        said,
        fresh=first,
        html=reading.plain_html(first),
        quoted_html=reading.plain_html(letter.text),
        is_automatic=True,
        files=(),
    )
    await tickets.note(SYSTEM, reported.ticket, note)


async def _bring_back(reported: Reported) -> None:
    """A ticket that waits for a customer who has not got our last words is open again."""
    if reported.ticket is None or reported.message is None:
        return
    public = (Message.ticket == reported.ticket) & (Message.kind == "reply")
    last = await Message.select(Message.id).where(public).order_by(Message.id, ascending=False).first()
    ticket = await Ticket.select(Ticket.status).where(Ticket.id == reported.ticket).first()
    if last and ticket and last["id"] == reported.message and ticket["status"] in WAITING:
        await tickets.turn(SYSTEM, reported.ticket, "open")


async def _keep(reported: Reported, recipient: str, kind: str, inbound: int, one: Bounced | None = None) -> None:
    await DeliveryReport.insert(_report(reported.outbound, recipient, kind, inbound, one))


def _report(outbound: int, recipient: str, kind: str, inbound: int | None, one: Bounced | None) -> DeliveryReport:
    return DeliveryReport(
        outbound=outbound,
        recipient=recipient,
        kind=kind,
        reason=one.reason if one else "",
        status=one.status[:11] if one else "",
        words=one.words if one else "",
        inbound=inbound,
        told_at=now(),
    )


async def of_letter(number: int) -> Reported | None:
    """A letter of ours by its number in the outbox; None when there is no such letter. Its ticket may be gone."""
    row = await Outbound.select(Outbound.about).where(Outbound.id == number).first()
    if row is None:
        return None
    names = OutboundRecipient.select(OutboundRecipient.email).where(OutboundRecipient.outbound == number)
    recipients = tuple(one["email"] for one in await names.order_by(OutboundRecipient.id))
    kind, _, about = row["about"].partition(":")
    if kind == "message":
        said = await Message.select(Message.ticket).where(Message.id == int(about)).first()
        return Reported(number, recipients, said["ticket"] if said else None, int(about))
    is_there = kind == "ticket" and await Ticket.exists().where(Ticket.id == int(about))
    return Reported(number, recipients, int(about) if is_there else None)


def why(reason: str) -> str:
    """A reason of `mail.machines.reasons` in the reader's language."""
    return str(IN_WORDS.get(reason) or gettext("No reason was given."))
