"""
PostgreSQL through asyncpg's pool, with transactions that always give their connection back.

Piccolo's own keep it for ever when COMMIT fails, and have no savepoint when nested
(docs/decisions/0002-engines.md).
"""

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction


class Engine(PostgresEngine):
    """Piccolo's engine, which asks nothing of the database when it is imported."""

    def __init__(self, url: str, pool_size: int) -> None:
        self._pool_size = pool_size
        super().__init__(config={"dsn": url}, extensions=())

    async def get_version(self) -> float:
        """Piccolo asks for it at import, which would open a connection; `doctor` asks the server itself."""
        return 0.0

    async def open(self) -> None:
        if self.pool is None:
            await self.start_connection_pool(min_size=1, max_size=self._pool_size, reset=_as_it_is)

    async def close(self) -> None:
        if self.pool is not None:
            await self.close_connection_pool()

    def transaction(self, allow_nested: bool = True, *, waits_for_disk: bool = True) -> "Transaction":
        made = Transaction(self, allow_nested)
        made.waits_for_disk = waits_for_disk
        return made


async def _as_it_is(_: asyncpg.Connection) -> None:
    """
    Give a connection back without asking the server to forget its settings and locks, a question for each query.

    We leave none: what is SET is local to a transaction, and one that is still open asyncpg rolls back by itself.
    """


class Transaction(PostgresTransaction):
    """Gives its connection back whatever BEGIN or COMMIT does; nested, it is a savepoint."""

    waits_for_disk = True

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            self._savepoint = await self._parent.savepoint()
            return self
        self.connection = await self.get_connection()
        self.transaction = self.connection.transaction()
        try:
            await self.begin()
            if not self.waits_for_disk:
                await self.connection.execute("SET LOCAL synchronous_commit TO off")
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
                await self.commit()
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return False

    async def _give_back(self) -> None:
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()
