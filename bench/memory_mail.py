"""
Does memory stay flat while letters come in?

    .venv/bin/python bench/memory_mail.py [--database sqlite|postgresql] [--letters 10000]

Letters of customers come by SMTP over four connections into `helpdesk serve`, a thousand at a time, each thousand
until all are sorted and nothing is owed for them any more. After each the memory of the server and its children is
printed, with letters a second, and how much of it is no file's (SQLite maps its file, so what is read of a growing
database counts as memory). It ends with 1 when a letter is missing, or the last thousand found more than a quarter
above the third.
"""

import argparse
import smtplib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.measure import letters
from tools.measure.places import Server, place, serving
from tools.measure.processes import memory_bytes

CONNECTIONS: Final = 4
BATCH: Final = 1000
MOST_GROWTH: Final = 1.25


def main() -> int:
    parser = argparse.ArgumentParser(description="Does memory stay flat while letters come in?")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--letters", type=int, default=10_000)
    options = parser.parse_args()
    sizes: list[int] = []
    with place(options.database) as where:
        where.run("tools.measure.company", '{"tickets": 100, "customers": 100, "articles": 30, "topics": 30}')
        before = where.number("SELECT COUNT(*) FROM inbound")
        print("letters   kept/s   sorted/s   memory MB   of no file MB")
        with serving(where) as server:
            for start in range(0, options.letters, BATCH):
                began = time.perf_counter()
                hand_in(server, range(start, min(start + BATCH, options.letters)))
                kept = time.perf_counter() - began
                done = where.wait_until_none(letters.OWED) - began
                where.wait_until_none(letters.BUSY)
                sizes.append(memory_bytes(server.process))
                own = memory_bytes(server.process, "Pss_Anon")
                print(
                    f"{start + BATCH:7} {BATCH / kept:8.0f} {BATCH / done:10.0f} {sizes[-1] / 2**20:11.0f}"
                    f" {own / 2**20:15.0f}",
                    flush=True,
                )
        missing = options.letters - (where.number("SELECT COUNT(*) FROM inbound") - before)
        unsorted = where.number("SELECT COUNT(*) FROM inbound WHERE state = 'owed'")
    grown = sizes[-1] / sizes[min(2, len(sizes) - 1)]
    print(f"{missing} missing, {unsorted} not sorted, memory × {grown:.2f} since the third thousand")
    return 0 if not missing and not unsorted and grown <= MOST_GROWTH else 1


def hand_in(server: Server, numbers: range) -> None:
    """Letters of these numbers, over a few connections at once."""

    def talk(mine: range) -> None:
        with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=60) as conversation:
            for number in mine:
                letter = letters._letter("memory", number)
                conversation.sendmail(letters.customer(number), [letters.TO], letter)

    with ThreadPoolExecutor(CONNECTIONS) as doors:
        list(doors.map(talk, [numbers[first::CONNECTIONS] for first in range(CONNECTIONS)]))


if __name__ == "__main__":
    sys.exit(main())
