"""
Which ticket a letter belongs to: every row of tests/cases/mail/threading.jsonl, from the door to the ticket.

Lan asked by letter, Minh answered; what comes next is the row's letter.
"""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.people.actions import recognise
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import actions, linking, merging, queries
from helpdesk.tickets.queries import Thread
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import US, answers_to, arrive
from tests.mailroom.test_sort import bounce

CASES: Final = Path(__file__).parents[1] / "cases" / "mail" / "threading.jsonl"
COVERED: Final[dict[str, str]] = {}

Case = Callable[..., Awaitable[None]]


def row(name: str) -> Callable[[Case], Case]:
    """Marks the test of a row."""

    def mark(case: Case) -> Case:
        assert name not in COVERED
        COVERED[name] = case.__name__
        return case

    return mark


async def sent_to(address: str) -> list[Letter]:
    """Our letters to somebody, oldest first."""
    letters = [parse(one["content"]) for one in await Outbound.select(Outbound.content).order_by(Outbound.id)]
    return [one for one in letters if address in {box.email for box in (*one.to, *one.cc)}]


async def lans_ticket(desk: Desk, **more: str) -> tuple[int, Letter]:
    """A ticket with one answer, and the letter that brought it to Lan."""
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    came = await arrive(desk, letter(**more))
    number = ticket_of(came)
    await actions.reply(minh, number, typed("Bạn thử tắt máy nhé.", channel="web"))
    await desk.work()
    return number, (await sent_to("lan@khach.example"))[-1]


def ticket_of(came: dict[str, object]) -> int:
    assert came["state"] == "sorted", came
    return int(str(came["about"]).removeprefix("ticket:"))


async def thread(number: int) -> Thread:
    return await queries.thread(SYSTEM, number)


async def answer(desk: Desk, text: str = "Vẫn hỏng.", **more: Any) -> int:
    """The number of the ticket that Lan's next letter is in."""
    return ticket_of(await arrive(desk, letter(text, message_id="<next@khach.example>", **more)))


@row("T01")
async def test_an_answer_to_our_last_letter_continues_its_ticket(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)

    assert await answer(desk, In_Reply_To=f"<{ours.message_id}>", subject="Chuyện khác") == number
    assert (await thread(number)).ticket.status == "open"


@row("T04")
@pytest.mark.parametrize("form", ['"<{}>" (thư của Minh)', "< {} >", "Your message of Monday <{}>", "<x@y> <{}>"])
async def test_a_reference_is_found_in_whatever_stands_around_it(desk: Desk, form: str) -> None:
    number, ours = await lans_ticket(desk)

    assert await answer(desk, In_Reply_To=form.format(ours.message_id)) == number


@row("T05")
async def test_the_address_to_answer_to_is_enough(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)

    assert ours.reply_to[0].email == answers_to(number)
    assert await answer(desk, to=ours.reply_to[0].email, subject="") == number


async def test_our_own_subject_joins_when_all_references_are_lost(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)

    assert f"[#{number}]" in ours.subject
    assert await answer(desk, subject=ours.subject) == number
    assert [one.fresh for one in (await thread(number)).messages][-1] == "Vẫn hỏng."


@row("T08")
async def test_a_closed_ticket_is_opened_again(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)
    await actions.set_status(SYSTEM, number, "closed")
    desk.clock.go(days=13)

    assert await answer(desk, subject=ours.subject) == number
    assert (await thread(number)).ticket.status == "open"


