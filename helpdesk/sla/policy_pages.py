"""The settings pages of policies: what is promised, by priority."""

from typing import Annotated, Any, Final

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.sla import actions, queries, typed
from helpdesk.sla.policy import ANY, KINDS
from helpdesk.sla.queries import PolicyEntry, Targets
from helpdesk.sla.typed import understood
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.elements import clock_name
from helpdesk.web.forms import Form, filled, read
from helpdesk.web.render import Html, go, page

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Length = Annotated[str, Meta(max_length=40)]

PRIORITIES: Final = ("urgent", "high", "normal", "low")


class PolicyForm(Struct):
    """A length of time such as "4h" for each promise; empty: not promised."""

    name: Name
    first_response_urgent: Length = ""
    first_response_high: Length = ""
    first_response_normal: Length = ""
    first_response_low: Length = ""
    next_response_urgent: Length = ""
    next_response_high: Length = ""
    next_response_normal: Length = ""
    next_response_low: Length = ""
    resolution_urgent: Length = ""
    resolution_high: Length = ""
    resolution_normal: Length = ""
    resolution_low: Length = ""

    def targets(self) -> Targets:
        """What is promised. Raises Invalid with every length that cannot be understood."""
        names = [f"{kind}_{priority}" for kind in KINDS for priority in PRIORITIES]
        lengths = understood({name: getattr(self, name) for name in names}, typed.minutes)
        return {
            kind: {
                priority: minutes for priority in PRIORITIES if (minutes := lengths[f"{kind}_{priority}"]) is not None
            }
            for kind in KINDS
        }


class PolicyAdmin(Controller):
    """What is promised: how soon the first and each next answer comes, and the solution."""

    path = "/policies"

    @get()
    async def policies(self) -> Html:
        entries = [(entry, _lengths(entry.targets)) for entry in await queries.policies()]
        return page("sla/policies.html", policies=entries, kinds=_kinds(), priorities=PRIORITIES)

    @get("/new")
    async def new(self) -> Html:
        return _policy(None, filled(name="", **dict.fromkeys(_lengths({}), "")))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, PolicyForm)
        if form.data is None:
            return _policy(None, form, status=422)
        try:
            await actions.add_policy(actor, name=form.data.name, targets=form.data.targets())
        except Invalid as refusal:
            return _policy(None, form.refused(refusal), status=422)
        return go("/admin/policies", tell=gettext("Saved."))

    @get("/{policy_id:int}")
    async def edit(self, policy_id: FromPath[int]) -> Html:
        entry = await queries.policy_entry(policy_id)
        return _policy(entry, filled(name=entry.name, **_lengths(entry.targets)))

    @post("/{policy_id:int}")
    async def change(self, actor: CurrentActor, policy_id: FromPath[int], request: Page) -> Html | Redirect:
        entry = await queries.policy_entry(policy_id)
        form = await read(request, PolicyForm)
        if form.data is None:
            return _policy(entry, form, status=422)
        try:
            await actions.change_policy(actor, policy_id, name=form.data.name, targets=form.data.targets())
        except Invalid as refusal:
            return _policy(entry, form.refused(refusal), status=422)
        return go("/admin/policies", tell=gettext("Saved. Deadlines that run already stay as they are."))

    @post("/{policy_id:int}/remove")
    async def remove(self, actor: CurrentActor, policy_id: FromPath[int]) -> Redirect:
        try:
            await actions.remove_policy(actor, policy_id)
        except Invalid as refusal:
            return go(f"/admin/policies/{policy_id}", tell=refusal.reason, kind="danger")
        return go("/admin/policies", tell=gettext("The policy is gone."))


def _lengths(targets: Targets) -> dict[str, str]:
    """The twelve fields of a policy as they are typed."""
    return {
        f"{kind}_{priority}": typed.minutes_text(promised.get(priority, promised.get(ANY)))
        for kind in KINDS
        for promised in (targets.get(kind, {}),)
        for priority in PRIORITIES
    }


def _kinds() -> list[tuple[str, str]]:
    """The kinds of deadline and what they are called."""
    return [(kind, clock_name(kind)) for kind in KINDS]


def _policy(entry: PolicyEntry | None, form: Form[Any], *, status: int = 200) -> Html:
    return page("sla/policy.html", status=status, policy=entry, form=form, kinds=_kinds(), priorities=PRIORITIES)
