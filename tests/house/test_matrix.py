"""
Who gets in where: every route of the application, tried by everybody, on somebody else's things.

A new route fails here until somebody has said in RULES who may use it.
"""

from typing import Any, Final

import httpx
import pytest

from helpdesk.mail.tables import Outbound
from helpdesk.tickets.portal import COOKIE
from helpdesk.tickets.private import new_key
from helpdesk.web import limits
from helpdesk.web.language import is_public
from tests.factories import Desk
from tests.house.everything import CANARY, Everything, everything, routes

WHO: Final = ("visitor", "stranger", "guest", "mai", "lan", "huy", "vy", "minh", "an")
"""
A visitor; a guest with the private link to another ticket; one with the link to this ticket; another customer; the
customer whose ticket it is; an agent elsewhere; an agent there who may only look; one in charge; an administrator.
"""
INSIDERS: Final = frozenset({"vy", "minh", "an"})
"""Who may read the ticket's notes."""

# in the order of WHO; o: goes through, s: has to sign in, x: may not (403), n: finds nothing there (404)
ALL: Final = "ooooooooo"
MEMBERS: Final = "sssoooooo"
AGENTS: Final = "sssxxoooo"
ADMINS: Final = "sssxxxxxo"
WRITERS: Final = "sssxxoxoo"
SEE_TICKET: Final = "sssxxnooo"
WORK_ON_TICKET: Final = "sssxxnxoo"
READ_TICKET: Final = "sssnonooo"
OWN_ACT: Final = "sssxxnnoo"
OWN_NOTE: Final = "sssxxnxox"
OWN_PAGE: Final = "ssononooo"
THEIR_PRESENCE: Final = "sssxxxxoo"

