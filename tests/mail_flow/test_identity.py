"""The same letter is the same by every door, and no other letter is."""

import pytest

from helpdesk.mail.identity import identity, message_id, row
from tests.mail_flow.letters import letter

pytestmark = pytest.mark.once
LETTER = letter()


@pytest.mark.parametrize(
    "other",
    [
        LETTER.replace(b"\n", b"\r\n"),
        b"Received: from a by b; Fri, 20 Nov 2026 10:24:00 +0700\r\nReturn-Path: <lan@khach.example>\r\n" + LETTER,
        b"X-Ours: 1\nDelivered-To: support@lua.example\nAuthentication-Results: x;\n  dkim=pass\n" + LETTER,
        LETTER.replace(b"\n\n", b"\nX-Spam-Score: 1\n\n", 1),
        b"From lan@khach.example Fri Nov 20 10:24:00 2026\n" + LETTER,
        LETTER + b"\n\n",
        LETTER.replace(b"Subject: ", b"Subject:\n  "),
    ],
    ids=[
        "other line ends",
        "trace headers",
        "headers of ours",
        "scores",
        "mbox line",
        "empty lines at the end",
        "folded",
    ],
)
def test_a_letter_stays_itself_whatever_its_way(other: bytes) -> None:
    assert other != LETTER
    assert identity(other) == identity(LETTER)


@pytest.mark.parametrize(
    "other",
    [
        letter("Máy in vẫn không chạy."),
        letter(sender="Huy <huy@khach.example>"),
        letter(subject="Máy in"),
        letter(message_id="<2@khach.example>"),
        letter(message_id=""),
        LETTER.replace(b"\n\n", b"\nno empty line\n", 1),
        LETTER.replace(b"\n\n", b"\nX-Mailer: another\n\n", 1),
    ],
    ids=["words", "sender", "subject", "id", "no id", "no body", "header of their own"],
)
def test_another_letter_is_another(other: bytes) -> None:
    assert identity(other) != identity(LETTER)


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
