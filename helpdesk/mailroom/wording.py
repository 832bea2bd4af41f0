"""
What our letters say: which kinds there are, their originals, and what administrators have made of them.

The originals are files, `letters/<kind>.<language>.md`. A wording of one's own wins, that of a department
before that of all. One that cannot be used never stops a letter: the original goes out in its place, and
the administrator is told.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal

from markupsafe import Markup
from msgspec import Struct

from helpdesk.core.db import transaction
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail.outgoing import wording
from helpdesk.mail.outgoing.wording import BadWording, Filled
from helpdesk.mailroom.enclosing import with_addresses
from helpdesk.mailroom.events import WordingFailed
from helpdesk.mailroom.tables import LetterWording
from helpdesk.settings.site import SiteSettings
from helpdesk.web.render import render
from helpdesk.web.visit import Visit, visiting

log: Final = logging.getLogger(__name__)

HERE: Final = Path(__file__).with_name("letters")
ALL: Final = 0
"""The department of a wording that counts for every department without one of its own."""

Readers = Literal["customers", "team", "doors"]


class Source(Struct, frozen=True):
    """A wording as it is written: both are texts of `mail.outgoing.wording`."""

    subject: str
    body: str


class Kind(Struct, frozen=True):
    """One kind of letter: who reads it, and what may stand in it besides `site.name`."""

    key: str
    readers: Readers
    title: Phrase
    about: Phrase
    essential: str
    """The placeholder without which such a letter is of no use."""
    names: tuple[str, ...]

    @property
    def known(self) -> tuple[str, ...]:
        return ("site.name", *self.names)


class Said(Struct, frozen=True):
    """A letter's words, ready to be sent: a subject, and the same text in both forms. `inner_html` has no frame."""

    subject: str
    text: str
    html: str
    inner_html: str


BLOCKS: Final = ("answer", "signature", "history", "message", "tickets")
"""What is more than a line, and stands in no subject."""

_TICKET: Final = ("ticket.number", "ticket.subject", "ticket.status", "customer.name", "department.name", "link")
_PROMISE: Final = (*_TICKET, "promise", "moment")
_ANSWER: Final = ("subject", "agent.name", "answer", "signature", "history", "files_left", "rating.good", "rating.bad")
_TEAM: Final = phrase("Tells the assignee, or the department where there is none.")

