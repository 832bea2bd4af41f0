"""What happens to letters."""

from typing import ClassVar

from helpdesk.events.record import Event


class LetterFailed(Event, frozen=True, kw_only=True):
    """A letter of ours will not be sent any more: a mail server refused it, or was away for days."""

    ABOUT: ClassVar[str] = "outbound"
    INTERNAL: ClassVar[bool] = True

    outbound: int


class LetterBounced(Event, frozen=True, kw_only=True):
    """A letter of ours was taken by a mail server, and came back from the recipient's."""

    ABOUT: ClassVar[str] = "outbound"
    INTERNAL: ClassVar[bool] = True

    outbound: int


class SendingChanged(Event, frozen=True, kw_only=True):
    """A letter of ours has gone a step further, or waits; told of the thing it is about, for its open pages."""

    ABOUT: ClassVar[str] = "outbound"
    INTERNAL: ClassVar[bool] = True

    outbound: int
    lane: str
    state: str

    @property
    def about(self) -> str:
        return self.lane


class LetterRetried(Event, frozen=True, kw_only=True):
    """Somebody wants it to be tried again."""

    ABOUT: ClassVar[str] = "outbound"
    INTERNAL: ClassVar[bool] = True

    outbound: int


class LetterReleased(Event, frozen=True, kw_only=True):
    """Somebody had a letter that came in sorted again."""

    ABOUT: ClassVar[str] = "inbound"
    INTERNAL: ClassVar[bool] = True

    inbound: int


class MailboxAdded(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "mailbox"
    INTERNAL: ClassVar[bool] = True

    mailbox: int


class MailboxChanged(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "mailbox"
    INTERNAL: ClassVar[bool] = True

    mailbox: int


class MailboxRemoved(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "mailbox"
    INTERNAL: ClassVar[bool] = True

    mailbox: int
