"""Who gets a ticket, as a question of plain values."""

from datetime import UTC, datetime

import pytest

from helpdesk.assignment.rules import Candidate, Choice, Plan, Way, away_after_closing, choose, matching
from helpdesk.sla.calendar import parse_calendar

pytestmark = pytest.mark.once

AN, BA, CHI = Candidate(1), Candidate(2), Candidate(3)
OFFICE = parse_calendar(
    {
        "tz": "Asia/Ho_Chi_Minh",
        "hours": {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "fri")},
    }
)


def got(way: Way, *candidates: Candidate, last: int | None = None) -> Choice | None:
    return choose(Plan(way=way, last=last), candidates)


def test_turns_go_around_the_table_and_pass_over_who_cannot_take_one() -> None:
    full, away = Candidate(2, load=5, capacity=5), Candidate(2, is_away=True)
    assert [got("turn", CHI, AN, BA, last=last) for last in (None, 1, 2, 3, 9)] == [
        Choice(person, "turn") for person in (1, 2, 3, 1, 1)
    ]
    for missing in (full, away, Candidate(2, is_open=False)):
        assert got("turn", AN, missing, CHI, last=1) == Choice(3, "turn")
    assert got("turn", full, away) is None
    assert got("manual", AN, BA) is None


def test_the_least_loaded_gets_it_and_equals_take_turns() -> None:
    some = (Candidate(1, load=3), Candidate(2, load=2), Candidate(3, load=2))
    assert got("load", *some) == Choice(2, "load", 2)
    assert got("load", *some, last=2) == Choice(3, "load", 2)
    assert got("load", *some, Candidate(4, load=0, capacity=0)) == Choice(4, "load", 0)


def test_outside_of_hours_tickets_are_handed_out_only_where_hours_do_not_matter() -> None:
    asleep = Candidate(1, is_open=False)
    assert choose(Plan(way="turn"), [asleep]) is None
    assert choose(Plan(way="turn", keeps_hours=False), [asleep]) == Choice(1, "turn")


def test_skills_are_required_or_preferred_or_ignored() -> None:
    both, one = Candidate(1, load=9, skills=frozenset({7, 8})), Candidate(2, skills=frozenset({7}))
    required, preferred = Plan(way="load"), Plan(way="load", skills="preferred")
    assert choose(required, [one, both, CHI], {7, 8}) == Choice(1, "load", 9, is_skilled=True)
    assert choose(required, [one, CHI], {7, 8}) is None
    assert choose(preferred, [one, CHI], {7, 8}) == Choice(2, "load", 0, is_skilled=True)
    assert choose(preferred, [CHI], {7, 8}) == Choice(3, "load", 0)
    assert choose(Plan(way="load", skills="ignored"), [both, CHI], {7, 8}) == Choice(3, "load", 0)


def test_whoever_answered_the_customer_last_gets_it_if_they_can_take_it() -> None:
    plan = Plan(way="turn")
    assert choose(plan, [AN, BA, CHI], known=3) == Choice(3, "known")
    assert choose(plan, [AN, BA, Candidate(3, is_away=True)], known=3) == Choice(1, "turn")
    assert choose(plan, [AN, Candidate(3, load=1, capacity=1)], known=3) == Choice(1, "turn")


def test_a_skill_is_meant_by_either_name_however_it_is_written() -> None:
    skills = [(1, "Hoá đơn", "Invoices"), (2, "Máy in", "Printers")]
    assert matching([" hoa don", "PRINTERS", "Dance"], skills) == (frozenset({1, 2}), ["Dance"])


def test_closing_time_is_not_lunch_and_lasts_until_the_office_opens_on_another_day() -> None:
    def until(text: str, back: str = "") -> str:
        came = datetime.fromisoformat(back).astimezone(UTC) if back else None
        found = away_after_closing(OFFICE, came, datetime.fromisoformat(text).astimezone(UTC))
        return found.isoformat() if found else ""

    assert until("2026-11-20 16:59+07:00") == until("2026-11-20 12:30+07:00") == until("2026-11-20 07:00+07:00") == ""
    assert until("2026-11-20 17:00+07:00") == "2026-11-23T01:00:00+00:00"  # from Friday to Monday
    assert until("2026-11-22 09:00+07:00") == "2026-11-23T01:00:00+00:00"
    assert until("2026-11-20 18:00+07:00", back="2026-11-20 17:30+07:00") == ""
    assert until("2026-11-23 17:00+07:00", back="2026-11-20 17:30+07:00") == "2026-11-24T01:00:00+00:00"
