"""Colleagues whom a note calls by name: “@Trần Minh Khoa, can you look?”"""

import re
from collections.abc import Iterable

from helpdesk.core.actor import Actor
from helpdesk.core.text import nfc
from helpdesk.departments.queries import Colleague, colleagues
from helpdesk.events.record import record
from helpdesk.tickets import following
from helpdesk.tickets.events import ColleagueMentioned
from helpdesk.tickets.tables import Ticket


async def call(actor: Actor, ticket: Ticket, message: int, text: str, *, before: str = "") -> None:
    """
    Let those hear of a note whom it names, and follow the ticket where they may see it. In the caller's transaction.

    Not those whom it named `before` it was worded anew.
    """
    staff = await colleagues()
    known = {actor.id, *named(before, staff)}
    people = [person for person in named(text, staff) if person not in known]
    for person in people:
        await record(ColleagueMentioned(actor=actor.id, ticket=ticket.id, message=message, person=person))
    await following.follow_mentioned(actor, ticket, people)


def named(text: str, staff: Iterable[Colleague]) -> list[int]:
    """Who stands behind an “@”, each once. Of two names that begin alike the longer one counts; case does not."""
    found: list[int] = []
    called = nfc(text).casefold()
    for one in sorted(staff, key=lambda one: -len(one.name)):
        pattern = rf"(?<!\w)@{re.escape(nfc(one.name).casefold())}(?!\w)"
        if one.name and re.search(pattern, called):
            found.append(one.id)
            called = re.sub(pattern, " ", called)
    return found