@row("T09")
@pytest.mark.parametrize("days", [0, 14])
async def test_a_ticket_closed_for_long_goes_on_in_a_new_one(desk: Desk, days: int) -> None:
    await store.save(SYSTEM, JoiningSettings(follow_up_days=days))
    number, ours = await lans_ticket(desk, Cc="Huy <huy@khach.example>")
    await actions.set_status(SYSTEM, number, "closed")
    desk.clock.go(days=days)

    further = await answer(desk, subject=ours.subject)

    old, new = await thread(number), await thread(further)
    assert further != number
    assert (old.ticket.status, len(old.messages)) == ("closed", 2)
    assert (new.ticket.status, new.ticket.requester_email) == ("new", "lan@khach.example")
    assert (new.ticket.subject, new.ticket.department) == ("Máy in hỏng", old.ticket.department)
    assert [one.email for one in new.participants] == ["huy@khach.example"]
    assert [(one.number, one.kind, one.is_earlier) for one in await linking.links(SYSTEM, further)] == [
        (number, "follow_up", True)
    ]
    assert [(one.number, one.is_earlier) for one in await linking.links(SYSTEM, number)] == [(further, False)]
    assert f"#{further}" in (await sent_to("lan@khach.example"))[-1].text

    again = await arrive(desk, letter("Còn nữa.", to=answers_to(number), message_id="<again@khach.example>"))
    assert ticket_of(again) == further, "what proves the old one leads to where it goes on"
    copied = letter("Tôi nữa.", sender="huy@khach.example", to=answers_to(number), message_id="<huy@khach.example>")
    assert ticket_of(await arrive(desk, copied)) == further


@row("T10")
@pytest.mark.parametrize("proof", ["number", "address", "reference"])
async def test_an_answer_to_a_ticket_that_was_merged_joins_the_other(desk: Desk, proof: str) -> None:
    number, ours = await lans_ticket(desk)
    target = await answer(desk, "Máy in cháy.", subject="Chuyện khác", sender="Huy <huy@khach.example>")
    await merging.merge(SYSTEM, target, [number], sure=True)
    headers = {
        "number": {"subject": ours.subject},
        "address": {"to": answers_to(number)},
        "reference": {"In_Reply_To": f"<{ours.message_id}>"},
    }[proof]

    came = await arrive(desk, letter("Vẫn hỏng.", message_id="<after@khach.example>", **headers))

    assert ticket_of(came) == target
    last = (await thread(target)).messages[-1]
    assert (last.fresh, last.from_email, last.direction) == ("Vẫn hỏng.", "lan@khach.example", "in")


@row("T12")
async def test_of_two_numbers_the_one_that_is_theirs_counts(desk: Desk) -> None:
    number, _ = await lans_ticket(desk)

    assert await answer(desk, subject=f"Re: [#999999] [#{number}] Máy in") == number


@row("T14")
async def test_a_number_in_a_file_says_nothing(desk: Desk) -> None:
    number, _ = await lans_ticket(desk)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Lan <lan@khach.example>", US, "Hoá đơn"
    mail.set_content("Xem tệp.")
    mail.add_attachment(f"Re: [#{number}] Máy in", filename=f"[#{number}].txt")

    assert ticket_of(await arrive(desk, mail.as_bytes())) != number


@row("T15")
async def test_a_number_within_html_says_nothing(desk: Desk) -> None:
    number, _ = await lans_ticket(desk)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Lan <lan@khach.example>", US, "Hoá đơn"
    mail.set_content(f'<p title="[#{number}]">Xem <a href="/x?[#{number}]">[#{number}]</a></p>', subtype="html")

    assert ticket_of(await arrive(desk, mail.as_bytes())) != number


@row("T16")
@pytest.mark.parametrize("form", ["x[#{}]", "[#{}]8", "[#{}8]", "#{}", "[{}]", "Order #{}", "ticket #{}.5", "[# {}]"])
async def test_a_number_within_a_longer_word_is_another_one(desk: Desk, form: str) -> None:
    number, _ = await lans_ticket(desk)

    assert await answer(desk, subject=f"Re: {form.format(number)}") != number


@row("T19")
async def test_an_automatic_answer_is_added_and_answered_by_nobody(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)
    before = len(await sent_to("lan@khach.example"))

    joined = await answer(desk, In_Reply_To=f"<{ours.message_id}>", Auto_Submitted="auto-replied")

    seen = await thread(number)
    assert (joined, seen.ticket.status, seen.messages[-1].is_automatic) == (number, "pending", True)
    assert len(await sent_to("lan@khach.example")) == before


