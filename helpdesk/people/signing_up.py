"""
Accounts with a password for people who are new: they choose it first, and a link in a letter makes it theirs.

Until then it opens nothing. A link keeps the very choice it was made for, and works for who knows that password only:
whoever types somebody else's address has neither the letter nor, once it is followed, a password to their account.
"""

import asyncio
from datetime import timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.keys import is_password
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people import actions, entering, links, rules
from helpdesk.people.entering import USED, Entry
from helpdesk.people.events import PasswordResetAsked, SignUpAsked
from helpdesk.people.tables import Person, SignUp

KEPT: Final = timedelta(days=2)
"""How long a choice that nobody confirmed is kept: longer than its link works."""


async def ask_for_account(name: str, email: str, password: str, *, lang: str) -> None:
    """
    Keep what somebody chose, and owe the letter that confirms it.

    Nobody learns whether the address was known: whoever has an account there gets the letter for a new password, and
    who was shut out gets none. Raises Invalid for an address or a password that will not do.
    """
    asker = await actions.recognise("", email, lang=lang)
    assert asker.id is not None
    hashed = await actions.hash_of(asker.id, password)
    async with transaction():
        person = await (
            Person.select(Person.password, Person.email_confirmed_at)
            .where((Person.id == asker.id) & Person.is_active.eq(True))
            .first()
        )
        if person is None:
            return
        if person["password"] or person["email_confirmed_at"]:
            await record(PasswordResetAsked(actor=None, person=asker.id))
            return
        chosen = SignUp(person=asker.id, name=name, password=hashed, asked_at=now())
        await chosen.save()
        await record(SignUpAsked(actor=None, person=asker.id, sign_up=chosen.id))


async def confirm(token: str, password: str) -> Entry:
    """
    Let in whom a link was made for, with the password they chose and know.

    Raises Conflict when the link does not work any more, and Invalid for another password.
    """
    claim = links.read("signup", token)
    chosen = claim and await SignUp.select().where(SignUp.id == claim.sign_up).first()
    if not claim or not chosen:
        raise Conflict(USED)
    if not await asyncio.to_thread(is_password, chosen["password"], rules.as_typed(password)):
        raise Invalid({"password": phrase("This is not the password that was chosen for this account.")})
    async with transaction():
        entry = await entering.by_claim("signup", token)
        await actions.keep_password(claim.person, claim.person, chosen["password"])
        await actions.learn_name(claim.person, chosen["name"])
        await SignUp.delete().where(SignUp.person == claim.person)
    return entry


async def sweep() -> None:
    """Forget what nobody confirmed."""
    await SignUp.delete().where(SignUp.asked_at < now() - KEPT)
