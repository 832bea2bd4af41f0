"""
Does every letter leave, once and in order, whatever the mail server does and however often the sender dies?

    .venv/bin/python bench/outbox_faults.py [--letters 500] [--seed 1] [--database sqlite|postgresql] [--seconds 170]

A mail server on loopback is slow, asks to come back later, hangs up in the middle and after the whole letter, is
away, and refuses people, one after the other in an order by the seed; the sending process is killed with SIGKILL at
random moments. Once the server is well, every letter must have come, those of a ticket in their order, each under
one Message-ID, with at most one copy more for each kill and each line broken after a whole letter. Exit status 0 when
so, else 1. Then it is measured how fast letters leave when all is well.
"""

import argparse
import asyncio
import itertools
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct, field

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.mail_flow.sink import HANG_UP, LOST, Asked, Mood, Sink
from tools.measure.places import ROOT, Kind, Place, place

SECONDS_A_PHASE: Final = 7.0
TICKETS: Final = 50
REFUSED: Final = 20
CALM_LETTERS: Final = 300
_NUMBERS: Final = re.compile(r"t(\d+)\.n(\d+)@")


class Damage(Struct):
    """What was done to the desk. `drops` are lines broken after a whole letter that the server then has."""

    kills: int = 0
    drops: int = 0
    dropped: set[str] = field(default_factory=set)
    greeted: set[str] = field(default_factory=set)


