"""
The load: some connections that ask for one page after another, as fast as they are answered.

    python -m tools.measure.load < plan > results

with a Plan as JSON on standard input and a Result for each page on standard output. A process of its
own: what it needs itself must not count as the server's.
"""

import asyncio
import re
import sys
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Final, cast

import msgspec
import uvloop
from msgspec import Struct

from tools.measure.processes import cpu_seconds
from tools.measure.visits import HOST, Visit

WARM_UP: Final = 40
WARM_UP_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 90.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Plan(Struct, frozen=True):
    """Where to, whose processor time counts, and how much: until `seconds` or `requests` are used up, for each page."""

    port: int
    server: int
    database: int | None
    """Process id of the database server, where there is one."""
    pages: dict[str, list[Visit]]
    connections: int = 8
    seconds: float = 3.0
    requests: int = 2000


class Result(Struct, frozen=True):
    """What one page took. Milliseconds from asking to the last byte; `cpu` of server and database for each request."""

    page: str
    requests: int
    per_second: float
    p50: float
    p95: float
    cpu: float
    database_cpu: float
    bytes: int
    """Of the last answer, with its headers."""


class Stopped(Exception):
    """The server answered something else than it should; the text says what."""


class Round:
    """Requests that several connections take one after another, and how long each took."""

    def __init__(self, visits: Sequence[Visit], most: int, seconds: float) -> None:
        self._raw = [(visit.raw, visit.status) for visit in visits]
        self._most = most
        self._until = time.perf_counter() + seconds
        self._taken = 0
        self.took: list[float] = []
        self.bytes = 0

    def next(self) -> tuple[bytes, int] | None:
        if self._taken >= self._most or time.perf_counter() > self._until:
            return None
        self._taken += 1
        return self._raw[(self._taken - 1) % len(self._raw)]


class Connection(asyncio.Protocol):
    """One connection that is kept alive, with one request on its way at a time."""

    def __init__(self, work: Round) -> None:
        self._work = work
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if self._missing < 0:
            self._read_head()
        if 0 <= self._missing <= len(self._answer):
            self._work.took.append(time.perf_counter() - self._began)
            self._work.bytes = len(self._answer)
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or Stopped("The server closed a connection."))

    def _ask(self) -> None:
        self._answer, self._missing = b"", -1  # not known before the head is there
        wanted = self._work.next()
        if wanted is None:
            self.done.set_result(None)
            self._transport.close()
            return
        request, self._status = wanted
        self._began = time.perf_counter()
        self._transport.write(request)

    def _read_head(self) -> None:
        """Once the whole head is there: whether it is the right answer, and how long it is."""
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._answer[:end]
        length = _LENGTH.search(head)
        if int(head[9:12]) != self._status or (length is None and self._status == 200):
            self.done.set_exception(Stopped(f"expected {self._status}: {self._answer[:300]!r}"))
            self._transport.close()
        self._missing = end + 4 + (int(length[1]) if length else 0)


async def measure(plan: Plan, page: str, visits: Sequence[Visit]) -> Result:
    """Ask for one page by all connections at once, when each of its addresses has been asked for: from memory."""
    if not page.startswith("new"):
        await _ask_all(plan, Round(visits, max(len(visits), WARM_UP), WARM_UP_SECONDS))
    work = Round(visits, plan.requests, plan.seconds)
    began, cpu, database = time.perf_counter(), cpu_seconds(plan.server), _database_seconds(plan)
    await _ask_all(plan, work)
    seconds, count = time.perf_counter() - began, len(work.took)
    places = quantiles(work.took, n=100)
    return Result(
        page=page,
        requests=count,
        per_second=count / seconds,
        p50=places[49] * 1000,
        p95=places[94] * 1000,
        cpu=(cpu_seconds(plan.server) - cpu) / count * 1000,
        database_cpu=(_database_seconds(plan) - database) / count * 1000,
        bytes=work.bytes,
    )


async def _ask_all(plan: Plan, work: Round) -> None:
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: Connection(work), HOST, plan.port))[1] for _ in range(plan.connections)
    ]
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(connection.done for connection in connections))


def _database_seconds(plan: Plan) -> float:
    return cpu_seconds(plan.database) if plan.database else 0.0


async def main(plan: Plan) -> None:
    for page, visits in plan.pages.items():
        try:
            result = await measure(plan, page, visits)
        except Stopped as reason:
            print(f"{page}: {reason}", file=sys.stderr)
        else:
            print(msgspec.json.encode(result).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(main(msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)))
