"""
What the conditions of rules ask: all that views ask for, and what a letter said and bore in its head.

A rule's conditions are made ready once and asked of many tickets, each read once (`Case`).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct, structs

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.text import fold
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail.doors.receive import first_bytes
from helpdesk.mail.reading.headers import read_head, words
from helpdesk.tickets import conditions, facts
from helpdesk.tickets.access import Condition, visible_to
from helpdesk.tickets.conditions import ME, MINE, NOTHING, Conditions
from helpdesk.tickets.tables import Merge, Message, Ticket
from helpdesk.tickets.terms import IS, Facts, Field, Holds, Looker, Op, Term, listed, words_in

LONGEST_HEAD: Final = 64_000
"""Bytes of a letter in which its head is looked for."""
LONGEST_TEXT: Final = 50_000
"""Characters of a message in which words are looked for."""


class Case(Facts, frozen=True):
    """A ticket, and what was said last when a rule is asked about it. Texts are folded words with spaces around."""

    text: str = " "
    title: str = " "
    head: tuple[tuple[str, str], ...] = ()
    """Names and values of the letter's header fields, folded; empty for what is no letter."""
    is_automatic: bool = False


class Ready(Struct, frozen=True):
    """Conditions, ready to be asked. One that cannot be used holds for no ticket."""

    all: tuple[tuple[Holds, tuple[str, ...]], ...]
    any: tuple[tuple[Holds, tuple[str, ...]], ...]

    def hold(self, looker: Looker, case: Case) -> bool:
        for holds, values in self.all:
            if not holds(values, looker, case):
                return False
        return not self.any or any(holds(values, looker, case) for holds, values in self.any)


def ready(wanted: Conditions) -> Ready:
    return Ready(tuple(map(_ready, wanted.all)), tuple(map(_ready, wanted.any)))


def _ready(term: Term) -> tuple[Holds, tuple[str, ...]]:
    asked = field(term.field) if problem(term) is None else None
    return (asked.ops[term.op].holds if asked else _never), term.values


def _never(values: Sequence[str], looker: Looker, ticket: Facts) -> bool:
    return False


def house() -> Looker:
    """Who looks at tickets for rules, now."""
    return Looker(SYSTEM, now())


def problem(term: Term) -> Phrase | None:
    """What is wrong with a condition of a rule; None when it can be used."""
    if {ME, MINE} & {*term.values} and term.field in {"assignee", "department"}:
        return phrase("Choose one of the values offered.")
    return conditions.problem(term, field)


def field(key: str) -> Field | None:
    """What a condition of a rule may ask for by this key."""
    return OWN.get(key) or conditions.field(key)


# ---- what only rules ask --------------------------------------------------------------------------------------------


@lru_cache(2000)
def _sought(values: tuple[str, ...]) -> tuple[str, ...]:
    """What is typed with commas between, each as folded words with spaces around."""
    return tuple(f" {' '.join(found)} " for one in listed(values) if (found := words_in(one)))


def _in_title(values: Sequence[str], looker: Looker, case: Facts) -> bool:
    assert isinstance(case, Case)
    return any(one in case.title for one in _sought(tuple(values)))


def _in_text(values: Sequence[str], looker: Looker, case: Facts) -> bool:
    assert isinstance(case, Case)
    return any(one in case.text for one in _sought(tuple(values)))


def _in_either(values: Sequence[str], looker: Looker, case: Facts) -> bool:
    return _in_title(values, looker, case) or _in_text(values, looker, case)


def _in_neither(values: Sequence[str], looker: Looker, case: Facts) -> bool:
    return not _in_either(values, looker, case)


def _head(test: Callable[[str, str], bool]) -> Holds:
    """Of the fields of this name (the first value), whether one's value passes, beside what is wanted (the second)."""

    def holds(values: Sequence[str], looker: Looker, case: Facts) -> bool:
        assert isinstance(case, Case)
        name, wanted = fold(values[0]).strip(" :"), fold(values[1]).strip() if len(values) > 1 else ""
        return any(known == name and test(value, wanted) for known, value in case.head)

    return holds


