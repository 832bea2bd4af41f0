"""Rating an answer."""

from typing import Literal

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict, Forbidden
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.surveys.events import RatingGiven
from helpdesk.surveys.tables import Rating
from helpdesk.tickets import queries, rules

Score = Literal["good", "bad"]


async def rate(actor: Actor, ticket_id: int, score: Score, comment: str = "") -> None:
    """
    Keep what the customer thinks of how their request was answered; the last word counts.

    Raises Forbidden for anyone but the requester, Conflict while the request is not done.
    """
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        if ticket.requester != actor.id:
            raise Forbidden()
        if ticket.status not in rules.DONE:
            raise Conflict(phrase("A request can be rated once it is done."))
        rating = Rating(ticket=ticket_id, score=score, comment=comment, rated_at=now())
        await Rating.insert(rating).on_conflict(
            target=Rating.ticket, action="DO UPDATE", values=[Rating.score, Rating.comment, Rating.rated_at]
        )
        await record(RatingGiven(actor=actor.id, ticket=ticket_id, score=score))
