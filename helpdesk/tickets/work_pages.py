"""A ticket's checklist and the time it took, as a part of its page; a page of its own where there is no JavaScript."""

from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Conflict
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import undo, work
from helpdesk.tickets.timing import actions as timing
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Line, OptionalLine, read
from helpdesk.web.render import Html, go, page, part


class NewTask(Struct):
    title: Line


class TaskAct(Struct):
    do: Literal["done", "open", "up", "remove"]


class NewTime(Struct):
    minutes: Annotated[int, Meta(ge=1, le=work.MOST_MINUTES)]
    what: OptionalLine = ""


class WorkPages(Controller):
    path = "/tickets/{ticket_id:int}/work"

    @get()
    async def show(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html:
        found = await work.of_ticket(actor, ticket_id)
        if request.headers.get("hx-request"):
            return part("tickets/_work.html", number=ticket_id, work=found)
        return page("tickets/work.html", number=ticket_id, work=found)

    @post("/tasks")
    async def add_task(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, NewTask)
        if form.data is None:
            await work.worked(actor, ticket_id)
            return go(_place(ticket_id), tell=form.errors["title"], kind="warn")
        try:
            await work.add_task(actor, ticket_id, form.data.title)
        except Conflict as refusal:
            return go(_place(ticket_id), tell=refusal, kind="warn")
        return await _done(actor, ticket_id)

    @post("/tasks/{task:int}")
    async def change_task(
        self, actor: CurrentActor, ticket_id: FromPath[int], task: FromPath[int], request: Page
    ) -> Redirect:
        form = await read(request, TaskAct)
        do = form.data.do if form.data else "open"
        if do == "remove":
            await work.remove_task(actor, ticket_id, task)
        elif do == "up":
            await work.raise_task(actor, ticket_id, task)
        else:
            await work.mark(actor, ticket_id, task, is_done=do == "done")
        return await _done(actor, ticket_id)

    @post("/time")
    async def note_time(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, NewTime)
        if form.data is None:
            await work.worked(actor, ticket_id)
            return go(_place(ticket_id), tell=next(iter(form.errors.values())), kind="warn")
        await timing.note(actor, ticket_id, form.data.minutes, form.data.what)
        return go(_place(ticket_id))

    @post("/time/{entry:int}/remove")
    async def remove_time(self, actor: CurrentActor, ticket_id: FromPath[int], entry: FromPath[int]) -> Redirect:
        await work.remove_time(actor, ticket_id, entry)
        return go(_place(ticket_id))


async def _done(actor: Actor, ticket_id: int) -> Redirect:
    """Back to the checklist, with the way back from what was done to it."""
    way_back = await undo.way_back(actor, ticket_id)
    return go(_place(ticket_id), tell=gettext("It is done.") if way_back else "", undo=way_back)


def _place(ticket_id: int) -> str:
    return f"/desk/tickets/{ticket_id}#work"