@row("T20")
async def test_an_absence_opens_no_closed_ticket(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)
    await actions.set_status(SYSTEM, number, "closed")
    desk.clock.go(days=30)

    joined = await answer(
        desk, subject="Out of Office: Re: Máy in", In_Reply_To=f"<{ours.message_id}>", Auto_Submitted="auto-replied"
    )

    assert (joined, (await thread(number)).ticket.status) == (number, "closed")


@row("T21")
@pytest.mark.parametrize("subject", ["Trả lời tự động: {}", "Out of Office: {}", "Automatic reply: {}"])
@pytest.mark.parametrize("is_referring", [True, False])
async def test_an_absence_told_by_its_subject_alone_opens_nothing(desk: Desk, subject: str, is_referring: bool) -> None:
    number, ours = await lans_ticket(desk)
    await actions.set_status(SYSTEM, number, "closed")
    headers = {"In_Reply_To": f"<{ours.message_id}>"} if is_referring else {}

    joined = await answer(desk, "Tôi đi vắng.", subject=subject.format(ours.subject), **headers)

    assert (joined, (await thread(number)).ticket.status) == (number, "closed")
    assert await Ticket.count() == 1


@row("T22")
async def test_a_bounce_is_shown_on_its_ticket_and_moves_nothing(desk: Desk) -> None:
    number, _ = await lans_ticket(desk)
    await actions.set_status(SYSTEM, number, "solved")
    before = await Outbound.count()

    came = await arrive(desk, bounce(number), sender="<>")

    seen = await thread(number)
    assert (ticket_of(came), seen.ticket.status) == (number, "solved")
    assert "lan@khach.example" in (await (await desk.browser(await desk.admin())).text(f"/desk/tickets/{number}"))
    assert await sent_to("mailer-daemon@relay.example") == []
    assert await Outbound.count() == before


@row("T24")
@pytest.mark.parametrize("proof", ["number", "address", "reference"])
async def test_a_stranger_gets_a_ticket_of_their_own_and_learns_nothing(desk: Desk, proof: str) -> None:
    number, ours = await lans_ticket(desk, subject="Chuyện riêng của Lan")
    headers = {
        "number": {"subject": f"Re: [#{number}] đoán mò"},
        "address": {"to": answers_to(number), "subject": "đoán mò"},
        "reference": {"In_Reply_To": f"<{ours.message_id}>", "subject": "đoán mò"},
    }[proof]

    other = await answer(desk, "Cho tôi xem.", sender="Huy <huy@ke-la.example>", **headers)

    assert other != number
    assert len((await thread(number)).messages) == 2
    assert [(one.number, one.kind) for one in await linking.links(SYSTEM, other)] == [(number, "mention")]
    heard = " ".join(one.subject + one.text + one.html for one in await sent_to("huy@ke-la.example"))
    huy = await desk.browser(await recognise("", "huy@ke-la.example"))
    pages = [await huy.get(path) for path in (f"/en/help/requests/{other}", "/en/help/requests")]
    everything = heard + " ".join(one.text for one in pages)
    assert heard
    for secret in ("Chuyện riêng", "lan@khach.example", answers_to(number), ours.message_id):
        assert secret not in everything
    if proof != "number":
        assert f"#{number}<" not in everything.replace(" ", "")
        assert f"[#{number}]" not in everything
    assert (await huy.get(f"/en/help/requests/{number}")).status_code == 404


@row("T27")
async def test_somebody_in_copy_writes_as_themselves(desk: Desk) -> None:
    number, ours = await lans_ticket(desk, Cc="Huy <huy@khach.example>")

    joined = await answer(desk, "Tôi đồng ý.", sender="huy@khach.example", subject=ours.subject)

    last = (await thread(number)).messages[-1]
    assert (joined, last.fresh, last.who, last.direction) == (number, "Tôi đồng ý.", "Huy", "in")


