"""What was done to a ticket can be taken back, and then it stands as it did."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.people.tables import Person
from helpdesk.tickets import actions, binning, bulk, deadlines, queries, rules, undo
from helpdesk.tickets.tables import Deadline, Ticket, TicketTag, Undo
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
    return {
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
    lan = await desk.customer("Lan")
    tickets = [await ask(lan, department=care) for _ in range(TICKETS)]
    for ticket in tickets[::2]:
        await actions.reply(minh, ticket, said("It is on its way."))
    before, chance, done = await whole(*tickets), random.Random(20), 0

    while done < ACTS:
        async with transaction():
            for _ in range(AT_ONCE):
                await _act(chance, minh, chance.choice(tickets), (care, sales), (minh.id, vy.id, None))
            await bulk.begin(minh, "priority", chance.choice(rules.PRIORITIES), chance.sample(tickets, 3))
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
        lambda: actions.set_priority(actor, ticket, chance.choice(rules.PRIORITIES)),
        lambda: actions.move(actor, ticket, chance.choice(departments)),
        lambda: actions.assign(actor, ticket, chance.choice([one for one in people if one != people[1]])),
        lambda: actions.assign(actor, ticket, people[1] if place == departments[1] else None),
        lambda: actions.tag(actor, ticket, chance.choice(["hot", "vip", "broken"])),
        lambda: actions.untag(actor, ticket, chance.choice(["hot", "vip", "broken"])),
        lambda: binning.put(actor, ticket, as_spam=chance.random() < 0.5),
    ]
    await chance.choice(acts)()


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
