"""An answer waits some seconds in which its author can take it back, and nothing outside has happened until then."""

import re

import httpx

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.files import store
from helpdesk.mail.tables import Outbound
from helpdesk.tickets import queries
from helpdesk.tickets.tables import Message, Participant, Ticket
from tests.factories import Browser, Desk, words
from tests.tickets import ask


async def start(desk: Desk) -> tuple[Actor, int, Browser, Browser]:
    """Lan, her ticket, Minh's browser and hers; answers can be taken back for ten seconds."""
    await desk.undo_seconds(10)
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, department=care)
    await desk.work()
    return lan, ticket, await desk.browser(minh), await desk.browser(lan)


async def answer(agent: Browser, ticket: int, body: str = "Water it twice", **more: str) -> httpx.Response:
    return await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": body, "mode": "reply", **more})


async def undo(agent: Browser, ticket: int) -> httpx.Response:
    row = (await Message.select(Message.id).order_by(Message.id, ascending=False).limit(1))[0]
    return await agent.post(f"/desk/tickets/{ticket}/messages/{row['id']}/undo")


async def facts(ticket: int) -> dict[str, object]:
    row = await Ticket.select(Ticket.status, Ticket.message_count, Ticket.snippet, Ticket.due_at).where(
        Ticket.id == ticket
    )
    return dict(row[0])


async def letters() -> list[str]:
    return [row["about"] for row in await Outbound.select(Outbound.about) if row["about"].startswith("message:")]


async def test_until_then_nothing_has_happened_outside(desk: Desk) -> None:
    _, ticket, agent, customer = await start(desk)
    before = await facts(ticket)

    page = await answer(agent, ticket, then="solved")
    desk.clock.go(seconds=9)
    await desk.work()

    assert "Water it twice" in page.text
    assert "Undo" in page.text
    for path in (f"/en/help/requests/{ticket}", "/en/help/requests", "/en/help/search?q=twice"):
        assert "Water it" not in (await customer.get(path)).text
    assert await facts(ticket) == before
    assert not [one for one in await queries.deadlines(ticket) if one.met_at]
    assert await letters() == []


async def test_after_that_everybody_sees_it(desk: Desk) -> None:
    _, ticket, agent, customer = await start(desk)
    await answer(agent, ticket, then="solved")
    desk.clock.go(seconds=10)
    await desk.work()

    assert "Water it twice" in (await customer.get(f"/en/help/requests/{ticket}")).text
    now = await facts(ticket)
    assert (now["status"], now["message_count"], now["snippet"]) == ("solved", 2, "Water it twice")
    met = [one.met_at for one in await queries.deadlines(ticket) if one.kind == "first_response"]
    assert met == [desk.clock.moment]
    assert len(await letters()) == 1
    assert '/undo"' not in (await agent.get(f"/desk/tickets/{ticket}")).text


async def test_what_is_taken_back_is_in_the_composer_with_its_files(desk: Desk) -> None:
    _, ticket, agent, customer = await start(desk)
    await agent.post(
        f"/desk/tickets/{ticket}/messages",
        data={"body": "Water **it** twice", "mode": "reply", "then": "hold"},
        files={"files": ("how.txt", b"how to water")},
    )
    page = await undo(agent, ticket)
    desk.clock.go(minutes=10)
    await desk.work()

    assert "It is not sent." in words(page)
    form = re.search(r'<form class="composer".*?</form>', page.text, re.DOTALL)
    assert form
    assert "Water **it** twice" in form[0]
    assert "how.txt" in form[0]
    assert '<option value="hold" selected>' in form[0]
    assert await letters() == []
    assert "Water" not in (await customer.get(f"/en/help/requests/{ticket}")).text
    assert "took an answer back" in await agent.text(f"/desk/tickets/{ticket}")

    kept = re.search(r'name="kept" value="([^"]+)"', form[0])
    assert kept
    await answer(agent, ticket, "Water it thrice", kept=kept[1])
    desk.clock.go(seconds=11)
    await desk.work()
    last = (await queries.messages(SYSTEM, ticket))[-1]
    assert (last.fresh, [file.filename for file in last.files]) == ("Water it thrice", ["how.txt"])
    assert await store.read(last.files[0].sha256) == b"how to water"
    page = await agent.get(f"/desk/tickets/{ticket}")
    assert "Water **it** twice" not in page.text


async def test_a_draft_can_be_thrown_away(desk: Desk) -> None:
    _, ticket, agent, _ = await start(desk)
    await answer(agent, ticket)
    page = await undo(agent, ticket)
    assert f"/desk/tickets/{ticket}/draft/forget" in page.text

    page = await agent.post(f"/desk/tickets/{ticket}/draft/forget")
    assert "Water it" not in page.text


async def test_it_is_too_late_once_it_is_out(desk: Desk) -> None:
    _, ticket, agent, _ = await start(desk)
    await answer(agent, ticket)
    desk.clock.go(seconds=10)
    await desk.work()

    assert "It has gone out already." in words(await undo(agent, ticket))
    assert (await facts(ticket))["message_count"] == 2


async def test_only_its_author_takes_it_back(desk: Desk) -> None:
    _, ticket, agent, customer = await start(desk)
    await answer(agent, ticket)
    care = (await queries.ticket_facts(SYSTEM, ticket)).department
    huy = await desk.browser(await desk.agent("Huy", care, lang="en"))

    assert (await undo(huy, ticket)).status_code == 403
    assert (await undo(customer, ticket)).status_code == 403
    assert "Water it twice" in (await huy.get(f"/desk/tickets/{ticket}")).text


async def test_who_was_added_takes_part_only_once_it_is_out(desk: Desk) -> None:
    _, ticket, agent, _ = await start(desk)
    chips = {"chips": "1", "heard": "lan@khach.example", "add": "mai@khach.example", "sure": "mai@khach.example"}
    await answer(agent, ticket, **chips)
    await undo(agent, ticket)
    desk.clock.go(minutes=1)
    await desk.work()
    assert await Participant.count() == 0

    await answer(agent, ticket, "Again", **chips)
    desk.clock.go(minutes=1)
    await desk.work()
    assert await Participant.count() == 1


async def test_a_double_click_says_it_once_also_while_it_waits(desk: Desk) -> None:
    _, ticket, agent, _ = await start(desk)
    await answer(agent, ticket)
    await answer(agent, ticket)
    desk.clock.go(seconds=11)
    await desk.work()
    assert len(await letters()) == 1


async def test_notes_are_kept_at_once(desk: Desk) -> None:
    _, ticket, agent, _ = await start(desk)
    page = await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "He is cross", "mode": "note"})
    assert '/undo"' not in page.text
    assert await Message.exists().where(Message.kind == "note")
