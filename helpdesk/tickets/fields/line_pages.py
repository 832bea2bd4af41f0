"""The office: what the form of a topic asks."""

from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets.fields import lines, queries, rules
from helpdesk.tickets.fields.queries import Line, condition
from helpdesk.tickets.fields.rules import KINDS
from helpdesk.topics.queries import topic
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import options, read
from helpdesk.web.render import Html, go, page


class NewLine(Struct):
    field: int


class LineForm(Struct):
    """`only` is a field and what it says, such as `7:yes`; empty: it is always asked."""

    is_asked: bool = False
    only: Annotated[str, Meta(max_length=40)] = ""

    def wanted(self) -> lines.Wanted:
        field, _, value = self.only.partition(":")
        if not (field.isascii() and field.isdecimal() and len(field) < 10):
            return lines.Wanted(is_asked=self.is_asked)
        return lines.Wanted(is_asked=self.is_asked, only=int(field), value=value)


class Step(Struct):
    to: Literal["up", "down", "away"]


class LinePages(Controller):
    """Fields on the form of one topic."""

    path = "/topics/{topic_id:int}/form"

    @get()
    async def form(self, topic_id: FromPath[int]) -> Html:
        about, asked = await topic(topic_id), await queries.topic_form(topic_id)
        known = await queries.everything()
        on_it = {line.field.id for line in asked}
        others = await queries.on_form(about.department)
        return page(
            "tickets/fields/lines.html",
            topic=about,
            lines=[(line, _conditions(line, asked[:number])) for number, line in enumerate(asked)],
            others=[line.field.name for line in others],
            free=options((one.id, one.name) for one in known.values() if one.id not in on_it and not one.archived_at),
            kinds=KINDS,
        )

    @post()
    async def add(self, actor: CurrentActor, topic_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, NewLine)
        try:
            if form.data is not None:
                await lines.add(actor, topic_id, form.data.field)
        except Invalid as refusal:
            return go(_place(topic_id), tell=next(iter(refusal.errors.values())), kind="warn")
        return go(_place(topic_id))

    @post("/{field_id:int}")
    async def change(
        self, actor: CurrentActor, topic_id: FromPath[int], field_id: FromPath[int], request: Page
    ) -> Redirect:
        form = await read(request, LineForm)
        try:
            if form.data is not None:
                await lines.change(actor, topic_id, field_id, form.data.wanted())
        except Invalid as refusal:
            return go(_place(topic_id), tell=next(iter(refusal.errors.values())), kind="warn")
        return go(_place(topic_id), tell=gettext("Saved."))

    @post("/{field_id:int}/move")
    async def move(
        self, actor: CurrentActor, topic_id: FromPath[int], field_id: FromPath[int], request: Page
    ) -> Redirect:
        step = (await read(request, Step)).data
        try:
            if step is not None and step.to == "away":
                await lines.remove(actor, topic_id, field_id)
            elif step is not None:
                await lines.move(actor, topic_id, field_id, up=step.to == "up")
        except Conflict as refusal:
            return go(_place(topic_id), tell=refusal, kind="warn")
        return go(_place(topic_id))


def _conditions(line: Line, above: list[Line]) -> list[tuple[str, str]]:
    """On what a line may depend: what the fields above it may say; and what it depends on, though no more offered."""
    found = [("", gettext("Always asked"))]
    for one in above:
        if one.field.kind in rules.DECIDING:
            found += [(f"{one.field.id}:{key}", condition(one.field, key)) for key, _ in one.field.offered]
    if line.only is not None and line.decided_by not in dict(found):
        found.append((line.decided_by, line.condition))
    return found


def _place(topic_id: int) -> str:
    return f"/admin/topics/{topic_id}/form"
