"""
What would have become of a ticket's clocks under another promise: its history, gone through once more. Pure.

Under the promise and the hours that were in force it gives the clocks that the ticket has (tests/promises).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from helpdesk.sla import policy
from helpdesk.sla.calendar import Calendar
from helpdesk.sla.policy import Deadline


class Terms(Struct, frozen=True):
    """What is promised, working minutes by kind of deadline, and by whose hours."""

    promised: Mapping[str, int]
    calendar: Calendar


class Act(Struct, frozen=True):
    """
    Something that happened to a ticket and moved its clocks.

    `asked`: its customer wrote; `answered`: an agent did; `status`: it has that one since; `promised`: it went to
    another department or has another priority. `terms` are those from then on, for the acts that may bring others.
    """

    at: datetime
    what: Literal["opened", "asked", "answered", "status", "promised"]
    terms: Terms | None = None
    status: str = ""


def replay(acts: Sequence[Act], until: datetime) -> list[Deadline]:
    """The clocks as they stand at `until`, of a ticket that all this happened to. The first act has terms."""
    deadlines: list[Deadline] = []
    terms: Terms | None = None
    for place, act in enumerate(acts):
        terms = act.terms or terms
        assert terms is not None
        deadlines = _after(deadlines, act, terms, acts[:place])
    return settled(deadlines, until)


def settled(deadlines: Sequence[Deadline], at: datetime) -> list[Deadline]:
    """The clocks with what is broken by then marked as broken, as the sweep does."""
    return [replace(one, missed_at=one.due_at) if policy.missed(one, at) and one.due_at else one for one in deadlines]


def _after(deadlines: list[Deadline], act: Act, terms: Terms, past: Sequence[Act]) -> list[Deadline]:
    match act.what:
        case "opened":
            return policy.after_opening(terms.promised, act.at, terms.calendar)
        case "asked":
            return policy.after_customer_message(deadlines, terms.promised, act.at, terms.calendar)
        case "answered":
            return policy.after_public_reply(deadlines, act.at)
        case "status":
            return policy.after_status_change(deadlines, act.status, act.at, terms.calendar)
        case "promised":
            status = next((one.status for one in reversed(past) if one.what == "status"), "new")
            return policy.after_new_promise(
                deadlines, terms.promised, act.at, terms.calendar, owed=_owed(past, status), status=status
            )


def _owed(past: Sequence[Act], status: str) -> set[str]:
    words = [one.what for one in past if one.what in {"opened", "asked", "answered"}]
    return policy.owed(status, waits=words[-1] != "answered", was_answered="answered" in words)
