"""
Taking acts back: what one changed of a ticket stands again as it was before, its clocks too.

Nothing that somebody did since is overwritten: the act is refused then, with the reason.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, NotFound
from helpdesk.core.prepared import Prepared
from helpdesk.departments.tables import Department
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.rules import ANSWER_TICKETS
from helpdesk.tickets import access, actions, deadlines
from helpdesk.tickets.events import ActTakenBack, LinkAdded, LinkRemoved, StatusChanged
from helpdesk.tickets.fields import answers
from helpdesk.tickets.journal import Promise, State, differing, differing_pieces, state
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.parts import PARTS
from helpdesk.tickets.tables import Deadline, Ticket, TicketTag, Undo
from helpdesk.topics import queries as topics

OWN_FOR: Final = timedelta(hours=1)
"""So long people may take back what they did also to a ticket that they have given away by it."""
JUST_NOW: Final = timedelta(seconds=5)
OFFERED: Final = 50
"""Acts of one ticket that are offered to be taken back, the newest."""

_TAKES_ALONG: Final = {"status": ("solved_at", "closed_at"), "binned_as": ("binned_at",)}
"""What is put back together with a field."""

_DONE: Final = Prepared(
    lambda ticket: (
        Undo.select(Undo.id, Undo.event, Undo.before, Undo.after)
        .where((Undo.ticket == ticket) & Undo.undone_at.is_null())
        .order_by(Undo.id, ascending=False)
        .limit(OFFERED)
    )
)


class Offer(Struct, frozen=True):
    """An act that can be taken back, and the event that tells of it."""

    id: int
    event: int


async def newest(actor: Actor, ticket_id: int) -> int | None:
    """What the actor did to this ticket just now, for the line that says that it is done; None for nothing."""
    lately = Undo.undone_at.is_null() & (Undo.happened_at > now() - JUST_NOW)
    mine = (Undo.ticket == ticket_id) & (Undo.actor == actor.id) & lately
    row = await Undo.select(Undo.id).where(mine).order_by(Undo.id, ascending=False).first()
    return int(row["id"]) if row else None


async def way_back(actor: Actor, ticket_id: int) -> str:
    """The address that takes back what the actor did to a ticket just now; empty for nothing."""
    number = await newest(actor, ticket_id)
    return f"/desk/undo/{number}" if number else ""


async def offers(ticket_id: int) -> list[Offer]:
    """Of a ticket's acts, those on whose changes nothing was built since."""
    rows = await _DONE(ticket_id)
    found, touched = [], set[str]()
    for row in rows:
        before, after = _read(row["before"]), _read(row["after"])
        changed = _touches(before, after)
        if not changed & touched:
            found.append(Offer(row["id"], row["event"]))
        touched |= changed
    return found


async def take_back(actor: Actor, undo_id: int) -> int:
    """
    Put back what one act changed of its ticket; the ticket's number.

    Raises NotFound when the actor may not do so, and Conflict when it was taken back already or somebody
    changed the same since.
    """
    async with transaction():
        row = await Undo.select(Undo.ticket).where(Undo.id == undo_id).first()
        if row is None:
            raise NotFound()
        ticket = await locked(Ticket.objects().where(Ticket.id == row["ticket"])).first()
        undo = await locked(Undo.objects().where(Undo.id == undo_id)).first()
        if ticket is None or undo is None:
            raise NotFound()
        if not _may_take_back(actor, ticket, undo):
            raise NotFound()
        if undo.undone_at is not None:
            raise Conflict(phrase("It was taken back already."))
        await actions.refuse_merged(ticket)
        before, after = _read(undo.before), _read(undo.after)
        await _put_back(actor, ticket, before, after)
        await _pieces_back(actor, ticket, before, after)
        undo.undone_at = now()
        await undo.save([Undo.undone_at])
        await record(ActTakenBack(actor=actor.id, ticket=ticket.id, event=undo.event))
    return int(ticket.id)


async def ticket_of(actor: Actor, undo_id: int) -> int:
    """The ticket that an act changed. Raises NotFound when the actor may not take it back."""
    row = await Undo.objects().where(Undo.id == undo_id).first()
    ticket = await Ticket.objects().where(Ticket.id == row.ticket).first() if row else None
    if row is None or ticket is None or not _may_take_back(actor, ticket, row):
        raise NotFound()
    return int(ticket.id)


def _may_take_back(actor: Actor, ticket: Ticket, undo: Undo) -> bool:
    """Who works on the ticket, and for a while who did it, though the act may have taken it from them."""
    did_it_now = actor.is_signed_in and undo.actor == actor.id and undo.happened_at + OWN_FOR > now()
    return access.may_work(actor, ticket) or (did_it_now and actor.is_agent and actor.may(ANSWER_TICKETS))


async def _put_back(actor: Actor, ticket: Ticket, before: State, after: State) -> None:
    changed, current = differing(before, after), await state(ticket)
    await _check(changed, before, after, current)
    for field in changed - {"tags"}:
        for name in (field, *_TAKES_ALONG.get(field, ())):
            setattr(ticket, name, getattr(before, name))
    await _still_named(ticket)
    ticket.updated_at = now()
    await ticket.save()
    if "topic" in changed:
        await answers.keep_words(ticket)
    await _tag_again(ticket.id, before.tags, after.tags)
    if before.promises != after.promises or before.promise != after.promise:
        await _clocks_back(ticket, before, after, current)
    if changed & {"status", "named_status"}:
        called = ticket.named_status or ""
        await record(StatusChanged(actor=actor.id, ticket=ticket.id, status=ticket.status, named=called))


