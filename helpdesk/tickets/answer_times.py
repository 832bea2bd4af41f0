"""How soon each department usually answers first, reckoned now and then from what it really did."""

from datetime import timedelta
from statistics import median_high
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.departments.queries import DepartmentEntry, all_departments
from helpdesk.departments.rules import LEAST_ANSWERED
from helpdesk.departments.tables import AnswerTime
from helpdesk.sla.calendar import worked
from helpdesk.sla.queries import calendar
from helpdesk.tickets.tables import Deadline

LATELY: Final = timedelta(days=30)
MOST: Final = 2000
"""Answers that are looked at, the newest."""


async def reckon() -> None:
    """A periodic job: keep the median of the last 30 days, in working time, for each department."""
    for department in await all_departments():
        minutes = await _minutes(department)
        async with transaction():
            await AnswerTime.delete().where(AnswerTime.department == department.id)
            if len(minutes) >= LEAST_ANSWERED:
                kept = AnswerTime(
                    department=department.id,
                    answered=len(minutes),
                    minutes=median_high(minutes),
                    reckoned_at=now(),
                )
                await kept.save()


async def _minutes(department: DepartmentEntry) -> list[int]:
    """Working minutes until each first answer; those of tickets in the bin are left out."""
    rows = await (
        Deadline.select(Deadline.started_at, Deadline.met_at)
        .where(
            (Deadline.kind == "first_response")
            & (Deadline.met_at >= now() - LATELY)
            & (Deadline.ticket.department == department.id)
            & Deadline.ticket.binned_at.is_null()
        )
        .order_by(Deadline.met_at, Deadline.id, ascending=False)
        .limit(MOST)
    )
    hours = await calendar(department.calendar)
    return [worked(row["started_at"], row["met_at"], hours) for row in rows]
