"""Notes are worded anew and taken away by who wrote them, and brought back from the history."""

from datetime import timedelta

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.settings import store
from helpdesk.tickets import actions, binning, following, noting, queries, undo
from helpdesk.tickets.binning import BinSettings
from helpdesk.tickets.tables import Message, Participant
from tests.factories import Desk
from tests.tickets import ask, said


async def start(desk: Desk) -> tuple[Actor, int, int]:
    """Minh, Lan's ticket, and his note on it."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, department=care)
    return minh, ticket, await actions.note(minh, ticket, said("She is crossss."))


async def notes(actor: Actor, ticket: int) -> list[str]:
    return [one.fresh for one in await queries.messages(actor, ticket) if one.kind == "note"]


async def test_a_note_is_worded_anew_and_its_first_words_come_back(desk: Desk) -> None:
    minh, ticket, note = await start(desk)
    agent = await desk.browser(minh)
    assert "She is crossss." in (await agent.get(f"/desk/tickets/{ticket}/notes/{note}")).text

    page = await agent.post(f"/desk/tickets/{ticket}/notes/{note}", data={"body": "She is **calm**."})

    assert await notes(minh, ticket) == ["She is calm."]
    assert "She is <strong>calm</strong>." in page.text
    assert str(ticket) in (await agent.get("/desk/queues/all?q=calm")).text
    assert "No ticket matches." in await agent.text("/desk/queues/all?q=crossss")
    await undo.take_back(minh, await undo.newest(minh, ticket) or 0)
    assert await notes(minh, ticket) == ["She is crossss."]


async def test_a_note_that_is_taken_away_is_nowhere_until_it_is_brought_back(desk: Desk) -> None:
    minh, ticket, note = await start(desk)
    agent = await desk.browser(minh)

    page = await agent.post(f"/desk/tickets/{ticket}/notes/{note}/remove")

    assert "crossss" not in page.text
    assert "removed a note" in page.text
    with pytest.raises(NotFound):
        await queries.message(minh, note)
    assert await queries.messages(minh, ticket) == [
        one for one in await queries.messages(minh, ticket) if one.id != note
    ]
    await undo.take_back(minh, await undo.newest(minh, ticket) or 0)
    assert await notes(minh, ticket) == ["She is crossss."]
    assert f"#{ticket}" in await agent.text("/desk/queues/all?q=crossss")


async def test_it_is_gone_for_good_when_acts_are_not_taken_back_any_more(desk: Desk) -> None:
    minh, ticket, note = await start(desk)
    await noting.remove(minh, ticket, note)
    kept = await actions.note(minh, ticket, said("She is calm."))
    await noting.change(minh, ticket, kept, "She is very calm.")

    await binning.sweep()
    assert await Message.exists().where(Message.id == note)
    desk.clock.go(minutes=timedelta(days=(await store.get(BinSettings)).keep_days + 1) / timedelta(minutes=1))
    await binning.sweep()

    assert not await Message.exists().where(Message.id == note)
    assert await notes(minh, ticket) == ["She is very calm."]


async def test_only_who_wrote_it_changes_it_and_letters_stay_as_they_came(desk: Desk) -> None:
    minh, ticket, note = await start(desk)
    an = await desk.admin()
    for act in (noting.change(an, ticket, note, "Nonsense"), noting.remove(an, ticket, note)):
        with pytest.raises(Forbidden):
            await act
    asked = (await queries.messages(minh, ticket))[0].id
    with pytest.raises(NotFound):
        await noting.change(minh, ticket, asked, "I ask for nothing.")
    assert await notes(minh, ticket) == ["She is crossss."]


async def test_whom_a_note_calls_follows_the_ticket_if_they_may_see_it(desk: Desk) -> None:
    minh, ticket, note = await start(desk)
    care = (await queries.ticket_facts(minh, ticket)).department
    khoa, mai = await desk.agent("Khoa", care), await desk.agent("Mai", care)
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"))

    await actions.note(minh, ticket, said("@Khoa and @Huy, can you look?"))
    assert [one.id for one in await following.followers(ticket)] == [khoa.id]
    await noting.change(minh, ticket, note, "@Mai knows her.")
    assert [one.id for one in await following.followers(ticket)] == [khoa.id, mai.id]

    await undo.take_back(minh, await undo.newest(minh, ticket) or 0)
    assert [one.id for one in await following.followers(ticket)] == [khoa.id]
    assert huy.id not in [one.id for one in await following.followers(ticket)]


async def test_who_is_taken_off_reads_no_more_until_that_is_taken_back(desk: Desk) -> None:
    minh, ticket, _ = await start(desk)
    mai = await desk.customer("Mai", lang="en")
    await actions.add_participant(minh, ticket, mai.id or 0)
    agent, customer = await desk.browser(minh), await desk.browser(mai)
    assert (await customer.get(f"/en/help/requests/{ticket}")).status_code == 200

    page = await agent.post(f"/desk/tickets/{ticket}/participants/{mai.id}/remove")

    assert "took Mai off as a participant" in page.text
    assert (await customer.get(f"/en/help/requests/{ticket}")).status_code == 404
    await undo.take_back(minh, await undo.newest(minh, ticket) or 0)
    assert (await customer.get(f"/en/help/requests/{ticket}")).status_code == 200
    assert await Participant.count() == 1
