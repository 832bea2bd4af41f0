"""The settings page of a policy's warnings: when a promise is near, and the steps before and after its end."""

import re
from typing import Annotated, Any, Final, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.departments.queries import colleagues
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.sla import queries, typed, watching
from helpdesk.sla.policy import KINDS
from helpdesk.sla.watch import NEAR_MINUTES, NOBODY, Step, Watch
from helpdesk.sla.watching import WantedStep
from helpdesk.tickets.canned.queries import everything
from helpdesk.tickets.history import how_long_after
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.elements import clock_name
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

_SHARE: Final = re.compile(r"(\d{1,3})\s*%")


class WatchForm(Struct):
    """`near` is a length of working time before the end, or the share of it that is used: "30m", "80%"."""

    near: Annotated[str, Meta(min_length=1, max_length=40)]
    in_hours: bool = False

    def chosen(self) -> tuple[int, int]:
        """(minutes, percent), of which the percent counts unless it is 0. Raises Invalid."""
        if share := _SHARE.fullmatch(self.near.strip()):
            percent = int(share[1])
            if not 0 < percent < 100:
                raise Invalid({"near": phrase("Write a length of time such as 30m, or a share from 1% to 99%.")})
            return NEAR_MINUTES, percent
        try:
            minutes = typed.minutes(self.near)
        except typed.Mistyped as error:
            raise Invalid({"near": error.reason}) from error
        if minutes is None:
            raise Invalid({"near": phrase("Write a length of time such as 30m, or a share from 1% to 99%.")})
        return minutes, 0


class StepForm(Struct):
    """`what` is an act, with what it needs behind a colon: "priority:urgent"."""

    what: Annotated[str, Meta(min_length=1, max_length=60)]
    side: Literal["before", "at", "after"] = "before"
    length: Annotated[str, Meta(max_length=40)] = ""
    kind: Annotated[str, Meta(max_length=16)] = ""

    def wanted(self) -> WantedStep:
        """Raises Invalid for a length that cannot be understood."""
        act, _, value = self.what.partition(":")
        return WantedStep(kind=self.kind, minutes=self._minutes(), act=act, value=value)

    def _minutes(self) -> int:
        if self.side == "at":
            return 0
        try:
            minutes = typed.minutes(self.length)
        except typed.Mistyped as error:
            raise Invalid({"length": error.reason}) from error
        if minutes is None:
            raise Invalid({"length": phrase("Write a length of time such as 30m, 4h or 1h30.")})
        return -minutes if self.side == "before" else minutes


class ShownStep(Struct, frozen=True):
    """A step in words."""

    id: int
    clock: str
    when: str
    what: str


class AlarmAdmin(Controller):
    """When people are warned of promises, and what else is done about them."""

    path = "/policies/{policy_id:int}/warnings"

    @get()
    async def show(self, actor: CurrentActor, policy_id: FromPath[int]) -> Html:
        return await _page(actor, policy_id)

    @post()
    async def change(self, actor: CurrentActor, policy_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, WatchForm)
        if form.data is None:
            return await _page(actor, policy_id, form=form)
        try:
            minutes, percent = form.data.chosen()
            await watching.set_watch(
                actor, policy_id, near_minutes=minutes, near_percent=percent, in_hours=form.data.in_hours
            )
        except Invalid as refusal:
            return await _page(actor, policy_id, form=form.refused(refusal))
        return go(f"/admin/policies/{policy_id}/warnings", tell=gettext("Saved."))

    @post("/steps")
    async def add(self, actor: CurrentActor, policy_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, StepForm)
        if form.data is None:
            return await _page(actor, policy_id, step=form)
        try:
            if form.data.what not in dict(await _acts(actor)):
                raise Invalid({"what": phrase("Choose one of the values offered.")})
            await watching.add_step(actor, policy_id, form.data.wanted())
        except Invalid as refusal:
            return await _page(actor, policy_id, step=form.refused(refusal))
        told = gettext("The step is added. It is taken for promises whose moment for it is yet to come.")
        return go(f"/admin/policies/{policy_id}/warnings#steps", tell=told)

    @post("/steps/{step_id:int}/remove")
    async def remove(self, actor: CurrentActor, policy_id: FromPath[int], step_id: FromPath[int]) -> Redirect:
        await watching.remove_step(actor, policy_id, step_id)
        return go(f"/admin/policies/{policy_id}/warnings#steps", tell=gettext("The step is gone."))


async def _page(actor: Actor, policy_id: int, *, form: Form[Any] | None = None, step: Form[Any] | None = None) -> Html:
    """Of its forms at most one came back; then that one says what is wrong (422)."""
    policy = await queries.policy_entry(policy_id)
    watch = await watching.watch(policy_id)
    acts = await _acts(actor)
    return page(
        "mailroom/alarms.html",
        status=422 if form or step else 200,
        policy=policy,
        form=form or filled(near=_near(watch), in_hours=watch.in_hours),
        step=step or filled(what="", side="before", length="", kind=""),
        sent=form or step,
        steps=[_shown(one, dict(acts)) for one in watch.steps],
        acts=options(acts),
        kinds=options([("", gettext("Every promise")), *((kind, clock_name(kind)) for kind in KINDS)]),
        sides=options(
            [
                ("before", gettext("before its end")),
                ("at", gettext("at its end")),
                ("after", gettext("after its end")),
            ]
        ),
    )


async def _acts(actor: Actor) -> list[tuple[str, str]]:
    """All that a step can do, each with what it needs."""
    raised = naming.current().offered_priorities[:-1]  # to the least urgent nothing is raised
    macros = [one for one in await everything(actor) if one.is_macro and one.assign != "me"]  # the house is nobody
    return [
        ("tell_assignee", gettext("Tell the assignee")),
        ("tell_team", gettext("Tell the team")),
        ("tell_lead", gettext("Tell the head of the department")),
        *((f"priority:{one.key}", gettext("Raise the priority to %(priority)s", priority=one.name)) for one in raised),
        (f"assign:{NOBODY}", gettext("Give it to nobody, so that anybody takes it")),
        *((f"assign:{one.id}", gettext("Give it to %(person)s", person=one.name)) for one in await colleagues()),
        *((f"macro:{one.id}", gettext("Run “%(name)s”", name=one.name)) for one in macros),
    ]


def _shown(step: Step, acts: dict[str, str]) -> ShownStep:
    what = acts.get(
        f"{step.act}:{step.value}" if step.value else step.act, gettext("What it did is not there any more")
    )
    return ShownStep(
        id=step.id,
        clock=clock_name(step.kind) if step.kind else gettext("Every promise"),
        when=how_long_after(step.minutes),
        what=what,
    )


def _near(watch: Watch) -> str:
    return f"{watch.near_percent}%" if watch.near_percent else typed.minutes_text(watch.near_minutes)
