"""A checklist and the time spent, for those who work on a ticket."""

import pytest

from helpdesk.core.clock import now
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.tickets import work
from tests.factories import Desk
from tests.tickets import ask


async def test_lines_are_added_ordered_ticked_and_taken_away(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number = await ask(await desk.customer("Lan"))
    first, second, third = [await work.add_task(minh, number, title) for title in ("Call", "Order", "Send")]

    await work.raise_task(minh, number, third)
    await work.raise_task(minh, number, third)
    await work.raise_task(minh, number, third)
    await work.mark(minh, number, second, is_done=True)
    await work.mark(minh, number, second, is_done=True)
    await work.remove_task(minh, number, first)

    found = await work.of_ticket(minh, number)
    assert [(one.title, one.done_by_name) for one in found.tasks] == [("Send", None), ("Order", "Minh")]
    assert (found.tasks[1].done_at, found.done) == (now(), 1)
    await work.mark(minh, number, second, is_done=False)
    assert (await work.of_ticket(minh, number)).done == 0
    for _ in range(work.MOST_TASKS - 2):
        await work.add_task(minh, number, "More")
    with pytest.raises(Conflict):
        await work.add_task(minh, number, "Too much")


async def test_time_adds_up_and_everybody_takes_back_their_own(desk: Desk) -> None:
    department = await desk.department()
    minh, mai = await desk.agent("Minh", department), await desk.agent("Mai", department)
    number = await ask(await desk.customer("Lan"))
    mine = await work.note_time(minh, number, 20, "Called the supplier")
    await work.note_time(mai, number, 25, "")

    assert (await work.of_ticket(minh, number)).minutes == 45
    with pytest.raises(Forbidden):
        await work.remove_time(mai, number, mine)
    await work.remove_time(minh, number, mine)
    assert [(one.minutes, one.person_name) for one in (await work.of_ticket(mai, number)).times] == [(25, "Mai")]


async def test_the_page_does_all_of_it_without_javascript(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number = await ask(await desk.customer("Lan"))
    browser, base = await desk.browser(minh), f"/desk/tickets/{number}/work"

    await browser.post(f"{base}/tasks", data={"title": "Call <b>Hoa</b>"})
    await browser.post(f"{base}/time", data={"minutes": "15", "what": "Reading"})
    page = await browser.get(base)
    assert "Call &lt;b&gt;Hoa&lt;/b&gt;" in page.text
    assert "15 minutes" in page.text
    assert base in (await browser.get(f"/desk/tickets/{number}")).text
    task = (await work.of_ticket(minh, number)).tasks[0].id
    await browser.post(f"{base}/tasks/{task}", data={"do": "done"})
    assert "1/1" in (await browser.get(base)).text
    for minutes in ("0", "1441", "many", ""):
        answer = await browser.post(f"{base}/time", data={"minutes": minutes})
        assert answer.status_code == 200
    assert (await work.of_ticket(minh, number)).minutes == 15
    assert "Minh noted 15 minutes of work" in (await browser.get(f"/desk/tickets/{number}")).text


async def test_outsiders_neither_see_nor_change_it(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1))
    number = await ask(lan)
    other = await ask(lan)
    task, entry = await work.add_task(minh, number, "Call"), await work.note_time(minh, number, 5, "")

    for stranger in (lan, huy):
        for act in (
            work.of_ticket(stranger, number),
            work.add_task(stranger, number, "x"),
            work.mark(stranger, number, task, is_done=True),
            work.note_time(stranger, number, 5, ""),
            work.remove_time(stranger, number, entry),
        ):
            with pytest.raises((Forbidden, NotFound)):
                await act
    for elsewhere in (work.mark(minh, other, task, is_done=True), work.remove_time(minh, other, entry)):
        with pytest.raises(NotFound):
            await elsewhere
