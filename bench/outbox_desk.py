"""
The desk of outbox_faults.py, in processes of its own: one owes letters, one sends them.

    python -m bench.outbox_desk MOMENT owe '{"letters": 500, …}'
    python -m bench.outbox_desk MOMENT send

Its clock runs SPEED times faster than ours since MOMENT, so that pauses of minutes pass in seconds.
"""

import asyncio
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core import clock
from helpdesk.core.db import close_database, open_database, transaction
from helpdesk.jobs import worker
from helpdesk.mail.outgoing import outbox, sending
from helpdesk.mail.outgoing.compose import Outgoing
from helpdesk.mail.reading.letter import Address
from helpdesk.wiring import wire

SPEED: Final = 20.0
REFUSED: Final = "nobody"
"""Who is at no mail server: letters to them fail."""


class Order(Struct, frozen=True):
    """How many letters about how many tickets, over so many seconds; and how many more to people who are not there."""

    letters: int
    tickets: int
    seconds: float
    refused: int = 0
    first_ticket: int = 1


def fast(began: datetime) -> Callable[[], datetime]:
    return lambda: began + (datetime.now(UTC) - began) * SPEED


async def owe(order: Order) -> None:
    """Letters of all tickets in turn; each says in its Message-ID which one of which ticket it is."""
    numbers = [(order.first_ticket + n % order.tickets, n // order.tickets) for n in range(order.letters)]
    lines = [(ticket, number, f"customer{ticket}@khach.example") for ticket, number in numbers]
    for n in range(order.refused):
        lines.insert(random.Random(n).randrange(len(lines)), (0, n, f"{REFUSED}{n}@khach.example"))
    for ticket, number, to in lines:
        letter = Outgoing(
            sender=Address("Help desk", "support@lua.example"),
            to=(Address("", to),),
            subject=f"Re: #{ticket} {number}",
            text="The answer.\n",
            html="<p>The answer.</p>",
            message_id=f"t{ticket}.n{number}@lua.example",
            sent_at=clock.now(),
        )
        async with transaction():
            await outbox.owe(
                letter, about=f"message:{number}", envelope_from="support@lua.example", lane=f"ticket:{ticket}"
            )
        await asyncio.sleep(order.seconds / len(lines))


async def send() -> None:
    """Do what is owed until killed."""
    sending.RENEW_EVERY_SECONDS /= SPEED  # type: ignore[misc]  # leases run out by the fast clock, too
    worker.RENEW_EVERY_SECONDS /= SPEED  # type: ignore[misc]
    await worker.work(asyncio.Event())


async def main(began: str, role: str, order: str = "") -> None:
    wire()
    await open_database()
    try:
        with clock.pretend(fast(datetime.fromisoformat(began))):
            await (owe(msgspec.json.decode(order, type=Order)) if role == "owe" else send())
    finally:
        await close_database()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
