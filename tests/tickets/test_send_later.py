"""An answer for later is held like one that can be taken back; and nobody answers past what came in meanwhile."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.mail.tables import Outbound
from helpdesk.tickets import actions, queries
from helpdesk.tickets.tables import Message
from tests.factories import Browser, Desk, words
from tests.tickets import ask, said


async def start(desk: Desk) -> tuple[Actor, Actor, int, Browser]:
    """Lan, Minh, her ticket and his browser."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, department=care)
    await desk.work()
    return lan, minh, ticket, await desk.browser(minh)


async def send(agent: Browser, ticket: int, body: str = "Water it", **more: str) -> httpx.Response:
    return await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": body, "mode": "reply", **more})


async def letters() -> int:
    return sum(row["about"].startswith("message:") for row in await Outbound.select(Outbound.about))


async def test_an_answer_for_tomorrow_goes_out_tomorrow_at_eight(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    desk.clock.moment = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)  # 16:30 in Ho Chi Minh City
    page = await send(agent, ticket, later="tomorrow", then="solved")

    assert "Goes out at" in words(page)
    assert "Cancel and edit" in words(page)
    assert 'role="status" data-seconds' not in page.text
    row = await Message.select(Message.sent_at).where(Message.kind == "unsent").first()
    assert row
    assert row["sent_at"] == datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
    desk.clock.moment = datetime(2026, 11, 19, 0, 59, tzinfo=UTC)
    await desk.work()
    assert await letters() == 0
    desk.clock.moment = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
    await desk.work()
    assert await letters() == 1
    assert (await queries.ticket_facts(SYSTEM, ticket)).status == "solved"


async def test_a_moment_of_ones_own_is_local_and_can_be_cancelled(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    desk.clock.moment = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    await send(agent, ticket, later="own", at="2026-11-20T10:15")
    row = (await Message.select(Message.id, Message.sent_at).where(Message.kind == "unsent"))[0]
    assert row["sent_at"] == datetime(2026, 11, 20, 3, 15, tzinfo=UTC)

    page = await agent.post(f"/desk/tickets/{ticket}/messages/{row['id']}/undo")
    desk.clock.go(days=9)
    await desk.work()

    assert ">\nWater it</textarea>" in page.text
    assert await letters() == 0


@pytest.mark.parametrize("at", ["", "yesterday", "2020-01-01T10:00", "2099-01-01T10:00"])
async def test_a_moment_that_is_none_is_refused_and_nothing_typed_is_lost(desk: Desk, at: str) -> None:
    _, _, ticket, agent = await start(desk)
    page = await send(agent, ticket, "Precious words", later="own", at=at)

    assert page.status_code == 422
    assert "Precious words" in page.text
    assert not await Message.exists().where(Message.kind == "unsent")


def seen(page: httpx.Response) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page.text)
    assert found
    return found[1]


async def test_what_came_in_meanwhile_is_shown_before_anything_is_sent(desk: Desk) -> None:
    lan, _, ticket, agent = await start(desk)
    opened = seen(await agent.get(f"/desk/tickets/{ticket}"))
    await actions.reply(lan, ticket, said("It works again, thank you."))

    page = await agent.post(
        f"/desk/tickets/{ticket}/messages",
        data={"body": "Try this", "mode": "reply", "seen": opened},
        files={"files": ("how.txt", b"so")},
    )
    assert page.status_code == 409
    told = words(page)
    assert "While you wrote, 1 message came in. Nothing is sent yet." in told
    assert "It works again, thank you." in told
    assert "Send anyway" in told
    assert ">\nTry this</textarea>" in page.text
    assert "how.txt" in page.text
    assert (await queries.messages(SYSTEM, ticket))[-1].fresh == "It works again, thank you."

    await send(agent, ticket, "Try this", seen=seen(page))
    assert (await queries.messages(SYSTEM, ticket))[-1].fresh == "Try this"


async def test_a_colleagues_held_answer_counts_and_ones_own_words_do_not(desk: Desk) -> None:
    _, minh, ticket, agent = await start(desk)
    await desk.undo_seconds(10)
    hoa = await desk.agent("Hoa", *minh.departments)
    opened = seen(await agent.get(f"/desk/tickets/{ticket}"))
    await actions.note(minh, ticket, said("A note of mine"))
    assert (await send(agent, ticket, "First", seen=opened)).status_code == 200
    opened = seen(await agent.get(f"/desk/tickets/{ticket}"))
    await actions.reply(hoa, ticket, said("Hoa answers"), hold_seconds=10)

    assert (await send(agent, ticket, "Second", seen=opened)).status_code == 409
