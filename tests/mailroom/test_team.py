"""Agents hear by mail of what they chose to hear of, once, only what they may see, and never too much."""

import re
from typing import Any

import pytest

from helpdesk.core.actor import Actor
from helpdesk.departments import queries as departments
from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.tables import Outbound
from helpdesk.mailroom import team
from helpdesk.people.letters import NOT_CHOSEN, Choices, choices, choose
from helpdesk.people.tables import Person
from helpdesk.surveys.tables import Rating
from helpdesk.tickets import actions
from helpdesk.tickets.events import TicketAssigned, TicketOpened
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Message
from tests.counting import counted
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import agents_answer_to, arrive
from tests.mailroom.test_notify import letters

OF_PEOPLE = ("person", "role", "department_member", "agent_mail", "deadline", "message", "outbound", "job")
"""Tables that are asked to find out whom to tell, and of what; of others, such as settings, much is remembered."""


async def told() -> list[Letter]:
    return await letters(staff=True)


async def asks(desk: Desk, lan: Actor, department: int, **more: Any) -> int:
    number = await actions.open(
        lan, typed("Máy in không chạy.", channel="web"), subject="Máy in hỏng", department=department, **more
    )
    await desk.work()
    return number


async def forget() -> None:
    await Outbound.update({Outbound.about: "forgotten"}, force=True)
    await Outbound.update({Outbound.recipients: "[]"}, force=True)


async def test_a_small_team_hears_of_new_tickets_in_each_ones_language(desk: Desk) -> None:
    department = await desk.department()
    agent = await desk.agent("Minh", department, lang="en")
    await desk.agent("Hoa", department)
    await desk.agent("Huy", await desk.department("Billing", "Kế toán", "billing@lua.example"))

    number = await asks(desk, await desk.customer("Lan"), department)

    hoa, minh = sorted(await told(), key=lambda one: one.to[0].email)
    assert minh.subject == f"New: #{number} Máy in hỏng"
    assert hoa.subject == f"Mới: #{number} Máy in hỏng"
    assert "Máy in không chạy." in minh.text
    assert f"/desk/tickets/{number}" in minh.text
    assert minh.header("auto-submitted") == "auto-generated"
    assert minh.reply_to[0].email == agents_answer_to(number, agent)
    assert hoa.reply_to[0].email != minh.reply_to[0].email, "each has marks of their own"
    assert not {minh.message_id, *minh.references} & {hoa.message_id, *hoa.references}
    assert minh.references


async def test_a_large_team_hears_of_new_tickets_only_where_somebody_wants_to(desk: Desk) -> None:
    department = await desk.department()
    people = [await desk.agent(name, department) for name in ("A", "B", "C", "D", "E", "F")]
    await choose(people[2], Choices(hears_new="yes"))

    await asks(desk, await desk.customer("Lan"), department)

    assert [one.to[0].email for one in await told()] == ["c@lua.example"]


async def test_an_answer_to_such_a_letter_reaches_the_customer_in_the_agents_name(desk: Desk) -> None:
    department = await desk.department()
    await desk.agent("Minh", department)
    number = await asks(desk, await desk.customer("Lan"), department)
    (new,) = await told()

    await arrive(
        desk,
        letter("Bạn tắt máy nhé.", sender="Minh <minh@lua.example>", to=new.reply_to[0].email, message_id="<9@x>"),
        to=(new.reply_to[0].email,),
    )

    sent = (await letters())[-1]
    assert sent.to[0].email == "lan@khach.example"
    assert "Bạn tắt máy nhé." in sent.text
    assert sent.sender.name == "Minh · Help desk"
    assert number


async def test_an_assignee_hears_that_a_ticket_is_theirs_and_what_the_customer_answers(desk: Desk) -> None:
    department = await desk.department()
    minh, hoa = await desk.agent("Minh", department, lang="en"), await desk.agent("Hoa", department)
    lan = await desk.customer("Lan")
    number = await asks(desk, lan, department)
    await forget()

    await actions.assign(hoa, number, minh.id)
    await desk.work()
    (assigned,) = await told()
    assert assigned.to[0].email == "minh@lua.example"
    assert "Hoa gave you this ticket." in assigned.text
    assert "Máy in không chạy." in assigned.text

    await actions.note(hoa, number, typed("Bí mật nội bộ", channel="web"))
    await actions.reply(lan, number, typed("Vẫn hỏng.", channel="web"))
    await desk.work()
    _, answered = await told()
    assert answered.subject == f"Re: #{number} Máy in hỏng"
    assert "Vẫn hỏng." in answered.text
    assert not any("Bí mật" in one.text + one.html for one in await told())


