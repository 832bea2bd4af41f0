"""How the search finds tickets: in the database itself, each reader only their own."""

from collections.abc import Collection
from typing import Final

from helpdesk.core.actor import Actor
from helpdesk.i18n.catalogue import phrase
from helpdesk.search.sources import Card, Source
from helpdesk.tickets import words
from helpdesk.tickets.access import visible_to
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.tables import Ticket


async def cards(actor: Actor, ids: Collection[int]) -> dict[int, Card]:
    """Those of these tickets that the actor may see, as results show them."""
    rows = await Ticket.select(
        *(Ticket.id, Ticket.subject, Ticket.snippet, Ticket.lang, Ticket.status, Ticket.updated_at, Ticket.named_status)
    ).where(Ticket.id.is_in(list(ids) or [0]) & visible_to(actor))
    folder = "/desk/tickets" if actor.is_agent else "/help/requests"
    return {
        row["id"]: Card(
            title=row["subject"],
            url=f"{folder}/{row['id']}",
            text=row["snippet"],
            lang=row["lang"],
            meta=(f"#{row['id']}", named.status_for(actor, row["named_status"] or row["status"])),
            updated=row["updated_at"],
        )
        for row in rows
    }


async def search(actor: Actor, query: str, limit: int) -> list[int]:
    """Numbers of tickets in which one message has all the words, what moved last first."""
    found = words.found(query, with_notes=actor.is_agent)
    if found is None or not (actor.is_signed_in or actor.is_system):
        return []
    rows = await (
        Ticket.select(Ticket.id)
        .where(visible_to(actor) & found)
        .order_by(Ticket.updated_at, ascending=False)
        .order_by(Ticket.id, ascending=False)
        .limit(limit)
    )
    return [row["id"] for row in rows]


SOURCE: Final = Source(kind="ticket", name=phrase("Requests"), icon="inbox", cards=cards, search=search)
