"""
Tickets that are one matter: many go into one, and each can be taken out again.

What was said on a ticket goes with it, and so do those who take part and its tags. The ticket itself stays,
closed and empty, as the place where old links and answers to old letters find on (`queries.place`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from piccolo.columns import Column

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.text import shorten
from helpdesk.events.record import record
from helpdesk.events.tables import EventRow
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets import access, actions, deadlines, following, queries, rules, views, words
from helpdesk.tickets.access import Condition
from helpdesk.tickets.events import (
    PriorityChanged,
    StatusChanged,
    TicketMerged,
    TicketMoved,
    TicketReplied,
    TicketUnmerged,
)
from helpdesk.tickets.fields import answers
from helpdesk.tickets.linking import LinkRow
from helpdesk.tickets.queries import PersonRow, QueueRow, Thread
from helpdesk.tickets.side import finding
from helpdesk.tickets.tables import Deadline, Follower, Merge, Message, Participant, Ticket, TicketLink, TicketTag

MOST_OFFERED: Final = 20
MOVING: Final = [one.__name__ for one in (StatusChanged, TicketReplied, PriorityChanged, TicketMoved)]
"""Events after which a ticket's status and clocks are its own again."""


class _Clock(Struct, frozen=True):
    """A promise as it stood."""

    id: int
    minutes: int
    spent: int
    running_since: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    warned_at: datetime | None
    missed_at: datetime | None


class _State(Struct, frozen=True):
    """The status and the clocks of a ticket as they stood."""

    status: str
    solved_at: datetime | None
    closed_at: datetime | None
    due_kind: str
    due_at: datetime | None
    queue_at: datetime
    snoozed_until: datetime | None
    clocks: list[_Clock]
    named_status: str | None = None


_CLOCK: Final[dict[str, Column]] = {
    one._meta.name: one
    for one in (
        *(Deadline.id, Deadline.minutes, Deadline.spent, Deadline.running_since, Deadline.due_at),
        *(Deadline.met_at, Deadline.warned_at, Deadline.missed_at),
    )
}
_STATE: Final[dict[str, Column]] = {
    one._meta.name: one
    for one in (
        *(Ticket.status, Ticket.solved_at, Ticket.closed_at, Ticket.due_kind, Ticket.due_at, Ticket.queue_at),
        *(Ticket.snoozed_until, Ticket.named_status),
    )
}


class Side(Struct, frozen=True):
    """One of the tickets that are to be merged, and those who read it."""

    ticket: QueueRow
    readers: tuple[PersonRow, ...]


class Plan(Struct, frozen=True):
    """What a merge would do, for the page that asks before: `target` takes `others` in."""

    target: Side
    others: list[Side]
    newcomers: list[PersonRow]
    """Those who take part in some of the tickets only; each will read all that was said on the others."""


async def plan(actor: Actor, target_id: int, others: Collection[int]) -> Plan:
    """What it would mean to merge `others`, as far as the actor works on them, into the target."""
    numbers = {target_id, *others}
    rows = await _worked_rows(actor, Ticket.id.is_in(list(numbers)), size=len(numbers))
    readers = await _readers(rows)
    sides = {row.id: Side(row, tuple(readers[row.id].values())) for row in rows}
    target = sides.pop(target_id, None)
    if target is None:
        raise NotFound()
    everybody = {number: one for known in readers.values() for number, one in known.items()}
    newcomers = [one for number, one in everybody.items() if not all(number in known for known in readers.values())]
    return Plan(target, [sides[number] for number in sorted(sides)], newcomers)


async def offered(actor: Actor, ticket_id: int, wanted: str) -> list[QueueRow]:
    """Tickets that could go into this one: what the number or the words find; else those of the same customer."""
    ticket = await queries.get(actor, ticket_id)
    condition: Condition = Ticket.id != ticket_id
    if number := views.number_in(wanted):
        condition &= Ticket.id == number
    elif (by_words := words.found(wanted, with_notes=True)) is not None:
        condition &= by_words
    else:
        condition &= Ticket.requester == ticket.requester
    return await _worked_rows(actor, condition, size=MOST_OFFERED)


