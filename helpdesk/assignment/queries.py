"""What is read of who gets what."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from piccolo.query.functions import Count

from helpdesk.assignment import access, rules
from helpdesk.assignment.rules import Plan
from helpdesk.assignment.tables import AgentSkill, AgentWork, AssignmentPlan, Skill
from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.departments import queries as departments
from helpdesk.departments.tables import Department
from helpdesk.i18n.reader import reading
from helpdesk.people.queries import actor_of, actors_of
from helpdesk.people.rules import ANSWER_TICKETS
from helpdesk.people.tables import Member
from helpdesk.sla import queries as sla
from helpdesk.sla.calendar import is_open
from helpdesk.tickets.rules import ACTIVE
from helpdesk.tickets.tables import Ticket
from helpdesk.topics import queries as topics

KEPT_SECONDS: Final = 5.0
NO_SUCH_SKILL: Final = 0
"""Stands for a need that no skill is called by: nobody has it."""

_PLAN: Final = (
    *(AssignmentPlan.department, AssignmentPlan.topic, AssignmentPlan.way, AssignmentPlan.skills),
    *(AssignmentPlan.keeps_hours, AssignmentPlan.sticky_days, AssignmentPlan.away, AssignmentPlan.last),
)


class Plans(Struct, frozen=True):
    """Every plan, by department and by topic."""

    of_departments: dict[int, Plan] = {}
    of_topics: dict[int, Plan] = {}

    def plan(self, department: int, topic: int | None) -> Plan:
        """How a ticket finds its assignee: its topic's way if that has one, else its department's."""
        own = self.of_topics.get(topic or 0)
        return own or self.of_departments.get(department, Plan())

    @property
    def is_by_hand(self) -> bool:
        """Whether nothing at all is handed out by itself."""
        return all(one.way == "manual" for one in (*self.of_departments.values(), *self.of_topics.values()))


class SkillEntry(Struct, frozen=True):
    """A skill, and how many agents have it."""

    id: int
    name_vi: str
    name_en: str
    people: int = 0

    @property
    def name(self) -> str:
        return self.name_vi if reading.get().lang == "vi" else self.name_en


class Work(Struct, frozen=True):
    """How an agent works. `away_until` None: until they say that they are back."""

    person: int
    capacity: int = 0
    calendar: int | None = None
    cover: int | None = None
    leaves_at_closing: bool = False
    away_since: datetime | None = None
    away_until: datetime | None = None
    away_reason: str = ""
    back_at: datetime | None = None
    skills: frozenset[int] = frozenset()

    def is_away(self, at: datetime) -> bool:
        return rules.is_away(self.away_since, self.away_until, at)


class Agent(Struct, frozen=True):
    """Somebody who may get tickets, as the rules and the team's page see them."""

    actor: Actor
    work: Work
    load: int
    is_open: bool
    is_away: bool

    @property
    def person(self) -> int:
        return self.actor.id or 0

    @property
    def is_here(self) -> bool:
        return self.is_open and not self.is_away

    @property
    def has_room(self) -> bool:
        return not self.work.capacity or self.load < self.work.capacity


class Team(Struct, frozen=True):
    """A department with its agents: who is here, how much they have, and how many tickets nobody has."""

    department: departments.DepartmentEntry
    plan: Plan
    agents: list[Agent]
    unassigned: int
    is_led: bool
    """Whether who looks leads it, or manages the desk."""


_plans: Final = Kept[None, Plans]("plans of assignment", KEPT_SECONDS)
_away: Final = Kept[None, frozenset[int]]("agents who are away", KEPT_SECONDS)


def forget_all() -> None:
    """Read everything anew at the next question."""
    _plans.forget()
    _away.forget()


async def plans() -> Plans:
    return await _plans.get(None, _read_plans)


def is_surely_by_hand() -> bool:
    """Whether this process has just read that nothing is handed out by itself, without asking now."""
    known = _plans.peek(None)
    return known is not None and known.is_by_hand


async def plan_of(department: int) -> Plan:
    return (await plans()).of_departments.get(department, Plan())


