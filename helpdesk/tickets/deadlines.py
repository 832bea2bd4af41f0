"""
The promises of a ticket in the database: the pure rules of `sla/policy.py`, applied and kept.

Called by actions inside their transaction, because a ticket whose clock is wrong is wrong itself.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from piccolo.columns import Column

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.departments.queries import department
from helpdesk.events.record import Event, record, record_all
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import working_time
from helpdesk.i18n.reader import reading
from helpdesk.sla import policy, queries, watching
from helpdesk.sla.calendar import Calendar, NeverOpen, due
from helpdesk.sla.events import WatchChanged
from helpdesk.sla.explain import by_when, sum_in_words
from helpdesk.sla.sums import sum_in_a_sentence
from helpdesk.sla.watch import Watch, look
from helpdesk.tickets import promising, rules
from helpdesk.tickets.events import DeadlineMissed, DeadlineNear, PromiseChanged, TicketEscalated
from helpdesk.tickets.queries import DeadlineRow, TicketFacts
from helpdesk.tickets.tables import Deadline, Message, Ticket

AT_ONCE: Final = 200
"""Promises that one sweep looks at in one transaction."""
RENEWED_AT_ONCE: Final = 5000
"""Promises that are to be looked at again, in one transaction."""
STATE: Final = (
    *(Deadline.minutes, Deadline.spent, Deadline.running_since),
    *(Deadline.due_at, Deadline.met_at, Deadline.missed_at),
)
"""What the rules may change of a promise."""


async def start(ticket: Ticket, tags: Collection[str] | None = None) -> None:
    """The clocks of a new ticket. `tags` are those that it is about to have; None: it has them already."""
    await promising.choose(ticket, tags)
    calendar, promised = await _promise(ticket)
    await _keep(ticket, [], policy.after_opening(promised, ticket.opened_at, calendar))


async def after_message(ticket: Ticket, *, by_agent: bool) -> None:
    """An agent's public reply answers; a customer's message asks, if nothing is owed already."""
    rows, before = await _kept(ticket)
    calendar, promised = await _promise(ticket)
    if by_agent:
        after = policy.after_public_reply(before, ticket.updated_at)
    else:
        after = policy.after_customer_message(before, promised, ticket.updated_at, calendar)
    await _keep(ticket, rows, after)


async def after_status(ticket: Ticket) -> None:
    """Pause, go on or end with the ticket's new status."""
    rows, before = await _kept(ticket)
    calendar, _ = await _promise(ticket)
    await _keep(ticket, rows, policy.after_status_change(before, ticket.status, now(), calendar))


async def pause(ticket: Ticket) -> None:
    """Let no clock run on, whatever the status; `after_status` goes on with them."""
    rows, before = await _kept(ticket)
    calendar, _ = await _promise(ticket)
    await _keep(ticket, rows, policy.after_status_change(before, "hold", now(), calendar))


async def withdraw(ticket: Ticket, asked_at: datetime) -> None:
    """Take back the promise that a customer's message of that moment began, for the message is no longer here."""
    await Deadline.delete().where(
        (Deadline.ticket == ticket.id)
        & (Deadline.kind == "next_response")
        & (Deadline.started_at == asked_at)
        & Deadline.met_at.is_null()
    )
    await after_status(ticket)


async def promise_anew(ticket: Ticket) -> None:
    """
    Choose the promise by the ticket's facts as they are now, and count by it and by the hours of its department.

    A policy that it has already stays as it was promised.
    """
    before = ticket.promise or 0
    await _promised(ticket, before, is_another=await promising.choose(ticket))


async def renew_promise(ticket: Ticket) -> None:
    """Count by the policy that it was promised as it is now."""
    before = ticket.promise or 0
    await _promised(ticket, before, is_another=await promising.renew(ticket))


async def recount(ticket: Ticket) -> None:
    """Count by the promise that it has and the hours of its department as they are now; begin what is new in it."""
    rows, before = await _kept(ticket)
    calendar, promised = await _promise(ticket)
    owed = await _owed(ticket) if policy.begun(before, promised) else ()
    after = policy.after_new_promise(before, promised, now(), calendar, owed=owed, status=ticket.status)
    await _keep(ticket, rows, after)


async def fact_changed(ticket: Ticket, fact: str) -> None:
    """What `sla.choosing` calls so is another now: where some rule names it, promise anew."""
    if await promising.asks(fact):
        await promise_anew(ticket)


async def clocks(tickets: Collection[int]) -> dict[int, list[policy.Deadline]]:
    """All promises of each of these tickets, in the order in which they began."""
    found: dict[int, list[policy.Deadline]] = {number: [] for number in tickets}
    for row in await Deadline.objects().where(Deadline.ticket.is_in(list(tickets) or [0])).order_by(Deadline.id):
        found[row.ticket].append(_clock(row))
    return found


