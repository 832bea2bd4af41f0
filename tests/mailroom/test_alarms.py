"""Warnings and steps of a policy, from its page to letters and tickets. It is Friday 20 November 2026, 10:24 first."""

from typing import Any

from helpdesk.core.actor import Actor
from helpdesk.departments import queries as departments
from helpdesk.departments.tables import Department
from helpdesk.events.tables import EventRow
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.sla.tables import Escalation, PolicyRow
from helpdesk.sla.watch import MOST_STEPS
from helpdesk.tickets import actions, deadlines, merging, queries
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.tables import Deadline, Undo
from tests.factories import Desk, words
from tests.tickets import ask, said


async def place(desk: Desk) -> tuple[Actor, Actor, Actor, str]:
    """An administrator, Minh and Hoa of the only department, and the address of its policy's warnings."""
    department = await desk.department()
    minh, hoa = await desk.agent("Minh", department, lang="en"), await desk.agent("Hoa", department, lang="en")
    await Department.update({Department.lead: hoa.id}).where(Department.id == department)
    row = await PolicyRow.objects().first()
    assert row is not None
    departments.forget_all()
    return await desk.admin(lang="en"), minh, hoa, f"/admin/policies/{row.id}/warnings"


async def pass_time(desk: Desk, moment: str) -> None:
    """Until then, the sweep and what it owes."""
    desk.clock.set(moment + "+07:00")
    await deadlines.sweep()
    await desk.work()


async def told() -> list[tuple[str, str]]:
    """Letters about promises: to whom and about what, oldest first."""
    rows = await Outbound.select(Outbound.content, Outbound.recipients).order_by(Outbound.id)
    letters = [parse(row["content"]) for row in rows if "@lua.example" in row["recipients"]]
    return sorted(
        (letter.to[0].name, letter.subject.partition(":")[0])
        for letter in letters
        if letter.subject.startswith(("Due soon", "Overdue", "Escalated"))
    )


async def test_each_step_is_taken_once_and_stands_in_the_history_with_its_reason(desk: Desk) -> None:
    admin, minh, hoa, page = await place(desk)
    macro = await canned.add(admin, canned.Wanted(name="Late", tags=["late"]))
    browser = await desk.browser(admin)
    steps: list[dict[str, Any]] = [
        {"what": "tell_assignee", "side": "before", "length": "1h", "kind": "first_response"},
        {"what": "priority:high", "side": "at"},
        {"what": "tell_lead", "side": "at", "kind": "first_response"},
        {"what": f"macro:{macro}", "side": "after", "length": "30m", "kind": "first_response"},
        {"what": "assign:nobody", "side": "after", "length": "1h", "kind": "first_response"},
        {"what": f"assign:{minh.id}", "side": "after", "length": "2h", "kind": "first_response"},
        {"what": "tell_team", "side": "after", "length": "2h", "kind": "next_response"},
    ]
    for step in steps:
        assert (await browser.post(f"{page}/steps", data=step)).status_code == 200
    shown = await browser.text(page)
    for text in (
        "1 h before its end",
        "Raise the priority to High",
        "Run “Late”",
        "Give it to nobody",
        "Give it to Minh",
    ):
        assert text in shown

    ticket = await ask(await desk.customer("Lan"))
    await actions.assign(minh, ticket, hoa.id)
    await pass_time(desk, "2026-11-20 14:24")
    assert await told() == [("Hoa", "Escalated")]
    assert (await queries.ticket_facts(minh, ticket)).priority == "normal"
    await pass_time(desk, "2026-11-20 14:54")
    await pass_time(desk, "2026-11-20 15:24")
    assert await told() == [("Hoa", "Due soon"), *[("Hoa", "Escalated")] * 2, ("Hoa", "Overdue")]
    assert (await queries.ticket_facts(minh, ticket)).priority == "high"
    await pass_time(desk, "2026-11-20 15:54")
    assert await queries.tags(ticket) == ["late"]
    await pass_time(desk, "2026-11-20 16:24")
    assert (await queries.ticket_facts(minh, ticket)).assignee is None
    await pass_time(desk, "2026-11-20 17:24")
    assert (await queries.ticket_facts(minh, ticket)).assignee == minh.id

    await actions.set_priority(minh, ticket, "low")
    await actions.assign(minh, ticket, hoa.id)
    for moment in ("2026-11-20 17:25", "2026-11-21 09:00", "2026-11-20 10:30", "2026-11-23 09:00"):
        await pass_time(desk, moment)
    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.priority, facts.assignee) == ("low", hoa.id), "a step is not taken again"
    named = EventRow.about == f"ticket:{ticket}"
    assert await EventRow.count().where(named & (EventRow.name == "TicketEscalated")) == 6

    history = await (await desk.browser(minh)).text(f"/desk/tickets/{ticket}")
    for line in (
        "The assignee was told (“First reply”, 1 h before its end)",
        "Priority to High (“First reply”, at its end)",
        "The head of the department was told (“First reply”, at its end)",
        "A macro was run (“First reply”, 30 min after its end)",
        "Given to nobody, so that anybody takes it (“First reply”, 1 h after its end)",
        "Given to Minh (“First reply”, 2 h after its end)",
    ):
        assert line in history


