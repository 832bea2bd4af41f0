"""
Private links: whoever has the key in one reads and answers its ticket, and nothing else, as the ticket's requester.

A key is random and stands in the letter or on the page it was made for; what is kept is its hash. It ends by itself
after some days, and at once when the requester or an agent stops the ticket's links.
"""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.core.keys import new_token, token_hash
from helpdesk.events.record import record
from helpdesk.settings import store
from helpdesk.tickets import access, queries
from helpdesk.tickets.events import PrivateLinkMade, PrivateLinksStopped
from helpdesk.tickets.tables import PrivateLink, Ticket


class LinkSettings(Struct, frozen=True):
    """`days`: how long a private link opens its ticket, counted from the letter or the moment that it was made for."""

    days: Annotated[int, Meta(ge=1, le=3650)] = 90


def page_with(key: str, ticket_id: int, lang: str, onward: str = "") -> str:
    """The whole address of a request's page, or one below it (`onward`); private when there is a `key`."""
    page = f"{config().base_url}/{lang}/help/requests/{ticket_id}{onward}"
    return f"{page}?key={key}" if key else page


async def new_key(ticket_id: int, made_by: int | None = None) -> str:
    """A key to the ticket, for a letter of ours or for an agent (`made_by`) to hand over."""
    key, days = new_token(), (await store.get(LinkSettings)).days
    await PrivateLink.insert(
        PrivateLink(
            ticket=ticket_id,
            key_hash=token_hash(key),
            made_by=made_by,
            made_at=now(),
            expires_at=now() + timedelta(days=days),
        )
    )
    return key


async def opens(key: str, ticket_id: int) -> bool:
    """Whether this is a key to this ticket, now."""
    is_it = (PrivateLink.key_hash == token_hash(key)) & (PrivateLink.ticket == ticket_id)
    return await PrivateLink.exists().where(is_it & (PrivateLink.expires_at > now()))


async def working(ticket_id: int) -> int:
    """How many keys open the ticket now."""
    return int(await PrivateLink.count().where((PrivateLink.ticket == ticket_id) & (PrivateLink.expires_at > now())))


async def make(actor: Actor, ticket_id: int) -> str:
    """A private link that an agent hands over; its address. Raises Forbidden for those who may not work on it."""
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        if not access.may_work(actor, ticket):
            raise Forbidden()
        key = await new_key(ticket.id, actor.id)
        await record(PrivateLinkMade(actor=actor.id, ticket=ticket.id))
    return page_with(key, ticket.id, ticket.lang)


async def stop(actor: Actor, ticket_id: int) -> int:
    """
    Let none of the ticket's private links open it any more; how many there were. Later letters bring new ones.

    Raises Forbidden for anybody but its requester and those who work on it.
    """
    async with transaction():
        ticket = await locked(Ticket.objects().where(Ticket.id == ticket_id)).first()
        is_theirs = ticket is not None and ticket.requester == actor.id  # also when it went into somebody else's
        if ticket is None or not (is_theirs or await queries.is_visible(actor, ticket_id)):
            raise NotFound()
        if not (is_theirs or access.may_work(actor, ticket)):
            raise Forbidden()
        gone = await PrivateLink.delete().where(PrivateLink.ticket == ticket_id).returning(PrivateLink.id)
        if gone:
            await record(PrivateLinksStopped(actor=actor.id, ticket=ticket_id))
    return len(gone)


async def sweep() -> None:
    """Forget keys that are over. A periodic job."""
    await PrivateLink.delete().where(PrivateLink.expires_at < now())
