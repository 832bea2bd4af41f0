"""What tickets say in their fields: read, checked, kept, and put back when an act is taken back."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.text import shorten
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.tickets import words
from helpdesk.tickets.fields import queries, rules
from helpdesk.tickets.fields.events import FieldChange, FieldsSet
from helpdesk.tickets.fields.queries import FieldEntry, Fields, Shown
from helpdesk.tickets.fields.rules import Values, Wrong
from helpdesk.tickets.fields.tables import FieldValue
from helpdesk.tickets.tables import Attachment, Ticket
from helpdesk.topics.queries import TopicEntry, everything

Wanted = Mapping[int, Sequence[str]]
"""By field, what was filled in; nothing empties a field. Fields that are not in it stay."""

_TOLD: Final = 100
"""Characters of a value that the history tells."""


def input_name(field: int) -> str:
    """What a field is called in forms and errors."""
    return f"field-{field}"


async def of_ticket(ticket_id: int) -> dict[int, Values]:
    """What a ticket says, by field; fields in which it says nothing are not in it."""
    rows = await (
        FieldValue.select(FieldValue.field, FieldValue.text)
        .where(FieldValue.ticket == ticket_id)
        .order_by(FieldValue.id)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        found[row["field"]].append(row["text"])
    return {field: tuple(texts) for field, texts in found.items()}


async def cells(tickets: Collection[int], fields: Collection[int]) -> dict[tuple[int, int], str]:
    """What some tickets say in some fields, for the columns of a queue, by ticket and field."""
    if not tickets or not fields:
        return {}
    known = await queries.everything()
    rows = await (
        FieldValue.select(FieldValue.ticket, FieldValue.field, FieldValue.text)
        .where(FieldValue.ticket.is_in(list(tickets)) & FieldValue.field.is_in(list(fields)))
        .order_by(FieldValue.id)
    )
    found: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for row in rows:
        found[row["ticket"], row["field"]].append(row["text"])
    return {place: known[place[1]].labels(texts) for place, texts in found.items() if place[1] in known}


async def public(ticket_id: int) -> list[Shown]:
    """What the ticket's customer sees of it, in the order of the fields."""
    known = await queries.everything()
    if not any(one.is_public for one in known.values()):
        return []
    said, carriers = await of_ticket(ticket_id), await queries.carriers()
    return [queries.shown(one, said[one.id], carriers) for one in known.values() if one.is_public and one.id in said]


async def checked(
    entries: Collection[FieldEntry],
    wanted: Wanted,
    *,
    asked: Collection[int] = (),
    files: Mapping[str, str] = MappingProxyType({}),
) -> dict[int, Values]:
    """
    What was filled in, as it is kept. `asked` are the fields that must be; `files` as `rules.canonical` has them.

    Raises Invalid with every error at once (`input_name`), and for a field that is none of `entries`.
    """
    known, carriers = {one.id: one for one in entries}, await queries.carriers()
    found: dict[int, Values] = {}
    errors: dict[str, object] = {}
    for field, typed in wanted.items():
        entry = known.get(field)
        if entry is None:
            errors[input_name(field)] = phrase("This ticket has no such field.")
            continue
        try:
            found[field] = rules.canonical(entry.kind, typed, choices=entry.choices, carriers=carriers, files=files)
        except Wrong as wrong:
            errors[input_name(field)] = wrong.reason
    for entry in entries:
        if entry.id in asked and not found.get(entry.id) and input_name(entry.id) not in errors:
            errors[input_name(entry.id)] = phrase("This cannot be left empty.")
    if errors:
        raise Invalid(errors)
    return found


async def write(actor: Actor, ticket: Ticket, wanted: Wanted) -> bool:
    """
    Let an agent's ticket say what is wanted, and the history tell of it; whether anything changed.

    In the caller's transaction, with the ticket locked. Raises Invalid as `checked` does.
    """
    said = await of_ticket(ticket.id)
    entries = [
        one
        for one in (await queries.everything()).values()
        if one.is_of(ticket.department, ticket.topic) or (one.id in said and one.archived_at is None)
    ]
    found = await checked(entries, wanted, files=await _files(ticket.id, wanted))
    changed = {field: texts for field, texts in found.items() if texts != said.get(field, ())}
    if not changed:
        return False
    await put(ticket, changed)
    changes = [FieldChange(field, _told(said.get(field, ())), _told(texts)) for field, texts in changed.items()]
    await record(FieldsSet(actor=actor.id, ticket=ticket.id, changes=changes))
    return True


async def begin(actor: Actor, ticket: Ticket, wanted: Wanted) -> None:
    """
    What a new ticket says from the start: customers fill in public fields, agents all. What the form of a topic does
    not ask by what they say is passed over. In the caller's transaction, when the ticket has its first message.

    Raises Invalid as `checked` does.
    """
    entries = await queries.of_ticket(ticket.department, ticket.topic)
    if not (actor.is_agent or actor.is_system):
        lines = await queries.on_form(ticket.department, ticket.topic)
        entries = [one for one in entries if one.is_public]
        idle = {line.field.id for line in lines} - {line.field.id for line in queries.shown_on(lines, wanted)}
        wanted = {field: texts for field, texts in wanted.items() if field not in idle}
    said = await checked(entries, wanted, files=await _files(ticket.id, wanted))
    await put(ticket, said)
    if ticket.topic is not None and not said:
        await keep_words(ticket)


