"""Blocking who wrote a ticket, with its way back; and the list of who is blocked, for administrators."""

from typing import Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import undo, views
from helpdesk.tickets.blocking import actions, queries
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Line, filled, read
from helpdesk.web.render import Html, go, page


class Who(Struct):
    """Whom to block of a ticket."""

    what: Literal["address", "domain"] = "address"


class Pattern(Struct):
    pattern: Line


class BlockPages(Controller):
    path = "/"

    @post("/tickets/{ticket_id:int}/block")
    async def block(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        wanted = (await read(request, Who)).data or Who()
        try:
            blocked = await actions.block_sender_of(actor, ticket_id, whole_domain=wanted.what == "domain")
        except Invalid as refusal:
            return go(f"/desk/tickets/{ticket_id}", tell=refusal.errors["pattern"], kind="warn")
        views.forget_counts()
        tell = gettext("#%(number)s is in the bin, and so will be all letters of its sender.", number=ticket_id)
        if blocked is None:
            return go("/desk", tell=tell, undo=await undo.way_back(actor, ticket_id))
        binned = await undo.newest(actor, ticket_id)
        return go("/desk", tell=tell, undo=f"/desk/blocked/{blocked}/undo/{binned}" if binned else "")

    @post("/blocked/{blocked_id:int}/undo/{number:int}")
    async def take_back(self, actor: CurrentActor, blocked_id: FromPath[int], number: FromPath[int]) -> Redirect:
        """Let the sender's letters come in again, and its ticket out of the bin."""
        ticket = await undo.ticket_of(actor, number)
        pattern = await actions.unblock(actor, blocked_id)
        try:
            await undo.take_back(actor, number)
        except Conflict as refusal:
            return go("/desk", tell=refusal.reason, kind="warn")
        views.forget_counts()
        return go(f"/desk/tickets/{ticket}", tell=_told(pattern))


class BlockAdmin(Controller):
    path = "/blocked"

    @get()
    async def blocked(self, actor: CurrentActor, after: FromQuery[str | None] = None) -> Html:
        found = await queries.listed(actor, after=after)
        return page("tickets/blocked.html", found=found, form=filled(pattern=""))

    @post()
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, Pattern)
        if form.data is not None:
            try:
                await actions.block(actor, form.data.pattern)
            except Invalid as refusal:
                form = form.refused(refusal)
            else:
                return go("/admin/blocked", tell=gettext("Saved."))
        return page("tickets/blocked.html", found=await queries.listed(actor), form=form, status=422)

    @post("/{blocked_id:int}/remove")
    async def remove(self, actor: CurrentActor, blocked_id: FromPath[int]) -> Redirect:
        return go("/admin/blocked", tell=_told(await actions.unblock(actor, blocked_id)))


def _told(pattern: str) -> str:
    return gettext("Letters of %(sender)s come in again.", sender=pattern)
