"""The office: what requests may be about."""

from typing import Annotated, Any, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext
from helpdesk.topics import actions, queries, rules
from helpdesk.topics.queries import TopicEntry
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

TOPICS = "/admin/topics"

Name = Annotated[str, Meta(min_length=1, max_length=80)]
About = Annotated[str, Meta(max_length=300)]
Names = Annotated[str, Meta(max_length=1000)]


class TopicForm(Struct):
    """`tags` and `skills` with commas or line ends between."""

    name_vi: Name
    name_en: Name
    department: int
    about_vi: About = ""
    about_en: About = ""
    priority: Annotated[str, Meta(max_length=8)] = ""
    tags: Names = ""
    skills: Names = ""
    plus: Annotated[str, Meta(max_length=40)] = ""
    is_public: bool = False
    is_active: bool = False

    def wanted(self) -> actions.Wanted:
        return actions.Wanted(
            name_vi=self.name_vi,
            name_en=self.name_en,
            department=self.department,
            about_vi=self.about_vi,
            about_en=self.about_en,
            priority=self.priority,
            tags=rules.tags_from(self.tags),
            skills=rules.skills_from(self.skills),
            plus=self.plus.lower().lstrip("+"),
            is_public=self.is_public,
            is_active=self.is_active,
        )


class Step(Struct):
    to: Literal["up", "down"]


class TopicAdmin(Controller):
    """What requests may be about, and what follows from it."""

    path = "/topics"

    @get()
    async def topics(self) -> Html:
        departments = {one.id: one for one in await all_departments()}
        return page("topics/topics.html", topics=await queries.topics(), departments=departments)

    @get("/new")
    async def new(self) -> Html:
        return await _edit(None, filled(is_public=True, is_active=True))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, TopicForm)
        if form.data is None:
            return await _edit(None, form, status=422)
        try:
            added = await actions.create(actor, form.data.wanted())
        except Invalid as refusal:
            return await _edit(None, form.refused(refusal), status=422)
        return go(f"{TOPICS}/{added}/form", tell=gettext("Requests may be about it now. Say what its form asks."))

    @get("/{topic_id:int}")
    async def edit(self, topic_id: FromPath[int]) -> Html:
        topic = await queries.topic(topic_id)
        return await _edit(topic, _as_it_is(topic))

    @post("/{topic_id:int}")
    async def change(self, actor: CurrentActor, topic_id: FromPath[int], request: Page) -> Html | Redirect:
        topic = await queries.topic(topic_id)
        form = await read(request, TopicForm)
        if form.data is None:
            return await _edit(topic, form, status=422)
        try:
            await actions.change(actor, topic_id, form.data.wanted())
        except Invalid as refusal:
            return await _edit(topic, form.refused(refusal), status=422)
        return go(TOPICS, tell=gettext("Saved."))

    @post("/{topic_id:int}/move")
    async def move(self, actor: CurrentActor, topic_id: FromPath[int], request: Page) -> Redirect:
        step = (await read(request, Step)).data
        if step is not None:
            await actions.move(actor, topic_id, up=step.to == "up")
        return go(TOPICS)

    @post("/{topic_id:int}/remove")
    async def remove(self, actor: CurrentActor, topic_id: FromPath[int]) -> Redirect:
        try:
            await actions.remove(actor, topic_id)
        except Conflict as refusal:
            return go(f"{TOPICS}/{topic_id}", tell=refusal, kind="warn")
        return go(TOPICS, tell=gettext("The topic is gone."))


def _as_it_is(topic: TopicEntry) -> Form[Any]:
    return filled(
        name_vi=topic.name_vi,
        name_en=topic.name_en,
        department=topic.department,
        about_vi=topic.about_vi,
        about_en=topic.about_en,
        priority=topic.priority,
        tags=", ".join(topic.tags),
        skills=", ".join(topic.skills),
        plus=topic.plus,
        is_public=topic.is_public,
        is_active=topic.is_active,
    )


async def _edit(topic: TopicEntry | None, form: Form[Any], *, status: int = 200) -> Html:
    departments = await all_departments()
    return page(
        "topics/edit.html",
        status=status,
        topic=topic,
        form=form,
        departments=options((one.id, one.name) for one in departments),
        priorities=options(
            [("", gettext("As every request")), *naming.current().priorities_with(form.values.get("priority", ""))]
        ),
        addresses={one.id: one.address for one in departments if one.address},
    )
