"""What SQLite is asked in the event loop is short, and whatever is not goes to a thread."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from piccolo.querystring import QueryString

from helpdesk.core import sqlite

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT max(i) AS most FROM n"


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[sqlite.Engine]:
    engine = sqlite.Engine(str(tmp_path / "test.sqlite"))
    await _ask(engine, 'CREATE TABLE "thing" ("id" INTEGER PRIMARY KEY, "name" TEXT)')
    yield engine
    await engine.close()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of the thread in which each statement ran."""
    names: list[str] = []
    execute = sqlite._execute

    def noted(connection: sqlite3.Connection, sql: str, args: Sequence[Any]) -> sqlite.Rows:
        names.append(threading.current_thread().name.split("_")[0])
        return execute(connection, sql, args)

    monkeypatch.setattr(sqlite, "_execute", noted)
    return names


async def _ask(engine: sqlite.Engine, sql: str, *args: object) -> sqlite.Rows:
    return await engine.run_querystring(QueryString(sql, *args))


async def test_a_row_found_by_its_key_is_read_in_the_event_loop(engine: sqlite.Engine, threads: list[str]) -> None:
    await _ask(engine, 'SELECT * FROM "thing" WHERE "id" = {}', 1)
    assert threads == ["MainThread"]


async def test_a_long_query_is_stopped_and_answered_by_a_thread(engine: sqlite.Engine, threads: list[str]) -> None:
    sql = "SELECT * FROM (" + LONG.replace("{}", "3000000") + ")"
    for _ in range(sqlite.GLANCES + 1):
        assert await _ask(engine, sql) == [{"most": 3_000_000}]
    assert threads == ["MainThread", "sqlite-reader"] * sqlite.GLANCES + ["sqlite-reader"]


async def test_a_stopped_query_harms_no_transaction(engine: sqlite.Engine, threads: list[str]) -> None:
    async with engine.transaction():
        await _ask(engine, 'INSERT INTO "thing" ("name") VALUES ({})', "kept")
        assert await _ask(engine, "SELECT * FROM (" + LONG.replace("{}", "3000000") + ")") == [{"most": 3_000_000}]
    assert threads == ["MainThread", "MainThread", "MainThread", "sqlite-writer", "sqlite-writer"]
    assert await _ask(engine, 'SELECT "name" FROM "thing"') == [{"name": "kept"}]


async def test_commits_scans_and_large_values_are_written_in_a_thread(
    engine: sqlite.Engine, threads: list[str]
) -> None:
    async with engine.transaction():
        await _ask(engine, 'INSERT INTO "thing" ("name") VALUES ({})', "x")
        await _ask(engine, 'UPDATE "thing" SET "name" = {} WHERE "thing"."id" = {}', "y", 1)
        await _ask(engine, 'UPDATE "thing" SET "name" = {} WHERE "thing"."name" = {}', "y", "x")
        await _ask(engine, 'INSERT INTO "thing" ("name") VALUES ({})', "x" * (sqlite.LARGE + 1))
        await _ask(engine, 'DELETE FROM "thing"')
    loop, thread = "MainThread", "sqlite-writer"
    assert threads == [loop, loop, loop, thread, thread, thread, thread]


async def test_commits_wait_for_the_disk_unless_they_need_not(engine: sqlite.Engine) -> None:
    async def level() -> object:
        return (await _ask(engine, "PRAGMA synchronous"))[0]["synchronous"]

    async with engine.transaction():
        assert await level() == 2, "FULL"
    async with engine.transaction(waits_for_disk=False):
        assert await level() == 1, "NORMAL"
    with pytest.raises(ZeroDivisionError):
        async with engine.transaction(waits_for_disk=False):
            _ = 1 / 0
    async with engine.transaction():
        assert await level() == 2, "FULL again"


async def test_the_loop_goes_on_while_another_process_writes(engine: sqlite.Engine) -> None:
    other = sqlite3.connect(engine.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with engine.transaction():
            await _ask(engine, 'INSERT INTO "thing" ("name") VALUES ({})', "waited")

    writing = asyncio.create_task(write())
    for _ in range(20):
        await asyncio.sleep(0.01)
        assert await _ask(engine, 'SELECT count(*) AS n FROM "thing"') == [{"n": 0}]
    assert not writing.done()
    other.execute("COMMIT")
    other.close()
    await asyncio.wait_for(writing, 10)
    assert await _ask(engine, 'SELECT "name" FROM "thing"') == [{"name": "waited"}]


async def test_query_after_query_lets_others_have_their_turn(engine: sqlite.Engine) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(160):
        await _ask(engine, 'SELECT * FROM "thing" WHERE "id" = {}', 1)
    task.cancel()
    assert turns >= 9


async def test_a_glance_that_lasts_too_long_stops_no_writer(engine: sqlite.Engine) -> None:
    """Each connection has its own clock: a letter that is being kept must not be refused because somebody reads."""
    await _ask(engine, 'SELECT "id" FROM "thing"')
    engine._stop_at[engine._reader] = 0.0  # a glance through the other connection, long over

    await _ask(engine, f'INSERT INTO "thing" ("name") {LONG.format(200_000)}')

    assert await _ask(engine, 'SELECT "name" FROM "thing" WHERE "id" = {}', 1) == [{"name": "200000"}]
