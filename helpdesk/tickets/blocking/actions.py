"""
Blocking a sender, and no longer blocking it.

Nothing is lost: what a blocked sender writes is kept, becomes a ticket and goes into the bin as spam, where it can be
restored like any other.
"""

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.departments.queries import colleagues, is_ours, own_addresses
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.rules import ANSWER_TICKETS
from helpdesk.people.tables import Person
from helpdesk.tickets import binning
from helpdesk.tickets.blocking import queries, rules
from helpdesk.tickets.blocking.events import SenderBlocked, SenderUnblocked
from helpdesk.tickets.blocking.tables import BlockedSender
from helpdesk.tickets.tables import Ticket


async def block_sender_of(actor: Actor, ticket_id: int, *, whole_domain: bool = False) -> int | None:
    """
    Put a ticket into the bin as spam, and block who asked, or all of their domain; the number of the block.

    None where it was blocked before.

    Raises as `block` and `binning.put` do; Invalid also where the requester has no address.
    """
    async with transaction():
        row = await Ticket.select(Ticket.requester.email.as_alias("email")).where(Ticket.id == ticket_id).first()
        await binning.put(actor, ticket_id, as_spam=True)
        email = str(row["email"] or "") if row else ""
        return await block(actor, f"@{rules.domain_of(email)}" if whole_domain else email)


async def block(actor: Actor, typed: str) -> int | None:
    """
    Let letters of an address, or of a domain (`@example.com`), go into the bin from now on; the number of the block.

    None where it was blocked before. Raises Forbidden for those who may not answer, and Invalid (field `pattern`)
    for what is neither, what is ours or a colleague's, and a domain at which anybody has an address.
    """
    if not (actor.is_agent and actor.may(ANSWER_TICKETS)):
        raise Forbidden()
    pattern = rules.pattern(typed)
    async with transaction():
        if (wrong := await _wrong(pattern)) is not None:
            raise Invalid({"pattern": wrong})
        if await BlockedSender.exists().where(BlockedSender.pattern == pattern):
            return None
        row = BlockedSender(pattern=pattern, blocked_by=actor.id, letters=0, blocked_at=now())
        await row.save()
        await record(SenderBlocked(actor=actor.id, blocked=row.id, pattern=pattern))
    return int(row.id)


async def unblock(actor: Actor, blocked_id: int) -> str:
    """
    Let its letters come in again; the pattern. What is in the bin stays there.

    Raises NotFound, and Forbidden for all but administrators and who blocked it.
    """
    async with transaction():
        row = await locked(BlockedSender.objects().where(BlockedSender.id == blocked_id)).first()
        if row is None:
            raise NotFound()
        if not actor.is_agent or not (actor.is_admin or row.blocked_by == actor.id):
            raise Forbidden()
        await BlockedSender.delete().where(BlockedSender.id == row.id)
        await record(SenderUnblocked(actor=actor.id, blocked=row.id, pattern=row.pattern))
    return str(row.pattern)


async def caught(pattern: str) -> None:
    """Count one more letter that went into the bin because of it. In the caller's transaction."""
    await BlockedSender.update({BlockedSender.letters: BlockedSender.letters + 1}).where(
        BlockedSender.pattern == pattern
    )


async def _wrong(pattern: str) -> object:
    """Why this must not be blocked; None where it may be."""
    local, _, domain = pattern.rpartition("@")
    if not domain:
        return phrase("Write an address, or @ and a domain.")
    if local:
        if await is_ours(pattern) or await queries.is_staff(pattern):
            return phrase("This is an address of ours.")
        return None
    if rules.is_open_to_all(domain):
        return phrase("Anybody may have an address at %(domain)s. Block the address instead.", domain=domain)
    if any(pattern in rules.patterns_of(one) for one in [*await own_addresses(), *await _staff_addresses()]):
        return phrase("Addresses of ours are at %(domain)s.", domain=domain)
    return None


async def _staff_addresses() -> list[str]:
    staff = [one.id for one in await colleagues()]
    rows = await Person.select(Person.email).where(Person.id.is_in(staff or [0]) & Person.email.is_not_null())
    return [row["email"] for row in rows]
