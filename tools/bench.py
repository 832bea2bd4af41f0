"""
`make bench`: what the desk does on this machine, as Markdown on standard output.

    .venv/bin/python tools/bench.py [--database sqlite|postgresql|both] [--quick] [--profile PAGE]
    .venv/bin/python tools/bench.py --large [--keep FOLDER] [--database …]

A company of 20,000 tickets is written into a fresh database, `helpdesk serve` serves it as one process, and
eight connections ask for pages; then letters come in, and agents act. At last one process for each core serves the
desk. docs/measurements.md keeps the last full run.
"""

import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.mail_flow import dovecot
from tools.measure import letters, report
from tools.measure.acts import measure as measure_acts
from tools.measure.company import Company, Size
from tools.measure.load import Plan, Result
from tools.measure.places import Kind, Place, Server, place, serving
from tools.measure.processes import memory_bytes
from tools.measure.visits import visits


class Scale(Struct, frozen=True):
    """How much of everything one run does. `seconds` and `requests` are the most for one page."""

    size: Size
    seconds: float
    requests: int
    piped: int
    sent: int


FULL: Final = Scale(Size(), seconds=3.0, requests=20_000, piped=100, sent=300)
QUICK: Final = Scale(
    Size(tickets=1000, customers=100, articles=30, topics=60), seconds=0.4, requests=200, piped=6, sent=20
)

LARGE: Final = Scale(Size(articles=30, topics=30), seconds=4.0, requests=20_000, piped=0, sent=0)
TIMES: Final = (1, 10, 50)
COMPANY: Final = "company.json"
CORES: Final = os.cpu_count() or 1
SEATS: Final = 8
"""Connections that ask one process."""
DESK: Final = ("queue", "queue, page 500", "ticket", "ticket, 50 messages")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as after Ctrl C: end what was started, and tidy up
    options = _options()
    scale = QUICK if options.quick else FULL
    kinds: list[Kind] = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    if options.profile:
        profile(kinds[0], scale, options.profile)
        return
    if options.large:
        print(f"{_machine()}; {_amounts(LARGE)}, and its tickets {', '.join(f'{one} times' for one in TIMES[1:])}.")
        with _folder(options.keep) as folder:
            for kind in kinds:
                growth(kind, LARGE, folder)
        return
    print(f"{_machine()}; {_amounts(scale)}.")
    for kind in kinds:
        print(f"\n## {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}\n\nBefore: {_pace()}.", flush=True)
        measure(kind, scale)
    print(f"\n## First start\n\n{_first_start()}")
    if not options.quick:
        print(f"\n## Search\n\n{_quality()}")


def measure(kind: Kind, scale: Scale) -> None:
    """Everything on one database, each part printed when it is known."""
    with place(kind) as where:
        company, raw = _filled(where, scale)
        print(f"Data written in {company.rows_seconds:.0f} s, indexed in {company.index_seconds:.1f} s.\n")
        questions = msgspec.json.decode(
            where.run("tools.measure.questions", given=raw), type=dict[str, tuple[int, int]]
        )
        where.wait_until_none(letters.BUSY.replace("'ready'", "'none'"))
        with serving(where) as server:
            rest = memory_bytes(server.process)
            print(report.pages(_pages(where, server, scale, company), questions) + "\n", flush=True)
            where.wait_until_none(letters.BUSY)
            after = memory_bytes(server.process)
            taken = [letters.by_pipe(where, server, scale.piped), letters.by_smtp(where, server, scale.sent)]
            if dovecot.is_here():
                taken.append(letters.by_imap(where, server, scale.sent))
            print(report.letters(taken) + "\n")
            print(report.memory(report.Memory(rest, after, memory_bytes(server.process))) + "\n", flush=True)
            print(report.acts(measure_acts(where, server, company)), flush=True)
        with serving(where, "serve", "--workers", str(CORES)) as server:
            where.wait_until_none(letters.BUSY)
            print(f"\nWith a process for each of {CORES} cores, by {SEATS * CORES} connections:\n")
            found = _pages(where, server, scale, company, only=DESK, connections=SEATS * CORES)
            print(report.pages(found, questions) + "\n", flush=True)
            print(report.acts(measure_acts(where, server, company)), flush=True)


