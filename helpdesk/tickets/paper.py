"""A ticket on paper, and the links that lead to it."""

from litestar import Controller, get, post
from litestar.response import Redirect

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.core.errors import Forbidden
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext
from helpdesk.settings import store
from helpdesk.tickets import access, private, queries
from helpdesk.tickets.side import queries as side_queries
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.render import Html, go, page


class PaperPages(Controller):
    path = "/tickets/{ticket_id:int}"

    @get("/print")
    async def print(
        self,
        actor: CurrentActor,
        ticket_id: FromPath[int],
        notes: FromQuery[bool] = False,
        sides: FromQuery[bool] = False,
    ) -> Html:
        """What was said to and by the customer; `notes` and `sides` (conversations) only where they are asked for."""
        thread = await queries.thread(actor, ticket_id)
        beside = await side_queries.of_ticket(actor, ticket_id)
        places = {department.id: department.name for department in await all_departments()}
        return page(
            "tickets/print.html",
            ticket=thread.ticket,
            participants=thread.participants,
            department=places[thread.ticket.department],
            messages=[one for one in thread.messages if one.kind == "reply" or (notes and one.kind == "note")],
            notes=notes,
            has_notes=any(one.kind == "note" for one in thread.messages),
            sides=beside if sides else [],
            has_sides=bool(beside),
        )

    @get("/link")
    async def link(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        """The link for colleagues, and what private ones there are."""
        return await _links(actor, ticket_id)

    @post("/link", status_code=200)
    async def make_link(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        """A new private link, shown this once: only its hash is kept, so no later page could tell it."""
        return await _links(actor, ticket_id, await private.make(actor, ticket_id))

    @post("/link/stop")
    async def stop_links(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await private.stop(actor, ticket_id)
        return go(f"/desk/tickets/{ticket_id}/link", tell=gettext("The private links are stopped."))


async def _links(actor: Actor, ticket_id: int, private_link: str = "") -> Html:
    ticket = await queries.get(actor, ticket_id)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    answer = page(
        "tickets/link.html",
        ticket=await queries.ticket_facts(actor, ticket_id),
        desk_link=f"{config().base_url}/desk/tickets/{ticket.id}",
        private_link=private_link,
        working=await private.working(ticket_id),
        days=(await store.get(private.LinkSettings)).days,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
