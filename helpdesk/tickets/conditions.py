"""
What a view asks of tickets: terms in two groups, kept as JSON and made a condition by a list of known fields.

Nothing that a person typed becomes SQL but as a value. Who looks and what time it is are arguments.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from piccolo.columns import Column, Timestamptz

from helpdesk.core.actor import Actor
from helpdesk.core.text import email_key, fold
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.people.rules import wanted_words
from helpdesk.people.tables import Organisation, Person
from helpdesk.tickets import rules, words
from helpdesk.tickets.access import Condition
from helpdesk.tickets.tables import Ticket, TicketTag

MOST_TERMS: Final = 20
MOST_VALUES: Final = 50
MOST_CHARACTERS: Final = 200
MOST_DAYS: Final = 3650
ME: Final = "me"
NOBODY: Final = "nobody"
MINE: Final = "mine"
"""Values that mean something else to each who looks: themselves, no assignee, the departments they work in."""

CHANNELS: Final = ("email", "web", "phone", "api")
LANGS: Final = ("vi", "en")

Control = Literal["choice", "text", "days", "hours", "date", "none"]
"""What a term's values are picked or typed in."""


class Term(Struct, frozen=True):
    """One question about a ticket: `status` `is` `("new", "open")`."""

    field: str
    op: str
    values: tuple[str, ...] = ()


class Conditions(Struct, frozen=True):
    """A ticket belongs when all of `all` hold, and one of `any` if there are some."""

    all: tuple[Term, ...] = ()
    any: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        return self.all + self.any


class Looker(Struct, frozen=True):
    """Who looks at a view, and when."""

    actor: Actor
    now: datetime

    def midnight(self, day: str, *, after: bool = False) -> datetime:
        """When this day (ISO 8601) begins, or with `after` ends, where the actor is."""
        begins = date.fromisoformat(day) + timedelta(days=after)
        return datetime.combine(begins, time.min, ZoneInfo(self.actor.tz)).astimezone(UTC)


class Op(Struct, frozen=True):
    """How a field is compared: its name, what its values are put in, and the condition it becomes."""

    title: Phrase
    control: Control
    compiled: Callable[[Sequence[str], Looker], Condition]


class Field(Struct, frozen=True):
    """A field of tickets that views may ask for. `choices` are those that are the same for everybody."""

    title: Phrase
    ops: dict[str, Op]
    choices: tuple[str, ...] = ()
    has_ids: bool = False
    """Whether ids are values as well."""


NOTHING: Final = Ticket.id < 0

_IS: Final = phrase("is one of")
_IS_NOT: Final = phrase("is none of")
_HAS: Final = phrase("has the words")


def compiled(conditions: Conditions, looker: Looker) -> Condition:
    """The condition of a view for one who looks at it. What is not understood (any more) holds for no ticket."""
    groups = []
    if conditions.all:
        groups.append(reduce(and_, [_compiled(term, looker) for term in conditions.all]))
    if conditions.any:
        groups.append(reduce(or_, [_compiled(term, looker) for term in conditions.any]))
    return reduce(and_, groups) if groups else NOTHING


def _compiled(term: Term, looker: Looker) -> Condition:
    if problem(term) is not None:
        return NOTHING
    return FIELDS[term.field].ops[term.op].compiled(term.values, looker)


def problem(term: Term) -> Phrase | None:
    """What is wrong with a term; None when it can be used."""
    field = FIELDS.get(term.field)
    if field is None or term.op not in field.ops:
        return phrase("Choose one of the values offered.")
    control = field.ops[term.op].control
    if control == "none":
        return None
    if not any(value.strip() for value in term.values):
        return phrase("This cannot be left empty.")
    if len(term.values) > MOST_VALUES or any(len(value) > MOST_CHARACTERS for value in term.values):
        return phrase("This cannot be used as it is.")
    return _PROBLEMS[control](term.values, field)


def _of_choices(values: Sequence[str], field: Field) -> Phrase | None:
    wrong = [value for value in values if value not in field.choices and not (field.has_ids and _is_id(value))]
    return phrase("Choose one of the values offered.") if wrong else None


def _of_text(values: Sequence[str], field: Field) -> Phrase | None:
    return None if any(words_in(value) for value in values) else phrase("Write at least one word.")


