"""
Tickets are handed out: at once when one comes that nobody has, later when somebody is free again.

Whoever hands out holds the rows of all plans until the commit, so that two processes never give the same turn, or the
last free place of an agent, twice. Reactions and the sweep may run twice: what somebody has is left alone.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from helpdesk.assignment import presence, queries, rules
from helpdesk.assignment.events import AgentAway, AgentBack
from helpdesk.assignment.queries import Agent, Plans
from helpdesk.assignment.rules import Candidate, Plan
from helpdesk.assignment.tables import AssignmentPlan
from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.departments import queries as departments
from helpdesk.events.tables import EventRow
from helpdesk.people.events import DepartmentsGiven, PersonLeft, RoleGiven
from helpdesk.people.queries import actor_of
from helpdesk.tickets import actions
from helpdesk.tickets.access import Condition, works_on
from helpdesk.tickets.events import StatusChanged, TicketAssigned, TicketMoved, TicketOpened
from helpdesk.tickets.rules import ACTIVE, DONE
from helpdesk.tickets.tables import Message, Ticket

AT_ONCE: Final = 50
"""Tickets that are handed out, or given back, in one transaction."""

_FACTS: Final = (Ticket.id, Ticket.department, Ticket.topic, Ticket.requester, Ticket.assignee, Ticket.queue_at)


class _Facts(Struct, frozen=True):
    """What the choice hangs on."""

    id: int
    department: int
    topic: int | None
    requester: int
    assignee: int | None
    queue_at: datetime


# ---- reactions, and the sweep ------------------------------------------------------------------------------------


async def on_opened(event: TicketOpened) -> None:
    """Give a new ticket to somebody, where that is not done by hand; where rules look at it first, they see to it."""
    await hand_out(event.ticket)


async def on_moved(event: TicketMoved) -> None:
    """The same for one that comes from another department."""
    await hand_out(event.ticket)


async def on_reopened(event: StatusChanged) -> None:
    """A ticket that is to be worked on again goes to somebody else, if who had it is away or has left."""
    if event.status in ACTIVE:
        await _give_back(Ticket.id == event.ticket)
        await _take_from_who_left(event.ticket)
        await hand_out(event.ticket)


async def on_away(event: AgentAway) -> None:
    """Give back what customers wait for of an agent who has gone, as each department wants it."""
    await _give_back_all()
    await hand_out_waiting()


async def on_back(event: AgentBack) -> None:
    """Somebody is free again."""
    await hand_out_waiting()


async def on_left(event: PersonLeft | DepartmentsGiven | RoleGiven) -> None:
    """Take from somebody what is unsolved in departments where they do not work any more, and hand it out."""
    while await _take_from(event.person):
        pass


async def sweep() -> None:
    """
    See who came back or left, give back what the away still have, and hand out what waits. A periodic job.

    Each batch is a transaction; a run after a time when nothing ran makes up for it.
    """
    await presence.come_back_in_time()
    await presence.leave_at_closing()
    await _give_back_all()
    await hand_out_waiting()


async def hand_out(ticket_id: int) -> None:
    """Give one ticket to somebody; nothing happens to one that has an assignee, or is not to be worked on now."""
    known = await queries.plans()
    if known.is_by_hand:
        return
    found = await _read([Ticket.id == ticket_id], 1)
    if found and known.plan(found[0].department, found[0].topic).way != "manual":
        async with transaction():
            table = await _Table.set_up([found[0].department])
            await table.hand(found[0].id)


async def hand_out_waiting() -> None:
    """Hand out what nobody has, the nearest deadline first, until nobody is free."""
    if not (await queries.plans()).is_by_hand:
        while await _handed_out_some():
            pass


# ---- handing out -------------------------------------------------------------------------------------------------


class _Table:
    """Everybody who may get something, around the table, in one transaction that lets nobody else hand out."""

    def __init__(
        self, plans: Plans, agents: Mapping[int, Sequence[Agent]], needs: Mapping[int, frozenset[int]]
    ) -> None:
        self.plans = plans
        self._agents, self._needs = agents, needs
        self._loads = {one.person: one.load for some in agents.values() for one in some}

    @classmethod
    async def set_up(cls, places: Collection[int] = ()) -> "_Table":
        """`places` are departments; without any: all those whose tickets are handed out."""
        plans = queries.plans_from([row.to_dict() for row in await _alone()])
        wanted = places or await _automatic(plans)
        return cls(plans, await queries.agents(wanted), await queries.needs_of_topics())

    @property
    def departments(self) -> list[int]:
        return sorted(self._agents)

    @property
    def special(self) -> list[int]:
        """Topics whose tickets are another matter than the rest of their department's."""
        return sorted({*self._needs, *self.plans.of_topics})

    def has_room_for(self, department: int, topic: int | None) -> bool:
        plan = self.plans.plan(department, topic)
        needs = self._needs.get(topic or 0, frozenset())
        return plan.way != "manual" and bool(rules.free(plan, self._candidates(department), needs))

    def covering(self, department: int, person: int) -> int | None:
        """Who covers for somebody, if they work there and are not away."""
        cover = next((one.work.cover for one in self._agents[department] if one.person == person), None)
        here = {one.person for one in self._agents[department] if not one.is_away}
        return cover if cover in here else None

    async def hand(self, ticket_id: int, *, but: int | None = None) -> bool:
        """
        Give the ticket to whom it belongs, `but` not to that one; whether anybody got it.

        Whoever it was just taken from gets it again only where nobody else can take it.
        """
        await locked(Ticket.objects().where(Ticket.id == ticket_id)).first()
        found = await _read([Ticket.id == ticket_id], 1)
        if not found:
            return False
        ticket = found[0]
        plan = self.plans.plan(ticket.department, ticket.topic)
        able = [one for one in self._candidates(ticket.department) if one.person not in {ticket.requester, but}]
        known = await _answered_last(ticket.requester, plan.sticky_days) if plan.sticky_days and able else None
        needs, had = self._needs.get(ticket.topic or 0, frozenset()), await _had_last(ticket.id) if able else None
        others = [one for one in able if one.person != had]
        choice = rules.choose(plan, others, needs, known) or rules.choose(plan, able, needs, known)
        if choice is None:
            return False
        await actions.assign(
            SYSTEM, ticket.id, choice.person, why=choice.why, load=choice.load, is_skilled=choice.is_skilled
        )
        self._loads[choice.person] += 1
        if choice.why != "known":
            await self._remember(ticket, plan, choice.person)
        return True

    async def give(self, ticket_id: int, person: int | None, why: str) -> None:
        """Take the ticket from whom it is with, and give it to somebody, or to nobody."""
        await actions.assign(SYSTEM, ticket_id, person, why=why)
        if person in self._loads:
            self._loads[person] += 1

    def _candidates(self, department: int) -> list[Candidate]:
        return [
            Candidate(
                person=one.person,
                load=self._loads[one.person],
                capacity=one.work.capacity,
                is_away=one.is_away,
                is_open=one.is_open,
                skills=one.work.skills,
            )
            for one in self._agents.get(department, ())
        ]

    async def _remember(self, ticket: _Facts, plan: Plan, person: int) -> None:
        """Whose turn it was."""
        after = structs.replace(plan, last=person)
        if ticket.topic in self.plans.of_topics:
            self.plans.of_topics[ticket.topic or 0] = after
            own = AssignmentPlan.topic == ticket.topic
        else:
            self.plans.of_departments[ticket.department] = after
            own = AssignmentPlan.department == ticket.department
        await AssignmentPlan.update({AssignmentPlan.last: person}).where(own)


