"""Letters of a POP3 mailbox come in once, and go only when they are kept and it was wanted."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from helpdesk.core.config import config
from helpdesk.mail.doors.receive import raw_bytes
from helpdesk.mail.fetching import fetch
from helpdesk.mail.tables import Inbound, Mailbox
from tests.conftest import Clock
from tests.mail_flow.mailboxes import adds_up, came, ledger, left, mailbox, numbered, row
from tests.mail_flow.pop3_server import Drop, serving

pytestmark = pytest.mark.usefixtures("database", "clock")


def uids(*numbers: int) -> dict[str, bytes]:
    return {f"uid-{number}": raw for number, raw in numbered(*numbers).items()}


@pytest.fixture
async def drop() -> AsyncIterator[Drop]:
    async with serving(Drop(letters=uids(1, 2, 3))) as drop:
        yield drop


async def at(drop: Drop, **more: Any) -> int:
    return await mailbox(drop.port, drop.password, protocol="pop3", **({"backfill": "all"} | more))


async def test_letters_that_stay_come_in_once(drop: Drop) -> None:
    number = await at(drop)

    await fetch.fetch(number)
    drop.letters |= uids(4)
    await fetch.fetch(number)
    await fetch.fetch(number)

    assert await came() == ["1@x", "2@x", "3@x", "4@x"]
    assert len(drop.letters) == 4
    assert await ledger(number) == [(3, 3, 0, 0), (1, 1, 0, 0)]
    inbound = (await Inbound.select())[0]
    assert inbound["source"] == f"pop3:{number}"


async def test_only_new_ones_come_when_old_ones_are_not_wanted(drop: Drop) -> None:
    number = await at(drop, backfill="new")

    await fetch.fetch(number)
    drop.letters |= uids(4)
    await fetch.fetch(number)

    assert await came() == ["4@x"]


async def test_kept_letters_are_deleted_when_it_was_wanted(drop: Drop) -> None:
    number = await at(drop, after_fetch="delete")

    await fetch.fetch(number)

    assert (len(await came()), drop.letters, await left(number)) == (3, {}, {})


async def test_what_is_remembered_goes_with_the_letter(drop: Drop) -> None:
    number = await at(drop)
    await fetch.fetch(number)
    assert len(await left(number)) == 3

    del drop.letters["uid-1"]
    await fetch.fetch(number)

    assert set(await left(number)) == {"uid-2", "uid-3"}


async def test_dots_and_endless_lines_come_as_they_were_written(drop: Drop) -> None:
    text = ".\n..\n.dot\n" + "x" * 70_000 + "\n\nend"
    raw = b"Message-ID: <dots@x>\n\n" + text.encode()
    drop.letters = {"a": raw.replace(b"\n", b"\r\n")}
    number = await at(drop)

    await fetch.fetch(number)

    kept = await raw_bytes((await Inbound.select())[0]["id"])
    assert kept == drop.letters["a"] + b"\r\n"


async def test_a_letter_that_the_server_refuses_stops_no_other(drop: Drop, clock: Clock) -> None:
    drop.refuses = {"uid-2"}
    number = await at(drop)

    for _ in range(4):
        await fetch.fetch(number)
        clock.go(minutes=1)

    assert await came() == ["1@x", "3@x"]
    assert (await left(number))["uid-2"] == "aside"
    assert await adds_up()

    drop.refuses = set()
    clock.go(days=1)
    await fetch.fetch(number)
    assert await came() == ["1@x", "3@x", "2@x"]


async def test_a_large_letter_is_left_there_even_when_kept_ones_are_deleted(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "config", lambda: msgspec.structs.replace(config(), letter_limit=65536))
    drop.letters["uid-2"] += b"x" * 70_000
    number = await at(drop, after_fetch="delete")

    await fetch.fetch(number)

    assert await came() == ["1@x", "3@x"]
    assert [*drop.letters] == ["uid-2"]
    assert await left(number) == {"uid-2": "large"}


async def test_equal_unique_ids_hide_no_letter(drop: Drop) -> None:
    class Twins(dict[str, bytes]):
        def items(self) -> Any:
            return [("same", raw) for raw in self.values()]

    drop.letters = Twins(drop.letters)
    number = await at(drop)

    await fetch.fetch(number)

    assert sorted(await came()) == ["1@x", "2@x", "3@x"]


async def test_what_is_wrong_is_said(drop: Drop) -> None:
    number = await at(drop)
    drop.has_uidl = False
    await fetch.fetch(number)
    assert "UIDL" in (await row(number)).last_error

    drop.has_uidl, drop.password = True, "another"
    await fetch.fetch(number)
    assert "wrong password" in (await row(number)).last_error
    assert await came() == []


async def test_a_token_opens_it_too(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    from helpdesk.core.clock import now
    from helpdesk.mail.fetching import oauth

    drop.token = "token-of-an-hour"
    permission = oauth.Permission(drop.token, "", now() + oauth.EARLY * 12)
    number = await at(drop, sign_in="oauth", provider="custom", permission=oauth.sealed(permission))
    await Mailbox.update({Mailbox.password: ""}).where(Mailbox.id == number)

    await fetch.fetch(number)

    assert len(await came()) == 3
