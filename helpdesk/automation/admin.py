"""The office: rules, what they did, and what they would do."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.automation import actions, asking, queries, trying, when
from helpdesk.automation.actions import MOST_ACTS, Wanted
from helpdesk.automation.acts import ASSIGNEE, KINDS, TEAM
from helpdesk.automation.queries import Act, Rule
from helpdesk.automation.ready import BEGINNINGS
from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.text import printable, shorten
from helpdesk.departments.queries import all_departments, colleagues
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import uploads
from helpdesk.tickets.canned import queries as canned
from helpdesk.tickets.conditions import ME, MINE, MOST_TERMS, Conditions
from helpdesk.tickets.fields import asking as field_asking
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.terms import Term
from helpdesk.tickets.view_pages import changed, choices, own_fields, sent_terms
from helpdesk.tickets.views import number_in
from helpdesk.topics.queries import topics
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page, part
from helpdesk.webhooks import deliver

RULES: Final = "/admin/rules"
Options = list[tuple[str, str]]


class RuleForm(Struct):
    """A rule without its conditions and acts. `act` is save, look, add-all, remove-any-2, add-do, remove-do-1."""

    title: Annotated[str, Meta(max_length=80)] = ""
    is_active: bool = False
    whens: list[str] = []
    waits_for: str = ""
    hours: int = 0
    is_last: bool = False
    act: str = "save"


class Step(Struct):
    to: Literal["up", "down", "on", "off"]


class RuleAdmin(Controller):
    """When something happens to a ticket, and it is such a one, then this is done."""

    path = "/rules"

    @get()
    async def rules(self, actor: CurrentActor) -> Html:
        rules = await queries.everything()
        offered = await _offered(actor)
        return page(
            "automation/rules.html",
            rules=rules,
            told={one.rule.id: _told(one.rule.acts, offered) for one in rules},
            **await _words_of([term for one in rules for term in one.rule.conditions.terms]),
            beginnings=BEGINNINGS,
            whens=when.WHENS,
            since=when.BEGINNINGS,
        )

    @get("/new")
    async def new(self, actor: CurrentActor, like: FromQuery[str] = "") -> Html:
        """An empty rule, or one of ready.BEGINNINGS."""
        wanted = BEGINNINGS[like].wanted() if like in BEGINNINGS else Wanted(title="", acts=(Act("tag"),))
        return await _edit(actor, None, _as_it_is(wanted), wanted.conditions, wanted.acts)

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        return await _saved_or_shown(actor, None, request)

    @post("/draft/conditions")
    async def draft_conditions(self, request: Page) -> Html:
        """The conditions as they are in the form now, with values that fit their fields."""
        form = await read(request, RuleForm)
        wanted = changed(await sent_terms(request, asking.field), str(form.values["act"]))
        return part("tickets/_conditions.html", **await _conditions(wanted), errors={})

    @post("/draft/acts")
    async def draft_acts(self, actor: CurrentActor, request: Page) -> Html:
        """What is to be done as it is in the form now, with what each act needs."""
        form = await read(request, RuleForm)
        done = _with_more_or_less(await _sent_acts(request), str(form.values["act"]))
        return part("automation/_acts.html", **await _acts(actor, done), errors={})

    @get("/{rule_id:int}")
    async def edit(self, actor: CurrentActor, rule_id: FromPath[int], after: FromQuery[str | None] = None) -> Html:
        rule = await queries.rule(rule_id)
        return await _edit(actor, rule, _as_it_is(rule), rule.conditions, rule.acts, after=after)

    @post("/{rule_id:int}")
    async def change(self, actor: CurrentActor, rule_id: FromPath[int], request: Page) -> Html | Redirect:
        return await _saved_or_shown(actor, await queries.rule(rule_id), request)

    @post("/{rule_id:int}/move")
    async def move(self, actor: CurrentActor, rule_id: FromPath[int], request: Page) -> Redirect:
        """Another place, or on and off."""
        step = (await read(request, Step)).data
        try:
            if step is not None and step.to in {"on", "off"}:
                await actions.switch(actor, rule_id, on=step.to == "on")
            elif step is not None:
                await actions.move(actor, rule_id, up=step.to == "up")
        except Invalid as refusal:
            return go(f"{RULES}/{rule_id}", tell=refusal.reason, kind="warn")
        return go(RULES)

    @post("/{rule_id:int}/remove")
    async def remove(self, actor: CurrentActor, rule_id: FromPath[int]) -> Redirect:
        await actions.remove(actor, rule_id)
        return go(RULES, tell=gettext("The rule is gone. What it did stays."))

    @get("/{rule_id:int}/try")
    async def try_it(self, actor: CurrentActor, rule_id: FromPath[int], ticket: FromQuery[str] = "") -> Html:
        rule = await queries.rule(rule_id)
        answer, wrong = None, ""
        if ticket:
            try:
                answer = await trying.on_ticket(actor, rule_id, number_in(ticket) or 0)
            except NotFound:
                wrong = gettext("There is no such ticket.")
        return page(
            "automation/try.html",
            status=422 if wrong else 200,
            rule=rule,
            ticket=ticket,
            answer=answer,
            wrong=wrong,
            trial=await trying.result(rule_id),
            **await _words_of(rule.conditions.terms),
            told=_told(rule.acts, await _offered(actor)),
            days=trying.PAST.days,
            most=trying.MOST,
        )

    @post("/{rule_id:int}/try")
    async def begin_trial(self, actor: CurrentActor, rule_id: FromPath[int]) -> Redirect:
        await trying.begin(actor, rule_id)
        return go(f"{RULES}/{rule_id}/try")

    @get("/{rule_id:int}/progress")
    async def progress(self, actor: CurrentActor, rule_id: FromPath[int]) -> Html:
        rule = await queries.rule(rule_id)
        told = _told(rule.acts, await _offered(actor))
        return part("automation/_trial.html", rule=rule, trial=await trying.result(rule_id), told=told)


async def _saved_or_shown(actor: Actor, rule: Rule | None, request: Page) -> Html | Redirect:
    """Keep the rule when that was asked for; otherwise show the form with a row more or less."""
    form = await read(request, RuleForm)
    act = str(form.values["act"])
    conditions, done, errors = await sent_terms(request, asking.field), *await _kept_acts(request)
    if act not in {"", "save"}:
        shown = _with_more_or_less(done, act)
        return await _edit(actor, rule, Form(form.values), changed(conditions, act), shown)
    if errors:
        form = form.refused(Invalid(errors))
    if form.data is not None:
        try:
            number = await _save(actor, rule, _wanted(form.data, conditions, done))
        except Invalid as refusal:
            form = form.refused(refusal)
        else:
            return go(f"{RULES}/{number}", tell=gettext("Saved."))
    return await _edit(actor, rule, form, conditions, done, status=422)


async def _save(actor: Actor, rule: Rule | None, wanted: Wanted) -> int:
    if rule is None:
        return await actions.add(actor, wanted)
    await actions.change(actor, rule.id, wanted)
    return rule.id


def _wanted(form: RuleForm, conditions: Conditions, done: Sequence[Act]) -> Wanted:
    return Wanted(
        title=form.title,
        is_active=form.is_active,
        whens=form.whens,
        waits_for=form.waits_for,
        hours=form.hours,
        conditions=conditions,
        acts=tuple(done),
        is_last=form.is_last,
    )


async def _sent_acts(request: Page) -> list[Act]:
    return (await _kept_acts(request))[0]


async def _kept_acts(request: Page) -> tuple[list[Act], dict[str, object]]:
    """The acts of the form, their files in the store, and what is wrong with a file, by row."""
    sent = await request.form()
    rows = [row for row in sent.getall("do-row", []) if isinstance(row, str) and row.isdecimal() and len(row) < 3]
    found, errors = [], dict[str, object]()
    for place, row in enumerate(rows[: MOST_ACTS + 1]):
        act = _act(sent, row)
        if act.kind == "answer":
            try:
                act = msgspec.structs.replace(act, file=await _file(sent, row))
            except Invalid as refusal:
                errors[f"do-{place}"] = refusal.reason
        found.append(act)
    return found, errors


def _act(sent: Any, row: str) -> Act:
    """One row of the form. Of another kind than before, its values mean nothing any more."""
    said = {
        name: printable(str(sent.get(f"{name}-{row}", ""))).strip() for name in ("kind", "value", "words", "article")
    }
    kind = said["kind"] if said["kind"] in KINDS else "tag"
    if kind != sent.get(f"was-kind-{row}", kind):
        return Act(kind)
    days = str(sent.get(f"days-{row}", "")).strip()
    return Act(
        kind,
        value=said["value"][:1000],
        words=said["words"].replace("\r\n", "\n"),
        article=said["article"].rpartition("/")[2].partition("-")[0].lstrip("#"),
        days=(int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else -1) if days else 0,
    )


async def _file(sent: Any, row: str) -> Any:
    """What was chosen now, or else what was kept before."""
    chosen = [one for one in sent.getall(f"file-{row}", []) if isinstance(one, UploadFile) and one.filename]
    kept = [one for one in sent.getall(f"kept-{row}", []) if isinstance(one, str) and one]
    found = await uploads.keep(chosen[:1]) if chosen else uploads.again(kept)
    return found[0] if found else None


def _with_more_or_less(done: Sequence[Act], act: str) -> list[Act]:
    """The acts with one more (`add-do`), one less (`remove-do-2`), or one a place higher (`raise-do-2`)."""
    verb, _, place = act.partition("-")
    group, _, number = place.partition("-")
    found = list(done)
    row = int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else -1
    if group == "do" and verb == "add":
        found.append(Act("tag"))
    elif group == "do" and verb == "remove" and 0 <= row < len(found):
        del found[row]
    elif group == "do" and verb == "raise" and 0 < row < len(found):
        found[row - 1], found[row] = found[row], found[row - 1]
    return found


def _as_it_is(rule: Rule | Wanted) -> Form[Any]:
    return filled(
        title=rule.title,
        is_active=rule.is_active,
        whens=list(rule.whens),
        waits_for=rule.waits_for,
        hours=rule.hours or "",
        is_last=rule.is_last,
    )


async def _edit(
    actor: Actor,
    rule: Rule | None,
    form: Form[Any],
    conditions: Conditions,
    done: Sequence[Act],
    *,
    after: str | None = None,
    status: int = 200,
) -> Html:
    about = f"rule:{rule.id}" if rule else ""
    return page(
        "automation/edit.html",
        status=status,
        rule=rule,
        form=form,
        errors=form.errors,
        whens=options(when.WHENS.items()),
        since=[("", "–"), *options(when.BEGINNINGS.items())],
        signing_key=deliver.signing_key(about) if rule and any(one.kind == "webhook" for one in rule.acts) else "",
        deliveries=await deliver.newest(about) if rule else [],
        runs=await queries.runs(rule.id, after=after) if rule else None,
        **await _conditions(conditions),
        **await _acts(actor, done),
    )


async def _conditions(conditions: Conditions) -> dict[str, Any]:
    """What the conditions' part of the form shows."""
    return {
        **await _words_of(conditions.terms),
        "conditions": conditions,
        "most_terms": MOST_TERMS,
        "draft": f"{RULES}/draft/conditions",
        "counts": False,
    }


