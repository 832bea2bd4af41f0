"""Saying how a ticket has to do with another one."""

from litestar import Controller, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import linking, undo, views
from helpdesk.tickets.linking import Manual
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import OptionalLine, read
from helpdesk.web.render import go


class Link(Struct):
    """The other ticket by its number, such as `60` or `#60`, and how this one has to do with it."""

    other: OptionalLine = ""
    kind: Manual = "related"


class LinkPages(Controller):
    path = "/tickets/{ticket_id:int}/links"

    @post()
    async def link(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        wanted = (await read(request, Link)).data or Link()
        try:
            await linking.link(actor, ticket_id, views.number_in(wanted.other) or 0, wanted.kind)
        except Invalid as refusal:
            return go(f"/desk/tickets/{ticket_id}", tell=refusal.errors["other"], kind="warn")
        return await _done(actor, ticket_id)

    @post("/remove")
    async def unlink(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        wanted = (await read(request, Link)).data or Link()
        await linking.unlink(actor, ticket_id, views.number_in(wanted.other) or 0, wanted.kind)
        return await _done(actor, ticket_id)


async def _done(actor: Actor, ticket_id: int) -> Redirect:
    way_back = await undo.way_back(actor, ticket_id)
    return go(f"/desk/tickets/{ticket_id}", tell=gettext("It is done.") if way_back else "", undo=way_back)
