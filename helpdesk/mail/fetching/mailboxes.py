"""What administrators do with mailboxes: add, change, try, permit, remove, and ask again for what was left in one."""

from collections.abc import Collection
from typing import Annotated, Final

from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.keys import seal
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.mail.access import may_manage
from helpdesk.mail.events import MailboxAdded, MailboxChanged, MailboxConnected, MailboxRemoved
from helpdesk.mail.fetching import accounts, fetch, oauth, rules
from helpdesk.mail.fetching.oauth import ProviderName
from helpdesk.mail.fetching.remote import AfterFetch, FetchFailed, ProtocolName, Security, in_thread
from helpdesk.mail.fetching.rules import Backfill
from helpdesk.mail.tables import Mailbox, MailboxFetch, MailboxLetter


class Wanted(Struct, frozen=True, kw_only=True):
    """A mailbox as somebody describes it; an empty `password` or `client_secret` keeps the one we have."""

    name: str
    host: str
    port: Annotated[int, Meta(ge=1, le=65535)]
    username: str
    protocol: ProtocolName = "imap"
    security: Security = "tls"
    sign_in: Annotated[str, Meta(pattern="^(password|oauth)$")] = "password"
    password: str = ""
    provider: ProviderName = ""
    tenant: str = ""
    client_id: str = ""
    client_secret: str = ""
    authorize_url: str = ""
    token_url: str = ""
    scope: str = ""
    folder: str = "INBOX"
    address: str = ""
    backfill: Backfill = "unread"
    backfill_days: int = 30
    after_fetch: AfterFetch = "leave"
    move_to: str = ""
    is_active: bool = True


class Tried(Struct, frozen=True):
    """What a look into a mailbox showed. `count` is letters in the folder now."""

    count: int
    folders: list[str]


_SEEN_ANEW: Final = ("protocol", "host", "port", "username", "folder", "backfill", "backfill_days")
"""When one of these changes we begin anew: it is another mailbox, or other letters of it are wanted."""
_PERMITTED_ANEW: Final = (
    "protocol",
    "host",
    "sign_in",
    "provider",
    "tenant",
    "client_id",
    "authorize_url",
    "token_url",
    "scope",
)
"""When one of these changes, the permission is for something else."""
_TOLD_ANEW: Final = ("provider", "token_url")
"""When one of these changes, our client secret would be told to somebody else."""
_SECRETS: Final = ("password", "client_secret")


async def add_mailbox(actor: Actor, wanted: Wanted) -> int:
    """Fetch letters from another mailbox from now on; its id. Raises Invalid."""
    _check(actor)
    _check_wanted(wanted, None)
    async with transaction():
        box = Mailbox(password="")
        _describe(box, wanted)
        await box.save()
        await record(MailboxAdded(actor=actor.id, mailbox=box.id))
        await fetch.owe(box.id)
    return int(box.id)


async def change_mailbox(actor: Actor, mailbox_id: int, wanted: Wanted) -> None:
    """Raises Invalid."""
    _check(actor)
    async with transaction():
        box = await _mailbox(mailbox_id)
        _check_wanted(wanted, box)
        if _is_other(box, wanted, _SEEN_ANEW):
            box.uid_validity, box.last_uid, box.backfill_to, box.backfill_since = 0, 0, 0, None
        _describe(box, wanted)
        box.last_error, box.failing_since = "", None
        await box.save()
        await record(MailboxChanged(actor=actor.id, mailbox=mailbox_id))
        await fetch.owe(mailbox_id)


async def remove_mailbox(actor: Actor, mailbox_id: int) -> None:
    """Fetch nothing from it any more. Letters that came from it stay, there and here."""
    _check(actor)
    async with transaction():
        await _mailbox(mailbox_id)
        await MailboxLetter.delete().where(MailboxLetter.mailbox == mailbox_id)
        await MailboxFetch.delete().where(MailboxFetch.mailbox == mailbox_id)
        await Mailbox.delete().where(Mailbox.id == mailbox_id)
        await record(MailboxRemoved(actor=actor.id, mailbox=mailbox_id))


async def try_mailbox(actor: Actor, wanted: Wanted, mailbox_id: int | None = None) -> Tried:
    """Look into a mailbox without taking or changing anything. Raises FetchFailed, Invalid."""
    _check(actor)
    box = await _mailbox(mailbox_id) if mailbox_id is not None else Mailbox(password="")
    _check_wanted(wanted, box)
    _describe(box, wanted)
    server = accounts.server_of(await accounts.account_of(box))
    try:
        contents = await in_thread(server, server.open)
        return Tried(contents.count, await in_thread(server, server.folders))
    finally:
        await in_thread(server, server.close)


