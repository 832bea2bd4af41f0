"""Canned replies and macros: words with placeholders, and what becomes of the ticket with them."""

import re
from typing import Any

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.events.tables import EventRow
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries
from helpdesk.tickets.canned import access, actions
from helpdesk.tickets.canned import queries as canned
from helpdesk.tickets.canned.actions import Wanted
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Browser, Desk, words
from tests.tickets import ask

REFUND = "Hello {{ customer.name }}, the money for #{{ ticket.number }} is on its way.\n\n{{ agent.name }}"


async def start(desk: Desk, **lan: Any) -> tuple[Actor, Actor, int, Browser]:
    """Lan, Minh, Lan's ticket and Minh's browser."""
    care = await desk.department()
    asks, answers = await desk.customer("Lan", lang="en", **lan), await desk.agent("Minh", care, lang="en")
    ticket = await ask(asks, "Money back please", "I want my money back, please.", department=care)
    return asks, answers, ticket, await desk.browser(answers)


async def keep(**wanted: Any) -> int:
    return await actions.add(SYSTEM, Wanted(**{"name": "Refund", **wanted}))


def form_of(text: str) -> str:
    found = re.search(r'<form class="composer".*?</form>', text, re.DOTALL)
    assert found
    return found[0]


async def facts(ticket: int) -> tuple[str, str, int | None, list[str]]:
    row = await queries.ticket_facts(SYSTEM, ticket)
    return row.status, row.priority, row.assignee, await queries.tags(ticket)


