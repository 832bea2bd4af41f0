"""Work that is owed gets done: once, later, again, or is left for a person to see."""

import asyncio
from datetime import timedelta

import pytest

from helpdesk.core.clock import now
from helpdesk.core.db import IS_SQLITE, run_sql, transaction
from helpdesk.jobs import queue, worker
from helpdesk.jobs.tables import Job
from tests.conftest import Clock
from tests.jobs import done, note

pytestmark = pytest.mark.usefixtures("database")


async def test_a_job_is_done_once_and_its_row_is_gone(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "a"})
    assert await worker.work_until_idle() >= 1
    assert done == ["a"]
    assert not await Job.exists().where(Job.name == queue.name_of(note))


async def test_a_job_of_a_failed_transaction_was_never_owed(clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await queue.enqueue(note, {"word": "a"})
            _ = 1 / 0
    await worker.work_until_idle()
    assert done == []


async def test_a_job_waits_for_its_moment(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "later"}, run_at=now() + timedelta(minutes=10))
    await worker.work_until_idle()
    assert done == []
    clock.go(minutes=11)
    await worker.work_until_idle()
    assert done == ["later"]


async def test_a_failing_job_is_tried_again_and_in_the_end_left_with_its_reason(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "fail"})
    for _ in range(queue.MOST_ATTEMPTS):
        await worker.work_until_idle()
        clock.go(hours=2)
    job = await Job.objects().get(Job.name == queue.name_of(note))
    assert job is not None
    assert job.state == "failed"
    assert "not today" in str(job.last_error)


async def test_of_waiting_jobs_with_one_key_there_is_one(clock: Clock) -> None:
    for word in "abc":
        await queue.enqueue(note, {"word": word}, key="index:1")
    await worker.work_until_idle()
    assert done == ["a"]


async def test_a_job_whose_worker_died_is_done_by_another(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "orphan"})
    assert len(await queue.claim(10)) == 1
    assert await queue.claim(10) == []
    clock.go(minutes=6)
    await worker.work_until_idle()
    assert done == ["orphan"]


async def test_no_more_are_claimed_than_asked_for_whatever_the_database_believes_to_be_there(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "0"})
    if not IS_SQLITE:
        await run_sql("ANALYZE job")
    for number in range(1, 9):
        await queue.enqueue(note, {"word": str(number)})
    claimed = [job.payload for job in await queue.claim(2)]
    assert claimed == ['{"word":"0"}', '{"word":"1"}']


async def test_a_job_whose_workers_all_die_is_given_up(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "deadly"})
    for _ in range(queue.MOST_ATTEMPTS):
        assert len(await queue.claim(10)) == 1
        clock.go(minutes=2)
    await worker.work_until_idle()

    job = await Job.objects().get(Job.name == queue.name_of(note))
    assert job is not None
    assert job.state == "failed"
    assert done == []


async def test_what_is_done_goes_with_the_next_claim_and_what_was_added_meanwhile_stays(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "a"})
    claimed = await queue.claim(10)
    assert [job.name for job in claimed if await worker.run(job)].count(queue.name_of(note)) == 1
    await queue.enqueue(note, {"word": "b"})
    assert [job.payload for job in await queue.claim(10, claimed)] == ['{"word":"b"}']
    assert await Job.count().where(Job.name == queue.name_of(note)) == 1


async def test_a_worker_at_its_limit_does_all_that_is_owed_and_ends_when_told(clock: Clock) -> None:
    for number in range(25):
        await queue.enqueue(note, {"word": str(number)})
    stop = asyncio.Event()
    working = asyncio.create_task(worker.work(stop, at_once=2))
    for _ in range(500):
        if len(done) == 25 and not await Job.exists().where(Job.name == queue.name_of(note)):
            break
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(working, 10)
    assert sorted(done, key=int) == [str(number) for number in range(25)]


async def test_a_lease_that_could_not_be_renewed_is_renewed_the_next_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    renewed = asyncio.Event()

    async def renew(job: queue.Claimed) -> None:
        tries.append(job.id)
        if len(tries) == 1:
            raise ConnectionError("the database is away")
        renewed.set()

    async def until_renewed(word: str) -> None:
        await asyncio.wait_for(renewed.wait(), 10)
        done.append(word)

    monkeypatch.setattr(worker, "RENEW_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(queue, "renew", renew)
    monkeypatch.setattr(queue, "function_named", lambda name: until_renewed)
    await queue.enqueue(note, {"word": "long"})
    [job] = await queue.claim(1)

    assert await worker.run(job)
    assert done == ["long"]


async def test_a_row_that_names_no_function_of_ours_runs_nothing(clock: Clock) -> None:
    await Job.insert(Job(name="os:system", payload='{"command": "true"}', run_at=now(), created_at=now()))
    await worker.work_until_idle()
    job = await Job.objects().get(Job.name == "os:system")
    assert job is not None
    assert "LookupError" in str(job.last_error)


async def test_what_is_wanted_first_is_done_first_whenever_it_came(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "patient"}, patience=timedelta(minutes=5))
    await queue.enqueue(note, {"word": "a letter"}, patience=timedelta(seconds=30))
    clock.go(seconds=1)
    await queue.enqueue(note, {"word": "a person waits"})
    clock.go(seconds=1)
    claimed = [(await queue.claim(1))[0].payload for _ in range(3)]
    assert claimed == ['{"word":"a person waits"}', '{"word":"a letter"}', '{"word":"patient"}']


async def test_patience_ends_and_nothing_that_comes_later_goes_first(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "patient"}, patience=timedelta(minutes=5))
    clock.go(minutes=5)
    await queue.enqueue(note, {"word": "a person waits"})
    assert [job.payload for job in await queue.claim(1)] == ['{"word":"patient"}']


async def test_patience_delays_nothing_when_nothing_else_waits(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "patient"}, patience=timedelta(minutes=5))
    await worker.work_until_idle()
    assert done == ["patient"]


async def test_of_several_that_are_owed_at_once_one_with_a_key_that_waits_is_left_out(clock: Clock) -> None:
    await queue.enqueue(note, {"word": "a"}, key="index:1")
    await queue.owe([queue.Owed(note, {"word": "b"}, key="index:1"), queue.Owed(note, {"word": "c"})])
    await worker.work_until_idle()
    assert done == ["a", "c"]
