"""A telephone call is written down in one form, and its caller is found however the number is typed."""

from typing import Any

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.phone import e164, written
from helpdesk.departments.queries import all_departments
from helpdesk.mail.tables import Outbound
from helpdesk.people import actions as people
from helpdesk.people import phones
from helpdesk.people.tables import Person, PersonPhone
from helpdesk.tickets import merging, queries, work
from tests.factories import Desk
from tests.tickets import ask


async def form(number: str, **more: Any) -> dict[str, Any]:
    """What an agent fills in."""
    place = (await all_departments())[0].id
    return {"number": number, "subject": "Burnt", "body": "It burns.", "department": place, "minutes": "", **more}


async def logged(desk: Desk, minh: Actor, number: str, **more: Any) -> int:
    """Minh writes a call down; the number of its ticket."""
    answer = await (await desk.browser(minh)).post("/desk/calls/new", data=await form(number, **more))
    assert answer.status_code == 200
    return int(answer.url.path.rpartition("/")[2])


async def test_a_caller_is_known_however_the_number_is_typed(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    await people.change_person(minh, lan.id or 0, phone="+84 90-123 4567")

    number = await logged(desk, minh, "0901.234.567", to=f"person:{lan.id}")

    ticket = await queries.ticket_facts(SYSTEM, number)
    assert (ticket.requester, ticket.channel, ticket.status) == (lan.id, "phone", "open")


async def test_whoever_has_the_number_is_shown_before_anything_is_written_down(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    earlier = await ask(lan, "The printer burns")
    await people.change_person(minh, lan.id or 0, phone="0901234567")
    browser = await desk.browser(minh)

    sent = await browser.post("/desk/calls/new", data=await form("0901234567"))
    asked = await browser.post("/desk/calls/new", data={"number": "+84901234567", "find": "true"})
    typed = await browser.get("/desk/calls/caller", params={"number": "84 901 234 567"})

    assert (sent.status_code, asked.status_code) == (422, 200)
    for answer in (sent, asked, typed):
        assert "Lan" in answer.text
        assert f'value="ticket:{earlier}"' in answer.text
    assert 'value="It burns."' not in asked.text
    assert len((await queries.newest(SYSTEM)).items) == 1


async def test_a_new_caller_becomes_a_customer_with_the_number(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    browser = await desk.browser(minh)
    nameless = await browser.post("/desk/calls/new", data=await form("028 3822 1234"))
    assert nameless.status_code == 422
    assert "Write the caller&#39;s name" in nameless.text

    number = await logged(desk, minh, "028 3822 1234", name="Hoa")

    ticket = await queries.ticket_facts(SYSTEM, number)
    assert (ticket.requester_name, ticket.requester_email) == ("Hoa", None)
    assert [one.number for one in await phones.of(ticket.requester)] == ["+842838221234"]
    assert 'href="tel:+842838221234">028 3822 1234</a>' in (await browser.get(f"/desk/tickets/{number}")).text


async def test_the_address_of_a_new_caller_leads_to_whom_we_know(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")

    number = await logged(desk, minh, "0901234567", name="Lan", email="lan@khach.example")

    assert (await queries.ticket_facts(SYSTEM, number)).requester == lan.id
    assert [one.number for one in await phones.of(lan.id or 0)] == ["+84901234567"]


async def test_nobody_gives_a_colleague_a_number(desk: Desk) -> None:
    department = await desk.department()
    minh, hoa = await desk.agent("Minh", department, lang="en"), await desk.agent("Hoa", department)

    number = await logged(desk, minh, "0901234567", name="Hoa", email=hoa.email)

    assert (await queries.ticket_facts(SYSTEM, number)).requester == hoa.id
    assert await phones.of(hoa.id or 0) == []


async def test_what_was_filled_in_stays_while_the_number_is_typed(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    earlier = await ask(lan)
    await phones.add(lan, lan.id or 0, "0901234567")
    browser = await desk.browser(minh)
    typed = {"name": "Mai", "email": "mai@khach.example", "to": f"ticket:{earlier}"}

    known = await browser.get("/desk/calls/caller", params={**typed, "number": "0901234567"})
    unknown = await browser.get("/desk/calls/caller", params={**typed, "number": "0987654321"})

    assert f'value="ticket:{earlier}" checked' in known.text
    assert "checked" not in unknown.text
    for answer in (known, unknown):
        assert 'value="Mai"' in answer.text
        assert 'value="mai@khach.example"' in answer.text


@pytest.mark.parametrize("to", ["ticket:x", "ticket:", "person:0", "person:9999999999", "nobody", "person"])
async def test_a_place_that_is_not_offered_is_refused(desk: Desk, to: str) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    await phones.add(lan, lan.id or 0, "0901234567")
    answer = await (await desk.browser(minh)).post("/desk/calls/new", data=await form("0901234567", to=to))
    assert answer.status_code == 422
    assert "Choose one of the values offered." in answer.text


async def test_a_shared_number_asks_who_called(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    lan, hoa = await desk.customer("Lan"), await desk.customer("Hoa")
    for one in (lan, hoa):
        await phones.add(one, one.id or 0, "0901234567")

    number = await logged(desk, minh, "0901234567", to=f"person:{hoa.id}")
    stranger = await logged(desk, minh, "0901234567", to="new", name="Mai")

    assert (await queries.ticket_facts(SYSTEM, number)).requester == hoa.id
    assert (await queries.ticket_facts(SYSTEM, stranger)).requester_name == "Mai"


async def test_a_call_joins_a_ticket_of_the_caller_and_no_other(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    lan, hoa = await desk.customer("Lan"), await desk.customer("Hoa")
    mine, others = await ask(lan), await ask(hoa)
    await phones.add(lan, lan.id or 0, "0901234567")
    browser = await desk.browser(minh)

    refused = await browser.post("/desk/calls/new", data=await form("0901234567", to=f"ticket:{others}"))
    number = await logged(desk, minh, "0901234567", to=f"ticket:{mine}", share="summary")

    assert refused.status_code == 422
    assert number == mine
    said = (await queries.messages(SYSTEM, mine))[-1]
    assert (said.kind, said.channel, said.direction, said.author) == ("reply", "phone", "out", minh.id)
    assert len(await queries.messages(SYSTEM, others)) == 1


@pytest.mark.parametrize(("share", "is_seen"), [("note", False), ("summary", True)])
async def test_the_customer_reads_what_was_said_only_when_it_is_shared(desk: Desk, share: str, is_seen: bool) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    await phones.add(lan, lan.id or 0, "0901234567")

    number = await logged(desk, minh, "0901234567", to=f"person:{lan.id}", share=share)
    await desk.work()

    page = await (await desk.browser(lan)).get(f"/en/help/requests/{number}")
    assert page.status_code == 200
    assert ("It burns." in page.text) is is_seen
    assert not await Outbound.exists().where(Outbound.recipients.like("%lan@khach.example%"))


async def test_a_call_answered_meets_the_first_response_and_may_solve_the_ticket(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    await phones.add(lan, lan.id or 0, "0901234567")

    number = await logged(desk, minh, "0901234567", to=f"person:{lan.id}", solved="true", minutes="12")

    promises = {one.kind: one for one in await queries.deadlines(number)}
    assert promises["first_response"].met_at is not None
    assert (await queries.ticket_facts(SYSTEM, number)).status == "solved"
    assert (await work.of_ticket(minh, number)).minutes == 12
    assert "Minh took a call" in await (await desk.browser(minh)).text(f"/desk/tickets/{number}")


async def test_a_form_sent_twice_is_one_call(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    first = await logged(desk, minh, "0901234567", name="Lan", once="abc")
    person = (await queries.ticket_facts(SYSTEM, first)).requester

    assert await logged(desk, minh, "0901234567", to=f"person:{person}", once="abc") == first
    assert len((await queries.newest(SYSTEM)).items) == 1
    hoa = await desk.agent("Hoa", (await queries.ticket_facts(SYSTEM, first)).department, lang="en")
    assert await logged(desk, hoa, "0901234567", to=f"person:{person}", once="abc") != first, "a call of somebody else"


async def test_a_telephone_system_writes_each_call_down_once(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    browser = await desk.browser()
    browser.headers["Authorization"] = f"Bearer {await people.make_token(minh, minh.id or 0, 'calls')}"
    call = {"call_id": "7f3", "number": "0901234567", "direction": "out", "minutes": 3, "name": "Lan"}

    answers = [await browser.post("/api/v1/calls", json=call) for _ in range(2)]
    refused = [
        await browser.post("/api/v1/calls", json={**call, "call_id": "8", **wrong})
        for wrong in ({"number": "none"}, {"began_at": "2026-11-20T10:00:00"})
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert [answer.status_code for answer in refused] == [422, 422], "a moment without its zone may be any"
    facts = await queries.ticket_facts(SYSTEM, answers[0].json()["ticket"])
    assert (facts.subject, facts.requester_name) == ("Call with 0901 234 567", "Lan")
    assert len((await queries.newest(SYSTEM)).items) == 1


async def test_a_call_goes_with_its_ticket_into_another_one(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    await phones.add(lan, lan.id or 0, "0901234567")
    target = await ask(lan)
    number = await logged(desk, minh, "0901234567", to=f"person:{lan.id}", once="abc")

    await merging.merge(minh, target, [number])

    assert await logged(desk, minh, "0901234567", to=f"person:{lan.id}", once="abc") == target


async def test_people_keep_their_own_numbers(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan", lang="en", phone="0901234567")
    await phones.take_over()
    browser = await desk.browser(lan)
    await browser.post("/en/account/phones", data={"number": "+1 650 253 0000"})
    bad = await browser.post("/en/account/phones", data={"number": "call me"})

    shown = [(one.number, one.written) for one in await phones.of(lan.id or 0)]
    assert shown == [("+84901234567", "0901 234 567"), ("+16502530000", "+1 650-253-0000")]
    assert "Write a telephone number" in bad.text

    first = (await phones.of(lan.id or 0))[0].id
    await browser.post(f"/en/account/phones/{first}/remove")
    row = await Person.select(Person.phone).where(Person.id == lan.id).first()
    assert row == {"phone": ""}
    assert [one.number for one in await phones.of(lan.id or 0)] == ["+16502530000"]


async def test_nobody_takes_away_a_number_of_somebody_else(desk: Desk) -> None:
    await desk.department()
    lan, hoa = await desk.customer("Lan"), await desk.customer("Hoa")
    await phones.add(lan, lan.id or 0, "0901234567")
    number = (await phones.of(lan.id or 0))[0].id

    answer = await (await desk.browser(hoa)).post(f"/en/account/phones/{number}/remove")

    assert answer.status_code == 404
    assert await PersonPhone.count() == 1


async def test_every_number_of_a_customer_finds_them(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    for number in ("0901234567", "0987654321"):
        await phones.add(minh, lan.id or 0, number)
    page = await (await desk.browser(minh)).get("/desk/customers", params={"q": "098 765 4321"})
    assert "Lan" in page.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0901234567", "+84901234567"),
        ("+84 (0)90 123 45 67", "+84901234567"),
        ("0084 901 234 567", "+84901234567"),
        ("tel:+16502530000", "+16502530000"),
        ("1900 1234", "+8419001234"),
        ("hello", ""),
        ("12", ""),
        ("", ""),
        ("9" * 40, ""),
    ],
)
def test_a_number_has_one_form(typed: str, kept: str) -> None:
    assert e164(typed, "VN") == kept


def test_a_number_is_written_as_people_of_the_country_write_it() -> None:
    assert written("+84901234567", "VN") == "0901 234 567"
    assert written("+84901234567", "US") == "+84 901 234 567"
