"""Letters of ours are read by every program as they were meant, and hold no header but ours."""

import email
import email.policy
import re
import unicodedata
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from helpdesk.mail.outgoing.compose import Enclosed, Outgoing, checked, compose
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.reading.parse import parse
from tests.mail_flow import strict

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


def test_pictures_within_the_words_are_parts_of_them() -> None:
    files = (
        Enclosed("ảnh.png", "image/png", b"\x89PNG", "abc@lua.example"),
        Enclosed("hoá đơn.pdf", "application/pdf", b"%PDF"),
    )
    raw = compose(outgoing(files=files, html='<p><img src="cid:abc@lua.example"></p>'))

    whole = strict.Part(raw)
    assert [leaf.kind for leaf in whole.leaves()] == ["text/plain", "text/html", "image/png", "application/pdf"]
    assert whole.kind == "multipart/mixed"
    assert [part.kind for part in whole.parts[0].parts] == ["text/plain", "multipart/related"]
    assert whole.leaves()[2].fields["content-id"] == "<abc@lua.example>"
    assert [(one.filename, one.content_id) for one in parse(raw).attachments] == [
        ("ảnh.png", "abc@lua.example"),
        ("hoá đơn.pdf", ""),
    ]


TEXTS = {
    "plain": "Printer is broken",
    "vietnamese": "Máy in hỏng: không in được hoá đơn, đã thử khởi động lại",
    "decomposed": unicodedata.normalize("NFD", "Đơn hàng của tôi bị huỷ"),
    "long": "Trần Thị Ngọc Lan hỏi về đơn hàng số 123456 " * 5,
    "one long word": "đ" * 190,
    "emoji": "Đơn hàng 😀 👨‍👩‍👧‍👦 🇻🇳",
    "arabic": "طلب الدعم رقم 7",
    "right to left marks": "abc\u202egnp.exe\u202c \u2066x\u2069",
    "chinese": "打印机坏了，请帮忙",
    "quotes": 'Ông "Ba" \\ Nguyễn',
    "ascii quotes": 'Mr. "B" (Jr.) \\ <x@y>, z; a: b',
    "commas": "Lan, Nguyễn; Huy <huy@x.example>",
    "looks encoded": "=?utf-8?b?w6E=?= x",
    "looks encoded within": "a=?utf-8?q?b?=c",
    "injection": "a\r\nBcc: evil@example.net\r\n\r\nbody",
    "controls": "a\x00b\x07c\x1b[31m\x85d\u2028e\u2029f",
    "halves of characters": "a\ud83d b",
    "8 bit": "caf\xe9 na\xefve \xff",
    "underscores": "a_b =20 = _ ?= x",
    "spaces": "  a   b\t c  ",
    "no breaks": "x" * 880,
}
MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("kind", TEXTS)
def test_three_readers_agree_on_every_header(kind: str) -> None:
    """Python's own, ours, and one that takes nothing but what the standards allow."""
    text = TEXTS[kind]
    meant = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", MARKS.sub("", text)).split())
    meant = unicodedata.normalize("NFC", meant)
    name = meant[:200].rstrip()
    letter = outgoing(
        subject=text,
        sender=Address(text, "support@lua.example"),
        to=(Address(text, "lan@khach.example"), Address("", "huy@khách.example")),
        cc=(Address(f"{name[:50]} 2", "nguyễn@khach.example"),),
        reply_to="support+t7.abc@lua.example",
    )
    raw = compose(letter)

    theirs = email.message_from_bytes(raw, policy=email.policy.default)
    ours = parse(raw)
    whole = strict.Part(raw)

    assert whole.text("subject") == meant
    assert whole.addresses("from") == [(name, "support@lua.example")]
    assert whole.addresses("to") == [(name, "lan@khach.example"), ("", "huy@xn--khch-6na.example")]
    assert whole.addresses("cc")[0][1] == "nguyễn@khach.example"
    assert whole.addresses("reply-to") == [("", "support+t7.abc@lua.example")]
    assert ours.subject == meant
    assert ours.sender == Address(name, "support@lua.example")
    assert [one.name for one in ours.to] == [name, ""]
    assert str(theirs["Subject"]) == meant
    assert "Bcc" not in theirs
    assert [one.addr_spec for one in theirs["To"].addresses] == ["lan@khach.example", "huy@xn--khch-6na.example"]
    named, _ = parseaddr(email.message_from_bytes(raw)["From"].replace("\r\n", ""))
    assert str(make_header(decode_header(named))) == name


@pytest.mark.parametrize(
    "name",
    [
        "Chăm sóc khách hàng · Help desk",
        "Nguyễn Thị Ngọc Lan · Chăm sóc khách hàng",
        "Hỗ trợ Kỹ thuật · Công ty TNHH Giải pháp Bán lẻ Lúa",
        "Trần Minh Khoa · Lúa Retail Solutions Vietnam Joint Stock Company",
    ],
)
def test_a_name_as_desks_have_them_is_read_by_programs_that_show_a_space_between_encoded_words(name: str) -> None:
    raw = compose(outgoing(sender=Address(name, "support@lua.example")))

    assert email.message_from_bytes(raw, policy=email.policy.default)["From"].addresses[0].display_name == name
    assert strict.Part(raw).addresses("from") == [(name, "support@lua.example")]
    assert parse(raw).sender.name == name


def test_references_fit_into_one_line_and_keep_the_first_and_the_newest() -> None:
    ids = tuple(f"{number}.{'x' * 100}@khach.example" for number in range(30))

    kept = parse(compose(outgoing(references=ids))).references

    assert kept[0] == ids[0]
    assert kept[1:] == ids[-len(kept) + 1 :]
    assert 6 < len(kept) < 12
    assert len("References: " + " ".join(f"<{one}>" for one in kept)) <= 998


@pytest.mark.parametrize("size", [1, 997, 998, 999, 5000])
def test_a_message_id_is_never_folded_or_cut(size: int) -> None:
    long = f"{'i' * min(size, 230)}@khach.example"
    raw = compose(outgoing(message_id=long, references=(long,)))

    assert f"Message-ID: <{long}>\r\n".encode() in raw
    assert f"<{long}>" in strict.Part(raw).fields["references"]


@pytest.mark.parametrize(
    "address", ["lan@a..b", "lan@" + "đ" * 70 + ".example", "x" * 65 + "@y.example", "lan@.example"]
)
def test_a_domain_that_dns_cannot_hold_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        checked(address)


def test_text_that_no_charset_can_hold_does_not_stop_a_letter() -> None:
    raw = compose(outgoing(text="a\ud83d\x00b\n.\nFrom here\n", html="<p>\udc00</p>"))

    assert strict.Part(raw).leaves()[0].content.decode() == "ab\r\n.\r\nFrom here\r\n"
