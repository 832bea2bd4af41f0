"""What tests of tickets need again and again."""

from helpdesk.core.actor import Actor
from helpdesk.departments.queries import all_departments
from helpdesk.tickets import actions
from helpdesk.tickets.said import Said, typed


def said(words: str) -> Said:
    return typed(words, channel="web")


async def ask(
    customer: Actor, subject: str = "The printer burns", words: str = "Smoke everywhere.", *, department: int = 0
) -> int:
    """A customer opens a ticket; its number."""
    place = department or (await all_departments())[0].id
    return await actions.open(customer, said(words), subject=subject, department=place)
