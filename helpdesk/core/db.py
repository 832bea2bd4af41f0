"""
The database behind one door: which engine it is, and what a transaction is.

Only this file, `schema.py` and `tickets/words.py` know whether it is SQLite or PostgreSQL.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

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


class _Work:
    """What a transaction has to remember until its end."""

    def __init__(self) -> None:
        self.after_commit: list[Callable[[], None]] = []
        self.is_broken = False


_OUT_OF_REACH: Final = frozenset(
    (
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR),
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
    )
)
_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
)


_current: ContextVar[_Work | None] = ContextVar("transaction", default=None)


async def open_database() -> None:
    """Open the pool, once per process and event loop."""
    if isinstance(DB, postgresql.Engine):
        await DB.open()


async def close_database() -> None:
    await DB.close()


@asynccontextmanager
async def transaction(*, waits_for_disk: bool = True) -> AsyncIterator[None]:
    """
    All or nothing. An inner one is part of the outer: when it fails, all of it fails (but see `attempt`).

    Nothing inside waits for a network or starts a task. On SQLite one transaction runs at a time. With
    `waits_for_disk=False` a power cut may undo it although it was committed: for what is done again then.
    """
    outer = _current.get()
    if outer is not None:
        try:
            yield
        except BaseException:
            outer.is_broken = True
            raise
        return
    work = _Work()
    token = _current.set(work)
    try:
        async with DB.transaction(waits_for_disk=waits_for_disk):
            yield
            if work.is_broken:
                raise RuntimeError("a part of this transaction failed and was caught without `attempt`")
    finally:
        _current.reset(token)
    for callback in work.after_commit:
        callback()


@asynccontextmanager
async def attempt() -> AsyncIterator[None]:
    """A part of a transaction that may fail and be caught: what it did is undone, the rest goes on."""
    work = _current.get()
    if work is None:
        async with transaction():
            yield
        return
    was_broken = work.is_broken
    async with DB.transaction():
        try:
            yield
        except BaseException:
            work.is_broken = was_broken
            raise


def on_commit(callback: Callable[[], None]) -> None:
    """
    Call once the outermost transaction is safe; not at all when it fails. Outside of one: at once.

    For wake-ups only. What must not be lost is a job row.
    """
    work = _current.get()
    if work is None:
        callback()
    elif callback not in work.after_commit:
        work.after_commit.append(callback)


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


def is_out_of_reach(error: Exception) -> bool:
    """Whether `error` says that the database cannot be asked now: it is away, locked, or its disk is full or broken."""
    if isinstance(error, sqlite3.OperationalError):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _OUT_OF_REACH
    if isinstance(error, OSError):  # a socket that is gone, a line that broke; templates that miss are no such thing
        return not isinstance(error, LookupError)
    return isinstance(error, _AWAY)


async def run_sql(sql: str, *args: Any) -> list[dict[str, Any]]:
    """Raw SQL with `{}` for each argument, for the few places that may (house floors)."""
    from piccolo.querystring import QueryString

    rows = await DB.run_querystring(QueryString(sql, *args))
    return [dict(row) for row in rows or []]
