"""Letters find their place: a new ticket, the one they continue, or the administrator's list."""

from email.message import EmailMessage
from typing import Any

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.config import secret_key
from helpdesk.core.markup import to_text
from helpdesk.files import store
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.mail.thread import new_message_id
from helpdesk.mailroom.sort import sort_letter
from helpdesk.people.tables import Person
from helpdesk.settings import store as settings
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import actions, linking, queries
from helpdesk.tickets.queries import Thread
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import US, agents_answer_to, answers_to, arrive


async def thread(number: int) -> Thread:
    return await queries.thread(SYSTEM, number)


async def opened(desk: Desk, **more: str) -> int:
    """Lan's ticket by letter."""
    row = await arrive(desk, letter(**more))
    assert row["state"] == "sorted", row["reason"]
    return int(str(row["about"]).removeprefix("ticket:"))


async def test_a_letter_opens_a_ticket_for_its_sender(desk: Desk) -> None:
    await desk.department()

    seen = await thread(await opened(desk))

    assert (seen.ticket.subject, seen.ticket.status, seen.ticket.channel) == ("Máy in hỏng", "new", "email")
    assert (seen.ticket.requester_name, seen.ticket.requester_email) == ("Lan", "lan@khach.example")
    assert (seen.ticket.lang, seen.ticket.mailbox) == ("vi", US)
    (message,) = seen.messages
    assert (message.fresh, message.html) == ("Máy in không chạy.", "<p>Máy in không chạy.</p>")
    assert (message.direction, message.message_id) == ("in", "1@khach.example")
    assert (message.from_email, [one.email for one in message.to]) == ("lan@khach.example", [US])
    assert message.sent_at == desk.clock.moment


async def test_it_goes_to_the_department_it_was_sent_to(desk: Desk) -> None:
    care = await desk.department()
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)

    by_envelope = await arrive(desk, letter(message_id="<1@x>"), to=("sales@lua.example",))
    by_header = await arrive(desk, letter(to="Sales+web@Lua.example", message_id="<2@x>"), to=())
    by_trace = await arrive(
        desk, letter(to="undisclosed@x.example", message_id="<3@x>", Delivered_To="sales@lua.example"), to=()
    )
    to_nobody = await arrive(desk, letter(to="undisclosed@x.example", message_id="<4@x>"), to=())

    went = [(await thread(int(str(row["about"])[7:]))).ticket.department for row in (by_envelope, by_header, by_trace)]
    assert went == [sales] * 3
    assert (await thread(int(str(to_nobody["about"])[7:]))).ticket.department == care


async def test_without_a_department_it_waits_for_one(desk: Desk) -> None:
    row = await arrive(desk, letter())
    assert (row["state"], row["about"]) == ("held", "")
    assert row["reason"]


async def test_the_answer_to_our_letter_continues_the_ticket(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)

    row = await arrive(desk, letter("Vẫn hỏng.", to=answers_to(number), message_id="<2@x>", subject="Re: gì đó"))

    assert row["about"] == f"ticket:{number}"
    assert [message.fresh for message in (await thread(number)).messages] == ["Máy in không chạy.", "Vẫn hỏng."]


async def test_a_reference_to_our_letter_continues_it_too(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)
    ours = new_message_id(number, 1, secret_key(), "lua.example")

    row = await arrive(desk, letter("Vẫn hỏng.", message_id="<2@x>", In_Reply_To=f"<{ours}> (thư trước)"))

    assert row["about"] == f"ticket:{number}"


async def test_an_answer_opens_a_closed_ticket_again(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)
    await actions.set_status(SYSTEM, number, "closed")

    await arrive(desk, letter("Lại hỏng.", to=answers_to(number), message_id="<2@x>"))

    assert (await thread(number)).ticket.status == "open"


