"""
The door for mail servers: SMTP (RFC 5321) and LMTP (RFC 2033) on one port; who says LHLO speaks LMTP.

A letter is kept and committed before it is acknowledged, and whatever goes wrong on our side is answered with 4xx, so
its server keeps it and comes again. Nothing is passed on: addresses that are not ours are refused, so there is nothing
to abuse as a relay. Only <CRLF>.<CRLF> ends a letter; any other mixture of line ends and dots is part of it, so no
letter can carry another one past a server in front of us (SMTP smuggling, CVE-2023-51764 and its kin).
"""

import asyncio
import logging
import re
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address
from os import stat
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from helpdesk.core.config import BadConfig, Config, Network, config, networks
from helpdesk.mail.doors.identity import NULL_SENDER
from helpdesk.mail.doors.receive import receive

log = logging.getLogger(__name__)

IsOurs = Callable[[str], Awaitable[bool]]
"""Whether letters to an address are for us."""

PATIENCE_SECONDS: Final = 120.0
"""For the next command, and for the next 64 KB of a letter."""
LETTER_SECONDS: Final = 900.0
"""For a whole letter."""
KEEP_SECONDS: Final = 60.0
"""For the database to keep a letter. When it does so later, the letter that comes again is known."""
GRACE_SECONDS: Final = 5.0
"""For letters that are being kept when the door closes."""
MOST_SESSIONS: Final = 200
MOST_SESSIONS_OF_A_PEER: Final = 50
MOST_LETTERS: Final = 5000
"""In one session; then the mail server must call again."""
MOST_RECIPIENTS: Final = 100  # RFC 5321, section 4.5.3.1.8
MOST_ERRORS: Final = 20
"""Refusals in one session since the last letter that was kept."""
LONGEST_COMMAND: Final = 2048  # bytes; RFC 5321 asks for 512, extensions and long addresses for more
_COMMANDS: Final = {
    **dict.fromkeys(("MAIL", "DATA", "RSET", "NOOP"), MOST_LETTERS),
    "RCPT": MOST_LETTERS * MOST_RECIPIENTS,
    "*": MOST_RECIPIENTS,
}
"""How often each may be said in one session."""
READ_BYTES: Final = 64 * 1024
LETTERS_IN_HAND: Final = 4
"""As many letters of the largest size are in memory at most; then whoever sends more is asked to come again."""

TRY_AGAIN: Final = "451 4.3.0 Not kept, please try again later"
_TOO_LARGE: Final = "552 5.3.4 The letter is larger than we take"
_NO_ROOM: Final = "452 4.3.1 Too many letters at once, please try again later"
_TOO_SLOW: Final = "451 4.4.2 The letter took too long, please try again"
_END: Final = b"\r\n.\r\n"
_ENHANCED: Final = {
    "221": "2.0.0", "250": "2.0.0", "252": "2.5.0", "454": "4.7.0", "500": "5.5.2", "501": "5.5.4", "502": "5.5.1",
    "503": "5.5.1", "552": "5.3.4", "554": "5.7.0", "555": "5.5.4",
}  # fmt: skip
"""Enhanced status codes (RFC 3463) of replies that have none: LMTP asks for them."""
_HAS_CODE: Final = re.compile(r"\d{3}[ -][245]\.\d{1,3}\.\d{1,3} ")
_PLAIN_ADDRESS: Final = re.compile(r"<([^\s<>@\"\\(),:;\[\]]+@[^\s<>@\"\\(),:;\[\]]+)>(?: +(.*))?")


