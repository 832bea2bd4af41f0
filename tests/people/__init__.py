"""What tests of people look at: what was recorded, and the links that letters would carry."""

from typing import TypeVar

from helpdesk.core.actor import Actor
from helpdesk.events.record import Event, decode
from helpdesk.events.tables import EventRow

E = TypeVar("E", bound=Event)


def id_of(actor: Actor) -> int:
    assert actor.id is not None
    return actor.id


async def recorded(kind: type[E]) -> list[E]:
    """The events of one kind, oldest first."""
    rows = await EventRow.select(EventRow.data).where(EventRow.name == kind.__name__).order_by(EventRow.id)
    found = [decode(kind.__name__, row["data"]) for row in rows]
    assert all(isinstance(event, kind) for event in found)
    return found  # type: ignore[return-value]  # the line above has looked
