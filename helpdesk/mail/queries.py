"""What is read about letters, by administrators."""

from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct
from piccolo.columns import Selectable
from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.errors import NotFound
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.core.text import email_key
from helpdesk.i18n.kept import spoken
from helpdesk.mail.access import may_manage
from helpdesk.mail.doors.receive import raw_bytes
from helpdesk.mail.reading import correction
from helpdesk.mail.reading.correction import Correction
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Inbound, Mailbox, MailboxFetch, MailboxLetter, Outbound, OutboundRecipient

PAGE: Final = 30
LONGEST_SOURCE: Final = 200_000
"""Characters of a letter that its page shows; all of it can be fetched."""

InboundState = Literal["held", "set_aside", "sorted", "owed"]
OutboundState = Literal["", "waiting", "sent", "kept", "unknown", "failed", "bounced"]


class MailboxEntry(Struct, frozen=True):
    """
    A mailbox, without its secrets. `last_error` is empty while all is well.

    `is_connected`: we have a permission to read it (OAuth 2).
    """

    id: int
    name: str
    protocol: str
    host: str
    port: int
    security: str
    username: str
    sign_in: str
    provider: str
    tenant: str
    client_id: str
    authorize_url: str
    token_url: str
    scope: str
    connected_at: datetime | None
    folder: str
    address: str
    backfill: str
    backfill_days: int
    after_fetch: str
    move_to: str
    is_active: bool
    fetched_at: datetime | None
    last_error: str
    failing_since: datetime | None
    last_letter_at: datetime | None
    listening_until: datetime | None
    is_connected: bool

    @property
    def is_listening(self) -> bool:
        """Whether its server tells us of new letters at once."""
        return self.listening_until is not None and self.listening_until > now()


class FetchEntry(Struct, frozen=True):
    """A fetch that saw something or failed; `times` in a row. seen = stored + duplicates + held."""

    id: int
    began_at: datetime
    ended_at: datetime | None
    times: int
    seen: int
    stored: int
    duplicates: int
    held: int
    error: str


class LeftLetter(Struct, frozen=True):
    """A letter that was left in its mailbox: large, aside, or still being tried."""

    id: int
    uid: str
    state: str
    tries: int
    reason: str
    size: int
    sender: str
    subject: str
    seen_at: datetime
    try_at: datetime | None


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
    rows = await Mailbox.select(*_mailbox_columns()).order_by(Mailbox.name, Mailbox.id)
    return [_mailbox(row) for row in rows]


async def mailbox(actor: Actor, mailbox_id: int) -> MailboxEntry:
    """Raises NotFound."""
    _check(actor)
    row = await Mailbox.select(*_mailbox_columns()).where(Mailbox.id == mailbox_id).first()
    if row is None:
        raise NotFound()
    return _mailbox(row)


async def fetches(actor: Actor, mailbox_id: int, *, after: str | None = None, most: int = PAGE) -> Page[FetchEntry]:
    """The ledger of a mailbox, newest first."""
    _check(actor)
    where: Combinable = MailboxFetch.mailbox == mailbox_id
    if further := beyond(after, MailboxFetch.id, ascending=False):
        where &= further
    rows = await (
        MailboxFetch.select(*_columns(FetchEntry, MailboxFetch))
        .where(where)
        .order_by(MailboxFetch.id, ascending=False)
        .limit(most + 1)
    )
    found = [{**row, "error": spoken(row["error"])} for row in rows]
    return page_of(msgspec.convert(found, list[FetchEntry]), most, lambda entry: [entry.id])


async def left_letters(actor: Actor, mailbox_id: int) -> list[LeftLetter]:
    """Letters that are still in the mailbox because they could not be taken, newest first; at most a page of them."""
    _check(actor)
    rows = await (
        MailboxLetter.select(*_columns(LeftLetter, MailboxLetter))
        .where((MailboxLetter.mailbox == mailbox_id) & MailboxLetter.state.is_in(["large", "aside", "trying"]))
        .order_by(MailboxLetter.id, ascending=False)
        .limit(PAGE)
    )
    return msgspec.convert([{**row, "reason": spoken(row["reason"])} for row in rows], list[LeftLetter])


