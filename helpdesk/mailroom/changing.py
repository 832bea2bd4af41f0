"""What administrators change of the wording of letters, and what they see of it before it is kept."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.departments import queries as departments
from helpdesk.departments.signing import signature
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.reader import LANGUAGES, Reader, reading_as
from helpdesk.mail.outgoing import wording as language
from helpdesk.mail.outgoing.wording import BadWording
from helpdesk.mailroom import enclosing, sender, team, wording
from helpdesk.mailroom.audience import answer_subject
from helpdesk.mailroom.events import WordingChanged
from helpdesk.mailroom.tables import LetterWording
from helpdesk.mailroom.wording import ALL, KINDS, Kind, Said, Source
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla.explain import by_when
from helpdesk.tickets import queries
from helpdesk.web.elements import clock_name

SAMPLES: Final[Mapping[str, Phrase]] = {
    "ticket.subject": phrase("The printer prints strange characters"),
    "answer": phrase("Please switch the printer off and on again. Does it work now?"),
    "message": phrase("My printer prints strange characters since this morning."),
}
"""What a preview says where no ticket is named."""


class Worded(Struct, frozen=True):
    """A wording of one's own: what it departs in from the original is for the page to show."""

    kind: str
    lang: str
    department: int
    subject: str
    body: str
    trouble: str


async def own(department: int | None = None) -> list[Worded]:
    """All wordings of one's own, or those of one department (ALL: those that count for every department)."""
    query = LetterWording.select(
        *(LetterWording.kind, LetterWording.lang, LetterWording.department),
        *(LetterWording.subject, LetterWording.body, LetterWording.trouble),
    )
    if department is not None:
        query = query.where(LetterWording.department == department)
    rows = await query.order_by(LetterWording.department).order_by(LetterWording.id)
    return [Worded(**row) for row in rows]


def kind_named(key: str) -> Kind:
    """Raises NotFound."""
    if key not in KINDS:
        raise NotFound()
    return KINDS[key]


async def change(actor: Actor, kind: str, department: int, wanted: Mapping[str, Source]) -> None:
    """
    Word a kind of letter, by language. What is as the original again is kept no more.

    Raises Forbidden, and Invalid with `subject_vi`, `body_en` … that cannot be used.
    """
    _check_access(actor)
    if errors := wrong(kind_named(kind), wanted):
        raise Invalid(errors)
    async with transaction():
        for lang, source in wanted.items():
            if not await _keep(kind, lang, department, source):
                continue
            await record(WordingChanged(actor=actor.id, wording=kind, lang=lang, department=department))


async def restore(actor: Actor, kind: str, lang: str, department: int) -> None:
    """Back to the original. Raises Forbidden, NotFound."""
    if lang not in LANGUAGES:
        raise NotFound()
    await change(actor, kind, department, {lang: await beneath(kind, lang, department)})


async def beneath(kind: str, lang: str, department: int) -> Source:
    """What counts where a wording of `department` is missing: that of all, and below it the original."""
    if department != ALL:
        for row in await own(ALL):
            if (row.kind, row.lang) == (kind, lang):
                return Source(row.subject, row.body)
    return wording.original(kind, lang)


def wrong(kind: Kind, wanted: Mapping[str, Source]) -> dict[str, object]:
    """The first thing that is wrong with each field, by its name."""
    errors: dict[str, object] = {}
    for lang, source in wanted.items():
        for part, text, known in (
            ("subject", source.subject, [name for name in kind.known if name not in wording.BLOCKS]),
            ("body", source.body, kind.known),
        ):
            if found := language.problems(text, known):
                errors[f"{part}_{lang}"] = found[0]
            elif not text.strip():
                errors[f"{part}_{lang}"] = phrase("This cannot be left empty.")
        if not errors and (missing := needed(kind, source)):
            errors[f"body_{lang}"] = phrase(
                "The letter is of no use without %(name)s.", name=language.braces([missing])
            )
    return errors


def needed(kind: Kind, source: Source) -> str:
    """The placeholder without which this letter says nothing, and which is not there; empty when all is well."""
    mark = "\ue002"
    values = dict.fromkeys(kind.known, "x") | {kind.essential: f"https://{mark}"}
    try:
        return "" if mark in language.body(source.body, values).html else kind.essential
    except BadWording:
        return ""


