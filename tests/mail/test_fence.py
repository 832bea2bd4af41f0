"""Whatever comes in, the server stays up, small and in time."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpdesk.mail.fence import Fence
from helpdesk.mail.parse import parse
from helpdesk.mail.quotes import split

LETTERS = Path(__file__).parent.parent / "letters"


@pytest.fixture
async def fence() -> AsyncIterator[Fence]:
    made = Fence()
    yield made
    made.close()


async def test_every_known_letter_passes_unchanged(fence: Fence) -> None:
    paths = sorted(LETTERS.glob("*/*.eml"))
    different = []
    for path in paths:
        raw = path.read_bytes()
        letter = await fence.parse(raw)
        different += [path.name] if "not-understood" in letter.remarks or letter != parse(raw) else []

    assert len(paths) == 107 + 234 + 50
    assert different == []


async def test_the_new_words_are_found_behind_the_fence_too(fence: Fence) -> None:
    text = "Vẫn hỏng.\n\nOn Mon, 2 Mar 2026 at 09:15, Minh <m@shop.vn> wrote:\n> Thử lại?"

    assert await fence.split(text) == split(text)


async def test_a_letter_that_takes_too_much_memory_is_known_by_its_headers() -> None:
    small = Fence(memory=120 * 1024 * 1024)
    raw = (
        b"From: Lan <lan@khach.vn>\nSubject: =?utf-8?B?TcOheSBpbg==?=\nAuto-Submitted: auto-replied\n\n"
        + b"word " * 20_000_000
    )

    letter = await small.parse(raw)
    after = await small.parse(b"Subject: next\n\nhello")
    small.close()

    assert letter.remarks == ("not-understood",)
    assert (letter.subject, letter.sender.email, letter.text) == ("Máy in", "lan@khach.vn", "")
    assert letter.header("auto-submitted") == "auto-replied"
    assert (after.subject, after.text) == ("next", "hello")


async def test_a_letter_that_takes_too_long_is_given_up_and_the_next_one_read() -> None:
    hasty = Fence(seconds=1.5)
    await hasty.parse(b"Subject: first\n\nhello")

    part = b"--b\nContent-Type: text/html\n\n" + b"<" * 900_000 + b"\n"
    letter = await hasty.parse(b"Subject: long\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 25)
    after = await hasty.parse(b"Subject: next\n\nhello")
    hasty.close()

    assert (letter.subject, letter.remarks) == ("long", ("not-understood",))
    assert after.text == "hello"


async def test_a_child_that_was_killed_is_replaced(fence: Fence) -> None:
    await fence.parse(b"Subject: one\n\nhello")
    fence.close()

    assert (await fence.parse(b"Subject: two\n\nhello")).text == "hello"


async def test_letters_that_come_at_once_are_read_one_after_another(fence: Fence) -> None:
    letters = await asyncio.gather(*(fence.parse(b"Subject: %d\n\nhello" % number) for number in range(20)))

    assert [letter.subject for letter in letters] == [str(number) for number in range(20)]


async def test_the_child_stays_small_with_a_letter_of_25_megabytes(fence: Fence) -> None:
    body = (b"QUJD" * 19 + b"\r\n") * 330_000
    head = b"Subject: big\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    letter = await fence.parse(head + body)

    assert len(letter.attachments[0].content) == 330_000 * 57
    assert fence._child is not None
    assert 10 * 1024 < most_kilobytes(fence._child.pid) < 300 * 1024


def most_kilobytes(pid: int) -> int:
    """How large a process has ever been."""
    [found] = re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found)
