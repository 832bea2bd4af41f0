"""The words of a letter that was signed as a whole are read; what was signed stays among the files byte for byte."""

import pytest

from helpdesk.mail.reading.parse import parse
from helpdesk.mail.reading.smime import signed_letter

ID = bytes.fromhex("06092a864886f70d010701")
LETTER = "Content-Type: text/plain; charset=utf-8\r\n\r\nMáy in hỏng.".encode()


def piece(tag: int, content: bytes) -> bytes:
    length = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2, "big")
    return bytes([tag]) + length + content


WHOLE = b"\x30\x80" + ID + piece(0xA0, piece(0x04, LETTER)) + b"\x00\x00"
IN_PIECES = ID + b"\xa0\x80\x24\x80" + piece(0x04, LETTER[:20]) + piece(0x04, LETTER[20:]) + b"\x00\x00\x00\x00signers"
LONG = ID + piece(0xA0, piece(0x24, piece(0x04, LETTER + b" " * 200))) + b"signers"


@pytest.mark.parametrize("content", [WHOLE, IN_PIECES, LONG])
def test_the_words_of_a_signed_letter_are_read_and_the_part_is_kept(content: bytes) -> None:
    letter = parse(
        b"Subject: x\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\n" + content
    )

    assert letter.text.strip() == "Máy in hỏng."
    assert [(one.filename, one.content) for one in letter.attachments] == [("smime.p7m", content)]


@pytest.mark.parametrize(
    "content",
    [b"", ID, ID + b"\xa0", ID + b"\x30\x03abc", ID + b"\xa0\x05\x04\xff", ID + b"\xa0\x80\x24\x80", b"0" * 2000 + ID],
)
def test_what_is_encrypted_or_broken_says_nothing(content: bytes) -> None:
    assert signed_letter(content) is None


def test_a_letter_signed_in_itself_without_end_is_read_a_few_times() -> None:
    inside = LETTER
    for _ in range(30):
        inside = b"Content-Type: application/pkcs7-mime\r\n\r\n" + ID + piece(0xA0, piece(0x04, inside))

    letter = parse(inside)

    assert letter.text == ""
    assert 1 <= len(letter.attachments) <= 5
