"""Customers' own pages, and what comes of forms that were tampered with."""

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.departments.tables import Department
from helpdesk.tickets import actions, queries
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Desk, words
from tests.tickets import ask

REQUEST = {"subject": "My salary", "body": "Who decides about it?", "impact": "ask"}


async def inside(desk: Desk) -> int:
    """A department that customers are not offered."""
    await desk.department()
    number = await desk.department("Staff matters", "Nhân sự", "hr@lua.example", is_public=False)
    assert not (await Department.select(Department.is_public).where(Department.id == number))[0]["is_public"]
    return number


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_department_that_was_not_offered_cannot_be_chosen_and_nothing_typed_is_lost(
    desk: Desk, is_there: bool
) -> None:
    number = await inside(desk) + (0 if is_there else 99)
    for browser in (await desk.browser(await desk.customer("Lan")), await desk.browser()):
        guest = {"name": "Mai", "email": "mai@khach.example"}
        answer = await browser.post("/en/help/requests/new", data={**REQUEST, **guest, "department": str(number)})
        assert answer.status_code == 422
        assert "There is no such department." in words(answer)
        assert REQUEST["body"] in words(answer)
    machine = await desk.browser(await desk.customer("Huy"))
    answer = await machine.post("/api/v1/tickets", json={"subject": "x", "body": "x", "department": number})
    assert (answer.status_code, answer.json()["errors"].keys()) == (422, {"department"})
    assert not await Ticket.exists()


async def test_an_agent_opens_tickets_in_any_department(desk: Desk) -> None:
    number = await inside(desk)
    browser = await desk.browser(await desk.agent("Minh", number))
    form = {**REQUEST, "email": "lan@khach.example", "department": str(number)}
    assert (await browser.post("/desk/tickets/new", data=form)).status_code == 200
    assert (await Ticket.select(Ticket.department))[0]["department"] == number


async def test_an_answer_is_no_longer_than_any_other_text(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    answer = await (await desk.browser(lan)).post(f"/en/help/requests/{ticket}", data={"body": "x" * 100_001})
    assert answer.status_code == 422
    assert "Use at most 100000 characters" in words(answer)


async def test_files_without_words_are_kept_also_by_who_calls_it_solved(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan")
    number, browser = await ask(lan), await desk.browser(lan)
    address = f"/en/help/requests/{number}"
    for do, status in (("reply", "new"), ("solve", "solved")):
        sent = {"files": (f"{do}.txt", do.encode(), "text/plain")}
        page = await browser.post(address, data={"do": do}, files=sent)
        assert f"{do}.txt" in words(page)
        assert (await queries.ticket_facts(SYSTEM, number)).status == status
    messages = await queries.messages(SYSTEM, number)
    assert [[file.filename for file in one.files] for one in messages] == [[], ["reply.txt"], ["solve.txt"]]
    empty = await browser.post(address, data={"do": "reply"})
    assert (empty.status_code, len(await queries.messages(SYSTEM, number))) == (422, 3)


async def test_who_only_takes_part_says_nothing_by_calling_it_solved(desk: Desk) -> None:
    await desk.department()
    lan, hoa = await desk.customer("Lan"), await desk.customer("Hoa")
    number = await ask(lan)
    await actions.add_participant(lan, number, hoa.id or 0)
    sent = {"body": "It is solved, says Hoa.", "do": "solve"}
    answer = await (await desk.browser(hoa)).post(f"/en/help/requests/{number}", data=sent)
    assert answer.status_code == 403
    assert await Message.count() == 1
    assert (await queries.ticket_facts(SYSTEM, number)).status == "new"
