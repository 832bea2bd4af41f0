"""What an agent types is kept on the server until it is sent, and is nobody else's."""

import re

import httpx

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.people import sessions
from helpdesk.tickets import queries
from helpdesk.tickets.drafts.tables import Draft
from tests.factories import Browser, Desk
from tests.tickets import ask


async def start(desk: Desk) -> tuple[Actor, int, Browser]:
    """Minh, Lan's ticket and Minh's browser."""
    care = await desk.department()
    minh = await desk.agent("Minh", care, lang="en")
    return minh, await ask(await desk.customer("Lan"), department=care), await desk.browser(minh)


async def save(agent: Browser, ticket: int, body: str, **more: str) -> httpx.Response:
    return await agent.post(f"/desk/tickets/{ticket}/draft", data={"body": body, "mode": "reply", **more})


def typed(page: httpx.Response) -> str:
    """What stands in the composer."""
    found = re.search(r'<textarea id="body"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found
    return found[1]


async def test_a_draft_is_offered_again_on_another_machine_with_its_time(desk: Desk) -> None:
    minh, ticket, agent = await start(desk)
    told = await save(agent, ticket, "Half a sentence & mor", mode="note", then="hold")
    desk.clock.go(minutes=3)

    page = await (await desk.browser(minh)).get(f"/desk/tickets/{ticket}")

    assert "Draft saved at" in told.text
    assert typed(page) == "Half a sentence &amp; mor"
    assert 'value="note" checked' in page.text
    assert '<option value="hold" selected>' in page.text
    assert "What you wrote here is not sent." in page.text
    assert "3 minutes ago" in page.text


async def test_it_outlives_the_session(desk: Desk) -> None:
    minh, ticket, agent = await start(desk)
    await save(agent, ticket, "Half a sentence")
    await agent.post("/signout")
    sessions.forget_all()

    agent.follow_redirects = False
    sent = await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "Half a sentence.", "mode": "reply"})
    again = await (await desk.browser(minh)).get(f"/desk/tickets/{ticket}/messages")

    assert "/signin?next=" in sent.headers["location"]
    assert again.url.path == f"/desk/tickets/{ticket}"
    assert typed(again) == "Half a sentence"


async def test_sending_ends_it_and_a_late_save_does_not_bring_it_back(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    await save(agent, ticket, "Turn it off")
    await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "Turn it off", "mode": "reply"})
    late = await save(agent, ticket, "Turn it off")

    assert late.text.strip() == ""
    assert await Draft.count() == 0
    assert typed(await agent.get(f"/desk/tickets/{ticket}")) == ""


async def test_an_empty_text_is_no_draft(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    await save(agent, ticket, "Something")
    await save(agent, ticket, "")

    assert await Draft.count() == 0


async def test_nobody_else_sees_it(desk: Desk) -> None:
    minh, ticket, agent = await start(desk)
    hoa = await desk.browser(await desk.agent("Hoa", *minh.departments))
    await save(agent, ticket, "Secret thoughts")

    assert "Secret thoughts" not in (await hoa.get(f"/desk/tickets/{ticket}")).text
    await hoa.post(f"/desk/tickets/{ticket}/draft/forget")
    assert typed(await agent.get(f"/desk/tickets/{ticket}")) == "Secret thoughts"


async def test_what_is_taken_back_goes_on_above_what_was_typed_since(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    await desk.undo_seconds(10)
    await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "First", "mode": "reply", "then": "solved"})
    await save(agent, ticket, "Second")
    held = (await queries.messages(SYSTEM, ticket))[-1]

    page = await agent.post(f"/desk/tickets/{ticket}/messages/{held.id}/undo")

    assert typed(page) == "First\n\nSecond"
    assert '<option value="solved" selected>' in page.text
    assert "You took this answer back." in page.text


async def test_a_form_that_comes_back_shows_what_was_sent_and_not_the_draft(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    await save(agent, ticket, "An older text")

    page = await agent.post(
        f"/desk/tickets/{ticket}/messages",
        data={"body": "A newer text", "mode": "reply", "chips": "1", "heard": "not-an-address"},
    )

    assert page.status_code == 422
    assert typed(page) == "A newer text"
