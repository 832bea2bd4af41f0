"""The customer's word on an answer, on the request's page or on a page of its own."""

from typing import get_args

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.i18n.catalogue import gettext
from helpdesk.surveys import actions, queries
from helpdesk.surveys.actions import Score
from helpdesk.tickets.portal import address, let_in, reader_of
from helpdesk.tickets.queries import ticket_facts
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import OptionalBody, read
from helpdesk.web.render import Html, go, page, part


class Opinion(Struct):
    score: Score
    comment: OptionalBody = ""


class RatingPages(Controller):
    path = "/help/requests/{ticket_id:int}/rating"
    include_in_schema = False

    @get()
    async def show(
        self,
        actor: CurrentActor,
        ticket_id: FromPath[int],
        request: Page,
        key: FromQuery[str] = "",
        score: FromQuery[str] = "",
    ) -> Html | Redirect:
        """`score` is what a link in a letter says; nothing is kept before the form is sent: programs follow links."""
        if key:
            return await let_in(ticket_id, key, "/rating" + (f"?score={score}" if score in get_args(Score) else ""))
        facts = await ticket_facts(await reader_of(actor, ticket_id, request), ticket_id)
        given = await queries.rating(ticket_id)
        to = address(ticket_id, "/rating")
        chosen = score if score in get_args(Score) else ""
        if request.headers.get("hx-request"):
            return part("surveys/_rating.html", ticket=facts, given=given, form=None, action=to, chosen=chosen)
        return page("surveys/rating.html", ticket=facts, given=given, form=None, action=to, chosen=chosen)

    @post()
    async def rate(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        reader = await reader_of(actor, ticket_id, request)
        form = await read(request, Opinion)
        if form.data is None:
            return page(
                "surveys/rating.html",
                status=422,
                ticket=await ticket_facts(reader, ticket_id),
                given=None,
                chosen="",
                form=form,
                action=address(ticket_id, "/rating"),
            )
        await actions.rate(reader, ticket_id, form.data.score, form.data.comment)
        return go(address(ticket_id), tell=gettext("We have your rating, and we read every one."))
