"""Clocks go wrong, and are set right: nothing stands still until the wrong time comes round again."""

import asyncio
from datetime import timedelta

import pytest

from helpdesk.core.clock import now
from helpdesk.jobs import periodic, queue, worker
from helpdesk.jobs.tables import Job, Schedule
from tests.conftest import Clock
from tests.jobs import done, note

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _comes_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function of the tests comes round each minute."""
    monkeypatch.setitem(periodic._every, queue.name_of(note), (note, timedelta(minutes=1)))


def owed() -> list[str]:
    """What was done but for what comes round."""
    return [word for word in done if word != "round"]


async def ours() -> list[Job]:
    return await Job.objects().where((Job.name == queue.name_of(note)) & Job.key.is_null()).order_by(Job.id)


async def test_what_comes_round_comes_round_though_the_clock_was_set_back(clock: Clock) -> None:
    clock.go(days=1)
    await worker.work_until_idle()
    clock.go(days=-1)
    done.clear()

    await worker.work_until_idle()
    clock.go(seconds=61)
    await worker.work_until_idle()
    clock.go(seconds=61)
    await worker.work_until_idle()

    assert done == ["round", "round", "round"]
    assert all(
        moment <= now() + timedelta(hours=1) for moment in await Schedule.select(Schedule.next_at).output(as_list=True)
    )


async def test_a_job_that_the_wrong_clock_owed_waits_no_longer_than_was_meant(clock: Clock) -> None:
    await worker.work_until_idle()
    await queue.enqueue(note, {"word": "in ten minutes by the right clock"}, run_at=now() + timedelta(minutes=10))
    clock.go(days=1)
    await periodic.tick()
    await queue.enqueue(note, {"word": "at once"})
    await queue.enqueue(note, {"word": "in an hour"}, run_at=now() + timedelta(hours=1))
    clock.go(days=-1)
    done.clear()

    await worker.work_until_idle()
    assert owed() == ["at once"]
    clock.go(minutes=11)
    await worker.work_until_idle()
    assert owed()[1:] == ["in ten minutes by the right clock"]
    clock.go(minutes=50)
    await worker.work_until_idle()
    assert owed()[2:] == ["in an hour"]


async def test_a_job_that_failed_by_the_wrong_clock_is_tried_again_as_soon_as_others(clock: Clock) -> None:
    await worker.work_until_idle()
    await queue.enqueue(note, {"word": "fail"})
    clock.go(days=1)
    await worker.work_until_idle()
    clock.go(days=-1)
    await worker.work_until_idle()

    clock.go(seconds=queue.FIRST_RETRY_SECONDS + 1)
    await worker.work_until_idle()
    assert [job.attempts for job in await ours()] == [2]


async def test_a_worker_that_died_by_the_wrong_clock_is_replaced_after_a_minute(clock: Clock) -> None:
    await worker.work_until_idle()
    clock.go(days=1)
    await periodic.tick()
    await queue.enqueue(note, {"word": "orphan"})
    assert await queue.claim(100)
    clock.go(days=-1)
    await worker.work_until_idle()
    assert "orphan" not in done, "its worker may be alive"

    clock.go(seconds=61)
    await worker.work_until_idle()
    assert "orphan" in done


async def test_a_job_in_hand_is_not_begun_again_when_the_clock_jumps_forward(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[str] = []
    go_on = asyncio.Event()

    async def wait(word: str = "round") -> None:
        began.append(word)
        if word == "slow":
            clock.go(days=1)
            await go_on.wait()
        if word == "quick":
            go_on.set()

    name = queue.name_of(note)
    monkeypatch.setattr(queue, "function_named", lambda asked: wait if asked == name else nothing)
    stop = asyncio.Event()
    working = asyncio.create_task(worker.work(stop))
    async with asyncio.timeout(60):
        await queue.enqueue(note, {"word": "slow"})
        while "slow" not in began:  # noqa: ASYNC110  # what is begun is seen from the list alone
            await asyncio.sleep(0)
        await queue.enqueue(note, {"word": "quick"})
        await go_on.wait()
        while await ours():  # noqa: ASYNC110  # the database has no event to wait for
            await asyncio.sleep(0)
        stop.set()
        await working

    assert [word for word in began if word != "round"] == ["slow", "quick"]


async def nothing() -> None:
    """Stands for all that the house does meanwhile."""


async def test_clocks_of_several_machines_that_differ_a_little_set_nothing_back(clock: Clock) -> None:
    await worker.work_until_idle()
    await queue.enqueue(note, {"word": "fail"})
    await worker.work_until_idle()
    waits = [job.run_at for job in await ours()]
    clock.go(seconds=-50)
    await worker.work_until_idle()
    assert [job.run_at for job in await ours()] == waits
