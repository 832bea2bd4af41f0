"""
SQLite for a server: an engine that keeps its connections.

Piccolo's own opens a connection, hence a thread, for every query, begins transactions in the
mode that fails under concurrent writers, and loses the connection when BEGIN or COMMIT fails
(figures in docs/decisions/0002-engines.md). This one keeps a few `query_only` connections for
reading and one for writing behind a lock, which serves every write and every transaction of the
process.

What takes microseconds is done at once, in the event loop; what may take long goes to a thread:
commits, waiting for another process, whole scans, large values (docs/decisions/0006-short-queries.md).

It overrides private methods of Piccolo, whose version is therefore pinned; `tests/core/test_db.py`
holds it to its promises.
"""

import asyncio
import os
import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from math import inf
from typing import Any, Final

from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType
from piccolo.querystring import QueryString

PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # "stored" is promised to mail servers and people: a commit must survive a power cut
    "foreign_keys": "ON",
    "temp_store": "MEMORY",
    "mmap_size": str(256 * 1024 * 1024),
    "cache_size": "-16000",
}
PATIENCE_MS: Final = 10_000
"""How long a thread waits for another process that is writing."""
TRY_EVERY_SECONDS: Final = 0.002
GLANCE_SECONDS: Final = 0.003
"""A query that reads longer than this in the event loop is stopped and asked again in a thread."""
GLANCES: Final = 3
"""After being stopped this often a query goes to a thread at once."""
LARGE: Final = 64 * 1024
"""Bytes or characters of one value that are not written in the event loop."""

Rows = list[dict[str, Any]]

_STEPS: Final = 1000  # of SQLite's virtual machine between two looks at the clock
_TURN: Final = 16  # queries in a row after which others in the event loop get their turn
_BY_KEY: Final = re.compile(r' WHERE (?:"?\w+"?\.)?"?id"? = \?(?: RETURNING [^?]*)?$')
_NO_GLANCE: Final = re.compile(r"\bMATCH\b|\bcontent\b", re.IGNORECASE)
"""Words of queries that the clock cannot stop (full text), or that bring whole letters."""


