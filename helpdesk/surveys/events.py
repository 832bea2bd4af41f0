"""What customers said about an answer."""

from typing import ClassVar

from helpdesk.events.record import Event


class RatingGiven(Event, frozen=True, kw_only=True):
    """The customer rated a ticket, or changed their rating."""

    ABOUT: ClassVar[str] = "ticket"

    ticket: int
    score: str
