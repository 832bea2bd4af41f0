"""Side conversations: a third party is asked beside the ticket, and its answers come back beside it."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.config import secret_key
from helpdesk.core.db import run_sql
from helpdesk.departments.queries import all_departments
from helpdesk.files import store as files
from helpdesk.mail import sides as marks
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.tickets import actions, binning, following, linking, merging, queries
from helpdesk.tickets.said import File, typed
from helpdesk.tickets.side import actions as side_actions
from helpdesk.tickets.side import finding
from helpdesk.tickets.side import queries as sides
from helpdesk.tickets.side.queries import Side
from tests.factories import Desk, words
from tests.mail_flow.letters import letter
from tests.mailroom import US, answers_to, arrive
from tests.mailroom.test_reports import report
from tests.tickets import ask, said

CARRIER = "Giao Nhanh <dieuphoi@giaonhanh.example>"


async def company(desk: Desk) -> tuple[Actor, Actor, int]:
    """Lan's ticket, which Minh looks after."""
    department = await desk.department()
    minh, lan = await desk.agent("Minh", department, lang="en"), await desk.customer("Lan")
    number = await ask(lan, "Where is my parcel", "It is number canaricustomer.")
    await actions.assign(minh, number, minh.id)
    await desk.work()
    return minh, lan, number


async def asked(desk: Desk, minh: Actor, number: int, **more: Any) -> Side:
    """Minh asks the carrier."""
    form = {"to": CARRIER, "about": "A late parcel", "body": "Where is VN123?", "wakes": "true", **more}
    answer = await (await desk.browser(minh)).post(f"/desk/tickets/{number}/sides/new", data=form)
    assert answer.status_code == 200
    await desk.work()
    return (await sides.of_ticket(SYSTEM, number))[-1]


async def sent(about: Side) -> list[EmailMessage]:
    """The letters of a conversation, oldest first."""
    names = [sides.ABOUT.format(one.id) for one in about.messages]
    rows = await Outbound.select(Outbound.content).where(Outbound.about.is_in(names)).order_by(Outbound.id)
    return [message_from_bytes(row["content"], policy=policy.default) for row in rows]


def body_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


def back_to(side: Side, agent: int | None = None) -> str:
    return marks.reply_address(US, side.id, secret_key(), agent)


async def answers(desk: Desk, side: Side, text: str = "It arrives tomorrow.", **more: Any) -> dict[str, object]:
    """The carrier answers."""
    headers = {"sender": CARRIER, "to": back_to(side), "subject": "Re: A late parcel", "message_id": "<1@gn>", **more}
    return await arrive(desk, letter(text, **headers), to=(str(headers["to"]),))


async def test_a_third_party_gets_a_letter_that_says_nothing_of_the_ticket(desk: Desk) -> None:
    minh, _, number = await company(desk)

    side = await asked(desk, minh, number)

    (letter_out,) = await sent(side)
    whole = bytes(letter_out).decode() + body_of(letter_out)
    assert str(letter_out["To"]) == "Giao Nhanh <dieuphoi@giaonhanh.example>"
    assert str(letter_out["Subject"]) == "A late parcel"
    assert "Where is VN123?" in body_of(letter_out)
    for secret in (
        "canaricustomer",
        "Lan",
        "lan@khach",
        "parcel is",
        f"#{number}",
        "/help/requests",
        answers_to(number),
    ):
        assert secret not in whole, secret
    assert "Where is my parcel" not in whole


