"""
The door for mail servers: SMTP (RFC 5321) and LMTP (RFC 2033) on one port; who says LHLO speaks LMTP.

A letter is kept and committed before it is acknowledged. Nothing is passed on: addresses that are
not ours are refused, so there is nothing to abuse as a relay.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from helpdesk.core.config import config
from helpdesk.mail.identity import NULL_SENDER
from helpdesk.mail.receive import receive

log = logging.getLogger(__name__)

IsOurs = Callable[[str], Awaitable[bool]]
"""Whether letters to an address are for us."""

PATIENCE_SECONDS: Final = 120
MOST_SESSIONS: Final = 200
MOST_RECIPIENTS: Final = 100  # RFC 5321, section 4.5.3.1.8
TRY_AGAIN: Final = "451 4.3.0 Not kept, please try again later"


class Conversation(SMTP):
    """One connection. It takes far longer lines than the 998 bytes of RFC 5322, since many programs write them."""

    line_length_limit = 1024 * 1024
    speaks_lmtp = False

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802  # aiosmtpd finds commands by these names
        self.speaks_lmtp = True
        await self.smtp_EHLO(arg)


class Intake:
    """What the conversation asks us; the answers are SMTP replies with enhanced codes (RFC 3463)."""

    def __init__(self, is_ours: IsOurs) -> None:
        self._is_ours = is_ours
        self.conversations: WeakSet[Conversation] = WeakSet()

    async def handle_MAIL(  # noqa: N802
        self, server: Conversation, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(self.conversations) > MOST_SESSIONS:
            return "451 4.3.2 Too many letters at once, please try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Conversation, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not await self._is_ours(address):
            return "550 5.1.1 We receive no letters at this address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        sender = envelope.mail_from or NULL_SENDER
        received = await receive(raw, "lmtp" if server.speaks_lmtp else "smtp", sender, envelope.rcpt_tos)
        reply = f"250 2.0.0 Kept as {received.id}"
        return "\r\n".join([reply] * len(envelope.rcpt_tos)) if server.speaks_lmtp else reply

    async def handle_exception(self, error: Exception) -> str:
        """Whatever broke on our side, the letter is still with the sender's server, which tries again."""
        log.error("a letter could not be taken in", exc_info=error)
        return TRY_AGAIN


@asynccontextmanager
async def listening(host: str, port: int, is_ours: IsOurs) -> AsyncIterator[asyncio.Server]:
    """Take letters in at `host` and `port` (0: any free one) while the block runs, in this event loop."""
    loop = asyncio.get_running_loop()
    intake = Intake(is_ours)

    def begin() -> Conversation:
        conversation = Conversation(
            intake,
            data_size_limit=config().letter_limit,
            enable_SMTPUTF8=True,
            hostname=config().mail_domain,
            ident="ESMTP and LMTP",
            timeout=PATIENCE_SECONDS,
            loop=loop,
        )
        intake.conversations.add(conversation)
        return conversation

    server = await loop.create_server(begin, host, port)
    try:
        yield server
    finally:
        server.close()
        for conversation in tuple(intake.conversations):
            if conversation.transport is not None:
                conversation.transport.close()
        await server.wait_closed()
