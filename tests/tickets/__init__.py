"""What tests of tickets need again and again."""

from collections.abc import Iterator
from itertools import count

from helpdesk.core.actor import Actor
from helpdesk.departments.queries import all_departments
from helpdesk.tickets import actions
from helpdesk.tickets.said import Said, typed

_floors: Iterator[int] = count(1)


def said(words: str) -> Said:
    return typed(words, channel="web")


async def ask(customer: Actor, subject: str = "The printer burns", words: str = "", *, department: int = 0) -> int:
    """A customer opens a ticket; its number. Without `words` it is another one each time, not a form sent twice."""
    place = department or (await all_departments())[0].id
    words = words or f"Smoke everywhere, on floor {next(_floors)}."
    return await actions.open(customer, said(words), subject=subject, department=place)
