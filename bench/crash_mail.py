"""
Is a letter ever lost or doubled when programs die? A mail server hands letters in while everything is killed.

    .venv/bin/python bench/crash_mail.py [--letters 2000] [--seed 1] [--database sqlite|postgresql] [--seconds 170]

Letters come by SMTP (three conversations) and by the pipe, each again until it is taken, as a mail server does. The
server and the pipes are killed with SIGKILL at random moments, in the middle of keeping and of sorting. In the end
every letter must be there byte for byte, once, and be one message of one ticket. Exit status 0 when so, else 1.
"""

import argparse
import asyncio
import contextlib
import random
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Final

import asyncpg
import msgspec
from msgspec import Struct, field

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.measure.company import Size
from tools.measure.places import ROOT, Place, free_port, place

TO: Final = "customer-care@lua.example"
CONVERSATIONS: Final = 3
PIPE_SHARE: Final = 0.12
"""Of the letters; each pipe takes a tenth of a second, so more would make the trial long."""
DIES_YOUNG: Final = 0.1
"""The share of servers that are killed while they start."""
PIPE_LIFE: Final = (0.0, 0.12)
"""Seconds that every second pipe may live."""


class Trial(Struct):
    """What is happening, shared by all threads."""

    where: Place
    port: int
    letters: dict[int, bytes]
    dice: random.Random
    life: float
    taken: Counter[str] = field(default_factory=Counter)
    """Letters that were said to be kept, by door."""
    kills: Counter[str] = field(default_factory=Counter)
    again: int = 0
    """How often a letter had to be offered anew."""
    refused: list[str] = field(default_factory=list)
    """Answers that send a letter back to its author: there must be none."""
    is_over: threading.Event = field(default_factory=threading.Event)


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as after Ctrl C: end what was started, and tidy up
    with place(options.database) as where:
        where.run("tools.measure.company", msgspec.json.encode(Size(1, 1, 1, 1)).decode())
        letters = _letters(options.letters, options.seed)
        trial = Trial(where, free_port(), letters, random.Random(options.seed), options.life)
        began = time.monotonic()
        finished = _play(trial, until=began + options.seconds)
        return _judge(trial, options, finished, time.monotonic() - began)


def _play(trial: Trial, until: float) -> bool:
    """Hand in every letter among kills, and let what is left be sorted in peace; whether there was time for all."""
    by_pipe: Queue[int] = Queue()
    by_smtp: Queue[int] = Queue()
    for number in trial.letters:
        (by_pipe if trial.dice.random() < PIPE_SHARE else by_smtp).put(number)
    doors = [threading.Thread(target=_talk, args=(trial, by_smtp)) for _ in range(CONVERSATIONS)]
    doors.append(threading.Thread(target=_pipe, args=(trial, by_pipe)))
    for door in doors:
        door.start()
    try:
        while any(door.is_alive() for door in doors) and time.monotonic() < until:
            with _server(trial) as server:
                _live(trial, server, doors)
        with _server(trial):
            while _count(trial, "inbound WHERE state = 'owed'") and time.monotonic() < until:
                time.sleep(0.2)
    finally:
        trial.is_over.set()
        for door in doors:
            door.join()
    return not (by_pipe.qsize() or by_smtp.qsize() or _count(trial, "inbound WHERE state = 'owed'"))


@contextmanager
def _server(trial: Trial) -> Iterator["subprocess.Popen[bytes]"]:
    """`helpdesk work`, killed in the end, with its jobs given back: to wait for their lease would take five minutes."""
    command = [sys.executable, "-m", "helpdesk", "work", "--smtp-port", str(trial.port)]
    environment = trial.where.environment | {"HELPDESK_LOG_LEVEL": "error"}
    server = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        yield server
    finally:
        server.kill()
        server.wait()
        trial.kills["server"] += 1
        _sql(trial.where, "UPDATE job SET lease_until = run_at WHERE state = 'running'")


def _live(trial: Trial, server: "subprocess.Popen[bytes]", doors: Sequence[threading.Thread]) -> None:
    """The server's life: it ends some moments after it has begun to take letters, now and then before."""
    seconds, dies_young = trial.dice.uniform(0.05, trial.life), trial.dice.random() < DIES_YOUNG
    end = time.monotonic() + seconds if dies_young else None
    while any(door.is_alive() for door in doors) and (end is None or time.monotonic() < end):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended by itself with status {server.returncode}")
        if end is None and _listens(trial.port):
            end = time.monotonic() + seconds
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _talk(trial: Trial, letters: "Queue[int]") -> None:
    """Hand in by SMTP, a few letters in one conversation, and again whatever was not taken."""
    while number := _next(trial, letters):
        conversation = None
        try:
            with smtplib.SMTP("127.0.0.1", trial.port, timeout=30) as conversation:
                for _ in range(20):
                    if not number:
                        break
                    conversation.sendmail(f"khach{number}@khach.example", [TO], trial.letters[number])
                    trial.taken["SMTP"] += 1
                    number = _next(trial, letters)
        except (OSError, smtplib.SMTPException) as error:
            _note_refusal(trial, error)
            if number:
                letters.put(number)
                trial.again += 1
            trial.is_over.wait(0.1)
        else:
            if number:
                letters.put(number)


