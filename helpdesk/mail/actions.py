"""What administrators change: what becomes of letters that wait for them."""

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.queue import enqueue, function_named
from helpdesk.mail import outbox
from helpdesk.mail.access import may_manage
from helpdesk.mail.correction import Correction
from helpdesk.mail.correction import kept as kept_correction
from helpdesk.mail.events import LetterCorrected, LetterReleased
from helpdesk.mail.identity import SORT_JOB
from helpdesk.mail.tables import Inbound


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


def _check(actor: Actor) -> None:
    if not may_manage(actor):
        raise Forbidden()
