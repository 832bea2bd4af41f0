"""A telephone call in one form: the caller is found by their number, while it is typed or when the form is sent."""

from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.keys import new_token
from helpdesk.core.phone import LONGEST_TYPED
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.people import phones
from helpdesk.people.rules import is_address
from helpdesk.tickets import calls, queries, views
from helpdesk.tickets.calls import Call, Known
from helpdesk.tickets.rules import Priority
from helpdesk.web.actor import CurrentActor, FromQuery, Page
from helpdesk.web.forms import Body, Form, Line, OptionalBody, OptionalLine, filled, read
from helpdesk.web.render import Html, go, page, part


class Begun(Struct, kw_only=True):
    """
    The form while it is filled in. `to` says who called and where it belongs: one of `calls.Known.places`.

    `once` is the form's own key, so that a form sent twice is one call.
    """

    number: Annotated[str, Meta(max_length=LONGEST_TYPED)] = ""
    subject: OptionalLine = ""
    body: OptionalBody = ""
    department: int | None = None
    direction: calls.Direction = "in"
    minutes: Annotated[int, Meta(ge=0, le=calls.MOST_MINUTES)] = 0
    to: OptionalLine = ""
    name: OptionalLine = ""
    email: Annotated[str, Meta(max_length=320)] = ""
    priority: Priority = "normal"
    share: Literal["note", "summary"] = "note"
    solved: bool = False
    once: OptionalLine = ""
    find: bool = False


class NewCall(Begun, kw_only=True):
    """The same when it is sent."""

    number: Annotated[str, Meta(min_length=1, max_length=LONGEST_TYPED)]
    subject: Line
    body: Body
    department: int


class CallPages(Controller):
    path = "/calls"

    @get("/new")
    async def new(self, actor: CurrentActor, number: FromQuery[str] = "") -> Html:
        begun = filled(number=number[:LONGEST_TYPED], direction="in", share="note", priority="normal")
        return await _page(actor, begun, status=200)

    @get("/caller")
    async def caller(
        self,
        actor: CurrentActor,
        number: FromQuery[str] = "",
        to: FromQuery[str] = "",
        name: FromQuery[str] = "",
        email: FromQuery[str] = "",
    ) -> Html:
        """Who has the number that is being typed: a part of the form, with what was filled in there."""
        known = await calls.known(actor, number)
        form = filled(to=to if to in known.places else "", name=name, email=email)
        return part("tickets/_caller.html", known=known, form=form, typed_number=number)

    @post("/new")
    async def log(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        begun = await read(request, Begun)
        if begun.data is not None and begun.data.find:
            return await _page(actor, begun, status=200)
        form = await read(request, NewCall)
        if form.data is None:
            return await _page(actor, form, status=422)
        known = await calls.known(actor, form.data.number)
        if known.people and not form.data.to:
            return await _page(actor, form, status=422, is_found=True)
        try:
            number = await calls.log(actor, await _call(form.data, known))
        except Invalid as refusal:
            return await _page(actor, form.refused(refusal), status=422)
        views.forget_counts()
        if not await queries.is_visible(actor, number):
            return go("/desk", tell=gettext("The call is written down, on ticket #%(number)s.", number=number))
        return go(f"/desk/tickets/{number}", tell=gettext("The call is written down."))


async def _call(new: NewCall, known: Known) -> Call:
    """What the form says. Raises Invalid for what is no number or address, and for a place that is not offered."""
    number = await phones.read(new.number)
    if new.email and not is_address(new.email):
        raise Invalid({"email": phrase("Write an address such as lan@example.vn.")})
    if new.to and new.to not in known.places:
        raise Invalid({"to": phrase("Choose one of the values offered.")})
    kind, _, thing = new.to.partition(":")
    ticket = next((one for one in known.tickets if kind == "ticket" and one.id == int(thing)), None)
    person = ticket.requester if ticket else int(thing) if kind == "person" else None
    return Call(
        number=number,
        words=new.body,
        subject=new.subject,
        direction=new.direction,
        minutes=new.minutes,
        department=new.department,
        person=person,
        is_stranger=new.to == "new",
        name=new.name,
        email=new.email,
        ticket=ticket.id if ticket else None,
        priority=new.priority,
        is_shared=new.share == "summary",
        is_solved=new.solved,
        key=f"form:{new.once}" if new.once else None,
    )


async def _page(actor: Actor, form: Form[Begun] | Form[NewCall], *, status: int, is_found: bool = False) -> Html:
    typed_number = str(form.values.get("number", ""))
    form.values["once"] = form.values.get("once") or new_token()
    return page(
        "tickets/call.html",
        status=status,
        form=form,
        known=await calls.known(actor, typed_number),
        typed_number=typed_number,
        is_found=is_found,
        departments=await all_departments(),
    )
