"""What is read about ratings."""

from datetime import datetime

import msgspec
from msgspec import Struct

from helpdesk.surveys.tables import Rating


class Given(Struct, frozen=True):
    """A rating as it stands."""

    score: str
    comment: str
    rated_at: datetime


async def rating(ticket_id: int) -> Given | None:
    """How the customer rated a ticket. Who may know is asked before."""
    row = await Rating.select(Rating.score, Rating.comment, Rating.rated_at).where(Rating.ticket == ticket_id).first()
    return msgspec.convert(row, Given) if row else None
