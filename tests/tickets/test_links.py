"""Agents say how tickets have to do with each other, and both show it."""

import pytest

from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.tickets import linking
from helpdesk.tickets.linking import Manual
from tests.factories import Desk
from tests.tickets import ask


@pytest.mark.parametrize(
    ("kind", "here", "there"),
    [
        ("related", "Has to do with", "Has to do with"),
        ("duplicate", "Is the same as", "Is the same as"),
        ("blocked", "Waits for", "Is waited for by"),
        ("child", "Is a part of", "Has as a part"),
    ],
)
async def test_a_link_shows_on_both_until_it_is_taken_away(desk: Desk, kind: Manual, here: str, there: str) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    first, second = await ask(lan, "Burning printer"), await ask(lan, "Wet paper")
    browser = await desk.browser(minh)

    for _ in range(2):
        await browser.post(f"/desk/tickets/{first}/links", data={"other": f"#{second}", "kind": kind})

    assert f"{here} #{second} Wet paper" in await browser.text(f"/desk/tickets/{first}")
    assert f"{there} #{first} Burning printer" in await browser.text(f"/desk/tickets/{second}")
    assert f"Minh linked it with #{first}" in await browser.text(f"/desk/tickets/{second}")
    assert len(await linking.links(minh, first)) == 1
    page = await browser.post(f"/desk/tickets/{second}/links/remove", data={"other": str(first), "kind": kind})
    assert f"took the link with #{first} away" in page.text
    assert await linking.links(minh, first) == await linking.links(minh, second) == []


async def test_no_link_leads_where_an_agent_may_not_look(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    number, elsewhere = await ask(lan), await ask(lan, department=sales)

    for other in (elsewhere, number, 0, 999_999):
        with pytest.raises(Invalid):
            await linking.link(minh, number, other, "related")
    with pytest.raises((Forbidden, NotFound)):
        await linking.link(lan, number, elsewhere, "related")
    an = await desk.admin()
    await linking.link(an, number, elsewhere, "related")
    assert await linking.links(minh, number) == []
    page = await (await desk.browser(minh)).post(f"/desk/tickets/{number}/links", data={"other": str(elsewhere)})
    assert "There is no other ticket of this number." in page.text


async def test_links_that_came_by_themselves_cannot_be_taken_away(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    first, second = await ask(lan), await ask(lan)
    await linking.mention(first, second)
    browser = await desk.browser(minh)

    await browser.post(f"/desk/tickets/{first}/links/remove", data={"other": str(second), "kind": "mention"})

    assert [one.kind for one in await linking.links(minh, first)] == ["mention"]
