"""
One act on many tickets: a few at once, many as a job whose progress is kept and can be looked at.

A ticket that refuses (it is gone, the actor may not, somebody was faster) stays as it is and is named with the
reason; the others go on. All of it can be taken back together, as one more act of this kind.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import attempt, locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from helpdesk.core.text import nfc, printable
from helpdesk.departments.tables import Department
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.jobs.queue import enqueue
from helpdesk.people.queries import actor_of
from helpdesk.people.rules import ANSWER_TICKETS
from helpdesk.settings import store
from helpdesk.tickets import actions, binning, composing, journal, queries, rules, undo, unsent
from helpdesk.tickets.access import Condition, visible_to
from helpdesk.tickets.canned import queries as canned
from helpdesk.tickets.canned.tables import CannedUse
from helpdesk.tickets.events import BulkFinished
from helpdesk.tickets.fields import answers
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Bulk, Message, Ticket, Undo
from helpdesk.topics.queries import topics

AT_ONCE: Final = 50
"""So many tickets are changed while the agent waits; more are a job's work."""
IN_ONE: Final = 25
"""Tickets that a job changes in one transaction."""
MOST: Final = 10_000
"""Tickets that one act takes."""

SAYING: Final = frozenset({"reply", "macro"})
"""Acts that may say something to customers, which is held back for some seconds."""

Do = Callable[[Actor, int, str], Awaitable[object]]


class Act(Struct, frozen=True):
    """Something that can be done to many tickets. `check` raises Invalid for a value that cannot be used."""

    name: Phrase
    do: Do
    check: Callable[[str], Awaitable[None]] | None = None


class Result(Struct, frozen=True):
    """How far an act is and what came of it. `refusals`: a reason, and the numbers of tickets it was given for."""

    id: int
    name: Phrase
    total: int
    done: int
    changed: int
    refusals: dict[str, list[int]]
    began_at: datetime
    ended_at: datetime | None
    can_be_undone: bool

    @property
    def refused(self) -> int:
        return self.done - self.changed


async def _is_person(value: str) -> None:
    if value:
        _number(value)


async def _is_department(value: str) -> None:
    if not await Department.exists().where(Department.id == _number(value)):
        raise Invalid({"act": phrase("There is no such department.")})


async def _is_status(value: str) -> None:
    await named.chosen_status(value, "act")


async def _is_priority(value: str) -> None:
    await named.chosen_priority(value, "act")


async def _is_topic(value: str) -> None:
    if value and not any(one.is_active and one.id == _number(value) for one in await topics()):
        raise Invalid({"act": phrase("Choose one of the values offered.")})


async def _is_tag(value: str) -> None:
    if not rules.tag_name(value):
        raise Invalid({"tag": phrase("This cannot be left empty.")})


async def _is_in_field(value: str) -> None:
    await _in_field(value)


class _Filling(Struct, frozen=True):
    """What is to stand in a field; with a `sign` only these of several are added (+) or taken away (-)."""

    field: int
    sign: str
    texts: list[str]


async def _in_field(value: str) -> _Filling:
    """
    What `7=text` says of a field, by its id; of some of several their keys, with commas between.

    `7+=2,3` adds some of several, `7-=2` takes them away. Raises Invalid for a field that is offered no more, and for
    what cannot stand in it.
    """
    number, _, text = value.partition("=")
    sign = number[-1:] if number[-1:] in {"+", "-"} else ""
    entry = (await fields.everything()).get(_number(number.removesuffix(sign)))
    if entry is None or entry.archived_at is not None or (sign and (entry.kind != "choices" or not text)):
        raise Invalid({"act": phrase("Choose one of the values offered.")})
    texts = text.split(",") if entry.kind == "choices" else [text]
    await answers.checked([entry], {entry.id: texts})
    return _Filling(entry.id, sign, texts)


async def _fill_in(actor: Actor, ticket: int, value: str) -> None:
    filling = await _in_field(value)
    texts = filling.texts
    if filling.sign:
        await queries.get(actor, ticket, to_change=True)  # nobody changes them in between
        said = (await answers.of_ticket(ticket)).get(filling.field, ())
        texts = [*said, *texts] if filling.sign == "+" else [one for one in said if one not in texts]
    await actions.set_fields(actor, ticket, {filling.field: texts})


async def _is_macro(value: str) -> None:
    if not await canned.every_of([_number(value)]):
        raise Invalid({"act": phrase("Choose one of the values offered.")})


async def _is_said(value: str) -> None:
    if not value.strip():
        raise Invalid({"words": phrase("This cannot be left empty.")})


