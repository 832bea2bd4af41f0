"""
The queues of the desk: each a name, an icon and a condition over what the agent may see anyway.

Some are everybody's; others agents put together (`SavedView`, changed in view_keeping.py). Each agent has them in an
order of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import run_sql
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail import queries as mail
from helpdesk.mail.access import may_manage
from helpdesk.tickets import rules, words
from helpdesk.tickets.access import Condition, views_for, visible_to
from helpdesk.tickets.conditions import Conditions, called_so, compiled
from helpdesk.tickets.tables import SavedView, Ticket, ViewPlace
from helpdesk.tickets.terms import Looker
from helpdesk.web import naming
from helpdesk.web.visit import QueueLink

SOON: Final = timedelta(hours=1)
KEPT_SECONDS: Final = 3.0
SAVED_KEPT_SECONDS: Final = 10.0
MOST_COUNTED: Final = 999
HELD: Final = "held"
"""The queue of letters that became no ticket, which is a page of the mail's."""
MOST_SAVED: Final = 40
"""Queues put together by agents that one agent is offered; the others only take time to count."""

COLUMNS: Final = {
    "number": phrase("No."),
    "customer": phrase("Customer"),
    "due": phrase("Due"),
    "status": phrase("Status"),
    "priority": phrase("Priority"),
    "assignee": phrase("Assignee"),
    "department": phrase("Department"),
    "topic": phrase("Topic"),
    "channel": phrase("Channel"),
    "opened": phrase("Opened"),
    "updated": phrase("Updated"),
}
"""What a row can show beside its subject, in this order."""
MOST_OWN_COLUMNS: Final = 4
"""So many fields that the desk added stand beside it besides."""
USUAL: Final = ("number", "customer", "due", "status", "priority", "assignee", "updated")


class View(Struct, frozen=True):
    """A queue. `order` is one of queries.ORDERS, `columns` some of COLUMNS."""

    key: str
    title: Phrase | str
    icon: str
    condition: Callable[[Actor], Condition]
    order: str = "due"
    is_hot: bool = False
    """Whether anything in it is worth a red number."""
    columns: tuple[str, ...] = USUAL
    is_saved: bool = False
    """Whether somebody put it together."""


class Placed(Struct, frozen=True):
    """A queue where one agent has it."""

    view: View
    is_hidden: bool


def _mine(actor: Actor) -> Condition:
    return (Ticket.assignee == actor.id) & _active(actor)


def _soon(actor: Actor) -> Condition:
    return (Ticket.queue_at < now() + SOON) & Ticket.status.is_in(list(rules.ACTIVE))


def _unassigned(actor: Actor) -> Condition:
    return Ticket.assignee.is_null() & _active(actor)


def _departments(actor: Actor) -> Condition:
    return Ticket.department.is_in(sorted(actor.departments) or [0]) & _active(actor)


def _active(actor: Actor) -> Condition:
    return Ticket.status.is_in(list(rules.ACTIVE)) & Ticket.snoozed_until.is_null()


def _waiting(actor: Actor) -> Condition:
    return Ticket.status.is_in(list(rules.WAITING)) & Ticket.snoozed_until.is_null()


def _snoozed(actor: Actor) -> Condition:
    return Ticket.snoozed_until.is_not_null()


def _done(actor: Actor) -> Condition:
    return Ticket.status.is_in(list(rules.DONE))


def _everything(actor: Actor) -> Condition:
    return Ticket.id.is_not_null()


VIEWS: Final = {
    view.key: view
    for view in (
        View("mine", phrase("Mine"), "user-round", _mine),
        View("soon", phrase("Due soon"), "timer", _soon, is_hot=True),
        View("unassigned", phrase("Unassigned"), "inbox", _unassigned),
        View("departments", phrase("My departments"), "users-round", _departments),
        View("active", phrase("All open"), "layers", _active),
        View("waiting", phrase("Waiting"), "hourglass", _waiting, order="updated"),
        View("snoozed", phrase("Snoozed"), "alarm-clock", _snoozed, order="updated"),
        View("done", phrase("Solved"), "circle-check-big", _done, order="updated"),
        View("all", phrase("All tickets"), "list-checks", _everything, order="updated"),
    )
}
COUNTED: Final = ("mine", "soon", "unassigned", "departments", "active", "waiting", "snoozed")
FIRST: Final = "unassigned"


class Filter(Struct, frozen=True):
    """What narrows a queue further; empty fields do not."""

    q: str = ""
    status: str = ""
    priority: str = ""
    department: int | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    @staticmethod
    def of(params: Mapping[str, str]) -> "Filter":
        """The filter that an address has behind its question mark."""
        place = params.get("department", "")
        return Filter(
            params.get("q", "").strip(),
            params.get("status", ""),
            params.get("priority", ""),
            int(place) if place.isdecimal() and len(place) < 10 else None,
        )


def view(key: str) -> View:
    """The queue with this key. Raises NotFound for another."""
    if key not in VIEWS:
        raise NotFound()
    return VIEWS[key]


