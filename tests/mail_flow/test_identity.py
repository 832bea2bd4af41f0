"""The same letter is the same by every door, and no other letter is."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.mail.doors.identity import identity, message_id, row
from tests.mail_flow.letters import letter

pytestmark = pytest.mark.once
LETTER = letter()
WITH_ID = b"Message-ID: <1@khach.example>"


NO_ID = letter(message_id="")
BOTH = pytest.mark.parametrize("one", [LETTER, NO_ID], ids=["with an id", "without an id"])
TRACES = (
    b"Received: from a by b; Fri, 20 Nov 2026 10:24:00 +0700\r\nReturn-Path: <lan@khach.example>\r\n",
    b"Delivered-To: support@lua.example\nAuthentication-Results: x;\n  dkim=pass\n",
    b"ARC-Seal: i=1; a=rsa-sha256;\r\n\tt=1; b=x\r\nDKIM-Signature: v=1; d=relay.example;\r\n b=y\r\n",
    b"Delivery-date: Fri, 20 Nov 2026 10:24:00 +0700\nEnvelope-to: support@lua.example\nX-Gm-Message-State: AOJu0Yw\n",
    b"X-MS-Exchange-Organization-SCL: 1\r\nX-Microsoft-Antispam: BCL:0;\r\nSpamDiagnosticMetadata: NSPM\r\n",
    b"X-Original-To: support@lua.example\nX-UID: 7\nStatus: RO\nX-Keywords: NonJunk\n",
)
"""What servers, forwarders and mailboxes write on the way, on top of a letter or below its own fields."""


@BOTH
@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"\n", b"\r\r\n"),
        *(lambda raw, trace=trace: trace + raw for trace in TRACES),
        *(lambda raw, trace=trace: raw.replace(b"\n\n", b"\n" + trace + b"\n", 1) for trace in TRACES),
        lambda raw: b"X-Ours: 1\n" + TRACES[0] + raw,
        lambda raw: b"From lan@khach.example Fri Nov 20 10:24:00 2026\n" + raw,
        lambda raw: raw + b"\n\n",
        lambda raw: raw.rstrip(b"\n"),
        lambda raw: raw.replace(b"Subject: ", b"Subject:\n  "),
        lambda raw: raw.replace(b"Subject: ", b"SUBJECT:"),
        lambda raw: b"MIME-Version: 1.0\n" + raw.replace(b"MIME-Version: 1.0\n", b""),
    ],
)  # fmt: skip
def test_a_letter_stays_itself_whatever_its_way(one: bytes, change: Callable[[bytes], bytes]) -> None:
    other = change(one)

    assert other != one
    assert identity(other) == identity(one)


def test_what_mbox_files_do_to_lines_does_not_count() -> None:
    assert identity(LETTER + b"\n>From here on\n") == identity(LETTER + b"\nFrom here on\n")
    assert identity(LETTER + b"\n> From here on\n") != identity(LETTER + b"\nFrom here on\n")


def test_with_an_id_no_field_of_a_server_that_we_do_not_know_makes_another_letter() -> None:
    assert identity(LETTER.replace(b"\n\n", b"\nX-New-Gadget: 1\nCrossed-Border: yes\n\n", 1)) == identity(LETTER)


OTHERS = {
    "words": {"text": "Máy in vẫn không chạy."},
    "sender": {"sender": "Huy <huy@khach.example>"},
    "subject": {"subject": "Máy in"},
    "addressee": {"to": "sales@lua.example"},
    "copy": {"cc": "huy@khach.example"},
    "answer to": {"in_reply_to": "<7@lua.example>"},
    "date": {"date": "Fri, 20 Nov 2026 10:24:01 +0700"},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("message_id", ["<1@khach.example>", "", "<>", "none"])
def test_another_letter_is_another_under_the_same_id_or_without_one(change: dict[str, str], message_id: str) -> None:
    one, other = letter(), letter(**change)
    given_id = f"Message-ID: {message_id}".encode()

    assert identity(other.replace(WITH_ID, given_id)) != identity(one.replace(WITH_ID, given_id))


@pytest.mark.parametrize(
    "other",
    [
        letter(message_id="<2@khach.example>"),
        NO_ID,
        LETTER.replace(b"\n\n", b"\nno empty line\n", 1),
        LETTER + b"\nmore",
        LETTER.replace(b"y.\n", b"y.\n\n.\n"),
    ],
    ids=["id", "no id", "no body", "more", "a dot"],
)
def test_another_letter_is_another(other: bytes) -> None:
    assert identity(other) != identity(LETTER)


def test_without_an_id_a_field_of_the_author_makes_another_letter() -> None:
    """Two alarms of one second differ in nothing else."""
    alarm = NO_ID.replace(b"Subject: ", b"X-Alarm: 7\nSubject: ")

    assert identity(alarm) != identity(alarm.replace(b"X-Alarm: 7", b"X-Alarm: 8"))


LINES = st.lists(st.binary(max_size=40).map(lambda line: line.translate(None, b"\r\n")), max_size=8)
FIELDS = st.dictionaries(
    st.sampled_from(["From", "To", "Subject", "Message-ID", "X-Mailer", "Comments", "Reply-To", "Date"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=0x1EF9, exclude_categories=["Cs", "C", "Z"]), max_size=30),
    max_size=6,
)


@given(fields=FIELDS, lines=LINES, trace=st.sampled_from(TRACES), ends=st.sampled_from([b"\n", b"\r\n"]))
def test_any_letter_is_one_by_every_way(fields: dict[str, str], lines: list[bytes], trace: bytes, ends: bytes) -> None:
    head = [f"{name}: {value}".encode() for name, value in {"MIME-Version": "1.0", **fields}.items()]
    raw = b"\n".join([*head, b"", *lines])

    assert identity(trace + raw.replace(b"\n", ends) + ends) == identity(raw)
    assert identity(raw + b"\n!") != identity(raw)


@given(raw=st.binary(max_size=300))
def test_any_bytes_have_an_identity_and_line_ends_do_not_change_it(raw: bytes) -> None:
    raw = raw.replace(b"\r", b"")

    assert identity(raw.replace(b"\n", b"\r\n")) == identity(raw)


def test_large_letters_are_read_in_pieces_of_whole_lines() -> None:
    line = "một dòng dài vừa phải để nói điều gì đó ".encode() * 2
    large = LETTER + (line + b"\nFrom here\n") * 30_000

    assert identity(large.replace(b"\n", b"\r\n").replace(b"\nFrom", b"\n>From")) == identity(large)
    assert identity(large.replace(line, line[:-1], 1)) != identity(large)


def test_the_message_id_is_read_without_its_brackets_and_fits_its_column() -> None:
    assert message_id(LETTER) == "1@khach.example"
    assert message_id(letter(message_id="")) == ""
    assert len(message_id(b"Message-ID: <" + b"x" * 10_000 + b">\n\n")) == 998


def test_nothing_in_a_row_can_break_a_database() -> None:
    from helpdesk.core.clock import now

    values = row(b"Message-ID: <a\x00\xff@b>\n\n", "pipe", "lan\x00\udcff@khach.example", ["", "a" * 999], now())

    assert values["message_id"] == "a\ufffd@b"
    assert values["envelope_from"] == "lan?@khach.example"
    assert values["envelope_to"] == f'["{"a" * 320}"]'