@row("T30")
async def test_what_an_agent_forwards_is_the_customers_and_says_who_forwarded_it(desk: Desk) -> None:
    department = await desk.department()
    await desk.agent("Minh", department)
    text = "---------- Forwarded message ---------\nTừ: Lan Trần <lan@khach.example>\nNgày: 20/11/2026\n\nMáy in hỏng."

    number = await answer(desk, text, sender="Minh <minh@lua.example>", subject="Fwd: Máy in")

    seen = await thread(number)
    assert (seen.ticket.requester_email, seen.ticket.subject) == ("lan@khach.example", "Máy in")
    assert "Máy in hỏng." in seen.messages[0].html, "what is passed on is not folded away"
    (note,) = [one for one in seen.messages if one.kind == "note"]
    assert "Minh" in note.fresh
    assert "lan@khach.example" in note.fresh


@row("T34")
async def test_a_blind_copy_to_us_is_a_ticket(desk: Desk) -> None:
    department = await desk.department()

    came = await arrive(desk, letter(to="Someone <someone@elsewhere.example>"), to=(US,))

    seen = await thread(ticket_of(came))
    assert (seen.ticket.department, seen.ticket.requester_email) == (department, "lan@khach.example")


@row("T35")
async def test_a_subject_alone_joins_nothing(desk: Desk) -> None:
    number, _ = await lans_ticket(desk)

    other = await answer(desk, subject="Re: Re: AW: Trả lời: FW: Máy in hỏng")

    assert other != number


@row("T37")
@pytest.mark.parametrize(("setting", "requester"), [("sender", "lan@khach.example"), ("reply_to", "hoa@khach.example")])
async def test_whose_a_ticket_is_when_another_is_to_be_answered(desk: Desk, setting: Any, requester: str) -> None:
    await store.save(SYSTEM, JoiningSettings(requester=setting))
    department = await desk.department()
    minh = await desk.agent("Minh", department)

    number = await answer(desk, Reply_To="Hoa <hoa@khach.example>")

    assert (await thread(number)).ticket.requester_email == requester
    assert await sent_to(requester)
    page = await (await desk.browser(minh)).text(f"/desk/tickets/{number}")
    assert "lan@khach.example" in page
    assert "hoa@khach.example" in page


@row("T38")
async def test_a_letter_without_an_id_comes_in_once_and_gets_one(desk: Desk) -> None:
    await desk.department()

    came = [await arrive(desk, letter(message_id="")) for _ in range(2)]

    assert came[0]["id"] == came[1]["id"]
    assert (await Ticket.count(), await Message.count()) == (1, 1)
    assert (await thread(ticket_of(came[0]))).messages[0].message_id


@row("T39")
async def test_a_number_joins_at_its_own_department_only(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)

    other = ticket_of(
        await arrive(
            desk,
            letter("Báo giá.", subject=ours.subject, to="sales@lua.example", message_id="<s@x>"),
            to=("sales@lua.example",),
        )
    )

    assert other != number
    assert (await thread(other)).ticket.department == sales
    huy = await desk.browser(await desk.agent("Huy", sales))
    assert f"/desk/tickets/{number}" not in (await huy.get(f"/desk/tickets/{other}")).text


async def test_a_ticket_that_was_moved_is_still_found_at_the_address_it_came_to(desk: Desk) -> None:
    number, ours = await lans_ticket(desk)
    await actions.move(SYSTEM, number, await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1))

    assert await answer(desk, subject=ours.subject) == number


@pytest.mark.once
def test_every_row_is_here() -> None:
    rows = [msgspec.json.decode(line)["id"] for line in CASES.read_text(encoding="utf-8").splitlines() if line]

    assert len(rows) == 22
    assert sorted(COVERED) == sorted(rows)