def _note_refusal(trial: Trial, error: Exception) -> None:
    code = getattr(error, "smtp_code", 0)
    if 500 <= code < 600:
        trial.refused.append(str(error))


def _pipe(trial: Trial, letters: "Queue[int]") -> None:
    """Hand in by `helpdesk mail in`; every second one is killed."""
    command = [sys.executable, "-m", "helpdesk", "mail", "in", "--to", TO]
    while number := _next(trial, letters):
        pipe = subprocess.Popen(
            command, env=trial.where.environment, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        life = trial.dice.uniform(*PIPE_LIFE) if trial.dice.random() < 0.5 else None
        killer = threading.Timer(life, pipe.kill) if life is not None else None
        if killer:
            killer.start()
        with contextlib.suppress(BrokenPipeError):
            pipe.communicate(trial.letters[number])
        if killer:
            killer.cancel()
        if pipe.wait() == 0:
            trial.taken["pipe"] += 1
            continue
        letters.put(number)
        trial.again += 1
        if pipe.returncode == -signal.SIGKILL:
            trial.kills["pipe"] += 1
        elif pipe.returncode != 75:
            trial.refused.append(f"exit status {pipe.returncode}")


def _next(trial: Trial, letters: "Queue[int]") -> int:
    """The number of a letter to hand in, 0 when there is none."""
    if trial.is_over.is_set():
        return 0
    try:
        return letters.get_nowait()
    except Empty:
        return 0


def _judge(trial: Trial, options: Any, finished: bool, seconds: float) -> int:
    """Print what became of the letters; the exit status."""
    kept = [bytes(content) for (content,) in _sql(trial.where, "SELECT content FROM inbound_raw")]
    copies = Counter(kept)
    expected = set(trial.letters.values())
    tickets = Counter(
        subject for (subject,) in _sql(trial.where, "SELECT subject FROM ticket WHERE subject LIKE 'Crash %'")
    )
    messages = _count(trial, "message WHERE inbound IS NOT NULL")
    taken = sum(trial.taken.values())
    faults = {
        "lost after 250 or exit 0": len(expected - set(copies)),
        "altered": len(set(copies) - expected),
        "kept twice": len(kept) - len(copies),
        "twice a ticket": sum(tickets.values()) - len(tickets),
        "without a ticket": len(trial.letters) - len(tickets),
        "messages too many or too few": abs(messages - len(trial.letters)),
        "sent back": len(trial.refused),
        "taken and not counted": abs(taken - len(trial.letters)) if finished else 0,
    }
    print(
        f"{len(trial.letters)} letters on {options.database}, seed {options.seed}, in {seconds:.0f} s: "
        f"{trial.taken['SMTP']} by SMTP, {trial.taken['pipe']} by pipe, {trial.again} offered again; "
        f"killed: {trial.kills['server']} servers, {trial.kills['pipe']} pipes."
    )
    for what, count in faults.items():
        print(f"{count:>6} {what}")
    for line in trial.refused[:5]:
        print(f"       {line}")
    if not finished:
        print(f"Not all was done within {options.seconds:.0f} s.")
    return 0 if finished and not any(faults.values()) else 1


def _letters(count: int, seed: int) -> dict[int, bytes]:
    """Letters by number: one in six has no Message-ID, one in fifty the id of the one before it."""
    dice = random.Random(f"letters {seed}")
    return {number: _letter(number, dice) for number in range(1, count + 1)}


def _letter(number: int, dice: random.Random) -> bytes:
    owner = number - 1 if number % 50 == 0 else number
    lines = [
        f"From: Khach {number} <khach@khach{number}.example>",
        f"To: <{TO}>",
        f"Subject: Crash {number}",
        "Date: Sun, 22 Nov 2026 08:00:00 +0700",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        *([f"Message-ID: <crash.{owner}@khach.example>"] if number % 6 else []),
        "",
        *(f"Dòng {line} của thư {number}: {dice.random()}" for line in range(dice.randint(1, 200))),
        "",
    ]
    return "\r\n".join(lines).encode()


def _count(trial: Trial, what: str) -> int:
    return int(_sql(trial.where, f"SELECT COUNT(*) FROM {what}")[0][0])


def _sql(where: Place, sql: str) -> list[Any]:
    """Ask the database of a place, or change it."""
    if where.kind == "sqlite":
        with closing(sqlite3.connect(where.folder / "helpdesk.sqlite", timeout=30)) as connection, connection:
            return connection.execute(sql).fetchall()
    return asyncio.run(_ask_postgresql(where.environment["HELPDESK_DATABASE_URL"], sql))


async def _ask_postgresql(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


def _options() -> Any:
    parser = argparse.ArgumentParser(description="Kill everything while letters come in: is one lost, or doubled?")
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--life", type=float, default=5.0, help="seconds that a server takes letters for, at most")
    parser.add_argument("--seconds", type=float, default=170, help="the most that the trial may take")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
