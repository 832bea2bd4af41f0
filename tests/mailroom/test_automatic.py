"""How often programs of ours write to an address, and to which never."""

from email import message_from_bytes

import msgspec

from helpdesk.core.text import email_key
from helpdesk.departments.queries import is_ours
from helpdesk.mail import addresses
from helpdesk.mail.tables import AutomaticLetter, Outbound
from helpdesk.mailroom import automatic
from helpdesk.people.tables import Person
from helpdesk.tickets import actions
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import arrive

LAN = "lan@khach.example"


async def written(email: str) -> int:
    """How many automatic letters are owed to an address."""
    return int(await AutomaticLetter.count().where(AutomaticLetter.email_key == email_key(email)))


async def test_five_within_an_hour_and_twenty_within_a_day(desk: Desk) -> None:
    await desk.department()
    hour = [await automatic.may_write(LAN, about=f"ticket:{number}") for number in range(6)]
    assert hour == [True] * 5 + [False]

    for number in range(10, 60):
        desk.clock.go(minutes=20)
        await automatic.may_write(LAN, about=f"ticket:{number}")

    assert await written(LAN) == 20


async def test_one_letter_for_each_ticket(desk: Desk) -> None:
    await desk.department()

    assert await automatic.may_write(LAN, about="ticket:7")
    assert not await automatic.may_write(LAN, about="ticket:7")


async def test_a_dead_address_hears_of_a_link_once_a_day_and_of_nothing_else(desk: Desk) -> None:
    await desk.department()
    row = await addresses._row(LAN)
    row.is_dead = True
    await row.save()

    assert not await automatic.may_write(LAN, about="ticket:7")
    assert await automatic.may_write(LAN, about="link:a", is_asked_for=True)
    assert not await automatic.may_write(LAN, about="link:b", is_asked_for=True)


async def test_no_program_writes_to_our_own_departments(desk: Desk) -> None:
    care = await desk.department()
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    mirror = await desk.person("Sales", email="sales@lua.example")
    minh = await desk.agent("Minh", care, sales, email="support@lua.example")
    browser = await desk.browser()

    number = await actions.open(mirror, typed("Chào", channel="web"), subject="Chào", department=care)
    await actions.assign(minh, number, minh.id)
    await arrive(desk, letter(sender="Sales <sales+x@lua.example>", message_id="<2@lua.example>"))
    await arrive(desk, letter("Hỏi", message_id="<3@khach.example>", Cc="sales@lua.example"))
    await browser.post("/signin", data={"email": "sales@lua.example", "link": "1"})
    desk.clock.go(days=3)
    await desk.work()

    for row in await Outbound.select(Outbound.recipients, Outbound.content):
        if message_from_bytes(bytes(row["content"]))["Auto-Submitted"]:
            to = msgspec.json.decode(row["recipients"], type=list[str])
            assert not [one for one in to if await is_ours(one)], to
    assert await written("sales@lua.example") == 0


async def test_a_flood_from_a_silenced_machine_waits_for_an_administrator(desk: Desk) -> None:
    await desk.department()
    await addresses.silence(LAN, addresses.LOOP)

    states = [(await arrive(desk, letter(f"Số {n}", message_id=f"<{n}@x>")))["state"] for n in range(22)]

    assert states == ["sorted"] * 20 + ["held"] * 2
    assert await Ticket.count() == 20


async def test_a_person_who_writes_often_is_never_held(desk: Desk) -> None:
    await desk.department()

    states = {(await arrive(desk, letter(f"Số {n}", message_id=f"<{n}@x>")))["state"] for n in range(22)}

    assert states == {"sorted"}


async def test_administrators_see_addresses_in_trouble_and_free_them(desk: Desk) -> None:
    await desk.department()
    await addresses.silence(LAN, addresses.LOOP)
    browser = await desk.browser(await desk.admin(lang="en"))

    assert LAN in await browser.text("/admin/addresses")
    await browser.post("/admin/addresses", data={"email": LAN})

    assert LAN not in await browser.text("/admin/addresses")
    assert await automatic.may_write(LAN, about="ticket:1")


async def test_the_answer_goes_where_another_desk_finds_its_ticket(desk: Desk) -> None:
    await desk.department()
    marked = "lan+t9.abc@khach.example"

    await arrive(desk, letter(Reply_To=marked))
    await arrive(desk, letter("Khác", message_id="<2@x>", Reply_To="boss@bank.example"))

    acks = await Outbound.select(Outbound.recipients).where(Outbound.key.like("ack:%")).order_by(Outbound.id)
    assert [msgspec.json.decode(row["recipients"]) for row in acks] == [[marked], [LAN]]
    assert await Person.count().where(Person.email_key == email_key(marked)) == 0


async def test_what_is_old_is_forgotten(desk: Desk) -> None:
    await desk.department()
    await automatic.may_write(LAN, about="ticket:1")
    desk.clock.go(days=3)

    await automatic.sweep()

    assert await written(LAN) == 0
