"""
Starting, pausing and stopping a timer.

No event tells of it: until it is noted as time spent, how long somebody has a ticket in hand is nobody's business.
"""

from datetime import datetime

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.tickets import work
from helpdesk.tickets.timing.tables import WorkTimer


async def start(actor: Actor, ticket_id: int) -> None:
    """Count from now on; the actor's timers on other tickets pause, since nobody works on two at once."""
    async with transaction():
        ticket = await work.worked(actor, ticket_id)
        await WorkTimer.insert(WorkTimer(person=actor.id, ticket=ticket.id, seconds=0, running_since=None)).on_conflict(
            target=(WorkTimer.person, WorkTimer.ticket), action="DO NOTHING"
        )
        for row in await locked(WorkTimer.objects().where(WorkTimer.person == actor.id).order_by(WorkTimer.id)):
            if row.ticket != ticket.id:
                await _stand_still(row, now())
            elif row.running_since is None:
                row.running_since = now()
                await row.save([WorkTimer.running_since])


async def pause(actor: Actor, ticket_id: int) -> None:
    """Let it stand still; one that does, or that nobody started, is left alone."""
    async with transaction():
        ticket = await work.worked(actor, ticket_id)
        mine = (WorkTimer.person == actor.id) & (WorkTimer.ticket == ticket.id)
        for row in await locked(WorkTimer.objects().where(mine)):
            await _stand_still(row, now())


async def stop(actor: Actor, ticket_id: int) -> None:
    """Throw away what it counted."""
    async with transaction():
        ticket = await work.worked(actor, ticket_id)
        await WorkTimer.delete().where((WorkTimer.person == actor.id) & (WorkTimer.ticket == ticket.id))


async def note(actor: Actor, ticket_id: int, minutes: int, what: str) -> int:
    """Keep how long the actor worked on it, whatever the timer says, which ends with it; the entry's id."""
    async with transaction():
        entry = await work.note_time(actor, ticket_id, minutes, what)
        await stop(actor, ticket_id)
    return entry


async def _stand_still(row: WorkTimer, at: datetime) -> None:
    if row.running_since is not None:
        row.seconds += max(0, int((at - row.running_since).total_seconds()))
        row.running_since = None
        await row.save([WorkTimer.seconds, WorkTimer.running_since])
