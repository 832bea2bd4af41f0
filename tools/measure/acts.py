"""What agents do, from asking until it is done and seen: 500 tickets at once, and a colleague's change on a page."""

import http.client
import time
from collections.abc import Sequence
from statistics import median
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from tools.measure.company import Company
from tools.measure.places import PATIENCE_SECONDS, Place, Server
from tools.measure.processes import cpu_seconds
from tools.measure.visits import HOST

CHANGES: Final = 20
SAME_DEPARTMENT: Final = 4
"""The first agent and this one work in the same department (company.DEPARTMENTS)."""
UNFINISHED: Final = "SELECT COUNT(*) FROM bulk_act WHERE ended_at IS NULL"


class Acts(Struct, frozen=True):
    """`tickets` were tagged in `seconds`, with so much processor time of the server; changes seen in milliseconds."""

    tickets: int
    seconds: float
    cpu: float
    seen: list[float]


def measure(where: Place, server: Server, company: Company) -> Acts:
    seen = _live(server, company)
    began, cpu = time.perf_counter(), cpu_seconds(server.process)
    form = [("act", "tag"), ("tag", f"bench {time.time_ns()}"), *(("id", str(number)) for number in company.many)]
    _ask(server, company.agents[0].cookie, "/desk/queues/all", form)
    seconds = where.wait_until_none(UNFINISHED) - began
    return Acts(len(company.many), seconds, cpu_seconds(server.process) - cpu, seen)


def _live(server: Server, company: Company) -> list[float]:
    """Milliseconds from one agent's change until another one's open page has it, for some changes."""
    writer, reader = company.agents[0].cookie, company.agents[SAME_DEPARTMENT].cookie
    listening = http.client.HTTPConnection(HOST, server.port, timeout=60)
    listening.request("GET", "/live", headers={"cookie": f"session={reader}"})
    stream = listening.getresponse()
    took = []
    for ticket in company.agents[0].tickets[:CHANGES]:
        began = time.perf_counter()
        _ask(server, writer, f"/desk/tickets/{ticket}/tags", [("tag", f"seen {time.time_ns()}")])
        while stream.fp.readline().strip() != f"event: ticket-{ticket}".encode():
            if time.perf_counter() > began + PATIENCE_SECONDS:
                raise TimeoutError(f"nothing was heard of ticket {ticket}")
        _ask(server, reader, f"/desk/tickets/{ticket}/thread")
        took.append((time.perf_counter() - began) * 1000)
    listening.close()
    return took


def _ask(server: Server, cookie: str, path: str, form: Sequence[tuple[str, str]] = ()) -> bytes:
    """The answer to a form, or to a part of a page."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    headers = {"cookie": f"session={cookie}", "sec-fetch-site": "same-origin", "hx-request": "true"}
    if form:
        headers["content-type"] = "application/x-www-form-urlencoded"
    connection.request("POST" if form else "GET", path, urlencode(form) if form else None, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status not in {200, 303}:
        raise RuntimeError(f"{path}: {answer.status}")
    return content


def middle(seen: Sequence[float]) -> tuple[float, float]:
    """The middle one, and the one that 95 of 100 do not exceed."""
    return median(seen), sorted(seen)[int(len(seen) * 0.95) - 1 if len(seen) >= CHANGES else -1]
