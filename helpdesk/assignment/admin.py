"""The office: how tickets find who looks after them, what agents can do, and how they work."""

from typing import Annotated, Any, Final

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.assignment import actions, queries, rules
from helpdesk.assignment.actions import WantedPlan, WantedWork
from helpdesk.assignment.rules import Plan, SkillRule, Way, WhenAway
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.departments import queries as departments
from helpdesk.departments.queries import DepartmentEntry
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.people.queries import actor_of
from helpdesk.sla import queries as sla
from helpdesk.topics import queries as topics
from helpdesk.topics.queries import TopicEntry
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

HERE: Final = "/admin/assignment"

WAYS: Final[dict[str, tuple[Phrase, Phrase]]] = {
    "manual": (phrase("By hand"), phrase("Nobody gets a ticket until somebody takes it or gives it.")),
    "turn": (phrase("In turn"), phrase("Around the table, one after another.")),
    "load": (phrase("Least to do"), phrase("Whoever has the fewest new and open tickets.")),
}
"""What each way is called, and what it means."""
SKILLS: Final[dict[str, Phrase]] = {
    "required": phrase("Only who has all of them gets it"),
    "preferred": phrase("Who has most of them comes first"),
    "ignored": phrase("They do not matter"),
}
AWAY: Final[dict[str, tuple[Phrase, Phrase]]] = {
    "keep": (phrase("They stay with them"), phrase("Customers wait until they are back.")),
    "queue": (
        phrase("Back to the queue"),
        phrase("New and open ones are handed out anew, or wait for somebody to take them."),
    ),
    "cover": (
        phrase("To who covers for them"),
        phrase("If that colleague works here and is not away; else back to the queue."),
    ),
}

Name = Annotated[str, Meta(min_length=1, max_length=80)]


class PlanForm(Struct):
    """`hands_to` are ids of departments."""

    way: Way
    skills: SkillRule
    away: WhenAway
    sticky_days: Annotated[int, Meta(ge=0, le=rules.LONGEST_STICKY)] = 0
    keeps_hours: bool = False
    hands_to: list[int] = []
    needs_note: bool = False


class TopicForm(Struct):
    """`way` empty: as the other tickets of its department."""

    way: Annotated[str, Meta(pattern="^(|manual|turn|load)$")] = ""
    skills: SkillRule = "required"


class WorkForm(Struct):
    """`calendar` and `cover` 0 stand for none."""

    capacity: Annotated[int, Meta(ge=0, le=rules.MOST_ACTIVE)] = 0
    calendar: int = 0
    cover: int = 0
    leaves_at_closing: bool = False
    skills: list[int] = []


class SkillForm(Struct):
    name_vi: Name
    name_en: Name


class AssignmentAdmin(Controller):
    """Who gets which ticket, and why."""

    path = "/assignment"

    @get()
    async def assignment(self) -> Html:
        return await _overview(None)

    @get("/departments/{department_id:int}")
    async def edit(self, department_id: FromPath[int]) -> Html:
        department = await departments.department(department_id)
        return await _edit(department, await _as_it_is(department))

    @post("/departments/{department_id:int}")
    async def change(self, actor: CurrentActor, department_id: FromPath[int], request: Page) -> Html | Redirect:
        department = await departments.department(department_id)
        form = await read(request, PlanForm)
        if form.data is None:
            return await _edit(department, form, status=422)
        wanted = form.data
        try:
            await actions.plan(
                actor,
                department_id,
                WantedPlan(
                    way=wanted.way,
                    skills=wanted.skills,
                    keeps_hours=wanted.keeps_hours,
                    sticky_days=wanted.sticky_days,
                    away=wanted.away,
                    hands_to=wanted.hands_to,
                    needs_note=wanted.needs_note,
                ),
            )
        except Invalid as refusal:
            return await _edit(department, form.refused(refusal), status=422)
        return go(HERE, tell=gettext("Saved."))

    @get("/topics/{topic_id:int}")
    async def topic(self, topic_id: FromPath[int]) -> Html:
        topic = await topics.topic(topic_id)
        own = (await queries.plans()).of_topics.get(topic_id)
        form = filled(way=own.way if own else "", skills=own.skills if own else "required")
        return await _edit_topic(topic, form)

    @post("/topics/{topic_id:int}")
    async def change_topic(self, actor: CurrentActor, topic_id: FromPath[int], request: Page) -> Html | Redirect:
        topic = await topics.topic(topic_id)
        form = await read(request, TopicForm)
        if form.data is None:
            return await _edit_topic(topic, form, status=422)
        ways: dict[str, Way] = {"manual": "manual", "turn": "turn", "load": "load"}
        await actions.plan_topic(actor, topic_id, ways.get(form.data.way), form.data.skills)
        return go(HERE, tell=gettext("Saved."))

    @get("/agents/{person_id:int}")
    async def agent(self, person_id: FromPath[int]) -> Html:
        work = (await queries.works([person_id]))[person_id]
        known = filled(
            capacity=work.capacity,
            calendar=work.calendar or 0,
            cover=work.cover or 0,
            leaves_at_closing=work.leaves_at_closing,
            skills=sorted(work.skills),
        )
        return await _agent(person_id, known)

    @post("/agents/{person_id:int}")
    async def change_agent(self, actor: CurrentActor, person_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, WorkForm)
        if form.data is None:
            return await _agent(person_id, form, status=422)
        wanted = form.data
        try:
            await actions.set_work(
                actor,
                person_id,
                WantedWork(
                    capacity=wanted.capacity,
                    calendar=wanted.calendar or None,
                    cover=wanted.cover or None,
                    leaves_at_closing=wanted.leaves_at_closing,
                    skills=wanted.skills,
                ),
            )
        except Invalid as refusal:
            return await _agent(person_id, form.refused(refusal), status=422)
        return go(HERE, tell=gettext("Saved."))

    @post("/skills")
    async def add_skill(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, SkillForm)
        if form.data is None:
            return await _overview(form, status=422)
        try:
            await actions.add_skill(actor, form.data.name_vi, form.data.name_en)
        except Invalid as refusal:
            return await _overview(form.refused(refusal), status=422)
        return go(f"{HERE}#skills", tell=gettext("Agents can have the skill now."))

    @get("/skills/{skill_id:int}")
    async def skill(self, skill_id: FromPath[int]) -> Html:
        found = await queries.skill(skill_id)
        return _skill(found, filled(name_vi=found.name_vi, name_en=found.name_en))

    @post("/skills/{skill_id:int}")
    async def rename_skill(self, actor: CurrentActor, skill_id: FromPath[int], request: Page) -> Html | Redirect:
        found = await queries.skill(skill_id)
        form = await read(request, SkillForm)
        if form.data is None:
            return _skill(found, form, status=422)
        try:
            await actions.rename_skill(actor, skill_id, form.data.name_vi, form.data.name_en)
        except Invalid as refusal:
            return _skill(found, form.refused(refusal), status=422)
        return go(f"{HERE}#skills", tell=gettext("Saved."))

    @post("/skills/{skill_id:int}/remove")
    async def remove_skill(self, actor: CurrentActor, skill_id: FromPath[int]) -> Redirect:
        await actions.remove_skill(actor, skill_id)
        return go(f"{HERE}#skills", tell=gettext("The skill is gone."))


