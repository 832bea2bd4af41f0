"""What other machines report of our letters: believed with proof only, and shown where it matters."""

from email.message import EmailMessage
from email.policy import SMTP

from helpdesk.core.actor import Actor
from helpdesk.core.config import secret_key
from helpdesk.jobs.tables import Job
from helpdesk.mail import addresses
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.outgoing.outbox import Outcome
from helpdesk.mail.tables import AddressTrouble, DeliveryReport, Outbound, OutboundRecipient
from helpdesk.mail.thread import bounce_address
from helpdesk.tickets import actions, binning, queries
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import US, arrive

LAN = "lan@khach.example"


class Answered:
    """Lan's ticket with Minh's answer, which our mail server has taken."""

    number: int
    outbound: int
    message_id: str
    minh: Actor


async def answered(desk: Desk, *, then: str = "pending") -> Answered:
    made = Answered()
    department = await desk.department()
    made.minh = await desk.agent("Minh", department, lang="en")
    row = await arrive(desk, letter())
    made.number = int(str(row["about"]).removeprefix("ticket:"))
    await actions.assign(made.minh, made.number, made.minh.id)
    await actions.reply(made.minh, made.number, typed("Bạn thử tắt máy nhé.", channel="web"), then=then)
    desk.clock.go(minutes=5)
    await desk.work()
    sent = await Outbound.select(Outbound.id, Outbound.message_id).where(Outbound.about.like("message:%")).first()
    assert sent is not None
    made.outbound, made.message_id = sent["id"], sent["message_id"]
    await Outbound.update({Outbound.state: "sent"}).where(Outbound.id == made.outbound)
    await OutboundRecipient.update({OutboundRecipient.state: "sent"}).where(OutboundRecipient.outbound == made.outbound)
    return made


