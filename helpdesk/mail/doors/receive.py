"""
The one door in for letters: kept byte for byte, and owed to be sorted, before anybody says thanks.

Letters that wait at the same time share a transaction, hence one wait for the disk, which is what keeping
costs most; each is answered after its commit. SQLite commits with synchronous=FULL and PostgreSQL with
synchronous_commit (its default), so what was answered survives a kill and a power cut.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.db import DB, is_unstorable, on_commit, run_sql, transaction
from helpdesk.jobs.queue import bell
from helpdesk.mail.doors.identity import row
from helpdesk.mail.doors.keeping import Received, keep
from helpdesk.mail.tables import InboundRaw

MOST_TOGETHER: Final = 32
"""Letters in one transaction; others may write between two."""
SMALL_BYTES: Final = 256 * 1024
"""Up to here a letter is hashed at once, and shares a transaction."""


class _Waiting(Struct, eq=False):
    """A letter that is not kept yet, and whom to tell."""

    letter: dict[str, Any]
    raw: bytes
    kept: "asyncio.Future[Received]"


_waiting: Final[deque[_Waiting]] = deque()
_keeper: "asyncio.Task[None] | None" = None


async def receive(raw: bytes, source: str, envelope_from: str = "", envelope_to: Sequence[str] = ()) -> Received:
    """
    Keep a letter. After this call it is on the disk and will be sorted, whatever happens to the process.

    `source` is the door: smtp, lmtp or imap:<mailbox id>. `envelope_from` is empty where nobody told and
    `identity.NULL_SENDER` for bounces; `envelope_to` are the addresses it was handed in for, as far as known.
    Inside a transaction the letter is kept with it. Raises what the database says when it cannot be kept.
    """
    global _keeper
    told = (raw, source, envelope_from, envelope_to, now())
    letter = row(*told) if len(raw) <= SMALL_BYTES else await asyncio.to_thread(row, *told)
    if DB.transaction_exists():
        return (await _keep([_Waiting(letter, raw, asyncio.Future())]))[0]
    waiting = _Waiting(letter, raw, asyncio.Future())
    _waiting.append(waiting)
    if _keeper is None or _keeper.done():
        _keeper = asyncio.create_task(_keep_all())
    return await waiting.kept


async def raw_bytes(inbound: int) -> bytes | None:
    """The letter as it was handed to us; None when there is none of this id."""
    found = await InboundRaw.select(InboundRaw.content).where(InboundRaw.inbound == inbound).first()
    return bytes(found["content"]) if found else None


async def first_bytes(inbound: int, most: int) -> bytes:
    """At most so many bytes that the letter begins with; none when there is none of this id."""
    found = await run_sql("SELECT SUBSTR(content, 1, {}) AS head FROM inbound_raw WHERE inbound = {}", most, inbound)
    return bytes(found[0]["head"]) if found else b""


async def _keep_all() -> None:
    """Keep those that wait, and those that come meanwhile. A task of its own: who waits may go away."""
    while _waiting:
        await _answer(_next())


def _next() -> list[_Waiting]:
    """The letters of the next transaction: a large one alone, small ones together."""
    small = 0
    for one in islice(_waiting, MOST_TOGETHER):
        if len(one.raw) > SMALL_BYTES:
            break
        small += 1
    return [_waiting.popleft() for _ in range(max(small, 1))]


async def _answer(together: Sequence[_Waiting]) -> None:
    """Keep letters in one transaction and tell each; one that no column holds does not keep out the others."""
    try:
        kept = await _keep(together)
    except Exception as error:  # told to everyone who waits: each door then asks its sender to come again
        if len(together) > 1 and is_unstorable(error):
            for one in together:
                await _answer([one])
            return
        for one in together:
            if not one.kept.done():
                one.kept.set_exception(error)
        return
    for one, received in zip(together, kept, strict=True):
        if not one.kept.done():
            one.kept.set_result(received)


async def _keep(together: Sequence[_Waiting]) -> list[Received]:
    async with transaction():
        # in one order everywhere, so that two processes with the same letters do not wait for each other for ever
        in_order = sorted(together, key=lambda one: str(one.letter["identity"]))
        kept = {id(one): await keep(run_sql, one.letter, one.raw) for one in in_order}
        on_commit(bell.ring)
    return [kept[id(one)] for one in together]
