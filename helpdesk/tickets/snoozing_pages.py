"""Letting a ticket sleep, and waking it."""

from litestar import Controller, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.reader import reading
from helpdesk.tickets import queries, rules, snoozing, undo, views
from helpdesk.tickets.snoozing import Preset
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.elements import clock_name
from helpdesk.web.forms import OptionalLine, read
from helpdesk.web.render import go


class Sleep(Struct):
    """Until when; `at` is the local moment of one's own choice."""

    until: Preset = "own"
    at: OptionalLine = ""


class SnoozePages(Controller):
    path = "/tickets/{ticket_id:int}"

    @post("/snooze")
    async def snooze(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        """Say also when a promise falls before the ticket comes back: sleeping stops no clock."""
        form = await read(request, Sleep)
        wanted, reader, here = form.data or Sleep(), reading.get(), f"/desk/tickets/{ticket_id}"
        try:
            until = await snoozing.snooze(actor, ticket_id, wanted.until, wanted.at)
        except Invalid as refusal:
            return go(here, tell=next(iter(refusal.errors.values())), kind="warn")
        views.forget_counts()
        ticket, way_back = await queries.ticket_facts(actor, ticket_id), await undo.way_back(actor, ticket_id)
        if ticket.due_at is not None and ticket.due_at < until:
            due = long_moment(ticket.due_at, reader.tz, reader.lang)
            tell = gettext(
                "It sleeps, but its promise “%(clock)s” does not: it falls due before, at %(moment)s.",
                clock=clock_name(ticket.due_kind),
                moment=due,
            )
            return go(here, tell=tell, kind="warn", undo=way_back)
        if until == rules.NEVER:
            return go(here, tell=gettext("It sleeps until the customer writes."), undo=way_back)
        tell = gettext("It sleeps until %(moment)s.", moment=long_moment(until, reader.tz, reader.lang))
        return go(here, tell=tell, undo=way_back)

    @post("/wake")
    async def wake(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await snoozing.wake(actor, ticket_id)
        views.forget_counts()
        way_back = await undo.way_back(actor, ticket_id)
        return go(f"/desk/tickets/{ticket_id}", tell=gettext("It is awake."), undo=way_back)
