"""The team for machines: who is here, how much they have, what they can do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Controller, get, patch
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from helpdesk.assignment import access, actions, presence, queries, rules
from helpdesk.assignment.queries import Agent
from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.paging import Page
from helpdesk.i18n.catalogue import phrase
from helpdesk.web.actor import CurrentActor, FromPath
from helpdesk.web.guards import agents_only

Moment = Annotated[datetime, Meta(tz=True)]


class Absence(Struct):
    """Why somebody gets no tickets, and until when (RFC 3339); without `until`: until they are back."""

    until: Moment | None = None
    reason: Annotated[str, Meta(max_length=presence.LONGEST_REASON)] = ""


class AgentOut(Struct, frozen=True):
    """
    An agent. `load` is how many new and open tickets they have, of at most `capacity` (0: any number).

    `open`: it is their working time in one of `departments`. `away` is null while they are here. `skills` are names.
    """

    id: int
    name: str
    departments: list[int]
    load: int
    capacity: int
    open: bool
    away: Absence | None
    skills: list[str]


class AgentIn(Struct):
    """What to change; what is left out stays. `away` null: they are back. `skills`: names in either language."""

    away: Absence | UnsetType | None = UNSET
    skills: list[Annotated[str, Meta(max_length=80)]] | UnsetType = UNSET


class TeamApi(Controller):
    path = "/team"
    tags = ["Team"]
    guards = [agents_only]

    @get(summary="List the agents of your departments")
    async def team(self, actor: CurrentActor) -> Page[AgentOut]:
        """They are few, so they come on one page: `next` is always null."""
        return Page(items=await _everybody(actor), next=None)

    @get("/{person_id:int}", summary="Read one agent")
    async def agent(self, actor: CurrentActor, person_id: FromPath[int]) -> AgentOut:
        return await _one(actor, person_id)

    @patch("/{person_id:int}", summary="Say that an agent is away or back, or what they can do")
    async def change(self, actor: CurrentActor, person_id: FromPath[int], data: JSONBody[AgentIn]) -> AgentOut:
        """Agents say so of themselves, leads of their department, administrators of everybody and of skills."""
        async with transaction():
            if data.away is None:
                await presence.come_back(actor, person_id)
            elif isinstance(data.away, Absence):
                await presence.go_away(actor, person_id, data.away.until, data.away.reason)
            if data.skills is not UNSET:
                known = [(one.id, one.name_vi, one.name_en) for one in await queries.skills()]
                found, unknown = rules.matching(data.skills, known)
                if unknown and access.may_plan(actor):
                    raise Invalid({"skills": phrase("There is no skill called “%(name)s”.", name=unknown[0])})
                await actions.set_skills(actor, person_id, found)
        return await _one(actor, person_id)


async def _one(actor: Actor, person_id: int) -> AgentOut:
    """
    One of the actor's teams, or one of no team whose presence is theirs to say.

    Raises NotFound for anybody else.
    """
    found = [one for one in await _everybody(actor) if one.id == person_id]
    if found:
        return found[0]
    if not access.may_arrange(actor, person_id, await queries.leads_of(person_id)):
        raise NotFound()
    return _out(await queries.agent(person_id), [], await _names())


async def _everybody(actor: Actor) -> list[AgentOut]:
    names = await _names()
    found: dict[int, AgentOut] = {}
    for team in await queries.teams(actor):
        for agent in team.agents:
            known = found.get(agent.person)
            one = _out(agent, [*(known.departments if known else ()), team.department.id], names)
            found[agent.person] = replace(one, open=one.open or (known is not None and known.open))
    return [found[person] for person in sorted(found)]


def _out(agent: Agent, departments: list[int], names: Mapping[int, str]) -> AgentOut:
    return AgentOut(
        id=agent.person,
        name=agent.actor.name,
        departments=departments,
        load=agent.load,
        capacity=agent.work.capacity,
        open=agent.is_open,
        away=Absence(agent.work.away_until, agent.work.away_reason) if agent.is_away else None,
        skills=[names[one] for one in sorted(agent.work.skills) if one in names],
    )


async def _names() -> dict[int, str]:
    """What each skill is called."""
    return {one.id: one.name for one in await queries.skills()}
