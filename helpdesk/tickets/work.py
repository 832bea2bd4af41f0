"""The work behind a ticket, for agents' eyes: what is left to do, and how long it took."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets import access, queries
from helpdesk.tickets.events import TaskAdded, TaskMarked, TaskRaised, TaskRemoved, TimeNoted, TimeRemoved
from helpdesk.tickets.journal import undoable
from helpdesk.tickets.tables import Task, Ticket, TimeEntry
from helpdesk.tickets.timing import queries as timing
from helpdesk.tickets.timing.queries import Timer

MOST_TASKS: Final = 50
MOST_MINUTES: Final = 24 * 60


class TaskRow(Struct, frozen=True):
    """A line of the checklist; `done_at` and who did it once it is ticked off."""

    id: int
    title: str
    position: int
    done_at: datetime | None
    done_by_name: str | None


class TimeRow(Struct, frozen=True):
    """Minutes that somebody worked on it."""

    id: int
    person: int
    person_name: str
    minutes: int
    what: str
    noted_at: datetime


class Work(Struct, frozen=True):
    """What a ticket's page shows of it; `minutes` is the sum."""

    tasks: list[TaskRow]
    times: list[TimeRow]
    timer: Timer | None = None
    """The actor's own."""

    @property
    def minutes(self) -> int:
        return sum(one.minutes for one in self.times)

    @property
    def by_agent(self) -> dict[str, int]:
        """The sums of those who worked on it, where those are several."""
        sums: dict[int, int] = {}
        for one in self.times:
            sums[one.person] = sums.get(one.person, 0) + one.minutes
        names = {one.person: one.person_name for one in self.times}
        return {names[person]: minutes for person, minutes in sums.items()} if len(sums) > 1 else {}

    @property
    def done(self) -> int:
        return sum(1 for one in self.tasks if one.done_at)


async def of_ticket(actor: Actor, ticket_id: int) -> Work:
    """The checklist in its order, and the time, what was noted last first. Raises Forbidden for outsiders."""
    ticket = await queries.get(actor, ticket_id)
    if not access.works_on(actor, department=ticket.department, assignee=ticket.assignee):
        raise Forbidden()
    tasks = await (
        Task.select(Task.id, Task.title, Task.position, Task.done_at, Task.done_by.name.as_alias("done_by_name"))
        .where(Task.ticket == ticket_id)
        .order_by(Task.position)
        .order_by(Task.id)
    )
    times = await (
        TimeEntry.select(
            *(TimeEntry.id, TimeEntry.person, TimeEntry.minutes, TimeEntry.what, TimeEntry.noted_at),
            TimeEntry.person.name.as_alias("person_name"),
        )
        .where(TimeEntry.ticket == ticket_id)
        .order_by(TimeEntry.id, ascending=False)
    )
    timer = await timing.timer(actor, ticket_id)
    return Work([TaskRow(**row) for row in tasks], [TimeRow(**row) for row in times], timer)


async def add_task(actor: Actor, ticket_id: int, title: str) -> int:
    """A new last line of the checklist; its id. Raises Conflict when it is full."""
    async with transaction():
        ticket = await worked(actor, ticket_id)
        lines = await Task.select(Task.position).where(Task.ticket == ticket.id).order_by(Task.position)
        if len(lines) >= MOST_TASKS:
            raise Conflict(phrase("A checklist has %(most)s lines at most.", most=MOST_TASKS))
        task = Task(ticket=ticket.id, title=title, position=lines[-1]["position"] + 1 if lines else 1)
        async with undoable(actor, ticket, "tasks"):
            await task.save()
            await record(TaskAdded(actor=actor.id, ticket=ticket.id, task=task.id))
    return int(task.id)


async def mark(actor: Actor, ticket_id: int, task_id: int, *, is_done: bool) -> None:
    """Tick a line off, or say that it is not done after all."""
    async with transaction():
        ticket, task = await _task(actor, ticket_id, task_id)
        if is_done == (task.done_at is not None):
            return
        async with undoable(actor, ticket, "tasks"):
            task.done_by, task.done_at = (actor.id, now()) if is_done else (None, None)
            await task.save([Task.done_by, Task.done_at])
            await record(TaskMarked(actor=actor.id, ticket=ticket.id, task=task.id, is_done=is_done))


async def raise_task(actor: Actor, ticket_id: int, task_id: int) -> None:
    """Change places with the line above; the first one stays."""
    async with transaction():
        ticket, task = await _task(actor, ticket_id, task_id)
        above = await (
            Task.objects()
            .where((Task.ticket == ticket.id) & (Task.position < task.position))
            .order_by(Task.position, ascending=False)
            .first()
        )
        if above is None:
            return
        async with undoable(actor, ticket, "tasks"):
            task.position, above.position = above.position, task.position
            await task.save([Task.position])
            await above.save([Task.position])
            await record(TaskRaised(actor=actor.id, ticket=ticket.id, task=task.id))


async def remove_task(actor: Actor, ticket_id: int, task_id: int) -> None:
    async with transaction():
        ticket, task = await _task(actor, ticket_id, task_id)
        async with undoable(actor, ticket, "tasks"):
            await Task.delete().where(Task.id == task.id)
            await record(TaskRemoved(actor=actor.id, ticket=ticket.id, task=task.id))


async def note_time(actor: Actor, ticket_id: int, minutes: int, what: str) -> int:
    """Keep how long the actor worked on it; the entry's id. `minutes` is one day's at most."""
    async with transaction():
        ticket = await worked(actor, ticket_id)
        entry = TimeEntry(ticket=ticket.id, person=actor.id, minutes=minutes, what=what, noted_at=now())
        await entry.save()
        await record(TimeNoted(actor=actor.id, ticket=ticket.id, minutes=minutes))
    return int(entry.id)


async def remove_time(actor: Actor, ticket_id: int, entry_id: int) -> None:
    """Take an entry away: one's own; anybody's for administrators."""
    async with transaction():
        ticket = await worked(actor, ticket_id)
        entry = await TimeEntry.objects().where((TimeEntry.id == entry_id) & (TimeEntry.ticket == ticket.id)).first()
        if entry is None:
            raise NotFound()
        if entry.person != actor.id and not actor.is_admin:
            raise Forbidden()
        await TimeEntry.delete().where(TimeEntry.id == entry.id)
        await record(TimeRemoved(actor=actor.id, ticket=ticket.id, minutes=entry.minutes))


async def _task(actor: Actor, ticket_id: int, task_id: int) -> tuple[Ticket, Task]:
    ticket = await worked(actor, ticket_id)
    task = await locked(Task.objects().where((Task.id == task_id) & (Task.ticket == ticket.id))).first()
    if task is None:
        raise NotFound()
    return ticket, task


async def worked(actor: Actor, ticket_id: int) -> Ticket:
    """The ticket, for somebody who may work on it. Raises Forbidden for others."""
    ticket = await queries.get(actor, ticket_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    return ticket
