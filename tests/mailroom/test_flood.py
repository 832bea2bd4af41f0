"""Too many letters of one sender: kept, held, and let in or refused all at once; answers never wait."""

import pytest

from helpdesk.core.text import email_key
from helpdesk.mail.doors.receive import receive
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.mailroom import flood, rules
from helpdesk.mailroom.tables import LetterTicket
from helpdesk.settings import store
from helpdesk.settings.intake import LONGEST, IntakeSettings
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Desk, words
from tests.mail_flow.letters import letter
from tests.mailroom import US, answers_to, arrive

LAN = "lan@khach.example"


async def letters(desk: Desk, senders: list[str], first: int = 1) -> None:
    """One letter of each, and all that is owed for them is done."""
    for number, sender in enumerate(senders, first):
        await receive(letter(f"Số {number}", sender=sender, message_id=f"<{number}@x>"), "smtp", "", (US,))
    await desk.work()


async def limits(desk: Desk, **more: int | str) -> None:
    chosen = {"most_of_sender": 3, "most_of_domain": 5, **more}
    await store.save(await desk.admin("Hà", lang="en"), IntakeSettings(**chosen))  # type: ignore[arg-type]


async def test_a_rain_of_letters_opens_so_many_tickets_and_the_rest_waits(desk: Desk) -> None:
    await desk.department()
    await limits(desk, most_of_sender=30)

    await letters(desk, [LAN] * 40)

    assert await Ticket.count() == 5, "the domain's limit is the lower one here"
    assert await Inbound.count().where(Inbound.state == "held") == 35
    assert await Outbound.count().where(Outbound.key.like("ack:%")) <= 5


async def test_without_a_number_every_letter_opens_a_ticket(desk: Desk) -> None:
    await desk.department()

    await letters(desk, [LAN] * 40)

    assert await Ticket.count() == 40


async def test_after_an_hour_the_sender_may_open_tickets_again(desk: Desk) -> None:
    await desk.department()
    await limits(desk)
    await letters(desk, [LAN] * 4)
    desk.clock.go(minutes=61)

    await letters(desk, [LAN], first=10)

    assert await Ticket.count() == 4


async def test_a_domain_is_counted_with_all_its_addresses_and_below(desk: Desk) -> None:
    await desk.department()
    await limits(desk)

    await letters(desk, [f"a{number}@m{number}.khach.example" for number in range(7)])

    assert await Ticket.count() == 5
    assert {row["flood"] for row in await Inbound.select(Inbound.flood)} == {"", "@khach.example"}


async def test_one_address_at_a_mail_provider_says_nothing_about_another(desk: Desk) -> None:
    await desk.department()
    await limits(desk)

    await letters(desk, [f"a{number}@gmail.com" for number in range(7)])

    assert await Ticket.count() == 7


async def test_who_answers_on_a_ticket_is_never_kept_waiting(desk: Desk) -> None:
    await desk.department()
    await limits(desk)
    await letters(desk, [LAN] * 5)

    ticket = await Ticket.objects().order_by(Ticket.id).first()
    assert ticket is not None
    answers = [
        await arrive(desk, letter(f"Thêm {number}", message_id=f"<a{number}@x>"), to=(answers_to(ticket.id),))
        for number in range(5)
    ]

    assert {row["about"] for row in answers} == {f"ticket:{ticket.id}"}
    assert await Message.count().where((Message.ticket == ticket.id) & (Message.direction == "in")) == 6


async def test_an_administrator_lets_all_of_a_sender_in_at_once(desk: Desk) -> None:
    await desk.department()
    await limits(desk)
    await letters(desk, [LAN] * 5)
    browser = await desk.browser(await desk.admin(lang="en"))
    shown = await browser.text("/admin/letters")
    assert f"Too many from {LAN}" in shown
    assert "2 letters wait." in shown

    await browser.post("/admin/letters/floods/let-in", data={"sender": LAN, "is_for_ever": "true"})
    await desk.work()
    await letters(desk, [LAN] * 3, first=20)

    assert await Ticket.count() == 8
    assert "No letter waits for you" in await browser.text("/admin/letters")
    assert LAN in (await store.get(IntakeSettings)).never_held


async def test_or_takes_them_all_for_unwanted_and_keeps_them(desk: Desk) -> None:
    await desk.department()
    await limits(desk)
    await letters(desk, [LAN] * 5)
    browser = await desk.browser(await desk.admin(lang="en"))

    await browser.post("/admin/letters/floods/refuse", data={"sender": LAN})

    assert await Ticket.count() == 3
    assert await Inbound.count().where((Inbound.state == "set_aside") & (Inbound.verdict == "spam")) == 2
    assert "for unwanted" in await browser.text("/admin/letters?view=set_aside")


async def test_who_decides_after_another_administrator_hears_so(desk: Desk) -> None:
    await desk.department()
    await limits(desk)
    await letters(desk, [LAN] * 5)
    browser = await desk.browser(await desk.admin(lang="en"))
    await browser.post("/admin/letters/floods/refuse", data={"sender": LAN})

    late = await browser.post("/admin/letters/floods/let-in", data={"sender": LAN})

    assert late.status_code == 409
    assert "None of these letters waits any more." in words(late)
    assert await Ticket.count() == 3


async def test_a_full_list_of_those_never_held_takes_no_more_and_stays_readable(desk: Desk) -> None:
    await desk.department()
    await limits(desk, never_held="x" * LONGEST)
    await letters(desk, [LAN] * 5)
    an = await desk.admin(lang="en")
    browser = await desk.browser(an)

    full = await browser.post("/admin/letters/floods/let-in", data={"sender": LAN, "is_for_ever": "true"})

    assert (full.status_code, "has no room for one more" in words(full)) == (409, True)
    assert [(one.sender, one.letters) for one in await flood.waiting(an)] == [(LAN, 2)]
    assert (await store.get(IntakeSettings)).never_held == "x" * LONGEST


@pytest.mark.parametrize(
    ("never_held", "sender", "is_excepted"),
    [
        ("lan@khach.example", "LAN@khach.example", True),
        ("khach.example", "lan@thu.khach.example", True),
        ("@khach.example;", "lan@khach.example", True),
        ("thử.example, khach.example", "lan@xn--th-yct.example", True),
        ("khach.example", "lan@xkhach.example", False),
        ("minh@khach.example", "lan@khach.example", False),
    ],
)
def test_whom_the_list_of_those_never_held_means(never_held: str, sender: str, is_excepted: bool) -> None:
    excepted = IntakeSettings(never_held=never_held).excepted
    assert flood.is_excepted(email_key(sender), excepted) == is_excepted


async def test_letters_without_a_sender_are_counted_together(desk: Desk) -> None:
    await desk.department()
    await limits(desk)

    await letters(desk, ["nobody"] * 5)

    assert await Inbound.count().where(Inbound.flood == flood.NOBODY) == 2


async def test_what_no_limit_looks_at_is_forgotten(desk: Desk) -> None:
    await desk.department()
    await letters(desk, [LAN])
    desk.clock.go(minutes=121)

    await flood.sweep()

    assert not await LetterTicket.count()


@pytest.mark.parametrize(
    ("domain", "owned"),
    [
        ("khach.example", "khach.example"),
        ("a.b.khach.example", "khach.example"),
        ("mail.lua.vn", "lua.vn"),
        ("lua.com.vn", "lua.com.vn"),
        ("thu.lua.com.vn", "lua.com.vn"),
        ("gmail.com", ""),
        ("hcm.vnn.vn", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_the_part_of_a_domain_that_one_owner_answers_for(domain: str, owned: str) -> None:
    assert rules.organisation(domain) == owned
