"""Where the composer saves what is typed."""

from typing import Literal

from litestar import Controller, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets.drafts import actions
from helpdesk.tickets.rules import Status
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import OptionalBody, read
from helpdesk.web.render import Html, go, part


class Typed(Struct):
    body: OptionalBody = ""
    mode: Literal["reply", "note"] = "reply"
    then: Status | None = None


class DraftPages(Controller):
    path = "/tickets/{ticket_id:int}/draft"

    @post(status_code=200)
    async def save(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html:
        """Keep what was typed; the answer is what to say of it."""
        form = await read(request, Typed)
        saved_at = None
        if form.data is not None:
            typed = form.data
            saved_at = await actions.save(actor, ticket_id, mode=typed.mode, body=typed.body, status=typed.then or "")
        return part("tickets/_saved.html", status=200 if form.data else 422, saved_at=saved_at)

    @post("/forget")
    async def forget(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await actions.forget(actor, ticket_id)
        return go(f"/desk/tickets/{ticket_id}", tell=gettext("The draft is thrown away."))
