"""What a calendar part says (iCalendar, RFC 5545; iTIP, RFC 5546): who meets whom, when and where. Pure and bounded."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from helpdesk.mail.reading.charset import decode

MAX_BYTES: Final = 200_000
MAX_LINES: Final = 5_000
MAX_WORDS: Final = 500
"""Characters of each text that is shown."""
YEARS: Final = range(1900, 3000)
"""Other years are no possible ones; so far from the ends of the calendar every length and zone can be reckoned with."""

Method = Literal["request", "cancel", "reply", "publish"]

_LINE: Final = re.compile(r'([A-Za-z0-9-]{1,60})((?:;[^:";]{1,200}(?:"[^"]{0,500}")?)*):(.*)', re.DOTALL)
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]{1,60})=(?:"([^"]*)"|([^;:"]*))')
_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?")
_LENGTH: Final = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?")
_OFFSET: Final = re.compile(r"([+-])(\d\d)(\d\d)")
_ESCAPED: Final = re.compile(r"\\([nN\\;,])")
# What Outlook calls the zones of its own country list; others come with their offset in the part.
_OF_WINDOWS: Final = {
    "SE Asia Standard Time": "Asia/Ho_Chi_Minh", "Singapore Standard Time": "Asia/Singapore",
    "China Standard Time": "Asia/Shanghai", "Tokyo Standard Time": "Asia/Tokyo", "Korea Standard Time": "Asia/Seoul",
    "India Standard Time": "Asia/Kolkata", "AUS Eastern Standard Time": "Australia/Sydney",
    "GMT Standard Time": "Europe/London", "W. Europe Standard Time": "Europe/Berlin",
    "Romance Standard Time": "Europe/Paris", "Central Europe Standard Time": "Europe/Budapest",
    "Eastern Standard Time": "America/New_York", "Central Standard Time": "America/Chicago",
    "Pacific Standard Time": "America/Los_Angeles", "UTC": "UTC",
}  # fmt: skip


class Invitation(Struct, frozen=True):
    """
    The first event of a calendar part.

    `starts_at` and `ends_at` are moments; of whole days they are None, and `first_day` and `last_day` are the
    beginnings of these days in the zone that was asked for.
    """

    method: Method
    title: str
    place: str
    organiser: str
    starts_at: datetime | None
    ends_at: datetime | None
    first_day: datetime | None
    last_day: datetime | None
    repeats: bool
    answer: str
    """Of a reply: accepted, declined or tentative, as the part says it; else empty."""


class _Property(Struct, frozen=True):
    parameters: dict[str, str]
    value: str

    def text(self) -> str:
        return _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], self.value).strip()[:MAX_WORDS]


def invitation(content: bytes, local: str) -> Invitation | None:
    """The event in a calendar part, or None where there is none. Times without a zone are those of the zone `local`."""
    method, offsets, event = _gathered(content)
    start = event.get("DTSTART")
    if start is None:
        return None
    zones = _Zones(offsets, local)
    first, starts_at = zones.read(start)
    last_day = first
    last, ends_at = zones.read(event["DTEND"]) if "DTEND" in event else (None, None)
    if first and last and last > first:  # the end is the day after the last one
        last_day = last - timedelta(days=1)
    if starts_at and "DURATION" in event:
        ends_at = starts_at + _length(event["DURATION"].value)
    attendee = event.get("ATTENDEE")
    return Invitation(
        method=method,
        title=_said(event, "SUMMARY"),
        place=_said(event, "LOCATION"),
        organiser=_who(event.get("ORGANIZER")),
        starts_at=starts_at,
        ends_at=ends_at,
        first_day=_beginning(first, local),
        last_day=_beginning(last_day, local),
        repeats="RRULE" in event,
        answer=attendee.parameters.get("PARTSTAT", "").lower() if attendee and method == "reply" else "",
    )


def _gathered(content: bytes) -> tuple[Method, dict[str, timezone], dict[str, _Property]]:
    """The method, the offset of each zone that is described, and the first event's properties, the first of each."""
    method: Method = "publish"
    offsets: dict[str, timezone] = {}
    event: dict[str, _Property] = {}
    inside: list[str] = []
    zone, is_read = "", False
    for name, said in _lines(content):
        if name == "BEGIN":
            inside.append(said.value.upper()[:40])
        elif name == "END" and inside:
            is_read |= inside.pop() == "VEVENT"
        elif name == "METHOD" and said.value.lower() in ("request", "cancel", "reply"):
            method = said.value.lower()  # type: ignore[assignment]  # one of the three that were just named
        elif name == "TZID" and inside[-1:] == ["VTIMEZONE"]:
            zone = said.value
        elif name == "TZOFFSETTO" and inside[-1:] == ["STANDARD"] and (offset := _OFFSET.match(said.value)):
            minutes = int(offset[2]) % 24 * 60 + int(offset[3]) % 60
            offsets.setdefault(zone, timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes)))
        elif inside[-1:] == ["VEVENT"] and not is_read:
            event.setdefault(name, said)
    return method, offsets, event


def _lines(content: bytes) -> Iterator[tuple[str, _Property]]:
    """Name and property of each unfolded line (section 3.1)."""
    text = re.sub(r"\n[ \t]", "", decode(content[:MAX_BYTES], "utf-8"))
    for line in text.split("\n")[:MAX_LINES]:
        found = _LINE.fullmatch(line.strip())
        if found:
            parameters = {key.upper(): quoted or plain for key, quoted, plain in _PARAMETER.findall(found[2])}
            yield found[1].upper(), _Property(parameters, found[3].strip())


class _Zones:
    """Reads moments in the zones that a part names and describes."""

    def __init__(self, offsets: dict[str, timezone], local: str) -> None:
        self.offsets = offsets
        self.local = local

    def read(self, said: _Property) -> tuple[date | None, datetime | None]:
        """A day, or a moment in UTC; neither where it is no possible one."""
        found = _MOMENT.fullmatch(said.value)
        if not found:
            return None, None
        year, month, day, hour, minute, second = (int(found[number] or 0) for number in range(1, 7))
        if year not in YEARS:
            return None, None
        try:
            if found[4] is None:
                return date(year, month, day), None
            zone = UTC if found[7] else self._zone(said.parameters.get("TZID", ""))
            return None, datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
        except ValueError:
            return None, None

    def _zone(self, name: str) -> ZoneInfo | timezone:
        try:
            return ZoneInfo(_OF_WINDOWS.get(name, name))
        except (LookupError, ValueError, OSError):
            return self.offsets.get(name) or ZoneInfo(self.local)


def _length(value: str) -> timedelta:
    found = _LENGTH.fullmatch(value)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0, 0)
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _beginning(day: date | None, local: str) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(local)) if day else None


def _said(event: dict[str, _Property], name: str) -> str:
    return event[name].text() if name in event else ""


def _who(said: _Property | None) -> str:
    """A name, else the address."""
    if said is None:
        return ""
    return (said.parameters.get("CN") or re.sub(r"(?i)^mailto:", "", said.value)).strip()[:MAX_WORDS]