async def test_what_a_step_changed_is_taken_back_by_who_works_on_the_ticket(desk: Desk) -> None:
    admin, minh, hoa, page = await place(desk)
    steps = await desk.browser(admin)
    for what in ("priority:urgent", "assign:nobody"):
        await steps.post(f"{page}/steps", data={"what": what, "side": "at", "kind": "first_response"})
    ticket = await ask(await desk.customer("Lan"))
    await actions.assign(minh, ticket, hoa.id)
    await pass_time(desk, "2026-11-20 15:24")
    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.priority, facts.assignee) == ("urgent", None)

    agent, sold = await desk.browser(minh), await desk.department("Sales", "Bán hàng", "sales@lua.example")
    done = await Undo.select(Undo.id).where((Undo.ticket == ticket) & Undo.actor.is_null()).order_by(Undo.id)
    others = [await desk.browser(await desk.agent("Huy", sold)), await desk.browser(await desk.customer("Mai"))]
    for one in done:
        address = f"/desk/undo/{one['id']}"
        assert f'action="{address}"' in (await agent.get(f"/desk/tickets/{ticket}")).text
        assert [(await other.post(address)).status_code for other in others] == [404, 403]
        assert "It is taken back." in words(await agent.post(address))
    facts = await queries.ticket_facts(minh, ticket)
    assert (len(done), facts.priority, facts.assignee) == (2, "normal", hoa.id)
    assert (await queries.deadlines(ticket))[0].missed_at is not None


async def test_a_promise_that_was_kept_escalates_nothing_and_a_refused_step_is_noted(desk: Desk) -> None:
    admin, minh, _, page = await place(desk)
    stranger = await desk.agent("Khoa", lang="en")
    browser = await desk.browser(admin)
    gone = await canned.add(admin, canned.Wanted(name="Gone", priority="urgent"))
    mine = await canned.add(admin, canned.Wanted(name="Mine", tags=["mine"]))
    for what in (f"assign:{stranger.id}", f"macro:{gone}", f"macro:{mine}"):
        await browser.post(f"{page}/steps", data={"what": what, "side": "at", "kind": "first_response"})
    await canned.remove(admin, gone)
    await canned.change(admin, mine, canned.Wanted(name="Mine", assign="me", tags=["mine"]))
    assert "Run “Mine”" not in await browser.text(page)
    kept, late = await ask(await desk.customer("Lan")), await ask(await desk.customer("Mai"))
    await actions.reply(minh, kept, said("Here you are."))
    await actions.assign(minh, late, minh.id)
    await pass_time(desk, "2026-11-20 15:24")
    assert not await EventRow.exists().where(
        (EventRow.about == f"ticket:{kept}") & (EventRow.name == "TicketEscalated")
    )
    notes = [one for one in await queries.messages(minh, late) if one.kind == "note"]
    assert "Khoa" in notes[0].text
    assert "Macro này không còn nữa." in notes[1].text
    facts = await queries.ticket_facts(minh, late)
    assert (facts.assignee, await queries.tags(late)) == (minh.id, ["mine"]), "the house takes nothing for itself"