async def begin_permission(actor: Actor, mailbox_id: int) -> str:
    """The address at the provider where somebody permits us to read this mailbox. Raises FetchFailed."""
    _check(actor)
    box = await _mailbox(mailbox_id)
    if box.sign_in != "oauth":
        raise Conflict(phrase("This mailbox is opened with a password."))
    assert actor.id is not None
    return oauth.start(accounts.client_of(box), mailbox_id, actor.id)


async def end_permission(actor: Actor, state: str, code: str) -> int:
    """Take the permission that the browser brought back; the mailbox that it is for. Raises FetchFailed, Conflict."""
    _check(actor)
    assert actor.id is not None
    begun = oauth.started(state, actor.id)
    if begun is None:
        raise Conflict(phrase("This answer belongs to no question of yours, or came too late. Connect again."))
    box = await _mailbox(begun.mailbox)
    if not code:
        raise FetchFailed(phrase("The provider gave no permission."))
    permission = await oauth.exchange(accounts.client_of(box), code, begun.verifier)
    async with transaction():
        await _mailbox(begun.mailbox)
        await Mailbox.update(
            {
                Mailbox.permission: oauth.sealed(permission),
                Mailbox.connected_at: now(),
                Mailbox.last_error: "",
                Mailbox.failing_since: None,
            }
        ).where(Mailbox.id == begun.mailbox)
        await record(MailboxConnected(actor=actor.id, mailbox=begun.mailbox))
        await fetch.owe(begun.mailbox)
    return begun.mailbox


async def fetch_now(actor: Actor, mailbox_id: int, *, left_too: bool = False) -> None:
    """Look into a mailbox at once; with `left_too` also try the letters again that the server failed at."""
    _check(actor)
    async with transaction():
        await _mailbox(mailbox_id)
        if left_too:
            aside = (MailboxLetter.mailbox == mailbox_id) & (MailboxLetter.state == "aside")
            await MailboxLetter.update({MailboxLetter.try_at: now()}).where(aside)
        await fetch.owe(mailbox_id)


def _check_wanted(wanted: Wanted, known: Mailbox | None) -> None:
    """What a form's types cannot say. Raises Invalid with all of it."""
    errors: dict[str, object] = {}
    empty = phrase("This cannot be left empty.")
    if wanted.sign_in == "password" and not wanted.password and not (known and known.password):
        errors["password"] = empty
    elif wanted.sign_in == "password" and not wanted.password and known and _is_other(known, wanted, ("host",)):
        errors["password"] = phrase("Enter the password again: the one that is kept is for another server.")
    if wanted.sign_in == "oauth":
        errors |= _trouble_with_provider(wanted)
    if wanted.protocol == "pop3" and wanted.backfill in {"unread", "days"}:
        errors["backfill"] = phrase("POP3 does not tell what is unread or how old it is: choose new letters, or all.")
    if wanted.protocol == "pop3" and wanted.after_fetch not in {"leave", "delete"}:
        errors["after_fetch"] = phrase("With POP3 letters can only stay or be deleted.")
    if wanted.after_fetch == "move" and not wanted.move_to:
        errors["move_to"] = phrase("Write the name of the folder that letters are moved to.")
    if wanted.after_fetch == "move" and wanted.move_to == wanted.folder:
        errors["move_to"] = phrase("This is the folder that letters are fetched from. Choose another.")
    if errors:
        raise Invalid(errors)


def _trouble_with_provider(wanted: Wanted) -> dict[str, object]:
    errors: dict[str, object] = {}
    if not wanted.provider:
        errors["provider"] = phrase("Choose who gives permission.")
    if not wanted.client_id:
        errors["client_id"] = phrase("This cannot be left empty.")
    if wanted.provider == "custom":
        for name in ("authorize_url", "token_url"):
            if not rules.is_safe_endpoint(getattr(wanted, name)):
                errors[name] = phrase("Write an address that begins with https://.")
    return errors


def _describe(box: Mailbox, wanted: Wanted) -> None:
    """Put a description into a row, secrets sealed; those left empty stay as they are, unless they were for others."""
    if _is_other(box, wanted, _PERMITTED_ANEW):
        box.permission, box.connected_at = "", None
    if _is_other(box, wanted, _TOLD_ANEW):
        box.client_secret = ""
    for name in wanted.__struct_fields__:
        value = getattr(wanted, name)
        if name not in _SECRETS:
            setattr(box, name, value)
        elif value:
            setattr(box, name, seal(value))


def _is_other(box: Mailbox, wanted: Wanted, names: Collection[str]) -> bool:
    return any(getattr(box, name) != getattr(wanted, name) for name in names)


async def _mailbox(mailbox_id: int) -> Mailbox:
    box = await locked(Mailbox.objects().where(Mailbox.id == mailbox_id)).first()
    if box is None:
        raise NotFound()
    return box


def _check(actor: Actor) -> None:
    if not may_manage(actor):
        raise Forbidden()