async def merge(actor: Actor, target_id: int, others: Collection[int], *, sure: bool = False) -> None:
    """
    Let the target take the other tickets in.

    It keeps its own promises. It is opened again when it waits and one of the others does not. `sure`: the
    actor knows that those who take part in one will read the others. Raises Invalid (field `sure`) where that is
    so and not said, Conflict for a ticket that is merged already, Forbidden where the actor may not work.
    """
    async with transaction():
        tickets = {number: await _worked(actor, number) for number in sorted({target_id, *others})}
        target = tickets.pop(target_id)
        if not tickets:
            raise Invalid({"id": phrase("Choose at least one other ticket.")})
        if not sure and (await plan(actor, target_id, list(tickets))).newcomers:
            raise Invalid({"sure": phrase("Say first that these people may read all of it.")})
        for ticket in tickets.values():
            await _take_in(actor, target, ticket)


async def unmerge(actor: Actor, ticket_id: int) -> int:
    """
    Take a ticket out again, with what was said on it, its status and its promises as they were; the target's number.

    What was said since stays with the target. Raises NotFound for a ticket that is not merged, and Conflict
    while its target is merged itself.
    """
    async with transaction():
        merge = await locked(Merge.objects().where(Merge.ticket == ticket_id)).first()
        if merge is None:
            raise NotFound()
        numbers = sorted((ticket_id, merge.target))
        tickets = {number: await queries.get(actor, number, to_change=True) for number in numbers}
        if not all(access.may_work(actor, one) for one in tickets.values()):
            raise Forbidden()
        ticket, target = tickets[ticket_id], tickets[merge.target]
        await actions.refuse_merged(target)
        await Merge.delete().where(Merge.id == merge.id)
        await finding.follow(ticket.id, ticket.id)
        await TicketLink.delete().where(_link(ticket, target))
        await _move_messages(
            target, ticket, Message.id.is_in(msgspec.json.decode(merge.messages) or [0]) & (Message.ticket == target.id)
        )
        await _take_away(merge)
        await answers.take_away(target, msgspec.json.decode(merge.fields))
        await _restore(ticket, msgspec.json.decode(merge.was, type=_State))
        was = msgspec.json.decode(merge.target_was, type=_State | None)
        if was is not None and merge.target_event == await _newest_move(target):
            await _restore(target, was)
        await record(TicketUnmerged(actor=actor.id, ticket=target.id, other=ticket.id, is_target=True))
        await record(TicketUnmerged(actor=actor.id, ticket=ticket.id, other=target.id, is_target=False))
    return int(target.id)


async def take_out(actor: Actor, target_id: int, others: Collection[int]) -> None:
    """Take several tickets out of their target again, all or none. Raises NotFound where one is not in it."""
    async with transaction():
        merged = Merge.select(Merge.ticket).where((Merge.target == target_id) & Merge.ticket.is_in(list(others) or [0]))
        numbers = {row["ticket"] for row in await merged}
        if not numbers or numbers != set(others):
            raise NotFound()
        for number in sorted(numbers, reverse=True):
            await unmerge(actor, number)


def ways_back(thread: Thread, links: Sequence[LinkRow]) -> dict[int, str]:
    """For the newest line of history that tells of each merge which still stands: the address that takes it back."""
    here, merged = thread.ticket.id, {link.number: link.is_earlier for link in links if link.kind == "merge"}
    lines: dict[int, tuple[int, str]] = {}
    for happening in thread.happenings:
        if happening.name == TicketMerged.__name__:
            event = msgspec.json.decode(happening.data, type=TicketMerged)
            if merged.get(event.other) is event.is_target:
                inner = event.other if event.is_target else here
                lines[event.other] = happening.id, f"/desk/tickets/{inner}/unmerge"
    return dict(lines.values())


