"""Opening hours in words for people outside."""

from datetime import datetime

import pytest

from helpdesk.sla.calendar import parse_calendar
from helpdesk.sla.hours import Hours, Today, other_days, today, week

OFFICE = parse_calendar(
    {
        "tz": "Asia/Ho_Chi_Minh",
        "hours": {
            **{day: [["08:00", "12:00"], ["13:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")},
            "sat": [["08:00", "12:00"]],
        },
        "holidays": ["2026-02-16", "2026-02-17"],
        "extra_days": {"2026-02-15": [["09:00", "11:00"]]},
    }
)


@pytest.mark.once
def test_days_with_the_same_hours_stand_together() -> None:
    assert week(OFFICE, "vi") == [
        Hours("Thứ Hai – Thứ Sáu", "08:00–12:00, 13:00–17:30"),
        Hours("Thứ Bảy", "08:00–12:00"),
        Hours("Chủ nhật", "Nghỉ"),
    ]
    assert [line.days for line in week(OFFICE, "en")] == ["Monday – Friday", "Saturday", "Sunday"]


@pytest.mark.once
def test_days_that_are_different_soon_are_named() -> None:
    now = datetime.fromisoformat("2026-02-13T10:00+07:00")
    assert other_days(OFFICE, now, "en") == [
        Hours("Sunday 15 Feb", "09:00–11:00"),
        Hours("Monday 16 Feb", "Closed"),
        Hours("Tuesday 17 Feb", "Closed"),
    ]
    assert other_days(OFFICE, now.replace(month=3), "en") == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("now", "lang", "said"),
    [
        ("2026-02-13T10:00+07:00", "vi", Today(True, "12:00")),
        ("2026-02-13T12:30+07:00", "en", Today(False, "13:00")),
        ("2026-02-13T18:00+07:00", "vi", Today(False, "08:00 ngày mai")),
        ("2026-02-15T12:00+07:00", "en", Today(False, "08:00 on Wednesday")),
    ],
)
def test_whether_somebody_is_there_now(now: str, lang: str, said: Today) -> None:
    assert today(OFFICE, datetime.fromisoformat(now), lang) == said


@pytest.mark.once
def test_an_office_may_never_close() -> None:
    always = parse_calendar(
        {"tz": "UTC", "hours": {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}}
    )
    assert today(always, datetime.fromisoformat("2026-02-13T10:00+00:00"), "en") == Today(True, "")
    assert week(always, "en") == [Hours("Monday – Sunday", "00:00–24:00")]
