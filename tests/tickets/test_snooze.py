"""A ticket sleeps until a moment or an answer, is in nobody's way meanwhile, and is never forgotten."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.tickets import actions, deadlines, queries, rules, snoozing, views
from helpdesk.tickets.snoozing import Preset
from helpdesk.tickets.tables import Deadline
from tests.factories import Desk
from tests.tickets import ask, said

FRIDAY: datetime = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Nine in the morning in Vietnam."""


@pytest.mark.once
@pytest.mark.parametrize(
    ("preset", "at", "expected"),
    [
        ("later", "", datetime(2026, 11, 20, 5, 0, tzinfo=UTC)),
        ("tomorrow", "", datetime(2026, 11, 21, 1, 0, tzinfo=UTC)),
        ("monday", "", datetime(2026, 11, 23, 1, 0, tzinfo=UTC)),
        ("reply", "", rules.NEVER),
        ("own", "2026-12-24T18:30", datetime(2026, 12, 24, 11, 30, tzinfo=UTC)),
    ],
)
def test_it_wakes_where_the_agent_is(preset: Preset, at: str, expected: datetime) -> None:
    assert snoozing.moment(preset, at, FRIDAY, "Asia/Ho_Chi_Minh") == expected


@pytest.mark.once
def test_monday_is_the_next_one() -> None:
    monday = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    assert snoozing.moment("monday", "", monday, "Asia/Ho_Chi_Minh") == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


@pytest.mark.once
@pytest.mark.parametrize(
    "at", ["", "soon", "2026-11-20T08:59", "2028-01-01T08:00", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_what_is_no_moment_of_the_next_year_is_refused(at: str) -> None:
    with pytest.raises(Invalid):
        snoozing.moment("own", at, FRIDAY, "Asia/Ho_Chi_Minh")


async def asleep(desk: Desk, preset: Preset = "tomorrow") -> tuple[Actor, Actor, int]:
    """Minh, Lan, and her ticket, which sleeps."""
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    number = await ask(lan)
    await snoozing.snooze(minh, number, preset)
    await desk.work()
    return minh, lan, number


async def standing_in(actor: Actor, number: int) -> set[str]:
    """The queues in which the ticket stands."""
    found = {
        key: {row.id for row in (await queries.newest(actor, view.condition(actor))).items}
        for key, view in views.VIEWS.items()
    }
    return {key for key, numbers in found.items() if number in numbers}


async def test_it_is_out_of_the_queues_and_comes_back_at_its_moment_once(desk: Desk) -> None:
    minh, _, number = await asleep(desk)
    assert await standing_in(minh, number) == {"snoozed", "all"}
    await snoozing.sweep()
    assert await standing_in(minh, number) == {"snoozed", "all"}

    desk.clock.go(hours=30)
    await snoozing.sweep()
    await snoozing.sweep()

    assert await standing_in(minh, number) >= {"unassigned", "active", "departments"}
    happened = [one.name for one in (await queries.thread(minh, number)).happenings]
    assert happened.count("TicketWoken") == 1


async def test_a_customers_words_wake_it_and_a_machines_do_not(desk: Desk) -> None:
    minh, lan, number = await asleep(desk, "reply")
    desk.clock.go(days=200)
    await snoozing.sweep()
    await actions.note(minh, number, said("Still waiting."))
    await actions.reply(minh, number, said("We wait for parts."))
    await actions.reply(lan, number, replace(said("I am away."), is_automatic=True))
    await desk.work()
    assert await standing_in(minh, number) == {"snoozed", "all"}

    await actions.reply(lan, number, said("Any news?"))
    await desk.work()

    assert "active" in await standing_in(minh, number)


async def test_its_promises_go_on_and_it_is_seen_where_they_are_near(desk: Desk) -> None:
    minh, _, number = await asleep(desk)
    (before,) = await Deadline.select(Deadline.due_at).where(
        (Deadline.ticket == number) & (Deadline.kind == "first_response")
    )
    desk.clock.go(hours=(before["due_at"] - now()).total_seconds() / 3600 - 0.5)

    await deadlines.sweep()

    assert "soon" in await standing_in(minh, number)
    assert "DeadlineNear" in [one.name for one in (await queries.thread(minh, number)).happenings]


async def test_the_agent_is_told_of_a_promise_that_falls_due_before(desk: Desk) -> None:
    minh, _, number = await asleep(desk)
    browser = await desk.browser(minh)
    page = await browser.text(f"/desk/tickets/{number}")
    assert "Sleeps until" in page
    assert "A promise falls due before" in page
    assert "Minh let it sleep until" in page

    assert "It is awake." in (await browser.post(f"/desk/tickets/{number}/wake")).text
    warned = await browser.post(f"/desk/tickets/{number}/snooze", data={"until": "monday"})
    assert "falls due before" in warned.text
    refused = await browser.post(f"/desk/tickets/{number}/snooze", data={"until": "own", "at": "yesterday"})
    assert "Choose a day and a time." in refused.text
    assert "It sleeps until the customer writes" not in refused.text
    await actions.set_status(minh, number, "hold")
    calm = await browser.post(f"/desk/tickets/{number}/snooze", data={"until": "reply"})
    assert "It sleeps until the customer writes." in calm.text


async def test_what_is_solved_sleeps_no_more(desk: Desk) -> None:
    minh, _, number = await asleep(desk)

    await actions.set_status(minh, number, "solved")
    await desk.work()

    assert await standing_in(minh, number) == {"done", "all"}
    with pytest.raises(Invalid):
        await snoozing.snooze(minh, number, "reply")


async def test_only_who_works_on_it_lets_it_sleep(desk: Desk) -> None:
    _, lan, number = await asleep(desk)
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"))

    for stranger in (lan, huy):
        with pytest.raises((Forbidden, NotFound)):
            await snoozing.wake(stranger, number)
        with pytest.raises((Forbidden, NotFound)):
            await snoozing.snooze(stranger, number, "reply")
    assert (await queries.ticket_facts(SYSTEM, number)).snoozed_until
