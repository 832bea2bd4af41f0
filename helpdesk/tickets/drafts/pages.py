"""Where the composer saves what is typed."""

from typing import Literal

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import access, queries, uploads
from helpdesk.tickets.drafts import actions, presence
from helpdesk.tickets.drafts.queries import PassedOn
from helpdesk.tickets.rules import Status
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import OptionalBody, read
from helpdesk.web.render import Html, go, part


class Typed(PassedOn):
    """What the composer holds so far."""

    body: OptionalBody = ""
    mode: Literal["reply", "note", "forward"] = "reply"
    then: Status | None = None


class Beat(Struct):
    """What an open page says of itself."""

    state: Literal["looks", "types", "leaves"] = "looks"


class PresencePages(Controller):
    path = "/tickets/{ticket_id:int}/presence"

    @get()
    async def show(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        """Who else is here."""
        await queries.ticket_facts(actor, ticket_id)
        return part("tickets/_presence.html", here=await presence.others(actor, ticket_id))

    @post(status_code=200)
    async def beat(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html:
        """Note that the actor is here; who else is."""
        form = await read(request, Beat)
        state = form.data.state if form.data else "looks"
        if state == "leaves":
            await presence.gone(actor, ticket_id)
        else:
            await presence.here(actor, ticket_id, is_typing=state == "types")
        return part("tickets/_presence.html", here=await presence.others(actor, ticket_id))


class Sent(Struct):
    files: list[UploadFile] = []


class UploadPages(Controller):
    """Files that travel while an agent still writes; the form carries a ticket for each."""

    path = "/tickets/{ticket_id:int}/uploads"

    @post(status_code=200)
    async def keep(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html:
        if not access.may_work(actor, await queries.get(actor, ticket_id)):
            raise Forbidden()
        form = await read(request, Sent)
        try:
            files = await uploads.keep(form.data.files if form.data else [])
        except Invalid as refusal:
            return part("tickets/_kept.html", status=422, refused=refusal.errors["files"])
        return part("tickets/_kept.html", kept=[(uploads.ticket_for(file), file.filename) for file in files])


class DraftPages(Controller):
    path = "/tickets/{ticket_id:int}/draft"

    @post(status_code=200)
    async def save(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html:
        """Keep what was typed; the answer is what to say of it."""
        form = await read(request, Typed)
        saved_at = None
        if form.data is not None:
            typed = form.data
            along = PassedOn(typed.to, typed.about, typed.quote, typed.file, typed.hold)
            saved_at = await actions.save(
                actor,
                ticket_id,
                mode=typed.mode,
                body=typed.body,
                status=typed.then if typed.then in naming.current().statuses else "",
                passed_on=along if typed.mode == "forward" else None,
            )
        return part("tickets/_saved.html", status=200 if form.data else 422, saved_at=saved_at)

    @post("/forget")
    async def forget(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await actions.forget(actor, ticket_id)
        return go(f"/desk/tickets/{ticket_id}", tell=gettext("The draft is thrown away."))
