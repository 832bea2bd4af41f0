"""An invitation says what, when and where, in any program's spelling; nonsense says nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdesk.mail.reading.calendar import Invitation, invitation

HERE = "Asia/Ho_Chi_Minh"


def part(*lines: str, method: str = "REQUEST", zones: str = "") -> bytes:
    event = "\r\n".join(lines)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\n{zones}BEGIN:VEVENT\r\n{event}\r\n"
        "BEGIN:VALARM\r\nSUMMARY:Alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def read(*lines: str, method: str = "REQUEST", zones: str = "") -> Invitation:
    found = invitation(part(*lines, method=method, zones=zones), HERE)
    assert found is not None
    return found


def test_an_invitation_is_read() -> None:
    found = read(
        "DTSTART:20260302T020000Z",
        "DTEND:20260302T030000Z",
        "SUMMARY:Xem máy in\\, tầng 2\\nnhớ mang",
        " theo giấy",
        "LOCATION:Phòng họp A",
        'ORGANIZER;CN="Nguyễn: Minh";ROLE=CHAIR:mailto:minh@shop.vn',
        "RRULE:FREQ=WEEKLY",
    )

    assert found == Invitation(
        method="request",
        title="Xem máy in, tầng 2\nnhớ mangtheo giấy",
        place="Phòng họp A",
        organiser="Nguyễn: Minh",
        starts_at=datetime(2026, 3, 2, 2, tzinfo=UTC),
        ends_at=datetime(2026, 3, 2, 3, tzinfo=UTC),
        first_day=None,
        last_day=None,
        repeats=True,
        answer="",
    )


@pytest.mark.parametrize(
    ("start", "hour"),
    [
        ("DTSTART:20260302T090000Z", 9),
        ("DTSTART;TZID=Asia/Ho_Chi_Minh:20260302T090000", 2),
        ('DTSTART;TZID="SE Asia Standard Time":20260302T090000', 2),
        ("DTSTART;TZID=/mozilla.org/20050126_1/Asia/Tokyo:20260302T090000", 4),
        ("DTSTART;TZID=Our own zone:20260302T090000", 4),
        ("DTSTART;TZID=Nobody's zone:20260302T090000", 2),
        ("DTSTART:20260302T0900", 2),
    ],
)
def test_moments_are_read_in_their_zone(start: str, hour: int) -> None:
    zones = (
        "BEGIN:VTIMEZONE\r\nTZID:Our own zone\r\nBEGIN:STANDARD\r\nTZOFFSETTO:+0500\r\nEND:STANDARD\r\n"
        "BEGIN:DAYLIGHT\r\nTZOFFSETTO:+0600\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
        "BEGIN:VTIMEZONE\r\nTZID:/mozilla.org/20050126_1/Asia/Tokyo\r\nBEGIN:STANDARD\r\nTZOFFSETTO:+0500\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\n"
    )

    assert read(start, zones=zones).starts_at == datetime(2026, 3, 2, hour, tzinfo=UTC)


def test_whole_days_lengths_and_answers_are_read() -> None:
    days = read("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304")
    assert (days.first_day, days.last_day, days.starts_at) == (
        datetime(2026, 3, 2, tzinfo=ZoneInfo(HERE)),
        datetime(2026, 3, 3, tzinfo=ZoneInfo(HERE)),
        None,
    )
    one = read("DTSTART;VALUE=DATE:20260302")
    assert one.first_day == one.last_day
    assert read("DTSTART:20260302T020000Z", "DURATION:P1DT1H30M").ends_at == datetime(2026, 3, 3, 3, 30, tzinfo=UTC)
    answer = read("DTSTART:20260302T020000Z", "ATTENDEE;PARTSTAT=DECLINED:mailto:lan@khach.vn", method="REPLY")
    assert (answer.method, answer.answer) == ("reply", "declined")
    assert read("DTSTART:20260302T020000Z", "ORGANIZER:MAILTO:a@x.vn", method="CANCEL").organiser == "a@x.vn"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b"BEGIN:VCALENDAR\nEND:VCALENDAR",
        b"END:VEVENT\n" * 99,
        b"BEGIN:VEVENT\n" * 100_000,
        b";" * 300_000,
    ],
)
def test_what_is_no_calendar_says_nothing(content: bytes) -> None:
    assert invitation(content, HERE) is None


@pytest.mark.parametrize(
    "start",
    ["20261399T000000Z", "00000101", "00010101T000000Z", "99991231T235959Z", "99991231", "now", "20260302T250000Z"],
)
def test_impossible_moments_are_left_out(start: str) -> None:
    found = read(f"DTSTART:{start}", "DURATION:P9999W", "SUMMARY:x")

    assert (found.starts_at, found.ends_at, found.first_day, found.title) == (None, None, None, "x")


def test_the_longest_event_has_an_end() -> None:
    starts_at = datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert read("DTSTART:29991231T235959Z", "DURATION:P9999W").ends_at == starts_at + timedelta(weeks=9999)
