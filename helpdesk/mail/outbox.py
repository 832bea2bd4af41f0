"""
The way out: a letter is owed in the transaction that causes it, and sent by a job that outlives crashes.

A mail server that says "not now" (4xx, RFC 5321, section 4.2.1) is asked again, later each time; one that
says "never" (5xx) is believed. Where no server is set (`smtp_url` is empty) letters stay on the outbox page.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import locked, transaction
from helpdesk.events.record import record
from helpdesk.jobs.queue import enqueue
from helpdesk.mail.compose import Outgoing, checked, compose
from helpdesk.mail.events import LetterFailed
from helpdesk.mail.tables import Outbound

FIRST_RETRY: Final = timedelta(minutes=1)
LAST_RETRY: Final = timedelta(hours=4)
MOST_TRIES: Final = 36
"""About five days, as RFC 5321, section 4.5.4.1, asks for at least four or five."""
TIMEOUT_SECONDS: Final = 60.0
_HERE: Final = frozenset(("localhost", "127.0.0.1", "::1"))

Replies = Mapping[str, tuple[int, bytes]]
"""Recipients that were refused, each with the server's code and words."""


async def owe(letter: Outgoing, *, about: str, key: str | None = None, envelope_from: str = "") -> int | None:
    """
    Promise to send a letter, with the transaction around this call; its id in the outbox.

    The same `key` owes once: None when it was owed before. Bounces go to `envelope_from`. A letter to
    nobody we can write to is kept as failed, so that somebody sees it.
    """
    try:
        content, recipients, error = compose(letter), [checked(email) for email in letter.recipients], ""
    except ValueError as refusal:
        content, recipients, error = b"", letter.recipients, str(refusal)
    row = Outbound(
        about=about,
        key=key,
        envelope_from=envelope_from,
        recipients=msgspec.json.encode(recipients).decode(),
        subject=letter.subject,
        message_id=letter.message_id,
        content=content,
        state="failed" if error else "waiting",
        last_error=error,
        send_at=letter.sent_at,
        created_at=now(),
    )
    async with transaction():
        insert = Outbound.insert(row)
        if key is not None:
            insert = insert.on_conflict(action="DO NOTHING", target=Outbound.key)
        added = await insert.returning(Outbound.id)
        if not added:
            return None
        outbound: int = added[0]["id"]
        if error:
            await record(LetterFailed(actor=None, outbound=outbound))
        else:
            await enqueue(send, {"outbound": outbound}, run_at=letter.sent_at, key=f"send:{outbound}")
    return outbound


async def send(outbound: int) -> None:
    """The job: hand one letter to the mail server. A letter that is not waiting any more is left alone."""
    letter = await Outbound.objects().where((Outbound.id == outbound) & (Outbound.state == "waiting")).first()
    if letter is None:
        return
    if not config().smtp_url:
        await _end(outbound, "kept")
        return
    recipients = msgspec.json.decode(letter.recipients, type=list[str])
    try:
        refused = await asyncio.to_thread(deliver, config().smtp_url, letter.envelope_from, recipients, letter.content)
        await _settle(outbound, refused, recipients)
    except smtplib.SMTPRecipientsRefused as refusal:
        await _settle(outbound, refusal.recipients, recipients)
    except smtplib.SMTPResponseException as refusal:
        said = (refusal.smtp_code, refusal.smtp_error if isinstance(refusal.smtp_error, bytes) else b"")
        await _settle(outbound, dict.fromkeys(recipients, said), recipients)
    except smtplib.SMTPNotSupportedError as refusal:
        await _end(outbound, "failed", str(refusal))
    except (OSError, smtplib.SMTPException) as trouble:
        await _later(outbound, recipients, f"{type(trouble).__name__}: {trouble}")


def deliver(url: str, envelope_from: str, recipients: Sequence[str], content: bytes) -> Replies:
    """
    One conversation with the mail server at `url`; the recipients it refused while it took others.

    Blocks. Raises ConnectionError when there was no conversation, else what smtplib's `sendmail` raises.
    """
    try:
        server = connect(url)
    except smtplib.SMTPException as trouble:
        raise ConnectionError(str(trouble)) from trouble  # a wrong password is no fault of the letter's
    with server:
        options = [] if all(one.isascii() for one in (envelope_from, *recipients)) else ["SMTPUTF8", "BODY=8BITMIME"]
        return server.sendmail(envelope_from, recipients, content, mail_options=options)


def connect(url: str) -> smtplib.SMTP:
    """
    A conversation with the mail server at `url`, encrypted wherever it offers that, and signed in.

    Certificates are proved, and no password leaves this machine unencrypted. Raises OSError or SMTPException.
    """
    parts = urlsplit(url)
    host, context = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo()
        if parts.scheme == "smtp" and host not in _HERE:
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif parts.username:
                raise smtplib.SMTPNotSupportedError(f"{host} offers no encryption, so no password is sent to it")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


async def _settle(outbound: int, refused: Replies, recipients: Sequence[str]) -> None:
    """Go by what the server said of each recipient: done, again later for some, or given up."""
    said = "; ".join(f"{email}: {code} {words.decode('utf-8', 'replace')}" for email, (code, words) in refused.items())
    waiting = [email for email, (code, _) in refused.items() if code < 500]
    if waiting:
        await _later(outbound, waiting, said)
    elif len(refused) == len(recipients):
        await _end(outbound, "failed", said)
    else:
        await _end(outbound, "sent", said)


async def _later(outbound: int, recipients: Sequence[str], error: str) -> None:
    """Try again for these recipients; the wait doubles each time, MOST_TRIES times."""
    async with transaction():
        letter = await locked(Outbound.objects().where(Outbound.id == outbound)).first()
        if letter is None or letter.state != "waiting":
            return
        if letter.attempts + 1 >= MOST_TRIES:
            await _end(outbound, "failed", error)
            return
        wait = min(FIRST_RETRY * 2**letter.attempts, LAST_RETRY)
        letter.attempts += 1
        letter.recipients = msgspec.json.encode(list(recipients)).decode()
        letter.last_error, letter.send_at = error, now() + wait
        await letter.save([Outbound.attempts, Outbound.recipients, Outbound.last_error, Outbound.send_at])
        await enqueue(send, {"outbound": outbound}, run_at=letter.send_at, key=f"send:{outbound}")


async def _end(outbound: int, state: str, error: str = "") -> None:
    async with transaction():
        changes: dict[Any, Any] = {
            Outbound.state: state,
            Outbound.last_error: error,
            Outbound.attempts: Outbound.attempts + 1,
        }
        if state == "sent":
            changes[Outbound.sent_at] = now()
        ended = await (
            Outbound.update(changes)
            .where((Outbound.id == outbound) & (Outbound.state == "waiting"))
            .returning(Outbound.id)
        )
        if ended and state == "failed":
            await record(LetterFailed(actor=None, outbound=outbound))


class Sending(Struct, frozen=True):
    """What an administrator learns from a test of the mail server."""

    is_reachable: bool
    error: str = ""


async def test() -> Sending:
    """Whether the configured mail server can be reached and lets us in."""
    try:
        server = await asyncio.to_thread(connect, config().smtp_url)
        await asyncio.to_thread(server.quit)
    except (OSError, smtplib.SMTPException) as trouble:
        return Sending(is_reachable=False, error=f"{type(trouble).__name__}: {trouble}")
    return Sending(is_reachable=True)
