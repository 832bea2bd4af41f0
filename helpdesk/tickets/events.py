"""What has happened to a ticket."""

from datetime import datetime
from typing import ClassVar

from helpdesk.events.record import Event


class TicketEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a ticket."""

    ABOUT: ClassVar[str] = "ticket"

    ticket: int


class TicketOpened(TicketEvent, frozen=True, kw_only=True):
    message: int
    is_from_elsewhere: bool = False
    """Whether `Ticket.came_from` says where it began."""


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


class NoteChanged(TicketEvent, frozen=True, kw_only=True):
    """Its author worded a note anew."""

    INTERNAL: ClassVar[bool] = True

    message: int


class NoteRemoved(TicketEvent, frozen=True, kw_only=True):
    """Its author took a note away."""

    INTERNAL: ClassVar[bool] = True

    message: int


class ColleagueMentioned(TicketEvent, frozen=True, kw_only=True):
    """A note calls a colleague by name."""

    INTERNAL: ClassVar[bool] = True

    message: int
    person: int


class TicketAssigned(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    assignee: int | None
    why: str = ""
    """One of `history.BECAUSE`; empty where somebody just chose so."""
    load: int = 0
    """How many active tickets they had, where that is why."""
    is_skilled: bool = False
    """Whether it mattered what they can do."""


class TicketMoved(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    department: int
    was: int = 0
    how: str = ""
    """`handed` over to the next department of a chain, or `returned` from there; empty: moved."""
    had: int | None = None
    """Who looked after it before."""


class TicketTopicSet(TicketEvent, frozen=True, kw_only=True):
    """Somebody said what it is about; None for nothing."""

    INTERNAL: ClassVar[bool] = True

    topic: int | None


class StatusChanged(TicketEvent, frozen=True, kw_only=True):
    """`status` is what it means, `named` the key of what the desk calls it; empty: by the status's own word."""

    status: str
    named: str = ""


