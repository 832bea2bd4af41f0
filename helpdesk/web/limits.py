"""
How often one address may try something. All processes that share the data folder count together.

The tries stand in a small database of their own there, each until it counts no more, under a keyed hash: nothing tells
who tried what. No try waits for the disk; a file that a power cut has broken is begun anew.
"""

import hashlib
import os
import sqlite3
from functools import cache
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.config import config, secret_key
from helpdesk.core.errors import TooMany
from helpdesk.i18n.catalogue import phrase

MOST_KEPT: Final = 200_000
"""Tries of all together; the oldest are forgotten first."""
PATIENCE_SECONDS: Final = 1.0
_TABLE: Final = """
PRAGMA journal_mode = PERSIST;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS try (id INTEGER PRIMARY KEY, key BLOB NOT NULL, ends REAL NOT NULL);
CREATE INDEX IF NOT EXISTS try_key ON try (key, ends);
CREATE INDEX IF NOT EXISTS try_ends ON try (ends);
"""


def limit(what: str, who: str, *, most: int, seconds: int) -> None:
    """Count one try of `what` by `who`. Raises TooMany after `most` within `seconds`."""
    key, moment = _key(what, who), now().timestamp()
    with _tries(os.getpid()) as tries:
        tries.execute("DELETE FROM try WHERE ends <= ?", (moment,))
        tries.execute("DELETE FROM try WHERE id <= (SELECT max(id) FROM try) - ?", (MOST_KEPT,))
        count, first = tries.execute("SELECT count(*), min(ends) FROM try WHERE key = ?", (key,)).fetchone()
        if count < most:
            tries.execute("INSERT INTO try (key, ends) VALUES (?, ?)", (key, moment + seconds))
            return
    wait = int(first - moment) + 1
    raise TooMany(phrase("That was a bit too fast. Try again in %(wait)s seconds.", wait=wait), wait)


def forgive(what: str, who: str) -> None:
    """Forget the tries of `what` by `who`, after one that was right."""
    with _tries(os.getpid()) as tries:
        tries.execute("DELETE FROM try WHERE key = ?", (_key(what, who),))


def forgive_all() -> None:
    with _tries(os.getpid()) as tries:
        tries.execute("DELETE FROM try")


def _key(what: str, who: str) -> bytes:
    return hashlib.blake2b(f"{what} {who}".encode(), key=_secret(), digest_size=16).digest()


@cache
def _secret() -> bytes:
    return hashlib.sha256(secret_key().encode()).digest()


@cache
def _tries(process: int) -> sqlite3.Connection:
    """This process's way to them, since none survives a fork; only its own where there can be no file."""
    file = config().data_dir / "tries.sqlite"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _opened(str(file))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            file.unlink()
            return _opened(str(file))
    except (OSError, sqlite3.Error):
        return _opened(":memory:")


def _opened(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=PATIENCE_SECONDS, check_same_thread=False)
    connection.executescript(_TABLE)
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("the tries cannot be read any more")
    return connection
