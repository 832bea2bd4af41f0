"""The office: what statuses and priorities there are, what they are called and look like."""

from typing import Annotated, Any, Final, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets.named import actions, queries
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.naming import CATEGORIES, COLOURS, Priority, Status
from helpdesk.web.render import Html, go, page

Name = Annotated[str, Meta(min_length=1, max_length=40)]
PublicName = Annotated[str, Meta(max_length=40)]
Key = Annotated[str, Meta(max_length=12)]

STATUSES: Final = "/admin/statuses"
PRIORITIES: Final = "/admin/priorities"


class StatusForm(Struct):
    """`goes_to`: what becomes of its tickets when it means something else from now on."""

    name_vi: Name
    name_en: Name
    category: Key = "open"
    public_vi: PublicName = ""
    public_en: PublicName = ""
    colour: Key = ""
    is_active: bool = False
    is_default: bool = False
    goes_to: Key = ""

    def wanted(self) -> actions.WantedStatus:
        return actions.WantedStatus(
            category=self.category,
            name_vi=self.name_vi,
            name_en=self.name_en,
            public_vi=self.public_vi,
            public_en=self.public_en,
            colour=self.colour,
            is_active=self.is_active,
            is_default=self.is_default,
        )


class PriorityForm(Struct):
    name_vi: Name
    name_en: Name
    colour: Key = ""
    is_active: bool = False

    def wanted(self) -> actions.WantedPriority:
        return actions.WantedPriority(
            name_vi=self.name_vi, name_en=self.name_en, colour=self.colour, is_active=self.is_active
        )


class Step(Struct):
    to: Literal["up", "down"]


class Removal(Struct):
    goes_to: Key = ""


