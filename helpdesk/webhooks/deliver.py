"""
Requests to other programs: signed, tried again for half a day, and never to where nobody from outside gets.

A name may lead somewhere else at each look, so its addresses are looked up here, all must be public, and the
request goes to one of those that were looked at. Whoever has just been silent is not waited for by all that is owed
to them: letters go out by the same few workers.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import socket
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.config import secret_key
from helpdesk.core.db import transaction
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.i18n.kept import kept, spoken
from helpdesk.jobs.queue import CAN_WAIT, enqueue
from helpdesk.settings import store
from helpdesk.webhooks.events import WebhookFailed
from helpdesk.webhooks.settings import WebhookSettings
from helpdesk.webhooks.tables import WebhookDelivery

TIMEOUT: Final = httpx.Timeout(10, connect=5)
WHOLE_SECONDS: Final = 10
"""For looking up the host, reaching it and being answered."""
QUIET: Final = timedelta(seconds=30)
"""So long nobody is asked again who could not be reached."""
KEPT: Final = timedelta(days=30)
PAUSES: Final = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 180, 480))
"""Between tries; after the last one it is given up."""
LONGEST: Final = 500
SHOWN: Final = 20
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given to anybody (RFC 4291, section 2.4); what looks public beside it is out of use, or local."""
_silent: Final[dict[str, datetime]] = {}
"""Hosts that this process could not reach, and when."""


class Untaken(Exception):
    """It was not taken; `reason` says why, `status` what was answered (HTTP), 0 for nothing."""

    def __init__(self, reason: Phrase, status: int = 0) -> None:
        super().__init__(str(reason))
        self.reason, self.status = reason, status


class Delivery(Struct, frozen=True):
    """A request as pages show it."""

    id: int
    ticket: int
    url: str
    state: str
    attempts: int
    status: int
    error: str
    owed_at: Any

    @property
    def why(self) -> str:
        return spoken(self.error)


async def owe(about: str, ticket: int, url: str, body: dict[str, Any]) -> int:
    """Have `body` sent to `url` after the commit around this call; the number of the delivery."""
    row = WebhookDelivery(about=about, ticket=ticket, url=url, body=msgspec.json.encode(body).decode(), owed_at=now())
    async with transaction():
        await row.save()
        await enqueue(deliver, {"delivery": row.id}, patience=CAN_WAIT)
    return int(row.id)


async def deliver(delivery: int) -> None:
    """The job of one try. What is not taken is tried again later, each time after longer."""
    row = await WebhookDelivery.objects().where(WebhookDelivery.id == delivery).first()
    if row is None or row.state != "waiting":
        return
    try:
        row.status, row.error = await _send(row), ""
    except Untaken as trouble:
        row.status, row.error = trouble.status, kept(trouble.reason)
    row.attempts += 1
    async with transaction():
        if not row.error:
            row.state, row.ended_at = "taken", now()
        elif row.attempts > len(PAUSES):
            row.state, row.ended_at = "failed", now()
            is_news = await _is_news(row.about)
            said = WebhookFailed(actor=None, webhook=row.id, ticket=row.ticket, owed_by=row.about, is_news=is_news)
            await record(said)
        else:
            again = now() + PAUSES[row.attempts - 1]
            await enqueue(deliver, {"delivery": row.id}, run_at=again, patience=CAN_WAIT)
        await row.save()


async def _is_news(about: str) -> bool:
    """Whether none of what it owed was given up in the last 24 hours."""
    of_it = (WebhookDelivery.about == about) & (WebhookDelivery.state == "failed")
    return not await WebhookDelivery.exists().where(of_it & (WebhookDelivery.ended_at > now() - timedelta(days=1)))


async def withdraw(about: str) -> None:
    """Forget all that something owed, also what is not sent yet."""
    await WebhookDelivery.delete().where(WebhookDelivery.about == about)


async def forget_old() -> None:
    """What was told long ago is looked at by nobody. A periodic job."""
    await WebhookDelivery.delete().where(WebhookDelivery.ended_at < now() - KEPT)


async def newest(about: str) -> list[Delivery]:
    """The last requests that something owed."""
    rows = await (
        WebhookDelivery.select(
            *(WebhookDelivery.id, WebhookDelivery.ticket, WebhookDelivery.url, WebhookDelivery.state),
            *(WebhookDelivery.attempts, WebhookDelivery.status, WebhookDelivery.error, WebhookDelivery.owed_at),
        )
        .where(WebhookDelivery.about == about)
        .order_by(WebhookDelivery.id, ascending=False)
        .limit(SHOWN)
    )
    return msgspec.convert(rows, list[Delivery])


