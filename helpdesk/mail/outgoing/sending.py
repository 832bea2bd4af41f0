"""
Sending what is due: one process at a time, over a few lines at once, the letters of one lane in order.

A mail server that says "not now" (4xx, RFC 5321, section 4.2.1) is asked again, later each time; one that says
"never" (5xx) is believed. Trouble with our own server is no letter's fault: while it is away all of them wait,
and it alone is tried again.
"""

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct, structs

from helpdesk.core.clock import now
from helpdesk.core.config import config, secret_key
from helpdesk.core.db import locked, run_sql, transaction
from helpdesk.events.record import record
from helpdesk.jobs.worker import is_ending
from helpdesk.mail import thread
from helpdesk.mail.events import SendingChanged
from helpdesk.mail.outgoing import outbox, why
from helpdesk.mail.outgoing.dkim import signed
from helpdesk.mail.outgoing.outbox import OPEN, Outcome
from helpdesk.mail.outgoing.smtp import (
    Answer,
    BrokenOff,
    Conversation,
    NoAnswer,
    ServerAway,
    connect,
    refuses_null,
    said_of,
)
from helpdesk.mail.reading.parse import parse_head
from helpdesk.mail.tables import Outbound, OutboundRecipient, Relay

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

LINES: Final = 4
"""Lines to the mail server that are in use at once."""
MOST_BREAKS: Final = 3
"""So many letters in a row that break off in the middle mean that the server is in trouble, not the letters."""
LEASE: Final = timedelta(seconds=60)
RENEW_EVERY_SECONDS: Final = 15.0
FIRST_PAUSE: Final = timedelta(seconds=15)
LAST_PAUSE: Final = timedelta(minutes=2)
"""Between tries of a server that is away."""
WAIT_FOR_OTHERS_SECONDS: Final = 5.0
"""How long a letter waits for another one's last word."""
SMTP: Final = "smtp"


_is_sending = False
_asked_again = False
"""Of this process: another call while it sends makes it look once more, and never sends beside it."""


class Due(Struct, frozen=True):
    """A letter whose turn it is, with those whom it has not reached yet."""

    id: int
    envelope_from: str
    recipients: list[str]
    content: bytes
    drops: int


async def send_due() -> None:
    """
    The job: send what is due until nothing is. Returns at once while that is being done already.

    What is owed while the sending is handed back is seen by the look after that, so nothing is left behind.
    """
    global _is_sending, _asked_again
    if not config().smtp_url:
        await _keep()
        return
    _asked_again = True
    if _is_sending:
        return
    _is_sending = True
    try:
        while _asked_again:
            _asked_again = False
            await _send_all()
    finally:
        _is_sending = False


async def _send_all() -> None:
    while not is_ending() and await _next(1, frozenset()):
        me = f"{os.getpid()}-{secrets.token_hex(8)}"
        relay = await _take_over(me)
        if relay is None:
            return
        try:
            async with _renewing(me):
                takes_null = relay.refuses_null != _server()
                await _Sending(is_doubtful=relay.failing_since is not None, takes_null=takes_null).run()
        finally:
            await _hand_back(me)


async def clock_was_set_back() -> None:
    """Let no letter wait longer than it should, nor the server, nor whoever sends next. Again does no harm."""
    moment = now()
    ahead = (Outbound.state == "waiting") & (Outbound.send_at > moment)
    for row in await Outbound.select(Outbound.id, Outbound.attempts, Outbound.send_at).where(ahead):
        send_at = moment + (outbox.pause(row["attempts"], row["id"]) if row["attempts"] else timedelta())
        await Outbound.update({Outbound.send_at: min(send_at, row["send_at"])}).where(Outbound.id == row["id"])
    await Relay.update({Relay.sends_until: moment + LEASE}).where(Relay.sends_until > moment + LEASE)
    await Relay.update({Relay.next_try_at: moment}).where(Relay.next_try_at > moment + LAST_PAUSE)


