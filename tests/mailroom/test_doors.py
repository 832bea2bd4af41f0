"""An address that a letter of ours gave to answer to is good as long as people have that letter."""

import asyncio
import smtplib

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.config import secret_key
from helpdesk.departments import actions, queries
from helpdesk.departments.actions import Wanted
from helpdesk.departments.tables import Department
from helpdesk.mail import thread
from helpdesk.mail.doors.listener import listening
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.tables import OutboundRecipient
from helpdesk.mailroom.doors import is_for_us
from helpdesk.tickets.side.queries import of_ticket
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mail_flow.test_compose import outgoing
from tests.tickets.test_side import CARRIER, asked, back_to, company


async def say(to: str, raw: bytes, sender: str = "lan@khach.example") -> int:
    """The answer of the door: to the recipient if it is refused, else to the letter."""

    def by_smtp(port: int) -> int:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
            try:
                server.sendmail(sender, [to], raw)
            except smtplib.SMTPRecipientsRefused as refusal:
                return refusal.recipients[to][0]
            return 250

    async with listening("127.0.0.1", 0, is_for_us) as server:
        return await asyncio.to_thread(by_smtp, server.sockets[0].getsockname()[1])


async def rename(desk: Desk, department: int, address: str) -> None:
    """Give a department another address, and take the old one away."""
    row = await Department.objects().get(Department.id == department)
    assert row is not None
    said = {name: getattr(row, name) for name in Wanted.__struct_fields__ if name not in {"addresses", "members"}}
    await actions.change(await desk.admin(), department, Wanted(**said, addresses=[address], members=[]))


async def test_answers_to_an_address_that_was_taken_away_still_find_their_ticket(desk: Desk) -> None:
    department = await desk.department("Sales", "Kinh doanh", "sales@lua.example")
    assert await say("sales@lua.example", letter(to="sales@lua.example")) == 250
    await desk.work()
    ticket = (await Ticket.select(Ticket.id))[0]["id"]
    given = thread.reply_address("sales@lua.example", ticket, secret_key())

    await rename(desk, department, "shop@lua.example")
    answer = letter("Vẫn hỏng.", to=given, message_id="<2@khach.example>")
    assert await say("sales@lua.example", answer) == 550, "it is not ours any more"
    assert await say(given, answer) == 250
    await desk.work()

    assert await Ticket.count() == 1
    assert await Message.count().where((Message.ticket == ticket) & (Message.direction == "in")) == 2
    assert (await queries.department_for(["shop@lua.example"])) is not None


async def test_what_comes_back_to_an_address_that_was_taken_away_still_marks_its_letter(desk: Desk) -> None:
    department = await desk.department("Sales", "Kinh doanh", "sales@lua.example")
    outbound = await outbox.owe(
        outgoing(sent_at=desk.clock.moment), about="ticket:7", envelope_from="sales@lua.example"
    )
    assert outbound is not None
    await OutboundRecipient.update({OutboundRecipient.state: "sent"}).where(OutboundRecipient.outbound == outbound)
    back = thread.bounce_address("sales@lua.example", outbound, secret_key())

    await rename(desk, department, "shop@lua.example")
    bounce = letter(
        "550 5.1.1 <lan@khach.example>: no such user here",
        sender="MAILER-DAEMON@khach.example",
        to=back,
        subject="Undelivered Mail Returned to Sender",
        message_id="<3@khach.example>",
        auto_submitted="auto-replied",
    )
    assert await say(back, bounce, sender="") == 250
    await desk.work()
    told = await OutboundRecipient.select(OutboundRecipient.state).where(OutboundRecipient.outbound == outbound)
    assert told == [{"state": "bounced"}]


async def test_third_parties_answer_to_an_address_that_was_taken_away(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    given = back_to(side)

    await rename(desk, (await Department.select(Department.id))[0]["id"], "shop@lua.example")
    assert await say(given, letter("Mai có hàng.", sender=CARRIER, to=given)) == 250
    await desk.work()

    (side,) = await of_ticket(SYSTEM, number)
    assert [one.direction for one in side.messages] == ["out", "in"]


@pytest.mark.parametrize(
    "address",
    [
        "sales+t7.aaaaaaaaaaaaaaaa@lua.example",
        "sales+b7.aaaaaaaaaaaaaaaa@lua.example",
        "sales+s7.aaaaaaaaaaaaaaaa@lua.example",
        "sales+t7@lua.example",
        "+t7.@",
        "nobody@lua.example",
    ],
)
async def test_nobody_makes_such_an_address_up(desk: Desk, address: str) -> None:
    await desk.department("Support", "Hỗ trợ", "support@lua.example")
    assert not await is_for_us(address)
