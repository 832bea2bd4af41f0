"""
The line breaks after every k-th byte, wherever that is: nothing is lost, nothing comes twice, and one poll heals it.

One database for all k: each has letters and a mailbox of its own. A run of the suite looks at one byte in STEP, and
which ones changes with the day, so that all are looked at in time; CUT_STEP=1 looks at all of them at once.
"""

import logging
import os
from datetime import date
from typing import Any

import pytest

from helpdesk.core.clock import now, pretend
from helpdesk.mail.fetching import fetch
from helpdesk.mail.tables import Inbound, MailboxFetch
from tests.mail_flow import imap_server, pop3_server
from tests.mail_flow.mailboxes import adds_up, left, mailbox, row

pytestmark = pytest.mark.usefixtures("database", "clock")

STEP = int(os.environ.get("CUT_STEP", "31"))


def raw(name: str, number: int) -> bytes:
    return f"Message-ID: <{name}-{number}@cut>\r\nSubject: {number}\r\n\r\n..\r\nA letter.\r\n".encode()


async def came(name: str) -> list[str]:
    """The letters of one case that came in, as often as they did, by the bytes that are kept."""
    wanted = Inbound.message_id.like(f"{name}-%")
    rows = await Inbound.select(Inbound.message_id, Inbound.size).where(wanted).order_by(Inbound.message_id)
    return [f"{found['message_id']} {found['size']}" for found in rows]


def whole(name: str) -> list[str]:
    return [f"{name}-{number}@cut {len(raw(name, number))}" for number in (1, 2, 3)]


def bytes_to_cut(length: int) -> range:
    return range(1 + date.today().toordinal() % STEP, length + STEP, STEP)  # noqa: DTZ011  # only to vary


@pytest.fixture(autouse=True)
def quiet() -> Any:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("after", ["leave", "move", "delete"])
async def test_an_imap_session_is_cut_anywhere(after: str) -> None:
    async with imap_server.serving(imap_server.Box()) as box:
        session = await imap_case(box, f"{after}-0", 0, after)
        assert session > 500
        for cut in bytes_to_cut(session):
            await imap_case(box, f"{after}-{cut}", cut, after)
    assert await adds_up()


async def imap_case(box: imap_server.Box, name: str, cut: int, after: str) -> int:
    """One mailbox, cut once after `cut` bytes; how many bytes a whole session has."""
    box.letters = {number: raw(name, number) for number in (1, 2, 3)}
    box.archive, box.deleted, box.came_on = [], set(), {}
    choice = {"backfill": "all", "after_fetch": after, "move_to": "Archive" if after == "move" else ""}
    number = await mailbox(box.port, box.password, **choice)

    box.cuts_after = cut
    await fetch.fetch(number)
    session, box.cuts_after = box.said, 0
    await fetch.fetch(number)

    assert await came(name) == whole(name), cut
    assert await left(number) == {}, cut
    assert (await row(number)).last_error == "", cut
    assert len(box.letters) == (3 if after == "leave" else 0), cut
    assert {bytes(one) for one in box.archive} == ({raw(name, n) for n in (1, 2, 3)} if after == "move" else set()), cut
    stored = sum(line["stored"] for line in await MailboxFetch.select().where(MailboxFetch.mailbox == number))
    assert stored == 3, cut
    return session


@pytest.mark.parametrize("after", ["leave", "delete"])
async def test_a_pop3_session_is_cut_anywhere(after: str) -> None:
    async with pop3_server.serving(pop3_server.Drop()) as drop:
        session = await pop3_case(drop, f"{after}-0", 0, after)
        assert session > 300
        for cut in bytes_to_cut(session):
            await pop3_case(drop, f"{after}-{cut}", cut, after)
    assert await adds_up()


async def pop3_case(drop: pop3_server.Drop, name: str, cut: int, after: str) -> int:
    drop.letters = {f"{name}-{number}": raw(name, number) for number in (1, 2, 3)}
    number = await mailbox(drop.port, drop.password, protocol="pop3", backfill="all", after_fetch=after)

    drop.cuts_after = cut
    await fetch.fetch(number)
    session, drop.cuts_after = drop.said, 0
    await fetch.fetch(number)

    assert await came(name) == whole(name), cut
    assert set((await left(number)).values()) == ({"known"} if after == "leave" else set()), cut
    assert (await row(number)).last_error == "", cut
    assert len(drop.letters) == (3 if after == "leave" else 0), cut
    return session


async def test_a_line_that_is_cut_further_and_further_on_brings_every_letter_once() -> None:
    """Not even a server that never lets a session end keeps letters back for ever."""
    async with imap_server.serving(imap_server.Box()) as box:
        box.letters = {number: raw("on", number) for number in (1, 2, 3)}
        number = await mailbox(box.port, box.password, backfill="all", after_fetch="delete")
        tomorrow = now() + fetch.ASIDE_FOR
        for cut in range(40, 2000, 40):
            box.cuts_after = cut
            await fetch.fetch(number)
        box.cuts_after = 0
        with pretend(lambda: tomorrow):  # a letter at which the line broke three times rests for a day
            await fetch.fetch(number)
    assert await came("on") == whole("on")
    assert (box.letters, await left(number)) == ({}, {})
