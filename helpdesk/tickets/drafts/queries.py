from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.kept import Kept as Remembered
from helpdesk.core.prepared import Prepared
from helpdesk.tickets.drafts.tables import Draft, SendingChoice
from helpdesk.tickets.said import File

_COLUMNS: Final = (Draft.mode, Draft.body, Draft.status, Draft.passed_on, Draft.message, Draft.saved_at)

_MINE: Final = Prepared(
    lambda person, ticket: Draft.select(*_COLUMNS).where((Draft.person == person) & (Draft.ticket == ticket))
)


class PassedOn(Struct):
    """
    What goes to a third party besides the words: to whom, about what, and messages and files of the ticket, by ids.

    `hold`: the ticket waits for them.
    """

    to: Annotated[str, Meta(max_length=2000)] = ""
    about: Annotated[str, Meta(max_length=200)] = ""
    quote: list[int] = []
    file: list[int] = []
    hold: bool = False


class Along(PassedOn):
    """The same with the files of a letter that was taken back."""

    files: list[File] = []


class Kept(Struct, frozen=True):
    """What an agent has typed and not sent. `message` is an answer taken back, whose files and recipients go on."""

    mode: str
    body: str
    status: str
    passed_on: Along
    message: int | None
    saved_at: datetime


async def mine(actor: Actor, ticket_id: int) -> Kept | None:
    """What the actor has not sent on this ticket."""
    if not actor.is_agent:
        return None
    rows = await _MINE(actor.id, ticket_id)
    if not rows:
        return None
    return msgspec.convert({**rows[0], "passed_on": msgspec.json.decode(rows[0]["passed_on"] or "{}")}, Kept)


KEPT_SECONDS: Final = 5.0
_choices: Final = Remembered[int | None, str]("sending choices", KEPT_SECONDS)


async def choice(actor: Actor) -> str:
    """What the actor let a ticket become with their last answer; empty before the first one."""
    return await _choices.get(actor.id, lambda: _choice(actor.id))


async def _choice(person: int | None) -> str:
    row = await SendingChoice.select(SendingChoice.status).where(SendingChoice.person == person).first()
    return row["status"] if row else ""


def forget_choices() -> None:
    """Read them anew at the next question."""
    _choices.forget()