class _Writer:
    """The writing connection as a transaction holds it: exclusively, until `close`."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> Rows:
        return await self._engine._in_transaction(sql, args)

    async def close(self) -> None:
        self._engine._writing.release()


class Engine(SQLiteEngine):
    """Piccolo's SQLite engine with kept connections, one writer, and `BEGIN IMMEDIATE`."""

    def __init__(self, path: str, readers: int = 2) -> None:
        super().__init__(path=path, check_same_thread=False, cached_statements=512, timeout=0.0)
        sqlite3.converters.pop("INTEGER", None)  # SQLite's integers are Python's already
        self._reader_count = readers
        self._owner: int | None = None

    async def run_querystring(self, querystring: QueryString, in_pool: bool = False) -> Rows:
        """As Piccolo's, without the log of queries, for which it makes up a random name each time."""
        sql, args = querystring.compile_string(engine_type="sqlite")
        current = self.current_transaction.get()
        if current is not None:
            return await self._in_transaction(sql, args)
        return await self._run_in_new_connection(sql, args)

    async def _run_in_new_connection(
        self, query: str, args: Sequence[Any] | None = None, query_type: str = "generic", table: object = None
    ) -> Rows:
        self._open()
        if not _reads(query):
            async with self._writing:
                return await _hop(self._writer_thread, self._patiently, query, args or ())
        rows = await self._at_a_glance(self._reader, query, args or ())
        return await _hop(self._reader_threads, self._in_reader, query, args or ()) if rows is None else rows

    async def _run_in_existing_connection(
        self,
        connection: _Writer,
        query: str,
        args: Sequence[Any] | None = None,
        query_type: str = "generic",
        table: object = None,
    ) -> Rows:
        return await connection.execute(query, args or ())

    async def get_connection(self) -> _Writer:  # type: ignore[override]  # a transaction needs only execute and close
        self._open()
        await self._writing.acquire()
        return _Writer(self)

    def transaction(
        self,
        transaction_type: TransactionType = TransactionType.immediate,
        allow_nested: bool = True,
        *,
        waits_for_disk: bool = True,
    ) -> "Transaction":
        made = Transaction(self, transaction_type, allow_nested)
        made.waits_for_disk = waits_for_disk
        return made

    async def close(self) -> None:
        """Close every connection and end the threads. The next query opens them again."""
        if self._owner == os.getpid():
            self._owner = None
            self._reader_threads.shutdown()
            self._writer_thread.shutdown()
            for connection in self._connections:
                connection.close()

    def _open(self) -> None:
        """Threads and connections do not survive a fork, so they belong to one process id."""
        if self._owner == os.getpid():
            return
        self._reader_threads = ThreadPoolExecutor(self._reader_count, thread_name_prefix="sqlite-reader")
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._writing = asyncio.Lock()
        self._of_thread = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._stopped = Counter[str]()
        self._turns = 0
        self._stop_at: dict[sqlite3.Connection, float] = {}
        self._writer = self._connect()
        self._reader = self._connect(query_only=True)
        for connection in (self._writer, self._reader):
            connection.execute("PRAGMA busy_timeout=0").fetchall()
            connection.set_progress_handler(partial(self._is_over, connection), _STEPS)
        self._owner = os.getpid()

    async def _in_transaction(self, sql: str, args: Sequence[Any]) -> Rows:
        """On the writing connection, which its transaction holds."""
        if sql == "BEGIN IMMEDIATE":
            try:
                return _execute(self._writer, sql, args)
            except sqlite3.OperationalError as error:
                if not _is(error, sqlite3.SQLITE_BUSY):
                    raise
            return await _hop(self._writer_thread, self._patiently, sql, args)
        if sql == "ROLLBACK" and not self._writer.in_transaction:
            return []  # SQLite has undone it by itself, as it does when the disk is full
        if _reads(sql):
            rows = await self._at_a_glance(self._writer, sql, args)
            if rows is not None:
                return rows
        elif _is_short_write(sql) and not any(isinstance(one, str | bytes) and len(one) > LARGE for one in args):
            await self._take_turns()
            return _execute(self._writer, sql, args)
        return await _hop(self._writer_thread, _execute, self._writer, sql, args)

    async def _at_a_glance(self, connection: sqlite3.Connection, sql: str, args: Sequence[Any]) -> Rows | None:
        """What a query finds at once, in the event loop; None when it would take too long or has to wait."""
        if not _may_be_stopped(sql) or self._stopped[sql] >= GLANCES:
            return None
        await self._take_turns()
        self._stop_at[connection] = time.perf_counter() + GLANCE_SECONDS
        try:
            return _execute(connection, sql, args)
        except sqlite3.OperationalError as error:
            if not _is(error, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                raise
            self._stopped[sql] += 1
            return None
        finally:
            del self._stop_at[connection]

    def _is_over(self, connection: sqlite3.Connection) -> bool:
        """Whether a glance through this connection has lasted too long; a thread's query on the other one goes on."""
        return time.perf_counter() > self._stop_at.get(connection, inf)

    async def _take_turns(self) -> None:
        """Let the rest of the event loop go on when query follows query."""
        self._turns += 1
        if self._turns % _TURN == 0:
            await asyncio.sleep(0)

    def _patiently(self, sql: str, args: Sequence[Any]) -> Rows:
        """
        Runs in the writing thread: wait while another process writes.

        SQLite's own waiting tries ever more seldom, which rarely finds a gap between the writes of a busy process.
        """
        until = time.monotonic() + PATIENCE_MS / 1000
        while True:
            try:
                return _execute(self._writer, sql, args)
            except sqlite3.OperationalError as error:
                if not _is(error, sqlite3.SQLITE_BUSY) or time.monotonic() > until:
                    raise
            time.sleep(TRY_EVERY_SECONDS)

    def _in_reader(self, sql: str, args: Sequence[Any]) -> Rows:
        """Runs in a reading thread, on that thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._connect(query_only=True)
        return _execute(connection, sql, args)

    def _connect(self, *, query_only: bool = False) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(**self.connection_kwargs)
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}").fetchall()
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}").fetchall()
        if query_only:
            connection.execute("PRAGMA query_only=ON")
        self._connections.append(connection)
        return connection


@lru_cache(4096)
def _reads(sql: str) -> bool:
    return sql.lstrip()[:6].upper() in {"SELECT", "EXPLAI"}


@lru_cache(4096)
def _may_be_stopped(sql: str) -> bool:
    return _NO_GLANCE.search(sql) is None


@lru_cache(4096)
def _is_short_write(sql: str) -> bool:
    """Whether a statement touches but a row or two, found by the key."""
    word = sql[:8].upper()
    if word.startswith(("UPDATE", "DELETE")):
        return _BY_KEY.search(sql) is not None
    return word.startswith(("SAVEPOIN", "RELEASE")) or (word.startswith("INSERT") and " VALUES (" in sql)


def _is(error: sqlite3.OperationalError, *codes: int) -> bool:
    """Whether an error is of one of these kinds; the upper bits of its code only tell more of it."""
    return error.sqlite_errorcode & 0xFF in codes


def _execute(connection: sqlite3.Connection, sql: str, args: Sequence[Any]) -> Rows:
    cursor = connection.execute(sql, args)
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


async def _hop(threads: ThreadPoolExecutor, function: Callable[..., Rows], *args: object) -> Rows:
    """
    Run in a thread and wait to the end even when cancelled.

    A cancelled task must not give the writer away while its statement is still running.
    """
    running = asyncio.get_running_loop().run_in_executor(threads, function, *args)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


class Transaction(SQLiteTransaction):
    """Gives its connection back whatever BEGIN or COMMIT does; nested, it is a savepoint."""

    engine: Engine
    waits_for_disk = True

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            self._savepoint = await self._parent.savepoint()
            return self
        self.connection = await self.get_connection()
        try:
            if not self.waits_for_disk:
                self.engine._writer.execute("PRAGMA synchronous=NORMAL")
            await self.begin()
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, kind: object, error: object, traceback: object) -> bool:
        if self._parent is not None:
            if kind:
                await self._savepoint.rollback_to()
            await self._savepoint.release()
            return False
        try:
            if kind:
                await self.rollback()
            else:
                try:
                    await self.commit()
                except BaseException:
                    await self.rollback()
                    raise
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return False

    async def _give_back(self) -> None:
        if not self.waits_for_disk:
            self.engine._writer.execute(f"PRAGMA synchronous={PRAGMAS['synchronous']}")
        await self.connection.close()
