"""The office: which fields tickets have, and which carriers bring parcels."""

from typing import Annotated, Any, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets.fields import actions, queries, rules, tracking
from helpdesk.tickets.fields.queries import FieldEntry
from helpdesk.tickets.fields.rules import KINDS, Kind
from helpdesk.tickets.fields.tracking import BadShape, CarrierEntry, Found
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Help = Annotated[str, Meta(max_length=300)]
Link = Annotated[str, Meta(max_length=500)]
Shapes = Annotated[str, Meta(max_length=300)]

FIELDS = "/admin/fields"
CARRIERS = "/admin/carriers"


class FieldForm(Struct):
    """`department` 0 stands for all of them, `choices` has one on each line; the kind is asked once."""

    name_vi: Name
    name_en: Name
    kind: Kind = "text"
    help_vi: Help = ""
    help_en: Help = ""
    department: int = 0
    choices: Annotated[str, Meta(max_length=12_000)] = ""
    link: Link = ""
    is_of_topics: bool = False
    is_public: bool = False
    is_asked: bool = False
    is_needed: bool = False

    def wanted(self) -> actions.Wanted:
        return actions.Wanted(
            name_vi=self.name_vi,
            name_en=self.name_en,
            kind=self.kind,
            help_vi=self.help_vi,
            help_en=self.help_en,
            department=self.department or None,
            choices=self.choices,
            link=self.link,
            is_of_topics=self.is_of_topics,
            is_public=self.is_public,
            is_asked=self.is_asked,
            is_needed=self.is_needed,
        )


