"""An answer on its way out: it gets its headers, is compressed, and may be kept for the next visitor."""

import gzip
import time
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from litestar.types import Message, Send
from msgspec import Struct

from helpdesk.core.config import config
from helpdesk.web.render import FLASH_COOKIE, EachTime

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
HEADERS: Final = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"private, no-cache"),
)
"""Sent unless the answer has a header of that name already."""
HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
FORGET_FLASH: Final = (
    b"set-cookie",
    f"{FLASH_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=lax".encode(),
)
WORTH_COMPRESSING: Final = 1000
"""Bytes of a text from which on it is compressed: quickly when it is made for one, well when for many."""
TEXTS: Final = (b"text/", b"application/json", b"application/problem+json", b"application/atom+xml")

Headers = list[tuple[bytes, bytes]]


class Whole(Struct, frozen=True):
    """A whole answer, ready to be sent again."""

    headers: Headers
    body: bytes


class Leaving:
    """Stands between the application and the server for one answer."""

    def __init__(self, send: Send, *, takes_gzip: bool, is_head: bool, flash_was_shown: bool) -> None:
        self._send = send
        self._takes_gzip, self._is_head, self._flash_was_shown = takes_gzip, is_head, flash_was_shown
        self._start: Iterable[tuple[bytes, bytes]] | None = None
        self.status = 500
        self.whole: Whole | None = None
        self.compression = 1
        """What gzip is asked for, 1 to 9."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._start = message["headers"]
        elif message["type"] == "http.response.body" and self._start is not None:
            start, self._start = self._start, None
            headers, body = list(self._finished(start)), message["body"]
            if not message["more_body"]:
                headers, body = self._compressed(headers, body)
                self.whole = Whole(headers, body)
            await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
            await self._body(body, more=message["more_body"])
        elif message["type"] == "http.response.body":
            await self._body(message["body"], more=message["more_body"])

    async def _body(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": b"" if self._is_head else body, "more_body": more})

    def _finished(self, headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        names = set()
        vary = b"Cookie, Accept-Encoding"
        for name, value in headers:
            names.add(name.lower())
            if name.lower() == b"vary":
                vary = value + b", " + vary
            else:
                yield name, value
        yield b"vary", vary
        for name, value in HEADERS:
            if name not in names:
                yield name, value
        if config().is_secure:
            yield HSTS
        if self._flash_was_shown and self.status == 200:
            yield FORGET_FLASH

    def _compressed(self, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        is_encoded = any(name.lower() == b"content-encoding" for name, _ in headers)
        if not self._takes_gzip or is_encoded or len(body) < WORTH_COMPRESSING or not kind.startswith(TEXTS):
            return headers, body
        smaller = gzip.compress(body, self.compression, mtime=0)
        kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
        kept += [(b"content-encoding", b"gzip"), (b"content-length", str(len(smaller)).encode())]
        return kept, smaller


class _Kept(Struct, frozen=True):
    until: float
    whole: Whole
    etag: bytes
    each_time: EachTime | None


class KeptPages:
    """
    Pages that look the same to every visitor, ready to be sent for a few seconds.

    An event recorded on this machine empties it; one of another shows after SECONDS.
    """

    SECONDS: Final = 10.0
    MOST: Final = 2000

    def __init__(self) -> None:
        self._pages: dict[object, _Kept] = {}

    def keep(self, key: object, whole: Whole, each_time: EachTime | None) -> None:
        if len(self._pages) >= self.MOST:
            self._pages.clear()
        etag = b'"' + blake2b(whole.body, digest_size=12).hexdigest().encode() + b'"'
        headers = [*whole.headers, (b"etag", etag)]
        self._pages[key] = _Kept(time.monotonic() + self.SECONDS, Whole(headers, whole.body), etag, each_time)

    async def answer(self, key: object, send: Send, *, if_none_match: bytes, is_head: bool) -> bool:
        """Send the page kept under `key`; False when there is none."""
        kept = self._pages.get(key)
        if kept is None or kept.until < time.monotonic():
            return False
        if kept.each_time is not None:
            await kept.each_time()
        if if_none_match == kept.etag:
            headers = [pair for pair in kept.whole.headers if pair[0] not in {b"content-length", b"content-encoding"}]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return True
        await send({"type": "http.response.start", "status": 200, "headers": kept.whole.headers})
        body = b"" if is_head else kept.whole.body
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return True

    def clear(self) -> None:
        self._pages.clear()
