"""
What a view asks of tickets: terms in two groups, kept as JSON and made a condition by a list of known fields.

Nothing that a person typed becomes SQL but as a value. Who looks and what time it is are arguments.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, Final

from msgspec import Struct
from piccolo.columns import Column, Timestamptz

from helpdesk.core.text import email_key
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.people.rules import wanted_words
from helpdesk.people.tables import Organisation, Person
from helpdesk.tickets import rules, words
from helpdesk.tickets.access import Condition
from helpdesk.tickets.fields import asking
from helpdesk.tickets.fields import rules as field_rules
from helpdesk.tickets.tables import Ticket, TicketTag
from helpdesk.tickets.terms import HAS, IS, IS_NOT, Facts, Field, Holds, Looker, Op, Term, listed, words_in
from helpdesk.web import naming

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


class Conditions(Struct, frozen=True):
    """A ticket belongs when all of `all` hold, and one of `any` if there are some."""

    all: tuple[Term, ...] = ()
    any: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        return self.all + self.any


NOTHING: Final = Ticket.id < 0


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
    asked = field(term.field)
    return asked.ops[term.op].compiled(term.values, looker) if asked else NOTHING


def hold(conditions: Conditions, looker: Looker, ticket: Facts) -> bool:
    """Whether a ticket that has been read meets them: what `compiled` says of it."""
    return (
        bool(conditions.terms)
        and all(holds(term, looker, ticket) for term in conditions.all)
        and (not conditions.any or any(holds(term, looker, ticket) for term in conditions.any))
    )


def holds(term: Term, looker: Looker, ticket: Facts) -> bool:
    """The same of one term."""
    asked = field(term.field) if problem(term) is None else None
    return asked is not None and asked.ops[term.op].holds(term.values, looker, ticket)


def field(key: str) -> Field | None:
    """What a term may ask for by this key: one of FIELDS, or a field that the desk added; None for nothing."""
    return FIELDS.get(key) or asking.field(key)


def problem(term: Term, known: Callable[[str], Field | None] = field) -> Phrase | None:
    """What is wrong with a term; None when it can be used. `known` says what may be asked for."""
    asked = known(term.field)
    if asked is None or term.op not in asked.ops:
        return phrase("Choose one of the values offered.")
    control = asked.ops[term.op].control
    if control == "none":
        return None
    if not any(value.strip() for value in term.values):
        return phrase("This cannot be left empty.")
    if len(term.values) > MOST_VALUES or any(len(value) > MOST_CHARACTERS for value in term.values):
        return phrase("This cannot be used as it is.")
    return _PROBLEMS[control](term.values, asked)


def _of_choices(values: Sequence[str], field: Field) -> Phrase | None:
    choices = {*field.choices, *field.more()}
    wrong = [value for value in values if value not in choices and not (field.has_ids and _is_id(value))]
    return phrase("Choose one of the values offered.") if wrong else None


def _of_text(values: Sequence[str], field: Field) -> Phrase | None:
    return None if any(words_in(value) for value in values) else phrase("Write at least one word.")


def _of_count(values: Sequence[str], field: Field) -> Phrase | None:
    is_fine = values[0].isascii() and values[0].isdecimal() and len(values[0]) < 5 and int(values[0]) <= MOST_DAYS
    return None if is_fine else phrase("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_DAYS)


def _of_number(values: Sequence[str], field: Field) -> Phrase | None:
    try:
        field_rules.canonical("number", values)
    except field_rules.Wrong as wrong:
        return wrong.reason
    return None


def _of_date(values: Sequence[str], field: Field) -> Phrase | None:
    try:
        is_fine = 1900 < date.fromisoformat(values[0]).year < 9000
    except ValueError:
        is_fine = False
    return None if is_fine else phrase("Write a date such as 2026-11-20.")


def _of_head(values: Sequence[str], field: Field) -> Phrase | None:
    """The name of a header field (RFC 5322, section 3.6.8), and what is looked for in it."""
    is_fine = re.fullmatch(r"[!-9;-~]{1,80}:?", values[0]) and len(values) < 3
    return None if is_fine else phrase("Write the name of a header such as X-Priority.")


_PROBLEMS: Final[dict[str, Callable[[Sequence[str], Field], Phrase | None]]] = {
    "choice": _of_choices,
    "text": _of_text,
    "days": _of_count,
    "hours": _of_count,
    "date": _of_date,
    "number": _of_number,
    "head": _of_head,
}


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 10


def _one_of(column: Column) -> dict[str, Op]:
    """Equality with one of several choices."""
    return {
        "is": Op(
            IS,
            "choice",
            lambda values, looker: column.is_in(list(values)),
            lambda values, looker, ticket: getattr(ticket, column._meta.name) in values,
        ),
        "not": Op(
            IS_NOT,
            "choice",
            lambda values, looker: column.not_in(list(values)),
            lambda values, looker, ticket: getattr(ticket, column._meta.name) not in values,
        ),
    }


def called_so(values: Sequence[str]) -> Condition:
    """Tickets whose status means one of these, or is called so: a category's own word stands for all of it."""
    own = _own_statuses(values)
    whole: Condition = Ticket.status.is_in(_categories(values) or [""])
    if not own:
        return whole
    categories = sorted({one.category for one in own.values()})
    return whole | (Ticket.status.is_in(categories) & Ticket.named_status.is_in(sorted(own)))


