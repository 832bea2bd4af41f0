"""
What is promised, and which clock of a ticket runs when. Pure.

A ticket has up to three clocks, each a Deadline. What happens to one that still runs or is paused:

    what happens                        first_response    next_response             resolution
    ----------------------------------  ----------------  ------------------------  -------------
    the customer opens the ticket       starts            -                         starts
    the customer writes, unanswered     goes on           goes on                   goes on
    the customer writes after a reply   -                 a new one starts          goes on
    a public reply                      met               met                       goes on
    a note                              goes on           goes on                   goes on
    status becomes pending or hold      pauses            pauses                    pauses
    status becomes new or open          goes on           goes on                   goes on, also when it was met
    status becomes solved or closed     met               met                       met
    another promise or other hours      counted anew      counted anew              counted anew
    a promise of what never was one     starts, if owed   starts, if owed           starts, if owed

A customer who writes again before the answer does not wait longer for it: the clock goes on from their first
message. A promise that is broken stays broken: it no longer pauses, and the answer still ends it.
Every function takes the deadlines of one ticket and gives them back in the same order, new ones at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from helpdesk.sla.calendar import Calendar, due, worked

FIRST_RESPONSE: Final = "first_response"
NEXT_RESPONSE: Final = "next_response"
RESOLUTION: Final = "resolution"
KINDS: Final = (FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION)
ANSWERS: Final = frozenset({FIRST_RESPONSE, NEXT_RESPONSE})

ANY: Final = "any"
"""In a policy the priority that stands for all which are not named."""

PAUSING: Final = frozenset({"pending", "hold"})
DONE: Final = frozenset({"solved", "closed"})

Minutes = int | Mapping[str, int] | None
"""Working minutes: one number for all, or by priority with ANY for the rest; what is absent is not promised."""


class Policy(Struct, frozen=True):
    """What a department promises: working minutes until the answer, until the next one, until all is solved."""

    name: str
    first_response: Minutes = None
    next_response: Minutes = None
    resolution: Minutes = None


class Deadline(Struct, frozen=True):
    """
    One promise on one ticket. It runs while it has `due_at`, is over once it has `met_at`, and else is paused.

    `spent` counts the whole working minutes used before the current run began; a part of a minute is forgiven.
    """

    kind: str
    minutes: int
    started_at: datetime
    spent: int = 0
    running_since: datetime | None = None
    due_at: datetime | None = None
    met_at: datetime | None = None
    missed_at: datetime | None = None  # the moment at which it was broken


def targets(policy: Policy, priority: str) -> dict[str, int]:
    """Working minutes by kind of deadline for a ticket of this priority; only what is promised."""
    promised = {kind: _minutes(getattr(policy, kind), priority) for kind in KINDS}
    return {kind: minutes for kind, minutes in promised.items() if minutes is not None}


def after_opening(promised: Mapping[str, int], at: datetime, calendar: Calendar) -> list[Deadline]:
    """The clocks that start with a ticket's first message. Raises NeverOpen, as all that start or resume one."""
    return [
        _run(Deadline(kind, promised[kind], started_at=at), at, calendar)
        for kind in (FIRST_RESPONSE, RESOLUTION)
        if kind in promised
    ]


def after_customer_message(
    deadlines: Sequence[Deadline], promised: Mapping[str, int], at: datetime, calendar: Calendar
) -> list[Deadline]:
    """An answer is owed, unless one already is. The change of status that a message brings is told apart."""
    owed = any(d.met_at is None for d in deadlines if d.kind != RESOLUTION)
    if owed or NEXT_RESPONSE not in promised:
        return list(deadlines)
    return [*deadlines, _run(Deadline(NEXT_RESPONSE, promised[NEXT_RESPONSE], started_at=at), at, calendar)]


def after_public_reply(deadlines: Sequence[Deadline], at: datetime) -> list[Deadline]:
    """The customer has an answer."""
    return [d if d.kind == RESOLUTION else _meet(d, at) for d in deadlines]


