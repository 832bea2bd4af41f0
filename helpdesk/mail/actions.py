"""What administrators change: mailboxes, and what becomes of letters that wait for them."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.core.keys import seal, unseal
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.queue import enqueue, function_named
from helpdesk.mail import imap, outbox
from helpdesk.mail.access import may_manage
from helpdesk.mail.events import LetterReleased, LetterRetried, MailboxAdded, MailboxChanged, MailboxRemoved
from helpdesk.mail.identity import SORT_JOB
from helpdesk.mail.tables import Inbound, Mailbox, Outbound

Security = Literal["tls", "starttls", "none"]


class Wanted(Struct, frozen=True):
    """A mailbox as somebody describes it; an empty `password` keeps the one we have."""

    name: str
    host: str
    port: Annotated[int, Meta(ge=1, le=65535)]
    security: Security
    username: str
    password: str
    folder: str
    address: str
    is_active: bool


_SEEN_ANEW: Final = ("host", "port", "username", "folder")
"""When one of these changes it is another mailbox, and what was fetched from the old one says nothing."""


async def add_mailbox(actor: Actor, wanted: Wanted) -> int:
    """Fetch letters from another mailbox from now on; its id."""
    _check(actor)
    async with transaction():
        box = Mailbox(**{name: getattr(wanted, name) for name in wanted.__struct_fields__})
        box.password = seal(wanted.password)
        await box.save()
        await record(MailboxAdded(actor=actor.id, mailbox=box.id))
        await enqueue(imap.fetch, {"mailbox": box.id}, key=f"imap:{box.id}")
    return int(box.id)


async def change_mailbox(actor: Actor, mailbox_id: int, wanted: Wanted) -> None:
    _check(actor)
    async with transaction():
        box = await _mailbox(mailbox_id)
        if any(getattr(box, name) != getattr(wanted, name) for name in _SEEN_ANEW):
            box.uid_validity, box.last_uid = 0, 0
        sealed = seal(wanted.password) if wanted.password else box.password
        for name in wanted.__struct_fields__:
            setattr(box, name, getattr(wanted, name))
        box.password, box.last_error = sealed, ""
        await box.save()
        await record(MailboxChanged(actor=actor.id, mailbox=mailbox_id))
        await enqueue(imap.fetch, {"mailbox": box.id}, key=f"imap:{box.id}")


async def remove_mailbox(actor: Actor, mailbox_id: int) -> None:
    """Fetch nothing from it any more. Letters that came from it stay, there and here."""
    _check(actor)
    async with transaction():
        await _mailbox(mailbox_id)
        await Mailbox.delete().where(Mailbox.id == mailbox_id)
        await record(MailboxRemoved(actor=actor.id, mailbox=mailbox_id))


async def try_mailbox(actor: Actor, wanted: Wanted, mailbox_id: int | None = None) -> int:
    """Look into a mailbox without taking anything; how many letters its UIDs count. Raises imap.Trouble."""
    _check(actor)
    password: str | None = wanted.password
    if not password and mailbox_id is not None:
        password = unseal((await _mailbox(mailbox_id)).password)
    account = imap.Account(wanted.host, wanted.port, wanted.security, wanted.username, password or "", wanted.folder)
    return (await imap.test(account)).uid_next - 1


async def release(actor: Actor, inbound: int, *, as_ticket: bool) -> None:
    """Have a letter that is held or set aside sorted again, or taken as a person's letter whatever it seems to be."""
    _check(actor)
    async with transaction():
        letter = await locked(Inbound.objects().where(Inbound.id == inbound)).first()
        if letter is None:
            raise NotFound()
        if letter.state not in {"held", "set_aside"}:
            raise Conflict(phrase("This letter is sorted already."))
        letter.state, letter.reason = "owed", ""
        await letter.save([Inbound.state, Inbound.reason])
        await enqueue(function_named(SORT_JOB), {"inbound": inbound, "as_ticket": as_ticket})
        await record(LetterReleased(actor=actor.id, inbound=inbound))


async def retry(actor: Actor, outbound: int) -> None:
    """Send a letter that failed, or was kept while there was no server, once more."""
    _check(actor)
    async with transaction():
        letter = await locked(Outbound.objects().where(Outbound.id == outbound)).first()
        if letter is None:
            raise NotFound()
        if letter.state == "sent":
            raise Conflict(phrase("This letter has been sent already."))
        if not letter.content:
            raise Conflict(phrase("There is no address that this letter could be sent to."))
        await outbox.send_again(letter)
        await record(LetterRetried(actor=actor.id, outbound=outbound))


async def _mailbox(mailbox_id: int) -> Mailbox:
    box = await locked(Mailbox.objects().where(Mailbox.id == mailbox_id)).first()
    if box is None:
        raise NotFound()
    return box


def _check(actor: Actor) -> None:
    if not may_manage(actor):
        raise Forbidden()
