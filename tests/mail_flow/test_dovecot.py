"""Mailboxes at a real server: everything that a Dovecot of Debian can do with a letter, over every kind of line."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from helpdesk.core.clock import now
from helpdesk.jobs.tables import Job
from helpdesk.mail.doors.receive import raw_bytes
from helpdesk.mail.fetching import fetch, mailboxes, oauth, watch
from helpdesk.mail.fetching.mailboxes import Wanted
from helpdesk.mail.fetching.remote import FetchFailed
from helpdesk.mail.tables import Inbound, Mailbox
from tests.factories import Desk
from tests.mail_flow import dovecot
from tests.mail_flow.letters import letter
from tests.mail_flow.mailboxes import adds_up, came, ledger, left, mailbox, row
from tests.mail_flow.provider import Provider, providing

pytestmark = [
    pytest.mark.usefixtures("database", "clock"),
    pytest.mark.skipif(not dovecot.is_here(), reason="no Dovecot here (dovecot-imapd, dovecot-pop3d)"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[dovecot.Dovecot]:
    with dovecot.running() as server:
        yield server


@pytest.fixture(autouse=True)
def trusted(server: dovecot.Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its certificate is one that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", server.certificate)


@pytest.fixture
def user(server: dovecot.Dovecot, request: pytest.FixtureRequest) -> str:
    """A mailbox of the test's own with three letters."""
    user = f"user{abs(hash(request.node.name))}"
    for number in (1, 2, 3):
        server.deliver(user, numbered(number))
    return user


def numbered(number: int) -> bytes:
    raw = letter(f"Thư số {number}.\n.\n..hai chấm\n", subject=f"Thư {number}", message_id=f"<{number}@dovecot>")
    return raw.replace(b"\n", b"\r\n")


ALL = ["1@dovecot", "2@dovecot", "3@dovecot"]


async def at(server: dovecot.Dovecot, user: str, kind: str = "imaps", **more: Any) -> int:
    protocol = "pop3" if kind.startswith("pop3") else "imap"
    security = {"imaps": "tls", "pop3s": "tls"}.get(kind, more.pop("security", "none"))
    said = {"backfill": "all", **more}
    return await mailbox(
        getattr(server, kind), dovecot.PASSWORD, username=user, protocol=protocol, security=security, **said
    )