async def _is_bulk(value: str) -> None:
    if not await Bulk.exists().where(Bulk.id == _number(value)):
        raise Invalid({"act": phrase("Choose one of the values offered.")})


async def _answer(actor: Actor, ticket: int, value: str) -> None:
    hold = (await store.get(unsent.SendingSettings)).undo_seconds
    await actions.reply(actor, ticket, typed(value, channel="web"), hold_seconds=hold)


async def _undo(actor: Actor, ticket: int, value: str) -> None:
    """Take back what an earlier bulk act did to one ticket, an answer as long as it is held back."""
    rows = await (
        Undo.select(Undo.id)
        .where((Undo.bulk == int(value)) & (Undo.ticket == ticket) & Undo.undone_at.is_null())
        .order_by(Undo.id, ascending=False)
    )
    for row in rows:
        await undo.take_back(actor, row["id"])
    earlier = await Bulk.objects().where(Bulk.id == int(value)).first()
    if earlier is not None and earlier.act in SAYING and (rows == [] or earlier.act == "reply"):
        said = await Message.select(Message.id).where(_held_by(earlier) & (Message.ticket == ticket)).first()
        await unsent.take_back(actor, ticket, said["id"] if said else 0)


async def _macro(actor: Actor, ticket: int, value: str) -> None:
    """Do what a macro does, and answer with its words, filled in for the ticket, if it has some."""
    picked = await composing.pick(actor, ticket, int(value))
    if picked is None:
        raise Conflict(phrase("This macro is not for its department."))
    if picked.words:
        hold = (await store.get(unsent.SendingSettings)).undo_seconds
        said = typed(picked.words, channel="web")
        then = picked.canned.status or None
        made_of = [picked.canned.id]
        await composing.reply(actor, ticket, said, chips=None, then=then, made_of=made_of, hold_seconds=hold)


def _held_by(row: Bulk) -> Condition:
    """The answers that a bulk act wrote and that are still held back."""
    mine: Condition = (Message.author == row.actor) & (Message.kind == "unsent") & (Message.sent_at > now())
    if row.act == "reply":
        mine &= Message.body == row.value
        return mine
    mine &= Message.id.is_in(CannedUse.select(CannedUse.message).where(CannedUse.canned == int(row.value)))
    return mine


ACTS: Final[dict[str, Act]] = {
    "assign": Act(
        phrase("Assign"), lambda actor, one, to: actions.assign(actor, one, int(to) if to else None), _is_person
    ),
    "move": Act(phrase("Move"), lambda actor, one, to: actions.move(actor, one, int(to)), _is_department),
    "status": Act(phrase("Set the status"), actions.set_status, _is_status),
    "priority": Act(phrase("Set the priority"), actions.set_priority, _is_priority),
    "topic": Act(
        phrase("Set the topic"),
        lambda actor, one, to: actions.set_topic(actor, one, int(to) if to else None),
        _is_topic,
    ),
    "tag": Act(phrase("Add a tag"), actions.tag, _is_tag),
    "untag": Act(phrase("Take a tag away"), actions.untag, _is_tag),
    "field": Act(phrase("Fill in a field"), _fill_in, _is_in_field),
    "reply": Act(phrase("Reply"), _answer, _is_said),
    "note": Act(
        phrase("Add a note"),
        lambda actor, one, words: actions.note(actor, one, typed(words, channel="web")),
        _is_said,
    ),
    "delete": Act(phrase("Delete"), lambda actor, one, _: binning.put(actor, one)),
    "spam": Act(phrase("Mark as spam"), lambda actor, one, _: binning.put(actor, one, as_spam=True)),
    "restore": Act(phrase("Restore"), lambda actor, one, _: binning.restore(actor, one)),
    "macro": Act(phrase("Macro"), _macro, _is_macro),
    "undo": Act(phrase("Take back"), _undo, _is_bulk),
}
"""What can be done to many tickets, by its word. One more act is one more line."""


async def matching(actor: Actor, condition: Condition) -> list[int]:
    """The numbers of all tickets of a queue. Raises Invalid when there are more than one act takes."""
    rows = await Ticket.select(Ticket.id).where(visible_to(actor) & condition).order_by(Ticket.id).limit(MOST + 1)
    if len(rows) > MOST:
        raise Invalid({"all": phrase("These are more than %(n)s tickets. Filter them further.", n=MOST)})
    return [row["id"] for row in rows]


