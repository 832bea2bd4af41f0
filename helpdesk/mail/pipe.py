"""
`helpdesk mail in [--to ADDRESS] [--from ADDRESS] < letter`: the door for mail servers that deliver to a program.

It starts anew for every letter, so it speaks to the database itself instead of waking the house. It says
nothing on standard output and ends with 0 when the letter is kept, or 75 (EX_TEMPFAIL in sysexits.h) for
anything else: the mail server then keeps the letter and tries again.
"""

import argparse
import asyncio
import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from helpdesk.core.config import Config, load
from helpdesk.mail.identity import SORT_JOB, row

STORED: Final = 0
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
            raise ValueError(f"the letter is larger than {config.letter_limit} bytes (HELPDESK_LETTER_LIMIT)")
        keep(config, raw, said.sender, said.recipients)
    except Exception as error:  # whatever it is, the mail server still has the letter and must try again
        sys.stderr.write(f"helpdesk mail in: not kept, try again: {str(error) or type(error).__name__}\n")
        return TRY_AGAIN
    return STORED


def keep(config: Config, raw: bytes, envelope_from: str, envelope_to: Sequence[str]) -> None:
    """Store the letter and owe the job that sorts it, or find that it is here already. Raises what went wrong."""
    letter = row(raw, "pipe", envelope_from, envelope_to, datetime.now(UTC))
    if config.sqlite_path is None:
        asyncio.run(_into_postgresql(config.database_url, letter, raw))
    else:
        _into_sqlite(config.sqlite_path, letter, raw)


def _into_sqlite(path: Path, letter: Mapping[str, Any], raw: bytes) -> None:
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("BEGIN IMMEDIATE")
        letter = {**letter, "received_at": str(letter["received_at"])}
        found = connection.execute(_insert("inbound", letter, "?"), [*letter.values()]).fetchone()
        if found:
            for table, values in _owed(found[0], raw, letter["received_at"]):
                connection.execute(_insert(table, values, "?"), [*values.values()]).fetchone()
        connection.execute("COMMIT")
    finally:
        connection.close()


async def _into_postgresql(url: str, letter: Mapping[str, Any], raw: bytes) -> None:
    import asyncpg  # only here: it is not needed, and not loaded, on SQLite

    connection = await asyncpg.connect(url, timeout=PATIENCE_SECONDS, command_timeout=PATIENCE_SECONDS)
    try:
        async with connection.transaction():
            found = await connection.fetchval(_insert("inbound", letter, "$"), *letter.values())
            if found:
                for table, values in _owed(found, raw, letter["received_at"]):
                    await connection.fetchval(_insert(table, values, "$"), *values.values())
    finally:
        await connection.close()


def _owed(inbound: int, raw: bytes, moment: object) -> list[tuple[str, dict[str, Any]]]:
    """What stands beside a new letter: its bytes, and the job that sorts it (as `jobs.queue.enqueue` writes one)."""
    job = {"name": SORT_JOB, "payload": f'{{"inbound":{inbound}}}', "state": "ready", "attempts": 0}
    return [
        ("inbound_raw", {"inbound": inbound, "content": raw}),
        ("job", {**job, "run_at": moment, "created_at": moment}),
    ]


def _insert(table: str, values: Mapping[str, Any], mark: str) -> str:
    """An insert of these columns which gives the new id, or nothing where a unique value stood already."""
    marks = ", ".join(f"${number}" if mark == "$" else mark for number in range(1, len(values) + 1))
    names = ", ".join(values)
    return f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608  # our own names


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpdesk mail in",
        description="Keep the letter on standard input. Exit status 0: kept. 75: not kept, try again.",
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
