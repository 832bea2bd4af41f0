"""
Tickets read once, so that many conditions can be asked of them without asking the database again.

`terms.Facts` is what is read; `conditions.hold` asks. What costs a query of its own is read where it is wanted.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

import msgspec

from helpdesk.core.text import without_links
from helpdesk.tickets.access import Condition
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.fields.answers import words_of
from helpdesk.tickets.fields.tables import FieldValue
from helpdesk.tickets.tables import Message, Ticket, TicketTag
from helpdesk.tickets.terms import Facts, Value, words_in
from helpdesk.tickets.words import MOST_CHARACTERS
from helpdesk.topics import queries as topics

Part = Literal["tags", "said", "fields"]
"""What is not in a ticket's own row."""

PARTS: Final[Mapping[str, tuple[Part, ...]]] = {"tag": ("tags",), "words": ("said", "fields")}
"""What a term's field wants besides; one that the desk added wants fields."""

_COLUMNS: Final = (
    *(Ticket.id, Ticket.subject, Ticket.status, Ticket.priority, Ticket.department, Ticket.assignee, Ticket.channel),
    *(Ticket.lang, Ticket.topic, Ticket.opened_at, Ticket.updated_at, Ticket.queue_at, Ticket.named_status),
    *(Ticket.solved_at, Ticket.closed_at),
    Ticket.requester.words.as_alias("requester_words"),
    Ticket.requester.email_key.as_alias("requester_key"),
    Ticket.requester._.organisation._.name_key.as_alias("organisation_key"),
)


def wanted_by(keys: Collection[str]) -> frozenset[Part]:
    """The parts that terms about these fields want to be read."""
    return frozenset(part for key in keys for part in PARTS.get(key, ("fields",) if ":" in key else ()))


async def read(where: Condition, parts: Collection[Part]) -> dict[int, Facts]:
    """The tickets of a condition by number, with these parts of each."""
    rows: list[dict[str, Any]] = await Ticket.select(*_COLUMNS).where(where).order_by(Ticket.id)
    numbers = [row["id"] for row in rows]
    tags = await _tags(numbers) if "tags" in parts else {}
    values = await _fields(numbers) if "fields" in parts else {}
    said = await _said(rows, numbers, values) if "said" in parts else {}
    return {
        row["id"]: Facts(
            **{**row, "requester_key": row["requester_key"] or "", "organisation_key": row["organisation_key"] or ""},
            tags=frozenset(tags.get(row["id"], ())),
            said=tuple(said.get(row["id"], ())),
            fields={number: tuple(found) for number, (found, _) in values.get(row["id"], {}).items()},
        )
        for row in rows
    }


async def _tags(tickets: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in await TicketTag.select(TicketTag.ticket, TicketTag.name).where(TicketTag.ticket.is_in(tickets or [0])):
        found[row["ticket"]].append(row["name"])
    return found


_Said = dict[int, tuple[list[Value], list[str]]]
"""By field: what is compared, and the texts as they were filled in."""


async def _fields(tickets: list[int]) -> dict[int, _Said]:
    found: dict[int, _Said] = defaultdict(dict)
    rows = await (
        FieldValue.select(
            *(FieldValue.ticket, FieldValue.field, FieldValue.text),
            *(FieldValue.sought, FieldValue.words, FieldValue.number),
        )
        .where(FieldValue.ticket.is_in(tickets or [0]))
        .order_by(FieldValue.id)
    )
    for row in rows:
        values, texts = found[row["ticket"]].setdefault(row["field"], ([], []))
        values.append(msgspec.convert({name: row[name] for name in Value.__struct_fields__}, Value))
        texts.append(row["text"])
    return found


async def _said(rows: list[dict[str, Any]], tickets: list[int], values: Mapping[int, _Said]) -> dict[int, list[str]]:
    """Word for word what `words.keep` made findable."""
    subjects, found = {row["id"]: row["subject"] for row in rows}, defaultdict(list)
    messages = await (
        Message.select(Message.ticket, Message.from_name, Message.from_email, Message.fresh)
        .where(Message.ticket.is_in(tickets or [0]) & Message.kind.is_in(["reply", "note"]))
        .order_by(Message.id)
    )
    for one in messages:
        told = f"{one['from_name']} {one['from_email']} {without_links(one['fresh'])}"
        found[one["ticket"]].append(folded(f"{subjects[one['ticket']]} {told}"))
    known, abouts = await fields.everything(), await topics.everything()
    for row in rows:
        said = {number: texts for number, (_, texts) in values.get(row["id"], {}).items()}
        told = words_of(said, known, abouts.get(row["topic"] or 0))
        if told.strip():
            found[row["id"]].append(folded(f"{row['subject']} {told}"))
    return found


def folded(text: str) -> str:
    """The words of a text as they are looked for, with one space between."""
    return " ".join(words_in(text[:MOST_CHARACTERS]))