def signing_key(about: str) -> str:
    """The key that requests of one thing are signed with, for whoever takes them to check."""
    return hmac.new(secret_key().encode(), f"webhook:{about}".encode(), hashlib.sha256).hexdigest()


def signature(key: str, moment: str, body: bytes) -> str:
    """HMAC-SHA256 over the moment, a point and the body, so that no old request passes for a new one."""
    return "sha256=" + hmac.new(key.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


async def problem(url: str) -> Phrase | None:
    """What is wrong with an address that is to be told; None where nothing can be said against it yet."""
    private = (await store.get(WebhookSettings)).private
    try:
        parts = urlsplit(url)
        host, _, _ = parts.hostname or "", parts.port, httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return phrase("Write a whole address such as https://example.com/hook.")
    if not host or len(url) > LONGEST or parts.scheme not in {"https", "http"} or not url.isprintable() or " " in url:
        return phrase("Write a whole address such as https://example.com/hook.")
    if parts.username is not None or parts.fragment:
        return phrase("Write the address without a name, a password or a #.")
    if parts.scheme == "http" and not private:
        return phrase("Only addresses that begin with https:// are told, since what is sent is for them alone.")
    if not private and _is_inside(host):
        return phrase("This leads into our own network, where nothing is sent.")
    return None


def _is_inside(host: str) -> bool:
    """Whether a host is written as an address that is not public, or as this machine."""
    try:
        return not _is_public(host)
    except ValueError:
        return host.rstrip(".").lower().rpartition(".")[2] in {"localhost", "local", "internal", "lan", "home"}


def _is_public(address: str) -> bool:
    """Whether anybody may reach it, also where one of IPv6 stands for one of IPv4. Raises ValueError for no address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6 and found not in _UNICAST and found not in _NAT64:
        return False
    return all(one.is_global and not one.is_multicast for one in (found, *_within(found)))


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The addresses of IPv4 that one of IPv6 stands for (RFC 4291, 3056, 4380, 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(address.packed[-4:]))
    return [one for one in found if one is not None]


async def _send(row: WebhookDelivery) -> int:
    """Send it once; what was answered. Raises Untaken."""
    if (wrong := await problem(row.url)) is not None:
        raise Untaken(wrong)
    url, moment = httpx.URL(row.url), now()
    host = url.netloc.decode()
    if moment - QUIET < _silent.get(host, moment - QUIET) <= moment:
        raise Untaken(phrase("It could not be reached a moment ago."))
    private = (await store.get(WebhookSettings)).private
    try:
        async with (
            asyncio.timeout(WHOLE_SECONDS),
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False, verify=_trusted()) as web,
        ):
            addresses = await _addresses(url, private=private)
            answer = await web.send(_request(row, url, addresses[row.attempts % len(addresses)]), stream=True)
            await answer.aclose()
    except (httpx.HTTPError, TimeoutError, OSError) as error:
        _silent[host] = now()
        raise Untaken(phrase("It could not be reached (%(error)s).", error=type(error).__name__)) from error
    _silent.pop(host, None)
    if not answer.is_success:
        raise Untaken(phrase("It answered %(status)s.", status=answer.status_code), answer.status_code)
    return answer.status_code


def _request(row: WebhookDelivery, url: httpx.URL, address: str) -> httpx.Request:
    body, moment = row.body.encode(), str(int(now().timestamp()))
    return httpx.Request(
        "POST",
        url.copy_with(host=address),
        content=body,
        headers={
            "Host": url.netloc.decode(),
            "Content-Type": "application/json",
            "User-Agent": "helpdesk",
            "X-Helpdesk-Delivery": str(row.id),
            "X-Helpdesk-Timestamp": moment,
            "X-Helpdesk-Signature": signature(signing_key(row.about), moment, body),
        },
        extensions={"sni_hostname": url.raw_host.decode(), "timeout": TIMEOUT.as_dict()},
    )


@cache
def _trusted() -> Any:
    """Read once: whom to believe that a server is whom it says."""
    return httpx.create_ssl_context(trust_env=False)


async def _addresses(url: httpx.URL, *, private: bool) -> list[str]:
    """The addresses that the host has now, of which each try takes another. Raises Untaken for one not public."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.raw_host.decode(), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Untaken(phrase("There is no such host.")) from error
    addresses = [str(one[4][0]) for one in found]
    if not private and not all(map(_is_public, addresses)):
        raise Untaken(phrase("This leads into our own network, where nothing is sent."))
    return addresses
