"""What people at the desk may do: roles and their permissions."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.i18n.catalogue import gettext
from helpdesk.people import queries, roles
from helpdesk.people.queries import RoleCard
from helpdesk.people.rules import ADMIN, BUILT_IN, GRANTABLE, RESERVED
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page


class RoleForm(Struct):
    """A built-in role sends no name: it keeps its own."""

    name: Annotated[str, Meta(max_length=60)] = ""
    permissions: list[str] = []


class RoleAdmin(Controller):
    path = "/roles"

    @get()
    async def roles(self) -> Html:
        cards = [card for card in await queries.roles() if card.is_staff]
        return page("admin/roles.html", cards=cards, words={**GRANTABLE, **RESERVED}, built_in=BUILT_IN)

    @get("/new")
    async def new(self) -> Html:
        return _edit(None, filled(name="", permissions=[]))

    @post("/new", status_code=200)
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, RoleForm)
        if form.data is None:
            return _edit(None, form, status=422)
        try:
            await roles.add_role(actor, form.data.name, form.data.permissions)
        except Invalid as refusal:
            return _edit(None, form.refused(refusal), status=422)
        return go("/admin/roles", tell=gettext("The role is added. Give it to people on the page of each."))

    @get("/{key:str}")
    async def role(self, key: FromPath[str]) -> Html:
        card = await _card(key)
        return _edit(card, filled(name=card.called, permissions=card.permissions))

    @post("/{key:str}", status_code=200)
    async def change(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Html | Redirect:
        card, form = await _card(key), await read(request, RoleForm)
        if form.data is None:
            return _edit(card, form, status=422)
        try:
            await roles.change_role(actor, key, name=form.data.name, permissions=form.data.permissions)
        except Invalid as refusal:
            return _edit(card, form.refused(refusal), status=422)
        return go("/admin/roles", tell=gettext("The role is saved and counts from now on."))

    @post("/{key:str}/remove", status_code=200)
    async def remove(self, actor: CurrentActor, key: FromPath[str]) -> Redirect:
        try:
            await roles.remove_role(actor, key)
        except Conflict as refusal:
            return go(f"/admin/roles/{key}", tell=refusal.reason, kind="warn")
        return go("/admin/roles", tell=gettext("The role is removed."))


async def _card(key: str) -> RoleCard:
    card = await queries.role(key)
    if not card.is_staff:
        raise NotFound()
    return card


def _edit(card: RoleCard | None, form: Form[RoleForm], status: int = 200) -> Html:
    return page(
        "admin/roles_edit.html",
        status=status,
        card=card,
        form=form,
        grantable=options(GRANTABLE.items()),
        is_admin=card is not None and card.key == ADMIN,
        is_built_in=card is not None and card.key in BUILT_IN,
    )
