"""No letter costs more work than its length is worth, and none names a sender it does not have."""

import time
from email.message import EmailMessage

import pytest

from helpdesk.mail.reading.charset import decode
from helpdesk.mail.reading.headers import addresses, parameters, words
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.reading.parse import MAX_ATTACHMENTS, parse

HEAD = b"From: lan@khach.vn\nTo: support@shop.vn\n"
HOSTILE = {
    "nested-multiparts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 20_000,
    "many-headers": HEAD + b"X-A: b\n" * 200_000 + b"\nhi",
    "encoded-words": HEAD + b"Subject: " + b"=?utf-8?q?a" * 200_000 + b"\n\nhi",
    "comments": b"From: " + b"(" * 1_000_000 + b"\n\nhi",
    "brackets": b"To: " + b"<a" * 500_000 + b"\n\nhi",
    "folded-lines": b"Subject: a\n" + b" \n" * 500_000 + b"\nhi",
    "references": HEAD + b"References: " + b"<" * 1_000_000 + b"\n\nhi",
    "uuencoded": HEAD + b"\n" + b"begin 644 x\n" * 100_000,
    "flowed": HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 300_000,
    "boundaries": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 300_000,
    "tags": HEAD + b"Content-Type: text/html\n\n" + b"<" * 1_000_000,
    "marks": HEAD + b"Content-Type: text/plain; charset=utf-8\n\na" + "\u0301\u0316\u3099".encode() * 200_000,
    "punycode": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_letters_are_read_in_time(name: str) -> None:
    started = time.process_time()

    parse(HOSTILE[name])

    assert time.process_time() - started < 5


def test_what_was_cut_is_remarked() -> None:
    part = b"--b\nContent-Disposition: attachment\n\nx\n"
    letter = parse(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + part * (MAX_ATTACHMENTS + 5) + b"--b--\n")

    assert len(letter.attachments) == MAX_ATTACHMENTS
    assert letter.remarks == ("attachments-cut",)


def test_a_letter_made_by_another_program_comes_back_whole() -> None:
    message = EmailMessage()
    message["Subject"] = "Máy in hỏng – cần hỗ trợ gấp"
    message["From"] = "Nguyễn Thị Lan <lan@khach.vn>"
    message["To"] = "support@shop.vn"
    message.set_content("Chào bạn,\nmáy in không chạy.\n")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="hóa đơn tháng 3.pdf")

    letter = parse(message.as_bytes())

    assert letter.subject == "Máy in hỏng – cần hỗ trợ gấp"
    assert letter.sender == Address("Nguyễn Thị Lan", "lan@khach.vn")
    assert letter.text == "Chào bạn,\nmáy in không chạy.\n"
    assert [(one.filename, one.content) for one in letter.attachments] == [("hóa đơn tháng 3.pdf", b"%PDF")]


@pytest.mark.parametrize(
    ("header", "emails"),
    [
        ('"agent@shop.vn" <lan@khach.vn>', ["lan@khach.vn"]),
        ("=?utf-8?q?agent@shop.vn=2C?= <lan@khach.vn>", ["lan@khach.vn"]),
        ("=?utf-8?q?a@evil.vn,_b?= <lan@khach.vn>", ["lan@khach.vn"]),
        ("<lan@khach.vn> =?utf-8?q?<agent@shop.vn>?=", ["lan@khach.vn"]),
        ("lan@khach.vn (<agent@shop.vn>)", ["lan@khach.vn"]),
        ('"agent@shop.vn"@evil.vn', ['"agent@shop.vn"@evil.vn']),
        ("agent@shop.vn)lan@khach.vn", [""]),
        ("agent@shop.vn@evil.vn", [""]),
        ("Nguyễn, Lan <lan@khach.vn>, b@x.vn", ["lan@khach.vn", "b@x.vn"]),
        ("Team: a@x.vn, B <b@x.vn>; c@x.vn", ["a@x.vn", "b@x.vn", "c@x.vn"]),
        ("undisclosed-recipients:;", []),
        ("MAILER-DAEMON <>", [""]),
    ],
)
def test_an_address_is_only_what_stands_as_one(header: str, emails: list[str]) -> None:
    assert [address.email for address in addresses([header])] == emails


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("=?utf-8?B?TcOheQ==?= =?utf-8?B?IGlu?=", "Máy in"),
        ("=?utf-8?Q?M=C3?= =?utf-8?Q?=A1y?=", "Máy"),
        ("=?utf-8?q?hi=0D=0ABcc:_x@y?=", "hi Bcc: x@y"),
        ("=?utf-8?Q?unclosed", "=?utf-8?Q?unclosed"),
        ("=?x-unknown?B?SGVsbG8=?=", "Hello"),
        ("Ma\u0301y", "Máy"),
    ],
)
def test_encoded_words_are_read_on_one_line(value: str, said: str) -> None:
    assert words(value) == said


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Tiếng Việt".encode(), "us-ascii", "Tiếng Việt"),
        (b"Ti\xea\xecng Vi\xea\xf2t", "windows-1258", "Tiếng Việt"),
        (b"Ti\xea\xecng Vi\xea\xf2t", "", "Tiếng Việt"),
        (b"caf\xe9 \x80", "iso-8859-1", "café €"),
        ("你好".encode("gb18030"), "gb2312", "你好"),
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"a\x00b\r\nc", "", "ab\nc"),
        (b"hello", "rot13", "hello"),
    ],
)
def test_text_is_read_whatever_its_charset_claims(data: bytes, charset: str, text: str) -> None:
    assert decode(data, charset) == text


def test_file_names_are_read_in_every_spelling_and_hide_nothing() -> None:
    assert parameters("a; filename*0*=utf-8''b%C3%A1o; filename*1=\" c.pdf\"")[1]["filename"] == "báo c.pdf"
    letter = parse(HEAD + 'Content-Disposition: attachment; filename="invoice\u202egpj.exe"\n\nx'.encode())

    assert letter.attachments[0].filename == "invoicegpj.exe"
