"""An empty database again, and nothing remembered: faster than making a new one."""

import sqlite3
from functools import cache

from helpdesk.core.config import config
from helpdesk.core.db import DB, IS_SQLITE
from helpdesk.core.kept import forget_everything
from helpdesk.schema import MIGRATIONS, TABLES, statements
from helpdesk.search import queries as search
from helpdesk.web import limits, naming
from kb.articles import feedback
from kb.forum import actions as forum

_KEPT = {"role", "carrier"}
"""Tables that the migrations fill."""
_NAMES = [
    one
    for one in statements((MIGRATIONS / "0041_named.sql").read_text("utf-8"), sqlite=IS_SQLITE)
    if one.startswith("INSERT")
]
"""What the migrations fill in and tests may change: statuses and priorities."""
_OWN_CARRIERS = "carrier WHERE id > 10"
_OWN_ROLES = "role WHERE key NOT IN ('admin', 'agent', 'customer')"


@cache
def _connection() -> sqlite3.Connection:
    """One of our own, which crosses to no thread and minds no foreign keys on the way to nothing."""
    return sqlite3.connect(config().sqlite_path or "", timeout=10, cached_statements=256)


async def everything() -> None:
    names = ["ticket_words"] + [
        table._meta.tablename for table in reversed(TABLES) if table._meta.tablename not in _KEPT
    ]
    names += [_OWN_ROLES, _OWN_CARRIERS]
    deletes = [*(f"DELETE FROM {name}" for name in names), *_NAMES]
    if IS_SQLITE:
        with _connection() as transaction:
            for one in deletes:
                transaction.execute(one)
    else:
        await DB.run_ddl(f"DO $$ BEGIN {'; '.join(deletes)}; END $$")
    forget_everything()
    naming.learn(naming.BUILT_IN)
    limits.forgive_all()
    search.forget_all()
    feedback.readings.forget()
    forum.readings.forget()
