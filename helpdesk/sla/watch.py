"""
What is done about a promise as its end comes near, and after it: warn, and escalate step by step. Pure.

All lengths are working minutes of the same calendar that the promise counts by. A look at a promise says what is to be
done by now, and when to look again; what was done is remembered with the promise, so each thing is done once for it,
however often its clock is counted anew, and also after a time when nobody looked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from helpdesk.sla.calendar import Calendar, NeverOpen, due
from helpdesk.sla.policy import Deadline

ACTS: Final = ("tell_assignee", "tell_team", "tell_lead", "priority", "assign", "macro")
"""Tell somebody, or change the ticket: its priority, whose it is, or what a macro says."""
TELLING: Final = frozenset({"tell_assignee", "tell_team", "tell_lead"})
NOBODY: Final = "nobody"
"""To whom `assign` gives a ticket that is to be free for all."""
NEAR_MINUTES: Final = 30
MOST_STEPS: Final = 20
"""Of one policy."""


class Step(Struct, frozen=True):
    """One act, `minutes` after the end of a promise (before it, where negative), for promises of one `kind` or all."""

    id: int
    kind: str
    minutes: int
    act: str
    value: str
    since: datetime
    """When the step was added: what came before it is let be."""


class Watch(Struct, frozen=True):
    """When a promise is near, whether letters that warn wait until the office is open, and the steps in their order."""

    near_minutes: int = NEAR_MINUTES
    near_percent: int = 0
    in_hours: bool = False
    steps: tuple[Step, ...] = ()


class Seen(Struct, frozen=True):
    """What a look at a promise finds: what is to be done now, and when to look again (None: never)."""

    near: bool
    missed: bool
    steps: tuple[Step, ...]
    next_look: datetime | None


def look(
    clock: Deadline, watch: Watch, calendar: Calendar, at: datetime, *, warned: bool, done: Collection[int]
) -> Seen:
    """
    What there is to do about a running promise by `at`.

    `warned` says whether it was noticed as near, `done` names the steps that were taken. One that is missed when it
    is first looked at is not near any more.
    """
    if clock.due_at is None or clock.running_since is None or clock.met_at is not None:
        return Seen(near=False, missed=False, steps=(), next_look=None)
    waits: list[datetime] = []
    missed = clock.missed_at is None and clock.due_at <= at
    if clock.missed_at is None and not missed:
        waits.append(clock.due_at)
    near = False
    if not warned and clock.missed_at is None and not missed:
        near_at = near_from(clock, watch, calendar)
        near = near_at <= at
        if not near:
            waits.append(near_at)
    taken = []
    for moment, step in _steps(clock, watch, calendar):
        if step.id in done or moment < step.since:
            continue
        if moment <= at:
            taken.append((moment, step.id, step))
        else:
            waits.append(moment)
    return Seen(
        near=near,
        missed=missed,
        steps=tuple(step for _, _, step in sorted(taken, key=lambda one: one[:2])),
        next_look=min(waits, default=None),
    )


def near_from(clock: Deadline, watch: Watch, calendar: Calendar) -> datetime:
    """The moment from which a running promise is near."""
    if watch.near_percent:
        return _when_used(clock, -(-clock.minutes * watch.near_percent // 100), calendar)
    return _when_used(clock, clock.minutes - watch.near_minutes, calendar)


def _steps(clock: Deadline, watch: Watch, calendar: Calendar) -> Iterator[tuple[datetime, Step]]:
    """The steps for this promise with their moments; one whose moment no office time reaches has none."""
    assert clock.due_at is not None
    for step in watch.steps:
        if step.kind and step.kind != clock.kind:
            continue
        if step.minutes < 0:
            yield _when_used(clock, clock.minutes + step.minutes, calendar), step
        elif step.minutes == 0:
            yield clock.due_at, step
        else:
            try:
                yield due(clock.due_at, step.minutes, calendar), step
            except NeverOpen:  # the office closes for good: nobody is there to be told
                continue


def _when_used(clock: Deadline, minutes: int, calendar: Calendar) -> datetime:
    """When so many of its working minutes are used, no later than its end; its start where they were used before."""
    assert clock.running_since is not None
    assert clock.due_at is not None
    if minutes <= clock.spent:
        return min(clock.running_since, clock.due_at)
    try:
        return min(due(clock.running_since, minutes - clock.spent, calendar), clock.due_at)
    except NeverOpen:  # the calendar is another since its end was reckoned
        return clock.due_at
