"""Customers as agents see them: found by name, address or number, with what we know of each."""

from typing import Annotated, Any, Final

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Lang
from helpdesk.mail import addresses
from helpdesk.people import access, actions, phones, queries
from helpdesk.people.tiers import LONGEST, tiers
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Email, Form, OptionalLine, filled, options, read
from helpdesk.web.render import Html, go, page

NO_TIER: Final = "-"


class Known(Struct):
    """What agents keep of a customer."""

    email: Email
    lang: Lang
    name: OptionalLine = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    organisation: OptionalLine = ""
    notes: Annotated[str, Meta(max_length=5000)] = ""
    tier: Annotated[str, Meta(max_length=LONGEST)] = ""
    organisation_tier: Annotated[str, Meta(max_length=LONGEST)] = ""


class Customers(Controller):
    path = "/customers"

    @get()
    async def customers(self, actor: CurrentActor, q: FromQuery[str] = "", after: FromQuery[str] = "") -> Html:
        found = await queries.customers(actor, q=q, after=after)
        return page("people/customers.html", found=found, q=q)

    @get("/new")
    async def new(self, actor: CurrentActor, name: FromQuery[str] = "", email: FromQuery[str] = "") -> Html:
        return await _new(filled(name=name, email=email, lang=actor.lang))

    @post("/new", status_code=200)
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, Known)
        if form.data is None:
            return await _new(form, status=422)
        new = form.data
        try:
            person_id = await actions.add_person(
                actor,
                name=new.name,
                email=new.email,
                lang=new.lang,
                phone=new.phone,
                organisation=new.organisation,
                notes=new.notes,
                tier=_chosen(new.tier) or "",
            )
        except Invalid as refusal:
            return await _new(form.refused(refusal), status=422)
        return go(f"/desk/customers/{person_id}", tell=gettext("The customer is added."))

    @get("/{person_id:int}")
    async def customer(self, actor: CurrentActor, person_id: FromPath[int]) -> Html:
        return await _page(actor, person_id)

    @post("/{person_id:int}/write-again")
    async def write_again(self, actor: CurrentActor, person_id: FromPath[int]) -> Redirect:
        profile = await queries.profile(actor, person_id)
        await addresses.forgive(actor, profile.email or "")
        return go(f"/desk/customers/{person_id}", tell=gettext("Letters go to this address again."))

    @post("/{person_id:int}", status_code=200)
    async def change(self, actor: CurrentActor, person_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, Known)
        if form.data is None:
            return await _page(actor, person_id, form)
        new = form.data
        try:
            await actions.change_person(
                actor,
                person_id,
                name=new.name,
                email=new.email,
                phone=new.phone,
                lang=new.lang,
                organisation=new.organisation,
                notes=new.notes,
                tier=_chosen(new.tier),
                organisation_tier=_chosen(new.organisation_tier),
            )
        except Invalid as refusal:
            return await _page(actor, person_id, form.refused(refusal))
        return go(f"/desk/customers/{person_id}", tell=gettext("What we know is saved."))


async def _new(form: Form[Any], *, status: int = 200) -> Html:
    return page("people/new_customer.html", status=status, form=form, tiers=await _tiers())


async def _tiers(*had: str) -> list[tuple[str, str]]:
    """What a tier is chosen from, those that they `had` among them."""
    return options([(NO_TIER, gettext("None")), *((one, one) for one in dict.fromkeys([*await tiers(), *had]) if one)])


def _chosen(tier: str) -> str | None:
    """What was chosen; None where nothing was asked."""
    return {"": None, NO_TIER: ""}.get(tier, tier)


async def _page(actor: Actor, person_id: int, form: Form[Known] | None = None) -> Html:
    profile = await queries.profile(actor, person_id)
    known = filled(
        name=profile.name,
        email=profile.email,
        phone=profile.phone,
        lang=profile.lang,
        organisation=profile.organisation,
        notes=profile.notes,
        tier=profile.tier or NO_TIER,
        organisation_tier=profile.organisation_tier or NO_TIER,
    )
    return page(
        "people/customer.html",
        status=422 if form else 200,
        profile=profile,
        phones=await phones.of(person_id),
        trouble=await addresses.trouble(profile.email or ""),
        form=form or known,
        tiers=await _tiers(profile.tier, profile.organisation_tier or ""),
        may_change=access.may_keep(actor, is_staff=profile.is_staff),
    )
