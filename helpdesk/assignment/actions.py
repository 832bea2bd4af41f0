"""What is changed about who gets what: plans, chains, skills, and how agents work."""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.assignment import access, handing, presence, queries, rules
from helpdesk.assignment.events import (
    PlanChanged,
    SkillAdded,
    SkillChanged,
    SkillRemoved,
    WorkChanged,
    WorkloadSpread,
)
from helpdesk.assignment.rules import SkillRule, Way, WhenAway
from helpdesk.assignment.tables import AgentSkill, AgentWork, AssignmentPlan, Skill
from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.text import fold
from helpdesk.departments import queries as departments
from helpdesk.departments.tables import Department
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.queries import actor_of
from helpdesk.sla.tables import CalendarRow
from helpdesk.topics import queries as topics

MOST_SKILLS: Final = 200


class WantedPlan(Struct, frozen=True, kw_only=True):
    """How a department's tickets find their assignees, and whom it hands over to, in order."""

    way: Way = "manual"
    skills: SkillRule = "required"
    keeps_hours: bool = True
    sticky_days: int = 0
    away: WhenAway = "keep"
    hands_to: Sequence[int] = ()
    needs_note: bool = False


class WantedWork(Struct, frozen=True, kw_only=True):
    """How an agent works. `skills` are ids."""

    capacity: int = 0
    calendar: int | None = None
    cover: int | None = None
    leaves_at_closing: bool = False
    skills: Collection[int] = ()


async def plan(actor: Actor, department_id: int, wanted: WantedPlan) -> None:
    """Say how a department's tickets find who looks after them. Raises Forbidden, NotFound, and Invalid by field."""
    async with transaction():
        _check_access(actor)
        await departments.department(department_id)
        others = {one.id for one in await departments.all_departments()} - {department_id}
        if not others.issuperset(wanted.hands_to):
            raise Invalid({"hands_to": phrase("Choose one of the values offered.")})
        await _keep(AssignmentPlan(department=department_id), wanted)
        chain = msgspec.json.encode([*dict.fromkeys(wanted.hands_to)]).decode()
        note = "required" if wanted.needs_note else "wanted"
        await Department.update({Department.hands_to: chain, Department.hand_note: note}).where(
            Department.id == department_id
        )
        await record(PlanChanged(actor=actor.id, department=department_id))
        on_commit(departments.forget_all)


async def plan_topic(actor: Actor, topic_id: int, way: Way | None, skills: SkillRule = "required") -> None:
    """Let a topic's tickets go another way than the others of their department; None: the same. Raises as `plan`."""
    async with transaction():
        _check_access(actor)
        topic = await topics.topic(topic_id)
        if way is None:
            await AssignmentPlan.delete().where(AssignmentPlan.topic == topic_id)
            on_commit(queries.forget_all)
        else:
            like = await queries.plan_of(topic.department)
            wanted = WantedPlan(way=way, skills=skills, keeps_hours=like.keeps_hours, sticky_days=like.sticky_days)
            await _keep(AssignmentPlan(topic=topic_id), wanted)
        await record(PlanChanged(actor=actor.id, department=topic.department, topic=topic_id))


async def set_work(actor: Actor, person_id: int, wanted: WantedWork) -> None:
    """Say how an agent works. Raises Forbidden, NotFound for nobody of the desk, and Invalid by field."""
    async with transaction():
        _check_access(actor)
        await _check_agent(person_id)
        errors: dict[str, object] = {}
        if not 0 <= wanted.capacity <= rules.MOST_ACTIVE:
            errors["capacity"] = phrase("Write a whole number from %(low)s to %(high)s.", low=0, high=rules.MOST_ACTIVE)
        if wanted.calendar is not None and not await CalendarRow.exists().where(CalendarRow.id == wanted.calendar):
            errors["calendar"] = phrase("Choose one of the values offered.")
        if wanted.cover is not None and (wanted.cover == person_id or not (await actor_of(wanted.cover)).is_staff):
            errors["cover"] = phrase("Choose one of the values offered.")
        if errors:
            raise Invalid(errors)
        row = await presence.work_row(person_id)
        row.capacity, row.calendar, row.cover = wanted.capacity, wanted.calendar, wanted.cover
        row.leaves_at_closing = wanted.leaves_at_closing
        await row.save([AgentWork.capacity, AgentWork.calendar, AgentWork.cover, AgentWork.leaves_at_closing])
        await _give_skills(person_id, wanted.skills)
        await record(WorkChanged(actor=actor.id, person=person_id))


