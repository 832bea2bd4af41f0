"""Canned replies and macros: the list, and a page for each."""

from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.departments.queries import all_departments, colleagues
from helpdesk.i18n.catalogue import gettext
from helpdesk.mail.outgoing.wording import LONGEST, braces
from helpdesk.tickets.canned import access, actions, queries
from helpdesk.tickets.canned.queries import EXPLAINED, Canned
from helpdesk.tickets.rules import Priority, Status
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Folder = Annotated[str, Meta(max_length=100)]
Words = Annotated[str, Meta(max_length=LONGEST)]


class CannedForm(Struct):
    """`tags` are separated by commas; `department` 0 stands for all of them, `move_to` 0 for where the ticket is."""

    name: Name
    folder: Folder = ""
    department: int = 0
    body_vi: Words = ""
    body_en: Words = ""
    status: Status | None = None
    priority: Priority | None = None
    assign: Annotated[str, Meta(max_length=12)] = ""
    tags: Annotated[str, Meta(max_length=1000)] = ""
    move_to: int = 0

    def wanted(self) -> actions.Wanted:
        return actions.Wanted(
            name=self.name,
            folder=self.folder,
            department=self.department or None,
            body_vi=self.body_vi,
            body_en=self.body_en,
            status=self.status or "",
            priority=self.priority or "",
            assign=self.assign,
            tags=self.tags.split(","),
            move_to=self.move_to or None,
        )


class CannedPages(Controller):
    path = "/replies"

    @get()
    async def replies(self, actor: CurrentActor, q: FromQuery[str] = "") -> Html:
        found = await queries.everything(actor, q[:200])
        folders = {one.folder: [other for other in found if other.folder == one.folder] for one in found}
        return page(
            "tickets/canned/replies.html",
            folders=folders,
            q=q,
            departments={one.id: one.name for one in await all_departments()},
            people={str(one.id): one.name for one in await colleagues()},
            may_add=access.may_keep_any(actor),
        )

    @get("/new")
    async def new(self, actor: CurrentActor) -> Html:
        if not access.may_keep_any(actor):
            raise Forbidden()
        own = min(actor.departments, default=0)
        return await _edit(actor, None, filled(department=0 if access.may_keep(actor, None) else own))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, CannedForm)
        if form.data is None:
            return await _edit(actor, None, form, status=422)
        try:
            await actions.add(actor, form.data.wanted())
        except Invalid as refusal:
            return await _edit(actor, None, form.refused(refusal), status=422)
        return go("/desk/replies", tell=gettext("“%(name)s” can be used now.", name=form.data.name))

    @get("/{canned_id:int}")
    async def edit(self, actor: CurrentActor, canned_id: FromPath[int]) -> Html:
        one = await queries.canned(actor, canned_id)
        return await _edit(actor, one, _as_it_is(one))

    @post("/{canned_id:int}")
    async def change(self, actor: CurrentActor, canned_id: FromPath[int], request: Page) -> Html | Redirect:
        one = await queries.canned(actor, canned_id)
        form = await read(request, CannedForm)
        if form.data is None:
            return await _edit(actor, one, form, status=422)
        try:
            await actions.change(actor, canned_id, form.data.wanted())
        except Invalid as refusal:
            return await _edit(actor, one, form.refused(refusal), status=422)
        return go("/desk/replies", tell=gettext("Saved."))

    @post("/{canned_id:int}/remove")
    async def remove(self, actor: CurrentActor, canned_id: FromPath[int]) -> Redirect:
        one = await queries.canned(actor, canned_id)
        await actions.remove(actor, canned_id)
        return go("/desk/replies", tell=gettext("“%(name)s” is removed.", name=one.name))


def _as_it_is(one: Canned) -> Form[Any]:
    return filled(
        name=one.name,
        folder=one.folder,
        department=one.department or 0,
        body_vi=one.body_vi,
        body_en=one.body_en,
        status=one.status,
        priority=one.priority,
        assign=one.assign,
        tags=", ".join(one.tags),
        move_to=one.move_to or 0,
    )


async def _edit(actor: Actor, one: Canned | None, form: Form[Any], *, status: int = 200) -> Html:
    leave = ("", gettext("Leave it as it is"))
    return page(
        "tickets/canned/edit.html",
        status=status,
        canned=one,
        form=form,
        may_keep=one is None or access.may_keep(actor, one.department),
        folders=await queries.folders(actor),
        names=[(braces([name]), meaning) for name, meaning in EXPLAINED.items()],
        departments=await _departments(actor, one),
        places=options(
            [(0, gettext("Leave it as it is")), *((entry.id, entry.name) for entry in await all_departments())]
        ),
        statuses=options([leave, *naming.current().statuses_with(form.values.get("status", ""))]),
        priorities=options([leave, *naming.current().priorities_with(form.values.get("priority", ""))]),
        people=options(
            [
                leave,
                ("me", gettext("Whoever uses it")),
                ("nobody", gettext("Nobody")),
                *((colleague.id, colleague.name) for colleague in await colleagues()),
            ]
        ),
    )


async def _departments(actor: Actor, one: Canned | None) -> list[tuple[str, str]]:
    """Those the actor may choose, and the one it has."""
    entries = [(0, gettext("All departments")), *((entry.id, entry.name) for entry in await all_departments())]
    own = (one.department or 0) if one else None
    return options(entry for entry in entries if entry[0] == own or access.may_keep(actor, entry[0] or None))