class Sum(Struct, frozen=True):
    """How a promise's moment was reckoned, in the reader's language: in a sentence, and day by day."""

    sentence: str
    days: list[str] = []


async def sums(ticket: TicketFacts, deadlines: Sequence[DeadlineRow]) -> dict[int, Sum]:
    """For each promise that is not over, by its id: how its moment was reckoned, or what is left of it."""
    calendar = await queries.calendar((await department(ticket.department)).calendar)
    return {one.id: _sum(one, calendar) for one in deadlines if one.met_at is None}


def _sum(one: DeadlineRow, calendar: Calendar) -> Sum:
    lang = reading.get().lang
    left = max(1, one.minutes - one.spent)
    if one.running_since is None:
        return Sum(
            gettext(
                "The clock stands still: %(spent)s of %(promised)s are used, %(left)s are left.",
                spent=working_time(one.spent, lang),
                promised=working_time(one.minutes, lang),
                left=working_time(left, lang),
            )
        )
    try:
        if due(one.running_since, left, calendar) != one.due_at:
            return Sum(gettext("It is counted by what was promised before; what has changed since does not move it."))
        sentence = sum_in_a_sentence(one.running_since, one.minutes, calendar, lang, spent=one.spent)
        return Sum(sentence, sum_in_words(one.running_since, left, calendar, lang))
    except NeverOpen:
        return Sum(gettext("The office does not open any more by its hours as they are now."))


async def told(ticket: TicketFacts, deadlines: Sequence[DeadlineRow]) -> str:
    """What the customer is promised about the answer, in the reader's words; empty where none is owed by a promise."""
    owed = [one for one in deadlines if one.kind != policy.RESOLUTION and one.met_at is None]
    if not owed or ticket.status in rules.DONE:
        return ""
    one, lang = owed[-1], reading.get().lang
    tz = (await queries.calendar((await department(ticket.department)).calendar)).tz
    if one.due_at is None:
        left = working_time(max(1, one.minutes - one.spent), lang)
        return gettext(
            "Our clock stands still for now. Once it goes on, we answer within %(left)s of opening hours.", left=left
        )
    moment = by_when(one.due_at, now(), tz, lang)
    if one.missed_at is not None or one.due_at < now():
        return gettext(
            "We had promised you an answer %(moment)s and have not kept it. We are sorry; you are not forgotten.",
            moment=moment,
        )
    return gettext("We answer you %(moment)s.", moment=moment)


async def sweep() -> None:
    """
    Notice promises that are nearly or wholly missed, and take the steps of their policies: each once.

    A periodic job. It reads only the promises that have something to be noticed by now, so it costs nothing while
    none has, however many run. Each batch is a transaction, so a crash notices nothing twice, and what was due while
    nothing ran is noticed afterwards.
    """
    while (moment := await next_look()) is not None and moment <= now():
        await _look_at_some()


async def next_look() -> datetime | None:
    """When there is something to notice about a promise next: the first entry of an index, however many there are."""
    row = await (
        Deadline.select(Deadline.look_at)
        .where(Deadline.look_at.is_not_null())
        .order_by(Deadline.look_at, Deadline.id)
        .first()
    )
    return row["look_at"] if row else None


async def look_again(event: WatchChanged) -> None:
    """Look at every running promise anew, for it is warned of at another time now."""
    last = 0
    while True:
        async with transaction():
            running = (Deadline.id > last) & Deadline.due_at.is_not_null() & Deadline.met_at.is_null()
            rows = await Deadline.select(Deadline.id).where(running).order_by(Deadline.id).limit(RENEWED_AT_ONCE)
            if not rows:
                return
            ids = (Deadline.id > last) & (Deadline.id <= rows[-1]["id"])
            await Deadline.update({Deadline.look_at: now()}).where(
                ids & Deadline.due_at.is_not_null() & Deadline.met_at.is_null()
            )
            last = rows[-1]["id"]


async def _look_at_some() -> None:
    async with transaction():
        is_time = Deadline.look_at <= now()
        first = await Deadline.select(Deadline.id).where(is_time).order_by(Deadline.look_at, Deadline.id).limit(AT_ONCE)
        chosen = Deadline.id.is_in([row["id"] for row in first])
        # by their ids, as actions change them, so that neither waits for what the other has
        rows = await locked(Deadline.objects().where(chosen & is_time).order_by(Deadline.id))
        rows.sort(key=lambda row: (row.look_at, row.id))
        hours = await watched({row.ticket for row in rows})
        noticed = [event for row in rows for event in await _look_at(row, *hours[row.ticket])]
        await record_all(noticed)


