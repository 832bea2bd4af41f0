"""
Say once what happened; whoever reacts is owed a job in the same transaction.

Which reactions follow is listed in `helpdesk/wiring.py` and nowhere else.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final

import msgspec
from msgspec import Struct

from helpdesk.core.bell import Bell
from helpdesk.core.clock import now
from helpdesk.core.db import on_commit, transaction
from helpdesk.core.errors import NotFound
from helpdesk.events.tables import EventRow
from helpdesk.jobs.queue import enqueue, function_named, name_of


class Event(Struct, frozen=True, kw_only=True):
    """
    A fact in the past tense: ids, never content.

    A subclass names in `ABOUT` the kind of thing it happened to; the field of that name holds the id.
    """

    ABOUT: ClassVar[str]
    INTERNAL: ClassVar[bool] = False
    """Whether customers must not learn of it, not even that it happened."""

    actor: int | None

    @property
    def about(self) -> str:
        return f"{self.ABOUT}:{getattr(self, self.ABOUT)}"


Reaction = Callable[[Any], Awaitable[None]]

_kinds: Final[dict[str, type[Event]]] = {}
_reactions: Final[dict[type[Event], tuple[Reaction, ...]]] = {}
bell: Final = Bell()
"""Rings when this process has recorded an event."""


def connect(wiring: Mapping[type[Event], Sequence[Reaction]]) -> None:
    """Learn who reacts to what; called once, by the roof, when the process starts."""
    _reactions.clear()
    _kinds.clear()
    for kind, reactions in wiring.items():
        _kinds[kind.__name__] = kind
        _reactions[kind] = tuple(reactions)


async def record(event: Event) -> None:
    """Write the event, and one job for each reaction, with the transaction around this call."""
    data = msgspec.json.encode(event).decode()
    row = EventRow(
        name=type(event).__name__,
        about=event.about,
        actor=event.actor,
        data=data,
        is_internal=event.INTERNAL,
        happened_at=now(),
    )
    async with transaction():
        await row.save()
        for reaction in _reactions[type(event)]:
            await enqueue(react, {"event": row.id, "reaction": name_of(reaction)})
    on_commit(bell.ring)


async def react(event: int, reaction: str) -> None:
    """The job of one reaction to one event. It fails and is retried alone."""
    row = await EventRow.select(EventRow.name, EventRow.data).where(EventRow.id == event).first()
    if row is None:
        return
    with suppress(NotFound):  # what it is about is gone meanwhile, or in the bin: nobody is told of it
        await function_named(reaction)(decode(row["name"], row["data"]))


def decode(name: str, data: str) -> Event:
    """An event as it was recorded. Raises LookupError for a kind that is not wired any more."""
    return msgspec.json.decode(data, type=_kinds[name])
