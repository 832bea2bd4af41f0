"""
The queue: rows written in the transaction that causes them, claimed by one worker at a time.

A job is an async function with plain keyword arguments. It may run twice (its worker can die
after the work and before the row is gone), so it is written to be run twice without harm.
"""

import importlib
import inspect
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.bell import Bell
from helpdesk.core.clock import now
from helpdesk.core.db import IS_SQLITE, is_duplicate, on_commit, run_sql, transaction
from helpdesk.jobs.tables import Job

JobFunction = Callable[..., Awaitable[None]]

CAN_WAIT: Final = timedelta(minutes=5)
"""For what nobody waits for: it lets more urgent work go first so long, and no longer."""
LEASE: Final = timedelta(minutes=1)
"""How long a job waits whose worker died; a living one renews its lease."""
FIRST_RETRY_SECONDS: Final = 10
LAST_RETRY_SECONDS: Final = 3600
MOST_ATTEMPTS: Final = 20

bell: Final = Bell("jobs")
"""Rings when this process has added a job."""


class Claimed(Struct, frozen=True):
    """A job that is ours until `lease_until`."""

    id: int
    name: str
    payload: str
    attempts: int


class Owed(Struct, frozen=True):
    """
    One call of `function(**payload)` that somebody owes.

    `run_at` is the earliest moment, at once when None. While a job with the same `key` waits, no second one is
    added; one that already runs does not count, since it may have read what was before. For as long as `patience`
    it lets jobs go first that came later and have less.
    """

    function: JobFunction
    payload: dict[str, Any]
    run_at: datetime | None = None
    key: str | None = None
    patience: timedelta = timedelta()


async def enqueue(
    function: JobFunction,
    payload: dict[str, Any],
    *,
    run_at: datetime | None = None,
    key: str | None = None,
    patience: timedelta = timedelta(),
) -> None:
    """Owe one call of `function(**payload)`, kept with the transaction around this call; as `Owed` says."""
    await owe([Owed(function, payload, run_at, key, patience)])


async def owe(calls: Sequence[Owed]) -> None:
    """Owe all of these, kept with the transaction around this call."""
    if not calls:
        return
    moment = now()
    jobs = [
        Job(
            name=name_of(one.function),
            payload=msgspec.json.encode(one.payload).decode(),
            key=one.key,
            run_at=one.run_at or moment,
            wanted_at=(one.run_at or moment) + one.patience,
            created_at=moment,
        )
        for one in calls
    ]
    await Job.insert_all(jobs, unless_there=any(one.key for one in calls))
    on_commit(bell.ring)


async def waiting(keys: Collection[str]) -> list[str]:
    """Those of these keys that a waiting job has."""
    rows = await Job.select(Job.key).where(Job.key.is_in([*keys] or [""]) & (Job.state == "ready")).order_by(Job.id)
    return [row["key"] for row in rows]


async def claim(most: int, done: Sequence[Claimed] = ()) -> list[Claimed]:
    """
    Up to `most` due jobs, marked as ours. Two workers never get the same one.

    A job whose worker's lease ran out is due again. What is wanted first goes first, so nothing waits for ever:
    once a job's patience is over, nothing that comes in goes before it. The rows of jobs that are `done` go in the
    same transaction, which does not wait for the disk: when it is lost, they are done twice.
    """
    async with transaction(waits_for_disk=False):
        if done:
            await Job.delete().where(Job.id.is_in([job.id for job in done]))
        return await _claim(most) if most > 0 else []


