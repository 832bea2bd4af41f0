"""Many tickets at once, taking back what was done, and the bin: for agents."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.departments.queries import all_departments, colleagues
from helpdesk.i18n.catalogue import gettext, ngettext
from helpdesk.settings import store
from helpdesk.tickets import binning, bulk, queries, undo, views
from helpdesk.tickets.binning import BinSettings
from helpdesk.tickets.bulk import Result
from helpdesk.tickets.canned import queries as canned
from helpdesk.tickets.fields import queries as fields
from helpdesk.topics.queries import topics
from helpdesk.web import naming
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.elements import priority_name, status_name
from helpdesk.web.forms import Line, OptionalBody, OptionalLine, read
from helpdesk.web.render import Html, go, page, part


class Chosen(Struct):
    """
    What to do with which tickets of a queue: the picked ones, or `all` that match.

    `act` is a word of bulk.ACTS and what it needs, such as `status solved`; what is chosen or typed stands in
    `value`, `tag` or `words`. `sure`: the number of tickets was read.
    """

    act: Line
    id: list[int] = []
    all: bool = False
    sure: bool = False
    value: OptionalLine = ""
    tag: OptionalLine = ""
    words: OptionalBody = ""

    def needs(self, actor: Actor) -> str:
        """What the act needs besides its word."""
        word, _, value = self.act.partition(" ")
        typed = {"tag": self.tag, "untag": self.tag, "note": self.words, "reply": self.words}
        typed["field"] = f"{value}={self.value}"
        return typed.get(word, str(actor.id) if value == "me" else value or self.value)


class Picked(Struct):
    id: list[int] = []


class BulkPages(Controller):
    path = "/"

    @post("/queues/{key:str}", status_code=200)
    async def begin(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Html | Redirect:
        """Do something to the picked tickets of a queue, or to all of it after a question."""
        back = f"/desk/queues/{key}" + (f"?{request.url.query}" if request.url.query else "")
        view, form = await views.find(actor, key), await read(request, Chosen)
        if form.data is None or not (form.data.id or form.data.all):
            return go(back, tell=gettext("Pick at least one ticket first."), kind="warn")
        sent, act = form.data, form.data.act.partition(" ")[0]
        try:
            numbers = sent.id
            if sent.all:
                chosen = views.Filter.of(request.query_params)
                numbers = await bulk.matching(actor, views.condition(actor, view, chosen))
            if act == "choose":
                return await _choose(actor, sent, view, len(numbers), back)
            if sent.all and not sent.sure and act in bulk.ACTS and numbers:
                what = _in_words(act, sent.needs(actor))
                return page("tickets/bulk_sure.html", sent=sent, count=len(numbers), view=view, back=back, what=what)
            began = await bulk.begin(actor, act, sent.needs(actor), numbers)
        except Invalid as refusal:
            return go(back, tell=refusal.reason, kind="warn")
        return await _to(actor, began, back)

    @get("/bulk/{number:int}")
    async def show(self, actor: CurrentActor, number: FromPath[int]) -> Html:
        return page("tickets/bulk.html", result=await bulk.result(actor, number))

    @get("/bulk/{number:int}/progress")
    async def progress(self, actor: CurrentActor, number: FromPath[int]) -> Html:
        return part("tickets/_bulk_progress.html", result=await bulk.result(actor, number))

    @post("/bulk/{number:int}/undo")
    async def take_back_all(self, actor: CurrentActor, number: FromPath[int], request: Page) -> Redirect:
        try:
            began = await bulk.take_back(actor, number)
        except Conflict as refusal:
            return go(f"/desk/bulk/{number}", tell=refusal.reason, kind="warn")
        return await _to(actor, began, _queue_before(request) or f"/desk/bulk/{began}")

    @post("/undo/{number:int}")
    async def take_back(self, actor: CurrentActor, number: FromPath[int]) -> Redirect:
        ticket = await undo.ticket_of(actor, number)
        try:
            await undo.take_back(actor, number)
        except Conflict as refusal:
            return go(await _place(actor, ticket), tell=refusal.reason, kind="warn")
        views.forget_counts()
        return go(await _place(actor, ticket), tell=gettext("It is taken back."))


class BinPages(Controller):
    path = "/"

    @get("/bin")
    async def show(self, actor: CurrentActor, after: FromQuery[str] = "") -> Html:
        tickets = await binning.binned(actor, after=after or None)
        days = (await store.get(BinSettings)).keep_days
        return page("tickets/bin.html", tickets=tickets, days=days, is_first_page=not after)

    @post("/bin")
    async def restore_picked(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, Picked)
        if form.data is None or not form.data.id:
            return go("/desk/bin", tell=gettext("Pick at least one ticket first."), kind="warn")
        return await _to(actor, await bulk.begin(actor, "restore", "", form.data.id), "/desk/bin")

    @post("/bin/empty")
    async def empty(self, actor: CurrentActor) -> Redirect:
        gone = await binning.empty(actor)
        return go(
            "/desk/bin", tell=ngettext("%(n)s ticket is gone for good.", "%(n)s tickets are gone for good.", gone)
        )

    @post("/tickets/{ticket_id:int}/delete")
    async def delete(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await binning.put(actor, ticket_id)
        return await _binned(actor, ticket_id, gettext("#%(number)s is in the bin.", number=ticket_id))

    @post("/tickets/{ticket_id:int}/spam")
    async def spam(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await binning.put(actor, ticket_id, as_spam=True)
        return await _binned(actor, ticket_id, gettext("#%(number)s is in the bin as spam.", number=ticket_id))


def told(result: Result) -> str:
    """What came of a bulk act, in one line."""
    if not result.refused:
        return ngettext("%(n)s ticket was changed.", "%(n)s tickets were changed.", result.changed)
    reasons = " ".join(
        f"{', '.join(f'#{number}' for number in numbers[:5])}{'…' if len(numbers) > 5 else ''}: {reason}"
        for reason, numbers in result.refusals.items()
    )
    counts = gettext("%(n)s of %(all)s tickets were changed.", n=result.changed, all=result.total)
    return f"{counts} {reasons}"


def _in_words(act: str, value: str) -> str:
    """An act and what it needs, as far as that is a word."""
    told: dict[str, Callable[[str], str]] = {"status": status_name, "priority": priority_name, "tag": str, "untag": str}
    return f"{bulk.ACTS[act].name}: {told[act](value)}" if act in told else str(bulk.ACTS[act].name)


async def _choose(actor: Actor, sent: Chosen, view: views.View, count: int, back: str) -> Html:
    """All that can be done to these tickets, on a page of its own."""
    return page(
        "tickets/bulk_choose.html",
        sent=sent,
        view=view,
        count=count,
        back=back,
        statuses=[(one.key, one.name) for one in naming.current().offered_statuses if one.category != "new"],
        priorities=naming.current().priority_options,
        people=[("", gettext("nobody yet")), *((one.id, one.name) for one in await colleagues())],
        topics=[("", gettext("None of the topics"))] + [(one.id, one.name) for one in await topics() if one.is_active],
        places=[(one.id, one.name) for one in await all_departments()],
        fields=[one for one in (await fields.everything()).values() if one.archived_at is None and one.kind != "file"],
        macros=await canned.everything(actor),
        names={str(one.id): one.name for one in await colleagues()},
    )


def _queue_before(request: Page) -> str:
    """The queue whose page the button was pressed on, as the browser says; empty for another page."""
    before = urlsplit(request.headers.get("referer", ""))
    place = re.fullmatch(r"/desk/(queues/[a-z0-9]+|bin)", before.path)
    return before.path + (f"?{before.query}" if before.query else "") if place else ""


async def _to(actor: Actor, number: int, back: str) -> Redirect:
    """Back with the result of an act that is done, or to where its progress is seen."""
    views.forget_counts()
    result = await bulk.result(actor, number)
    if result.ended_at is None:
        return go(f"/desk/bulk/{number}")
    way_back = f"/desk/bulk/{number}/undo" if result.can_be_undone else ""
    return go(back, tell=told(result), kind="warn" if result.refused else "ok", undo=way_back)


async def _binned(actor: Actor, ticket_id: int, tell: str) -> Redirect:
    views.forget_counts()
    return go("/desk", tell=tell, undo=await undo.way_back(actor, ticket_id))


async def _place(actor: Actor, ticket_id: int) -> str:
    return f"/desk/tickets/{ticket_id}" if await queries.is_visible(actor, ticket_id) else "/desk"
