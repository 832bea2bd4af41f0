"""The engines hold what `core/db.py` promises, on both databases."""

import asyncio

import pytest

from helpdesk.core import db
from helpdesk.core.clock import now
from helpdesk.core.db import attempt, on_commit, transaction
from helpdesk.settings.tables import Setting


async def _names() -> list[str]:
    return [row["name"] for row in await Setting.select(Setting.name).order_by(Setting.name)]


async def _keep(name: str) -> None:
    await Setting.insert(Setting(name=name, value="{}", changed_at=now()))


@pytest.mark.usefixtures("database")
async def test_a_failed_transaction_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await _keep("a")
            _ = 1 / 0
    assert await _names() == []


@pytest.mark.usefixtures("database")
async def test_an_attempt_that_fails_and_is_caught_undoes_only_its_own_part() -> None:
    async with transaction():
        await _keep("outer")
        with pytest.raises(ZeroDivisionError):
            async with attempt():
                await _keep("inner")
                async with transaction():
                    await _keep("innermost")
                    _ = 1 / 0
    assert await _names() == ["outer"]


@pytest.mark.usefixtures("database")
async def test_an_attempt_by_itself_is_a_transaction() -> None:
    with pytest.raises(ZeroDivisionError):
        async with attempt():
            await _keep("a")
            _ = 1 / 0
    async with attempt():
        await _keep("b")
    assert await _names() == ["b"]


@pytest.mark.usefixtures("database")
async def test_a_transaction_never_commits_without_a_part_that_failed() -> None:
    with pytest.raises(RuntimeError, match="without `attempt`"):
        async with transaction():
            await _keep("outer")
            with pytest.raises(ZeroDivisionError):
                async with transaction():
                    await _keep("inner")
                    _ = 1 / 0
    assert await _names() == []


@pytest.mark.usefixtures("database")
async def test_what_waits_for_the_commit_is_called_once_and_only_after_success() -> None:
    called: list[int] = []

    def call() -> None:
        called.append(1)

    async with transaction():
        on_commit(call)
        async with transaction():
            on_commit(call)
        assert called == []
    assert called == [1]

    with pytest.raises(ZeroDivisionError):
        async with transaction():
            on_commit(call)
            _ = 1 / 0
    assert called == [1]


@pytest.mark.usefixtures("database")
async def test_failed_commits_do_not_use_up_connections() -> None:
    for _ in range(30):
        with pytest.raises(Exception, match=r"(?i)unique"):
            async with transaction():
                await _keep("same")
                await _keep("same")
    await asyncio.wait_for(_keep("still alive"), 5)
    assert await _names() == ["still alive"]


@pytest.mark.usefixtures("database")
async def test_a_cancelled_transaction_frees_the_writer() -> None:
    async def slow() -> None:
        async with transaction():
            await _keep("slow")
            await asyncio.sleep(30)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(_keep("next"), 5)
    assert await _names() == ["next"]


@pytest.mark.usefixtures("database")
async def test_many_writers_at_once_all_succeed() -> None:
    async def write(number: int) -> None:
        async with transaction():
            await Setting.select(Setting.name).where(Setting.name == "x")
            await _keep(f"{number:03}")

    await asyncio.gather(*(write(number) for number in range(60)))
    assert len(await _names()) == 60


@pytest.mark.usefixtures("database")
async def test_a_duplicate_is_told_apart_from_other_failures() -> None:
    await _keep("once")
    with pytest.raises(Exception, match=r"(?i)unique") as failure:
        await _keep("once")
    assert db.is_duplicate(failure.value)
    assert not db.is_duplicate(ValueError())