class _Sending:
    """One process's turn at sending."""

    def __init__(self, *, is_doubtful: bool, takes_null: bool) -> None:
        self._is_doubtful = is_doubtful
        """Whether the server was away: then one letter goes first, to see."""
        self._takes_null = takes_null
        """Whether the server may take letters from the null sender; some refuse them to those who sign in."""
        self._away = ""
        """Why the server takes nothing now; empty while it does."""
        self._breaks = 0
        self._taken = 0
        self._idle: list[Conversation] = []
        self._last_word = asyncio.Lock()

    async def run(self) -> None:
        busy: dict[asyncio.Task[None], int] = {}
        try:
            while True:
                room = 0 if self._away or is_ending() else (1 if self._is_doubtful else LINES) - len(busy)
                for letter in await _next(room, frozenset(busy.values())) if room > 0 else ():
                    busy[asyncio.create_task(self._send(letter))] = letter
                if not busy:
                    break
                done, _ = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del busy[task]
                    task.result()
        except asyncio.CancelledError:
            for task in busy:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*busy, *(asyncio.to_thread(line.quit) for line in self._idle), return_exceptions=True)
        if self._taken:
            await Relay.update({Relay.sent_at: now()}).where(Relay.name == SMTP)
        if self._away:
            await _server_failed(self._away)

    async def _send(self, outbound: int) -> None:
        """One letter, whatever happens to it; it never stops the others."""
        try:
            letter = await _letter(outbound)
            if letter is not None:
                await self._hand_over(letter)
        except ServerAway as trouble:
            self._away = self._away or str(trouble)
        except BrokenOff as trouble:
            await _again(outbound, str(trouble))
            self._broke(str(trouble))
        except Exception:  # the next letter may fare better; what failed is kept with this one and in the log
            log.exception("letter %s cannot be sent", outbound)
            await _again(outbound, why.INTERNAL.message)

    async def _hand_over(self, letter: Due) -> None:
        """
        All of a letter but its last dot; then, one letter at a time, the dot and what the server says to it.

        So a crash leaves one letter in doubt, not several. Nobody waits long for a server that thinks long.
        """
        if not letter.envelope_from and not self._takes_null:
            letter = _from_its_author(letter)
        line, refused = await self._begun(letter)
        if not letter.envelope_from and len(refused) == len(letter.recipients) and refuses_null(refused.values()):
            letter = _from_its_author(letter)
            refused = await self._once_more(line, letter, refused)
        outcomes = {email: _outcome(answer) for email, answer in refused.items()}
        taken = [email for email in letter.recipients if email not in refused]
        if not taken:
            self._idle.append(line)
            await self._settle(letter.id, outcomes)
            return
        async with _held(self._last_word, WAIT_FOR_OTHERS_SECONDS):
            try:
                answer = await _on(line, line.finish)
            except NoAnswer as trouble:
                line.close()
                await outbox.settle(letter.id, outcomes | _dropped(letter, taken, str(trouble)), is_dropped=True)
                self._broke(str(trouble))
                return
            self._taken += answer.code < 300
            outcomes |= dict.fromkeys(taken, _outcome(answer))
            await self._settle(letter.id, outcomes, f"{answer.code} {answer.words}" if answer.code < 300 else "")
        self._idle.append(line)

    async def _begun(self, letter: Due) -> tuple[Conversation, dict[str, Answer]]:
        """A line on which the letter is begun. A line used before may have been closed meanwhile: then a new one."""
        arguments = (letter.envelope_from, letter.recipients, await signed(letter.content))
        while self._idle:
            line = self._idle.pop()
            try:
                if not line.is_worn:
                    return line, await _on(line, line.begin, *arguments)
                await asyncio.to_thread(line.quit)
            except (BrokenOff, ServerAway):
                line.close()
        line = await asyncio.to_thread(Conversation, config().smtp_url)
        try:
            return line, await _on(line, line.begin, *arguments)
        except BaseException:
            line.close()
            raise

    async def _once_more(self, line: Conversation, letter: Due, refused: dict[str, Answer]) -> dict[str, Answer]:
        """A letter that was refused for its null sender, with an address; it is remembered where that helps."""
        try:
            refused = await _on(line, line.begin, letter.envelope_from, letter.recipients, await signed(letter.content))
        except BaseException:
            line.close()
            raise
        if len(refused) < len(letter.recipients) and self._takes_null:
            self._takes_null = False
            log.info("%s takes no letters from the null sender; they leave with an address of ours", _server())
            await Relay.update({Relay.refuses_null: _server()}).where(Relay.name == SMTP)
        return refused

    async def _settle(self, outbound: int, outcomes: dict[str, Outcome], answer: str = "") -> None:
        await outbox.settle(outbound, outcomes, answer=answer)
        self._breaks = 0
        if self._is_doubtful:
            self._is_doubtful = False
            await _server_well()

    def _broke(self, trouble: str) -> None:
        """A line broke with a letter on it: that one's fault, or the server's when it goes on."""
        self._breaks += 1
        if self._is_doubtful or self._breaks >= MOST_BREAKS:
            self._away = self._away or trouble