async def _words_of(terms: Sequence[Term]) -> dict[str, Any]:
    """What may be asked for and chosen from, by key; nobody stands for "me", since rules are nobody."""
    asked = dict(asking.FIELDS)
    for one in await own_fields([term.field for term in terms]):
        found = asking.field(field_asking.key_of(one))
        assert found is not None
        asked[field_asking.key_of(one)] = msgspec.structs.replace(found, title=one.name)
    offered: Mapping[str, Options] = {
        key: [one for one in pairs if one[0] not in {ME, MINE}] for key, pairs in (await choices()).items()
    }
    return {
        "fields": asked,
        "choices": {**offered, "machine": [("yes", gettext("Yes")), ("no", gettext("No"))]},
    }


async def _acts(actor: Actor, done: Sequence[Act]) -> dict[str, Any]:
    """What the part of the form shows that says what is to be done."""
    return {
        "done": done,
        "kept_files": [uploads.ticket_for(one.file) if one.file else "" for one in done],
        "kinds": KINDS,
        "most_acts": MOST_ACTS,
        "act_choices": await _offered(actor),
    }


async def _offered(actor: Actor) -> dict[str, Options]:
    """What acts are chosen from, by what they are picked in."""
    staff = [(str(one.id), one.name) for one in await colleagues()]
    places = [(str(one.id), one.name) for one in await all_departments()]
    every = await canned.everything(actor)
    known = naming.current()
    own = [one for one in (await fields.everything()).values() if one.archived_at is None and one.kind != "file"]
    return {
        "status": known.status_options,
        "priority": known.priority_options,
        "people": staff,
        "departments": places,
        "topic": [("", gettext("None")), *((str(one.id), one.name) for one in await topics())],
        "field": [(str(one.id), one.name) for one in own],
        "answer": [("", gettext("None")), *((str(one.id), one.name) for one in every if not one.is_act)],
        "macro": [(str(one.id), one.name) for one in every if one.is_macro],
        "sleep": [
            ("later", gettext("In 3 hours")),
            ("tomorrow", gettext("Tomorrow, 8:00")),
            ("monday", gettext("Monday, 8:00")),
            ("reply", gettext("Until the customer writes")),
        ],
        "told": [
            (ASSIGNEE, gettext("Its assignee, or else its department")),
            (TEAM, gettext("Its department")),
            *((f"department:{value}", name) for value, name in places),
            *((f"person:{value}", name) for value, name in staff),
        ],
    }


def _told(done: Sequence[Act], offered: Mapping[str, Options]) -> list[str]:
    """What a rule does, an act a line: its name and what was picked or typed for it."""
    lines = []
    for act in done:
        kind = KINDS[act.kind]
        picked = dict(offered.get(kind.control, ())).get(act.value, act.value) if act.value else ""
        article = gettext("article %(number)s", number=act.article) if act.article else ""
        said = [part for part in (picked, act.words, article, act.file.filename if act.file else "") if part]
        lines.append(f"{kind.title}: {shorten(' · '.join(said), 120)}" if said else str(kind.title))
    return lines
