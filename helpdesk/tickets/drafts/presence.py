"""
Who has a ticket open, and who writes on it.

Browsers say so every BEAT_SECONDS. A row is written when that is news, else once in WRITE_SECONDS; those who look at
the ticket are called at once, by way of whichever process of this machine.
"""

import time
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.bell import NumberedBell
from helpdesk.core.clock import now
from helpdesk.core.db import on_commit, transaction
from helpdesk.core.errors import Forbidden
from helpdesk.core.prepared import Prepared
from helpdesk.events import tail
from helpdesk.tickets import access, queries
from helpdesk.tickets.drafts.tables import Presence

BEAT_SECONDS: Final = 15
WRITE_SECONDS: Final = 20
SECONDS: Final = 45
"""After so long without a word somebody is gone: three beats, of which one may be late."""
MOST_KNOWN: Final = 5000


_HERE: Final = Prepared(
    lambda ticket, since: (
        Presence.select(
            Presence.person.as_alias("id"),
            Presence.person.name.as_alias("name"),
            *(Presence.is_typing, Presence.seen_at),
        )
        .where((Presence.ticket == ticket) & (Presence.seen_at > since))
        .order_by(Presence.id)
    )
)


bell: Final = NumberedBell("presence", lambda ticket: tail.whisper(f"presence:{ticket}"))
"""Rings for a ticket when somebody came, began to write, or went."""


class Somebody(Struct, frozen=True):
    """A colleague who looks at the ticket."""

    id: int
    name: str
    is_typing: bool
    seen_at: datetime


_written: Final[dict[tuple[int, int], tuple[float, bool]]] = {}
"""Person and ticket → when this process wrote of them last, on the clock of the machine, and whether they typed."""


async def here(actor: Actor, ticket_id: int, *, is_typing: bool) -> None:
    """The actor has the ticket open. Raises NotFound, and Forbidden for whoever does not work on it."""
    ticket = await queries.get(actor, ticket_id)
    if actor.id is None or not access.works_on(actor, department=ticket.department, assignee=ticket.assignee):
        raise Forbidden()
    key, moment = (actor.id, ticket_id), time.monotonic()
    at, was_typing = _written.get(key, (0.0, False))
    is_news = moment - at > SECONDS or was_typing != is_typing
    if not is_news and moment - at < WRITE_SECONDS:
        return
    if len(_written) >= MOST_KNOWN:
        _written.clear()
    _written[key] = (moment, is_typing)
    row = Presence(person=actor.id, ticket=ticket_id, is_typing=is_typing, seen_at=now())
    async with transaction():
        await Presence.insert(row).on_conflict(
            target=(Presence.person, Presence.ticket),
            action="DO UPDATE",
            values=[Presence.is_typing, Presence.seen_at],
        )
        if is_news:
            on_commit(lambda: bell.ring(ticket_id))


async def gone(actor: Actor, ticket_id: int) -> None:
    """The actor has closed the ticket."""
    if actor.id is None or _written.pop((actor.id, ticket_id), None) is None:
        return
    async with transaction():
        await Presence.delete().where((Presence.person == actor.id) & (Presence.ticket == ticket_id))
        on_commit(lambda: bell.ring(ticket_id))


async def others(actor: Actor, ticket_id: int) -> list[Somebody]:
    """Colleagues who look at the ticket now, in the order in which they came."""
    rows = await _HERE(ticket_id, now() - timedelta(seconds=SECONDS))
    return [one for one in msgspec.convert(rows, list[Somebody]) if one.id != actor.id]


async def sweep() -> None:
    """Take away the rows of those who are gone. A periodic job."""
    await Presence.delete().where(Presence.seen_at < now() - timedelta(hours=1))
