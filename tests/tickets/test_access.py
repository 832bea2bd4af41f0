"""What you may not see does not exist."""

import html
import re

import pytest

from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.departments.queries import all_departments
from helpdesk.people import queries as people
from helpdesk.tickets import actions, queries
from helpdesk.tickets.private import new_key
from tests.factories import Desk
from tests.tickets import ask, said


async def test_a_customer_sees_their_own_ticket_and_nobody_elses(desk: Desk) -> None:
    await desk.department()
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    ticket = await ask(lan)
    assert (await queries.thread(lan, ticket)).ticket.id == ticket
    with pytest.raises(NotFound):
        await queries.thread(huy, ticket)
    assert (await (await desk.browser(huy)).get(f"/en/help/requests/{ticket}")).status_code == 404


async def test_an_agent_sees_the_tickets_of_their_departments_only(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, huy = await desk.agent("Minh", care), await desk.agent("Huy", billing)
    ticket = await ask(await desk.customer("Lan"), department=care)
    assert [row.id for row in (await queries.queue(minh, None)).items] == [ticket]
    assert (await queries.queue(huy, None)).items == []
    assert (await (await desk.browser(huy)).get(f"/desk/tickets/{ticket}")).status_code == 404


async def test_an_agent_sees_a_ticket_that_is_assigned_to_them(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, admin = await desk.agent("Minh", care), await desk.admin()
    ticket = await ask(await desk.customer("Lan"), department=care)
    await actions.assign(admin, ticket, minh.id)
    assert await queries.is_visible(minh, ticket)
    await actions.move(admin, ticket, billing)
    assert not await queries.is_visible(minh, ticket)


async def test_a_note_never_reaches_the_customer(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    await actions.note(minh, ticket, said("CANARY-7731: customer is difficult"))
    page = await (await desk.browser(lan)).get(f"/en/help/requests/{ticket}")
    assert page.status_code == 200
    assert "CANARY-7731" not in page.text
    guest = await (await desk.browser()).get(f"/en/help/requests/{ticket}?key={await new_key(ticket)}")
    assert guest.status_code == 200
    assert "CANARY-7731" not in guest.text


async def test_a_guests_key_opens_one_ticket_and_no_other(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan")
    first, second = await ask(lan), await ask(lan)
    browser = await desk.browser()
    assert (await browser.get(f"/en/help/requests/{first}?key={await new_key(first)}")).status_code == 200
    assert (await browser.get(f"/en/help/requests/{second}?key={await new_key(first)}")).status_code == 404
    assert "/signin" in str((await browser.get(f"/en/help/requests/{second}")).url)


async def test_somebody_with_a_copy_may_read_and_answer(desk: Desk) -> None:
    await desk.department()
    lan, hoa = await desk.customer("Lan"), await desk.customer("Hoa")
    ticket = await ask(lan)
    await actions.add_participant(lan, ticket, hoa.id or 0)
    await actions.reply(hoa, ticket, said("I saw it too."))
    assert len((await queries.thread(hoa, ticket)).messages) == 2


async def test_an_agent_whose_role_may_not_answer_only_looks(desk: Desk) -> None:
    from helpdesk.people import roles
    from helpdesk.people.actions import set_role

    care = await desk.department()
    admin, minh = await desk.admin(), await desk.agent("Minh", care)
    assert minh.id is not None
    await roles.add_role(admin, name="Trainee", permissions=[])
    ticket = await ask(await desk.customer("Lan"))
    await actions.reply(minh, ticket, said("I may."))
    await set_role(admin, minh.id, "trainee")
    trainee = await people.actor_of(minh.id)
    assert await queries.is_visible(trainee, ticket)
    for act in (actions.reply(trainee, ticket, said("x")), actions.note(trainee, ticket, said("x"))):
        with pytest.raises(Forbidden):
            await act


async def test_a_guest_sees_the_pictures_in_a_letter_by_the_key_of_their_link(desk: Desk) -> None:
    import msgspec

    from helpdesk.files import store
    from helpdesk.tickets.said import File

    await desk.department()
    lan = await desk.customer("Lan")
    stored = await store.put(b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    picture = File(stored.sha256, "burning.png", "image/png", stored.size, "cid1")
    letter = msgspec.structs.replace(
        said("Look:"), html=f'<p><img src="/pictures/{stored.sha256}" alt=""></p>', files=(picture,)
    )
    place = (await all_departments())[0].id
    ticket = await actions.open(lan, letter, subject="Fire", department=place)
    browser = await desk.browser()
    page = (await browser.get(f"/en/help/requests/{ticket}?key={await new_key(ticket)}")).text
    source = re.search(r'<img src="([^"]+)"', page)
    assert source is not None
    shown = await browser.get(html.unescape(source[1]))
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/png"


async def test_an_agent_sees_their_own_request_elsewhere_as_a_customer_does(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, ba = await desk.agent("Minh", care), await desk.agent("Ba", billing)
    ticket = await ask(minh, "My salary", department=billing)
    note = await actions.note(ba, ticket, said("CANARY: do not tell Minh"))
    assert [message.kind for message in (await queries.thread(minh, ticket)).messages] == ["reply"]
    with pytest.raises(NotFound):
        await queries.message(minh, note)
    assert "CANARY" not in (await (await desk.browser(minh)).get(f"/desk/tickets/{ticket}")).text
    with pytest.raises(Forbidden):
        await actions.set_priority(minh, ticket, "urgent")
    await actions.reply(minh, ticket, said("Any news?"))
    assert (await queries.messages(ba, ticket))[-1].direction == "in"
