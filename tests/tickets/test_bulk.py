"""Many tickets are changed together, each wholly or not at all, and all of it can be taken back."""

import re

import httpx
import pytest
from msgspec.structs import replace

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.people.tables import Role
from helpdesk.tickets import actions, bulk, queries
from helpdesk.tickets.tables import Bulk, Message, Ticket
from tests.factories import Browser, Desk, words
from tests.tickets import ask

MANY = 60


async def start(desk: Desk, tickets: int = 3) -> tuple[Actor, Actor, int, list[int]]:
    """Lan, Minh, their department and her tickets."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    return lan, minh, care, [await ask(lan, department=care) for _ in range(tickets)]


async def statuses(tickets: list[int]) -> set[str]:
    return {row["status"] for row in await Ticket.select(Ticket.status).where(Ticket.id.is_in(tickets))}


async def press_undo(browser: Browser, page: httpx.Response) -> httpx.Response:
    """Press the Undo of the line that says what was done."""
    button = re.search(r'action="(/desk/(?:undo/\d+|bulk/\d+/undo))"', page.text)
    assert button
    return await browser.post(button[1], headers={"referer": str(page.url)})


async def test_the_picked_ones_are_changed_and_taken_back_from_the_line_that_says_so(desk: Desk) -> None:
    _, minh, _, tickets = await start(desk)
    browser = await desk.browser(minh)
    page = await browser.post("/desk/queues/all?q=&status=new", data={"id": tickets[:2], "act": "status solved"})

    assert "2 tickets were changed." in words(page)
    assert str(page.url).endswith("/desk/queues/all?q=&status=new")
    assert await statuses(tickets[:2]) == {"solved"}
    assert await statuses(tickets[2:]) == {"new"}

    page = await press_undo(browser, page)
    assert "2 tickets were changed." in words(page)
    assert str(page.url).endswith("/desk/queues/all?q=&status=new")
    assert await statuses(tickets) == {"new"}


async def test_every_act_of_the_list_can_be_done_and_most_of_them_undone(desk: Desk) -> None:
    _, minh, care, tickets = await start(desk)
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example")
    before = [await queries.ticket_facts(minh, one) for one in tickets]
    for act, value in {
        "assign": str(minh.id),
        "status": "hold",
        "priority": "urgent",
        "tag": "Hot",
        "delete": "",
        "spam": "",
        "move": str(sales),
    }.items():
        began = await bulk.begin(minh, act, value, tickets)
        result = await bulk.result(minh, began)
        assert (result.changed, result.refusals, result.can_be_undone) == (3, {}, True), act
        back = await bulk.result(minh, await bulk.take_back(minh, began))
        assert (back.changed, back.refusals, back.can_be_undone) == (3, {}, False), act
        assert not (await bulk.result(minh, began)).can_be_undone
    after = [await queries.ticket_facts(minh, one) for one in tickets]
    assert [one.has for one in after] == [{"acts"}] * 3  # what was done stays in the history
    assert [replace(one, has=frozenset()) for one in after] == before
    assert await queries.tags(tickets[0]) == []
    assert before[0].department == care

    began = await bulk.begin(minh, "note", "Ask the **carrier** first", tickets)
    assert not (await bulk.result(minh, began)).can_be_undone
    assert [row["fresh"] for row in await Message.select().where(Message.kind == "note")] == [
        "Ask the carrier first"
    ] * 3


async def test_what_refuses_is_named_with_its_reason_and_the_others_go_on(desk: Desk) -> None:
    lan, minh, _, tickets = await start(desk)
    elsewhere = await desk.department("Sales", "Bán hàng", "sales@lua.example")
    hidden = await ask(lan, department=elsewhere)
    browser = await desk.browser(minh)

    page = await browser.post("/desk/queues/all", data={"id": [tickets[0], hidden, tickets[1]], "act": "status hold"})

    assert f"2 of 3 tickets were changed. #{hidden}: It is not there any more, or not yours to see." in words(page)
    assert await statuses([hidden]) == {"new"}
    assert await statuses(tickets[:2]) == {"hold"}


async def test_many_are_a_job_whose_progress_is_seen(desk: Desk) -> None:
    _, minh, _, tickets = await start(desk, MANY)
    browser = await desk.browser(minh)
    page = await browser.post("/desk/queues/all", data={"id": tickets, "act": "priority low"})
    number = int(page.url.path.rpartition("/")[2])

    assert "0 of 60" in words(page)
    assert f'hx-get="/desk/bulk/{number}/progress"' in page.text
    await desk.work()
    page = await browser.get(f"/desk/bulk/{number}/progress")
    assert "60 of 60" in words(page)
    assert "60 tickets were changed." in words(page)
    assert "hx-get" not in page.text

    await press_undo(browser, page)
    await desk.work()
    assert {row["priority"] for row in await Ticket.select(Ticket.priority)} == {"normal"}


async def test_a_crash_in_between_repeats_none(desk: Desk) -> None:
    _, minh, _, tickets = await start(desk, MANY)
    began = await bulk.begin(minh, "note", "Once", tickets)
    await bulk._go_on_with(began)
    assert await Message.count().where(Message.kind == "note") == bulk.IN_ONE

    await desk.work()
    await bulk.run(began)

    assert await Message.count().where(Message.kind == "note") == MANY


async def test_a_whole_queue_is_asked_about_first(desk: Desk) -> None:
    _, minh, _, tickets = await start(desk, MANY)
    await actions.set_status(minh, tickets[0], "hold")
    browser = await desk.browser(minh)
    sent = {"all": "true", "act": "tag", "tag": "flood"}

    page = await browser.post("/desk/queues/active", data=sent)
    assert "Change 59 tickets?" in words(page)
    assert await queries.tags(tickets[1]) == []

    await browser.post("/desk/queues/active", data={**sent, "sure": "true"})
    await desk.work()
    assert [await queries.tags(one) for one in (tickets[0], tickets[1], tickets[-1])] == [[], ["flood"], ["flood"]]


async def test_all_that_can_be_done_stands_on_a_page_of_its_own(desk: Desk) -> None:
    _, minh, care, tickets = await start(desk)
    browser = await desk.browser(minh)
    page = await browser.post("/desk/queues/all", data={"id": tickets, "act": "choose"})
    assert "Change 3 tickets" in words(page)
    assert f'<option value="{care}">' in page.text
    assert page.text.count(f'name="id" value="{tickets[0]}"') == 8

    page = await browser.post("/desk/queues/all", data={"id": tickets, "act": "assign", "value": str(minh.id)})
    assert "3 tickets were changed." in words(page)
    assert (await queries.ticket_facts(minh, tickets[0])).assignee == minh.id


async def test_answers_are_held_back_and_taken_back_together(desk: Desk) -> None:
    await desk.undo_seconds(10)
    _, minh, _, tickets = await start(desk)
    began = await bulk.begin(minh, "reply", "It is **repaired**, cha\u0300o\x00", tickets)
    assert await Message.count().where(Message.kind == "unsent") == 3

    await bulk.take_back(minh, began)
    desk.clock.go(minutes=1)
    await desk.work()
    assert await Message.count().where(Message.direction == "out", Message.kind == "reply") == 0

    began = await bulk.begin(minh, "reply", "It works", tickets)
    desk.clock.go(minutes=1)
    await desk.work()
    assert await statuses(tickets) == {"pending"}
    with pytest.raises(Conflict):
        await bulk.take_back(minh, began)


async def test_others_neither_see_nor_take_back_what_somebody_did(desk: Desk) -> None:
    lan, minh, care, tickets = await start(desk)
    await Role(key="trainee", name="Trainee", is_staff=True, permissions="[]").save()
    hoa, vy = await desk.agent("Hoa", care), await desk.agent("Vy", care, role="trainee")
    began = await bulk.begin(minh, "status", "solved", tickets)
    for other in (lan, hoa):
        with pytest.raises(NotFound):
            await bulk.result(other, began)
        with pytest.raises(NotFound):
            await bulk.take_back(other, began)
    for other in (lan, vy):
        with pytest.raises(Forbidden):
            await bulk.begin(other, "status", "open", tickets)
    assert await statuses(tickets) == {"solved"}


@pytest.mark.parametrize(
    ("act", "value"),
    [
        *(("status", "gone"), ("priority", ""), ("move", "99"), ("move", "x"), ("assign", "x")),
        *(("tag", " # "), ("note", " "), ("reply", ""), ("dance", "")),
        *(("undo", ""), ("undo", "x"), ("undo", "99")),
    ],
)
async def test_what_cannot_be_done_is_said_before_anything_begins(desk: Desk, act: str, value: str) -> None:
    _, minh, _, tickets = await start(desk)
    with pytest.raises(Invalid):
        await bulk.begin(minh, act, value, tickets)
    assert await Bulk.count() == 0


async def test_a_ticket_changed_since_stays_when_the_rest_is_taken_back(desk: Desk) -> None:
    _, minh, care, tickets = await start(desk)
    hoa = await desk.agent("Hoa", care)
    began = await bulk.begin(minh, "status", "solved", tickets)
    await actions.set_status(hoa, tickets[1], "hold")

    back = await bulk.result(minh, await bulk.take_back(minh, began))

    assert (back.changed, list(back.refusals.values())) == (2, [[tickets[1]]])
    assert await statuses([tickets[0], tickets[2]]) == {"new"}
    assert await statuses([tickets[1]]) == {"hold"}


async def test_single_acts_are_taken_back_from_the_page_and_from_the_history(desk: Desk) -> None:
    _, minh, _, tickets = await start(desk, 1)
    browser, path = await desk.browser(minh), f"/desk/tickets/{tickets[0]}"
    page = await browser.post(f"{path}/status", data={"status": "hold"})
    assert "It is done." in words(page)
    page = await press_undo(browser, page)
    assert "It is taken back." in words(page)
    assert "Minh took back: Minh set the status to" in words(page)
    assert await statuses(tickets) == {"new"}

    await browser.post(f"{path}/tags", data={"tag": "hot"})
    page = await browser.get(path)
    assert "Undo: Minh added the tag hot" in page.text
    page = await press_undo(browser, page)
    assert await queries.tags(tickets[0]) == []
    assert "Undo: Minh added" not in page.text
