"""From the row of a mailbox to what a conversation needs: its account, with a password or with a token that is good."""

from helpdesk.core.clock import now
from helpdesk.core.keys import unseal
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail.fetching import oauth
from helpdesk.mail.fetching.imap import Imap
from helpdesk.mail.fetching.pop3 import Pop3
from helpdesk.mail.fetching.remote import Account, FetchFailed, Server
from helpdesk.mail.tables import Mailbox


def server_of(account: Account) -> Server:
    """A conversation that is not open yet."""
    return Pop3(account) if account.protocol == "pop3" else Imap(account)


async def account_of(box: Mailbox) -> Account:
    """How to reach a mailbox. A token that ends soon is changed first, which must not happen twice at once."""
    is_token = box.sign_in == "oauth"
    secret = await _token(box) if is_token else unseal(box.password)
    if secret is None:
        raise FetchFailed(phrase("The password cannot be read since the secret key has changed. Enter it again."))
    return _account(box, secret, is_token=is_token)


def account_now(box: Mailbox) -> Account | None:
    """The same from what is kept; None while there is no good secret."""
    if box.sign_in != "oauth":
        password = unseal(box.password)
        return None if password is None else _account(box, password, is_token=False)
    permission = oauth.unsealed(box.permission)
    if permission is None or permission.expires_at <= now():
        return None
    return _account(box, permission.access, is_token=True)


def client_of(box: Mailbox) -> oauth.Client:
    """Who we are to the provider of a mailbox. Raises FetchFailed when our secret cannot be read."""
    secret = unseal(box.client_secret) if box.client_secret else ""
    if secret is None:
        raise FetchFailed(phrase("The client secret cannot be read since the secret key has changed. Enter it again."))
    return oauth.client_for(
        box.provider,
        box.protocol,
        tenant=box.tenant,
        client_id=box.client_id,
        client_secret=secret,
        username=box.username,
        authorize_url=box.authorize_url,
        token_url=box.token_url,
        scope=box.scope,
    )


async def keep_permission(box: Mailbox, permission: oauth.Permission | None) -> None:
    """
    Keep what a provider gave; None for a permission that is lost.

    One that somebody gave, or took away with the provider, since `box` was read stays as it is.
    """
    sealed = oauth.sealed(permission) if permission else ""
    as_read = (Mailbox.id == box.id) & (Mailbox.permission == box.permission)
    await Mailbox.update({Mailbox.permission: sealed}).where(as_read)
    box.permission = sealed


async def doubt_token(box: Mailbox) -> None:
    """The server refused a token: get a fresh one before the next try."""
    if permission := oauth.unsealed(box.permission):
        ended = oauth.Permission(permission.access, permission.refresh, now())
        await keep_permission(box, ended)


async def _token(box: Mailbox) -> str:
    permission = oauth.unsealed(box.permission)
    if permission is None:
        raise FetchFailed(_why_not_connected(box))
    if not oauth.is_due(permission):
        return permission.access
    try:
        permission = await oauth.renewed(client_of(box), permission)
    except oauth.PermissionLost:
        await keep_permission(box, None)
        raise
    await keep_permission(box, permission)
    return permission.access


def _why_not_connected(box: Mailbox) -> Phrase:
    if box.connected_at is None:
        return phrase("Nobody has given permission to read this mailbox yet. Connect it.")
    return oauth.lost()


def _account(box: Mailbox, secret: str, *, is_token: bool) -> Account:
    return Account(
        protocol="pop3" if box.protocol == "pop3" else "imap",
        host=box.host,
        port=box.port,
        security=box.security,  # type: ignore[arg-type]  # only what the form allows is kept
        username=box.username,
        secret=secret,
        folder=box.folder,
        is_token=is_token,
    )