async def set_skills(actor: Actor, person_id: int, skills: Collection[int]) -> None:
    """Say what an agent can do, and nothing else. Raises as `set_work` does."""
    async with transaction():
        _check_access(actor)
        await _check_agent(person_id)
        await presence.work_row(person_id)  # who says so at the same time waits
        await _give_skills(person_id, skills)
        await record(WorkChanged(actor=actor.id, person=person_id))


async def spread(actor: Actor, person_id: int) -> int:
    """Give the waiting tickets of an agent to others, or back to the queue; how many there were."""
    async with transaction():
        await _check_agent(person_id)
        if not access.may_spread(actor, person_id, await queries.leads_of(person_id)):
            raise Forbidden()
        await record(WorkloadSpread(actor=actor.id, person=person_id))
        return await handing.spread(person_id)


async def add_skill(actor: Actor, name_vi: str, name_en: str) -> int:
    """Know of one more skill; its id. Raises Forbidden, and Invalid for a name that another one has."""
    async with transaction():
        _check_access(actor)
        await _check_names(name_vi, name_en, None)
        skill = Skill(name_vi=name_vi, name_en=name_en)
        await skill.save()
        await record(SkillAdded(actor=actor.id, skill=skill.id))
    return int(skill.id)


async def rename_skill(actor: Actor, skill_id: int, name_vi: str, name_en: str) -> None:
    """Call a skill something else. Raises as `add_skill` does, and NotFound."""
    async with transaction():
        _check_access(actor)
        await queries.skill(skill_id)
        await _check_names(name_vi, name_en, skill_id)
        await Skill.update({Skill.name_vi: name_vi, Skill.name_en: name_en}).where(Skill.id == skill_id)
        await record(SkillChanged(actor=actor.id, skill=skill_id))


async def remove_skill(actor: Actor, skill_id: int) -> None:
    """Take a skill away, from every agent too."""
    async with transaction():
        _check_access(actor)
        await queries.skill(skill_id)
        await AgentSkill.delete().where(AgentSkill.skill == skill_id)
        await Skill.delete().where(Skill.id == skill_id)
        await record(SkillRemoved(actor=actor.id, skill=skill_id))


def _check_access(actor: Actor) -> None:
    if not access.may_plan(actor):
        raise Forbidden()


async def _check_agent(person_id: int) -> None:
    """Raises NotFound for who does not work at the desk."""
    if not (await actor_of(person_id)).is_staff:
        raise NotFound()


async def _keep(plan: AssignmentPlan, wanted: WantedPlan) -> None:
    """Write a plan, over the one that is there for the same department or topic; whose turn it was stays."""
    if not 0 <= wanted.sticky_days <= rules.LONGEST_STICKY:
        wrong = phrase("Write a whole number from %(low)s to %(high)s.", low=0, high=rules.LONGEST_STICKY)
        raise Invalid({"sticky_days": wrong})
    place = AssignmentPlan.department if plan.topic is None else AssignmentPlan.topic
    await AssignmentPlan.insert(plan).on_conflict(target=place, action="DO NOTHING")
    number = plan.department if plan.topic is None else plan.topic
    row = await locked(AssignmentPlan.objects().where(place == number)).first()
    assert row is not None
    row.way, row.skills, row.away = wanted.way, wanted.skills, wanted.away
    row.keeps_hours, row.sticky_days = wanted.keeps_hours, wanted.sticky_days
    await row.save()
    on_commit(queries.forget_all)


async def _give_skills(person_id: int, skills: Collection[int]) -> None:
    """Exactly these. Raises Invalid for one that there is not."""
    known = {one.id for one in await queries.skills()}
    if not known.issuperset(skills):
        raise Invalid({"skills": phrase("Choose one of the values offered.")})
    await AgentSkill.delete().where(AgentSkill.person == person_id)
    if skills:
        await AgentSkill.insert(*(AgentSkill(person=person_id, skill=one) for one in sorted(set(skills))))


async def _check_names(name_vi: str, name_en: str, but: int | None) -> None:
    known = await queries.skills()
    if but is None and len(known) >= MOST_SKILLS:
        raise Invalid({"": phrase("Name at most %(most)s.", most=MOST_SKILLS)})
    taken = {fold(name) for one in known if one.id != but for name in (one.name_vi, one.name_en)}
    errors = {
        field: phrase("There is one of this name already.")
        for field, name in (("name_vi", name_vi), ("name_en", name_en))
        if fold(name) in taken
    }
    if errors:
        raise Invalid(errors)
