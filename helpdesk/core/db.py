"""
The database behind one door: which engine it is, and what a transaction is.

Only this file, `schema.py` and `tickets/words.py` know whether it is SQLite or PostgreSQL.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import asyncpg
from piccolo.query import Objects
from piccolo.table import Table

from helpdesk.core import postgresql, sqlite
from helpdesk.core.config import Config, config

T = TypeVar("T", bound=Table)


def engine_for(config: Config) -> sqlite.Engine | postgresql.Engine:
    path = config.sqlite_path
    if path is None:
        return postgresql.Engine(config.database_url, config.database_pool)
    path.parent.mkdir(parents=True, exist_ok=True)
    return sqlite.Engine(str(path))


DB = engine_for(config())
IS_SQLITE = isinstance(DB, sqlite.Engine)

_after_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)


async def open_database() -> None:
    """Open the pool, once per process and event loop."""
    if isinstance(DB, postgresql.Engine):
        await DB.open()


async def close_database() -> None:
    await DB.close()


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """
    All or nothing. An inner one joins the outer: it undoes its own part when it fails and is caught.

    Nothing inside waits for a network or starts a task. On SQLite one transaction runs at a time.
    """
    if _after_commit.get() is not None:
        async with DB.transaction():
            yield
        return
    callbacks: list[Callable[[], None]] = []
    token = _after_commit.set(callbacks)
    try:
        async with DB.transaction():
            yield
    finally:
        _after_commit.reset(token)
    for callback in callbacks:
        callback()


def on_commit(callback: Callable[[], None]) -> None:
    """
    Call once the outermost transaction is safe; not at all when it fails. Outside of one: at once.

    For wake-ups only. What must not be lost is a job row.
    """
    callbacks = _after_commit.get()
    if callbacks is None:
        callback()
    elif callback not in callbacks:
        callbacks.append(callback)


def locked(query: "Objects[T]") -> "Objects[T]":
    """Rows fetched to be changed: kept from others until the commit. On SQLite the transaction itself does that."""
    return query if IS_SQLITE else query.lock_rows("UPDATE")


def is_duplicate(error: Exception) -> bool:
    """Whether `error` is a unique constraint speaking."""
    if isinstance(error, sqlite3.IntegrityError):
        return "UNIQUE constraint" in str(error)
    return isinstance(error, asyncpg.UniqueViolationError)


def is_still_needed(error: Exception) -> bool:
    """Whether `error` is a foreign key speaking: other rows refer to the one that was to go."""
    if isinstance(error, sqlite3.IntegrityError):
        return "FOREIGN KEY constraint" in str(error)
    return isinstance(error, asyncpg.ForeignKeyViolationError)


def is_unstorable(error: Exception) -> bool:
    """Whether `error` says that no column holds such a value: a number too large, text with a NUL, half a character."""
    return isinstance(error, OverflowError | UnicodeEncodeError | asyncpg.DataError)


async def run_sql(sql: str, *args: Any) -> list[dict[str, Any]]:
    """Raw SQL with `{}` for each argument, for the few places that may (house floors)."""
    from piccolo.querystring import QueryString

    rows = await DB.run_querystring(QueryString(sql, *args))
    return [dict(row) for row in rows or []]