async def find(actor: Actor, key: str) -> View:
    """The queue with this key, also one that was put together and is the actor's to see. Raises NotFound."""
    if key in VIEWS:
        return VIEWS[key]
    for one in await arranged(actor):
        if one.view.key == key:
            return one.view
    raise NotFound()


def matching(conditions: Conditions, actor: Actor) -> Condition:
    """The condition these make for the actor at this moment."""
    return compiled(conditions, Looker(actor, now()))


def condition(actor: Actor, view: View, chosen: Filter) -> Condition:
    """The queue's condition together with the filter's."""
    where = view.condition(actor)
    if (called := naming.current().statuses.get(chosen.status)) is not None:
        where &= called_so([called.key])
    if chosen.priority in naming.current().priorities:
        where &= Ticket.priority == chosen.priority
    if chosen.department is not None:
        where &= Ticket.department == chosen.department
    if chosen.q:
        if number := number_in(chosen.q):
            where &= Ticket.id == number
        elif (by_words := words.found(chosen.q, with_notes=actor.is_agent)) is not None:
            where &= by_words
    return where


def number_in(query: str) -> int | None:
    """The ticket's number that somebody typed, such as `60` or `#60`; None when it is something else."""
    number = query.strip().removeprefix("#")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else None


_counts: Final = Kept[Actor, dict[str, int]]("counts", KEPT_SECONDS)
_saved_counts: Final = Kept[Actor, dict[str, int]]("counts of saved views", SAVED_KEPT_SECONDS)
_arranged: Final = Kept[Actor, list[Placed]]("views", SAVED_KEPT_SECONDS)


async def arranged(actor: Actor) -> list[Placed]:
    """All queues of an agent in the order they chose, hidden ones among them; new ones come last."""
    return await _arranged.get(actor, partial(arranged_anew, actor))


async def arranged_anew(actor: Actor) -> list[Placed]:
    """The same, as the database has it now."""
    rows = await (
        SavedView.select(SavedView.id, SavedView.title, SavedView.conditions, SavedView.shown, SavedView.ordering)
        .where(views_for(actor))
        .order_by(SavedView.id)
        .limit(MOST_SAVED)
    )
    offered = {view.key: view for view in (*VIEWS.values(), *(_saved(row) for row in rows))}
    places = await (
        ViewPlace.select(ViewPlace.view, ViewPlace.is_hidden)
        .where(ViewPlace.person == (actor.id or 0))
        .order_by(ViewPlace.position, ViewPlace.id)
    )
    hidden = {row["view"]: row["is_hidden"] for row in places}
    keys = [*(key for key in hidden if key in offered), *(key for key in offered if key not in hidden)]
    return [Placed(offered[key], hidden.get(key, False)) for key in keys]


def _saved(row: dict[str, Any]) -> View:
    return View(
        key=str(row["id"]),
        title=row["title"],
        icon="filter",
        condition=partial(matching, msgspec.json.decode(row["conditions"], type=Conditions)),
        order=row["ordering"],
        columns=msgspec.json.decode(row["shown"], type=tuple[str, ...]),
        is_saved=True,
    )


async def rail(actor: Actor) -> list[QueueLink]:
    """The queues beside every page of the desk, with numbers that are kept for some seconds."""
    shown = [one.view for one in await arranged(actor) if not one.is_hidden]
    usual = [view for view in shown if view.key in COUNTED]
    saved = [view for view in shown if view.is_saved]
    counts = await _counts.get(actor, partial(_count_usual, actor, usual))
    if saved:
        counts = counts | await _saved_counts.get(actor, partial(_count_all, actor, saved))
    links = [
        QueueLink(
            key=view.key,
            icon=view.icon,
            title=str(view.title),
            url=f"/desk/queues/{view.key}",
            count=counts.get(view.key),
            hot=view.is_hot and bool(counts.get(view.key)),
        )
        for view in shown
    ]
    if (held := counts.get(HELD)) is not None:
        letters = str(phrase("Held letters"))
        links.append(QueueLink(key=HELD, icon="mail-warning", title=letters, url="/admin/letters", count=held))
    return links


def forget_counts() -> None:
    """Count anew at the next look what is cheap to count; what agents put together is counted every few seconds."""
    _counts.forget()


def forget_all() -> None:
    """Read and count anew at the next look: the queues themselves have changed."""
    for kept in (_counts, _saved_counts, _arranged):
        kept.forget()


async def _count_usual(actor: Actor, views: Sequence[View]) -> dict[str, int]:
    """The queues of everybody; administrators look after letters that became no ticket as well."""
    counts = await _count_all(actor, views)
    return {**counts, HELD: await mail.held(actor, MOST_COUNTED + 1)} if may_manage(actor) else counts


async def _count_all(actor: Actor, views: Sequence[View]) -> dict[str, int]:
    return {view.key: await count(actor, view.condition(actor)) for view in views}


async def count(actor: Actor, condition: Condition) -> int:
    """How many there are, counted no further than one beyond MOST_COUNTED."""
    rows = Ticket.select(Ticket.id).where(visible_to(actor) & condition).limit(MOST_COUNTED + 1)
    found = await run_sql("SELECT COUNT(*) AS found FROM ({}) AS rows_found", rows.querystrings[0])
    return int(found[0]["found"])