async def _look_at(row: Deadline, watch: Watch, calendar: Calendar) -> list[Event]:
    """Keep what is noticed about a promise, and when to look again; what has happened."""
    done: list[int] = msgspec.json.decode(row.escalated)
    seen = look(_clock(row), watch, calendar, now(), warned=row.warned_at is not None, done=done)
    changed: list[Column] = [Deadline.look_at]
    row.look_at = seen.next_look
    if seen.near or seen.missed:
        row.warned_at = now()
        changed.append(Deadline.warned_at)
    if seen.missed:
        row.missed_at = row.due_at
        changed.append(Deadline.missed_at)
    if seen.steps:
        row.escalated = msgspec.json.encode([*done, *(step.id for step in seen.steps)]).decode()
        changed.append(Deadline.escalated)
    await row.save(changed)
    about = {"actor": SYSTEM.id, "ticket": row.ticket, "deadline": row.id}
    noticed: list[Event] = [DeadlineMissed(**about)] if seen.missed else [DeadlineNear(**about)] if seen.near else []
    return noticed + [
        TicketEscalated(**about, step=step.id, act=step.act, value=step.value, minutes=step.minutes)
        for step in seen.steps
    ]


async def watched(tickets: Collection[int]) -> dict[int, tuple[Watch, Calendar]]:
    """How the promises of these tickets are watched over, and the hours that they count by."""
    rows = await Ticket.select(Ticket.id, Ticket.department, Ticket.promise.policy.as_alias("policy")).where(
        Ticket.id.is_in([*tickets] or [0])
    )
    found = {}
    for row in rows:
        place = await department(row["department"])
        policy_id = row["policy"] if row["policy"] is not None else place.policy
        found[row["id"]] = (await watching.watch(policy_id), await queries.calendar(place.calendar))
    return found


async def _promised(ticket: Ticket, before: int, *, is_another: bool) -> None:
    if is_another:
        await record(PromiseChanged(actor=SYSTEM.id, ticket=ticket.id, promise=ticket.promise or 0, was=before))
    await recount(ticket)
    if is_another:  # another policy warns at other times, also where the same moment comes out
        running = Deadline.due_at.is_not_null() & Deadline.met_at.is_null()
        await Deadline.update({Deadline.look_at: now()}).where((Deadline.ticket == ticket.id) & running)


async def _promise(ticket: Ticket) -> tuple[Calendar, dict[str, int]]:
    """The office hours of the ticket's department, and the working minutes that are promised at its priority."""
    place = await department(ticket.department)
    calendar = await queries.calendar(place.calendar)
    return calendar, policy.targets(await promising.terms(ticket), ticket.priority)


async def _owed(ticket: Ticket) -> set[str]:
    """What is to be done for the ticket yet, whether it is promised or not. A call is an answer, shared or not."""
    is_word = (Message.kind == "reply") | ((Message.kind == "note") & (Message.channel == "phone"))
    words = (Message.ticket == ticket.id) & is_word & Message.is_automatic.eq(False)
    last = await Message.select(Message.direction).where(words).order_by(Message.id, ascending=False).first()
    return policy.owed(
        ticket.status,
        waits=last is None or last["direction"] == "in",
        was_answered=await Message.exists().where(words & (Message.direction == "out")),
    )


async def _kept(ticket: Ticket) -> tuple[list[Deadline], list[policy.Deadline]]:
    rows = await Deadline.objects().where(Deadline.ticket == ticket.id).order_by(Deadline.id)
    return rows, [_clock(row) for row in rows]


def _clock(row: Deadline) -> policy.Deadline:
    return policy.Deadline(
        kind=row.kind,
        minutes=row.minutes,
        started_at=row.started_at,
        spent=row.spent,
        running_since=row.running_since,
        due_at=row.due_at,
        met_at=row.met_at,
        missed_at=row.missed_at,
    )


async def _keep(ticket: Ticket, rows: Sequence[Deadline], after: Sequence[policy.Deadline]) -> None:
    """Write what changed, add what is new, and let the ticket's row know which promise comes next."""
    for row, deadline in zip(rows, after, strict=False):
        state: dict[Column, object] = {column: getattr(deadline, column._meta.name) for column in STATE}
        changed: list[Column] = [column for column in STATE if getattr(row, column._meta.name) != state[column]]
        for column in changed:
            setattr(row, column._meta.name, state[column])
        if Deadline.due_at in changed:
            row.warned_at = None
            row.look_at = row.running_since  # by then, which is now, the sweep sees when next
            changed += [Deadline.warned_at, Deadline.look_at]
        if changed:
            await row.save(changed)
    if added := [
        Deadline(ticket=ticket.id, **asdict(deadline), look_at=deadline.running_since)
        for deadline in after[len(rows) :]
    ]:
        await Deadline.insert(*added)
    running = [(deadline.due_at, deadline.kind) for deadline in after if deadline.due_at is not None]
    ticket.due_at, ticket.due_kind = rules.next_deadline(running)
    ticket.queue_at = min(running, default=(rules.NEVER, ""))[0]
    await ticket.save([Ticket.promise, Ticket.due_at, Ticket.due_kind, Ticket.queue_at])
