"""
Work that comes round: whoever moves the row on owes the job, so several processes never run it twice.

A row that is further ahead than its interval tells that the clock was set back since. Then all that waits for a moment
is looked after, so that nothing stands still until the old time comes round again.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.jobs.queue import JobFunction, enqueue, name_of
from helpdesk.jobs.tables import Schedule

log = logging.getLogger(__name__)

UNEVEN: Final = timedelta(minutes=1)
"""So far the clocks of several machines may differ."""

_every: Final[dict[str, tuple[JobFunction, timedelta]]] = {}
_when_set_back: Final[dict[str, JobFunction]] = {}


def every(seconds: int, function: JobFunction) -> None:
    """Have `function()` run each `seconds`; called by `wiring.py` when the process starts."""
    _every[name_of(function)] = (function, timedelta(seconds=seconds))


def when_set_back(function: JobFunction) -> None:
    """Have `function()` run in one transaction with others when the clock was set back; called by `wiring.py`."""
    _when_set_back[name_of(function)] = function


async def tick() -> None:
    """Owe what is due. A run missed while nothing was running is made up once, not many times."""
    moment = now()
    due = await Schedule.select(Schedule.name, Schedule.next_at)
    known = {row["name"]: row["next_at"] for row in due}
    ahead = [
        name for name, (_, interval) in _every.items() if name in known and known[name] > moment + interval + UNEVEN
    ]
    if ahead:
        await _look_after(ahead, moment)
        known |= dict.fromkeys(ahead, moment)
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


async def _look_after(ahead: list[str], moment: datetime) -> None:
    log.warning("the clock was set back: what waits for a moment that is far away now is looked after")
    async with transaction():
        await Schedule.update({Schedule.next_at: moment}).where(Schedule.name.is_in(ahead))
        for function in _when_set_back.values():
            await function()
