"""Who hears what: customers at once and once, programs never, teams in time (cases A… of autoresponse_rules.jsonl)."""

import re
from typing import Any

import pytest
from msgspec import structs

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.config import secret_key
from helpdesk.events.record import record
from helpdesk.files import store
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.reading.letter import Address, Letter
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound, OutboundRecipient
from helpdesk.mail.thread import claimed_ticket
from helpdesk.mailroom import enclosing, notify, wording
from helpdesk.people.events import AgentInvited, PasswordResetAsked, SignInAsked, SignUpAsked
from helpdesk.people.tables import Person
from helpdesk.tickets import actions, queries
from helpdesk.tickets.events import DeadlineNear, TicketOpened
from helpdesk.tickets.said import File, Mailbox, typed
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mail_flow.test_compose import outgoing
from tests.mailroom import US, answers_to, arrive


async def letters(*, staff: bool = False) -> list[Letter]:
    """What was sent to customers, or to the staff, oldest first."""
    rows = await Outbound.select(Outbound.content, Outbound.recipients).order_by(Outbound.id)
    return [parse(row["content"]) for row in rows if ("@lua.example" in row["recipients"]) == staff]


async def _forget_letters() -> None:
    await OutboundRecipient.delete(force=True)
    await Outbound.delete(force=True)


async def asked(desk: Desk, lan: Actor, **more: Any) -> int:
    """Lan's ticket by the web."""
    department = more.pop("department", None) or await desk.department()
    number = await actions.open(
        lan, typed("Máy in không chạy.", channel="web"), subject="Máy in hỏng", department=int(department), **more
    )
    await desk.work()
    return number


async def test_a_letter_is_acknowledged_with_number_promise_and_private_link(desk: Desk) -> None:
    await desk.department()
    await arrive(desk, letter())

    (ack,) = await letters()
    number = (await Ticket.select(Ticket.id))[0]["id"]
    assert ack.to == (Address("Lan", "lan@khach.example"),)
    assert ack.subject == f"[#{(await Ticket.select(Ticket.id))[0]['id']}] Chúng tôi đã nhận được yêu cầu của bạn"
    assert ack.sender == Address("Chăm sóc khách hàng · Help desk", US)
    assert f"#{number}" in ack.text
    assert "Máy in" not in ack.subject + ack.text + ack.html, "it repeats nothing of what was written"
    assert "Lan" not in ack.text + ack.html
    assert "chậm nhất 15:24 hôm nay" in ack.text, "four office hours after 10:24, with an hour and a half of lunch"
    assert ack.in_reply_to == ("1@khach.example",)
    assert ack.header("auto-submitted") == "auto-replied"
    link = re.search(r"http://\S+", ack.text)
    assert link is not None
    address = link[0].rstrip(">")
    assert address in ack.html.replace("&amp;", "&")
    page = await (await desk.browser()).text(address.replace("http://127.0.0.1:8000", ""))
    assert "Máy in không chạy." in page


async def test_nothing_is_acknowledged_that_is_answered_already(desk: Desk) -> None:
    department = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", department)
    number = await actions.open(lan, typed("Máy in hỏng.", channel="web"), subject="Máy in", department=department)

    await actions.reply(minh, number, typed("Bạn tắt máy nhé.", channel="web"))
    await desk.work()

    (answer,) = await letters()
    assert "Bạn tắt máy nhé." in answer.text


async def test_an_answer_while_the_acknowledgement_is_written_is_enough(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    department = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", department)
    write = wording.write

    async def write_slowly(kind: str, *more: Any, **values: Any) -> Any:
        if kind == "acknowledge":
            await actions.reply(minh, int(more[2]["ticket.number"]), typed("Bạn tắt máy nhé.", channel="web"))
        return await write(kind, *more, **values)

    monkeypatch.setattr(wording, "write", write_slowly)
    await asked(desk, lan, department=department)

    (answer,) = await letters()
    assert "Bạn tắt máy nhé." in answer.text


async def test_the_answer_to_the_acknowledgement_continues_the_ticket(desk: Desk) -> None:
    await desk.department()
    first = await arrive(desk, letter())
    (ack,) = await letters()

    reply_to = await arrive(desk, letter("Thêm.", to=ack.reply_to[0].email, message_id="<2@x>"), to=())
    by_id = await arrive(desk, letter("Nữa.", message_id="<3@x>", In_Reply_To=f"<{ack.message_id}>"))

    assert reply_to["about"] == by_id["about"] == first["about"]
    assert len(await letters()) == 1, "one acknowledgement for a ticket"


async def test_a_request_on_the_web_is_acknowledged_in_its_own_language(desk: Desk) -> None:
    department = await desk.department()
    lan = await desk.customer("Lan")
    await actions.open(
        lan, typed("The printer does not work.", channel="web"), subject="Printer is broken", department=department
    )
    await desk.work()

    (ack,) = await letters()
    assert ack.subject.endswith("We have your request")
    assert "You will hear from us by 15:24 today" in ack.text
    assert ack.in_reply_to == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List_Id": "<l.example>"},
        {"X_Loop": US},
        {"X_Auto_Response_Suppress": "All"},
        {"Return_Path": "<>"},
        {"sender": "Robot <no-reply@shop.example>"},
        {"sender": "Không rõ"},
        {"to": "someone-else@khach.example"},
    ],
    ids=str,
)
async def test_programs_and_those_who_did_not_write_to_us_are_never_answered(
    desk: Desk, headers: dict[str, str]
) -> None:
    await desk.department()

    row = await arrive(desk, letter(**headers), sender="", to=())

    assert (row["state"], row["may_answer"]) == ("sorted", False)
    assert await Ticket.count() == 1
    assert await letters() == []