async def _alone() -> list[AssignmentPlan]:
    """The plans, held until the commit: nobody else hands out meanwhile."""
    return await locked(AssignmentPlan.objects().order_by(AssignmentPlan.id))


async def _handed_out_some() -> bool:
    """Whether there may be more to hand out."""
    if not await _read([Ticket.department.is_in(await _automatic(await queries.plans()) or [0])], 1):
        return False
    async with transaction():
        table = await _Table.set_up()
        waiting: list[_Facts] = []
        for place in table.departments:
            if table.has_room_for(place, None):
                waiting += await _read([Ticket.department == place, _without_topics(table.special)], AT_ONCE)
            for topic in table.special:
                if table.has_room_for(place, topic):
                    waiting += await _read([Ticket.department == place, Ticket.topic == topic], AT_ONCE)
        waiting.sort(key=lambda one: (one.queue_at, one.id))
        handed = [await table.hand(one.id) for one in waiting[:AT_ONCE]]
    return any(handed)


async def _automatic(plans: Plans) -> list[int]:
    """The departments some of whose tickets are handed out."""
    if any(one.way != "manual" for one in plans.of_topics.values()):
        return [one.id for one in await departments.all_departments()]
    there = {one.id for one in await departments.all_departments()}
    return sorted(there.intersection(place for place, plan in plans.of_departments.items() if plan.way != "manual"))


def _without_topics(special: Sequence[int]) -> Condition:
    return (Ticket.topic.is_null() | Ticket.topic.not_in([*special])) if special else Ticket.id > 0


async def _read(conditions: Sequence[Condition], most: int) -> list[_Facts]:
    """Tickets that nobody has and somebody should work on, the nearest deadline first."""
    found: list[dict[str, Any]] = []
    for status in ACTIVE:
        wanted = (Ticket.status == status) & Ticket.assignee.is_null()
        for condition in (*conditions, Ticket.binned_at.is_null(), Ticket.snoozed_until.is_null()):
            wanted &= condition
        found += await Ticket.select(*_FACTS).where(wanted).order_by(Ticket.queue_at).order_by(Ticket.id).limit(most)
    return sorted((_Facts(**row) for row in found), key=lambda one: (one.queue_at, one.id))[:most]


