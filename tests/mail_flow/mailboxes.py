"""Mailboxes to test with, and what came out of them."""

from typing import Any

from helpdesk.core.db import run_sql
from helpdesk.core.keys import seal
from helpdesk.mail.tables import Inbound, Mailbox, MailboxFetch, MailboxLetter
from tests.mail_flow.letters import letter


def numbered(*numbers: int) -> dict[int, bytes]:
    return {number: letter(f"Thư {number}.", subject=f"Thư {number}", message_id=f"<{number}@x>") for number in numbers}


async def mailbox(port: int, password: str = "", **more: Any) -> int:
    """A mailbox at a server on loopback; its id."""
    row = Mailbox(
        name="Support",
        host="127.0.0.1",
        port=port,
        security=more.pop("security", "none"),
        username=more.pop("username", "support"),
        password=seal(password),
        **more,
    )
    await row.save()
    return int(row.id)


async def came() -> list[str]:
    """The Message-IDs of what came in, in order."""
    return [row["message_id"] for row in await Inbound.select(Inbound.message_id).order_by(Inbound.id)]


async def row(number: int) -> Any:
    """The mailbox's row. Any: Piccolo types columns as if none were ever empty."""
    found = await Mailbox.objects().where(Mailbox.id == number).first()
    assert found is not None
    return found


async def ledger(number: int) -> list[tuple[int, int, int, int]]:
    """Seen, stored, duplicates and held of each fetch, the oldest first."""
    rows = await MailboxFetch.select().where(MailboxFetch.mailbox == number).order_by(MailboxFetch.id)
    return [(row["seen"], row["stored"], row["duplicates"], row["held"]) for row in rows]


async def left(number: int) -> dict[str, str]:
    """What is remembered of single letters: state by UID."""
    rows = await MailboxLetter.select().where(MailboxLetter.mailbox == number)
    return {row["uid"]: row["state"] for row in rows}


async def adds_up() -> bool:
    """Whether every line of the ledger adds up, as the database sees it."""
    wrong = await run_sql("SELECT id FROM mailbox_fetch WHERE seen <> stored + duplicates + held")
    return not wrong