async def _claim(most: int) -> list[Claimed]:
    """
    Those of dead workers and those that are due, the ones wanted first; the index `job_wanted` has them in order.

    They are found first, and once: within `IN`, PostgreSQL finds some for each row of a table that it believes to be
    small, others each time, since those before are running by then.
    """
    moment = now()
    first = f"ORDER BY wanted_at, id LIMIT {most:d}" + ("" if IS_SQLITE else " FOR UPDATE SKIP LOCKED")
    rows = await run_sql(
        f"""WITH found AS MATERIALIZED (
                SELECT id FROM (SELECT id FROM job WHERE state = 'running' AND lease_until < {{}} {first}) AS a
                UNION ALL
                SELECT id FROM (SELECT id FROM job WHERE state = 'ready' AND run_at <= {{}} {first}) AS b
                LIMIT {most:d})
            UPDATE job SET state = 'running', attempts = attempts + 1, lease_until = {{}}
            WHERE id IN (SELECT id FROM found)
            RETURNING id, name, payload, attempts, wanted_at""",  # noqa: S608  # nothing in it came from outside
        moment,
        moment,
        moment + LEASE,
    )
    return msgspec.convert(sorted(rows, key=lambda row: (row["wanted_at"], row["id"])), list[Claimed])


async def renew(job: Claimed) -> None:
    await Job.update({Job.lease_until: now() + LEASE}).where(Job.id == job.id)


async def finish(job: Claimed) -> None:
    await Job.delete().where(Job.id == job.id)


async def postpone(job: Claimed, error: str) -> None:
    """Try again later, each time after twice as long; after the last try leave it for a person to see."""
    if job.attempts >= MOST_ATTEMPTS:
        changes: dict[Any, Any] = {Job.state: "failed"}
    else:
        again = now() + _pause(job.attempts)
        changes = {Job.state: "ready", Job.run_at: again, Job.wanted_at: again}
    update = Job.update({**changes, Job.lease_until: None, Job.last_error: error[-4000:]}).where(Job.id == job.id)
    try:
        async with transaction():
            await update
    except Exception as refusal:
        if not is_duplicate(refusal):
            raise
        await finish(job)  # another job with its key already waits to do the same


async def clock_was_set_back() -> None:
    """
    Let no job wait longer than it should, now that a clock that went wrong goes right.

    What was owed by the wrong clock waits as long as was meant from now on, and so does what failed. Leases become
    as long as leases are: whoever lives renews his, whoever died is replaced. Again does no harm.
    """
    moment = now()
    async with transaction():
        ahead = (Job.state == "ready") & (Job.run_at > moment)
        at_once = ahead & (Job.run_at == Job.created_at)
        await Job.update({Job.run_at: moment, Job.wanted_at: moment, Job.created_at: moment}).where(at_once)
        for row in await Job.select(Job.id, Job.run_at, Job.created_at, Job.attempts).where(ahead).order_by(Job.id):
            meant = _pause(row["attempts"]) if row["attempts"] else row["run_at"] - row["created_at"]
            run_at, created_at = min(row["run_at"], moment + meant), min(row["created_at"], moment)
            changes: dict[Any, Any] = {Job.run_at: run_at, Job.wanted_at: run_at, Job.created_at: created_at}
            await Job.update(changes).where(Job.id == row["id"])
        too_long = (Job.state == "running") & (Job.lease_until > moment + LEASE)
        await Job.update({Job.lease_until: moment + LEASE}).where(too_long)


async def retry_now(job_id: int) -> None:
    """Give a waiting or failed job another chance at once; for the administrator's page."""
    moment = now()
    await Job.update({Job.state: "ready", Job.run_at: moment, Job.wanted_at: moment, Job.attempts: 0}).where(
        (Job.id == job_id) & (Job.state != "running")
    )
    on_commit(bell.ring)


def _pause(attempts: int) -> timedelta:
    """How long a job waits that has failed so often."""
    return timedelta(seconds=min(FIRST_RETRY_SECONDS * 2 ** (attempts - 1), LAST_RETRY_SECONDS))


def name_of(function: JobFunction) -> str:
    return f"{function.__module__}:{function.__qualname__}"


def function_named(name: str) -> JobFunction:
    """The function of a job row. Raises LookupError for one that is not (or no longer) ours."""
    module, _, attribute = name.partition(":")
    if not module.startswith(("helpdesk.", "kb.")):
        raise LookupError(name)
    try:
        function: JobFunction = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise LookupError(name) from error
    if not inspect.iscoroutinefunction(function):
        raise LookupError(name)
    return function
