"""Tickets among what is found: each reader finds their own, agents also by words in notes."""

from helpdesk.search.document import Document, Engine
from helpdesk.tickets import actions
from tests.factories import Desk
from tests.tickets import ask, said


async def test_people_find_the_tickets_they_may_see_and_no_others(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    elsewhere = await desk.agent("Ba", billing)
    ticket = await ask(lan, "Máy in", "Khói khắp cửa hàng")
    await actions.note(minh, ticket, said("zanzibar"))

    async def finds(browser_of: object, query: str) -> list[str]:
        browser = await desk.browser(browser_of)  # type: ignore[arg-type]
        answer = (await browser.get("/api/v1/search", params={"q": query, "kind": "ticket"})).json()
        return [hit["id"] for hit in answer["hits"]]

    assert [len(await finds(one, "khoi")) for one in (minh, lan, huy, elsewhere, None)] == [1, 1, 0, 0, 0]
    assert [len(await finds(one, "zanzibar")) for one in (minh, lan)] == [1, 0]


async def test_a_found_ticket_leads_agents_to_the_desk_and_customers_to_their_own_page(
    desk: Desk, index: Engine
) -> None:
    strong = Document(id="article:999", kind="article", lang="vi", title="Khói khói", body="khói " * 20)
    others = [
        Document(id=f"article:{number}", kind="article", lang="vi", title=f"Bài {number}", body="in hoá đơn")
        for number in range(1000, 1100)
    ]
    build = await index.begin()
    await build.add([strong, *others])
    await build.finish()
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    lan = await desk.customer("Lan")
    ticket = await ask(lan, "Máy in", "Khói khắp cửa hàng")
    for actor, address in ((minh, f"/desk/tickets/{ticket}"), (lan, f"/help/requests/{ticket}")):
        page = (await (await desk.browser(actor)).get("/en/help/search?q=khoi")).text
        assert address in page
