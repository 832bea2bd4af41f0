"""What is read about side conversations: for those who work on the ticket, and nobody else."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked
from helpdesk.core.errors import NotFound
from helpdesk.core.text import email_key
from helpdesk.mail.outgoing import deliveries
from helpdesk.mail.outgoing.deliveries import Delivery
from helpdesk.tickets import access
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.access import Condition
from helpdesk.tickets.queries import FileRow
from helpdesk.tickets.said import Mailbox
from helpdesk.tickets.side.tables import SideConversation, SideFile, SideMessage
from helpdesk.tickets.tables import Merge, Ticket

NEWEST: Final = 5
"""Messages of a side conversation that its ticket's page shows."""
PAGE: Final = 50
"""Messages of a side conversation on a page of its own."""
ABOUT: Final = "side:{}"
"""What a letter of a side conversation is about: a message's id goes in."""

_SIDE: Final = (
    *(SideConversation.id, SideConversation.ticket, SideConversation.subject, SideConversation.to_addresses),
    *(SideConversation.cc_addresses, SideConversation.wakes, SideConversation.opened_at),
    *(SideConversation.updated_at, SideConversation.closed_at, SideConversation.began_by),
)
_MESSAGE: Final = (
    *(SideMessage.id, SideMessage.side, SideMessage.author, SideMessage.direction, SideMessage.from_name),
    *(SideMessage.from_email, SideMessage.subject, SideMessage.fresh, SideMessage.html, SideMessage.quoted_html),
    *(SideMessage.message_id, SideMessage.inbound, SideMessage.is_automatic, SideMessage.sent_at),
    SideMessage.author.name.as_alias("author_name"),
)
_FILE: Final = (
    *(SideFile.id, SideFile.message, SideFile.filename, SideFile.content_type),
    *(SideFile.content_id, SideFile.size, SideFile.sha256),
)


class SideMessageRow(Struct, frozen=True):
    """Something written in a side conversation, with its files and how the sending of a letter of ours goes."""

    id: int
    side: int
    author: int | None
    author_name: str | None
    direction: str
    from_name: str
    from_email: str
    subject: str
    fresh: str
    html: str
    quoted_html: str
    message_id: str
    inbound: int | None
    is_automatic: bool
    sent_at: datetime
    files: tuple[FileRow, ...] = ()
    letter: Delivery | None = None

    @property
    def who(self) -> str:
        return self.author_name or self.from_name or self.from_email


class Side(Struct, frozen=True):
    """
    A side conversation, its oldest message first. `ticket` is the one it began on.

    `messages` are its newest where there are more; `count` is how many there are, `before` how many older ones.
    """

    id: int
    ticket: int
    subject: str
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    wakes: bool
    began_by: int | None
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    messages: tuple[SideMessageRow, ...] = ()
    count: int = 0
    before: int = 0
    is_newest: bool = True

    @property
    def addresses(self) -> str:
        return ", ".join(one.email for one in (*self.to, *self.cc))

    def is_held(self, at: datetime) -> bool:
        """Whether its only letter is still held back."""
        return (
            len(self.messages) == self.count == 1
            and self.messages[0].direction == "out"
            and self.messages[0].sent_at > at
        )

    def is_asked(self, message: SideMessageRow) -> bool:
        """Whether a message is ours, or from an address that we have asked."""
        asked = {email_key(one.email) for one in (*self.to, *self.cc)}
        return message.direction == "out" or email_key(message.from_email) in asked

    @property
    def is_answered(self) -> bool:
        """Whether the third party wrote last, and no machine of theirs: it is our turn."""
        written = [one for one in self.messages if not one.is_automatic]
        return bool(written) and written[-1].direction == "in"

    @property
    def is_unreached(self) -> bool:
        """Whether a letter of ours, after which nobody wrote, will not arrive: there is nothing to wait for."""
        last = self.messages[-1].letter if self.messages else None
        return last is not None and last.state in {"failed", "bounced"}


async def of_ticket(actor: Actor, ticket_id: int) -> list[Side]:
    """
    The side conversations of a ticket and of those that were merged into it, as they began.

    None for whoever does not work on the ticket. Raises NotFound where the actor cannot see it.
    """
    ticket = await tickets.get(actor, ticket_id)
    if not access.works_on(actor, department=ticket.department, assignee=ticket.assignee):
        return []
    return await beside(ticket_id)


async def beside(ticket_id: int, newest: int | None = None) -> list[Side]:
    """The same, for whoever has asked already who may know; of each conversation the `newest` messages only."""
    return await _found(SideConversation.ticket.is_in(await inside(ticket_id)), newest=newest)


async def inside(ticket_id: int) -> list[int]:
    """A ticket and those that were merged into it, and into them."""
    found = newest = [ticket_id]
    while merged := await Merge.select(Merge.ticket).where(Merge.target.is_in(newest)).order_by(Merge.id):
        newest = [row["ticket"] for row in merged]
        found = [*found, *newest]
    return found


