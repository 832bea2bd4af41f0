"""
Listening to mailboxes whose servers tell of new letters by themselves (IMAP's IDLE, RFC 2177).

A connection for each mailbox stands open in one process of all; when the server tells of a letter, the job that
fetches is owed at once. Listening only wakes: what it misses, the next poll finds.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.keys import new_token
from helpdesk.core.leases import has_ended, is_free
from helpdesk.mail.fetching import accounts, fetch
from helpdesk.mail.fetching.imap import Imap
from helpdesk.mail.fetching.remote import Account, FetchFailed
from helpdesk.mail.tables import Mailbox

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 10.0
"""How often it is seen to it that every mailbox is listened to."""
IDLE_SECONDS: Final = 45.0
"""
After so long IDLE is begun anew. RFC 2177 wants it within 29 minutes; a line that died without a word shows itself by
it, early enough that staff hear of it within five.
"""
AGAIN_SECONDS: Final = 60.0
"""How long a mailbox that cannot be listened to is left to polling before the next try."""
DEAF_SECONDS: Final = 3600.0
"""The same for a server that does not know IDLE."""
END_SECONDS: Final = 5.0
MOST: Final = 64
"""Mailboxes that one process listens to, each in a thread of its own; the others are polled."""

Place = tuple[object, ...] | None

_threads: Final = ThreadPoolExecutor(max_workers=MOST, thread_name_prefix="mailbox-ear")


@asynccontextmanager
async def listening() -> AsyncIterator[None]:
    """Listen to the mailboxes in use while the block runs."""
    stop = asyncio.Event()
    watching = asyncio.create_task(_Ears().watch(stop))
    try:
        yield
    finally:
        stop.set()
        await watching


class _Ear:
    """One mailbox that is listened to, or is being tried."""

    def __init__(self, mailbox: int, account: Account, me: str) -> None:
        self.account = account
        self.pause = AGAIN_SECONDS
        self._mailbox, self._me = mailbox, me
        self._server = Imap(account)
        self._is_ending = False
        self.task = asyncio.create_task(self._run())

    async def end(self) -> None:
        self._is_ending = True
        self._server.hang_up()
        await asyncio.wait({self.task}, timeout=END_SECONDS)

    async def renew(self) -> bool:
        """Say that this process listens, unless another one does."""
        may = (Mailbox.listener == self._me) | is_free(Mailbox.listening_until, fetch.LISTENING)
        ours = await (
            Mailbox.update({Mailbox.listener: self._me, Mailbox.listening_until: now() + fetch.LISTENING})
            .where((Mailbox.id == self._mailbox) & may)
            .returning(Mailbox.id)
        )
        return bool(ours)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        is_listening = False
        try:
            await loop.run_in_executor(_threads, self._server.open)
            if not await loop.run_in_executor(_threads, self._server.can_listen):
                self.pause = DEAF_SECONDS
                return
            if self._is_ending or not await self.renew():
                return
            is_listening = True
            await fetch.owe(self._mailbox)  # what came before we listened
            while not self._is_ending:
                if await loop.run_in_executor(_threads, self._server.listen, IDLE_SECONDS):
                    await fetch.owe(self._mailbox)
        except FetchFailed as failure:
            if not self._is_ending:
                log.info("mailbox %s is polled: it cannot be listened to (%s)", self._mailbox, failure)
            if is_listening and not self._is_ending:
                with contextlib.suppress(Exception):  # the database is away, too; the next minute brings a fetch
                    await fetch.owe(self._mailbox)  # which tells whether it was the line or the server
        except Exception:
            log.exception("mailbox %s is polled: listening failed", self._mailbox)
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        await asyncio.get_running_loop().run_in_executor(_threads, self._server.close)
        with contextlib.suppress(Exception):  # the database is away; then the lease ends by itself
            await Mailbox.update({Mailbox.listener: "", Mailbox.listening_until: None}).where(
                (Mailbox.id == self._mailbox) & (Mailbox.listener == self._me)
            )


class _Ears:
    """All that this process listens to."""

    def __init__(self) -> None:
        self._me = new_token()
        self._ears: dict[int, _Ear] = {}
        self._not_before: dict[int, tuple[Place, float]] = {}
        """Until when a mailbox is left alone, unless it is another one by then."""

    async def watch(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                try:
                    await self._look()
                except Exception:
                    log.exception("mailboxes cannot be looked after; polling goes on")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        finally:
            await asyncio.gather(*(ear.end() for ear in self._ears.values()))

    async def _look(self) -> None:
        """Listen to what is in use, and to nothing else."""
        in_use = Mailbox.is_active.eq(True) & (Mailbox.protocol == "imap")
        boxes = {box.id: box for box in await Mailbox.objects().where(in_use).order_by(Mailbox.id)}
        for number, ear in [*self._ears.items()]:
            if ear.task.done():
                self._not_before[number] = _place(ear.account), time.monotonic() + ear.pause
                del self._ears[number]
            elif number not in boxes or _place(accounts.account_now(boxes[number])) not in {None, _place(ear.account)}:
                await ear.end()
                del self._ears[number]
            elif boxes[number].listener == self._me:
                await ear.renew()
        for number, box in boxes.items():
            account = accounts.account_now(box)  # None when its token has ended: the next fetch gets a new one
            if account and number not in self._ears and len(self._ears) < MOST and self._is_time(box, account):
                self._ears[number] = _Ear(number, account, self._me)

    def _is_time(self, box: Mailbox, account: Account) -> bool:
        """Whether to try: nobody else listens, and the last failure is long enough ago or was another mailbox's."""
        place, until = self._not_before.get(box.id, (None, 0.0))
        is_taken = box.listener not in {"", self._me} and not has_ended(box.listening_until, fetch.LISTENING)
        return not is_taken and (place != _place(account) or time.monotonic() >= until)


def _place(account: Account | None) -> Place:
    """What makes it the same mailbox, whichever token opens it; None for one that cannot be opened now."""
    if account is None:
        return None
    secret = "" if account.is_token else account.secret
    return account.host, account.port, account.security, account.username, account.folder, account.is_token, secret
