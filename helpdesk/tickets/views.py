"""The queues of the desk: each a name, an icon and a condition over what the agent may see anyway."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.tickets import rules, words
from helpdesk.tickets.access import Condition, visible_to
from helpdesk.tickets.tables import Ticket
from helpdesk.web.visit import QueueLink

SOON: Final = timedelta(hours=1)
KEPT_SECONDS: Final = 3.0
MOST_COUNTED: Final = 999


class View(Struct, frozen=True):
    """A queue. `by_deadline`: what is promised first comes first; otherwise what moved last."""

    key: str
    title: Phrase
    icon: str
    condition: Callable[[Actor], Condition]
    by_deadline: bool = True
    is_hot: bool = False
    """Whether anything in it is worth a red number."""


def _mine(actor: Actor) -> Condition:
    return (Ticket.assignee == actor.id) & Ticket.status.is_in(list(rules.ACTIVE))


def _soon(actor: Actor) -> Condition:
    return (Ticket.queue_at < now() + SOON) & Ticket.status.is_in(list(rules.ACTIVE))


def _unassigned(actor: Actor) -> Condition:
    return Ticket.assignee.is_null() & Ticket.status.is_in(list(rules.ACTIVE))


def _active(actor: Actor) -> Condition:
    return Ticket.status.is_in(list(rules.ACTIVE))


def _waiting(actor: Actor) -> Condition:
    return Ticket.status.is_in(list(rules.WAITING))


def _done(actor: Actor) -> Condition:
    return Ticket.status.is_in(list(rules.DONE))


def _everything(actor: Actor) -> Condition:
    return Ticket.id > 0


VIEWS: Final = {
    view.key: view
    for view in (
        View("mine", phrase("Mine"), "user-round", _mine),
        View("soon", phrase("Due soon"), "timer", _soon, is_hot=True),
        View("unassigned", phrase("Unassigned"), "inbox", _unassigned),
        View("active", phrase("All open"), "layers", _active),
        View("waiting", phrase("Waiting"), "hourglass", _waiting, by_deadline=False),
        View("done", phrase("Solved"), "circle-check-big", _done, by_deadline=False),
        View("all", phrase("All tickets"), "list-checks", _everything, by_deadline=False),
    )
}
COUNTED: Final = ("mine", "soon", "unassigned", "active", "waiting")
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


def view(key: str) -> View:
    """The queue with this key. Raises NotFound for another."""
    if key not in VIEWS:
        raise NotFound()
    return VIEWS[key]


def condition(actor: Actor, view: View, chosen: Filter) -> Condition:
    """The queue's condition together with the filter's."""
    where = view.condition(actor)
    if chosen.status in rules.STATUSES:
        where &= Ticket.status == chosen.status
    if chosen.priority in rules.PRIORITIES:
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


_counts: Final = Kept[Actor, dict[str, int]](KEPT_SECONDS)


async def rail(actor: Actor) -> list[QueueLink]:
    """The queues beside every page of the desk, with numbers a few seconds old at most."""
    counts = await _counts.get(actor, partial(_count_all, actor))
    return [
        QueueLink(
            key=view.key,
            icon=view.icon,
            title=str(view.title),
            url=f"/desk/queues/{view.key}",
            count=counts.get(view.key),
            hot=view.is_hot and bool(counts.get(view.key)),
        )
        for view in VIEWS.values()
    ]


def forget_counts() -> None:
    """Count anew at the next look."""
    _counts.forget()


async def _count_all(actor: Actor) -> dict[str, int]:
    return {key: await _count(actor, VIEWS[key]) for key in COUNTED}


async def _count(actor: Actor, view: View) -> int:
    """How many there are, counted no further than MOST_COUNTED."""
    rows = Ticket.select(Ticket.id).where(visible_to(actor) & view.condition(actor)).limit(MOST_COUNTED + 1)
    return len(await rows)
