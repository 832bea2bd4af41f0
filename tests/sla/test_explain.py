"""Deadlines in words, in both languages."""

from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.sla.calendar import WEEKDAYS, Calendar, parse_calendar
from helpdesk.sla.explain import Step, by_when, steps, sum_in_words

OFFICE = parse_calendar(
    {
        "tz": "Asia/Ho_Chi_Minh",
        "hours": {
            **{day: [["08:00", "12:00"], ["13:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")},
            "sat": [["08:00", "12:00"]],
        },
        "holidays": ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20"],
    }
)
NOW = datetime.fromisoformat("2026-02-20T15:00+07:00")


def always(tz: str) -> Calendar:
    return parse_calendar({"tz": tz, "hours": {day: [["00:00", "24:00"]] for day in WEEKDAYS}})


@pytest.mark.parametrize(
    ("moment", "vi", "en"),
    [
        ("2026-02-23T10:40+07:00", "chậm nhất 10:40 thứ Hai 23/2", "by 10:40 on Monday 23 Feb"),
        ("2026-02-20T17:00+07:00", "chậm nhất 17:00 hôm nay, thứ Sáu 20/2", "by 17:00 today, Friday 20 Feb"),
        ("2026-02-20T19:00+00:00", "chậm nhất 02:00 ngày mai, thứ Bảy 21/2", "by 02:00 tomorrow, Saturday 21 Feb"),
        ("2027-02-21T09:00+07:00", "chậm nhất 09:00 Chủ nhật 21/2/2027", "by 09:00 on Sunday 21 Feb 2027"),
        ("2026-02-19T09:00+07:00", "chậm nhất 09:00 thứ Năm 19/2", "by 09:00 on Thursday 19 Feb"),
    ],
)
def test_a_promise_is_told_in_both_languages(moment: str, vi: str, en: str) -> None:
    assert by_when(datetime.fromisoformat(moment), NOW, "Asia/Ho_Chi_Minh", "vi") == vi
    assert by_when(datetime.fromisoformat(moment), NOW, "Asia/Ho_Chi_Minh", "en") == en


def test_the_sum_of_a_deadline_names_what_was_counted_and_what_was_not() -> None:
    start = datetime.fromisoformat("2026-02-13T16:40+07:00")
    pause = (datetime.fromisoformat("2026-02-23T07:00+07:00"), datetime.fromisoformat("2026-02-24T06:00+07:00"))
    assert sum_in_words(start, 1000, OFFICE, "vi", [pause]) == [
        "thứ Sáu 13/2: 16:40–17:30, 50 phút",
        "thứ Bảy 14/2: 08:00–12:00, 4 giờ",
        "Chủ nhật 15/2: ngoài giờ làm việc",
        "thứ Hai 16/2 – thứ Sáu 20/2: ngày nghỉ",
        "thứ Bảy 21/2: 08:00–12:00, 4 giờ",
        "Chủ nhật 22/2: ngoài giờ làm việc",
        "thứ Hai 23/2: tạm dừng",
        "thứ Ba 24/2: 08:00–12:00, 13:00–16:50, 7 giờ 50",
    ]
    assert sum_in_words(start, 1000, OFFICE, "en", [pause])[3:7] == [
        "Monday 16 Feb – Friday 20 Feb: holiday",
        "Saturday 21 Feb: 08:00–12:00, 4 h",
        "Sunday 22 Feb: closed",
        "Monday 23 Feb: paused",
    ]


def test_the_minutes_of_all_steps_are_those_promised() -> None:
    start = datetime.fromisoformat("2026-02-11T18:00+07:00")
    for minutes in (1, 240, 241, 1000, 5000):
        assert sum(step.minutes for step in steps(start, minutes, OFFICE)) == minutes


def test_a_letter_after_closing_time_finds_the_day_closed() -> None:
    start = datetime.fromisoformat("2026-02-12T18:00+07:00")
    assert steps(start, 30, OFFICE) == [
        Step(date(2026, 2, 12), date(2026, 2, 12), "closed"),
        Step(date(2026, 2, 13), date(2026, 2, 13), "open", 30, (("08:00", "08:30"),)),
    ]


def test_the_end_of_the_day_is_told_as_it_is_written() -> None:
    night = parse_calendar({"tz": "UTC", "hours": {"mon": [["22:00", "24:00"]]}})
    start = datetime.fromisoformat("2026-02-16T12:00+00:00")
    assert steps(start, 120, night) == [Step(date(2026, 2, 16), date(2026, 2, 16), "open", 120, (("22:00", "24:00"),))]


@pytest.mark.parametrize(
    ("tz", "start", "minutes", "said"),
    [
        pytest.param(
            "Europe/Berlin",
            "2026-03-28T23:00+01:00",
            360,
            ["Saturday 28 Mar: 23:00–24:00, 1 h", "Sunday 29 Mar: 00:00–02:00, 03:00–06:00, 5 h"],
            id="an hour is skipped",
        ),
        pytest.param(
            "Europe/Berlin",
            "2026-10-24T23:00+02:00",
            360,
            ["Saturday 24 Oct: 23:00–24:00, 1 h", "Sunday 25 Oct: 00:00–03:00, 02:00–04:00, 5 h"],
            id="an hour comes twice",
        ),
        pytest.param(
            "UTC",
            "2026-04-06T12:00+00:00",
            48 * 60,
            [
                "Monday 6 Apr: 12:00–24:00, 12 h",
                "Tuesday 7 Apr: 00:00–24:00, 24 h",
                "Wednesday 8 Apr: 00:00–12:00, 12 h",
            ],
            id="days of UTC",
        ),
        pytest.param(
            "Asia/Ho_Chi_Minh",
            "2026-12-31T23:00+07:00",
            540,
            ["Thursday 31 Dec: 23:00–24:00, 1 h", "Friday 1 Jan 2027: 00:00–08:00, 8 h"],
            id="a new year",
        ),
    ],
)
def test_what_is_open_day_and_night_is_told_by_the_clock_on_the_wall(
    tz: str, start: str, minutes: int, said: list[str]
) -> None:
    assert sum_in_words(datetime.fromisoformat(start), minutes, always(tz), "en") == said


def test_a_day_of_utc_is_told_as_one_wherever_it_is_looked_at() -> None:
    for ahead in range(64):
        start = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=ahead)
        assert [step.minutes for step in steps(start, 2 * 24 * 60, always("UTC"))] == [24 * 60] * 2
