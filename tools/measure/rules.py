"""
What rules cost when a ticket is opened, measured inside of a place: python -m tools.measure.rules '{"rules": 200}'.

Tickets are opened with no rule in use and with many, of which none fits, as most do not; each time all that is owed is
done. Printed as JSON: milliseconds of processor time for opening one, and for the job that asks the rules about it.
"""

import asyncio
import sys
import time
from typing import Any, Final

import msgspec

from helpdesk import app
from helpdesk.automation import actions as automation
from helpdesk.automation import queries, running
from helpdesk.automation.queries import Act
from helpdesk.core.actor import SYSTEM
from helpdesk.core.db import close_database, open_database
from helpdesk.departments.queries import all_departments
from helpdesk.events.record import in_hand
from helpdesk.events.tables import EventRow
from helpdesk.jobs import worker
from helpdesk.people import actions as people
from helpdesk.tickets import actions
from helpdesk.tickets.conditions import Conditions
from helpdesk.tickets.events import TicketOpened
from helpdesk.tickets.said import typed
from helpdesk.tickets.terms import Term

ROUNDS: Final = 60


def _rule(number: int) -> automation.Wanted:
    """Three conditions as desks have them: where it is, what is said, how it came; the last one never holds."""
    return automation.Wanted(
        title=f"Rule {number}",
        is_active=True,
        whens=("opened",),
        conditions=Conditions(
            all=(
                Term("status", "is", ("new", "open")),
                Term("either", "has", (f"hoàn tiền {number}, refund {number}",)),
                Term("tag", "is", (f"vip {number}",)),
            ),
            any=(Term("channel", "is", ("email", "web")), Term("words", "has", ("late parcel",))),
        ),
        acts=(Act("priority", "high"),),
    )


async def main(count: int) -> dict[str, float]:
    app.create(background=False)
    await open_database()
    try:
        department = (await all_departments())[0].id
        lan = await people.recognise("Lan", "lan@khach.example")
        without = await _opening(lan, department)
        for number in range(count):
            await automation.add(SYSTEM, _rule(number))
        with_rules = await _opening(lan, department)
        return {
            "opened without": without,
            "opened with": with_rules,
            "rules asked": await _asking(),
            "rules": float(count),
        }
    finally:
        await close_database()


async def _opening(lan: Any, department: int) -> float:
    """Milliseconds to open a ticket, the best third of the rounds."""
    taken = []
    for number in range(ROUNDS):
        said = typed(f"Cho em hỏi về đơn {time.monotonic_ns()}, em cần đổi màu.", channel="web")
        began = time.process_time()
        await actions.open(lan, said, subject=f"Đơn {number}", department=department)
        taken.append(time.process_time() - began)
        await worker.work_until_idle()
    return _best(taken)


async def _asking() -> float:
    """Milliseconds of the reaction that asks all rules about a ticket that was opened."""
    rows = await EventRow.select(EventRow.id, EventRow.data).where(EventRow.name == "TicketOpened").limit(ROUNDS)
    taken = []
    await queries.in_use()
    for row in rows:
        in_hand.set(row["id"])
        event = msgspec.json.decode(row["data"], type=TicketOpened)
        began = time.process_time()
        await running.run(event)
        taken.append(time.process_time() - began)
    return _best(taken)


def _best(taken: list[float]) -> float:
    """The mean of the quicker half, in milliseconds: the other half waited for others on the machine."""
    half = sorted(taken)[: max(1, len(taken) // 2)]
    return round(1000 * sum(half) / len(half), 2)


if __name__ == "__main__":
    print(msgspec.json.encode(asyncio.run(main(msgspec.json.decode(sys.argv[1], type=dict)["rules"]))).decode())
