"""
Nothing internal ever leaves: a canary sits in every place that only colleagues see, and is looked for in every
byte that goes to anybody else: letters, also decoded, pages of customers, guests and visitors, feeds and the API.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Final

import msgspec
import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.config import secret_key
from helpdesk.files import store as files
from helpdesk.mail.sides import reply_address
from helpdesk.mail.tables import Mailbox, Outbound
from helpdesk.people.tables import Person
from helpdesk.sla.tables import CalendarRow, PolicyRow
from helpdesk.tickets import actions, linking, recipients, unsent
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.portal import COOKIE
from helpdesk.tickets.private import new_key
from helpdesk.tickets.said import File, typed
from helpdesk.tickets.side import queries as sides
from helpdesk.web import limits
from helpdesk.web.language import is_public
from tests.factories import Browser, Desk
from tests.house.everything import Everything, everything, routes
from tests.kb_articles import written
from tests.mail_flow.letters import letter
from tests.mailroom import agents_answer_to, answers_to, arrive
from tests.mailroom.test_sort import bounce

CANARY: Final = re.compile(r"canar(?:y-of-the-note|i\w+)", re.IGNORECASE)
"""Every canary is a word of its own, so that the test tells which one flew out."""


async def filled(desk: Desk) -> Everything:
    """One of everything, with a canary in every internal place, and all that follows from it done."""
    have = await everything(desk)
    minh, number = have.minh, have.ticket
    await Person.update(
        {Person.email: "canariagent@rieng.example", Person.email_key: "canariagent@rieng.example"}
    ).where(Person.id == minh.id)
    minh = msgspec.structs.replace(minh, email="canariagent@rieng.example")
    await Person.update({Person.notes: "canariprofile"}).where(Person.id == have.lan.id)
    await CalendarRow.update({CalendarRow.name: "canaricalendar"}).where(CalendarRow.id > 0)
    await PolicyRow.update({PolicyRow.name: "canaripolicy"}).where(PolicyRow.id > 0)
    await Mailbox.update({Mailbox.name: "canarimailbox", Mailbox.username: "canariuser"}).where(Mailbox.id > 0)
    await desk.department("canariinside", "canarinoibo", "canariinside@lua.example", is_public=False)
    await _of_another_customer(desk, await desk.department("Sales", "Bán hàng", "sales@lua.example"))
    await written("canaridraft of an article", "canaridraft", status="draft")
    await arrive(desk, letter("canariheld", subject="canariheld", message_id="<spam@x>", X_Spam_Flag="YES"))
    await actions.tag(minh, number, "canaritag")
    await actions.set_fields(minh, number, {have.ids["field_id"]: ["canarifield"]})
    await actions.note(minh, number, typed("canarinote", channel="web"))
    await _answers(desk, have, minh)
    await _beside(desk, have)
    held = await actions.reply(minh, number, typed("canarihasty", channel="web"), hold_seconds=60)
    await unsent.take_back(minh, number, held)
    await actions.reply(minh, number, typed("canariwaiting", channel="web"), hold_seconds=120)
    await arrive(desk, bounce(number), sender="<>")
    stranger = letter("x", sender="canaristranger <canaristranger@ke-la.example>", to=answers_to(number))
    await arrive(desk, stranger.replace(b"<1@khach.example>", b"<stranger@x>"))
    await desk.work()
    return have


async def _of_another_customer(desk: Desk, department: int) -> None:
    """A ticket of somebody else in another department."""
    other = await desk.customer("canaricustomer", email="canaricustomer@khac.example")
    await actions.open(other, typed("canariwords", channel="email"), subject="canarisubject", department=department)


async def _beside(desk: Desk, have: Everything) -> None:
    """A supplier whom Minh asked answers, with a file."""
    side = (await sides.beside(have.ticket))[0]
    place = reply_address("support@lua.example", side.id, secret_key())
    answer = letter(
        "canarisupplier",
        sender="canarisupplier <canarisupplier@nha-cung-cap.example>",
        to=place,
        subject="canarisuppliersubject",
        message_id="<canarisupplier@nha-cung-cap.example>",
    )
    await arrive(desk, answer, to=(place,))


async def _answers(desk: Desk, have: Everything, minh: object) -> None:
    """Minh answers from the page, and by a letter from a private address that quotes what only agents got."""
    number = have.ticket
    stored = await files.put(b"For the customer.")
    reply = typed("For you.", channel="web", files=(File(stored.sha256, "you.txt", "text/plain", stored.size),))
    thread = await tickets.thread(SYSTEM, number)
    await recipients.answer(have.minh, thread, reply, await recipients.offered(thread), then="open")
    quote = "Vào 20 thg 11, 2026 lúc 10:24 Help desk <support@lua.example> đã viết:\n> canariquoted\n> canaritag"
    by_mail = letter(
        f"By mail.\n\n{quote}",
        sender="Minh <canariagent@rieng.example>",
        to=agents_answer_to(number, have.minh),
        message_id="<canariid@rieng.example>",
    )
    await arrive(desk, by_mail)
    secret = letter(
        "#note canarimailnote",
        sender="Minh <canariagent@rieng.example>",
        to=agents_answer_to(number, have.minh),
        message_id="<note@rieng.example>",
    )
    await arrive(desk, secret)
    forged = letter(
        "canariforged", sender="Minh <canariagent@rieng.example>", to=answers_to(number), message_id="<f@x>"
    )
    await arrive(desk, forged)


async def test_no_canary_flies_out_in_a_letter(desk: Desk) -> None:
    have = await filled(desk)
    desk.clock.go(minutes=1)
    await desk.work()
    staff = {row["email"] for row in await Person.select(Person.email).where(Person.role != "customer")}
    rows = await Outbound.select(Outbound.id, Outbound.recipients, Outbound.envelope_from, Outbound.content)
    letters = [row for row in rows if not staff & {*msgspec.json.decode(row["recipients"])}]
    mine = [row for row in letters if (have.lan.email or "") in row["recipients"]]
    assert len(mine) >= 3, "an acknowledgement and two answers"
    assert len(letters) < len(rows), "colleagues were written to as well"

    for row in letters:
        for text in _said(row["content"], row["envelope_from"]):
            assert {*CANARY.findall(text)} <= _of_their_own(row["recipients"]), row["recipients"]


def _of_their_own(recipients: str) -> set[str]:
    """What somebody wrote themselves may come back to them."""
    if "canaricustomer@" in recipients:
        return {"canaricustomer", "canarisubject", "canariwords"}
    return {"canaristranger"} if "canaristranger@" in recipients else set()


def _said(content: bytes, envelope_from: str) -> Iterator[str]:
    """All that a letter says, as its bytes and as its reader reads it."""
    yield envelope_from
    yield bytes(content).decode("utf-8", "replace")
    parsed = message_from_bytes(bytes(content), policy=policy.default)
    for name, value in parsed.items():
        yield f"{name}: {value}"
    for part in parsed.walk():
        body = part.get_payload(decode=True)
        yield str(part.get_filename())
        if isinstance(body, bytes):
            yield body.decode("utf-8", "replace")


@pytest.mark.parametrize("who", ["visitor", "guest", "lan", "mai"])
async def test_no_canary_flies_out_on_a_page_a_feed_or_the_api(desk: Desk, who: str) -> None:
    have = await filled(desk)
    browser = await desk.browser(getattr(have, who, None))
    found, seen = {}, 0
    for method, template, _ in routes(desk):
        if method != "GET" or template in {"/live", "/api/v1/{path:str}"} or template.startswith("/admin"):
            continue  # the stream does not end by itself; who gets into the office is asked in test_matrix
        limits.forgive_all()
        answer = await _get(browser, have, who, have.path(template))
        seen += answer[0] == 200
        if flown := {*CANARY.findall(answer[1])}:
            found[template] = flown
    assert seen >= 20
    assert found == {}


async def _get(browser: Browser, have: Everything, who: str, path: str) -> tuple[int, str]:
    """A page's status, and its head and body as text."""
    url = f"/en{path}" if is_public(path) else path
    if who == "guest":
        browser.cookies.set(COOKIE, await new_key(have.ticket))
    answer = await browser.get(url, follow_redirects=False)
    return answer.status_code, f"{answer.headers}\n{answer.text}"