async def messages(server: dovecot.Dovecot, user: str, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
    """Flags of the letters in a folder, asked by another client."""
    from imapclient import IMAPClient

    def look() -> dict[int, tuple[bytes, ...]]:
        with IMAPClient("127.0.0.1", server.imap, ssl=False) as client:
            client.login(user, dovecot.PASSWORD)
            client.select_folder(folder, readonly=True)
            return dict(client.get_flags(client.search()))

    return await asyncio.to_thread(look)


@pytest.mark.parametrize(
    ("kind", "security"),
    [
        ("imap", "none"),
        ("imap", "starttls"),
        ("imaps", "tls"),
        ("pop3", "none"),
        ("pop3", "starttls"),
        ("pop3s", "tls"),
    ],
)
async def test_letters_come_in_once_over_every_kind_of_line(
    server: dovecot.Dovecot, user: str, kind: str, security: str
) -> None:
    number = await at(server, user, kind, security=security)

    await fetch.fetch(number)
    await fetch.fetch(number)

    assert (await row(number)).last_error == ""
    assert sorted(await came()) == ALL
    assert await ledger(number) == [(3, 3, 0, 0)]
    kept = [await raw_bytes(found["id"]) for found in await Inbound.select(Inbound.id).order_by(Inbound.message_id)]
    assert kept == [numbered(1), numbered(2), numbered(3)]
    flags = await messages(server, user)
    assert all(b"\\Seen" not in one for one in flags.values()) or protocol_marks(kind)
    assert len(flags) == 3


def protocol_marks(kind: str) -> bool:
    """POP3 servers mark what was fetched as read; nobody can keep them from it."""
    return kind.startswith("pop3")


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: dovecot.Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    for kind, security in (("imaps", "tls"), ("imap", "starttls"), ("pop3s", "tls")):
        number = await at(server, user, kind, security=security)
        await fetch.fetch(number)
        assert (await row(number)).last_error
    assert await came() == []


async def test_what_is_read_flagged_moved_and_deleted_is_so_at_the_server(server: dovecot.Dovecot, user: str) -> None:
    number = await at(server, user, after_fetch="read")
    await fetch.fetch(number)
    assert all(b"\\Seen" in flags for flags in (await messages(server, user)).values())

    server.deliver(user, numbered(4))
    await Mailbox.update({Mailbox.after_fetch: "flag"}).where(Mailbox.id == number)
    await fetch.fetch(number)
    assert [b"\\Flagged" in flags for flags in (await messages(server, user)).values()] == [False, False, False, True]

    server.deliver(user, numbered(5))
    await Mailbox.update({Mailbox.after_fetch: "move", Mailbox.move_to: "Thư đã đọc"}).where(Mailbox.id == number)
    await fetch.fetch(number)
    assert (len(await messages(server, user)), len(await messages(server, user, "Thư đã đọc"))) == (4, 1)

    server.deliver(user, numbered(6))
    await Mailbox.update({Mailbox.after_fetch: "delete"}).where(Mailbox.id == number)
    await fetch.fetch(number)
    assert len(await messages(server, user)) == 4
    assert (await row(number)).last_error == ""
    assert await left(number) == {}
    assert len(await came()) == 6
    assert await adds_up()


async def test_pop3_deletes_what_is_kept(server: dovecot.Dovecot, user: str) -> None:
    number = await at(server, user, "pop3s", after_fetch="delete")

    await fetch.fetch(number)

    assert (sorted(await came()), await messages(server, user)) == (ALL, {})


async def test_only_what_was_chosen_comes_of_old_letters(server: dovecot.Dovecot, user: str) -> None:
    await fetch.fetch(await at(server, user, backfill="new"))
    assert await came() == []

    reading = await at(server, user, after_fetch="read", folder="Archive")
    await fetch.fetch(reading)
    unread = await at(server, user, backfill="unread")
    await fetch.fetch(unread)
    assert sorted(await came()) == ALL


async def test_letters_of_the_last_days_come(
    server: dovecot.Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC

    from helpdesk.core.clock import pretend

    with pretend(lambda: datetime.now(UTC)):
        await fetch.fetch(await at(server, user, backfill="days", backfill_days=2))
    assert sorted(await came()) == ALL
    with pretend(lambda: datetime.now(UTC) + timedelta(days=30)):
        another = await at(server, user, backfill="days", backfill_days=2)
        await fetch.fetch(another)
        assert await ledger(another) == []


async def test_a_folder_that_was_built_anew_brings_nothing_twice(server: dovecot.Dovecot, user: str) -> None:
    number = await at(server, user)
    await fetch.fetch(number)
    before = (await row(number)).uid_validity

    server.restart_folder(user)
    server.deliver(user, numbered(4))
    await fetch.fetch(number)

    assert (await row(number)).uid_validity != before
    assert sorted(await came()) == [*ALL, "4@dovecot"]
    assert (await ledger(number))[-1] == (4, 1, 3, 0)


async def test_its_folders_are_listed_and_a_wrong_password_is_told(
    server: dovecot.Dovecot, user: str, desk: Desk
) -> None:
    admin = await desk.admin()
    wanted = Wanted(name="x", host="127.0.0.1", port=server.imaps, username=user, password=dovecot.PASSWORD)

    tried = await mailboxes.try_mailbox(admin, wanted)
    assert (tried.count, tried.folders) == (3, ["Archive", "INBOX", "Thư đã đọc"])

    wrong = Wanted(name="x", host="127.0.0.1", port=server.imaps, username=user, password="wrong")
    with pytest.raises(FetchFailed) as refusal:
        await mailboxes.try_mailbox(admin, wrong)
    told = str(refusal.value)
    assert told == "The server does not let us in: [AUTHENTICATIONFAILED] Authentication failed."


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with providing(Provider()) as provider:
        yield provider


@pytest.mark.parametrize("kind", ["imaps", "pop3s"])
async def test_a_token_opens_it_and_a_bad_one_does_not(
    user: str, provider: Provider, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.access, provider.user = {"good"}, user
    starting = dovecot.running(f"{provider.base}/introspect")
    server = await asyncio.to_thread(starting.__enter__)
    try:
        monkeypatch.setenv("SSL_CERT_FILE", server.certificate)
        for number in (1, 2, 3):
            server.deliver(user, numbered(number))
        number = await at(server, user, kind, sign_in="oauth", provider="custom")
        for token, comes in (("bad", []), ("good", ALL)):
            permission = oauth.sealed(oauth.Permission(token, "", now() + timedelta(hours=1)))
            await Mailbox.update({Mailbox.permission: permission}).where(Mailbox.id == number)
            await fetch.fetch(number)
            assert sorted(await came()) == comes
    finally:
        await asyncio.to_thread(starting.__exit__, None, None, None)


async def test_the_server_tells_of_a_letter_and_it_is_fetched_at_once(
    server: dovecot.Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await at(server, user)
    async with watch.listening():
        await until(lambda: owed(number))
        await Job.delete(force=True)
        assert await Mailbox.exists().where((Mailbox.id == number) & (Mailbox.listener != ""))

        await asyncio.to_thread(server.deliver, user, numbered(4))
        await until(lambda: owed(number))
    found = await row(number)
    assert (found.listener, found.listening_until) == ("", None)


async def owed(number: int) -> bool:
    return bool(await Job.exists().where(Job.key == f"mailbox:{number}"))


async def until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110  # the database has no event to wait for
            await asyncio.sleep(0.05)