async def test_a_number_in_the_subject_says_nothing_about_strangers_and_agents(desk: Desk) -> None:
    department = await desk.department()
    await desk.agent("Minh", department)
    number = await opened(desk)

    for count, sender in enumerate(("huy@khach.example", "minh@lua.example")):
        subject = f"Re: [#{number}] Máy in hỏng"
        row = await arrive(desk, letter("Tôi nữa.", subject=subject, sender=sender, message_id=f"<s{count}@x>"))
        assert row["about"] not in {"", f"ticket:{number}"}
    assert len((await thread(number)).messages) == 1


async def test_a_stranger_with_a_letter_of_ours_gets_a_ticket_of_their_own(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)

    row = await arrive(
        desk, letter("Chuyện của tôi.", sender="Huy <huy@khach.example>", to=answers_to(number), message_id="<2@x>")
    )

    other = (await thread(int(str(row["about"])[7:]))).ticket
    assert (other.id != number, other.requester_email) == (True, "huy@khach.example")
    (link,) = await linking.links(SYSTEM, other.id)
    assert (link.number, link.kind, link.is_earlier) == (number, "mention", True)
    assert len((await thread(number)).messages) == 1


async def test_whoever_is_in_copy_may_answer(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk, Cc="Huy <huy@khach.example>, sales@lua.example")
    assert [one.email for one in (await thread(number)).participants if one.email != "sales@lua.example"] == [
        "huy@khach.example"
    ]

    await arrive(desk, letter("Tôi đồng ý.", sender="huy@khach.example", to=answers_to(number), message_id="<2@x>"))

    last = (await thread(number)).messages[-1]
    assert (last.fresh, last.who, last.direction) == ("Tôi đồng ý.", "Huy", "in")


async def test_an_agent_answers_by_letter_only_with_the_proof_that_agents_have(desk: Desk) -> None:
    agent = await desk.agent("Minh", await desk.department())
    number = await opened(desk)
    minh = "Minh <minh@lua.example>"

    await arrive(desk, letter("Giả danh.", sender=minh, to=answers_to(number), message_id="<2@x>"))
    await arrive(desk, letter("Chào bạn.", sender=minh, to=agents_answer_to(number, agent), message_id="<3@x>"))

    _, forged, warning, real = (await thread(number)).messages
    assert (forged.kind, forged.fresh, forged.author, forged.who) == ("note", "Giả danh.", None, "minh@lua.example")
    assert warning.kind == "note"
    assert "minh@lua.example" in warning.fresh
    assert (real.kind, real.direction, real.who) == ("reply", "out", "Minh")
    assert (await thread(number)).ticket.status == "pending"


