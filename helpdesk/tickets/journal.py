"""
What acts change of a ticket, kept so that they can be taken back (`undo.py`).

An action wraps what it does into `undoable`: the ticket is compared before and after, and what differs is kept
with its clocks as they stood. What the house does by itself is kept, too, for whoever works on the ticket. A
customer's acts are not kept; theirs are messages, which stay said.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.events.tables import EventRow
from helpdesk.people.rules import ANSWER_TICKETS
from helpdesk.tickets import parts, queries
from helpdesk.tickets.tables import Deadline, Ticket, Undo

in_bulk: Final[ContextVar[int | None]] = ContextVar("in_bulk", default=None)
"""The bulk act that is being carried out."""


class Promise(Struct, frozen=True):
    """A deadline's row as it stood."""

    id: int
    kind: str
    minutes: int
    started_at: datetime
    spent: int
    running_since: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    warned_at: datetime | None
    missed_at: datetime | None

    @property
    def course(self) -> tuple[object, ...]:
        """All that acts change of it; that it was noticed as near or missed is the sweep's business."""
        return self.id, self.minutes, self.spent, self.running_since, self.due_at, self.met_at


class State(Struct, frozen=True):
    """All that acts may change of a ticket, besides what was said."""

    status: str
    priority: str
    department: int
    assignee: int | None
    solved_at: datetime | None
    closed_at: datetime | None
    due_kind: str
    due_at: datetime | None
    queue_at: datetime
    binned_at: datetime | None
    binned_as: str
    tags: list[str]
    promises: list[Promise]
    snoozed_until: datetime | None = None
    promise: int | None = None
    """PromiseRow.id; `promises` are the clocks."""
    named_status: str | None = None
    topic: int | None = None
    pieces: dict[str, dict[str, Any]] = {}
    """Of the parts that the act may change (`parts.PARTS`), what it is about."""


FIELDS: Final = (
    *("status", "named_status", "priority", "department", "assignee", "binned_as", "snoozed_until", "topic"),
    "tags",
)
"""What people choose; the rest follows from it."""


def differing(before: State, after: State) -> frozenset[str]:
    """Which of FIELDS an act changed."""
    return frozenset(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def differing_pieces(before: State, after: State) -> list[tuple[parts.Name, str]]:
    """Which pieces of which parts an act changed, made or took away."""
    return [
        (name, key)
        for name in parts.PARTS
        if before.pieces.get(name, {}) != after.pieces.get(name, {})
        for key in {**before.pieces.get(name, {}), **after.pieces.get(name, {})}
        if before.pieces.get(name, {}).get(key) != after.pieces.get(name, {}).get(key)
    ]


async def state(ticket: Ticket, *named: parts.Name) -> State:
    """The ticket as it stands now, with the `named` parts of it."""
    rows = await Deadline.objects().where(Deadline.ticket == ticket.id).order_by(Deadline.id)
    asked = {"tags", "promises", "pieces"}
    return State(
        **{name: getattr(ticket, name) for name in State.__struct_fields__ if name not in asked},
        tags=await queries.tags(ticket.id),
        promises=[Promise(**{name: getattr(row, name) for name in Promise.__struct_fields__}) for row in rows],
        pieces=await parts.read(ticket.id, named),
    )


@asynccontextmanager
async def undoable(actor: Actor, ticket: Ticket, *named: parts.Name) -> AsyncIterator[None]:
    """
    Keep what is changed of the ticket within, and of its `named` parts, under the event that tells of it.

    In the caller's transaction. What people do who may not take it back is not kept.
    """
    if not (actor.is_agent and actor.may(ANSWER_TICKETS)):
        yield
        return
    before = await state(ticket, *named)
    yield
    after = await state(ticket, *named)
    changed = differing_pieces(before, after)
    if not changed and not differing(before, after):
        return
    before, after = _only(before, changed), _only(after, changed)
    told = EventRow.select(EventRow.id).where(EventRow.about == f"ticket:{ticket.id}")
    event = await told.order_by(EventRow.id, ascending=False).first()
    undo = Undo(
        ticket=ticket.id,
        actor=actor.id,
        event=event["id"] if event else 0,
        bulk=in_bulk.get(),
        before=msgspec.json.encode(before).decode(),
        after=msgspec.json.encode(after).decode(),
        happened_at=now(),
    )
    await undo.save()


def _only(state: State, changed: list[tuple[parts.Name, str]]) -> State:
    """The state with those pieces alone that the act was about."""
    kept: dict[str, dict[str, Any]] = {name: {} for name, _ in changed}
    for name, key in changed:
        if key in state.pieces[name]:
            kept[name][key] = state.pieces[name][key]
    return structs.replace(state, pieces=kept)
