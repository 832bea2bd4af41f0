"""What was done to a ticket can be taken back, and then it stands as it did."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.db import attempt, transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound, Refused
from helpdesk.people.tables import Person
from helpdesk.tickets import (
    actions,
    binning,
    bulk,
    deadlines,
    following,
    linking,
    noting,
    queries,
    rules,
    snoozing,
    undo,
    work,
)
from helpdesk.tickets.tables import (
    Deadline,
    Follower,
    Message,
    Participant,
    Task,
    Ticket,
    TicketLink,
    TicketTag,
    Undo,
)
from helpdesk.web.naming import BUILT_IN_PRIORITIES
from tests.factories import Desk
from tests.tickets import ask, said

ACTS: Final = 1000
TICKETS: Final = 6
AT_ONCE: Final = 25
"""Acts in one transaction: a commit waits for the disk."""


async def start(desk: Desk) -> tuple[Actor, Actor, int, int]:
    """Lan, Minh, their department and her ticket."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    return lan, minh, care, await ask(lan, department=care)


async def whole(*tickets: int) -> dict[str, Any]:
    """All that is known of these tickets but when they moved last, and the ids of tags."""
    rows = await Ticket.select().where(Ticket.id.is_in([*tickets])).order_by(Ticket.id)
    clocks = await Deadline.select().where(Deadline.ticket.is_in([*tickets])).order_by(Deadline.id)
    tags = await TicketTag.select(TicketTag.ticket, TicketTag.name).where(TicketTag.ticket.is_in([*tickets]))
    part = await Participant.select(Participant.ticket, Participant.person).where(Participant.ticket.is_in([*tickets]))
    follow = await Follower.select(Follower.ticket, Follower.person).where(Follower.ticket.is_in([*tickets]))
    links = await TicketLink.select(TicketLink.ticket, TicketLink.other, TicketLink.kind).where(
        TicketLink.ticket.is_in([*tickets]) | TicketLink.other.is_in([*tickets])
    )
    notes = Message.select(Message.id, Message.kind, Message.body, Message.text, Message.fresh, Message.html)
    return {
        "participants": sorted((one["ticket"], one["person"]) for one in part),
        "followers": sorted((one["ticket"], one["person"]) for one in follow),
        "links": sorted(tuple(one.values()) for one in links),
        "tasks": await Task.select().where(Task.ticket.is_in([*tickets])).order_by(Task.id),
        "messages": await notes.where(Message.ticket.is_in([*tickets])).order_by(Message.id),
        "tickets": [{name: value for name, value in row.items() if name != "updated_at"} for row in rows],
        "deadlines": clocks,
        "tags": sorted((tag["ticket"], tag["name"]) for tag in tags),
    }


async def last(actor: Actor, ticket: int) -> int:
    """What the actor did last to a ticket."""
    mine = (Undo.ticket == ticket) & (Undo.actor == actor.id)
    row = await Undo.select(Undo.id).where(mine).order_by(Undo.id, ascending=False).first()
    assert row
    return int(row["id"])


async def test_a_thousand_acts_taken_back_in_reverse_leave_no_trace(desk: Desk) -> None:
    care, sales = await desk.department(), await desk.department("Sales", "Bán hàng", "sales@lua.example")
    minh, vy = await desk.agent("Minh", care, sales, lang="en"), await desk.agent("Vy", sales)
    lan, mai = await desk.customer("Lan"), await desk.customer("Mai")
    tickets = [await ask(lan, department=care) for _ in range(TICKETS)]
    for ticket in tickets:
        await actions.note(minh, ticket, said("She is cross."))
        await work.add_task(minh, ticket, "Call the carrier")
    for ticket in tickets[::2]:
        await actions.reply(minh, ticket, said("It is on its way."))
    await Undo.delete().where(Undo.id > 0)
    before, chance, done = await whole(*tickets), random.Random(20), 0

    while done < ACTS:
        async with transaction():
            for _ in range(AT_ONCE):
                ticket = chance.choice(tickets)
                act = _act if chance.random() < 0.5 else _small_act
                people = (minh.id, vy.id, None) if act is _act else (minh.id, vy.id, mai.id)
                await act(chance, minh, ticket, (care, sales), people)
            await bulk.begin(minh, "priority", chance.choice(BUILT_IN_PRIORITIES), chance.sample(tickets, 3))
        done = await Undo.count()
        desk.clock.go(minutes=chance.randrange(400))
    middle = await whole(*tickets)
    rows = await Undo.select(Undo.id).order_by(Undo.id, ascending=False)
    for at in range(0, len(rows), AT_ONCE):
        async with transaction():
            for row in rows[at : at + AT_ONCE]:
                await undo.take_back(minh, row["id"])

    assert done >= ACTS
    assert middle != before
    assert await whole(*tickets) == before


