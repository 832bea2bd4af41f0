"""
What views ask of fields: each field is asked for by a key with its kind and number, such as `date:7`.

So a term says by itself how it is compared, and stays what it is when the field is archived or gone.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets.access import Condition
from helpdesk.tickets.fields import rules
from helpdesk.tickets.fields.queries import FieldEntry
from helpdesk.tickets.fields.tables import FieldValue
from helpdesk.tickets.tables import Ticket
from helpdesk.tickets.terms import HAS, IS, IS_NOT, Facts, Field, Looker, Op, listed, words_in

Compiled = Callable[[Sequence[str], Looker], Condition]

MOST: Final = 2**63
"""More than any column holds."""
WORDED: Final = frozenset({"text", "long", "order", "tracking", "file"})


def key_of(entry: FieldEntry) -> str:
    """What a field is called in terms and columns of views."""
    return f"{entry.kind}:{entry.id}"


def id_in(key: str) -> int | None:
    """The field that such a key names; None for another key."""
    kind, _, number = key.partition(":")
    if kind not in rules.KINDS or not (number.isascii() and number.isdecimal() and len(number) < 10):
        return None
    return int(number)


def field(key: str) -> Field | None:
    """How a field is asked for, by its key; None for another key. Its name is for those to tell who know it."""
    number = id_in(key)
    if number is None:
        return None
    kind = key.partition(":")[0]
    ops = {
        **_ops(kind, number),
        "filled": Op(
            phrase("is filled in"),
            "none",
            lambda values, looker: Ticket.id.is_in(_of(number)),
            lambda values, looker, ticket: number in ticket.fields,
        ),
        "empty": Op(
            phrase("is empty"),
            "none",
            lambda values, looker: Ticket.id.not_in(_of(number)),
            lambda values, looker, ticket: number not in ticket.fields,
        ),
    }
    choices = ("yes", "no") if kind == "yesno" else ()
    return Field(phrase("Field"), ops, choices, has_ids=kind in rules.CHOSEN)


def _ops(kind: str, number: int) -> dict[str, Op]:
    if kind in WORDED:
        return {
            "is": Op(
                IS,
                "text",
                lambda v, looker: Ticket.id.is_in(_same(number, kind, listed(v))),
                lambda v, looker, ticket: _is_same(ticket, number, kind, listed(v)),
            ),
            "has": Op(
                HAS, "text", lambda v, looker: _worded(number, v), lambda v, looker, ticket: _has(ticket, number, v)
            ),
        }
    if kind == "number":
        return {
            "least": Op(
                phrase("is at least"),
                "number",
                lambda v, looker: Ticket.id.is_in(_from(number, _scaled(v))),
                lambda v, looker, ticket: _is_within(ticket, number, _scaled(v), MOST),
            ),
            "most": Op(
                phrase("is at most"),
                "number",
                lambda v, looker: Ticket.id.is_in(_up_to(number, _scaled(v))),
                lambda v, looker, ticket: _is_within(ticket, number, -MOST, _scaled(v)),
            ),
        }
    if kind == "date":
        return {
            "before": Op(
                phrase("before"),
                "date",
                lambda v, looker: Ticket.id.is_in(_up_to(number, _day(v) - 1)),
                lambda v, looker, ticket: _is_within(ticket, number, -MOST, _day(v) - 1),
            ),
            "after": Op(
                phrase("after"),
                "date",
                lambda v, looker: Ticket.id.is_in(_from(number, _day(v) + 1)),
                lambda v, looker, ticket: _is_within(ticket, number, _day(v) + 1, MOST),
            ),
            "last": Op(
                phrase("in the last"),
                "days",
                lambda v, looker: _between(number, *_days(looker, -int(v[0]), 0)),
                lambda v, looker, ticket: _is_within(ticket, number, *_days(looker, -int(v[0]), 0)),
            ),
            "next": Op(
                phrase("in the next"),
                "days",
                lambda v, looker: _between(number, *_days(looker, 0, int(v[0]))),
                lambda v, looker, ticket: _is_within(ticket, number, *_days(looker, 0, int(v[0]))),
            ),
        }
    return {
        "is": Op(
            IS,
            "choice",
            lambda v, looker: Ticket.id.is_in(_same(number, kind, v)),
            lambda v, looker, ticket: _is_same(ticket, number, kind, v),
        ),
        "not": Op(
            IS_NOT,
            "choice",
            lambda v, looker: Ticket.id.not_in(_same(number, kind, v)),
            lambda v, looker, ticket: not _is_same(ticket, number, kind, v),
        ),
    }


def _is_same(ticket: Facts, number: int, kind: str, values: Sequence[str]) -> bool:
    wanted = {rules.sought(kind, value) for value in values}
    return any(one.sought in wanted for one in ticket.fields.get(number, ()))


def _has(ticket: Facts, number: int, values: Sequence[str]) -> bool:
    wanted = [word for value in values for word in words_in(value)][:8]
    return any(all(word in one.words for word in wanted) for one in ticket.fields.get(number, ()))


def _is_within(ticket: Facts, number: int, least: int, most: int) -> bool:
    said = ticket.fields.get(number, ())
    return any(one.number is not None and least <= one.number <= most for one in said)


def _of(number: int) -> Any:
    return FieldValue.select(FieldValue.ticket).where(FieldValue.field == number)


def _same(number: int, kind: str, values: Sequence[str]) -> Any:
    """Numbers of parcels are the same whoever brings them."""
    wanted = [rules.sought(kind, value) for value in values] or [""]
    return _of(number).where(FieldValue.sought.is_in(wanted))


def _worded(number: int, values: Sequence[str]) -> Condition:
    found = _of(number)
    for word in [word for value in values for word in words_in(value)][:8]:
        found = found.where(FieldValue.words.like(f"%{word}%"))
    return Ticket.id.is_in(found)


def _from(number: int, least: int) -> Any:
    return _of(number).where(FieldValue.number >= least)


def _up_to(number: int, most: int) -> Any:
    return _of(number).where(FieldValue.number <= most)


def _between(number: int, least: int, most: int) -> Condition:
    return Ticket.id.is_in(_from(number, least).where(FieldValue.number <= most))


def _days(looker: Looker, first: int, last: int) -> tuple[int, int]:
    """From so many days after today to so many, where the actor is, as days are kept."""
    today = looker.now.astimezone(ZoneInfo(looker.actor.tz)).date()
    return (today + timedelta(days=first)).toordinal(), (today + timedelta(days=last)).toordinal()


def _scaled(values: Sequence[str]) -> int:
    return rules.number("number", rules.canonical("number", values[:1])[0]) or 0


def _day(values: Sequence[str]) -> int:
    return date.fromisoformat(values[0]).toordinal()
