"""Policies: which promise is made, and the table of what each happening does to each clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.sla.calendar import parse_calendar
from helpdesk.sla.policy import (
    FIRST_RESPONSE,
    NEXT_RESPONSE,
    RESOLUTION,
    Deadline,
    Policy,
    after_customer_message,
    after_new_promise,
    after_opening,
    after_public_reply,
    after_status_change,
    missed,
    owed,
    targets,
)

OFFICE = parse_calendar(
    {"tz": "UTC", "hours": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
PROMISED = {FIRST_RESPONSE: 60, NEXT_RESPONSE: 120, RESOLUTION: 540}
OPENED = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday


def after(minutes: int) -> datetime:
    return OPENED + timedelta(minutes=minutes)


def opened() -> list[Deadline]:
    return after_opening(PROMISED, OPENED, OFFICE)


def answered() -> list[Deadline]:
    return after_public_reply(opened(), after(30))


def asked_again() -> list[Deadline]:
    return after_customer_message(answered(), PROMISED, after(60), OFFICE)


def to(status: str) -> Callable[[list[Deadline]], list[Deadline]]:
    return lambda deadlines: after_status_change(deadlines, status, after(90), OFFICE)


def reply(deadlines: list[Deadline]) -> list[Deadline]:
    return after_public_reply(deadlines, after(90))


def write(deadlines: list[Deadline]) -> list[Deadline]:
    return after_customer_message(deadlines, PROMISED, after(90), OFFICE)


def hurry(deadlines: list[Deadline]) -> list[Deadline]:
    return after_new_promise(deadlines, {FIRST_RESPONSE: 30, NEXT_RESPONSE: 40, RESOLUTION: 240}, after(1), OFFICE)


def state(deadline: Deadline) -> str:
    """What a deadline does, and until when it runs, in minutes after opening time of the first day."""
    if deadline.met_at:
        return "met late" if deadline.missed_at else "met"
    return f"due {(deadline.due_at - OPENED) // timedelta(minutes=1)}" if deadline.due_at else "paused"


@pytest.mark.parametrize(
    ("before", "happens", "first", "second", "resolution"),
    [
        # before          what happens     first response  next response  resolution
        (opened, list, "due 60", None, "due 540"),
        (opened, write, "due 60", None, "due 540"),
        (opened, reply, "met late", None, "due 540"),
        (opened, to("pending"), "due 60", None, "paused"),  # the first answer was missed: it no longer pauses
        (opened, to("open"), "due 60", None, "due 540"),
        (opened, to("solved"), "met late", None, "met"),
        (opened, hurry, "due 30", None, "due 240"),
        (answered, list, "met", None, "due 540"),
        (answered, write, "met", "due 210", "due 540"),
        (answered, to("pending"), "met", None, "paused"),
        (answered, to("hold"), "met", None, "paused"),
        (answered, to("solved"), "met", None, "met"),
        (answered, to("closed"), "met", None, "met"),
        (asked_again, list, "met", "due 180", "due 540"),
        (asked_again, write, "met", "due 180", "due 540"),
        (asked_again, reply, "met", "met", "due 540"),
        (asked_again, to("hold"), "met", "paused", "paused"),
        (asked_again, to("new"), "met", "due 180", "due 540"),
        (asked_again, to("solved"), "met", "met", "met"),
        (asked_again, hurry, "met", "due 100", "due 240"),
    ],
)
def test_each_happening_does_to_each_clock_what_the_table_says(
    before: Callable[[], list[Deadline]],
    happens: Callable[[list[Deadline]], list[Deadline]],
    first: str,
    second: str | None,
    resolution: str,
) -> None:
    now = {deadline.kind: state(deadline) for deadline in happens(before())}
    assert (now[FIRST_RESPONSE], now.get(NEXT_RESPONSE), now[RESOLUTION]) == (first, second, resolution)


def test_a_pause_is_not_counted_and_what_was_used_is() -> None:
    paused = after_status_change(answered(), "pending", after(100), OFFICE)
    resolution = paused[1]
    assert (resolution.spent, resolution.running_since, resolution.due_at) == (100, None, None)

    resumed = after_status_change(paused, "open", after(24 * 60 + 30), OFFICE)[1]

    assert resumed.running_since == after(24 * 60 + 30)
    assert resumed.due_at == after(24 * 60 + 30 + 440)


def test_nights_and_weekends_in_a_run_are_not_spent() -> None:
    friday = OPENED + timedelta(days=4, hours=8)
    opened_late = after_opening({RESOLUTION: 540}, friday, OFFICE)
    paused = after_status_change(opened_late, "hold", friday + timedelta(days=3), OFFICE)
    assert paused[0].spent == 60 + 8 * 60


def test_a_solved_ticket_that_opens_again_has_what_was_left() -> None:
    solved = after_status_change(answered(), "solved", after(240), OFFICE)
    opened_again = after_status_change(solved, "open", after(24 * 60), OFFICE)
    assert [state(deadline) for deadline in opened_again] == ["met", f"due {24 * 60 + 300}"]


def test_a_broken_promise_stays_broken() -> None:
    late = after_status_change(opened(), "pending", after(61), OFFICE)
    assert missed(late[0], after(61))
    ended = after_public_reply(late, after(300))
    assert (ended[0].missed_at, ended[0].met_at) == (after(60), after(300))

    solved = after_status_change(opened(), "solved", after(24 * 60 + 60), OFFICE)
    opened_again = after_status_change(solved, "open", after(2 * 24 * 60), OFFICE)
    assert opened_again[1].due_at == after(540)
    assert missed(opened_again[1], after(2 * 24 * 60))


def test_the_moment_it_is_due_is_still_in_time() -> None:
    assert not missed(opened()[0], after(60))
    assert missed(opened()[0], after(60) + timedelta(microseconds=1))
    assert state(after_public_reply(opened(), after(60))[0]) == "met"


def test_a_second_question_starts_a_second_clock_and_keeps_the_first_as_history() -> None:
    again = after_public_reply(asked_again(), after(100))
    third = after_customer_message(again, PROMISED, after(200), OFFICE)
    assert [deadline.kind for deadline in third] == [FIRST_RESPONSE, RESOLUTION, NEXT_RESPONSE, NEXT_RESPONSE]
    assert [state(deadline) for deadline in third] == ["met", "due 540", "met", "due 320"]


def test_only_what_is_promised_is_counted() -> None:
    assert after_opening({}, OPENED, OFFICE) == []
    assert after_customer_message([], {FIRST_RESPONSE: 60}, OPENED, OFFICE) == []
    assert after_new_promise(opened(), {}, after(1), OFFICE) == opened()


@pytest.mark.parametrize(
    ("status", "waits", "was_answered", "begun"),
    [
        ("new", True, False, {FIRST_RESPONSE: "due 65", RESOLUTION: "due 1445"}),
        ("open", True, True, {NEXT_RESPONSE: "due 125", RESOLUTION: "due 1445"}),
        ("open", False, True, {RESOLUTION: "due 1445"}),
        ("hold", True, False, {FIRST_RESPONSE: "paused", RESOLUTION: "paused"}),
        ("solved", True, False, {}),
    ],
)
def test_what_is_promised_only_now_begins_now_if_it_is_owed(
    status: str, waits: bool, was_answered: bool, begun: dict[str, str]
) -> None:
    to_do = owed(status, waits=waits, was_answered=was_answered)
    after_all = after_new_promise([], PROMISED, after(5), OFFICE, owed=to_do, status=status)
    assert {deadline.kind: state(deadline) for deadline in after_all} == begun
    again = after_new_promise(after_all, PROMISED, after(9), OFFICE, owed=to_do, status=status)
    assert again == after_all


def test_an_answer_that_was_promised_once_is_not_begun_again() -> None:
    again = after_new_promise(answered(), PROMISED, after(50), OFFICE, owed={FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION})
    assert again == answered()


def test_a_paused_clock_takes_the_new_promise_with_it() -> None:
    paused = after_status_change(answered(), "hold", after(100), OFFICE)
    resumed = after_status_change(hurry(paused), "open", after(200), OFFICE)
    assert state(resumed[1]) == "due 340"


def test_minutes_are_one_for_all_or_by_priority_with_any_for_the_rest() -> None:
    policy = Policy("Care", first_response=60, next_response={"urgent": 30, "any": 240}, resolution={"urgent": 480})
    assert targets(policy, "urgent") == {FIRST_RESPONSE: 60, NEXT_RESPONSE: 30, RESOLUTION: 480}
    assert targets(policy, "low") == {FIRST_RESPONSE: 60, NEXT_RESPONSE: 240}
    assert targets(Policy("Nothing"), "low") == {}
