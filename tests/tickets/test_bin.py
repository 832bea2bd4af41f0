"""What is in the bin is gone for everybody, and can come back until it is gone for good."""

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.events.tables import EventRow
from helpdesk.jobs.tables import Job
from helpdesk.mail.tables import Outbound
from helpdesk.people.tables import Role
from helpdesk.settings import store
from helpdesk.surveys.tables import Rating
from helpdesk.tickets import actions, binning, deadlines, documents, queries, views
from helpdesk.tickets.access import may_hear
from helpdesk.tickets.private import new_key
from helpdesk.tickets.said import File, typed
from helpdesk.tickets.tables import Attachment, Deadline, Message, Ticket, TicketTag
from tests.factories import Desk, words
from tests.mail_flow.letters import letter
from tests.mailroom import arrive
from tests.tickets import ask, said


async def start(desk: Desk) -> tuple[Actor, Actor, int]:
    """Lan, Minh, and her ticket with an answer and a tag."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, "Zebra crossing", "Stripes everywhere", department=care)
    await actions.reply(minh, ticket, said("Which stripes?"))
    await actions.tag(minh, ticket, "animals")
    await desk.work()
    return lan, minh, ticket


async def test_it_is_gone_everywhere(desk: Desk) -> None:
    lan, minh, ticket = await start(desk)
    agent, customer, guest = await desk.browser(minh), await desk.browser(lan), await desk.browser()
    link = f"/en/help/requests/{ticket}?key={await new_key(ticket)}"
    places = [
        *((agent, f"/desk/tickets/{ticket}"), (agent, f"/api/v1/tickets/{ticket}")),
        *((customer, f"/en/help/requests/{ticket}"), (guest, link)),
    ]
    lists = [
        *((agent, "/desk/queues/all"), (agent, "/desk/queues/all?q=zebra"), (agent, f"/desk/queues/all?q={ticket}")),
        *((agent, f"/desk/customers/{lan.id}/tickets"), (agent, "/api/v1/tickets"), (customer, "/en/help/requests")),
    ]
    assert [(await browser.get(url)).status_code for browser, url in places] == [200] * 4
    assert all(["Zebra" in (await browser.get(url)).text for browser, url in lists])
    assert await documents.search(lan, "stripes", 5) == [ticket]

    page = await agent.post(f"/desk/tickets/{ticket}/delete")

    assert f"#{ticket} is in the bin." in words(page)
    assert [(await browser.get(url)).status_code for browser, url in places] == [404] * 4
    assert not any(["Zebra" in (await browser.get(url)).text for browser, url in lists])
    for actor in (lan, minh, SYSTEM):
        assert await documents.search(actor, "stripes", 5) == []
        assert not await queries.is_visible(actor, ticket)
    views.forget_all()
    assert (await views.rail(minh))[0].count == 0
    assert await may_hear(minh, f"ticket:{ticket}")  # a list that shows it hears that it is gone


async def test_it_comes_back_as_it_was_with_the_clocks_going_on(desk: Desk) -> None:
    lan, minh, ticket = await start(desk)
    await actions.set_status(minh, ticket, "open")
    due = (await queries.ticket_facts(minh, ticket)).due_at
    assert due
    agent = await desk.browser(minh)
    await agent.post(f"/desk/tickets/{ticket}/spam")
    desk.clock.go(minutes=30)
    await deadlines.sweep()
    assert "Spam" in await agent.text("/desk/bin")

    page = await agent.post("/desk/bin", data={"id": ticket})

    assert "1 ticket was changed." in words(page)
    facts = await queries.ticket_facts(minh, ticket)
    assert facts.due_at
    assert facts.due_at > due
    assert await queries.tags(ticket) == ["animals"]
    assert (await (await desk.browser(lan)).get(f"/en/help/requests/{ticket}")).status_code == 200


async def test_after_its_time_it_is_gone_for_good_with_all_that_refers_to_it(desk: Desk) -> None:
    lan, minh, ticket = await start(desk)
    stays = await ask(lan, "Horses")
    file = File("0" * 64, "stripes.txt", "text/plain", 3)
    await actions.note(minh, ticket, typed("Look", channel="web", files=(file,)))
    await Rating.insert(Rating(ticket=ticket, score="good", rated_at=desk.clock.moment))
    await binning.put(minh, ticket)
    for days in (29, 2):
        assert await Ticket.exists().where(Ticket.id == ticket)
        desk.clock.go(days=days)
        await binning.sweep()

    assert [row["id"] for row in await Ticket.select(Ticket.id)] == [stays]
    for table in (Message, TicketTag, Deadline, Rating):
        assert not await table.exists().where(table.ticket == ticket)
    assert await Attachment.count() == 0
    assert await EventRow.exists().where(EventRow.name == "TicketDestroyed")
    assert await documents.search(SYSTEM, "stripes", 5) == []


async def test_the_keeping_time_is_a_setting(desk: Desk) -> None:
    _, minh, ticket = await start(desk)
    an = await desk.admin()
    await store.save(an, binning.BinSettings(keep_days=1))
    await binning.put(minh, ticket)
    desk.clock.go(days=1, minutes=1)
    await binning.sweep()
    assert not await Ticket.exists().where(Ticket.id == ticket)


async def test_only_administrators_empty_the_bin(desk: Desk) -> None:
    _, minh, ticket = await start(desk)
    await binning.put(minh, ticket)
    with pytest.raises(Forbidden):
        await binning.empty(minh)
    assert "Empty the bin" not in await (await desk.browser(minh)).text("/desk/bin")

    page = await (await desk.browser(await desk.admin(lang="en"))).post("/desk/bin/empty")

    assert "1 ticket is gone for good." in words(page)
    assert "The bin is empty." in words(page)
    assert await Ticket.count() == 0


async def test_who_may_not_work_on_it_neither_deletes_nor_finds_it_in_the_bin(desk: Desk) -> None:
    lan, minh, ticket = await start(desk)
    care = (await queries.ticket_facts(minh, ticket)).department
    await Role(key="trainee", name="Trainee", is_staff=True, permissions="[]").save()
    vy = await desk.agent("Vy", care, role="trainee")
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"), lang="en")
    with pytest.raises(Forbidden):
        await binning.put(vy, ticket)
    with pytest.raises(Forbidden):
        await binning.put(lan, ticket)
    with pytest.raises(NotFound):
        await binning.put(huy, ticket)
    await binning.put(minh, ticket)
    assert "Zebra" not in await (await desk.browser(huy)).text("/desk/bin")
    for other, refusal in ((huy, NotFound), (lan, NotFound), (vy, Forbidden)):
        with pytest.raises(refusal):
            await binning.restore(other, ticket)
    assert not await queries.is_visible(minh, ticket)


async def test_a_letter_to_a_ticket_in_the_bin_is_a_new_one(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    first = int(str((await arrive(desk, letter()))["about"]).partition(":")[2])
    await binning.put(minh, first)
    again = letter(subject=f"Re: [#{first}] Máy in cháy", message_id="<second@khach.example>")
    second = int(str((await arrive(desk, again))["about"]).partition(":")[2])
    assert second != first
    assert await queries.is_visible(minh, second)


async def test_an_answer_that_is_held_back_does_not_go_out_from_the_bin(desk: Desk) -> None:
    await desk.undo_seconds(10)
    _, minh, ticket = await start(desk)
    desk.clock.go(minutes=1)
    await desk.work()
    await actions.reply(minh, ticket, said("Forget it"), hold_seconds=10)
    await binning.put(minh, ticket)
    desk.clock.go(minutes=1)
    await desk.work()
    assert [row["kind"] for row in await Message.select(Message.kind).where(Message.body == "Forget it")] == ["draft"]


async def test_what_was_owed_about_it_is_owed_no_more(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    await binning.put(minh, await ask(lan), as_spam=True)
    await desk.work()
    assert await Job.count() == 0
    assert await Outbound.count() == 0
