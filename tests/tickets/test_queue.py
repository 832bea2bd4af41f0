"""Queues: what comes first, what is in them, and how they are paged."""

import pytest

from helpdesk.tickets import actions, queries, views
from tests.factories import Desk
from tests.tickets import ask, said


async def test_what_is_promised_first_comes_first(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    calm, urgent = await ask(lan, "calm"), await ask(lan, "urgent")
    await actions.set_priority(minh, urgent, "urgent")
    assert [row.id for row in (await queries.queue(minh, None)).items] == [urgent, calm]


async def test_pages_by_key_show_each_ticket_once(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    tickets = []
    for _ in range(7):
        tickets.append(await ask(lan))
        desk.clock.go(minutes=1)
    for listing in (queries.queue, queries.newest):
        seen: list[int] = []
        after = None
        while True:
            shown = await listing(minh, None, after=after, size=3)
            seen += [row.id for row in shown.items]
            after = shown.next
            if after is None:
                break
        assert sorted(seen) == tickets


async def test_a_queue_shows_its_own_tickets_only(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    mine, solved, free = await ask(lan, "mine"), await ask(lan, "solved"), await ask(lan, "free")
    await actions.assign(minh, mine, minh.id)
    await actions.set_status(minh, solved, "solved")

    async def shown(key: str) -> set[int]:
        return {row.id for row in (await queries.queue(minh, views.view(key).condition(minh))).items}

    assert await shown("mine") == {mine}
    assert await shown("unassigned") == {free}
    assert await shown("active") == {mine, free}
    assert await shown("done") == {solved}


@pytest.mark.parametrize("query", ["hoàn tiền", "hoan tien", "HOAN TI", "tiền hoàn"])
async def test_words_are_found_with_and_without_accents(desk: Desk, query: str) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan, "Đơn 42", "Shop ơi, bao giờ hoàn tiền cho mình?")
    await ask(lan, "Khác", "Không liên quan.")
    condition = views.condition(minh, views.view("all"), views.Filter(q=query))
    assert [row.id for row in (await queries.newest(minh, condition)).items] == [ticket]


async def test_words_in_notes_are_found_by_agents_and_never_by_customers(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    await actions.note(minh, ticket, said("zanzibar"))
    for actor, expected in ((minh, [ticket]), (lan, [])):
        condition = views.condition(actor, views.view("all"), views.Filter(q="zanzibar"))
        assert [row.id for row in (await queries.newest(actor, condition)).items] == expected


async def test_the_queue_page_asks_the_same_number_of_questions_for_one_ticket_and_for_forty(desk: Desk) -> None:
    from tests.counting import counted

    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    browser = await desk.browser(minh)
    await ask(lan)
    await browser.get("/desk/queues/unassigned")
    views.forget_counts()
    with counted() as few:
        await browser.get("/desk/queues/unassigned")
    for _ in range(39):
        await ask(lan)
    views.forget_counts()
    with counted() as many:
        await browser.get("/desk/queues/unassigned")
    assert len(many) == len(few) > 0


async def test_picked_tickets_are_changed_together(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    first, second, third = await ask(lan), await ask(lan), await ask(lan)
    browser = await desk.browser(minh)
    await browser.post("/desk/queues/unassigned", data={"id": [str(first), str(second)], "act": "assign me"})
    owners = {row.id: row.assignee for row in (await queries.queue(minh, None)).items}
    assert owners == {first: minh.id, second: minh.id, third: None}


async def test_every_queue_in_the_rail_leads_to_its_page(desk: Desk) -> None:
    import re

    minh = await desk.agent("Minh", await desk.department(), lang="en")
    browser = await desk.browser(minh)
    rail = (await browser.get("/desk")).text.split('id="rail-queues"')[1].split("</nav>")[0]
    links = re.findall(r'<a href="([^"]+)"', rail)
    assert len(links) == len(views.VIEWS) + 1  # and the bin
    for link in links:
        answer = await browser.get(link)
        assert answer.status_code == 200, link
        assert answer.url.path == link


async def test_the_palette_leads_to_a_ticket_by_its_number_and_to_whatever_words_find(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    ticket = await ask(await desk.customer("Lan"), "The printer burns")
    browser = await desk.browser(minh)
    assert (await browser.get(f"/desk?q=%23{ticket}")).url.path == f"/desk/tickets/{ticket}"
    answer = await browser.get("/desk?q=printer")
    assert answer.url.path == "/desk/queues/all"
    assert f"/desk/tickets/{ticket}" in answer.text
