"""What administrators change: what becomes of letters that wait for them."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.queue import enqueue, function_named
from helpdesk.mail.access import may_manage
from helpdesk.mail.doors.identity import SORT_JOB
from helpdesk.mail.events import LetterCorrected, LetterReleased
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.reading.correction import Correction
from helpdesk.mail.reading.correction import kept as kept_correction
from helpdesk.mail.tables import Inbound, Outbound


async def release(actor: Actor, inbound: int, *, as_ticket: bool) -> None:
    """Have a letter that is held or set aside sorted again, or taken as a person's letter whatever it seems to be."""
    _check(actor)
    async with transaction():
        letter = await locked(Inbound.objects().where(Inbound.id == inbound)).first()
        if letter is None:
            raise NotFound()
        if letter.state not in {"held", "set_aside"}:
            raise Conflict(phrase("This letter is sorted already."))
        letter.state, letter.reason = "owed", ""
        await letter.save([Inbound.state, Inbound.reason])
        await enqueue(function_named(SORT_JOB), {"inbound": inbound, "as_ticket": as_ticket})
        await record(LetterReleased(actor=actor.id, inbound=inbound))


async def correct(actor: Actor, inbound: int, correction: Correction) -> None:
    """Say what counts instead of what a waiting letter says, and have it taken as a person's letter. Its bytes stay."""
    _check(actor)
    async with transaction():
        letter = await locked(Inbound.objects().where(Inbound.id == inbound)).first()
        if letter is None:
            raise NotFound()
        letter.correction = kept_correction(correction)
        await letter.save([Inbound.correction])
        await record(LetterCorrected(actor=actor.id, inbound=inbound))
        await release(actor, inbound, as_ticket=True)


async def retry(actor: Actor, outbound: int) -> None:
    """Send a letter that has not arrived, or was kept while there was no server, once more."""
    _check(actor)
    await outbox.retry(actor, outbound=outbound)


async def retry_many(actor: Actor, outbounds: Collection[int]) -> int:
    """Send these letters once more; how many of them can be."""
    done = 0
    for outbound in outbounds:
        try:
            await retry(actor, outbound)
            done += 1
        except (Conflict, NotFound):  # it has arrived meanwhile, or has no address: the page shows which
            continue
    return done


async def send_kept(actor: Actor, days: int) -> int:
    """
    Send the letters of the last `days` that were kept while there was no mail server; how many there are.

    Older ones stay kept: nobody wants an answer of last year today.
    """
    _check(actor)
    since = now() - timedelta(days=days)
    async with transaction():
        kept = (Outbound.state == "kept") & (Outbound.created_at >= since)
        sending: dict[Any, Any] = {Outbound.state: "waiting", Outbound.send_at: now()}
        rows = await Outbound.update(sending).where(kept).returning(Outbound.id)
        await outbox.wake(now())
    return len(rows)


def _check(actor: Actor) -> None:
    if not may_manage(actor):
        raise Forbidden()
