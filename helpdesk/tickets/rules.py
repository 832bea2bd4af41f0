"""What may be: pure functions over plain values."""

from datetime import UTC, datetime
from typing import Final, Literal, get_args

Status = Literal["new", "open", "pending", "hold", "solved", "closed"]
Priority = Literal["low", "normal", "high", "urgent"]

STATUSES: Final[tuple[str, ...]] = get_args(Status)
PRIORITIES: Final[tuple[str, ...]] = get_args(Priority)

ACTIVE: Final = ("new", "open")
"""Somebody of ours has to do something."""
WAITING: Final = ("pending", "hold")
"""The clock is paused: the customer's turn, or a third party's."""
DONE: Final = ("solved", "closed")

NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Where tickets without a running deadline stand in the queue: at its end."""

LONGEST_SUBJECT: Final = 500
LONGEST_TAG: Final = 40


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


def tag_name(text: str) -> str:
    """A tag as it is kept: one line, without case or a leading #. Empty when nothing is left."""
    return " ".join(text.casefold().split()).lstrip("#")[:LONGEST_TAG].strip()


def next_deadline(running: list[tuple[datetime, str]]) -> tuple[datetime | None, str]:
    """The earliest of the running deadlines (due_at, kind); (None, "") when none runs."""
    return min(running, default=(None, ""))
