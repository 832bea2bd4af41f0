"""An administrator changes, rests or removes a mailbox while letters are being fetched from it."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from helpdesk.core.actor import Actor
from helpdesk.jobs.tables import Job
from helpdesk.mail.fetching import mailboxes
from helpdesk.mail.fetching.fetch import fetch
from helpdesk.mail.fetching.mailboxes import Wanted
from helpdesk.mail.tables import Mailbox, MailboxFetch, MailboxLetter
from tests.factories import Desk
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.mailboxes import adds_up, came, ledger, mailbox, numbered, row

GETS = "BODY.PEEK[])"
"""Of the command that asks for letters."""


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with serving(Box(letters=numbered(*range(1, 61)))) as box:
        yield box


@pytest.fixture
async def an(desk: Desk) -> Actor:
    return await desk.admin()


async def described(number: int, **changes: Any) -> Wanted:
    """What a form says that changes only these."""
    found = await row(number)
    said = {name: getattr(found, name) for name in Wanted.__struct_fields__}
    return msgspec.convert(said | {"password": "", "client_secret": ""} | changes, Wanted)


async def test_a_mailbox_that_is_removed_meanwhile_is_left_at_once(box: Box, an: Actor) -> None:
    number = await mailbox(box.port, box.password, backfill="all", after_fetch="delete")

    async def remove() -> None:
        await mailboxes.remove_mailbox(an, number)

    box.meanwhile = {f"26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50 ({GETS}": remove}
    await fetch(number)

    assert box.meanwhile == {}, "it was removed in the middle"
    assert len(await came()) == 25
    assert sorted(box.letters) == [*range(26, 61)], "nothing is deleted that is not kept"
    for table in (Mailbox, MailboxLetter, MailboxFetch):
        assert await table.count() == 0
    await fetch(number)
    assert not await Job.exists().where(Job.key == f"mailbox:{number}")


async def test_a_mailbox_that_is_put_to_rest_meanwhile_rests_at_once_and_goes_on_where_it_was(
    box: Box, an: Actor
) -> None:
    number = await mailbox(box.port, box.password, backfill="all")

    async def rest() -> None:
        await mailboxes.change_mailbox(an, number, await described(number, is_active=False))

    box.meanwhile = {f"50 ({GETS}": rest}
    await fetch(number)
    assert (len(await came()), await ledger(number)) == (25, [(25, 25, 0, 0)])
    found = await row(number)
    assert (found.is_active, found.last_error, found.fetching_until) == (False, "", None)

    await mailboxes.change_mailbox(an, number, await described(number, is_active=True))
    await fetch(number)
    assert await came() == [f"{uid}@x" for uid in range(1, 61)]
    assert await ledger(number) == [(25, 25, 0, 0), (35, 35, 0, 0)]
    assert await adds_up()


async def test_letters_that_shall_stay_from_now_on_are_not_deleted_any_more(box: Box, an: Actor) -> None:
    number = await mailbox(box.port, box.password, backfill="all", after_fetch="delete")

    async def leave() -> None:
        await mailboxes.change_mailbox(an, number, await described(number, after_fetch="leave"))

    box.meanwhile = {f"50 ({GETS}": leave}
    await fetch(number)
    assert sorted(box.letters) == [*range(26, 61)]

    await fetch(number)
    assert sorted(box.letters) == [*range(26, 61)]
    assert len(await came()) == 60


@pytest.mark.parametrize("command", ["EXAMINE", "UID SEARCH", GETS])
async def test_another_folder_is_begun_as_was_chosen_although_the_old_one_was_being_read(
    box: Box, an: Actor, command: str
) -> None:
    number = await mailbox(box.port, box.password, backfill="all")
    async with serving(Box(letters=numbered(101, 102), read={101}, uid_validity=9)) as other:

        async def move() -> None:
            changes = {"port": other.port, "password": other.password, "backfill": "unread"}
            await mailboxes.change_mailbox(an, number, await described(number, **changes))

        box.meanwhile = {command: move}
        await fetch(number)
        await fetch(number)

    assert box.meanwhile == {}
    assert await came() == ["102@x"]
    found = await row(number)
    assert (found.uid_validity, found.last_uid, found.last_error, found.failing_since) == (9, 102, "", None)


async def test_what_was_wrong_with_the_old_password_is_not_said_of_the_new_one(box: Box, an: Actor) -> None:
    number = await mailbox(box.port, "wrong", backfill="all")

    async def mend() -> None:
        await mailboxes.change_mailbox(an, number, await described(number, password=box.password))

    box.meanwhile = {"LOGIN": mend}
    await fetch(number)
    found = await row(number)
    assert (found.last_error, found.failing_since, await ledger(number)) == ("", None, [])

    await fetch(number)
    assert len(await came()) == 60