class CarrierForm(Struct):
    """A carrier, and words to try it out on: `act` is save or try."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    called: Annotated[str, Meta(max_length=200)] = ""
    link: Link = ""
    sure: Shapes = ""
    near: Shapes = ""
    is_active: bool = False
    sample: Annotated[str, Meta(max_length=5000)] = ""
    act: Annotated[str, Meta(max_length=8)] = "save"

    def wanted(self) -> actions.WantedCarrier:
        return actions.WantedCarrier(
            name=self.name,
            called=self.called,
            link=self.link,
            sure=self.sure,
            near=self.near,
            is_active=self.is_active,
        )


class Step(Struct):
    to: Literal["up", "down"]


class FieldStep(Struct):
    to: Literal["up", "down", "archive", "restore"]


class FieldAdmin(Controller):
    """What tickets are asked for besides what every ticket has."""

    path = "/fields"

    @get()
    async def fields(self) -> Html:
        return page(
            "tickets/fields/admin.html",
            fields=[*(await queries.everything()).values()],
            kinds=KINDS,
            departments={one.id: one.name for one in await all_departments()},
        )

    @get("/new")
    async def new(self) -> Html:
        return await _edit(None, filled(kind="text", department=0))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, FieldForm)
        if form.data is None:
            return await _edit(None, form, status=422)
        try:
            await actions.add(actor, form.data.wanted())
        except Invalid as refusal:
            return await _edit(None, form.refused(refusal), status=422)
        return go(FIELDS, tell=gettext("Tickets have the field now."))

    @get("/{field_id:int}")
    async def edit(self, field_id: FromPath[int]) -> Html:
        field = await queries.field(field_id)
        return await _edit(field, _as_it_is(field))

    @post("/{field_id:int}")
    async def change(self, actor: CurrentActor, field_id: FromPath[int], request: Page) -> Html | Redirect:
        field = await queries.field(field_id)
        form = await read(request, FieldForm)
        if form.data is None:
            return await _edit(field, form, status=422)
        try:
            await actions.change(actor, field_id, form.data.wanted())
        except Invalid as refusal:
            return await _edit(field, form.refused(refusal), status=422)
        return go(FIELDS, tell=gettext("Saved."))

    @post("/{field_id:int}/move")
    async def move(self, actor: CurrentActor, field_id: FromPath[int], request: Page) -> Redirect:
        step = (await read(request, FieldStep)).data
        if step is not None and step.to in {"archive", "restore"}:
            try:
                await actions.archive(actor, field_id, is_back=step.to == "restore")
            except Conflict as refusal:
                return go(f"{FIELDS}/{field_id}", tell=refusal, kind="warn")
        elif step is not None:
            await actions.move(actor, field_id, up=step.to == "up")
        return go(FIELDS)

    @post("/{field_id:int}/remove")
    async def remove(self, actor: CurrentActor, field_id: FromPath[int]) -> Redirect:
        try:
            await actions.remove(actor, field_id)
        except Conflict as refusal:
            return go(f"{FIELDS}/{field_id}", tell=refusal, kind="warn")
        return go(FIELDS, tell=gettext("The field is gone."))


class CarrierAdmin(Controller):
    """Who brings parcels."""

    path = "/carriers"

    @get()
    async def carriers(self) -> Html:
        return page("tickets/fields/carriers.html", carriers=await queries.carriers())

    @get("/new")
    async def new(self) -> Html:
        return await _edit_carrier(None, filled(is_active=True))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, CarrierForm)
        if form.data is None or form.data.act == "try":
            return await _tried(None, form)
        try:
            await actions.add_carrier(actor, form.data.wanted())
        except Invalid as refusal:
            return await _edit_carrier(None, form.refused(refusal), status=422)
        return go(CARRIERS, tell=gettext("Its numbers are recognised from now on."))

    @get("/{carrier_id:int}")
    async def edit(self, carrier_id: FromPath[int]) -> Html:
        carrier = await queries.carrier(carrier_id)
        form = filled(
            name=carrier.name,
            called=carrier.called,
            link=carrier.link,
            sure=carrier.sure,
            near=carrier.near,
            is_active=carrier.is_active,
        )
        return await _edit_carrier(carrier, form)

    @post("/{carrier_id:int}")
    async def change(self, actor: CurrentActor, carrier_id: FromPath[int], request: Page) -> Html | Redirect:
        carrier = await queries.carrier(carrier_id)
        form = await read(request, CarrierForm)
        if form.data is None or form.data.act == "try":
            return await _tried(carrier, form)
        try:
            await actions.change_carrier(actor, carrier_id, form.data.wanted())
        except Invalid as refusal:
            return await _edit_carrier(carrier, form.refused(refusal), status=422)
        return go(CARRIERS, tell=gettext("Saved."))

    @post("/{carrier_id:int}/move")
    async def move(self, actor: CurrentActor, carrier_id: FromPath[int], request: Page) -> Redirect:
        step = (await read(request, Step)).data
        if step is not None:
            await actions.move_carrier(actor, carrier_id, up=step.to == "up")
        return go(CARRIERS)

    @post("/{carrier_id:int}/remove")
    async def remove(self, actor: CurrentActor, carrier_id: FromPath[int]) -> Redirect:
        await actions.remove_carrier(actor, carrier_id)
        return go(CARRIERS, tell=gettext("The carrier is gone."))


def _as_it_is(field: FieldEntry) -> Form[Any]:
    return filled(
        name_vi=field.name_vi,
        name_en=field.name_en,
        kind=field.kind,
        help_vi=field.help_vi,
        help_en=field.help_en,
        department=field.department or 0,
        choices=rules.choices_as_text(field.choices),
        link=field.link,
        is_of_topics=field.is_of_topics,
        is_public=field.is_public,
        is_asked=field.is_asked,
        is_needed=field.is_needed,
    )


async def _edit(field: FieldEntry | None, form: Form[Any], *, status: int = 200) -> Html:
    departments = [(0, gettext("All departments")), *((one.id, one.name) for one in await all_departments())]
    return page(
        "tickets/fields/edit.html",
        status=status,
        field=field,
        form=form,
        kinds=options(KINDS.items()),
        departments=options(departments),
    )


async def _tried(carrier: CarrierEntry | None, form: Form[CarrierForm]) -> Html:
    """The form again, with what would be recognised in the sample were it saved."""
    if form.data is None:
        return await _edit_carrier(carrier, form, status=422)
    wanted = form.data.wanted()
    changed = CarrierEntry(
        carrier.id if carrier else 0,
        carrier.code if carrier else "",
        *(wanted.name, wanted.called, wanted.link, wanted.sure, wanted.near, wanted.is_active),
    )
    others = await queries.carriers()
    known = [changed if one.id == changed.id else one for one in others] if carrier else [*others, changed]
    try:
        found = tracking.recognise(form.data.sample, known)
    except BadShape as wrong:
        field = "near" if _is_fine(wanted.sure) else "sure"
        return await _edit_carrier(carrier, form.refused(Invalid({field: wrong.reason})), status=422)
    return await _edit_carrier(carrier, form, found=found)


def _is_fine(shapes: str) -> bool:
    try:
        tracking.pattern(shapes)
    except BadShape:
        return False
    return True


async def _edit_carrier(
    carrier: CarrierEntry | None, form: Form[Any], *, found: list[Found] | None = None, status: int = 200
) -> Html:
    return page("tickets/fields/carrier.html", status=status, carrier=carrier, form=form, found=found)
