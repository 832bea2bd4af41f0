"""Hours, days and lengths of time as people type them."""

from datetime import date

import pytest

from helpdesk.sla import typed
from helpdesk.sla.typed import Mistyped


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("08:00-12:00, 13:00-17:30", "08:00-12:00, 13:00-17:30"),
        ("13:00-17:30; 8-12", "08:00-12:00, 13:00-17:30"),
        ("8h–12h30", "08:00-12:30"),
        ("8:00 to 12:00", "08:00-12:00"),
        ("8 giờ tới 12 giờ", None),
        ("8:00 tới 12:00", "08:00-12:00"),
        ("0-24", "00:00-24:00"),
        ("All day", "00:00-24:00"),
        ("cả ngày", "00:00-24:00"),
        ("", ""),
        ("nghỉ", ""),
        ("8-12,11-13", None),
        ("8-8", None),
        ("8", None),
        ("24:30-25", None),
    ],
)
def test_the_hours_of_a_day(text: str, periods: str | None) -> None:
    if periods is None:
        with pytest.raises(Mistyped):
            typed.periods(text)
    else:
        assert typed.periods_text(typed.periods(text)) == periods


@pytest.mark.parametrize(
    ("text", "minutes", "again"),
    [
        ("30m", 30, "30m"),
        ("45", 45, "45m"),
        ("4h", 240, "4h"),
        ("4H", 240, "4h"),
        ("1h30", 90, "1h30"),
        ("1:05", 65, "1h05"),
        ("2 giờ 15 phút", 135, "2h15"),
        ("90 min", 90, "1h30"),
        ("", None, ""),
    ],
)
def test_a_length_of_time(text: str, minutes: int | None, again: str) -> None:
    assert typed.minutes(text) == minutes
    assert typed.minutes_text(minutes) == again
    assert typed.minutes(again) == minutes


@pytest.mark.parametrize("text", ["soon", "0", "-5", "1d", "99999h", "h", "1:75"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(Mistyped):
        typed.minutes(text)


def test_a_day() -> None:
    assert typed.day("2027-02-06") == typed.day("6/2/2027") == typed.day("06.02.2027") == date(2027, 2, 6)
    for wrong in ("", "soon", "31/2/2027", "1999-12-31", "6/2"):
        with pytest.raises(Mistyped):
            typed.day(wrong)
