"""Handing a ticket over to the next department, and giving it back."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import handing_over, queries, undo, views
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, read
from helpdesk.web.render import Html, go, page

Note = Annotated[str, Meta(max_length=10_000)]


class Handing(Struct):
    """`department` is whom it is handed over to; `back` who handed it over, and gets it back."""

    department: int = 0
    back: int = 0
    note: Note = ""


class HandingPages(Controller):
    path = "/tickets/{ticket_id:int}/hand-over"

    @get()
    async def choose(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        return await _page(actor, ticket_id, None)

    @post()
    async def hand_over(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, Handing)
        if form.data is None:
            return await _page(actor, ticket_id, form)
        try:
            if form.data.department:
                await handing_over.hand_over(actor, ticket_id, form.data.department, form.data.note)
            else:
                await handing_over.give_back(actor, ticket_id, form.data.note, to=form.data.back)
        except Invalid as refusal:
            return await _page(actor, ticket_id, form.refused(refusal))
        views.forget_counts()
        place = f"/desk/tickets/{ticket_id}" if await queries.is_visible(actor, ticket_id) else "/desk"
        tell = gettext("It is handed over.") if form.data.department else gettext("It is given back.")
        return go(place, tell=tell, undo=await undo.way_back(actor, ticket_id))


async def _page(actor: Actor, ticket_id: int, form: Form[Handing] | None) -> Html:
    return page(
        "tickets/hand_over.html",
        status=422 if form else 200,
        ticket=await queries.ticket_facts(actor, ticket_id),
        offer=await handing_over.offer_of(actor, ticket_id),
        form=form,
    )