async def test_nobody_is_told_what_they_did_themselves(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    number = await asks(desk, await desk.customer("Lan"), department)
    await forget()

    await actions.assign(minh, number, minh.id)
    await actions.reply(minh, number, typed("Chào bạn.", channel="web"))
    await asks(desk, minh, department)

    assert [one.header("auto-submitted") for one in await told()] == ["auto-replied"], "only that we have it"


async def test_who_wants_no_letters_gets_none(desk: Desk) -> None:
    department = await desk.department()
    minh, hoa = await desk.agent("Minh", department), await desk.agent("Hoa", department)
    for one in (minh, hoa):
        await choose(one, Choices(hears_new="no"))
    lan = await desk.customer("Lan")
    number = await asks(desk, lan, department)
    await actions.assign(hoa, number, minh.id)
    await actions.reply(lan, number, typed("Vẫn hỏng.", channel="web"))
    await desk.work()

    assert await told() == []


async def test_who_may_not_see_the_ticket_or_come_in_is_not_told(desk: Desk) -> None:
    department = await desk.department()
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, hoa = await desk.agent("Minh", department), await desk.agent("Hoa", department)
    number = await asks(desk, await desk.customer("Lan"), department)
    await actions.assign(hoa, number, minh.id)
    await forget()
    await actions.move(hoa, number, billing)
    event = TicketAssigned(actor=hoa.id, ticket=number, assignee=minh.id)
    await team.tell_assignee(event)
    await Person.update({Person.is_active: False}).where(Person.id == minh.id)
    await asks(desk, await desk.customer("Mai"), department)

    assert {one.to[0].email for one in await told()} == {"hoa@lua.example"}


async def test_reacting_twice_tells_once(desk: Desk) -> None:
    department = await desk.department()
    minh, hoa = await desk.agent("Minh", department), await desk.agent("Hoa", department)
    number = await asks(desk, await desk.customer("Lan"), department)
    await actions.assign(hoa, number, minh.id)
    await desk.work()
    before = len(await told())

    await team.tell_assignee(TicketAssigned(actor=hoa.id, ticket=number, assignee=minh.id))
    assert len(await told()) == before

    await actions.assign(hoa, number, None)
    await actions.assign(hoa, number, minh.id)
    await desk.work()
    assert len(await told()) == before + 1, "given again is told again"


async def test_a_flood_becomes_one_summary(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "MOST_AN_HOUR", 3)
    department = await desk.department()
    await desk.agent("Minh", department, lang="en")
    numbers = []
    for count in range(8):
        desk.clock.go(minutes=1)
        numbers.append(await asks(desk, await desk.customer(f"Lan {count}"), department))
    assert len(await told()) == 3

    desk.clock.go(hours=1)
    await desk.work()

    summary = (await told())[-1]
    assert len(await told()) == 4
    assert summary.subject == "More has happened at Help desk"
    assert all(f"#{number} Máy in hỏng" in summary.text for number in numbers[3:])
    assert f"#{numbers[0]} " not in summary.text
    assert f"/desk/tickets/{numbers[-1]}" in summary.html

    desk.clock.go(hours=1)
    await asks(desk, await desk.customer("Mai"), department)
    assert len(await told()) == 5, "and then each is told again"


@pytest.mark.parametrize("most", [20, 1], ids=["with letters", "after enough letters"])
async def test_a_larger_team_costs_no_more_questions(desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(team, "MOST_AN_HOUR", most)
    asked = []
    for names in (["Minh"], ["Hoa", "Huy", "Vy", "Tú"]):
        department = await desk.department(names[0], names[0], f"team{len(names)}@lua.example")
        for name in names:
            await desk.agent(name, department)
        lan = await desk.customer(f"Lan {names[0]}")
        await asks(desk, lan, department)
        number = await actions.open(lan, typed("Nữa.", channel="web"), subject="Nữa", department=department)
        rows = await Message.select(Message.id).where(Message.ticket == number)
        event = TicketOpened(actor=lan.id, ticket=number, message=rows[0]["id"])
        before = len(await told())
        with counted() as queries:
            await team.tell_department(event)
        assert len(await told()) - before == (len(names) if most > 1 else 0)
        asked.append(sum(any(f'FROM "{table}"' in one for table in OF_PEOPLE) for one in queries))
        await desk.work()
    assert asked[0] == asked[1] > 0


async def test_agents_choose_on_their_account_page_and_nothing_typed_is_lost(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department, lang="en")
    browser = await desk.browser(minh)
    page = await browser.get("/en/account")
    assert "Tell me of new tickets" in page.text

    wrong = await browser.post("/en/account/letters", data={"signature_en": "Yours {{ agent.nam }}", "hears_new": "no"})
    assert wrong.status_code == 422
    assert "Is {{ agent.name }} meant?" in wrong.text
    assert "Yours {{ agent.nam }}" in wrong.text
    await browser.post("/en/account/letters", data={"signature_en": "Yours, **{{ agent.name }}**", "hears_new": "no"})

    assert await choices(minh.id or 0) == Choices(signature_en="Yours, **{{ agent.name }}**", hears_new="no")
    assert NOT_CHOSEN.hears_replies
    customer = await desk.browser(await desk.customer("Lan"))
    assert "Tell me of new tickets" not in (await customer.get("/en/account")).text
    assert (await customer.post("/en/account/letters", data={})).status_code == 403


async def test_an_answer_is_signed_by_agent_and_department_in_the_customers_language(desk: Desk) -> None:
    department = await desk.department(signature_vi="{{ department.name }} · 1900 1234", signature_en="{{ site.name }}")
    minh = await desk.agent("Minh", department)
    lan = await desk.customer("Lan")
    number = await asks(desk, lan, department, lang="vi")
    shown = await (await desk.browser(minh)).text(f"/desk/tickets/{number}")
    assert "Chăm sóc khách hàng · 1900 1234" in shown, "the composer shows what will stand below"

    await actions.reply(minh, number, typed("Bạn tắt máy nhé.", channel="web"))
    await choose(minh, Choices(signature_vi="Thân mến,\n{{ agent.name }}"))
    await actions.reply(minh, number, typed("Rồi bật lại.", channel="web"))
    await desk.work()

    *_, last = await letters()
    text = last.text.replace("\r\n", "\n")
    assert text.startswith("Rồi bật lại.\n\nThân mến,\nMinh\n\nChăm sóc khách hàng · 1900 1234\n")
    assert "> Bạn tắt máy nhé." in text
    assert "1900 1234" in last.html


async def test_the_message_that_is_answered_stands_below_unless_that_is_switched_off(desk: Desk) -> None:
    department = await desk.department()
    minh, an = await desk.agent("Minh", department), await desk.admin(lang="en")
    number = await asks(desk, await desk.customer("Lan"), department)
    await actions.reply(minh, number, typed("Một.", channel="web"))
    await desk.work()
    browser = await desk.browser(an)
    saved = await browser.post("/admin/settings/letters", data={"sender": "both"})
    assert saved.status_code == 200
    await actions.reply(minh, number, typed("Hai.", channel="web"))
    await desk.work()

    *_, first, second = await letters()
    assert "Lan đã viết" in first.text
    assert "> Máy in không chạy." in first.text
    assert "<blockquote>" in first.html
    assert "Một." not in second.text
    assert (first.sender.name, second.sender.name) == ("Minh · Help desk", "Minh · Chăm sóc khách hàng")


async def test_a_solved_request_asks_its_requester_for_a_rating_and_nobody_else(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    number = await asks(desk, await desk.customer("Lan"), department)

    await actions.reply(minh, number, typed("Xong.", channel="web"), then="solved")
    await desk.work()

    (sent,) = [one for one in await letters() if "Xong." in one.text]
    assert "rating?key=" in sent.text
    browser = await desk.browser()
    address = next(one for one in sent.text.replace("<", " ").replace(">", " ").split() if "rating" in one)
    page = await browser.get(address.replace("http://127.0.0.1:8000", "").replace("score=good", "score=bad"))
    assert re.search(r'value="bad"\s+checked', page.text)
    assert await Rating.count() == 0, "following a link rates nothing, for programs follow links, too"
    mai = await desk.customer("Mai")
    await actions.add_participant(minh, number, mai.id or 0)
    await actions.reply(minh, number, typed("Xong rồi.", channel="web"), then="solved")
    await desk.work()
    shared = [one for one in await letters() if "Xong rồi." in one.text]
    assert shared
    assert not any("key=" in one.text + one.html for one in shared)


async def test_letters_of_a_department_come_from_the_address_it_chose(desk: Desk) -> None:
    department = await desk.department("Care", "CSKH", "support@lua.example", "care@lua.example")
    browser = await desk.browser(await desk.admin(lang="en"))
    page = await browser.get(f"/admin/departments/{department}")
    assert "care@lua.example" in page.text
    form = {
        "name_vi": "CSKH", "name_en": "Care", "calendar": "1", "policy": "1",
        "addresses": "support@lua.example\ncare@lua.example", "sender_address": "care@lua.example",
        "signature_vi": "CSKH", "is_public": "true",
    }  # fmt: skip
    entry = await departments.department(department)
    form |= {"calendar": str(entry.calendar), "policy": str(entry.policy)}
    assert (await browser.post(f"/admin/departments/{department}", data=form)).status_code == 200
    wrong = await browser.post(f"/admin/departments/{department}", data={**form, "sender_address": "x@else.example"})
    assert wrong.status_code == 422
    wrong = await browser.post(f"/admin/departments/{department}", data={**form, "signature_vi": "{{ nobody }}"})
    assert "there is no {{ nobody }} here" in wrong.text

    await asks(desk, await desk.customer("Lan"), department)

    assert (await letters())[-1].sender.email == "care@lua.example"
