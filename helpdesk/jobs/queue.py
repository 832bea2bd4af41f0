"""
The queue: rows written in the transaction that causes them, claimed by one worker at a time.

A job is an async function with plain keyword arguments. It may run twice (its worker can die
after the work and before the row is gone), so it is written to be run twice without harm.
"""

import importlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.bell import Bell
from helpdesk.core.clock import now
from helpdesk.core.db import IS_SQLITE, is_duplicate, on_commit, run_sql, transaction
from helpdesk.jobs.tables import Job

JobFunction = Callable[..., Awaitable[None]]

LEASE: Final = timedelta(minutes=1)
"""How long a job waits whose worker died; a living one renews its lease."""
FIRST_RETRY_SECONDS: Final = 10
LAST_RETRY_SECONDS: Final = 3600
MOST_ATTEMPTS: Final = 20

bell: Final = Bell()
"""Rings when this process has added a job."""


class Claimed(Struct, frozen=True):
    """A job that is ours until `lease_until`."""

    id: int
    name: str
    payload: str
    attempts: int


async def enqueue(
    function: JobFunction, payload: dict[str, Any], *, run_at: datetime | None = None, key: str | None = None
) -> None:
    """
    Owe one call of `function(**payload)`, kept with the transaction around this call.

    `run_at` is the earliest moment, at once when None. While a job with the same `key` waits, no
    second one is added; one that already runs does not count, since it may have read what was before.
    """
    job = Job(
        name=name_of(function),
        payload=msgspec.json.encode(payload).decode(),
        key=key,
        run_at=run_at or now(),
        created_at=now(),
    )
    insert = Job.insert(job)
    await (insert.on_conflict(action="DO NOTHING") if key else insert)
    on_commit(bell.ring)


async def claim(most: int, done: Sequence[Claimed] = ()) -> list[Claimed]:
    """
    Up to `most` due jobs, marked as ours. Two workers never get the same one.

    A job whose worker's lease ran out is due again. The rows of jobs that are `done` go in the same
    transaction, which does not wait for the disk: when it is lost, they are done twice.
    """
    async with transaction(waits_for_disk=False):
        if done:
            await Job.delete().where(Job.id.is_in([job.id for job in done]))
        return await _claim(most) if most > 0 else []


async def _claim(most: int) -> list[Claimed]:
    moment = now()
    lock = "" if IS_SQLITE else "FOR UPDATE SKIP LOCKED"
    rows = await run_sql(
        f"""UPDATE job SET state = 'running', attempts = attempts + 1, lease_until = {{}}
            WHERE id IN (SELECT id FROM job
                         WHERE (state = 'ready' AND run_at <= {{}}) OR (state = 'running' AND lease_until < {{}})
                         ORDER BY run_at, id LIMIT {most:d} {lock})
            RETURNING id, name, payload, attempts""",  # noqa: S608  # nothing in it came from outside
        moment + LEASE,
        moment,
        moment,
    )
    return sorted(msgspec.convert(rows, list[Claimed]), key=lambda job: job.id)


async def renew(job: Claimed) -> None:
    await Job.update({Job.lease_until: now() + LEASE}).where(Job.id == job.id)


async def finish(job: Claimed) -> None:
    await Job.delete().where(Job.id == job.id)


async def postpone(job: Claimed, error: str) -> None:
    """Try again later, each time after twice as long; after the last try leave it for a person to see."""
    if job.attempts >= MOST_ATTEMPTS:
        changes: dict[Any, Any] = {Job.state: "failed"}
    else:
        seconds = min(FIRST_RETRY_SECONDS * 2 ** (job.attempts - 1), LAST_RETRY_SECONDS)
        changes = {Job.state: "ready", Job.run_at: now() + timedelta(seconds=seconds)}
    update = Job.update({**changes, Job.lease_until: None, Job.last_error: error[-4000:]}).where(Job.id == job.id)
    try:
        async with transaction():
            await update
    except Exception as refusal:
        if not is_duplicate(refusal):
            raise
        await finish(job)  # another job with its key already waits to do the same


async def retry_now(job_id: int) -> None:
    """Give a waiting or failed job another chance at once; for the administrator's page."""
    await Job.update({Job.state: "ready", Job.run_at: now(), Job.attempts: 0}).where(
        (Job.id == job_id) & (Job.state != "running")
    )
    on_commit(bell.ring)


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
