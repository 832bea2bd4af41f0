"""A ticket beside its queue, as much of it as helps to choose: a part that the queue's page fetches."""

from litestar import Controller, get

from helpdesk.tickets import queries
from helpdesk.web.actor import CurrentActor, FromPath
from helpdesk.web.render import Html, part

NEWEST = 6
"""Messages that are shown; the ticket's page has them all."""


class TicketPreview(Controller):
    path = "/tickets/{ticket_id:int}/preview"

    @get()
    async def preview(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        ticket = await queries.ticket_facts(actor, ticket_id)
        messages = await queries.messages(actor, ticket_id)
        shown = messages[-NEWEST:]
        return part("tickets/_preview.html", ticket=ticket, messages=shown, left_out=len(messages) - len(shown))
