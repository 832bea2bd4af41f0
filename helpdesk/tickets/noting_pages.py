"""Wording a note anew, taking it away, and taking somebody off a ticket: small acts of a ticket's page."""

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import actions, noting, undo
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Body, filled, read
from helpdesk.web.render import Html, go, page


class Reworded(Struct):
    body: Body


class NotePages(Controller):
    path = "/tickets/{ticket_id:int}"

    @get("/notes/{note:int}")
    async def show(self, actor: CurrentActor, ticket_id: FromPath[int], note: FromPath[int]) -> Html:
        body = await noting.own(actor, ticket_id, note)
        return page("tickets/note.html", number=ticket_id, note=note, form=filled(body=body))

    @post("/notes/{note:int}")
    async def change(
        self, actor: CurrentActor, ticket_id: FromPath[int], note: FromPath[int], request: Page
    ) -> Html | Redirect:
        form = await read(request, Reworded)
        if form.data is None:
            await noting.own(actor, ticket_id, note)
            return page("tickets/note.html", number=ticket_id, note=note, form=form, status=422)
        await noting.change(actor, ticket_id, note, form.data.body)
        return await _done(actor, ticket_id, f"#message-{note}")

    @post("/notes/{note:int}/remove")
    async def remove(self, actor: CurrentActor, ticket_id: FromPath[int], note: FromPath[int]) -> Redirect:
        await noting.remove(actor, ticket_id, note)
        return await _done(actor, ticket_id)

    @post("/participants/{person_id:int}/remove")
    async def take_off(self, actor: CurrentActor, ticket_id: FromPath[int], person_id: FromPath[int]) -> Redirect:
        await actions.remove_participant(actor, ticket_id, person_id)
        return await _done(actor, ticket_id)


async def _done(actor: Actor, ticket_id: int, place: str = "") -> Redirect:
    way_back = await undo.way_back(actor, ticket_id)
    return go(f"/desk/tickets/{ticket_id}{place}", tell=gettext("It is done.") if way_back else "", undo=way_back)
