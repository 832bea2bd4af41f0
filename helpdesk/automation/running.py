"""
Rules at work: what happened to a ticket is an occasion, or time has passed since.

Each event is gone through by one job, in one transaction, with the ticket kept from others; so a rule runs once for an
event. Rules cannot run for ever: what they bring about knows how many rules stand behind it, also where time passes
since, nothing happens beyond DEEPEST, and no ticket is changed by more than MOST_A_MINUTE runs, nor by more than
MOST_A_DAY of one rule, however they set each other off.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from helpdesk.assignment import handing
from helpdesk.automation import acts, asking, queries, when
from helpdesk.automation.acts import Doing, LeftOut
from helpdesk.automation.events import RuleFailed
from helpdesk.automation.queries import Done, ReadyRule, Rule
from helpdesk.automation.tables import AnswerSent, RuleRow, RuleRun
from helpdesk.core.clock import now
from helpdesk.core.db import attempt, is_out_of_reach, locked, transaction
from helpdesk.core.errors import Refused
from helpdesk.events.record import Cause, cause, caused_by, decode, in_hand, record
from helpdesk.events.tables import EventRow
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.i18n.kept import kept
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.jobs.periodic import UNEVEN
from helpdesk.jobs.queue import Owed, owe
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets.access import Condition
from helpdesk.tickets.events import NoteAdded, TicketMoved, TicketOpened, TicketReplied
from helpdesk.tickets.tables import Message, Ticket

log: Final = logging.getLogger(__name__)

DEEPEST: Final = 5
"""So many rules set each other off, and no further one."""
MOST_A_MINUTE: Final = 30
"""Runs on one ticket."""
MOST_A_DAY: Final = 50
"""Runs of one rule on one ticket: by way of a promise or of another program, nobody sees what set it off."""
AT_ONCE: Final = 200
"""Events since which time has passed that are looked at in one transaction."""
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
KEPT: Final = timedelta(days=90)
TOO_DEEP: Final = phrase("Rules set each other off. It was not done.")
TOO_OFTEN: Final = phrase("Too many rules have run on this ticket within a minute. It was not done.")
TOO_OFTEN_TODAY: Final = phrase("This rule has run on this ticket too often within a day. It was not done.")
UNFORESEEN: Final = phrase("It failed in a way that nobody foresaw.")


async def run(event: Any) -> None:
    """
    The reaction to an event of a ticket: every rule that it is an occasion for, in their order.

    A ticket that came to a department is handed out only then: a rule may say who gets it.
    """
    occasion = when.occasion(event)
    rules = (await queries.in_use()).on.get(occasion, ())
    if rules and not await _is_ours(event):
        await _go_through(rules, event, in_hand.get(), occasion, cause.get().depth)
    if isinstance(event, TicketOpened | TicketMoved):
        await handing.hand_out(event.ticket)


async def run_later(rule: int, event: int) -> None:
    """The job of a rule for which time has passed since an event, if nothing of the kind has happened since."""
    columns = (EventRow.name, EventRow.data, EventRow.depth, EventRow.happened_at)
    row = await EventRow.select(*columns).where(EventRow.id == event).first()
    found = next((one for one in (await queries.in_use()).timed if one.rule.id == rule), None)
    if row is None or found is None or row["happened_at"] > started(now(), found.rule.hours) + UNEVEN:
        return  # it waits longer since, and is looked at again then
    began = decode(row["name"], row["data"])
    if when.begins(found.rule.waits_for, began) and await _is_newest(found.rule.waits_for, began, event):
        await _go_through((found,), began, event, "time", row["depth"])


async def _is_ours(event: Any) -> bool:
    """Whether an answer is a program's: no rule takes what machines say for a customer's or an agent's word."""
    if not isinstance(event, TicketReplied):
        return False
    row = await Message.select(Message.is_automatic).where(Message.id == event.message).first()
    return row is None or bool(row["is_automatic"])


# ---- one event ------------------------------------------------------------------------------------------------------


async def _go_through(rules: Sequence[ReadyRule], event: Any, number: int, occasion: str, depth: int) -> None:
    """Ask first, which needs no transaction: for most events no rule has anything to do."""
    message = event.message if isinstance(event, TicketOpened | TicketReplied | NoteAdded) else None
    if await _first(rules, event.ticket, message) is None:
        return
    site = await store.get(SiteSettings)
    with reading_as(Reader(site.language, site.timezone)):
        async with transaction():
            await locked(Ticket.objects().where(Ticket.id == event.ticket)).first()
            left = list(rules)
            while left and (found := await _first(left, event.ticket, message)) is not None:
                left = left[left.index(found) + 1 :]
                doing = Doing(found.rule, event.ticket, number, occasion)
                await _run_once(doing, depth)
                if found.rule.is_last:
                    break


async def _first(rules: Sequence[ReadyRule], ticket: int, message: int | None) -> ReadyRule | None:
    """The first of these rules whose conditions hold for the ticket as it is now."""
    keys = frozenset(key for one in rules for key in one.rule.keys)
    case = (await asking.cases([ticket], keys, message)).get(ticket)
    looker = asking.house()
    return next((one for one in rules if case is not None and one.ready.hold(looker, case)), None)


