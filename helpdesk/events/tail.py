"""
The live tail of the log: hints that something happened, never what it says.

One task per process follows the table; listeners get hints through a bounded queue. A listener
that falls behind loses hints, not content: its next fetch shows everything.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from helpdesk.events import record
from helpdesk.events.tables import EventRow

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS: Final = 1.0
LOOK_BACK: Final = 50
"""Ids looked at again, since on PostgreSQL a later id may be committed before an earlier one."""


class Hint(Struct, frozen=True):
    """Something happened to `about`, such as `ticket:7`."""

    id: int
    event: str
    about: str
    actor: int | None
    is_internal: bool


_listeners: Final[set[asyncio.Queue[Hint | None]]] = set()


@contextlib.contextmanager
def listening() -> Iterator["asyncio.Queue[Hint | None]"]:
    """Hints from now on, in a queue of one's own; None when this process is told to stop."""
    hints: asyncio.Queue[Hint | None] = asyncio.Queue(maxsize=200)
    _listeners.add(hints)
    try:
        yield hints
    finally:
        _listeners.discard(hints)


async def follow(stop: asyncio.Event) -> None:
    """Follow the log until `stop` is set. Looks at once when this process recorded something, else each second."""
    wake = asyncio.Event()
    seen: set[int] = set()
    last = await _newest()
    with record.bell.calling(wake.set):
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), LOOK_EVERY_SECONDS)
            wake.clear()
            try:
                if not _listeners:
                    last, seen = await _newest(), set()
                    continue
                hints = await _since(max(0, last - LOOK_BACK))
            except Exception:
                log.exception("the event log cannot be read; live pages wait")
                continue
            for hint in hints:
                if hint.id not in seen and (hint.id > last or seen):
                    _tell(hint)
            seen = {hint.id for hint in hints}
            last = max(seen, default=last)


def whisper(about: str) -> None:
    """Tell the agents who listen in this process of something that no log keeps, such as `presence:7`."""
    _tell(Hint(0, "", about, None, is_internal=True))


def hang_up() -> None:
    """Tell everyone who listens that nothing will follow."""
    _tell(None)


def _tell(hint: Hint | None) -> None:
    for listener in tuple(_listeners):
        with contextlib.suppress(asyncio.QueueFull):
            listener.put_nowait(hint)


async def _newest() -> int:
    row = await EventRow.select(EventRow.id).order_by(EventRow.id, ascending=False).limit(1).first()
    return int(row["id"]) if row else 0


async def _since(event_id: int) -> list[Hint]:
    rows = await (
        EventRow.select(EventRow.id, EventRow.name, EventRow.about, EventRow.actor, EventRow.is_internal)
        .where(EventRow.id > event_id)
        .order_by(EventRow.id)
        .limit(1000)
    )
    return [Hint(row["id"], row["name"], row["about"], row["actor"], row["is_internal"]) for row in rows]
