"""A letter that waits says why in the reader's language, and is corrected without touching its bytes."""

import pytest

from helpdesk.events.tables import EventRow
from helpdesk.i18n.catalogue import phrase
from helpdesk.i18n.kept import kept, spoken
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail.doors.receive import raw_bytes
from helpdesk.mail.tables import Inbound
from helpdesk.mailroom import reading
from helpdesk.tickets.tables import Message, Ticket
from tests.factories import Desk, words
from tests.mail_flow.letters import letter
from tests.mailroom import arrive


def test_a_kept_phrase_is_said_in_the_language_of_each_reader() -> None:
    said = kept(phrase("Letters that come back from %(address)s", address="lan@khach.example"))

    assert spoken(said) == "Letters that come back from lan@khach.example"
    assert spoken(kept(phrase("The mail server takes it for spam."))) == "The mail server takes it for spam."
    with reading_as(Reader("vi", "Asia/Ho_Chi_Minh")):
        assert spoken(kept(phrase("The mail server takes it for spam."))) != "The mail server takes it for spam."


@pytest.mark.parametrize(
    "text", ["", "From before.", '{"message":', '{"message":"%(n)s letters","values":{}} and more']
)
def test_what_is_no_phrase_is_said_as_it_stands(text: str) -> None:
    assert spoken(kept(text)) == text


async def test_the_reason_is_read_in_two_languages(desk: Desk) -> None:
    await desk.department()
    await arrive(desk, letter(X_Spam_Flag="YES"))

    english = await desk.browser(await desk.admin(lang="en"))
    vietnamese = await desk.browser(await desk.admin("Bình", lang="vi"), lang="vi")

    assert "takes it for spam" in await english.text("/admin/letters")
    assert "takes it for spam" not in await vietnamese.text("/admin/letters")


async def test_a_letter_is_corrected_and_becomes_a_ticket_while_its_bytes_stay(desk: Desk) -> None:
    await desk.department()
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    raw = letter(sender="nobody", X_Spam_Flag="YES", subject="???")
    row = await arrive(desk, raw)
    browser = await desk.browser(await desk.admin(lang="en"))
    path = f"/admin/letters/{row['id']}"
    offered = await browser.get(f"{path}/correct")
    assert "Máy in không chạy." in offered.text

    wrong = await browser.post(f"{path}/correct", data={"sender": "nobody", "subject": "Máy in"})
    assert wrong.status_code == 422
    await browser.post(
        f"{path}/correct",
        data={
            "sender": "lan@khach.example",
            "sender_name": "Lan",
            "department": str(billing),
            "subject": "Máy in hỏng",
            "text": "Máy in không chạy.\r\n",
        },
    )
    await desk.work()

    [ticket] = await Ticket.select(Ticket.subject, Ticket.department, Ticket.requester.email)
    assert ticket == {"subject": "Máy in hỏng", "department": billing, "requester.email": "lan@khach.example"}
    [message] = await Message.select(Message.text).where(Message.kind == "reply")
    assert message["text"].strip() == "Máy in không chạy."
    assert await raw_bytes(int(str(row["id"]))) == raw
    assert "corrected this letter" in words(await browser.get(path))
    names = await EventRow.select(EventRow.name).where(EventRow.about == f"inbound:{row['id']}")
    assert [one["name"] for one in names] == ["LetterCorrected", "LetterReleased"]
    assert (await browser.post(f"{path}/correct", data={"sender": "lan@khach.example"})).status_code == 409


async def test_words_that_could_not_be_read_are_written_by_hand(desk: Desk) -> None:
    await desk.department()
    row = await arrive(desk, letter(text="?", X_Spam_Flag="YES"))
    browser = await desk.browser(await desk.admin(lang="en"))

    await browser.post(
        f"/admin/letters/{row['id']}/correct", data={"sender": "lan@khach.example", "text": "She asks for a printer."}
    )
    await desk.work()

    [message] = await Message.select(Message.text, Message.html).where(Message.kind == "reply")
    assert message["text"] == "She asks for a printer."
    assert "She asks for a printer." in message["html"]


async def test_a_letter_that_breaks_our_program_is_held_with_the_reason(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.department()

    async def broken(*_: object) -> None:
        raise ValueError("a defect")

    with monkeypatch.context() as patched:
        patched.setattr(reading, "read", broken)
        row = await arrive(desk, letter())
    browser = await desk.browser(await desk.admin(lang="en"))

    assert (row["state"], await Ticket.count()) == ("held", 0)
    assert "Something of ours went wrong while it was sorted (ValueError)." in await browser.text("/admin/letters")

    await browser.post(f"/admin/letters/{row['id']}/release")
    await desk.work()

    assert await Inbound.exists().where(Inbound.state == "sorted")
    assert await Ticket.count() == 1
