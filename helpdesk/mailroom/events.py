"""What has happened to the wording of letters and to the domains they are sent from."""

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
