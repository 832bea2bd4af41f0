"""A timer that the server keeps, until it is noted as time spent."""

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.errors import NotFound
from helpdesk.tickets import work
from helpdesk.tickets.timing import actions, queries
from tests.factories import Desk, words
from tests.tickets import ask


async def start(desk: Desk) -> tuple[Actor, int, int]:
    """Minh, and two tickets of Lan's."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    return minh, await ask(lan, department=care), await ask(lan, department=care)


async def test_it_counts_only_while_it_runs(desk: Desk) -> None:
    minh, ticket, _ = await start(desk)
    agent = await desk.browser(minh)

    await agent.post(f"/desk/tickets/{ticket}/timer", data={"do": "start"})
    desk.clock.go(minutes=3)
    await agent.post(f"/desk/tickets/{ticket}/timer", data={"do": "start"})
    desk.clock.go(seconds=30)
    await agent.post(f"/desk/tickets/{ticket}/timer", data={"do": "pause"})
    desk.clock.go(minutes=50)

    page = await agent.get(f"/desk/tickets/{ticket}/work")
    assert "0:03:30" in page.text
    assert 'value="4"' in page.text
    await agent.post(f"/desk/tickets/{ticket}/timer", data={"do": "start"})
    desk.clock.go(minutes=1)
    timer = await queries.timer(minh, ticket)
    assert timer
    assert timer.so_far == 270


async def test_noting_time_ends_it_and_adds_up(desk: Desk) -> None:
    minh, ticket, other = await start(desk)
    agent = await desk.browser(minh)
    care = (await work.worked(minh, ticket)).department
    mai = await desk.agent("Mai", care, lang="en")
    await actions.start(minh, ticket)
    await agent.post(f"/desk/tickets/{ticket}/work/time", data={"minutes": "7", "what": "Called"})
    assert await queries.timer(minh, ticket) is None

    await work.note_time(mai, ticket, 5, "")
    await work.note_time(minh, other, 60, "")
    shown = await work.of_ticket(minh, ticket)
    assert (shown.minutes, shown.by_agent) == (12, {"Mai": 5, "Minh": 7})
    assert [(one.name, one.minutes, one.entries) for one in await queries.by_agent(minh, 7)] == [
        ("Minh", 67, 2),
        ("Mai", 5, 1),
    ]
    desk.clock.go(days=8)
    assert await queries.by_agent(minh, 7) == []
    assert "Minh" in words(await agent.get("/desk/time?days=30"))


async def test_nobody_works_on_two_tickets_at_once(desk: Desk) -> None:
    minh, ticket, other = await start(desk)
    await actions.start(minh, ticket)
    desk.clock.go(minutes=2)
    await actions.start(minh, other)
    desk.clock.go(minutes=2)

    first, second = await queries.timer(minh, ticket), await queries.timer(minh, other)
    assert first
    assert second
    assert (first.so_far, first.running_since) == (120, None)
    assert second.so_far == 120
    await actions.stop(minh, other)
    assert await queries.timer(minh, other) is None


async def test_everybody_has_their_own_and_outsiders_none(desk: Desk) -> None:
    minh, ticket, _ = await start(desk)
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example")
    huy, an = await desk.agent("Huy", sales), await desk.admin()
    await actions.start(minh, ticket)
    assert await queries.timer(an, ticket) is None
    with pytest.raises(NotFound):
        await actions.start(huy, ticket)
    await work.note_time(minh, ticket, 5, "")
    assert await queries.by_agent(huy, 7) == []