async def _answered_last(requester: int, days: int) -> int | None:
    """Which agent answered this customer last, on any ticket."""
    since = now() - timedelta(days=days)
    theirs = Ticket.select(Ticket.id).where((Ticket.requester == requester) & (Ticket.updated_at >= since))
    ours = (Message.direction == "out") & (Message.kind == "reply") & Message.author.is_not_null()
    row = await (
        Message.select(Message.author)
        .where(Message.ticket.is_in(theirs) & ours & (Message.sent_at >= since))
        .order_by(Message.sent_at, ascending=False)
        .order_by(Message.id, ascending=False)
        .first()
    )
    return row["author"] if row else None


async def _had_last(ticket_id: int) -> int | None:
    """Who had the ticket before it was nobody's."""
    rows = await (
        EventRow.select(EventRow.data)
        .where((EventRow.about == f"ticket:{ticket_id}") & (EventRow.name == TicketAssigned.__name__))
        .order_by(EventRow.id, ascending=False)
        .limit(2)
    )
    given = [msgspec.json.decode(row["data"], type=TicketAssigned).assignee for row in rows]
    return next((one for one in given if one is not None), None)


# ---- giving back -------------------------------------------------------------------------------------------------


async def spread(person_id: int) -> int:
    """Take an agent's waiting tickets from them and hand them out to others; how many. In the caller's transaction."""
    await _alone()
    count = 0
    while theirs := await _active([Ticket.assignee == person_id]):
        table = await _Table.set_up({one.department for one in theirs})
        for one in theirs:
            await table.give(one.id, None, "spread")
            await table.hand(one.id, but=person_id)
        count += len(theirs)
    return count


async def _give_back_all() -> None:
    while await _give_back():
        pass


async def _places_that_give_back() -> list[int]:
    return sorted(place for place, plan in (await queries.plans()).of_departments.items() if plan.away != "keep")


async def _give_back(*conditions: Condition) -> bool:
    """
    Take what agents who are away have from them, where the department wants it; of all, or of what meets `conditions`.

    Whether there may be more.
    """
    places = await _places_that_give_back()
    gone = await queries.away() if places else frozenset[int]()
    if not gone:
        return False
    theirs = [Ticket.department.is_in(places), Ticket.assignee.is_in(sorted(gone)), *conditions]
    if not await _active(theirs):
        return False
    async with transaction():
        await _alone()
        still = Ticket.assignee.is_in(sorted(await queries.away_now()) or [0])
        found = await _active([*theirs, still])
        table = await _Table.set_up({one.department for one in found})
        for one in found:
            plan = table.plans.of_departments.get(one.department, Plan())
            cover = table.covering(one.department, one.assignee or 0) if plan.away == "cover" else None
            await table.give(one.id, cover, "cover" if cover else "away")
            if cover is None:
                await table.hand(one.id)
    return len(found) == AT_ONCE


async def _take_from(person: int) -> bool:
    """Whether there may be more."""
    agent, every = await actor_of(person), await departments.all_departments()
    places = [one.id for one in every if not works_on(agent, department=one.id, assignee=None)]
    unsolved = Ticket.status.not_in([*DONE]) & Ticket.binned_at.is_null()
    theirs = unsolved & (Ticket.assignee == person) & Ticket.department.is_in(places or [0])
    async with transaction():
        await _alone()
        rows = await Ticket.select(*_FACTS).where(theirs).order_by(Ticket.queue_at).order_by(Ticket.id).limit(AT_ONCE)
        table = await _Table.set_up({row["department"] for row in rows})
        for row in rows:
            await table.give(row["id"], None, "left")
            await table.hand(row["id"])
    return len(rows) == AT_ONCE


async def _take_from_who_left(ticket_id: int) -> None:
    """Nobody has a ticket any more whose assignee left while it was solved."""
    ticket = await Ticket.select(Ticket.department, Ticket.assignee).where(Ticket.id == ticket_id).first()
    if ticket and ticket["assignee"] and not await actions.may_work_in(ticket["assignee"], ticket["department"]):
        await actions.assign(SYSTEM, ticket_id, None, why="left")


async def _active(conditions: Sequence[Condition]) -> list[_Facts]:
    """Tickets that somebody should work on, whoever has them."""
    wanted = Ticket.status.is_in([*ACTIVE]) & Ticket.binned_at.is_null() & Ticket.snoozed_until.is_null()
    for condition in conditions:
        wanted &= condition
    rows = await Ticket.select(*_FACTS).where(wanted).order_by(Ticket.queue_at).order_by(Ticket.id).limit(AT_ONCE)
    return [_Facts(**row) for row in rows]
