"""What has happened to the wording of letters, and to senders of too many."""

from typing import ClassVar

from helpdesk.events.record import Event


class WordingChanged(Event, frozen=True, kw_only=True):
    """An administrator worded a kind of letter anew, or took its original back."""

    ABOUT: ClassVar[str] = "wording"
    INTERNAL: ClassVar[bool] = True

    wording: str
    lang: str
    department: int


class WordingFailed(Event, frozen=True, kw_only=True):
    """A wording could not be used any more, and the original was sent in its place."""

    ABOUT: ClassVar[str] = "wording"
    INTERNAL: ClassVar[bool] = True

    wording: str
    lang: str
    department: int


class FloodLetIn(Event, frozen=True, kw_only=True):
    """An administrator let all letters of a sender in that waited because they were too many."""

    ABOUT: ClassVar[str] = "flood"
    INTERNAL: ClassVar[bool] = True

    flood: str


class FloodRefused(Event, frozen=True, kw_only=True):
    """An administrator took all letters of such a sender for unwanted."""

    ABOUT: ClassVar[str] = "flood"
    INTERNAL: ClassVar[bool] = True

    flood: str
