"""Run where the desk is: have it fetch letters from the IMAP server on loopback at the port that is given."""

import asyncio
import sys

from helpdesk.core.actor import SYSTEM
from helpdesk.core.db import close_database, open_database
from helpdesk.mail.fetching.mailboxes import Wanted, add_mailbox
from helpdesk.wiring import wire
from tests.mail_flow.dovecot import PASSWORD


async def add(port: int, user: str) -> None:
    wire()
    await open_database()
    wanted = Wanted(name=user, host="127.0.0.1", port=port, security="none", username=user, password=PASSWORD)
    await add_mailbox(SYSTEM, wanted)
    await close_database()


if __name__ == "__main__":
    asyncio.run(add(int(sys.argv[1]), sys.argv[2]))
