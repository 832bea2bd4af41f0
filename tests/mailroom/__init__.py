from helpdesk.core.actor import Actor
from helpdesk.core.config import secret_key
from helpdesk.mail.doors.receive import receive
from helpdesk.mail.tables import Inbound
from helpdesk.mail.thread import reply_address
from tests.factories import Desk

US = "support@lua.example"


async def arrive(desk: Desk, raw: bytes, *, sender: str = "", to: tuple[str, ...] = (US,)) -> dict[str, object]:
    """A letter comes in by SMTP and everything that is owed for it is done; its row."""
    received = await receive(raw, "smtp", sender, to)
    await desk.work()
    row = await Inbound.select().where(Inbound.id == received.id).first()
    assert row is not None
    return row


def answers_to(ticket: int) -> str:
    """The address that letters to customers about the ticket are answered to."""
    return reply_address(US, ticket, secret_key())


def agents_answer_to(ticket: int, agent: Actor) -> str:
    """The same in letters to an agent."""
    return reply_address(US, ticket, secret_key(), agent.id)
