"""Who receives an answer, and under which subject."""

from helpdesk.core.text import email_key
from helpdesk.departments import queries as departments
from helpdesk.mail.reading import subject as subjects
from helpdesk.mail.reading.letter import Address
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import queries
from helpdesk.tickets.queries import MessageRow, TicketFacts

Boxes = tuple[Address, ...]


async def audience(ticket: TicketFacts, message: MessageRow) -> tuple[Boxes, Boxes]:
    """
    To and Cc of an answer: exactly those it was written to; where nobody was named, everybody who takes part.

    Never an address of our own, which would come back to us, and never the one who wrote it.
    """
    if message.to:
        to, cc = (
            [Address(one.name, one.email) for one in message.to],
            [Address(one.name, one.email) for one in message.cc],
        )
    else:
        to, cc = await _taking_part(ticket, message)
    known: set[str] = set()
    heard: list[Address] = []
    for one in (*to, *cc):
        key = email_key(one.email)
        if key not in known and not await departments.is_ours(one.email):
            known.add(key)
            heard.append(one)
    front = max(1, sum(1 for one in heard if one in to))
    return tuple(heard[:front]), tuple(heard[front:])


async def _taking_part(ticket: TicketFacts, message: MessageRow) -> tuple[list[Address], list[Address]]:
    named = [(ticket.requester, ticket.requester_name, ticket.requester_email)]
    named += [(one.id, one.name, one.email) for one in await queries.participants(ticket.id)]
    heard = [Address(name, email) for person, name, email in named if email and person != message.author]
    return heard[:1], heard[1:]


async def answer_subject(subject: str, number: int) -> str:
    """The subject of a letter to a customer about a ticket; with its number, where the settings want that."""
    joining = await store.get(JoiningSettings)
    return subjects.answer(subject, number if joining.subject_tag else None)
