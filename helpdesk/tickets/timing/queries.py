from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from piccolo.query.functions.aggregate import Count, Sum

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.tickets.access import worked_by
from helpdesk.tickets.tables import Ticket, TimeEntry
from helpdesk.tickets.timing.tables import WorkTimer

LONGEST = 24 * 60
"""Minutes that one entry of time spent holds."""


class Timer(Struct, frozen=True):
    """How long an agent has a ticket in hand: `seconds` until `running_since`, or until it was paused."""

    seconds: int
    running_since: datetime | None

    def counted(self, at: datetime) -> int:
        """Seconds until a moment."""
        return self.seconds + (max(0, int((at - self.running_since).total_seconds())) if self.running_since else 0)

    @property
    def so_far(self) -> int:
        return self.counted(now())

    @property
    def minutes(self) -> int:
        """What would be noted now: begun minutes count, one at least."""
        return min(LONGEST, max(1, -(-self.so_far // 60)))


class Spent(Struct, frozen=True):
    """How long somebody worked, on how many entries."""

    person: int
    name: str
    minutes: int
    entries: int


async def timer(actor: Actor, ticket_id: int) -> Timer | None:
    """The actor's own on this ticket; None where it is not in hand."""
    mine = (WorkTimer.person == (actor.id or 0)) & (WorkTimer.ticket == ticket_id)
    row = await WorkTimer.select(WorkTimer.seconds, WorkTimer.running_since).where(mine).first()
    return msgspec.convert(row, Timer) if row else None


async def by_agent(actor: Actor, days: int) -> list[Spent]:
    """The time that agents noted in the last `days` on tickets the actor works on, the most first."""
    theirs = Ticket.select(Ticket.id).where(worked_by(actor))
    rows = await (
        TimeEntry.select(
            TimeEntry.person,
            TimeEntry.person.name.as_alias("name"),
            Sum(TimeEntry.minutes, alias="minutes"),
            Count(alias="entries"),
        )
        .where((TimeEntry.noted_at >= now() - timedelta(days=days)) & TimeEntry.ticket.is_in(theirs))
        .group_by(TimeEntry.person, TimeEntry.person.name)
    )
    found = msgspec.convert(rows, list[Spent])
    return sorted(found, key=lambda one: (-one.minutes, one.person))
