"""What terms of a view are made of: the fields that may be asked for, how each is compared, and who looks."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.text import fold
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.tickets.access import Condition

Control = Literal["choice", "text", "days", "hours", "date", "number", "head", "none"]
"""What a term's values are picked or typed in."""


class Term(Struct, frozen=True):
    """One question about a ticket: `status` `is` `("new", "open")`."""

    field: str
    op: str
    values: tuple[str, ...] = ()


class Value(Struct, frozen=True):
    """What a ticket says in a field that the desk added, as `FieldValue` has it."""

    sought: str
    words: str
    number: int | None


class Facts(Struct, frozen=True):
    """All of one ticket that terms ask for, read once so that many terms can be asked of it (`facts.py`)."""

    id: int
    subject: str
    status: str
    priority: str
    department: int
    assignee: int | None
    channel: str
    lang: str
    topic: int | None
    opened_at: datetime
    updated_at: datetime
    solved_at: datetime | None
    closed_at: datetime | None
    queue_at: datetime
    named_status: str | None
    requester_words: str
    requester_key: str
    organisation_key: str
    tags: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    """The folded words of each message, of notes too, and of what stands in fields."""
    fields: Mapping[int, tuple[Value, ...]] = {}


class Looker(Struct, frozen=True):
    """Who looks at a view, and when."""

    actor: Actor
    now: datetime

    def midnight(self, day: str, *, after: bool = False) -> datetime:
        """When this day (ISO 8601) begins, or with `after` ends, where the actor is."""
        begins = date.fromisoformat(day) + timedelta(days=after)
        return datetime.combine(begins, time.min, ZoneInfo(self.actor.tz)).astimezone(UTC)


Holds = Callable[[Sequence[str], Looker, Facts], bool]


class Op(Struct, frozen=True):
    """
    How a field is compared: its name, what its values are put in, the condition it becomes, and the same question
    about a ticket that has been read. Both have one answer for every ticket (tests/tickets/test_facts.py).
    """

    title: Phrase
    control: Control
    compiled: Callable[[Sequence[str], Looker], Condition]
    holds: Holds


class Field(Struct, frozen=True):
    """A field of tickets that views may ask for. `choices` are those that are the same for everybody."""

    title: Phrase | str
    ops: dict[str, Op]
    choices: tuple[str, ...] = ()
    has_ids: bool = False
    """Whether ids are values as well."""
    more: Callable[[], Collection[str]] = tuple
    """What the desk added to the choices, as this process knows it."""


IS: Final = phrase("is one of")
IS_NOT: Final = phrase("is none of")
HAS: Final = phrase("has the words")


def words_in(text: str) -> list[str]:
    """The folded words of a text, without anything that means more to a database."""
    return re.findall(r"[^\W_]+", fold(text))


def listed(values: Sequence[str]) -> list[str]:
    """What is typed with commas between, one by one."""
    return [part for value in values for part in (piece.strip() for piece in value.split(",")) if part]