RULES: Final = {
    "GET /account": MEMBERS,
    "POST /account": MEMBERS,
    "POST /account/letters": AGENTS,
    "POST /account/phones/{phone_id:int}/remove": "sssnonnnn",
    "POST /account/tokens": AGENTS,
    "POST /account/tokens/{token_id:int}/revoke": "sssnnnnno",
    "GET /admin": ADMINS,
    "POST /admin": ADMINS,
    "GET /api/v1/articles": ALL,
    "POST /api/v1/articles": WRITERS,
    "PATCH /api/v1/articles": WRITERS,
    "GET /api/v1/attachments": READ_TICKET,
    "POST /api/v1/calls": WRITERS,
    "GET /api/v1/customers": AGENTS,
    "PATCH /api/v1/customers": AGENTS,
    "GET /api/v1/departments": ALL,
    "GET /api/v1/docs": ALL,
    "GET /api/v1/fields": ALL,
    "GET /api/v1/messages": MEMBERS,
    "GET /api/v1/messages/{message:int}": READ_TICKET,
    "POST /api/v1/messages/{message:int}/undo": "sssnxnxoo",
    "GET /api/v1/messages/{message:int}/raw": SEE_TICKET,
    "GET /api/v1/openapi.json": ALL,
    "GET /api/v1/priorities": AGENTS,
    "GET /api/v1/search": ALL,
    "GET /api/v1/statuses": AGENTS,
    "GET /api/v1/topics": ALL,
    "POST /api/v1/sla/due": ALL,
    "GET /api/v1/team": AGENTS,
    "GET /api/v1/team/{person_id:int}": SEE_TICKET,
    "PATCH /api/v1/team/{person_id:int}": THEIR_PRESENCE,
    "GET /api/v1/tickets": MEMBERS,
    "POST /api/v1/tickets": MEMBERS,
    "GET /api/v1/tickets/{number:int}": READ_TICKET,
    "GET /api/v1/tickets/{number:int}/sides": SEE_TICKET,
    "POST /api/v1/tickets/{number:int}/sides": WORK_ON_TICKET,
    "GET /api/v1/sides/{side:int}": SEE_TICKET,
    "PATCH /api/v1/sides/{side:int}": WORK_ON_TICKET,
    "POST /api/v1/sides/{side:int}": WORK_ON_TICKET,
    "PATCH /api/v1/tickets/{number:int}": "sssnxnxoo",
    "POST /api/v1/tickets/{number:int}/hand-over": WORK_ON_TICKET,
    "POST /api/v1/tickets/{number:int}": "sssnonxoo",
    "POST /api/v1/tickets/bulk": WRITERS,
    "GET /api/v1/tickets/bulk/{number:int}": OWN_ACT,
    "POST /api/v1/tickets/bulk/{number:int}": OWN_ACT,
    "GET /api/v1/bin": AGENTS,
    "POST /api/v1/bin/restore": WRITERS,
    "GET /community": ALL,
    "GET /community/posts/{post_id:int}/edit": "sssxooxoo",
    "POST /community/posts/{post_id:int}/edit": "sssxooxoo",
    "GET /community/posts/{post_id:int}/vote": MEMBERS,
    "POST /community/posts/{post_id:int}/vote": "sssoxoooo",
    "GET /community/posts/{post_id:int}/{act:str}": MEMBERS,
    "POST /community/posts/{post_id:int}/{act:str}": WRITERS,
    "GET /community/topics/new": MEMBERS,
    "POST /community/topics/new": MEMBERS,
    "GET /community/topics/{topic_id:int}": MEMBERS,
    "POST /community/topics/{topic_id:int}": WRITERS,
    "POST /community/topics/{topic_id:int}/posts": MEMBERS,
    "GET /community/topics/{topic_id:int}/promote": WRITERS,
    "GET /desk": AGENTS,
    "GET /desk/articles/new": WRITERS,
    "POST /desk/articles": WRITERS,
    "POST /desk/articles/preview": AGENTS,
    "GET /desk/calls": WRITERS,
    "POST /desk/calls": WRITERS,
    "POST /desk/customers": AGENTS,
    "GET /desk/replies/new": WRITERS,
    "POST /desk/replies/new": WRITERS,
    "GET /desk/replies/{canned_id:int}": SEE_TICKET,
    "POST /desk/replies/{canned_id:int}": WORK_ON_TICKET,
    "GET /desk/bin": AGENTS,
    "POST /desk/bin": WRITERS,
    "POST /desk/bin/empty": ADMINS,
    "GET /desk/bulk": OWN_ACT,
    "POST /desk/bulk": OWN_ACT,
    "POST /desk/undo": OWN_ACT,
    "POST /desk/blocked": "sssxxnnon",  # the administrator has emptied the bin before
    "POST /desk/queues": WRITERS,
    "POST /desk/views": AGENTS,
    "POST /desk/views/{view_id:int}": ADMINS,
    "GET /desk/team/{person_id:int}": THEIR_PRESENCE,
    "POST /desk/team/{person_id:int}": THEIR_PRESENCE,
    "POST /desk/team/{person_id:int}/spread": ADMINS,
    "POST /desk/tickets/new": WRITERS,
    "POST /desk/tickets/new/fields": AGENTS,
    "GET /desk/messages/{message:int}/original": SEE_TICKET,
    "GET /desk/tickets/{ticket_id:int}": SEE_TICKET,
    "GET /desk/tickets/{ticket_id:int}/sides/new": WORK_ON_TICKET,
    "POST /desk/tickets/{ticket_id:int}": WORK_ON_TICKET,
    "POST /desk/tickets/{ticket_id:int}/presence": SEE_TICKET,
    "POST /desk/tickets/{ticket_id:int}/messages/{message:int}/send-again": WORK_ON_TICKET.replace("o", "n"),
    "POST /desk/tickets/{ticket_id:int}/unmerge": "sssxxnnnn",
    "GET /desk/tickets/{ticket_id:int}/link": WORK_ON_TICKET,
    "GET /desk/tickets/{ticket_id:int}/notes": OWN_NOTE,
    "POST /desk/tickets/{ticket_id:int}/notes": OWN_NOTE,
    "POST /desk/tickets/{ticket_id:int}/follow": SEE_TICKET,
    "POST /desk/tickets/{ticket_id:int}/unfollow": SEE_TICKET,
    "GET /healthz": ALL,
    "GET /help": ALL,
    "POST /help/articles/{article_id:int}/rate": ALL,
    "GET /help/requests": MEMBERS,
    "GET /help/requests/new": ALL,
    "POST /help/requests/new": ALL,
    "GET /help/requests/sent": ALL,
    "GET /help/requests/{ticket_id:int}": OWN_PAGE,
    "POST /help/requests/{ticket_id:int}": "ssononxoo",
    "POST /help/requests/{ticket_id:int}/rating": "ssononxxx",
    "POST /help/requests/{ticket_id:int}/people": "ssononxxx",
    "POST /help/requests/{ticket_id:int}/people/{person_id:int}/remove": "ssononxoo",
    "POST /help/requests/{ticket_id:int}/links/stop": "ssononxoo",
    "GET /live": MEMBERS,
    "GET /metrics": ALL,
    "GET /attached/{file_id:int}": "nnnnonooo",
    "GET /pictures/{sha256:str}": "nnnnonooo",
    "POST /preferences": ALL,
    "GET /readyz": ALL,
    "GET /signin": ALL,
    "POST /signin": ALL,
    "POST /signout": ALL,
}
"""The longest beginning that fits a route counts."""
BY_THE_FRAMEWORK: Final = {"GET /api/v1", "GET /api/v1/{path:str}"}


def rule(route: str) -> str:
    fitting = [begin for begin in RULES if route == begin or route.startswith((f"{begin}/", f"{begin}."))]
    assert fitting, f"RULES does not say who may use {route}"
    return RULES[max(fitting, key=len)]


@pytest.mark.parametrize("who", WHO)
async def test_everybody_gets_in_where_they_may_and_nowhere_else(desk: Desk, who: str) -> None:
    have = await everything(desk)
    expected, found, leaks = {}, {}, []
    for method, template, _ in routes(desk):
        route = f"{method} {template}"
        if route in BY_THE_FRAMEWORK or (template == "/live" and rule(route)[WHO.index(who)] == "o"):
            continue  # the stream does not end by itself
        answer = await _tries(desk, have, who, method, have.path(template))
        expected[route], found[route] = rule(route)[WHO.index(who)], outcome(answer)
        if CANARY in answer.text or CANARY in str(answer.headers):
            leaks.append(route)
    assert found == expected
    assert who in INSIDERS or not leaks