async def _act(
    chance: random.Random, actor: Actor, ticket: int, departments: tuple[int, int], people: tuple[int | None, ...]
) -> None:
    """Anything that can be done to a ticket; to one in the bin only that it comes out."""
    if await Ticket.exists().where((Ticket.id == ticket) & Ticket.binned_at.is_not_null()):
        await binning.restore(actor, ticket)
        return
    place = (await queries.ticket_facts(actor, ticket)).department
    acts: list[Callable[[], Awaitable[None]]] = [
        lambda: actions.set_status(actor, ticket, chance.choice(rules.STATUSES)),
        lambda: actions.set_priority(actor, ticket, chance.choice(BUILT_IN_PRIORITIES)),
        lambda: actions.move(actor, ticket, chance.choice(departments)),
        lambda: actions.assign(actor, ticket, chance.choice([one for one in people if one != people[1]])),
        lambda: actions.assign(actor, ticket, people[1] if place == departments[1] else None),
        lambda: actions.tag(actor, ticket, chance.choice(["hot", "vip", "broken"])),
        lambda: actions.untag(actor, ticket, chance.choice(["hot", "vip", "broken"])),
        lambda: binning.put(actor, ticket, as_spam=chance.random() < 0.5),
    ]
    await chance.choice(acts)()


async def _small_act(
    chance: random.Random, actor: Actor, ticket: int, _: tuple[int, int], people: tuple[int | None, ...]
) -> None:
    """Anything that can be done to what hangs on a ticket; nothing to one in the bin."""
    if await Ticket.exists().where((Ticket.id == ticket) & Ticket.binned_at.is_not_null()):
        return
    customer, other = people[2] or 0, chance.choice([*range(1, ticket), *range(ticket + 1, TICKETS + 1)])
    tasks = [row["id"] for row in await Task.select(Task.id).where(Task.ticket == ticket).order_by(Task.id)]
    task = chance.choice(tasks or [0])
    notes = (Message.ticket == ticket) & (Message.kind == "note")
    note = next((row["id"] for row in await Message.select(Message.id).where(notes).order_by(Message.id)), 0)
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: snoozing.snooze(actor, ticket, chance.choice(["later", "tomorrow", "reply"])),
        lambda: snoozing.wake(actor, ticket),
        lambda: actions.add_participant(actor, ticket, customer),
        lambda: actions.remove_participant(actor, ticket, customer),
        lambda: following.follow(actor, ticket, chance.choice(people[:2])),
        lambda: following.unfollow(actor, ticket),
        lambda: linking.link(actor, ticket, other, chance.choice(["related", "blocked"])),
        lambda: linking.unlink(actor, ticket, other, "related"),
        lambda: work.add_task(actor, ticket, "Send a new one"),
        lambda: work.mark(actor, ticket, task, is_done=chance.random() < 0.7),
        lambda: work.raise_task(actor, ticket, task),
        lambda: work.remove_task(actor, ticket, task),
        lambda: noting.change(actor, ticket, note, f"She is cross {chance.randrange(5)} times."),
        lambda: noting.remove(actor, ticket, note),
    ]
    try:
        async with attempt():
            await chance.choice(acts)()
    except Refused:  # what is done needs no sleep, Vy sees not every ticket, nothing is left of notes or tasks
        return


async def test_a_pause_that_is_taken_back_was_none(desk: Desk) -> None:
    _, minh, _, ticket = await start(desk)
    due = (await queries.ticket_facts(minh, ticket)).due_at
    await actions.set_status(minh, ticket, "hold")
    desk.clock.go(minutes=50)
    assert (await queries.ticket_facts(minh, ticket)).due_at is None

    await undo.take_back(minh, await last(minh, ticket))

    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.status, facts.due_at) == ("new", due)


