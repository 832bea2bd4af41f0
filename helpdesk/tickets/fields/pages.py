"""
What a ticket says in its fields, as a part of its page; a page of its own where there is no JavaScript.

Parcels that its messages speak of stand beside it, each with a way to keep its number.
"""

from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.tickets import access, actions, undo, views
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.fields import answers, queries, rules, tracking
from helpdesk.tickets.fields.forms import sent, typed
from helpdesk.tickets.fields.tracking import CarrierEntry, Found
from helpdesk.tickets.tables import Message
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, read
from helpdesk.web.render import Html, go, page, part

MOST_MESSAGES = 30
"""So many messages, the newest, are looked through for parcels."""


class Kept(Struct):
    """The number of a parcel that is to stand in a field, as `rules.canonical` writes it."""

    field: int
    number: Annotated[str, Meta(min_length=1, max_length=rules.LONGEST)]


class FieldPages(Controller):
    path = "/tickets/{ticket_id:int}/fields"

    @get()
    async def show(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html:
        return await _show(actor, ticket_id, is_part="hx-request" in request.headers)

    @post()
    async def set(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        wanted = sent(await request.form(), (await queries.everything()).values())
        try:
            await actions.set_fields(actor, ticket_id, wanted)
        except Invalid as refusal:
            return await _show(actor, ticket_id, form=typed(wanted).refused(refusal))
        return await _back(actor, ticket_id)

    @post("/keep")
    async def keep(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        """Keep the number of a parcel that a message speaks of."""
        form = await read(request, Kept)
        try:
            await actions.set_fields(actor, ticket_id, {form.data.field: [form.data.number]} if form.data else {})
        except Invalid as refusal:
            return go(_place(ticket_id), tell=refusal.reason, kind="warn")
        return await _back(actor, ticket_id)


async def _show(actor: Actor, ticket_id: int, *, is_part: bool = False, form: Form[Any] | None = None) -> Html:
    """The part or the page; with a form that came back, the page."""
    ticket = await tickets.get(actor, ticket_id)
    if not access.works_on(actor, department=ticket.department, assignee=ticket.assignee):
        raise Forbidden()
    said, carriers = await answers.of_ticket(ticket_id), await queries.carriers()
    known = (await queries.everything()).values()
    entries = await queries.of_ticket(ticket.department, ticket.topic)
    entries += [one for one in known if one.id in said and one.archived_at is None and one not in entries]
    shown = {one.id: queries.shown(one, said[one.id], carriers) for one in known if one.id in said}
    kept = {rules.bare("tracking", text) for one in shown if shown[one].field.kind == "tracking" for text in said[one]}
    was = {one.id: [one.written(text) for text in said[one.id]] for one in known if one.id in said}
    standing = typed(was)
    context: dict[str, Any] = {
        "number": ticket_id,
        "fields": entries,
        "shown": shown,
        "archived": [one for one in shown.values() if one.field.archived_at is not None],
        "was": was,
        "form": Form(standing.values | form.values, form.errors) if form else standing,
        "found": [one for one in await _parcels(ticket_id, carriers) if one.number not in kept],
        "homes": [one for one in entries if one.kind == "tracking"],
        "files": await answers.files_of(ticket_id) if any(one.kind == "file" for one in entries) else [],
        "file_place": f"/desk/tickets/{ticket_id}/files/",
        "may_change": access.may_work(actor, ticket),
    }
    if is_part:
        return part("tickets/fields/_fields.html", **context)
    return page("tickets/fields/fields.html", status=422 if form else 200, **context)


async def _parcels(ticket_id: int, carriers: list[CarrierEntry]) -> list[Found]:
    """The parcels that messages and notes speak of, each once, the newest message first."""
    rows = await (
        Message.select(Message.fresh)
        .where((Message.ticket == ticket_id) & Message.kind.is_in(["reply", "note"]))
        .order_by(Message.id, ascending=False)
        .limit(MOST_MESSAGES)
    )
    found: dict[str, Found] = {}
    for row in rows:
        for one in tracking.recognise(row["fresh"], carriers):
            found.setdefault(one.number, one)
    return [*found.values()]


def _place(ticket_id: int) -> str:
    return f"/desk/tickets/{ticket_id}#fields"


async def _back(actor: Actor, ticket_id: int) -> Redirect:
    views.forget_counts()
    way_back = await undo.way_back(actor, ticket_id)
    return go(_place(ticket_id), tell=gettext("It is done.") if way_back else "", undo=way_back)
