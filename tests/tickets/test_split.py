"""A new matter under an old subject is offered as a ticket of its own, and becomes one whole."""

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.errors import Conflict, NotFound
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.tickets import actions, linking, queries, rules
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import answers_to, arrive

NEW_MATTER = "Nhân tiện cho tôi hỏi giá laptop văn phòng, bảo hành mấy năm, giao Đà Nẵng mất bao lâu?"


@pytest.mark.once
@pytest.mark.parametrize(
    ("new", "subject", "is_stale", "hinted"),
    [
        (NEW_MATTER, "Máy in hỏng", True, True),
        (NEW_MATTER, "Máy in hỏng", False, False),
        (NEW_MATTER, "Hỏi giá laptop", False, True),
        (NEW_MATTER, "", True, True),
        ("Máy in tầng hai vẫn hỏng, kẹt giấy suốt, mực lem khắp nơi.", "Máy in hỏng", True, False),
        ("Máy in tầng hai vẫn hỏng, kẹt giấy suốt, mực lem khắp nơi.", "Kẹt giấy", False, False),
        ("Cảm ơn bạn nhiều nhé!", "Máy in hỏng", True, False),
        ("Cảm ơn bạn nhiều nhé!", "Cảm ơn", False, False),
        ("OK", "Máy in hỏng", True, False),
        ("", "", True, False),
        ("By the way, what does the yearly licence for twenty seats cost?", "Licence price", False, True),
    ],
)
def test_other_words_hint_at_a_new_matter(new: str, subject: str, is_stale: bool, hinted: bool) -> None:
    known = "Máy in tầng hai hỏng, kẹt giấy.\nBạn thử tắt máy in, lấy giấy kẹt ra, thay mực nhé."

    assert rules.is_new_matter(new, known, subject=subject, old_subject="Máy in hỏng", is_stale=is_stale) is hinted


async def mixed(desk: Desk) -> tuple[Actor, int, int]:
    """Lan's solved ticket with an answer that is about something else: Minh, the ticket, the message."""
    department = await desk.department()
    minh = await desk.agent("Minh", department, lang="en")
    row = await arrive(desk, letter(Cc="Huy <huy@khach.example>, Hoa <hoa@khach.example>"))
    number = int(str(row["about"]).removeprefix("ticket:"))
    await actions.reply(minh, number, typed("Bạn thử tắt máy nhé.", channel="web"), then="solved")
    await desk.work()
    desk.clock.go(days=3)
    await arrive(
        desk,
        letter(NEW_MATTER, subject="Hỏi giá laptop", to=answers_to(number), message_id="<2@x>", Cc="huy@khach.example"),
    )
    return minh, number, (await queries.messages(SYSTEM, number))[-1].id


async def test_the_agent_is_offered_a_split_and_one_button_does_it(desk: Desk) -> None:
    minh, number, message = await mixed(desk)
    browser = await desk.browser(minh)
    assert "This looks like a new matter." in await browser.text(f"/desk/tickets/{number}")

    page = await browser.post(f"/desk/tickets/{number}/messages/{message}/split")

    new = int(page.url.path.rsplit("/", 1)[-1])
    assert new != number
    assert "Hỏi giá laptop" in page.text
    assert "This looks like a new matter." not in page.text
    assert f"#{new}" in await browser.text(f"/desk/tickets/{number}")
    assert f"#{number}" in await browser.text(f"/desk/tickets/{new}")
    assert "Minh made a part of it" in await browser.text(f"/desk/tickets/{number}")


async def test_both_tickets_stand_as_if_they_had_always_been_two(desk: Desk) -> None:
    minh, number, message = await mixed(desk)
    before = await queries.thread(SYSTEM, number)
    assert before.ticket.status == "open"

    new = await linking.split(minh, message)

    old, split = await queries.thread(SYSTEM, number), await queries.thread(SYSTEM, new)
    assert (old.ticket.status, old.ticket.message_count, len(old.messages)) == ("solved", 2, 2)
    assert old.ticket.due_at is None
    row = await Ticket.select(Ticket.snippet).where(Ticket.id == number).first()
    assert row
    assert row["snippet"] == "Bạn thử tắt máy nhé."
    assert (split.ticket.status, split.ticket.subject, split.ticket.requester_email) == (
        *("new", "Hỏi giá laptop"),
        "lan@khach.example",
    )
    assert (split.ticket.opened_at, [one.id for one in split.messages]) == (split.messages[0].sent_at, [message])
    assert [one.kind for one in split.deadlines] == ["first_response", "resolution"]
    assert split.ticket.due_at
    assert [one.email for one in split.participants] == ["huy@khach.example"], "Hoa was not named in that letter"
    found = await queries.newest(minh, None)
    assert {one.id: one.message_count for one in found.items} == {number: 2, new: 1}


async def test_what_comes_later_goes_where_it_belongs(desk: Desk) -> None:
    minh, number, message = await mixed(desk)
    new = await linking.split(minh, message)
    await desk.work()
    await actions.reply(minh, new, typed("Giá là 20 triệu.", channel="web"))
    await desk.work()
    (row,) = (await Outbound.select(Outbound.content).where(Outbound.about.like("message:%")).order_by(Outbound.id))[
        -1:
    ]
    ours = parse(row["content"])
    assert ours.in_reply_to == ("2@x",)

    to_answer = await arrive(desk, letter("Đắt quá.", to=ours.reply_to[0].email, message_id="<3@x>"))
    to_own = await arrive(
        desk, letter("Quên nói: cần hai cái.", to=answers_to(number), message_id="<4@x>", In_Reply_To="<2@x>")
    )
    to_old = await arrive(desk, letter("Máy in lại hỏng.", to=answers_to(number), message_id="<5@x>"))

    assert [one["about"] for one in (to_answer, to_own, to_old)] == [f"ticket:{new}"] * 2 + [f"ticket:{number}"]


async def test_a_status_that_somebody_changed_since_stays(desk: Desk) -> None:
    minh, number, message = await mixed(desk)
    await actions.set_status(minh, number, "hold")

    await linking.split(minh, message)

    assert (await queries.ticket_facts(SYSTEM, number)).status == "hold"


async def test_only_who_works_on_the_ticket_splits_it(desk: Desk) -> None:
    minh, number, message = await mixed(desk)
    first = (await queries.messages(SYSTEM, number))[0].id
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"))

    for stranger in (huy, await desk.customer("Mai")):
        with pytest.raises(NotFound):
            await linking.split(stranger, message)
    for kept in (first, (await queries.messages(SYSTEM, number))[1].id):
        with pytest.raises(Conflict):
            await linking.split(minh, kept)
    assert await Ticket.count() == 1


async def test_links_to_tickets_of_other_departments_are_not_shown(desk: Desk) -> None:
    minh, number, message = await mixed(desk)
    new = await linking.split(minh, message)
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example")
    await actions.move(SYSTEM, new, sales)

    assert await linking.links(minh, number) == []
    assert [one.number for one in await linking.links(SYSTEM, number)] == [new]
