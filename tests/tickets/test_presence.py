"""Agents see who else has a ticket open and who writes on it, and nobody else does."""

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.bell import NumberedBell
from helpdesk.events import tail
from helpdesk.tickets.access import may_hear
from helpdesk.tickets.drafts import presence
from helpdesk.tickets.drafts.tables import Presence
from tests.counting import counted
from tests.factories import Browser, Desk, words
from tests.tickets import ask


@pytest.fixture(autouse=True)
def _nobody_yet() -> None:
    presence._written.clear()


async def start(desk: Desk) -> tuple[Actor, int, Browser, Browser]:
    """Lan, her ticket, and the browsers of Minh and Hoa."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care, lang="en")
    hoa = await desk.agent("Hoa", care, lang="en")
    return lan, await ask(lan, department=care), await desk.browser(minh), await desk.browser(hoa)


async def beat(agent: Browser, ticket: int, state: str) -> str:
    return words(await agent.post(f"/desk/tickets/{ticket}/presence", data={"state": state}))


async def test_a_colleague_is_seen_looking_writing_and_gone(desk: Desk) -> None:
    _, ticket, minh, hoa = await start(desk)

    assert await beat(minh, ticket, "looks") == ""
    assert "Minh has it open" in await beat(hoa, ticket, "looks")
    await beat(minh, ticket, "types")
    assert "Minh is writing" in await hoa.text(f"/desk/tickets/{ticket}")
    await beat(minh, ticket, "leaves")
    assert "Minh" not in words(await hoa.get(f"/desk/tickets/{ticket}/presence"))


async def test_whoever_says_nothing_any_more_is_gone(desk: Desk) -> None:
    _, ticket, minh, hoa = await start(desk)
    await beat(minh, ticket, "types")
    desk.clock.go(seconds=presence.SECONDS + 1)

    assert await beat(hoa, ticket, "looks") == ""
    desk.clock.go(minutes=61)
    await presence.sweep()
    assert await Presence.count() == 0


async def test_beats_without_news_are_not_written(desk: Desk) -> None:
    _, ticket, minh, _ = await start(desk)
    await beat(minh, ticket, "looks")
    before = await Presence.select(Presence.seen_at)
    desk.clock.go(seconds=15)
    await beat(minh, ticket, "looks")

    assert await Presence.select(Presence.seen_at) == before


async def test_news_is_whispered_to_agents_and_to_no_customer(desk: Desk) -> None:
    lan, ticket, minh, _ = await start(desk)
    with tail.listening() as hints:
        await beat(minh, ticket, "looks")
        await beat(minh, ticket, "looks")
        heard = [hints.get_nowait() for _ in range(hints.qsize())]

    assert [hint.about for hint in heard if hint] == [f"presence:{ticket}"]
    assert all(hint.is_internal for hint in heard if hint)
    elsewhere = await desk.agent("Huy", await desk.department("Billing", "Kế toán", "billing@lua.example"))
    assert not await may_hear(elsewhere, f"presence:{ticket}")
    assert (await (await desk.browser(lan)).get(f"/desk/tickets/{ticket}/presence")).status_code == 403
    assert (await (await desk.browser(elsewhere)).get(f"/desk/tickets/{ticket}/presence")).status_code == 404


async def test_who_came_by_way_of_another_process_is_heard_of_at_once(desk: Desk) -> None:
    _, ticket, _, _ = await start(desk)
    presence.bell.listen()
    another = NumberedBell("presence", lambda _: None)  # as the other process has it
    with tail.listening() as hints:
        another.ring(ticket)
        presence.bell.listen()
        heard = [hints.get_nowait() for _ in range(hints.qsize())]

    assert [hint.about for hint in heard if hint] == [f"presence:{ticket}"]


async def test_nine_colleagues_cost_as_many_queries_as_one(desk: Desk) -> None:
    _, ticket, minh, hoa = await start(desk)
    await beat(minh, ticket, "looks")
    await hoa.get(f"/desk/tickets/{ticket}/presence")
    with counted() as one:
        await hoa.get(f"/desk/tickets/{ticket}/presence", headers={"HX-Request": "true"})
    for number in range(8):
        await beat(await desk.browser(await desk.agent(f"A{number}", role="admin")), ticket, "looks")
    await hoa.get(f"/desk/tickets/{ticket}/presence")
    with counted() as nine:
        page = await hoa.get(f"/desk/tickets/{ticket}/presence", headers={"HX-Request": "true"})

    assert page.text.count("has it open") == 9
    assert len(nine) == len(one)
