"""What administrators see of the mail, and what they may do about it."""

from email.message import EmailMessage

import pytest

from helpdesk.events.tables import EventRow
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.tickets import actions, views
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Desk, words
from tests.mail_flow.letters import letter
from tests.mail_flow.test_compose import outgoing
from tests.mailroom import US, arrive


async def test_a_held_letter_shows_its_reason_and_becomes_a_ticket(desk: Desk) -> None:
    await desk.department()
    row = await arrive(desk, letter(X_Spam_Flag="YES", subject="<b>Khuyến mãi</b>"))
    browser = await desk.browser(await desk.admin(lang="en"))

    listed = await browser.get("/admin/letters")
    assert "<b>Khuyến mãi</b>" in words(listed)
    assert "thư rác" in words(listed) or "spam" in words(listed)
    shown = await browser.get(f"/admin/letters/{row['id']}")
    assert "X-Spam-Flag: YES" in words(shown)
    raw = await browser.get(f"/admin/letters/{row['id']}/raw")
    assert raw.content == letter(X_Spam_Flag="YES", subject="<b>Khuyến mãi</b>")
    assert raw.headers["content-disposition"].startswith("attachment")

    await browser.post(f"/admin/letters/{row['id']}/release", data={"as_ticket": "true"})
    await desk.work()

    assert await Ticket.count() == 1
    assert not await Outbound.count(), "what looked like spam is not answered by a program"
    assert "No letter waits for you" in await browser.text("/admin/letters")
    again = await browser.post(f"/admin/letters/{row['id']}/release", data={"as_ticket": "true"})
    assert again.status_code == 409


async def test_held_letters_are_a_queue_of_administrators(desk: Desk) -> None:
    department = await desk.department()
    await arrive(desk, letter(X_Spam_Flag="YES"))
    an, minh = await desk.admin(lang="en"), await desk.agent("Minh", department)

    assert [(link.url, link.count) for link in await views.rail(an)][-1] == ("/admin/letters", 1)
    assert "Held letters 1" in words(await (await desk.browser(an)).get("/desk"))
    assert "/admin/letters" not in [link.url for link in await views.rail(minh)]


async def test_a_held_letter_is_sorted_again_when_the_reason_is_gone(desk: Desk) -> None:
    row = await arrive(desk, letter())
    assert row["state"] == "held"
    await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))

    await browser.post(f"/admin/letters/{row['id']}/release")
    await desk.work()

    assert await Inbound.exists().where(Inbound.state == "sorted")


async def test_the_outbox_shows_every_letter_with_its_words_and_links(desk: Desk) -> None:
    await desk.department()
    await arrive(desk, letter())
    browser = await desk.browser(await desk.admin(lang="en"))

    listed = await browser.get("/admin/outbox")
    assert "lan@khach.example" in words(listed)
    assert "no letter leaves this machine" in words(listed)
    outbound = (await Outbound.select(Outbound.id))[0]["id"]
    shown = await browser.get(f"/admin/outbox/{outbound}")
    assert "lan@khach.example" in words(shown)
    assert 'href="http://127.0.0.1:8000/vi/help/requests/' in shown.text
    assert "&lt;p&gt;" in shown.text, "its HTML is shown as source, never drawn"


async def test_a_letter_that_failed_is_sent_again(desk: Desk) -> None:
    outbound = await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    assert outbound is not None
    refused = outbox.Outcome("failed", 550, "5.2.2", "5.2.2 no room")
    await outbox.settle(outbound, {"lan@khach.example": refused})
    browser = await desk.browser(await desk.admin(lang="en"))
    assert "The mailbox is full." in await browser.text("/admin/outbox?view=failed")
    assert "550 5.2.2 no room" in await browser.text(f"/admin/outbox/{outbound}")

    await browser.post(f"/admin/outbox/{outbound}/retry")
    await desk.work()

    assert await Outbound.exists().where((Outbound.state == "kept") & (Outbound.last_error == ""))
    assert await EventRow.exists().where(EventRow.name == "LetterRetried")


async def test_a_letter_that_is_nowhere_to_be_sent_stays_failed(desk: Desk) -> None:
    outbound = await outbox.owe(outgoing(to=(Address("", "nobody"),), sent_at=desk.clock.moment), about="ticket:7")
    browser = await desk.browser(await desk.admin(lang="en"))

    assert (await browser.post(f"/admin/outbox/{outbound}/retry")).status_code == 409


@pytest.mark.parametrize("path", ["mailboxes", "mailboxes/new", "letters", "outbox", "letters/1", "outbox/1"])
async def test_only_administrators_look_after_the_mail(desk: Desk, path: str) -> None:
    department = await desk.department()
    minh = await desk.browser(await desk.agent("Minh", department))

    assert (await minh.get(f"/admin/{path}")).status_code == 403


async def test_agents_fetch_the_letter_of_a_message_byte_for_byte(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.browser(await desk.agent("Minh", department))
    huy = await desk.browser(await desk.agent("Huy"))
    lan = await desk.browser(await desk.customer("Lan"))
    raw = letter() + bytes(range(256))
    await arrive(desk, raw)
    number = (await Message.select(Message.id))[0]["id"]

    answer = await minh.get(f"/api/v1/messages/{number}/raw")

    assert answer.content == raw
    assert answer.headers["content-type"] == "message/rfc822"
    assert (await huy.get(f"/api/v1/messages/{number}/raw")).status_code == 404
    assert (await lan.get(f"/api/v1/messages/{number}/raw")).status_code == 403


async def test_the_letter_of_our_answer_can_be_fetched_too(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    row = await arrive(desk, letter())
    number = int(str(row["about"])[7:])
    note = await actions.note(minh, number, typed("Nội bộ.", channel="web"))
    message = await actions.reply(minh, number, typed("Chào bạn.", channel="web"))
    browser = await desk.browser(minh)
    await desk.work()

    answer = await browser.get(f"/api/v1/messages/{message}/raw")

    assert b"To: Lan <lan@khach.example>" in answer.content
    assert (await browser.get(f"/api/v1/messages/{note}/raw")).status_code == 404


async def test_a_picture_within_a_letter_is_shown_to_those_who_see_the_ticket(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.browser(await desk.agent("Minh", department))
    huy = await desk.browser(await desk.customer("Huy"))
    png = b"\x89PNG\r\n\x1a\n" + b"\x00" * 9
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Lan <lan@khach.example>", US, "Ảnh"
    mail.set_content("<img src='cid:a@x'>", subtype="html")
    mail.add_related(png, "image", "png", cid="<a@x>")
    await arrive(desk, mail.as_bytes())
    html = (await Message.select(Message.html))[0]["html"]
    path = html.split('src="')[1].split('"')[0]

    shown = await minh.get(path)

    assert (shown.content, shown.headers["content-type"]) == (png, "image/png")
    assert shown.headers["content-disposition"].startswith("inline")
    assert (await huy.get(path)).status_code == 404
    assert (await (await desk.browser()).get(path)).status_code == 404
    assert (await minh.get("/pictures/" + "0" * 64)).status_code == 404
