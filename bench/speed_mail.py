"""
How many letters a second come in: by a program for each, by SMTP, and from a mailbox (IMAP, where Dovecot is there)?

    .venv/bin/python bench/speed_mail.py [--database sqlite|postgresql|both] [--letters 1000]

One process of `helpdesk serve` takes them, sorts them, acknowledges them and tells a department of five agents, on
the same cores as this program, the database and the mail server. Printed as Markdown: letters a second until they are
kept, until they are sorted and until nothing is owed any more, and the server's processor time for one letter.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.mail_flow import dovecot
from tools.measure import letters
from tools.measure.places import Kind, Place, Server, place, serving

HEAD: Final = """\
| letters by | how many | kept/s | sorted/s | all done/s | CPU ms until sorted | CPU ms in all |
| --- | --: | --: | --: | --: | --: | --: |"""
PIPED: Final = 10
"""Of so many letters one comes by a program, which takes long to start."""


def main() -> None:
    parser = argparse.ArgumentParser(description="How many letters a second come in?")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--letters", type=int, default=1000)
    options = parser.parse_args()
    kinds: list[Kind] = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    for kind in kinds:
        print(
            f"\n{'SQLite' if kind == 'sqlite' else 'PostgreSQL'}; load {os.getloadavg()[0]:.1f} before.\n\n{HEAD}",
            flush=True,
        )
        with place(kind) as where:
            where.run("tools.measure.company", '{"tickets": 100, "customers": 100, "articles": 30, "topics": 30}')
            with serving(where) as server:
                measure(where, server, options.letters)


def measure(where: Place, server: Server, count: int) -> None:
    """A line for each door."""
    tell(letters.by_pipe(where, server, max(1, count // PIPED)))
    tell(letters.by_smtp(where, server, count))
    if dovecot.is_here():
        tell(letters.by_imap(where, server, count))


def tell(one: letters.Result) -> None:
    figures = (one.kept, one.sorted, one.done)
    spent = (one.sorting_cpu, one.cpu)
    cells = [one.door, str(one.letters), *(f"{each:.0f}" for each in figures), *(f"{each:.1f}" for each in spent)]
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
