"""Tickets find who looks after them, by the front door and the work behind it."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from helpdesk.assignment import actions, handing, presence
from helpdesk.assignment import queries as assignment
from helpdesk.assignment.actions import WantedPlan, WantedWork
from helpdesk.core import kept
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.db import transaction
from helpdesk.jobs.tables import Job
from helpdesk.people import actions as people
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries, snoozing
from helpdesk.tickets.tables import Ticket
from helpdesk.topics import actions as topics
from tests.factories import Desk
from tests.tickets import ask, said


async def have(number: int) -> int | None:
    """Who has the ticket."""
    row = await Ticket.select(Ticket.assignee).where(Ticket.id == number).first()
    assert row is not None
    return int(row["assignee"]) if row["assignee"] else None


async def asked(desk: Desk, customer: Actor, *, times: int = 1) -> list[int | None]:
    """Who got each of so many new tickets."""
    numbers = [await ask(customer) for _ in range(times)]
    await desk.work()
    return [await have(number) for number in numbers]


async def newest() -> int:
    """The number of the ticket that was opened last."""
    row = await Ticket.select(Ticket.id).order_by(Ticket.id, ascending=False).first()
    assert row is not None
    return int(row["id"])


async def test_new_tickets_go_around_the_table_and_the_history_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "time", SimpleNamespace(monotonic=lambda: 0.0))  # what is kept does not grow old
    care = await desk.department()
    minh, vy = await desk.agent("Minh", care, lang="en"), await desk.agent("Vy", care)
    lan = await desk.customer("Lan")
    assert await asked(desk, lan) == [None]
    waiting = await ask(lan)
    assert not await Job.exists().where(Job.payload.like("%handing%"))  # where all is done by hand, none is owed
    await actions.plan(SYSTEM, care, WantedPlan(way="turn"))
    await desk.work()
    await handing.sweep()
    assert await have(waiting) == vy.id
    assert await asked(desk, lan, times=4) == [minh.id, vy.id, minh.id, vy.id]
    told = await (await desk.browser(minh)).text(f"/desk/tickets/{await newest()}")
    assert "The help desk assigned it to Vy (in turn)" in told

    # what somebody took, or has, stays theirs, however often the reaction runs
    number = await ask(lan)
    await tickets.assign(vy, number, vy.id)
    await desk.work()
    await handing.hand_out(number)
    assert await have(number) == vy.id


async def test_the_least_loaded_gets_it_until_all_are_full_and_then_it_waits_by_its_deadline(desk: Desk) -> None:
    care = await desk.department()
    minh, vy = await desk.agent("Minh", care, lang="en"), await desk.agent("Vy", care)
    lan = await desk.customer("Lan")
    for agent, capacity in ((minh, 2), (vy, 1)):
        await actions.set_work(SYSTEM, agent.id or 0, WantedWork(capacity=capacity))
    await actions.plan(SYSTEM, care, WantedPlan(way="load"))
    assert await asked(desk, lan, times=3) == [minh.id, vy.id, minh.id]
    late, urgent = await ask(lan), await ask(lan)
    await tickets.set_priority(minh, urgent, "urgent")
    asleep = await ask(lan)
    await tickets.set_priority(minh, asleep, "urgent")
    await snoozing.snooze(minh, asleep, "later")
    await desk.work()
    assert [await have(one) for one in (late, urgent, asleep)] == [None, None, None]

    await tickets.reply(vy, late - 2, said("Pull the plug."))  # pending: it is the customer's turn
    await handing.sweep()
    assert [await have(one) for one in (late, urgent, asleep)] == [None, vy.id, None]
    told = await (await desk.browser(minh)).text(f"/desk/tickets/{urgent}")
    assert "(least to do: 0)" in told

    # what somebody gives up goes to another, while another can take it
    await actions.set_work(SYSTEM, vy.id or 0, WantedWork(capacity=2))
    await tickets.assign(minh, late - 1, None)
    await handing.sweep()
    assert await have(late - 1) == vy.id
    await tickets.assign(vy, late - 1, None)
    await presence.go_away(minh, minh.id or 0)
    await handing.sweep()
    assert await have(late - 1) == vy.id


async def test_two_who_hand_out_at_once_give_no_turn_twice_and_nobody_more_than_fits(desk: Desk) -> None:
    care = await desk.department()
    agents = [await desk.agent(name, care) for name in ("An", "Ba", "Chi")]
    for agent in agents:
        await actions.set_work(SYSTEM, agent.id or 0, WantedWork(capacity=2))
    lan = await desk.customer("Lan")
    numbers = [await ask(lan) for _ in range(9)]
    await actions.plan(SYSTEM, care, WantedPlan(way="turn"))
    await asyncio.gather(*(handing.hand_out(number) for number in numbers), handing.hand_out_waiting())
    got = [await have(number) for number in numbers]
    assert sorted(one for one in got if one) == sorted([one.id or 0 for one in agents] * 2)
    assert got.count(None) == 3


async def test_skills_hours_and_topics_decide_who_may_take_it(desk: Desk) -> None:
    care = await desk.department()
    minh, vy = await desk.agent("Minh", care, lang="en"), await desk.agent("Vy", care)
    lan = await desk.customer("Lan")
    invoices = await actions.add_skill(SYSTEM, "Hoá đơn", "Invoices")
    await actions.set_skills(SYSTEM, vy.id or 0, [invoices])
    bills = await topics.create(
        SYSTEM, topics.Wanted(name_vi="Hoá đơn", name_en="Bills", department=care, skills=["hoa don"])
    )
    dances = await topics.create(
        SYSTEM, topics.Wanted(name_vi="Nhảy", name_en="Dances", department=care, skills=["Dance"])
    )
    await actions.plan(SYSTEM, care, WantedPlan(way="load"))

    async def about(topic: int, subject: str) -> int:
        return await tickets.open(lan, said(f"About {subject}."), subject=subject, topic=topic)

    several, dance = [await about(bills, f"Bill {n}") for n in (1, 2, 3)], await about(dances, "Tango")
    await desk.work()
    await handing.sweep()
    assert [await have(one) for one in several] == [vy.id] * 3
    assert await have(dance) is None  # nobody has a skill that does not exist
    told = await (await desk.browser(minh)).text(f"/desk/tickets/{several[2]}")
    assert "assigned it to Vy (least to do: 2, with the skills for it)" in told

    await actions.plan_topic(SYSTEM, bills, "manual")
    by_hand = await about(bills, "Bill 4")
    await desk.work()
    assert await have(by_hand) is None

    desk.clock.set("2026-11-20 17:45+07:00")  # the office has closed
    assert await asked(desk, lan) == [None]
    desk.clock.set("2026-11-21 08:00+07:00")
    await handing.sweep()
    assert await have(by_hand + 1) == minh.id

    await actions.plan(SYSTEM, care, WantedPlan())  # all by hand, but for one topic
    await actions.plan_topic(SYSTEM, bills, "turn")
    assert await asked(desk, lan) == [None]
    bill = await about(bills, "Bill 5")
    await desk.work()
    assert [await have(one) for one in (bill, by_hand)] == [vy.id, vy.id]


async def test_a_customer_stays_with_who_answered_them_last_while_that_agent_is_there(desk: Desk) -> None:
    care = await desk.department()
    agents = [await desk.agent(name, care, lang="en") for name in ("An", "Ba")]
    an, ba = agents
    lan, mai = await desk.customer("Lan"), await desk.customer("Mai")
    number = await ask(lan)
    await tickets.reply(ba, number, said("Blow."), then="solved")
    await actions.plan(SYSTEM, care, WantedPlan(way="turn", sticky_days=7))
    assert await asked(desk, lan, times=2) == [ba.id, ba.id]
    assert await asked(desk, mai) == [an.id]
    assert "(answered this customer before)" in await (await desk.browser(an)).text(f"/desk/tickets/{number + 1}")
    await presence.go_away(ba, ba.id or 0)
    assert await asked(desk, lan) == [an.id]
    await presence.come_back(ba, ba.id or 0)
    desk.clock.go(days=10)
    desk.clock.set("2026-11-30 09:00+07:00")
    assert await asked(desk, lan) == [ba.id]  # the next turn, too
    assert await asked(desk, lan) == [an.id]


async def test_who_goes_away_gives_back_what_customers_wait_for_as_their_department_wants(desk: Desk) -> None:
    care, quiet, covered = [
        await desk.department(name, name, f"{name}@lua.example") for name in ("care", "quiet", "covered")
    ]
    minh = await desk.agent("Minh", care, quiet, covered, lang="en")
    vy, ba = await desk.agent("Vy", care), await desk.agent("Ba", covered)
    lan = await desk.customer("Lan")
    numbers = {place: [await ask(lan, department=place) for _ in range(2)] for place in (care, quiet, covered)}
    for number, answered in numbers.values():
        await tickets.assign(SYSTEM, number, minh.id)
        await tickets.assign(SYSTEM, answered, minh.id)
        await tickets.reply(minh, answered, said("Wait."))
    await actions.set_work(SYSTEM, minh.id or 0, WantedWork(cover=ba.id))
    await actions.plan(SYSTEM, care, WantedPlan(way="load", away="queue"))
    await actions.plan(SYSTEM, covered, WantedPlan(away="cover"))
    await presence.go_away(minh, minh.id or 0, reason="At the dentist's")
    await desk.work()
    assert [await have(numbers[place][0]) for place in (care, quiet, covered)] == [vy.id, minh.id, ba.id]
    assert [await have(numbers[place][1]) for place in (care, quiet, covered)] == [minh.id] * 3
    told = await (await desk.browser(minh)).text(f"/desk/tickets/{numbers[care][0]}")
    assert "took the assignee off (is away)" in told

    # a customer's answer opens what the one who is away still has
    await tickets.reply(lan, numbers[care][1], said("How long?"))
    await desk.work()
    assert await have(numbers[care][1]) == vy.id
    assert await asked(desk, lan) == [vy.id]


async def test_who_leaves_the_desk_or_a_department_keeps_no_unsolved_ticket_there(desk: Desk) -> None:
    care, other = await desk.department(), await desk.department("Other", "Khác", "other@lua.example")
    an = await desk.admin(lang="en")
    minh, vy = await desk.agent("Minh", care, other, lang="en"), await desk.agent("Vy", care)
    lan = await desk.customer("Lan")
    fresh, waiting, solved, elsewhere = [await ask(lan, department=place) for place in (care, care, care, other)]
    for number in (fresh, waiting, solved, elsewhere):
        await tickets.assign(SYSTEM, number, minh.id)
    await tickets.reply(minh, waiting, said("Wait."))
    await tickets.reply(minh, solved, said("Blow."), then="solved")
    await actions.plan(SYSTEM, care, WantedPlan(way="turn"))
    await people.set_departments(an, minh.id or 0, [other])
    await desk.work()
    assert [await have(one) for one in (fresh, waiting, solved, elsewhere)] == [vy.id, None, minh.id, minh.id]
    told = await (await desk.browser(an)).text(f"/desk/tickets/{fresh}")
    assert "took the assignee off (does not work here any more)" in told

    await tickets.reply(lan, solved, said("It is back."))
    await people.deactivate(an, minh.id or 0)
    await desk.work()
    assert [await have(one) for one in (solved, elsewhere)] == [vy.id, None]


async def test_the_away_come_back_in_time_and_leave_at_closing_if_they_want(desk: Desk) -> None:
    care = await desk.department()
    minh = await desk.agent("Minh", care)
    lan = await desk.customer("Lan")
    await actions.plan(SYSTEM, care, WantedPlan(way="turn", keeps_hours=False))
    await presence.go_away(minh, minh.id or 0, desk.clock.moment.replace(hour=5))
    assert await asked(desk, lan) == [None]
    desk.clock.go(hours=2)
    await handing.sweep()
    assert await have(await newest()) == minh.id

    await actions.set_work(SYSTEM, minh.id or 0, WantedWork(leaves_at_closing=True))
    desk.clock.set("2026-11-20 17:31+07:00")
    await handing.sweep()
    assert await asked(desk, lan) == [None]
    desk.clock.set("2026-11-21 08:00+07:00")
    await handing.sweep()
    assert await have(await newest()) == minh.id

    # an hour at the dentist's that ends after closing does not end the day of who leaves then
    desk.clock.set("2026-11-21 17:00+07:00")
    await presence.go_away(minh, minh.id or 0, desk.clock.moment + timedelta(hours=1))
    desk.clock.go(hours=1, minutes=1)
    await handing.sweep()
    assert minh.id in await assignment.away()
    await presence.come_back(minh, minh.id or 0)
    await handing.sweep()
    assert minh.id not in await assignment.away()


async def test_waiting_tickets_of_one_can_be_spread_over_the_others(desk: Desk) -> None:
    care = await desk.department()
    minh, vy, ba = [await desk.agent(name, care, lang="en") for name in ("Minh", "Vy", "Ba")]
    lan = await desk.customer("Lan")
    numbers = [await ask(lan) for _ in range(4)]
    for number in numbers:
        await tickets.assign(SYSTEM, number, minh.id)
    await actions.plan(SYSTEM, care, WantedPlan(way="load"))
    assert await actions.spread(SYSTEM, minh.id or 0) == 4
    assert [await have(number) for number in numbers] == [vy.id, ba.id, vy.id, ba.id]


async def test_what_is_handed_out_within_a_transaction_that_fails_was_not(desk: Desk) -> None:
    care = await desk.department()
    minh = await desk.agent("Minh", care)
    await actions.plan(SYSTEM, care, WantedPlan(way="turn"))
    number = await ask(await desk.customer("Lan"))
    try:
        async with transaction():
            await handing.hand_out(number)
            raise LookupError
    except LookupError:
        pass
    assert await have(number) is None
    assert not [one for one in await queries.messages(SYSTEM, number) if one.kind == "note"]
    await desk.work()
    assert await have(number) == minh.id
