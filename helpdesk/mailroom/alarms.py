"""
What is done when a promise comes near its end or is broken: the steps of its policy, and when letters of it may go.

A step is taken once (`tickets/deadlines.py` remembers that). One that nobody needs any more, because the promise was
kept meanwhile, is let be; one that is refused is told of in a note on the ticket.
"""

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.errors import Conflict, Refused
from helpdesk.departments import queries as departments
from helpdesk.events.record import Reaction, in_hand, react
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.jobs.queue import enqueue, name_of
from helpdesk.mailroom import team
from helpdesk.mailroom.reading import plain
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla import calendar
from helpdesk.sla.watch import NOBODY, TELLING
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import deadlines, queries
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned.queries import every_of
from helpdesk.tickets.events import TicketEscalated
from helpdesk.tickets.history import escalation_in_words, how_long_after
from helpdesk.tickets.queries import TicketFacts
from helpdesk.web import naming
from helpdesk.web.elements import clock_name


async def escalate(event: TicketEscalated) -> None:
    """Take the step: write to whom it names, or change the ticket as it says."""
    ticket = await queries.ticket_facts(SYSTEM, event.ticket)
    deadline = next((one for one in await queries.deadlines(ticket.id) if one.id == event.deadline), None)
    if deadline is None or deadline.met_at is not None:
        return
    if event.act in TELLING:
        if deadline.due_at is not None and not await waits_for_opening(escalate, ticket):
            await _tell(event, ticket, deadline.kind)
        return
    try:
        await _change(event, ticket)
    except Refused as refusal:  # the note says so
        await _note_refusal(event, ticket, deadline.kind, refusal)


async def waits_for_opening(reaction: Reaction, ticket: TicketFacts) -> bool:
    """
    Whether letters that warn wait now, for the office is closed and the policy has them wait.

    Then the reaction to the event in hand is owed once more for the moment at which the office opens.
    """
    watch, hours = (await deadlines.watched([ticket.id]))[ticket.id]
    if not watch.in_hours:
        return False
    try:
        opens = calendar.next_opening(now(), hours)
    except calendar.NeverOpen:
        return False
    if opens <= now():
        return False
    event = in_hand.get()
    called = {"event": event, "reaction": name_of(reaction)}
    await enqueue(react, called, run_at=opens, key=f"opening:{event}:{name_of(reaction)}")
    return True


async def _tell(event: TicketEscalated, ticket: TicketFacts, kind: str) -> None:
    deadline = next(one for one in await queries.deadlines(ticket.id) if one.id == event.deadline)
    assert deadline.due_at is not None
    for person in await _audience(event.act, ticket):
        reader = await team.reader_of(person)
        with reading_as(reader):
            values = {
                "promise": clock_name(kind),
                "moment": long_moment(deadline.due_at, reader.tz, reader.lang),
                "step": how_long_after(event.minutes),
            }
        key = f"escalated:{event.deadline}:{event.step}:{person.id}"
        await team.write_to(person, ticket, "escalated", values, key=key, number=_number(event))


async def _audience(act: str, ticket: TicketFacts) -> list[team.Recipient]:
    """Whom the act names; the team where there is no such person, or none who may see the ticket."""
    named = None
    if act == "tell_assignee":
        named = ticket.assignee
    elif act == "tell_lead":
        named = (await departments.department(ticket.department)).lead
    found = await team.hearers([named], ticket, but=None) if named else []
    return found or await team.hearers(await departments.members(ticket.department), ticket, but=None)


async def _change(event: TicketEscalated, ticket: TicketFacts) -> None:
    if event.act == "priority":
        if _is_more_urgent(event.value, ticket.priority):
            await tickets.set_priority(SYSTEM, ticket.id, event.value)
    elif event.act == "assign":
        await tickets.assign(SYSTEM, ticket.id, None if event.value == NOBODY else int(event.value))
    elif event.act == "macro":
        if not await every_of([int(event.value)]):
            raise Conflict(phrase("The macro is not there any more."))
        await canned.carry_out(SYSTEM, ticket.id, [int(event.value)], with_status=True)


def _is_more_urgent(wanted: str, priority: str) -> bool:
    """Whether it, or what took its place, is above the ticket's own: a step lowers nothing."""
    every = naming.current()
    if wanted not in every.priorities:
        return False
    return every.priority(wanted).rank < every.priority(priority).rank


async def _note_refusal(event: TicketEscalated, ticket: TicketFacts, kind: str, refusal: Refused) -> None:
    site = await store.get(SiteSettings)
    with reading_as(Reader(site.language, site.timezone)):
        step = escalation_in_words(event.act, event.value, event.minutes, kind, await _names())
        text = gettext("A step could not be taken: %(step)s. %(reason)s", step=step, reason=refusal.reason)
    await tickets.note(SYSTEM, ticket.id, plain(text))


async def _names() -> dict[int, str]:
    return {one.id: one.name for one in await departments.colleagues()}


def _number(event: TicketEscalated) -> int:
    """So that each step's letter has a Message-ID of its own, also beside the warnings about the same promise."""
    return event.deadline * 1000 + event.step % 1000
