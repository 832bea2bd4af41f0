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


class LetterCorrected(Event, frozen=True, kw_only=True):
    """Somebody said what counts instead of what a letter that came in says."""

    ABOUT: ClassVar[str] = "inbound"
    INTERNAL: ClassVar[bool] = True

    inbound: int


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


class MailboxConnected(Event, frozen=True, kw_only=True):
    """Its owner permitted us to read it (OAuth 2)."""

    ABOUT: ClassVar[str] = "mailbox"
    INTERNAL: ClassVar[bool] = True

    mailbox: int


class MailboxRemoved(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "mailbox"
    INTERNAL: ClassVar[bool] = True

    mailbox: int


class AddressMarked(Event, frozen=True, kw_only=True):
    """Letters do not arrive at an address, or no automatic ones may go there."""

    ABOUT: ClassVar[str] = "address"
    INTERNAL: ClassVar[bool] = True

    address: int


class AddressCleared(Event, frozen=True, kw_only=True):
    """Nothing stands against writing to an address any more."""

    ABOUT: ClassVar[str] = "address"
    INTERNAL: ClassVar[bool] = True

    address: int


class SigningKey(Event, frozen=True, kw_only=True):
    """Something happened to a key that letters of a domain are signed with."""

    ABOUT: ClassVar[str] = "domain"
    INTERNAL: ClassVar[bool] = True

    domain: str
    selector: str


class SigningKeyMade(SigningKey, frozen=True, kw_only=True):
    pass


class SigningKeyChosen(SigningKey, frozen=True, kw_only=True):
    is_active: bool


class SigningKeyRemoved(SigningKey, frozen=True, kw_only=True):
    pass


class MailStopped(Event, frozen=True, kw_only=True):
    """Letters have not come in, or not gone out, for some minutes."""

    ABOUT: ClassVar[str] = "trouble"
    INTERNAL: ClassVar[bool] = True

    trouble: int


class MailRecovered(Event, frozen=True, kw_only=True):
    """Letters come in, or go out, again."""

    ABOUT: ClassVar[str] = "trouble"
    INTERNAL: ClassVar[bool] = True

    trouble: int
