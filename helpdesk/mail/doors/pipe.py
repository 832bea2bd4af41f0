"""
`helpdesk mail in [--to ADDRESS] [--from ADDRESS] < letter`: the door for mail servers that deliver to a program.

It starts anew for every letter, so it speaks to the database itself instead of waking the house, and imports
nothing that it does not need. It says nothing on standard output. Exit statuses are those of sysexits.h: 0 when the
letter is kept; 65 (EX_DATAERR) when it is too large and always will be; 75 (EX_TEMPFAIL) for all else, a mistyped
command among it: the mail server then keeps the letter and tries again, so that no mistake of ours sends it back.
"""

import os
import sqlite3
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from helpdesk.core.config import Config, load
from helpdesk.mail.doors.identity import row
from helpdesk.mail.doors.keeping import Received, keep

STORED: Final = 0
TOO_LARGE: Final = 65
TRY_AGAIN: Final = 75
PATIENCE_SECONDS: Final = 20.0
"""How long to wait for the database before the mail server is asked to come again."""


def main(arguments: Sequence[str]) -> int:
    """Keep the letter on standard input; the exit status. `arguments` are those after `mail in`."""
    try:
        said = _options().parse_args(arguments)
    except SystemExit as stop:
        return TRY_AGAIN if stop.code else STORED
    try:
        config = load(os.environ, Path.cwd())
        raw = sys.stdin.buffer.read(config.letter_limit + 1)
        if not raw:
            raise ValueError("there was no letter on standard input")
        if len(raw) > config.letter_limit:
            _say(f"the letter is larger than {config.letter_limit} bytes (HELPDESK_LETTER_LIMIT)")
            return TOO_LARGE
        _keep(config, row(raw, "pipe", said.sender, said.recipients, datetime.now(UTC)), raw)
    except Exception as error:  # whatever it is, the mail server still has the letter and must try again
        _say(f"not kept, try again: {' '.join(str(error).split()) or type(error).__name__}")
        return TRY_AGAIN
    return STORED


def _say(text: str) -> None:
    sys.stderr.write(f"helpdesk mail in: {text}\n")


def _keep(config: Config, letter: Mapping[str, Any], raw: bytes) -> None:
    """Store the letter and owe the job that sorts it, or find that it is here already. Raises what went wrong."""
    if config.sqlite_path is None:
        import asyncio  # only here: neither it nor asyncpg is needed, and loaded, on SQLite

        asyncio.run(_into_postgresql(config.database_url, letter, raw))
    else:
        _into_sqlite(config.sqlite_path, letter, raw)


def _into_sqlite(path: Path, letter: Mapping[str, Any], raw: bytes) -> None:
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

        async def run(sql: str, *values: object) -> list[sqlite3.Row]:
            plain = [str(value) if isinstance(value, datetime) else value for value in values]
            return connection.execute(sql.replace("{}", "?"), plain).fetchall()

        connection.execute("BEGIN IMMEDIATE")
        _without_waiting(keep(run, letter, raw))  # type: ignore[arg-type]  # a Row is read like a mapping
        connection.execute("COMMIT")


def _without_waiting(steps: Coroutine[Any, Any, Received]) -> None:
    """Run what never waits to its end, without an event loop."""
    try:
        steps.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")


async def _into_postgresql(url: str, letter: Mapping[str, Any], raw: bytes) -> None:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=PATIENCE_SECONDS, command_timeout=PATIENCE_SECONDS)
    try:
        async with connection.transaction():
            await keep(_numbered(connection.fetch), letter, raw)
    finally:
        await connection.close()


def _numbered(fetch: Callable[..., Any]) -> Callable[..., Any]:
    """`fetch(sql, *values)` for statements whose values are marked `{}` instead of `$1`."""

    def run(sql: str, *values: object) -> Any:
        return fetch(sql.format(*(f"${number}" for number in range(1, len(values) + 1))), *values)

    return run


def _options() -> ArgumentParser:
    parser = ArgumentParser(
        prog="helpdesk mail in",
        description="Keep the letter on standard input. Exit status 0: kept. 65: too large. 75: not kept, try again.",
    )
    parser.add_argument(
        "--to",
        dest="recipients",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="the address it was delivered to; may be given several times",
    )
    parser.add_argument(
        "--from", dest="sender", default="", metavar="ADDRESS", help="the envelope's sender; <> for the null sender"
    )
    return parser
