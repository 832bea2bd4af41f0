"""Addresses that letters do not reach, or that programs of ours may not write to, and the way back."""

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.i18n.catalogue import gettext
from helpdesk.mail import addresses
from helpdesk.web.actor import CurrentActor, FromQuery, Page
from helpdesk.web.forms import Email, read
from helpdesk.web.render import Html, go, page


class Address(Struct):
    email: Email


class AddressAdmin(Controller):
    path = "/addresses"

    @get()
    async def unreached(self, actor: CurrentActor, after: FromQuery[str | None] = None) -> Html:
        return page("mailroom/unreached.html", found=await addresses.listed(actor, after=after))

    @post()
    async def write_again(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, Address)
        if form.data is None:
            return go("/admin/addresses")
        await addresses.forgive(actor, form.data.email)
        return go("/admin/addresses", tell=gettext("Letters go to this address again."))
