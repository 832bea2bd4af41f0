"""
The demo company on a day on which its mail has much to tell, for tools/pictures.py: python -m tools.scene

Letters go to a mail server that is played (tests/mail_flow/sink.py) where HELPDESK_SMTP_URL says, and hear what real
ones say; mailboxes, and what DNS answers, are written down as if they had been there.
"""

import asyncio
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

import msgspec

from helpdesk import schema
from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now, pretend
from helpdesk.core.config import config
from helpdesk.core.db import close_database, open_database
from helpdesk.core.keys import seal
from helpdesk.demo import load
from helpdesk.i18n.catalogue import phrase
from helpdesk.i18n.kept import kept
from helpdesk.jobs import worker
from helpdesk.mail.doors.receive import receive
from helpdesk.mail.fetching import oauth
from helpdesk.mail.outgoing import dkim
from helpdesk.mail.outgoing.dns import Facts
from helpdesk.mail.tables import DomainCheck, Mailbox, MailboxFetch, MailboxLetter, Outbound
from helpdesk.people.queries import actor_of, person_with
from helpdesk.tickets import actions
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from helpdesk.wiring import wire
from tests.mail_flow.sink import Asked, Mood, Sink
from tests.mailroom.test_reports import report

DOMAIN: Final = "lua.example"
ANSWERS: Final = (
    ("Marketplace orders stopped", "We have found it: the token of your shop ran out at two. It is renewed.", ""),
    (
        "Marketplace orders stopped",
        "Orders of the night are being fetched now, oldest first.",
        "550 5.2.2 Mailbox full",
    ),
    ("Không nhận được mã OTP", "Chị thử lại giúp em nhé, nhà mạng vừa mở lại đường tin nhắn.", ""),
    ("Không nhận được mã OTP", "Em đã gửi mã qua email cho chị.", "552 5.3.4 Message size exceeds fixed limit"),
)
"""The beginning of a ticket's subject, what its agent answers, and what the mail server says to it: empty for yes."""
LAST: Final = (
    *("Marketplace orders stopped", "All 41 orders are in. Sorry for the short night, Priya."),
    "451 4.7.1 Greylisted, please come back later",
)


