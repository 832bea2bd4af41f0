"""Staff hear within five minutes that letters stand still, once, and once more when it is over."""

from datetime import datetime

import msgspec
import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.core.kept import forget_everything
from helpdesk.events.tables import EventRow
from helpdesk.mail import health
from helpdesk.mail.outgoing import outbox, sending
from helpdesk.mail.tables import Mailbox, Outbound, Relay
from tests.factories import Desk, words
from tests.mail_flow.sink import Sink
from tests.mail_flow.test_compose import outgoing


@pytest.fixture
async def sink(monkeypatch: pytest.MonkeyPatch) -> Sink:
    """A mail server that is away until it is opened."""
    sink = Sink()
    await sink.open()
    await sink.close()
    settings = msgspec.structs.replace(config(), smtp_url=sink.url)
    for module in (sending, health):
        monkeypatch.setattr(module, "config", lambda: settings)
    return sink


async def an(desk: Desk) -> Actor:
    await desk.department()
    return await desk.admin(lang="en")


async def box(name: str = "Support", *, failing_since: datetime | None = None, fetched_at: datetime | None) -> int:
    row = Mailbox(
        name=name, host="127.0.0.1", port=1, username="x", password="", folder="INBOX", security="tls",
        address="support@lua.example", failing_since=failing_since, fetched_at=fetched_at,
        last_error="It does not answer." if failing_since else "",
    )  # fmt: skip
    await row.save()
    return int(row.id)


async def minutes(desk: Desk, count: int) -> None:
    for _ in range(count):
        desk.clock.go(minutes=1)
        await sending.send_due()
        await health.watch()
        await desk.work()
    forget_everything()


async def told() -> list[str]:
    rows = await EventRow.select(EventRow.name).where(EventRow.about.like("trouble:%")).order_by(EventRow.id)
    return [row["name"] for row in rows]


async def test_an_outbox_that_stops_is_told_once_within_five_minutes_and_once_when_it_is_over(
    desk: Desk, sink: Sink
) -> None:
    admin = await desk.browser(await an(desk))
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    await minutes(desk, 2)
    assert await told() == []

    await minutes(desk, 3)
    assert await told() == ["MailStopped"]
    await minutes(desk, 20)
    assert await told() == ["MailStopped"]
    page = await admin.get("/desk/queues/all")
    assert "No letters go out." in words(page)
    assert "Our mail server takes no calls." in words(page)

    await sink.open()
    await minutes(desk, 6)
    assert await told() == ["MailStopped", "MailRecovered"]
    assert "No letters go out." not in words(await admin.get("/desk/queues/all"))
    letters = [row["content"] for row in await Outbound.select(Outbound.content).order_by(Outbound.id)][1:]
    assert len(letters) == 1, "that it is over can be mailed"
    assert b"What was wrong: Our mail server takes no calls." in letters[0]
    await sink.close()


async def test_however_many_mailboxes_stand_still_one_line_says_so(desk: Desk) -> None:
    admin = await desk.browser(await an(desk))
    for name in ("Sales", "Support"):
        await box(name, failing_since=desk.clock.moment, fetched_at=desk.clock.moment)
    desk.clock.go(minutes=5)

    page = await admin.get("/desk/queues/all")
    assert "No letters come in from Sales, Support. It does not answer. See why" in words(page)
    assert page.text.count("callout--danger") == 1
    assert 'href="/admin"' in page.text


async def test_letters_that_nobody_sends_are_seen_though_no_job_runs(desk: Desk, sink: Sink) -> None:
    admin = await desk.browser(await an(desk))
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    desk.clock.go(minutes=4)

    assert "is the worker running?" in words(await admin.get("/desk/queues/all"))
    assert "helpdesk_mail_stopped 1" in (await admin.get("/metrics")).text


async def test_a_mailbox_that_stops_is_told_to_administrators_by_letter(desk: Desk, sink: Sink) -> None:
    await an(desk)
    mailbox = await box(failing_since=desk.clock.moment, fetched_at=desk.clock.moment)
    desk.clock.go(minutes=4)
    await health.watch()
    await desk.work()
    await health.watch()

    assert await told() == ["MailStopped"]
    letters = await Outbound.select(Outbound.recipients, Outbound.subject)
    assert [(row["recipients"], "Support" in row["subject"]) for row in letters] == [('["an@lua.example"]', True)]

    await Mailbox.update({Mailbox.failing_since: None, Mailbox.fetched_at: desk.clock.moment}).where(
        Mailbox.id == mailbox
    )
    await health.watch()
    await desk.work()
    assert await told() == ["MailStopped", "MailRecovered"]
    assert await Outbound.count() == 2


async def test_a_mailbox_that_nobody_looks_into_has_stopped(desk: Desk) -> None:
    await box(fetched_at=desk.clock.moment)
    assert [one.look for one in await health.of_mailboxes()] == ["ok"]
    desk.clock.go(minutes=4)
    assert [one.look for one in await health.of_mailboxes()] == ["danger"]


async def test_who_was_away_warns_of_nothing_that_is_made_up_for_at_once(
    desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_watched_at", None)
    await an(desk)
    await sink.open()
    number = await box(fetched_at=desk.clock.moment)
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    desk.clock.go(hours=1)

    await desk.work()
    assert await told() == []
    await Mailbox.update({Mailbox.fetched_at: desk.clock.moment, Mailbox.failing_since: None}).where(
        Mailbox.id == number
    )
    await minutes(desk, 2)
    assert await told() == []
    await sink.close()


async def test_who_was_away_tells_of_what_nobody_does_after_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_watched_at", None)
    await an(desk)
    await box(fetched_at=desk.clock.moment)
    desk.clock.go(hours=1)
    await health.watch()
    desk.clock.go(minutes=1)
    await health.watch()
    desk.clock.go(minutes=1)
    await health.watch()
    assert await told() == ["MailStopped"]


async def test_the_administrators_page_shows_how_each_does(desk: Desk, sink: Sink) -> None:
    admin = await desk.browser(await an(desk))
    await box("Billing", failing_since=desk.clock.moment, fetched_at=desk.clock.moment)
    await Relay(name=sending.SMTP, sent_at=desk.clock.moment).save()
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    desk.clock.go(minutes=2)

    page = words(await admin.get("/admin"))
    assert "Outbox Well 1 letter waits" in page
    assert "Billing Needs a look It does not answer." in page


async def test_customers_see_no_banner(desk: Desk, sink: Sink) -> None:
    await desk.department()
    lan = await desk.browser(await desk.customer("Lan"))
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    desk.clock.go(minutes=4)
    assert "letters" not in (await lan.get("/en/help/requests")).text.lower()
