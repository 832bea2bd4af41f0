"""The desk: who is here, how much each has, and who is away until when."""

from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.assignment import access, actions, presence, queries
from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.i18n.catalogue import gettext, ngettext
from helpdesk.tickets import views
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, read
from helpdesk.web.render import Html, go, page


class Going(Struct):
    """`until` is a local date and time, for `own`; empty: until further word."""

    how: Literal["hour", "day", "own"] = "own"
    until: Annotated[str, Meta(max_length=40)] = ""
    reason: Annotated[str, Meta(max_length=presence.LONGEST_REASON)] = ""


class TeamPages(Controller):
    path = "/team"

    @get()
    async def team(self, actor: CurrentActor) -> Html:
        return page(
            "assignment/team.html",
            teams=await queries.teams(actor),
            skills={one.id: one.name for one in await queries.skills()},
        )

    @get("/{person_id:int}")
    async def agent(self, actor: CurrentActor, person_id: FromPath[int]) -> Html:
        return await _agent(actor, person_id, filled(how="own"))

    @post("/{person_id:int}/away")
    async def go_away(self, actor: CurrentActor, person_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, Going)
        if form.data is None:
            return await _agent(actor, person_id, form, status=422)
        try:
            until = await presence.until(person_id, form.data.how, form.data.until, now(), actor.tz)
            await presence.go_away(actor, person_id, until, form.data.reason)
        except Invalid as refusal:
            return await _agent(actor, person_id, form.refused(refusal), status=422)
        is_me = person_id == actor.id
        tell = gettext("You get no tickets until you are back.") if is_me else gettext("They get no tickets for now.")
        return go(_back(actor, person_id), tell=tell)

    @post("/{person_id:int}/back")
    async def come_back(self, actor: CurrentActor, person_id: FromPath[int]) -> Redirect:
        await presence.come_back(actor, person_id)
        is_me = person_id == actor.id
        return go(
            _back(actor, person_id),
            tell=gettext("Welcome back.") if is_me else gettext("They get tickets again."),
        )

    @post("/{person_id:int}/spread")
    async def spread(self, actor: CurrentActor, person_id: FromPath[int]) -> Redirect:
        count = await actions.spread(actor, person_id)
        views.forget_counts()
        told = ngettext("%(n)s ticket was given to others.", "%(n)s tickets were given to others.", count)
        return go("/desk/team", tell=told)


def _back(actor: Actor, person_id: int) -> str:
    return f"/desk/team/{person_id}" if person_id == actor.id else "/desk/team"


async def _agent(actor: Actor, person_id: int, form: Form[Going], *, status: int = 200) -> Html:
    agent, leads = await queries.agent(person_id), await queries.leads_of(person_id)
    if not access.may_arrange(actor, person_id, leads):
        raise Forbidden()
    return page(
        "assignment/away.html",
        status=status,
        agent=agent,
        is_me=person_id == actor.id,
        may_spread=access.may_spread(actor, person_id, leads),
        form=form,
    )