async def test_without_javascript_a_button_puts_it_below_what_was_typed(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    one = await keep(body_en=REFUND, status="solved", tags=["refund"])

    page = await agent.post(
        f"/desk/tickets/{ticket}/insert",
        data={"body": "I looked it up.", "mode": "reply", "then": "open", "pick": str(one)},
        files={"files": ("bill.txt", b"12 euro")},
    )
    form = form_of(page.text)

    assert page.status_code == 200
    assert f"I looked it up.\n\nHello Lan, the money for #{ticket} is on its way.\n\nMinh" in form
    assert '<option value="solved" selected>' in form
    assert "bill.txt" in form
    assert f'name="canned" value="{one}" checked' in form
    assert "#refund" in form


async def test_a_picker_offers_what_holds_the_folded_words(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    await keep(name="Hoàn tiền", folder="Thanh toán", body_en=REFUND)
    await keep(name="Greeting", body_en="Good morning")

    found = await agent.get(f"/desk/tickets/{ticket}/suggest/replies?q=hoan+tien")

    assert "Hoàn tiền" in found.text
    assert f"the money for #{ticket} is on its way" in found.text
    assert "Greeting" not in found.text


async def test_only_those_of_the_tickets_department_and_of_all_are_offered(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    mine = (await queries.ticket_facts(SYSTEM, ticket)).department
    await keep(name="Of theirs", body_en="x", department=billing)
    await keep(name="Of ours", body_en="x", department=mine)
    await keep(name="Of all", body_en="x")

    found = await agent.text(f"/desk/tickets/{ticket}/suggest/replies")

    assert "Of ours" in found
    assert "Of all" in found
    assert "Of theirs" not in found


async def test_the_tickets_language_decides_which_words(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    await keep(body_vi="Xin chào {{ customer.name }}", body_en="Hello {{ customer.name }}")
    await Ticket.update({Ticket.lang: "vi"}).where(Ticket.id == ticket)

    assert "Xin chào Lan" in (await agent.get(f"/desk/tickets/{ticket}/suggest/replies")).text


async def test_a_customers_name_is_never_read_as_markdown(desk: Desk) -> None:
    await start(desk)

    assert canned.filled("Hi {{ customer.name }}!", {"customer.name": "[*a*](b)\nc"}) == r"Hi \[\*a\*\](b) c!"


async def test_what_a_macro_does_is_done_when_the_answer_is_sent(desk: Desk) -> None:
    _, minh, ticket, agent = await start(desk)
    one = await keep(body_en=REFUND, status="solved", priority="high", assign="me", tags=["refund"])

    await agent.post(
        f"/desk/tickets/{ticket}/messages",
        data={"body": "It is on its way", "mode": "reply", "then": "solved", "canned": str(one)},
    )

    assert await facts(ticket) == ("solved", "high", minh.id, ["refund"])
    assert (await canned.canned(SYSTEM, one)).used == 1


async def test_a_held_answer_changes_nothing_until_it_goes_out(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    await desk.undo_seconds(10)
    one = await keep(body_en=REFUND, priority="high", tags=["refund"])
    before = await facts(ticket)
    data = {"body": "It is on its way", "mode": "reply", "then": "solved", "canned": str(one)}

    await agent.post(f"/desk/tickets/{ticket}/messages", data=data)
    assert await facts(ticket) == before
    held = (await Message.select(Message.id).where(Message.kind == "unsent"))[0]["id"]
    page = await agent.post(f"/desk/tickets/{ticket}/messages/{held}/undo")
    desk.clock.go(seconds=11)
    await desk.work()
    assert await facts(ticket) == before
    assert f'name="canned" value="{one}" checked' in form_of(page.text)

    await agent.post(f"/desk/tickets/{ticket}/messages", data=data)
    desk.clock.go(seconds=11)
    await desk.work()
    assert await facts(ticket) == ("solved", "high", None, ["refund"])
    assert (await canned.canned(SYSTEM, one)).used == 1


async def test_one_without_words_is_done_at_once_and_loses_nothing_typed(desk: Desk) -> None:
    _, minh, ticket, agent = await start(desk)
    one = await keep(name="Mine, urgent", priority="urgent", assign="me", status="hold")

    page = await agent.post(
        f"/desk/tickets/{ticket}/insert", data={"body": "Half a sente", "mode": "reply", "pick": str(one)}
    )

    assert await facts(ticket) == ("hold", "urgent", minh.id, [])
    assert "Half a sente" in form_of(page.text)


async def test_an_assignee_who_works_elsewhere_by_now_does_not_hold_the_answer_back(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    huy = await desk.agent("Huy", billing)
    one = await keep(body_en=REFUND, priority="high", assign=str(huy.id))

    await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "Soon", "mode": "reply", "canned": str(one)})

    assert (await facts(ticket))[1:3] == ("high", None)
    assert (await queries.messages(SYSTEM, ticket))[-1].fresh == "Soon"


async def test_a_note_with_a_macro_sets_its_status(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    one = await keep(name="Ask the warehouse", body_en="Where is it?", status="hold")

    await agent.post(
        f"/desk/tickets/{ticket}/messages", data={"body": "Where is it?", "mode": "note", "canned": str(one)}
    )

    assert (await facts(ticket))[0] == "hold"


async def test_a_form_sent_twice_counts_once(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    one = await keep(body_en=REFUND, tags=["refund"])
    for _ in range(2):
        await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "x y", "mode": "reply", "canned": str(one)})

    assert (await canned.canned(SYSTEM, one)).used == 1


async def test_agents_keep_those_of_their_departments_and_use_all_others(desk: Desk) -> None:
    _, minh, _, agent = await start(desk)
    one = await keep(body_en=REFUND)
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    hidden = await keep(name="Secret of billing", body_en="x", department=billing)

    page = await agent.post(
        "/desk/replies/new",
        data={"name": "Greeting", "department": str(min(minh.departments)), "body_en": "Hi", "tags": "a, #B ,a"},
    )
    assert "Greeting" in page.text
    assert [one.tags for one in await canned.everything(minh, "greeting")] == [("a", "b")]
    assert "Secret of billing" not in page.text
    assert (await agent.get(f"/desk/replies/{hidden}")).status_code == 404
    with pytest.raises(Forbidden):
        await actions.change(minh, one, Wanted(name="Mine now", body_en="x", department=min(minh.departments)))
    with pytest.raises(Invalid) as refused:
        await actions.add(minh, Wanted(name="For all", body_en="x"))
    assert [*refused.value.errors] == ["department"]
    assert not access.may_keep(minh, None)


async def test_a_placeholder_that_is_none_is_refused_with_what_was_perhaps_meant(desk: Desk) -> None:
    await start(desk)
    admin = await desk.browser(await desk.admin(lang="en"))

    page = await admin.post("/desk/replies/new", data={"name": "x", "body_en": "Hi {{ custmer.name }}"})

    assert page.status_code == 422
    assert "customer.name" in words(page)
    assert "{{ custmer.name }}" in page.text


async def test_removing_one_leaves_what_was_written_with_it(desk: Desk) -> None:
    _, _, ticket, agent = await start(desk)
    one = await keep(body_en=REFUND)
    await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "It stays", "mode": "reply", "canned": str(one)})
    admin = await desk.browser(await desk.admin(lang="en"))

    page = await admin.post(f"/desk/replies/{one}/remove")

    assert "is removed" in page.text
    assert (await queries.messages(SYSTEM, ticket))[-1].fresh == "It stays"
    assert [row["name"] for row in await EventRow.select(EventRow.name).where(EventRow.about == f"canned:{one}")] == [
        "CannedAdded",
        "CannedRemoved",
    ]


async def test_a_colleague_is_offered_by_folded_name(desk: Desk) -> None:
    _, minh, ticket, agent = await start(desk)
    await desk.agent("Trần Đức Hạnh", *minh.departments)

    assert 'data-value="@Trần Đức Hạnh"' in (await agent.get(f"/desk/tickets/{ticket}/suggest/people?q=duc+h")).text
    assert "Minh" not in (await agent.get(f"/desk/tickets/{ticket}/suggest/people")).text
    await tickets.assign(SYSTEM, ticket, minh.id)
