"""Side conversations as agents see them: asking a third party, reading its answers, going on, closing."""

from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.response import File as Download
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.files.serve import download
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import queries as tickets
from helpdesk.tickets import uploads, views, work
from helpdesk.tickets.queries import MessageRow
from helpdesk.tickets.said import typed
from helpdesk.tickets.side import actions, queries
from helpdesk.tickets.side.actions import Chosen, Wanted
from helpdesk.tickets.unsent import hold_seconds
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Body, Form, Line, filled, read
from helpdesk.web.render import Html, go, page

Addresses = Annotated[str, Meta(min_length=1, max_length=2000)]


class Words(Struct):
    """What goes to a third party: `quote` and `file` are the messages and files of the ticket that go along."""

    body: Body
    quote: list[int] = []
    file: list[int] = []
    files: list[UploadFile] = []


class NewSide(Words):
    """The first letter of a conversation."""

    to: Addresses = ""
    cc: Annotated[str, Meta(max_length=2000)] = ""
    about: Line = ""
    hold: bool = False
    wakes: bool = False


class SidePages(Controller):
    path = "/tickets/{ticket_id:int}/sides"

    @get("/new")
    async def new(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        return await _new(actor, ticket_id, filled(wakes=True), status=200)

    @post("/new")
    async def start(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, NewSide)
        if form.data is None:
            return await _new(actor, ticket_id, form, status=422)
        new = form.data
        wanted = Wanted(subject=new.about, to=new.to, cc=new.cc, hold=new.hold, wakes=new.wakes)
        try:
            said = typed(new.body, channel="web", files=await uploads.keep(new.files))
            hold = await hold_seconds()
            chosen = Chosen(new.quote, new.file)
            side = await actions.start(actor, ticket_id, wanted, said, chosen, hold_seconds=hold)
        except Invalid as refusal:
            return await _new(actor, ticket_id, form.refused(refusal), status=422)
        views.forget_counts()
        told = "" if hold else gettext("Your question is on its way. The customer does not see it.")
        return go(f"/desk/tickets/{ticket_id}#side-{side}", tell=told)

    @get("/{side:int}")
    async def show(
        self, actor: CurrentActor, ticket_id: FromPath[int], side: FromPath[int], before: FromQuery[int | None] = None
    ) -> Html:
        """The newest messages; older ones lie `before` the first of a page."""
        return await _show(actor, ticket_id, side, before=before)

    @post("/{side:int}/messages")
    async def write(
        self, actor: CurrentActor, ticket_id: FromPath[int], side: FromPath[int], request: Page
    ) -> Html | Redirect:
        form = await read(request, Words)
        if form.data is None:
            return await _show(actor, ticket_id, side, form)
        try:
            said = typed(form.data.body, channel="web", files=await uploads.keep(form.data.files))
            await actions.write(actor, side, said, Chosen(form.data.quote, form.data.file))
        except Invalid as refusal:
            return await _show(actor, ticket_id, side, form.refused(refusal))
        told = gettext("Your words are on their way. The customer does not see them.")
        return go(f"/desk/tickets/{ticket_id}/sides/{side}", tell=told)

    @post("/{side:int}/messages/{side_message:int}/send-again")
    async def send_again(
        self, actor: CurrentActor, ticket_id: FromPath[int], side: FromPath[int], side_message: FromPath[int]
    ) -> Redirect:
        await actions.send_again(actor, side, side_message)
        return go(f"/desk/tickets/{ticket_id}/sides/{side}", tell=gettext("It is sent again now."))

    @post("/{side:int}/undo")
    async def take_back(self, actor: CurrentActor, ticket_id: FromPath[int], side: FromPath[int]) -> Redirect:
        try:
            await actions.take_back(actor, side)
        except Conflict as refusal:
            return go(f"/desk/tickets/{ticket_id}", tell=refusal, kind="warn")
        return go(f"/desk/tickets/{ticket_id}", tell=gettext("It is not sent. You can go on writing."))

    @post("/{side:int}/close")
    async def close(self, actor: CurrentActor, ticket_id: FromPath[int], side: FromPath[int]) -> Redirect:
        await actions.close(actor, side)
        return go(f"/desk/tickets/{ticket_id}#side-{side}", tell=gettext("The side conversation is closed."))

    @post("/{side:int}/reopen")
    async def reopen(self, actor: CurrentActor, ticket_id: FromPath[int], side: FromPath[int]) -> Redirect:
        await actions.reopen(actor, side)
        return go(f"/desk/tickets/{ticket_id}/sides/{side}", tell=gettext("The side conversation is open again."))

    @get("/{side:int}/files/{side_file:int}")
    async def file(
        self, actor: CurrentActor, ticket_id: FromPath[int], side: FromPath[int], side_file: FromPath[int]
    ) -> Download:
        row = await queries.file(actor, side, side_file)
        return download(row.sha256, row.filename, row.content_type)


async def _new(actor: Actor, ticket_id: int, form: Form[Any], *, status: int) -> Html:
    await work.worked(actor, ticket_id)
    return page(
        "tickets/side/new.html",
        status=status,
        form=form,
        ticket=await tickets.ticket_facts(actor, ticket_id),
        public=await _public(actor, ticket_id),
    )


async def _show(
    actor: Actor, ticket_id: int, side_id: int, form: Form[Any] | None = None, *, before: int | None = None
) -> Html:
    side = await queries.page(actor, side_id, before)
    if await tickets.place(side.ticket) != await tickets.place(ticket_id):
        raise NotFound()
    return page(
        "tickets/side/show.html",
        status=422 if form else 200,
        form=form,
        side=side,
        ticket=await tickets.ticket_facts(actor, ticket_id),
        public=await _public(actor, ticket_id),
    )


async def _public(actor: Actor, ticket_id: int) -> list[MessageRow]:
    """What may be quoted: what the customer sees, too."""
    return [one for one in await tickets.messages(actor, ticket_id) if one.kind == "reply"]