async def test_clocks_that_moved_since_are_counted_by_the_rules(desk: Desk) -> None:
    _, minh, _, ticket = await start(desk)
    await actions.set_status(minh, ticket, "hold")
    held = await last(minh, ticket)
    await actions.set_priority(minh, ticket, "urgent")
    desk.clock.go(minutes=5)

    await undo.take_back(minh, held)

    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.status, facts.priority) == ("new", "urgent")
    first = next(one for one in await queries.deadlines(ticket) if one.kind == "first_response")
    assert first.minutes == 30
    assert first.due_at is not None


async def test_what_somebody_changed_since_stays(desk: Desk) -> None:
    _, minh, care, ticket = await start(desk)
    hoa = await desk.agent("Hoa", care)
    await actions.set_status(minh, ticket, "solved")
    mine = await last(minh, ticket)
    await actions.set_status(hoa, ticket, "hold")

    with pytest.raises(Conflict, match="changed the same since"):
        await undo.take_back(minh, mine)
    assert (await queries.ticket_facts(minh, ticket)).status == "hold"


async def test_an_answer_that_came_since_stays(desk: Desk) -> None:
    lan, minh, _, ticket = await start(desk)
    await actions.set_status(minh, ticket, "solved")
    await actions.reply(lan, ticket, said("It burns again"))

    with pytest.raises(Conflict):
        await undo.take_back(minh, await last(minh, ticket))
    assert (await queries.ticket_facts(minh, ticket)).status == "open"


async def test_it_is_taken_back_once(desk: Desk) -> None:
    _, minh, _, ticket = await start(desk)
    await actions.tag(minh, ticket, "hot")
    mine = await last(minh, ticket)
    await undo.take_back(minh, mine)
    assert await queries.tags(ticket) == []
    with pytest.raises(Conflict, match="already"):
        await undo.take_back(minh, mine)


async def test_who_gave_a_ticket_away_takes_it_back_for_an_hour(desk: Desk) -> None:
    _, minh, _, ticket = await start(desk)
    elsewhere = await desk.department("Sales", "Bán hàng", "sales@lua.example")
    await actions.move(minh, ticket, elsewhere)
    mine = await last(minh, ticket)

    desk.clock.go(minutes=61)
    with pytest.raises(NotFound):
        await undo.take_back(minh, mine)
    desk.clock.go(minutes=-60)
    await undo.take_back(minh, mine)
    assert (await queries.ticket_facts(minh, ticket)).id == ticket


async def test_others_take_nothing_back(desk: Desk) -> None:
    lan, minh, _, ticket = await start(desk)
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"))
    await actions.set_status(minh, ticket, "solved")
    mine = await last(minh, ticket)
    for outsider in (lan, huy):
        with pytest.raises((NotFound, Forbidden)):
            await undo.take_back(outsider, mine)
    assert (await queries.ticket_facts(minh, ticket)).status == "solved"


async def test_who_left_does_not_get_it_again(desk: Desk) -> None:
    _, minh, care, ticket = await start(desk)
    hoa = await desk.agent("Hoa", care)
    await actions.assign(minh, ticket, hoa.id)
    await actions.assign(minh, ticket, minh.id)
    await Person.update({Person.is_active: False}).where(Person.id == hoa.id)
    with pytest.raises(Conflict, match="does not work there"):
        await undo.take_back(minh, await last(minh, ticket))


async def test_what_the_sweep_noticed_stays_noticed(desk: Desk) -> None:
    _, minh, _, ticket = await start(desk)
    await actions.tag(minh, ticket, "hot")
    await actions.set_status(minh, ticket, "open")
    desk.clock.go(days=9)
    await deadlines.sweep()
    missed = [one.missed_at for one in await queries.deadlines(ticket)]

    await undo.take_back(minh, await last(minh, ticket))

    assert all(isinstance(one, datetime) for one in missed)
    assert [one.missed_at for one in await queries.deadlines(ticket)] == missed
