"""
What stands against writing to an address: letters bounce, somebody complained, or a machine answers there.

An address is dead at once when there is no such address, and after MOST_SOFT letters in a row, within SOFT_FOR,
that did not arrive for another reason of its own. A word from it, or an agent, brings it back to life.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from piccolo.columns.combination import And
from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.core.text import email_key
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail.access import may_manage
from helpdesk.mail.events import AddressCleared, AddressMarked
from helpdesk.mail.machines import reasons
from helpdesk.mail.machines.bounces import Bounced
from helpdesk.mail.outgoing.why import IN_WORDS
from helpdesk.mail.tables import AddressTrouble

PAGE: Final = 50
MOST_SOFT: Final = 3
SOFT_FOR: Final = timedelta(days=14)
COMPLAINT: Final = "complaint"
LOOP: Final = "loop"

_SILENT: Final = {
    COMPLAINT: phrase("Somebody there marked a letter of ours as spam."),
    LOOP: phrase("A machine there answers our automatic letters."),
}
_UNSAID: Final = phrase("Our letters come back, and nobody says why.")


class Trouble(Struct, frozen=True):
    """A row of AddressTrouble."""

    id: int
    email: str
    email_key: str
    is_dead: bool
    is_silent: bool
    reason: str
    words: str
    failures: int
    since: datetime

    @property
    def why(self) -> Phrase:
        return _SILENT.get(self.reason) or IN_WORDS.get(self.reason, _UNSAID)


async def troubles(emails: Collection[str]) -> dict[str, Trouble]:
    """What is known against these addresses, by their keys (core.text.email_key), where it has consequences."""
    keys = [email_key(one) for one in emails if one]
    columns = [getattr(AddressTrouble, name) for name in Trouble.__struct_fields__]
    counts = AddressTrouble.is_dead.eq(True) | AddressTrouble.is_silent.eq(True)
    rows = await AddressTrouble.select(*columns).where(AddressTrouble.email_key.is_in(keys or [""]) & counts)
    return {row["email_key"]: msgspec.convert(row, Trouble) for row in rows}


async def trouble(email: str) -> Trouble | None:
    return (await troubles([email])).get(email_key(email))


async def listed(actor: Actor, *, after: str | None = None) -> Page[Trouble]:
    """All of them, newest first, for those who look after the mail."""
    if not may_manage(actor):
        raise NotFound()
    where: Combinable = AddressTrouble.is_dead.eq(True) | AddressTrouble.is_silent.eq(True)
    if further := beyond(after, AddressTrouble.id, ascending=False):
        where = And(where, further)
    columns = [getattr(AddressTrouble, name) for name in Trouble.__struct_fields__]
    rows = (
        await AddressTrouble.select(*columns).where(where).order_by(AddressTrouble.id, ascending=False).limit(PAGE + 1)
    )
    return page_of(msgspec.convert(rows, list[Trouble]), PAGE, lambda one: [one.id])


async def failed(one: Bounced) -> None:
    """A letter did not reach an address. Reasons that lie in the letter, or in us, do not count against it."""
    if one.is_delayed or one.reason in reasons.OF_THE_LETTER:
        return
    async with transaction():
        row = await _row(one.recipient)
        if row.last_at < now() - SOFT_FOR and not row.is_dead:
            row.failures, row.since = 0, now()
        row.failures += 1
        is_dead = row.is_dead or one.hard or row.failures >= MOST_SOFT
        is_new, row.is_dead = is_dead and not row.is_dead, is_dead
        row.reason, row.status, row.words, row.last_at = one.reason, one.status[:11], one.words, now()
        await row.save()
        if is_new:
            await record(AddressMarked(actor=None, address=row.id))


async def silence(email: str, reason: str) -> None:
    """No automatic letters to this address any more; `reason` is COMPLAINT or LOOP. People may still write."""
    async with transaction():
        row = await _row(email)
        if row.is_silent:
            return
        row.is_silent, row.last_at = True, now()
        if not row.is_dead:
            row.reason, row.status, row.words = reason, "", ""
        await row.save()
        await record(AddressMarked(actor=None, address=row.id))


async def heard_from(email: str) -> None:
    """Somebody writes from there, so letters arrive there, too. What a machine does there stays as it is."""
    async with transaction():
        row = await _found(email)
        if row is None or not (row.is_dead or row.failures):
            return
        if row.is_silent:
            row.is_dead, row.failures = False, 0
            await row.save([AddressTrouble.is_dead, AddressTrouble.failures])
        else:
            await _clear(None, row)


async def forgive(actor: Actor, email: str) -> None:
    """An agent says that letters may go there again. Raises Forbidden."""
    if not actor.is_staff:
        raise Forbidden()
    async with transaction():
        if (row := await _found(email)) is not None:
            await _clear(actor.id, row)


async def _clear(actor: int | None, row: AddressTrouble) -> None:
    await AddressTrouble.delete().where(AddressTrouble.id == row.id)
    await record(AddressCleared(actor=actor, address=row.id))


async def _found(email: str) -> AddressTrouble | None:
    return await locked(AddressTrouble.objects().where(AddressTrouble.email_key == email_key(email))).first()


async def _row(email: str) -> AddressTrouble:
    """The row of an address, made where there is none, to be changed in the caller's transaction."""
    fresh = AddressTrouble(email=email[:320], email_key=email_key(email)[:320], reason="", since=now(), last_at=now())
    await AddressTrouble.insert(fresh).on_conflict(action="DO NOTHING", target=AddressTrouble.email_key)
    row = await _found(email)
    assert row is not None
    return row