async def _overview(form: Form[SkillForm] | None, *, status: int = 200) -> Html:
    places = await departments.all_departments()
    known = await queries.plans()
    staff = await departments.colleagues()
    return page(
        "assignment/admin.html",
        status=status,
        form=form,
        departments=places,
        names={one.id: one.name for one in places},
        plans={one.id: known.of_departments.get(one.id, Plan()) for one in places},
        chains={one.id: (await departments.chain(one.id)).to for one in places},
        topics=await topics.topics(),
        topic_plans=known.of_topics,
        agents=staff,
        works=await queries.works([one.id for one in staff]),
        skills=await queries.skills(),
        unmet=await queries.unmet_needs(),
        calendars={one.id: one.name for one in await sla.calendars()},
        ways=WAYS,
        away=AWAY,
        skill_rules=SKILLS,
    )


async def _as_it_is(department: DepartmentEntry) -> Form[Any]:
    plan, chain = await queries.plan_of(department.id), await departments.chain(department.id)
    return filled(
        way=plan.way,
        skills=plan.skills,
        away=plan.away,
        sticky_days=plan.sticky_days,
        keeps_hours=plan.keeps_hours,
        hands_to=[*chain.to],
        needs_note=chain.needs_note,
    )


async def _edit(department: DepartmentEntry, form: Form[Any], *, status: int = 200) -> Html:
    others = [one for one in await departments.all_departments() if one.id != department.id]
    return page(
        "assignment/department.html",
        status=status,
        department=department,
        form=form,
        others=options((one.id, one.name) for one in others),
        ways=[(key, str(name), str(about)) for key, (name, about) in WAYS.items()],
        away=[(key, str(name), str(about)) for key, (name, about) in AWAY.items()],
        skill_rules=_texts(SKILLS),
        most_days=rules.LONGEST_STICKY,
    )


async def _edit_topic(topic: TopicEntry, form: Form[Any], *, status: int = 200) -> Html:
    same = ("", gettext("As the others of its department"), "")
    return page(
        "assignment/topic.html",
        status=status,
        topic=topic,
        form=form,
        ways=[same, *((key, str(name), str(about)) for key, (name, about) in WAYS.items())],
        skill_rules=_texts(SKILLS),
    )


async def _agent(person_id: int, form: Form[Any], *, status: int = 200) -> Html:
    agent = await actor_of(person_id)
    if not agent.is_staff:
        raise NotFound()
    others = [one for one in await departments.colleagues() if one.id != person_id]
    calendars = [(one.id, one.name) for one in await sla.calendars()]
    return page(
        "assignment/agent.html",
        status=status,
        agent=agent,
        form=form,
        calendars=options([(0, gettext("Those of the department")), *calendars]),
        colleagues=options([(0, gettext("Nobody")), *((one.id, one.name) for one in others)]),
        skills=options((one.id, one.name) for one in await queries.skills()),
        most=rules.MOST_ACTIVE,
    )


def _skill(found: queries.SkillEntry, form: Form[Any], *, status: int = 200) -> Html:
    return page("assignment/skill.html", status=status, skill=found, form=form)


def _texts(phrases: dict[str, Phrase]) -> list[tuple[str, str]]:
    return [(key, str(text)) for key, text in phrases.items()]
