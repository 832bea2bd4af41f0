"""Office time: known answers, hours that no office has, changes of clocks, and a counter that goes minute by minute."""

import json
import random
import time
from datetime import UTC, date, datetime, timedelta
from itertools import compress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.sla.calendar import (
    Calendar,
    CalendarError,
    NeverOpen,
    Pause,
    due,
    is_open,
    next_opening,
    open_spans,
    parse_calendar,
    periods_on,
    worked,
)

CASES = Path(__file__).parent.parent / "cases"
CALENDARS = {
    name: parse_calendar(given)
    for name, given in json.loads((CASES / "sla_calendars.json").read_text("utf-8"))["calendars"].items()
}
ROWS = [json.loads(row) for row in (CASES / "sla.jsonl").read_text("utf-8").splitlines()]
OFFICE = CALENDARS["vn-office"]
ALWAYS = {name: [["00:00", "24:00"]] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def question(row: dict[str, Any]) -> tuple[datetime, int, Calendar, list[Pause]]:
    named = row["calendar"]
    calendar = CALENDARS[named] if isinstance(named, str) else parse_calendar(named)
    return at(row["start"]), row["minutes"], calendar, [(at(a), at(b)) for a, b in row.get("pauses", [])]


def test_every_known_deadline_is_exact() -> None:
    assert len(ROWS) == 394
    wrong = {row["id"]: (row["due"], answer) for row in ROWS if (answer := due(*question(row))) != at(row["due"])}
    assert not wrong


def test_what_was_worked_until_a_deadline_is_what_was_promised() -> None:
    for row in ROWS:
        start, minutes, calendar, pauses = question(row)
        assert worked(start, at(row["due"]), calendar, pauses) == minutes, row["id"]


def test_a_promise_used_up_at_closing_time_is_due_then() -> None:
    assert due(at("2026-11-23T08:00+07:00"), 240, OFFICE) == at("2026-11-23T12:00+07:00")
    assert due(at("2026-11-23T08:00+07:00"), 241, OFFICE) == at("2026-11-23T13:01+07:00")


def test_seconds_are_kept() -> None:
    assert due(at("2026-11-23T11:59:30.5+07:00"), 1, OFFICE) == at("2026-11-23T13:00:30.5+07:00")


def test_an_extra_day_has_its_own_hours_even_on_a_holiday() -> None:
    calendar = parse_calendar(
        {
            "tz": "Asia/Ho_Chi_Minh",
            "hours": {"fri": [["08:00", "17:00"]]},
            "holidays": ["2026-02-20"],
            "extra_days": {"2026-02-15": [["08:00", "12:00"]], "2026-02-20": [["09:00", "10:00"]], "2026-02-27": []},
        }
    )
    assert due(at("2026-02-14T00:00+07:00"), 240, calendar) == at("2026-02-15T12:00+07:00")
    assert due(at("2026-02-14T00:00+07:00"), 300, calendar) == at("2026-02-20T10:00+07:00")
    assert due(at("2026-02-14T00:00+07:00"), 301, calendar) == at("2026-03-06T08:01+07:00")
    assert periods_on(date(2026, 2, 20), calendar) == ((540, 600),)


def test_opening_hours_are_known_at_every_moment() -> None:
    assert is_open(at("2026-11-23T08:00+07:00"), OFFICE)
    assert not is_open(at("2026-11-23T12:00+07:00"), OFFICE)
    assert next_opening(at("2026-11-23T09:00+07:00"), OFFICE) == at("2026-11-23T09:00+07:00")
    assert next_opening(at("2026-11-23T12:00+07:00"), OFFICE) == at("2026-11-23T13:00+07:00")
    assert next_opening(at("2026-11-23T17:30+07:00"), OFFICE) == at("2026-11-25T08:00+07:00")  # the 24th is a holiday


def test_pauses_may_overlap_and_come_in_any_order() -> None:
    start = at("2026-11-23T08:00+07:00")
    pauses = [
        (at("2026-11-23T09:30+07:00"), at("2026-11-23T10:00+07:00")),
        (at("2026-11-23T09:00+07:00"), at("2026-11-23T09:40+07:00")),
        (at("2026-11-23T07:00+07:00"), at("2026-11-23T08:10+07:00")),
        (at("2026-11-23T11:00+07:00"), at("2026-11-23T11:00+07:00")),
    ]
    assert due(start, 60, OFFICE, pauses) == at("2026-11-23T10:10+07:00")
    assert [closes - opens for opens, closes in open_spans(start, at("2026-11-23T10:10+07:00"), OFFICE, pauses)] == [
        timedelta(minutes=50),
        timedelta(minutes=10),
    ]


@pytest.mark.parametrize(
    ("tz", "hours", "start", "minutes", "answer"),
    [
        # an hour that is skipped is not worked: 00:00–06:00 is five hours long
        ("America/New_York", ["00:00", "06:00"], "2026-03-08T00:00-05:00", 300, "2026-03-08T06:00-04:00"),
        # an hour that comes twice is worked twice: seven hours
        ("America/New_York", ["00:00", "06:00"], "2026-11-01T00:00-04:00", 420, "2026-11-01T06:00-05:00"),
        # an office that opens at 02:30, a time that does not exist that day, opens when the clocks jump
        ("America/New_York", ["02:30", "04:00"], "2026-03-08T00:00-05:00", 1, "2026-03-08T03:01-04:00"),
        # 01:30–02:00 comes twice, with an hour between
        ("America/New_York", ["01:30", "02:00"], "2026-11-01T00:00-04:00", 31, "2026-11-01T01:31-05:00"),
        # clocks that jump by half an hour
        ("Australia/Lord_Howe", ["00:00", "06:00"], "2026-10-04T00:00+10:30", 330, "2026-10-04T06:00+11:00"),
        # a whole day that never was: Friday 30 December 2011 in Samoa
        ("Pacific/Apia", ["08:00", "09:00"], "2011-12-29T08:00-10:00", 120, "2011-12-31T09:00+14:00"),
        # midnight that does not exist
        ("Africa/Cairo", ["00:00", "03:00"], "2026-04-23T12:00+02:00", 120, "2026-04-24T03:00+03:00"),
        # 00:01 goes back to 23:01 of the day before, which so comes twice
        ("America/St_Johns", ["23:00", "24:00"], "2010-11-06T23:00-02:30", 119, "2010-11-07T00:00-03:30"),
    ],
)
def test_changes_of_clocks_are_exact(tz: str, hours: list[str], start: str, minutes: int, answer: str) -> None:
    calendar = parse_calendar({"tz": tz, "hours": {day: [hours] for day in ALWAYS}})
    assert due(at(start), minutes, calendar) == at(answer)


ZONES = ["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns"]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


PERIOD = st.tuples(st.integers(0, 95), st.integers(1, 40)).map(
    lambda quarters: [clock(quarters[0] * 15), clock(min(sum(quarters), 96) * 15)]
)
DAYS = [date(2010, 11, 1) + timedelta(days=ahead) for ahead in range(14)]  # clocks change on the 7th in America
MOMENT = st.integers(0, 14 * 24 * 60).map(lambda minute: datetime(2010, 10, 30, tzinfo=UTC) + timedelta(minutes=minute))
PAUSES = st.lists(st.tuples(MOMENT, MOMENT).map(lambda pair: (min(pair), max(pair))), max_size=3)
CALENDAR = st.fixed_dictionaries(
    {
        "tz": st.sampled_from(ZONES),
        "hours": st.dictionaries(st.sampled_from(list(ALWAYS)), st.lists(PERIOD, min_size=1, max_size=3), min_size=1),
        "holidays": st.lists(st.sampled_from(DAYS).map(str), max_size=3),
        "extra_days": st.dictionaries(st.sampled_from(DAYS).map(str), st.lists(PERIOD, max_size=2), max_size=2),
    }
).map(parse_calendar)


def open_minutes(start: datetime, calendar: Calendar, pauses: list[Pause]) -> list[datetime]:
    """The minutes that count in the three weeks from `start`, by looking at the wall clock in each."""
    zone = ZoneInfo(calendar.tz)
    found = []
    for minute in range(21 * 24 * 60):
        moment = start + timedelta(minutes=minute)
        there = moment.astimezone(zone)
        reading = there.hour * 60 + there.minute
        hours = calendar.extra_days.get(there.date())
        if hours is None:
            hours = () if there.date() in calendar.holidays else calendar.hours[there.weekday()]
        if any(opens <= reading < closes for opens, closes in hours) and not any(a <= moment < b for a, b in pauses):
            found.append(moment)
    return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    CALENDAR,
    MOMENT,
    st.lists(st.tuples(MOMENT, MOMENT).map(lambda pair: (min(pair), max(pair))), max_size=3),
    st.data(),
)
def test_a_deadline_is_what_a_counter_of_minutes_finds(
    calendar: Calendar, start: datetime, pauses: list[Pause], data: st.DataObject
) -> None:
    counted = open_minutes(start, calendar, pauses)
    if not counted:
        return
    minutes = data.draw(st.integers(1, len(counted)))
    last = counted[minutes - 1]
    assert due(start, minutes, calendar, pauses) == last + timedelta(minutes=1)
    assert worked(start, last, calendar, pauses) == minutes - 1
    assert is_open(last, calendar)
    if not pauses:
        assert next_opening(start, calendar) == counted[0]


