"""`helpdesk doctor`: is everything in order? Each finding is a plain sentence."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from helpdesk.core.config import config
from helpdesk.core.db import IS_SQLITE, close_database, open_database, run_sql
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.kept import spoken
from helpdesk.logs import without_secrets
from helpdesk.mail.outgoing import sending
from helpdesk.mail.tables import Mailbox
from helpdesk.people import queries as people
from helpdesk.people import rules
from helpdesk.schema import pending
from helpdesk.search import find, sources
from helpdesk.search.document import SearchFailed

LEAST_FREE_MEGABYTES: Final = 500
SHARE_OF_INDEX: Final = 0.9
"""An index that holds less of what can be found has lost something; a little is always on its way."""


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    is_fine: bool
    text: str


Look = Callable[[], Awaitable[Finding]]


async def examine() -> list[Finding]:
    """Look at everything. Where the database is away or too old, what lies in it is left out."""
    findings = [await _seen(look) for look in (_configuration, _disk, _secrets, _mail_server)]
    try:
        findings.append(await _seen(_database))
        if findings[-1].is_fine:
            findings += [await _seen(look) for look in INSIDE]
    finally:
        await close_database()
    return findings


async def _seen(look: Look) -> Finding:
    """One trouble does not keep the rest from being looked at."""
    try:
        return await look()
    except Exception as error:
        reason = without_secrets(" ".join(str(error).split())) or type(error).__name__
        return Finding(False, f"{(look.__doc__ or '').strip()} cannot be looked at: {reason}")


async def _configuration() -> Finding:
    """The configuration"""
    address = urlsplit(config().base_url)
    if address.hostname in {"127.0.0.1", "::1", "localhost"}:
        return Finding(True, f"Links in letters begin with {config().base_url}, which only this machine can open.")
    if address.scheme != "https":
        return Finding(False, f"{config().base_url} is not https: passwords and cookies travel unprotected.")
    return Finding(True, f"Links in letters begin with {config().base_url}.")


async def _disk() -> Finding:
    """The disk"""
    return await asyncio.to_thread(_try_disk)


def _try_disk() -> Finding:
    folder = config().data_dir.absolute()
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"can be written")
    free = shutil.disk_usage(folder).free // 1024 // 1024
    return Finding(free >= LEAST_FREE_MEGABYTES, f"{folder} can be written and has {free} MB free.")


async def _secrets() -> Finding:
    """The files with letters and secrets"""
    return await asyncio.to_thread(_readable_by_all)


def _readable_by_all() -> Finding:
    """Whether accounts of this machine that are neither ours nor of our group can read what only we should."""
    folder, database = config().data_dir.absolute(), config().sqlite_path
    private = [folder / "secret_key", Path(os.environ.get("HELPDESK_CONFIG", folder / "helpdesk.toml")).absolute()]
    private += [database.absolute(), Path(f"{database.absolute()}-wal")] if database else []
    open_to_all = [str(file) for file in private if file.is_file() and _lets_others_in(file)]
    if open_to_all:
        said = f"Everybody on this machine can read {', '.join(open_to_all)}: run `chmod o= {' '.join(open_to_all)}`."
        return Finding(False, said)
    return Finding(True, "Other people of this machine cannot read the database, the key and the configuration.")


def _lets_others_in(file: Path) -> bool:
    """Whether everybody may read or change a file, and come into its folder."""
    return bool(file.stat().st_mode & 0o006 and file.parent.stat().st_mode & 0o001)


async def _mail_server() -> Finding:
    """The mail server"""
    if not config().smtp_url:
        return Finding(True, "No mail server is set (HELPDESK_SMTP_URL): letters stay on the outbox page.")
    relay = await sending.test()
    name = urlsplit(config().smtp_url).hostname
    if not relay.is_reachable:
        return Finding(False, f"The mail server {name} takes no letters from us: {relay.error}")
    return Finding(True, f"The mail server {name} takes letters from us.")


async def _database() -> Finding:
    """The database"""
    path = config().sqlite_path
    if path is not None and not path.exists():
        return Finding(False, f"There is no database at {path.absolute()} yet: `helpdesk migrate` makes it.")
    await open_database()
    answer = await run_sql("SELECT sqlite_version() AS version" if IS_SQLITE else "SHOW server_version")
    version = next(iter(answer[0].values()))
    if missing := await pending():
        return Finding(False, f"The database waits for migrations ({', '.join(missing)}): run `helpdesk migrate`.")
    if IS_SQLITE and (ill := (await run_sql("SELECT * FROM pragma_quick_check(1)"))[0]["quick_check"]) != "ok":
        return Finding(False, f"The database file is damaged: {ill}")
    return Finding(True, f"{'SQLite' if IS_SQLITE else 'PostgreSQL'} {version} answers and has the shape that we need.")


async def _durability() -> Finding:
    """What the database promises"""
    if IS_SQLITE:
        return Finding(True, "What the database has taken stays when the power fails.")
    rows = await run_sql(
        "SELECT name FROM pg_settings WHERE setting = 'off' "
        "AND name IN ('fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name"
    )
    if names := [row["name"] for row in rows]:
        said = "; ".join(f"ALTER SYSTEM SET {name} = on" for name in names)
        return Finding(
            False,
            f"PostgreSQL may lose what it has taken, letters too, when the power fails ({', '.join(names)} off): run "
            f"`{said}; SELECT pg_reload_conf()` as its superuser, and look into postgresql.conf.",
        )
    return Finding(True, "What the database has taken stays when the power fails.")


async def _people() -> Finding:
    """The people"""
    agents = [agent for agent in await people.agents() if agent.is_active]
    if not any(agent.role == rules.ADMIN for agent in agents):
        return Finding(False, "Nobody may change the settings: run `helpdesk user add ADDRESS --role admin`.")
    return Finding(True, f"{_count(len(agents), 'person works', 'people work')} at the desk.")


async def _departments() -> Finding:
    """The departments"""
    departments = await all_departments()
    if not departments:
        return Finding(False, "There is no department, so letters have nowhere to go: add one at /admin/departments.")
    if silent := [department.name for department in departments if not department.address]:
        return Finding(False, f"Letters to customers have no sender in: {', '.join(silent)}. Give them an address.")
    return Finding(True, f"{_count(len(departments), 'department has', 'departments have')} an address.")


async def _jobs() -> Finding:
    """The jobs"""
    count = await _count_by_state("job")
    if failed := count.get("failed", 0):
        return Finding(False, f"{_count(failed, 'job was', 'jobs were')} given up: see /admin/jobs.")
    return Finding(True, f"{_count(count.get('ready', 0), 'job waits', 'jobs wait')}, none was given up.")


async def _letters() -> Finding:
    """The letters"""
    held = (await _count_by_state("inbound")).get("held", 0)
    failed = (await _count_by_state("outbound")).get("failed", 0)
    if held or failed:
        return Finding(
            False,
            f"{_count(held, 'letter is', 'letters are')} held (see /admin/letters), {failed} could not be sent "
            "(see /admin/outbox).",
        )
    return Finding(True, "No letter is held, and none failed to be sent.")


async def _mailboxes() -> Finding:
    """The mailboxes"""
    rows = await Mailbox.select(Mailbox.name, Mailbox.last_error).where(Mailbox.is_active.eq(True))
    if ill := [f"{row['name']} ({spoken(row['last_error'])})" for row in rows if row["last_error"]]:
        return Finding(False, f"Letters cannot be fetched from: {'; '.join(ill)}.")
    return Finding(True, f"Letters are fetched from {_count(len(rows), 'mailbox', 'mailboxes')}.")


async def _index() -> Finding:
    """The search index"""
    wanted = await sources.total()
    try:
        held = await find.engine().ask(lambda view: view.size)
    except SearchFailed as failure:
        if not wanted:
            return Finding(True, "There is nothing to search yet.")
        return Finding(False, f"The search index cannot be used ({failure}): run `helpdesk search reindex`.")
    if held < SHARE_OF_INDEX * wanted:
        return Finding(False, f"The search index holds {held} of {wanted} documents: run `helpdesk search reindex`.")
    return Finding(True, f"The search index is whole and holds {_count(held, 'document', 'documents')}.")


INSIDE: Final[tuple[Look, ...]] = (_durability, _people, _departments, _jobs, _letters, _mailboxes, _index)
"""What lies in the database."""


async def _count_by_state(table: str) -> dict[str, int]:
    rows = await run_sql(f"SELECT state, COUNT(*) AS n FROM {table} GROUP BY state")  # noqa: S608  # our own names
    return {row["state"]: row["n"] for row in rows}


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
