from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.tickets.drafts.tables import Draft

_COLUMNS: Final = (Draft.mode, Draft.body, Draft.status, Draft.message, Draft.saved_at)


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
    row = await Draft.select(*_COLUMNS).where((Draft.person == actor.id) & (Draft.ticket == ticket_id)).first()
    return msgspec.convert(row, Kept) if row else None