async def test_an_agents_letter_reaches_the_customer_without_what_it_quotes(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    number = await opened(desk)
    text = "Chào bạn.\n\nVào 20 thg 11, 2026 lúc 10:24 Lúa <support@lua.example> đã viết:\n> Sắp đến hạn, nội bộ."

    by = "Minh <minh@lua.example>"
    await arrive(desk, letter(text, sender=by, to=agents_answer_to(number, minh), message_id="<2@x>"))

    letters = [parse(row["content"]) for row in await Outbound.select(Outbound.content).order_by(Outbound.id)]
    sent = [one for one in letters if one.to[0].email == "lan@khach.example"][-1]
    assert "Chào bạn." in sent.text
    assert "nội bộ" not in sent.text + sent.html


async def test_agents_are_told_what_is_odd_about_a_letter(desk: Desk) -> None:
    await desk.department()

    number = await opened(desk, Reply_To="Kẻ khác <other@evil.example>")

    first, note = (await thread(number)).messages
    assert (first.from_email, note.kind) == ("lan@khach.example", "note")
    assert "other@evil.example" in note.fresh
    (ack,) = await Outbound.select(Outbound.recipients)
    assert ack["recipients"] == '["lan@khach.example"]'


async def test_an_absence_note_is_added_and_moves_nothing(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)
    await actions.set_status(SYSTEM, number, "closed")

    row = await arrive(
        desk,
        letter("Tôi đi vắng.", to=answers_to(number), message_id="<2@x>", Auto_Submitted="auto-replied"),
    )

    assert (row["verdict"], row["may_answer"]) == ("auto_reply", False)
    seen = await thread(number)
    assert (seen.ticket.status, seen.messages[-1].is_automatic) == ("closed", True)


def bounce(ticket: int, recipient: str = "lan@khach.example") -> bytes:
    """What a mail server writes when it could not deliver our letter about a ticket (RFC 3464)."""
    report = (
        f"Reporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; {recipient}\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n"
    )
    returned = f"Message-ID: <{new_message_id(ticket, 1, secret_key(), 'lua.example')}>\nSubject: Re: x\n"
    return (
        f"From: Mail Delivery System <mailer-daemon@relay.example>\nTo: {US}\nSubject: Undelivered Mail\n"
        'Message-ID: <b1@relay.example>\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nYour letter could not be delivered.\n--b\n"
        f"Content-Type: message/delivery-status\n\n{report}--b\nContent-Type: text/rfc822-headers\n\n{returned}--b--\n"
    ).encode()


async def test_a_bounce_is_shown_on_its_ticket_and_answered_by_nobody(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)
    await actions.set_status(SYSTEM, number, "solved")

    row = await arrive(desk, bounce(number), sender="<>")

    assert (row["about"], row["verdict"], row["may_answer"]) == (f"ticket:{number}", "bounce", False)
    seen = await thread(number)
    note = seen.messages[-1]
    assert (note.kind, seen.ticket.status) == ("note", "solved")
    assert note.fresh == "Thư không đến được lan@khach.example: Không có địa chỉ này."
    assert not await Person.exists().where(Person.email == "mailer-daemon@relay.example")


async def test_a_report_about_nothing_of_ours_is_set_aside_with_the_reason(desk: Desk) -> None:
    await desk.department()

    row = await arrive(desk, bounce(7).replace(b"t7.m1.", b"t8.m1."), sender="<>")

    assert (row["state"], row["about"]) == ("set_aside", "")
    assert row["reason"]
    assert not await Ticket.count()


async def test_spam_waits_for_somebody_to_look_and_can_be_taken_as_a_ticket(desk: Desk) -> None:
    await desk.department()
    row = await arrive(desk, letter(X_Spam_Flag="YES"))
    assert row["state"] == "held"
    assert not await Ticket.count()
    assert not await Person.count()

    await Inbound.update({Inbound.state: "owed"}).where(Inbound.id == row["id"])
    await sort_letter(int(str(row["id"])), as_ticket=True)

    assert await Ticket.count() == 1


async def test_our_own_address_as_sender_is_looked_at_first(desk: Desk) -> None:
    await desk.department()

    row = await arrive(desk, letter(sender=US))

    assert row["state"] == "held"


async def test_a_letter_without_a_sender_is_a_ticket_nobody_can_answer(desk: Desk) -> None:
    await desk.department()

    for number in (1, 2):
        await arrive(desk, letter(sender="Không rõ", message_id=f"<{number}@x>"))

    seen = [await thread(row["id"]) for row in await Ticket.select(Ticket.id)]
    assert [one.ticket.requester_name for one in seen] == ["Không rõ"] * 2
    assert seen[0].ticket.requester == seen[1].ticket.requester
    assert seen[0].ticket.requester_email is None


async def test_running_again_does_nothing_twice(desk: Desk) -> None:
    await desk.department()
    row = await arrive(desk, letter())

    await sort_letter(int(str(row["id"])))
    await desk.work()

    assert (await Ticket.count(), await Message.count()) == (1, 1)


async def test_a_letter_an_agent_forwards_is_the_customers(desk: Desk) -> None:
    department = await desk.department()
    await desk.agent("Minh", department)
    text = (
        "Nhờ các bạn xem giúp.\n\n---------- Forwarded message ---------\n"
        "From: Lan Trần <lan@khach.example>\nDate: Fri, 20 Nov 2026\nSubject: Máy in\nTo: <minh@lua.example>\n\n"
        "Máy in không chạy."
    )

    number = await opened(desk, text=text, sender="Minh <minh@lua.example>", subject="Fwd: Máy in")

    seen = await thread(number)
    assert (seen.ticket.requester_email, seen.ticket.subject) == ("lan@khach.example", "Máy in")
    assert seen.messages[0].from_email == "minh@lua.example"


async def test_a_forward_by_anybody_else_is_their_own(desk: Desk) -> None:
    await desk.department()
    text = "---------- Forwarded message ---------\nFrom: Huy <huy@khach.example>\nSubject: x\n\nChuyện của Huy."

    number = await opened(desk, text=text, subject="Fwd: chuyện của Huy")

    assert (await thread(number)).ticket.requester_email == "lan@khach.example"


async def test_files_and_pictures_come_along(desk: Desk) -> None:
    await desk.department()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Lan <lan@khach.example>", US, "Ảnh"
    mail.set_content("Xem ảnh.")
    mail.add_alternative('<p>Xem ảnh: <img src="cid:anh@x"><script>alert(1)</script></p>', subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index]  # it has two parts
    html.add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<anh@x>")  # type: ignore[union-attr]
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="hoá đơn.pdf")

    row = await arrive(desk, mail.as_bytes())

    (message,) = (await thread(int(str(row["about"])[7:]))).messages
    files = {file.filename: file for file in message.files}
    assert await store.read(files["hoá đơn.pdf"].sha256) == b"%PDF"
    (picture,) = [file for file in message.files if file.content_id == "anh@x"]
    assert f'<img src="/pictures/{picture.sha256}"' in message.html
    assert "script" not in message.html


