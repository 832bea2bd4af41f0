"""Tickets that are found by what their topic is called, when it is called otherwise."""

from typing import Final

from helpdesk.core.db import locked, transaction
from helpdesk.jobs.queue import CAN_WAIT, enqueue
from helpdesk.tickets.fields import answers
from helpdesk.tickets.tables import Ticket
from helpdesk.topics.events import RequestTopicChanged

IN_ONE: Final = 50
"""Tickets in one transaction; others wait so long."""


async def of_topic(event: RequestTopicChanged) -> None:
    """Reaction: let the tickets of one that is renamed be found by its new name."""
    await find_anew(event.request_topic, 0)


async def find_anew(topic: int, after: int) -> None:
    """Job: let tickets of a topic be found by what it is called now, some of those `after` a number, then the next."""
    async with transaction():
        those = (Ticket.topic == topic) & (Ticket.id > after)
        tickets = await locked(Ticket.objects().where(those).order_by(Ticket.id).limit(IN_ONE))
        for ticket in tickets:
            await answers.keep_words(ticket)
        if len(tickets) == IN_ONE:
            await enqueue(find_anew, {"topic": topic, "after": tickets[-1].id}, patience=CAN_WAIT)