async def begin(actor: Actor, act: str, value: str, tickets: Sequence[int]) -> int:
    """
    Do something to tickets: at once when they are few, else by a job. The id of the bulk act.

    Raises Invalid for an act or value that cannot be used, and Forbidden for who may work on no ticket at all.
    """
    if act not in ACTS or not 0 < len(tickets) <= MOST or actor.id is None:
        raise Invalid({"act": phrase("Choose one of the values offered.")})
    if not (actor.is_agent and actor.may(ANSWER_TICKETS)):
        raise Forbidden()
    if (check := ACTS[act].check) is not None:
        await check(value)
    value = nfc(printable(value))  # as what is said with it is kept (`said.typed`), to be found again
    numbers = list(dict.fromkeys(tickets))
    async with transaction():
        bulk = Bulk(
            actor=actor.id,
            act=act,
            value=value,
            tickets=msgspec.json.encode(numbers).decode(),
            total=len(numbers),
            began_at=now(),
        )
        await bulk.save()
        if len(numbers) > AT_ONCE:
            await enqueue(run, {"bulk": int(bulk.id)})
        else:
            await _go_on(actor, bulk, len(numbers))
    return int(bulk.id)


async def run(bulk: int) -> None:
    """The job: go through the tickets that are left, some in each transaction, so that a crash repeats none."""
    while not await _go_on_with(bulk):
        pass


async def take_back(actor: Actor, bulk: int) -> int:
    """
    Take back what a bulk act did, as far as nobody changed the same since; the id of the act that does it.

    Raises NotFound for whose act it was not, and Conflict when nothing is left to take back.
    """
    row = await _own(actor, bulk)
    if not await _can_be_undone(row):
        raise Conflict(phrase("Nothing of it can be taken back any more."))
    if row.act in SAYING and await Message.exists().where(_held_by(row)):
        return await begin(actor, "undo", str(bulk), msgspec.json.decode(row.tickets))
    left = Undo.select(Undo.ticket).where((Undo.bulk == bulk) & Undo.undone_at.is_null())
    return await begin(actor, "undo", str(bulk), [one["ticket"] for one in await left.order_by(Undo.id)])


async def result(actor: Actor, bulk: int) -> Result:
    """How far it is. Raises NotFound for anyone but who began it, and administrators."""
    row = await _own(actor, bulk)
    return Result(
        id=row.id,
        name=ACTS[row.act].name,
        total=row.total,
        done=row.done,
        changed=row.changed,
        refusals=msgspec.json.decode(row.refusals, type=dict[str, list[int]]),
        began_at=row.began_at,
        ended_at=row.ended_at,
        can_be_undone=await _can_be_undone(row),
    )


async def _own(actor: Actor, bulk: int) -> Bulk:
    row = await Bulk.objects().where(Bulk.id == bulk).first()
    if row is None or not (row.actor == actor.id or actor.is_admin):
        raise NotFound()
    return row


async def _can_be_undone(row: Bulk) -> bool:
    if row.done < row.total:
        return False
    if row.act in SAYING and await Message.exists().where(_held_by(row)):
        return True
    return await Undo.exists().where((Undo.bulk == row.id) & Undo.undone_at.is_null())


async def _go_on_with(bulk: int) -> bool:
    """Change some more; whether that was the last of it."""
    async with transaction():
        row = await locked(Bulk.objects().where(Bulk.id == bulk)).first()
        if row is None or row.done >= row.total:
            return True
        actor = await actor_of(row.actor)
        with reading_as(Reader(actor.lang, actor.tz)):
            await _go_on(actor, row, IN_ONE)
        return row.done >= row.total


async def _go_on(actor: Actor, row: Bulk, most: int) -> None:
    """Change the next `most` tickets, each wholly or not at all."""
    numbers = msgspec.json.decode(row.tickets, type=list[int])[row.done : row.done + most]
    refusals = msgspec.json.decode(row.refusals, type=dict[str, list[int]])
    token = journal.in_bulk.set(row.id)
    try:
        for number in numbers:
            try:
                async with attempt():
                    await ACTS[row.act].do(actor, number, row.value)
            except Refused as refusal:  # the result names the ticket and the reason
                refusals.setdefault(_reason(refusal), []).append(number)
            else:
                row.changed += 1
    finally:
        journal.in_bulk.reset(token)
    row.done += len(numbers)
    row.refusals = msgspec.json.encode(refusals).decode()
    if row.done >= row.total:
        row.ended_at = now()
        await record(BulkFinished(actor=actor.id, bulk=row.id))
    await row.save([Bulk.done, Bulk.changed, Bulk.refusals, Bulk.ended_at])


def _reason(refusal: Refused) -> str:
    if said := str(refusal.reason):
        return said
    if isinstance(refusal, NotFound):
        return gettext("It is not there any more, or not yours to see.")
    return gettext("You may not change it.")


def _number(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise Invalid({"act": phrase("Choose one of the values offered.")})
    return int(value)
