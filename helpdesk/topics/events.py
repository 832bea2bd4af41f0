from typing import ClassVar

from helpdesk.events.record import Event


class RequestTopicAdded(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "request_topic"
    INTERNAL: ClassVar[bool] = True

    request_topic: int


class RequestTopicChanged(Event, frozen=True, kw_only=True):
    """What it is called (`is_renamed`) or decides is another now, what it asks for, or its place in the order."""

    ABOUT: ClassVar[str] = "request_topic"
    INTERNAL: ClassVar[bool] = True

    request_topic: int
    is_renamed: bool = False


class RequestTopicRemoved(Event, frozen=True, kw_only=True):
    """A topic that no ticket has is gone."""

    ABOUT: ClassVar[str] = "request_topic"
    INTERNAL: ClassVar[bool] = True

    request_topic: int
