"""How often things are read, without a write for each reading."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from piccolo.columns import Integer

from helpdesk.core.clock import now
from helpdesk.core.db import transaction

WRITTEN_EVERY: Final = timedelta(minutes=1)


class Readings:
    """
    Counts readings of the rows of one table, for its column `views`.

    The counts are written once a minute, by the reading that finds them due. Each process keeps its
    own, so no other one could write them; a crash loses a minute of them.
    """

    def __init__(self, views: Integer) -> None:
        self._views = views
        self._counted: Counter[int] = Counter()
        self._since: datetime | None = None

    async def saw(self, number: int) -> None:
        """Count one reading of the row with this id."""
        self._counted[number] += 1
        self._since = self._since or now()
        if now() - self._since >= WRITTEN_EVERY:
            await self.write()

    async def write(self) -> None:
        """Write what is counted so far."""
        counted = self._counted
        self.forget()
        table = self._views._meta.table
        async with transaction():
            for number, times in sorted(counted.items()):
                await table.update({self._views: self._views + times}).where(table._meta.primary_key == number)

    def forget(self) -> None:
        """Drop what is counted and not written."""
        self._counted, self._since = Counter(), None
