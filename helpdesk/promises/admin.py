"""The office: which promise is made to whom, in what order, and what a ticket would get."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.text import fold
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.people.tables import Organisation
from helpdesk.people.tiers import TierSettings, tiers
from helpdesk.settings import store
from helpdesk.sla import promise_actions, promises, queries
from helpdesk.sla.choosing import Rule
from helpdesk.sla.promise_actions import Conditions
from helpdesk.tickets import promising, recounting
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.rules import tag_name
from helpdesk.topics import queries as topics
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

PROMISES: Final = "/admin/promises"
WHY: Final = {
    "policy": phrase("A policy changed"),
    "calendar": phrase("A calendar changed"),
    "person": phrase("A customer got another tier or organisation"),
    "organisation": phrase("An organisation got another tier"),
    "rules": phrase("All open tickets by the rules"),
}

Names = Annotated[str, Meta(max_length=5000)]


class RuleForm(Struct):
    """`organisations` has a name on each line; `tags` has commas between."""

    policy: int
    department: list[int] = []
    priority: list[str] = []
    tier: list[str] = []
    organisations: Names = ""
    topic: list[int] = []
    channel: list[str] = []
    tags: Names = ""

    async def conditions(self) -> Conditions:
        """What it asks of a ticket. Raises Invalid for an organisation that nobody belongs to."""
        return {
            "department": [str(one) for one in self.department],
            "priority": self.priority,
            "tier": [one for one in self.tier if one],
            "organisation": await _organisations(self.organisations),
            "topic": [str(one) for one in self.topic],
            "channel": [one for one in self.channel if one in promising.CHANNELS],
            "tag": [name for name in map(tag_name, self.tags.split(",")) if name],
        }


class TiersForm(Struct):
    names: Annotated[str, Meta(max_length=2000)] = ""


class Step(Struct):
    to: Literal["up", "down"]


class Shown(Struct, frozen=True):
    """A rule in words: the policy's name, and whom it is for."""

    id: int
    policy: str
    why: str


class PromiseAdmin(Controller):
    """Rules that choose the promise of a ticket."""

    path = "/promises"

    @get()
    async def promises(self, actor: CurrentActor, ticket: FromQuery[str] = "") -> Html:
        asked = ticket.strip().lstrip("#")
        names = {one.id: one.name for one in await queries.policies()}
        rules = await promises.rules()
        whys = await promising.reasons([one.when for one in rules])
        return page(
            "promises/promises.html",
            rules=[Shown(one.id, names[one.policy], why) for one, why in zip(rules, whys, strict=True)],
            asked=asked,
            fitting=await _fitting(actor, asked) if asked else None,
            runs=await recounting.runs(),
            why=WHY,
            tiers=filled(names="\n".join(await tiers())),
        )

    @post("/tiers")
    async def save_tiers(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, TiersForm)
        if form.data is not None:
            await store.save(actor, TierSettings(form.data.names))
            return go(PROMISES, tell=gettext("Saved."))
        return go(PROMISES, tell=gettext("Use at most %(most)s characters.", most=2000), kind="danger")

    @post("/recount")
    async def recount(self, actor: CurrentActor) -> Redirect:
        await recounting.ask(actor)
        return go(PROMISES, tell=gettext("Open tickets get the promises of these rules now."))

    @get("/new")
    async def new(self) -> Html:
        return await _edit(None, filled(department=[], priority=[], tier=[], topic=[], channel=[]))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, RuleForm)
        if form.data is None:
            return await _edit(None, form, status=422)
        try:
            await promise_actions.add_rule(actor, form.data.policy, await form.data.conditions())
        except Invalid as refusal:
            return await _edit(None, form.refused(refusal), status=422)
        return go(PROMISES, tell=gettext("Saved. Tickets that are open keep what they were promised."))

    @get("/{rule_id:int}")
    async def edit(self, rule_id: FromPath[int]) -> Html:
        rule = await promises.rule(rule_id)
        return await _edit(rule, await _as_it_is(rule))

    @post("/{rule_id:int}")
    async def change(self, actor: CurrentActor, rule_id: FromPath[int], request: Page) -> Html | Redirect:
        rule = await promises.rule(rule_id)
        form = await read(request, RuleForm)
        if form.data is None:
            return await _edit(rule, form, status=422)
        try:
            await promise_actions.change_rule(actor, rule_id, form.data.policy, await form.data.conditions())
        except Invalid as refusal:
            return await _edit(rule, form.refused(refusal), status=422)
        return go(PROMISES, tell=gettext("Saved. Tickets that are open keep what they were promised."))

    @post("/{rule_id:int}/move")
    async def move(self, actor: CurrentActor, rule_id: FromPath[int], request: Page) -> Redirect:
        step = (await read(request, Step)).data
        if step is not None:
            await promise_actions.move_rule(actor, rule_id, up=step.to == "up")
        return go(PROMISES)

    @post("/{rule_id:int}/remove")
    async def remove(self, actor: CurrentActor, rule_id: FromPath[int]) -> Redirect:
        await promise_actions.remove_rule(actor, rule_id)
        return go(PROMISES, tell=gettext("The rule is gone. Tickets that are open keep what they were promised."))


