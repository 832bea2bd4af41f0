"""Whose letter it was that somebody passes on, as mail programs of all kinds write it."""

import pytest

from helpdesk.mail.reading.parse import parse
from helpdesk.mailroom.forwarded import is_forwarded, original_senders

pytestmark = pytest.mark.once

HEADERS = "Sent: Friday, 20 November 2026 10:24\nTo: Minh\nSubject: Máy in\n\nMáy in không chạy."


def senders(subject: str, text: str) -> list[str]:
    letter = parse(
        f"From: minh@lua.example\nTo: support@lua.example\nSubject: {subject}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()
    )
    return [one.email for one in original_senders(letter)]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Fwd: Máy in", "---------- Forwarded message ---------\nFrom: Lan Trần <lan@khach.example>\nDate: Fri\n\nx"),
        ("Fwd: Máy in", "---------- Forwarded message ---------\nTừ: Lan <lan@khach.example>\nDate: Th 6\n\nx"),
        ("FW: Máy in", f"Nhờ xem.\n\nFrom: Lan Trần <lan@khach.example>\n{HEADERS}"),
        ("FW: Máy in", f"From: Lan Trần [mailto:lan@khach.example]\n{HEADERS}"),
        ("FW: Máy in", f"-----Original Message-----\nFrom: lan@khach.example\n{HEADERS}"),
        (
            "Fwd: Máy in",
            "Begin forwarded message:\n\n> From: Lan <lan@khach.example>\n> Subject: Máy in\n> Date: Fri\n",
        ),
        ("Fwd: Máy in", "Bắt đầu thư được chuyển tiếp:\n\nTừ: Lan <lan@khach.example>\nChủ đề: Máy in\nNgày: Th 6\n"),
        ("Chuyển tiếp: Máy in", "*Từ:* Lan <lan@khach.example>\n*Ngày:* 20/11/2026\n*Chủ đề:* Máy in\n"),
        ("TR: Máy in", "De : Lan <lan@khach.example>\nEnvoyé : vendredi\nÀ : Minh\nObjet : Máy in\n"),
        ("WG: Máy in", "Von: Lan <lan@khach.example>\nGesendet: Freitag\nAn: Minh\nBetreff: Máy in\n"),
        ("Máy in", "----- Thư chuyển tiếp -----\nTừ: Lan <lan@khach.example>\nTới: Minh\n\nx"),
        ("Fwd: Máy in", "*From: *Lan <lan@khach.example <mailto:lan@khach.example>>\n*Date: *Fri\n"),
        ("Fwd: Máy in", "From: Công ty Trách nhiệm Hữu hạn Thương mại Lan\n <lan@khach.example>\nDate: Fri\n"),
        ("Fwd: Máy in", '> From: "Trần, Lan" <lan@khach.example>\n> Date: Fri\n'),
    ],
)
def test_the_sender_of_a_letter_passed_on_is_found(subject: str, text: str) -> None:
    assert senders(subject, text) == ["lan@khach.example"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Máy in", "Máy in không chạy."),
        ("Re: Máy in", f"Chào bạn.\n\nFrom: Lan Trần <lan@khach.example>\n{HEADERS}"),
        ("Fwd: Máy in", "From: Lan Trần <lan@khach.example> told me that it burns.\n\nPlease look."),
        ("Fwd: Máy in", f"From: boss@lua.example <lan@khach.example>\n{HEADERS}"),
        ("Fwd: Máy in", f"From: Lan Trần\n{HEADERS}"),
        ("Fwd: Máy in", "From:\n" * 1000),
    ],
)
def test_what_is_not_clear_is_not_guessed(subject: str, text: str) -> None:
    assert senders(subject, text) == []


def test_the_nearest_of_several_comes_first() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: Hoa <hoa@lua.example>\nDate: Fri\nTo: minh\n\nfyi\n\n"
        "---------- Forwarded message ---------\nTừ: Lan <lan@khach.example>\nNgày: Th 5\nĐến: hoa\n\nx"
    )

    assert senders("Fwd: Fwd: x", text) == ["hoa@lua.example", "lan@khach.example"]


def test_a_letter_attached_whole_tells_its_sender() -> None:
    letter = parse(
        b"From: minh@lua.example\nTo: support@lua.example\nSubject: xem giup\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        b"--b\n\nNho xem.\n--b\nContent-Type: message/rfc822\n\nFrom: Lan <lan@khach.example>\nSubject: x\n\nx\n--b--\n"
    )

    assert is_forwarded(letter)
    assert [one.email for one in original_senders(letter)] == ["lan@khach.example"]
