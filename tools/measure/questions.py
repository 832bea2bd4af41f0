"""
What one page costs inside: its questions to the database, or where its time goes.

    python -m tools.measure.questions < company              page → questions at the first look and at the next
    python -m tools.measure.questions PAGE < company         the functions that take the most of one page

The application runs here, asked over ASGI without a network.
"""

import asyncio
import cProfile
import pstats
import sys
from collections.abc import Sequence
from typing import Any, Final

import httpx
import msgspec

from helpdesk import app
from helpdesk.core.db import close_database, open_database
from helpdesk.core.kept import forget_everything
from tests.counting import counted
from tools.measure.company import Company
from tools.measure.visits import Visit, visits

LOOKS: Final = 200
SHOWN: Final = 45


async def count(company: Company) -> dict[str, tuple[int, int]]:
    """For each page how often it asks when nothing is remembered, and when it was just looked at."""
    found = {}
    async with _browser() as browser:
        for page, all_of_it in visits(company).items():
            await _look(browser, all_of_it[0])
            forget_everything()
            with counted() as first:
                await _look(browser, all_of_it[0])
            with counted() as again:
                await _look(browser, all_of_it[0])
            found[page] = len(first), len(again)
    return found


async def profile(company: Company, page: str) -> None:
    """Print where the time of one page goes, by the time within each function alone, then with all it calls."""
    async with _browser() as browser:
        asked = visits(company)[page]
        await _look_often(browser, asked, 20)
        profiler = cProfile.Profile()
        profiler.enable()
        await _look_often(browser, asked, LOOKS)
        profiler.disable()
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler).sort_stats(order).print_stats(SHOWN)


def _browser() -> httpx.AsyncClient:
    application: Any = app.create(background=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://desk")


async def _look_often(browser: httpx.AsyncClient, asked: Sequence[Visit], times: int) -> None:
    for number in range(times):
        await _look(browser, asked[number % len(asked)])


async def _look(browser: httpx.AsyncClient, visit: Visit) -> None:
    method = "POST" if visit.form else "GET"
    answer = await browser.request(method, visit.path, headers=visit.headers, content=visit.form)
    if answer.status_code != visit.status:
        print(f"{visit.path}: {answer.status_code}", file=sys.stderr)


async def main(company: Company, page: str) -> None:
    await open_database()
    sys.setswitchinterval(0.001)
    try:
        if page:
            await profile(company, page)
        else:
            print(msgspec.json.encode(await count(company)).decode())
    finally:
        await close_database()


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.stdin.buffer.read(), type=Company), "".join(sys.argv[1:2])))
