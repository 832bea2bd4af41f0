"""
Try a policy before it is switched to: the tickets of the last days, gone through once more under a draft of it.

A job goes through them, some at a time, and keeps with its run how far it is and what it has found.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.departments.queries import all_departments
from helpdesk.events.record import record
from helpdesk.jobs.queue import CAN_WAIT, enqueue
from helpdesk.promises import histories, rules
from helpdesk.promises.rules import Found
from helpdesk.sla import access, promises
from helpdesk.sla.events import ReplayAsked
from helpdesk.sla.policy import Deadline, Policy
from helpdesk.sla.queries import Draft, Targets, policy_entry
from helpdesk.sla.replay import replay, settled
from helpdesk.sla.tables import PromiseRun
from helpdesk.tickets.access import Condition
from helpdesk.tickets.deadlines import clocks
from helpdesk.tickets.tables import Ticket

IN_ONE: Final = 100
"""Tickets that are gone through in one transaction, which only writes down how far it is."""


class Tried(Struct, frozen=True):
    """A try: its draft, how far it is, and what it has found so far."""

    id: int
    draft: Draft
    total: int
    done: int
    found: Found
    began_at: datetime
    ended_at: datetime | None


async def begin(actor: Actor, policy_id: int, targets: Targets, *, days: int = 30) -> int:
    """Try these times on the tickets that this policy was promised; the run's id. Raises Forbidden, NotFound."""
    if not access.may_manage(actor):
        raise Forbidden()
    await policy_entry(policy_id)
    draft = Draft(policy_id, targets, days)
    async with transaction():
        began_at = now()
        row = PromiseRun(
            kind="replay",
            scope=msgspec.json.encode(draft).decode(),
            began_by=actor.id,
            total=await Ticket.count().where(await _concerned(draft, began_at)),
            result=msgspec.json.encode(Found()).decode(),
            began_at=began_at,
        )
        await row.save()
        await record(ReplayAsked(actor=actor.id, promise_run=row.id))
        await enqueue(go_through, {"run": int(row.id)}, patience=CAN_WAIT)
    return int(row.id)


async def go_through(run: int) -> None:
    """The job: the tickets that are left."""
    while not await _go_on(run):
        pass


async def tried(policy_id: int, run_id: int | None = None) -> Tried | None:
    """That try of the policy, or the newest; None when there is none. Raises NotFound for another policy's."""
    query = PromiseRun.objects().where(PromiseRun.kind == "replay")
    if run_id is not None:
        row = await query.where(PromiseRun.id == run_id).first()
        if row is None or _draft(row).policy != policy_id:
            raise NotFound()
        return _tried(row)
    rows = await query.order_by(PromiseRun.id, ascending=False).limit(20)
    return next((_tried(row) for row in rows if _draft(row).policy == policy_id), None)


async def _go_on(run: int) -> bool:
    """Some more tickets; whether those were the last."""
    async with transaction():
        row = await locked(PromiseRun.objects().where(PromiseRun.id == run)).first()
        if row is None or row.ended_at is not None:
            return True
        draft = _draft(row)
        left = await _concerned(draft, row.began_at) & (Ticket.id > row.last)
        tickets = await Ticket.objects().where(left).order_by(Ticket.id).limit(IN_ONE)
        found = msgspec.json.decode(row.result, type=Found)
        await _go_over(tickets, Policy("", **draft.targets), found, row.began_at)
        row.result = msgspec.json.encode(found).decode()
        row.done += len(tickets)
        row.last = tickets[-1].id if tickets else row.last
        row.ended_at = now() if len(tickets) < IN_ONE else None
        await row.save([PromiseRun.done, PromiseRun.last, PromiseRun.result, PromiseRun.ended_at])
    return row.ended_at is not None


async def _go_over(tickets: list[Ticket], draft: Policy, found: Found, at: datetime) -> None:
    was = await clocks([one.id for one in tickets])
    told = await histories.histories(tickets)
    for ticket in tickets:
        if ticket.id not in told:
            found.left_out += 1
            continue
        would: list[Deadline] = replay(await histories.acts(told[ticket.id], draft), at)
        groups = ("all", f"department:{ticket.department}", f"priority:{ticket.priority}")
        rules.add(found, ticket.id, groups, settled(was[ticket.id], at), would, at)


async def _concerned(draft: Draft, at: datetime) -> Condition:
    """The tickets of the last days that this policy was promised."""
    makers = [one.id for one in await all_departments() if one.policy == draft.policy]
    lately = (Ticket.opened_at > at - timedelta(days=draft.days)) & (Ticket.opened_at <= at)
    from_before = Ticket.promise.is_null() & Ticket.department.is_in(makers or [0])
    return lately & (Ticket.promise.is_in(await promises.made_with(draft.policy) or [0]) | from_before)


def _draft(row: PromiseRun) -> Draft:
    return msgspec.json.decode(row.scope, type=Draft)


def _tried(row: PromiseRun) -> Tried:
    found = msgspec.json.decode(row.result, type=Found)
    return Tried(int(row.id), _draft(row), row.total, row.done, found, row.began_at, row.ended_at)
