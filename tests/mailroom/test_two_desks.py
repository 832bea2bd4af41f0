"""
Two machines that answer each other: two of our desks, or one and a stranger's. Real processes, SMTP on loopback.

Between them lies a wire that does to letters what bad servers do. Only the clocks are pretended.
"""

import asyncio
import json
import os
import re
import smtplib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from helpdesk.core.config import ROOT
from tests.mail_flow.letters import letter
from tests.mail_flow.sink import Sink, Taken

A, B = "support@a.example", "help@b.example"
LAN = "lan@khach.example"
STEP_SECONDS = 30
TEN_MINUTES = 600 // STEP_SECONDS
MANY = 1_000_000
"""More letters than any exchange here may have."""

Spoil = Callable[[bytes], bytes]
"""What the wire does to a letter on its way."""


class Apart:
    """A desk in a process of its own, with the mail server that takes its letters."""

    def __init__(self, address: str, process: asyncio.subprocess.Process, sink: Sink) -> None:
        self.address = address
        self.process = process
        self.sink = sink
        self.port = 0
        self.seen = 0

    async def do(self, order: str, value: Any = None) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([order, value]).encode() + b"\n")
        return await self.said()

    async def said(self) -> Any:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        assert line, "the desk has died"
        return json.loads(line)

    def new_letters(self) -> list[Taken]:
        """What it has written since the last time, but for what it tells its own people."""
        letters, self.seen = self.sink.letters[self.seen :], len(self.sink.letters)
        return [one for one in letters if not one.recipients[0].endswith("@lua.example")]

    async def hear(self, envelope_from: str, envelope_to: str, raw: bytes) -> None:
        def hand_over() -> None:
            with smtplib.SMTP("127.0.0.1", self.port) as server:
                server.sendmail(envelope_from, [envelope_to], raw)

        await asyncio.to_thread(hand_over)


