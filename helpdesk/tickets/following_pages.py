"""Following a ticket, and no longer following it."""

from litestar import Controller, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import following, undo
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import read
from helpdesk.web.render import go


class Who(Struct):
    """The colleague who shall follow; without one the agent."""

    person: int | None = None


class FollowPages(Controller):
    path = "/tickets/{ticket_id:int}"

    @post("/follow")
    async def follow(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, Who)
        person = form.data.person if form.data else None
        try:
            await following.follow(actor, ticket_id, person)
        except Invalid as refusal:
            return go(f"/desk/tickets/{ticket_id}", tell=refusal.errors["person"], kind="warn")
        if person is None or person == actor.id:
            return await _done(actor, ticket_id, gettext("You hear of this ticket from now on."))
        return await _done(actor, ticket_id, gettext("Your colleague hears of this ticket from now on."))

    @post("/unfollow")
    async def unfollow(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await following.unfollow(actor, ticket_id)
        return await _done(actor, ticket_id, gettext("You do not follow this ticket any more."))


async def _done(actor: Actor, ticket_id: int, tell: str) -> Redirect:
    return go(f"/desk/tickets/{ticket_id}", tell=tell, undo=await undo.way_back(actor, ticket_id))
