"""`helpdesk doctor`: is everything in order? Each finding is a plain sentence."""

import asyncio
import shutil
import smtplib
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from helpdesk.core.config import config
from helpdesk.core.db import IS_SQLITE, run_sql
from helpdesk.mail.tables import Mailbox
from helpdesk.schema import pending
from helpdesk.search import find

LEAST_FREE_BYTES: Final = 500 * 1024 * 1024
MOST_WAITING_SECONDS: Final = 300


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    is_fine: bool
    text: str


async def examine() -> list[Finding]:
    """Look at everything; one trouble does not keep the rest from being looked at."""
    findings = []
    for look in LOOKS:
        try:
            findings.append(await look())
        except Exception as error:
            findings.append(Finding(False, f"{(look.__doc__ or '').strip()} failed: {type(error).__name__}: {error}"))
    return findings


async def _configuration() -> Finding:
    """The configuration"""
    address = urlsplit(config().base_url)
    if address.hostname in {"127.0.0.1", "localhost"}:
        return Finding(True, f"Links in letters begin with {config().base_url}, which only this machine can open.")
    if address.scheme != "https":
        return Finding(False, f"{config().base_url} is not https: passwords and cookies travel unprotected.")
    return Finding(True, f"Links in letters begin with {config().base_url}.")


async def _database() -> Finding:
    """The database"""
    row = (await run_sql("SELECT sqlite_version() AS v" if IS_SQLITE else "SHOW server_version"))[0]
    name = "SQLite" if IS_SQLITE else "PostgreSQL"
    missing = await pending()
    if missing:
        return Finding(False, f"The database waits for migrations: {', '.join(missing)}. Run `helpdesk migrate`.")
    return Finding(True, f"{name} {next(iter(row.values()))} answers and has the shape that this version needs.")


async def _integrity() -> Finding:
    """The integrity of the database file"""
    if not IS_SQLITE:
        return Finding(True, "PostgreSQL looks after its own files.")
    result = (await run_sql("SELECT * FROM pragma_quick_check(1)"))[0]["quick_check"]
    if result != "ok":
        return Finding(False, f"The database file is damaged: {result}")
    return Finding(True, "The database file is whole.")


async def _jobs() -> Finding:
    """The queue of jobs"""
    rows = {row["state"]: row["n"] for row in await run_sql("SELECT state, COUNT(*) AS n FROM job GROUP BY state")}
    if failed := rows.get("failed", 0):
        return Finding(False, f"{failed} jobs were given up; see {config().base_url}/admin/jobs.")
    return Finding(True, f"{rows.get('ready', 0)} jobs wait and none was given up.")


async def _letters() -> Finding:
    """The letters"""
    held = (await run_sql("SELECT COUNT(*) AS n FROM inbound WHERE state = 'held'"))[0]["n"]
    failed = (await run_sql("SELECT COUNT(*) AS n FROM outbound WHERE state = 'failed'"))[0]["n"]
    if held or failed:
        return Finding(False, f"{held} letters are held and {failed} could not be sent; see {config().base_url}/admin.")
    return Finding(True, "No letter is held, and every letter that could be sent was.")


async def _mail_server() -> Finding:
    """The mail server for outgoing letters"""
    if not config().smtp_url:
        return Finding(True, "No mail server is set (HELPDESK_SMTP_URL): letters stay on the outbox page.")
    return await asyncio.to_thread(_try_mail_server)


def _try_mail_server() -> Finding:
    server = urlsplit(config().smtp_url)
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with kind(server.hostname or "", server.port or 0, timeout=10) as connection:
        code, _ = connection.ehlo()
    return Finding(code == 250, f"The mail server {server.hostname} answers with {code}.")


async def _mailboxes() -> Finding:
    """The mailboxes that letters are fetched from"""
    rows = await Mailbox.select(Mailbox.name, Mailbox.last_error).where(Mailbox.is_active.eq(True))
    ill = [f"{row['name']} ({row['last_error']})" for row in rows if row["last_error"]]
    if ill:
        return Finding(False, f"These mailboxes could not be read: {'; '.join(ill)}.")
    return Finding(True, f"{len(rows)} mailboxes are read.")


async def _index() -> Finding:
    """The search index"""
    count = await find.count()
    return Finding(True, f"The search index is whole and holds {count} documents.")


async def _disk() -> Finding:
    """The disk"""
    return await asyncio.to_thread(_try_disk, config().data_dir)


def _try_disk(folder: Path) -> Finding:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"can be written")
    free = shutil.disk_usage(folder).free
    text = f"{folder} can be written and has {free // 1024 // 1024} MB free."
    return Finding(free >= LEAST_FREE_BYTES, text)


LOOKS: Final[tuple[Callable[[], Awaitable[Finding]], ...]] = (
    *(_configuration, _database, _integrity, _jobs, _letters, _mail_server, _mailboxes, _index, _disk),
)