class Moods:
    """Ways to be a bad mail server. People who are not there are refused by all of them."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.damage = dice, Damage()

    def all(self) -> list[Mood | None]:
        """One after the other; None is away."""
        moods: list[Mood | None] = [self.kind, self.slow, self.greylisting, self.dying, self.dropping, self.busy, None]
        self.dice.shuffle(moods)
        return moods

    async def kind(self, asked: Asked) -> str | None:
        return "550 5.1.1 no such user" if asked.verb == "RCPT" and "nobody" in asked.words else None

    async def slow(self, asked: Asked) -> str | None:
        await asyncio.sleep(self.dice.uniform(0, 0.2))
        return await self.kind(asked)

    async def greylisting(self, asked: Asked) -> str | None:
        if asked.verb == "." and asked.words not in self.damage.greeted:
            self.damage.greeted.add(asked.words)
            return "451 4.7.1 greylisted, come back later"
        return await self.kind(asked)

    async def dying(self, asked: Asked) -> str | None:
        return HANG_UP if asked.verb != "." and self.dice.random() < 0.1 else await self.kind(asked)

    async def dropping(self, asked: Asked) -> str | None:
        """Each letter once at most: after a second time it is for a person to say what becomes of it."""
        if asked.verb != "." or asked.words in self.damage.dropped or self.dice.random() < 0.5:
            return await self.kind(asked)
        self.damage.dropped.add(asked.words)
        if self.dice.random() < 0.5:
            return LOST
        self.damage.drops += 1
        return HANG_UP

    async def busy(self, asked: Asked) -> str | None:
        return "421 4.3.2 too busy" if self.dice.random() < 0.3 else await self.kind(asked)


class Desk:
    """The processes of the desk at `where`, whose letters go to `sink`."""

    def __init__(self, where: Place, sink: Sink) -> None:
        self.where, self.began = where, datetime.now(UTC).isoformat()
        self.environment = where.environment | {"HELPDESK_SMTP_URL": sink.url, "HELPDESK_LOG_LEVEL": "error"}
        self.sender: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bench.outbox_desk", self.began, *arguments]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stderr=subprocess.DEVNULL)

    def owe(self, **order: float) -> subprocess.Popen[bytes]:
        return self.start("owe", json.dumps(order))

    def send(self) -> None:
        self.sender = self.start("send")

    def kill(self) -> None:
        assert self.sender is not None
        self.sender.kill()
        self.sender.wait()


async def play(where: Place, letters: int, seed: int, seconds: float) -> bool:
    dice, sink, began = random.Random(seed), Sink(), time.monotonic()
    moods = Moods(dice)
    await sink.open()
    desk = Desk(where, sink)
    owing = desk.owe(letters=letters, tickets=TICKETS, seconds=SECONDS_A_PHASE * 5, refused=REFUSED)
    desk.send()
    killing = asyncio.create_task(_kill(desk, sink, moods))
    try:
        for mood in moods.all():
            name = getattr(mood, "__name__", "away")
            print(f"{time.monotonic() - began:6.1f} s  {len(sink.letters):5} letters came; now {name}")
            await (sink.close() if mood is None else _be(sink, mood))
            await asyncio.sleep(SECONDS_A_PHASE)
        killing.cancel()
        await _be(sink, moods.kind)
        await _until_done(where, letters + REFUSED, seconds - (time.monotonic() - began))
        took = time.monotonic() - began
        good = await _is_good(where, sink, moods.damage, letters, took)
        await _calm(desk, sink)
    finally:
        killing.cancel()
        owing.kill()
        desk.kill()
        await sink.close()
    return good


async def _until_done(where: Place, letters: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    done = "SELECT COUNT(*) FROM outbound WHERE state IN ('sent', 'failed', 'unknown')"
    for _ in iter(lambda: time.monotonic() < until, False):
        if await asyncio.to_thread(where.number, done) == letters:
            return
        await asyncio.sleep(0.2)


async def _be(sink: Sink, mood: Mood) -> None:
    sink.mood = mood
    await sink.close()
    await sink.open()


async def _kill(desk: Desk, sink: Sink, moods: Moods) -> None:
    """Let the sender live for a moment after its first call, again and again."""
    while True:
        calls, until = sink.calls, time.monotonic() + SECONDS_A_PHASE
        while sink.calls == calls and time.monotonic() < until:  # noqa: ASYNC110  # another process calls
            await asyncio.sleep(0.05)
        await asyncio.sleep(moods.dice.uniform(0.1, 3))
        desk.kill()
        moods.damage.kills += 1
        desk.send()


async def _is_good(where: Place, sink: Sink, damage: Damage, letters: int, took: float) -> bool:
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    for message_id in dict.fromkeys(letter.message_id for letter in sink.letters):
        found = _NUMBERS.match(message_id)
        assert found, message_id
        numbers[int(found[1])].append(int(found[2]))
    delivered = sum(len(of_ticket) for of_ticket in numbers.values())
    in_order = sum(a < b for of_ticket in numbers.values() for a, b in itertools.pairwise(of_ticket))
    pairs = sum(len(of_ticket) - 1 for of_ticket in numbers.values())
    copies = Counter(letter.message_id for letter in sink.letters)
    doubled, allowed = len(sink.letters) - len(copies), damage.kills + damage.drops
    sent = await asyncio.to_thread(where.number, "SELECT COUNT(*) FROM outbound WHERE state = 'sent'")
    failed = await asyncio.to_thread(where.number, "SELECT COUNT(*) FROM outbound WHERE state = 'failed'")
    broken = f"{len(damage.dropped)} lines broken after a whole letter ({damage.drops} letters kept)"
    print(f"{took:6.1f} s  {damage.kills} kills, {broken}")
    checks = [
        (delivered == letters, f"{delivered} of {letters} letters came"),
        (in_order == pairs, f"{in_order} of {pairs} in the order of their ticket"),
        (doubled <= allowed, f"{doubled} came twice, {allowed} may have"),
        (sent == letters, f"{sent} are known to have been sent"),
        (failed == REFUSED, f"{failed} of {REFUSED} to people who are not there failed"),
    ]
    for is_good, text in checks:
        print("         ", "fine   " if is_good else "WRONG  ", text)
    return all(is_good for is_good, _ in checks)


async def _calm(desk: Desk, sink: Sink) -> None:
    """How fast letters leave when all is well, of TICKETS tickets, to a server that answers at once."""
    desk.kill()
    desk.owe(letters=CALM_LETTERS, tickets=TICKETS, seconds=0, first_ticket=1000).wait()
    times: list[float] = []

    async def note(asked: Asked) -> str | None:
        if asked.verb == ".":
            times.append(time.perf_counter())
        return None

    sink.mood = note
    desk.send()
    for _ in iter(lambda: len(times) < CALM_LETTERS, False):
        await asyncio.sleep(0.1)
    speed = (CALM_LETTERS - 1) / (times[-1] - times[0])
    print(f"          {speed:.0f} letters a second leave when all is well")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--letters", type=int, default=500)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    words.add_argument("--seconds", type=float, default=170, help="when to give up")
    options = words.parse_args()
    kind: Kind = options.database
    with place(kind) as where:
        where.run("helpdesk", "migrate")
        good = asyncio.run(play(where, options.letters, options.seed, options.seconds))
    print("Every letter left, in order, and no more often than it had to." if good else "NOT as it should be.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
