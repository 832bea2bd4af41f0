from datetime import datetime

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Forbidden
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.core.text import email_key
from helpdesk.people.queries import writer_of
from helpdesk.people.tables import Person
from helpdesk.tickets.access import Condition
from helpdesk.tickets.blocking import rules
from helpdesk.tickets.blocking.tables import BlockedSender

PAGE_SIZE = 50


class Blocked(Struct, frozen=True):
    """An address, or a domain, whose letters go into the bin. `letters`: how many did."""

    id: int
    pattern: str
    letters: int
    blocked_at: datetime
    blocked_by_name: str | None


async def listed(actor: Actor, *, after: str | None = None, size: int = PAGE_SIZE) -> Page[Blocked]:
    """All of them, the newest first. For administrators."""
    if not actor.is_admin:
        raise Forbidden()
    where: Condition = BlockedSender.id > 0
    if further := beyond(after, BlockedSender.blocked_at, BlockedSender.id, ascending=False):
        where &= further
    rows = await (
        BlockedSender.select(
            *(BlockedSender.id, BlockedSender.pattern, BlockedSender.letters, BlockedSender.blocked_at),
            BlockedSender.blocked_by.name.as_alias("blocked_by_name"),
        )
        .where(where)
        .order_by(BlockedSender.blocked_at, ascending=False)
        .order_by(BlockedSender.id, ascending=False)
        .limit(size + 1)
    )
    return page_of(msgspec.convert(rows, list[Blocked]), size, lambda row: [row.blocked_at.isoformat(), row.id])


async def which(address: str) -> str:
    """The pattern that blocks letters of an address; empty for none. Never one of ours who works at the desk."""
    patterns = rules.patterns_of(address)
    rows = await BlockedSender.select(BlockedSender.pattern).where(BlockedSender.pattern.is_in(patterns))
    found = {row["pattern"] for row in rows}
    if not found or await is_staff(address):
        return ""
    return next(one for one in patterns if one in found)


async def is_staff(address: str) -> bool:
    """Whether the address is that of somebody who works at the desk."""
    row = await Person.select(Person.id).where(Person.email_key == email_key(address)).first()
    return row is not None and (await writer_of(row["id"])).is_staff