async def test_the_sixth_letter_within_an_hour_is_taken_in_silence(desk: Desk) -> None:
    await desk.department()
    for number in range(7):
        await arrive(desk, letter(message_id=f"<{number}@x>"))
        desk.clock.go(minutes=1)

    assert (await Ticket.count(), len(await letters())) == (7, 5)

    desk.clock.go(hours=1)
    await arrive(desk, letter(message_id="<8@x>"))
    assert len(await letters()) == 6


async def test_an_acknowledgement_carries_nobodys_links_to_others(desk: Desk) -> None:
    await desk.department()
    await arrive(desk, letter(subject="Win at https://evil.example/x?y=1 now evil.example/z"))

    (ack,) = await letters()
    assert "evil" not in ack.subject + ack.text + ack.html


async def test_a_ticket_opened_by_an_agent_for_somebody_is_not_acknowledged(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    lan = await desk.customer("Lan")

    await actions.open(
        minh, typed("Gọi điện.", channel="phone"), subject="Máy in", department=department, requester=lan.id
    )
    await desk.work()

    assert await letters() == []


async def test_an_answer_reaches_the_customer_and_those_in_copy(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    row = await arrive(desk, letter(Cc="Huy <huy@khach.example>"))
    number = int(str(row["about"])[7:])
    stored = await store.put(b"%PDF")
    files = (File(stored.sha256, "hướng dẫn.pdf", "application/pdf", stored.size),)

    message = await actions.reply(minh, number, typed("Bạn **tắt** máy nhé.", channel="web", files=files))
    await desk.work()

    ack, sent = await letters()
    assert sent.sender == Address("Minh · Help desk", US)
    assert sent.to == (Address("Lan", "lan@khach.example"),)
    assert sent.cc == (Address("Huy", "huy@khach.example"),)
    assert "?key=" not in sent.text  # whoever has the key speaks as the requester
    assert sent.subject == f"Re: [#{number}] Máy in hỏng"
    assert "Bạn tắt máy nhé." in sent.text
    assert "<strong>tắt</strong>" in sent.html
    assert sent.header("auto-submitted") == ""
    assert [(one.filename, one.content) for one in sent.attachments] == [("hướng dẫn.pdf", b"%PDF")]
    assert sent.references == ("1@khach.example", ack.message_id)
    kept = await queries.message(SYSTEM, message)
    assert (kept.message_id, kept.delivery) == (sent.message_id, "kept")
    assert sent.reply_to == (Address("", answers_to(number)),)
    outbound = (await Outbound.select().order_by(Outbound.id))[-1]
    assert outbound["envelope_from"] == answers_to(number), "so that a bounce finds the ticket"


async def test_notes_and_the_customers_own_words_are_sent_to_nobody(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    number = await asked(desk, lan)
    department = (await Ticket.select(Ticket.department))[0]["department"]
    minh = await desk.agent("Minh", department)
    sent = len(await letters())

    await actions.note(minh, number, typed("Nội bộ.", channel="web"))
    await actions.reply(lan, number, typed("Thêm.", channel="web"))
    await desk.work()

    assert len(await letters()) == sent


async def test_reacting_twice_writes_once(desk: Desk) -> None:
    number = await asked(desk, await desk.customer("Lan"))
    event = TicketOpened(actor=(await Person.select(Person.id))[0]["id"], ticket=number, message=0)
    messages = await queries.messages(SYSTEM, number)

    await notify.acknowledge(TicketOpened(actor=event.actor, ticket=number, message=messages[0].id))

    assert len(await letters()) == 1


async def test_files_too_large_for_a_letter_stay_on_the_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosing, "MOST_ENCLOSED", 10)
    lan = await desk.customer("Lan")
    number = await asked(desk, lan)
    small, large = await store.put(b"small"), await store.put(b"far too large")
    files = tuple(File(one.sha256, name, "text/plain", one.size) for one, name in ((large, "a"), (small, "b")))

    await actions.reply(SYSTEM, number, typed("Đây.", channel="web", files=files))
    await desk.work()

    sent = (await letters())[-1]
    assert [one.filename for one in sent.attachments] == ["b"]
    assert "1 tệp" in sent.text


async def test_a_promise_at_risk_is_told_to_the_team_and_later_to_whom_it_belongs(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department, lang="en")
    await desk.agent("Hoa", department)
    await desk.agent("Huy")
    number = await asked(desk, await desk.customer("Lan"), department=str(department))
    (first, *_) = await queries.deadlines(number)
    await _forget_letters()

    await record(DeadlineNear(actor=None, ticket=number, deadline=first.id))
    await desk.work()

    told = {one.to[0].email: one for one in await letters(staff=True)}
    assert set(told) == {"minh@lua.example", "hoa@lua.example"}
    assert told["minh@lua.example"].subject == f"Due soon: #{number} Máy in hỏng"
    assert "First reply is due at 20 Nov 2026, 15:24." in told["minh@lua.example"].text
    assert told["hoa@lua.example"].subject.startswith("Sắp đến hạn")
    back = told["minh@lua.example"].reply_to[0].email
    claim = claimed_ticket(parse(letter(to=back)), [], secret_key())
    assert claim is not None
    assert (claim.ticket, claim.agent) == (number, minh.id)

    await actions.assign(minh, number, minh.id)
    await _forget_letters()
    desk.clock.go(days=1)
    await desk.work()
    assert {one.to[0].email for one in await letters(staff=True)} == {"minh@lua.example"}
    assert all(one.subject.startswith(("Overdue", "Due soon")) for one in await letters(staff=True))


async def test_links_that_let_somebody_in_go_to_their_address(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan", lang="en")
    assert lan.id is not None

    await record(SignInAsked(actor=None, person=lan.id, next="/help/requests"))
    await record(SignUpAsked(actor=None, person=lan.id, sign_up=1))
    await record(PasswordResetAsked(actor=None, person=lan.id))
    await record(AgentInvited(actor=None, person=lan.id))
    await desk.work()

    sign_in, sign_up, password, invitation = await letters()
    assert {one.to for one in await letters()} == {(Address("Lan", "lan@khach.example"),)}
    assert "/en/signin/link/" in sign_in.text
    assert "/en/signin/confirm/" in sign_up.text
    assert "/en/signin/choose/" in password.text
    assert "/en/signin/choose/" in invitation.text
    assert {one.header("auto-submitted") for one in await letters()} == {"auto-generated"}


async def test_somebody_who_may_not_come_in_gets_no_link(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan", is_active=False)
    person = (await Person.select(Person.id))[0]["id"]
    assert lan.id is None

    await record(SignInAsked(actor=None, person=person, next=""))
    await desk.work()

    assert await letters() == []


async def test_a_letter_that_cannot_arrive_is_told_on_its_ticket(desk: Desk) -> None:
    number = await asked(desk, await desk.customer("Lan"))

    await outbox.owe(outgoing(to=(Address("", "không"),), sent_at=desk.clock.moment), about=f"ticket:{number}")
    await desk.work()

    last = (await queries.messages(SYSTEM, number))[-1]
    assert last.kind == "note"
    assert "không" in last.fresh


async def test_two_desks_do_not_talk_to_each_other_for_ever(desk: Desk) -> None:
    await desk.department()
    await arrive(desk, letter(sender="Other desk <help@other.example>"))

    for number in range(3):
        ack = (await letters())[-1]
        answer = letter(
            "Thank you for writing. Your request is #9.",
            sender="Other desk <help@other.example>",
            to=ack.reply_to[0].email,
            message_id=f"<{number}@other.example>",
            In_Reply_To=f"<{ack.message_id}>",
        )
        await arrive(desk, answer)

    assert len(await letters()) == 1


async def test_a_picture_in_an_answer_comes_along_within_it(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    number = await asked(desk, await desk.customer("Lan"), department=str(department))
    picture, other = await store.put(b"\x89PNG picture"), await store.put(b"\x89PNG other")
    files = (File(picture.sha256, "màn hình.png", "image/png", picture.size),)
    words = f"Xem:\n\n![ảnh](/pictures/{picture.sha256})\n\n![gone](/pictures/{other.sha256})\n\n[trang](/vi/help)"

    await actions.reply(minh, number, typed(words, channel="web", files=files))
    await desk.work()

    sent = (await letters())[-1]
    (along,) = sent.attachments
    assert f'src="cid:{along.content_id}"' in sent.html
    assert (along.filename, along.content) == ("màn hình.png", b"\x89PNG picture")
    assert "/pictures/" not in sent.html
    assert 'href="http://127.0.0.1:8000/vi/help"' in sent.html


async def test_a_letter_to_somebody_else_than_the_requester_has_no_key(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    number = await asked(desk, await desk.customer("Lan"), department=str(department))
    said = structs.replace(typed("Chào.", channel="web"), to=(Mailbox("Huy", "huy@else.example"),))

    await actions.reply(minh, number, said, then="solved")
    await desk.work()

    sent = (await letters())[-1]
    assert [one.email for one in sent.to] == ["huy@else.example"]
    assert "key=" not in sent.text + sent.html
