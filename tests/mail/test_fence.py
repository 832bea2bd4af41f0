"""Whatever comes in, the server stays up, small and in time."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpdesk.mail.reading.fence import Fence
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.reading.quotes import split

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
    small = Fence(children=1, memory=120 * 1024 * 1024)
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
    [child] = fence.pids()
    assert 10 * 1024 < most_kilobytes(child) < 300 * 1024


async def test_a_letter_that_takes_long_holds_no_other(fence: Fence) -> None:
    part = b"--b\nContent-Type: text/html\n\n" + b"<" * 900_000 + b"\n"
    slow = b"Subject: long\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 25
    await asyncio.gather(fence.parse(b"Subject: a\n\n"), fence.parse(b"Subject: b\n\n"))  # both children stand

    waiting = asyncio.create_task(fence.parse(slow))
    await asyncio.sleep(0.05)
    read = [(await fence.parse(b"Subject: next\n\nhello")).text for _ in range(5)]

    assert read == ["hello"] * 5
    assert not waiting.done()
    assert (await waiting).subject == "long"


async def test_children_start_when_they_are_needed_and_end_when_they_are_not() -> None:
    resting = Fence(idle=0.2)
    assert resting.pids() == []
    await resting.parse(b"Subject: one\n\nhello")
    await resting.parse(b"Subject: two\n\nhello")
    assert len(resting.pids()) == 1

    for _ in range(100):
        await asyncio.sleep(0.05)
        if not resting.pids():
            break

    assert resting.pids() == []
    assert (await resting.parse(b"Subject: three\n\nhello")).text == "hello"
    resting.close()


@pytest.mark.parametrize("path", sorted((LETTERS / "attack").glob("*.eml")), ids=lambda path: path.stem)
async def test_no_known_attack_takes_more_than_its_share(path: Path) -> None:
    own = Fence(children=1)
    await own.parse(b"Subject: first\n\nhello")
    [child] = own.pids()
    before = cpu_seconds(child)

    letter = await own.parse(path.read_bytes())

    assert "not-understood" not in letter.remarks
    assert own.pids() == [child]
    assert most_kilobytes(child) < 300 * 1024
    assert cpu_seconds(child) - before < 5
    own.close()


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor, in user mode and for itself in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def most_kilobytes(pid: int) -> int:
    """How large a process has ever been."""
    [found] = re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found)
