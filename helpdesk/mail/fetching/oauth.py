"""
Permission to read a mailbox, given by its owner in the browser (OAuth 2, RFC 6749, with PKCE, RFC 7636).

What we are given is kept sealed: a token for an hour, and another that gets us the next one. Providers change
that second one as they like; the newest is kept.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import httpx
import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.keys import new_token, seal, sign, unseal, unsign
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail.fetching.remote import FetchFailed

ProviderName = Literal["", "microsoft", "google", "custom"]

CALLBACK: Final = "/admin/mailboxes/connected"
STATE_SECONDS: Final = 900
"""So long may somebody take at the provider."""
EARLY: Final = timedelta(minutes=5)
"""A token is changed for a new one so long before it ends."""
TIMEOUT_SECONDS: Final = 20.0
LARGEST_ANSWER: Final = 64 * 1024

_PURPOSE: Final = "mailbox-permission"


class Provider(Struct, frozen=True):
    """Where permission is asked for, and the tokens are got. `tenant` in an address is the organisation."""

    authorize_url: str
    token_url: str
    scopes: Mapping[str, str]
    extra: Mapping[str, str] = {}


PROVIDERS: Final[Mapping[str, Provider]] = {
    "microsoft": Provider(
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        {
            "imap": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
            "pop3": "https://outlook.office.com/POP.AccessAsUser.All offline_access",
        },
        {"prompt": "select_account"},
    ),
    "google": Provider(
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        {"imap": "https://mail.google.com/", "pop3": "https://mail.google.com/"},
        {"access_type": "offline", "prompt": "consent"},
    ),
}


class Client(Struct, frozen=True):
    """Who we are to a provider, and where to find it."""

    authorize_url: str
    token_url: str
    scope: str
    client_id: str
    client_secret: str
    username: str
    extra: Mapping[str, str] = {}


class Permission(Struct, frozen=True):
    """What a provider gave us. `refresh` is empty where it gives none; then it ends with the token."""

    access: str
    refresh: str
    expires_at: datetime


class Started(Struct, frozen=True):
    """Who asked for which mailbox, and the secret that proves it was us (RFC 7636)."""

    mailbox: int
    person: int
    verifier: str


class PermissionLost(FetchFailed):
    """The provider gives no token any more: the permission was withdrawn, or has ended."""


def client_for(
    provider: str,
    protocol: str,
    *,
    tenant: str = "",
    client_id: str,
    client_secret: str,
    username: str,
    authorize_url: str = "",
    token_url: str = "",
    scope: str = "",
) -> Client:
    """The client of a mailbox: the addresses of a provider we know, or of one's own."""
    known = PROVIDERS.get(provider)
    if known is None:
        return Client(authorize_url, token_url, scope, client_id, client_secret, username)
    organisation = tenant or "common"
    return Client(
        known.authorize_url.format(tenant=organisation),
        known.token_url.format(tenant=organisation),
        known.scopes[protocol],
        client_id,
        client_secret,
        username,
        known.extra,
    )


def callback_url() -> str:
    """Where the provider sends the browser back to; it has to be told to the provider beforehand."""
    return config().base_url.rstrip("/") + CALLBACK


def start(client: Client, mailbox: int, person: int) -> str:
    """The address at the provider where its owner permits us to read a mailbox."""
    verifier = new_token()
    address: str = prepare_grant_uri(
        client.authorize_url,
        client.client_id,
        "code",
        redirect_uri=callback_url(),
        scope=client.scope,
        state=sign(_PURPOSE, [mailbox, person, seal(verifier)]),
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
        login_hint=client.username,
        **client.extra,
    )
    return address


def started(state: str, person: int) -> Started | None:
    """What the state that came back says; None when it is not ours, too old, or was given to somebody else."""
    try:
        mailbox, whom, sealed = msgspec.convert(unsign(_PURPOSE, state, max_age=STATE_SECONDS), tuple[int, int, str])
    except msgspec.ValidationError:
        return None
    verifier = unseal(sealed)
    return Started(mailbox, whom, verifier) if verifier is not None and whom == person else None


async def exchange(client: Client, code: str, verifier: str) -> Permission:
    """The permission for the code that the browser brought back. Raises FetchFailed."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_url(),
        "code_verifier": verifier,
    }
    return await _asked(client, form, "")


async def renewed(client: Client, before: Permission) -> Permission:
    """A permission with a fresh token. Raises PermissionLost when there will be none, FetchFailed for other trouble."""
    if not before.refresh:
        raise PermissionLost(lost())
    form = {"grant_type": "refresh_token", "refresh_token": before.refresh}
    if client.scope:
        form["scope"] = client.scope
    return await _asked(client, form, before.refresh)


def is_due(permission: Permission) -> bool:
    """Whether its token has ended, or ends soon."""
    return permission.expires_at - EARLY <= now()


def sealed(permission: Permission) -> str:
    return seal(msgspec.json.encode(permission).decode())


def unsealed(text: str) -> Permission | None:
    """None when it was sealed with another key."""
    try:
        return msgspec.json.decode(unseal(text) or "", type=Permission)
    except msgspec.DecodeError:
        return None


async def _asked(client: Client, form: dict[str, str], refresh: str) -> Permission:
    """What the provider's token endpoint gives (RFC 6749, section 5). `refresh` stays when it gives no newer one."""
    form["client_id"] = client.client_id
    if client.client_secret:
        form["client_secret"] = client.client_secret
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as web:
            answer = await web.post(client.token_url, data=form, headers={"accept": "application/json"})
    except httpx.HTTPError as error:
        raise FetchFailed(
            phrase("The provider cannot be reached: %(why)s", why=str(error) or type(error).__name__)
        ) from error
    said = _said(answer)
    if answer.status_code != 200 or not isinstance(said.get("access_token"), str):
        raise _refusal(said, answer.status_code)
    seconds = said.get("expires_in")
    lasts = (
        timedelta(seconds=float(seconds))
        if isinstance(seconds, int | float | str) and _is_number(seconds)
        else EARLY * 12
    )
    newer = said.get("refresh_token")
    return Permission(said["access_token"], newer if isinstance(newer, str) and newer else refresh, now() + lasts)


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.content[:LARGEST_ANSWER], type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def _is_number(value: object) -> bool:
    return str(value).replace(".", "", 1).isdigit()


def _refusal(said: Mapping[str, Any], status: int) -> FetchFailed:
    """invalid_grant: the code or token is used up, has ended or was withdrawn (RFC 6749, section 5.2)."""
    words = str(said.get("error_description") or said.get("error") or f"HTTP {status}").splitlines()[0][:300]
    if said.get("error") in {"invalid_grant", "interaction_required", "consent_required"}:
        return PermissionLost(
            phrase(
                "The permission to read this mailbox has ended or was withdrawn (%(why)s). Connect it again.", why=words
            )
        )
    return FetchFailed(phrase("The provider refuses: %(why)s", why=words))


def lost() -> Phrase:
    """What to say of a permission that is gone."""
    return phrase("The permission to read this mailbox has ended or was withdrawn. Connect it again.")