def _called_otherwise(values: Sequence[str]) -> Condition:
    own = _own_statuses(values)
    others: Condition = Ticket.status.not_in(_categories(values) or [""])
    return others & (Ticket.named_status.is_null() | Ticket.named_status.not_in(sorted(own))) if own else others


def _is_called(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    return ticket.status in _categories(values) or ticket.named_status in _own_statuses(values)


def _categories(values: Sequence[str]) -> list[str]:
    """Those of these that stand for all that means so."""
    every = naming.current()
    return [every.status(value).key for value in values if value in every.statuses and not every.status(value).is_own]


def _own_statuses(values: Sequence[str]) -> dict[str, naming.Status]:
    """Those of these that the desk added, by key; for one that is gone, what took its place."""
    every = naming.current()
    found = (every.status(value) for value in values if value in every.statuses)
    return {one.key: one for one in found if one.is_own}


def _priorities(values: Sequence[str]) -> list[str]:
    """Their keys; for one that is gone, that of what took its place."""
    every = naming.current()
    return [every.priority(value).key for value in values if value in every.priorities] or [""]


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


def _is_assigned(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    if ticket.assignee is None:
        return NOBODY in values
    return ticket.assignee in _assignees(values, looker)


def _topics(values: Sequence[str]) -> list[int]:
    return [int(value) for value in values if _is_id(value)] or [0]


def _about(values: Sequence[str], looker: Looker) -> Condition:
    theirs: Condition = Ticket.topic.is_in(_topics(values))
    return theirs | Ticket.topic.is_null() if NOBODY in values else theirs


def _not_about(values: Sequence[str], looker: Looker) -> Condition:
    others: Condition = Ticket.topic.not_in(_topics(values))
    something: Condition = Ticket.topic.is_not_null()
    return others & something if NOBODY in values else others | Ticket.topic.is_null()


def _is_about(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    return NOBODY in values if ticket.topic is None else ticket.topic in _topics(values)


def _addresses(values: Sequence[str]) -> Any:
    return Person.select(Person.id).where(Person.email_key.is_in([email_key(one) for one in listed(values)] or [""]))


def _named(values: Sequence[str], looker: Looker) -> Condition:
    like = [Person.words.like(f"%{word}%") for value in values for word in wanted_words(value)]
    return Ticket.requester.is_in(Person.select(Person.id).where(reduce(and_, like))) if like else NOTHING


def _is_named(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    wanted = [word for value in values for word in wanted_words(value)]
    return bool(wanted) and all(_is_like(ticket.requester_words, word) for word in wanted)


def _is_like(text: str, word: str) -> bool:
    """What `LIKE` says of them: an underscore stands for any one sign."""
    return word in text if "_" not in word else bool(re.search(re.escape(word).replace("_", "."), text, re.DOTALL))


def _has_address(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    return bool(ticket.requester_key) and ticket.requester_key in [email_key(one) for one in listed(values)]


def _of_organisation(values: Sequence[str], looker: Looker) -> Condition:
    like = [Organisation.name_key.like(f"%{word}%") for value in values for word in words_in(value)][:8]
    found = Organisation.select(Organisation.id).where(reduce(and_, like))
    return Ticket.requester.is_in(Person.select(Person.id).where(Person.organisation.is_in(found)))


def _is_of_organisation(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    return all(word in ticket.organisation_key for word in [w for value in values for w in words_in(value)][:8])


def _is_tagged(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    return not ticket.tags.isdisjoint(rules.tag_name(one) for one in listed(values))


def _tagged(values: Sequence[str]) -> Any:
    names = [rules.tag_name(one) for one in listed(values)]
    return TicketTag.select(TicketTag.ticket).where(TicketTag.name.is_in(names or [""]))


def _worded(values: Sequence[str], looker: Looker) -> Condition:
    found = words.found(" ".join(values), with_notes=looker.actor.is_agent)
    return NOTHING if found is None else found


def _is_worded(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    """As the database looks for them: all in one message, the last one as a beginning."""
    *whole, last = words_in(" ".join(values))[: words.MOST_WORDS]
    return any(f" {last}" in f" {said}" and all(f" {word} " in f" {said} " for word in whole) for said in ticket.said)


def _days(values: Sequence[str]) -> timedelta:
    return timedelta(days=int(values[0]))


def _moment(column: Timestamptz) -> dict[str, Op]:
    """
    When something happened: so many days ago, or before and after a day where the looker is.

    None of them holds for what has not happened, as in databases.
    """
    name = column._meta.name

    def at(holds: Callable[[datetime, Sequence[str], Looker], bool]) -> Holds:
        def asked(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
            moment: datetime | None = getattr(ticket, name)
            return moment is not None and holds(moment, values, looker)

        return asked

    return {
        "last": Op(
            phrase("in the last"),
            "days",
            lambda v, looker: column >= looker.now - _days(v),
            at(lambda moment, v, looker: moment >= looker.now - _days(v)),
        ),
        "older": Op(
            phrase("longer ago than"),
            "days",
            lambda v, looker: column < looker.now - _days(v),
            at(lambda moment, v, looker: moment < looker.now - _days(v)),
        ),
        "before": Op(
            phrase("before"),
            "date",
            lambda v, looker: column < looker.midnight(v[0]),
            at(lambda moment, v, looker: moment < looker.midnight(v[0])),
        ),
        "after": Op(
            phrase("after"),
            "date",
            lambda v, looker: column >= looker.midnight(v[0], after=True),
            at(lambda moment, v, looker: moment >= looker.midnight(v[0], after=True)),
        ),
    }


def _promised(when: Condition) -> Condition:
    """Of tickets with a promise that runs: those without one stand at rules.NEVER."""
    return when & (Ticket.queue_at < rules.NEVER)


def _hours(values: Sequence[str]) -> timedelta:
    return timedelta(hours=int(values[0]))


_DUE: Final = {
    "within": Op(
        phrase("ends in less than"),
        "hours",
        lambda v, looker: Ticket.queue_at < looker.now + _hours(v),
        lambda v, looker, ticket: ticket.queue_at < looker.now + _hours(v),
    ),
    "overdue": Op(
        phrase("has been missed"),
        "none",
        lambda v, looker: Ticket.queue_at < looker.now,
        lambda v, looker, ticket: ticket.queue_at < looker.now,
    ),
    "paused": Op(
        phrase("does not run"),
        "none",
        lambda v, looker: Ticket.queue_at >= rules.NEVER,
        lambda v, looker, ticket: ticket.queue_at >= rules.NEVER,
    ),
    "before": Op(
        phrase("before"),
        "date",
        lambda v, looker: Ticket.queue_at < looker.midnight(v[0]),
        lambda v, looker, ticket: ticket.queue_at < looker.midnight(v[0]),
    ),
    "after": Op(
        phrase("after"),
        "date",
        lambda v, looker: _promised(Ticket.queue_at >= looker.midnight(v[0], after=True)),
        lambda v, looker, ticket: looker.midnight(v[0], after=True) <= ticket.queue_at < rules.NEVER,
    ),
}

FIELDS: Final[dict[str, Field]] = {
    "status": Field(
        phrase("Status"),
        {
            "is": Op(IS, "choice", lambda v, looker: called_so(v), _is_called),
            "not": Op(IS_NOT, "choice", lambda v, looker: _called_otherwise(v), lambda *asked: not _is_called(*asked)),
        },
        rules.STATUSES,
        more=lambda: naming.current().statuses,
    ),
    "priority": Field(
        phrase("Priority"),
        {
            "is": Op(
                IS,
                "choice",
                lambda v, looker: Ticket.priority.is_in(_priorities(v)),
                lambda v, looker, ticket: ticket.priority in _priorities(v),
            ),
            "not": Op(
                IS_NOT,
                "choice",
                lambda v, looker: Ticket.priority.not_in(_priorities(v)),
                lambda v, looker, ticket: ticket.priority not in _priorities(v),
            ),
        },
        naming.BUILT_IN_PRIORITIES,
        more=lambda: naming.current().priorities,
    ),
    "department": Field(
        phrase("Department"),
        {
            "is": Op(
                IS,
                "choice",
                lambda v, looker: Ticket.department.is_in(_in_departments(v, looker)),
                lambda v, looker, ticket: ticket.department in _in_departments(v, looker),
            ),
            "not": Op(
                IS_NOT,
                "choice",
                lambda v, looker: Ticket.department.not_in(_in_departments(v, looker)),
                lambda v, looker, ticket: ticket.department not in _in_departments(v, looker),
            ),
        },
        (MINE,),
        has_ids=True,
    ),
    "topic": Field(
        phrase("Topic"),
        {
            "is": Op(IS, "choice", _about, _is_about),
            "not": Op(IS_NOT, "choice", _not_about, lambda *asked: not _is_about(*asked)),
        },
        (NOBODY,),
        has_ids=True,
    ),
    "assignee": Field(
        phrase("Assignee"),
        {
            "is": Op(IS, "choice", _assigned, _is_assigned),
            "not": Op(IS_NOT, "choice", _not_assigned, lambda *asked: not _is_assigned(*asked)),
        },
        (ME, NOBODY),
        has_ids=True,
    ),
    "requester": Field(
        phrase("Customer"),
        {
            "has": Op(HAS, "text", _named, _is_named),
            "is": Op(
                phrase("has the address"),
                "text",
                lambda v, looker: Ticket.requester.is_in(_addresses(v)),
                _has_address,
            ),
        },
    ),
    "organisation": Field(phrase("Organisation"), {"has": Op(HAS, "text", _of_organisation, _is_of_organisation)}),
    "tag": Field(
        phrase("Tag"),
        {
            "is": Op(IS, "text", lambda v, looker: Ticket.id.is_in(_tagged(v)), _is_tagged),
            "not": Op(
                IS_NOT,
                "text",
                lambda v, looker: Ticket.id.not_in(_tagged(v)),
                lambda *asked: not _is_tagged(*asked),
            ),
        },
    ),
    "due": Field(phrase("Promise"), _DUE),
    "opened": Field(phrase("Opened"), _moment(Ticket.opened_at)),
    "updated": Field(phrase("Updated"), _moment(Ticket.updated_at)),
    "solved": Field(phrase("Solved"), _moment(Ticket.solved_at)),
    "closed": Field(phrase("Closed"), _moment(Ticket.closed_at)),
    "channel": Field(phrase("Channel"), _one_of(Ticket.channel), CHANNELS),
    "lang": Field(phrase("Language"), _one_of(Ticket.lang), LANGS),
    "words": Field(phrase("Conversation"), {"has": Op(HAS, "text", _worded, _is_worded)}),
}
"""All that views may ask for, in the order in which it is offered."""