WINDOW = 4
"""Days, in which the clocks of the zones below change or do not."""
CHANGES = {
    "Asia/Ho_Chi_Minh": date(2026, 2, 11),
    "Europe/Berlin": date(2026, 3, 27),
    "America/New_York": date(2010, 11, 5),
    "Australia/Lord_Howe": date(2026, 10, 2),
    "America/St_Johns": date(2010, 11, 5),
}


def walls(tz: str) -> list[int]:
    """What the wall clock shows in each minute of the zone's window: minutes since the midnight two days before."""
    zone, begin = ZoneInfo(tz), datetime.combine(CHANGES[tz], datetime.min.time(), UTC)
    found = []
    for minute in range(WINDOW * 24 * 60):
        there = (begin + timedelta(minutes=minute)).astimezone(zone)
        found.append(((there.date() - CHANGES[tz]).days + 2) * 1440 + there.hour * 60 + there.minute)
    return found


def random_calendar(chance: random.Random, tz: str) -> Calendar:
    def periods(most: int) -> list[list[str]]:
        found = []
        for _ in range(chance.randint(0, most)):
            opens = chance.randrange(0, 1440)
            found.append([clock(opens), clock(chance.randint(opens + 1, 1440))])
        return found

    days = [CHANGES[tz] + timedelta(days=ahead) for ahead in range(WINDOW)]
    return parse_calendar(
        {
            "tz": tz,
            "hours": {"wed": [["00:00", "00:01"]]} | {day: periods(3) for day in ALWAYS},
            "holidays": [str(day) for day in chance.sample(days, chance.randint(0, 3))],
            "extra_days": {str(day): periods(2) for day in chance.sample(days, chance.randint(0, 2))}
            | {"1999-01-01": [["08:00", "09:00"]]},
        }
    )


