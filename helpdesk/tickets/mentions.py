"""Colleagues whom a note calls by name: “@Trần Minh Khoa, can you look?”"""

import re
from collections.abc import Iterable

from helpdesk.core.actor import Actor
from helpdesk.core.text import nfc
from helpdesk.departments.queries import Colleague, colleagues
from helpdesk.events.record import record
from helpdesk.tickets.events import ColleagueMentioned


async def call(actor: Actor, ticket_id: int, message: int, text: str) -> None:
    """Let those hear of a note whom it names. In the caller's transaction."""
    for person in named(text, await colleagues()):
        if person != actor.id:
            await record(ColleagueMentioned(actor=actor.id, ticket=ticket_id, message=message, person=person))


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
