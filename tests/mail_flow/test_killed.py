"""A process that is killed while it fetches loses nothing and keeps nothing twice, whatever was chosen for later."""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.core.clock import pretend
from helpdesk.core.config import ROOT
from helpdesk.mail.fetching import fetch
from helpdesk.mail.tables import Mailbox, MailboxFetch
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.mailboxes import adds_up, came, left, mailbox, numbered, row

pytestmark = pytest.mark.usefixtures("database")

LETTERS = 100
KILLS = 3
FETCH = """
import asyncio, sys
from helpdesk.core import db
from helpdesk.mail.fetching import fetch, rules

async def main():
    rules.TOGETHER = 4
    await db.open_database()
    await fetch.fetch(int(sys.argv[1]))
    await db.close_database()

asyncio.run(main())
"""


@pytest.mark.parametrize("after", ["leave", "move"])
async def test_a_fetch_that_is_killed_at_any_moment_is_made_good(after: str) -> None:
    moments = random.Random(20261122)
    async with serving(Box(letters=numbered(*range(1, LETTERS + 1)))) as box:
        number = await mailbox(box.port, box.password, backfill="all", after_fetch=after, move_to="Archive")
        for _ in range(KILLS):
            await killed_fetch(number, box, moments.randint(7, 16))
            await Mailbox.update({Mailbox.fetching_until: None}).where(Mailbox.id == number)
        assert await MailboxFetch.exists().where(MailboxFetch.ended_at.is_null()), "none was killed at work"
        with pretend(lambda: datetime.now(UTC) + timedelta(minutes=2)):
            await fetch.fetch(number)

        assert sorted(await came()) == sorted(f"{uid}@x" for uid in range(1, LETTERS + 1))
        assert ((await row(number)).last_error, await left(number)) == ("", {})
        assert len(box.letters) == (0 if after == "move" else LETTERS)
        assert len(box.archive) == (LETTERS if after == "move" else 0)
        assert await adds_up()


async def killed_fetch(number: int, box: Box, commands: int) -> None:
    """Fetch in a process of its own, which is killed once the server has heard so many commands."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    box.heard.clear()
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", FETCH, str(number), env=environment)
    while child.returncode is None and len(box.heard) < commands:  # noqa: ASYNC110  # it is not of this loop
        await asyncio.sleep(0.001)
    if child.returncode is None:
        child.send_signal(signal.SIGKILL)
    await child.wait()
