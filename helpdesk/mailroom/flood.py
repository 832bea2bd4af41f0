"""
Too many new tickets from one sender, or from one domain, within an hour: further letters wait for an administrator.

Only letters that would open a ticket are counted and held; answers on tickets are not, so nobody who takes part in
one is ever kept waiting. Nothing is lost: held letters are let in, or taken for unwanted, all of a sender at once.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from piccolo.query.functions.aggregate import Count, Max, Min

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.core.text import email_key
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.i18n.kept import kept
from helpdesk.jobs.queue import enqueue, function_named
from helpdesk.mail.access import may_manage
from helpdesk.mail.machines import guard
from helpdesk.mail.tables import Inbound
from helpdesk.mailroom.events import FloodLetIn, FloodRefused
from helpdesk.mailroom.rules import organisation
from helpdesk.mailroom.tables import LetterTicket
from helpdesk.settings import store
from helpdesk.settings.intake import LONGEST, IntakeSettings

WITHIN: Final = timedelta(hours=1)
NOBODY: Final = "@"
"""What senders without an address are counted as."""
TOGETHER: Final = 100
"""Letters that one job sorts when all of a sender are let in."""
MOST_SHOWN: Final = 50
SORT_JOB: Final = "helpdesk.mailroom.sort:sort_letters"


class Flood(Struct, frozen=True):
    """Letters that wait because there were too many: `sender` is an address, or a domain with its @."""

    sender: str
    letters: int
    first_at: datetime
    last_at: datetime


async def too_many(email: str) -> str:
    """Of whom there are too many new tickets for one more letter to open one, as `Flood.sender`; empty for nobody."""
    limits = await store.get(IntakeSettings)
    key, domain = _counted(email)
    if is_excepted(key, limits.excepted):
        return ""
    lately = LetterTicket.opened_at > now() - WITHIN
    if limits.most_of_sender:
        of_sender = (LetterTicket.email_key == key) & lately
        if await LetterTicket.count().where(of_sender) >= limits.most_of_sender:
            return key
    if limits.most_of_domain and domain:
        of_domain = (LetterTicket.domain == domain) & lately
        if await LetterTicket.count().where(of_domain) >= limits.most_of_domain:
            return f"@{domain}"
    return ""


async def count(email: str) -> None:
    """A letter of this address has opened a ticket."""
    key, domain = _counted(email)
    await LetterTicket.insert(LetterTicket(email_key=key, domain=domain, opened_at=now()))


def is_excepted(key: str, excepted: Collection[str]) -> bool:
    """Whether an address, or a domain that it belongs to, is among these."""
    labels = key.rpartition("@")[2].split(".")
    return key in excepted or any(".".join(labels[start:]) in excepted for start in range(len(labels)))


async def waiting(actor: Actor) -> list[Flood]:
    """Whose letters wait because they are too many, the newest first."""
    if not may_manage(actor):
        raise NotFound()
    rows = await (
        Inbound.select(
            Inbound.flood.as_alias("sender"),
            Count(alias="letters"),
            Min(Inbound.received_at, alias="first_at"),
            Max(Inbound.received_at, alias="last_at"),
        )
        .where((Inbound.state == "held") & (Inbound.flood != ""))
        .group_by(Inbound.flood)
    )
    found = msgspec.convert(rows, list[Flood], strict=False)
    return sorted(found, key=lambda one: (one.last_at, one.sender), reverse=True)[:MOST_SHOWN]


async def let_in(actor: Actor, sender: str, *, is_for_ever: bool) -> int:
    """
    Have all waiting letters of a flood sorted, however many; how many there are.

    `is_for_ever`: what this sender writes is never too many again. Raises Conflict where no letter waits any more,
    and where there is no room for one more such sender.
    """
    async with transaction():
        numbers = await _decide(actor, sender, {Inbound.state: "owed", Inbound.reason: ""})
        for start in range(0, len(numbers), TOGETHER):
            await enqueue(function_named(SORT_JOB), {"inbounds": numbers[start : start + TOGETHER]})
        if is_for_ever:
            await _except(actor, sender.strip("@"))
        await record(FloodLetIn(actor=actor.id, flood=sender))
    return len(numbers)


async def refuse(actor: Actor, sender: str) -> int:
    """
    Set all waiting letters of a flood aside as unwanted; how many there are. Each can still be let in.

    Raises Conflict where no letter waits any more.
    """
    async with transaction():
        why = kept(phrase("An administrator took all letters of this sender for unwanted."))
        changes = {Inbound.state: "set_aside", Inbound.verdict: guard.SPAM, Inbound.reason: why}
        numbers = await _decide(actor, sender, changes)
        await record(FloodRefused(actor=actor.id, flood=sender))
    return len(numbers)


async def _decide(actor: Actor, sender: str, changes: dict[Any, Any]) -> list[int]:
    if not may_manage(actor):
        raise Forbidden()
    these = (Inbound.state == "held") & (Inbound.flood == sender) & (Inbound.flood != "")
    rows = await Inbound.update(changes).where(these).returning(Inbound.id)
    if not rows:
        raise Conflict(phrase("None of these letters waits any more."))
    return sorted(row["id"] for row in rows)


async def _except(actor: Actor, sender: str) -> None:
    limits = await store.get(IntakeSettings)
    if sender in limits.excepted:
        return
    never_held = f"{limits.never_held} {sender}".strip()
    if len(never_held) > LONGEST:
        raise Conflict(
            phrase("“Never too many from” has no room for one more: take others out under Name and language.")
        )
    await store.save(actor, structs.replace(limits, never_held=never_held))


async def sweep() -> None:
    """Forget what no limit looks at any more."""
    await LetterTicket.delete().where(LetterTicket.opened_at < now() - 2 * WITHIN)


def _counted(email: str) -> tuple[str, str]:
    """The address and the domain that a letter is counted for; no domain where it belongs to everybody."""
    key = email_key(email)[:320] or NOBODY
    return key, organisation(key.rpartition("@")[2])[:255]
