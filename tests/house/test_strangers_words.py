"""What strangers write is read on pages and in letters, and never does anything there."""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from helpdesk.core.actor import SYSTEM
from helpdesk.mail.tables import Outbound
from helpdesk.people import actions as people
from helpdesk.people import roles
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import actions as tickets
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from helpdesk.web import limits
from kb.forum import actions as forum
from tests.factories import Desk
from tests.house.everything import PIXEL
from tests.kb_articles import shelf, written
from tests.kb_forum import board, question
from tests.mailroom import arrive

CASES: Final = Path(__file__).parents[1] / "cases" / "xss.jsonl"
PAYLOADS: Final = [
    *[json.loads(row)["payload"] for row in CASES.read_text("utf-8").splitlines()][::12],
    "[click](javascript:alert(1)) <javascript:alert(1)> ![x](javascript:alert(1)) [y](data:text/html,x)",
    '"><img src=x onerror=alert(1)> {{ 7*7 }} </title></textarea><script>alert(1)</script>',
    "<p hx-get=/stolen hx-trigger=load data-src=/stolen onclick=alert(1) style=position:fixed id=flash>stolen</p>",
    "[a]: javascript:alert(1) 'x'\n\n[a] <svg/onload=alert(1)> <form action=/stolen><input type=submit></form>",
]
ADDRESSES: Final = frozenset({"href", "src", "action", "formaction", "poster", "background", "xlink:href", "data"})
NEVER: Final = frozenset({"iframe", "object", "embed", "base", "style", "applet", "frame", "math"})


