"""
What is read about statuses and priorities.

They are few and stand on every page, so all are kept in memory for KEPT_SECONDS and taught to `web/naming.py`; a
change is seen at once on this machine, one of another machine after that time.
"""

from typing import Any, Final

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.kept import Kept
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets.access import Condition
from helpdesk.tickets.named.tables import PriorityRow, StatusRow
from helpdesk.tickets.tables import Ticket
from helpdesk.web import naming
from helpdesk.web.naming import Known, Priority, Status

KEPT_SECONDS: Final = 5.0
MOST_COUNTED: Final = 999

_known: Final = Kept[None, Known]("statuses and priorities", KEPT_SECONDS)


async def known() -> Known:
    """Every status and priority. From now on everything in this process calls them so."""
    return await _known.get(None, _read)


async def status(key: str) -> Status:
    """A status that is there. Raises NotFound."""
    found = (await known()).statuses.get(key)
    if found is None or found.is_gone:
        raise NotFound()
    return found


async def priority(key: str) -> Priority:
    """A priority that is there. Raises NotFound."""
    found = (await known()).priorities.get(key)
    if found is None or found.is_gone:
        raise NotFound()
    return found


async def chosen_status(key: str, field: str = "status") -> Status:
    """
    The status that somebody chose, or a program named. Raises Invalid, which names those there are.

    One that is gone stands for what took its place, so that macros and rules that name it go on. One that
    every desk has is always understood, though it may not be offered.
    """
    every = await known()
    found = every.status(key) if key in every.statuses else None
    if found is None or (found.is_own and not found.is_active):
        raise Invalid({field: _choose(every.offered_statuses)})
    return found


async def chosen_priority(key: str, field: str = "priority") -> Priority:
    """The same of priorities."""
    every = await known()
    found = every.priority(key) if key in every.priorities else None
    if found is None or (found.is_own and not found.is_active):
        raise Invalid({field: _choose(every.offered_priorities)})
    return found


async def default_of(category: str) -> Status:
    """What the house itself chooses in this category."""
    return (await known()).default(category)


async def default(category: str) -> str:
    """Its key."""
    return (await default_of(category)).key


def status_for(actor: Actor, key: str) -> str:
    """What a ticket's status is called, as this process knows it: to customers in the words for them."""
    one = naming.current().statuses[key]
    return one.name if actor.is_agent else one.for_customers


async def count_with_status(one: Status) -> int:
    """How many tickets have it, counted no further than one beyond MOST_COUNTED. For the house's own eyes."""
    theirs: Condition = Ticket.named_status == one.key
    if not one.is_own:
        theirs = (Ticket.status == one.key) & Ticket.named_status.is_null()
    return len(await Ticket.select(Ticket.id).where(theirs).limit(MOST_COUNTED + 1))


async def count_with_priority(key: str) -> int:
    """How many tickets have it, counted no further than one beyond MOST_COUNTED. For the house's own eyes."""
    return len(await Ticket.select(Ticket.id).where(Ticket.priority == key).limit(MOST_COUNTED + 1))


def forget_all() -> None:
    """Read everything anew at the next question."""
    _known.forget()


def _choose(offered: list[Status] | list[Priority]) -> object:
    names = ", ".join(f"{one.key} ({one.name})" for one in offered)
    return phrase("Choose one of these: %(names)s.", names=names)


async def _read() -> Known:
    statuses = await StatusRow.select(
        *(StatusRow.key, StatusRow.category, StatusRow.name_vi, StatusRow.name_en, StatusRow.public_vi),
        *(StatusRow.public_en, StatusRow.colour, StatusRow.is_active, StatusRow.is_default, StatusRow.goes_to),
        StatusRow.gone_at,
    ).order_by(StatusRow.position, StatusRow.id)
    priorities = await PriorityRow.select(
        *(PriorityRow.key, PriorityRow.name_vi, PriorityRow.name_en, PriorityRow.colour, PriorityRow.is_active),
        *(PriorityRow.goes_to, PriorityRow.gone_at),
    ).order_by(PriorityRow.position, PriorityRow.id)
    every = Known(
        {row["key"]: _status(row) for row in statuses},
        naming.ranked(_priority(row) for row in priorities),
    )
    naming.learn(every)
    return every


def _status(row: dict[str, Any]) -> Status:
    return Status(
        key=row["key"],
        category=row["category"],
        vi=row["name_vi"],
        en=row["name_en"],
        public_vi=row["public_vi"],
        public_en=row["public_en"],
        colour=row["colour"],
        is_active=row["is_active"],
        is_default=row["is_default"],
        goes_to=row["goes_to"],
        is_gone=row["gone_at"] is not None,
    )


def _priority(row: dict[str, Any]) -> Priority:
    return Priority(
        key=row["key"],
        vi=row["name_vi"],
        en=row["name_en"],
        colour=row["colour"],
        is_active=row["is_active"],
        goes_to=row["goes_to"],
        is_gone=row["gone_at"] is not None,
    )