KINDS: Final[Mapping[str, Kind]] = {
    kind.key: kind
    for kind in (
        Kind(
            "acknowledge",
            "customers",
            phrase("Acknowledgement"),
            phrase("Sent at once to whoever writes first. It repeats nothing of what was written."),
            essential="link",
            names=("ticket.number", "department.name", "promise", "link"),
        ),
        Kind(
            "reply",
            "customers",
            phrase("Answer"),
            phrase("The frame around what an agent writes."),
            essential="answer",
            names=(*_TICKET, *_ANSWER),
        ),
        Kind(
            "new_ticket",
            "team",
            phrase("A new ticket"),
            phrase("Tells the people of its department."),
            essential="link",
            names=(*_TICKET, "message", "promise"),
        ),
        Kind(
            "assigned",
            "team",
            phrase("Ticket assigned"),
            phrase("Tells the new assignee."),
            essential="link",
            names=(*_TICKET, "agent.name", "message"),
        ),
        Kind(
            "mentioned",
            "team",
            phrase("Mentioned in a note"),
            phrase("Tells whoever a note calls by name."),
            essential="link",
            names=(*_TICKET, "agent.name", "message"),
        ),
        Kind(
            "answered",
            "team",
            phrase("The customer answered"),
            phrase("Tells the assignee."),
            essential="link",
            names=(*_TICKET, "message"),
        ),
        Kind(
            "side_answered",
            "team",
            phrase("A third party answered"),
            phrase("Tells whoever asked in a side conversation, the assignee and those who follow."),
            essential="link",
            names=(*_TICKET, "sender.name", "message"),
        ),
        Kind(
            "side_unreached",
            "team",
            phrase("A letter to a third party did not arrive"),
            phrase("Tells whoever asked in a side conversation, the assignee and those who follow."),
            essential="link",
            names=(*_TICKET, "trouble"),
        ),
        Kind("near", "team", phrase("Promise at risk"), _TEAM, essential="link", names=_PROMISE),
        Kind("missed", "team", phrase("Promise broken"), _TEAM, essential="link", names=_PROMISE),
        Kind(
            "escalated",
            "team",
            phrase("Escalation"),
            phrase("Tells whom a step of a policy names."),
            essential="link",
            names=(*_PROMISE, "step"),
        ),
        Kind("bounced", "team", phrase("Answer came back"), _TEAM, essential="link", names=(*_TICKET, "trouble")),
        Kind(
            "rule",
            "team",
            phrase("A rule tells"),
            phrase("Tells colleagues whom a rule names what it says."),
            essential="link",
            names=(*_TICKET, "rule", "words"),
        ),
        Kind(
            "rule_failed",
            "team",
            phrase("A rule failed"),
            phrase("Tells the administrators, at most once a day for each rule."),
            essential="link",
            names=("rule", "reason", "link"),
        ),
        Kind(
            "digest",
            "team",
            phrase("Summary"),
            phrase("In place of more letters to one agent than an hour may bring."),
            essential="tickets",
            names=("tickets", "link"),
        ),
        Kind(
            "stopped",
            "team",
            phrase("Mailbox stands still"),
            phrase("Tells the administrators."),
            essential="mailbox",
            names=("mailbox", "reason", "moment", "link"),
        ),
        Kind(
            "recovered",
            "team",
            phrase("Mail flows again"),
            phrase("Tells the administrators."),
            essential="mailbox",
            names=("mailbox", "reason", "moment", "link"),
        ),
        Kind(
            "year_ahead",
            "team",
            phrase("Next year's holidays"),
            phrase("Tells the administrators, from 1 November on."),
            essential="link",
            names=("calendar", "year", "note", "link"),
        ),
        Kind(
            "unusable",
            "team",
            phrase("Wording cannot be used"),
            phrase("Tells the administrators."),
            essential="link",
            names=("wording", "reason", "link"),
        ),
        Kind(
            "sign_in",
            "doors",
            phrase("Link to sign in"),
            phrase("To whoever asks for it."),
            essential="link",
            names=("person.name", "link"),
        ),
        Kind(
            "sign_up",
            "doors",
            phrase("New account"),
            phrase("To whoever is new and chose a password."),
            essential="link",
            names=("person.name", "link"),
        ),
        Kind(
            "password",
            "doors",
            phrase("New password"),
            phrase("To whoever asks for it."),
            essential="link",
            names=("person.name", "link"),
        ),
        Kind(
            "invitation",
            "doors",
            phrase("Invitation"),
            phrase("To a new colleague."),
            essential="link",
            names=("person.name", "link"),
        ),
    )
}

EXPLAINED: Final[Mapping[str, Phrase]] = {
    "site.name": phrase("Name of the help centre"),
    "ticket.number": phrase("Number of the ticket"),
    "ticket.subject": phrase("Subject of the ticket"),
    "ticket.status": phrase("Status of the ticket, for customers in the words for them"),
    "subject": phrase("“Re:” and the subject of the ticket, with its number where that is switched on"),
    "customer.name": phrase("Name of the customer"),
    "department.name": phrase("Name of the department"),
    "agent.name": phrase("Name of the agent"),
    "sender.name": phrase("Name of whoever wrote"),
    "person.name": phrase("Name of whom the letter is for"),
    "link": phrase("Address of the page"),
    "promise": phrase("What is promised, or by when; empty when nothing is"),
    "moment": phrase("When the promise is due, or since when nothing came"),
    "answer": phrase("What the agent wrote"),
    "signature": phrase("The signature of agent and department"),
    "history": phrase("The message that is answered; empty when that is switched off"),
    "files_left": phrase("How many files were too large to go along; empty when all did"),
    "rating.good": phrase("Address of a good rating; empty until the request is solved"),
    "rating.bad": phrase("Address of a bad rating; empty until the request is solved"),
    "message": phrase("What the customer wrote"),
    "tickets": phrase("List of tickets"),
    "mailbox": phrase("Name of the mailbox, or “Outbox”"),
    "wording": phrase("Which letter it is, in which language"),
    "reason": phrase("What is wrong"),
    "step": phrase("How long before or after the end of the promise it is, such as “2 h after its end”"),
    "calendar": phrase("Name of the calendar"),
    "year": phrase("The year"),
    "note": phrase("What of the year is not official yet; empty when all is"),
    "trouble": phrase("Whom a letter has not reached, and why"),
    "rule": phrase("What a rule is called"),
    "words": phrase("What the rule says"),
}
"""What each placeholder stands for."""


