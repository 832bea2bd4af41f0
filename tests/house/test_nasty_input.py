"""Whatever is sent to whichever address: an answer that was meant, never a crash, never a header of the sender's."""

import sys
from collections.abc import Iterator
from inspect import isclass
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from helpdesk.core.paging import write_key
from helpdesk.web import limits
from tests.factories import Browser, Desk
from tests.house.everything import Everything, everything, routes

HUGE: Final = "9" * 31
NASTY: Final = (
    "",
    "\x00",
    "a\x00b\x07",
    "-1",
    "2147483648",
    HUGE,
    "9" * 5000,
    "1e309",
    "nan",
    "[]",
    "٣",
    "²",
    "🙂\u202ex",
)
HEADER: Final = "a\r\nX-Evil: 1"
LONG: Final = "Ω" * 100_001
_KEYS: Final[list[Any]] = [
    *([None], [None, None], [1], [1, 2], ["x"], ["x", 1], ["\x00", 1], [10**30]),
    *([f"2026-01-01{time}", number] for time in ("", "T00:00:00", "T00:00:00+00:00") for number in (1, 10**30)),
    ["9999-12-31T23:59:59-23:59", 1],
]
KEYS: Final = ("W10", "e30", "!", *map(write_key, _KEYS))
"""For `after`: of another list, of no list, naive moments, numbers that no column holds."""
PLAUSIBLE: Final = {
    "body": "Words that are long enough",
    "email": "x@y.example",
    "lang": "vi",
    "name": "Lan",
    "subject": "Hello",
    "theme": "light",
    "title": "A title that is long",
}
FORM: Final = "application/x-www-form-urlencoded"
BODIES: Final = (
    (b"body=%ED%A0%80%FF&%ED%A0%80=1", FORM),
    (b"body=a", f"{FORM}; charset=nope"),
    (b"{}", "application/json"),
    (b"\xff" * 100, "multipart/form-data; boundary=x"),
    (b"\xff" * 100, "multipart/form-data"),
    (b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nhalf', "multipart/form-data; boundary=x"),
    (b"--x\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    (b"body=a", "text/plain"),
    (b"body=a", "nonsense"),
    (b"", FORM),
)
JSON: Final = (
    *(b"", b"{", b"[]", b"null", b"1", b'"\\ud800"', b"\xff", b'{"body": "\\u0000", "subject": "a\\u0000b"}'),
    *(b'{"title": "\\u0000", "body": "\\u0000", "language": "vi"}', b'{"body": {"a": 1}}', b'{"department": 1e400}'),
    *(b'{"subject": "\\ud83d", "body": "\\udc00"}', b'{"calendar": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001),
    b"[" * 200_000,
    *(
        f'{{"subject": "Hi", "title": "Hi", "body": "Hi", "language": "vi", "{name}": {HUGE}}}'.encode()
        for name in ("department", "assignee", "category", "translation_of", "version", "status", "body", "minutes")
    ),
)


async def test_no_address_is_too_strange(desk: Desk) -> None:
    have = await everything(desk)
    browser = await _browser(desk, have)
    asked = [
        url for method, path, handler in routes(desk) if method == "GET" for url in _addresses(have, path, handler)
    ]
    assert len(asked) > 1500
    assert [url for url in asked if _is_bad(await browser.get(url))] == []


async def test_no_form_is_too_strange(desk: Desk) -> None:
    have = await everything(desk)
    bad = []
    for method, path, handler in routes(desk):
        if method == "POST" and not path.startswith("/api/"):
            browser = await _browser(desk, have)
            for sent in _forms(handler, have):
                limits.forgive_all()
                if _is_bad(await browser.post(have.path(path), **sent)):
                    bad.append((path, str(sent)[:200]))
    assert bad == []


async def test_no_json_is_too_strange(desk: Desk) -> None:
    have = await everything(desk)
    browser = await _browser(desk, have)
    bad = []
    for method, path, _ in routes(desk):
        if method in {"POST", "PATCH"} and path.startswith("/api/"):
            for body in JSON:
                for kind in ("application/json", "text/plain"):
                    limits.forgive_all()
                    answer = await browser.request(
                        method, have.path(path), content=body, headers={"content-type": kind}
                    )
                    if _is_bad(answer) or (answer.is_error and "problem+json" not in answer.headers["content-type"]):
                        bad.append((method, path, body[:100], answer.status_code))
    assert bad == []


@pytest.mark.parametrize("cookie", ["x", "NQ==", "W1sxXSwyXQ==", "WyJvayIsMV0=", "bnVsbA==", '"\\300"'])
async def test_a_flash_that_we_did_not_write_is_passed_over(desk: Desk, cookie: str) -> None:
    visitor = await desk.browser()
    assert (await visitor.get("/en/help", headers={"cookie": f"flash={cookie}"})).status_code == 200


async def test_the_way_to_a_language_carries_no_header_of_the_senders(desk: Desk) -> None:
    visitor = await desk.browser()
    visitor.follow_redirects = False
    answer = await visitor.get("/help/" + quote(HEADER + "\n//evil.example"))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/en/help/a")
    assert not set("\r\n") & set(answer.headers["location"])


def _is_bad(answer: httpx.Response) -> bool:
    """A crash, a header that somebody smuggled in, or the way to another site."""
    location = answer.headers.get("location", "/")
    return answer.status_code >= 500 or "x-evil" in answer.headers or location[:1] != "/" or location[:2] == "//"


async def _browser(desk: Desk, have: Everything) -> Browser:
    """An administrator's, who gets furthest."""
    browser = await desk.browser(have.an)
    browser.follow_redirects = False
    return browser


def _addresses(have: Everything, template: str, handler: HTTPRouteHandler) -> Iterator[str]:
    """A route with something strange in each of its places, one at a time."""
    if template == "/live":
        return
    for name in {*handler.parsed_fn_signature.parameters, "next"} - {"self", "actor", "request"}:
        for value in (*NASTY, HEADER, *KEYS):
            place = next((p for p in (f"{{{name}:int}}", f"{{{name}:str}}") if p in template), "")
            if not place:
                yield f"{have.path(template)}?{name}={quote(value[:3000])}"
            elif value:
                yield have.path(template.replace(place, "STRANGE")).replace("STRANGE", quote(value, safe=""))
    yield f"{have.path(template)}?q=%ED%A0%80&after=%FF"


def _forms(handler: HTTPRouteHandler, have: Everything) -> Iterator[dict[str, Any]]:
    """What to send to a handler: every field strange, one number too large among plausible ones, broken bodies."""
    shapes = [thing for thing in vars(sys.modules[handler.fn.__module__]).values() if isclass(thing)]
    fields = [f for s in shapes if issubclass(s, msgspec.Struct) for f in msgspec.structs.fields(s)]
    names = {field.encode_name for field in fields}
    plausible = {**PLAUSIBLE, "department": have.department, "board": have.ids["board_id"]}
    for value in (*NASTY, HEADER):
        yield {"data": dict.fromkeys(names, value)}
    yield {"files": [(name, (None, LONG)) for name in sorted(names)]}  # multipart: no time goes into percent signs
    for name in sorted({field.encode_name for field in fields if "int" in str(field.type)}):
        yield {"data": {**plausible, name: HUGE}}
    for content, kind in BODIES:
        yield {"content": content, "headers": {"content-type": kind}}
    for filename, kind in (("a\x00\r\nb.png", "a/b\x00"), ("Ω" * 300, "no type"), ("../../x", "image/svg+xml")):
        yield {"data": plausible, "files": [(name, (filename, b"x", kind)) for name in sorted(names)]}
