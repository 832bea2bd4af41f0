"""What is read about letters, by administrators."""

from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct
from piccolo.columns import Selectable
from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.mail.access import may_manage
from helpdesk.mail.parse import parse
from helpdesk.mail.receive import raw_bytes
from helpdesk.mail.tables import Inbound, Mailbox, Outbound

PAGE: Final = 30
LONGEST_SOURCE: Final = 200_000
"""Characters of a letter that its page shows; all of it can be fetched."""

InboundState = Literal["held", "set_aside", "sorted", "owed"]
OutboundState = Literal["", "waiting", "sent", "kept", "failed"]


class MailboxEntry(Struct, frozen=True):
    """An IMAP mailbox, without its password. `last_error` is empty while all is well."""

    id: int
    name: str
    host: str
    port: int
    security: str
    username: str
    folder: str
    address: str
    is_active: bool
    fetched_at: datetime | None
    last_error: str


class InboundEntry(Struct, frozen=True):
    """A letter that came in. `size` in bytes; `about` is what it became, such as ticket:7."""

    id: int
    source: str
    envelope_from: str
    message_id: str
    sender: str
    subject: str
    size: int
    state: InboundState
    verdict: str
    reason: str
    about: str
    received_at: datetime


class OutboundEntry(Struct, frozen=True):
    """A letter that goes out."""

    id: int
    about: str
    recipients: list[str]
    subject: str
    state: str
    attempts: int
    last_error: str
    send_at: datetime
    sent_at: datetime | None
    created_at: datetime


class Written(Struct, frozen=True):
    """What stands in a letter of ours."""

    sender: str
    text: str
    html: str
    files: list[str]
    source: str


async def mailboxes(actor: Actor) -> list[MailboxEntry]:
    _check(actor)
    rows = await Mailbox.select(*_columns(MailboxEntry, Mailbox)).order_by(Mailbox.name, Mailbox.id)
    return msgspec.convert(rows, list[MailboxEntry])


async def mailbox(actor: Actor, mailbox_id: int) -> MailboxEntry:
    """Raises NotFound."""
    _check(actor)
    row = await Mailbox.select(*_columns(MailboxEntry, Mailbox)).where(Mailbox.id == mailbox_id).first()
    if row is None:
        raise NotFound()
    return msgspec.convert(row, MailboxEntry)


async def letters(actor: Actor, state: InboundState, *, after: str | None = None) -> Page[InboundEntry]:
    """Letters in one state, newest first."""
    _check(actor)
    where: Combinable = Inbound.state == state
    if further := beyond(after, Inbound.id, ascending=False):
        where &= further
    rows = await (
        Inbound.select(*_columns(InboundEntry, Inbound))
        .where(where)
        .order_by(Inbound.id, ascending=False)
        .limit(PAGE + 1)
    )
    return page_of(msgspec.convert(rows, list[InboundEntry]), PAGE, lambda entry: [entry.id])


async def letter(actor: Actor, inbound: int) -> tuple[InboundEntry, str]:
    """A letter and its source as text. Raises NotFound."""
    _check(actor)
    row = await Inbound.select(*_columns(InboundEntry, Inbound)).where(Inbound.id == inbound).first()
    raw = await raw_bytes(inbound)
    if row is None or raw is None:
        raise NotFound()
    return msgspec.convert(row, InboundEntry), raw[:LONGEST_SOURCE].decode("utf-8", "replace")


async def counts(actor: Actor) -> dict[str, int]:
    """How many letters wait for an administrator, and how many were set aside."""
    _check(actor)
    states: tuple[InboundState, ...] = ("held", "set_aside")
    return {state: await Inbound.count().where(Inbound.state == state) for state in states}


async def outgoing(actor: Actor, state: OutboundState = "", *, after: str | None = None) -> Page[OutboundEntry]:
    """Letters of ours in one state, or all; newest first."""
    _check(actor)
    query = Outbound.select(*_columns(OutboundEntry, Outbound))
    if state:
        query = query.where(Outbound.state == state)
    if further := beyond(after, Outbound.id, ascending=False):
        query = query.where(further)
    rows = await query.order_by(Outbound.id, ascending=False).limit(PAGE + 1)
    return page_of([_outbound(row) for row in rows], PAGE, lambda entry: [entry.id])


async def outgoing_letter(actor: Actor, outbound: int) -> tuple[OutboundEntry, Written]:
    """One of them with its words. Raises NotFound."""
    _check(actor)
    columns = [*_columns(OutboundEntry, Outbound), Outbound.content]
    row = await Outbound.select(*columns).where(Outbound.id == outbound).first()
    if row is None:
        raise NotFound()
    content = bytes(row.pop("content"))
    read = parse(content)
    sender = f"{read.sender.name} <{read.sender.email}>" if read.sender.email else ""
    files = [file.filename for file in read.attachments]
    source = content[:LONGEST_SOURCE].decode("utf-8", "replace")
    return _outbound(row), Written(sender=sender, text=read.text, html=read.html, files=files, source=source)


def _outbound(row: dict[str, object]) -> OutboundEntry:
    return msgspec.convert({**row, "recipients": msgspec.json.decode(str(row["recipients"]))}, OutboundEntry)


def _columns(entry: type[Struct], table: type[Mailbox | Inbound | Outbound]) -> list[Selectable]:
    """The columns of a table which an entry names."""
    return [getattr(table, name) for name in entry.__struct_fields__]


def _check(actor: Actor) -> None:
    if not may_manage(actor):
        raise NotFound()
