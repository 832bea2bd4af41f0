"""
What a rule would do, without doing it: on one ticket, with an answer for each condition; on past tickets, by a job.

Tickets are asked as they stand now, since what they were like at each moment is not kept. An occasion counts when it
is in a ticket's history.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.automation import access, asking, queries, when
from helpdesk.automation.events import RuleTried
from helpdesk.automation.queries import Rule
from helpdesk.automation.tables import RuleTrial
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.events.record import decode, record
from helpdesk.events.tables import EventRow
from helpdesk.jobs.queue import enqueue
from helpdesk.tickets.access import visible_to
from helpdesk.tickets.events import TicketReplied
from helpdesk.tickets.tables import Message, Ticket
from helpdesk.tickets.terms import Term

PAST: Final = timedelta(days=30)
MOST: Final = 500
"""Tickets that a rule is tried on: those of the last 30 days, and no more than so many."""
IN_ONE: Final = 25
"""Tickets that the job goes through in one transaction."""


class Found(Struct, frozen=True):
    """A ticket that the rule would run on, and how often its history gives an occasion."""

    ticket: int
    subject: str
    times: int


class Trial(Struct, frozen=True):
    """How far a trial is, and what it found."""

    id: int
    total: int
    done: int
    found: list[Found]
    is_over: bool


class Asked(Struct, frozen=True):
    """One condition, and whether it holds."""

    group: str
    term: Term
    holds: bool


class Answer(Struct, frozen=True):
    """What a rule makes of one ticket: every condition, all of them together, and its occasions so far."""

    ticket: int
    subject: str
    asked: list[Asked]
    holds: bool
    times: int


async def begin(actor: Actor, rule_id: int) -> int:
    """Try a rule on past tickets by a job; the trial's id. Raises Forbidden, NotFound."""
    if not access.may_manage(actor):
        raise Forbidden()
    await queries.rule(rule_id)
    async with transaction():
        lately = visible_to(SYSTEM) & (Ticket.opened_at > now() - PAST)
        rows = await Ticket.select(Ticket.id).where(lately).order_by(Ticket.id, ascending=False).limit(MOST)
        numbers = [row["id"] for row in rows]
        row = RuleTrial(
            rule=rule_id,
            tickets=msgspec.json.encode(numbers).decode(),
            total=len(numbers),
            began_at=now(),
            ended_at=None if numbers else now(),
        )
        await RuleTrial.delete().where(RuleTrial.rule == rule_id)
        await row.save()
        await record(RuleTried(actor=actor.id, rule=rule_id, trial=row.id))
        if numbers:
            await enqueue(go_on, {"trial": row.id})
    return int(row.id)


async def go_on(trial: int) -> None:
    """The job: go through the tickets that are left, some in each transaction."""
    while await _some(trial):
        pass


async def result(rule_id: int) -> Trial | None:
    """The last trial of a rule; None for none."""
    row = await queries.newest_trial(rule_id)
    if row is None:
        return None
    found = msgspec.json.decode(row.found, type=list[Found])
    return Trial(row.id, row.total, row.done, found, row.ended_at is not None)


async def on_ticket(actor: Actor, rule_id: int, ticket: int) -> Answer:
    """What a rule makes of one ticket as it stands now. Raises Forbidden, and NotFound for no such ticket."""
    if not access.may_manage(actor):
        raise Forbidden()
    ready = await queries.ready(rule_id)
    case = (await asking.cases([ticket], ready.rule.keys)).get(ticket)
    if case is None:
        raise NotFound()
    looker = asking.house()
    asked = [
        Asked(group, term, holds(values, looker, case))
        for group in ("all", "any")
        for term, (holds, values) in zip(
            getattr(ready.rule.conditions, group), getattr(ready.ready, group), strict=True
        )
    ]
    times = await _occasions(ready.rule, [ticket])
    return Answer(ticket, case.subject, asked, ready.ready.hold(looker, case), times.get(ticket, 0))


async def _some(trial: int) -> bool:
    """Whether there is more to go through."""
    async with transaction():
        row = await locked(RuleTrial.objects().where(RuleTrial.id == trial)).first()
        if row is None or row.ended_at is not None:
            return False
        ready = await queries.ready(row.rule)
        numbers = msgspec.json.decode(row.tickets, type=list[int])[row.done : row.done + IN_ONE]
        cases, looker = await asking.cases(numbers, ready.rule.keys), asking.house()
        fitting = [number for number in numbers if number in cases and ready.ready.hold(looker, cases[number])]
        times = await _occasions(ready.rule, fitting)
        found = [Found(number, cases[number].subject, times[number]) for number in fitting if times.get(number)]
        row.found = msgspec.json.encode([*msgspec.json.decode(row.found), *found]).decode()
        row.done += len(numbers)
        row.ended_at = now() if row.done >= row.total else None
        await row.save([RuleTrial.found, RuleTrial.done, RuleTrial.ended_at])
        return row.ended_at is None


async def _occasions(rule: Rule, tickets: Sequence[int]) -> dict[int, int]:
    """How often the history of each ticket gives the rule an occasion; a time that is up is one."""
    names = {*when.names_of(rule.whens), *(when.names(rule.waits_for) if rule.waits_for else ())}
    about = [f"ticket:{number}" for number in tickets]
    rows = await (
        EventRow.select(EventRow.name, EventRow.data, EventRow.happened_at)
        .where(EventRow.about.is_in(about or [""]) & EventRow.name.is_in(sorted(names)))
        .order_by(EventRow.id)
    )
    found = [(decode(row["name"], row["data"]), row["happened_at"]) for row in rows]
    programs = await _by_programs([event.message for event, _ in found if isinstance(event, TicketReplied)])
    times, waiting = dict.fromkeys(tickets, 0), set()
    over = now() - timedelta(hours=rule.hours)
    for event, moment in found:
        if isinstance(event, TicketReplied) and event.message in programs:
            continue
        number: int = getattr(event, "ticket")  # noqa: B009  # every event about a ticket has it
        times[number] += when.occasion(event) in rule.whens
        if rule.waits_for and when.begins(rule.waits_for, event):
            waiting.add(number)
            if moment > over:
                waiting.discard(number)
    for number in waiting:
        times[number] += 1
    return times


async def _by_programs(messages: Sequence[int]) -> set[int]:
    """Those of these messages that programs wrote, which are nobody's word."""
    theirs = Message.id.is_in(list(messages) or [0]) & Message.is_automatic.eq(True)
    return {row["id"] for row in await Message.select(Message.id).where(theirs).order_by(Message.id)}
