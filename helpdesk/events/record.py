"""
Say once what happened; whoever reacts is owed a job in the same transaction.

Which reactions follow is listed in `helpdesk/wiring.py` and nowhere else.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final

import msgspec
from msgspec import Struct

from helpdesk.core.bell import Bell
from helpdesk.core.clock import now
from helpdesk.core.db import on_commit, transaction
from helpdesk.core.errors import NotFound
from helpdesk.events.tables import EventRow
from helpdesk.jobs.queue import CAN_WAIT, Owed, function_named, name_of, owe


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
Condition = Callable[[Any], bool]
"""Whether a reaction has anything to do, as far as the event itself tells."""


class Cause(Struct, frozen=True):
    """What brings events about besides who acts; `depth` counts the causes behind one another."""

    name: str = ""
    depth: int = 0


cause: Final[ContextVar[Cause]] = ContextVar("cause", default=Cause())  # noqa: B039  # it is frozen
"""What brings about what is recorded now."""
in_hand: Final[ContextVar[int]] = ContextVar("in_hand")
"""The number of the event that is reacted to."""

_kinds: Final[dict[str, type[Event]]] = {}
_reactions: Final[dict[type[Event], tuple[Reaction, ...]]] = {}
_READ: Final = (EventRow.name, EventRow.data, EventRow.cause, EventRow.depth)
_patient: Final[set[Reaction]] = set()
_conditions: Final[dict[Reaction, Condition]] = {}
bell: Final = Bell("events")
"""Rings when this process has recorded an event."""


def connect(
    wiring: Mapping[type[Event], Sequence[Reaction]],
    patient: Collection[Reaction] = (),
    conditions: Mapping[Reaction, Condition] = MappingProxyType({}),
) -> None:
    """
    Learn who reacts to what; called once, by the roof, when the process starts.

    Reactions that are `patient` let more urgent work go first (`jobs.queue.CAN_WAIT`). One with a condition is owed
    only for events that meet it.
    """
    _reactions.clear()
    _kinds.clear()
    _patient.clear()
    _patient.update(patient)
    _conditions.clear()
    _conditions.update(conditions)
    for kind, reactions in wiring.items():
        _kinds[kind.__name__] = kind
        _reactions[kind] = tuple(reactions)


@contextmanager
def caused_by(new: Cause) -> Iterator[None]:
    """Events that are recorded within, and by the reactions to them, have this cause."""
    token = cause.set(new)
    try:
        yield
    finally:
        cause.reset(token)


async def record(event: Event) -> None:
    """Write the event, and one job for each reaction, with the transaction around this call."""
    row = _row(event)
    async with transaction():
        await row.save()
        await owe(_calls(event, row.id))
    on_commit(bell.ring)


async def record_all(events: Sequence[Event]) -> None:
    """The same of many events, in their order, with a few statements for all of them."""
    if not events:
        return
    async with transaction():
        ids = await EventRow.insert_all([_row(event) for event in events])
        await owe([call for event, number in zip(events, ids, strict=True) for call in _calls(event, number)])
    on_commit(bell.ring)


def _row(event: Event) -> EventRow:
    brought_by = cause.get()
    return EventRow(
        name=type(event).__name__,
        about=event.about,
        actor=event.actor,
        data=msgspec.json.encode(event).decode(),
        cause=brought_by.name,
        depth=brought_by.depth,
        is_internal=event.INTERNAL,
        happened_at=now(),
    )


def _calls(event: Event, number: int) -> list[Owed]:
    return [_call(reaction, number) for reaction in _reactions[type(event)] if _has_to_do(reaction, event)]


def _has_to_do(reaction: Reaction, event: Event) -> bool:
    condition = _conditions.get(reaction)
    return condition is None or condition(event)


def _call(reaction: Reaction, event: int) -> Owed:
    patience = CAN_WAIT if reaction in _patient else timedelta()
    return Owed(react, {"event": event, "reaction": name_of(reaction)}, patience=patience)


async def react(event: int, reaction: str) -> None:
    """The job of one reaction to one event. It fails and is retried alone."""
    row = await EventRow.select(*_READ).where(EventRow.id == event).first()
    if row is None:
        return
    token = in_hand.set(event)
    try:
        # what it is about may be gone meanwhile, or in the bin: nobody is told of it
        with suppress(NotFound), caused_by(Cause(row["cause"], row["depth"])):
            await function_named(reaction)(decode(row["name"], row["data"]))
    finally:
        in_hand.reset(token)


def decode(name: str, data: str) -> Event:
    """An event as it was recorded. Raises LookupError for a kind that is not wired any more."""
    return msgspec.json.decode(data, type=_kinds[name])