def _is_automatic(values: Sequence[str], looker: Looker, case: Facts) -> bool:
    assert isinstance(case, Case)
    return case.is_automatic == ("yes" in values)


def _nowhere(values: Sequence[str], looker: Looker) -> Condition:
    """The database is not asked this: what is needed for it is in letters only."""
    return NOTHING


_PHRASE: Final = phrase("has one of the words or phrases")
OWN: Final[dict[str, Field]] = {
    "either": Field(
        phrase("Subject or message"),
        {
            "has": Op(_PHRASE, "text", _nowhere, _in_either),
            "not": Op(phrase("has none of the words or phrases"), "text", _nowhere, _in_neither),
        },
    ),
    "subject": Field(phrase("Subject"), {"has": Op(_PHRASE, "text", _nowhere, _in_title)}),
    "message": Field(phrase("Message"), {"has": Op(_PHRASE, "text", _nowhere, _in_text)}),
    "head": Field(
        phrase("Header of the letter"),
        {
            "has": Op(phrase("contains"), "head", _nowhere, _head(lambda value, wanted: wanted in value)),
            "is": Op(phrase("is exactly"), "head", _nowhere, _head(lambda value, wanted: wanted == value)),
            "there": Op(phrase("is there"), "head", _nowhere, _head(lambda value, wanted: True)),
        },
    ),
    "machine": Field(
        phrase("Written by a machine"), {"is": Op(IS, "choice", _nowhere, _is_automatic)}, choices=("yes", "no")
    ),
}
"""What only rules ask, in the order in which it is offered, before what views ask."""

FIELDS: Final = {
    **OWN,
    **{key: one for key, one in conditions.FIELDS.items() if key != "words"},
    "words": structs.replace(conditions.FIELDS["words"], title=phrase("Whole conversation")),
}
_SAID: Final = frozenset({"either", "message", "machine", "head"})


# ---- reading ----------------------------------------------------------------------------------------------------


async def cases(tickets: Sequence[int], keys: frozenset[str], message: int | None = None) -> dict[int, Case]:
    """
    Tickets by number, with what conditions about these fields want to know of each.

    Those in the bin are none, nor are those that went into another, on which nobody works any more.

    What was said is `message`, or else what the customer said last.
    """
    numbers = list(tickets) or [0]
    merged = Merge.select(Merge.ticket).where(Merge.ticket.is_in(numbers))
    where = Ticket.id.is_in(numbers) & Ticket.id.not_in(merged) & visible_to(SYSTEM)
    found = await facts.read(where, facts.wanted_by(keys - OWN.keys()))
    made = {}
    for number, one in found.items():
        said = await _said(number, message, with_head="head" in keys) if keys & _SAID else {}
        known = {name: getattr(one, name) for name in Facts.__struct_fields__}
        made[number] = Case(**known, title=_spaced(one.subject), **said)  # type: ignore[arg-type]
    return made


async def _said(ticket: int, message: int | None, *, with_head: bool) -> dict[str, object]:
    theirs = (Message.ticket == ticket) & (Message.kind == "reply") & (Message.direction == "in")
    row = await (
        Message.select(Message.fresh, Message.is_automatic, Message.inbound)
        .where(theirs if message is None else Message.id == message)
        .order_by(Message.id, ascending=False)
        .first()
    )
    if row is None:
        return {}
    head = await _head_of(row["inbound"]) if with_head and row["inbound"] else ()
    return {"text": _spaced(row["fresh"]), "is_automatic": row["is_automatic"], "head": head}


async def _head_of(inbound: int) -> tuple[tuple[str, str], ...]:
    raw = await first_bytes(inbound, LONGEST_HEAD)
    fields, _, _ = read_head(raw, 0, len(raw))
    return tuple((fold(name), fold(words(value)).strip()) for name, value in fields)


def _spaced(text: str) -> str:
    return f" {' '.join(words_in(text[:LONGEST_TEXT]))} "
