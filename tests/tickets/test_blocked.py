"""Blocked senders: what they write is kept, goes into the bin as spam, and nobody hears of it."""

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.mail.tables import Outbound
from helpdesk.tickets import binning, queries
from helpdesk.tickets.blocking import actions, rules
from helpdesk.tickets.blocking.queries import listed, which
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk, words
from tests.mailroom import arrive

LETTER = (
    "From: Ads <{sender}>\r\nTo: support@lua.example\r\nSubject: Buy {what}\r\nMessage-ID: <{what}@x.example>\r\n\r\n"
    "Cheap {what} for you.\r\n"
)


def letter(what: str, sender: str = "ads@spam.example") -> bytes:
    return LETTER.format(what=what, sender=sender).encode()


def number(row: dict[str, object]) -> int:
    return int(str(row["about"]).partition(":")[2])


async def start(desk: Desk) -> tuple[Actor, int]:
    """Minh, and a first letter that nobody wants."""
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    return minh, number(await arrive(desk, letter("pills")))


async def test_further_letters_lie_in_the_bin_and_nobody_is_told(desk: Desk) -> None:
    minh, first = await start(desk)
    await desk.work()
    agent, admin = await desk.browser(minh), await desk.browser(await desk.admin(lang="en"))
    letters = await Outbound.count()

    page = await agent.post(f"/desk/tickets/{first}/block", data={"what": "address"})
    assert "so will be all letters of its sender" in words(page)
    row = await arrive(desk, letter("watches"))
    await desk.work()

    kept = await Ticket.select(Ticket.binned_as).where(Ticket.id == number(row)).first()
    assert kept == {"binned_as": "spam"}
    assert row["state"] == "sorted"
    assert await Outbound.count() == letters
    assert "Buy watches" in await agent.text("/desk/bin")
    assert "Letters of ads@spam.example are blocked" in await admin.text("/admin/letters?view=sorted")
    assert [(one.pattern, one.letters) for one in (await listed(await desk.admin("Binh"))).items] == [
        ("ads@spam.example", 1)
    ]
    await binning.restore(minh, number(row))
    assert (await queries.messages(SYSTEM, number(row)))[0].fresh == "Cheap watches for you."


async def test_the_line_that_says_so_takes_all_of_it_back(desk: Desk) -> None:
    minh, first = await start(desk)
    agent = await desk.browser(minh)
    page = await agent.post(f"/desk/tickets/{first}/block", data={"what": "domain"})
    assert await which("other@mail.spam.example") == "@spam.example"

    way_back = page.text.partition('action="/desk/blocked/')[2].partition('"')[0]
    page = await agent.post(f"/desk/blocked/{way_back}")

    assert "Letters of @spam.example come in again." in words(page)
    assert await queries.is_visible(minh, first)
    assert await queries.is_visible(minh, number(await arrive(desk, letter("watches"))))


async def test_taking_back_leaves_alone_what_was_blocked_before(desk: Desk) -> None:
    minh, first = await start(desk)
    await actions.block(await desk.admin(), "ads@spam.example")
    agent = await desk.browser(minh)
    page = await agent.post(f"/desk/tickets/{first}/block", data={"what": "address"})

    way_back = page.text.partition('action="/desk/undo/')[2].partition('"')[0]
    await agent.post(f"/desk/undo/{way_back}")

    assert await queries.is_visible(minh, first)
    assert await which("ads@spam.example") == "ads@spam.example"


async def test_their_answers_to_other_tickets_go_the_same_way(desk: Desk) -> None:
    minh, first = await start(desk)
    second = number(await arrive(desk, letter("watches")))
    await actions.block(minh, "ads@spam.example")

    answer = letter("watches").replace(b"Subject: Buy", f"Subject: Re: [#{second}] Buy".encode())
    row = await arrive(desk, answer.replace(b"<watches@", b"<again@"))

    assert number(row) not in {first, second}
    assert not await queries.is_visible(SYSTEM, number(row))
    assert len(await queries.messages(SYSTEM, second)) == 1


@pytest.mark.parametrize(
    "typed",
    [
        *("", "nonsense", "support@lua.example", "@lua.example", "minh@lua.example"),
        *("@gmail.com", "com.vn", "@co.uk", "@example", "@ spam.vn"),
    ],
)
async def test_nobody_blocks_ourselves_or_half_the_world(desk: Desk, typed: str) -> None:
    minh, _ = await start(desk)
    with pytest.raises(Invalid):
        await actions.block(minh, typed)
    assert await which("ads@spam.example") == ""


async def test_a_ticket_stays_where_it_is_when_its_sender_cannot_be_blocked(desk: Desk) -> None:
    minh, _ = await start(desk)
    ours = number(await arrive(desk, letter("gmail", "lan@gmail.com")))
    agent = await desk.browser(minh)
    page = await agent.post(f"/desk/tickets/{ours}/block", data={"what": "domain"})
    assert "Anybody may have an address at gmail.com." in words(page)
    assert await queries.is_visible(minh, ours)


async def test_who_came_to_work_here_is_not_blocked_any_more(desk: Desk) -> None:
    minh, _ = await start(desk)
    await actions.block(minh, "@spam.example")
    await desk.agent("Ads", email="mai@spam.example")
    assert await which("Mai@spam.example") == ""
    assert await which("ADS@x.Spam.Example.") == "@spam.example"


async def test_an_administrator_keeps_the_list(desk: Desk) -> None:
    minh, _ = await start(desk)
    an = await desk.admin(lang="en")
    admin = await desk.browser(an)
    page = await admin.post("/admin/blocked", data={"pattern": "SPAM.example"})
    assert "@spam.example" in page.text
    assert (await admin.post("/admin/blocked", data={"pattern": "lua.example"})).status_code == 422
    one = (await listed(an)).items[0].id
    with pytest.raises(Forbidden):
        await actions.unblock(minh, one)

    await admin.post(f"/admin/blocked/{one}/remove")

    assert (await listed(an)).items == []
    assert await which("ads@spam.example") == ""


async def test_only_who_works_on_tickets_blocks(desk: Desk) -> None:
    await start(desk)
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"))
    lan = await desk.customer("Lan")
    with pytest.raises(Forbidden):
        await actions.block(lan, "ads@spam.example")
    ticket = (await Ticket.select(Ticket.id))[0]["id"]
    assert (await (await desk.browser(huy)).post(f"/desk/tickets/{ticket}/block")).status_code == 404
    assert await which("ads@spam.example") == ""


def test_patterns_are_read_as_people_type_them() -> None:
    assert rules.pattern("Ads@Spam.Example ") == "ads@spam.example"
    assert rules.pattern("spam.example") == rules.pattern("@spam.example") == "@spam.example"
    assert rules.patterns_of("a@b.c.example") == ["a@b.c.example", "@b.c.example", "@c.example"]
