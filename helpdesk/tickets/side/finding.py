"""What stands in side conversations is found by agents, under the ticket that it is beside now."""

from collections.abc import Collection
from typing import Final

import msgspec

from helpdesk.core.db import transaction
from helpdesk.core.text import without_links
from helpdesk.jobs.queue import enqueue
from helpdesk.tickets import queries as tickets
from helpdesk.tickets import words
from helpdesk.tickets.said import Mailbox
from helpdesk.tickets.side import queries
from helpdesk.tickets.side.tables import SideConversation, SideMessage
from helpdesk.tickets.tables import Ticket

AT_ONCE: Final = 200
"""Messages that the job goes through in one transaction."""


async def keep(side: SideConversation, message: SideMessage, ticket: Ticket) -> None:
    """Make a message findable, with who takes part and what it is about. In the caller's transaction."""
    boxes = [
        one for text in (side.to_addresses, side.cc_addresses) for one in msgspec.json.decode(text, type=list[Mailbox])
    ]
    people = " ".join(f"{one.name} {one.email}" for one in boxes)
    about = f"{ticket.subject} {side.subject} {people} {message.from_name} {message.from_email}"
    await words.keep_beside(message.id, ticket.id, f"{about} {without_links(message.fresh)}")


async def follow(ticket_id: int, place: int) -> None:
    """Let what is beside a ticket, and beside those in it, be found under `place`. In the caller's transaction."""
    await words.move_beside(await _messages(await queries.inside(ticket_id)), place)


async def forget(ticket_ids: Collection[int]) -> None:
    """Let what is beside these tickets be found no more. In the caller's transaction."""
    await words.forget_beside(await _messages(ticket_ids))


async def keep_all(after: int = 0) -> None:
    """The job: make findable what was written before it was (migration 0042), the oldest first."""
    async with transaction():
        rows = await SideMessage.objects().where(SideMessage.id > after).order_by(SideMessage.id).limit(AT_ONCE)
        for row in rows:
            side = await SideConversation.objects().get(SideConversation.id == row.side)
            place = await tickets.place(side.ticket) if side else 0
            ticket = await Ticket.objects().get(Ticket.id == place)
            if side is not None and ticket is not None:
                await keep(side, row, ticket)
        if len(rows) == AT_ONCE:
            await enqueue(keep_all, {"after": int(rows[-1].id)})


async def _messages(ticket_ids: Collection[int]) -> list[int]:
    sides = SideConversation.select(SideConversation.id).where(SideConversation.ticket.is_in([*ticket_ids] or [0]))
    rows = await SideMessage.select(SideMessage.id).where(SideMessage.side.is_in(sides)).order_by(SideMessage.id)
    return [row["id"] for row in rows]
