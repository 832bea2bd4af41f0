"""A letter that is owed leaves once, is tried again when the server says so, and fails where everybody sees it."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiosmtpd.smtp import SMTP

from helpdesk.core.config import config
from helpdesk.core.db import transaction
from helpdesk.events.tables import EventRow
from helpdesk.mail.outgoing import outbox, sending
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.tables import Outbound
from tests.factories import Desk
from tests.mail_flow.servers import Postbox
from tests.mail_flow.test_compose import outgoing


@pytest.fixture
async def postbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Postbox]:
    """The mail server that letters are sent by."""
    loop, postbox = asyncio.get_running_loop(), Postbox()
    server = await loop.create_server(lambda: SMTP(postbox, loop=loop, hostname="relay"), "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    monkeypatch.setattr(sending, "config", lambda: msgspec.structs.replace(config(), smtp_url=url))
    yield postbox
    server.close()
    await server.wait_closed()


async def state() -> tuple[str, str]:
    row = await Outbound.select(Outbound.state, Outbound.last_error).first()
    assert row is not None
    return row["state"], row["last_error"]


async def test_a_letter_leaves(desk: Desk, postbox: Postbox) -> None:
    letter = outgoing(cc=(Address("Huy", "huy@khach.example"),), sent_at=desk.clock.moment)

    await outbox.owe(letter, about="message:2", envelope_from="support+t7@lua.example")
    await desk.work()

    (sent,) = postbox.letters
    assert (sent.mail_from or "").startswith("support+b")
    assert sent.rcpt_tos == ["lan@khach.example", "huy@khach.example"]
    row = await Outbound.select().first()
    assert row is not None
    assert (row["state"], row["sent_at"], row["attempts"]) == ("sent", desk.clock.moment, 1)
    assert sent.original_content == row["content"]


async def test_a_letter_leaves_once_however_often_it_is_owed_or_sent(desk: Desk, postbox: Postbox) -> None:
    letter = outgoing(sent_at=desk.clock.moment)

    first = await outbox.owe(letter, about="ticket:7", key="ack:7")
    again = await outbox.owe(letter, about="ticket:7", key="ack:7")
    await desk.work()
    assert first is not None
    await sending.send_due()

    assert again is None
    assert len(postbox.letters) == 1


async def test_what_is_undone_is_not_sent(desk: Desk, postbox: Postbox) -> None:
    with pytest.raises(RuntimeError):
        async with transaction():
            await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
            raise RuntimeError
    await desk.work()

    assert postbox.letters == []
    assert not await Outbound.count()


async def test_not_now_is_tried_again_later_each_time(desk: Desk, postbox: Postbox) -> None:
    postbox.says["DATA"] = "451 4.7.1 greylisted"
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    await desk.work()

    assert await state() == ("waiting", "lan@khach.example: 451 4.7.1 greylisted")
    postbox.says.clear()
    desk.clock.go(seconds=59)
    await desk.work()
    assert (await state())[0] == "waiting"

    desk.clock.go(seconds=8)
    await desk.work()
    assert (await state())[0] == "sent"


async def test_what_is_never_taken_is_given_up_after_days_and_told(desk: Desk, postbox: Postbox) -> None:
    postbox.says["lan@khach.example"] = "450 4.2.1 come back later"
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    tries = 0
    while (await state())[0] == "waiting" and tries < 100:
        await desk.work()
        desk.clock.go(hours=4, minutes=30)
        tries += 1

    assert await state() == ("failed", "lan@khach.example: 450 4.2.1 come back later")
    assert 25 < tries < 40
    assert await EventRow.exists().where(EventRow.name == "LetterFailed")


async def test_never_is_believed(desk: Desk, postbox: Postbox) -> None:
    postbox.says["lan@khach.example"] = "550 5.1.1 no such person"
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="message:2")
    await desk.work()

    assert await state() == ("failed", "lan@khach.example: 550 5.1.1 no such person")
    assert await EventRow.count().where(EventRow.name == "LetterFailed") == 1


async def test_only_those_who_have_not_got_it_are_tried_again(desk: Desk, postbox: Postbox) -> None:
    postbox.says["huy@khach.example"] = "452 4.2.2 mailbox full"
    letter = outgoing(cc=(Address("", "huy@khach.example"),), sent_at=desk.clock.moment)
    await outbox.owe(letter, about="message:2")
    await desk.work()
    assert (await state())[0] == "waiting"

    postbox.says.clear()
    desk.clock.go(minutes=2)
    await desk.work()

    assert [one.rcpt_tos for one in postbox.letters] == [["lan@khach.example"], ["huy@khach.example"]]
    assert (await state())[0] == "sent"


async def test_a_refused_copy_is_told_beside_the_letter_that_left(desk: Desk, postbox: Postbox) -> None:
    postbox.says["huy@khach.example"] = "550 5.1.1 no such person"
    letter = outgoing(cc=(Address("", "huy@khach.example"),), sent_at=desk.clock.moment)
    await outbox.owe(letter, about="message:2")
    await desk.work()

    assert await state() == ("sent", "huy@khach.example: 550 5.1.1 no such person")


async def test_without_a_server_letters_are_kept_to_be_looked_at(desk: Desk) -> None:
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    await desk.work()

    assert await state() == ("kept", "")


async def test_a_letter_to_no_address_is_seen_as_failed(desk: Desk) -> None:
    await outbox.owe(outgoing(to=(Address("", "nobody"),), sent_at=desk.clock.moment), about="ticket:7")

    kept, error = await state()
    assert kept == "failed"
    assert "nobody" in error
