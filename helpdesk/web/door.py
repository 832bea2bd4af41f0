"""
The front door: what happens to every request before routing and to every answer after it.

Static files and health checks are answered here. Everything else learns who asks and in which
language, is refused when another site sent it, and leaves with the security headers.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
from litestar import Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.core.errors import Forbidden
from helpdesk.core.text import printable
from helpdesk.i18n.catalogue import phrase
from helpdesk.i18n.reader import LANGUAGES, Reader, reading_as
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.web import failures, language, metrics
from helpdesk.web.leaving import KeptPages, Leaving
from helpdesk.web.render import FLASH_COOKIE, read_flash
from helpdesk.web.statics import Statics
from helpdesk.web.visit import Visit, visiting

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
Recognise = Callable[[str, str], Awaitable[Actor]]
"""From the session cookie and the bearer token (either may be empty) to the actor."""


class Door:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, recognise: Recognise, session_cookie: str) -> None:
        self._app = app
        self._recognise = recognise
        self._session_cookie = session_cookie
        self._statics = Statics()
        self.kept = KeptPages()
        self._proxies = frozenset(part.strip() for part in config().trusted_proxies.split(",") if part.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
        elif scope["path"] == "/livez":
            await _answer(send, 200, b"alive\n", [(b"content-type", b"text/plain")])
        elif scope["path"].startswith("/static/"):
            await self._statics(scope, send)
        else:
            await self._visit(scope, receive, send)

    async def _visit(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        cookies = _cookies(headers.get("cookie", ""))
        takes_gzip, is_head = "gzip" in headers.get("accept-encoding", ""), scope["method"] == "HEAD"
        if is_head:
            scope["method"] = "GET"
        key = self._key(scope, headers, cookies, takes_gzip)
        if key and await self.kept.answer(
            key, send, if_none_match=headers.get("if-none-match", "").encode(), is_head=is_head
        ):
            metrics.count_request(200, time.perf_counter() - began)
            return
        is_part = "hx-request" in headers  # what is to be said once is said by a whole page
        flash = read_flash(cookies[FLASH_COOKIE]) if FLASH_COOKIE in cookies and not is_part else []
        prefix, path = language.split(printable(scope["path"]))
        scope["query_string"] = scope["query_string"].replace(b"%00", b"")
        scope["path"], scope["raw_path"] = path, path.encode()
        crash: Exception | None = None
        try:
            visit = await self._who(headers, cookies, scope, prefix)
        except Exception as error:  # the database is away: said below, as to a visitor
            visit, crash = Visit(lang=prefix or language.preferred(headers.get("accept-language", ""), "vi")), error
        visit.path, visit.flash = path, flash
        leaving = Leaving(send, takes_gzip=takes_gzip, is_head=is_head, flash_was_shown=bool(flash))
        if key:
            leaving.compression = 6
        token = visiting.set(visit)
        try:
            with reading_as(Reader(visit.lang, visit.actor.tz if visit.actor.is_signed_in else visit.site.timezone)):
                if crash is not None:
                    await _answer_with(leaving, failures.fault(scope["method"], crash))
                elif _is_from_elsewhere(scope["method"], headers):
                    refusal = Forbidden(phrase("This form was sent from another website, so nothing was changed."))
                    await _answer_with(leaving, failures.as_page(refusal))
                elif path == "/" or (prefix is None and language.is_public(path) and scope["method"] == "GET"):
                    await _redirect(leaving, language.localised("/help" if path == "/" else path), scope)
                else:
                    await self._app(scope, receive, leaving)
        finally:
            visiting.reset(token)
            metrics.count_request(leaving.status, time.perf_counter() - began)
        if key and visit.is_for_all and leaving.status == 200 and leaving.whole is not None and not is_head:
            self.kept.keep(key, leaving.whole, visit.each_time)

    def _key(
        self, scope: HTTPScope, headers: Mapping[str, str], cookies: Mapping[str, str], takes_gzip: bool
    ) -> tuple[object, ...] | None:
        """Under what a page for all visitors is kept; None for whoever is, or may be, somebody."""
        if scope["method"] != "GET" or headers.keys() & {"authorization", "hx-request"}:
            return None
        if cookies.keys() & {self._session_cookie, FLASH_COOKIE} or scope["path"][1:3] not in LANGUAGES:
            return None
        return scope["path"], scope["query_string"], cookies.get("theme", ""), takes_gzip

    async def _who(
        self, headers: Mapping[str, str], cookies: Mapping[str, str], scope: HTTPScope, prefix: str | None
    ) -> Visit:
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        actor = await self._recognise(
            cookies.get(self._session_cookie, ""), bearer.strip() if kind.lower() == "bearer" else ""
        )
        site = await store.get(SiteSettings)
        if actor.is_signed_in:
            lang, theme = prefix or actor.lang, actor.theme
        else:
            wished = cookies.get("lang", "")
            lang = prefix or (
                wished if wished in LANGUAGES else language.preferred(headers.get("accept-language", ""), site.language)
            )
            theme = cookies.get("theme", "system")
        if theme not in {"light", "dark"}:
            theme = "system"
        return Visit(actor=actor, lang=lang, theme=theme, site=site, address=self._address(headers, scope))

    def _address(self, headers: Mapping[str, str], scope: HTTPScope) -> str:
        """The browser's address: the nearest one in X-Forwarded-For that is none of our proxies."""
        address = (scope.get("client") or ("", 0))[0]
        if address in self._proxies:
            for hop in reversed(headers.get("x-forwarded-for", "").split(",")):
                address = hop.strip() or address
                if address not in self._proxies:
                    break
        return address[:45]


def _is_from_elsewhere(method: str, headers: Mapping[str, str]) -> bool:
    """
    Whether a browser sent a change here from another site (cross-site request forgery).

    Every browser of the last years says where a request comes from (Fetch Metadata, and the Origin
    header of RFC 6454); one that says nothing is no browser, and carries nobody's cookies by accident.
    See docs/decisions/0004-csrf-without-tokens.md.
    """
    if method in SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc not in {headers.get("host"), urlsplit(config().base_url).netloc}


def _cookies(header: str) -> dict[str, str]:
    if not header:
        return {}
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


async def _redirect(send: Send, path: str, scope: HTTPScope) -> None:
    query = scope.get("query_string", b"")
    location = quote(path).encode() + (b"?" + query if query else b"")
    await _answer(send, 302, b"", [(b"location", location), (b"vary", b"Accept-Language")])


async def _answer_with(send: Send, answer: Response[Any]) -> None:
    """An answer that no route made: a page, or a problem document."""
    text = isinstance(answer.content, str)
    body = answer.content.encode() if text else msgspec.json.encode(answer.content)
    kind = b"text/html; charset=utf-8" if text else b"application/problem+json"
    more = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await _answer(send, answer.status_code or 500, body, [(b"content-type", kind), *more])


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