async def _fitting(actor: Actor, asked: str) -> list[tuple[str, str]]:
    """Every policy that fits the ticket of this number, with why, the one it would get first; none for no ticket."""
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
        return []
    try:
        ticket = await tickets.get(actor, int(asked))
    except NotFound:
        return []
    return await promising.others(ticket)


async def _organisations(text: str) -> list[str]:
    """The ids of those that are named, one on each line."""
    names = {fold(name)[:200]: name for line in text.splitlines() if (name := line.strip())}
    rows = await (
        Organisation.select(Organisation.id, Organisation.name_key)
        .where(Organisation.name_key.is_in([*names] or [""]))
        .order_by(Organisation.id)
    )
    known = {row["name_key"] for row in rows}
    if unknown := next((name for key, name in names.items() if key not in known), ""):
        raise Invalid({"organisations": phrase("Nobody belongs to “%(name)s”.", name=unknown)})
    return [str(row["id"]) for row in rows]


async def _as_it_is(rule: Rule) -> Form[Any]:
    when = {fact: [*values] for fact, values in rule.when.items()}
    names = await promising.organisation_names(when.get("organisation", []))
    return filled(
        policy=rule.policy,
        department=when.get("department", []),
        priority=[*dict.fromkeys(map(promising.priority_now, when.get("priority", [])))],
        tier=when.get("tier", []),
        organisations="\n".join(names.values()),
        topic=when.get("topic", []),
        channel=when.get("channel", []),
        tags=", ".join(when.get("tag", [])),
    )


async def _edit(rule: Rule | None, form: Form[Any], *, status: int = 200) -> Html:
    return page(
        "promises/edit.html",
        status=status,
        rule=rule,
        form=form,
        policies=options((one.id, one.name) for one in await queries.policies()),
        departments=_offered(form, "department", ((one.id, one.name) for one in await all_departments())),
        priorities=_offered(form, "priority", naming.current().priority_filters),
        tiers=_offered(form, "tier", ((one, one) for one in await tiers())),
        topics=_offered(form, "topic", ((one.id, one.name) for one in await topics.topics())),
        channels=options(promising.CHANNELS.items()),
    )


def _offered(form: Form[Any], fact: str, pairs: Iterable[tuple[object, object]]) -> list[tuple[str, str]]:
    """What can be named, and what is named though it is gone: left out, the rule would be for more tickets."""
    known = options(pairs)
    named = dict.fromkeys(map(str, form.values.get(fact) or []))
    return [*known, *((one, one if fact == "tier" else f"#{one}") for one in named if one not in dict(known))]
