"""How often topics are read."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from kb.forum.tables import Topic

FLUSH_EVERY: Final = timedelta(minutes=1)


class _Readings:
    """Readings that this process has counted and not written yet."""

    def __init__(self) -> None:
        self.counted: Counter[int] = Counter()
        self.since: datetime | None = None


_readings: Final = _Readings()


async def saw(topic_id: int) -> None:
    """
    Count one reading. The counts are written once a minute, by the request that finds them due.

    Each process keeps its own, so no other one could write them; a crash loses a minute of them.
    """
    _readings.counted[topic_id] += 1
    _readings.since = _readings.since or now()
    if now() - _readings.since >= FLUSH_EVERY:
        await flush()


async def flush() -> None:
    """Write the readings counted so far."""
    counted, _readings.counted, _readings.since = _readings.counted, Counter(), None
    async with transaction():
        for topic_id, times in sorted(counted.items()):
            await Topic.update({Topic.views: Topic.views + times}).where(Topic.id == topic_id)