class Intake:
    """What all conversations share, and the answers about letters; replies carry enhanced codes (RFC 3463)."""

    def __init__(self, is_ours: IsOurs, settings: Config) -> None:
        self._is_ours = is_ours
        self._peers = networks(settings.smtp_peers)
        self.letter_limit = settings.letter_limit
        self.conversations: set[Conversation] = set()
        self.bytes_in_hand = 0

    def greeting_refusal(self, peer: str) -> str:
        """Why nobody at this address may speak now; empty when they may. 4xx: their letters are not lost."""
        if not _is_within(peer, self._peers):
            return "421 4.7.1 Letters are not taken from your address (HELPDESK_SMTP_PEERS)"
        of_the_peer = sum(one.peer == peer for one in self.conversations)
        if len(self.conversations) > MOST_SESSIONS or of_the_peer > MOST_SESSIONS_OF_A_PEER:
            return "421 4.3.2 Too many connections, please try again later"
        return ""

    def is_room_for(self, more: int) -> bool:
        return self.bytes_in_hand + more <= LETTERS_IN_HAND * self.letter_limit

    async def handle_EHLO(  # noqa: N802  # aiosmtpd finds its hooks by these names
        self, server: "Conversation", session: Session, envelope: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        kept = [reply for reply in replies if not reply.startswith("250-AUTH")]
        more = ["250-PIPELINING", "250-ENHANCEDSTATUSCODES"]
        return ["\r\n".join([kept[0], *more, *kept[1:]])]

    async def handle_MAIL(  # noqa: N802
        self, server: "Conversation", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.is_room_for(0):
            return _NO_ROOM
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: "Conversation", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not address.isprintable() or not await self._is_ours(address):
            return "550 5.1.1 We receive no letters at this address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Whatever broke on our side, the letter is still with the sender's server, which tries again."""
        log.error("a mail server could not be answered", exc_info=error)
        return TRY_AGAIN


class Conversation(SMTP):
    """
    One connection. It reads letters by itself, because aiosmtpd keeps a line without an end in memory whole.

    Whether lines are longer than the 998 bytes of RFC 5322 does not matter here: many programs write such.
    """

    line_length_limit = READ_BYTES
    command_size_limits = defaultdict(lambda: LONGEST_COMMAND)

    def __init__(self, intake: Intake, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            intake,
            data_size_limit=intake.letter_limit,
            enable_SMTPUTF8=True,
            hostname=config().mail_domain,
            ident="ESMTP and LMTP",
            tls_context=tls,
            timeout=PATIENCE_SECONDS,
            command_call_limit=_COMMANDS,
            loop=asyncio.get_running_loop(),
        )
        del self._smtp_methods["AUTH"]  # nobody has an account here
        self.peer = ""
        self.gone: asyncio.Future[None] = self.loop.create_future()
        self._intake = intake
        self._speaks_lmtp = self._is_keeping = self._is_leaving = False
        self._errors = self._in_hand = 0

    def leave(self) -> None:
        """End the conversation: at once, or when the letter that is being kept is answered."""
        self._is_leaving = True
        if not self._is_keeping:
            self._hang_up("421 4.3.2 Closing, please try again later")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.peer = str((transport.get_extra_info("peername") or [""])[0])
        self._intake.conversations.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._intake.conversations.discard(self)
        if not self.gone.done():
            self.gone.set_result(None)

    async def _handle_client(self) -> None:
        if refusal := self._intake.greeting_refusal(self.peer):
            log.warning("a mail server at %s was refused: %s", self.peer, refusal)
            self._hang_up(refusal)
            return
        await super()._handle_client()

    async def push(self, status: str) -> None:  # type: ignore[override]  # only AUTH, which is gone, pushes bytes
        """Reply, with an enhanced code where it has none; who only gets refusals is sent away."""
        code, text = status[:3], status[4:]
        if code in _ENHANCED and "\r\n" not in status and text != self.hostname and not _HAS_CODE.match(status):
            status = f"{code} {_ENHANCED[code]} {text}"
        await super().push(status)
        self._errors += code[0] == "5"
        if self._errors >= MOST_ERRORS:
            self._hang_up("421 4.7.0 Too many errors")

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802  # aiosmtpd finds commands by these names
        await self.smtp_EHLO(arg)
        self._speaks_lmtp = True

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        self._speaks_lmtp = False
        await super().smtp_EHLO(hostname)

    @syntax("HELO hostname")
    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802
        self._speaks_lmtp = False
        await super().smtp_HELO(hostname)

    @syntax("VRFY <address>")
    async def smtp_VRFY(self, arg: str) -> None:  # noqa: N802
        await self.push("252 2.5.0 Send the letter, and we shall see")

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 There is no recipient yet")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        reply = await self._take(self.envelope)
        count = len(self.envelope.rcpt_tos) if self._speaks_lmtp else 1  # RFC 2033, section 4.2
        self.envelope = self._create_envelope()
        await self.push("\r\n".join([reply] * count))
        if self._is_leaving:
            self.leave()

    async def _take(self, envelope: Envelope) -> str:
        """Read a letter and keep it; the reply."""
        try:
            raw, refusal = await self._read()
            if refusal:
                return refusal
            self._is_keeping = True
            door = "lmtp" if self._speaks_lmtp else "smtp"
            sender = envelope.mail_from or NULL_SENDER
            async with asyncio.timeout(KEEP_SECONDS):
                received = await receive(raw, door, sender, envelope.rcpt_tos)
        except Exception as error:
            return await self._intake.handle_exception(error)
        finally:
            self._is_keeping = False
            self._let_go()
        self._errors = 0
        return f"250 2.0.0 Kept as {received.id}"

    async def _read(self) -> tuple[bytes, str]:
        """
        The letter as its author wrote it (RFC 5321, section 4.5.2), or why it is refused.

        A refused letter is read to its end and forgotten on the way.
        """
        parts: list[bytes] = []
        size, refusal, last = 0, "", b"\r\n"
        until = self.loop.time() + LETTER_SECONDS
        while last != _END:
            try:
                part = await self._reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as full:
                part = await self._reader.readexactly(full.consumed)
            self._reset_timeout()
            last = (last + part)[-len(_END) :]
            size += len(part)
            if size > self._intake.letter_limit:
                refusal = _TOO_LARGE
            elif self.loop.time() > until:
                refusal = _TOO_SLOW
            elif not refusal and not self._intake.is_room_for(len(part)):
                refusal = _NO_ROOM
            if refusal:
                parts.clear()
                self._let_go()
            else:
                parts.append(part)
                self._in_hand += len(part)
                self._intake.bytes_in_hand += len(part)
        raw = b"".join(parts)[: -len(b".\r\n")].replace(b"\r\n.", b"\r\n")
        return raw.removeprefix(b"."), refusal

    def _let_go(self) -> None:
        """What was in memory is not any more."""
        self._intake.bytes_in_hand -= self._in_hand
        self._in_hand = 0

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address and what follows; None for what is no address, whatever the parser of the library makes of it."""
        if plain := _PLAIN_ADDRESS.fullmatch(arg):
            return plain[1], plain[2] or ""
        try:
            return super()._getaddr(arg)
        except Exception:  # it stumbles over some that are malformed; the sender is told so
            return None, None

    def _timeout_cb(self) -> None:
        self._hang_up("421 4.4.2 We have waited too long")

    def _hang_up(self, reply: str) -> None:
        if self.transport is not None and self._handler_coroutine is not None:
            self._writer.write(reply.encode() + b"\r\n")
            self.transport.close()
            self._handler_coroutine.cancel()


class Certificate:
    """The certificate for STARTTLS, read again when its file has changed, as renewals do every few weeks."""

    def __init__(self, certificate: str, key: str) -> None:
        """Raises BadConfig when the two cannot be used."""
        self._files = (certificate, key)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self._changed = self._load()
        except (OSError, ssl.SSLError) as error:
            raise BadConfig(f"HELPDESK_SMTP_CERTIFICATE or HELPDESK_SMTP_KEY cannot be used: {error}.") from error

    def context(self) -> ssl.SSLContext:
        """As it is now; when the new one cannot be read, as it was."""
        try:
            if self._changed != self._moments():
                self._changed = self._load()
        except (OSError, ssl.SSLError):
            log.exception("the new certificate for letters cannot be read; the old one stays in use")
        return self._context

    def _load(self) -> tuple[float, float]:
        moments = self._moments()
        self._context.load_cert_chain(*self._files)
        return moments

    def _moments(self) -> tuple[float, float]:
        certificate, key = self._files
        return stat(certificate).st_mtime, stat(key).st_mtime


@asynccontextmanager
async def listening(host: str, port: int, is_ours: IsOurs) -> AsyncIterator[asyncio.Server]:
    """Take letters in at `host` and `port` (0: any free one) while the block runs, in this event loop."""
    settings = config()
    intake = Intake(is_ours, settings)
    certificate = certificate_of(settings)

    def begin() -> Conversation:
        return Conversation(intake, certificate.context() if certificate else None)

    server = await asyncio.get_running_loop().create_server(begin, host, port)
    try:
        yield server
    finally:
        server.close()
        for conversation in tuple(intake.conversations):
            conversation.leave()
        if gone := [conversation.gone for conversation in intake.conversations]:
            await asyncio.wait(gone, timeout=GRACE_SECONDS)
        await server.wait_closed()


def certificate_of(settings: Config) -> Certificate | None:
    """Raises BadConfig when there is one that cannot be used."""
    if not settings.smtp_certificate:
        return None
    return Certificate(settings.smtp_certificate, settings.smtp_key or settings.smtp_certificate)


def _is_within(peer: str, allowed: list[Network]) -> bool:
    try:
        address: Any = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in allowed)
