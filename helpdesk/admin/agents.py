"""Who works at the desk: invited here, given a role and departments, and let go."""

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Lang
from helpdesk.people import actions, queries
from helpdesk.people.queries import Profile
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Email, Form, Line, filled, options, read
from helpdesk.web.render import Html, go, page


class Invitation(Struct):
    """`departments` are ids."""

    name: Line
    email: Email
    role: str
    lang: Lang
    departments: list[int] = []


class Agent(Invitation):
    is_active: bool = False


class AgentAdmin(Controller):
    path = "/agents"

    @get()
    async def agents(self) -> Html:
        agents = await queries.agents()
        departments = await all_departments()
        places = {
            agent.id: ", ".join(place.name for place in departments if place.id in agent.departments)
            for agent in agents
        }
        return page("admin/agents.html", agents=agents, places=places)

    @get("/new")
    async def new(self, actor: CurrentActor) -> Html:
        return await _edit(None, filled(role="agent", lang=actor.lang, departments=[]))

    @post("/new", status_code=200)
    async def invite(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, Invitation)
        if form.data is None:
            return await _edit(None, form, status=422)
        new = form.data
        try:
            await actions.add_person(
                actor,
                name=new.name,
                email=new.email,
                role=new.role,
                lang=new.lang,
                departments=await _known(new.departments),
                invite=True,
            )
        except Invalid as refusal:
            return await _edit(None, form.refused(refusal), status=422)
        return go("/admin/agents", tell=gettext("An invitation is on its way to %(email)s.", email=new.email))

    @get("/{person_id:int}")
    async def agent(self, actor: CurrentActor, person_id: FromPath[int]) -> Html:
        profile = await _agent(actor, person_id)
        departments = next(agent.departments for agent in await queries.agents() if agent.id == person_id)
        known = filled(
            name=profile.name,
            email=profile.email,
            role=profile.role,
            lang=profile.lang,
            departments=departments,
            is_active=profile.is_active,
        )
        return await _edit(profile, known)

    @post("/{person_id:int}", status_code=200)
    async def change(self, actor: CurrentActor, person_id: FromPath[int], request: Page) -> Html | Redirect:
        profile, form = await _agent(actor, person_id), await read(request, Agent)
        if form.data is None:
            return await _edit(profile, form, status=422)
        new = form.data
        try:
            await actions.change_agent(
                actor,
                person_id,
                name=new.name,
                email=new.email,
                lang=new.lang,
                role=new.role,
                departments=await _known(new.departments),
                is_active=new.is_active,
            )
        except Invalid as refusal:
            return await _edit(profile, form.refused(refusal), status=422)
        return go("/admin/agents", tell=gettext("%(name)s is saved.", name=new.name))

    @post("/{person_id:int}/invite", status_code=200)
    async def invite_again(self, actor: CurrentActor, person_id: FromPath[int]) -> Redirect:
        profile = await _agent(actor, person_id)
        await actions.invite(actor, person_id)
        told = gettext("An invitation is on its way to %(email)s.", email=profile.email)
        return go(f"/admin/agents/{person_id}", tell=told)


async def _agent(actor: CurrentActor, person_id: int) -> Profile:
    """Somebody who works at the desk. Raises NotFound for anybody else."""
    profile = await queries.profile(actor, person_id)
    if not profile.is_staff:
        raise NotFound()
    return profile


async def _known(departments: list[int]) -> list[int]:
    """Those of `departments` that there are; one may have been closed while the form was open."""
    there = {department.id for department in await all_departments()}
    return [department for department in departments if department in there]


async def _edit(profile: Profile | None, form: Form[Invitation] | Form[Agent], status: int = 200) -> Html:
    return page(
        "admin/agents_edit.html",
        status=status,
        profile=profile,
        form=form,
        roles=options((role.key, role.called) for role in await queries.roles() if role.is_staff),
        departments=options((department.id, department.name) for department in await all_departments()),
    )
