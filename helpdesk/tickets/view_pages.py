"""The desk: agents put queues together and arrange them."""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.text import printable
from helpdesk.departments.queries import all_departments, colleagues
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import LANGUAGES
from helpdesk.tickets import access, queries, terms, view_keeping, views
from helpdesk.tickets.conditions import FIELDS, ME, MINE, MOST_TERMS, MOST_VALUES, NOBODY, Conditions, field
from helpdesk.tickets.fields import asking
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.fields.queries import FieldEntry
from helpdesk.tickets.tables import SavedView
from helpdesk.tickets.terms import Term
from helpdesk.tickets.view_keeping import Step, Wanted
from helpdesk.topics.queries import topics
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, filled, read
from helpdesk.web.render import Html, go, page, part
from helpdesk.web.visit import visiting

Options = list[tuple[str, str]]
GROUPS = ("all", "any")


class ViewForm(Struct):
    """A queue without its conditions. `act` is save, look (count, offer fitting values), add-all or remove-any-2."""

    title: Annotated[str, Meta(max_length=80)] = ""
    order: str = "due"
    columns: list[str] = []
    audience: str = ""
    act: str = "save"


class Arranged(Struct):
    """What to do with the place of one queue."""

    key: Annotated[str, Meta(min_length=1, max_length=12)]
    act: Step


class ViewPages(Controller):
    """The queues of an agent: in which order, which are hidden, and those put together by themselves."""

    path = "/views"

    @get()
    async def arranged(self, actor: CurrentActor) -> Html:
        placed = await views.arranged(actor)
        return page("tickets/views.html", placed=placed)

    @post()
    async def arrange(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, Arranged)
        if form.data is not None:
            await view_keeping.arrange(actor, form.data.key, form.data.act)
        return go("/desk/views")

    @get("/rail")
    async def rail(self, actor: CurrentActor, at: FromQuery[str] = "") -> Html:
        """The queues beside a page, which fetches them anew; `at` is the one that is open."""
        visiting.get().rail = await views.rail(actor)
        return part("layouts/_rail.html", queue=at)

    @get("/new")
    async def new(
        self,
        actor: CurrentActor,
        q: FromQuery[str] = "",
        status: FromQuery[str] = "",
        priority: FromQuery[str] = "",
        department: FromQuery[str] = "",
    ) -> Html:
        """An empty queue, or one that asks for what a filter asked for."""
        asked = {"status": status, "priority": priority, "department": department, "words": q}
        terms = tuple(Term(field, next(iter(FIELDS[field].ops)), (value,)) for field, value in asked.items() if value)
        form = filled(title="", order="due", columns=list(views.USUAL), audience="")
        return await _edit(actor, None, form, Conditions(terms or (Term("status", "is", ("new", "open")),)))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        return await _saved_or_shown(actor, None, request)

    @post("/draft")
    async def draft(self, actor: CurrentActor, request: Page) -> Html:
        """The conditions as they are in the form now, with values that fit their fields."""
        form = await read(request, ViewForm)
        wanted = changed(await sent_terms(request), str(form.values["act"]))
        return part("tickets/_conditions.html", **await _shown(actor, wanted), errors={})

    @post("/count")
    async def count(self, actor: CurrentActor, request: Page) -> Html:
        wanted = await sent_terms(request)
        return part("tickets/_view_count.html", found=await _found(actor, wanted), most=views.MOST_COUNTED)

    @get("/{view_id:int}")
    async def edit(self, actor: CurrentActor, view_id: FromPath[int]) -> Html:
        view = await view_keeping.get(actor, view_id)
        form = filled(
            title=view.title,
            order=view.ordering,
            columns=msgspec.json.decode(view.shown),
            audience=view.audience,
        )
        return await _edit(actor, view, form, msgspec.json.decode(view.conditions, type=Conditions))

    @post("/{view_id:int}")
    async def change(self, actor: CurrentActor, view_id: FromPath[int], request: Page) -> Html | Redirect:
        return await _saved_or_shown(actor, await view_keeping.get(actor, view_id, to_change=True), request)

    @post("/{view_id:int}/remove")
    async def remove(self, actor: CurrentActor, view_id: FromPath[int]) -> Redirect:
        await view_keeping.remove(actor, view_id)
        return go("/desk/views", tell=gettext("The queue is gone. Its tickets are where they were."))


async def _saved_or_shown(actor: Actor, view: SavedView | None, request: Page) -> Html | Redirect:
    """Keep the queue when that was asked for; otherwise show the form with a condition more or less."""
    form = await read(request, ViewForm)
    wanted = await sent_terms(request)
    if form.values["act"] not in {"", "save"}:
        return await _edit(actor, view, Form(form.values), changed(wanted, str(form.values["act"])))
    if form.data is not None:
        try:
            number = await view_keeping.save(actor, _wanted(form.data, wanted), view.id if view else None)
        except Invalid as refusal:
            form = form.refused(refusal)
        else:
            return go(f"/desk/queues/{number}", tell=gettext("The queue is kept."))
    return await _edit(actor, view, form, wanted, status=422)


def _wanted(form: ViewForm, conditions: Conditions) -> Wanted:
    return Wanted(
        title=form.title,
        conditions=conditions,
        columns=form.columns,
        order=form.order,
        audience=form.audience,
    )


