"""Refusals and crashes, answered in one place: a page for people, problem JSON (RFC 9457) for machines."""

import logging
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect

from helpdesk.core.db import is_out_of_reach, is_unstorable
from helpdesk.core.errors import Invalid, NotFound, Refused, TooMany
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.web.guards import SignInFirst
from helpdesk.web.language import localised
from helpdesk.web.render import Html, page
from helpdesk.web.visit import visiting

__all__ = ["HANDLERS", "Html", "as_page", "problem"]

log = logging.getLogger(__name__)

TITLES: Final = {
    400: phrase("This request cannot be understood."),
    401: phrase("Sign in first."),
    403: phrase("You do not have access to this."),
    404: phrase("This page is not here any more."),
    405: phrase("This cannot be done here."),
    409: phrase("Something changed in the meantime."),
    413: phrase("That is too large."),
    422: phrase("Something in it needs another look."),
    429: phrase("A bit too fast."),
    500: phrase("Something broke on our side."),
    503: phrase("We will be right back."),
}
OWN_PAGE: Final = frozenset({403, 404, 409, 429, 500, 503})
AGAIN_SECONDS: Final = "30"
"""When to ask again while we cannot answer."""

Answer = Response[Any]


def refused(request: Request[Any, Any, Any], refusal: Refused) -> Answer:
    if visiting.get().path.startswith("/api/"):
        return problem(refusal.status, str(refusal.reason), getattr(refusal, "errors", {}))
    if isinstance(refusal, SignInFirst):
        back = visiting.get().path
        return Redirect(localised("/signin") + "?next=" + quote(back), status_code=303)
    answer = as_page(refusal)
    if isinstance(refusal, TooMany):
        answer.headers["Retry-After"] = str(refusal.wait)
    return answer


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Answer:
    """What the framework itself refuses: no such route, a wrong method, a parameter of the wrong kind."""
    is_invalid = isinstance(error, ValidationException)
    if visiting.get().path.startswith("/api/"):
        listed = error.extra if is_invalid and isinstance(error.extra, list) else []
        fields = {str(item.get("key", "")): str(item.get("message", "")) for item in listed}
        return problem(422 if fields and request.method != "GET" else error.status_code, error.detail, fields)
    if error.status_code == NotFound.status or (is_invalid and request.method == "GET"):
        return as_page(NotFound())
    return _page(error.status_code, "")


def too_deep(request: Request[Any, Any, Any], error: RecursionError) -> Answer:
    """A body nested deeper than anything means."""
    return refused(request, Refused(TITLES[400]))


def crashed(request: Request[Any, Any, Any], error: Exception) -> Answer:
    """
    Anything else is a fault of ours: it gets a code that stands in the log and on the page.

    Except for what no database could keep, since then nothing of that name can be there.
    """
    if is_unstorable(error):
        log.warning("request %s %s asks for what no column holds: %s", request.method, visiting.get().path, error)
        return refused(request, NotFound() if request.method == "GET" else Invalid({}, TITLES[Invalid.status]))
    return fault(request.method, error)


def fault(method: str, error: Exception) -> Answer:
    """The answer to a crash; while the database is away it says that we will be back."""
    code = secrets.token_hex(4)
    log.error("request %s %s crashed, code %s", method, visiting.get().path, code, exc_info=error)
    status = 503 if is_out_of_reach(error) else 500
    if visiting.get().path.startswith("/api/"):
        answer = problem(status, f"{TITLES[status]} {gettext('Code: %(code)s', code=code)}")
    else:
        answer = _page(status, "", code=code)
    if status == 503:
        answer.headers["Retry-After"] = AGAIN_SECONDS
    return answer


def as_page(refusal: Refused) -> Html:
    return _page(refusal.status, str(refusal.reason))


def problem(status: int, detail: str, errors: Mapping[str, object] | None = None) -> Answer:
    """A problem document; `errors` names each field and what is wrong with it."""
    body: dict[str, object] = {"type": "about:blank", "title": str(TITLES.get(status, "")), "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = {name: str(text) for name, text in errors.items()}
    return Response(body, status_code=status, media_type="application/problem+json")


def _page(status: int, reason: str, code: str = "") -> Html:
    name = f"errors/{status}.html" if status in OWN_PAGE else "errors/error.html"
    return page(name, status=status, title=str(TITLES.get(status, TITLES[400])), reason=reason, code=code)


HANDLERS: Final[dict[int | type[Exception], Any]] = {
    Refused: refused,
    Invalid: refused,
    HTTPException: http_error,
    RecursionError: too_deep,
    Exception: crashed,
}