def _of_count(values: Sequence[str], field: Field) -> Phrase | None:
    is_fine = values[0].isascii() and values[0].isdecimal() and len(values[0]) < 5 and int(values[0]) <= MOST_DAYS
    return None if is_fine else phrase("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_DAYS)


def _of_date(values: Sequence[str], field: Field) -> Phrase | None:
    try:
        is_fine = 1900 < date.fromisoformat(values[0]).year < 9000
    except ValueError:
        is_fine = False
    return None if is_fine else phrase("Write a date such as 2026-11-20.")


_PROBLEMS: Final[dict[str, Callable[[Sequence[str], Field], Phrase | None]]] = {
    "choice": _of_choices,
    "text": _of_text,
    "days": _of_count,
    "hours": _of_count,
    "date": _of_date,
}


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 10


def words_in(text: str) -> list[str]:
    """The folded words of a text, without anything that means more to a database."""
    return re.findall(r"[^\W_]+", fold(text))


def listed(values: Sequence[str]) -> list[str]:
    """What is typed with commas between, one by one."""
    return [part for value in values for part in (piece.strip() for piece in value.split(",")) if part]


def _one_of(column: Column) -> dict[str, Op]:
    """Equality with one of several choices."""
    return {
        "is": Op(_IS, "choice", lambda values, looker: column.is_in(list(values))),
        "not": Op(_IS_NOT, "choice", lambda values, looker: column.not_in(list(values))),
    }


def _in_departments(values: Sequence[str], looker: Looker) -> list[int]:
    ids = {int(value) for value in values if _is_id(value)}
    return sorted(ids | looker.actor.departments if MINE in values else ids) or [0]


def _assignees(values: Sequence[str], looker: Looker) -> list[int]:
    ids = {int(value) for value in values if _is_id(value)}
    return sorted(ids | {looker.actor.id or 0} if ME in values else ids) or [0]


def _assigned(values: Sequence[str], looker: Looker) -> Condition:
    theirs: Condition = Ticket.assignee.is_in(_assignees(values, looker))
    return theirs | Ticket.assignee.is_null() if NOBODY in values else theirs


def _not_assigned(values: Sequence[str], looker: Looker) -> Condition:
    others: Condition = Ticket.assignee.not_in(_assignees(values, looker))
    somebody: Condition = Ticket.assignee.is_not_null()
    return others & somebody if NOBODY in values else others | Ticket.assignee.is_null()


def _addresses(values: Sequence[str]) -> Any:
    return Person.select(Person.id).where(Person.email_key.is_in([email_key(one) for one in listed(values)] or [""]))


def _named(values: Sequence[str], looker: Looker) -> Condition:
    like = [Person.words.like(f"%{word}%") for value in values for word in wanted_words(value)]
    return Ticket.requester.is_in(Person.select(Person.id).where(reduce(and_, like))) if like else NOTHING


def _of_organisation(values: Sequence[str], looker: Looker) -> Condition:
    like = [Organisation.name_key.like(f"%{word}%") for value in values for word in words_in(value)][:8]
    found = Organisation.select(Organisation.id).where(reduce(and_, like))
    return Ticket.requester.is_in(Person.select(Person.id).where(Person.organisation.is_in(found)))


def _tagged(values: Sequence[str]) -> Any:
    names = [rules.tag_name(one) for one in listed(values)]
    return TicketTag.select(TicketTag.ticket).where(TicketTag.name.is_in(names or [""]))


def _worded(values: Sequence[str], looker: Looker) -> Condition:
    found = words.found(" ".join(values), with_notes=looker.actor.is_agent)
    return NOTHING if found is None else found


def _days(values: Sequence[str]) -> timedelta:
    return timedelta(days=int(values[0]))


def _moment(column: Timestamptz) -> dict[str, Op]:
    """When something happened: so many days ago, or before and after a day where the looker is."""
    return {
        "last": Op(phrase("in the last"), "days", lambda v, looker: column >= looker.now - _days(v)),
        "older": Op(phrase("longer ago than"), "days", lambda v, looker: column < looker.now - _days(v)),
        "before": Op(phrase("before"), "date", lambda v, looker: column < looker.midnight(v[0])),
        "after": Op(phrase("after"), "date", lambda v, looker: column >= looker.midnight(v[0], after=True)),
    }


def _promised(when: Condition) -> Condition:
    """Of tickets with a promise that runs: those without one stand at rules.NEVER."""
    return when & (Ticket.queue_at < rules.NEVER)


_DUE: Final = {
    "within": Op(
        phrase("ends in less than"),
        "hours",
        lambda v, looker: Ticket.queue_at < looker.now + timedelta(hours=int(v[0])),
    ),
    "overdue": Op(phrase("has been missed"), "none", lambda v, looker: Ticket.queue_at < looker.now),
    "paused": Op(phrase("does not run"), "none", lambda v, looker: Ticket.queue_at >= rules.NEVER),
    "before": Op(phrase("before"), "date", lambda v, looker: Ticket.queue_at < looker.midnight(v[0])),
    "after": Op(
        phrase("after"), "date", lambda v, looker: _promised(Ticket.queue_at >= looker.midnight(v[0], after=True))
    ),
}

FIELDS: Final[dict[str, Field]] = {
    "status": Field(phrase("Status"), _one_of(Ticket.status), rules.STATUSES),
    "priority": Field(phrase("Priority"), _one_of(Ticket.priority), rules.PRIORITIES),
    "department": Field(
        phrase("Department"),
        {
            "is": Op(_IS, "choice", lambda v, looker: Ticket.department.is_in(_in_departments(v, looker))),
            "not": Op(_IS_NOT, "choice", lambda v, looker: Ticket.department.not_in(_in_departments(v, looker))),
        },
        (MINE,),
        has_ids=True,
    ),
    "assignee": Field(
        phrase("Assignee"),
        {"is": Op(_IS, "choice", _assigned), "not": Op(_IS_NOT, "choice", _not_assigned)},
        (ME, NOBODY),
        has_ids=True,
    ),
    "requester": Field(
        phrase("Customer"),
        {
            "has": Op(_HAS, "text", _named),
            "is": Op(phrase("has the address"), "text", lambda v, looker: Ticket.requester.is_in(_addresses(v))),
        },
    ),
    "organisation": Field(phrase("Organisation"), {"has": Op(_HAS, "text", _of_organisation)}),
    "tag": Field(
        phrase("Tag"),
        {
            "is": Op(_IS, "text", lambda v, looker: Ticket.id.is_in(_tagged(v))),
            "not": Op(_IS_NOT, "text", lambda v, looker: Ticket.id.not_in(_tagged(v))),
        },
    ),
    "due": Field(phrase("Promise"), _DUE),
    "opened": Field(phrase("Opened"), _moment(Ticket.opened_at)),
    "updated": Field(phrase("Updated"), _moment(Ticket.updated_at)),
    "channel": Field(phrase("Channel"), _one_of(Ticket.channel), CHANNELS),
    "lang": Field(phrase("Language"), _one_of(Ticket.lang), LANGS),
    "words": Field(phrase("Conversation"), {"has": Op(_HAS, "text", _worded)}),
}
"""All that views may ask for, in the order in which it is offered."""
