from typing import ClassVar

from helpdesk.events.record import Event


class SenderBlocked(Event, frozen=True, kw_only=True):
    """Letters of an address, or of a domain, go into the bin from now on."""

    ABOUT: ClassVar[str] = "blocked"
    INTERNAL: ClassVar[bool] = True

    blocked: int
    pattern: str


class SenderUnblocked(Event, frozen=True, kw_only=True):
    """They come in again."""

    ABOUT: ClassVar[str] = "blocked"
    INTERNAL: ClassVar[bool] = True

    blocked: int
    pattern: str