async def preview(kind: Kind, wanted: Mapping[str, Source], actor: Actor, ticket: int | None) -> dict[str, Said]:
    """The letter in each language, of a real ticket that the actor sees or of a sample. Raises NotFound, Invalid."""
    site = await store.get(SiteSettings)
    shown = {}
    for lang, source in wanted.items():
        reader = Reader(lang, site.timezone)
        with reading_as(reader):
            values = await (_of_ticket(actor, ticket, reader, site) if ticket else _sample(actor, reader, site))
            is_theirs = kind.readers == "customers"
            values["ticket.status"] = sender.status_name(values["ticket.status"], reader, for_customers=is_theirs)
            if kind.key in {"near", "missed", "escalated"}:
                values["promise"] = clock_name("first_response")
        try:
            shown[lang] = wording.said(kind.key, source, reader, site, values)
        except BadWording as refusal:  # a long ticket may make a letter too long
            raise Invalid({f"body_{lang}": refusal.problems[0]}) from refusal
    return shown


async def _keep(kind: str, lang: str, department: int, source: Source) -> bool:
    """Whether anything has changed."""
    place = (LetterWording.kind == kind) & (LetterWording.lang == lang) & (LetterWording.department == department)
    before = await LetterWording.select(LetterWording.subject, LetterWording.body).where(place).first()
    if source == await beneath(kind, lang, department):
        await LetterWording.delete().where(place)
        return before is not None
    if before is not None and source == Source(before["subject"], before["body"]):
        return False
    row = LetterWording(
        kind=kind, lang=lang, department=department, subject=source.subject, body=source.body, changed_at=now()
    )
    await LetterWording.delete().where(place)
    await row.save()
    return True


async def _of_ticket(actor: Actor, ticket_id: int, reader: Reader, site: SiteSettings) -> dict[str, str]:
    ticket = await queries.ticket_facts(actor, ticket_id)
    said = [one for one in await queries.messages(actor, ticket_id) if one.kind == "reply"]
    asked = next((one for one in reversed(said) if one.direction == "in"), None)
    answered = next((one for one in reversed(said) if one.direction == "out"), None)
    who = answered.who if answered else actor.name
    author = answered.author if answered else actor.id
    sample = await _sample(actor, reader, site)
    return sample | {
        "ticket.number": str(ticket.id),
        "ticket.subject": ticket.subject,
        "ticket.status": ticket.called,
        "subject": await answer_subject(ticket.subject, ticket.id),
        "customer.name": ticket.who,
        "department.name": await sender.department_name(ticket, reader),
        "promise": await team.promise(ticket, reader) or sample["promise"],
        "agent.name": who,
        "message": enclosing.shown(asked) if asked else sample["message"],
        "answer": enclosing.shown(answered) if answered else sample["answer"],
        "signature": await signature(author, who, ticket.department, reader, site),
        "history": enclosing.history(asked, reader),
        "link": sender.page_of(ticket),
    }


async def _sample(actor: Actor, reader: Reader, site: SiteSettings) -> dict[str, str]:
    """Values of a ticket that does not exist."""
    every = await departments.all_departments()
    name = departments.name(every[0], reader.lang) if every else ""
    link = f"{config().base_url}/{reader.lang}/help/requests/7"
    subject = str(SAMPLES["ticket.subject"])
    due = now() + timedelta(hours=4)
    return {
        "ticket.number": "7",
        "ticket.subject": subject,
        "ticket.status": "open",
        "subject": await answer_subject(subject, 7),
        "customer.name": "Nguyễn Thị Lan",
        "person.name": "Nguyễn Thị Lan",
        "department.name": name,
        "agent.name": actor.name,
        "link": link,
        "promise": by_when(due, now(), reader.tz, reader.lang),
        "moment": long_moment(due, reader.tz, reader.lang),
        "answer": _paragraph(SAMPLES["answer"]),
        "message": _paragraph(SAMPLES["message"]),
        "signature": await signature(actor.id, actor.name, every[0].id if every else 0, reader, site),
        "history": Markup("<blockquote>{}</blockquote>").format(_paragraph(SAMPLES["message"])),
        "files_left": "",
        "rating.good": f"{link}/rating?score=good",
        "rating.bad": f"{link}/rating?score=bad",
        "tickets": wording.as_list([(f"#7 {subject}", f"{config().base_url}/desk/tickets/7")]),
    }


def _paragraph(text: Phrase) -> Markup:
    return Markup("<p>{}</p>").format(str(text))


def _check_access(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden()
