"""Does what is owed: a few jobs at a time, each on its own, none able to stop the others."""

import asyncio
import contextlib
import logging
import time
import traceback
from contextvars import ContextVar
from typing import Final

import msgspec

from helpdesk.core.clock import now
from helpdesk.jobs import periodic, queue

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
LOOK_EVERY_SECONDS: Final = 1.0
RENEW_EVERY_SECONDS: Final = 20.0
GRACE_SECONDS = 30.0
"""For jobs in hand when the process is told to end; then they are broken off, and done again later."""
_BROKEN_OFF_SECONDS: Final = 5.0

_ticks_at = 0.0
"""When this process looks next for what comes round, as time.monotonic tells it."""
_told_to_end: Final[ContextVar[asyncio.Event | None]] = ContextVar("told_to_end", default=None)


def is_ending() -> bool:
    """Whether the worker that does this job is told to end: what comes in many pieces begins no further one."""
    told = _told_to_end.get()
    return told is not None and told.is_set()


async def work(stop: asyncio.Event, *, at_once: int = AT_ONCE) -> None:
    """Work until `stop` is set, then end the jobs in hand. New jobs of this process wake it at once."""
    _told_to_end.set(stop)
    wake = asyncio.Event()
    busy: dict[asyncio.Task[None], int] = {}
    done: list[queue.Claimed] = []

    async def do(job: queue.Claimed) -> None:
        if await run(job):
            done.append(job)
        wake.set()

    try:
        with queue.bell.calling(wake.set):
            while not stop.is_set():
                wake.clear()
                claimed = await _look(at_once - len(busy), done)
                in_hand = {*busy.values(), *(job.id for job in done)}  # a clock that jumps forward ends their leases
                for job in claimed:
                    if job.id not in in_hand:
                        task = asyncio.create_task(do(job))
                        busy[task] = job.id
                        task.add_done_callback(busy.pop)
                if not claimed or len(busy) >= at_once:
                    await _first_of(wake, stop)
    finally:
        if busy:
            _, late = await asyncio.wait(busy, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=_BROKEN_OFF_SECONDS)
        await _look(0, done)


async def work_until_idle() -> int:
    """Run due jobs to the last, with all that they owe in turn, and return how many there were."""
    count = 0
    done: list[queue.Claimed] = []
    while True:
        await periodic.tick()
        claimed = await queue.claim(AT_ONCE, done)
        if not claimed:
            return count
        done = [job for job in claimed if await run(job)]
        count += len(claimed)


async def run(job: queue.Claimed) -> bool:
    """One job, to its end: True when it is done and its row may go; otherwise it is postponed with the reason."""
    if job.attempts > queue.MOST_ATTEMPTS:
        log.error("job %s (%s) is given up: its worker ended each time before it", job.id, job.name)
        await queue.postpone(job, "The worker ended each time before the job did.")
        return False
    renewing = asyncio.create_task(_keep(job))
    try:
        function = queue.function_named(job.name)
        await function(**msgspec.json.decode(job.payload, type=dict))
    except Exception:  # a job may fail in any way; what failed and why is kept in its row
        log.exception("job %s (%s) failed at try %d", job.id, job.name, job.attempts)
        await queue.postpone(job, traceback.format_exc())
        return False
    finally:
        renewing.cancel()
    return True


async def _look(most: int, done: list[queue.Claimed]) -> list[queue.Claimed]:
    """
    Claim what is due, and be rid of what is done.

    While the database is away, say so and look again later: nothing is lost by waiting.
    """
    ended = tuple(done)
    if most <= 0 and not ended:
        return []
    try:
        await _tick()
        claimed = await queue.claim(most, ended)
    except Exception:
        log.exception("the worker cannot reach the database; it looks again in a moment")
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        return []
    del done[: len(ended)]
    return claimed


async def _tick() -> None:
    """Owe what comes round; not asked before every job, since its shortest round is many times longer."""
    global _ticks_at
    if time.monotonic() >= _ticks_at:
        _ticks_at = time.monotonic() + LOOK_EVERY_SECONDS / 2
        await periodic.tick()


async def _keep(job: queue.Claimed) -> None:
    """Renew the lease until the job is done; the next time, when the database was away."""
    while True:
        await asyncio.sleep(RENEW_EVERY_SECONDS)
        try:
            await queue.renew(job)
        except Exception:
            log.exception("the lease of job %s (%s) was not renewed", job.id, job.name)
        else:
            log.info("job %s (%s) has been running since before %s", job.id, job.name, now())


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait(waits, timeout=LOOK_EVERY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
