"""
The company many times over: its tickets copied within the database, with all that belongs to them.

    python -m tools.measure.growth TIMES < company > company

Afterwards there are TIMES as many tickets as were written at first. What the copies say is short, and words in them
are not searchable. Printed is the company with tickets taken from all copies, and how long it took.
"""

import asyncio
import random
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import Any, Final

import asyncpg
import msgspec

from helpdesk.core.config import config
from helpdesk.core.db import close_database, open_database
from helpdesk.core.table import Table
from helpdesk.events.tables import EventRow
from helpdesk.tickets.tables import Deadline, Message, Ticket, TicketTag
from tools.measure.company import Company, late

SHORT: Final = 200
"""Characters of a copied message, so that a million tickets fit on a disk."""
ROOM: Final = 50_000
"""Ids between one copy and the next, for what is written while it is measured."""
_WORDS: Final = f"replace(replace(substr(fresh, 1, {SHORT}), '<', ''), '&', '')"
COPIED: Final[dict[type[Table], dict[str, str]]] = {
    Ticket: {},
    Message: {
        "ticket": "ticket + {tickets}",
        "message_id": "'{times}.' || message_id",
        **dict.fromkeys(("body", "text", "fresh"), _WORDS),
        "html": f"'<p>' || {_WORDS} || '</p>'",
    },
    Deadline: {"ticket": "ticket + {tickets}"},
    TicketTag: {"ticket": "ticket + {tickets}"},
    EventRow: {"about": "'ticket:' || (CAST(substr(about, 8) AS INTEGER) + {tickets})"},
}
"""What of each row is another in a copy, besides its id."""

Row = Sequence[Any]
Run = Callable[[str], Awaitable[list[Row]]]


async def grow(run: Run, first: dict[str, int], times: int, *, is_sqlite: bool) -> None:
    """
    Write the copies that are missing. Indexes are made anew afterwards, which is much quicker.

    `first` is the last id of each table before there were any copies.
    """
    names = [table._meta.tablename for table in COPIED]
    there = int((await run("SELECT MAX(id) FROM ticket"))[0][0]) // (first["ticket"] + ROOM) + 1
    indexes = await run(_indexes(names, is_sqlite=is_sqlite))
    expected = await run("SELECT tbl, idx, stat FROM sqlite_stat1") if is_sqlite else []
    for name, _ in indexes:
        await run(f"DROP INDEX {name}")
    for copy in range(there, times):
        for table in COPIED:
            await run(_copying(table, first, copy))
    for _, sql in indexes:
        await run(sql)
    for table, index, stat in expected:  # what a migration tells SQLite to expect, which went with each index
        await run(f"DELETE FROM sqlite_stat1 WHERE idx = '{index}'")
        await run(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{table}', '{index}', '{stat}')")
    if not is_sqlite:
        for name in names:
            await run(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT MAX(id) FROM {name}))")


def _copying(table: type[Table], first: dict[str, int], times: int) -> str:
    """The statement that writes copy number `times` of a table."""
    name, columns = table._meta.tablename, [column._meta.db_column_name for column in table._meta.columns]
    changed = {"id": f"id + {(first[name] + ROOM) * times}", **COPIED[table]}
    tickets = (first["ticket"] + ROOM) * times
    values = [changed.get(one, f'"{one}"').format(tickets=tickets, times=times) for one in columns]
    named = ", ".join(f'"{one}"' for one in columns)
    about = " AND about LIKE 'ticket:%'" if table is EventRow else ""
    return f"INSERT INTO {name} ({named}) SELECT {', '.join(values)} FROM {name} WHERE id <= {first[name]}{about}"


def _indexes(names: Sequence[str], *, is_sqlite: bool) -> str:
    """The query for names and words of all indexes that no constraint stands for."""
    listed = ", ".join(f"'{name}'" for name in names)
    if is_sqlite:
        return f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN ({listed})"
    return (
        f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({listed})"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )


async def on_sqlite(path: str, first: dict[str, int], times: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}").fetchall()

        async def run(sql: str) -> list[Row]:
            return connection.execute(sql).fetchall()

        connection.execute("BEGIN")
        await grow(run, first, times, is_sqlite=True)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


async def on_postgresql(url: str, first: dict[str, int], times: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        async with connection.transaction():
            await grow(connection.fetch, first, times, is_sqlite=False)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def copied(company: Company, times: int) -> Company:
    """The company with its agents' tickets taken from all copies, and their late pages where they are now."""
    dice, agents = random.Random(times), []

    def spread(tickets: Sequence[int]) -> list[int]:
        return [ticket + (company.last_ids["ticket"] + ROOM) * dice.randrange(times) for ticket in tickets]

    for agent in company.agents:
        place = await late(agent.department)
        agents.append(msgspec.structs.replace(agent, tickets=spread(agent.tickets), late=place))
    return msgspec.structs.replace(company, agents=agents, many=spread(company.many))


async def main(company: Company, times: int) -> None:
    began, path = time.perf_counter(), config().sqlite_path
    if path is not None:
        await on_sqlite(str(path), company.last_ids, times)
    else:
        await on_postgresql(config().database_url, company.last_ids, times)
    seconds = time.perf_counter() - began
    await open_database()
    try:
        grown = await copied(company, times)
    finally:
        await close_database()
    print(msgspec.json.encode(msgspec.structs.replace(grown, rows_seconds=seconds, index_seconds=0.0)).decode())


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.stdin.buffer.read(), type=Company), int(sys.argv[1])))
