"""What may be in the reading of mailboxes: where to begin, which letters go together, which addresses are safe."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from helpdesk.mail.fetching.remote import Contents

Backfill = Literal["new", "unread", "days", "all"]

TOGETHER: Final = 25
"""Letters that are asked for at once and kept in one transaction."""
TOGETHER_BYTES: Final = 8 * 1024 * 1024
LOOKED_AT: Final = 5000
"""UIDs that one search spans at first; the longest answer stays short."""
TRIES: Final = 3
"""So often the server may fail at a letter before it is put aside."""
DAYS_BACK: Final = timedelta(days=2)
"""Servers count days in their own time zone, and clocks differ."""


class Position(Struct, frozen=True):
    """
    How far a folder has been read. Every UID up to `last_uid` is done with.

    Letters up to `backfill_to` were there before us: of them only those since a day are wanted, or the unread ones.
    """

    uid_validity: int = 0
    last_uid: int = 0
    backfill_to: int = 0
    since: datetime | None = None

    @property
    def is_catching_up(self) -> bool:
        return self.last_uid < self.backfill_to


def position(
    before: Position, contents: Contents, backfill: Backfill, days: int, *, last_good: datetime | None, now: datetime
) -> Position:
    """
    Where to go on. What is not there yet begins as `backfill` says.

    A folder that was built anew (RFC 9051, section 2.3.1.1: another UIDVALIDITY; or UIDs that go back) gives its
    letters new UIDs. Those since shortly before `last_good`, when all was well for the last time, are looked at
    again; the ones that came in already are known by what they say.
    """
    validity, newest = contents.uid_validity, contents.uid_next - 1
    if before.uid_validity == validity and newest >= before.last_uid:
        return before
    was_complete = before.uid_validity != 0 and not before.is_catching_up
    if was_complete and backfill != "all" and last_good:
        return Position(validity, 0, newest, last_good - DAYS_BACK)
    if backfill == "new":
        return Position(validity, newest, newest)
    return Position(validity, 0, newest, now - timedelta(days=days) if backfill == "days" else None)


def spans(position: Position, uid_next: int) -> Iterator[tuple[int, int, bool]]:
    """First and last UID to search, again and again until the newest; and whether the choice of old letters holds."""
    low, width = position.last_uid + 1, LOOKED_AT
    while low < uid_next:
        is_old = low <= position.backfill_to
        high = min(low + width - 1, uid_next - 1, position.backfill_to if is_old else uid_next)
        yield low, high, is_old
        low, width = high + 1, min(width * 2, LOOKED_AT * 20)


def together(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Letters in parts that are neither many nor large; a large one alone."""
    part: list[str] = []
    filled = 0
    for uid, size in sizes.items():
        if part and (len(part) >= TOGETHER or filled + size > TOGETHER_BYTES):
            yield part
            part, filled = [], 0
        part.append(uid)
        filled += size
    if part:
        yield part


def parts(uids: list[str], most: int = TOGETHER * 4) -> Iterable[list[str]]:
    """The same list in pieces."""
    return (uids[start : start + most] for start in range(0, len(uids), most))


def day_of(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def is_safe_endpoint(url: str) -> bool:
    """Whether secrets may be sent there: by https, or within this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
