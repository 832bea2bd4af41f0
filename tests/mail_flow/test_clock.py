"""A clock that was wrong and is set right again stops no letter on its way in or out."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from helpdesk.core.config import config
from helpdesk.jobs.tables import Job
from helpdesk.mail import health
from helpdesk.mail.fetching import fetch
from helpdesk.mail.outgoing import outbox, sending
from helpdesk.mail.tables import Mailbox, Outbound, Relay
from tests.factories import Desk
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.mailboxes import came, mailbox, numbered, row
from tests.mail_flow.sink import Asked, Sink
from tests.mail_flow.test_compose import outgoing


@pytest.fixture
async def sink(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sink]:
    """A mail server that is away until it is opened."""
    sink = Sink()
    await sink.open()
    await sink.close()
    settings = msgspec.structs.replace(config(), smtp_url=sink.url)
    for module in (sending, health):
        monkeypatch.setattr(module, "config", lambda: settings)
    await desk.work()
    yield sink
    await sink.close()


async def test_a_letter_that_the_wrong_clock_owed_or_delayed_leaves_as_soon_as_others(desk: Desk, sink: Sink) -> None:
    async def not_now(asked: Asked) -> str | None:
        return "451 4.7.1 not now" if asked.verb == "RCPT" and is_busy else None

    await sink.open()
    desk.clock.go(days=1)
    sink.mood, is_busy = not_now, True
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7", key="delayed")
    await desk.work()
    is_busy = False
    await outbox.owe(outgoing(sent_at=desk.clock.moment, message_id="2@lua.example"), about="ticket:8", key="owed")
    desk.clock.go(days=-1)

    await desk.work()
    assert [row["key"] for row in await Outbound.select(Outbound.key).where(Outbound.state == "sent")] == ["owed"]
    desk.clock.go(minutes=2)
    await desk.work()
    assert await Outbound.count().where(Outbound.state == "sent") == 2


async def test_a_server_that_was_away_by_the_wrong_clock_is_tried_again_at_once(desk: Desk, sink: Sink) -> None:
    desk.clock.go(days=1)
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    await desk.work()
    relay = await Relay.select().first()
    assert relay is not None
    assert relay["next_try_at"] is not None
    desk.clock.go(days=-1)
    assert (await health.of_outbox()).has_stopped, "nobody knows for how long"

    await sink.open()
    await desk.work()
    assert [letter.recipients for letter in sink.letters] == [["lan@khach.example"]]
    assert not (await health.of_outbox()).has_stopped


async def test_who_died_sending_by_the_wrong_clock_is_replaced_after_a_minute(desk: Desk, sink: Sink) -> None:
    await sink.open()
    until = desk.clock.moment + timedelta(days=1)
    await Relay(name=sending.SMTP, sender="dead", sends_until=until).save()
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    await sending.clock_was_set_back()
    await desk.work()
    assert sink.letters == [], "it may be alive"

    desk.clock.go(seconds=61)
    await desk.work()
    assert len(sink.letters) == 1


async def test_who_died_fetching_or_listening_by_the_wrong_clock_holds_no_mailbox(desk: Desk) -> None:
    async with serving(Box(letters=numbered(1))) as box:
        number = await mailbox(box.port, box.password, backfill="all")
        tomorrow = desk.clock.moment + timedelta(days=1)
        await Mailbox.update(
            {
                Mailbox.fetching_until: tomorrow,
                Mailbox.listening_until: tomorrow,
                Mailbox.listener: "dead",
                Mailbox.fetched_at: tomorrow,
            }
        ).where(Mailbox.id == number)

        await fetch.fetch_all()
        assert await Job.count().where(Job.key == f"mailbox:{number}") == 1
        await desk.work()

        assert await came() == ["1@x"]
        assert (await row(number)).fetched_at == desk.clock.moment
