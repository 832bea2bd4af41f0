from typing import ClassVar

from helpdesk.events.record import Event


class CannedAdded(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "canned"
    INTERNAL: ClassVar[bool] = True

    canned: int


class CannedChanged(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "canned"
    INTERNAL: ClassVar[bool] = True

    canned: int


class CannedRemoved(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "canned"
    INTERNAL: ClassVar[bool] = True

    canned: int