@pytest.mark.once
def test_ten_thousand_offices_agree_with_a_counter_of_minutes() -> None:
    chance = random.Random("a promise you can check")
    shown = {tz: walls(tz) for tz in CHANGES}
    asked = 0
    for _ in range(10_000):
        tz = chance.choice(list(CHANGES))
        calendar = random_calendar(chance, tz)
        open_walls = bytearray((WINDOW + 4) * 1440)
        for day in range(WINDOW + 4):
            for opens, closes in periods_on(CHANGES[tz] + timedelta(days=day - 2), calendar):
                open_walls[day * 1440 + opens : day * 1440 + closes] = bytes([1]) * (closes - opens)
        start = chance.randrange(0, WINDOW * 1440)
        counts = bytearray(map(open_walls.__getitem__, shown[tz]))
        begin = datetime.combine(CHANGES[tz], datetime.min.time(), UTC)
        pauses = []
        for _ in range(chance.choice((0, 0, 1, 2))):
            stops = chance.randrange(0, WINDOW * 1440)
            resumes = chance.randint(stops, WINDOW * 1440)
            counts[stops:resumes] = bytes(resumes - stops)
            pauses.append((begin + timedelta(minutes=stops), begin + timedelta(minutes=resumes)))
        counted = list(compress(range(start, WINDOW * 1440), counts[start:]))
        if not counted:
            continue
        asked += 1
        minutes = chance.randint(1, len(counted))
        answer = begin + timedelta(minutes=counted[minutes - 1] + 1)
        first = begin + timedelta(minutes=start)
        assert due(first, minutes, calendar, pauses) == answer, (first, minutes, calendar, pauses)
        assert worked(first, answer, calendar, pauses) == minutes, (first, minutes, calendar, pauses)
    assert asked > 7_000