async def test_the_quote_is_folded_away_in_html_too(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Lan <lan@khach.example>", answers_to(number), "Re: Máy in"
    quote = "Vào Th 6, 20 thg 11, 2026 lúc 10:24 Minh <support@lua.example> đã viết:"
    mail.set_content(f"Vẫn *hỏng*.\n\n{quote}\n> Bạn thử lại nhé.\n")
    mail.add_alternative(
        f'<div dir="ltr">Vẫn <b>*hỏng*</b>.</div><br><div class="gmail_quote"><div>{quote}</div>'
        "<blockquote>Bạn thử lại nhé.</blockquote></div>",
        subtype="html",
    )

    await arrive(desk, mail.as_bytes())

    message = (await thread(number)).messages[-1]
    assert message.fresh == "Vẫn *hỏng*."
    assert "<b>*hỏng*</b>" in message.html
    assert "thử lại" not in message.html
    assert "thử lại" in message.quoted_html


@pytest.mark.parametrize("text", ["a < b & https://x.example/?a=1&b=2.", "dòng một\ndòng hai\n\nđoạn hai"])
async def test_plain_words_are_shown_as_they_are(desk: Desk, text: str) -> None:
    await desk.department()

    message = (await thread(await opened(desk, text=text))).messages[0]

    assert "".join(to_text(message.html).split()) == "".join(text.split())


async def test_where_servers_are_trusted_a_number_needs_their_word(desk: Desk) -> None:
    await settings.save(SYSTEM, JoiningSettings(trusted_servers="mx.lua.example, mx2.lua.example"))
    await desk.department()
    number = await opened(desk)
    joined = []

    for count, result in enumerate(("pass", "fail", "")):
        headers = {"Authentication_Results": f"mx2.lua.example; dmarc={result}"} if result else {}
        row = await arrive(desk, letter("Nữa.", subject=f"Re: [#{number}]", message_id=f"<{count}@y>", **headers))
        joined.append(row["about"] == f"ticket:{number}")
    by_address = await arrive(desk, letter("Nữa.", to=answers_to(number), message_id="<9@y>"))

    assert joined == [True, False, False]
    assert by_address["about"] == f"ticket:{number}", "a mark of ours is proof enough"


async def test_a_forwarded_letter_needs_the_word_of_a_trusted_server_too(desk: Desk) -> None:
    await settings.save(SYSTEM, JoiningSettings(trusted_servers="mx.lua.example"))
    department = await desk.department()
    await desk.agent("Minh", department)
    text = "---------- Forwarded message ---------\nFrom: Huy <huy@khach.example>\nDate: Fri\n\nx"

    number = await opened(desk, text=text, sender="Minh <minh@lua.example>", subject="Fwd: x")

    assert (await thread(number)).ticket.requester_email == "minh@lua.example"


@pytest.mark.parametrize(
    ("copies", "first", "later"), [("everybody", "huy", "hoa"), ("asked", "huy", ""), ("nobody", "", "")]
)
async def test_who_takes_part_is_as_the_settings_have_it(desk: Desk, copies: Any, first: str, later: str) -> None:
    await settings.save(SYSTEM, JoiningSettings(copies=copies))
    await desk.department()
    number = await opened(desk, Cc="huy@khach.example")
    assert [one.email for one in (await thread(number)).participants] == [f"{first}@khach.example"] * bool(first)

    await arrive(
        desk,
        letter(
            "Hỏi Hoa.", sender="huy@khach.example", to=answers_to(number), message_id="<2@x>", Cc="hoa@khach.example"
        ),
    )
    await arrive(desk, letter("Và Mai.", to=answers_to(number), message_id="<3@x>", Cc="mai@khach.example"))

    taking_part = {one.email for one in (await thread(number)).participants}
    assert ("hoa@khach.example" in taking_part) is bool(later)
    assert ("mai@khach.example" in taking_part) is (copies != "nobody")


async def test_an_agents_letter_that_begins_with_note_stays_among_colleagues(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    number = await opened(desk)
    before = await Outbound.count()

    await arrive(
        desk,
        letter(
            "#ghi chú: Khách này gọi rồi.",
            sender="Minh <minh@lua.example>",
            to=agents_answer_to(number, minh),
            message_id="<2@x>",
        ),
    )

    note = (await thread(number)).messages[-1]
    assert (note.kind, note.who, note.fresh) == ("note", "Minh", "Khách này gọi rồi.")
    assert await Outbound.count() == before


async def test_a_customers_letter_that_begins_with_note_is_a_letter(desk: Desk) -> None:
    await desk.department()
    number = await opened(desk)

    await arrive(desk, letter("#note Vẫn hỏng.", to=answers_to(number), message_id="<2@x>"))

    assert (await thread(number)).messages[-1].kind == "reply"


async def test_a_letter_to_two_departments_is_one_ticket_that_says_so(desk: Desk) -> None:
    await desk.department()
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)

    row = await arrive(desk, letter(to="sales@lua.example, support@lua.example"), to=())
    again = await arrive(desk, letter(to="sales@lua.example, support@lua.example"), to=(US,))

    assert (again["id"], await Ticket.count()) == (row["id"], 1)
    seen = await thread(int(str(row["about"])[7:]))
    assert (seen.ticket.department, seen.participants) == (sales, [])
    assert [one.kind for one in seen.messages] == ["reply", "note"]
    assert US in seen.messages[1].fresh


@pytest.mark.parametrize("address", ["support+vip@lua.example", "khong-co@lua.example"])
async def test_a_plus_and_an_unknown_name_lead_to_a_department_too(desk: Desk, address: str) -> None:
    care = await desk.department()
    await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)

    row = await arrive(desk, letter(to=address), to=(address,))

    seen = await thread(int(str(row["about"])[7:]))
    assert (seen.ticket.department, [one.kind for one in seen.messages]) == (care, ["reply"])


async def test_a_colleague_between_is_not_whose_letter_it_was(desk: Desk) -> None:
    department = await desk.department()
    await desk.agent("Minh", department)
    await desk.agent("Hoa", department)
    text = (
        "---------- Forwarded message ---------\nFrom: Hoa <hoa@lua.example>\nDate: Fri\nTo: minh\n\nfyi\n\n"
        f"From: Help desk <{US}>\nSent: Thursday\nTo: hoa\n\nfyi\n\n"
        "---------- Forwarded message ---------\nTừ: Lan <lan@khach.example>\nNgày: Th 5\nĐến: hoa\n\nMáy in hỏng."
    )

    number = await opened(desk, text=text, sender="Minh <minh@lua.example>", subject="Fwd: Fwd: Máy in")

    assert (await thread(number)).ticket.requester_email == "lan@khach.example"
