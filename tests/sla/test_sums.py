"""The sum of a deadline in one sentence, in both languages."""

from datetime import datetime

import pytest
from msgspec import structs

from helpdesk.sla.calendar import Calendar, parse_calendar
from helpdesk.sla.public_days import public_days
from helpdesk.sla.sums import sum_in_a_sentence

pytestmark = pytest.mark.once

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOLIDAYS = {day.on: day.name for day in public_days("VN", "", 2026, "vi")}
WEEK = {day: [["08:00", "12:00"], ["13:00", "17:30"]] for day in WEEKDAYS}


def office(**more: object) -> Calendar:
    given = {"tz": "Asia/Ho_Chi_Minh", "hours": WEEK, "holidays": [str(day) for day in HOLIDAYS], **more}
    return structs.replace(parse_calendar(given), names=HOLIDAYS)


OFFICE = office()
SATURDAYS = office(hours={**WEEK, "sat": [["08:00", "12:00"]]})
SWAPPED = office(extra_days={"2026-08-22": [["08:00", "12:00"], ["13:00", "17:30"]]})
NIGHTS = parse_calendar(
    {
        "tz": "America/New_York",
        "hours": {day: [["00:00", "06:00"], ["22:00", "24:00"]] for day in (*WEEKDAYS, "sat", "sun")},
    }
)
ALWAYS = parse_calendar({"tz": "UTC", "hours": {day: [["00:00", "24:00"]] for day in (*WEEKDAYS, "sat", "sun")}})
NEXT_TET = {day.on: day.name for day in public_days("VN", "", 2027, "vi")}
TET_2027 = structs.replace(office(holidays=[str(day) for day in NEXT_TET]), names=NEXT_TET)


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "spent", "vi", "en"),
    [
        pytest.param(
            OFFICE,
            "2026-02-13T16:10+07:00",
            240,
            0,
            "Thứ Sáu 13/2, 16:10 + 4 giờ làm việc; nghỉ thứ Bảy 14/2 – Chủ nhật 15/2; nghỉ Tết 16–20/2; "
            "nghỉ thứ Bảy 21/2 – Chủ nhật 22/2 → 10:40 thứ Hai 23/2",
            "Friday 13 Feb, 16:10 + 4 h of work; Saturday 14 Feb – Sunday 15 Feb off; Tết 16–20 Feb off; "
            "Saturday 21 Feb – Sunday 22 Feb off → 10:40 on Monday 23 Feb",
            id="over Tết",
        ),
        pytest.param(
            OFFICE,
            "2026-02-23T09:10+07:00",
            60,
            0,
            "Thứ Hai 23/2, 09:10 + 1 giờ làm việc → 10:10 thứ Hai 23/2",
            "Monday 23 Feb, 09:10 + 1 h of work → 10:10 on Monday 23 Feb",
            id="nothing between",
        ),
        pytest.param(
            OFFICE,
            "2026-02-23T11:10+07:00",
            480,
            0,
            "Thứ Hai 23/2, 11:10 + 8 giờ làm việc; nghỉ trưa 12–13h; ngoài giờ 17h30–8h → 10:40 thứ Ba 24/2",
            "Monday 23 Feb, 11:10 + 8 h of work; lunch 12:00–13:00; closed 17:30–08:00 → 10:40 on Tuesday 24 Feb",
            id="lunch and a night",
        ),
        pytest.param(
            SATURDAYS,
            "2026-02-27T16:30+07:00",
            360,
            60,
            "Thứ Sáu 27/2, 16:30 + 5 giờ làm việc còn lại trong 6 giờ (đã dùng 1 giờ); ngoài giờ 17h30–8h "
            "→ 12:00 thứ Bảy 28/2",
            "Friday 27 Feb, 16:30 + 5 h of work left of 6 h (1 h used before); closed 17:30–08:00 "
            "→ 12:00 on Saturday 28 Feb",
            id="after a pause",
        ),
        pytest.param(
            OFFICE,
            "2026-04-29T17:00+07:00",
            60,
            0,
            "Thứ Tư 29/4, 17:00 + 1 giờ làm việc; nghỉ lễ 30/4 – 1/5; nghỉ thứ Bảy 2/5 – Chủ nhật 3/5 "
            "→ 08:30 thứ Hai 4/5",
            "Wednesday 29 Apr, 17:00 + 1 h of work; holidays 30 Apr – 1 May off; Saturday 2 May – Sunday 3 May off "
            "→ 08:30 on Monday 4 May",
            id="two holidays in a row",
        ),
        pytest.param(
            OFFICE,
            "2026-11-23T17:00+07:00",
            60,
            0,
            "Thứ Hai 23/11, 17:00 + 1 giờ làm việc; nghỉ Ngày Văn hóa Việt Nam 24/11 → 08:30 thứ Tư 25/11",
            "Monday 23 Nov, 17:00 + 1 h of work; Ngày Văn hóa Việt Nam 24 Nov off → 08:30 on Wednesday 25 Nov",
            id="a holiday by its name",
        ),
        pytest.param(
            SWAPPED,
            "2026-08-21T17:00+07:00",
            60,
            0,
            "Thứ Sáu 21/8, 17:00 + 1 giờ làm việc; ngoài giờ 17h30–8h; làm bù thứ Bảy 22/8 → 08:30 thứ Bảy 22/8",
            "Friday 21 Aug, 17:00 + 1 h of work; closed 17:30–08:00; worked on Saturday 22 Aug instead "
            "→ 08:30 on Saturday 22 Aug",
            id="a Saturday that is worked",
        ),
        pytest.param(
            NIGHTS,
            "2026-03-06T23:10-05:00",
            1200,
            0,
            "Thứ Sáu 6/3, 23:10 + 20 giờ làm việc; ngoài giờ 6–22h; đồng hồ đổi giờ 8/3 → 04:10 thứ Hai 9/3",
            "Friday 6 Mar, 23:10 + 20 h of work; closed 06:00–22:00; clocks change 8 Mar → 04:10 on Monday 9 Mar",
            id="nights over a change of clocks",
        ),
        pytest.param(
            NIGHTS,
            "2026-03-07T22:00-05:00",
            360,
            0,
            "Thứ Bảy 7/3, 22:00 + 6 giờ làm việc; đồng hồ đổi giờ 8/3 → 05:00 Chủ nhật 8/3",
            "Saturday 7 Mar, 22:00 + 6 h of work; clocks change 8 Mar → 05:00 on Sunday 8 Mar",
            id="the night in which clocks change",
        ),
        pytest.param(
            TET_2027,
            "2027-02-03T16:30+07:00",
            120,
            0,
            "Thứ Tư 3/2, 16:30 + 2 giờ làm việc; nghỉ Tết 4–10/2 → 09:00 thứ Năm 11/2",
            "Wednesday 3 Feb, 16:30 + 2 h of work; Tết 4–10 Feb off → 09:00 on Thursday 11 Feb",
            id="Tết over a weekend",
        ),
        pytest.param(
            ALWAYS,
            "2026-12-30T23:10+00:00",
            3000,
            0,
            "Thứ Tư 30/12/2026, 23:10 + 50 giờ làm việc → 01:10 thứ Bảy 2/1/2027",
            "Wednesday 30 Dec 2026, 23:10 + 50 h of work → 01:10 on Saturday 2 Jan 2027",
            id="around the clock into another year",
        ),
    ],
)
def test_a_sum_names_what_was_stepped_over(
    calendar: Calendar, start: str, minutes: int, spent: int, vi: str, en: str
) -> None:
    began = datetime.fromisoformat(start)
    assert sum_in_a_sentence(began, minutes, calendar, "vi", spent=spent) == vi
    assert sum_in_a_sentence(began, minutes, calendar, "en", spent=spent) == en


def test_a_pause_between_is_named_with_its_moments() -> None:
    pause = (datetime.fromisoformat("2026-02-23T10:00+07:00"), datetime.fromisoformat("2026-02-24T10:00+07:00"))
    began = datetime.fromisoformat("2026-02-23T09:00+07:00")
    assert sum_in_a_sentence(began, 120, OFFICE, "vi", pauses=[pause]) == (
        "Thứ Hai 23/2, 09:00 + 2 giờ làm việc; nghỉ trưa 12–13h; ngoài giờ 17h30–8h; "
        "tạm dừng 10:00 23/2 – 10:00 24/2 → 11:00 thứ Ba 24/2"
    )


def test_many_different_nights_are_told_in_a_word() -> None:
    odd = parse_calendar(
        {"tz": "UTC", "hours": {day: [["08:00", f"{15 + number}:00"]] for number, day in enumerate(WEEKDAYS)}}
    )
    said = sum_in_a_sentence(datetime.fromisoformat("2026-02-23T09:00+00:00"), 2000, odd, "en")
    assert "closed at night" in said
    assert said.endswith("→ 08:20 on Friday 27 Feb")
