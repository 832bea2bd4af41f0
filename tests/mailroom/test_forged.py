"""Letters of people who pass for others: what they write opens a ticket of their own, or waits; it never joins."""

from typing import Any

import pytest

from helpdesk.mail.tables import Inbound
from helpdesk.people.tables import Person
from helpdesk.settings import store
from helpdesk.settings.joining import Agents, JoiningSettings
from helpdesk.tickets.tables import Message, Participant, Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import agents_answer_to, answers_to, arrive

PASSED_ON = "---------- Forwarded message ---------\nFrom: Lan <lan@khach.example>\nDate: today\nSubject: Hi\n\nHelp!"


async def lans_ticket(desk: Desk) -> int:
    await desk.agent("Minh", await desk.department())
    return await asked(desk)


async def asked(desk: Desk) -> int:
    """Lan's ticket by letter."""
    return int(str((await arrive(desk, letter()))["about"]).partition(":")[2])


@pytest.mark.parametrize(
    "sender", ["support+t1.aaaaaaaaaaaaaaaa@lua.example", "SUPPORT+x@Lua.example", "support@lua.example"]
)
async def test_nobody_writes_from_an_address_of_ours_with_whatever_tag(desk: Desk, sender: str) -> None:
    await lans_ticket(desk)

    row = await arrive(desk, letter("Loop", sender=sender, message_id="<2@x>"))

    assert row["state"] == "held"
    assert await Ticket.count() == 1
    assert not await Person.exists().where(Person.email.like("support%"))


@pytest.mark.parametrize(
    "head",
    [
        "From: lan@khach.example, evil@else.example",
        "From: lan@khach.example\nFrom: evil@else.example",
        "From: evil@else.example\nFrom: lan@khach.example",
        'From: "lan@khach.example" <evil@else.example>',
        "From: evil@else.example (<lan@khach.example>)",
        'From: "lan@khach.example"@else.example',
        "From: l\u0430n@khach.example",
        "From: \uff4can@khach.example",
        "From: lan@khach.example\x00@else.example",
        "From:\nSender: lan@khach.example",
    ],
)
async def test_a_number_joins_no_letter_that_is_not_clearly_from_who_takes_part(desk: Desk, head: str) -> None:
    number = await lans_ticket(desk)

    row = await arrive(desk, f"{head}\nTo: support@lua.example\nSubject: Re: [#{number}] Hi\n\nTell me.".encode())

    assert row["about"] not in {"", f"ticket:{number}"}
    assert await Message.count().where(Message.ticket == number) == 1


async def test_a_letter_that_is_passed_on_brings_nobody_else_along(desk: Desk) -> None:
    await lans_ticket(desk)
    forged = letter(
        PASSED_ON, sender="Minh <minh@lua.example>", subject="Fwd: Hi", cc="evil@else.example", message_id="<2@x>"
    )

    row = await arrive(desk, forged)

    ticket = await Ticket.objects().order_by(Ticket.id, ascending=False).first()
    assert ticket is not None
    assert row["about"] == f"ticket:{ticket.id}"
    assert (await Person.select(Person.email).where(Person.id == ticket.requester))[0]["email"] == "lan@khach.example"
    assert await Participant.count() == 0


async def test_the_mark_of_another_ticket_or_of_agents_gives_nobody_a_say(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    number = await asked(desk)
    for mark in (answers_to(number), agents_answer_to(number, minh)):
        await arrive(desk, letter("Tell me.", sender="evil@else.example", to=mark, message_id=f"<{mark}>"), to=(mark,))

    assert await Message.count().where(Message.ticket == number) == 1
    assert await Inbound.count().where(Inbound.about == f"ticket:{number}") == 1


RESULTS = "mx.lua.example; dmarc={} header.from=lua.example"


@pytest.mark.parametrize(
    ("agents", "servers", "says", "kind"),
    [
        ("verified", "", "", "reply"),
        ("verified", "mx.lua.example", "pass", "reply"),
        ("verified", "mx.lua.example", "fail", "note"),
        ("verified", "mx.lua.example", "", "note"),
        ("mark", "mx.lua.example", "fail", "reply"),
        ("never", "mx.lua.example", "pass", "note"),
    ],
)
async def test_an_agents_mark_that_got_into_other_hands_speaks_for_nobody(
    desk: Desk, agents: Agents, servers: str, says: str, kind: str
) -> None:
    minh = await desk.agent("Minh", await desk.department())
    await store.save(await desk.admin("Hà"), JoiningSettings(agents=agents, trusted_servers=servers))
    number = await asked(desk)
    more = {"Authentication_Results": RESULTS.format(says)} if says else {}

    mail = letter("Trả lời.", sender="minh@lua.example", to=agents_answer_to(number, minh), message_id="<2@x>", **more)
    await arrive(desk, mail)

    said = [one for one in await newest(number) if one["fresh"] == "Trả lời."]
    assert [(one["kind"], one["author"]) for one in said] == [(kind, minh.id if kind == "reply" else None)]
    assert bool([one for one in await newest(number) if "minh@lua.example" in one["fresh"]]) is (kind == "note")


async def test_the_mark_of_one_agent_is_no_other_agents(desk: Desk) -> None:
    department = await desk.department()
    minh, _ = await desk.agent("Minh", department), await desk.agent("Hoa", department)
    number = await asked(desk)

    mail = letter("Trả lời.", sender="hoa@lua.example", to=agents_answer_to(number, minh), message_id="<2@x>")
    await arrive(desk, mail)

    (said,) = [one for one in await newest(number) if one["fresh"] == "Trả lời."]
    assert (said["kind"], said["author"]) == ("note", None)


async def newest(number: int) -> list[dict[str, Any]]:
    """What was said on a ticket, the oldest first."""
    columns = (Message.kind, Message.author, Message.fresh)
    return await Message.select(*columns).where(Message.ticket == number).order_by(Message.id)
