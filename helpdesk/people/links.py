"""
Links for letters that let someone in. Whoever holds one reads the mail of that address.

A link carries the person's `link_version`, which rises when one is used and when password, address
or role change: so each works once, and none outlives what it was made for. It is made when its
letter is composed and never stored.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.keys import sign, unsign
from helpdesk.people.tables import Person
from helpdesk.web.language import localised

Purpose = Literal["signin", "signup", "password"]

SIGN_IN_LASTS: Final = timedelta(minutes=15)
PASSWORD_LASTS: Final = timedelta(hours=1)
SIGN_UP_LASTS: Final = timedelta(days=1)
INVITATION_LASTS: Final = timedelta(days=7)


class Claim(Struct, frozen=True, array_like=True):
    """What a link says: let `person` in, if their version is still this one, until `ends` (seconds since 1970)."""

    person: int
    version: int
    ends: int
    next: str = ""
    sign_up: int = 0
    """SignUp.id, in a link that makes a password theirs."""


async def sign_in(person_id: int, onward: str = "") -> str | None:
    """The address of the page that signs this person in and goes on to `onward`; None when they may not come in."""
    return await _address("signin", "/signin/link/", person_id, now() + SIGN_IN_LASTS, onward)


async def sign_up(person_id: int, sign_up_id: int) -> str | None:
    """The address of the page where they confirm the password they chose; None when they may not come in."""
    return await _address("signup", "/signin/confirm/", person_id, now() + SIGN_UP_LASTS, sign_up=sign_up_id)


async def password(person_id: int) -> str | None:
    """The address of the page where they choose a new password; None when they may not come in."""
    return await _address("password", "/signin/choose/", person_id, now() + PASSWORD_LASTS)


async def invitation(person_id: int) -> str | None:
    """The same with more time, for somebody who does not know yet that they have an account."""
    return await _address("password", "/signin/choose/", person_id, now() + INVITATION_LASTS)


def read(purpose: Purpose, token: str) -> Claim | None:
    """What a link says, when we made it for `purpose` and its time is not over. It may have been used already."""
    try:
        claim = msgspec.convert(unsign(purpose, token), Claim)
    except msgspec.ValidationError:
        return None
    return claim if claim.ends >= now().timestamp() else None


async def holder(purpose: Purpose, token: str) -> str | None:
    """The address of whom a link would let in now; None for one that does not work (any more)."""
    claim = read(purpose, token)
    if claim is None:
        return None
    row = await (
        Person.select(Person.email)
        .where((Person.id == claim.person) & (Person.link_version == claim.version) & Person.is_active.eq(True))
        .first()
    )
    return row["email"] if row else None


async def _address(
    purpose: Purpose, path: str, person_id: int, ends: datetime, onward: str = "", sign_up: int = 0
) -> str | None:
    row = await (
        Person.select(Person.lang, Person.link_version)
        .where((Person.id == person_id) & Person.is_active.eq(True))
        .first()
    )
    if row is None:
        return None
    claim = Claim(person_id, row["link_version"], int(ends.timestamp()), onward, sign_up)
    return config().base_url.rstrip("/") + localised(path + sign(purpose, msgspec.to_builtins(claim)), row["lang"])
