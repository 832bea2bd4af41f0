"""What happens to people. None of it is told to customers."""

from typing import ClassVar

from helpdesk.events.record import Event


class PersonEvent(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "person"
    INTERNAL: ClassVar[bool] = True

    person: int


class PersonJoined(PersonEvent, frozen=True, kw_only=True):
    """Somebody wrote, signed up or was added for the first time."""


class PersonChanged(PersonEvent, frozen=True, kw_only=True):
    """Name, address, phone number, language, organisation or notes."""


class TierChanged(PersonEvent, frozen=True, kw_only=True):
    """They have another tier, or belong to another organisation, so other promises may be made to them."""

    INTERNAL: ClassVar[bool] = True


class OrganisationTierChanged(Event, frozen=True, kw_only=True):
    """All who belong to it may have other promises."""

    ABOUT: ClassVar[str] = "organisation"
    INTERNAL: ClassVar[bool] = True

    organisation: int


class PhoneAdded(PersonEvent, frozen=True, kw_only=True):
    """They have one more telephone number."""


class PhoneRemoved(PersonEvent, frozen=True, kw_only=True):
    """They have one telephone number less."""


class PersonLeft(PersonEvent, frozen=True, kw_only=True):
    """They may not sign in any more."""


class PersonReturned(PersonEvent, frozen=True, kw_only=True):
    """They may sign in again."""


class RoleGiven(PersonEvent, frozen=True, kw_only=True):
    """`role` is Role.key."""

    role: str


class DepartmentsGiven(PersonEvent, frozen=True, kw_only=True):
    departments: list[int]


class PasswordChanged(PersonEvent, frozen=True, kw_only=True):
    """All their browsers are signed out."""


class SignedIn(PersonEvent, frozen=True, kw_only=True):
    """`by` is link or password."""

    by: str


class SignInAsked(PersonEvent, frozen=True, kw_only=True):
    """They want a link by letter; `next` is the local path they were on their way to. See links.sign_in."""

    next: str


class SignUpAsked(PersonEvent, frozen=True, kw_only=True):
    """They are new and chose a password, which a letter asks them to confirm; `sign_up` is SignUp.id."""

    sign_up: int


class PasswordResetAsked(PersonEvent, frozen=True, kw_only=True):
    """They want a letter that lets them choose a new password. See links.password."""


class AgentInvited(PersonEvent, frozen=True, kw_only=True):
    """They are to get a letter that lets them choose their first password. See links.invitation."""


class TokenMade(PersonEvent, frozen=True, kw_only=True):
    """A key for a machine that acts as this person; `token` is ApiToken.id."""

    token: int


class TokenRevoked(PersonEvent, frozen=True, kw_only=True):
    token: int


class RoleChanged(Event, frozen=True, kw_only=True):
    """A role was added, renamed or got other permissions."""

    ABOUT: ClassVar[str] = "role"
    INTERNAL: ClassVar[bool] = True

    role: int
