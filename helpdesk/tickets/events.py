"""What has happened to a ticket."""

from typing import ClassVar

from helpdesk.events.record import Event


class TicketEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a ticket."""

    ABOUT: ClassVar[str] = "ticket"

    ticket: int


class TicketOpened(TicketEvent, frozen=True, kw_only=True):
    message: int


class TicketReplied(TicketEvent, frozen=True, kw_only=True):
    message: int
    by_agent: bool


class ReplyHeld(TicketEvent, frozen=True, kw_only=True):
    """An agent's answer is written, and held back for some seconds."""

    INTERNAL: ClassVar[bool] = True

    message: int


class ReplyTakenBack(TicketEvent, frozen=True, kw_only=True):
    """Its author took an answer back before it was sent."""

    INTERNAL: ClassVar[bool] = True

    message: int


class NoteAdded(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    message: int


class TicketAssigned(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    assignee: int | None


class TicketMoved(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    department: int


class StatusChanged(TicketEvent, frozen=True, kw_only=True):
    status: str


class PriorityChanged(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    priority: str


class TicketTagged(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    added: str = ""
    removed: str = ""


class ParticipantAdded(TicketEvent, frozen=True, kw_only=True):
    person: int


class TicketLinked(TicketEvent, frozen=True, kw_only=True):
    """It goes on in another ticket (`kind` follow_up), or a part of it became one (`split`)."""

    INTERNAL: ClassVar[bool] = True

    other: int
    kind: str


class DeadlineNear(TicketEvent, frozen=True, kw_only=True):
    """A promise is about to be missed."""

    INTERNAL: ClassVar[bool] = True

    deadline: int


class DeadlineMissed(TicketEvent, frozen=True, kw_only=True):
    """A promise was missed."""

    INTERNAL: ClassVar[bool] = True

    deadline: int