@cache
def original(kind: str, lang: str) -> Source:
    """What a letter says while nobody has changed it. Its file begins with a line `Subject: …`."""
    first, _, body = (HERE / f"{kind}.{lang}.md").read_text(encoding="utf-8").partition("\n")
    return Source(first.removeprefix("Subject: "), body.strip("\n"))


async def write(
    kind: str, reader: Reader, site: SiteSettings, values: Mapping[str, str], *, department: int = ALL
) -> Said:
    """
    A letter of this kind for `reader`. Values that are not given are empty; those that are Markup are safe HTML.

    A wording that cannot be used is marked, and the original used.
    """
    for row in await _own(kind, reader.lang, department):
        try:
            return said(kind, Source(row.subject, row.body), reader, site, values)
        except BadWording as trouble:
            await _tell(row, str(trouble))
    return said(kind, original(kind, reader.lang), reader, site, values)


def said(kind: str, source: Source, reader: Reader, site: SiteSettings, values: Mapping[str, str]) -> Said:
    """What `source` says with these values. Raises BadWording."""
    known = KINDS[kind].known
    given = {name: values.get(name, "") for name in known} | {"site.name": site.name}
    words = wording.body(source.body, given)
    filled = Filled(with_addresses(words.html), with_addresses(words.small_html))
    subject = wording.subject(source.subject, given) or wording.subject(original(kind, reader.lang).subject, given)
    return Said(subject, filled.text, framed(subject, filled, reader, site), f"{filled.html}<hr>{filled.small_html}")


def framed(subject: str, filled: Filled, reader: Reader, site: SiteSettings) -> str:
    """A letter's HTML as a document of its own."""
    token = visiting.set(Visit(lang=reader.lang, site=site))
    try:
        with reading_as(reader):
            return render("mail/letter.html", subject=subject, body_html=filled.html, small_html=filled.small_html)
    finally:
        visiting.reset(token)


def as_list(lines: Sequence[tuple[str, str]]) -> Markup:
    """Words and where they lead, as a list."""
    items = [Markup('<li><a href="{}">{}</a></li>').format(url, words) for words, url in lines]
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


async def _own(kind: str, lang: str, department: int) -> list[LetterWording]:
    """Wordings of one's own for such a letter, the department's first."""
    rows: list[LetterWording] = await (
        LetterWording.objects()
        .where((LetterWording.kind == kind) & (LetterWording.lang == lang))
        .where(LetterWording.department.is_in([ALL, department]))
        .order_by(LetterWording.department, ascending=False)
    )
    return rows


async def _tell(row: LetterWording, trouble: str) -> None:
    """Mark a wording that cannot be used, and say so once."""
    log.error("wording %s (%s) cannot be used: %s", row.kind, row.lang, trouble)
    async with transaction():
        marked = await (
            LetterWording.update({LetterWording.trouble: trouble})
            .where((LetterWording.id == row.id) & (LetterWording.trouble == ""))
            .returning(LetterWording.id)
        )
        if marked:
            await record(WordingFailed(actor=None, wording=row.kind, lang=row.lang, department=row.department))
