"""The kept history of tickets, as acts that their clocks can be counted by once more (`sla/replay.py`)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.departments.queries import department
from helpdesk.events.record import Event
from helpdesk.events.tables import EventRow
from helpdesk.sla import policy, promises, queries
from helpdesk.sla.policy import Policy
from helpdesk.sla.replay import Act, Terms
from helpdesk.tickets.events import (
    ActTakenBack,
    CallLogged,
    PriorityChanged,
    PromiseChanged,
    StatusChanged,
    TicketBinned,
    TicketLinked,
    TicketMerged,
    TicketMoved,
    TicketReplied,
    TicketRestored,
    TicketUnmerged,
)
from helpdesk.tickets.tables import Message, Ticket

TANGLED: Final = frozenset(
    one.__name__ for one in (ActTakenBack, TicketMerged, TicketUnmerged, TicketLinked, TicketBinned, TicketRestored)
)
"""What mixes histories or turns them back: tickets with such an event are not gone through."""
TOLD: Final = [
    *(one.__name__ for one in (TicketReplied, CallLogged, StatusChanged, PriorityChanged, TicketMoved, PromiseChanged)),
    *TANGLED,
]


Told = tuple[str, datetime, dict[str, Any]]
"""An event: its name, when it happened, and its data."""


class Happened(Struct, frozen=True):
    """One event of a ticket, with what it tells."""

    at: datetime
    name: str
    by_agent: bool = False
    is_automatic: bool = False
    status: str = ""
    priority: str = ""
    department: int = 0
    promise: int = 0


class History(Struct, frozen=True):
    """What a ticket was when it was opened, and what happened to it since. `promise` 0: none was kept."""

    ticket: int
    opened_at: datetime
    priority: str
    department: int
    promise: int
    happened: list[Happened]


async def histories(tickets: Sequence[Ticket]) -> dict[int, History]:
    """By number, those of the tickets whose clocks nothing but their own history has moved."""
    events = await (
        EventRow.select(EventRow.about, EventRow.name, EventRow.data, EventRow.happened_at)
        .where(EventRow.about.is_in([f"ticket:{one.id}" for one in tickets] or [""]) & EventRow.name.is_in(TOLD))
        .order_by(EventRow.id)
    )
    told: dict[str, list[Told]] = {f"ticket:{one.id}": [] for one in tickets}
    for row in events:
        told[row["about"]].append((row["name"], row["happened_at"], msgspec.json.decode(row["data"])))
    automatic = await _automatic([one.id for one in tickets])
    return {
        one.id: _history(one, told[f"ticket:{one.id}"], automatic)
        for one in tickets
        if not any(map(_tangles, told[f"ticket:{one.id}"]))
    }


async def acts(history: History, draft: Policy | None = None) -> list[Act]:
    """What moved the ticket's clocks, under the promises that it had, or all the time under a `draft` instead."""
    priority, place, promise = history.priority, history.department, history.promise
    made = [Act(history.opened_at, "opened", await _terms(priority, place, promise, draft))]
    for one in history.happened:
        if one.name == TicketReplied.__name__ and not one.is_automatic:
            made.append(Act(one.at, "answered" if one.by_agent else "asked"))
        elif one.name == CallLogged.__name__:
            made.append(Act(one.at, "answered"))
        elif one.name == StatusChanged.__name__:
            made.append(Act(one.at, "status", status=one.status))
        elif one.name in {PriorityChanged.__name__, TicketMoved.__name__, PromiseChanged.__name__}:
            priority, place = one.priority or priority, one.department or place
            promise = one.promise or promise
            made.append(Act(one.at, "promised", await _terms(priority, place, promise, draft)))
    return made


async def _terms(priority: str, place: int, promise: int, draft: Policy | None) -> Terms:
    at = await department(place)
    if draft is None:
        draft = (await promises.promised(promise)).terms if promise else await queries.policy(at.policy)
    return Terms(policy.targets(draft, priority), await queries.calendar(at.calendar))


def _history(ticket: Ticket, told: Sequence[Told], automatic: Collection[int]) -> History:
    return History(
        ticket=ticket.id,
        opened_at=ticket.opened_at,
        priority=_before(told, PriorityChanged, ticket.priority) or "normal",
        department=_before(told, TicketMoved, ticket.department) or ticket.department,
        promise=_before(told, PromiseChanged, ticket.promise) or 0,
        happened=[
            msgspec.convert(
                {**data, "at": at, "name": name, "is_automatic": data.get("message") in automatic}, Happened
            )
            for name, at, data in told
        ],
    )


def _tangles(told: Told) -> bool:
    """Whether it mixes histories; a ticket that goes on in another one has its own still."""
    name, _, data = told
    return name in TANGLED and data.get("kind") != "follow_up"


def _before(told: Sequence[Told], change: type[Event], now: Any) -> Any:
    """What it was before the first such change; what it is now when there was none."""
    return next((data.get("was") for name, _, data in told if name == change.__name__), now)


async def _automatic(tickets: Sequence[int]) -> frozenset[int]:
    """The messages on these tickets that a machine wrote."""
    rows = await Message.select(Message.id).where(
        Message.ticket.is_in(list(tickets) or [0]) & Message.is_automatic.eq(True)
    )
    return frozenset(row["id"] for row in rows)
