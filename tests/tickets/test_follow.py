"""Agents hear of tickets that are not theirs, if they may see them."""

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.people import letters
from helpdesk.tickets import actions, following
from tests.factories import Desk
from tests.tickets import ask, said


async def heard(person: Actor) -> list[str]:
    """What letters say that went to somebody, oldest first."""
    rows = await Outbound.select(Outbound.content).where(Outbound.about == f"agent:{person.id}").order_by(Outbound.id)
    return [parse(row["content"]).text for row in rows]


async def test_who_follows_hears_what_the_customer_answers_until_they_had_enough(desk: Desk) -> None:
    department = await desk.department()
    minh, mai, lan = (
        await desk.agent("Minh", department),
        await desk.agent("Mai", department),
        await desk.customer("Lan"),
    )
    number = await ask(lan)
    await actions.assign(minh, number, minh.id)
    await following.follow(mai, number)
    await following.follow(mai, number)
    await following.follow(minh, number)
    await desk.work()
    before = len(await heard(minh)), len(await heard(mai))

    await actions.reply(lan, number, said("Still burning."))
    await desk.work()

    assert (len(await heard(minh)), len(await heard(mai))) == (before[0] + 1, before[1] + 1)
    assert "Still burning." in (await heard(mai))[-1]
    await following.unfollow(mai, number)
    await actions.reply(lan, number, said("And now the curtain."))
    await desk.work()
    assert len(await heard(mai)) == before[1] + 1
    assert [one.id for one in await following.followers(number)] == [minh.id]


async def test_who_chose_silence_follows_in_silence(desk: Desk) -> None:
    mai, lan = await desk.agent("Mai", await desk.department()), await desk.customer("Lan")
    number = await ask(lan)
    await letters.choose(mai, letters.Choices(hears_new="no"))
    await following.follow(mai, number)

    await actions.reply(lan, number, said("Still burning."))
    await desk.work()

    assert await heard(mai) == []


async def test_who_may_not_see_the_ticket_cannot_be_made_to_follow_it(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    huy, number = await desk.agent("Huy", sales), await ask(lan)

    for person in (huy.id, lan.id, 999_999):
        with pytest.raises(Invalid):
            await following.follow(minh, number, person)
    for stranger in (huy, lan):
        with pytest.raises((Forbidden, NotFound)):
            await following.follow(stranger, number)
    assert await following.followers(number) == []


async def test_who_may_see_it_no_more_hears_nothing(desk: Desk) -> None:
    department = await desk.department()
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    minh, an, lan = await desk.agent("Minh", department), await desk.admin(), await desk.customer("Lan")
    number = await ask(lan, department=department)
    await following.follow(minh, number)
    await actions.move(an, number, sales)
    await desk.work()
    before = len(await heard(minh))

    await actions.reply(lan, number, said("Secret."))
    await desk.work()

    assert len(await heard(minh)) == before


async def test_a_button_follows_and_another_one_lets_a_colleague(desk: Desk) -> None:
    department = await desk.department()
    minh, mai = await desk.agent("Minh", department, lang="en"), await desk.agent("Mai", department)
    number = await ask(await desk.customer("Lan"))
    browser = await desk.browser(minh)

    assert "You hear of this ticket" in (await browser.post(f"/desk/tickets/{number}/follow")).text
    page = await browser.post(f"/desk/tickets/{number}/follow", data={"person": str(mai.id)})

    assert "Minh let Mai follow it" in page.text
    assert "Do not follow any more" in page.text
    assert [one.id for one in await following.followers(number)] == [minh.id, mai.id]
    assert "do not follow" in (await browser.post(f"/desk/tickets/{number}/unfollow")).text
