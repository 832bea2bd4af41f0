"""Messages, notes and what they do to a ticket."""

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.errors import Forbidden
from helpdesk.tickets import actions, queries
from tests.factories import Desk
from tests.tickets import ask, said


async def test_a_customers_reply_reopens(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    await actions.set_status(minh, ticket, "closed")

    await actions.reply(lan, ticket, said("Still burning."))

    facts = await queries.ticket_facts(minh, ticket)
    assert facts.status == "open"
    assert facts.solved_at is None
    assert facts.closed_at is None


async def test_an_agents_reply_waits_for_the_customer(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ticket = await ask(await desk.customer("Lan"))
    await actions.reply(minh, ticket, said("Take this extinguisher."))
    assert (await queries.ticket_facts(minh, ticket)).status == "pending"


async def test_an_agent_may_say_what_becomes_of_the_ticket(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ticket = await ask(await desk.customer("Lan"))
    await actions.reply(minh, ticket, said("Done."), then="solved")
    facts = await queries.ticket_facts(minh, ticket)
    assert facts.status == "solved"
    assert facts.solved_at == desk.clock.moment


async def test_an_automatic_answer_moves_nothing(desk: Desk) -> None:
    import msgspec

    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    await actions.set_status(minh, ticket, "closed")
    away = msgspec.structs.replace(said("I am on holiday."), is_automatic=True)
    await actions.reply(lan, ticket, away)
    facts = await queries.ticket_facts(minh, ticket)
    assert facts.status == "closed"
    assert facts.message_count == 2


async def test_a_note_changes_neither_status_nor_count(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    await actions.note(minh, ticket, said("Ask the fire brigade."))
    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.status, facts.message_count) == ("new", 1)
    with pytest.raises(Forbidden):
        await actions.note(lan, ticket, said("Me too."))


async def test_a_customer_may_close_their_own_ticket_but_not_work_on_it(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    with pytest.raises(Forbidden):
        await actions.set_status(lan, ticket, "open")
    await actions.set_status(lan, ticket, "solved")
    assert (await queries.ticket_facts(lan, ticket)).status == "solved"


async def test_replying_through_the_composer_shows_the_words_as_safe_html(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ticket = await ask(await desk.customer("Lan"))
    browser = await desk.browser(minh)
    answer = await browser.post(
        f"/desk/tickets/{ticket}/messages", data={"body": "**Bold** <script>alert(1)</script>", "mode": "reply"}
    )
    assert answer.status_code == 200
    assert "<strong>Bold</strong>" in answer.text
    assert "<script>alert" not in answer.text


async def test_a_reply_is_looked_at_before_it_is_sent(desk: Desk) -> None:
    care = await desk.department()
    minh, hoa = await desk.agent("Minh", care, lang="en"), await desk.agent("Hoa")
    ticket = await ask(await desk.customer("Lan"))
    browser, at = await desk.browser(minh), f"/desk/tickets/{ticket}/look"
    typed = {"body": "**Bold** <script>alert(1)</script>", "mode": "note"}

    page = await browser.post(at, data=typed)
    part = await browser.post(at, data=typed, headers={"HX-Request": "true"})
    for shown in (page, part):
        assert "<strong>Bold</strong>" in shown.text
        assert "<script>alert" not in shown.text
    assert "**Bold** &lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in page.text
    assert 'value="note" checked' in page.text
    assert "<textarea" not in part.text
    assert "There are no words yet." in (await browser.post(at, data={"body": ""})).text
    assert (await (await desk.browser(hoa)).post(at, data=typed)).status_code == 404
    assert len(await queries.messages(SYSTEM, ticket)) == 1


async def test_an_empty_reply_is_refused_and_says_why(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    ticket = await ask(await desk.customer("Lan"))
    answer = await (await desk.browser(minh)).post(
        f"/desk/tickets/{ticket}/messages", data={"body": " ", "mode": "note"}
    )
    assert answer.status_code == 422
    assert "This cannot be left empty." in answer.text


async def test_what_the_house_notes_bears_its_name_in_the_readers_language(desk: Desk) -> None:
    department = await desk.department()
    ticket = await ask(await desk.customer("Lan"))
    await actions.note(SYSTEM, ticket, said("The letter did not arrive."))
    for agent, lang, name in (("Minh", "vi", "Bàn hỗ trợ"), ("Grace", "en", "The help desk")):
        browser = await desk.browser(await desk.agent(agent, department), lang=lang)
        await browser.post("/preferences/language", data={"lang": lang})
        page = await browser.get(f"/desk/tickets/{ticket}")
        assert f"<b>{name}</b>" in page.text
        assert "<b>System</b>" not in page.text