async def _on(line: Conversation, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """One step of a conversation in a thread, which does not outlast us: some servers think for minutes."""
    try:
        return await asyncio.to_thread(step, *args, **kwargs)
    except asyncio.CancelledError:
        line.hang_up()
        raise


# ---- what is due -----------------------------------------------------------------------------------------------


async def _next(most: int, busy: frozenset[int]) -> list[int]:
    """
    Letters that are due and first in their lanes, but for those in hand; the longest due first.

    A letter that somebody has got already holds up nothing: one full mailbox may be tried for days.
    """
    rows = await run_sql(
        """SELECT id FROM outbound WHERE state = 'waiting' AND send_at <= {}
           AND (lane = '' OR NOT EXISTS (SELECT 1 FROM outbound AS before
                WHERE before.lane = outbound.lane AND before.state = 'waiting'
                AND before.sent_at IS NULL AND before.id < outbound.id))
           ORDER BY send_at, id LIMIT {}""",
        now(),
        most + len(busy),
    )
    return [row["id"] for row in rows if row["id"] not in busy][:most]


async def longest_due() -> datetime | None:
    """Since when the letter whose turn it is has been due; None when none is."""
    first = await _next(1, frozenset())
    row = await Outbound.select(Outbound.send_at).where(Outbound.id == first[0]).first() if first else None
    return row["send_at"] if row else None


async def _letter(outbound: int) -> Due | None:
    row = await (
        Outbound.select(Outbound.id, Outbound.envelope_from, Outbound.content, Outbound.drops)
        .where((Outbound.id == outbound) & (Outbound.state == "waiting"))
        .first()
    )
    of_letter = (OutboundRecipient.outbound == outbound) & OutboundRecipient.state.is_in(list(OPEN))
    names = await OutboundRecipient.select(OutboundRecipient.email).where(of_letter).order_by(OutboundRecipient.id)
    if row is None:
        return None
    if not names:  # nobody is left who has not got it
        await outbox.settle(outbound, {})
        return None
    back = thread.bounce_address(row["envelope_from"], outbound, secret_key()) if row["envelope_from"] else ""
    row |= {"content": bytes(row["content"]), "envelope_from": back}
    return Due(**row, recipients=[one["email"] for one in names])


def _from_its_author(letter: Due) -> Due:
    """A letter without a return address, with one made of the address in From. It says itself that it is automatic."""
    author = parse_head(letter.content, "").sender.email
    back = thread.bounce_address(author, letter.id, secret_key()) if author else ""
    return structs.replace(letter, envelope_from=back)


def _server() -> str:
    """Which mail server letters leave by."""
    parts = urlsplit(config().smtp_url)
    return f"{parts.hostname or ''}:{parts.port or ''}"[:260]


def _outcome(answer: Answer) -> Outcome:
    state: outbox.RecipientState = "sent" if answer.code < 300 else "delayed" if answer.code < 500 else "failed"
    return Outcome(state, answer.code, answer.status, answer.words)


def _dropped(letter: Due, taken: list[str], trouble: str) -> dict[str, Outcome]:
    """After the first drop it is sent once more under the same Message-ID; after the next one nobody knows."""
    state: outbox.RecipientState = "unknown" if letter.drops + 1 >= outbox.MOST_DROPS else "delayed"
    reason = why.DOUBTFUL.message if state == "unknown" else trouble
    return dict.fromkeys(taken, Outcome(state, reason=reason))


async def _again(outbound: int, trouble: str) -> None:
    letter = await _letter(outbound)
    if letter is not None:
        await outbox.settle(outbound, dict.fromkeys(letter.recipients, Outcome("delayed", reason=trouble)))


async def _keep() -> None:
    """Without a server letters stay on the outbox page."""
    async with transaction():
        due = (Outbound.state == "waiting") & (Outbound.send_at <= now())
        rows = await Outbound.update({Outbound.state: "kept"}).where(due).returning(Outbound.id, Outbound.lane)
        for row in rows:
            if row["lane"]:
                await record(SendingChanged(actor=None, outbound=row["id"], lane=row["lane"], state="kept"))


# ---- the server, and whose turn it is ----------------------------------------------------------------------------


async def _take_over(me: str) -> Relay | None:
    """The server's row, when it is our turn: nobody else sends, and it need not rest."""
    async with transaction():
        await Relay.insert(Relay(name=SMTP)).on_conflict(action="DO NOTHING", target=Relay.name)
        relay = await _relay()
        not_before: list[datetime | None] = [relay.sends_until, relay.next_try_at]
        if any(moment is not None and moment > now() for moment in not_before):
            return None
        relay.sender, relay.sends_until = me, now() + LEASE
        await relay.save([Relay.sender, Relay.sends_until])
    return relay


async def _hand_back(me: str) -> None:
    await Relay.update({Relay.sender: "", Relay.sends_until: None}).where(Relay.sender == me)


@contextlib.asynccontextmanager
async def _renewing(me: str) -> AsyncIterator[None]:
    """Keep the turn while the block runs."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_SECONDS)
            await Relay.update({Relay.sends_until: now() + LEASE}).where(Relay.sender == me)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()


async def _server_failed(trouble: str) -> None:
    """Let all letters wait, and try the server again after a while: each time longer, up to LAST_PAUSE."""
    async with transaction():
        relay = await _relay()
        if relay.failing_since is None:
            relay.failing_since = now()
        relay.tries += 1
        relay.last_error = trouble
        relay.next_try_at = now() + min(FIRST_PAUSE * 2 ** min(relay.tries - 1, 10), LAST_PAUSE)
        await relay.save([Relay.failing_since, Relay.tries, Relay.last_error, Relay.next_try_at])
        await outbox.wake(relay.next_try_at)
    log.warning("the mail server takes no letters: %s", trouble)


async def _server_well() -> None:
    async with transaction():
        changes: dict[Any, Any] = {
            Relay.failing_since: None,
            Relay.tries: 0,
            Relay.next_try_at: None,
            Relay.last_error: "",
        }
        await Relay.update(changes).where(Relay.name == SMTP)
    log.info("the mail server takes letters again")


async def _relay() -> Relay:
    relay = await locked(Relay.objects().where(Relay.name == SMTP)).first()
    assert relay is not None
    return relay


@contextlib.asynccontextmanager
async def _held(lock: asyncio.Lock, most_seconds: float) -> AsyncIterator[None]:
    """Alone while the block runs; together with others when that takes too long to come."""
    try:
        await asyncio.wait_for(lock.acquire(), most_seconds)
    except TimeoutError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


class Sending(Struct, frozen=True):
    """What an administrator learns from a test of the mail server."""

    is_reachable: bool
    error: str = ""


async def test() -> Sending:
    """Whether the configured mail server can be reached and lets us in."""
    try:
        server = await asyncio.to_thread(connect, config().smtp_url)
        await asyncio.to_thread(server.quit)
    except (OSError, ServerAway) as trouble:
        return Sending(is_reachable=False, error=said_of(trouble))
    return Sending(is_reachable=True)