GOOD = {"tz": "UTC", "hours": {"mon": [["08:00", "12:00"]]}}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("tz", {"tz": "Asia/Saigon_City"}),
        ("tz", {"tz": "../../etc/passwd"}),
        ("tz", {"tz": None}),
        ("hours", {"hours": {}}),
        ("hours", {"hours": {"mon": []}}),
        ("hours", {"hours": [["08:00", "12:00"]]}),
        ("hours.monday", {"hours": {"monday": [["08:00", "12:00"]]}}),
        ("hours.mon", {"hours": {"mon": [["12:00", "08:00"]]}}),
        ("hours.mon", {"hours": {"mon": [["08:00", "08:00"]]}}),
        ("hours.mon", {"hours": {"mon": [["08:00", "24:01"]]}}),
        ("hours.mon", {"hours": {"mon": [["08:00", "25:00"]]}}),
        ("hours.mon", {"hours": {"mon": [["8", "12:00"]]}}),
        ("hours.mon", {"hours": {"mon": [["08:00"]]}}),
        ("hours.mon", {"hours": {"mon": "08:00-12:00"}}),
        ("hours.mon", {"hours": {"mon": [[8, 12]]}}),
        ("holidays", {"holidays": ["30/4/2026"]}),
        ("holidays", {"holidays": ["2026-02-30"]}),
        ("extra_days", {"extra_days": {"Tết": [["08:00", "12:00"]]}}),
        ("extra_days.2026-02-14", {"extra_days": {"2026-02-14": [["12:00", "08:00"]]}}),
        ("breaks", {"breaks": []}),
    ],
)
def test_what_no_office_has_is_refused_by_name(field: str, change: dict[str, Any]) -> None:
    parse_calendar(GOOD)
    with pytest.raises(CalendarError) as refusal:
        parse_calendar(GOOD | change)
    assert refusal.value.field == field


def test_periods_that_overlap_count_once() -> None:
    calendar = parse_calendar(
        {"tz": "UTC", "hours": {"mon": [["13:00", "17:00"], ["08:00", "12:00"], ["11:00", "13:00"]]}}
    )
    assert calendar.hours[0] == ((480, 1020),)


@pytest.mark.parametrize(
    ("field", "start", "minutes", "pauses"),
    [
        ("minutes", "2026-11-23T08:00Z", 0, []),
        ("minutes", "2026-11-23T08:00Z", -5, []),
        ("pauses", "2026-11-23T08:00Z", 5, [("2026-11-23T10:00Z", "2026-11-23T09:00Z")]),
        ("start", "1066-10-14T09:00Z", 5, []),
        ("start", "9999-12-31T23:59Z", 5, []),
    ],
)
def test_what_is_no_duration_is_refused_by_name(
    field: str, start: str, minutes: int, pauses: list[tuple[str, str]]
) -> None:
    with pytest.raises(CalendarError) as refusal:
        due(at(start), minutes, OFFICE, [(at(a), at(b)) for a, b in pauses])
    assert refusal.value.field == field


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(CalendarError, match="needs a time zone"):
        due(datetime(2026, 11, 23, 8), 5, OFFICE)  # noqa: DTZ001 - that is the point


def test_an_office_that_does_not_open_again_is_said_so() -> None:
    once = parse_calendar({"tz": "UTC", "hours": {}, "extra_days": {"2026-01-05": [["09:00", "10:00"]]}})
    assert due(at("2026-01-01T00:00Z"), 60, once) == at("2026-01-05T10:00Z")
    with pytest.raises(NeverOpen):
        due(at("2026-01-01T00:00Z"), 61, once)
    with pytest.raises(NeverOpen):
        next_opening(at("2026-01-05T10:00Z"), once)
    assert not is_open(at("2026-01-06T00:00Z"), once)


def test_weeks_take_microseconds_and_years_are_bounded() -> None:
    due(at("2026-02-11T08:00+07:00"), 14 * 510, OFFICE)
    began = time.process_time()
    for _ in range(100):
        due(at("2026-02-11T08:00+07:00"), 14 * 510, OFFICE)
    assert (time.process_time() - began) / 100 < 0.0002
    began = time.process_time()
    with pytest.raises(NeverOpen):
        due(at("2026-02-11T08:00+07:00"), 10**9, CALENDARS["tuesday-only"])
    assert time.process_time() - began < 0.2
