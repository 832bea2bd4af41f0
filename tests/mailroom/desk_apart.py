"""
A whole desk in a process of its own, for tests with several: `python -m tests.mailroom.desk_apart NAME`.

It takes letters in by SMTP, sends them by SMTP, and does what it is told in lines of JSON on stdin, each
answered by one line on stdout. Its clock stands still until it is told to go on.
"""

import asyncio
import json
import sys
from typing import Any

from helpdesk import schema
from helpdesk.core.actor import Actor
from helpdesk.core.clock import pretend
from helpdesk.core.db import close_database, open_database
from helpdesk.departments import queries as departments
from helpdesk.jobs import worker
from helpdesk.mail.doors.listener import listening
from helpdesk.mail.tables import AddressTrouble, Inbound, Outbound
from helpdesk.people.actions import recognise
from helpdesk.tickets import actions
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from helpdesk.wiring import wire
from tests.conftest import Clock
from tests.factories import Desk


class Apart:
    """One desk: a department with an address, and Minh, who answers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.clock = Clock()
        self.desk = Desk(self.clock)
        self.department = 0
        self.minh: Actor

    async def furnish(self) -> None:
        self.department = await self.desk.department("Care", "Chăm sóc", self.address)
        self.minh = await self.desk.agent("Minh", self.department)

    async def told(self, order: str, value: Any) -> Any:
        match order:
            case "go":
                self.clock.go(seconds=value)
                await worker.work_until_idle()
            case "ask":
                await self._ask(value)
            case "write":
                await self._write(value)
            case "facts":
                return await self._facts()
        return None

    async def _ask(self, email: str) -> None:
        """Somebody fills in our form on the web, and gives this address as theirs."""
        person = await recognise("Somebody", email, lang="vi")
        await actions.open(person, typed("Tôi cần giúp.", channel="web"), subject="Hỏi", department=self.department)

    async def _write(self, email: str) -> None:
        """Minh writes to this address first."""
        person = await recognise("Somebody", email, lang="vi")
        ticket = await actions.open(
            self.minh,
            typed("Họ hỏi qua điện thoại.", channel="phone"),
            subject="Hỏi giá",
            department=self.department,
            requester=person.id,
        )
        await actions.reply(self.minh, ticket, typed("Chào bạn, giá là 5 đồng.", channel="web"))

    async def _facts(self) -> dict[str, Any]:
        troubles = await AddressTrouble.select(AddressTrouble.email, AddressTrouble.is_silent, AddressTrouble.reason)
        return {
            "tickets": await Ticket.count(),
            "letters": await Outbound.count(),
            "came": [row["state"] for row in await Inbound.select(Inbound.state).order_by(Inbound.id)],
            "troubles": troubles,
        }


async def run(address: str) -> None:
    desk = Apart(address)
    with pretend(desk.clock):
        wire()
        await open_database()
        try:
            await schema.migrate()
            await desk.furnish()
            async with listening("127.0.0.1", 0, departments.is_ours) as server:
                print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)
                while line := await asyncio.to_thread(sys.stdin.readline):
                    order, value = json.loads(line)
                    print(json.dumps(await desk.told(order, value)), flush=True)
        finally:
            await close_database()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
