"""The settings pages of policies: what is promised, by priority."""

from functools import lru_cache
from typing import Annotated, Any, Literal, cast

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct, defstruct

from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.sla import actions, queries, typed
from helpdesk.sla.policy import ANY, KINDS
from helpdesk.sla.queries import PolicyEntry, Targets
from helpdesk.sla.typed import understood
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.elements import clock_name
from helpdesk.web.forms import Form, filled, read
from helpdesk.web.render import Html, go, page

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Length = Annotated[str, Meta(max_length=40)]


class PolicyForm(Struct):
    """What a policy is called, and with `policy_form` a length of time such as "4h" for each promise."""

    name: Name
    open_tickets: Literal["keep", "take"] = "keep"

    def targets(self) -> Targets:
        """What is promised. Raises Invalid with every length that cannot be understood."""
        asked = {one: getattr(self, one) for one in self.__struct_fields__ if one not in PolicyForm.__struct_fields__}
        lengths = understood(asked, typed.minutes)
        return {
            kind: {
                priority: minutes
                for priority in _priorities()
                if (minutes := lengths.get(_place(kind, priority))) is not None
            }
            for kind in KINDS
        }


def policy_form() -> type[PolicyForm]:
    """The form with a field for each promise that can be made now; an empty one promises nothing."""
    return _form_with(_priorities())


@lru_cache(maxsize=8)
def _form_with(priorities: tuple[str, ...]) -> type[PolicyForm]:
    fields = [(_place(kind, priority), Length, "") for kind in KINDS for priority in priorities]
    return cast(type[PolicyForm], defstruct("PolicyForm", fields, bases=(PolicyForm,), kw_only=True))


def _priorities() -> tuple[str, ...]:
    """The keys of those that tickets can have, the most urgent first."""
    return tuple(key for key, _ in naming.current().priority_filters)


def _place(kind: str, priority: str) -> str:
    """What the field of a promise is called."""
    return f"{kind}_{priority}".replace("-", "_")


class PolicyAdmin(Controller):
    """What is promised: how soon the first and each next answer comes, and the solution."""

    path = "/policies"

    @get()
    async def policies(self) -> Html:
        entries = [(entry, _lengths(entry.targets)) for entry in await queries.policies()]
        return page("sla/policies.html", policies=entries, kinds=_kinds(), priorities=_priorities())

    @get("/new")
    async def new(self) -> Html:
        return policy_page(None, filled(name="", open_tickets="keep", **dict.fromkeys(_lengths({}), "")))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, policy_form())
        if form.data is None:
            return policy_page(None, form, status=422)
        try:
            await actions.add_policy(actor, name=form.data.name, targets=form.data.targets())
        except Invalid as refusal:
            return policy_page(None, form.refused(refusal), status=422)
        return go("/admin/policies", tell=gettext("Saved."))

    @get("/{policy_id:int}")
    async def edit(self, policy_id: FromPath[int], draft: FromQuery[int] = 0) -> Html:
        """The policy as it is, or with the times of a `draft` that was tried."""
        entry = await queries.policy_entry(policy_id)
        tried = await queries.tried(policy_id, draft) if draft else entry.targets
        return policy_page(entry, filled(name=entry.name, open_tickets="keep", **_lengths(tried)))

    @post("/{policy_id:int}")
    async def change(self, actor: CurrentActor, policy_id: FromPath[int], request: Page) -> Html | Redirect:
        entry = await queries.policy_entry(policy_id)
        form = await read(request, policy_form())
        if form.data is None:
            return policy_page(entry, form, status=422)
        try:
            takes = form.data.open_tickets == "take"
            await actions.change_policy(actor, policy_id, name=form.data.name, targets=form.data.targets(), takes=takes)
        except Invalid as refusal:
            return policy_page(entry, form.refused(refusal), status=422)
        if takes:
            return go("/admin/policies", tell=gettext("Saved. Open tickets take the new promise in a moment."))
        return go("/admin/policies", tell=gettext("Saved. Open tickets keep what they were promised."))

    @post("/{policy_id:int}/remove")
    async def remove(self, actor: CurrentActor, policy_id: FromPath[int]) -> Redirect:
        try:
            await actions.remove_policy(actor, policy_id)
        except Invalid as refusal:
            return go(f"/admin/policies/{policy_id}", tell=refusal.reason, kind="danger")
        return go("/admin/policies", tell=gettext("The policy is gone."))


def _lengths(targets: Targets) -> dict[str, str]:
    """The promises of a policy as they are typed."""
    return {
        _place(kind, priority): typed.minutes_text(promised.get(priority, promised.get(ANY)))
        for kind in KINDS
        for promised in (targets.get(kind, {}),)
        for priority in _priorities()
    }


def _kinds() -> list[tuple[str, str]]:
    """The kinds of deadline and what they are called."""
    return [(kind, clock_name(kind)) for kind in KINDS]


def policy_page(entry: PolicyEntry | None, form: Form[Any], *, status: int = 200) -> Html:
    """The form of a policy; None: one that is to be added."""
    return page("sla/policy.html", status=status, policy=entry, form=form, kinds=_kinds(), priorities=_priorities())