async def away() -> frozenset[int]:
    """Who is away, as far as was said; their hours are another matter."""
    return await _away.get(None, away_now)


async def skills() -> list[SkillEntry]:
    """Every skill in the order of its Vietnamese name."""
    rows = await Skill.select(Skill.id, Skill.name_vi, Skill.name_en).order_by(Skill.name_vi, Skill.id)
    counts = await AgentSkill.select(AgentSkill.skill, Count(alias="n")).group_by(AgentSkill.skill)
    people = {row["skill"]: row["n"] for row in counts}
    return [SkillEntry(**row, people=people.get(row["id"], 0)) for row in rows]


async def skill(skill_id: int) -> SkillEntry:
    """One skill. Raises NotFound."""
    found = [one for one in await skills() if one.id == skill_id]
    if not found:
        raise NotFound()
    return found[0]


async def works(people: Collection[int]) -> dict[int, Work]:
    """How these agents work; what was never said is as it begins."""
    asked = [*people] or [0]
    rows = await (
        AgentWork.select(
            *(AgentWork.person, AgentWork.capacity, AgentWork.calendar, AgentWork.cover, AgentWork.leaves_at_closing),
            *(AgentWork.away_since, AgentWork.away_until, AgentWork.away_reason, AgentWork.back_at),
        )
        .where(AgentWork.person.is_in(asked))
        .order_by(AgentWork.id)
    )
    able: dict[int, set[int]] = {}
    has = AgentSkill.select(AgentSkill.person, AgentSkill.skill).where(AgentSkill.person.is_in(asked))
    for row in await has.order_by(AgentSkill.id):
        able.setdefault(row["person"], set()).add(row["skill"])
    known = {row["person"]: row for row in rows}
    return {
        person: Work(**known.get(person, {"person": person}), skills=frozenset(able.get(person, ())))
        for person in people
    }


async def needs_of_topics() -> Mapping[int, frozenset[int]]:
    """For each topic that asks for skills: which. A name that no skill has stands for one that nobody has."""
    asking = {one.id: one.skills for one in await topics.topics() if one.skills}
    if not asking:
        return {}
    known = [(row["id"], row["name_vi"], row["name_en"]) for row in await _skill_names()]
    found = {topic: rules.matching(names, known) for topic, names in asking.items()}
    return {topic: matched | {NO_SUCH_SKILL} if unknown else matched for topic, (matched, unknown) in found.items()}


async def unmet_needs() -> list[tuple[str, str]]:
    """Topics that ask for a skill that does not exist or that nobody has: the topic's name, and what is missing."""
    known = await skills()
    by_id = {one.id: one for one in known}
    names = [(one.id, one.name_vi, one.name_en) for one in known]
    found = []
    for topic in await topics.topics():
        matched, unknown = rules.matching(topic.skills, names)
        lacking = [*unknown, *(by_id[one].name for one in sorted(matched) if not by_id[one].people)]
        found += [(topic.name, name) for name in lacking]
    return found


async def members(places: Collection[int]) -> dict[int, list[int]]:
    """Who works in each of these departments."""
    rows = await (
        Member.select(Member.department, Member.person)
        .where(Member.department.is_in([*places] or [0]) & Member.person._.is_active.eq(True))
        .order_by(Member.department, Member.person)
    )
    found: dict[int, list[int]] = {place: [] for place in places}
    for row in rows:
        found[row["department"]].append(row["person"])
    return found


async def loads(people: Collection[int]) -> dict[int, int]:
    """How many active tickets each of them has; one who has none is left out."""
    rows = await (
        Ticket.select(Ticket.assignee, Count(alias="n"))
        .where(Ticket.assignee.is_in([*people] or [0]) & Ticket.status.is_in([*ACTIVE]) & Ticket.binned_at.is_null())
        .group_by(Ticket.assignee)
    )
    return {row["assignee"]: row["n"] for row in rows}


