"""What may be: pure functions over plain values."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta

from helpdesk.core.text import fold

Status = Annotated[str, Meta(min_length=1, max_length=40)]
"""The key of what a status is called; which there are, the desk says (`named`)."""
Priority = Annotated[str, Meta(min_length=1, max_length=40)]
"""The key of a priority; which there are, the desk says (`named`)."""

STATUSES: Final = ("new", "open", "pending", "hold", "solved", "closed")
"""What a status can mean, whatever it is called: its category, which drives clocks and queues."""

ACTIVE: Final = ("new", "open")
"""Somebody of ours has to do something."""
WAITING: Final = ("pending", "hold")
"""The clock is paused: the customer's turn, or a third party's."""
DONE: Final = ("solved", "closed")

NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Where tickets without a running deadline stand in the queue: at its end."""

SILENCE: Final = timedelta(days=14)
"""After so long without a word, what comes may well be about something else."""
LEAST_WORDS: Final = 5
"""Words that say what a letter is about; below that it is a short answer."""
HARDLY_ANY: Final = 0.2
MOSTLY_OTHERS: Final = 0.5
"""Shares of a letter's words that its ticket knows already."""

LONGEST_SUBJECT: Final = 500
LONGEST_TAG: Final = 40

_WORD: Final = re.compile(r"[^\W_]+")
_COMMON: Final = frozenset(
    _WORD.findall(
        "a about after all also am an and any are as at be because been but by can could dear did do does for from get "
        "good had has have hello help hi how i if in is it its just like me more my need new no not now of on or our "
        "out please regards so some still thank thanks that the then there they this to up us very was we were what "
        "when where which who will with would yes you your "
        "ai anh ay ban bao biet bi cac cai cam can cang chao chi cho chua chung co con cua cung da dang day de den di "
        "do duoc em gi giup hay hoi hon khi khong la lai lam len luc ma minh moi mot muon nao nay neu ngay nhe nhu "
        "nhung no o oi on qua quy ra rat rang roi sao sau se ta tai the thi theo thoi toi trong tu va van vang ve vi "
        "viec voi vui vay xin"
    )
)


def status_after_reply(status: str, *, by_agent: bool, is_automatic: bool = False) -> str:
    """
    An agent's reply waits for the customer; a customer's reply reopens.

    What nobody answered yet stays new when its customer adds something. A machine moves nothing.
    """
    if is_automatic:
        return status
    if by_agent:
        return "pending"
    return "new" if status == "new" else "open"


def is_over(status: str, closed_at: datetime | None, *, days: int, now: datetime) -> bool:
    """Whether a ticket has been closed for so many `days` that it is not opened again."""
    return status == "closed" and closed_at is not None and closed_at + timedelta(days=days) <= now


def is_new_matter(new: str, known: str, *, subject: str, old_subject: str, is_stale: bool) -> bool:
    """
    Whether the words of a letter seem to be about something else than its ticket: a guess, only ever a hint.

    It is when its `subject` shares no word with the ticket's, or when the ticket `is_stale` (done, or long silent)
    and hardly any of the words is `known` from it. A short answer is never one.
    """
    said, before = content_words(new), content_words(f"{known}\n{old_subject}")
    if len(said) < LEAST_WORDS:
        return False
    named, were_named = content_words(subject), content_words(old_subject)
    is_renamed = bool(named and were_named) and not named & were_named
    shared = len(said & before) / len(said)
    return shared < MOSTLY_OTHERS if is_renamed else is_stale and shared < HARDLY_ANY


def content_words(text: str) -> frozenset[str]:
    """The words that say what something is about: folded, long enough, not among the commonest."""
    return frozenset(word for word in _WORD.findall(fold(text)) if len(word) > 1 and word not in _COMMON)


def tag_name(text: str) -> str:
    """A tag as it is kept: one line, without case or a leading #. Empty when nothing is left."""
    return " ".join(text.casefold().split()).lstrip("#")[:LONGEST_TAG].strip()


def next_deadline(running: list[tuple[datetime, str]]) -> tuple[datetime | None, str]:
    """The earliest of the running deadlines (due_at, kind); (None, "") when none runs."""
    return min(running, default=(None, ""))