def after_status_change(deadlines: Sequence[Deadline], status: str, at: datetime, calendar: Calendar) -> list[Deadline]:
    """Pause, go on or end with the ticket's new status."""
    if status in DONE:
        return [_meet(_pause(d, at, calendar), at) for d in deadlines]
    if status in PAUSING:
        return [_pause(d, at, calendar) for d in deadlines]
    return [_resume(_reopen(d), at, calendar) for d in deadlines]


def after_new_promise(
    deadlines: Sequence[Deadline],
    promised: Mapping[str, int],
    at: datetime,
    calendar: Calendar,
    *,
    owed: Collection[str] = (),
    status: str = "open",
) -> list[Deadline]:
    """
    Count the clocks that are not over by another promise or other hours, from when they began.

    One that is no longer promised keeps what it had: what the customer was told holds. One that is broken by then
    stays as it is. What is `owed` and was never promised begins now; it waits as the ticket does in its `status`.
    """
    counted = [_recount(d, promised[d.kind], at, calendar) if d.kind in promised else d for d in deadlines]
    new = [Deadline(kind, promised[kind], started_at=at) for kind in KINDS if kind in begun(deadlines, promised, owed)]
    return counted + [one if status in PAUSING else _run(one, at, calendar) for one in new]


def begun(deadlines: Sequence[Deadline], promised: Mapping[str, int], owed: Collection[str] = KINDS) -> set[str]:
    """What another promise would begin: what is owed and promised, and was not before; one answer is like another."""
    had = {d.kind for d in deadlines}
    return {*owed} & {*promised} - had - (ANSWERS if had & ANSWERS else frozenset())


def owed(status: str, *, waits: bool, was_answered: bool) -> set[str]:
    """What is to be done for a ticket yet. It `waits` while its customer has the last word; calls are words, too."""
    if status in DONE:
        return set()
    return {RESOLUTION, NEXT_RESPONSE if was_answered else FIRST_RESPONSE} if waits else {RESOLUTION}


def missed(deadline: Deadline, at: datetime) -> bool:
    """Whether the promise is broken by then."""
    return deadline.missed_at is not None or (deadline.due_at is not None and at > deadline.due_at)


def _minutes(promise: Minutes, priority: str) -> int | None:
    return promise.get(priority, promise.get(ANY)) if isinstance(promise, Mapping) else promise


def _run(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """What is left of it starts to run; a minute at least."""
    left = max(1, deadline.minutes - deadline.spent)
    return replace(deadline, running_since=at, due_at=due(at, left, calendar))


def _pause(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    if deadline.running_since is None or missed(deadline, at):
        return deadline
    spent = deadline.spent + worked(deadline.running_since, at, calendar)
    return replace(deadline, spent=spent, running_since=None, due_at=None)


def _resume(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    if deadline.met_at is not None or deadline.due_at is not None:
        return deadline
    if deadline.missed_at is not None:
        return replace(deadline, running_since=at, due_at=deadline.missed_at)
    return _run(deadline, at, calendar)


def _reopen(deadline: Deadline) -> Deadline:
    """What was solved is not: only the resolution is promised again. An answer that was given stays given."""
    return replace(deadline, met_at=None) if deadline.kind == RESOLUTION else deadline


def _meet(deadline: Deadline, at: datetime) -> Deadline:
    if deadline.met_at is not None:
        return deadline
    broken = deadline.missed_at or (deadline.due_at if missed(deadline, at) else None)
    return replace(deadline, running_since=None, due_at=None, met_at=at, missed_at=broken)


def _recount(deadline: Deadline, minutes: int, at: datetime, calendar: Calendar) -> Deadline:
    if deadline.met_at is not None or missed(deadline, at):
        return deadline
    counted = replace(deadline, minutes=minutes)
    return counted if deadline.running_since is None else _run(counted, deadline.running_since, calendar)
