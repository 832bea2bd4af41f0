"""What has happened to statuses and priorities themselves, which are named by their keys."""

from typing import ClassVar

from helpdesk.events.record import Event


class StatusDefined(Event, frozen=True, kw_only=True):
    """A status was added, or is called, looks or means otherwise, or has another place."""

    ABOUT: ClassVar[str] = "status"
    INTERNAL: ClassVar[bool] = True

    status: str


class StatusRemoved(Event, frozen=True, kw_only=True):
    """A status is not there any more; its tickets go to another."""

    ABOUT: ClassVar[str] = "status"
    INTERNAL: ClassVar[bool] = True

    status: str


class PriorityDefined(Event, frozen=True, kw_only=True):
    """A priority was added, or is called or looks otherwise, or has another place."""

    ABOUT: ClassVar[str] = "priority"
    INTERNAL: ClassVar[bool] = True

    priority: str


class PriorityRemoved(Event, frozen=True, kw_only=True):
    """A priority is not there any more; its tickets go to another."""

    ABOUT: ClassVar[str] = "priority"
    INTERNAL: ClassVar[bool] = True

    priority: str