async def files_of(ticket_id: int) -> list[tuple[str, str, str]]:
    """The files that customers see of a ticket: each as fields keep it, its name, and its SHA-256."""
    rows = await (
        Attachment.select(Attachment.id, Attachment.filename, Attachment.sha256)
        .where((Attachment.message.ticket == ticket_id) & (Attachment.message.kind == "reply"))
        .order_by(Attachment.id)
    )
    return [(f"{row['id']}:{row['filename']}"[: rules.LONGEST], row["filename"], row["sha256"]) for row in rows]


async def _files(ticket_id: int, wanted: Wanted) -> dict[str, str]:
    """By what fields may name a file of the ticket: as it is kept, by its id, or by its SHA-256."""
    known = await queries.everything()
    if not any(field in known and known[field].kind == "file" for field in wanted):
        return {}
    files = await files_of(ticket_id)
    return {word: kept for kept, _, sha256 in files for word in (kept, kept.partition(":")[0], sha256)}


async def put(ticket: Ticket, changed: Mapping[int, Values]) -> None:
    """Let the ticket say this, by field; what nobody may doubt any more. In the caller's transaction."""
    if not changed:
        return
    known = await queries.everything()
    await FieldValue.delete().where((FieldValue.ticket == ticket.id) & FieldValue.field.is_in(list(changed)))
    rows = [
        FieldValue(
            ticket=ticket.id,
            field=field,
            text=text,
            sought=rules.sought(known[field].kind, text),
            words=rules.folded(known[field].kind, text),
            number=rules.number(known[field].kind, text),
        )
        for field, texts in changed.items()
        for text in texts
    ]
    if rows:
        await FieldValue.insert(*rows)
    await keep_words(ticket)


async def keep_words(ticket: Ticket) -> None:
    """Let agents find the ticket by what it is about and says in its fields. In the caller's transaction."""
    found = words_of(
        await of_ticket(ticket.id), await queries.everything(), (await everything()).get(ticket.topic or 0)
    )
    await words.keep_fields(ticket.id, f"{ticket.subject} {found}" if found.strip() else "")


def words_of(said: Mapping[int, Sequence[str]], known: Fields, about: TopicEntry | None) -> str:
    """What a ticket is found by besides its messages, in both languages."""
    topic = [about.name_vi, about.name_en] if about else []
    return " ".join([*topic, *(known[field].words(texts) for field, texts in said.items() if field in known)])


async def refuse_unfilled(ticket: Ticket) -> None:
    """Raises Invalid (field `status`) for a ticket that says nothing yet in a field without which none is solved."""
    entries = await queries.of_ticket(ticket.department, ticket.topic)
    if not any(one.is_needed for one in entries):
        return
    said = await of_ticket(ticket.id)
    lines = await queries.topic_form(ticket.topic) if ticket.topic is not None else []
    idle = {line.field.id for line in lines} - {line.field.id for line in queries.shown_on(lines, said)}
    needed = [one for one in entries if one.is_needed and one.id not in idle]
    if missing := [one.name for one in needed if one.id not in said]:
        raise Invalid({"status": _missing(missing)})


def _missing(names: Sequence[str]) -> Phrase:
    return phrase("Fill in first: %(fields)s.", fields=", ".join(names))


async def fill_empty(target: Ticket, ticket_id: int) -> dict[str, list[str]]:
    """
    Let the target say what a ticket says that goes into it, where it says nothing itself; what came that way.

    In the caller's transaction.
    """
    said = await of_ticket(target.id)
    come = {field: texts for field, texts in (await of_ticket(ticket_id)).items() if field not in said}
    await put(target, come)
    return {str(field): [*texts] for field, texts in come.items()}


async def take_away(target: Ticket, come: Mapping[str, Sequence[str]]) -> None:
    """Take off the target what came with a ticket that leaves it, where nobody changed it since."""
    said = await of_ticket(target.id)
    gone = {int(field): () for field, texts in come.items() if said.get(int(field)) == tuple(texts)}
    await put(target, gone)


async def pieces(ticket_id: int) -> dict[str, Any]:
    """What the ticket says, as a part of it that can be put back (`parts.PARTS`)."""
    return {str(field): [*texts] for field, texts in (await of_ticket(ticket_id)).items()}


async def put_back(ticket_id: int, field: str, texts: Any) -> None:
    """Let a field say again what it said; None for nothing. Raises Conflict when there is no such field any more."""
    ticket = await Ticket.objects().where(Ticket.id == ticket_id).first()
    if ticket is None or int(field) not in await queries.everything():
        raise Conflict(phrase("This field is not there any more."))
    await put(ticket, {int(field): tuple(texts or ())})


def _told(texts: Sequence[str]) -> list[str]:
    return [shorten(text, _TOLD) for text in texts]