class StatusAdmin(Controller):
    """Where a ticket stands, in the desk's own words."""

    path = "/statuses"

    @get()
    async def statuses(self) -> Html:
        every = await queries.known()
        shown = [one for one in every.statuses.values() if not one.is_gone]
        return page("tickets/named/statuses.html", statuses=shown, categories=CATEGORIES)

    @get("/add")
    async def new(self) -> Html:
        return await _edit_status(None, filled(category="open", colour="", is_active=True))

    @post("/add")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, StatusForm)
        if form.data is not None:
            try:
                await actions.add_status(actor, form.data.wanted())
            except Invalid as refusal:
                form = form.refused(refusal)
            else:
                return go(STATUSES, tell=gettext("Tickets can have it now."))
        return await _edit_status(None, form, status=422)

    @get("/{key:str}")
    async def edit(self, key: FromPath[str]) -> Html:
        one = await queries.status(key)
        form = filled(
            name_vi=one.vi,
            name_en=one.en,
            category=one.category,
            public_vi=one.public_vi,
            public_en=one.public_en,
            colour=one.colour,
            is_active=one.is_active,
            is_default=one.is_default,
        )
        return await _edit_status(one, form)

    @post("/{key:str}")
    async def change(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Html | Redirect:
        one = await queries.status(key)
        form = await read(request, StatusForm)
        if form.data is not None:
            try:
                await actions.change_status(actor, key, form.data.wanted(), goes_to=form.data.goes_to)
            except Invalid as refusal:
                form = form.refused(refusal)
            else:
                return go(STATUSES, tell=gettext("Saved."))
        return await _edit_status(one, form, status=422)

    @post("/{key:str}/move")
    async def move(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Redirect:
        step = (await read(request, Step)).data
        if step is not None:
            await actions.move_status(actor, key, up=step.to == "up")
        return go(STATUSES)

    @get("/{key:str}/removal")
    async def sure(self, key: FromPath[str]) -> Html:
        return await _remove_status(await queries.status(key), None)

    @post("/{key:str}/remove")
    async def remove(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Html | Redirect:
        one = await queries.status(key)
        form = await read(request, Removal)
        try:
            await actions.remove_status(actor, key, form.values["goes_to"])
        except Invalid as refusal:
            return await _remove_status(one, form.refused(refusal), status=422)
        except Conflict as refusal:
            return go(STATUSES, tell=refusal, kind="warn")
        return go(
            STATUSES, tell=gettext("“%(name)s” is gone. Its tickets take their new status in a moment.", name=one.name)
        )


class PriorityAdmin(Controller):
    """How urgent tickets can be."""

    path = "/priorities"

    @get()
    async def priorities(self) -> Html:
        every = await queries.known()
        shown = [one for one in reversed(every.priorities.values()) if not one.is_gone]
        return page("tickets/named/priorities.html", priorities=shown)

    @get("/add")
    async def new(self) -> Html:
        return _edit_priority(None, filled(colour="", is_active=True))

    @post("/add")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, PriorityForm)
        if form.data is not None:
            try:
                await actions.add_priority(actor, form.data.wanted())
            except Invalid as refusal:
                form = form.refused(refusal)
            else:
                told = gettext(
                    "It is there now, more urgent than the others. Say in the response times what it promises."
                )
                return go(PRIORITIES, tell=told)
        return _edit_priority(None, form, status=422)

    @get("/{key:str}")
    async def edit(self, key: FromPath[str]) -> Html:
        one = await queries.priority(key)
        form = filled(name_vi=one.vi, name_en=one.en, colour=one.colour, is_active=one.is_active)
        return _edit_priority(one, form)

    @post("/{key:str}")
    async def change(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Html | Redirect:
        one = await queries.priority(key)
        form = await read(request, PriorityForm)
        if form.data is not None:
            try:
                await actions.change_priority(actor, key, form.data.wanted())
            except Invalid as refusal:
                form = form.refused(refusal)
            else:
                return go(PRIORITIES, tell=gettext("Saved."))
        return _edit_priority(one, form, status=422)

    @post("/{key:str}/move")
    async def move(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Redirect:
        step = (await read(request, Step)).data
        if step is not None:
            await actions.move_priority(actor, key, up=step.to == "up")
        return go(PRIORITIES)

    @get("/{key:str}/removal")
    async def sure(self, key: FromPath[str]) -> Html:
        return await _remove_priority(await queries.priority(key), None)

    @post("/{key:str}/remove")
    async def remove(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Html | Redirect:
        one = await queries.priority(key)
        form = await read(request, Removal)
        try:
            await actions.remove_priority(actor, key, form.values["goes_to"])
        except Invalid as refusal:
            return await _remove_priority(one, form.refused(refusal), status=422)
        except Conflict as refusal:
            return go(PRIORITIES, tell=refusal, kind="warn")
        told = gettext("“%(name)s” is gone. Its tickets take their new priority in a moment.", name=one.name)
        return go(PRIORITIES, tell=told)


async def _edit_status(one: Status | None, form: Form[Any], *, status: int = 200) -> Html:
    every = await queries.known()
    return page(
        "tickets/named/status.html",
        status=status,
        named=one,
        form=form,
        categories=[(key, every.statuses[key].name, str(about)) for key, about in CATEGORIES.items()],
        colours=options(COLOURS.items()),
        ways=_ways(one, every.offered_statuses),
        most=queries.MOST_COUNTED,
        count=await queries.count_with_status(one) if one else 0,
    )


def _edit_priority(one: Priority | None, form: Form[Any], *, status: int = 200) -> Html:
    return page("tickets/named/priority.html", status=status, named=one, form=form, colours=options(COLOURS.items()))


async def _remove_status(one: Status, form: Form[Any] | None, *, status: int = 200) -> Html:
    every = await queries.known()
    return page(
        "tickets/named/remove.html",
        status=status,
        named=one,
        form=form,
        base=STATUSES,
        count=await queries.count_with_status(one),
        most=queries.MOST_COUNTED,
        ways=options((other.key, other.name) for other in every.offered_statuses if other.key != one.key),
        usual=one.category,
    )


async def _remove_priority(one: Priority, form: Form[Any] | None, *, status: int = 200) -> Html:
    every = await queries.known()
    return page(
        "tickets/named/remove.html",
        status=status,
        named=one,
        form=form,
        base=PRIORITIES,
        count=await queries.count_with_priority(one.key),
        most=queries.MOST_COUNTED,
        ways=options((other.key, other.name) for other in every.offered_priorities if other.key != one.key),
        usual="normal",
    )


def _ways(one: Status | None, offered: list[Status]) -> list[tuple[str, str]]:
    """What may become of the tickets of a status that is to mean something else."""
    if one is None:
        return []
    stay = (one.key, gettext("They keep “%(name)s” and go along", name=one.name))
    return [stay, *((other.key, gettext("They take “%(name)s”", name=other.name)) for other in offered if other != one)]