async def test_a_double_click_asks_once_and_goes_on_once(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    assert (await asked(desk, minh, number)).id == side.id
    browser = await desk.browser(minh)
    for body in ("And VN124?", "And VN124?", "And VN125?"):
        await browser.post(f"/desk/tickets/{number}/sides/{side.id}/messages", data={"body": body})
    await desk.work()
    (side,) = await sides.of_ticket(SYSTEM, number)
    assert [one.fresh for one in side.messages] == ["Where is VN123?", "And VN124?", "And VN125?"]
    assert len(await sent(side)) == 3


async def test_what_is_ticked_goes_along_and_nothing_else(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    stored = await files.put(b"A picture of the label.")
    label = File(stored.sha256, "label.txt", "text/plain", stored.size)
    reply = await actions.reply(lan, number, typed("Here is the label.", channel="web", files=(label,)))
    note = await actions.note(minh, number, said("canarinote"))
    chosen = (await queries.message(SYSTEM, reply)).files[0].id

    side = await asked(desk, minh, number, quote=[str(reply)], file=[str(chosen)])
    form = {"to": CARRIER, "about": "Again", "body": "And this?", "quote": str(note)}
    refused = await (await desk.browser(minh)).post(f"/desk/tickets/{number}/sides/new", data=form)

    (letter_out,) = await sent(side)
    assert "Here is the label." in body_of(letter_out)
    assert "canaricustomer" not in body_of(letter_out)
    assert [part.get_filename() for part in letter_out.iter_attachments()] == ["label.txt"]
    assert refused.status_code == 422
    assert len(await sides.of_ticket(SYSTEM, number)) == 1


async def test_an_answer_comes_back_beside_the_ticket_and_its_customer_never_sees_it(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    side = await asked(desk, minh, number)
    before = await Outbound.count().where(Outbound.recipients.like("%khach.example%"))

    row = await answers(desk, side, "canarianswer: it arrives tomorrow.")

    after = (await sides.of_ticket(SYSTEM, number))[0]
    assert [one.direction for one in after.messages] == ["out", "in"]
    assert after.messages[1].from_email == "dieuphoi@giaonhanh.example"
    assert row["about"] == f"ticket:{number}"
    assert len(await queries.messages(SYSTEM, number)) == 1
    assert await queries.participants(number) == []
    assert await Outbound.count().where(Outbound.recipients.like("%khach.example%")) == before
    browser = await desk.browser(lan, lang="en")
    for path in (f"/en/help/requests/{number}", f"/api/v1/tickets/{number}/messages", "/en/help/requests"):
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert "canarianswer" not in page.text, path
        assert "giaonhanh" not in page.text, path
    for path in (
        f"/desk/tickets/{number}/sides/{side.id}",
        f"/api/v1/tickets/{number}/sides",
        f"/api/v1/sides/{side.id}",
    ):
        assert (await browser.get(path)).status_code in {403, 404}, path
    assert "canarianswer" in (await (await desk.browser(minh)).get(f"/desk/tickets/{number}")).text
    printed = await (await desk.browser(minh)).get(f"/desk/tickets/{number}/print?notes=true")
    assert printed.status_code == 200
    assert "canarianswer" not in printed.text


async def test_agents_find_a_ticket_by_what_stands_beside_it_and_nobody_else_does(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    target = await ask(lan, "Another matter")
    minhs, lans = await desk.browser(minh), await desk.browser(lan)
    await desk.undo_seconds(10)
    taken = await asked(desk, minh, number, about="Taken", body="Canaritaken.")
    await minhs.post(f"/desk/tickets/{number}/sides/{taken.id}/undo")
    await desk.undo_seconds(0)
    side = await asked(desk, minh, number)
    await answers(desk, side, "Nó nằm ở kho Canariđà.")

    async def found(word: str) -> list[bool]:
        """Where a word is found, among both tickets."""
        listed = await minhs.get(f"/desk/queues/all?q={word}")
        return [f"/desk/tickets/{one}" in listed.text for one in (number, target)]

    assert [await found(word) for word in ("canarida", "giaonhanh", "canaritaken")] == [
        [True, False],
        [True, False],
        [False, False],
    ]
    assert (await lans.get("/api/v1/tickets?q=canarida")).json()["items"] == []
    assert [row["number"] for row in (await minhs.get("/api/v1/tickets?q=canarida")).json()["items"]] == [number]
    await merging.merge(minh, target, [number])
    assert (await found("canarida"))[1]
    await merging.unmerge(minh, number)
    assert await found("canarida") == [True, False]
    await run_sql("DELETE FROM ticket_words")
    await finding.keep_all()
    assert await found("canarida") == [True, False]
    await binning.put(minh, number)
    await binning.empty(await desk.admin())
    assert await found("canarida") == [False, False]


async def test_a_long_conversation_is_shown_from_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "PAGE", 3)
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, body="Line 0.")
    for one in range(1, 8):
        await side_actions.write(minh, side.id, said(f"Line {one}."))
    browser, at = await desk.browser(minh), f"/desk/tickets/{number}/sides/{side.id}"

    def lines(page: httpx.Response) -> list[int]:
        return [one for one in range(8) if f"Line {one}." in page.text]

    page = await browser.get(f"/desk/tickets/{number}")
    assert (lines(page), "8 messages" in words(page), "3 earlier messages" in words(page)) == (
        [3, 4, 5, 6, 7],
        True,
        True,
    )
    page = await browser.get(at)
    assert (lines(page), "5 earlier messages" in words(page)) == ([5, 6, 7], True)
    older = re.search(rf'href="({at}\?before=\d+)"', page.text)
    page = await browser.get(older[1] if older else "")
    assert (lines(page), "The newest messages" in words(page)) == ([2, 3, 4], True)
    assert lines(await browser.get(f"{at}?before=1")) == []
    assert len((await browser.get(f"/api/v1/sides/{side.id}")).json()["messages"]) == 8


async def test_a_side_conversation_is_printed_only_where_it_is_asked_for(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    await answers(desk, side, "canarianswer")
    browser = await desk.browser(minh)
    for query, is_there in (("", False), ("?notes=true", False), ("?sides=true", True)):
        assert ("canarianswer" in (await browser.get(f"/desk/tickets/{number}/print{query}")).text) is is_there


async def test_a_question_can_be_taken_back_for_as_long_as_an_answer(desk: Desk) -> None:
    await desk.undo_seconds(10)
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, cc="boss@giaonhanh.example")
    assert await sent(side) == []
    browser = await desk.browser(minh)
    page = await browser.post(f"/desk/tickets/{number}/sides/{side.id}/undo")
    assert 'name="to" value="Giao Nhanh &lt;dieuphoi@giaonhanh.example&gt;, boss@giaonhanh.example"' in page.text
    side = await asked(desk, minh, number)
    desk.clock.go(seconds=11)
    await desk.work()
    assert len(await sent((await sides.of_ticket(SYSTEM, number))[0])) == 1


async def test_an_answer_by_the_id_of_our_letter_alone_comes_back(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    (ours,) = await sent(side)

    await answers(desk, side, to=US, in_reply_to=str(ours["Message-ID"]))

    assert [one.direction for one in (await sides.one(SYSTEM, side.id)).messages] == ["out", "in"]


async def test_a_third_party_reaches_no_ticket_by_its_number(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)

    await answers(desk, side, to=US, subject=f"Re: #{number} Where is my parcel")
    forged = back_to(side).replace(f"+s{side.id}.", f"+s{side.id + 1}.").replace(f"+s{side.id}.", "+t1.")
    await answers(desk, side, to=forged, message_id="<2@gn>")
    as_ticket = back_to(side).replace(f"+s{side.id}.", f"+t{number}.")
    await answers(desk, side, to=as_ticket, message_id="<3@gn>")

    assert len(await queries.messages(SYSTEM, number)) == 1
    assert len((await sides.one(SYSTEM, side.id)).messages) == 1


async def test_a_customer_cannot_write_into_a_side_conversation_nor_the_carrier_into_the_ticket(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)

    await arrive(
        desk, letter("Still waiting.", to=answers_to(number), message_id="<9@khach>"), to=(answers_to(number),)
    )

    assert len((await sides.one(SYSTEM, side.id)).messages) == 1
    assert [one.fresh for one in await queries.messages(SYSTEM, number)][-1] == "Still waiting."


async def test_the_ticket_waits_for_the_third_party_and_goes_on_when_it_answers(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, hold="true")
    assert (await queries.ticket_facts(SYSTEM, number)).status == "hold"

    absence = {"Auto_Submitted": "auto-replied", "message_id": "<away@gn>"}
    await answers(desk, side, "I am away.", **absence)
    assert (await queries.ticket_facts(SYSTEM, number)).status == "hold"
    await answers(desk, side)
    assert (await queries.ticket_facts(SYSTEM, number)).status == "open"


async def test_a_ticket_that_shall_not_wake_stays_on_hold(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, hold="true", wakes="")
    await answers(desk, side)
    assert (await queries.ticket_facts(SYSTEM, number)).status == "hold"


async def test_those_who_look_after_the_ticket_hear_of_the_answer_and_answer_it_by_mail(desk: Desk) -> None:
    minh, _, number = await company(desk)
    hoa = await desk.agent("Hoa", (await all_departments())[0].id)
    await following.follow(hoa, number)
    side = await asked(desk, minh, number)

    await answers(desk, side)

    rows = await Outbound.select(Outbound.recipients, Outbound.content).where(Outbound.key.like("side:%:%"))
    assert sorted(row["recipients"] for row in rows) == ['["hoa@lua.example"]', '["minh@lua.example"]']
    news = message_from_bytes(
        next(row["content"] for row in rows if "minh" in row["recipients"]), policy=policy.default
    )
    assert str(news["Reply-To"]) == back_to(side, minh.id)
    own = letter("Thank you.", sender="Minh <minh@lua.example>", to=str(news["Reply-To"]), message_id="<m@x>")

    await arrive(desk, own, to=(str(news["Reply-To"]),))

    assert [one.direction for one in (await sides.one(SYSTEM, side.id)).messages] == ["out", "in", "out"]
    assert "Thank you." in body_of((await sent(await sides.one(SYSTEM, side.id)))[-1])
    assert len(await queries.messages(SYSTEM, number)) == 1


async def test_an_agents_mark_in_other_hands_sends_nothing(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)

    await answers(desk, side, "canariforged", to=back_to(side, minh.id))

    assert len((await sides.one(SYSTEM, side.id)).messages) == 1
    said_since = (await queries.messages(SYSTEM, number))[1:]
    assert ["canariforged" in one.fresh for one in said_since] == [True, False]
    assert {one.kind for one in said_since} == {"note"}


async def test_a_bounce_lands_on_its_message(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, hold="true")
    (ours,) = await sent(side)
    about = Outbound.about == sides.ABOUT.format(side.messages[0].id)
    await Outbound.update({Outbound.state: "sent"}).where(about)  # no server is set: it would be kept

    returned = report(str(ours["Message-ID"]).strip("<>"), recipient="dieuphoi@giaonhanh.example")
    await arrive(desk, returned, sender="<>")

    after = await sides.one(SYSTEM, side.id)
    assert after.messages[0].letter is not None
    assert after.messages[0].letter.state == "bounced"
    assert after.is_unreached
    assert len(after.messages) == 1
    assert len(await queries.messages(SYSTEM, number)) == 1
    assert (await queries.ticket_facts(SYSTEM, number)).status == "open"


async def test_a_conversation_is_closed_and_an_answer_opens_it(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    browser = await desk.browser(minh)

    await browser.post(f"/desk/tickets/{number}/sides/{side.id}/close")
    closed = (await sides.one(SYSTEM, side.id)).closed_at
    await answers(desk, side)

    assert closed is not None
    assert (await sides.one(SYSTEM, side.id)).closed_at is None
    await browser.post(f"/desk/tickets/{number}/sides/{side.id}/close")
    page = await browser.text(f"/desk/tickets/{number}")
    for line in ("Minh asked a third party", "A third party answered", "Minh closed a side conversation"):
        assert line in page


async def test_agents_elsewhere_and_those_who_only_look_start_none(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    huy = await desk.agent("Huy", await desk.department("Billing", "Kế toán", "billing@lua.example"))
    browser = await desk.browser(huy)

    form = {"to": CARRIER, "about": "x", "body": "y"}
    assert (await browser.post(f"/desk/tickets/{number}/sides/new", data=form)).status_code == 404
    assert (await browser.get(f"/desk/tickets/{number}/sides/{side.id}")).status_code == 404
    assert (await browser.post(f"/desk/tickets/{number}/sides/{side.id}/close")).status_code == 404


async def test_it_goes_with_its_ticket_into_another_one_and_back(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    target = await ask(lan)
    side = await asked(desk, minh, number)

    await merging.merge(minh, target, [number])
    await answers(desk, side)
    beside = await sides.of_ticket(minh, target)
    page = await (await desk.browser(minh)).get(f"/desk/tickets/{target}")
    await merging.unmerge(minh, number)

    assert [(one.id, len(one.messages)) for one in beside] == [(side.id, 2)]
    assert "It arrives tomorrow." in page.text
    assert await sides.of_ticket(minh, target) == []
    assert len(await sides.of_ticket(minh, number)) == 1


async def test_a_split_leaves_it_where_it_is(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    later = await actions.reply(lan, number, said("And another thing entirely."))
    side = await asked(desk, minh, number)

    part = await linking.split(minh, later)

    assert [one.id for one in await sides.of_ticket(minh, number)] == [side.id]
    assert await sides.of_ticket(minh, part) == []


async def test_it_is_destroyed_with_its_ticket(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    await binning.put(minh, number)
    assert await binning.empty(await desk.admin()) == 1

    row = await answers(desk, side)

    assert await Inbound.exists().where(Inbound.id == row["id"])
    assert not await sides.beside(number)


async def test_a_program_asks_reads_and_closes(desk: Desk) -> None:
    minh, _, number = await company(desk)
    browser = await desk.browser(minh)

    begun = await browser.post(
        f"/api/v1/tickets/{number}/sides", json={"to": CARRIER, "subject": "Parcel", "body": "Where is it?"}
    )
    side = begun.json()
    await browser.post(f"/api/v1/sides/{side['id']}/messages", json={"body": "Please."})
    closed = await browser.patch(f"/api/v1/sides/{side['id']}", json={"status": "closed"})
    listed = await browser.get(f"/api/v1/tickets/{number}/sides")
    bad = await browser.post(f"/api/v1/tickets/{number}/sides", json={"to": US, "subject": "Parcel", "body": "Hm?"})

    assert begun.status_code == 201
    assert [one["fresh"] for one in closed.json()["messages"]] == ["Where is it?", "Please."]
    assert [one["status"] for one in listed.json()["items"]] == ["closed"]
    assert bad.status_code == 422


async def test_letters_of_a_conversation_hold_together(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    await answers(desk, side)
    form = {"body": "Thanks, we wait."}
    await (await desk.browser(minh)).post(f"/desk/tickets/{number}/sides/{side.id}/messages", data=form)
    await desk.work()

    first, second = await sent(await sides.one(SYSTEM, side.id))
    assert str(second["Subject"]) == "Re: A late parcel"
    assert str(second["In-Reply-To"]) == "<1@gn>"
    assert str(first["Message-ID"]) in str(second["References"])


async def test_the_customer_is_no_third_party(desk: Desk) -> None:
    minh, _, number = await company(desk)
    browser = await desk.browser(minh)

    for field in ("to", "cc"):
        form = {"to": CARRIER, "about": "canariabout", "body": "Who is this?", field: "Lan <LAN@khach.example>"}
        answer = await browser.post(f"/desk/tickets/{number}/sides/new", data=form)
        assert answer.status_code == 422
        assert "LAN@khach.example is the customer&#39;s own address." in answer.text

    assert await sides.of_ticket(SYSTEM, number) == []


async def test_an_answer_lets_the_ticket_be_looked_at(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    before = (await queries.ticket_facts(SYSTEM, number)).updated_at
    desk.clock.go(minutes=5)
    await answers(desk, side)
    assert (await queries.ticket_facts(SYSTEM, number)).updated_at > before


async def test_addresses_are_read_however_they_are_typed(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(
        desk, minh, number, cc=' ; "Kho" <kho@giaonhanh.example>\n,  <b@giaonhanh.example> ,a@gn.example'
    )
    assert [(one.name, one.email) for one in side.cc] == [
        ("Kho", "kho@giaonhanh.example"),
        ("", "b@giaonhanh.example"),
        ("", "a@gn.example"),
    ]
