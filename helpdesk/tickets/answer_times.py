"""How soon each department usually answers first, reckoned now and then from what it really did."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from statistics import median_high
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.departments.queries import all_departments
from helpdesk.departments.rules import LEAST_ANSWERED
from helpdesk.departments.tables import AnswerTime
from helpdesk.sla.calendar import worked
from helpdesk.sla.queries import calendar
from helpdesk.tickets.tables import Deadline

LATELY: Final = timedelta(days=30)
AT_ONCE: Final = 500
MOST_READ: Final = 20_000
"""First answers that are looked at, the newest of all departments."""
MOST: Final = 1000
"""Of those, how many are reckoned with for each department."""


async def reckon() -> None:
    """A periodic job: keep the median of the last 30 days, in working time, for each department."""
    hours = {one.id: await calendar(one.calendar) for one in await all_departments()}
    minutes: defaultdict[int, list[int]] = defaultdict(list)
    async for department, asked_at, answered_at in _answers():
        if department in hours and len(minutes[department]) < MOST:
            minutes[department].append(worked(asked_at, answered_at, hours[department]))
    async with transaction():
        await AnswerTime.delete().where(AnswerTime.id > 0)
        kept = [
            AnswerTime(department=one, answered=len(taken), minutes=median_high(taken), reckoned_at=now())
            for one, taken in minutes.items()
            if len(taken) >= LEAST_ANSWERED
        ]
        if kept:
            await AnswerTime.insert(*kept)


async def _answers() -> AsyncIterator[tuple[int, datetime, datetime]]:
    """Department, question and first answer of tickets outside the bin, the newest answer first, some at a time."""
    before, last = now(), 0
    for _ in range(MOST_READ // AT_ONCE):
        rows = await (
            Deadline.select(
                *(Deadline.id, Deadline.started_at, Deadline.met_at),
                *(Deadline.ticket.department.as_alias("department"), Deadline.ticket.binned_at.as_alias("binned_at")),
            )
            .where(
                (Deadline.kind == "first_response")
                & (Deadline.met_at >= now() - LATELY)
                & ((Deadline.met_at < before) | ((Deadline.met_at == before) & (Deadline.id < last)))
            )
            .order_by(Deadline.met_at, Deadline.id, ascending=False)
            .limit(AT_ONCE)
        )
        for row in rows:
            if row["binned_at"] is None:
                yield row["department"], row["started_at"], row["met_at"]
        if len(rows) < AT_ONCE:
            return
        before, last = rows[-1]["met_at"], rows[-1]["id"]
        await asyncio.sleep(0)  # pages go first