async def picture(actor: Actor, sha256: str) -> FileRow | None:
    """A file with this hash of a side conversation on a ticket that the actor works on."""
    theirs = SideConversation.select(SideConversation.id).where(
        SideConversation.ticket.is_in(Ticket.select(Ticket.id).where(access.worked_by(actor)))
    )
    inside = SideMessage.select(SideMessage.id).where(SideMessage.side.is_in(theirs))
    row = await (
        SideFile.select(*_FILE)
        .where((SideFile.sha256 == sha256) & SideFile.message.is_in(inside))
        .order_by(SideFile.id)
        .first()
    )
    return msgspec.convert(row, FileRow) if row else None


async def one(actor: Actor, side_id: int) -> Side:
    """A side conversation of a ticket that the actor works on. Raises NotFound for others."""
    await get(actor, side_id)
    return (await _found(SideConversation.id == side_id))[0]


async def page(actor: Actor, side_id: int, before: int | None = None) -> Side:
    """The newest messages of a side conversation, or those `before` one of them, by its id."""
    await get(actor, side_id)
    return (await _found(SideConversation.id == side_id, newest=PAGE, before=before))[0]


async def get(actor: Actor, side_id: int, *, to_change: bool = False) -> tuple[SideConversation, Ticket]:
    """Its row, and the ticket that it is beside now. Raises NotFound for those who do not work there."""
    query = SideConversation.objects().where(SideConversation.id == side_id)
    side = await query.first()
    if side is None:
        raise NotFound()
    ticket = await tickets.get(actor, await tickets.place(side.ticket), to_change=to_change)
    if not access.works_on(actor, department=ticket.department, assignee=ticket.assignee):
        raise NotFound()
    if to_change:
        side = await locked(query).first()
        assert side is not None
    return side, ticket


async def file(actor: Actor, side_id: int, file_id: int) -> FileRow:
    """A file of a side conversation of a ticket that the actor works on."""
    await get(actor, side_id)
    inside = SideMessage.select(SideMessage.id).where(SideMessage.side == side_id)
    row = await SideFile.select(*_FILE).where((SideFile.id == file_id) & SideFile.message.is_in(inside)).first()
    if row is None:
        raise NotFound()
    return msgspec.convert(row, FileRow)


async def is_first_answer(side_id: int) -> bool:
    """Whether the next letter of the third party is the first since one of ours. For the house's own eyes."""
    last = await (
        SideMessage.select(SideMessage.direction)
        .where(SideMessage.side == side_id)
        .order_by(SideMessage.id, ascending=False)
        .first()
    )
    return last is not None and last["direction"] == "out"


async def texts(side_id: int) -> list[str]:
    """What was written so far, newest first, as plain text. For the house's own eyes."""
    rows = await (
        SideMessage.select(SideMessage.text)
        .where(SideMessage.side == side_id)
        .order_by(SideMessage.id, ascending=False)
        .limit(20)
    )
    return [row["text"] for row in rows]


async def _found(where: Condition, *, newest: int | None = None, before: int | None = None) -> list[Side]:
    rows = await SideConversation.select(*_SIDE).where(where).order_by(SideConversation.id)
    if not rows:
        return []
    every = await _ids([row["id"] for row in rows])
    shown = {side: _some(ids, newest, before) for side, ids in every.items()}
    messages = await _messages([one for ids in shown.values() for one in ids])
    return [
        msgspec.convert(
            {
                **row,
                "to": msgspec.json.decode(row["to_addresses"]),
                "cc": msgspec.json.decode(row["cc_addresses"]),
                "messages": messages[row["id"]],
                "count": len(every[row["id"]]),
                "before": every[row["id"]].index(shown[row["id"]][0]) if shown[row["id"]] else 0,
                "is_newest": every[row["id"]][-1:] == shown[row["id"]][-1:],
            },
            Side,
        )
        for row in rows
    ]


async def _ids(sides: Collection[int]) -> defaultdict[int, list[int]]:
    """The messages of each conversation by id, the oldest first."""
    rows = await (
        SideMessage.select(SideMessage.id, SideMessage.side)
        .where(SideMessage.side.is_in(list(sides)))
        .order_by(SideMessage.id)
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[row["side"]].append(row["id"])
    return found


def _some(ids: Sequence[int], newest: int | None, before: int | None) -> list[int]:
    older = [one for one in ids if before is None or one < before]
    return older[-newest:] if newest else older


async def _messages(ids: Collection[int]) -> defaultdict[int, list[SideMessageRow]]:
    rows: list[dict[str, Any]] = await (
        SideMessage.select(*_MESSAGE).where(SideMessage.id.is_in([*ids] or [0])).order_by(SideMessage.id)
    )
    files: defaultdict[int, list[FileRow]] = defaultdict(list)
    for row in await SideFile.select(*_FILE).where(SideFile.message.is_in([*ids] or [0])).order_by(SideFile.id):
        files[row["message"]].append(msgspec.convert(row, FileRow))
    letters = await deliveries.about([ABOUT.format(row["id"]) for row in rows if row["direction"] == "out"])
    found: defaultdict[int, list[SideMessageRow]] = defaultdict(list)
    for row in rows:
        more = {"files": files[row["id"]], "letter": letters.get(ABOUT.format(row["id"]))}
        found[row["side"]].append(msgspec.convert({**row, **more}, SideMessageRow))
    return found
