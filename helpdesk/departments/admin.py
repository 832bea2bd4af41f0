from typing import Annotated, Any, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Invalid
from helpdesk.departments import actions, queries
from helpdesk.departments.actions import Wanted
from helpdesk.departments.queries import DepartmentEntry
from helpdesk.i18n.catalogue import gettext
from helpdesk.mail.outgoing.wording import SIGNATURE, braces
from helpdesk.sla import queries as sla
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

Name = Annotated[str, Meta(min_length=1, max_length=100)]
About = Annotated[str, Meta(max_length=1000)]
Signature = Annotated[str, Meta(max_length=2000)]


class DepartmentForm(Struct):
    """`addresses` has one on each line; commas and semicolons part them too."""

    name_vi: Name
    name_en: Name
    calendar: int
    policy: int
    about_vi: About = ""
    about_en: About = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    address_vi: Annotated[str, Meta(max_length=300)] = ""
    address_en: Annotated[str, Meta(max_length=300)] = ""
    map_url: Annotated[str, Meta(max_length=500)] = ""
    addresses: Annotated[str, Meta(max_length=5000)] = ""
    sender_address: Annotated[str, Meta(max_length=320)] = ""
    lead: int = 0
    signature_vi: Signature = ""
    signature_en: Signature = ""
    is_public: bool = False
    members: list[int] = []

    def wanted(self) -> Wanted:
        return Wanted(
            name_vi=self.name_vi,
            name_en=self.name_en,
            about_vi=self.about_vi,
            about_en=self.about_en,
            phone=self.phone,
            address_vi=self.address_vi,
            address_en=self.address_en,
            map_url=self.map_url,
            calendar=self.calendar,
            policy=self.policy,
            is_public=self.is_public,
            sender_address=self.sender_address,
            lead=self.lead or None,
            signature_vi=self.signature_vi,
            signature_en=self.signature_en,
            addresses=self.addresses.replace(",", " ").replace(";", " ").split(),
            members=self.members,
        )


class Step(Struct):
    to: Literal["up", "down"]


class DepartmentAdmin(Controller):
    """Who answers what: departments, their addresses, hours, promises and people."""

    path = "/departments"

    @get()
    async def departments(self) -> Html:
        return page(
            "departments/departments.html",
            departments=await queries.all_departments(),
            members=await queries.member_counts(),
            calendars={entry.id: entry.name for entry in await sla.calendars()},
            policies={entry.id: entry.name for entry in await sla.policies()},
        )

    @get("/new")
    async def new(self) -> Html:
        return await _edit(None, filled(is_public=True, members=[]))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, DepartmentForm)
        if form.data is None:
            return await _edit(None, form, status=422)
        try:
            added = await actions.add(actor, form.data.wanted())
        except Invalid as refusal:
            return await _edit(None, form.refused(refusal), status=422)
        name = (await queries.department(added)).name
        return go("/admin/departments", tell=gettext("%(name)s is open.", name=name))

    @get("/{department_id:int}")
    async def edit(self, department_id: FromPath[int]) -> Html:
        department = await queries.department(department_id)
        return await _edit(department, await _as_it_is(department))

    @post("/{department_id:int}")
    async def change(self, actor: CurrentActor, department_id: FromPath[int], request: Page) -> Html | Redirect:
        department = await queries.department(department_id)
        form = await read(request, DepartmentForm)
        if form.data is None:
            return await _edit(department, form, status=422)
        try:
            await actions.change(actor, department_id, form.data.wanted())
        except Invalid as refusal:
            return await _edit(department, form.refused(refusal), status=422)
        return go("/admin/departments", tell=gettext("Saved."))

    @post("/{department_id:int}/move")
    async def move(self, actor: CurrentActor, department_id: FromPath[int], request: Page) -> Redirect:
        step = (await read(request, Step)).data
        if step is not None:
            await actions.move(actor, department_id, up=step.to == "up")
        return go("/admin/departments")

    @post("/{department_id:int}/remove")
    async def remove(self, actor: CurrentActor, department_id: FromPath[int]) -> Html | Redirect:
        department = await queries.department(department_id)
        try:
            await actions.remove(actor, department_id)
        except Invalid as refusal:
            return await _edit(department, (await _as_it_is(department)).refused(refusal), status=422)
        return go("/admin/departments", tell=gettext("%(name)s is closed for good.", name=department.name))


async def _as_it_is(department: DepartmentEntry) -> Form[Any]:
    return filled(
        name_vi=department.name_vi,
        name_en=department.name_en,
        about_vi=department.about_vi,
        about_en=department.about_en,
        phone=department.phone,
        address_vi=department.address_vi,
        address_en=department.address_en,
        map_url=department.map_url,
        calendar=department.calendar,
        policy=department.policy,
        is_public=department.is_public,
        addresses="\n".join(department.addresses),
        sender_address=department.sender_address,
        lead=department.lead or 0,
        signature_vi=department.signature_vi,
        signature_en=department.signature_en,
        members=await queries.members(department.id),
    )


async def _edit(department: DepartmentEntry | None, form: Form[Any], *, status: int = 200) -> Html:
    return page(
        "departments/edit.html",
        status=status,
        department=department,
        form=form,
        senders=_senders(department),
        signature_names=braces(SIGNATURE),
        leads=options(
            [(0, gettext("Nobody")), *((colleague.id, colleague.name) for colleague in await queries.colleagues())]
        ),
        colleagues=options((colleague.id, colleague.name) for colleague in await queries.colleagues()),
        calendars=options((entry.id, entry.name) for entry in await sla.calendars()),
        policies=options((entry.id, entry.name) for entry in await sla.policies()),
    )


def _senders(department: DepartmentEntry | None) -> list[tuple[str, str]]:
    """What the address of its letters is chosen from."""
    addresses = department.addresses if department else ()
    return options([("", gettext("The first one")), *((address, address) for address in addresses)])
