"""Pages, parts of pages, and where to go next. One place that makes HTML."""

import base64
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Final

import msgspec
from jinja2 import Environment
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from helpdesk.core.clock import now
from helpdesk.core.config import ROOT, config
from helpdesk.i18n.reader import reading
from helpdesk.web.environment import environment
from helpdesk.web.language import localised
from helpdesk.web.visit import Flash, FlashKind, visiting

Html = Response[str]
EachTime = Callable[[], Awaitable[None]]

FLASH_COOKIE: Final = "flash"


@cache
def templates(lang: str) -> Environment:
    return environment(ROOT / "templates", lang)


def page(name: str, /, *, status: int = 200, **data: object) -> Html:
    """The template `name` as an answer; `data` is what only this page knows."""
    return Response(render(name, **data), status_code=status, media_type="text/html")


async def page_for_all(name: str, /, *, each_time: EachTime | None = None, **data: object) -> Html:
    """
    A page that looks the same to every visitor: the door may keep it for a few seconds.

    `each_time` happens whenever it is read, now and from what was kept.
    """
    await keep_for_all(each_time)
    return page(name, status=200, **data)


async def keep_for_all(each_time: EachTime | None = None) -> None:
    """The same for a page that is made elsewhere."""
    visit = visiting.get()
    visit.is_for_all, visit.each_time = not visit.actor.is_signed_in, each_time
    if each_time is not None:
        await each_time()


def part(name: str, /, *, status: int = 200, **data: object) -> Html:
    """A partial, asked for by a page that is already open. Caches keep it apart from whole pages."""
    answer = page(name, status=status, **data)
    answer.headers["Vary"] = "HX-Request"
    return answer


def render(name: str, /, **data: object) -> str:
    visit = visiting.get()
    return (
        templates(reading.get().lang)
        .get_template(name)
        .render(
            site=visit.site,
            actor=visit.actor if visit.actor.is_signed_in else None,
            path=visit.path,
            lang=visit.lang,
            theme=visit.theme,
            flash=visit.flash,
            rail=visit.rail,
            troubles=visit.troubles,
            who_is_away=visit.away,
            now=now(),
            **data,
        )
    )


def go(path: str, *, tell: object = "", kind: FlashKind = "ok", undo: str = "") -> Redirect:
    """
    See other (303): where to go after a change. Public paths get the reader's language.

    `tell` is said once, on the next page, with a button that posts to `undo`, a path of ours.
    """
    answer = Redirect(localised(path), status_code=HTTP_303_SEE_OTHER)
    if tell:
        answer.cookies.append(
            Cookie(
                key=FLASH_COOKIE,
                value=write_flash((kind, str(tell), undo)),
                httponly=True,
                samesite="lax",
                secure=config().is_secure,
                max_age=60,
            )
        )
    return answer


def write_flash(flash: Flash) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(flash)).decode()


def read_flash(cookie: str) -> list[Flash]:
    """What to say once; nothing when the cookie is not one of ours."""
    try:
        return [msgspec.json.decode(base64.urlsafe_b64decode(cookie), type=Flash)]
    except ValueError:
        return []
