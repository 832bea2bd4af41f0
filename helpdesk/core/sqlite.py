"""
SQLite for a server: an engine that keeps its connections.

Piccolo's own opens a connection, hence a thread, for every query, begins transactions in the
mode that fails under concurrent writers, and loses the connection when BEGIN or COMMIT fails
(figures in docs/decisions/0002-engines.md). This one has a few reading threads with a
`query_only` connection each, and one writing thread behind a lock, which serves every write and
every transaction of the process. It overrides private methods of Piccolo, whose version is
therefore pinned; `tests/core/test_db.py` holds it to its promises.
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType

PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # "stored" is promised to mail servers and people: a commit must survive a power cut
    "foreign_keys": "ON",
    "busy_timeout": "10000",
    "temp_store": "MEMORY",
    "mmap_size": str(256 * 1024 * 1024),
    "cache_size": "-16000",
}

Rows = list[dict[str, Any]]


class _Writer:
    """The writing connection as a transaction holds it: exclusively, until `close`."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> Rows:
        return await self._engine._in_writer(sql, args)

    async def close(self) -> None:
        self._engine._writing.release()


class Engine(SQLiteEngine):
    """Piccolo's SQLite engine with kept connections, one writer, and `BEGIN IMMEDIATE`."""

    def __init__(self, path: str, readers: int = 2) -> None:
        super().__init__(path=path, check_same_thread=False, cached_statements=512, timeout=10.0)
        sqlite3.converters.pop("INTEGER", None)  # SQLite's integers are Python's already
        self._reader_count = readers
        self._owner: int | None = None

    async def _run_in_new_connection(
        self, query: str, args: Sequence[Any] | None = None, query_type: str = "generic", table: object = None
    ) -> Rows:
        self._open_threads()
        if query.lstrip()[:6].upper() in {"SELECT", "EXPLAI"}:
            return await _hop(self._readers, self._execute, "reader", query, args or ())
        async with self._writing:
            return await self._in_writer(query, args or ())

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
        self._open_threads()
        await self._writing.acquire()
        return _Writer(self)

    def transaction(
        self, transaction_type: TransactionType = TransactionType.immediate, allow_nested: bool = True
    ) -> "Transaction":
        return Transaction(self, transaction_type, allow_nested)

    async def close(self) -> None:
        """Close every connection and end the threads. The next query opens them again."""
        if self._owner == os.getpid():
            self._owner = None
            self._readers.shutdown()
            self._writer.shutdown()
            for connection in self._connections:
                connection.close()

    def _open_threads(self) -> None:
        """Threads and connections do not survive a fork, so they belong to one process id."""
        if self._owner == os.getpid():
            return
        self._readers = ThreadPoolExecutor(self._reader_count, thread_name_prefix="sqlite-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._writing = asyncio.Lock()
        self._of_thread = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._owner = os.getpid()

    async def _in_writer(self, sql: str, args: Sequence[Any]) -> Rows:
        return await _hop(self._writer, self._execute, "writer", sql, args)

    def _execute(self, kind: str, sql: str, args: Sequence[Any]) -> Rows:
        """Runs in a thread of its own kind, on that thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._connect(kind)
        cursor = connection.execute(sql, args)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _connect(self, kind: str) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(**self.connection_kwargs)
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}").fetchall()
        if kind == "reader":
            connection.execute("PRAGMA query_only=ON")
        self._connections.append(connection)
        return connection


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

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            self._savepoint = await self._parent.savepoint()
            return self
        self.connection = await self.get_connection()
        try:
            await self.begin()
        except BaseException:
            await self.connection.close()
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
            await self.connection.close()
        return False