async def sent_terms(request: Page, known: Callable[[str], terms.Field | None] = field) -> Conditions:
    """The conditions as the form has them; `known` says what may be asked for."""
    sent = await request.form()
    rows = [row for row in sent.getall("row", []) if isinstance(row, str)][: MOST_TERMS + 1]
    return Conditions(
        *(tuple(_term(sent, row, known) for row in rows if row.startswith(f"{group}-")) for group in GROUPS)
    )


def _term(sent: Any, row: str, known: Callable[[str], terms.Field | None]) -> Term:
    """One row of the form. Of another field than before, values and comparison mean nothing any more."""
    key, op = str(sent.get(f"field-{row}", "")), str(sent.get(f"op-{row}", ""))
    if (asked := known(key)) is None:
        return Term("status", "is")
    ops = asked.ops
    if key != sent.get(f"was-{row}", key) or op not in ops:
        return Term(key, next(iter(ops)))
    was = str(sent.get(f"was-op-{row}", op))
    if was in ops and ops[was].control != ops[op].control:
        return Term(key, op)
    values = [printable(value).strip() for value in sent.getall(f"value-{row}", []) if isinstance(value, str)]
    return Term(key, op, tuple(value for value in values if value)[: MOST_VALUES + 1])


def changed(conditions: Conditions, act: str) -> Conditions:
    """The conditions with one more (`add-all`) or one less (`remove-any-2`); unchanged by anything else."""
    verb, _, place = act.partition("-")
    group, _, number = place.partition("-")
    if group not in GROUPS:
        return conditions
    terms = list(getattr(conditions, group))
    if verb == "add":
        terms.append(Term("status", "is"))
    elif verb == "remove" and number.isdecimal() and int(number) < len(terms):
        del terms[int(number)]
    return msgspec.structs.replace(conditions, **{group: tuple(terms)})


async def _edit(
    actor: Actor, view: SavedView | None, form: Form[Any], conditions: Conditions, *, status: int = 200
) -> Html:
    return page(
        "tickets/views_edit.html",
        status=status,
        form=form,
        errors=form.errors,
        view=view,
        may_change=view is None or access.may_change_view(actor, view),
        columns=[(key, str(title)) for key, title in views.COLUMNS.items()]
        + [(asking.key_of(one), one.name) for one in await own_fields(form.values["columns"])],
        orders=_orders(),
        audiences=await _audiences(actor),
        **await _shown(actor, conditions),
    )


async def _shown(actor: Actor, conditions: Conditions) -> dict[str, Any]:
    """What the conditions' part of the form shows."""
    return {
        "conditions": conditions,
        "fields": await _asked(conditions),
        "choices": await choices(),
        "found": await _found(actor, conditions),
        "most": views.MOST_COUNTED,
        "most_terms": MOST_TERMS,
    }


async def own_fields(named: Collection[str]) -> list[FieldEntry]:
    """The fields that the desk added: those in use, and those that are `named` by their keys."""
    known = (await fields.everything()).values()
    return [one for one in known if one.archived_at is None or asking.key_of(one) in named]


async def _asked(conditions: Conditions) -> dict[str, terms.Field]:
    """All that may be asked for, by key."""
    asked = dict(FIELDS)
    for one in await own_fields([term.field for term in conditions.terms]):
        found = field(asking.key_of(one))
        assert found is not None
        asked[asking.key_of(one)] = msgspec.structs.replace(found, title=one.name)
    return asked


async def _found(actor: Actor, conditions: Conditions) -> int | None:
    """How many tickets the conditions find; None while one of them cannot be used."""
    if not conditions.terms or view_keeping.problems(conditions):
        return None
    return await views.count(actor, views.matching(conditions, actor))


async def choices() -> Mapping[str, Options]:
    """What is chosen from, by the key of what is asked for."""
    departments, staff = await all_departments(), await colleagues()
    return {
        "status": naming.current().status_filters,
        "priority": naming.current().priority_filters,
        "department": [
            (MINE, gettext("my departments")),
            *((str(department.id), department.name) for department in departments),
        ],
        "topic": [
            (NOBODY, gettext("none of them")),
            *((str(one.id), one.name) for one in await topics()),
        ],
        "assignee": [
            (ME, gettext("me")),
            (NOBODY, gettext("nobody yet")),
            *((str(person.id), person.name) for person in staff),
        ],
        "channel": [
            ("email", gettext("E-mail")),
            ("web", gettext("Web")),
            ("phone", gettext("Phone")),
            ("api", "API"),
        ],
        "lang": [*LANGUAGES.items()],
        **{asking.key_of(one): one.offered for one in (await fields.everything()).values()},
    }


def _orders() -> Options:
    titles = {
        "due": gettext("What is promised first"),
        "urgent": gettext("The most urgent first"),
        "updated": gettext("What changed last"),
        "silent": gettext("What has been silent for longest"),
        "newest": gettext("Newest first"),
        "oldest": gettext("Oldest first"),
    }
    return [(key, titles[key]) for key in queries.ORDERS]


async def _audiences(actor: Actor) -> Options:
    offered = [
        ("", gettext("Only me")),
        *(
            (f"department:{department.id}", gettext("Everybody in %(name)s", name=department.name))
            for department in await all_departments()
        ),
        ("all", gettext("Everybody at the desk")),
    ]
    return [(value, title) for value, title in offered if access.may_share_view(actor, value)]