async def held(actor: Actor, most: int) -> int:
    """How many letters wait for an administrator, counted no further than `most`."""
    _check(actor)
    return len(await Inbound.select(Inbound.id).where(Inbound.state == "held").limit(most))


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
    return page_of([_inbound(row) for row in rows], PAGE, lambda entry: [entry.id])


async def letter(actor: Actor, inbound: int) -> tuple[InboundEntry, str]:
    """A letter and its source as text. Raises NotFound."""
    _check(actor)
    row = await Inbound.select(*_columns(InboundEntry, Inbound)).where(Inbound.id == inbound).first()
    raw = await raw_bytes(inbound)
    if row is None or raw is None:
        raise NotFound()
    return _inbound(row), raw[:LONGEST_SOURCE].decode("utf-8", "replace")


async def correction_of(actor: Actor, inbound: int) -> Correction:
    """What counts instead of what a letter says, as far as anybody has said so."""
    _check(actor)
    row = await Inbound.select(Inbound.correction).where(Inbound.id == inbound).first()
    return correction.of(row["correction"] if row else "")


async def counts(actor: Actor) -> dict[str, int]:
    """How many letters wait for an administrator, and how many were set aside."""
    _check(actor)
    states: tuple[InboundState, ...] = ("held", "set_aside")
    return {state: await Inbound.count().where(Inbound.state == state) for state in states}


async def outgoing(
    actor: Actor, state: OutboundState = "", q: str = "", *, after: str | None = None
) -> Page[OutboundEntry]:
    """Letters of ours in one state, or all; newest first. `q`: part of a recipient's address, or a ticket's number."""
    _check(actor)
    query = Outbound.select(*_columns(OutboundEntry, Outbound))
    if state:
        query = query.where(Outbound.state == state)
    if number := q.strip().removeprefix("#"):
        query = query.where(_of_ticket(number) if number.isdecimal() else _to(q))
    if further := beyond(after, Outbound.id, ascending=False):
        query = query.where(further)
    rows = await query.order_by(Outbound.id, ascending=False).limit(PAGE + 1)
    return page_of([_outbound(row) for row in rows], PAGE, lambda entry: [entry.id])


async def kept_letters(actor: Actor) -> int:
    """How many letters were kept while there was no mail server."""
    _check(actor)
    count: int = await Outbound.count().where(Outbound.state == "kept")
    return count


def _of_ticket(number: str) -> Combinable:
    place = f"ticket:{number}"
    return (Outbound.lane == place) | (Outbound.about == place)


def _to(part: str) -> Combinable:
    wanted = email_key(part).replace("%", "")
    found = OutboundRecipient.select(OutboundRecipient.outbound).where(OutboundRecipient.email_key.like(f"%{wanted}%"))
    return Outbound.id.is_in(found)


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


def _inbound(row: dict[str, object]) -> InboundEntry:
    return msgspec.convert({**row, "reason": spoken(str(row["reason"]))}, InboundEntry)


def _outbound(row: dict[str, object]) -> OutboundEntry:
    return msgspec.convert({**row, "recipients": msgspec.json.decode(str(row["recipients"]))}, OutboundEntry)


def _mailbox_columns() -> list[Selectable]:
    names = [name for name in MailboxEntry.__struct_fields__ if name != "is_connected"]
    return [*(getattr(Mailbox, name) for name in names), Mailbox.permission]


def _mailbox(row: dict[str, object]) -> MailboxEntry:
    more = {"is_connected": bool(row["permission"]), "last_error": spoken(str(row["last_error"]))}
    return msgspec.convert({**row, **more}, MailboxEntry)


def _columns(
    entry: type[Struct], table: type[Mailbox | MailboxFetch | MailboxLetter | Inbound | Outbound]
) -> list[Selectable]:
    """The columns of a table which an entry names."""
    return [getattr(table, name) for name in entry.__struct_fields__]


def _check(actor: Actor) -> None:
    if not may_manage(actor):
        raise NotFound()