async def agents(places: Collection[int]) -> dict[int, list[Agent]]:
    """Who may get the tickets of each department: its people who answer tickets, with all that the choice hangs on."""
    belonging = await members(places)
    everybody = sorted({person for people in belonging.values() for person in people})
    actors = {
        person: actor
        for person, actor in (await actors_of(everybody)).items()
        if actor.is_staff and actor.may(ANSWER_TICKETS)
    }
    working, having, at = await works(list(actors)), await loads(actors), now()
    hours = {place: (await departments.department(place)).calendar for place in places}
    calendars = {*hours.values(), *(one.calendar for one in working.values() if one.calendar is not None)}
    opened = {number: is_open(at, await sla.calendar(number)) for number in sorted(calendars)}
    return {
        place: [
            Agent(
                actor=actors[person],
                work=working[person],
                load=having.get(person, 0),
                is_open=opened[working[person].calendar or hours[place]],
                is_away=working[person].is_away(at),
            )
            for person in people
            if person in actors
        ]
        for place, people in belonging.items()
    }


async def agent(person_id: int) -> Agent:
    """One agent, in a team or in none; working hours are their own. Raises NotFound for who is not of the desk."""
    actor = await actor_of(person_id)
    if not actor.is_staff:
        raise NotFound()
    work, having, at = (await works([person_id]))[person_id], await loads([person_id]), now()
    return Agent(
        actor=actor,
        work=work,
        load=having.get(person_id, 0),
        is_open=work.calendar is not None and is_open(at, await sla.calendar(work.calendar)),
        is_away=work.is_away(at),
    )


async def leads() -> dict[int, int]:
    """Who leads each department that somebody leads."""
    rows = await Department.select(Department.id, Department.lead).where(Department.lead.is_not_null())
    return {row["id"]: row["lead"] for row in rows}


async def leads_of(person_id: int) -> frozenset[int]:
    """Who leads a department that this agent works in."""
    leading = await leads()
    rows = await Member.select(Member.department).where(Member.person == person_id)
    return frozenset(leading[row["department"]] for row in rows if row["department"] in leading)


async def teams(actor: Actor) -> list[Team]:
    """The departments whose team the actor may look at, in their order."""
    places = [one for one in await departments.all_departments() if access.sees(actor, one)]
    found = await agents([one.id for one in places])
    waiting = await _unassigned([one.id for one in places])
    leading, known = await leads(), await plans()
    return [
        Team(
            department=one,
            plan=known.of_departments.get(one.id, Plan()),
            agents=sorted(found[one.id], key=lambda agent: (not agent.is_here, agent.actor.name, agent.person)),
            unassigned=waiting.get(one.id, 0),
            is_led=access.may_plan(actor) or leading.get(one.id) == actor.id,
        )
        for one in places
    ]


async def _unassigned(places: Collection[int]) -> dict[int, int]:
    waiting = Ticket.assignee.is_null() & Ticket.status.is_in([*ACTIVE]) & Ticket.binned_at.is_null()
    rows = await (
        Ticket.select(Ticket.department, Count(alias="n"))
        .where(waiting & Ticket.department.is_in([*places] or [0]))
        .group_by(Ticket.department)
    )
    return {row["department"]: row["n"] for row in rows}


async def _skill_names() -> list[dict[str, Any]]:
    return await Skill.select(Skill.id, Skill.name_vi, Skill.name_en).order_by(Skill.id)


async def _read_plans() -> Plans:
    return plans_from(await AssignmentPlan.select(*_PLAN).order_by(AssignmentPlan.id))


def plans_from(rows: Collection[dict[str, Any]]) -> Plans:
    read = [
        (row["department"], row["topic"], msgspec.convert({name: row[name] for name in Plan.__struct_fields__}, Plan))
        for row in rows
    ]
    return Plans(
        {department: plan for department, _, plan in read if department is not None},
        {topic: plan for _, topic, plan in read if topic is not None},
    )


async def away_now() -> frozenset[int]:
    """The same, read anew."""
    at = now()
    rows = await (
        AgentWork.select(AgentWork.person, AgentWork.away_since, AgentWork.away_until)
        .where(AgentWork.away_since.is_not_null())
        .order_by(AgentWork.id)
    )
    return frozenset(row["person"] for row in rows if rules.is_away(row["away_since"], row["away_until"], at))
