"""
Fills an empty database with a small company, so that there is something to look at and to try.

Its history is played through the doors that people use, under a pretended clock, from the oldest moment
to this one: events, deadlines, statuses and words are what they would be had it all happened.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from helpdesk.core.clock import now, pretend
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict
from helpdesk.core.keys import hash_password
from helpdesk.demo import company, story
from helpdesk.jobs.queue import enqueue
from helpdesk.jobs.tables import Job
from helpdesk.mail.tables import Inbound
from helpdesk.people.queries import person_with
from helpdesk.people.tables import Person
from helpdesk.search import sources
from helpdesk.tickets import deadlines

PASSWORD: Final = "demo-demo-demo"  # noqa: S105  # everybody's in the demo, and printed at the start
SHOWN_CUSTOMERS: Final = ("nhung", "oliver")
"""Customers whose addresses the greeting tells: one who reads Vietnamese, one who reads English."""

Progress = Callable[[int, int], None]


class _Clock:
    """Shows the moment of the step that is being played."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


async def is_empty() -> bool:
    """Whether nobody has used this database yet."""
    return not (await Person.exists() or await Inbound.exists())


async def is_loaded() -> bool:
    """Whether the demo company is what this database holds."""
    return await person_with(company.people().administrator.email) is not None


async def load(progress: Progress = lambda done, total: None) -> None:
    """
    Load the demo company: all of it, or nothing when it is interrupted. Takes a few seconds.

    `progress` hears how many of how many steps are done. Nobody is owed a letter about the past; the search
    index is. Raises Conflict for a database that is in use.
    """
    hashed = await asyncio.to_thread(hash_password, PASSWORD)
    end = now()
    steps = story.told(end)
    clock = _Clock(steps[0].at)
    async with transaction():
        if not await is_empty():
            raise Conflict("This database is in use already; the demo company wants an empty one.")
        with pretend(clock):
            for done, step in enumerate(steps, start=1):
                await _wait(clock, step.at)
                await step.act()
                progress(done, len(steps))
            await _wait(clock, end)
        await Person.update({Person.password: hashed}, force=True)
        await Job.delete(force=True)
        await enqueue(sources.mend, {}, key="search-index")


def logins() -> str:
    """Who may be tried out, for the greeting."""
    people = company.people()
    shown = [customer for customer in people.customers if customer.key in SHOWN_CUSTOMERS]
    roles = [
        (people.administrator.email, "administrator"),
        *((agent.email, "agent") for agent in people.agents),
        *((customer.email, "customer") for customer in shown),
    ]
    lines = [f"  {email:26}{role}" for email, role in roles]
    return "\n".join([f"Sign in (“I have a password”) with {PASSWORD} as", *lines])


async def _wait(clock: _Clock, moment: datetime) -> None:
    """Let the time go by up to `moment`; promises that are near or missed meanwhile are noticed when they are."""
    while (alarm := await deadlines.next_look()) is not None and alarm < moment:
        clock.moment = max(clock.moment, alarm)
        await deadlines.sweep()
    clock.moment = moment