async def _run_once(doing: Doing, depth: int) -> None:
    rule = doing.rule
    if await RuleRun.exists().where((RuleRun.rule == rule.id) & (RuleRun.event == doing.event)):
        return  # this job has been here before
    stopped = await _stopped(doing, depth)
    if stopped is not None:
        outcome = [Done(act.kind, "failed", kept(stopped)) for act in rule.acts]
        if await RuleRun.exists().where(_today(doing) & (RuleRun.outcome == _written(outcome))):
            return  # said once a day
    else:
        with caused_by(Cause(called(rule), depth + 1)):
            outcome = [await _do(doing, place) for place in range(len(rule.acts))]
    is_failed = any(one.state == "failed" for one in outcome)
    row = RuleRun(
        rule=rule.id,
        event=doing.event,
        ticket=doing.ticket,
        outcome=_written(outcome),
        is_failed=is_failed,
        ran_at=now(),
    )
    await row.save()
    if is_failed:
        with caused_by(Cause(called(rule), DEEPEST)):
            await _say_failed(doing, row)


async def _stopped(doing: Doing, depth: int) -> Phrase | None:
    """Why the rule must not run now; None where it may."""
    if depth >= DEEPEST:
        return TOO_DEEP
    every = (RuleRun.ticket == doing.ticket) & (RuleRun.ran_at > now() - MINUTE)
    if await RuleRun.count().where(every) >= MOST_A_MINUTE:
        return TOO_OFTEN
    return TOO_OFTEN_TODAY if await RuleRun.count().where(_today(doing)) >= MOST_A_DAY else None


def _today(doing: Doing) -> Condition:
    """The runs of this rule on this ticket in the last 24 hours."""
    mine: Condition = (RuleRun.rule == doing.rule.id) & (RuleRun.ticket == doing.ticket)
    return mine & (RuleRun.ran_at > now() - DAY)


def _written(outcome: Sequence[Done]) -> str:
    return msgspec.json.encode(outcome).decode()


def called(rule: Rule) -> str:
    """What stands in events as their cause."""
    return f"rule:{rule.id} {rule.title}"


async def _do(doing: Doing, place: int) -> Done:
    """One act, wholly or not at all; the others do not suffer from it."""
    act = doing.rule.acts[place]
    try:
        async with attempt():
            await acts.KINDS[act.kind].do(msgspec.structs.replace(doing, place=place), act)
    except LeftOut as reason:
        return Done(act.kind, "left", kept(reason.reason))
    except Refused as refusal:
        return Done(act.kind, "failed", kept(_reason(refusal)))
    except Exception as error:
        if is_out_of_reach(error):
            raise
        log.exception("rule %s failed on ticket %s", doing.rule.id, doing.ticket)
        return Done(act.kind, "failed", kept(UNFORESEEN))
    return Done(act.kind)


def _reason(refusal: Refused) -> object:
    return refusal.reason or phrase("The ticket is not there, or this cannot be done to it.")


async def _say_failed(doing: Doing, run: RuleRun) -> None:
    """On the ticket, and to the administrators once a day for each rule."""
    today = (RuleRun.rule == doing.rule.id) & RuleRun.is_failed.eq(True) & (RuleRun.ran_at > now() - DAY)
    is_news = not await RuleRun.exists().where(today & (RuleRun.id != run.id))
    await record(RuleFailed(actor=None, ticket=doing.ticket, rule=doing.rule.id, run=run.id, is_news=is_news))


# ---- time -----------------------------------------------------------------------------------------------------------


async def sweep() -> None:
    """Owe a job for each rule and event since which its time has passed. A periodic job."""
    for one in (await queries.in_use()).timed:
        while await _owe_some(one.rule.id):
            pass


async def forget_old() -> None:
    """What rules did long ago is looked at by nobody. A periodic job."""
    await RuleRun.delete().where(RuleRun.ran_at < now() - KEPT)
    await AnswerSent.delete().where(AnswerSent.sent_at < now() - timedelta(days=acts.MOST_DAYS))


async def _owe_some(rule: int) -> bool:
    """Look at the next events, in the order of an index, for a rule as it is by now; whether there may be more."""
    async with transaction():
        row = await locked(RuleRow.objects().where(RuleRow.id == rule)).first()
        if row is None or not (row.is_active and row.waits_for):
            return False
        passed = EventRow.happened_at <= started(now(), row.hours)
        further = (EventRow.happened_at > row.looked_at) | (
            (EventRow.happened_at == row.looked_at) & (EventRow.id > row.looked_id)
        )
        named = EventRow.name.is_in(when.names(row.waits_for))
        found = await (
            EventRow.select(EventRow.id, EventRow.name, EventRow.data, EventRow.happened_at)
            .where(named & (EventRow.happened_at >= row.looked_at) & passed & further)
            .order_by(EventRow.happened_at)
            .order_by(EventRow.id)
            .limit(AT_ONCE)
        )
        begun = [one["id"] for one in found if when.begins(row.waits_for, decode(one["name"], one["data"]))]
        await owe([Owed(run_later, {"rule": rule, "event": event}, key=f"rule:{rule}:{event}") for event in begun])
        if found:
            row.looked_at, row.looked_id = found[-1]["happened_at"], found[-1]["id"]
            await row.save([RuleRow.looked_at, RuleRow.looked_id])
    return len(found) == AT_ONCE


async def _is_newest(beginning: str, event: Any, number: int) -> bool:
    """Whether the time still passes: nothing has happened since from which it would pass anew."""
    if await _is_ours(event):
        return False
    later = (EventRow.about == event.about) & (EventRow.id > number) & EventRow.name.is_in(when.names(beginning))
    for row in await EventRow.select(EventRow.name, EventRow.data).where(later).order_by(EventRow.id):
        one = decode(row["name"], row["data"])
        if when.begins(beginning, one) and not await _is_ours(one):
            return False
    return True


def started(moment: datetime, hours: int) -> datetime:
    """When that began since which so many hours have passed; a rule that is switched on now looks from there on."""
    return moment - timedelta(hours=hours)