async def test_letters_wait_for_the_office_to_open_where_the_policy_says_so(desk: Desk) -> None:
    admin, minh, _, page = await place(desk)
    browser = await desk.browser(admin)
    await browser.post(page, data={"near": "80%", "in_hours": "true"})
    await browser.post(f"{page}/steps", data={"what": "tell_team", "side": "at"})
    await browser.post(f"{page}/steps", data={"what": "priority:urgent", "side": "at", "kind": "first_response"})
    desk.clock.set("2026-11-20 13:30+07:00")
    ticket = await ask(await desk.customer("Lan"))  # due at 17:30, as the office closes
    await actions.assign(minh, ticket, minh.id)
    await desk.work()
    await pass_time(desk, "2026-11-20 16:41")
    assert await told() == []
    await pass_time(desk, "2026-11-20 16:42")
    assert await told() == [("Minh", "Due soon")]
    await pass_time(desk, "2026-11-20 17:31")
    await pass_time(desk, "2026-11-21 07:59")
    assert await told() == [("Minh", "Due soon")]
    assert (await queries.deadlines(ticket))[0].missed_at is not None, "that it is missed is known at once"
    assert (await queries.ticket_facts(minh, ticket)).priority == "urgent", "and what a step changes is changed"
    desk.clock.set("2026-11-21 08:00+07:00")
    await desk.work()
    assert await told() == [("Hoa", "Escalated"), ("Minh", "Due soon"), ("Minh", "Escalated"), ("Minh", "Overdue")]


async def test_what_is_answered_before_the_office_opens_is_no_news_there(desk: Desk) -> None:
    admin, minh, _, page = await place(desk)
    await (await desk.browser(admin)).post(page, data={"near": "30m", "in_hours": "true"})
    desk.clock.set("2026-11-20 13:30+07:00")
    ticket = await ask(await desk.customer("Lan"))
    await pass_time(desk, "2026-11-20 17:31")
    await actions.reply(minh, ticket, said("Late, but here."))
    await pass_time(desk, "2026-11-21 08:00")
    assert await told() == []


async def test_another_warning_counts_for_tickets_that_are_open(desk: Desk) -> None:
    admin, _, _, page = await place(desk)
    ticket = await ask(await desk.customer("Lan"))
    await pass_time(desk, "2026-11-20 10:25")
    await (await desk.browser(admin)).post(page, data={"near": "3h"})
    await desk.work()
    await pass_time(desk, "2026-11-20 11:23")
    assert not await EventRow.exists().where(EventRow.name == "DeadlineNear")
    await pass_time(desk, "2026-11-20 11:24")
    rows = await EventRow.select(EventRow.about).where(EventRow.name == "DeadlineNear")
    assert [row["about"] for row in rows] == [f"ticket:{ticket}"]


async def test_merged_and_taken_apart_a_promise_is_watched_as_before(desk: Desk) -> None:
    _, minh, _, _ = await place(desk)
    lan = await desk.customer("Lan")
    first, second = await ask(lan), await ask(lan)
    await merging.merge(minh, first, [second])
    await merging.unmerge(minh, second)
    await pass_time(desk, "2026-11-20 15:25")
    missed = await EventRow.select(EventRow.about).where(EventRow.name == "DeadlineMissed").order_by(EventRow.about)
    assert {row["about"] for row in missed} == {f"ticket:{first}", f"ticket:{second}"}


async def test_a_sweep_reads_nothing_while_nothing_is_due(desk: Desk) -> None:
    await place(desk)
    for _ in range(3):
        await ask(await desk.customer(f"Lan{_}"))
    await deadlines.sweep()
    assert not await Deadline.exists().where(Deadline.look_at <= desk.clock.moment)
    assert await Deadline.count().where(Deadline.look_at.is_not_null()) == 6


async def test_what_makes_no_warning_or_step_is_refused_by_field(desk: Desk) -> None:
    admin, minh, _, page = await place(desk)
    browser = await desk.browser(admin)
    for typed in ("0%", "100%", "soon", ""):
        answer = await browser.post(page, data={"near": typed})
        assert (answer.status_code, 'href="#near"' in answer.text) == (422, True), typed
    for field, data in {
        "length": {"what": "tell_team", "side": "before", "length": "never"},
        "what": {"what": "fire", "side": "at"},
        "kind": {"what": "tell_team", "side": "at", "kind": "breakfast"},
    }.items():
        answer = await browser.post(f"{page}/steps", data=data)
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True), field
    assert await Escalation.count() == 0
    assert (await (await desk.browser(minh)).get(page)).status_code == 403
    for number in range(MOST_STEPS):
        await browser.post(f"{page}/steps", data={"what": "tell_team", "side": "after", "length": f"{number + 1}h"})
    assert "at most 20 steps" in words(await browser.post(f"{page}/steps", data={"what": "tell_team", "side": "at"}))
    row = await Escalation.objects().first()
    assert row is not None
    await browser.post(f"{page}/steps/{row.id}/remove")
    assert await Escalation.count() == MOST_STEPS - 1
