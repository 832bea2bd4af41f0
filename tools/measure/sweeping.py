"""
What the sweep of promises costs, measured in an empty place: python -m tools.measure.sweeping '{"open": 100000}'.

So many open tickets with two promises each, all to come, and a policy with four steps. Printed as JSON: seconds of the
sweep while nothing is due, when a hundred promises are missed, and when all first answers are at once, as after a long
time in which nothing ran (not with "all": 0); and how many due moments a second are reckoned on tests/cases.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from helpdesk import app, schema
from helpdesk.core.clock import now, pretend
from helpdesk.core.db import close_database, open_database, transaction
from helpdesk.departments.tables import Department
from helpdesk.events.tables import EventRow
from helpdesk.people.tables import Person
from helpdesk.sla.calendar import due, parse_calendar
from helpdesk.sla.tables import CalendarRow, Escalation, PolicyRow
from helpdesk.tickets import deadlines
from helpdesk.tickets.tables import Deadline, Ticket
from tests.factories import TARGETS

AT_ONCE: Final = 500
FEW: Final = 100
BEGAN: Final = datetime(2026, 11, 23, 3, tzinfo=UTC)
ALWAYS: Final = json.dumps({day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})
CASES: Final = Path(__file__).parents[2] / "tests" / "cases"


class _Clock:
    moment = BEGAN

    def __call__(self) -> datetime:
        return self.moment


async def main(count: int, *, with_all: bool) -> dict[str, float]:
    clock = _Clock()
    app.create(background=False)
    await schema.migrate()
    await open_database()
    try:
        with pretend(clock):
            first = await _fill(count)
            idle = sorted([await _seconds() for _ in range(21)])[10]
            clock.moment = first + timedelta(seconds=FEW)
            few = await _seconds()
            noticed = await EventRow.count().where(EventRow.name == "DeadlineMissed")
            clock.moment = BEGAN + timedelta(days=3)
            everything = await _seconds() if with_all else 0.0
            missed = await EventRow.count().where(EventRow.name == "DeadlineMissed")
    finally:
        await close_database()
    return {
        "idle": idle,
        "few": few,
        "noticed": noticed,
        "everything": everything,
        "missed": missed,
        "due_a_second": _due_a_second(),
    }


async def _fill(count: int) -> datetime:
    """The tickets; the moment before their first promises end, of which one ends each second then."""
    calendar, policy = CalendarRow(name="Always", hours=ALWAYS, tz="UTC"), PolicyRow(name="Standard", targets=TARGETS)
    await calendar.save()
    await policy.save()
    await Escalation.insert(
        *(
            Escalation(policy=policy.id, kind="first_response", minutes=minutes, act=act, value=value, added_at=BEGAN)
            for minutes, act, value in (
                (-60, "tell_assignee", ""),
                (0, "priority", "high"),
                (60, "tell_team", ""),
                (120, "tell_lead", ""),
            )
        )
    )
    department = Department(name_vi="Chăm sóc", name_en="Care", calendar=calendar.id, policy=policy.id)
    await department.save()
    lan = Person(name="Lan", email="lan@khach.example", email_key="lan@khach.example", created_at=now())
    await lan.save()
    first = BEGAN + timedelta(hours=4)
    for start in range(0, count, AT_ONCE):
        async with transaction():
            rows = await Ticket.insert(
                *(
                    Ticket(
                        subject=f"Request {number}",
                        department=department.id,
                        requester=lan.id,
                        channel="web",
                        opened_at=BEGAN,
                        updated_at=BEGAN,
                        queue_at=first + timedelta(seconds=number),
                    )
                    for number in range(start, min(count, start + AT_ONCE))
                )
            )
            await Deadline.insert(
                *(one for place, row in enumerate(rows) for one in _promises(row["id"], start + place))
            )
    return first


def _promises(ticket: int, number: int) -> Iterator[Deadline]:
    """The first answer, which ends a second after that of the ticket before, and the solution, a week later."""
    begun = BEGAN + timedelta(seconds=number)
    for kind, minutes in (("first_response", 240), ("resolution", 7 * 24 * 60)):
        ends = begun + timedelta(minutes=minutes)
        yield Deadline(
            ticket=ticket,
            kind=kind,
            minutes=minutes,
            started_at=begun,
            running_since=begun,
            due_at=ends,
            warned_at=BEGAN,
            escalated=json.dumps([1]) if kind == "first_response" else "[]",
            look_at=ends,
        )


async def _seconds() -> float:
    began = time.perf_counter()
    await deadlines.sweep()
    return time.perf_counter() - began


def _due_a_second() -> float:
    """All rows of sla.jsonl again and again for a second of processor time."""
    named = {
        name: parse_calendar(given)
        for name, given in json.loads((CASES / "sla_calendars.json").read_text("utf-8"))["calendars"].items()
    }
    questions = [
        (
            datetime.fromisoformat(row["start"]),
            row["minutes"],
            named[row["calendar"]] if isinstance(row["calendar"], str) else parse_calendar(row["calendar"]),
            [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in row.get("pauses", [])],
        )
        for row in map(json.loads, (CASES / "sla.jsonl").read_text("utf-8").splitlines())
    ]
    began, asked = time.process_time(), 0
    while time.process_time() - began < 1:
        for question in questions:
            due(*question)
        asked += len(questions)
    return asked / (time.process_time() - began)


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.argv[1], type=dict[str, int])
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(main(wanted["open"], with_all=bool(wanted.get("all", 1))))))
