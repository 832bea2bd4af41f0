"""Agents see how their answers travel, and administrators the whole outbox; both can have a letter tried again."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.mail import health
from helpdesk.mail.outgoing import outbox, sending
from helpdesk.mail.tables import Outbound
from helpdesk.mailroom import outgoing as pages
from tests.factories import Browser, Desk, words
from tests.mail_flow.sink import HANG_UP, Asked, Mood, Sink
from tests.mail_flow.test_compose import outgoing
from tests.tickets import ask


@pytest.fixture
async def sink(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sink]:
    """The mail server that letters are sent by."""
    sink = Sink()
    await sink.open()
    settings = msgspec.structs.replace(config(), smtp_url=sink.url)
    for module in (sending, health, pages):
        monkeypatch.setattr(module, "config", lambda: settings)
    yield sink
    await sink.close()


async def answered(desk: Desk, sink: Sink, mood: Mood | None = None) -> tuple[Actor, int, Browser]:
    """Lan asked, and Minh answers by mail, while the server is in this mood: Lan, her ticket, Minh's browser."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, department=care)
    await desk.work()
    sink.mood = mood or sink.mood
    agent = await desk.browser(minh)
    await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "Water it", "mode": "reply"})
    await desk.work()
    return lan, ticket, agent


def says(answer: str) -> Mood:
    async def mood(asked: Asked) -> str | None:
        return answer if asked.verb == "." else None

    return mood


async def test_a_sent_answer_says_so_with_the_servers_words(desk: Desk, sink: Sink) -> None:
    _, ticket, agent = await answered(desk, sink)
    page = words(await agent.get(f"/desk/tickets/{ticket}"))
    assert "sent" in page
    assert "250 2.0.0 queued as" in page


async def test_a_delayed_answer_says_why_and_when_it_is_tried_next(desk: Desk, sink: Sink) -> None:
    mood = says("451 4.7.1 Greylisted, please try again in 60 seconds")
    _, ticket, agent = await answered(desk, sink, mood)
    page = words(await agent.get(f"/desk/tickets/{ticket}"))
    assert "delayed" in page
    assert "asks every new sender to come back later." in page
    assert "Next try:" in page
    assert "Greylisted, please try again" in page


async def test_while_our_server_is_away_the_answer_says_that_it_waits_for_it(desk: Desk, sink: Sink) -> None:
    await sink.close()
    _, ticket, agent = await answered(desk, sink)
    page = words(await agent.get(f"/desk/tickets/{ticket}"))
    assert "Our mail server takes no calls. The letter waits until it is back." in page


async def test_an_agent_has_an_answer_that_failed_tried_again(desk: Desk, sink: Sink) -> None:
    lan, ticket, agent = await answered(desk, sink, says("550 5.2.2 mailbox full"))
    page = await agent.get(f"/desk/tickets/{ticket}")
    assert "not delivered" in words(page)
    assert "lan@khach.example : The mailbox is full." in words(page).replace("example:", "example :")
    assert "Thư không đến được lan@khach.example: Hộp thư đã đầy." in words(page), "a note, in the desk's language"
    row = (await Outbound.select(Outbound.about).where(Outbound.state == "failed").order_by(Outbound.id).limit(1))[0]
    again = f"/desk/tickets/{ticket}/messages/{row['about'].partition(':')[2]}/send-again"

    sink.mood = Sink().mood
    customer = await desk.browser(lan)
    assert (await customer.post(again)).status_code in {403, 404}
    assert (await agent.post(again)).status_code == 200
    await desk.work()
    assert not await Outbound.exists().where((Outbound.state == "failed") & Outbound.about.like("message:%"))
    assert (await agent.post(again)).status_code == 409


async def test_an_answer_in_doubt_says_so_and_is_sent_once_more_when_asked(desk: Desk, sink: Sink) -> None:
    _, ticket, agent = await answered(desk, sink, says(HANG_UP))
    for _ in range(9):
        desk.clock.go(hours=1)
        await desk.work()
    page = words(await agent.get(f"/desk/tickets/{ticket}"))
    assert "perhaps sent" in page
    assert "It may have arrived." in page


async def letters(desk: Desk, count: int) -> list[int]:
    """Letters about tickets 1, 2 and so on, to customers 1, 2 and so on; their ids."""
    found = []
    for number in range(1, count + 1):
        letter = outgoing(message_id=f"{number}@lua.example", subject=f"Letter {number}", sent_at=desk.clock.moment)
        letter = msgspec.structs.replace(letter, to=(msgspec.structs.replace(letter.to[0], email=f"c{number}@k.vn"),))
        found.append(await outbox.owe(letter, about="message:1", lane=f"ticket:{number}"))
    return [one for one in found if one is not None]


async def test_letters_are_found_by_recipient_and_by_ticket(desk: Desk) -> None:
    await desk.department()
    admin = await desk.browser(await desk.admin(lang="en"))
    await letters(desk, 3)
    assert "Letter 2" in words(await admin.get("/admin/outbox?q=C2@k"))
    assert "Letter 1" not in words(await admin.get("/admin/outbox?q=C2@k"))
    assert "Letter 3" in words(await admin.get("/admin/outbox?q=%233&view=waiting"))
    assert "No letter here" in words(await admin.get("/admin/outbox?q=%233&view=failed"))


async def test_several_are_tried_again_at_once(desk: Desk, sink: Sink) -> None:
    await desk.department()
    admin = await desk.browser(await desk.admin(lang="en"))
    sink.mood = says("554 5.7.1 spam")
    ids = await letters(desk, 3)
    await desk.work()
    assert await Outbound.count().where(Outbound.state == "failed") == 3
    sink.mood = Sink().mood

    page = await admin.post("/admin/outbox/retry", data={"id": [str(ids[0]), str(ids[2])]})
    await desk.work()
    assert "2 letters are tried again." in words(page)
    assert await Outbound.count().where(Outbound.state == "sent") == 2
    assert "Pick at least one" in words(await admin.post("/admin/outbox/retry"))


async def test_kept_letters_leave_only_when_somebody_says_so_and_not_those_of_long_ago(
    desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.department()
    admin = await desk.browser(await desk.admin(lang="en"))
    with monkeypatch.context() as without:
        without.setattr(sending, "config", config)
        await letters(desk, 1)
        await desk.work()
        desk.clock.go(days=20)
        await letters(desk, 2)
        await desk.work()
    await desk.work()
    assert await Outbound.count().where(Outbound.state == "kept") == 3

    assert "3 letters were kept" in words(await admin.get("/admin/outbox"))
    page = await admin.post("/admin/outbox/kept", data={"days": "7"})
    await desk.work()
    assert "2 kept letters are sent now." in words(page)
    assert len(sink.letters) == 2
    assert await Outbound.count().where(Outbound.state == "kept") == 1
