"""Why a ticket has the promise that it has, and what else would fit it as it is now."""

from litestar import Controller, get

from helpdesk.tickets import promising, queries
from helpdesk.web.actor import CurrentActor, FromPath
from helpdesk.web.render import Html, page


class PromisePages(Controller):
    path = "/tickets/{ticket_id:int}"

    @get("/promise")
    async def promise(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        ticket = await queries.get(actor, ticket_id)
        return page(
            "tickets/promise.html",
            ticket=ticket,
            promised=await promising.in_words(ticket.promise),
            fitting=await promising.others(ticket),
        )
