"""Passing a ticket's words on from the composer: a side conversation, told apart from reply and note."""

import re
from typing import Any

import httpx

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.tickets import actions, queries
from helpdesk.tickets.side import queries as sides
from tests.factories import Browser, Desk, words
from tests.tickets import ask, said


async def start(desk: Desk) -> tuple[Actor, int, Browser]:
    """Lan, her ticket, and Minh's browser."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, "The parcel is wet", "My parcel came wet.", department=care)
    await desk.work()
    return lan, ticket, await desk.browser(minh)


async def forward(agent: Browser, ticket: int, files: Any = None, **more: object) -> httpx.Response:
    data = {"mode": "forward", "body": "Please look into it.", "to": "claims@carrier.example", "about": "Wet parcel"}
    return await agent.post(f"/desk/tickets/{ticket}/messages", data={**data, **more}, files=files)


async def letters() -> list[tuple[list[str], str]]:
    """Whom letters went to besides Lan and the staff, and what they say."""
    rows = [parse(row["content"]) for row in await Outbound.select(Outbound.content).order_by(Outbound.id)]
    return [([one.email for one in row.to], row.text) for row in rows if row.to[0].email.endswith("carrier.example")]


async def test_what_is_ticked_goes_to_the_third_party_and_nothing_to_the_customer(desk: Desk) -> None:
    lan, ticket, agent = await start(desk)
    before = await Outbound.count()
    asked = (await queries.messages(SYSTEM, ticket))[0].id

    page = await forward(agent, ticket, quote=str(asked))
    await desk.work()

    assert "It is on its way to the third party." in words(page)
    ((to, text),) = await letters()
    assert to == ["claims@carrier.example"]
    assert "Please look into it." in text
    assert "My parcel came wet." in text
    assert await Outbound.count() == before + 1
    customer = await desk.browser(lan)
    assert "look into it" not in (await customer.get(f"/en/help/requests/{ticket}")).text
    assert len(await queries.messages(lan, ticket)) == 1


async def test_the_customers_last_words_are_ticked_until_somebody_chooses(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    asked = (await queries.messages(SYSTEM, ticket))[0].id
    page = await agent.get(f"/desk/tickets/{ticket}")
    assert re.search(rf'name="quote" value="{asked}" checked', page.text)

    page = await forward(agent, ticket, to="nonsense")

    assert page.status_code == 422
    assert re.search(r'id="mode-forward" value="forward" checked', page.text)
    assert f'name="quote" value="{asked}" checked' not in page.text
    assert "is no address" in page.text
    assert "Please look into it." in page.text
    assert await sides.beside(ticket) == []


async def test_without_a_subject_and_to_ourselves_nothing_goes(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    for more in ({"about": ""}, {"to": ""}, {"to": "support@lua.example"}):
        assert (await forward(agent, ticket, **more)).status_code == 422
    assert await letters() == []


async def test_what_was_chosen_for_it_is_no_part_of_a_reply(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    await forward(agent, ticket, mode="reply")
    await desk.work()
    assert await letters() == []
    assert (await queries.messages(SYSTEM, ticket))[-1].fresh == "Please look into it."


async def test_a_double_click_passes_it_on_once(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    await forward(agent, ticket)
    await forward(agent, ticket)
    await desk.work()
    assert len(await letters()) == 1
    assert len(await sides.beside(ticket)) == 1


async def test_the_same_words_go_to_somebody_else_and_with_other_files_too(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    asked = (await queries.messages(SYSTEM, ticket))[0].id
    for more in ({}, {"to": "second@carrier.example"}, {"about": "Another matter"}, {"quote": str(asked)}):
        await forward(agent, ticket, **more)
    await desk.work()
    assert len(await letters()) == 4


async def test_a_late_save_does_not_bring_back_what_was_passed_on(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    await forward(agent, ticket)
    await agent.post(f"/desk/tickets/{ticket}/draft", data={"body": "Please look into it.", "mode": "forward"})
    assert "What you wrote here is not sent." not in words(await agent.get(f"/desk/tickets/{ticket}"))


async def test_the_draft_remembers_that_it_is_to_be_passed_on_to_whom_and_what(desk: Desk) -> None:
    lan, ticket, agent = await start(desk)
    asked = (await queries.messages(SYSTEM, ticket))[0].id
    later = await actions.reply(lan, ticket, said("It is dry by now."))
    draft = {"body": "Please lo", "mode": "forward", "to": "claims@carrier.example", "about": "Wet", "hold": "true"}
    await agent.post(f"/desk/tickets/{ticket}/draft", data={**draft, "quote": str(asked)})
    page = await agent.get(f"/desk/tickets/{ticket}")
    assert re.search(r'id="mode-forward" value="forward" checked', page.text)
    assert re.search(r'id="to" name="to" value="claims@carrier.example"', page.text)
    assert re.search(r'id="about" name="about" value="Wet"', page.text)
    assert re.search(r'name="hold" value="true" checked', page.text)
    assert re.search(rf'name="quote" value="{asked}" checked', page.text)
    assert not re.search(rf'name="quote" value="{later}" checked', page.text)

    await agent.post(f"/desk/tickets/{ticket}/draft", data={**draft, "mode": "reply", "quote": str(asked)})
    page = await agent.get(f"/desk/tickets/{ticket}")
    assert "claims@carrier.example" not in page.text
    await forward(agent, ticket)
    page = await agent.get(f"/desk/tickets/{ticket}")
    assert "What you wrote here is not sent." not in words(page)


async def test_it_is_held_back_for_some_seconds_and_taken_back_with_all_that_was_chosen(desk: Desk) -> None:
    await desk.undo_seconds(10)
    _, ticket, agent = await start(desk)
    asked = (await queries.messages(SYSTEM, ticket))[0].id
    files = {"files": ("label.txt", b"VN123", "text/plain")}
    page = await forward(agent, ticket, quote=str(asked), hold="true", files=files)
    await desk.work()
    assert "Your letter to the third party goes out in a moment." in words(page)
    assert (await queries.ticket_facts(SYSTEM, ticket)).status == "new"

    (side,) = await sides.beside(ticket)
    page = await agent.post(f"/desk/tickets/{ticket}/sides/{side.id}/undo")
    desk.clock.go(minutes=1)
    await desk.work()

    assert await letters() == []
    assert await sides.beside(ticket) == []
    for shown in (page, await agent.get(f"/desk/tickets/{ticket}")):
        assert "Please look into it.</textarea>" in shown.text
        assert re.search(r'id="to" name="to" value="claims@carrier.example"', shown.text)
        assert re.search(rf'name="quote" value="{asked}" checked', shown.text)
        assert re.search(r'name="hold" value="true" checked', shown.text)
        assert re.search(r'name="kept" value="[^"]+" checked>.*label.txt', shown.text)


async def test_after_that_it_goes_out_once_and_cannot_be_taken_back(desk: Desk) -> None:
    await desk.undo_seconds(10)
    _, ticket, agent = await start(desk)
    await forward(agent, ticket, hold="true")
    await forward(agent, ticket, hold="true")
    desk.clock.go(seconds=11)
    (side,) = await sides.beside(ticket)
    page = await agent.post(f"/desk/tickets/{ticket}/sides/{side.id}/undo")
    assert "It has gone out already." in words(page)
    await desk.work()
    page = await agent.post(f"/desk/tickets/{ticket}/sides/{side.id}/undo")
    assert "It has gone out already." in words(page)
    assert len(await letters()) == 1
    assert (await queries.ticket_facts(SYSTEM, ticket)).status == "hold"


async def test_only_who_wrote_it_takes_it_back_and_in_the_bin_it_becomes_a_draft(desk: Desk) -> None:
    await desk.undo_seconds(10)
    lan, ticket, agent = await start(desk)
    hoa = await desk.browser(await desk.agent("Hoa", (await queries.ticket_facts(SYSTEM, ticket)).department))
    await forward(agent, ticket)
    (side,) = await sides.beside(ticket)
    assert (await hoa.post(f"/desk/tickets/{ticket}/sides/{side.id}/undo")).status_code == 403
    assert (await (await desk.browser(lan)).post(f"/desk/tickets/{ticket}/sides/{side.id}/undo")).status_code in {
        403,
        404,
    }

    page = await agent.post(f"/desk/tickets/{ticket}/delete")
    desk.clock.go(minutes=1)
    await desk.work()
    way_back = page.text.partition('action="/desk/undo/')[2].partition('"')[0]
    page = await agent.post(f"/desk/undo/{way_back}")

    assert await letters() == []
    assert "Please look into it.</textarea>" in page.text


async def test_the_status_chosen_last_is_offered_first(desk: Desk) -> None:
    _, ticket, agent = await start(desk)
    for status, body in (("hold", "Wait."), ("solved", "Done.")):
        data = {"body": body, "mode": "reply", "then": status}
        await agent.post(f"/desk/tickets/{ticket}/messages", data=data)
        assert f'<option value="{status}" selected>' in (await agent.get(f"/desk/tickets/{ticket}")).text
        assert (await queries.ticket_facts(SYSTEM, ticket)).status == status
    await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "x", "mode": "note", "then": "open"})
    assert '<option value="solved" selected>' in (await agent.get(f"/desk/tickets/{ticket}")).text