@pytest.mark.parametrize("who", ["visitor", "guest", "lan", "mai"])
async def test_no_canary_is_found_by_looking_for_it(desk: Desk, who: str) -> None:
    have = await filled(desk)
    browser = await desk.browser(getattr(have, who, None))
    for path in ("/en/help/search", "/en/help/suggest", "/en/help/deflect", "/api/v1/search", "/api/v1/tickets"):
        limits.forgive_all()
        answer = await browser.get(path, params={"q": "canari"})
        assert not re.search(r"canari\w", answer.text), path


async def test_the_canaries_sit_where_colleagues_see_them(desk: Desk) -> None:
    have = await filled(desk)
    browser = await desk.browser(have.an)
    page = (await browser.get(f"/desk/tickets/{have.ticket}")).text
    stranger = (await linking.links(SYSTEM, have.ticket))[0].number

    for word in (
        "canarinote",
        "canaritag",
        "canarimailnote",
        "canariforged",
        "canariprofile",
        "canariwaiting",
        "canarisupplier",
    ):
        assert word in page, word
    assert "canaristranger" in (await browser.get(f"/desk/tickets/{stranger}")).text
    assert "canarifield" in (await browser.get(f"/desk/tickets/{have.ticket}/fields")).text
    assert "canarisubject" in (await browser.get("/desk/queues/all")).text
    assert "canariheld" in (await browser.get("/admin/letters")).text