@asynccontextmanager
async def a_desk(address: str, folder: Path) -> AsyncIterator[Apart]:
    sink = Sink()
    await sink.open()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
    environment |= {
        "HELPDESK_DATA_DIR": str(folder / address),
        "HELPDESK_SECRET_KEY": address * 4,
        "HELPDESK_MAIL_DOMAIN": address.partition("@")[2],
        "HELPDESK_SMTP_URL": sink.url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.mailroom.desk_apart", address),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    desk = Apart(address, process, sink)
    try:
        desk.port = await desk.said()
        yield desk
    finally:
        process.kill()
        await process.wait()
        await sink.close()


@asynccontextmanager
async def two_desks(folder: Path) -> AsyncIterator[tuple[Apart, Apart]]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(a_desk(A, folder)), await stack.enter_async_context(a_desk(B, folder))


async def between(first: Apart, second: Apart, spoil: Spoil) -> int:
    """Ten minutes on the wire between two desks; how many letters crossed it."""
    crossed = 0
    for _ in range(TEN_MINUTES):
        for desk, other in ((first, second), (second, first)):
            await desk.do("go", STEP_SECONDS)
            for one in desk.new_letters():
                crossed += 1
                await other.hear(one.sender, one.recipients[0], spoil(one.content))
    return crossed


def as_it_is(raw: bytes) -> bytes:
    return raw


def without(*names: str) -> Spoil:
    def spoil(raw: bytes) -> bytes:
        message = message_from_bytes(raw, policy=SMTP)
        for name in names:
            del message[name]
        return message.as_bytes()

    return spoil


def with_another_id(raw: bytes) -> bytes:
    message = message_from_bytes(raw, policy=SMTP)
    was = message["Message-ID"]
    del message["Message-ID"]
    message["Message-ID"] = f"<{abs(hash(was))}@gateway.example>"
    return message.as_bytes()


MARKS = ("Auto-Submitted", "X-Loop", "X-Auto-Response-Suppress", "Precedence")
CONVERSATION = ("In-Reply-To", "References")


@pytest.mark.parametrize(
    "spoil",
    [as_it_is, without(*MARKS), lambda raw: with_another_id(without(*MARKS, *CONVERSATION)(raw))],
    ids=["as it is", "without marks", "with nothing that tells"],
)
@pytest.mark.parametrize("begins", ["ask", "write"])
async def test_two_of_our_desks_exchange_at_most_two_letters(tmp_path: Path, spoil: Spoil, begins: str) -> None:
    async with two_desks(tmp_path) as (first, second):
        await first.do(begins, B)

        crossed = await between(first, second, spoil)

        assert 1 <= crossed <= 2
        assert (await first.do("facts"))["tickets"] == 1, "what comes back belongs to the one conversation"
        assert (await second.do("facts"))["tickets"] <= 1


async def answered_by(desk: Apart, answer: Callable[[int, bytes], bytes], *, steps: int = TEN_MINUTES) -> int:
    """A stranger's machine answers each letter at once, to the address in From; how many letters we wrote it."""
    wrote = 0
    await desk.hear(LAN, desk.address, letter("Máy in hỏng.", to=desk.address, message_id="<0@khach.example>"))
    for _ in range(steps):
        await desk.do("go", STEP_SECONDS)
        for one in desk.new_letters():
            wrote += 1
            assert wrote < MANY
            await desk.hear(LAN, desk.address, answer(wrote, one.content))
    return wrote


def away(number: int, raw: bytes) -> bytes:
    """An out-of-office machine that says so nowhere, and thinks of a new subject each time."""
    return letter(f"Lan ở xa. {number}", to=A, subject=f"Xin chào lần {number}", message_id=f"<{number}@khach.example>")


def other_desk(number: int, raw: bytes) -> bytes:
    """A ticket system of another kind: its own number in the subject, and nothing of our letter."""
    return letter(
        f"We have received your request {number}.",
        to=A,
        subject=f"[Ticket {9000 + number}] Request received",
        message_id=f"<case-{number}@khach.example>",
    )


@pytest.mark.parametrize("machine", [away, other_desk])
async def test_a_machine_that_hides_gets_few_letters(tmp_path: Path, machine: Callable[[int, bytes], bytes]) -> None:
    async with a_desk(A, tmp_path) as desk:
        assert await answered_by(desk, machine) <= 5

        facts = await desk.do("facts")
        assert facts["tickets"] >= 1, "what it writes is kept all the same"


async def test_a_machine_that_goes_on_for_hours_is_silenced(tmp_path: Path) -> None:
    async with a_desk(A, tmp_path) as desk:
        wrote = await answered_by(desk, away)
        for hour in range(5):
            await desk.do("go", 3600)
            again = letter(f"Lại đây {hour}", to=A, subject=f"Giờ {hour}", message_id=f"<h{hour}@khach.example>")
            await desk.hear(LAN, A, again)
            for step in range(TEN_MINUTES):
                await desk.do("go", STEP_SECONDS)
                for one in desk.new_letters():
                    wrote += 1
                    await desk.hear(LAN, A, away(1000 * hour + step + 100, one.content))

        facts = await desk.do("facts")
        assert wrote <= 10
        assert facts["troubles"] == [{"email": LAN, "is_silent": True, "reason": "loop"}]


async def test_our_acknowledgement_says_what_it_is_and_repeats_nothing(tmp_path: Path) -> None:
    async with a_desk(A, tmp_path) as desk:
        words = "Mật khẩu của tôi là 12345 https://evil.example/x"
        await desk.hear(LAN, A, letter(words, to=A, subject="Rẻ lắm https://evil.example/x"))
        await desk.do("go", STEP_SECONDS)

        (one,) = desk.new_letters()
        said = message_from_bytes(one.content, policy=SMTP)
        everything = one.content.decode() + "".join(
            part.get_content() for part in said.walk() if part.get_content_maintype() == "text"
        )
        assert (said["Auto-Submitted"], said["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
        assert said["In-Reply-To"] == "<1@khach.example>"
        assert not re.search("12345|evil|Rẻ lắm", f"{everything} {said['Subject']}")
        assert one.sender == "", "nobody is told when it does not arrive (RFC 3834, section 3.3)"
