"""What has happened beside a ticket. None of it is told to customers."""

from typing import ClassVar

from helpdesk.tickets.events import TicketEvent


class SideEvent(TicketEvent, frozen=True, kw_only=True):
    """Something that happened to a side conversation of a ticket."""

    INTERNAL: ClassVar[bool] = True

    side: int


class SideStarted(SideEvent, frozen=True, kw_only=True):
    """An agent asked a third party."""


class SideWritten(SideEvent, frozen=True, kw_only=True):
    """An agent wrote to the third party."""

    message: int


class SideAnswered(SideEvent, frozen=True, kw_only=True):
    """The third party wrote."""

    message: int


class SideUnreached(SideEvent, frozen=True, kw_only=True):
    """A letter to the third party will not arrive, or came back."""

    message: int


class SideClosed(SideEvent, frozen=True, kw_only=True):
    """An agent is done with it."""


class SideReopened(SideEvent, frozen=True, kw_only=True):
    """It goes on after all."""
