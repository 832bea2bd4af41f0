"""
What acts change of a ticket, kept so that they can be taken back (`undo.py`).

An action wraps what it does into `undoable`: the ticket is compared before and after, and what differs is kept
with its clocks as they stood. A customer's acts are not kept; theirs are messages, which stay said.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.events.tables import EventRow
from helpdesk.tickets import queries
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


FIELDS: Final = ("status", "priority", "department", "assignee", "binned_as", "tags")
"""What people choose; the rest follows from it."""


def differing(before: State, after: State) -> frozenset[str]:
    """Which of FIELDS an act changed."""
    return frozenset(name for name in FIELDS if getattr(before, name) != getattr(after, name))


async def state(ticket: Ticket) -> State:
    """The ticket as it stands now."""
    rows = await Deadline.objects().where(Deadline.ticket == ticket.id).order_by(Deadline.id)
    return State(
        **{name: getattr(ticket, name) for name in State.__struct_fields__ if name not in {"tags", "promises"}},
        tags=await queries.tags(ticket.id),
        promises=[Promise(**{name: getattr(row, name) for name in Promise.__struct_fields__}) for row in rows],
    )


@asynccontextmanager
async def undoable(actor: Actor, ticket: Ticket) -> AsyncIterator[None]:
    """Keep what is changed of the ticket within, under the event that tells of it. In the caller's transaction."""
    if not actor.is_agent or actor.id is None:
        yield
        return
    before = await state(ticket)
    yield
    after = await state(ticket)
    if not differing(before, after):
        return
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
