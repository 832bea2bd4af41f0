"""What the office reads: how the house is doing, what happened, what is owed."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct
from piccolo.columns import Varchar
from piccolo.custom_types import Combinable
from piccolo.query.functions import Count
from piccolo.table import Table

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.departments import queries as departments
from helpdesk.events.tables import EventRow
from helpdesk.jobs.tables import Job
from helpdesk.mail import health as mail
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.people.tables import Person
from helpdesk.sla import queries as sla
from helpdesk.sla import upcoming
from helpdesk.tickets.named import queries as statuses
from helpdesk.topics import queries as topics

PAGE: Final = 50
LATE: Final = timedelta(minutes=5)
"""Work that waits longer than this after it was due means that nobody does it."""
LITTLE_DISK: Final = 2 * 1024**3
"""Bytes free below which the administrator is warned."""

_ILL: Final = ("warn", "danger")

JobState = Literal["failed", "ready", "running"]


class Health(Struct, frozen=True):
    """How the house is doing. Counts of rows; disk in bytes."""

    failed_jobs: int
    late_jobs: int
    held_letters: int
    failed_letters: int
    disk_free: int
    disk_total: int
    mail: list[mail.Health]
    missing_holidays: list[upcoming.Missing]

    @property
    def is_disk_low(self) -> bool:
        return self.disk_free < LITTLE_DISK

    @property
    def is_well(self) -> bool:
        """Whether nothing asks for a person."""
        counts = (self.failed_jobs, self.late_jobs, self.held_letters, self.failed_letters)
        is_mail_well = not any(one.look in _ILL for one in self.mail)
        return not any(counts) and not self.is_disk_low and is_mail_well and not self.missing_holidays


class Happening(Struct, frozen=True):
    """
    One line of the log: what happened to what, by whom, and when.

    `who` is empty for the house and for visitors, `thing` where its name is not known or it is gone.
    """

    id: int
    name: str
    about: str
    actor: int | None
    happened_at: datetime
    who: str
    thing: str


class JobEntry(Struct, frozen=True):
    """One piece of work that is owed. `error` is the traceback of its last try, empty before one."""

    id: int
    name: str
    payload: str
    state: JobState
    attempts: int
    run_at: datetime
    created_at: datetime
    error: str


async def health() -> Health:
    jobs = await job_counts()
    letters_in = await Inbound.count().where(Inbound.state == "held")
    letters_out = await Outbound.count().where(Outbound.state == "failed")
    late = await Job.count().where(
        (Job.state == "ready") & (Job.run_at < now() - LATE) & (Job.wanted_at < now() - LATE)
    )
    disk_free, disk_total = await asyncio.to_thread(_disk)
    return Health(
        failed_jobs=jobs.get("failed", 0),
        late_jobs=late,
        held_letters=letters_in,
        failed_letters=letters_out,
        disk_free=disk_free,
        disk_total=disk_total,
        mail=await mail.everything(),
        missing_holidays=await upcoming.missing(),
    )


async def log(kinds: Sequence[str] = (), *, about: str = "", after: str | None = None) -> Page[Happening]:
    """What happened, newest first: to things of these kinds (all when none is named), or to one thing."""
    rows = (
        await EventRow.select(EventRow.id, EventRow.name, EventRow.about, EventRow.actor, EventRow.happened_at)
        .where(_logged(kinds, about, after))
        .order_by(EventRow.id, ascending=False)
        .limit(PAGE + 1)
    )
    names = await _names({row["about"] for row in rows} | {f"person:{row['actor']}" for row in rows})
    lines = [
        Happening(**row, who=names.get(f"person:{row['actor']}", ""), thing=names.get(row["about"], "")) for row in rows
    ]
    return page_of(lines, PAGE, lambda line: [line.id])


async def job_counts() -> dict[str, int]:
    """How many jobs there are in each state."""
    return await _counts(Job, Job.state)


async def jobs(state: JobState, *, after: str | None = None) -> Page[JobEntry]:
    """The jobs in a state, newest first."""
    where: Combinable = Job.state == state
    if further := beyond(after, Job.id, ascending=False):
        where &= further
    rows = (
        await Job.select(
            Job.id,
            Job.name,
            Job.payload,
            Job.state,
            Job.attempts,
            Job.run_at,
            Job.created_at,
            Job.last_error.as_alias("error"),
        )
        .where(where)
        .order_by(Job.id, ascending=False)
        .limit(PAGE + 1)
    )
    entries = msgspec.convert([{**row, "error": row["error"] or ""} for row in rows], list[JobEntry])
    return page_of(entries, PAGE, lambda entry: [entry.id])


def _disk() -> tuple[int, int]:
    """Bytes free and in all where our files are, or will be: the folder is made with the first file."""
    folder = config().data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


async def _names(things: set[str]) -> dict[str, str]:
    """What people, departments, statuses, calendars and policies such as "person:7" are called."""
    people = [
        int(number)
        for kind, _, number in (thing.partition(":") for thing in things)
        if kind == "person" and number.isdigit()
    ]
    rows = await Person.select(Person.id, Person.name, Person.email).where(Person.id.is_in(people or [0]))
    named = await statuses.known()
    return {
        **{f"person:{row['id']}": row["name"] or row["email"] or "" for row in rows},
        **{f"department:{entry.id}": entry.name for entry in await departments.all_departments()},
        **{f"request_topic:{entry.id}": entry.name for entry in await topics.topics()},
        **{f"status:{one.key}": one.name for one in named.statuses.values()},
        **{f"priority:{one.key}": one.name for one in named.priorities.values()},
        **{f"calendar:{entry.id}": entry.name for entry in await sla.calendars()},
        **{f"policy:{policy.id}": policy.name for policy in await sla.policies()},
    }


async def _counts(table: type[Table], column: Varchar) -> dict[str, int]:
    rows = await table.select(column, Count()).group_by(column)
    return {row[column._meta.name]: row["count"] for row in rows}


def _logged(kinds: Sequence[str], about: str, after: str | None) -> Combinable:
    where = beyond(after, EventRow.id, ascending=False) or EventRow.id > 0
    if about:
        return where & (EventRow.about == about)
    if kinds:
        either: Combinable = EventRow.about.like(f"{kinds[0]}:%")
        for kind in kinds[1:]:
            either |= EventRow.about.like(f"{kind}:%")
        return where & either
    return where
