"""Jobs that let tickets go from a status or priority to another, some in each transaction."""

from collections.abc import Awaitable, Callable
from typing import Final

from helpdesk.core.db import transaction
from helpdesk.tickets import actions
from helpdesk.tickets.access import Condition
from helpdesk.tickets.named import queries
from helpdesk.tickets.tables import Ticket

IN_ONE: Final = 25
"""Tickets that are changed in one transaction."""
RANKED_IN_ONE: Final = 1000
"""Tickets that are ranked anew in one transaction; nothing else follows from it."""


async def has_tickets(key: str) -> bool:
    """Whether a ticket has this status of the desk's own, be it in the bin."""
    return await Ticket.exists().where(Ticket.named_status == key)


async def change_status(key: str, to: str) -> None:
    """
    The job: let tickets that were called `key` take the status `to`, with the clocks that follow.

    It may be the same one, which means something else by now. A crash begins it again with those that are left.
    """
    queries.forget_all()
    wanted = (await queries.known()).status(to)
    left = (Ticket.named_status == key) & ((Ticket.named_status != wanted.key) | (Ticket.status != wanted.category))
    if not (await queries.known()).statuses[key].is_gone:
        left &= Ticket.status != (await queries.known()).statuses[key].category
    await _go_through(left, lambda ticket: actions.settle_status(ticket, wanted))


async def change_priority(key: str, to: str) -> None:
    """The job: let tickets of priority `key` take the priority `to`, with the promises that follow."""
    queries.forget_all()
    wanted = (await queries.known()).priority(to)
    await _go_through(Ticket.priority == key, lambda ticket: actions.settle_priority(ticket, wanted))


async def rank_anew() -> None:
    """The job: let every ticket know the rank that its priority has by now."""
    queries.forget_all()
    for one in (await queries.known()).priorities.values():
        stale, last = (Ticket.priority == one.key) & (Ticket.rank != one.rank), 0
        while (
            rows := await Ticket.select(Ticket.id)
            .where(stale & (Ticket.id > last))
            .order_by(Ticket.id)
            .limit(RANKED_IN_ONE)
        ):
            last = rows[-1]["id"]
            await Ticket.update({Ticket.rank: one.rank}).where(stale & Ticket.id.is_in([row["id"] for row in rows]))


async def _go_through(left: Condition, change: Callable[[int], Awaitable[None]]) -> None:
    last = 0
    while True:
        rows = await Ticket.select(Ticket.id).where(left & (Ticket.id > last)).order_by(Ticket.id).limit(IN_ONE)
        async with transaction():
            for row in rows:
                await change(row["id"])
        if len(rows) < IN_ONE:
            return
        last = rows[-1]["id"]