class Moment:
    """The moment that is played."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


async def main() -> None:
    sink = Sink()
    sink.port = urlsplit(config().smtp_url).port or 0
    await sink.open()
    await open_database()
    await schema.migrate()
    wire()
    await load.load()
    now_in_truth = now()
    clock = Moment(now_in_truth - timedelta(hours=1))
    with pretend(clock):
        for subject, words, said in ANSWERS:
            await _answer(subject, words, said, sink, clock)
        await _bring_back("Need a contract", sink, clock)
        for letter in _doubtful():
            clock.at += timedelta(minutes=1)
            await receive(letter, "smtp", "", ("support@lua.example",))
        await worker.work_until_idle()
        clock.at = now_in_truth
        await _answer(*LAST, sink, clock)
    await _have_mailboxes()
    await _have_keys()
    await close_database()
    await sink.close()


async def _answer(subject: str, words: str, said: str, sink: Sink, clock: Moment) -> int:
    """Have the ticket's agent answer, and the letter sent to a server of this mood; the ticket's number."""
    rows = await Ticket.select(Ticket.id, Ticket.assignee).where(Ticket.subject.like(f"{subject}%"))
    ticket: int = rows[0]["id"]
    agent = await actor_of(rows[0]["assignee"])
    sink.mood = _saying(said)
    await actions.reply(agent, ticket, typed(words, channel="web"))
    await worker.work_until_idle()
    clock.at += timedelta(minutes=8)
    return ticket


def _saying(answer: str) -> Mood:
    async def mood(asked: Asked) -> str | None:
        return (answer or None) if asked.verb == "." else None

    return mood


async def _bring_back(subject: str, sink: Sink, clock: Moment) -> None:
    """An answer that the next mail server sends back."""
    await _answer(subject, "The contract is attached in English, Oliver.", "", sink, clock)
    sent = (
        await Outbound.select(Outbound.message_id, Outbound.recipients).order_by(Outbound.id, ascending=False).first()
    )
    assert sent is not None
    recipient = msgspec.json.decode(sent["recipients"])[0]
    await receive(report(sent["message_id"], recipient=recipient), "smtp", "<>", ("support@lua.example",))
    await worker.work_until_idle()


def _doubtful() -> list[bytes]:
    """Letters that a person has to look at."""
    spam = _letter("Golden Deals <win@golden-deals.example>", "You have been chosen", "Click here, before midnight.")
    spam["X-Spam-Flag"] = "YES"
    absent = _letter("Lê Thị Hoa <hoa@tiembanh.example>", "Trả lời tự động: Nghỉ phép", "Tôi nghỉ đến thứ Hai.")
    absent["Auto-Submitted"] = "auto-replied"
    return [bytes(spam), bytes(absent)]


def _letter(sender: str, subject: str, words: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, "support@lua.example", subject
    letter.set_content(words)
    return letter


async def _have_mailboxes() -> None:
    """One that is listened to, one that takes its minute, and one whose permission has run out."""
    well = Mailbox(
        name="Hỗ trợ",
        host="imap.lua.example",
        username="support@lua.example",
        password=seal("x"),
        after_fetch="move",
        move_to="Helpdesk",
        fetched_at=now() - timedelta(seconds=20),
        last_letter_at=now() - timedelta(minutes=4),
        listening_until=now() + timedelta(hours=1),
        listener="demo",
    )
    old = Mailbox(
        name="Kho cũ",
        protocol="pop3",
        host="pop.lua.example",
        port=995,
        username="kho@lua.example",
        password=seal("x"),
        fetched_at=now(),
        last_letter_at=now() - timedelta(days=2),
    )
    ended = Mailbox(
        name="Kế toán",
        host="outlook.office365.com",
        username="billing@lua.example",
        password="",
        sign_in="oauth",
        provider="microsoft",
        client_id="6f2c0a1e",
        connected_at=now() - timedelta(days=80),
        fetched_at=now(),
        last_error=kept(oauth.lost()),
        failing_since=now(),  # a moment ago: nothing that a banner on every page tells of
    )
    for box in (well, old, ended):
        await box.save()
    await _have_ledger(well.id)


async def _have_ledger(mailbox: int) -> None:
    """Fetches of a mailbox, and a letter that was too large for it."""
    for number, (seen, duplicates, held) in enumerate([(3, 2, 0), (1, 0, 0), (5, 1, 1), (2, 0, 0)]):
        began = now() - timedelta(minutes=55 - 17 * number)
        await MailboxFetch(
            mailbox=mailbox,
            began_at=began,
            ended_at=began + timedelta(seconds=2),
            seen=seen,
            stored=seen - duplicates - held,
            duplicates=duplicates,
            held=held,
        ).save()
    await MailboxLetter(
        mailbox=mailbox,
        uid_validity=3,
        uid="812",
        state="large",
        reason=kept(phrase("It is larger than the limit.")),
        size=61_000_000,
        sender="Linh <linh@chuoi.example>",
        subject="Ảnh kho sau trận lụt",
        seen_at=now() - timedelta(minutes=21),
    ).save()


async def _have_keys() -> None:
    """A key that signs, one that is not published yet, and what DNS says of it all."""
    admin = await person_with("tam@lua.example")
    assert admin is not None
    rsa = await dkim.make(await actor_of(admin), DOMAIN, "rsa")
    await dkim.make(SYSTEM, DOMAIN, "ed25519")
    await dkim.choose(SYSTEM, rsa, is_active=True)
    published = next(key for key in await dkim.keys(DOMAIN) if key.id == rsa)
    facts = Facts(
        mx=("mx.lua.example",),
        spf=("v=spf1 mx -all",),
        covered="yes",
        dmarc=("v=DMARC1; p=none",),
        dkim={published.selector: (published.text,)},
    )
    await DomainCheck.delete().where(DomainCheck.domain == DOMAIN)
    await DomainCheck(
        domain=DOMAIN, facts=msgspec.json.encode(facts).decode(), checked_at=now() - timedelta(minutes=9)
    ).save()


if __name__ == "__main__":
    asyncio.run(main())