def report(
    message_id: str = "",
    *,
    recipient: str = LAN,
    status: str = "5.1.1",
    words: str = "550 5.1.1 User unknown",
    action: str = "failed",
    report_type: str = "delivery-status",
    own_id: str = "<b1@mx.example>",
) -> bytes:
    """A report as mail servers write it, returning the headers of a letter with this id."""
    head = EmailMessage(policy=SMTP)
    head["From"], head["To"] = "MAILER-DAEMON@mx.example", US
    head["Subject"], head["Message-ID"] = "Undelivered Mail Returned to Sender", own_id
    boundary = "=_b"
    head["MIME-Version"] = "1.0"
    fields = {
        "delivery-status": f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {recipient}\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: smtp; {words}",
        "disposition-notification": f"Final-Recipient: rfc822; {recipient}\nOriginal-Message-ID: <{message_id}>\n"
        "Disposition: manual-action/MDN-sent-manually; displayed",
        "feedback-report": f"Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: {recipient}",
    }[report_type]
    parts = [
        ("text/plain; charset=utf-8", "A report about your letter."),
        (f"message/{report_type}", fields),
        *([("text/rfc822-headers", f"Message-ID: <{message_id}>\nSubject: Re: hi")] if message_id else []),
    ]
    body = "".join(f"--{boundary}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts) + f"--{boundary}--\n"
    top = head.as_bytes().rstrip(b"\r\n").decode()
    kind = f'Content-Type: multipart/report; report-type={report_type}; boundary="{boundary}"'
    return f"{top}\r\n{kind}\r\n\r\n{body}".replace("\r\n", "\n").replace("\n", "\r\n").encode()


async def notes(number: int, admin: Actor) -> list[str]:
    return [one.fresh for one in await queries.messages(admin, number) if one.kind == "note"]


async def test_a_bounce_lands_on_the_answer_it_speaks_of(desk: Desk) -> None:
    made = await answered(desk)

    row = await arrive(desk, report(made.message_id), sender="<>")

    assert (row["state"], row["about"], row["verdict"]) == ("sorted", f"ticket:{made.number}", "bounce")
    recipient = await OutboundRecipient.select().where(OutboundRecipient.outbound == made.outbound).first()
    assert recipient is not None
    assert (recipient["state"], recipient["status"]) == ("bounced", "5.1.1")
    assert recipient["reason"] == "550 5.1.1 User unknown"
    page = await (await desk.browser(made.minh)).text(f"/desk/tickets/{made.number}")
    assert "came back" in page
    assert f"{LAN}: There is no such address." in page
    told = await notes(made.number, made.minh)
    assert told == [f"Thư không đến được {LAN}: Không có địa chỉ này."]


async def test_a_ticket_that_waits_for_a_customer_who_heard_nothing_opens_again(desk: Desk) -> None:
    made = await answered(desk, then="solved")

    await arrive(desk, report(made.message_id), sender="<>")

    assert (await queries.ticket_facts(made.minh, made.number)).status == "open"


async def test_the_agent_is_told_by_mail_once(desk: Desk) -> None:
    made = await answered(desk)

    await arrive(desk, report(made.message_id), sender="<>")
    await arrive(desk, report(made.message_id, own_id="<b2@mx.example>"), sender="<>")

    told = Outbound.key == f"bounced:{made.outbound}:{made.minh.id}"
    assert await Outbound.count().where(told) == 1
    assert len(await notes(made.number, made.minh)) == 1
    assert await DeliveryReport.count() == 1

    await outbox.retry(made.minh, outbound=made.outbound)
    await Outbound.update({Outbound.state: "sent"}).where(Outbound.id == made.outbound)
    await OutboundRecipient.update({OutboundRecipient.state: "sent"}).where(OutboundRecipient.outbound == made.outbound)
    await arrive(desk, report(made.message_id, own_id="<b3@mx.example>"), sender="<>")

    told = Outbound.key.like(f"bounced:{made.outbound}%:{made.minh.id}")
    assert await Outbound.count().where(told) == 2
    assert len(await notes(made.number, made.minh)) == 2


async def test_a_bounce_that_returns_nothing_is_known_by_its_address(desk: Desk) -> None:
    made = await answered(desk)
    back = bounce_address(US, made.outbound, secret_key())

    row = await arrive(desk, report(recipient="somebody@else.example"), sender="<>", to=(back,))

    assert row["about"] == f"ticket:{made.number}"
    assert (trouble := await addresses.trouble(LAN)) is not None
    assert trouble.is_dead, "the only recipient of that letter is meant, whatever name the report has for it"


async def test_a_report_without_proof_marks_nobody(desk: Desk) -> None:
    made = await answered(desk)
    forged = bounce_address(US, made.outbound, "another secret")

    by_id = await arrive(desk, report("t1.m1.aaaaaaaaaaaaaaaa@lua.example"), sender="<>")
    by_address = await arrive(desk, report(own_id="<b2@x>"), sender="<>", to=(forged,))

    assert [row["state"] for row in (by_id, by_address)] == ["set_aside", "set_aside"]
    assert await AddressTrouble.count() == 0
    assert await DeliveryReport.count() == 0
    assert not await OutboundRecipient.exists().where(OutboundRecipient.state == "bounced")


async def test_a_proof_counts_for_the_recipients_of_that_letter_alone(desk: Desk) -> None:
    made = await answered(desk)
    huy = await desk.customer("Huy")
    await actions.add_participant(made.minh, made.number, huy.id or 0)
    await actions.reply(made.minh, made.number, typed("Thêm nữa.", channel="web"), then="pending")
    desk.clock.go(minutes=5)
    await desk.work()
    newest = (
        await Outbound.select().where(Outbound.about.like("message:%")).order_by(Outbound.id, ascending=False).first()
    )
    assert newest is not None

    await arrive(desk, report(newest["message_id"], recipient="boss@bank.example"), sender="<>")

    assert await AddressTrouble.count() == 0
    assert await notes(made.number, made.minh) == ["Một thư của chúng ta không gửi được."]


async def test_a_delay_is_no_bounce(desk: Desk) -> None:
    made = await answered(desk)

    await arrive(desk, report(made.message_id, action="delayed", status="4.4.1", words="timed out"), sender="<>")

    recipient = await OutboundRecipient.select().where(OutboundRecipient.outbound == made.outbound).first()
    assert recipient is not None
    assert recipient["state"] != "bounced"
    assert await AddressTrouble.count() == 0
    assert (await queries.ticket_facts(made.minh, made.number)).status == "pending"


async def test_a_full_mailbox_is_dead_after_the_third_letter(desk: Desk) -> None:
    made = await answered(desk)
    full = {"status": "5.2.2", "words": "552 5.2.2 Mailbox full"}
    for count in (1, 2, 3):
        if count > 1:
            await actions.reply(made.minh, made.number, typed(f"Lần {count}", channel="web"))
            desk.clock.go(days=1)
            await desk.work()
        newest = (
            await Outbound.select()
            .where(Outbound.about.like("message:%"))
            .order_by(Outbound.id, ascending=False)
            .first()
        )
        assert newest is not None
        assert await addresses.trouble(LAN) is None, count
        await arrive(desk, report(newest["message_id"], own_id=f"<b{count}@mx.example>", **full), sender="<>")

    trouble = await addresses.trouble(LAN)
    assert trouble is not None
    assert (trouble.is_dead, trouble.failures, trouble.reason) == (True, 3, "mailbox-full")


async def test_our_own_bad_name_is_not_held_against_an_address(desk: Desk) -> None:
    made = await answered(desk)
    words = "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org"

    await arrive(desk, report(made.message_id, status="5.7.1", words=words), sender="<>")

    assert await AddressTrouble.count() == 0
    assert (await queries.ticket_facts(made.minh, made.number)).status == "open"


async def test_a_word_from_the_address_brings_it_back(desk: Desk) -> None:
    made = await answered(desk)
    await arrive(desk, report(made.message_id), sender="<>")
    assert await addresses.trouble(LAN) is not None

    await arrive(desk, letter("Tôi đây.", message_id="<2@khach.example>"))

    assert await addresses.trouble(LAN) is None


async def test_agents_are_warned_before_they_write_and_may_try_again(desk: Desk) -> None:
    made = await answered(desk)
    await arrive(desk, report(made.message_id), sender="<>")
    browser = await desk.browser(made.minh)
    ticket = await queries.ticket_facts(made.minh, made.number)

    assert f"Letters to {LAN} do not arrive." in await browser.text(f"/desk/tickets/{made.number}")
    assert "Letters to this address do not arrive." in await browser.text(f"/desk/customers/{ticket.requester}")

    await browser.post(f"/desk/customers/{ticket.requester}/write-again")
    assert "do not arrive" not in await browser.text(f"/desk/customers/{ticket.requester}")
    assert "do not arrive" not in (await browser.get(f"/desk/tickets/{made.number}")).text.split('id="recipients"')[1]


async def test_customers_bring_no_address_back(desk: Desk) -> None:
    made = await answered(desk)
    await arrive(desk, report(made.message_id), sender="<>")
    ticket = await queries.ticket_facts(made.minh, made.number)

    answer = await (await desk.browser(await desk.customer("Huy"))).post(
        f"/desk/customers/{ticket.requester}/write-again"
    )

    assert answer.status_code in {403, 404}
    assert await addresses.trouble(LAN) is not None


async def test_a_letter_refused_at_once_marks_the_address_too(desk: Desk) -> None:
    made = await answered(desk)
    await Outbound.update({Outbound.state: "waiting"}).where(Outbound.id == made.outbound)

    await outbox.settle(made.outbound, {LAN: Outcome("failed", 550, "5.1.1", "No such user here")})
    await desk.work()

    trouble = await addresses.trouble(LAN)
    assert trouble is not None
    assert trouble.is_dead


async def test_a_complaint_ends_automatic_letters_only(desk: Desk) -> None:
    made = await answered(desk)

    await arrive(desk, report(made.message_id, report_type="feedback-report"), sender="fbl@mx.example")

    trouble = await addresses.trouble(LAN)
    assert trouble is not None
    assert (trouble.is_dead, trouble.is_silent) == (False, True)
    before = await Outbound.count().where(Outbound.key.like("ack:%"))
    await arrive(desk, letter("Chuyện khác.", message_id="<9@khach.example>", subject="Chuyện khác"))
    assert await Outbound.count().where(Outbound.key.like("ack:%")) == before
    assert await addresses.trouble(LAN) is not None, "writing to us takes no complaint back"


async def test_a_read_receipt_shows_on_the_answer(desk: Desk) -> None:
    made = await answered(desk)

    row = await arrive(desk, report(made.message_id, report_type="disposition-notification"), sender=LAN)

    assert (row["state"], row["about"]) == ("sorted", f"ticket:{made.number}")
    assert (await queries.ticket_facts(made.minh, made.number)).status == "pending", "a receipt is no word of Lan's"
    assert "read " in await (await desk.browser(made.minh)).text(f"/desk/tickets/{made.number}")


async def test_our_own_letter_that_comes_back_is_held(desk: Desk) -> None:
    made = await answered(desk)

    row = await arrive(desk, letter(sender="list@elsewhere.example", message_id=f"<{made.message_id}>"))

    assert (row["state"], row["verdict"]) == ("held", "loop")


async def test_an_absence_that_comes_to_the_return_address_finds_its_ticket(desk: Desk) -> None:
    made = await answered(desk)
    back = bounce_address(US, made.outbound, secret_key())
    absence = letter(
        "Tôi nghỉ tới thứ hai.", to=back, subject="Vắng", message_id="<oo@x>", Auto_Submitted="auto-replied"
    )

    row = await arrive(desk, absence, sender="<>", to=(back,))

    assert (row["state"], row["about"], row["verdict"]) == ("sorted", f"ticket:{made.number}", "auto_reply")
    assert (await queries.ticket_facts(made.minh, made.number)).status == "pending"


async def test_a_letter_of_a_ticket_that_was_destroyed_can_still_come_back(desk: Desk) -> None:
    await desk.department()
    row = await arrive(desk, letter())
    number = int(str(row["about"]).removeprefix("ticket:"))
    await desk.work()
    acknowledgement = await Outbound.select(Outbound.id, Outbound.message_id).where(
        Outbound.about == f"ticket:{number}"
    )
    an = await desk.admin()
    await binning.put(an, number)
    await binning.empty(an)
    assert not await Ticket.exists()

    await arrive(desk, report(acknowledgement[0]["message_id"]))

    assert not await Job.exists().where(Job.last_error.is_not_null())
    told = await DeliveryReport.select(DeliveryReport.outbound, DeliveryReport.kind)
    assert told == [{"outbound": acknowledgement[0]["id"], "kind": "bounced"}]