async def _take_in(actor: Actor, target: Ticket, ticket: Ticket) -> None:
    was = await _state(ticket)
    rows = await Message.select(Message.id).where(Message.ticket == ticket.id).order_by(Message.id)
    await _move_messages(ticket, target, Message.ticket == ticket.id)
    target_was = await _wake(actor, target) if was.status in rules.ACTIVE else None
    merge = Merge(
        ticket=ticket.id,
        target=target.id,
        messages=_json([row["id"] for row in rows]),
        joined=_json(await _join(target, ticket)),
        tags=_json(await _hang(target, ticket)),
        followers=_json(await _follow_on(target, ticket)),
        fields=_json(await answers.fill_empty(target, ticket.id)),
        was=_json(was),
        target_was=_json(target_was),
        target_event=await _newest_move(target),
    )
    await merge.save()
    ticket.status, ticket.closed_at, ticket.solved_at = "closed", now(), was.solved_at or now()
    ticket.snoozed_until = ticket.named_status = None
    await ticket.save([Ticket.status, Ticket.named_status, Ticket.closed_at, Ticket.solved_at, Ticket.snoozed_until])
    await deadlines.after_status(ticket)
    await finding.follow(ticket.id, target.id)
    await TicketLink.insert(TicketLink(ticket=target.id, other=ticket.id, kind="merge"))
    await record(TicketMerged(actor=actor.id, ticket=target.id, other=ticket.id, is_target=True))
    await record(TicketMerged(actor=actor.id, ticket=ticket.id, other=target.id, is_target=False))


async def _move_messages(place: Ticket, new_place: Ticket, which: Condition) -> None:
    """Let messages stand on another ticket, where the search finds them, and count them there."""
    messages = await Message.objects().where(which).order_by(Message.id)
    for message in messages:
        message.ticket = new_place.id
        await message.save([Message.ticket])
        if message.kind in {"reply", "note"}:
            await words.move(new_place, message)
    for ticket in (place, new_place):
        public = (Message.ticket == ticket.id) & (Message.kind == "reply")
        last = await (
            Message.select(Message.fresh)
            .where(public)
            .order_by(Message.sent_at, ascending=False)
            .order_by(Message.id, ascending=False)
            .first()
        )
        ticket.message_count = await Message.count().where(public)
        ticket.snippet = shorten(last["fresh"], 200) if last else ticket.snippet
        ticket.updated_at = now()
        await ticket.save([Ticket.message_count, Ticket.snippet, Ticket.updated_at])


async def _join(target: Ticket, ticket: Ticket) -> list[int]:
    """Let those who take part in the one take part in the other; those who did not yet."""
    theirs = [ticket.requester, *await _participants(ticket.id)]
    known = {target.requester, *await _participants(target.id)}
    joined = [one for one in dict.fromkeys(theirs) if one not in known]
    if joined:
        await Participant.insert(*(Participant(ticket=target.id, person=one) for one in joined))
    return joined


async def _hang(target: Ticket, ticket: Ticket) -> list[str]:
    """Let the tags of the one hang on the other; those that did not yet."""
    known = await queries.tags(target.id)
    hung = [name for name in await queries.tags(ticket.id) if name not in known]
    if hung:
        await TicketTag.insert(*(TicketTag(ticket=target.id, name=name) for name in hung))
    return hung


async def _follow_on(target: Ticket, ticket: Ticket) -> list[int]:
    """Let those who follow the one follow the other, as far as they may see it; those who did not yet."""
    known = await _followers(target.id)
    followed = [
        one for one in await _followers(ticket.id) if one not in known and await following.may_look(one, target)
    ]
    if followed:
        await Follower.insert(*(Follower(ticket=target.id, person=one) for one in followed))
    return followed


async def _wake(actor: Actor, target: Ticket) -> _State | None:
    """
    Open a ticket that waits, sleeps or is done, since what it takes in is owed an answer.

    How it was, if that was so.
    """
    if target.status in rules.ACTIVE and target.snoozed_until is None:
        return None
    was = await _state(target)
    target.snoozed_until = None
    await target.save([Ticket.snoozed_until])
    if target.status not in rules.ACTIVE:
        await actions.turn(actor, target.id, "open")
        await target.refresh()
        await deadlines.after_message(target, by_agent=False)
    return was


