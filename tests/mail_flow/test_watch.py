"""A mailbox whose server tells of letters is listened to by one process; all others are polled, and nothing hangs."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from helpdesk.core.keys import seal
from helpdesk.jobs.tables import Job
from helpdesk.mail.fetching import watch
from helpdesk.mail.tables import Mailbox
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.mailboxes import mailbox, numbered, row

pytestmark = pytest.mark.usefixtures("database", "clock")


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with serving(Box(letters=numbered(1))) as box:
        yield box


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.05)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110  # the database has no event to wait for
            await asyncio.sleep(0.02)


def owed(number: int) -> Callable[[], Awaitable[bool]]:
    async def is_owed() -> bool:
        return bool(await Job.exists().where(Job.key == f"mailbox:{number}"))

    return is_owed


def heard(box: Box, word: str, times: int = 1) -> Callable[[], Awaitable[bool]]:
    async def is_heard() -> bool:
        return sum(said.startswith(word) for said in box.heard) >= times

    return is_heard


async def test_each_new_letter_owes_a_fetch_at_once(box: Box) -> None:
    number = await mailbox(box.port, box.password)
    async with watch.listening():
        for _ in range(3):
            await until(owed(number))
            await Job.delete(force=True)
            await until(heard(box, "IDLE"))
            box.heard.clear()
            assert (await row(number)).listening_until is not None
            box.news.set()
        await until(owed(number))
    assert not [said for said in box.heard if said.startswith("SELECT")], "listening changes nothing"
    assert ((await row(number)).listener, (await row(number)).listening_until) == ("", None)


async def test_idle_is_begun_anew_before_a_server_tires_of_it(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watch.IDLE_SECONDS < 29 * 60
    monkeypatch.setattr(watch, "IDLE_SECONDS", 0.05)
    await mailbox(box.port, box.password)

    async with watch.listening():
        await until(heard(box, "IDLE", 4))

    assert box.connections == 1


async def test_a_server_that_tells_nothing_is_asked_once_and_left_to_polling(box: Box) -> None:
    box.can = ()
    number = await mailbox(box.port, box.password)

    async with watch.listening():
        await until(heard(box, "LOGOUT"))
        await asyncio.sleep(0.3)

    assert box.connections == 1
    assert (await row(number)).listening_until is None


async def test_a_line_that_breaks_is_made_again_and_meanwhile_the_mailbox_is_polled(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(watch, "IDLE_SECONDS", 0.05)
    number = await mailbox(box.port, box.password)
    async with watch.listening():
        await until(heard(box, "IDLE"))
        await until(owed(number))
        await Job.delete(force=True)
        box.cuts_after = 1
        await until(lambda: _is_polled(number))
        assert await owed(number)(), "whether it was the line or the server is seen at once"
        box.cuts_after = 0
        connections = box.connections
        await until(lambda: _is_listened_to(number))
    assert box.connections > connections


async def _is_polled(number: int) -> bool:
    return (await row(number)).listening_until is None


async def _is_listened_to(number: int) -> bool:
    return not await _is_polled(number)


async def test_one_process_of_several_listens_and_another_takes_over(box: Box) -> None:
    number = await mailbox(box.port, box.password)
    async with watch.listening():
        await until(heard(box, "IDLE"))
        async with watch.listening():
            await asyncio.sleep(0.3)
            assert sum(said == "IDLE" for said in box.heard) == 1
        first = (await row(number)).listener
        assert first
    async with watch.listening():
        await until(heard(box, "IDLE", 2))
        assert (await row(number)).listener not in {"", first}


async def test_a_mailbox_that_changes_or_rests_is_heard_accordingly(box: Box) -> None:
    number = await mailbox(box.port, "wrong")
    async with watch.listening():
        await until(heard(box, "LOGOUT"))
        await asyncio.sleep(0.3)
        assert box.connections == 1, "a wrong password is not tried again and again"
        await Mailbox.update({Mailbox.password: seal(box.password)}).where(Mailbox.id == number)
        await until(heard(box, "IDLE"))
        await Mailbox.update({Mailbox.is_active: False}).where(Mailbox.id == number)
        await until(lambda: _is_polled(number))


async def test_the_end_comes_at_once_and_the_loop_never_waits(box: Box) -> None:
    await mailbox(box.port, box.password)
    async with watch.listening():
        await until(heard(box, "IDLE"))
        began = time.monotonic()
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert time.monotonic() - began < 5
        began = time.monotonic()
    assert time.monotonic() - began < 5, "far less than it would have waited"
