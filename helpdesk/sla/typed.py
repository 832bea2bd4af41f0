"""
Hours, days and lengths of time as people type them, and back. Pure.

What cannot be understood is a Mistyped, whose text says in the reader's language what would do.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, TypeVar

from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import phrase

T = TypeVar("T")

Period = tuple[str, str]
"""From and to as "08:00" and "17:30"; "24:00" is the end of the day."""

ALL_DAY: Final[list[Period]] = [("00:00", "24:00")]
_ALL_DAY_WORDS: Final = frozenset({"24/7", "24h", "all day", "cả ngày"})
_CLOSED_WORDS: Final = frozenset({"", "-", "–", "closed", "nghỉ", "đóng cửa"})
_PERIOD: Final = re.compile(r"(\S+?)\s*(?:-|–|—|\bto\b|\btới\b|\bđến\b)\s*(\S+)")
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.hg](\d{2})?)?")
_LENGTH: Final = re.compile(
    r"(?:(?P<hours>\d{1,5})\s*(?:h|g|giờ|hours?|hrs?)\s*)?(?:(?P<minutes>\d{1,6})\s*(?:m|p|min|mins|minutes?|phút)?)?"
)
_CLOCK: Final = re.compile(r"(\d{1,5}):([0-5]\d)")


class Mistyped(ValueError):
    """Text that cannot be understood; `reason` says what would do."""

    def __init__(self, reason: object) -> None:
        super().__init__(str(reason))
        self.reason = reason


def periods(text: str) -> list[Period]:
    """
    The open periods of a day: "08:00-12:00, 13:00-17:30". "8-12", "8h–12h30" and "all day" do too.

    Empty text and "closed" are a day without any. They come back in order. Raises Mistyped for what is
    no time, for a period that ends before it begins, and for two that overlap.
    """
    typed = text.strip().casefold()
    if typed in _CLOSED_WORDS:
        return []
    if typed in _ALL_DAY_WORDS:
        return list(ALL_DAY)
    found = sorted(_period(part.strip()) for part in re.split(r"[,;]", typed) if part.strip())
    for before, after in pairwise(found):
        if after[0] < before[1]:
            raise Mistyped(phrase("%(first)s and %(second)s overlap.", first="-".join(before), second="-".join(after)))
    return found


def periods_text(hours: Sequence[Sequence[str]]) -> str:
    """Periods as they are typed; empty for a closed day."""
    return ", ".join(f"{start}-{end}" for start, end in hours)


def minutes(text: str) -> int | None:
    """
    A length of time in minutes: "30m", "4h", "1h30", "1:30", "45" (minutes), "2 giờ 15 phút".

    None for empty text: nothing is promised. Raises Mistyped, also for zero and for more than a year.
    """
    typed = text.strip().casefold()
    if typed in _CLOSED_WORDS:
        return None
    if clock := _CLOCK.fullmatch(typed):
        total = int(clock[1]) * 60 + int(clock[2])
    elif length := _LENGTH.fullmatch(typed):
        total = int(length["hours"] or 0) * 60 + int(length["minutes"] or 0)
    else:
        raise Mistyped(phrase("Write a length of time such as 30m, 4h or 1h30."))
    if not 0 < total <= 366 * 24 * 60:
        raise Mistyped(phrase("Promise at least a minute and at most a year."))
    return total


def minutes_text(length: int | None) -> str:
    """Minutes as they are typed: 30 → "30m", 90 → "1h30", 240 → "4h"; empty for None."""
    if length is None:
        return ""
    hours, rest = divmod(length, 60)
    if not hours:
        return f"{rest}m"
    return f"{hours}h{rest:02d}" if rest else f"{hours}h"


def day(text: str) -> date:
    """A date from a date field ("2027-02-06") or as it is said here ("6/2/2027"). Raises Mistyped."""
    typed = text.strip()
    if said := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", typed):
        typed = f"{said[3]}-{said[2]:0>2}-{said[1]:0>2}"
    try:
        found = date.fromisoformat(typed)
    except ValueError as error:
        raise Mistyped(phrase("Write a date such as 2027-02-06.")) from error
    if not 2000 <= found.year <= 2100:
        raise Mistyped(phrase("Write a date such as 2027-02-06."))
    return found


def understood(fields: Mapping[str, str], understand: Callable[[str], T]) -> dict[str, T]:
    """What was typed, field by field. Raises Invalid with all that cannot be understood."""
    found: dict[str, T] = {}
    errors: dict[str, object] = {}
    for name, text in fields.items():
        try:
            found[name] = understand(text)
        except Mistyped as error:
            errors[name] = error.reason
    if errors:
        raise Invalid(errors)
    return found


def _period(text: str) -> Period:
    if not (parts := _PERIOD.fullmatch(text)):
        raise Mistyped(phrase("“%(text)s” is not a period. Write it as 08:00-12:00.", text=text))
    start, end = _time(parts[1]), _time(parts[2])
    if end <= start:
        raise Mistyped(phrase("%(start)s-%(end)s ends before it begins.", start=start, end=end))
    return start, end


def _time(text: str) -> str:
    """ "8", "8:30", "8h30" and "08:30" as "08:30"; text of this form sorts as time does."""
    parts = _TIME.fullmatch(text)
    hour, minute = (int(parts[1]), int(parts[2] or 0)) if parts else (99, 99)
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise Mistyped(phrase("“%(text)s” is not a time of day. Write it as 08:00.", text=text))
    return f"{hour:02d}:{minute:02d}"