async def _take_away(merge: Merge) -> None:
    """
    Take people, tags and followers off the target that came with a ticket, unless another one in it brings them too.

    That one answers for them from now on.
    """
    people, tags = msgspec.json.decode(merge.joined, type=list[int]), msgspec.json.decode(merge.tags, type=list[str])
    followers = msgspec.json.decode(merge.followers, type=list[int])
    for other in await Merge.objects().where(Merge.target == merge.target).order_by(Merge.id):
        asker = await Ticket.select(Ticket.requester).where(Ticket.id == other.ticket).first()
        theirs = {*([asker["requester"]] if asker else []), *await _participants(other.ticket)}
        stay, hang = [one for one in people if one in theirs], await queries.tags(other.ticket)
        kept = [name for name in tags if name in hang]
        follow = [one for one in followers if one in await _followers(other.ticket)]
        other.joined = _json([*msgspec.json.decode(other.joined), *stay])
        other.tags = _json([*msgspec.json.decode(other.tags), *kept])
        other.followers = _json([*msgspec.json.decode(other.followers), *follow])
        await other.save([Merge.joined, Merge.tags, Merge.followers])
        people, tags = [one for one in people if one not in stay], [name for name in tags if name not in kept]
        followers = [one for one in followers if one not in follow]
    await Follower.delete().where((Follower.ticket == merge.target) & Follower.person.is_in(followers or [0]))
    await Participant.delete().where((Participant.ticket == merge.target) & Participant.person.is_in(people or [0]))
    await TicketTag.delete().where((TicketTag.ticket == merge.target) & TicketTag.name.is_in(tags or [""]))


async def _state(ticket: Ticket) -> _State:
    rows = await Deadline.select(*_CLOCK.values()).where(Deadline.ticket == ticket.id).order_by(Deadline.id)
    return msgspec.convert({**{name: getattr(ticket, name) for name in _STATE}, "clocks": rows}, _State)


async def _restore(ticket: Ticket, state: _State) -> None:
    """Status and clocks as they stood, counted by what is promised by now; clocks that began since are gone."""
    for name in _STATE:
        setattr(ticket, name, getattr(state, name))
    await ticket.save(list(_STATE.values()))
    known = [clock.id for clock in state.clocks]
    await Deadline.delete().where((Deadline.ticket == ticket.id) & Deadline.id.not_in(known or [0]))
    for clock in state.clocks:
        values: dict[Column | str, Any] = {
            column: getattr(clock, name) for name, column in _CLOCK.items() if name != "id"
        }
        values[Deadline.look_at] = clock.running_since if clock.due_at else None
        await Deadline.update(values).where(Deadline.id == clock.id)
    await deadlines.recount(ticket)


async def _newest_move(ticket: Ticket) -> int:
    """The newest event that moved a ticket's status or clocks; 0 for none."""
    row = await (
        EventRow.select(EventRow.id)
        .where((EventRow.about == f"ticket:{ticket.id}") & EventRow.name.is_in(MOVING))
        .order_by(EventRow.id, ascending=False)
        .first()
    )
    return int(row["id"]) if row else 0


async def _worked(actor: Actor, ticket_id: int) -> Ticket:
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    await actions.refuse_merged(ticket)
    return ticket


async def _worked_rows(actor: Actor, condition: Condition, *, size: int) -> list[QueueRow]:
    """Tickets that the actor works on and that are not merged, what moved last first."""
    inside = access.worked_by(actor) & condition
    found = (await queries.newest(actor, inside, size=size)).items
    numbers = [row.id for row in found] or [0]
    merged = {row["ticket"] for row in await Merge.select(Merge.ticket).where(Merge.ticket.is_in(numbers))}
    return [row for row in found if row.id not in merged]


async def _participants(ticket_id: int) -> list[int]:
    rows = await Participant.select(Participant.person).where(Participant.ticket == ticket_id)
    return [row["person"] for row in rows]


async def _followers(ticket_id: int) -> list[int]:
    return [one.id for one in await following.followers(ticket_id)]


async def _readers(tickets: Sequence[QueueRow]) -> dict[int, dict[int, PersonRow]]:
    """By ticket, those of its customers who read it, by their ids; who asked is the first."""
    readers = {
        one.id: {one.requester: PersonRow(one.requester, one.requester_name, one.requester_email)} for one in tickets
    }
    rows = await (
        Participant.select(
            Participant.ticket,
            Participant.person,
            Participant.person.name.as_alias("name"),
            Participant.person.email.as_alias("email"),
        )
        .where(Participant.ticket.is_in(list(readers) or [0]))
        .order_by(Participant.id)
    )
    for row in rows:
        readers[row["ticket"]].setdefault(row["person"], PersonRow(row["person"], row["name"], row["email"]))
    return readers


def _link(ticket: Ticket, target: Ticket) -> Condition:
    is_merge = TicketLink.kind == "merge"
    return is_merge & (TicketLink.ticket == target.id) & (TicketLink.other == ticket.id)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
