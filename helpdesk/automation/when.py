"""When rules are looked at: which events are which occasion, and what time can pass since. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from helpdesk.events.record import Event
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.tickets.events import (
    DeadlineMissed,
    DeadlineNear,
    NoteAdded,
    PriorityChanged,
    StatusChanged,
    TicketAssigned,
    TicketMoved,
    TicketOpened,
    TicketReplied,
    TicketTagged,
    TicketTopicSet,
)
from helpdesk.tickets.fields.events import FieldsSet

WHENS: Final[Mapping[str, Phrase]] = {
    "opened": phrase("It is opened"),
    "asked": phrase("The customer writes again"),
    "answered": phrase("An agent answers"),
    "noted": phrase("A note is added"),
    "status": phrase("Its status changes"),
    "priority": phrase("Its priority changes"),
    "department": phrase("It goes to another department"),
    "assignee": phrase("Its assignee changes"),
    "tags": phrase("Its tags change"),
    "topic": phrase("Its topic changes"),
    "fields": phrase("A field is filled in"),
    "near": phrase("A promise is near its end"),
    "missed": phrase("A promise was missed"),
}
"""Occasions, in the order in which they are offered."""

BEGINNINGS: Final[Mapping[str, Phrase]] = {
    "opened": phrase("it was opened"),
    "asked": phrase("the customer's last word"),
    "answered": phrase("our last word"),
    "status": phrase("its status changed"),
}
"""What time can pass since."""

_OCCASIONS: Final[Mapping[type[Event], str]] = {
    TicketOpened: "opened",
    NoteAdded: "noted",
    StatusChanged: "status",
    PriorityChanged: "priority",
    TicketMoved: "department",
    TicketAssigned: "assignee",
    TicketTagged: "tags",
    TicketTopicSet: "topic",
    FieldsSet: "fields",
    DeadlineNear: "near",
    DeadlineMissed: "missed",
}

EVENTS: Final[tuple[type[Event], ...]] = (*_OCCASIONS, TicketReplied)
"""All that rules react to."""

_BEGIN: Final[Mapping[str, tuple[type[Event], ...]]] = {
    "opened": (TicketOpened,),
    "asked": (TicketOpened, TicketReplied),
    "answered": (TicketReplied,),
    "status": (StatusChanged,),
}


def occasion(event: Any) -> str:
    """Which of WHENS an event is."""
    if isinstance(event, TicketReplied):
        return "answered" if event.by_agent else "asked"
    return _OCCASIONS[type(event)]


def names(beginning: str) -> list[str]:
    """The names of the events that time may pass since; `begins` says of one whether it is such a one."""
    return [one.__name__ for one in _BEGIN[beginning]]


def begins(beginning: str, event: Any) -> bool:
    """Whether time passes since this event."""
    if not isinstance(event, TicketReplied):
        return type(event) in _BEGIN[beginning]
    return event.by_agent == (beginning == "answered") and beginning in {"asked", "answered"}


def names_of(occasions: tuple[str, ...]) -> list[str]:
    """The names of the events that are one of these occasions, or might be."""
    found = [kind.__name__ for kind, key in _OCCASIONS.items() if key in occasions]
    return [*found, TicketReplied.__name__] if {"asked", "answered"} & set(occasions) else found
