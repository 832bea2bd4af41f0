"""When a promise is near, and which steps are to be taken: once for each promise, whenever somebody looks."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from helpdesk.sla.calendar import Calendar, parse_calendar
from helpdesk.sla.policy import Deadline, after_new_promise, after_opening, after_status_change
from helpdesk.sla.watch import Step, Watch, look, near_from

pytestmark = pytest.mark.once

OFFICE = parse_calendar(
    {
        "tz": "UTC",
        "hours": {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    }
)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def promised(minutes: int, start: str = "23 08:00") -> Deadline:
    return after_opening({"first_response": minutes}, at(start), OFFICE)[0]


def step(number: int, minutes: int, kind: str = "", since: datetime = LONG_AGO) -> Step:
    return Step(number, kind, minutes, "tell_team", "", since)


@pytest.mark.parametrize(
    ("minutes", "watch", "near"),
    [
        (240, Watch(near_minutes=30), "23 11:30"),
        (241, Watch(near_minutes=30), "23 11:31"),
        (250, Watch(near_minutes=30), "23 11:40"),  # half an hour of work, not of lunch
        (490, Watch(near_minutes=30), "23 16:40"),  # due on Tuesday morning, near the evening before
        (240, Watch(near_percent=75), "23 11:00"),
        (241, Watch(near_percent=99), "23 11:59"),
        (20, Watch(near_minutes=30), "23 08:00"),  # shorter than its warning: near from the start
        (1, Watch(near_percent=1), "23 08:01"),
    ],
)
def test_a_promise_is_near_by_working_time(minutes: int, watch: Watch, near: str) -> None:
    assert near_from(promised(minutes), watch, OFFICE) == at(near)


def test_a_calendar_that_closes_for_good_stops_no_sweep() -> None:
    closed = Calendar(tz="UTC", hours=((),) * 7)
    watch = Watch(steps=(step(1, 60),))
    clock = promised(60)
    assert near_from(clock, watch, closed) == clock.due_at
    assert look(clock, watch, closed, at("23 09:00"), warned=True, done=[]).missed


def life(clock: Deadline, watch: Watch, looks: list[datetime]) -> list[tuple[str, str]]:
    """What is noticed at each look, with everything remembered as the sweep does; looks that come early do nothing."""
    told: list[tuple[str, str]] = []
    warned, done, missed = False, list[int](), clock
    next_look: datetime | None = looks[0]
    for moment in looks:
        if next_look is None or next_look > moment:
            continue
        seen = look(missed, watch, OFFICE, moment, warned=warned, done=done)
        for name, happened in (("near", seen.near), ("missed", seen.missed)):
            told += [(f"{moment:%d %H:%M}", name)] if happened else []
        told += [(f"{moment:%d %H:%M}", f"step {one.id}") for one in seen.steps]
        warned, done = warned or seen.near or seen.missed, [*done, *(one.id for one in seen.steps)]
        missed = replace(missed, missed_at=missed.due_at if seen.missed else missed.missed_at)
        next_look = seen.next_look
        assert next_look is None or next_look > moment
    return told


STEPS = Watch(
    near_minutes=60,
    steps=(step(1, -30), step(2, 0), step(3, 120), step(4, 120, "resolution"), step(5, -600)),
)


def test_each_thing_is_noticed_once_and_in_its_order() -> None:
    looks = [at("23 08:00") + timedelta(seconds=15 * one) for one in range(4 * 60 * 30)]
    assert life(promised(240), STEPS, looks) == [
        ("23 08:00", "step 5"),
        ("23 11:00", "near"),
        ("23 11:30", "step 1"),
        ("23 12:00", "missed"),
        ("23 12:00", "step 2"),
        ("23 15:00", "step 3"),  # two hours of work later: lunch lies between
    ]


def test_what_was_due_while_nobody_looked_is_noticed_once_afterwards() -> None:
    looks = [at("23 08:00"), at("25 09:00"), at("25 09:01"), at("23 10:00"), at("26 09:00")]  # also a clock set back
    assert life(promised(240), STEPS, looks) == [
        ("23 08:00", "step 5"),
        ("25 09:00", "missed"),
        ("25 09:00", "step 1"),
        ("25 09:00", "step 2"),
        ("25 09:00", "step 3"),
    ]


def test_a_step_lets_be_what_came_before_it() -> None:
    late = Watch(steps=(step(1, -30, since=at("23 11:45")), step(2, 60, since=at("23 11:45"))))
    clock = promised(240)
    assert life(clock, late, [at("23 11:50"), at("23 12:00"), at("23 14:00")]) == [
        ("23 11:50", "near"),
        ("23 12:00", "missed"),
        ("23 14:00", "step 2"),
    ]


def test_a_clock_that_stands_still_or_is_over_wants_no_look() -> None:
    for status in ("pending", "solved"):
        (clock,) = after_status_change([promised(240)], status, at("23 09:00"), OFFICE)
        seen = look(clock, STEPS, OFFICE, at("23 16:00"), warned=False, done=[])
        assert (seen.near, seen.missed, seen.steps, seen.next_look) == (False, False, (), None)


def test_steps_of_a_clock_that_went_on_count_what_was_used_before() -> None:
    (clock,) = after_status_change([promised(240)], "pending", at("23 10:00"), OFFICE)
    (clock,) = after_status_change([clock], "open", at("24 08:00"), OFFICE)
    assert clock.due_at == at("24 10:00")
    assert near_from(clock, Watch(near_minutes=30), OFFICE) == at("24 09:30")
    assert near_from(clock, Watch(near_percent=25), OFFICE) == at("24 08:00"), "more than that was used before"
    (sooner,) = after_new_promise([clock], {"first_response": 150}, at("24 08:00"), OFFICE)
    assert near_from(sooner, Watch(near_minutes=30), OFFICE) == at("24 08:00")
