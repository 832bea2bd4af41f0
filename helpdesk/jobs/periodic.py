"""Work that comes round: whoever moves the row on owes the job, so several processes never run it twice."""

from datetime import timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.jobs.queue import JobFunction, enqueue, name_of
from helpdesk.jobs.tables import Schedule

_every: Final[dict[str, tuple[JobFunction, timedelta]]] = {}


def every(seconds: int, function: JobFunction) -> None:
    """Have `function()` run each `seconds`; called by `wiring.py` when the process starts."""
    _every[name_of(function)] = (function, timedelta(seconds=seconds))


async def tick() -> None:
    """Owe what is due. A run missed while nothing was running is made up once, not many times."""
    moment = now()
    due = await Schedule.select(Schedule.name, Schedule.next_at)
    known = {row["name"]: row["next_at"] for row in due}
    for name, (function, interval) in _every.items():
        if name not in known:
            await Schedule.insert(Schedule(name=name, next_at=moment)).on_conflict(
                action="DO NOTHING", target=Schedule.name
            )
        elif known[name] <= moment:
            async with transaction():
                moved = await (
                    Schedule.update({Schedule.next_at: moment + interval, Schedule.runs: Schedule.runs + 1})
                    .where((Schedule.name == name) & (Schedule.next_at <= moment))
                    .returning(Schedule.name)
                )
                if moved:
                    await enqueue(function, {}, key=name)
