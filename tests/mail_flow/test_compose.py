"""Letters of ours are read by every program as they were meant, and hold no header but ours."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from helpdesk.mail.compose import Enclosed, Outgoing, checked, compose
from helpdesk.mail.letter import Address
from helpdesk.mail.parse import parse

pytestmark = pytest.mark.once
LONG_ID = "SG2PR01MB1234567890ABCDEF1234567890ABCDEF1234567890@SG2PR01MB1234.apcprd01.prod.exchangelabs.com"


def outgoing(**more: object) -> Outgoing:
    known: dict[str, object] = {
        "sender": Address("Chăm sóc khách hàng", "support@lua.example"),
        "to": (Address("Lan", "lan@khach.example"),),
        "subject": "Máy in hỏng",
        "text": "Chào bạn,\nmáy in đã chạy.\n",
        "html": "<p>Chào bạn,</p>",
        "message_id": "t7.m2.code@lua.example",
        "sent_at": datetime(2026, 11, 20, 3, 24, tzinfo=UTC),
        **more,
    }
    return Outgoing(**known)  # type: ignore[arg-type]  # tests give what they are about


def read(letter: Outgoing) -> EmailMessage:
    return email.message_from_bytes(compose(letter), policy=email.policy.default)


def test_it_reads_as_it_was_written() -> None:
    letter = parse(compose(outgoing()))

    assert letter.sender == Address("Chăm sóc khách hàng", "support@lua.example")
    assert letter.to == (Address("Lan", "lan@khach.example"),)
    assert letter.subject == "Máy in hỏng"
    assert letter.text.strip() == "Chào bạn,\nmáy in đã chạy."
    assert letter.message_id == "t7.m2.code@lua.example"
    assert letter.remarks == ()


def test_lines_are_as_short_as_smtp_wants_them() -> None:
    raw = compose(outgoing(subject="Rất dài " * 60, text="không xuống dòng " * 200, references=(LONG_ID,) * 3))

    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert read(outgoing(subject="Rất dài " * 60))["Subject"] == ("Rất dài " * 60).strip()


def test_long_ids_stay_whole_so_that_conversations_hold_together() -> None:
    raw = compose(outgoing(references=("1@khach.example", LONG_ID)))

    assert f"In-Reply-To: <{LONG_ID}>\r\n".encode() in raw
    assert parse(raw).references == ("1@khach.example", LONG_ID)


def test_of_a_long_conversation_the_first_and_the_newest_letters_are_named() -> None:
    ids = tuple(f"{number}@khach.example" for number in range(100))

    letter = parse(compose(outgoing(references=ids)))

    assert letter.references == (ids[0], *ids[-19:])
    assert letter.in_reply_to == (ids[-1],)


EVIL = "Lan\r\nBcc: evil@example.net\n\nbody\x00\u2028Bcc: x@example.net"


def test_no_text_can_add_a_header_or_a_recipient() -> None:
    letter = outgoing(
        subject=EVIL,
        sender=Address(EVIL, "support@lua.example"),
        to=(Address(EVIL, "lan@khach.example"),),
        references=(EVIL, "a b@x", "1@khach.example>\r\nBcc: <evil@example.net"),
        files=(Enclosed(EVIL, f"text/plain\r\nBcc: {EVIL}", b"x"),),
        text=f"{EVIL}\r\n.\r\n",
    )
    message = read(letter)

    assert sorted(message.keys()) == [
        "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert [one.addr_spec for one in message["To"].addresses] == ["lan@khach.example"]
    assert letter.recipients == ["lan@khach.example"]


@pytest.mark.parametrize(
    "address",
    ["", "lan", "lan@", "@x.example", "lan@x.example\r\nBcc: y@x.example", "a b@x.example", "a,b@x.example", "<a@x>"],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        checked(address)


def test_a_domain_in_vietnamese_is_written_in_ascii() -> None:
    assert checked("lan@máy-in.example") == "lan@xn--my-in-xqa.example"


@pytest.mark.parametrize("name", ['Ông "Ba" Nguyễn', "Lan, Ltd.", "=?utf-8?q?evil?=", "Trần Thị Ngọc Lan " * 8, "a\\b"])
def test_a_name_stays_a_name(name: str) -> None:
    letter = parse(compose(outgoing(to=(Address(name, "lan@khach.example"), Address(name, "huy@khach.example")))))

    assert letter.to == (Address(name.strip(), "lan@khach.example"), Address(name.strip(), "huy@khach.example"))


def test_programs_are_asked_not_to_answer_what_a_program_wrote() -> None:
    message = read(outgoing(automatic="auto-replied"))

    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Loop"] == "support@lua.example"
    assert "Auto-Submitted" not in read(outgoing())


def test_files_go_along_under_their_names() -> None:
    files = (
        Enclosed("báo cáo “quý 3”.pdf", "application/pdf", b"%PDF"),
        Enclosed("thư.eml", "message/rfc822", b"From: x\r\n\r\n"),
    )
    letter = parse(compose(outgoing(files=files)))

    assert [(one.filename, one.content) for one in letter.attachments] == [
        ("báo cáo “quý 3”.pdf", b"%PDF"),
        ("thư.eml", b"From: x\r\n\r\n"),
    ]