def growth(kind: Kind, scale: Scale, folder: Path) -> None:
    """The desk's pages and acts on one database at one size after the other; each printed when it is known."""
    print(f"\n## {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}\n\nBefore: {_pace()}.\n", flush=True)
    print(report.heading_of_growth())
    for times in TIMES:
        with place(kind, _grown(kind, scale, folder, times)) as where:
            raw = (where.folder / COMPANY).read_bytes()
            company = msgspec.json.decode(raw, type=Company)
            questions = msgspec.json.decode(
                where.run("tools.measure.questions", given=raw), type=dict[str, tuple[int, int]]
            )
            with serving(where) as server:
                where.wait_until_none(letters.BUSY)
                found = _pages(where, server, scale, company, only=DESK)
                acts = measure_acts(where, server, company)
            print(report.growth(scale.size.tickets * times, found, questions, acts, company.rows_seconds), flush=True)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The folder that companies are kept in, or one that is gone afterwards."""
    if kept is not None:
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as made:
        yield Path(made)


def _grown(kind: Kind, scale: Scale, folder: Path, times: int) -> Path:
    """The folder of a company that is so many times as large as the first, which is written unless it is there."""
    made = folder / f"{kind}-{times}"
    if (made / COMPANY).exists():
        return made
    shutil.rmtree(made, ignore_errors=True)  # half of one
    if times == TIMES[0]:
        made.mkdir(parents=True)
        with place(kind, made) as where:
            company = _filled(where, scale)[1]
    else:
        first = _grown(kind, scale, folder, TIMES[0])
        subprocess.run(["cp", "--archive", first, made], check=True)
        (made / COMPANY).unlink()
        with place(kind, made) as where:
            company = where.run("tools.measure.growth", str(times), given=(first / COMPANY).read_bytes())
    (made / COMPANY).write_bytes(company)
    return made


def profile(kind: Kind, scale: Scale, page: str) -> None:
    """Where the time of one page goes."""
    with place(kind) as where:
        print(where.run("tools.measure.questions", page, given=_filled(where, scale)[1]).decode())


def _filled(where: Place, scale: Scale) -> tuple[Company, bytes]:
    """The company, and the same as JSON."""
    raw = where.run("tools.measure.company", msgspec.json.encode(scale.size).decode())
    return msgspec.json.decode(raw, type=Company), raw


def _pages(
    where: Place,
    server: Server,
    scale: Scale,
    company: Company,
    only: Sequence[str] | None = None,
    connections: int = SEATS,
) -> list[Result]:
    plan = Plan(
        port=server.port,
        server=server.process,
        database=where.database,
        pages={page: asked for page, asked in visits(company).items() if only is None or page in only},
        seconds=scale.seconds,
        requests=scale.requests,
        connections=connections,
    )
    answers = where.run("tools.measure.load", given=msgspec.json.encode(plan))
    return [msgspec.json.decode(line, type=Result) for line in answers.splitlines()]


def _first_start() -> str:
    with place("sqlite") as where, serving(where, "demo") as server:
        first = server.seconds
    return f"`helpdesk demo` on an empty folder (SQLite): {first:.1f} s from start to first page."


def _quality() -> str:
    with place("sqlite") as where:
        ours = where.run("tests.search.quality").decode()
        fts5 = where.run("tools.measure.fts5").decode()
    return f"```\n{ours}```\n\nThe same questions put to SQLite's FTS5:\n\n```\n{fts5}```"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} before we began"
    )


def _pace() -> str:
    """How fast Python is just now: neighbours on the same cores make it slower, and every figure with it."""
    began = time.process_time()
    sum(number * number for number in range(1_000_000))
    return f"a million squares take {(time.process_time() - began) * 1000:.0f} ms"


def _amounts(scale: Scale) -> str:
    size = scale.size
    return (
        f"{size.tickets:,} tickets × {size.messages} messages, {size.customers:,} customers, "
        f"{size.articles:,} articles, {size.topics:,} topics × {size.posts} posts"
    )


def _options() -> Any:
    parser = argparse.ArgumentParser(description="Measure pages, letters, memory and search.")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--quick", action="store_true", help="little data, few requests: does it run at all?")
    parser.add_argument("--large", action="store_true", help="instead, the desk's pages up to a million tickets")
    parser.add_argument(
        "--keep",
        metavar="FOLDER",
        type=Path,
        help="with --large: write the companies there, or use those that are there",
    )
    parser.add_argument("--profile", metavar="PAGE", help="instead, print where the time of one page goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
