"""A ticket on paper, and the links that lead to it."""

from litestar import Controller, get

from helpdesk.core.config import config
from helpdesk.core.errors import Forbidden
from helpdesk.departments.queries import all_departments
from helpdesk.tickets import access, queries
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.render import Html, page


class PaperPages(Controller):
    path = "/tickets/{ticket_id:int}"

    @get("/print")
    async def print(self, actor: CurrentActor, ticket_id: FromPath[int], notes: FromQuery[bool] = False) -> Html:
        """What was said to and by the customer, with the `notes` only where they are asked for."""
        thread = await queries.thread(actor, ticket_id)
        places = {department.id: department.name for department in await all_departments()}
        return page(
            "tickets/print.html",
            ticket=thread.ticket,
            participants=thread.participants,
            department=places[thread.ticket.department],
            messages=[one for one in thread.messages if one.kind == "reply" or (notes and one.kind == "note")],
            notes=notes,
            has_notes=any(one.kind == "note" for one in thread.messages),
        )

    @get("/link")
    async def link(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        """The link for colleagues, and the customer's private one. Whoever has that speaks as the customer."""
        ticket = await queries.get(actor, ticket_id)
        if not access.may_work(actor, ticket):
            raise Forbidden()
        private = f"{config().base_url}/{ticket.lang}/help/requests/{ticket.id}?key={access.guest_key(ticket.id)}"
        answer = page(
            "tickets/link.html",
            ticket=await queries.ticket_facts(actor, ticket_id),
            desk_link=f"{config().base_url}/desk/tickets/{ticket.id}",
            private_link=private,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer
