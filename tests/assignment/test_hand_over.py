"""A ticket goes along a chain of departments, and back to who sent it."""

from helpdesk.assignment import actions as assignment
from helpdesk.assignment import presence
from helpdesk.assignment.actions import WantedPlan
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.people import actions as people
from helpdesk.tickets import actions, handing_over, queries, undo
from tests.factories import Desk
from tests.tickets import ask


async def test_a_ticket_is_handed_over_with_a_note_and_its_promise_and_given_back_to_who_had_it(desk: Desk) -> None:
    care = await desk.department("Care", "Chăm sóc")
    technical = await desk.department("Technical", "Kỹ thuật", "technical@lua.example")
    minh, huy = await desk.agent("Minh", care, lang="en"), await desk.agent("Huy", technical, lang="en")
    number = await ask(await desk.customer("Lan"), department=care)
    await actions.assign(minh, number, minh.id)
    page, browser = f"/desk/tickets/{number}", await desk.browser(minh)
    assert "Hand over to Technical" not in (await browser.get(page)).text
    await assignment.plan(SYSTEM, care, WantedPlan(hands_to=[technical], needs_note=True))

    shown = await browser.get(page)
    assert "Hand over to Technical" in shown.text
    assert 'data-hotkey="h"' in shown.text
    assert f'id="hand-{technical}"' in shown.text
    refused = await browser.post(f"{page}/hand-over", data={"department": technical, "note": " "})
    assert refused.status_code == 422
    assert "Say what they need to know." in refused.text
    before = {one.kind: (one.started_at, one.due_at) for one in await queries.deadlines(number)}
    desk.clock.go(minutes=20)
    handed = await browser.post(f"{page}/hand-over", data={"department": technical, "note": "The till does not start."})
    assert "It is handed over." in handed.text
    assert {one.kind: (one.started_at, one.due_at) for one in await queries.deadlines(number)} == before

    facts = await queries.ticket_facts(SYSTEM, number)
    assert (facts.department, facts.assignee) == (technical, None)
    theirs = await desk.browser(huy)
    told = await theirs.text(page)
    assert "Minh handed it over to Technical" in told
    assert "The till does not start." in told
    assert "Give back to Care" in told
    await theirs.post(f"{page}/hand-over", data={"back": care, "note": ""})

    facts = await queries.ticket_facts(SYSTEM, number)
    assert (facts.department, facts.assignee) == (care, minh.id)
    told = await browser.text(page)
    assert "Huy gave it back to Care" in told
    assert "Huy assigned it to Minh (had it before)" in told
    assert "Give back to" not in told


async def test_machines_hand_over_and_give_back_as_agents_do_and_see_who_is_away(desk: Desk) -> None:
    care = await desk.department("Care", "Chăm sóc")
    technical = await desk.department("Technical", "Kỹ thuật", "technical@lua.example")
    minh, vy = await desk.agent("Minh", care, lang="en"), await desk.agent("Vy", care, technical)
    number = await ask(await desk.customer("Lan"), department=care)
    await assignment.plan(SYSTEM, care, WantedPlan(hands_to=[technical], needs_note=True))

    async def handed(agent: Actor, **sent: object) -> tuple[int, dict[str, object]]:
        token = await people.make_token(agent, agent.id or 0, "machine")
        keyed = {"authorization": f"Bearer {token}"}
        answer = await (await desk.browser()).post(f"/api/v1/tickets/{number}/hand-over", headers=keyed, json=sent)
        return answer.status_code, answer.json()

    assert (await handed(minh, department=None))[0] == 404
    assert (await handed(minh, department=technical))[0] == 422
    assert (await handed(minh, department=care, note="Here."))[0] == 422
    assert (await handed(minh))[0] == 422
    status, ticket = await handed(minh, department=technical, note="The till does not start.")
    assert (status, ticket["department"], ticket["assignee"]) == (200, technical, None)
    assert (await handed(minh, department=None))[0] == 404  # it is theirs now
    status, ticket = await handed(vy, department=None)
    assert (status, ticket["department"]) == (200, care)

    browser = await desk.browser(minh)
    assert "– away" not in (await browser.get(f"/desk/tickets/{number}")).text
    await presence.go_away(vy, vy.id or 0)
    for page in (f"/desk/tickets/{number}", f"/desk/tickets/{number}/aside"):
        assert "Vy – away</option>" in (await browser.get(page, headers={"hx-request": "true"})).text


async def test_handing_over_can_be_taken_back_and_goes_nowhere_else(desk: Desk) -> None:
    care = await desk.department("Care", "Chăm sóc")
    technical = await desk.department("Technical", "Kỹ thuật", "technical@lua.example")
    other = await desk.department("Other", "Khác", "other@lua.example")
    minh = await desk.agent("Minh", care, lang="en")
    number = await ask(await desk.customer("Lan"), department=care)
    await actions.assign(minh, number, minh.id)
    await assignment.plan(SYSTEM, care, WantedPlan(hands_to=[technical]))
    page, browser = f"/desk/tickets/{number}/hand-over", await desk.browser(minh)

    assert (await browser.post(page, data={"department": other})).status_code == 422
    assert (await browser.post(page, data={"back": other})).status_code == 404
    handed = await browser.post(page, data={"department": technical})
    twice = await browser.post(page, data={"department": technical})
    assert "It is handed over." in twice.text  # a form that comes twice is one, though the ticket is theirs by now
    undo = handed.text.partition('action="/desk/undo/')[2].partition('"')[0]
    await browser.post(f"/desk/undo/{undo}")
    facts = await queries.ticket_facts(SYSTEM, number)
    assert (facts.department, facts.assignee) == (care, minh.id)
    assert "Hand over to Technical" in (await browser.get(page)).text


async def test_a_ticket_goes_back_along_the_whole_chain_step_by_step(desk: Desk) -> None:
    sales, care, technical = [
        await desk.department(name, name, f"{name}@lua.example") for name in ("Sales", "Care", "Technical")
    ]
    minh = await desk.agent("Minh", sales, care, technical)
    number = await ask(await desk.customer("Lan"), department=sales)
    await assignment.plan(SYSTEM, sales, WantedPlan(hands_to=[care]))
    await assignment.plan(SYSTEM, care, WantedPlan(hands_to=[technical]))

    async def sender() -> int | None:
        offered = await handing_over.offer_of(minh, number)
        shown = await handing_over.offer(await queries.thread(minh, number))
        assert offered == shown
        return offered.sender.id if offered.sender else None

    assert await sender() is None
    await handing_over.hand_over(minh, number, care)
    await handing_over.hand_over(minh, number, technical)
    assert await sender() == care
    await handing_over.give_back(minh, number, to=care)
    await handing_over.give_back(minh, number, to=care)
    assert await sender() == sales
    way_back = await undo.newest(minh, number)
    await undo.take_back(minh, way_back or 0)  # it is with the technicians again
    assert await sender() == care
    await handing_over.give_back(minh, number)
    await handing_over.give_back(minh, number)
    assert await sender() is None
    assert (await queries.ticket_facts(SYSTEM, number)).department == sales
    await handing_over.hand_over(minh, number, care)
    await actions.move(minh, number, technical)  # on no chain
    assert await sender() is None
