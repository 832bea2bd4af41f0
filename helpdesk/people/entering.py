"""Ways in: by a link in a letter, by password, and how to get a new password."""

import asyncio
from typing import Final

from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.keys import is_password
from helpdesk.core.text import email_key
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people import actions, links, queries, rules
from helpdesk.people.events import PasswordResetAsked, SignedIn, SignInAsked
from helpdesk.people.tables import Person

USED: Final = phrase("This link has been used or is too old.")


class Entry(Struct, frozen=True):
    """Somebody who proved who they are, and the local path they were on their way to."""

    person: int
    next: str = ""


async def ask_for_link(email: str, *, lang: str, onward: str) -> None:
    """
    Owe a letter with a sign-in link to this address, also when it is new here: the link proves it.

    Nobody learns whether the address was known. Somebody who was shut out gets no letter.
    """
    asker = await actions.recognise("", email, lang=lang)
    assert asker.id is not None
    async with transaction():
        if await Person.exists().where((Person.id == asker.id) & Person.is_active.eq(True)):
            await record(SignInAsked(actor=None, person=asker.id, next=rules.local_path(onward)))


async def ask_for_password(email: str) -> None:
    """Owe a letter with which a password can be chosen; nothing happens for an address that is not known."""
    person_id = await queries.person_with(email)
    async with transaction():
        if person_id and await Person.exists().where((Person.id == person_id) & Person.is_active.eq(True)):
            await record(PasswordResetAsked(actor=None, person=person_id))


async def by_link(token: str) -> Entry:
    """Let in whom a link was made for, once: its use makes it and all others useless. Raises Conflict."""
    async with transaction():
        person, claim = await _claimed("signin", token)
        person.link_version += 1
        await _came_in(person, "link")
    return Entry(claim.person, rules.local_path(claim.next))


async def by_password(email: str, password: str) -> Entry:
    """
    Let in who knows the password of this address.

    Raises Invalid, in the same words and after the same time, for a wrong password, an unknown
    address, one without a password and one who was shut out.
    """
    row = await (
        Person.select(Person.id, Person.password, Person.is_active).where(Person.email_key == email_key(email)).first()
    )
    is_right = await asyncio.to_thread(is_password, row["password"] if row else "", rules.as_typed(password))
    if row is None or not is_right or not row["is_active"]:
        raise Invalid({"password": phrase("Email and password do not match.")})
    async with transaction():
        await Person.update({Person.seen_at: now()}).where(Person.id == row["id"])
        await record(SignedIn(actor=row["id"], person=row["id"], by="password"))
    return Entry(row["id"])


async def by_claim(purpose: links.Purpose, token: str) -> Entry:
    """Part of actions that use a link up themselves: let in whom it was made for. Raises Conflict."""
    person, claim = await _claimed(purpose, token)
    await _came_in(person, "link")
    return Entry(claim.person)


async def choose_password(token: str, password: str) -> Entry:
    """
    Keep the password chosen on the page a letter led to, and let them in.

    Raises Invalid for a password that will not do, and Conflict for a link that was used or is too old.
    """
    claim = links.read("password", token)
    if claim is None:
        raise Conflict(USED)
    hashed = await actions.hash_of(claim.person, password)
    async with transaction():
        entry = await by_claim("password", token)
        await actions.keep_password(claim.person, claim.person, hashed)
    return entry


async def _claimed(purpose: links.Purpose, token: str) -> tuple[Person, links.Claim]:
    """Whom a link lets in, kept from others until the commit, so that of two who use it at once one comes in."""
    claim = links.read(purpose, token)
    if claim is None:
        raise Conflict(USED)
    person = await locked(Person.objects().where(Person.id == claim.person)).first()
    if person is None or person.link_version != claim.version or not person.is_active:
        raise Conflict(USED)
    return person, claim


async def _came_in(person: Person, by: str) -> None:
    """They read the mail of their address, so it is theirs."""
    person.seen_at = now()
    if person.email_confirmed_at is None:
        person.email_confirmed_at = now()
    await person.save([Person.link_version, Person.seen_at, Person.email_confirmed_at])
    await record(SignedIn(actor=person.id, person=person.id, by=by))