class Danger(HTMLParser):
    """What a page could do that we did not mean."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name.lower(): value or "" for name, value in attrs}
        self.found += [f"<{tag} {name}>" for name in given if name.startswith("on") or name == "style"]
        self.found += [f"<{tag} {name}={given[name]}>" for name in ADDRESSES & given.keys() if _runs(given[name])]
        if "/stolen" in given.values():
            self.found.append(f"<{tag} {given}>")
        if tag in NEVER or (tag == "script" and not given.get("src", "").startswith("/static/")):
            self.found.append(f"<{tag}>")
        if tag == "meta" and "refresh" in given.get("http-equiv", "").lower():
            self.found.append("<meta refresh>")

    handle_startendtag = handle_starttag


async def test_strangers_words_do_nothing_on_any_page_or_in_any_letter(desk: Desk) -> None:
    name = '"><script>alert(1)</script><b onclick=x()>'
    await store.save(SYSTEM, SiteSettings(name=name, language="en"))
    department = await desk.department(name, name)
    minh, lan = await desk.agent("Minh", department), await desk.customer("Lan")
    visitor, staff = await desk.browser(), await desk.browser(minh)
    asker, an = await desk.browser(lan), await desk.browser(await desk.admin())
    dangers: dict[str, list[str]] = {}
    boards, shelves = await board(name, name), await shelf(name, name, about_en=name)
    await roles.add_role(await desk.admin("Bình"), name, [])
    for path in ("/admin/departments", "/admin/boards", "/admin/categories", "/admin/roles", "/admin/settings"):
        answer = await an.get(path)
        assert escape(name, quote=False) in answer.text.replace("&#34;", '"'), path
        dangers[path] = Danger(answer.text).found
    assert len(PAYLOADS) >= 60
    for number, payload in enumerate(PAYLOADS):
        limits.forgive_all()
        ticket = await _by_form(desk, payload, number, department)
        await tickets.tag(SYSTEM, ticket, payload[:40])
        await tickets.reply(minh, ticket, typed(payload, channel="web"))
        row = await arrive(desk, _letter(payload, number))
        mailed = str(row["about"]).removeprefix("ticket:")
        topic = await forum.start(lan, question(boards, f"{payload[:120]} what now", payload + "\n\nwords"))
        article = await written(payload[:150] or "x", payload + "\n\nwords", category=shelves, lang="en")
        requester = (await Ticket.select(Ticket.requester).where(Ticket.id == ticket))[0]["requester"]
        await people.change_person(SYSTEM, requester, organisation=payload, notes=payload)
        for browser, path in (
            *((staff, f"/desk/tickets/{ticket}"), (staff, f"/desk/tickets/{mailed}")),
            *((staff, f"/desk/customers/{requester}"), (an, f"/admin/letters/{row['id']}")),
            *((visitor, f"/en/community/topics/{topic}"), (visitor, f"/en/help/articles/{article}")),
            *((asker, f"/en/community/topics/{topic}"), (an, f"/desk/articles/{article}")),
        ):
            answer = await browser.get(path)
            assert answer.status_code == 200, path
            dangers[f"{path} {payload[:60]!r}"] = Danger(answer.text).found
        for path in ("/en/help/search", "/en/help/suggest", "/en/help/requests/new", "/en/signin", "/en/community"):
            answer = await visitor.get(path, params={"q": payload, "after": payload, "next": payload, "email": payload})
            dangers[f"{path} {payload[:60]!r}"] = Danger(answer.text).found
    await desk.work()
    for path in (
        "/desk/queues/all",
        "/desk/customers",
        "/desk/articles",
        "/admin/audit",
        "/admin/outbox",
        "/admin/letters",
    ):
        dangers[path] = Danger((await an.get(path)).text).found
    feed = await visitor.get("/en/community/feed.xml")
    assert not re.search(r"<(script|img|svg)|[\x00-\x08\x0b\x0c\x0e-\x1f]", feed.text)
    letters = await Outbound.select(Outbound.id, Outbound.content)
    assert len(letters) >= len(PAYLOADS)
    for letter in letters:
        dangers[f"letter {letter['id']}"] = [one for html in _html(letter["content"]) for one in Danger(html).found]
    assert {place: found for place, found in dangers.items() if found} == {}


def test_what_is_looked_for_is_found() -> None:
    for page in (
        "<p OnClick=x>",
        "<a href=' java\nscript:x'>",
        "<script>",
        "<script src=//x>",
        "<svg/onload=x>",
        "<base>",
    ):
        assert Danger(page).found, page
    assert not Danger("<script src=/static/x.js></script><p>&lt;script&gt;</p><a href=/x>on</a>").found


def _runs(address: str) -> bool:
    """Whether following the address runs something, as browsers read it: white space and case do not count."""
    return (
        re.sub(r"[\x00-\x20]", "", address)
        .lower()
        .startswith(("javascript:", "vbscript:", "data:text", "data:image/svg"))
    )


async def _by_form(desk: Desk, payload: str, number: int, department: int) -> int:
    """A visitor asks, every field full of it; the ticket's number."""
    visitor = await desk.browser()
    form = {"name": payload[:200], "email": f"x{number}@khach.example", "subject": payload[:200], "body": payload}
    answer = await visitor.post(
        "/en/help/requests/new",
        data={**form, "department": str(department), "after": payload[:200]},
        files={"files": (payload[:100].replace("\n", " "), PIXEL, "image/svg+xml")},
    )
    assert answer.status_code == 200, answer.text
    newest = await Ticket.select(Ticket.id).order_by(Ticket.id, ascending=False).first()
    assert newest
    return int(newest["id"])


def _letter(payload: str, number: int) -> bytes:
    line = " ".join(payload.split())
    return (
        f'From: "{line[:100]}" <y{number}@khach.example>\r\nTo: support@lua.example\r\nSubject: {line[:200]}\r\n'
        f"Message-ID: <{number}@khach.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>{payload}\r\n"
        f'--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename="{line[:60]}"\r\n\r\n'
        f"{payload}\r\n--b--\r\n"
    ).encode("utf-8", "replace")


def _html(content: bytes) -> Iterator[str]:
    for part in message_from_bytes(content).walk():
        if part.get_content_type() == "text/html":
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            yield body.decode()