class PriorityChanged(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    priority: str
    was: str = ""


class PromiseChanged(TicketEvent, frozen=True, kw_only=True):
    """Another policy is promised now, or another version of it; the PromiseRow of that id says what and why."""

    INTERNAL: ClassVar[bool] = True

    promise: int
    was: int = 0


class TicketTagged(TicketEvent, frozen=True, kw_only=True):
    INTERNAL: ClassVar[bool] = True

    added: str = ""
    removed: str = ""


class TicketBinned(TicketEvent, frozen=True, kw_only=True):
    """It is in the bin: gone for everybody, and kept for a while."""

    INTERNAL: ClassVar[bool] = True

    as_spam: bool


class TicketRestored(TicketEvent, frozen=True, kw_only=True):
    """It is back from the bin."""

    INTERNAL: ClassVar[bool] = True


class TicketDestroyed(TicketEvent, frozen=True, kw_only=True):
    """It was in the bin, and is gone for good."""

    INTERNAL: ClassVar[bool] = True


class PrivateLinkMade(TicketEvent, frozen=True, kw_only=True):
    """An agent made a link that opens the ticket to whoever has it."""

    INTERNAL: ClassVar[bool] = True


class PrivateLinksStopped(TicketEvent, frozen=True, kw_only=True):
    """No private link opens the ticket any more."""


class ActTakenBack(TicketEvent, frozen=True, kw_only=True):
    """What `event` tells of was taken back."""

    INTERNAL: ClassVar[bool] = True

    event: int


class BulkFinished(Event, frozen=True, kw_only=True):
    """An act on many tickets is done."""

    ABOUT: ClassVar[str] = "bulk"
    INTERNAL: ClassVar[bool] = True

    bulk: int


class ParticipantAdded(TicketEvent, frozen=True, kw_only=True):
    person: int


class ParticipantRemoved(TicketEvent, frozen=True, kw_only=True):
    """Somebody gets no more copies, and cannot read it any more."""

    INTERNAL: ClassVar[bool] = True

    person: int


class LinkAdded(TicketEvent, frozen=True, kw_only=True):
    """An agent said how it has to do with `other`."""

    INTERNAL: ClassVar[bool] = True

    other: int


class LinkRemoved(TicketEvent, frozen=True, kw_only=True):
    """An agent took that back."""

    INTERNAL: ClassVar[bool] = True

    other: int


class TaskAdded(TicketEvent, frozen=True, kw_only=True):
    """Its checklist has one more line."""

    INTERNAL: ClassVar[bool] = True

    task: int


class TaskMarked(TicketEvent, frozen=True, kw_only=True):
    """A line of its checklist was ticked off, or is open again."""

    INTERNAL: ClassVar[bool] = True

    task: int
    is_done: bool


class TaskRaised(TicketEvent, frozen=True, kw_only=True):
    """A line of its checklist changed places with the one above."""

    INTERNAL: ClassVar[bool] = True

    task: int


class TaskRemoved(TicketEvent, frozen=True, kw_only=True):
    """Its checklist has one line less."""

    INTERNAL: ClassVar[bool] = True

    task: int


class TimeNoted(TicketEvent, frozen=True, kw_only=True):
    """An agent noted how long they worked on it."""

    INTERNAL: ClassVar[bool] = True

    minutes: int


class TimeRemoved(TicketEvent, frozen=True, kw_only=True):
    """Such a note was taken away."""

    INTERNAL: ClassVar[bool] = True

    minutes: int


class CallLogged(TicketEvent, frozen=True, kw_only=True):
    """An agent wrote down a telephone call; `direction` is in or out."""

    INTERNAL: ClassVar[bool] = True

    message: int
    direction: str
    minutes: int


class FollowerAdded(TicketEvent, frozen=True, kw_only=True):
    """An agent hears of it from now on."""

    INTERNAL: ClassVar[bool] = True

    person: int


class FollowerGone(TicketEvent, frozen=True, kw_only=True):
    """An agent hears of it no more."""

    INTERNAL: ClassVar[bool] = True

    person: int


class TicketLinked(TicketEvent, frozen=True, kw_only=True):
    """It goes on in another ticket (`kind` follow_up), or a part of it became one (`split`)."""

    INTERNAL: ClassVar[bool] = True

    other: int
    kind: str


class TicketMerged(TicketEvent, frozen=True, kw_only=True):
    """`other` went into the ticket (`is_target`), or the ticket into `other`."""

    INTERNAL: ClassVar[bool] = True

    other: int
    is_target: bool


class TicketUnmerged(TicketEvent, frozen=True, kw_only=True):
    """`other` was taken out of the ticket again (`is_target`), or the ticket out of `other`."""

    INTERNAL: ClassVar[bool] = True

    other: int
    is_target: bool


class TicketSnoozed(TicketEvent, frozen=True, kw_only=True):
    """It is out of the active queues until a moment; rules.NEVER: until its customer writes."""

    INTERNAL: ClassVar[bool] = True

    until: datetime


class TicketWoken(TicketEvent, frozen=True, kw_only=True):
    """It is back in the active queues."""

    INTERNAL: ClassVar[bool] = True


class DeadlineNear(TicketEvent, frozen=True, kw_only=True):
    """A promise is about to be missed."""

    INTERNAL: ClassVar[bool] = True

    deadline: int


class DeadlineMissed(TicketEvent, frozen=True, kw_only=True):
    """A promise was missed."""

    INTERNAL: ClassVar[bool] = True

    deadline: int


class TicketEscalated(TicketEvent, frozen=True, kw_only=True):
    """
    A step of a policy was taken about a promise, `minutes` of office time after its end (before it, where negative).

    `act` and `value` are what the step said then.
    """

    INTERNAL: ClassVar[bool] = True

    deadline: int
    step: int
    act: str
    value: str
    minutes: int


class ViewSaved(Event, frozen=True, kw_only=True):
    """A queue was put together, or changed."""

    ABOUT: ClassVar[str] = "view"
    INTERNAL: ClassVar[bool] = True

    view: int


class ViewRemoved(Event, frozen=True, kw_only=True):
    """A queue that somebody put together is gone; its tickets are where they were."""

    ABOUT: ClassVar[str] = "view"
    INTERNAL: ClassVar[bool] = True

    view: int


class QueuesArranged(Event, frozen=True, kw_only=True):
    """An agent ordered the queues beside their pages, or hid some."""

    ABOUT: ClassVar[str] = "person"
    INTERNAL: ClassVar[bool] = True

    person: int
