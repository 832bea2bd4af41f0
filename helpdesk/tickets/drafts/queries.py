from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.prepared import Prepared
from helpdesk.tickets.drafts.tables import Draft, SendingChoice

_COLUMNS: Final = (Draft.mode, Draft.body, Draft.status, Draft.message, Draft.saved_at)

_MINE: Final = Prepared(
    lambda person, ticket: Draft.select(*_COLUMNS).where((Draft.person == person) & (Draft.ticket == ticket))
)


class Kept(Struct, frozen=True):
    """What an agent has typed and not sent. `message` is an answer taken back, whose files and recipients go on."""

    mode: str
    body: str
    status: str
    message: int | None
    saved_at: datetime


async def mine(actor: Actor, ticket_id: int) -> Kept | None:
    """What the actor has not sent on this ticket."""
    if not actor.is_agent:
        return None
    rows = await _MINE(actor.id, ticket_id)
    return msgspec.convert(rows[0], Kept) if rows else None


async def choice(actor: Actor) -> str:
    """What the actor let a ticket become with their last answer; empty before the first one."""
    row = await SendingChoice.select(SendingChoice.status).where(SendingChoice.person == actor.id).first()
    return row["status"] if row else ""