@pytest.mark.parametrize("who", sorted(set(WHO) - INSIDERS))
async def test_what_a_note_says_is_found_by_no_outsider(desk: Desk, who: str) -> None:
    have = await everything(desk)
    part, file = CANARY.partition("-")[0], have.note_file
    for path in (
        *(f"/en/help/search?q={part}", f"/en/help/suggest?q={part}", f"/en/help/deflect?q={part}"),
        *(f"/api/v1/search?q={part}", f"/api/v1/tickets?q={part}", f"/api/v1/attachments/{file}", "/api/v1/messages/3"),
        *(f"/en/help/requests/{have.ticket}/files/{file}", f"/desk/tickets/{have.ticket}/files/{file}"),
        *("/en/community/feed.xml", f"/desk/queues/all?q={part}", f"/desk/customers?q={part}"),
    ):
        answer = await _tries(desk, have, who, "GET", path)
        assert CANARY not in answer.text, path
        assert "/files/" not in path or outcome(answer) != "o", path


async def test_what_a_note_says_stands_in_no_letter_of_ours(desk: Desk) -> None:
    have = await everything(desk)
    desk.clock.go(days=9)
    await desk.work()
    await _tries(desk, have, "minh", "POST", f"/desk/tickets/{have.ticket}/messages")
    await desk.work()
    letters = await Outbound.select(Outbound.content)
    assert len(letters) >= 3
    assert not [letter for letter in letters if CANARY.encode() in bytes(letter["content"])]


@pytest.mark.parametrize("who", ["visitor", "mai", "lan", "huy", "minh"])
async def test_drafts_and_hidden_topics_are_for_those_who_work_on_them(desk: Desk, who: str) -> None:
    have = await everything(desk)
    inside = "o" if who in {"huy", "minh"} else "n"
    for path in (
        *(f"/en/help/articles/{have.draft}", f"/api/v1/articles/{have.draft}"),
        f"/en/community/topics/{have.hidden_topic}",
    ):
        assert outcome(await _tries(desk, have, who, "GET", path)) == inside, path


def outcome(answer: httpx.Response) -> str:
    """One letter of RULES; ! for a crash."""
    match answer.status_code:
        case 303 if "/signin?next=" in answer.headers["location"]:
            return "s"
        case 401 | 403 | 404 as status:
            return {401: "s", 403: "x", 404: "n"}[status]
    return "o" if answer.status_code < 500 else "!"


async def _tries(desk: Desk, have: Everything, who: str, method: str, path: str) -> httpx.Response:
    """Somebody goes to an address, with whatever it asks for."""
    limits.forgive_all()
    browser = await desk.browser(getattr(have, who, None))
    browser.follow_redirects = False
    url = httpx.URL(f"/en{path}" if is_public(path) else path)
    if who in {"guest", "stranger"}:
        browser.cookies.set(COOKIE, await new_key(have.ticket + (who == "stranger")))
    if method == "GET":
        return await browser.get(url)
    if path.startswith("/api/"):
        return await browser.request(method, url, json=_sent_by_machines(path))
    return await browser.post(url, data=_form(have, path))


def _sent_by_machines(path: str) -> dict[str, Any]:
    if path.endswith("/articles"):
        return {"title": "New", "body": "A word.", "language": "en"}
    if "/sides" in path:
        return {"to": "carrier@elsewhere.example", "subject": "Parcel", "body": "Where?", "status": "closed"}
    if "/team/" in path:
        return {"away": {"reason": "Lunch"}}
    if path.endswith("/calls"):
        return {"call_id": "1", "number": "0901234567"}
    if path.endswith(("/tickets/bulk", "/bin/restore")):
        return {"act": "note", "value": "Seen.", "tickets": [1]}
    if path.endswith("/hand-over"):
        return {"department": 1}
    if "/tickets/" in path and not path.endswith("/messages"):
        return {"priority": "high"}
    return {"subject": "Mine", "title": "Newer", "body": "A word."}


def _form(have: Everything, path: str) -> dict[str, Any]:
    """Whatever any form asks for, in one."""
    return {
        "act": "status solved",
        "assignee": have.minh.id,
        "board": have.ids["board_id"],
        "body": "Words that are long enough.",
        "department": have.department,
        "do": "reply" if path.startswith("/help/requests") else "vote",
        "email": "somebody@else.example",
        "helpful": "yes",
        "id": have.ticket,
        "lang": "en",
        "mode": "reply",
        "name": "Somebody",
        "name_en": "Somebody",
        "name_vi": "Ai đó",
        "number": "0901234567",
        "password": "correct horse battery",
        "priority": "high",
        "score": "good",
        "status": "open",
        "subject": "Another one",
        "tag": "hot",
        "theme": "dark",
        "title": "A title that is long enough",
        "to": "archived" if path.startswith("/desk/articles") else "up",
        "token_name": "machine",
    }