async def _still_named(ticket: Ticket) -> None:
    """What a status or priority was called may be gone since, or mean something else."""
    every = await named.known()
    urgency = every.priority(ticket.priority)
    ticket.priority, ticket.rank = urgency.key, urgency.rank
    called = every.statuses.get(ticket.named_status or "")
    if called is None or called.is_gone or called.category != ticket.status:
        ticket.named_status = None


async def _pieces_back(actor: Actor, ticket: Ticket, before: State, after: State) -> None:
    """Piece by piece as it was. Raises Conflict where one is not any more as the act left it."""
    changed = differing_pieces(before, after)
    current = await state(ticket, *dict.fromkeys(name for name, _ in changed))
    for name, key in changed:
        if current.pieces[name].get(key) != after.pieces[name].get(key):
            raise Conflict(phrase("Somebody has changed the same since. Nothing was taken back."))
    for name, key in changed:
        was = before.pieces[name].get(key)
        await PARTS[name].write(ticket.id, key, was)
        if name == "links":
            await _tell_other(actor, ticket.id, key, is_back=was is not None)


async def _tell_other(actor: Actor, ticket_id: int, link: str, *, is_back: bool) -> None:
    """The history of the ticket at the other end of a link says so, too."""
    here, there, _ = link.split()
    other = int(there) if int(here) == ticket_id else int(here)
    await record((LinkAdded if is_back else LinkRemoved)(actor=actor.id, ticket=other, other=ticket_id))


async def _check(changed: frozenset[str], before: State, after: State, current: State) -> None:
    """Raises Conflict when the ticket is not any more as the act left it, or cannot be again as it was."""
    others = [name for name in changed - {"tags"} if getattr(current, name) != getattr(after, name)]
    added, removed = set(after.tags) - set(before.tags), set(before.tags) - set(after.tags)
    if others or added - set(current.tags) or removed & set(current.tags):
        raise Conflict(phrase("Somebody has changed the same since. Nothing was taken back."))
    if "department" in changed and not await Department.exists().where(Department.id == before.department):
        raise Conflict(phrase("The department it came from is not there any more."))
    if "topic" in changed and before.topic is not None and before.topic not in await topics.everything():
        raise Conflict(phrase("What it was about is not there any more."))
    back_to = before.assignee if "assignee" in changed else None
    department = before.department if "department" in changed else current.department
    if back_to is not None and not await actions.may_work_in(back_to, department):
        raise Conflict(phrase("Who looked after it does not work there any more."))


async def _tag_again(ticket_id: int, before: Sequence[str], after: Sequence[str]) -> None:
    if added := set(after) - set(before):
        await TicketTag.delete().where((TicketTag.ticket == ticket_id) & TicketTag.name.is_in(sorted(added)))
    if removed := set(before) - set(after):
        await TicketTag.insert(*(TicketTag(ticket=ticket_id, name=name) for name in sorted(removed)))


async def _clocks_back(ticket: Ticket, before: State, after: State, current: State) -> None:
    """As they stood, if nothing else has moved them since; otherwise as the ticket is now, by the rules."""
    is_as_left = [one.course for one in current.promises] == [one.course for one in after.promises]
    if not is_as_left or current.promise != after.promise:
        await deadlines.promise_anew(ticket)
        await (deadlines.pause(ticket) if ticket.binned_as else deadlines.after_status(ticket))
        return
    noticed = {now_.id: now_ for now_, then in zip(current.promises, after.promises, strict=True) if now_ != then}
    kept = {one.id: one for one in before.promises}
    for gone in [one.id for one in current.promises if one.id not in kept]:
        await Deadline.delete().where(Deadline.id == gone)
    for one in before.promises:
        await _clock_back(_still_noticed(one, noticed.get(one.id)))
    ticket.due_kind, ticket.due_at, ticket.queue_at = before.due_kind, before.due_at, before.queue_at
    ticket.promise = before.promise
    await ticket.save([Ticket.promise, Ticket.due_kind, Ticket.due_at, Ticket.queue_at])


def _still_noticed(was: Promise, noticed: Promise | None) -> Promise:
    """What the sweep noticed meanwhile stays noticed, where it is about the same moment."""
    if noticed is None or noticed.due_at != was.due_at:
        return was
    return structs.replace(was, warned_at=noticed.warned_at, missed_at=noticed.missed_at)


async def _clock_back(was: Promise) -> None:
    row = await Deadline.objects().where(Deadline.id == was.id).first()
    assert row is not None
    for name in Promise.__struct_fields__:
        setattr(row, name, getattr(was, name))
    row.look_at = was.running_since if was.due_at is not None else None
    await row.save()


def _touches(before: State, after: State) -> set[str]:
    """What an act changed, each tag and each piece by itself."""
    tags = {f"tag {name}" for name in set(before.tags) ^ set(after.tags)}
    pieces = {f"{part} {key}" for part, key in differing_pieces(before, after)}
    return {name for name in differing(before, after) if name != "tags"} | tags | pieces


def _read(text: str) -> State:
    return msgspec.json.decode(text, type=State)


async def forget_before(moment: datetime) -> None:
    """Acts of long ago are not taken back any more."""
    await Undo.delete().where(Undo.happened_at < moment)
