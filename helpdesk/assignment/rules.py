"""Who gets a ticket: pure functions over plain values."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from helpdesk.core.text import fold
from helpdesk.sla.calendar import Calendar, NeverOpen, is_open, next_opening

Way = Literal["manual", "turn", "load"]
SkillRule = Literal["required", "preferred", "ignored"]
WhenAway = Literal["keep", "queue", "cover"]
Why = Literal["turn", "load", "known"]

WAYS: Final[tuple[str, ...]] = get_args(Way)
SKILLS: Final[tuple[str, ...]] = get_args(SkillRule)
AWAY: Final[tuple[str, ...]] = get_args(WhenAway)

MOST_ACTIVE: Final = 10_000
"""The largest capacity that can be given."""
LONGEST_STICKY: Final = 365
"""Days."""


class Plan(Struct, frozen=True):
    """How tickets find who looks after them. `last` had the last turn."""

    way: Way = "manual"
    skills: SkillRule = "required"
    keeps_hours: bool = True
    sticky_days: int = 0
    away: WhenAway = "keep"
    last: int | None = None


class Candidate(Struct, frozen=True):
    """
    Somebody who may get a ticket. `load` is how many active tickets they have, of at most `capacity`; 0: of any number.

    `is_open`: it is their working time.
    """

    person: int
    load: int = 0
    capacity: int = 0
    is_away: bool = False
    is_open: bool = True
    skills: frozenset[int] = frozenset()

    @property
    def has_room(self) -> bool:
        return not self.capacity or self.load < self.capacity


class Choice(Struct, frozen=True):
    """Who gets it, and why: in turn, by load (`load` is how many active tickets they had), or known to the customer."""

    person: int
    why: Why
    load: int = 0
    is_skilled: bool = False
    """Whether it mattered that they can do what the ticket needs."""


def is_away(since: datetime | None, until: datetime | None, now: datetime) -> bool:
    return since is not None and since <= now and (until is None or now < until)


def away_after_closing(calendar: Calendar, back_at: datetime | None, now: datetime) -> datetime | None:
    """
    Until when somebody is away from closing time on, in UTC; None while the office is open or opens again that day.

    Somebody who was said to be back after closing (`back_at`) stays until the next one.
    """
    try:
        opens = next_opening(now, calendar)
        is_here = back_at is not None and next_opening(back_at, calendar) >= opens
    except NeverOpen:
        return None
    here = ZoneInfo(calendar.tz)
    if is_here or is_open(now, calendar) or opens.astimezone(here).date() == now.astimezone(here).date():
        return None
    return opens


def next_day(calendar: Calendar, now: datetime) -> datetime:
    """When the office opens next on another day than today, in UTC; in a day's time where it never does."""
    here = now.astimezone(ZoneInfo(calendar.tz))
    midnight = datetime.combine(here.date() + timedelta(days=1), time(0), here.tzinfo)
    try:
        return next_opening(midnight.astimezone(UTC), calendar)
    except NeverOpen:
        return now + timedelta(days=1)


def free(plan: Plan, candidates: Collection[Candidate], needs: Collection[int] = ()) -> list[Candidate]:
    """Those who may get one more ticket now, in the order of their ids; of skills required, those who have them."""
    return sorted(
        (
            one
            for one in candidates
            if not one.is_away
            and (one.is_open or not plan.keeps_hours)
            and one.has_room
            and (plan.skills != "required" or one.skills.issuperset(needs))
        ),
        key=lambda one: one.person,
    )


def choose(
    plan: Plan, candidates: Collection[Candidate], needs: Collection[int] = (), known: int | None = None
) -> Choice | None:
    """
    Who gets a ticket with these `needs`; None while nobody may take it, or where it is done by hand.

    `known` is who answered its customer last: theirs if they are there and have room. Where skills are preferred, those
    who have most of what it needs come before all others.
    """
    able = free(plan, candidates, needs) if plan.way != "manual" else []
    if not able:
        return None
    is_skilled = bool(needs) and plan.skills != "ignored"
    if plan.skills == "preferred":
        most = max(len(one.skills.intersection(needs)) for one in able)
        able = [one for one in able if len(one.skills.intersection(needs)) == most]
        is_skilled = most > 0
    if any(one.person == known for one in able):
        return Choice(known or 0, "known", is_skilled=is_skilled)
    if plan.way == "turn":
        return Choice(_next(able, plan.last).person, "turn", is_skilled=is_skilled)
    least = min(one.load for one in able)
    chosen = _next([one for one in able if one.load == least], plan.last)
    return Choice(chosen.person, "load", least, is_skilled)


def _next(able: Sequence[Candidate], last: int | None) -> Candidate:
    """Whose turn it is: the first after `last`, around the table."""
    return next((one for one in able if last is None or one.person > last), able[0])


def matching(names: Collection[str], skills: Collection[tuple[int, str, str]]) -> tuple[frozenset[int], list[str]]:
    """The skills (id and both names) that `names` mean, however they are written, and the names that mean none."""
    known = {fold(name.strip()): number for number, *both in skills for name in both}
    found = {name: known.get(fold(name.strip())) for name in names}
    return frozenset(one for one in found.values() if one is not None), [name for name in found if found[name] is None]
