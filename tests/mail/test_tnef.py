"""What Outlook packs into winmail.dat comes out as words and files; a broken pack is left as it came."""

import struct

import pytest

from helpdesk.mail.reading import tnef
from helpdesk.mail.reading.parse import parse

PACKED_RTF = bytes.fromhex(  # the example of MS-OXRTFCP, section 4.1
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def attribute(number: int, value: bytes, *, level: int = 1) -> bytes:
    checksum = sum(value) & 0xFFFF
    return struct.pack("<BHHI", level, number, 6, len(value)) + value + struct.pack("<H", checksum)


def properties(*said: tuple[int, int, bytes]) -> bytes:
    """Of (type, number, value); all of a kind that has a length."""
    out = struct.pack("<I", len(said))
    for kind, number, value in said:
        out += struct.pack("<HHII", kind, number, 1, len(value)) + value + b"\x00" * (-len(value) % 4)
    return out


def packed(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x9007, struct.pack("<II", 1258, 0)) + b"".join(attributes)


def file(name: str, content: bytes, *more: tuple[int, int, bytes]) -> bytes:
    said = properties((0x1F, 0x3707, name.encode("utf-16-le") + b"\0\0"), *more)
    return (
        attribute(0x9002, b"\0" * 14, level=2)
        + attribute(0x8010, b"SHORT~1.DAT\0", level=2)
        + attribute(0x800F, content, level=2)
        + attribute(0x9005, said, level=2)
    )


def letter(pack: bytes, words: bytes = b"") -> bytes:
    head = b"From: lan@khach.vn\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
    pack_head = b"\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\n"
    return head + words + pack_head + pack + b"\n--b--\n"


def test_files_come_out_with_their_long_names() -> None:
    pack = packed(
        file("Hóa đơn tháng 3.pdf", b"%PDF", (0x1E, 0x370E, b"application/pdf\0")),
        file("ảnh.png", b"\x89PNG", (0x1E, 0x370E, b"image/png\0"), (0x1F, 0x3712, "<a@b>".encode("utf-16-le"))),
    )

    read = parse(letter(pack, b"Xin xem."))

    assert read.text == "Xin xem."
    assert [(one.filename, one.content_type, one.content, one.content_id) for one in read.attachments] == [
        ("Hóa đơn tháng 3.pdf", "application/pdf", b"%PDF", ""),
        ("ảnh.png", "image/png", b"\x89PNG", "a@b"),
    ]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ((0x1F, 0x1000, "Chào bạn".encode("utf-16-le")), "Chào bạn"),
        ((0x1E, 0x1000, b"Ti\xea\xecng Vi\xea\xf2t"), "Tiếng Việt"),
        ((0x102, 0x1013, b"<p>hello <b>world</b></p>"), "hello world"),
        ((0x102, 0x1009, PACKED_RTF), "hello world"),
    ],
)
def test_the_words_are_read_where_the_letter_has_no_others(said: tuple[int, int, bytes], text: str) -> None:
    pack = packed(attribute(0x9003, properties(said)))

    assert parse(letter(pack)).text == text
    assert parse(letter(pack, b"Mine.")).text == "Mine."


def test_named_properties_and_many_values_are_stepped_over() -> None:
    named = struct.pack("<HH16sII", 0x1E, 0x8001, b"g" * 16, 1, 5) + "ab".encode("utf-16-le") + b"\0" * 4
    named += struct.pack("<II", 1, 3) + b"abc\0"
    by_number = struct.pack("<HH16sII", 0x03, 0x8002, b"g" * 16, 0, 7) + struct.pack("<I", 9)
    many = struct.pack("<HHIII", 0x1003, 0x4000, 2, 1, 2)
    words = struct.pack("<HHII", 0x1E, 0x1000, 1, 4) + b"word"

    pack = packed(attribute(0x9003, struct.pack("<I", 4) + named + by_number + many + words))

    assert parse(letter(pack)).text == "word"


def test_a_letter_within_the_letter_gives_its_files_and_its_words() -> None:
    inner = packed(attribute(0x800C, b"inner words"), file("a.txt", b"A"))
    pack = packed(file("Fwd", b"", (0x0D, 0x3701, b"i" * 16 + inner)))

    assert [(one.filename, one.content) for one in parse(letter(pack)).attachments] == [
        ("Fwd.txt", b"inner words"),
        ("a.txt", b"A"),
    ]


@pytest.mark.parametrize(
    "pack",
    [
        b"",
        b"no pack at all",
        b"\x78\x9f\x3e\x22",
        packed()[:9],
        packed(attribute(0x9003, b"\xff" * 40)),
        packed(attribute(0x9003, b"")),
        packed() + b"\x01\x00\x80\x06\x00\xff\xff\xff\xff",
    ],
)
def test_a_pack_that_says_nothing_stays_as_it_came(pack: bytes) -> None:
    read = parse(letter(pack, b"Words."))

    assert [(one.filename, one.content) for one in read.attachments] == [("winmail.dat", pack)]
    assert read.text == "Words."
    assert read.remarks == ("tnef-unread",)


def test_every_cut_and_every_changed_byte_of_a_pack_is_survived() -> None:
    pack = packed(attribute(0x9003, properties((0x102, 0x1009, PACKED_RTF))), file("a", packed(file("b", b"c"))))

    for at in range(len(pack)):
        tnef.opened(pack[:at])
        for value in (0, 0xFF):
            tnef.opened(pack[:at] + bytes([value]) + pack[at + 1 :])


def test_packed_rtf_never_grows_without_end() -> None:
    bomb = struct.pack("<IIII", 0, 0xFFFFFFFF, 0x75465A4C, 0) + (b"\xff" + b"\x00\x0f" * 8) * 40_000

    assert len(tnef.unpacked_rtf(bomb)) <= tnef.MAX_RTF


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1258{\fonttbl{\f0 Arial;}}Ti\'ea\'ecng Vi\'ea\'f2t\par hai}", "Tiếng Việt\nhai"),
        (rb"{\rtf1\ansi\uc1 M\u225?y \{in\} \emdash x}", "Máy {in} \u2014x"),
        (rb"{\rtf1{\*\generator Riched}{\*\htmltag84 <br>}a\line b\tab c}", "a\nb\tc"),
        (rb"{\rtf1 {{{{", ""),
        (rb"}}}}}\u-10179?\u-8704?a", "\U0001f600a"),
    ],
)
def test_rtf_is_readable(rtf: bytes, text: str) -> None:
    assert tnef.rtf_to_text(rtf) == text
