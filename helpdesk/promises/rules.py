"""How many promises were held, and how many another policy would have held. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from helpdesk.sla.policy import Deadline

WORST: Final = 20
"""So many tickets are named, those that would have waited longest beyond what would have been promised."""


class Count(Struct):
    """Promises of one kind that came to an end: what became of them, and what would have become of them."""

    held: int = 0
    missed: int = 0
    would_hold: int = 0
    would_miss: int = 0


class Late(Struct, frozen=True):
    """A promise that would have been missed; `minutes` are how long, by any clock, not by opening hours."""

    ticket: int
    kind: str
    due_at: datetime
    minutes: int
    was_missed: bool
    """Whether one of its kind was missed in fact."""


class Found(Struct):
    """By group ("all", "department:3", "priority:urgent") and kind of deadline; `left_out` are tickets."""

    counts: dict[str, dict[str, Count]] = {}
    worst: list[Late] = []
    left_out: int = 0


def add(
    found: Found, ticket: int, groups: Iterable[str], was: Sequence[Deadline], would: Sequence[Deadline], at: datetime
) -> None:
    """Count what became of one ticket's promises, and what would have by `at`."""
    for group in groups:
        kinds = found.counts.setdefault(group, {})
        for one in was:
            if (is_held := _is_held(one)) is not None:
                count = kinds.setdefault(one.kind, Count())
                count.held += is_held
                count.missed += not is_held
        for one in would:
            if (is_held := _is_held(one)) is not None:
                count = kinds.setdefault(one.kind, Count())
                count.would_hold += is_held
                count.would_miss += not is_held
    missed = {one.kind for one in was if one.missed_at is not None}
    late = [
        Late(ticket, one.kind, one.missed_at, _minutes((one.met_at or at) - one.missed_at), one.kind in missed)
        for one in would
        if one.missed_at is not None
    ]
    found.worst = sorted([*found.worst, *late], key=lambda one: (-one.minutes, one.ticket, one.kind))[:WORST]


def _is_held(clock: Deadline) -> bool | None:
    """None while it is not over."""
    if clock.missed_at is not None:
        return False
    return True if clock.met_at is not None else None


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)
