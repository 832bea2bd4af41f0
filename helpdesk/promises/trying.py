"""The office: try other times for a policy on the tickets of the last days, before they are promised."""

from typing import Any, Final

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.errors import Invalid
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext
from helpdesk.promises import replaying
from helpdesk.promises.rules import Count, Found
from helpdesk.sla import policy_pages, queries, typed
from helpdesk.sla.policy import KINDS
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.elements import clock_name
from helpdesk.web.forms import read
from helpdesk.web.render import Html, go, page, part

ALL: Final = "all"


class Line(Struct, frozen=True):
    """What one group's promises of one kind came to."""

    name: str
    kind: str
    count: Count


class Table(Struct, frozen=True):
    """Lines under a title."""

    title: str
    lines: list[Line]


class PolicyTrying(Controller):
    """What would have become of promises."""

    path = "/policies/{policy_id:int}/try"

    @get()
    async def show(self, policy_id: FromPath[int], run: FromQuery[int | None] = None) -> Html:
        return page("promises/try.html", **await _shown(policy_id, run))

    @get("/progress")
    async def progress(self, policy_id: FromPath[int], run: FromQuery[int | None] = None) -> Html:
        """The part of the page that changes while the job is at it."""
        return part("promises/_tried.html", **await _shown(policy_id, run))

    @post()
    async def begin(self, actor: CurrentActor, policy_id: FromPath[int], request: Page) -> Html | Redirect:
        entry = await queries.policy_entry(policy_id)
        form = await read(request, policy_pages.policy_form())
        if form.data is None:
            return policy_pages.policy_page(entry, form, status=422)
        try:
            run = await replaying.begin(actor, policy_id, form.data.targets())
        except Invalid as refusal:
            return policy_pages.policy_page(entry, form.refused(refusal), status=422)
        return go(f"/admin/policies/{policy_id}/try?run={run}")


async def _shown(policy_id: int, run: int | None) -> dict[str, Any]:
    entry = await queries.policy_entry(policy_id)
    tried = await replaying.tried(policy_id, run)
    return {
        "policy": entry,
        "tried": tried,
        "tables": await _tables(tried.found) if tried else [],
        "changes": _changes(entry.targets, tried.draft.targets) if tried else [],
        "kinds": {kind: clock_name(kind) for kind in KINDS},
    }


async def _tables(found: Found) -> list[Table]:
    departments = {f"department:{one.id}": one.name for one in await all_departments()}
    priorities = {f"priority:{key}": name for key, name in naming.current().priority_filters}
    return [
        Table(title, lines)
        for title, groups in (
            (gettext("All"), {ALL: gettext("All")}),
            (gettext("By department"), departments),
            (gettext("By priority"), priorities),
        )
        if (lines := _lines(found, groups))
    ]


def _lines(found: Found, groups: dict[str, str]) -> list[Line]:
    return [
        Line(name, clock_name(kind), found.counts[group][kind])
        for group, name in groups.items()
        if group in found.counts
        for kind in KINDS
        if kind in found.counts[group]
    ]


def _changes(before: queries.Targets, after: queries.Targets) -> list[str]:
    """What the draft says otherwise than the policy as it is: "First response, Urgent: 30m → 15m"."""
    names = dict(naming.current().priority_filters)
    told = []
    for kind in KINDS:
        had, has = before.get(kind, {}), after.get(kind, {})
        for key, name in names.items():
            if had.get(key, had.get("any")) != has.get(key, has.get("any")):
                was, now = (typed.minutes_text(one.get(key, one.get("any"))) or "–" for one in (had, has))
                told.append(f"{clock_name(kind)}, {name}: {was} → {now}")
    return told
