"""An empty database again, and nothing remembered: faster than making a new one."""

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


async def everything() -> None:
    names = ["ticket_words"] + [
        table._meta.tablename for table in reversed(TABLES) if table._meta.tablename not in _KEPT
    ]
    names += [_OWN_ROLES, _OWN_CARRIERS]
    if IS_SQLITE:
        async with DB.transaction():
            await DB.run_ddl("PRAGMA defer_foreign_keys = ON")
            for name in names:
                await DB.run_ddl(f"DELETE FROM {name}")
            for one in _NAMES:
                await DB.run_ddl(one)
    else:
        deletes = "; ".join([*(f"DELETE FROM {name}" for name in names), *_NAMES])
        await DB.run_ddl(f"DO $$ BEGIN {deletes}; END $$")
    forget_everything()
    naming.learn(naming.BUILT_IN)
    limits.forgive_all()
    search.forget_all()
    feedback.readings.forget()
    forum.readings.forget()
