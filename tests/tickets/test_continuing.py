"""What customers write on a page of a request that has been closed for long goes on in another one, as by a letter."""

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import actions, queries
from helpdesk.tickets.private import new_key
from helpdesk.tickets.tables import Message, Ticket, TicketLink
from tests.factories import Desk, words
from tests.tickets import ask
from tests.tickets.test_api import api


async def closed(desk: Desk, customer: Actor, *, days: int) -> int:
    """A ticket of the customer that was closed so many days ago."""
    if not await Ticket.exists():
        await desk.department()
    number = await ask(customer)
    await actions.set_status(SYSTEM, number, "closed")
    desk.clock.go(days=days)
    return number


async def status(number: int) -> str:
    return (await queries.ticket_facts(SYSTEM, number)).status


async def follow_ups(number: int) -> list[int]:
    of = (TicketLink.other == number) & (TicketLink.kind == "follow_up")
    return [row["ticket"] for row in await TicketLink.select(TicketLink.ticket).where(of).order_by(TicketLink.id)]


async def test_the_page_says_that_a_request_is_over_and_takes_what_is_written_into_a_new_one(desk: Desk) -> None:
    lan = await desk.customer("Lan", lang="en")
    number = await closed(desk, lan, days=15)
    browser = await desk.browser(lan)

    assert "becomes a new request that goes on from it" in await browser.text(f"/help/requests/{number}")
    shown = await browser.post(f"/help/requests/{number}", data={"body": "It burns again."})

    (further,) = await follow_ups(number)
    assert f"is the new request #{further}" in words(shown)
    assert "It burns again." in words(shown)
    assert (await status(number), await status(further)) == ("closed", "new")
    assert (await queries.ticket_facts(SYSTEM, further)).subject == "The printer burns"


async def test_what_is_written_once_more_stands_on_the_same_new_one(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    number = await closed(desk, lan, days=15)
    browser = await desk.browser(lan)

    for text in ("It burns again.", "And smells."):
        await browser.post(f"/help/requests/{number}", data={"body": text})

    (further,) = await follow_ups(number)
    said = await Message.select(Message.fresh).where(Message.ticket == further).order_by(Message.id)
    assert [row["fresh"] for row in said] == ["It burns again.", "And smells."]


async def test_within_the_days_it_opens_again(desk: Desk) -> None:
    lan = await desk.customer("Lan", lang="en")
    number = await closed(desk, lan, days=13)
    browser = await desk.browser(lan)

    assert "goes on from it" not in await browser.text(f"/help/requests/{number}")
    await browser.post(f"/help/requests/{number}", data={"body": "It burns again."})

    assert await status(number) == "open"
    assert await follow_ups(number) == []


async def test_the_settings_say_after_how_many_days(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    await store.save(await desk.admin("Hà"), JoiningSettings(follow_up_days=0))
    number = await closed(desk, lan, days=0)

    await (await desk.browser(lan)).post(f"/help/requests/{number}", data={"body": "It burns again."})

    assert len(await follow_ups(number)) == 1


async def test_a_guest_goes_on_too_hears_of_it_by_letter_and_reads_nothing_else(desk: Desk) -> None:
    lan = await desk.customer("Lan", lang="en")
    number = await closed(desk, lan, days=15)
    guest = await desk.browser()
    await guest.get(f"/en/help/requests/{number}?key={await new_key(number)}")

    shown = await guest.post(f"/en/help/requests/{number}", data={"body": "It burns again."})
    await guest.post(f"/en/help/requests/{number}", data={"body": "And smells."})
    await desk.work()

    (further,) = await follow_ups(number)
    assert f"is the new request #{further}" in words(shown)
    assert "It burns again." not in words(shown)
    assert await Message.count().where((Message.ticket == further) & (Message.author == lan.id)) == 2
    assert (await guest.get(f"/en/help/requests/{further}")).url.path == "/en/signin"
    row = await Outbound.select(Outbound.content).where(Outbound.key == f"ack:{further}").first()
    assert row is not None
    assert f"/help/requests/{further}?key=" in parse(row["content"]).text


async def test_a_customers_program_goes_on_as_well(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    number = await closed(desk, lan, days=15)
    client = await api(desk, lan)

    answer = await client.post(f"/tickets/{number}/messages", json={"body": "It burns again."})

    assert answer.status_code == 201, answer.text
    assert [answer.json()["ticket"]] == await follow_ups(number)


async def test_an_agent_answers_where_they_are(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    number = await closed(desk, lan, days=15)
    client = await api(desk, await desk.admin())

    answer = await client.post(f"/tickets/{number}/messages", json={"body": "One more thing."})

    assert answer.json()["ticket"] == number
    assert await follow_ups(number) == []


async def test_a_program_names_who_receives_an_answer_and_is_asked_about_outsiders(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    number = await ask(await desk.customer("Lan"))
    client = await api(desk, minh)
    path = f"/tickets/{number}/messages"
    wanted = {"body": "Look.", "to": ["Lan <lan@khach.example>"], "cc": ["huy@khac.example"]}

    refused = await client.post(path, json=wanted)
    assert refused.status_code == 422
    assert "huy@khac.example" in str(refused.json()["errors"]["sure"])
    for wrong in ({"to": ["nobody"]}, {"to": [], "cc": ["huy@khac.example"]}, {"to": ["support@lua.example"]}):
        assert (await client.post(path, json={"body": "Look.", **wrong})).status_code == 422
    sent = await client.post(path, json=wanted | {"sure": ["huy@khac.example"]})
    await desk.work()

    assert sent.status_code == 201, sent.text
    row = await Outbound.select(Outbound.content).where(Outbound.about == f"message:{sent.json()['id']}").first()
    assert row is not None
    letter = parse(row["content"])
    assert [one.email for one in letter.to] == ["lan@khach.example"]
    assert [one.email for one in letter.cc] == ["huy@khac.example"]
    assert "huy@khac.example" in [one.email for one in (await queries.thread(SYSTEM, number)).participants]


async def test_a_customers_program_chooses_nobody(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan")
    number = await ask(lan)

    answer = await (await api(desk, lan)).post(
        f"/tickets/{number}/messages", json={"body": "Look.", "to": ["huy@khac.example"]}
    )

    assert answer.status_code == 403
    assert await Message.count().where(Message.ticket == number) == 1
