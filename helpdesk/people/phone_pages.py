"""More telephone numbers: of a customer, for agents; one's own, for everybody."""

from typing import Annotated

from litestar import Controller, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.phone import LONGEST_TYPED
from helpdesk.i18n.catalogue import gettext
from helpdesk.people import phones
from helpdesk.web import guards
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import read
from helpdesk.web.render import go


class NewPhone(Struct):
    number: Annotated[str, Meta(min_length=1, max_length=LONGEST_TYPED)]


class CustomerPhones(Controller):
    path = "/customers/{person_id:int}/phones"

    @post()
    async def add(self, actor: CurrentActor, person_id: FromPath[int], request: Page) -> Redirect:
        return await _add(actor, person_id, request, f"/desk/customers/{person_id}")

    @post("/{phone_id:int}/remove")
    async def remove(self, actor: CurrentActor, person_id: FromPath[int], phone_id: FromPath[int]) -> Redirect:
        await phones.remove(actor, person_id, phone_id)
        return go(f"/desk/customers/{person_id}", tell=gettext("The number is removed."))


class OwnPhones(Controller):
    path = "/account/phones"
    guards = [guards.signed_in]
    include_in_schema = False

    @post()
    async def add(self, actor: CurrentActor, request: Page) -> Redirect:
        return await _add(actor, actor.id or 0, request, "/account")

    @post("/{phone_id:int}/remove")
    async def remove(self, actor: CurrentActor, phone_id: FromPath[int]) -> Redirect:
        await phones.remove(actor, actor.id or 0, phone_id)
        return go("/account", tell=gettext("The number is removed."))


async def _add(actor: Actor, person_id: int, request: Page, page: str) -> Redirect:
    form = await read(request, NewPhone)
    if form.data is None:
        return go(page, tell=next(iter(form.errors.values())), kind="warn")
    try:
        await phones.add(actor, person_id, form.data.number)
    except Invalid as refusal:
        return go(page, tell=refusal.errors["number"], kind="warn")
    except Conflict as refusal:
        return go(page, tell=refusal, kind="warn")
    return go(page, tell=gettext("The number is added."))
